"""Downloading and publishing the anonymized file of a cycle's scores. Each is recorded in the audit log."""

import csv
import io
from collections.abc import Iterable
from secrets import SystemRandom

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base.lottery import sha256
from applications.models import Cycle, ScoresFile
from applications.scores import comparing
from applications.selection import scores_file
from applications.selection.actions.lottery import labels_of, own_open
from applications.selection.scores_file import Obstacle, ScoreRow
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.figures import releases
from exchange.models import FigureRelease, User
from exchange.reference import facts


@transaction.atomic
def download(cycle: Cycle, *, by: User) -> str:
    """CSV of all locked readings, for the office. Applications and readers get new random pseudonyms each time, which
    are not stored. RuleViolation: own_reading_open.
    """
    _check_blind(cycle, by)
    text = _csv(comparing.anonymous_rows(cycle, SystemRandom().shuffle))
    audit.record("scores.download", cycle, by=by)
    return text


def _csv(rows: Iterable[ScoreRow]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(scores_file.COLUMNS)
    writer.writerows(rows)
    return out.getvalue()


def _check_blind(cycle: Cycle, by: User) -> None:
    readings = own_open(cycle, by)
    if readings:
        raise RuleViolation(
            "own_reading_open",
            _("Lock your own readings in this cycle first: %(labels)s. The file shows what others gave.")
            % {"labels": labels_of(readings)},
        )


# --- For everybody ----------------------------------------------------------------------------------


def publish(cycle: Cycle, *, by: User) -> ScoresFile:
    """Publish the file. It is frozen the first time, and published again unchanged. A second call changes nothing.

    RuleViolation: own_reading_open, not_told_yet, nothing_read, few_applications, few_readers,
    few_left_out, all_equal; scores_not_current until a worker has prepared the file.
    """
    if not ScoresFile.objects.filter(cycle=cycle).exists():
        _check_blind(cycle, by)
        _check(scores_file.too_early(cycle))
        _prepared(cycle)  # outside of the transaction, so that a job that it starts stays
    return _publish(cycle, by=by)


@transaction.atomic
def _publish(cycle: Cycle, *, by: User) -> ScoresFile:
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)
    kept = ScoresFile.objects.filter(cycle=cycle).first()
    if kept and kept.is_open:
        return kept
    _check_blind(cycle, by)
    threshold = int(facts.number(scores_file.THRESHOLD))
    _check(scores_file.too_early(cycle))
    if kept:
        _check(scores_file.too_few(kept.applications, kept.readers, threshold))
        _check(scores_file.few_left_out(cycle, kept.applications))
        kept.taken_back_at, kept.taken_back_by, kept.taken_back_reason = None, None, ""
    else:
        kept = _frozen(cycle, threshold)
    kept.published_at, kept.published_by = timezone.now(), by
    kept.save()
    _release(kept, by=by)
    audit.record("scores.publish", cycle, by=by, changes={"sha256": kept.sha256})
    return kept


def _release(kept: ScoresFile, *, by: User) -> None:
    """The file's length is a published figure, once and for good."""
    figures = scores_file.counted(kept.cycle, kept.applications)
    if not figures.keys() <= releases.told(kept.cycle.code).keys():
        kind, used = FigureRelease.Kind.SCORES, releases.rules()
        releases.publish(figures, kind=kind, by=by, as_of=kept.published_at, used=used)


def _check(obstacles: list[Obstacle]) -> None:
    if obstacles:
        said = " ".join(each.text for each in obstacles)
        raise RuleViolation(obstacles[0].code, _("Nothing was published. %(why)s") % {"why": said})


def _prepared(cycle: Cycle) -> scores_file.Prepared:
    numbers = facts.numbers(*comparing.FACTS)
    prepared = scores_file.prepare(cycle, numbers, comparing.compare(cycle, numbers, at_once=True))
    if not isinstance(prepared, scores_file.Prepared):
        raise comparing.not_current()
    return prepared


def _frozen(cycle: Cycle, threshold: int) -> ScoresFile:
    prepared = _prepared(cycle)
    rows, terms = prepared.rows, prepared.terms
    applications, readers = (len({row[side] for row in rows}) for side in (0, 1))
    _check(scores_file.too_few(applications, readers, threshold))
    _check(scores_file.few_left_out(cycle, applications))
    _check(scores_file.told_apart(rows))
    text = _csv(rows)
    return ScoresFile(
        cycle=cycle,
        text=text,
        sha256=sha256(text),
        applications=applications,
        readers=readers,
        seats=terms["seats"],
        files_min=terms["files_min"],
        percent=facts.number("scoring.interval_percent"),
        kept=terms["kept"],
        kept_min=terms["kept_min"],
        found="".join(f"{line}\n" for line in prepared.found),
    )


@transaction.atomic
def take_back(cycle: Cycle, *, reason: str, by: User) -> ScoresFile | None:
    """End the publication. Copies that were downloaded remain. The file stays on record with the reason. A second call
    changes nothing."""
    kept = ScoresFile.objects.select_for_update(of=("self",)).filter(cycle=cycle).first()
    if kept is None or not kept.is_open:
        return kept
    kept.taken_back_at, kept.taken_back_by, kept.taken_back_reason = timezone.now(), by, reason
    kept.save(update_fields=["taken_back_at", "taken_back_by", "taken_back_reason"])
    audit.record("scores.take_back", cycle, by=by, reason=reason, changes={"sha256": kept.sha256})
    return kept

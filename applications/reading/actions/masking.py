"""Masking words that tell who wrote an application: readers report them, the office covers or shows them again."""

import re
from collections.abc import Collection
from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, Assignment, MaskedWord, MaskingReport
from applications.reading import reader_stack
from applications.reading.masking import mask, stands_in
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User

LETTERS_MIN = 2  # of a covered phrase: a single letter would cover half the text
LETTERS_MAX = 100
REPORT_MAX = 200  # characters in one report
WORDS_MAX = 12  # phrases in one report
COVER = "\u2588"  # neither a letter nor a space, so that no phrase matches across it
REPORTS_MAX = 10  # open reports of one reader about one application


def stretches(typed: str) -> list[str]:
    """The typed phrases, separated by commas or line ends."""
    parts = (" ".join(part.split()).strip(" .;:!?\"'“”‘’«»()") for part in re.split(r"[,;\n]", typed))
    return list(dict.fromkeys(part for part in parts if part))


@transaction.atomic
def report_slip(assignment: Assignment, *, words: str, question_key: str = "", by: User) -> MaskingReport:
    """Record a reader's report of words that tell who wrote the application. They are covered at once for every
    reader; the office checks the report afterwards.

    The same report again changes nothing. RuleViolation: no_words, too_short, too_long, not_found, too_many.
    """
    application = Application.objects.select_for_update(of=("self",)).get(pk=assignment.application_id)
    said = ", ".join(stretches(words))
    reports = application.masking_reports.filter(reported_by=by)
    if same := reports.filter(words__iexact=said, settled_at__isnull=True).first():
        return same
    if reports.filter(settled_at__isnull=True).count() >= REPORTS_MAX:
        raise RuleViolation("too_many", _("You’ve reported many words here. The office will check them first."))
    parts = _sound(words, _shown_to(by, application))
    for part in parts:
        MaskedWord.objects.get_or_create(application=application, text=part, defaults={"masked_by": by})
    report = MaskingReport.objects.create(
        application=application, question_key=question_key, words=said, reported_by=by
    )
    audit.record("review.report_slip", application, by=by, changes={"report": report.code, "covered": len(parts)})
    return report


@transaction.atomic
def take_back_slip(report: MaskingReport, *, by: User) -> bool:
    """The reader's own undo: the words show again, unless the office or another open report covers them.

    False once the office has settled it; a second call changes nothing.
    """
    if report.reported_by_id != by.pk:
        raise RuleViolation("not_yours", _("Only the reader who covered these words can undo it."))
    locked = MaskingReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if locked.settled_at is None:
        _show_again(locked)
        locked.settled_at, locked.settled_by = timezone.now(), by
        locked.save(update_fields=["settled_at", "settled_by"])
        audit.record("review.take_back_slip", locked.application, by=by, changes={"report": locked.code})
    return locked.settled_by_id == by.pk


@transaction.atomic
def cover(application: Application, *, words: str, by: User) -> list[str]:
    """Cover words wherever readers see them. RuleViolation: no_words, too_short, too_long, not_found."""
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    parts = _sound(words, [item.text for _part, item in reader_stack.readable_items(locked)])
    made = [
        MaskedWord.objects.get_or_create(application=locked, text=part, defaults={"masked_by": by})[1] for part in parts
    ]
    if any(made):
        audit.record("review.cover_words", locked, by=by, changes={"covered": sum(made)})
    return parts


@transaction.atomic
def uncover(application: Application, *, text: str, by: User) -> bool:
    """Show these words again. False if they were not covered."""
    deleted, _rows = application.masked_words.filter(text=text).delete()
    if deleted:
        audit.record("review.uncover_words", application, by=by, changes={"uncovered": deleted})
    return bool(deleted)


@transaction.atomic
def settle(report: MaskingReport, *, stays_covered: bool, by: User) -> None:
    """Close a report: its words stay covered, or are shown again. A second call changes nothing."""
    locked = MaskingReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if locked.settled_at:
        return
    if stays_covered:
        for part in stretches(locked.words):
            MaskedWord.objects.get_or_create(
                application_id=locked.application_id, text=part, defaults={"masked_by": by}
            )
    else:
        _show_again(locked)
    locked.settled_at, locked.settled_by = timezone.now(), by
    locked.save(update_fields=["settled_at", "settled_by"])
    changes = {"report": locked.code, "stays_covered": stays_covered}
    audit.record("review.settle_slip", locked.application, by=by, changes=changes)


def _show_again(report: MaskingReport) -> None:
    """Show the report's words, except those that the office covered itself, or that another open report names."""
    others = MaskingReport.objects.open().filter(application=report.application_id).exclude(pk=report.pk)
    held = {part for each in others for part in stretches(each.words)}
    MaskedWord.objects.filter(
        application=report.application_id,
        masked_by=report.reported_by_id,
        text__in=[part for part in stretches(report.words) if part not in held],
    ).delete()


def _shown_to(reader: User, application: Application) -> list[str]:
    """The answers as this reader sees them, without covered words: otherwise a report could be used to test whether a
    covered name occurs. Words that this reader has reported count as seen.
    """
    hidden = reader_stack.hidden_in(application)
    seen = {part for each in application.masking_reports.filter(reported_by=reader) for part in stretches(each.words)}
    hidden = replace(hidden, words=tuple(word for word in hidden.words if word not in seen))
    return [
        COVER.join(piece.text for piece in mask(item.text, hidden) if not piece.mark)
        for _part, item in reader_stack.readable_items(application)
    ]


def _sound(words: str, texts: Collection[str]) -> list[str]:
    """The phrases to cover, if each is valid and occurs in one of the texts."""
    parts = stretches(words)
    if not parts:
        raise RuleViolation("no_words", _("Enter the words to cover, as they appear in the answer."))
    if len(parts) > WORDS_MAX or len(", ".join(parts)) > REPORT_MAX:
        raise RuleViolation("too_long", _("That’s a lot at once. Enter just the few words that give it away."))
    for part in parts:
        if sum(char.isalnum() for char in part) < LETTERS_MIN:
            raise RuleViolation(
                "too_short", _("“%(words)s” is too short to cover. Enter the whole word.") % {"words": part}
            )
        if len(part) > LETTERS_MAX:
            raise RuleViolation("too_long", _("That’s a lot at once. Enter just the few words that give it away."))
    for part in parts:
        if not any(stands_in(part, text) for text in texts):
            raise RuleViolation(
                "not_found",
                _("“%(words)s” isn’t in the answers. Enter it exactly as it appears.") % {"words": part},
            )
    return parts

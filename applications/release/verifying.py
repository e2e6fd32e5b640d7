"""Checks of what is stored beside its proof: lotteries, published points, releases, raw scores of applications."""

from collections.abc import Iterator
from itertools import groupby

from django.db.models import Q

from applications.base.lottery import faults_of, sha256
from applications.models import Application, Cycle, Lottery, Rating, Release, ScoresFile
from applications.reading.actions.review import figures_of
from applications.release import dry_runs
from applications.selection import scores_file
from exchange.keeping.verification import Finding, register

FIGURES = ("reads_locked", "score_mean", "score_median", "score_spread", "interview_mean")


def register_all() -> None:
    register("lotteries", lotteries)
    register("published points", published_points)
    register("releases", releases)
    register("raw scores", raw_scores)


def lotteries() -> Iterator[Finding]:
    """The frozen text against its hash, the order against the result."""
    wrong = [
        f"{lottery.code} ({', '.join(faults)})"
        for lottery in Lottery.objects.order_by("pk").iterator()
        if (faults := faults_of(lottery.draw, lottery.entries_hash))
    ]
    yield from Finding.of(
        "lotteries that don't match their own hashes",
        wrong,
        "Compare the row with a backup from before, and with what its page has shown. Until it is clear what changed, "
        "decide nothing by it and say publicly what happened: anyone can check it.",
    )


def published_points() -> Iterator[Finding]:
    """The text against its fingerprint, and the figures beside it worked out again from that text."""
    changed, figures = [], []
    for kept in ScoresFile.objects.select_related("cycle").order_by("pk").iterator():
        if sha256(kept.text) != kept.sha256:
            changed.append(kept.cycle.code)
        elif kept.kept is not None and kept.kept_min is not None and _found_again(kept) != kept.found:
            figures.append(kept.cycle.code)
    yield from Finding.of(
        "cycles whose published points don't match their fingerprint",
        changed,
        "Take the publication back with a reason, and restore the row from a backup: its copies elsewhere have the "
        "fingerprint that people compare.",
    )
    yield from Finding.of(
        "cycles whose published figures differ from those worked out now",
        figures,
        "Run script/check-scores on the file. If it agrees with the portal of today, the calculation has changed "
        "since: say so on the page. If not, restore the row from a backup.",
    )


def _found_again(kept: ScoresFile) -> str:
    lines = scores_file.findings(
        scores_file.rows_of(kept.text),
        seats=kept.seats,
        files_min=kept.files_min,
        interval=float(kept.percent) / 100,
        kept=kept.kept or 0,
        kept_min=kept.kept_min or 0,
    )
    return "".join(f"{line}\n" for line in lines)


def releases() -> Iterator[Finding]:
    wrong = [
        release.code
        for release in Release.objects.order_by("pk").iterator()
        if dry_runs.fingerprint(dry_runs.read(release.lines)) != release.fingerprint
    ]
    yield from Finding.of(
        "releases whose lines don't match their fingerprint",
        wrong,
        "The audit log has the fingerprint of the moment (selection.dry_run). Restore the row from a backup. If it "
        "isn't released yet, make a new dry run.",
    )


def raw_scores() -> Iterator[Finding]:
    """The stored figures of each application against its locked readings."""
    wrong: list[str] = []
    for cycle in Cycle.objects.order_by("pk"):
        keys = list(cycle.criteria.values_list("key", flat=True))
        scored = Q(reads_locked__gt=0) | Q(interview_mean__isnull=False)
        applications = Application.objects.filter(scored, cycle=cycle).values_list("pk", "code", *FIGURES)
        stored = {pk: (code, figures) for pk, code, *figures in applications.iterator()}
        rows = Rating.objects.filter(
            review__assignment__application__cycle=cycle, review__locked_at__isnull=False
        ).values_list(
            "review__assignment__application",
            "review__assignment__reader__code",
            "criterion__key",
            "points",
            "review__assignment__is_interview",
        )
        for pk, each in groupby(rows.order_by("review__assignment__application").iterator(), key=lambda row: row[0]):
            found = figures_of([row[1:] for row in each], keys)
            code, figures = stored.pop(pk, (str(pk), [0, None, None, None, None]))
            if [found[name] for name in FIGURES] != figures:
                wrong.append(code)
        wrong += [code for code, _figures in stored.values()]
    yield from Finding.of(
        "applications whose stored scores differ from their locked readings",
        sorted(wrong),
        "Have a coordinator unlock and lock one of its readings: that works the scores out again. Before results are "
        "released, look at the ranking once more.",
    )

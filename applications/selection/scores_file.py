"""What may be given to everybody of a cycle's points, and what an outsider has to find in them. Reads only.

The file has no name, code or college. Still, points can tell who it is where there are few: so it needs as many
applications, readers, and members of each group that people can tell apart as any figure needs that leaves the
committee. What a reader finds in it is in docs/scoring.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Application, Assignment, Cycle
from applications.scores import calculating
from applications.states import Status

# the smallest number of people in a figure that is shown: the same dated fact as for every other table
THRESHOLD = "disclosure.threshold"

type Row = tuple[str, str, str, int]  # application, reader, criterion, points


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why it cannot be published. `code` is for programs."""

    code: str
    text: str


def too_early(cycle: Cycle) -> list[Obstacle]:
    """Somebody waits for a result still, and may still be read."""
    found = []
    if waiting := Application.objects.filter(cycle=cycle, status=Status.SUBMITTED).count():
        text = ngettext(
            "%(count)s candidate has no result yet. Release the results first.",
            "%(count)s candidates have no result yet. Release the results first.",
            waiting,
        )
        found.append(Obstacle("not_told_yet", text % {"count": waiting}))
    if back := Application.objects.filter(cycle=cycle, status=Status.RETURNED).count():
        found.append(Obstacle("with_the_student", with_the_student(back)))
    return found


def with_the_student(count: int) -> str:
    """No release tells these anything."""
    text = ngettext(
        "%(count)s application is with its student for a fix. Ask for it, or go on without the fix on its page.",
        "%(count)s applications are with their students for a fix. Ask for them, or go on without it on each page.",
        count,
    )
    return text % {"count": count}


def too_few(applications: int, readers: int, threshold: int) -> list[Obstacle]:
    found = []
    if not applications:
        return [Obstacle("nothing_read", _("No reading is locked yet."))]
    if applications < threshold:
        text = _("It holds fewer than %(least)s applications. Among so few, the points can tell who it is.")
        found.append(Obstacle("few_applications", text % {"least": threshold}))
    if readers < threshold:
        text = _("Fewer than %(least)s people read. Each of them could tell who gave which points.")
        found.append(Obstacle("few_readers", text % {"least": threshold}))
    return found


def told_apart(cycle: Cycle, rows: Iterable[Row], threshold: int) -> list[Obstacle]:
    """Groups that people know from outside the file: who was interviewed, and everybody."""
    found = []
    points = defaultdict(set)
    for _application, _reader, criterion, value in rows:
        points[criterion].add(value)
    if any(len(values) == 1 for values in points.values()):
        text = _("On one criterion all got the same points. The file would tell them of each candidate.")
        found.append(Obstacle("all_equal", text))
    with_us = Application.objects.filter(cycle=cycle, reads_locked__gt=0).in_the_cycle()
    heard = Assignment.objects.filter(
        application__in=with_us, is_interview=True, review__locked_at__isnull=False
    ).values("application")
    met = with_us.filter(pk__in=heard).count()
    if any(0 < group < threshold for group in (met, with_us.count() - met)) and met:
        text = _("Fewer than %(least)s candidates were interviewed, or were not. They can be told by one more reading.")
        found.append(Obstacle("few_interviewed", text % {"least": threshold}))
    return found


# --- What is to be found in it ----------------------------------------------------------------------


def findings(rows: Iterable[Row], *, seats: int | None, files_min: int, interval: float) -> list[str]:
    """What the portal makes of the file: lines that begin as those which script/check-scores prints."""
    reads: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for application, reader, criterion, points in rows:
        reads[application, reader][criterion] = points
    criteria = {criterion for read in reads.values() for criterion in read}
    totals = [
        (int(application[1:]), int(reader[1:]), sum(read.values()))
        for (application, reader), read in sorted(reads.items())
        if len(read) == len(criteria)
    ]
    terms: Mapping[str, float | None] = {"files_min": files_min, "interval": interval, "seats": seats}
    compared = calculating.apart(calculating.comparison, totals, **terms)
    ratings = [(what, who, value) for (who, _reader), read in sorted(reads.items()) for what, value in read.items()]
    agreement = calculating.apart(calculating.agreements, ratings)
    return [*_figures(compared, seats), *(_agreed(name, agreement[name].alpha) for name in sorted(agreement))]


def _figures(compared: Mapping, seats: int | None) -> list[str]:
    if compared["refusal"]:
        lines = [f"not adjusted: {compared['refusal']}"]
    else:
        spreads = {name: compared[f"spread_{name}"] for name in ("applications", "readers", "chance")}
        lines = [f"spread of {name}: {points:.3f} points" for name, points in spreads.items()]
    if compared["line"] is not None:
        lines.append(f"line for {seats} seats: {compared['line']:.3f} points; too close to call: {compared['close']}")
    return lines


def _agreed(criterion: str, alpha: float | None) -> str:
    return f"agreement {criterion}: " + ("—" if alpha is None else f"{alpha:.3f}")

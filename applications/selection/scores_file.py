"""When a cycle's anonymized points may be published, and the results that anyone must find in them.

A worker prepares the file as it would be published, with its results, while the page is open (docs/adr/0031).

The file has no names, codes or colleges. Still, points can identify people if there are few. So it needs as many
applications, readers, and members of each recognizable group as every figure that is shown outside the committee.
docs/scoring.md describes the file.
"""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from secrets import SystemRandom
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Application, Cycle
from applications.scores import calculating, comparing
from applications.states import Status
from exchange.background import jobs, results
from exchange.figures import releases
from exchange.figures.counts import Figure, Key, Range, Why
from exchange.models import Job

# the smallest number of people in a figure that is shown: the fact that all tables use
THRESHOLD = "disclosure.threshold"
JOB = "applications.scores_file"
COLUMNS = ("application", "reader", "criterion", "points")

type ScoreRow = tuple[str, str, str, int]  # application, reader, criterion, points


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why the file cannot be published. `code`: for RuleViolation."""

    code: str
    text: str


def too_early(cycle: Cycle) -> list[Obstacle]:
    """Obstacles because applications still wait for a result, and may still be read."""
    found = []
    if waiting := Application.objects.filter(cycle=cycle, status=Status.SUBMITTED).count():
        text = ngettext(
            "%(count)s candidate doesn’t have a result yet. Release the results first.",
            "%(count)s candidates don’t have a result yet. Release the results first.",
            waiting,
        )
        found.append(Obstacle("not_told_yet", text % {"count": waiting}))
    if back := Application.objects.filter(cycle=cycle, status=Status.RETURNED).count():
        found.append(Obstacle("with_the_student", with_the_student(back)))
    return found


def with_the_student(count: int) -> str:
    """The sentence about applications that are back with their students, so that no release tells them anything."""
    text = ngettext(
        "%(count)s application was sent back for a fix. Ask the student to finish it, or continue without the fix"
        " on the application’s page.",
        "%(count)s applications were sent back for a fix. Ask those students to finish, or continue without the"
        " fix on each application’s page.",
        count,
    )
    return text % {"count": count}


def too_few(applications: int, readers: int, threshold: int) -> list[Obstacle]:
    found = []
    if not applications:
        return [Obstacle("nothing_read", _("No readings are locked yet."))]
    if applications < threshold:
        text = _("The file has fewer than %(least)s applications. With so few, the scores could give someone away.")
        found.append(Obstacle("few_applications", text % {"least": threshold}))
    if readers < threshold:
        text = _(
            "Fewer than %(least)s people read applications, so each of them could figure out who gave which score."
        )
        found.append(Obstacle("few_readers", text % {"least": threshold}))
    return found


def few_left_out(cycle: Cycle, applications: int) -> list[Obstacle]:
    """An obstacle where it was published how many applied: anyone can count the applications of the file, and the
    difference would be a small number of people that the figures hide. Before that, nothing is in the way: the figures
    take the file into account (docs/adr/0027)."""
    told = releases.told(cycle.code).get(Key(cycle.code, "submitted"))
    if told is None or told.high == applications:
        return []
    rules = releases.rules()
    least, most = max(0, told.low - applications), told.high - applications
    if least >= rules.threshold or most - least + 1 >= rules.open:
        return []
    text = _(
        "Only a few applicants (fewer than %(least)s) aren’t in the file. The outcomes page shows how many"
        " applied, so anyone could subtract."
    )
    return [Obstacle("few_left_out", text % {"least": rules.threshold})]


def counted(cycle: Cycle, applications: int) -> dict[Key, Figure | None]:
    """What publishing the file says: how many applications are in it."""
    return {Key(cycle.code, "in_scores_file"): Figure(Range(applications, applications), Why.KNOWN)}


def told_apart(rows: Iterable[ScoreRow]) -> list[Obstacle]:
    """An obstacle because of a group that people can recognize without the file: all."""
    found = []
    points = defaultdict(set)
    for _application, _reader, criterion, value in rows:
        points[criterion].add(value)
    if any(len(values) == 1 for values in points.values()):
        text = _(
            "On one criterion, every application got the same score, so the file would reveal it for each candidate."
        )
        found.append(Obstacle("all_equal", text))
    return found


# --- The file as it would be published ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prepared:
    """`rows` with pseudonyms, the `found` lines, and what they were calculated with."""

    rows: list[ScoreRow]
    found: list[str]
    terms: dict[str, Any]


def prepare(cycle: Cycle, numbers: Mapping[str, int | Decimal], compared: comparing.Comparison) -> Prepared | Job:
    """The file of today's readings; the job that makes it until it's made. Its pseudonyms are given out once for these
    readings. `numbers`: of `comparing.FACTS`; `compared`: current."""
    terms = {
        "seats": cycle.seats,
        "files_min": int(numbers["scoring.files_min"]),
        "interval": float(numbers["scoring.interval_percent"]) / 100,
        "kept": compared.kept,  # what the file leaves out: it has no colleges
        "kept_min": int(numbers["scoring.kept_percent"]),
    }
    fingerprint = comparing.fingerprint_of(cycle)
    key = jobs.key_of(cycle.pk, json.dumps(terms), *fingerprint)
    job = results.newest(JOB, key)
    if job is None or job.state != Job.State.DONE:
        rows = list(comparing.anonymous_rows(cycle, SystemRandom().shuffle))
        if comparing.fingerprint_of(cycle) != fingerprint:  # a reading was locked at this moment
            return Job(kind=JOB)
        job = results.ask(JOB, key, given=rows, params={"cycle": cycle.code, "terms": terms})
    if job.state != Job.State.DONE:
        return job
    said = json.loads(results.read(job))
    return Prepared([(one, by, what, int(points)) for one, by, what, points in said["rows"]], said["found"], terms)


def make(work: jobs.Work) -> jobs.Result:
    """In the worker."""
    rows = [(one, by, what, int(points)) for one, by, what, points in work.job.given]
    found = findings(rows, **work.params["terms"])
    work.output.write(json.dumps({"rows": rows, "found": found}).encode())
    return jobs.Result("scores.json", "application/json")


# --- What is to be found in it ----------------------------------------------------------------------


def rows_of(text: str) -> list[ScoreRow]:
    """The rows of a published file."""
    return [(application, reader, criterion, int(points)) for application, reader, criterion, points in _lines(text)]


def _lines(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))[1:]


def findings(
    rows: Iterable[ScoreRow], *, seats: int | None, files_min: int, interval: float, kept: int, kept_min: int
) -> list[str]:
    """The portal's own results for the file, as lines that begin like the output of script/check-scores."""
    reads: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for application, reader, criterion, points in rows:
        reads[application, reader][criterion] = points
    criteria = {criterion for read in reads.values() for criterion in read}
    totals = [
        (int(application[1:]), int(reader[1:]), sum(read.values()), 0)
        for (application, reader), read in sorted(reads.items())
        if len(read) == len(criteria)
    ]
    terms: Mapping[str, float | None] = {"files_min": files_min, "interval": interval, "seats": seats}
    terms = {**terms, "kept": kept, "kept_min": kept_min}
    compared = calculating.in_subprocess(calculating.comparison, totals, **terms)
    ratings = [(what, who, value) for (who, _reader), read in sorted(reads.items()) for what, value in read.items()]
    agreement = calculating.in_subprocess(calculating.agreements, ratings)
    return [*_figures(compared, seats), *(_agreed(name, agreement[name].alpha) for name in sorted(agreement))]


def _figures(compared: Mapping[str, Any], seats: int | None) -> list[str]:
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

"""What a year has to say at its end: what broke after which acts, each role's clicks, who waited longest for whom."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import F, Max, QuerySet

from applications.models import Application, Offer, Review
from exchange.models import Message
from tests.year.play import Finding, Year
from travel.models import Placement

PAGE = 600  # characters of the page that lay open
SHOWN = 12  # acts of the same person that led there


def lines_of(year: Year, started: float) -> Iterator[str]:
    yield (
        f"{len(year.acts)} acts, {sum(year.opened.values())} pages of {len(year.opened)} addresses,"
        f" {year.calendar.ran} tasks, {Message.objects.count()} messages, in {time.monotonic() - started:.0f} s"
    )
    yield "Clicks: " + ", ".join(f"{role} {number}" for role, number in _clicks(year).most_common())
    yield "Longest waits: " + ", ".join(f"{what} {days} days" for what, days in _waits())
    for finding in sorted(year.findings.values(), key=lambda each: (each.rule, each.act)):
        yield from _told(year, finding)


def told(year: Year) -> dict[str, Any]:
    """What a program needs to play it again, shorter."""
    return {"planned": year.planned, "acts": year.acts, "broke": list(year.findings)}


def _told(year: Year, finding: Finding) -> Iterator[str]:
    yield f"\n* {finding.rule} ({finding.times} times): {finding.says}"
    who = finding.after.split(": ")[0][17:]
    led = [act for act in year.acts[: finding.act] if act[17:].startswith(f"{who}:")]
    yield from (f"    {act}" for act in led[-SHOWN:])
    if finding.page:
        yield f"    The page: {finding.page[:PAGE]}"


def _clicks(year: Year) -> Counter[str]:
    clicks: Counter[str] = Counter()
    for person in year.people:
        clicks[person.role] += sum(person.clicks.values())
    return clicks


def _waits() -> list[tuple[str, int]]:
    """The longest of each kind: whom somebody waited for."""
    sent = Application.objects.filter(submitted_at__isnull=False)
    found = {
        "a student for the college": _longest(sent, "submitted_at", "endorsement__endorsed_at"),
        "a student for readers": _longest(
            Review.objects.filter(locked_at__isnull=False), "assignment__application__submitted_at", "locked_at"
        ),
        "a student for the results": _longest(Offer.objects.all(), "decision__application__submitted_at", "made_at"),
        "a student for a city": _longest(Placement.objects.all(), "application__submitted_at", "placed_at"),
    }
    return sorted(((what, days) for what, days in found.items() if days is not None), key=lambda each: -each[1])


def _longest(rows: QuerySet, since: str, until: str) -> int | None:
    span: timedelta | None = rows.aggregate(longest=Max(F(until) - F(since)))["longest"]
    return span.days if span is not None else None

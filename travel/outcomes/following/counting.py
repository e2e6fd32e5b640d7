"""Counts what colleges sent and what travelers said of the years after a trip. Reads only; nothing here is shown.

A year is counted once its closing day has come, so that a release, which is for good, doesn't come before the files.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from applications.models import Cycle
from exchange.reference import facts
from travel.models import FollowUpImport, FollowUpRecord, Placement, SelfReport, Trip
from travel.models.follow_up import YEARS
from travel.outcomes.comparing import Sample
from travel.outcomes.following.comparing_people import BELOW_LINE, compared_of
from travel.outcomes.population import COLLEGES_SAY, COMPARED_YEAR, TRAVELERS_SAY, FollowUpCounts, Item, Told

CLOSES, FULL_TIME = "followup.closes_days", "followup.full_time_units"
BANDS = {"A": Told.GPA_A, "B": Told.GPA_B, "C": Told.GPA_C, "D": Told.GPA_D}
ITEMS = {1: tuple(Item), 2: (Item.AWARD, Item.TRANSFER), 3: (Item.AWARD, Item.TRANSFER)}
SAID_BY_TRAVELERS = (Item.ENROLLED, Item.AWARD, Item.TRANSFER)
FIRST = YEARS[0]


@dataclass(slots=True)
class Known:
    """All that the files about one year say of one student: the newest word on each thing."""

    reenrolled: bool | None = None
    units: int | None = None
    gpa: str = ""
    award: bool | None = None
    transferred: bool | None = None

    def take(self, record: FollowUpRecord) -> None:
        for name in self.__slots__:
            if (value := getattr(record, name)) not in (None, ""):
                setattr(self, name, value)

    def said(self, full_time: float) -> dict[Item, Told | None]:
        found = {
            Item.ENROLLED: _yes_no(self.reenrolled),
            Item.UNITS: None,
            Item.GPA: None,
            Item.AWARD: _yes_no(self.award),
            Item.TRANSFER: _yes_no(self.transferred),
        }
        if self.reenrolled:
            found[Item.GPA] = BANDS.get(self.gpa)
            if self.units is not None:
                found[Item.UNITS] = Told.FULL if self.units >= full_time else Told.PART
        return found


def _yes_no(value: bool | None) -> Told | None:
    return None if value is None else Told.YES if value else Told.NO


def closes_on(cycle: Cycle, year: int, days: int) -> dt.date | None:
    """The day from which this year can be counted; None for a cycle without trips."""
    last = max((trip.home_on for trip in Trip.objects.filter(cycle=cycle)), default=None)
    return last and _years_after(last, year) + dt.timedelta(days=days)


def _years_after(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # February 29
        return day.replace(year=day.year + years, day=28)


def known_by_year(cycle: Cycle) -> dict[int, dict[int, Known]]:
    """year -> application -> what is known. One query."""
    found: dict[int, dict[int, Known]] = {}
    rows = FollowUpRecord.objects.filter(imported__cycle=cycle, imported__undone_at=None)
    for record in rows.select_related("imported").order_by("imported__imported_at", "imported", "pk"):
        found.setdefault(record.imported.year, defaultdict(Known))[record.application_id].take(record)
    return {year: dict(people) for year, people in found.items()}


@dataclass(frozen=True, slots=True)
class After:
    """Of one cycle's travelers; and beside applicants who stayed."""

    follow_up: Sequence[FollowUpCounts] = ()
    compared: Sample | None = None


def after(cycle: Cycle, travelers: QuerySet[Placement]) -> After:
    """The years that are over and that some file is about; and what travelers said themselves."""
    years = set(FollowUpImport.objects.counted().filter(cycle=cycle).values_list("year", flat=True))
    people = set(travelers.values_list("application", flat=True))
    reports = list(SelfReport.objects.filter(application__in=people))
    if not years and not reports:
        return After()
    numbers, today = facts.numbers(CLOSES, FULL_TIME, BELOW_LINE), timezone.localdate()
    closed = {
        year for year in YEARS if (day := closes_on(cycle, year, int(numbers[CLOSES]))) is not None and day <= today
    }
    found, known = [], known_by_year(cycle)
    for year in sorted(years & closed):
        before = known.get(year - 1, {})
        said = [
            _new(each.said(float(numbers[FULL_TIME])), before.get(person))
            for person, each in known.get(year, {}).items()
            if person in people
        ]
        found.append(_counted(COLLEGES_SAY, year, said, ITEMS[year]))
    if reports and FIRST in closed:
        said = [
            {Item.ENROLLED: _yes_no(r.enrolled), Item.AWARD: _yes_no(r.award), Item.TRANSFER: _yes_no(r.transferred)}
            for r in reports
        ]
        found.append(_counted(TRAVELERS_SAY, FIRST, said, SAID_BY_TRAVELERS))
    compared = None
    if COMPARED_YEAR in years & closed:
        told = {key: each.said(float(numbers[FULL_TIME])) for key, each in known.get(COMPARED_YEAR, {}).items()}
        compared = compared_of(cycle, people, told, int(numbers[BELOW_LINE]))
    return After(found, compared)


def _new(said: dict[Item, Told | None], before: Known | None) -> dict[Item, Told | None]:
    """Files say "by then"; what was so a year before is counted in that year, so that no two counts nearly overlap."""
    if before:
        for item, was in ((Item.AWARD, before.award), (Item.TRANSFER, before.transferred)):
            if was and said[item] is Told.YES:
                said[item] = Told.NO
    return said


def _counted(
    source: str, year: int, people: Iterable[Mapping[Item, Told | None]], items: Iterable[Item]
) -> FollowUpCounts:
    people = list(people)
    numbers = {item: Counter(said for person in people if (said := person[item]) is not None) for item in items}
    return FollowUpCounts(source, year, len(people), numbers)

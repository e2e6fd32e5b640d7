"""A college's travelers as the Open Doors survey of U.S. study abroad asks for them. Reads only.

The survey counts students of a home college once they are back, for credit and without credit apart, by academic year
with the summer that ends it (https://opendoorsdata.org, "U.S. Study Abroad Survey"). Colleges report, not cities: so
this is a sheet for the college's own people. Citizenship, race, field of study and the like are columns that the
college fills in; they are never kept here.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from exchange.base.roles import Person
from exchange.files.spreadsheets import Cell
from exchange.models import College
from travel.models import Placement, Trip, TripCredit
from travel.models.placement import PlacementQuerySet

AUTUMN = 9  # the month in which an academic year begins; the summer before it ends the one before


@dataclass(frozen=True, slots=True)
class Traveler:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class TripLine:
    """A trip with the college's travelers. `kind`, `activity`: what the college said; empty: nobody has."""

    trip: Trip
    kind: str
    activity: str
    kind_text: str
    travelers: Sequence[Traveler]

    @property
    def days(self) -> int:
        """Departure and return both counted."""
        return (self.trip.home_on - self.trip.leaves_on).days + 1


@dataclass(frozen=True, slots=True)
class Sheet:
    """One college's academic year. `missing`: what somebody still has to say."""

    college: College
    year: int
    trips: list[TripLine] = field(default_factory=list)

    @property
    def name(self) -> str:
        return year_name(self.year)

    def number(self, kind: str) -> int:
        return sum(len(line.travelers) for line in self.trips if line.kind == kind)

    @property
    def credit(self) -> int:
        return self.number(TripCredit.Kind.CREDIT)

    @property
    def noncredit(self) -> int:
        return self.number(TripCredit.Kind.NONCREDIT)

    @property
    def unsaid(self) -> int:
        return self.number("")

    @property
    def all(self) -> int:
        return self.credit + self.noncredit + self.unsaid


def year_name(year: int) -> str:
    """2025/26"""
    return f"{year}/{(year + 1) % 100:02}"


def year_of(day: dt.date) -> int:
    """The academic year, by the calendar year in which it began."""
    return day.year if day.month >= AUTUMN else day.year - 1


def years_of(user: Person, college: College) -> list[int]:
    """Academic years in which this college's students came back, the newest first."""
    days = _back(user, college).values_list("trip__leaves_on", flat=True).order_by().distinct()
    return sorted({year_of(day) for day in days}, reverse=True)


def sheet_of(user: Person, college: College, year: int) -> Sheet:
    """Only those whom the person may see, who left with their group and are back."""
    said = {row.trip_id: row for row in TripCredit.objects.visible_to(user).filter(college=college)}
    trips: dict[int, Trip] = {}
    travelers: dict[int, list[Traveler]] = {}
    people = _back(user, college).select_related("trip__city", "application__student")
    for placement in people.order_by("trip__leaves_on", "trip", "application__student__full_name", "pk"):
        if year_of(placement.trip.leaves_on) == year:
            trips[placement.trip_id] = placement.trip
            one = Traveler(placement.code, str(placement.application.student))
            travelers.setdefault(placement.trip_id, []).append(one)
    return Sheet(college, year, [_line(trips[key], said.get(key), found) for key, found in travelers.items()])


def _line(trip: Trip, said: TripCredit | None, travelers: list[Traveler]) -> TripLine:
    if said is None:
        return TripLine(trip, "", "", "", travelers)
    text = said.get_kind_display()
    if said.activity:
        text = f"{text}: {said.get_activity_display()}"
    return TripLine(trip, said.kind, said.activity, text, travelers)


def _back(user: Person, college: College) -> PlacementQuerySet:
    return Placement.objects.visible_to(user).filter(
        application__college=college, application__is_test=False, returned_at__isnull=False
    )


def rows_of(sheet: Sheet) -> Iterable[Sequence[Cell]]:
    """The sheet as a table: one traveler per line. Empty columns are for the college."""
    yield [
        *(_("Student"), _("City"), _("Country"), _("Left on"), _("Back on"), _("Days"), _("Credit"), _("Activity")),
        *(_("Citizenship (college adds)"), _("Race or ethnicity (college adds)"), _("Gender (college adds)")),
        *(_("Field of study (college adds)"), _("Academic level (college adds)"), _("Disability (college adds)")),
    ]
    for line in sheet.trips:
        place: list[Cell] = [
            line.trip.city.name,
            line.trip.city.country,
            line.trip.leaves_on,
            line.trip.home_on,
            line.days,
        ]
        for one in line.travelers:
            yield [one.name, *place, line.kind, line.activity, *([""] * 6)]

"""Orientation sessions as they stand: when in words, who is expected, who came, who missed. Reads only."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Cycle
from exchange.base import roles
from exchange.base.home import home_zone
from exchange.base.roles import Person
from exchange.models import College
from exchange.reference import facts
from exchange.templatetags.ui import full_day, the_time, zone_city
from travel.base import legs
from travel.base.itinerary import clock_of
from travel.base.legs import NoSuchTime, zone_of
from travel.models import Attendance, ChecklistStep, OrientationSession, Placement, Trip
from travel.models.placement import PlacementQuerySet

KEY = "orientation"  # of the checklist's evidence
EVIDENCE = ChecklistStep.Evidence.ATTENDANCE
CODE_SECONDS, DOOR_MINUTES, REMIND_DAYS = (
    "orientation.code_seconds",
    "orientation.door_minutes",
    "orientation.remind_days",
)
WEEK = timedelta(days=7)


# --- In words ---------------------------------------------------------------------------------------


def when(session: OrientationSession) -> str:
    """Saturday, February 12 at 10:00 am, with the name of the time zone: by the clock of the place."""
    local = session.starts_at.astimezone(zone_of(session.zone))
    said = {"day": full_day(local.date()), "the_time": the_time(clock_of(local)), "city": zone_name(session.zone)}
    return _("%(day)s at %(the_time)s, %(city)s time") % said


def zone_name(zone: str) -> str:
    return zone_city() if zone == home_zone().key else zone.rpartition("/")[2].replace("_", " ")


# --- Who --------------------------------------------------------------------------------------------


def going(cycle: Cycle) -> PlacementQuerySet:
    """Travelers of this cycle whose group hasn't left."""
    return Placement.objects.active().filter(trip__cycle=cycle, trip__departed_at__isnull=True)


def without_any(placements: PlacementQuerySet) -> PlacementQuerySet:
    return placements.exclude(Exists(Attendance.objects.filter(placement=OuterRef("pk"))))


def invited(session: OrientationSession) -> PlacementQuerySet:
    """Travelers whom the session is for and who haven't been to another one."""
    there = without_any(going(session.cycle))
    chosen = [trip.pk for trip in session.trips.all()]
    return there.filter(trip__in=chosen) if chosen else there


def missed(cycle: Cycle) -> PlacementQuerySet:
    """Travelers who have been to no session, although there was one for their trip. Two queries when read."""
    over = [
        each for each in cycle.orientation_sessions.held().prefetch_related("trips") if each.ends_at < timezone.now()
    ]
    there = without_any(going(cycle))
    if any(not each.trips.all() for each in over):
        return there
    return there.filter(trip__in={trip.pk for each in over for trip in each.trips.all()})


def people_of(session: OrientationSession, user: Person) -> Any:
    """Travelers in this person's sight whom the session is for, or who came to it, by name. With `is_here`, and
    `entry`: key of the row that says so, which an undo names.

    Who was at another session isn't expected at this one.
    """
    here = Attendance.objects.filter(session=session, placement=OuterRef("pk"))
    elsewhere = Attendance.objects.filter(placement=OuterRef("pk")).exclude(session=session)
    chosen = [trip.pk for trip in session.trips.all()]
    theirs = Q(trip__in=chosen) if chosen else Q(trip__cycle=session.cycle_id)
    people: Any = Placement.objects.visible_to(user).annotate(
        is_here=Exists(here), entry=Subquery(here.values("pk")[:1])
    )
    active = Q(pk__in=Placement.objects.active().values("pk"))
    people = people.filter(Q(is_here=True) | theirs & active & ~Exists(elsewhere))
    return people.order_by("application__student__full_name", "pk")


def how_many_expected() -> Coalesce:
    """For a query of sessions: the travelers whom each is for, without those who were at another one."""
    chosen = OrientationSession.trips.through.objects.filter(orientationsession=OuterRef(OuterRef("pk")))
    theirs = Q(trip__in=chosen.values("trip")) | Q(~Exists(chosen), trip__cycle=OuterRef("cycle"))
    elsewhere = Attendance.objects.filter(placement=OuterRef("pk")).exclude(session=OuterRef(OuterRef("pk")))
    people = Placement.objects.active().filter(theirs, ~Exists(elsewhere)).order_by().values(one=Value(1))
    return Coalesce(Subquery(people.annotate(number=Count("pk")).values("number")), 0)


def colleges_for(user: Person) -> QuerySet[College]:
    """The colleges whose students this person of the staff sees."""
    there = College.objects.all()
    return there if roles.is_coordinator(user) else there.filter(pk__in=roles.advisor_college_ids(user))


def trips_of_missed(cycle: Cycle) -> QuerySet[Trip]:
    return Trip.objects.filter(placements__in=missed(cycle)).distinct()


def has_been(placement: Placement) -> bool:
    return Attendance.objects.filter(placement=placement).exists()


# --- For the office ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionRow:
    """`expected`: travelers it is for, who came included, as this person sees them."""

    session: OrientationSession
    when: str
    trips: list[Trip]
    came: int
    expected: int
    is_over: bool


@dataclass(frozen=True, slots=True)
class CycleSessions:
    cycle: Cycle
    rows: list[SessionRow]
    missed: int


def overview(user: Person) -> list[CycleSessions]:
    """Sessions of running cycles, the newest cycle first. A constant number of queries."""
    cycles = list(Cycle.objects.visible_to(user).filter(closed_out_at__isnull=True).order_by("-opens_at"))
    sessions = OrientationSession.objects.visible_to(user).held().filter(cycle__in=cycles)
    seen = Placement.objects.visible_to(user)
    placed = seen.active().filter(trip__cycle__in=cycles)
    by_trip = Counter(dict(placed.order_by().values_list("trip").annotate(Count("pk"))))
    lacking = Counter(
        dict(without_any(placed.filter(trip__departed_at=None)).order_by().values_list("trip").annotate(Count("pk")))
    )
    trips: dict[int, list[int]] = {}
    for pk, cycle in Trip.objects.filter(cycle__in=cycles).values_list("pk", "cycle"):
        trips.setdefault(cycle, []).append(pk)
    came = Counter(
        dict(
            Attendance.objects.filter(session__in=sessions, placement__in=seen)
            .order_by()
            .values_list("session")
            .annotate(Count("pk"))
        )
    )
    by_cycle: dict[int, list[OrientationSession]] = {}
    for session in sessions.prefetch_related("trips__city"):
        by_cycle.setdefault(session.cycle_id, []).append(session)
    return [
        _of_cycle(cycle, by_cycle.get(cycle.pk, []), trips.get(cycle.pk, []), by_trip, lacking, came)
        for cycle in cycles
        if cycle.pk in by_cycle or any(by_trip[trip] for trip in trips.get(cycle.pk, []))
    ]


def _of_cycle(
    cycle: Cycle,
    sessions: Sequence[OrientationSession],
    trips: Collection[int],
    by_trip: Counter[int],
    lacking: Counter[int],
    came: Counter[int],
) -> CycleSessions:
    now, rows, over = timezone.now(), [], set[int]()
    for session in sessions:
        chosen = list(session.trips.all())
        theirs = {trip.pk for trip in chosen} or set(trips)
        is_over = session.ends_at < now
        over |= theirs if is_over else set()
        count = sum(by_trip[trip] for trip in theirs)
        rows.append(SessionRow(session, when(session), chosen, came[session.pk], count, is_over))
    return CycleSessions(cycle, rows, sum(lacking[trip] for trip in over))


# --- Another one for those who missed it -------------------------------------------------------------


def proposed_day(local: datetime, today: date) -> date:
    """The same weekday, at least four days from today: people need time to plan."""
    day = local.date()
    weeks = -(-max((today + timedelta(days=4) - day).days, 7) // 7)
    return day + weeks * WEEK


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another session as the last one was: its row, and when."""

    like: OrientationSession
    starts_at: datetime


def proposal(cycle: Cycle) -> Proposal | None:
    """At the place and hour of the last session; None before the first one is over, or if another one is planned."""
    there = list(cycle.orientation_sessions.held())
    over = [each for each in there if each.ends_at < timezone.now()]
    if not over or any(not each.has_begun for each in there):
        return None
    last = over[-1]
    local = last.starts_at.astimezone(zone_of(last.zone)).replace(tzinfo=None)
    day = proposed_day(local, timezone.localdate())
    try:
        return Proposal(last, legs.instant(datetime.combine(day, local.time()), last.zone))
    except NoSuchTime:  # the clocks go forward that night
        return Proposal(last, legs.instant(datetime.combine(day, local.time()) + timedelta(hours=1), last.zone))


# --- For the student --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OwnSession:
    session: OrientationSession
    when: str
    came: bool
    is_over: bool


def own_sessions(placement: Placement) -> list[OwnSession]:
    """Sessions for this traveler, in order; after they came to one, only those they came to. Three queries.

    Needs the trip.
    """
    rows = placement.trip.cycle.orientation_sessions.held().prefetch_related("trips")
    came = set(Attendance.objects.filter(placement=placement).values_list("session", flat=True))
    theirs: Iterable[OrientationSession] = [row for row in rows if row.is_for(placement.trip) or row.pk in came]
    return [
        OwnSession(row, when(row), row.pk in came, row.ends_at < timezone.now())
        for row in theirs
        if not came or row.pk in came
    ]


def door_times(session: OrientationSession) -> tuple[datetime, datetime]:
    """From when until when the code at the door is taken. One query."""
    around = timedelta(minutes=int(facts.number(DOOR_MINUTES)))
    return session.starts_at - around, session.ends_at + around


def code_seconds() -> int:
    return int(facts.number(CODE_SECONDS))

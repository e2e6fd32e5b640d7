"""Data for the office's placement pages: what is missing before a run, a run's result, two runs side by side.

Reads only. Slow counts are cached until an action changes them.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from applications.models import Application, Cycle
from applications.selection.committee import Names
from exchange.background import jobs
from exchange.background.cached_figures import cached
from exchange.models import Job, PartnerCity, Role, User
from travel.models import PlacementRun, Trip
from travel.placement import placing
from travel.placement.actions.placement_release import RELEASE_JOB
from travel.placement.placing import Priority, Row, Settings


@dataclass(frozen=True, slots=True)
class PlacementStanding:
    """Codes of applications before a run, each in one of three groups, by what they wait for."""

    waiting: tuple[str, ...]  # can be placed
    still_open: tuple[str, ...]
    nowhere: tuple[str, ...]
    wish_to_move: int
    free_seats: int


@dataclass(frozen=True, slots=True)
class GroupName:
    key: str
    name: str


def standing_of(cycle: Cycle, *, by: User) -> tuple[PlacementStanding, list[GroupName]]:
    """The standing, and the groups that seats can be kept for, by name."""
    key = f"placing:{cycle.pk}:{get_language()}"
    return cached(key, lambda: (_standing(cycle), _groups(cycle)), by=by, always_cache=True).value


def _groups(cycle: Cycle) -> list[GroupName]:
    return [GroupName(group.key, group.name) for group in Names(cycle).groups]


def _standing(cycle: Cycle) -> PlacementStanding:
    inputs = placing.gather(cycle)
    taken, nowhere = Counter(inputs.sitting.values()), tuple(inputs.nowhere)
    return PlacementStanding(
        waiting=tuple(code for code in inputs.waiting if code not in nowhere),
        still_open=inputs.still_open,
        nowhere=nowhere,
        wish_to_move=len(inputs.asked),
        free_seats=sum(max(0, seats - taken[trip]) for trip, seats in inputs.seats.items()),
    )


def is_outdated(run: PlacementRun, *, by: User) -> bool:
    if run.released_at is not None:
        return False
    return cached(f"placing:run:{run.pk}", lambda: placing.is_outdated(run), by=by, always_cache=True).value


def rules_of(run: PlacementRun, trips: Iterable[Trip]) -> list[str]:
    """The run's settings in words. Names of groups are looked up only where seats are kept."""
    settings, cities = Settings.of(run.settings), {trip.code: trip.city.name for trip in trips}
    said = [
        _("The lottery alone sets the priority.")
        if settings.priority == Priority.LOTTERY
        else _("The readers’ average score sets the priority, and the lottery breaks ties.")
    ]
    names = Names(run.cycle)
    for each in settings.kept:
        words = _("Spots reserved on each trip: %(count)s for “%(group)s”.")
        if each.trip:
            words = _("Spots reserved in %(city)s: %(count)s for “%(group)s”.")
        city = cities.get(each.trip, each.trip)
        said.append(words % {"count": each.seats, "group": names[each.group], "city": city})
    left_out = ", ".join(cities.get(code, code) for code in sorted(settings.left_out))
    return [*said, _("Left out: %(cities)s.") % {"cities": left_out}] if left_out else said


def short_rules(run: PlacementRun) -> str:
    """A short description that distinguishes two runs of the same minute."""
    settings = Settings.of(run.settings)
    said = [_("by lottery") if settings.priority == Priority.LOTTERY else _("by score")]
    if settings.kept:
        count = sum(each.seats for each in settings.kept)
        said.append(ngettext("%(count)s reserved spot", "%(count)s reserved spots", count) % {"count": count})
    if settings.left_out:
        count = len(settings.left_out)
        said.append(ngettext("without %(count)s trip", "without %(count)s trips", count) % {"count": count})
    return ", ".join(said)


# --- A run ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TripCount:
    trip: Trip
    placed: int  # including students who keep their seat there

    @property
    def misses(self) -> int:
        """How many students its smallest group still lacks, also if nobody goes at all."""
        return max(0, self.trip.minimum_group - self.placed)

    @property
    def is_full(self) -> bool:
        return self.placed >= self.trip.seats


@dataclass(frozen=True, slots=True)
class Summary:
    """`by_rank`: how many got which choice. `moved`: students who had a seat and move up their list."""

    placed: int
    unplaced: int
    moved: int
    by_rank: dict[int, int]
    trips: list[TripCount] = field(default_factory=list)

    @property
    def misses(self) -> bool:
        """Whether any trip is below its smallest group."""
        return any(each.misses for each in self.trips)


def summary_of(run: PlacementRun, trips: list[Trip]) -> Summary:
    """`trips`: the cycle's, each with `placed`, how many have a seat there now. Makes no query."""
    going = [row for row in run.results if row["trip"] and row["trip"] != row.get("before")]
    ranks = Counter(row["rank"] for row in going)
    change = Counter(row["trip"] for row in going)
    change.subtract(row["before"] for row in going if row.get("before"))
    settings = Settings.of(run.settings)
    sits = {trip.code: trip.placed for trip in trips}  # type: ignore[attr-defined]
    is_told = run.released_at is not None  # then the seats now are those of the run
    return Summary(
        placed=sum("before" not in row for row in going),
        unplaced=sum(row["trip"] is None for row in run.results),
        moved=sum("before" in row for row in going),
        by_rank=dict(sorted(ranks.items())),
        trips=[
            TripCount(trip, sits[trip.code] + (0 if is_told else change[trip.code]))
            for trip in trips
            if trip.closed_at is None and trip.code not in settings.left_out
        ],
    )


def release_job(run: PlacementRun) -> Job | None:
    """The job that releases the run, so that the whole office sees its progress."""
    return Job.objects.filter(kind=RELEASE_JOB, key=jobs.key_of(run.code)).order_by("-created_at").first()


# --- Two runs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlacementChange:
    application: str
    before: Row | None
    after: Row | None


def differences(one: PlacementRun, other: PlacementRun) -> list[PlacementChange]:
    """Students who get another trip, in the order of the first run, and those who are in only one of the runs."""
    first, second = ({row["application"]: row for row in run.results} for run in (one, other))
    codes = [*first, *(code for code in second if code not in first)]
    found = (PlacementChange(code, first.get(code), second.get(code)) for code in codes)
    return [change for change in found if _goes(change.before) != _goes(change.after)]


def _goes(row: Row | None) -> str | None:
    return row["trip"] if row else ""


# --- People and places by their codes ---------------------------------------------------------------


def people_of(codes: Iterable[str], user: User) -> dict[str, Application]:
    visible = Application.objects.visible_to(user).filter(code__in=list(codes))
    return {each.code: each for each in visible.with_people()}


def cities_of(codes: Iterable[str | None]) -> dict[str, PartnerCity]:
    return {city.code: city for city in PartnerCity.objects.filter(code__in={code for code in codes if code})}


def advisors_of(colleges: Iterable[int]) -> dict[int, list[User]]:
    """Advisors by college, who have to mark the open lists of their students."""
    roles = Role.objects.filter(kind=Role.Kind.ADVISOR, college__in=set(colleges), user__is_active=True)
    found: dict[int, list[User]] = {}
    for role in roles.select_related("user").order_by("user__joined_at", "user"):
        found.setdefault(role.college_id or 0, []).append(role.user)
    return found

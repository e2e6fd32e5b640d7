"""Finds who is next on the waiting list when a seat is free, by the committee's own rule. Read-only."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base.waitlist import told, with_a_seat
from applications.models import Application, Cycle, Decision, Reserve
from applications.selection import levers, reserves


@dataclass(frozen=True, slots=True)
class Proposal:
    """Whom to offer the free seat, and why. A coordinator has to agree. `place`: on the waiting list now. `group`: the
    key of the group whose reserved seats decide it, else ""."""

    decision: Decision
    reason: str
    place: int = 1
    group: str = ""

    @property
    def application(self) -> Application:
        return self.decision.application


@dataclass(frozen=True, slots=True)
class LastDay:
    """The last day on which a student who gets a seat can still be ready for one trip."""

    trip: str
    on: date

    @property
    def is_past(self) -> bool:
        return self.on < timezone.localdate()


@dataclass(frozen=True, slots=True)
class Outlook:
    """How ready a student on the waiting list is, and the last safe days, without reasons. The trip that ends first
    comes first.

    `is_open`: an advisor has not decided yet where the student can go.
    """

    stage: str
    tone: str
    days: list[LastDay]
    is_open: bool = False

    @property
    def past(self) -> list[LastDay]:
        return [day for day in self.days if day.is_past]


type Teller = Callable[[Collection[Application]], dict[int, Outlook]]
_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Register the function that knows trips and passports. `travel` calls it in AppConfig.ready, because this app
    cannot import `travel`."""
    _tellers.append(teller)


def outlook_of(applications: Collection[Application]) -> dict[int, Outlook]:
    """Outlooks by the application's primary key; empty if no function is registered."""
    return {pk: outlook for teller in _tellers for pk, outlook in teller(applications).items()}


def next_in_line(cycle: Cycle) -> Proposal | None:
    """The next student by the order of the waiting list and the seats kept for groups; None if there is none."""
    return next(iter(in_line(cycle, 1)[0]), None)


def in_line(cycle: Cycle, seats: int) -> tuple[list[Proposal], list[Decision]]:
    """Who gets the next `seats` free seats, one after the other; and who is passed over, because someone lower on the
    list gets a seat that is kept for a group."""
    waiting = list(told(cycle.pk).select_related("application__student", "application__college", "application__cycle"))
    if not waiting or cycle.seats is None:
        return [], []
    kept = list(Reserve.objects.filter(cycle=cycle).select_related("lever", "college"))
    if kept:
        found = _by_reserves(cycle, waiting, kept, seats)
    else:
        found = [Proposal(each, _in_turn(place), place) for place, each in enumerate(waiting[:seats], 1)]
    chosen = {proposal.application.pk for proposal in found}
    above = waiting[: max((proposal.place for proposal in found), default=0)]
    return found, [each for each in above if each.application_id not in chosen]


def _in_turn(place: int) -> str:
    return _("First on the waitlist.") if place == 1 else _("Next on the waitlist.")


def _by_reserves(cycle: Cycle, waiting: list[Decision], kept: list[Reserve], seats: int) -> list[Proposal]:
    taken = with_a_seat(cycle)
    groups = levers.groups_of(taken) | levers.groups_of([each.application for each in waiting])
    floors = [reserves.Floor(levers.group_of_reserve(each), each.seats) for each in kept]
    names = {levers.group_of_reserve(each): str(each.lever or each.college) for each in kept}
    inside = [reserves.Member(code, None, groups[pk]) for pk, code in taken.values_list("pk", "code")]
    line = [reserves.Member(each.application.code, None, groups[each.application_id]) for each in waiting]
    places = {each.application.code: place for place, each in enumerate(waiting, 1)}
    proposals: list[Proposal] = []
    while len(proposals) < seats and (found := reserves.next_in(inside, line, floors, cycle.seats or 0)):
        place = places[found.code]
        said = {"group": names.get(found.group, found.group)}
        why = (
            _in_turn(place)
            if found.reason == reserves.Why.NEXT
            else _("First on the waitlist from a group with reserved spots: %(group)s.") % said
        )
        proposals.append(Proposal(waiting[place - 1], why, place, found.group))
        inside += [each for each in line if each.code == found.code]
        line = [each for each in line if each.code != found.code]
    return proposals

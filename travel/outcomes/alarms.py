"""What is being done while somebody abroad isn't accounted for, for the mayor's office. Without who, and how many.

One person missing from one trip would be somebody, and one or three change nothing that a director does. Reads only,
and only if something is open.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from django.db.models import Min, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from exchange.base.home import home_zone
from exchange.base.office import office
from travel.abroad.escalation import ORDER, Act
from travel.models import CheckInPerson, CheckInStep, Contact, RollCall
from travel.outcomes.trips import DRILL, TripSeen

LATEST = 3  # lines of an alarm that stand open


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was done, is being done (`is_now`) or comes next (`at` None)."""

    text: str
    at: datetime | None = None
    is_now: bool = False


@dataclass(frozen=True, slots=True)
class Reachable:
    name: str
    what: str
    phone: Any


@dataclass(frozen=True, slots=True)
class Alarm:
    """A group in which somebody isn't accounted for. `caller`: who said that they're calling, or "".

    `is_roll_call`: only a leader's roll call says so; no check-in asks. `zone`: of where the group is.
    """

    trip: TripSeen
    since: datetime
    zone: tzinfo
    is_roll_call: bool
    caller: str
    lines: tuple[Line, ...]
    people: tuple[Reachable, ...]

    @property
    def earlier(self) -> tuple[Line, ...]:
        """All but the last ones, if two or more."""
        return self.lines[:-LATEST] if len(self.lines) > LATEST + 1 else ()

    @property
    def latest(self) -> tuple[Line, ...]:
        return self.lines[len(self.earlier) :]


def alarms(trips: Iterable[TripSeen]) -> list[Alarm]:
    """In the order of the trips. No query while everybody who was asked is accounted for, else four."""
    open_ones = {trip.code: trip for trip in trips if trip.is_missing}
    if not open_ones:
        return []
    missing = _missing(open_ones)
    roll_calls = RollCall.objects.unresolved().filter(trip__code__in=open_ones).order_by()
    missed = roll_calls.annotate(first=Min("taps__at", filter=Q(taps__is_here=False)))
    since = dict(missed.order_by("-first").values_list("trip__code", "first"))
    steps = list(CheckInStep.objects.filter(person__in=[row.pk for row in missing]).select_related("person"))
    leaders = list(Contact.objects.filter(trip__code__in=open_ones).exclude(phone="").select_related("trip", "user"))
    return [
        _alarm(
            trip,
            [row for row in missing if row.trip_code == code],
            since.get(code),
            steps,
            [each for each in leaders if each.trip and each.trip.code == code],
        )
        for code, trip in open_ones.items()
    ]


def _missing(trips: Mapping[str, TripSeen]) -> list[Any]:
    rows = CheckInPerson.objects.missing().exclude(check_in__kind=DRILL).select_related("check_in", "caller")
    of = rows.filter(Q(placement__trip__code__in=trips) | Q(leads__code__in=trips))
    return list(of.annotate(trip_code=Coalesce("placement__trip__code", "leads__code")).order_by("-state_at"))


def _alarm(
    trip: TripSeen,
    missing: Sequence[Any],
    missed_at: datetime | None,
    steps: Sequence[CheckInStep],
    leaders: Sequence[Contact],
) -> Alarm:
    people = {row.pk for row in missing}
    own = [step for step in steps if step.person_id in people]
    taken = [step for step in own if step.kind == CheckInStep.Kind.TAKEN]
    last = max(taken, key=lambda step: step.at, default=None)
    began = [row.check_in.started_at for row in missing] + ([missed_at] if missed_at else [])
    return Alarm(
        trip,
        min(began),
        trip.city.zone or home_zone(),
        is_roll_call=not missing,
        caller=last.who if last else "",
        lines=tuple(_lines(missing, missed_at, own, last)),
        people=tuple(_reachable(leaders, last)),
    )


def _lines(
    missing: Sequence[Any], missed_at: datetime | None, steps: Sequence[CheckInStep], last: CheckInStep | None
) -> Iterable[Line]:
    done: list[Line] = []
    if missed_at:
        done.append(Line(_("Roll call: not everyone was there"), missed_at))
    if missing:
        done.append(Line(_("Check-in started"), min(row.check_in.started_at for row in missing)))
    words = {
        Act.TEXT: _("Texts sent"),
        Act.TEXT_AGAIN: _("Second text, to those who hadn’t answered"),
        Act.EMAIL: _("Email, to those who hadn’t answered"),
        Act.CALL: _("Handed to a person to call them"),
        Act.FAMILY: _("Their family to be called, too"),
    }
    acts = {act: min((step.at for step in steps if step.kind == act), default=None) for act in ORDER}
    done += [Line(words[act], at) for act, at in acts.items() if at]
    if last:
        done.append(Line(_("%(name)s is calling") % {"name": last.who}, last.at, is_now=True))
    yield from sorted(done, key=_moment)
    reached = max((place for place, act in enumerate(ORDER) if acts[act]), default=-1)
    if missing and reached + 1 < len(ORDER):
        upcoming = words[ORDER[reached + 1]]
        yield Line(_("Next: %(what)s") % {"what": upcoming[:1].lower() + upcoming[1:]})
    elif not missing:
        yield Line(_("The leaders and the exchange team are looking"), is_now=True)


def _moment(line: Line) -> float:
    return line.at.timestamp() if line.at else math.inf


def _reachable(leaders: Sequence[Contact], last: CheckInStep | None) -> Iterable[Reachable]:
    """The leader who is calling, or else the first; and the office."""
    calling = [each for each in leaders if last and each.user_id and each.user_id == last.by_id]
    for leader in (calling or leaders)[:1]:
        yield Reachable(leader.name, _("Leader"), leader.phone)
    us = office()
    if us.phone:
        yield Reachable(us.name, _("Has the names"), us.phone)

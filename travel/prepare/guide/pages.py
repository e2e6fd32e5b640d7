"""The first-flight guide as one traveler reads it: the steps of the way, with their own flights. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from django.db.models import Q
from django.utils.translation import gettext as _

from exchange.templatetags.ui import the_time
from travel.base import legs
from travel.base.itinerary import ShownLeg, in_hours
from travel.base.legs import Kind, Leg
from travel.base.sources import Source
from travel.models import GuideTip, Trip

Step = GuideTip.Step


@dataclass(frozen=True, slots=True)
class Tip:
    tip: GuideTip
    source: Source


@dataclass(slots=True)
class Screen:
    """One step. `own`: lines about this traveler's flights; `before`, `after`: the steps beside it, for the links."""

    step: Step
    tips: list[Tip] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    number: int = 0
    before: "Screen | None" = None
    after: "Screen | None" = None

    @property
    def key(self) -> str:
        return self.step.value.replace("_", "-")

    @property
    def title(self) -> str:
        return str(self.step.label)


def connections(found: Iterable[Leg]) -> list[tuple[Leg, Leg]]:
    """Each change of planes: the flight that lands and the one that leaves. Pure."""
    return [pair for journey in legs.journeys(found) for pair in pairwise(journey)]


def tips_of(trip: Trip) -> list[GuideTip]:
    """In order, those of every trip first. One query."""
    rows = GuideTip.objects.filter(Q(trip=trip) | Q(trip__isnull=True))
    return sorted(rows, key=lambda tip: (tip.trip_id is not None, tip.order, tip.pk))


def screens(tips: Iterable[GuideTip], found: Sequence[ShownLeg]) -> list[Screen]:
    """The steps in the order of the way, without those that nobody wrote a tip for.

    The step of a connection is left out for somebody whose booked flights have none; before they are booked it's there.
    """
    by_step = {step: Screen(step) for step in Step}
    for tip in tips:
        by_step[Step(tip.step)].tips.append(Tip(tip, Source.of(tip)))
    for step, line in _own(found):
        by_step[step].own.append(line)
    flights = [each.leg for each in found if each.leg.kind == Kind.FLIGHT]
    if flights and not connections(flights):
        del by_step[Step.CONNECTION]
    there = [screen for screen in by_step.values() if screen.tips]
    for number, screen in enumerate(there, start=1):
        screen.number = number
    for one, other in pairwise(there):
        one.after, other.before = other, one
    return there


def _own(found: Sequence[ShownLeg]) -> Iterable[tuple[Step, str]]:
    flights = [each for each in found if each.leg.kind == Kind.FLIGHT]
    if not flights:
        return
    by_code = {each.leg.code: each for each in flights}
    for each in found:
        if each.leg.kind == Kind.MEETING and each.leg.starts_at <= flights[0].leg.starts_at:
            yield Step.CHECK_IN, each.line
    yield Step.CHECK_IN, flights[0].line
    for each in flights:
        yield Step.GATE, each.line
    for landing, leaving in connections(each.leg for each in flights):
        yield Step.CONNECTION, _connection(by_code[landing.code], by_code[leaving.code])
    if arrival := legs.arrival(each.leg for each in flights):
        yield Step.BORDER, _landing(by_code[arrival.code])


def _connection(landing: ShownLeg, leaving: ShownLeg) -> str:
    wait = leaving.leg.starts_at - (landing.leg.ends_at or landing.leg.starts_at)
    said = {"place": landing.end_place, "flight": leaving.leg.number, "wait": in_hours(wait)}
    said |= {"the_landing": the_time(landing.end), "the_leaving": the_time(leaving.start)}
    text = _("%(place)s: you land at %(the_landing)s, and %(flight)s leaves at %(the_leaving)s. You have %(wait)s.")
    return text % said


def _landing(each: ShownLeg) -> str:
    said = {"place": each.end_place, "day": each.end_day, "the_time": the_time(each.end)}
    return _("You land at %(place)s on %(day)s at %(the_time)s.") % said

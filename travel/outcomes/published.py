"""What was published of the cycles, put together for pages and documents. Reads only the released figures.

Everything here is worked out from published ranges and from what everybody knows (how many traveled), so it says no
more than they do: a total over several years is the sum of its years' ranges, with 0 to all for a hidden year.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate

from django.db.models import Max

from applications.models import Cycle
from exchange.figures import releases
from exchange.figures.counts import ENDLESS, Key, Range
from exchange.models import Fact, FigureRelease, ReleasedFigure
from travel.outcomes.population import COUNTED, WEEKS, By, Mark, Stage, Step, late_key, mark_key, stage_key, wait_key
from travel.outcomes.trips import TripSeen, trips_seen

ALL = "all"
# facts that say what was published of an earlier group; a city without one has none
YARDSTICKS = {Mark.ABROAD: "yardstick.first_abroad", Mark.FLIGHT: "yardstick.first_flight"}
LEAST, PERCENT = "comparison.least", "comparison.percent"
# A range wider than this part of a group says too little to be a headline.
WIDEST = 0.5


@dataclass(frozen=True, slots=True)
class Share:
    """Those with a mark, of so many travelers. `count` is None if it isn't shown."""

    count: Range | None
    of: int


@dataclass(frozen=True, slots=True)
class Part:
    """A college or city: those with a mark, of its travelers, in these cycles; `count` is None if it isn't shown."""

    group: str
    count: Range | None
    cycles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What was published elsewhere of an earlier group, in percent, to compare with."""

    percent: Decimal
    as_of: date
    source: str


@dataclass(frozen=True, slots=True)
class Outcomes:
    """All that was published of one cycle, or of all. Cycles by code. years: in which groups left, by city."""

    cycles: tuple[str, ...]
    travelers: int
    cities: frozenset[str]
    departures: frozenset[date]
    stages: Mapping[Stage, Range]
    shares: Mapping[Mark, Share]
    parts: Mapping[tuple[Mark, By], tuple[Part, ...]]
    too_late: Range | None
    years: Mapping[str, frozenset[int]] = field(default_factory=dict)
    waits: Mapping[Step, Mapping[int, Range]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """`outcomes` is None when there is nothing to show. cycles: that have figures; public: all, newest first.

    least and percent: the rules of a comparison, if there are any.
    """

    threshold: int
    as_of: datetime | None
    cycles: list[Cycle]
    chosen: Cycle | None
    outcomes: Outcomes | None = None
    told: Mapping[Key, Range | None] = field(default_factory=dict)
    public: list[Cycle] = field(default_factory=list)
    trips: Sequence[TripSeen] = ()
    yardsticks: Mapping[Mark, Yardstick] = field(default_factory=dict)
    least: Fact | None = None
    percent: Fact | None = None

    @property
    def code(self) -> str:
        return self.chosen.code if self.chosen else ALL


def report(code: str = "") -> Report:
    """What was published of one cycle's travelers, of all ("all"), or of the newest that has any ("").

    Raises Cycle.DoesNotExist for another code.
    """
    cycles = list(Cycle.objects.public())
    chosen = next((cycle for cycle in cycles if cycle.code == code), None)
    if chosen is None and code not in ("", ALL):
        raise Cycle.DoesNotExist
    told, times = releases.told_when()
    home = [cycle for cycle in cycles if told.get(stage_key(cycle.code, Stage.TRAVELED))]
    if not code and home:
        chosen = home[0]
    keys = [*releases.FACTS, *YARDSTICKS.values(), LEAST, PERCENT]
    rows = {fact.key: fact for fact in Fact.objects.current().filter(key__in=keys)}
    found = Report(
        threshold=releases.rules_of({key: row.number for key, row in rows.items()}).threshold,
        as_of=None,
        cycles=home,
        chosen=chosen,
        told=told,
        public=cycles,
        trips=trips_seen(),
        yardsticks={
            mark: Yardstick(rows[key].value, rows[key].as_of, rows[key].source_name)
            for mark, key in YARDSTICKS.items()
            if key in rows
        },
        least=rows.get(LEAST),
        percent=rows.get(PERCENT),
    )
    if not home or chosen not in (None, *home):
        return found
    codes = tuple(cycle.code for cycle in ([chosen] if chosen else reversed(home)))
    outcomes = outcomes_of(codes, told, found.trips)
    return replace(found, as_of=max((times[code] for code in codes if code in times), default=None), outcomes=outcomes)


def as_of(codes: Iterable[str]) -> datetime | None:
    """When the newest figures of these cycles were counted."""
    numbers = ReleasedFigure.objects.about(*codes).values("release")
    found: datetime | None = FigureRelease.objects.filter(pk__in=numbers).aggregate(last=Max("as_of"))["last"]
    return found


def outcomes_of(codes: tuple[str, ...], told: Mapping[Key, Range | None], trips: Iterable[TripSeen]) -> Outcomes:
    went = [trip for trip in trips if trip.cycle in codes and trip.went]
    travelers = {code: _known(told, stage_key(code, Stage.TRAVELED)) for code in codes}
    return Outcomes(
        cycles=codes,
        travelers=sum(travelers.values()),
        cities=frozenset(trip.city.code for trip in went),
        departures=frozenset(trip.leaves_on for trip in went),
        stages=_summed([stages_of(code, told) for code in codes]),
        shares={mark: _share(mark, travelers, told) for mark in Mark},
        parts={(mark, by): tuple(_parts(mark, by, codes, told)) for mark in COUNTED for by in By},
        too_late=_sum([told.get(late_key(code)) for code in codes]),
        years={
            trip.city.code: frozenset(each.leaves_on.year for each in went if each.city == trip.city) for trip in went
        },
        waits=_waits(travelers, told),
    )


def _waits(travelers: Mapping[str, int], told: Mapping[Key, Range | None]) -> dict[Step, dict[int, Range]]:
    """How many travelers took at most so many weeks for each step, where all of the cycles have such figures. Who took
    at most 4 weeks took at most 8, so no range is wider than the ones beside it allow."""
    found = {}
    for step in Step:
        keys = {(code, weeks): wait_key(code, step, weeks) for code in travelers for weeks in sorted(WEEKS)}
        if not all(key in told for key in keys.values()):
            continue
        counts = {weeks: _total(travelers, [told[keys[code, weeks]] for code in travelers]) for weeks in sorted(WEEKS)}
        lows = accumulate((count.low for count in counts.values()), max)
        highs = list(accumulate((count.high for count in reversed(counts.values())), min))
        found[step] = {
            weeks: Range(*ends) for weeks, ends in zip(counts, zip(lows, reversed(highs), strict=True), strict=True)
        }
    return found


def _known(told: Mapping[Key, Range | None], key: Key) -> int:
    found = told[key]
    return found.low if found else 0


def stages_of(code: str, told: Mapping[Key, Range | None], by: str = "", group: str = "") -> dict[Stage, Range]:
    """Each stage that was decided about, no wider than the published stages around it allow."""
    found: dict[Stage, Range] = {}
    stages = [stage for stage in Stage if stage_key(code, stage, by, group) in told]
    high = ENDLESS
    for stage in stages:
        range_ = told[stage_key(code, stage, by, group)]
        high = min(high, range_.high if range_ else high)
        found[stage] = Range(range_.low if range_ else 0, high)
    low = 0
    for stage in reversed(stages):
        low = max(low, found[stage].low)
        found[stage] = Range(low, found[stage].high)
    return found


def _summed(cycles: list[dict[Stage, Range]]) -> dict[Stage, Range]:
    """Stages that every one of the cycles has, added up."""
    shared = [stage for stage in Stage if all(stage in each for each in cycles)]
    return {
        stage: Range(sum(each[stage].low for each in cycles), sum(each[stage].high for each in cycles))
        for stage in shared
    }


def _sum(ranges: list[Range | None]) -> Range | None:
    if not ranges or None in ranges:
        return None
    return Range(sum(each.low for each in ranges if each), sum(each.high for each in ranges if each))


def _share(mark: Mark, travelers: Mapping[str, int], told: Mapping[Key, Range | None]) -> Share:
    of = sum(travelers.values())
    count = _total(travelers, [told.get(mark_key(code, mark)) for code in travelers])
    return Share(count if of and count.high - count.low <= WIDEST * of else None, of)


def _total(travelers: Mapping[str, int], counts: Iterable[Range | None]) -> Range:
    """Added up over cycles; one that isn't shown can be nobody or all of the cycle's travelers."""
    ranges = [count or Range(0, number) for count, number in zip(counts, travelers.values(), strict=True)]
    return Range(sum(each.low for each in ranges), sum(each.high for each in ranges))


def cycle_shares(code: str, told: Mapping[Key, Range | None]) -> dict[Mark, Share]:
    """What was published of one cycle's travelers; the cycle must have figures."""
    travelers = {code: _known(told, stage_key(code, Stage.TRAVELED))}
    return {mark: _share(mark, travelers, told) for mark in Mark}


def _parts(mark: Mark, by: By, codes: tuple[str, ...], told: Mapping[Key, Range | None]) -> Iterable[Part]:
    """Every college or city with travelers: by years told together where each alone is hidden, if all are asked for."""
    singles: dict[str, dict[str, Range | None]] = {}
    blocks: list[tuple[str, tuple[str, ...], Range]] = []
    for key, range_ in told.items():
        if (key.name, key.by) != (mark, by):
            continue
        years = tuple(key.subject.split("+"))
        if len(years) > 1:
            if range_ is not None and set(years) <= set(codes) and len(codes) > 1:
                blocks.append((key.group, years, range_))
        elif key.subject in codes:
            singles.setdefault(key.group, {})[key.subject] = range_
    for group, by_cycle in sorted(singles.items()):
        told_together = {year: range_ for name, years, range_ in blocks if name == group for year in years}
        ranges = [range_ for name, _years, range_ in blocks if name == group]
        ranges += [range_ for cycle, range_ in by_cycle.items() if range_ is not None and cycle not in told_together]
        shown = [cycle for cycle, range_ in by_cycle.items() if range_ is not None or cycle in told_together]
        yield Part(group, _sum(list(ranges)), tuple(shown))

"""The people of a cycle as classes and counts that the planner can decide about together. Pure: no database, no Django.

Everything that is ever published of a cycle is one of these counts: how far people came, over all and in groups (by
college, by language, ...); what marks travelers, over all, by college and by city; passports that came too late; what
travelers answered in the survey; how their studies went in the years after.
Everybody is taken to know how many traveled from each college to each city.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import partial
from itertools import pairwise

from exchange.figures.counts import UNKNOWN, Key, Population, Range
from travel.outcomes.comparing import Sample


class Stage(IntEnum):
    """How far a person came; reaching a stage counts in every stage before it."""

    STARTED = 0
    SUBMITTED = 1
    ENDORSED = 2
    READ = 3
    SELECTED = 4
    CONFIRMED = 5
    PASSPORT = 6
    TRAVELED = 7


class Mark(StrEnum):
    """A property of a traveler."""

    ABROAD = "first_abroad"
    FLIGHT = "first_flight"
    PASSPORT = "first_passport"
    GENERATION = "first_generation"
    CHOICE = "first_choice"


class By(StrEnum):
    COLLEGE = "college"
    CITY = "city"


class Said(StrEnum):
    """How a traveler's two ratings of a survey item compare."""

    MORE = "said_more"
    LESS = "said_less"
    SAME = "said_same"


class Told(StrEnum):
    """What a college, or a traveler, says of one item of the time after the trip."""

    YES = "yes"
    NO = "no"
    GPA_A = "gpa_a"
    GPA_B = "gpa_b"
    GPA_C = "gpa_c"
    GPA_D = "gpa_d"
    FULL = "full_time"
    PART = "part_time"


class Item(StrEnum):
    """What is asked of the time after the trip, in the order of tables."""

    ENROLLED = "enrolled"
    UNITS = "units"
    GPA = "gpa"
    AWARD = "award"
    TRANSFER = "transfer"


YES_NO = (Told.YES, Told.NO)
OPTIONS: Mapping[Item, Sequence[Told]] = {
    Item.ENROLLED: YES_NO,
    Item.UNITS: (Told.FULL, Told.PART),
    Item.GPA: (Told.GPA_A, Told.GPA_B, Told.GPA_C, Told.GPA_D),
    Item.AWARD: YES_NO,
    Item.TRANSFER: YES_NO,
}
OF_ENROLLED = (Item.UNITS, Item.GPA)  # asked only of those who enrolled


class Step(StrEnum):
    """A wait of a traveler: for the decision, until the own answer, until somebody on staff has seen the passport."""

    DECISION = "decision"
    ANSWER = "answer"
    PASSPORT = "passport_seen"


COLLEGE, YES = By.COLLEGE.value, "yes"
STEP = "step"  # a way of grouping: by what was waited for
# A measure's name says how long it is, so these don't change with a setting. The ones that matter most first.
WEEKS = (4, 8, 2, 16)
SURVEY_ITEM = "survey_item"  # a way of grouping: by the item that was rated
# by the item that a college or a traveler was asked, with the years after the trip: "transferred.2"
FOLLOW_UP_ITEM, YEAR = "followup_item", "followup_year"
# who says it, as the measures are named. What travelers say themselves is never added to what colleges send.
COLLEGES_SAY, TRAVELERS_SAY = "followup", "selfreport"
# by what, and of which year, travelers are compared with those who stayed
COMPARED, COMPARED_YEAR = Item.TRANSFER, 1
# The stages that matter most are decided first, so that others give way to them.
STAGES_FIRST = (
    *(Stage.SUBMITTED, Stage.SELECTED, Stage.CONFIRMED, Stage.STARTED, Stage.PASSPORT, Stage.ENDORSED, Stage.READ),
)
# Stages told group by group.
IN_GROUPS = (Stage.SUBMITTED, Stage.SELECTED, Stage.CONFIRMED, Stage.STARTED)
GROUP_STAGES = (*sorted(IN_GROUPS), Stage.TRAVELED)
MARKS_FIRST = (Mark.GENERATION, Mark.ABROAD, Mark.FLIGHT, Mark.PASSPORT, Mark.CHOICE)
# Marks that are broken down.
COUNTED = (Mark.PASSPORT, Mark.FLIGHT)

type Place = tuple[str, str]  # a college and a city
type Years = tuple[str, ...]  # cycles that are compared as one; for good
type Furthest = Mapping[Stage, int]


@dataclass(frozen=True, slots=True)
class SurveyCounts:
    """Travelers who answered the survey, and for each item how many of them said what. Some skip an item."""

    answered: int
    items: Mapping[str, Mapping[Said, int]]


type Waits = Mapping[Step, Mapping[int, int]]  # how many took more than the weeks before and at most so many


@dataclass(frozen=True, slots=True)
class FollowUpCounts:
    """Travelers of whom something is known so many years after the trip, and for each item of how many what was said.

    `source`: COLLEGES_SAY or TRAVELERS_SAY. Of some an item isn't known.
    """

    source: str
    year: int
    known: int
    items: Mapping[Item, Mapping[Told, int]]


@dataclass(frozen=True, slots=True)
class CycleCounts:
    """One cycle's people, counted. Not to be shown.

    groups: way of grouping -> group -> persons by the furthest stage they reached; each way has everybody once.
    travelers and each of marks: (college, city) -> persons. same_as: a way of grouping whose "yes", among travelers,
    are those with a mark. in_file: how many applications are in the cycle's published scores, which anybody can count;
    None if there is no such file. lotteries: code -> how many were in it, which its page says; nobody is in two.
    drawn_were_read: whether all of them were READ. survey: None if there was none, or it can still be answered.
    follow_up: years after the trip that are over, each decided by itself. compared: some travelers, and as many others.
    """

    cycle: str
    furthest: Furthest
    groups: Mapping[str, Mapping[str, Furthest]] = field(default_factory=dict)
    travelers: Mapping[Place, int] = field(default_factory=dict)
    marks: Mapping[Mark, Mapping[Place, int]] = field(default_factory=dict)
    too_late: int = 0
    same_as: Mapping[str, Mark] = field(default_factory=dict)
    in_file: int | None = None
    lotteries: Mapping[str, int] = field(default_factory=dict)
    drawn_were_read: bool = True
    survey: SurveyCounts | None = None
    follow_up: Sequence[FollowUpCounts] = ()
    waits: Waits | None = None
    compared: Sample | None = None

    @property
    def compared_year(self) -> FollowUpCounts:
        """What colleges say of the year from which people are compared."""
        years = (each for each in self.follow_up if (each.source, each.year) == (COLLEGES_SAY, COMPARED_YEAR))
        return next(years, FollowUpCounts(COLLEGES_SAY, COMPARED_YEAR, 0, {COMPARED: {}}))


@dataclass(frozen=True, slots=True)
class EarlierCounts:
    """A year from before the portal. Not to be shown.

    reached: how many came at least so far, for the stages that were recorded; how many traveled is always there.
    cities: travelers by city, or none. published: counts that were published elsewhere, which everybody knows.
    """

    cycle: str
    reached: Mapping[Stage, int]
    marks: Mapping[Mark, int] = field(default_factory=dict)
    cities: Mapping[str, int] = field(default_factory=dict)
    published: frozenset[Key] = frozenset()


@dataclass(frozen=True, slots=True)
class Block:
    """Years of one college or city that are told as one, because each alone has too few travelers. For good."""

    by: By
    group: str
    cycles: tuple[str, ...]

    @property
    def subject(self) -> str:
        return "+".join(self.cycles)


def stage_key(cycle: str, stage: Stage, by: str = "", group: str = "") -> Key:
    return Key(cycle, stage.name.lower(), by, group)


def mark_key(cycle: str, mark: Mark, by: str = "", group: str = "") -> Key:
    return Key(cycle, mark.value, by, group)


def travelers_key(cycle: str, city: str) -> Key:
    return Key(cycle, "travelers", By.CITY, city)


def late_key(cycle: str) -> Key:
    return Key(cycle, "too_late")


def file_key(cycle: str) -> Key:
    return Key(cycle, "in_scores_file")


def lottery_key(cycle: str, code: str) -> Key:
    return Key(cycle, "in_lottery", "lottery", code)


def answered_key(cycle: str) -> Key:
    return Key(cycle, "survey_answered")


def said_key(cycle: str, said: Said, item: str) -> Key:
    return Key(cycle, said.value, SURVEY_ITEM, item)


def known_key(cycle: str, source: str, year: int) -> Key:
    return Key(cycle, f"{source}_known", YEAR, str(year))


def item_name(item: Item, year: int) -> str:
    return f"{item}.{year}"


def told_key(cycle: str, source: str, told: Told, item: str) -> Key:
    return Key(cycle, f"{source}_{told}", FOLLOW_UP_ITEM, item)


def wait_key(cycle: str, step: Step, weeks: int) -> Key:
    return Key(cycle, f"within_{weeks}_weeks", STEP, step)


def compared_number_key(subject: str) -> Key:
    """How many travelers are compared, with as many others."""
    return Key(subject, "compared_number")


def compared_key(subject: str, *, travelers: bool) -> Key:
    return Key(subject, "compared_travelers_yes" if travelers else "compared_others_yes")


type Counted = tuple[Population, dict[str, int]]  # a population, and how many people are in each of its classes


def parts_of(counts: CycleCounts) -> Iterable[tuple[Key, Callable[[], Counted]]]:
    """What is decided of one cycle, each by itself, with the count by which one knows that it was.

    All that they share is how many traveled, which everybody knows. The survey and waits are decided once nobody can
    answer any longer; a later year after the trip is about other people: some agree later, others take it back.
    """
    yield stage_key(counts.cycle, Stage.TRAVELED), partial(population_of, counts)
    if counts.survey is not None:
        yield answered_key(counts.cycle), partial(_built, counts, _Builder.survey, counts.survey)
    for each in counts.follow_up:
        key = known_key(counts.cycle, each.source, each.year)
        yield key, partial(_built, counts, _Builder.follow_up, counts, each)
    if counts.waits is not None:
        key = wait_key(counts.cycle, Step.DECISION, WEEKS[0])
        yield key, partial(_built, counts, _Builder.waits, counts.waits)


def _built(counts: CycleCounts, build: Callable[..., object], *given: object) -> Counted:
    builder = _Builder([counts])
    build(builder, *given)
    return builder.done()


def population_of(counts: CycleCounts) -> Counted:
    """How far people came, over all and in groups, and the marks of travelers."""
    builder = _Builder([counts])
    builder.stages()
    builder.marks(MARKS_FIRST)
    builder.cities()
    builder.groups()
    return builder.done()


def pooled_population(cycles: Sequence[CycleCounts], mark: Mark, blocks: Iterable[Block]) -> Counted:
    """The travelers of several cycles with one mark, and the groups that are told of for some years together."""
    builder = _Builder(cycles)
    builder.marks([mark])
    for block in blocks:
        builder.block(mark, block)
    return builder.done()


def comparison_population(cycles: Sequence[CycleCounts], blocks: Sequence[Years]) -> Counted:
    """Travelers who are compared, as a part of those of whom their college told, and those they're compared with."""
    used = {cycle for years in blocks for cycle in years}
    builder = _Builder([counts for counts in cycles if counts.cycle in used])
    builder.comparison(blocks)
    return builder.done()


def earlier_population(counts: EarlierCounts) -> Counted:
    """The people of a year from before the portal. As of a cycle, everybody knows who traveled where."""
    stages = sorted(counts.reached)
    numbers = [counts.reached[stage] for stage in stages]
    furthest = {stage: n - after for stage, n, after in zip(stages, numbers, (*numbers[1:], 0), strict=True)}
    places = {("", city): number for city, number in counts.cities.items()}
    builder = _Builder([CycleCounts(counts.cycle, furthest, travelers=places)])
    builder.earlier(stages, counts.marks)
    builder.cities()
    population, people = builder.done()
    for count in population.counts:
        if count.key in counts.published:
            number = sum(people[name] for name in count.classes)
            population.known[count.key] = Range(number, number)
    return population, people


class _Builder:
    def __init__(self, cycles: Sequence[CycleCounts]) -> None:
        self.cycles = cycles
        self.counts, self.cycle = cycles[0], cycles[0].cycle
        self.population = Population()
        self.people: dict[str, int] = {}
        self.unpublished: list[tuple[Key, list[str]]] = []
        self.having: dict[tuple[str, Mark], dict[Place, str]] = {}

    def done(self) -> Counted:
        for key, classes in self.unpublished:
            self.population.count(key, classes, is_published=False)
        self.population.check()
        return self.population, self.people

    def _class(self, name: str, number: int, range_: Range = UNKNOWN) -> str:
        self.people[name] = number
        self.population.classes[name] = range_
        return name

    def _reached(
        self, prefix: str, furthest: Furthest, stages: Sequence[Stage], *, is_known: bool
    ) -> dict[Stage, list[str]]:
        """Classes by the furthest of some stages, summed: for each stage, everybody who came at least that far."""
        names = {}
        for stage, end in zip(stages, (*stages[1:], None), strict=True):
            number = sum(n for each, n in furthest.items() if each >= stage and (end is None or each < end))
            is_exact = is_known and stage is Stage.TRAVELED
            names[stage] = self._class(
                f"{prefix}={stage.name.lower()}", number, Range(number, number) if is_exact else UNKNOWN
            )
        return {stage: [names[each] for each in stages if each >= stage] for stage in stages}

    # --- Stages ---------------------------------------------------------------------------------------

    def stages(self) -> None:
        self.total = self._reached(self.cycle, self.counts.furthest, list(Stage), is_known=True)
        for stage in (Stage.TRAVELED, *STAGES_FIRST):
            within = [stage_key(self.cycle, before) for before in Stage if before < stage]
            self.population.count(stage_key(self.cycle, stage), self.total[stage], within=within)
        traveled = self.counts.furthest.get(Stage.TRAVELED, 0)
        self.population.known[stage_key(self.cycle, Stage.TRAVELED)] = Range(traveled, traveled)
        self._too_late()
        if self.counts.in_file is not None:
            self._scores_file(self.counts.in_file)
        if self.counts.lotteries:
            self._lotteries(self.counts.lotteries)
        self._stopped(self.total)

    def earlier(self, stages: Sequence[Stage], marks: Mapping[Mark, int]) -> None:
        """The stages that were recorded, and marks of all travelers together."""
        self.total = self._reached(self.cycle, self.counts.furthest, stages, is_known=True)
        for stage in (Stage.TRAVELED, *(each for each in STAGES_FIRST if each in self.total)):
            within = [stage_key(self.cycle, before) for before in stages if before < stage]
            self.population.count(stage_key(self.cycle, stage), self.total[stage], within=within)
        key, size = stage_key(self.cycle, Stage.TRAVELED), self.counts.furthest[Stage.TRAVELED]
        self.population.known[key] = Range(size, size)
        self._stopped(self.total)
        for mark in MARKS_FIRST:
            if mark in marks:
                having = self._class(f"{self.cycle}:{mark}", marks[mark], Range(0, size))
                rest = self._class(f"{self.cycle}:not {mark}", size - marks[mark], Range(0, size))
                everybody = frozenset(self.total[Stage.TRAVELED])
                self.population.equal.append((frozenset((having, rest)), everybody))
                self._count(mark_key(self.cycle, mark), mark, [having], within=[key])

    def _too_late(self) -> None:
        stayed = [self.total[stage][0] for stage in (Stage.CONFIRMED, Stage.PASSPORT)]
        late = self._class(f"{self.cycle}=late", self.counts.too_late)
        other = self._class(f"{self.cycle}=stayed", sum(self.people[name] for name in stayed) - self.counts.too_late)
        self.population.equal.append((frozenset((late, other)), frozenset(stayed)))
        within = [stage_key(self.cycle, Stage.CONFIRMED)]
        self.population.count(late_key(self.cycle), [late], within=within, may_be_none=True)
        self.unpublished.append((Key(self.cycle, "stayed for another reason"), [other]))

    def _scores_file(self, number: int) -> None:
        """Anybody can count the applications of the file; those that it leaves out may be few."""
        submitted = self.total[Stage.SUBMITTED]
        inside = self._class(f"{self.cycle}=in-file", number)
        outside = self._class(f"{self.cycle}=not-in-file", sum(self.people[name] for name in submitted) - number)
        self.population.equal.append((frozenset((inside, outside)), frozenset(submitted)))
        key = file_key(self.cycle)
        self.population.count(key, [inside], within=[stage_key(self.cycle, Stage.SUBMITTED)])
        self.population.known[key] = Range(number, number)
        self.unpublished.append((Key(self.cycle, "not in scores file"), [outside]))

    def _lotteries(self, sizes: Mapping[str, int]) -> None:
        """A lottery's page says how many were in it; the others who came as far may be few."""
        stage = Stage.READ if self.counts.drawn_were_read else Stage.SUBMITTED
        drawn = [
            self._class(f"{self.cycle}=lottery {code}", size, Range(size, size)) for code, size in sorted(sizes.items())
        ]
        there = self.total[stage]
        others = self._class(f"{self.cycle}=not drawn", sum(self.people[name] for name in there) - sum(sizes.values()))
        self.population.equal.append((frozenset((*drawn, others)), frozenset(there)))
        for code, name in zip(sorted(sizes), drawn, strict=True):
            key = lottery_key(self.cycle, code)
            self.population.count(key, [name])
            self.population.known[key] = Range(sizes[code], sizes[code])
        self.unpublished.append((Key(self.cycle, "not in a lottery"), [others]))

    def _stopped(self, reached: Mapping[Stage, list[str]], by: str = "", group: str = "") -> None:
        """How many stopped at each stage isn't published, and must not be worked out."""
        for stage, after in pairwise(reached):
            stopped = sorted(set(reached[stage]) - set(reached[after]))
            self.unpublished.append((Key(self.cycle, f"stopped at {stage.name.lower()}", by, group), stopped))

    # --- Marks ----------------------------------------------------------------------------------------

    def marks(self, marks: Iterable[Mark]) -> None:
        for counts in self.cycles:
            for mark in marks:
                if mark in counts.marks:
                    self._mark(counts, mark)

    def _mark(self, counts: CycleCounts, mark: Mark) -> None:
        having, within = {}, []
        for place, size in sorted(counts.travelers.items()):
            at, number = f"{counts.cycle}:{place[0]}:{place[1]}", counts.marks[mark].get(place, 0)
            everybody = self._class(at, size, Range(size, size))
            having[place] = self._class(f"{at}:{mark}", number, Range(0, size))
            rest = self._class(f"{at}:not {mark}", size - number, Range(0, size))
            self.population.equal.append((frozenset((having[place], rest)), frozenset((everybody,))))
        self.having[counts.cycle, mark] = having
        key, traveled = mark_key(counts.cycle, mark), stage_key(counts.cycle, Stage.TRAVELED)
        if traveled in self.population.known:
            within.append(traveled)
        self._count(key, mark, having.values(), within=within)
        for by in (By.CITY, By.COLLEGE):
            for group in sorted({_part(place, by) for place in having}):
                classes = [name for place, name in having.items() if _part(place, by) == group]
                part = mark_key(counts.cycle, mark, by, group)
                self._count(part, mark, classes, within=[key], is_published=mark in COUNTED)

    def cities(self) -> None:
        """How many traveled to each city, which everybody knows."""
        sizes: dict[str, int] = {}
        for (_college, city), size in self.counts.travelers.items():
            sizes[city] = sizes.get(city, 0) + size
        for city, size in sorted(sizes.items()):
            name, key = f"{self.cycle}:travelers:{city}", travelers_key(self.cycle, city)
            self.population.count(key, [self._class(name, size, Range(size, size))])
            self.population.known[key] = Range(size, size)

    def _count(
        self, key: Key, mark: Mark, classes: Iterable[str], *, within: Iterable[Key] = (), is_published: bool = True
    ) -> None:
        """Those who have a mark; and those who don't, who must not be worked out."""
        names = list(classes)
        self.population.count(key, names, within=within, is_published=is_published)
        others = [f"{name.removesuffix(str(mark))}not {mark}" for name in names]
        self.unpublished.append((key._replace(name=f"not {mark}"), others))

    def block(self, mark: Mark, block: Block) -> None:
        classes: list[str] = []
        for cycle in block.cycles:
            having = self.having[cycle, mark]
            classes += [name for place, name in having.items() if _part(place, block.by) == block.group]
        self._count(mark_key(block.subject, mark, block.by, block.group), mark, classes)

    # --- The survey -----------------------------------------------------------------------------------

    def survey(self, survey: SurveyCounts) -> None:
        name = answered_key(self.cycle)
        silent = Key(self.cycle, "didn't answer the survey")
        answered = self._known_of(self.counts, name, survey.answered, silent)
        classes = {
            item: self._split(f"{self.cycle}:survey:{item}", answered, numbers, Said)
            for item, numbers in survey.items.items()
        }
        for item, by_said in classes.items():
            self.unpublished.append((Key(self.cycle, "skipped", SURVEY_ITEM, item), [by_said[None]]))
        for said in Said:
            for item, by_said in classes.items():
                self.population.count(said_key(self.cycle, said, item), [by_said[said]], within=[name])

    def _known_of(self, counts: CycleCounts, key: Key, number: int, others: Key) -> str:
        """Some of the travelers, counted; the others must not be worked out. Returns the class of those counted."""
        traveled = counts.furthest.get(Stage.TRAVELED, 0)
        everybody = self._class(f"{counts.cycle}=traveled", traveled, Range(traveled, traveled))
        known = self._class(f"{counts.cycle}:{key.name}", number, Range(0, traveled))
        rest = self._class(f"{counts.cycle}:not {key.name}", traveled - number, Range(0, traveled))
        self.population.equal.append((frozenset((known, rest)), frozenset((everybody,))))
        self.population.count(key, [known])
        self.unpublished.append((others, [rest]))
        return known

    def _split[Option: StrEnum](
        self, at: str, whole: str, numbers: Mapping[Option, int], options: Iterable[Option]
    ) -> dict[Option | None, str]:
        """The people of a class by what was said; None: of whom it isn't known."""
        found: dict[Option | None, str] = {each: self._class(f"{at}:{each}", numbers.get(each, 0)) for each in options}
        found[None] = self._class(
            f"{at}:unknown", self.people[whole] - sum(self.people[name] for name in found.values())
        )
        self.population.equal.append((frozenset(found.values()), frozenset((whole,))))
        return found

    # --- The time after the trip ----------------------------------------------------------------------

    def follow_up(self, counts: CycleCounts, told: FollowUpCounts) -> tuple[str, dict[Item, dict[Told | None, str]]]:
        """Returns the class of those of whom something is known, and by item the classes by what was said."""
        cycle, source = counts.cycle, told.source
        name = known_key(cycle, source, told.year)
        known = self._known_of(counts, name, told.known, Key(cycle, f"{source} not known", YEAR, str(told.year)))
        found: dict[Item, dict[Told | None, str]] = {}
        published: list[tuple[Key, str, Key]] = []
        for item in sorted(told.items, key=list(Item).index):
            whole, within, full = known, name, item_name(item, told.year)
            if item in OF_ENROLLED:
                whole = found[Item.ENROLLED][Told.YES]
                within = told_key(cycle, source, Told.YES, item_name(Item.ENROLLED, told.year))
            found[item] = self._split(f"{cycle}:{source}:{item}", whole, told.items[item], OPTIONS[item])
            self.unpublished.append((Key(cycle, f"{source} unknown", FOLLOW_UP_ITEM, full), [found[item][None]]))
            published += [(told_key(cycle, source, each, full), found[item][each], within) for each in OPTIONS[item]]
        for key, class_, within in published:
            self.population.count(key, [class_], within=[within])
        return known, found

    # --- The comparison -------------------------------------------------------------------------------

    def comparison(self, blocks: Sequence[Years]) -> None:
        taken: dict[str, str] = {}  # the travelers of a cycle who are compared
        yes: dict[bool, dict[str, tuple[str, str]]] = {True: {}, False: {}}
        for counts in self.cycles:
            known, items = self.follow_up(counts, counts.compared_year)
            found = counts.compared or Sample(0, 0, 0)
            pair = [self._class(f"{counts.cycle}:compared {who}", found.number) for who in ("travelers", "others")]
            self.population.equal.append((frozenset(pair[:1]), frozenset(pair[1:])))
            taken[counts.cycle] = pair[0]
            yes[True][counts.cycle] = self._yes_and_no(pair[0], found.travelers)
            yes[False][counts.cycle] = self._yes_and_no(pair[1], found.others)
            self._left(counts, known, "", pair[0])
            for told, inside in zip(YES_NO, yes[True][counts.cycle], strict=True):
                self._left(counts, items[COMPARED][told], str(told), inside)
        for years in blocks:
            self._compared(years, [taken[cycle] for cycle in years], yes)

    def _yes_and_no(self, whole: str, number: int) -> tuple[str, str]:
        pair = self._class(f"{whole}:yes", number), self._class(f"{whole}:no", self.people[whole] - number)
        self.population.equal.append((frozenset(pair), frozenset((whole,))))
        return pair

    def _left(self, counts: CycleCounts, whole: str, what: str, inside: str) -> None:
        """Those of a class who aren't compared, and who must not be worked out."""
        rest = self._class(f"{whole}:not compared", max(0, self.people[whole] - self.people[inside]))
        self.population.equal.append((frozenset((inside, rest)), frozenset((whole,))))
        self.unpublished.append((Key(counts.cycle, f"not compared {what}".strip()), [rest]))

    def _compared(self, years: Years, taken: Sequence[str], yes: Mapping[bool, Mapping[str, tuple[str, str]]]) -> None:
        subject = "+".join(years)
        number = compared_number_key(subject)
        self.population.count(number, taken)
        for is_traveler in (True, False):
            pairs = [yes[is_traveler][cycle] for cycle in years]
            key = compared_key(subject, travelers=is_traveler)
            self.population.count(key, [pair[0] for pair in pairs], within=[number])
            self.unpublished.append((key._replace(name=f"{key.name}: no"), [pair[1] for pair in pairs]))

    # --- Waits ----------------------------------------------------------------------------------------

    def waits(self, waits: Waits) -> None:
        traveled = self.counts.furthest.get(Stage.TRAVELED, 0)
        everybody = self._class(f"{self.cycle}=waited", traveled, Range(traveled, traveled))
        bands = {step: self._bands(step, took, traveled) for step, took in waits.items()}
        for classes in bands.values():
            self.population.equal.append((frozenset(classes.values()), frozenset((everybody,))))
        for weeks in WEEKS:
            for step, classes in bands.items():
                within = [wait_key(self.cycle, step, each) for each in WEEKS if each > weeks]
                shorter = [name for each, name in classes.items() if each is not None and each <= weeks]
                self.population.count(wait_key(self.cycle, step, weeks), shorter, within=within)

    def _bands(self, step: Step, took: Mapping[int, int], traveled: int) -> dict[int | None, str]:
        """Classes by how long a step took, each of them not to be worked out; None: longer, or nobody knows."""
        at = f"{self.cycle}:{step}"
        numbers: dict[int | None, int] = {weeks: took.get(weeks, 0) for weeks in sorted(WEEKS)}
        numbers[None] = traveled - sum(numbers.values())
        found = {weeks: self._class(f"{at}:{weeks}", number, Range(0, traveled)) for weeks, number in numbers.items()}
        for weeks, name in found.items():
            self.unpublished.append((Key(self.cycle, f"took up to {weeks} weeks", STEP, step), [name]))
        return found

    # --- Groups ---------------------------------------------------------------------------------------

    def groups(self) -> None:
        for by, groups in self.counts.groups.items():
            reached = {
                group: self._reached(f"{self.cycle}:{by}:{group}", furthest, GROUP_STAGES, is_known=by == COLLEGE)
                for group, furthest in groups.items()
            }
            self._link(by, reached)
            for stage in IN_GROUPS:
                for group in groups:
                    within = [stage_key(self.cycle, each, by, group) for each in IN_GROUPS if each < stage]
                    within.append(stage_key(self.cycle, stage))
                    self.population.count(stage_key(self.cycle, stage, by, group), reached[group][stage], within=within)
            for group in groups:
                self._stopped(reached[group], by, group)

    def _link(self, by: str, reached: Mapping[str, Mapping[Stage, list[str]]]) -> None:
        """The groups together are everybody, at each stage; and travelers with a mark are those of a group."""
        for stage, end in zip(GROUP_STAGES, (*GROUP_STAGES[1:], None), strict=True):
            ended = frozenset(groups[stage][0] for groups in reached.values())
            all_ended = set(self.total[stage]) - set(self.total[end] if end else ())
            self.population.equal.append((ended, frozenset(all_ended)))
        having = self.having.get((self.cycle, self.counts.same_as[by])) if by in self.counts.same_as else None
        if having and YES in reached:
            self.population.equal.append((frozenset(having.values()), frozenset(reached[YES][Stage.TRAVELED])))


def _part(place: Place, by: By) -> str:
    return place[0] if by is By.COLLEGE else place[1]

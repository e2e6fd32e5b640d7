"""Made-up cycles of any size, for the attack on figures: `manage.py attack_figures --cohorts`, and the tests."""

import random
from collections import Counter
from collections.abc import Iterable

from travel.outcomes.comparing import Sample
from travel.outcomes.population import (
    COLLEGES_SAY,
    COMPARED,
    OF_ENROLLED,
    OPTIONS,
    TRAVELERS_SAY,
    WEEKS,
    YES,
    By,
    CycleCounts,
    FollowUpCounts,
    Furthest,
    Item,
    Mark,
    Place,
    Said,
    Stage,
    Step,
    SurveyCounts,
    Told,
    Waits,
)

SAID = (Item.ENROLLED, Item.AWARD, Item.TRANSFER)  # what travelers are asked themselves
SAME_AS = {"first_generation": Mark.GENERATION, "first_trip": Mark.ABROAD}
# how likely somebody goes on to the next stage by themselves
GOES_ON = {Stage.SUBMITTED: 0.93, Stage.ENDORSED: 0.92, Stage.READ: 0.97}


def cohort(dice: random.Random, cycle: str) -> CycleCounts:
    """Between 30 and 160 people at three to six colleges, of whom up to 44 travel to two cities."""
    return _Cohort(dice, dice.randint(30, 160), dice.randint(3, 6), dice.randint(12, 44)).counts(cycle)


class _Cohort:
    def __init__(self, dice: random.Random, people: int, colleges: int, seats: int) -> None:
        self.dice, self.seats = dice, seats
        weights = [dice.uniform(0.3, 1.5) for _college in range(colleges)]
        first, abroad = dice.random(), dice.uniform(0.3, 0.9)
        self.groups: list[dict[str, str]] = [
            {
                By.COLLEGE.value: f"college-{dice.choices(range(colleges), weights)[0]}",
                "first_generation": dice.choices([YES, "no", "unknown"], [first, 1 - first, 0.06])[0],
                "first_trip": YES if dice.random() < abroad else "no",
                "language": "en" if dice.random() < 0.85 else "es",
            }
            for _person in range(people)
        ]
        self.stages = [self._alone() for _person in self.groups]
        self._chosen()

    def _alone(self) -> Stage:
        stage = Stage.STARTED
        for after, chance in GOES_ON.items():
            if self.dice.random() > chance:
                break
            stage = after
        return stage

    def _chosen(self) -> None:
        """Some of those who were read get a spot; of those some confirm; of those most travel."""
        read = [person for person, stage in enumerate(self.stages) if stage is Stage.READ]
        self.dice.shuffle(read)
        selected = read[: self.seats + self.dice.randint(0, 14)]
        for number, person in enumerate(selected):
            self.stages[person] = Stage.CONFIRMED if number < self.seats + 3 else Stage.SELECTED
        traveled = 0
        for person in selected:
            if self.stages[person] is Stage.CONFIRMED and traveled < self.seats and self.dice.random() < 0.95:
                self.stages[person], traveled = Stage.TRAVELED, traveled + 1
            elif self.stages[person] is Stage.CONFIRMED and self.dice.random() < 0.5:
                self.stages[person] = Stage.PASSPORT

    def counts(self, cycle: str) -> CycleCounts:
        travelers: Counter[Place] = Counter()
        marks: dict[Mark, Counter[Place]] = {mark: Counter() for mark in Mark}
        chances = {Mark.FLIGHT: self.dice.uniform(0.1, 0.5), Mark.PASSPORT: self.dice.uniform(0.5, 1), Mark.CHOICE: 0.7}
        for groups, stage in zip(self.groups, self.stages, strict=True):
            if stage is not Stage.TRAVELED:
                continue
            place = groups[By.COLLEGE], f"city-{self.dice.randrange(2)}"
            travelers[place] += 1
            has = {mark: groups[by] == YES for by, mark in SAME_AS.items()}
            has |= {mark: self.dice.random() < chance for mark, chance in chances.items()}
            for mark, is_true in has.items():
                marks[mark][place] += is_true
        stayed = sum(stage in (Stage.CONFIRMED, Stage.PASSPORT) for stage in self.stages)
        follow_up = list(self._follow_up(sum(travelers.values())))
        return CycleCounts(
            cycle=cycle,
            furthest=Counter(self.stages),
            groups={by: self._furthest(by) for by in self.groups[0]},
            travelers=travelers,
            marks=marks,
            too_late=self.dice.randint(0, stayed) if self.dice.random() < 0.4 else 0,
            same_as=SAME_AS,
            survey=self._survey(sum(travelers.values())),
            follow_up=follow_up,
            compared=self._compared(follow_up[0]),
            waits=self._waits(sum(travelers.values())),
        )

    def _survey(self, traveled: int) -> SurveyCounts:
        """Of those who traveled, some answer; most of those say more of each item, some skip it. The other people of a
        program don't change with it: it has dice of its own."""
        dice = random.Random(f"{self.seats} {traveled} {len(self.groups)}")  # noqa: S311 -- made-up people
        likely = dice.uniform(0.4, 1)
        answered = sum(dice.random() < likely for _person in range(traveled))
        items = {}
        for item in ("first.1", "second.1", "third.2"):
            chances = [dice.uniform(0.3, 1), dice.uniform(0, 0.5), dice.uniform(0, 0.3), 0.05]
            said = Counter(dice.choices([*Said, None], chances, k=answered))
            items[item] = {each: said[each] for each in Said}
        return SurveyCounts(answered, items)

    def _follow_up(self, traveled: int) -> Iterable[FollowUpCounts]:
        """Of most travelers their college says how it went, and of some what; with dice of its own, as the survey."""
        dice = random.Random(f"afterward {self.seats} {traveled} {len(self.groups)}")  # noqa: S311 -- made-up people
        for source, year in ((COLLEGES_SAY, 1), (COLLEGES_SAY, 2), (TRAVELERS_SAY, 1)):
            likely = dice.uniform(0.4, 1)
            known = sum(dice.random() < likely for _person in range(traveled))
            asked = (Item.AWARD, Item.TRANSFER) if year > 1 else tuple(Item) if source == COLLEGES_SAY else SAID
            items: dict[Item, dict[Told, int]] = {}
            for item in asked:
                whole = items[Item.ENROLLED][Told.YES] if item in OF_ENROLLED else known
                chances = [dice.uniform(0.1, 1) for _option in OPTIONS[item]]
                said = Counter(dice.choices([*OPTIONS[item], None], [*chances, 0.1], k=whole))
                items[item] = {each: said[each] for each in OPTIONS[item]}
            yield FollowUpCounts(source, year, known, items)

    def _waits(self, traveled: int) -> Waits:
        """How long each step of the travelers took; some steps have no day. Dice of its own, as for the survey."""
        dice = random.Random(f"waits {self.seats} {traveled} {len(self.groups)}")  # noqa: S311 -- made-up people
        found = {}
        for step in Step:
            chances = [dice.uniform(0, 1) for _band in WEEKS]
            took = Counter(dice.choices([*WEEKS, None], [*chances, 0.1], k=traveled))
            found[step] = {weeks: took[weeks] for weeks in WEEKS}
        return found

    def _compared(self, told: FollowUpCounts) -> Sample:
        """Some of those of whom the college told, and as many others."""
        dice = random.Random(f"compared {self.seats} {told.known} {len(self.groups)}")  # noqa: S311 -- made-up people
        yes, no = (told.items[COMPARED][each] for each in (Told.YES, Told.NO))
        number = dice.randint(0, yes + no)
        return Sample(number, dice.randint(max(0, number - no), min(number, yes)), dice.randint(0, number))

    def _furthest(self, by: str) -> dict[str, Furthest]:
        found: dict[str, Counter[Stage]] = {}
        for groups, stage in zip(self.groups, self.stages, strict=True):
            found.setdefault(groups[by], Counter())[stage] += 1
        return dict(found)

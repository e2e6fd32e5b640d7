"""A simulated cohort of 24 first passports, day by day, with unplanned delays. Seeded, so that failures repeat."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

import pytest

from travel.passport.plan.timeline import (
    BEFORE_APPLYING,
    BY_MAIL,
    HAS_PASSPORT,
    Level,
    Service,
    Stage,
    TravelTimes,
    plan,
)

DEPARTURE = date(2027, 6, 9)
COHORT, RUNS = 24, 30
DOOR_TO_DOOR = {Service.ROUTINE: 70, Service.EXPEDITED: 49, Service.EXPEDITED_FAST: 37}
ENTRY_LEADS = (0, 7, 14, 42)  # no requirement, an authorization, an electronic visa, a consulate
ALERTS = (Level.SOON, Level.LATE, Level.URGENT_COUNTER, Level.NOT_FEASIBLE)
CALLS = ALERTS[1:]  # the first plan no longer works: the student is called


@dataclass
class Traveler:
    """One student with the days that each stage will really take, which the plan does not know."""

    times: TravelTimes
    needs_certificate: bool
    starts_on: date
    takes: dict[Stage, int]
    letter: bool
    stage: Stage = Stage.NOT_STARTED
    since: date = date.min
    service: Service | None = None
    submitted_on: date | None = None
    levels: list[tuple[date, Level]] = field(default_factory=list)

    def plan(self, today):
        before = self.stage in BEFORE_APPLYING
        return plan(
            DEPARTURE,
            self.times,
            today,
            needs_certificate=self.needs_certificate and self.stage in (Stage.NOT_STARTED, Stage.GATHERING_DOCUMENTS),
            services=BY_MAIL if before or self.service not in BY_MAIL else (self.service,),
            stage=self.stage,
            submitted_on=self.submitted_on if self.stage == Stage.SUBMITTED else None,
        )

    def live(self, today, found):
        """The end of this day, which may bring the next stage."""
        if (today - self.since).days < self.takes[self.stage]:
            return
        if self.stage == Stage.APPOINTMENT_BOOKED:
            self.service, self.submitted_on = found.service or Service.EXPEDITED_FAST, today
        self.stage, self.since = self._next(), today

    def _next(self):
        if self.stage == Stage.SUBMITTED and self.letter:
            self.letter = False
            return Stage.ACTION_LETTER
        if self.stage == Stage.ACTION_LETTER:
            return Stage.SUBMITTED
        order = [stage for stage in Stage if stage != Stage.ACTION_LETTER]
        return order[order.index(self.stage) + 1]


def traveler(luck):
    times = TravelTimes(
        buffer_days=14,
        entry_lead_days=luck.choice(ENTRY_LEADS),
        door_to_door_days=DOOR_TO_DOOR,
        appointment_wait_days=21,
        certificate_lead_days=28,
        urgent_within_days=28,
    )
    lost = lambda most: luck.choice([0, 0, luck.randint(0, most)])  # noqa: E731 -- mostly nothing goes wrong
    found = Traveler(
        times=times,
        needs_certificate=luck.random() < 0.4,
        starts_on=DEPARTURE - timedelta(days=luck.randint(150, 240)),
        takes={
            Stage.NOT_STARTED: lost(40),
            Stage.GATHERING_DOCUMENTS: luck.randint(5, 28) + lost(60),
            Stage.READY: lost(30),
            Stage.APPOINTMENT_BOOKED: luck.randint(3, 21) + lost(45),
            Stage.SUBMITTED: luck.randint(20, 60) + lost(70),
            Stage.ACTION_LETTER: luck.randint(2, 30),
            Stage.ISSUED: luck.randint(2, 14),
            Stage.IN_HAND: luck.randint(0, 20),
            Stage.CHECKED: luck.randint(0, 10),
        },
        letter=luck.random() < 0.25,
    )
    found.since = found.starts_on
    return found


def lived(luck):
    """A traveler's whole course, with the plan of every morning."""
    one, day = traveler(luck), None
    day = one.starts_on
    mornings = []
    while day < DEPARTURE and one.stage != Stage.NAME_MATCHED:
        found = one.plan(day)
        mornings.append((day, one.stage, found.level, found.last_safe_on))
        one.live(day, found)
        day += timedelta(days=1)
    return one, mornings


@pytest.mark.parametrize("run", range(RUNS))
def test_the_alert_comes_before_the_last_safe_day_in_every_run(run):
    luck = Random(run)  # noqa: S311 -- a seed, so that a failure comes back
    alerted = 0
    for _ in range(COHORT):
        one, mornings = lived(luck)
        assert mornings[0][2] != Level.NOT_FEASIBLE  # at the start there was enough time
        first = next((day for day, _, level, _ in mornings if level in ALERTS), None)
        alerted += first is not None
        for day, stage, level, last_safe_on in mornings:
            if day >= last_safe_on:  # a step still open on its last safe day has caused an alert days before
                assert first is not None and first < last_safe_on, (one, stage)
                assert level in ALERTS, (one, stage)
    assert alerted  # a cohort without any alert would mean that the test proves nothing


@pytest.mark.parametrize("run", range(RUNS))
def test_whoever_cannot_fly_was_called_while_something_could_be_done(run):
    """The student is called before the last day on which an urgent passport can still be picked up at an agency."""
    luck = Random(1000 + run)  # noqa: S311 -- as above
    for _ in range(COHORT):
        one, mornings = lived(luck)
        hard = DEPARTURE - timedelta(days=one.times.entry_lead_days)
        has_it = next((day for day, stage, _, _ in mornings if stage in HAS_PASSPORT), None)
        if has_it is None or has_it > hard:
            called = next(day for day, _, level, _ in mornings if level in CALLS)
            assert called < hard, one


def test_the_plan_never_turns_back_to_a_slower_service_before_the_visit():
    luck = Random(7)  # noqa: S311 -- as above
    order = [*BY_MAIL, Service.URGENT_COUNTER, None]
    for _ in range(COHORT):
        one = traveler(luck)
        one.stage = Stage.GATHERING_DOCUMENTS
        days = [one.starts_on + timedelta(days=ahead) for ahead in range((DEPARTURE - one.starts_on).days)]
        used = [order.index(one.plan(day).service) for day in days]
        assert used == sorted(used)
        # on the last day an advisor decides, unless neither a certificate nor a visa is needed
        nothing_left = not one.times.entry_lead_days and not one.needs_certificate
        assert order[used[-1]] == (Service.URGENT_COUNTER if nothing_left else None)

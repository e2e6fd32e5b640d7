"""Seats, passports and checklists of the benchmark's confirmed students."""

from datetime import date, datetime

from django.utils.timezone import localdate

from travel.demo.book import Draw
from travel.demo.cycle import SetUp
from travel.demo.writer import Table
from travel.models import ChecklistItem, ChecklistStep, PassportCase, Placement
from travel.passport import planning
from travel.states import PassportStage

Route = PassportCase.Route
FIRST = (
    (PassportStage.NOT_STARTED, Route.UNKNOWN),
    (PassportStage.GATHERING, Route.DS11),
    (PassportStage.APPLIED, Route.DS11),
)
LATER = ((PassportStage.IN_HAND, Route.VALID), (PassportStage.APPLIED, Route.DS82))
OPEN = frozenset({PassportStage.NOT_STARTED, PassportStage.GATHERING})


class Seats:
    """First choices for everybody: the benchmark is not about the matching."""

    def __init__(self, draw: Draw, to: SetUp, rules: planning.PlanRules, today: date, office: int) -> None:
        self.draw, self.to, self.rules, self.today, self.office = draw, to, rules, today, office
        self.placement = Table(
            Placement, "code", "application_id", "trip_id", "rank", "explanation", "placed_at", "placed_by_id"
        )
        self.case = Table(
            PassportCase,
            *(
                "application_id",
                "trip_id",
                "route",
                "stage",
                "is_first_passport",
                "service",
                "documents_by",
                "apply_by",
            ),
            *("in_hand_by", "last_safe_on", "urgency", "stage_changed_at"),
        )
        self.item = Table(ChecklistItem, "placement_id", "step_id", "do_by", "last_safe_on", "done_at", "done_by_id")
        self.tables = [self.placement, self.case, self.item]

    def place(self, application: int, student: int, cities: list[str], is_first: bool, when: datetime) -> None:
        trip = self.to.trips[cities[0]]
        placement = self.placement.add(self.draw.code(), application, trip.pk, 1, "[]", when, self.office)
        stage, route = self.draw.choice(FIRST if is_first else LATER)
        changed = None if stage == PassportStage.NOT_STARTED else when
        service = "" if stage in OPEN else "routine"
        case = PassportCase(route=route, stage=stage, service=service, stage_changed_at=changed)
        plan = planning.plan_case(case, trip, self.rules, self.today)
        self.case.add(
            *(application, trip.pk, str(route), str(stage), is_first, str(plan.service or ""), plan.documents_by),
            *(plan.apply_by, plan.in_hand_by, plan.last_safe_on, str(plan.level), changed),
        )
        steps = [step for step in self.to.steps if planning.applies(step, trip, self.rules)]
        done_on = {step.key: localdate(when) for step in steps if _is_done(step, stage)}
        dates = planning.list_dates(steps, trip, plan, self.rules, done_on)
        for step in steps:
            done = _is_done(step, stage)
            self.item.add(placement, step.pk, *dates[step.key], when if done else None, student if done else None)


def _is_done(step: ChecklistStep, stage: PassportStage) -> bool:
    timing = ChecklistStep.Timing
    if step.timing in (timing.DOCUMENTS, timing.APPLY):
        return stage not in OPEN
    return step.timing == timing.IN_HAND and stage == PassportStage.IN_HAND

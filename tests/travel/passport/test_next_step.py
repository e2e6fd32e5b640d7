import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from tests.factories import UserFactory
from tests.factories_travel import ChecklistItemFactory, ChecklistStepFactory, PassportCaseFactory, PlacementFactory
from travel.models import ChecklistStep, PassportCase, TravelAnswers
from travel.passport.case.next_step import next_step, shown_do_by
from travel.passport.way.route import Answer, Answers, Born, Kind, Paper, Printed, TravelOn, Where, answers_to_json
from travel.states import SEEN, PassportStage, Urgency

pytestmark = pytest.mark.django_db
Route = PassportCase.Route


@pytest.fixture
def placement():
    return PlacementFactory()


def step(placement, **case):
    row = PassportCaseFactory(placement=placement, **case)
    return next_step(placement, row, list(placement.checklist_items.select_related("step")), timezone.localdate())


def duty(placement, days, **fields):
    day = timezone.localdate() + dt.timedelta(days=days)
    return ChecklistItemFactory(placement=placement, do_by=day, last_safe_on=day + dt.timedelta(days=7), **fields)


CASES = [
    ({}, "Find out how to get your passport"),
    ({"route": Route.TALK}, "Talk with your advisor"),
    ({"route": Route.DS11}, "Get your passport documents together"),
    ({"route": Route.DS11, "stage": "gathering"}, "Book your passport appointment"),
    ({"route": Route.DS11, "stage": "gathering", "needs_certificate": True}, "Order your birth certificate"),
    ({"route": Route.DS11, "stage": "booked"}, "Apply for your passport in person"),
    ({"route": Route.LOST, "stage": "gathering"}, "Report your lost passport, then book an appointment"),
    (
        {"route": Route.LOST, "stage": "gathering", "needs_certificate": True},
        "Report your lost passport and order your birth certificate",
    ),
    ({"route": Route.DS82, "stage": "gathering"}, "Mail your passport form"),
    ({"route": Route.DS11, "stage": "applied"}, "Wait for your passport"),
    ({"route": Route.DS11, "stage": "letter"}, "Answer the passport letter"),
    ({"route": Route.VALID, "stage": "in_hand"}, "Show your passport to your advisor"),
    ({"route": Route.DS11, "urgency": Urgency.URGENT_COUNTER}, "Call the passport agency for an urgent appointment"),
    ({"route": Route.DS11, "urgency": Urgency.NOT_FEASIBLE}, "Talk with your advisor"),
]


@pytest.mark.parametrize(("case", "title"), CASES)
def test_each_standing_has_its_next_step(placement, case, title):
    found = step(placement, **case)
    assert found.title == title
    assert found.action_href
    assert found.action_label


def test_every_stage_but_the_last_has_a_next_step():
    for stage in set(PassportStage) - SEEN:
        assert step(PlacementFactory(), stage=stage, route=Route.DS11) is not None


def test_nothing_is_left_when_the_passport_was_seen(placement):
    assert step(placement, stage="checked", checked_at=timezone.now(), checked_by=UserFactory()) is None


def test_the_way_out_is_offered_only_before_applying_in_person(placement):
    assert step(placement, route=Route.DS11, stage="gathering").way_out_label == "I don’t have my birth certificate"
    assert step(PlacementFactory(), route=Route.DS82, stage="gathering").way_out_label == ""
    assert step(PlacementFactory(), route=Route.DS11, stage="applied").way_out_label == ""


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ({"born": Born.NATURALIZED, "papers": (Paper.NATURALIZATION,)}, "I don’t have my naturalization certificate"),
        ({"born": Born.ABROAD, "papers": (Paper.CITIZENSHIP,)}, "I don’t have my certificate of citizenship"),
        ({"born": Born.ABROAD, "papers": (Paper.CONSULAR_REPORT,)}, "I don’t have my Consular Report of Birth Abroad"),
        ({"born": Born.IN_US, "papers": (Paper.CERTIFIED,)}, "I don’t have my birth certificate"),
        (
            {"had_passport": Answer.YES, "where": Where.HERE, "kind": Kind.FULL, "printed_wrong": Printed.NO},
            "I can’t find my old passport",
        ),
    ],
)
def test_the_way_out_speaks_of_the_proof_that_this_student_has(placement, said, label):
    answers = answers_to_json(replace(Answers(TravelOn.US_NEED, had_passport=Answer.NO), **said))
    TravelAnswers.objects.create(application=placement.application, answers=answers)
    assert step(placement, route=Route.DS11, stage="gathering", needs_certificate=False).way_out_label == label


def test_a_duty_that_is_due_before_the_passport_comes_first(placement):
    item = duty(placement, days=3)
    assert step(placement, route=Route.DS11).title == item.step.title


def test_a_letter_comes_before_everything(placement):
    duty(placement, days=3)
    assert step(placement, route=Route.DS11, stage="letter").title == "Answer the passport letter"


def test_while_the_passport_is_on_its_way_other_duties_come_first(placement):
    item = duty(placement, days=150)
    assert step(placement, route=Route.DS11, stage="applied").title == item.step.title


def test_duties_that_are_done_or_of_the_passport_are_left_out(placement):
    duty(placement, days=1, done=True)
    steps = {"cycle": placement.trip.cycle, "timing": ChecklistStep.Timing.APPLY}
    duty(placement, days=1, step=ChecklistStepFactory(**steps))
    assert step(placement, route=Route.DS11).title == "Get your passport documents together"


def test_a_date_gone_by_is_shown_as_today_while_today_is_safe():
    today = dt.date(2027, 3, 10)
    day = dt.timedelta(days=1)
    assert shown_do_by(today - 5 * day, today + day, today) == today
    assert shown_do_by(today + day, today + 5 * day, today) == today + day
    assert shown_do_by(today - 5 * day, today - 2 * day, today) == today  # too late, so at once

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from applications.models import Application
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Event, Fact, Message
from tests.factories import UserFactory
from tests.factories_travel import EntryRuleFactory, PlacementFactory, TripFactory, checklist_steps, travel_facts
from travel.models import ChecklistItem, ChecklistStep, EntryRule, PassportCase
from travel.passport.way.route import Answer, Answers, Born, Kind, Name, Paper, Printed, TravelOn, Where
from travel.prepare.checklist import actions as checklist
from travel.states import PassportStage, Urgency

pytestmark = pytest.mark.django_db

Route = PassportCase.Route
FIRST = Answers(TravelOn.US_NEED, had_passport=Answer.NO, born=Born.IN_US, papers=(Paper.CERTIFIED,))


def valid(placement, days=3000):
    """The answers of a student whose passport is valid long enough."""
    return Answers(
        TravelOn.US_HAVE,
        where=Where.HERE,
        kind=Kind.FULL,
        printed_wrong=Printed.NO,
        name=Name.SAME,
        expires_on=placement.trip.leaves_on + dt.timedelta(days=days),
        signed=Answer.YES,
    )


@pytest.fixture(autouse=True)
def numbers():
    travel_facts()


@pytest.fixture
def placement():
    """A seat on a trip in 200 days to a city with an electronic visa of 14 days."""
    placement = PlacementFactory()
    EntryRuleFactory(city=placement.trip.city)
    checklist_steps(placement.trip.cycle)
    return placement


@pytest.fixture
def case(placement):
    return checklist.open_for(placement, by=placement.placed_by)


@pytest.fixture
def student(placement):
    return placement.application.student


def days_before(placement, day):
    return (placement.trip.leaves_on - day).days


def item(placement, key):
    return placement.checklist_items.get(step__key=key)


def set_fact(key, value):
    Fact.objects.filter(key=key).update(value=value)


def set_leaves_in(placement, days):
    trip = placement.trip
    trip.leaves_on = timezone.localdate() + dt.timedelta(days=days)
    trip.returns_on = trip.leaves_on + dt.timedelta(days=10)
    trip.save()


def code_of(call, *args, **kwargs):
    with pytest.raises(RuleViolation) as caught:
        call(*args, **kwargs)
    return caught.value.code


# --- dates ------------------------------------------------------------------------------------------


def test_open_for_plans_the_passport_back_from_departure(placement, case):
    # 14 days of buffer, 14 for the visa, 70 by routine service, 21 for an appointment
    assert case.service == "routine"
    assert days_before(placement, case.in_hand_by) == 28
    assert days_before(placement, case.apply_by) == 98
    assert days_before(placement, case.documents_by) == 119
    assert case.order_certificate_by is None
    assert days_before(placement, case.last_safe_on) == 28 + 37 + 21
    assert case.urgency == Urgency.ON_TIME


def test_open_for_gives_every_duty_two_dates(placement, case):
    dates = {
        each.step.key: (days_before(placement, each.do_by), days_before(placement, each.last_safe_on))
        for each in placement.checklist_items.select_related("step")
    }
    assert dates == {
        "passport-papers": (119, 86),
        "passport-apply": (98, 65),
        "passport-in-hand": (28, 28),
        "entry": (28, 14),
        "emergency": (60, 53),
        "orientation": (21, 14),
    }


def test_open_for_twice_is_once(placement, case):
    checklist.open_for(placement, by=placement.placed_by)
    assert placement.checklist_items.count() == 6
    assert PassportCase.objects.count() == 1
    assert Event.objects.filter(action="checklist.open").count() == 1


def test_a_city_that_asks_for_nothing_gives_no_visa_duty():
    placement = PlacementFactory()
    EntryRuleFactory(city=placement.trip.city, requirement=EntryRule.Requirement.NONE, lead_days=0)
    checklist_steps(placement.trip.cycle)
    checklist.open_for(placement, by=placement.placed_by)
    assert not placement.checklist_items.filter(step__key="entry").exists()


def test_a_late_start_takes_a_faster_service():
    placement = PlacementFactory(trip=TripFactory(leaves_in=80))
    case = checklist.open_for(placement, by=placement.placed_by)
    assert (case.service, case.urgency) == ("expedited_fast", Urgency.LATE)


def test_recompute_all_moves_everyone_when_a_fact_changes_and_tells_them_once(placement, case, student):
    assert checklist.recompute_all() == checklist.Recomputed(seen=1, changed=0)
    set_fact("passport.days.routine", 80)

    assert checklist.recompute_all() == checklist.Recomputed(seen=1, changed=1)

    case.refresh_from_db()
    assert days_before(placement, case.apply_by) == 108
    assert days_before(placement, item(placement, "passport-apply").do_by) == 108
    assert [message.recipient for message in Message.objects.filter(template="travel/dates_moved")] == [student]
    assert checklist.recompute_all().changed == 0
    assert Message.objects.count() == 1


def test_recompute_all_tells_only_those_whose_dates_moved(placement, case):
    other = PlacementFactory(trip=TripFactory(cycle=placement.trip.cycle, leaves_in=200))
    checklist.open_for(other, by=other.placed_by)
    set_leaves_in(placement, 190)
    assert checklist.recompute_all() == checklist.Recomputed(seen=2, changed=1)
    assert Message.objects.get().recipient == placement.application.student


def test_recompute_all_leaves_out_who_has_left_or_withdrawn(placement, case):
    set_fact("passport.days.routine", 80)
    Application.objects.filter(pk=placement.application_id).update(status=Status.WITHDRAWN, withdrawn_at=timezone.now())
    assert checklist.recompute_all().seen == 0


def test_recompute_leaves_what_is_done_as_it_was(placement, case, student):
    emergency = checklist.mark_done(item(placement, "emergency"), by=student)
    set_leaves_in(placement, 190)
    checklist.recompute_all()
    emergency.refresh_from_db()
    assert days_before(placement, emergency.do_by) == 50
    assert days_before(placement, item(placement, "orientation").do_by) == 21


def test_the_command_counts_first_and_changes_nothing_when_asked(placement, case):
    set_fact("passport.days.routine", 80)
    told = StringIO()
    call_command("recompute_checklists", "--dry-run", stdout=told)
    assert told.getvalue() == "1 checklists looked at, 1 would change.\n"
    case.refresh_from_db()
    assert days_before(placement, case.apply_by) == 98
    assert not Message.objects.exists()
    call_command("recompute_checklists", stdout=told)
    case.refresh_from_db()
    assert days_before(placement, case.apply_by) == 108


# --- the passport route -----------------------------------------------------------------------------


def test_answer_route_keeps_the_way_and_its_record_has_no_answer(case, student):
    found = checklist.answer_route(case.application, FIRST, by=student)
    assert (found.route, found.is_first_passport, found.needs_certificate) == (Route.DS11, True, False)
    assert found.stage == PassportStage.GATHERING
    for event in Event.objects.filter(action="checklist.answer_route"):
        assert event.changes == {}


def test_a_missing_certificate_moves_the_first_date(placement, case, student):
    checklist.answer_route(case.application, FIRST, by=student)
    found = checklist.set_certificate(case, is_needed=True, by=student)
    assert days_before(placement, found.order_certificate_by) == 119 + 28
    found = checklist.set_certificate(case, is_needed=False, by=student)
    assert found.order_certificate_by is None


def test_a_form_by_mail_waits_for_no_appointment(placement, case, student):
    renews = Answers(
        TravelOn.US_NEED,
        had_passport=Answer.YES,
        where=Where.HERE,
        name=Name.SAME,
        kind=Kind.FULL,
        printed_wrong=Printed.NO,
        issued_on=timezone.localdate() - dt.timedelta(days=12 * 365),
        issued_as_adult=Answer.YES,
    )
    found = checklist.answer_route(case.application, renews, by=student)
    assert found.route == Route.DS82
    assert found.documents_by == found.apply_by


def test_a_passport_that_lasts_is_in_hand_at_once(placement, case, student):
    found = checklist.answer_route(case.application, valid(placement), by=student)
    assert (found.route, found.stage) == (Route.VALID, PassportStage.IN_HAND)
    assert item(placement, "passport-apply").done_at
    assert item(placement, "passport-in-hand").done_at
    assert item(placement, "passport-in-hand").verified_at is None


def test_answering_again_takes_it_back(placement, case, student):
    checklist.answer_route(case.application, valid(placement), by=student)
    found = checklist.answer_route(case.application, valid(placement, days=30), by=student)
    assert found.stage == PassportStage.GATHERING
    assert item(placement, "passport-in-hand").done_at is None


def test_rather_talk_keeps_nothing_else(placement, case, student):
    checklist.answer_route(case.application, valid(placement, days=30), by=student)
    found = checklist.answer_route(case.application, Answers(TravelOn.OTHER_DOCUMENT), by=student)
    assert (found.route, found.is_first_passport, found.needs_certificate, found.expires_on) == (
        Route.TALK,
        None,
        None,
        None,
    )


def test_the_way_stays_once_the_form_is_with_the_government(case, student):
    checklist.answer_route(case.application, FIRST, by=student)
    checklist.move_stage(case, PassportStage.APPLIED, by=student)
    assert code_of(checklist.answer_route, case.application, FIRST, by=student) == "already_applied"


def test_booked_needs_its_day_and_keeps_it_while_booked(case, student):
    checklist.answer_route(case.application, FIRST, by=student)
    day = timezone.localdate() + dt.timedelta(days=9)
    assert code_of(checklist.move_stage, case, PassportStage.BOOKED, by=student) == "appointment_needed"
    assert checklist.move_stage(case, PassportStage.BOOKED, by=student, appointment_on=day).appointment_on == day
    assert checklist.move_stage(case, PassportStage.APPLIED, by=student).appointment_on is None


def test_applied_closes_what_was_for_it_and_going_back_opens_it(placement, case, student):
    checklist.answer_route(case.application, FIRST, by=student)
    checklist.move_stage(case, PassportStage.APPLIED, by=student)
    assert item(placement, "passport-papers").done_at
    assert item(placement, "passport-apply").done_at
    assert item(placement, "passport-in-hand").done_at is None
    checklist.move_stage(case, PassportStage.IN_HAND, by=student)
    checklist.move_stage(case, PassportStage.GATHERING, by=student)
    assert item(placement, "passport-apply").done_at is None


def test_a_stage_that_may_not_follow_changes_nothing(case, student):
    assert code_of(checklist.move_stage, case, PassportStage.ISSUED, by=student) == "move_not_allowed"
    case.refresh_from_db()
    assert case.stage == PassportStage.NOT_STARTED


def test_the_same_stage_twice_is_one_event(case, student):
    checklist.move_stage(case, PassportStage.GATHERING, by=student)
    checklist.move_stage(case, PassportStage.GATHERING, by=student)
    assert Event.objects.filter(action="checklist.move_stage").count() == 1


def test_check_needs_it_in_hand_and_long_enough_for_the_trip(placement, case, student):
    advisor = UserFactory(advisor=placement.application.college)
    day = placement.trip.leaves_on + dt.timedelta(days=400)
    assert code_of(checklist.check, case, expires_on=day, by=advisor) == "move_not_allowed"
    checklist.answer_route(case.application, valid(placement), by=student)
    too_soon = placement.trip.leaves_on + dt.timedelta(days=100)
    assert code_of(checklist.check, case, expires_on=too_soon, by=advisor) == "expires_too_soon"

    found = checklist.check(case, expires_on=day, by=advisor)

    assert (found.stage, found.checked_by, found.expires_on) == (PassportStage.CHECKED, advisor, day)
    assert item(placement, "passport-in-hand").verified_by == advisor
    assert code_of(checklist.move_stage, case, PassportStage.CHECKED, by=student) == "seen_by_staff_only"
    assert code_of(checklist.answer_route, case.application, FIRST, by=student) == "already_checked"


def test_taking_back_a_check_clears_who_looked(placement, case, student):
    advisor = UserFactory(advisor=placement.application.college)
    checklist.answer_route(case.application, valid(placement), by=student)
    checklist.check(case, expires_on=placement.trip.leaves_on + dt.timedelta(days=400), by=advisor)
    found = checklist.move_stage(case, PassportStage.IN_HAND, by=advisor)
    assert (found.checked_at, found.checked_by) == (None, None)
    assert item(placement, "passport-in-hand").verified_at is None


# --- duties -----------------------------------------------------------------------------------------


def test_done_and_undone(placement, case, student):
    checklist.mark_done(item(placement, "emergency"), by=student)
    first = item(placement, "emergency").done_at
    checklist.mark_done(item(placement, "emergency"), by=student)
    assert item(placement, "emergency").done_at == first
    checklist.undo_done(item(placement, "emergency"), by=student)
    assert item(placement, "emergency").done_at is None
    assert Event.objects.filter(action="checklist.mark_done").count() == 1


def test_what_follows_the_passport_is_not_marked_by_hand(placement, case, student):
    for key in ("passport-apply", "passport-in-hand"):
        assert code_of(checklist.mark_done, item(placement, key), by=student) == "follows_passport"
        assert code_of(checklist.verify_item, item(placement, key), by=student) == "follows_passport"


def test_verify_only_what_is_done_and_then_it_stays(placement, case, student):
    advisor = UserFactory(advisor=placement.application.college)
    assert code_of(checklist.verify_item, item(placement, "emergency"), by=advisor) == "not_done_yet"
    checklist.mark_done(item(placement, "emergency"), by=student)
    checklist.verify_item(item(placement, "emergency"), by=advisor)
    assert item(placement, "emergency").verified_by == advisor
    assert code_of(checklist.undo_done, item(placement, "emergency"), by=student) == "verified"


# --- reminders --------------------------------------------------------------------------------------


def test_remind_due_sends_one_message_to_each_student_and_never_twice(placement, case, student):
    set_leaves_in(placement, 64)  # the emergency contact is due in 4 days, the passport papers were due long ago
    checklist.recompute(case, by=None)
    assert checklist.REMINDER.send_all() == 1
    message = Message.objects.get(template="travel/items_due")
    assert message.recipient == student
    assert "Tell us who to call in an emergency" in message.body
    assert "Come to the orientation" not in message.body
    assert checklist.REMINDER.send_all() == 0
    assert Message.objects.count() == 1


def test_a_later_date_is_reminded_of_again(placement, case):
    set_leaves_in(placement, 64)
    checklist.recompute(case, by=None)
    checklist.REMINDER.send_all()
    set_leaves_in(placement, 66)
    checklist.recompute(case, by=None)
    assert checklist.REMINDER.send_all() == 0  # at most one a day
    Message.objects.update(queued_at=timezone.now() - dt.timedelta(days=1))
    assert checklist.REMINDER.send_all() == 1


def test_nobody_is_reminded_of_what_is_done_or_far_off(placement, case):
    assert checklist.REMINDER.send_all() == 0
    now = timezone.now()
    set_leaves_in(placement, 64)
    checklist.recompute(case, by=None)
    ChecklistItem.objects.update(done_at=now, done_by=placement.application.student)
    assert checklist.REMINDER.send_all() == 0


def test_nobody_is_reminded_from_the_day_of_departure_on(placement, case):
    """Also where nobody has recorded that the group left: the reminder names a day that is past."""
    set_leaves_in(placement, 64)
    checklist.recompute(case, by=None)
    assert checklist.REMINDER.send_all() == 1
    assert checklist.REMINDER.is_still_due(str(placement.pk))
    ChecklistItem.objects.update(reminded_at=None)
    Message.objects.all().delete()
    set_leaves_in(placement, 0)
    assert checklist.REMINDER.send_all() == 0
    ChecklistItem.objects.update(reminded_at=timezone.now())
    assert not checklist.REMINDER.is_still_due(str(placement.pk))


def test_an_interrupted_reminder_is_sent_by_the_next_run(placement, case, monkeypatch):
    set_leaves_in(placement, 64)
    checklist.recompute(case, by=None)

    def broken(*args, **kwargs):
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "queue", broken)
        with pytest.raises(ConnectionError):
            checklist.REMINDER.send_all()
    assert checklist.REMINDER.send_all() == 1


def test_the_daily_tasks_call_the_actions(placement, case):
    from travel import tasks  # noqa: PLC0415 -- after Django's set-up

    set_leaves_in(placement, 64)
    tasks.recompute_checklists.delay()
    tasks.remind_due.delay()
    assert {message.template for message in Message.objects.all()} == {"travel/dates_moved", "travel/items_due"}


def test_every_timing_has_dates(placement, case):
    assert set(ChecklistStep.Timing) - {ChecklistStep.Timing.AFTER_STEP} == {
        each.step.timing for each in placement.checklist_items.select_related("step")
    }

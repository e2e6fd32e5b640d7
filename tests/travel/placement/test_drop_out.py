"""A placed student drops out: the office records why and how it knows, what's left becomes tasks, a day to undo it."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import application as actions
from applications.models import Application
from applications.states import Status
from exchange.base import office_tasks
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.models import Event, Fact, Message, OfficeTask
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, DecisionFactory, application_facts, review_facts
from tests.factories_counters import SlotFactory, booked, counter_facts, issued, waiting
from tests.factories_travel import EntryRuleFactory, PlacementFactory, travel_facts
from travel.models import ChecklistItem, Room, RoomSeat, TicketName
from travel.passport.vouchers import actions as voucher
from travel.placement.loose_ends import WORDS

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture(autouse=True)
def numbers():
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def seat():
    return PlacementFactory(trip__seats=1, trip__minimum_group=1, checklist=True)


def page_of(seat, name="application-withdraw-for"):
    return reverse(f"applications:{name}", args=[seat.application.code])


def said(office, **changes):
    told = {"why": "work", "heard": "phone", "heard_on": str(TODAY()), "heard_by": office.pk}
    return told | {"reason": "New job in June."} | changes


def name_on_ticket(seat, office):
    TicketName.objects.create(placement=seat, surnames="REYES", given="MARISOL", written_by=office)


def open_kinds():
    return sorted(OfficeTask.objects.open().values_list("kind", flat=True))


def test_the_page_says_what_would_happen_and_who_is_next(seat, office, sign_in):
    name_on_ticket(seat, office)
    waiting = DecisionFactory(
        released=True, result=Status.WAITLISTED, waitlist_position=1, application__cycle=seat.trip.cycle
    ).application
    type(seat.trip.cycle).objects.filter(pk=seat.trip.cycle_id).update(seats=1)
    page = sign_in(office).get(page_of(seat))
    assert f"0 students would still go, of {seat.trip.seats} spots." in page.text
    assert f"{seat.application.student}’s ticket to" in page.text
    assert f"Next for the spot: {waiting.student}." in page.text
    assert not OfficeTask.objects.exists()


def test_said_by_phone_is_recorded_with_the_day_and_whom_they_told(seat, office, sign_in):
    colleague = UserFactory(advisor=seat.application.college)
    yesterday = TODAY() - dt.timedelta(days=1)
    Application.objects.update(submitted_at=timezone.now() - dt.timedelta(days=30))
    sign_in(office).post(page_of(seat), said(office, heard_on=str(yesterday), heard_by=colleague.pk))
    event = Event.objects.get(action="application.withdraw_for")
    assert event.reason == "New job in June."
    assert event.changes == {
        "from": "confirmed",
        "why": "work",
        "heard": "phone",
        "heard_on": yesterday.isoformat(),
        "heard_by": colleague.pk,
    }
    told = Message.objects.get(template="applications/application_withdrawn_for", channel="email")
    assert "told us by phone" in told.body and "call us today" in told.body and "June" not in told.body


@pytest.mark.parametrize(
    "wrong", [{"why": ""}, {"heard": ""}, {"heard_by": ""}, {"reason": " "}, {"heard_on": "2999-01-01"}]
)
def test_what_is_missing_or_impossible_is_asked_for(seat, office, sign_in, wrong):
    page = sign_in(office).post(page_of(seat), said(office, **wrong))
    assert page.status_code == 200 and page.context["form"].errors
    seat.application.refresh_from_db()
    assert seat.application.status == Status.CONFIRMED


def test_where_the_office_decided_nobody_was_told(seat, office, sign_in):
    sign_in(office).post(page_of(seat), said(office, heard="office", why="unreachable"))
    assert "heard_by" not in Event.objects.get(action="application.withdraw_for").changes
    assert "told us" not in Message.objects.get(template="applications/application_withdrawn_for").body


def test_ticket_visa_insurance_host_room_and_voucher_become_tasks_on_the_trips_page(seat, office, sign_in):
    counter_facts()
    name_on_ticket(seat, office)
    EntryRuleFactory(city=seat.trip.city)
    RoomSeat.objects.create(room=Room.objects.create(trip=seat.trip, number=1, beds=1), placement=seat, kind="room")
    voucher.give(issued(), seat.application, by=office)
    actions.withdraw_for(seat.application, by=office, reason="New job.")

    assert open_kinds() == sorted(WORDS)
    rows = sign_in(office).get(seat.trip.get_absolute_url()).context["tasks"]
    assert {row.task.person for row in rows} == {seat.application.student}
    assert {row.task.due_on for row in rows} == {TODAY() + dt.timedelta(days=3)}


def test_a_ticket_that_has_no_name_yet_and_a_visa_that_nobody_needs_are_no_tasks(seat, office):
    EntryRuleFactory(city=seat.trip.city, requirement="none")
    actions.withdraw_for(seat.application, by=office, reason="New job.")
    assert open_kinds() == ["travel.leaves_host", "travel.leaves_insurance"]


def test_a_student_who_withdraws_alone_leaves_the_same_tasks(seat):
    actions.withdraw(seat.application, by=seat.application.student)
    assert open_kinds() == ["travel.leaves_host", "travel.leaves_insurance"]


def test_a_student_without_a_seat_leaves_nothing(office):
    actions.withdraw_for(ApplicationFactory(submitted=True), by=office, reason="New job.")
    assert not OfficeTask.objects.exists()


def test_a_passport_day_is_canceled_and_the_next_in_line_moves_up(office):
    counter_facts()
    slot = SlotFactory(capacity=1)
    booking, next_in_line = booked(slot), waiting(slot.day)
    actions.withdraw_for(booking.application, by=office, reason="New job.")
    booking.refresh_from_db()
    next_in_line.refresh_from_db()
    assert not booking.is_active and next_in_line.slot == slot


def test_it_is_undone_within_a_day_and_everything_finished_is_still_there(seat, office, sign_in):
    client, item = sign_in(office), seat.checklist_items.first()
    type(item).objects.filter(pk=item.pk).update(done_at=timezone.now(), done_by=seat.application.student)
    client.post(page_of(seat), said(office))
    done = office_tasks.finish(OfficeTask.objects.open().first(), by=office)
    assert "Undo the withdrawal" in client.get(seat.application.get_absolute_url()).text

    client.post(page_of(seat, "application-withdraw-undo"))

    seat.application.refresh_from_db()
    assert seat.application.status == Status.CONFIRMED and seat.checklist_items.get(pk=item.pk).done_at
    assert not OfficeTask.objects.open().exists() and OfficeTask.objects.done().get() == done
    assert Message.objects.filter(template="applications/withdrawal_undone").exists()
    actions.undo_withdraw_for(seat.application, by=office)
    assert Event.objects.filter(action="application.undo_withdraw_for").count() == 1

    actions.withdraw_for(seat.application, by=office, reason="It was true after all.")
    assert open_kinds() == ["travel.leaves_host", "travel.leaves_insurance"]


def test_steps_that_were_open_are_closed_and_open_again_on_the_way_back(seat, office, sign_in):
    count = ChecklistItem.objects.open().filter(placement=seat).count()
    assert count and f"Their {count} open steps are closed." in sign_in(office).get(page_of(seat)).text
    actions.withdraw_for(seat.application, by=office, reason="New job.")
    assert not ChecklistItem.objects.open().filter(placement=seat).exists()
    actions.undo_withdraw_for(seat.application, by=office)
    assert ChecklistItem.objects.open().filter(placement=seat).count() == count


def refused(seat, office):
    with pytest.raises(RuleViolation) as raised:
        actions.undo_withdraw_for(seat.application, by=office)
    seat.application.refresh_from_db()
    assert seat.application.status == Status.WITHDRAWN
    return raised.value.code


def test_a_day_later_it_is_too_late(seat, office):
    actions.withdraw_for(seat.application, by=office, reason="New job.")
    Fact.objects.filter(key="withdrawal.undo_hours").update(value=0)  # the log can't be rewritten
    assert refused(seat, office) == "too_late"


def test_what_the_student_did_is_theirs_to_undo(seat, office):
    actions.withdraw(seat.application, by=seat.application.student)
    assert refused(seat, office) == "too_late"


def test_a_seat_that_was_given_away_stays_given(seat, office):
    actions.withdraw_for(seat.application, by=office, reason="New job.")
    PlacementFactory(trip=seat.trip)
    assert refused(seat, office) == "seat_taken"


def test_a_seat_that_was_offered_to_the_next_stays_offered(seat, office):
    actions.withdraw_for(seat.application, by=office, reason="New job.")
    ApplicationFactory(selected=True, cycle=seat.trip.cycle)
    type(seat.trip.cycle).objects.filter(pk=seat.trip.cycle_id).update(seats=1)
    assert refused(seat, office) == "seat_taken"


def test_after_the_departure_the_page_says_what_to_do_instead(office, sign_in):
    seat = PlacementFactory(travelled=True)
    page = sign_in(office).get(page_of(seat), follow=True)
    assert "this isn’t a withdrawal" in page.text
    seat.application.refresh_from_db()
    assert seat.application.status == Status.CONFIRMED


@pytest.mark.parametrize("role", [{"advisor": True}, {"director": True}, {}])
def test_only_the_office_records_or_undoes_it(seat, office, sign_in, role):
    client = sign_in(UserFactory(**role))
    assert client.post(page_of(seat), said(office)).status_code == 403
    assert client.post(page_of(seat, "application-withdraw-undo")).status_code == 403


def test_a_task_says_which_decision_opened_it(seat, office):
    actions.withdraw_for(seat.application, by=office, reason="New job.")
    assert set(OfficeTask.objects.values_list("source", flat=True)) == {key_of(seat.application)}

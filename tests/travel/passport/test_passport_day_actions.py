"""Passport days: bookings, waiting lists, papers and results; and the passport case that follows."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from applications.models import Application
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_counters import (
    PassportDayFactory,
    SlotFactory,
    begun,
    booked,
    counter_facts,
    traveler,
    waiting,
)
from tests.factories_travel import in_days
from travel.models import PassportBooking, PassportDay
from travel.passport.case import where_to_apply as passport_days
from travel.passport.days import actions, reminder
from travel.passport.days import office_actions as office
from travel.states import PassportStage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def facts():
    counter_facts()


@pytest.fixture
def coordinator():
    return UserFactory(coordinator=True)


def case_of(application):
    return Application.objects.get(pk=application.pk).passport_case


def told(application) -> list[str]:
    rows = Message.objects.filter(recipient=application.student, channel="email").order_by("pk")
    return [row.template.removeprefix("travel/") for row in rows]


def refused(code, act, *args, **kwargs):
    with pytest.raises(RuleViolation) as violation:
        act(*args, **kwargs)
    assert violation.value.code == code


def withdraw(application):
    Application.objects.filter(pk=application.pk).update(status=Status.WITHDRAWN, withdrawn_at=timezone.now())


# --- Booking ----------------------------------------------------------------------------------------


def test_a_place_is_an_appointment():
    day, application = PassportDayFactory(slots=[2]), traveler()
    slot = day.slots.get()
    booking = booked(slot, application)
    case = case_of(application)
    assert (case.stage, case.appointment_on) == (PassportStage.BOOKED, day.on)
    assert told(application) == ["passport_day_booked"]
    assert booked(slot, application) == booking, "a second tap"
    assert (PassportBooking.objects.count(), len(told(application))) == (1, 1)


def test_nobody_gets_a_place_that_is_gone():
    day = PassportDayFactory(slots=[1])
    booked(day.slots.get())
    refused("full", booked, day.slots.get())
    assert PassportBooking.objects.count() == 1


def test_another_time_gives_the_first_one_to_who_waits():
    day = PassportDayFactory(slots=[1, 1])
    first, second = day.slots.all()
    mine, other = traveler(), traveler()
    booked(first, mine)
    taken = booked(second)
    waits = waiting(day, other)
    actions.cancel(taken, by=taken.application.student)
    waits.refresh_from_db()
    assert waits.slot == second
    third = SlotFactory(day=day, hour=14, capacity=1)
    last = waiting_after(day, third)
    booked(third, mine)
    last.refresh_from_db()
    assert last.slot == first


def waiting_after(day, slot):
    """In line although a slot is free: added without the queue's rules, as by hand in the admin."""
    application = traveler()
    return PassportBooking.objects.create(day=day, application=application, waiting_since=timezone.now())


def test_it_is_too_late_shortly_before():
    day = PassportDayFactory(on=in_days(0), slots=[])
    slot = SlotFactory(day=day, starts_at=timezone.now() + dt.timedelta(hours=3))
    refused("full", booked, slot)
    early = PassportDayFactory(slots=[1])
    booking = booked(early.slots.get())
    begun(early, on=in_days(1))
    early.slots.update(starts_at=timezone.now() + dt.timedelta(hours=3))
    later = SlotFactory(day=early, starts_at=timezone.now() + dt.timedelta(hours=40))
    refused("too_late", booked, later, booking.application)
    assert actions.cancel(booking, by=booking.application.student).cancelled_at, "giving up is better than not coming"


def test_who_has_applied_needs_no_place():
    day = PassportDayFactory(slots=[1])
    refused("applied_already", booked, day.slots.get(), traveler(stage="applied"))
    refused("applied_already", waiting, day, traveler(stage="in_hand"))


def test_who_has_no_result_yet_has_no_place():
    day = PassportDayFactory(slots=[1])
    application = traveler()
    withdraw(application)
    application.refresh_from_db()
    refused("not_helped", booked, day.slots.get(), application)


def test_one_place_on_one_day():
    first, second = PassportDayFactory(slots=[1]), PassportDayFactory(on=in_days(12), slots=[1])
    mine = traveler()
    booked(first.slots.get(), mine)
    refused("booked_elsewhere", booked, second.slots.get(), mine)
    booked(second.slots.get())
    refused("booked_elsewhere", waiting, second, mine)


def test_a_place_ends_the_wait_for_another_day():
    full, free = PassportDayFactory(slots=[1]), PassportDayFactory(on=in_days(12), slots=[1])
    booked(full.slots.get())
    mine = traveler()
    wait = waiting(full, mine)
    booked(free.slots.get(), mine)
    wait.refresh_from_db()
    assert not wait.is_active
    assert case_of(mine).appointment_on == free.on


# --- The waiting list -------------------------------------------------------------------------------


def test_the_list_moves_up_in_order_and_tells_who_moved():
    day = PassportDayFactory(slots=[1])
    first = booked(day.slots.get())
    waits = [waiting(day) for _ in range(2)]
    assert [passport_days.place_in_line(each) for each in waits] == [1, 2]
    actions.cancel(first, by=first.application.student)
    assert case_of(first.application).stage == PassportStage.GATHERING
    assert case_of(first.application).appointment_on is None
    for each in waits:
        each.refresh_from_db()
    assert [each.slot_id for each in waits] == [day.slots.get().pk, None]
    assert told(waits[0].application) == ["passport_day_moved_up"]
    assert told(waits[1].application) == []
    assert case_of(waits[0].application).stage == PassportStage.BOOKED
    assert passport_days.place_in_line(waits[1]) == 1


def test_who_no_longer_needs_it_is_passed_over():
    day = PassportDayFactory(slots=[1])
    first = booked(day.slots.get())
    applied, gone, next_one = (waiting(day) for _ in range(3))
    type(case_of(applied.application)).objects.filter(application=applied.application).update(stage="applied")
    withdraw(gone.application)
    actions.cancel(first, by=first.application.student)
    for each in (applied, gone, next_one):
        each.refresh_from_db()
    assert [each.is_active for each in (applied, gone, next_one)] == [False, False, True]
    assert next_one.slot == day.slots.get()


def test_more_places_are_given_to_who_waits(coordinator):
    day = PassportDayFactory(slots=[1])
    slot = day.slots.get()
    booked(slot)
    waits = [waiting(day) for _ in range(3)]
    office.open_times(day, starts=[slot.starts_at], minutes=30, capacity=3, by=coordinator)
    for each in waits:
        each.refresh_from_db()
    assert [each.is_waiting for each in waits] == [False, False, True]
    refused("too_few", office.open_times, day, starts=[slot.starts_at], minutes=30, capacity=2, by=coordinator)


def test_nobody_waits_where_there_is_room():
    refused("has_room", waiting, PassportDayFactory(slots=[1]))


def test_nobody_moves_up_at_the_last_moment():
    day = PassportDayFactory(slots=[1])
    first = booked(day.slots.get())
    late = waiting(day)
    day.slots.update(starts_at=timezone.now() + dt.timedelta(hours=5))
    actions.cancel(first, by=first.application.student)
    late.refresh_from_db()
    assert late.is_waiting


def test_who_withdraws_gives_the_place_to_the_next():
    day = PassportDayFactory(slots=[1])
    first = booked(day.slots.get())
    late = waiting(day)
    withdraw(first.application)
    reminder.send_all()
    late.refresh_from_db()
    assert late.slot is not None


# --- Papers -----------------------------------------------------------------------------------------


def test_an_advisor_confirms_when_every_paper_is_ticked():
    day = PassportDayFactory(slots=[1], has_photos=True)
    booking = booked(day.slots.get())
    student, advisor = booking.application.student, UserFactory(advisor=booking.application.college)
    assert "photo" not in passport_days.needed(day)
    actions.bring(booking, ["form", "id", "nonsense", "photo"], by=student)
    booking.refresh_from_db()
    assert booking.brings == ["form", "id"]
    refused("papers_lacking", office.confirm_ready, booking, by=advisor)
    actions.bring(booking, [paper.value for paper in passport_days.needed(day)], by=student)
    assert office.confirm_ready(booking, by=advisor).ready_by == advisor
    office.confirm_ready(booking, by=advisor)
    assert told(booking.application) == ["passport_day_booked", "passport_day_ready"]
    # removing a paper withdraws the advisor's "ready"
    actions.bring(booking, ["form", "id"], by=student)
    booking.refresh_from_db()
    assert booking.ready_at is None


# --- Results ----------------------------------------------------------------------------------------


@pytest.fixture
def here():
    """A passport day that is today, with one booking."""
    day = PassportDayFactory(slots=[1])
    booking = booked(day.slots.get())
    begun(day)
    case = case_of(booking.application)
    type(case).objects.filter(pk=case.pk).update(appointment_on=day.on)
    booking.refresh_from_db()
    return booking


def test_who_applied_moves_on_and_the_dates_follow(here, coordinator):
    before = case_of(here.application).in_hand_by
    office.settle(here, "arrived", by=coordinator)
    assert case_of(here.application).stage == PassportStage.BOOKED
    office.settle(here, "applied", by=coordinator)
    case = case_of(here.application)
    assert (case.stage, timezone.localdate(case.stage_changed_at)) == (PassportStage.APPLIED, timezone.localdate())
    assert case.in_hand_by != before or case.service
    events = Event.objects.filter(action="passport_day.settle").count()
    office.settle(here, "applied", by=coordinator)
    assert Event.objects.filter(action="passport_day.settle").count() == events


def test_who_is_turned_away_hears_what_was_missing(here, coordinator):
    refused("say_what", office.settle, here, "turned_away", by=coordinator)
    office.settle(here, "turned_away", missing=["photo", "money", "nonsense"], by=coordinator)
    here.refresh_from_db()
    assert here.missing == ["money", "photo"]
    assert case_of(here.application).stage == PassportStage.GATHERING
    assert told(here.application)[-1] == "passport_day_turned_away"


def test_a_mistake_at_the_door_can_be_mended(here, coordinator):
    office.settle(here, "applied", by=coordinator)
    office.settle(here, "turned_away", missing=["id"], by=coordinator)
    assert case_of(here.application).stage == PassportStage.GATHERING
    office.settle(here, "applied", by=coordinator)
    here.refresh_from_db()
    assert (here.result, here.missing) == ("applied", [])
    assert case_of(here.application).stage == PassportStage.APPLIED


def test_what_a_student_has_moved_on_stays(here, coordinator):
    case = case_of(here.application)
    type(case).objects.filter(pk=case.pk).update(stage="issued", appointment_on=None)
    office.settle(here, "missed", by=coordinator)
    assert case_of(here.application).stage == PassportStage.ISSUED


def test_nothing_is_settled_before_the_day_nor_for_oneself(coordinator, here):
    early = booked(PassportDayFactory(on=in_days(20), slots=[1]).slots.get())
    refused("too_early", office.settle, early, "arrived", by=coordinator)
    refused("own", office.settle, here, "applied", by=here.application.student)


# --- The office -------------------------------------------------------------------------------------


def plan(by, **more):
    said = {"on": in_days(10), "place": "Union", "address": "1 Main", "agents": "Two", "has_photos": False}
    return office.plan(by=by, **{**said, "note_en": "", "note_es": "", "colleges": [CollegeFactory()]} | more)


def test_the_same_day_at_the_same_place_is_one_day(coordinator):
    plan(coordinator)
    refused("there_already", plan, coordinator)
    refused("past", plan, coordinator, on=in_days(-1))
    refused("nobody", plan, coordinator, place="Hall", colleges=[])
    assert PassportDay.objects.count() == 1


def test_a_new_place_is_told_to_who_comes(coordinator):
    day = PassportDayFactory(slots=[1], colleges=[CollegeFactory()])
    booking = booked(day.slots.get())
    values = {name: getattr(day, name) for name in ("address", "agents", "has_photos", "note_en", "note_es")}
    office.change(day, colleges=list(day.colleges.all()), by=coordinator, place=day.place, **values | {"note_en": "Hi"})
    assert told(booking.application) == ["passport_day_booked"]
    office.change(day, colleges=list(day.colleges.all()), by=coordinator, place="Gym", **values)
    assert told(booking.application) == ["passport_day_booked", "passport_day_changed"]
    before = booking.sequence
    booking.refresh_from_db()
    assert booking.sequence == before + 1


def test_a_day_called_off_sends_everybody_back_to_their_papers(coordinator):
    day = PassportDayFactory(slots=[1])
    booking, waits = booked(day.slots.get()), waiting(day)
    office.call_off(day, by=coordinator)
    office.call_off(day, by=coordinator)
    assert not PassportBooking.objects.active().exists()
    assert case_of(booking.application).stage == PassportStage.GATHERING
    assert [told(each.application)[-1] for each in (booking, waits)] == ["passport_day_called_off"] * 2
    assert len(told(waits.application)) == 1
    refused("called_off", booked, day.slots.get())


# --- The database -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("passportbooking_has_a_slot_or_waits", {"waiting_since": dt.datetime(2026, 12, 1, tzinfo=dt.UTC)}),
        ("passportbooking_ready_at_and_by_together", {"ready_at": dt.datetime(2026, 12, 1, tzinfo=dt.UTC)}),
        ("passportbooking_settled_at_by_and_result_together", {"result": "applied"}),
    ],
)
def test_no_half_booking_can_be_kept(constraint, change):
    booking = booked(PassportDayFactory(slots=[1]).slots.get())
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        PassportBooking.objects.filter(pk=booking.pk).update(**change)


def test_a_student_is_once_on_a_day():
    booking = booked(PassportDayFactory(slots=[1]).slots.get())
    with pytest.raises(IntegrityError), transaction.atomic():
        PassportBooking.objects.create(day=booking.day, application=booking.application, waiting_since=timezone.now())

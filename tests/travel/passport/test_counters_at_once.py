"""Concurrent requests: the last place of a passport day is booked once, and a voucher is given once."""

import pytest
from django.urls import reverse

from exchange.models import Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import CycleFactory
from tests.factories_counters import PassportDayFactory, booked, counter_facts, issued, traveler, waiting
from tests.test_attacks import at_once, post
from travel.models import PassportBooking

pytestmark = pytest.mark.django_db(transaction=True)


def book(slot):
    return reverse("travel:passport-day-book", kwargs={"code": slot.day.code, "slot": slot.code})


@pytest.fixture
def students(transactional_db):
    counter_facts()
    college, cycle = CollegeFactory(), CycleFactory()
    return [traveler(college, cycle=cycle) for _student in range(4)]


def test_four_students_want_the_last_place_and_one_gets_it(students, sign_in):
    day = PassportDayFactory(colleges=[students[0].college], slots=[1])
    at_once(*(post(sign_in(each.student), book(day.slots.get())) for each in students))
    booking = PassportBooking.objects.get()
    assert booking.slot == day.slots.get()
    assert Message.objects.filter(template="travel/passport_day_booked").count() == 1


def test_a_place_tapped_four_times_is_one_place(students, sign_in):
    day = PassportDayFactory(colleges=[students[0].college], slots=[4])
    at_once(*(post(sign_in(students[0].student), book(day.slots.get())) for _tap in range(4)))
    assert PassportBooking.objects.count() == 1
    assert Message.objects.filter(template="travel/passport_day_booked").count() == 1


def test_places_given_up_at_once_go_to_who_waits_longest(students, sign_in):
    day = PassportDayFactory(colleges=[students[0].college], slots=[2])
    have = [booked(day.slots.get(), each) for each in students[:2]]
    wait = [waiting(day, each) for each in students[2:]]
    cancel = [reverse("travel:passport-booking-cancel", kwargs={"code": each.code}) for each in have]
    at_once(*(post(sign_in(each.application.student), page) for each, page in zip(have, cancel, strict=True)))
    assert set(PassportBooking.objects.booked()) == set(wait)
    assert Message.objects.filter(template="travel/passport_day_moved_up").count() == 2


def test_one_student_books_two_days_at_once_and_has_one(students, sign_in):
    days = [PassportDayFactory(colleges=[students[0].college], slots=[1]) for _day in range(2)]
    at_once(*(post(sign_in(students[0].student), book(day.slots.get())) for day in days))
    assert PassportBooking.objects.booked().count() == 1


def test_a_voucher_marked_as_used_three_times_at_once_is_used_once(students, sign_in):
    office, voucher = UserFactory(coordinator=True), issued()
    give, mark = (reverse(f"travel:voucher-{act}", kwargs={"code": voucher.code}) for act in ("give", "mark"))
    at_once(*(post(sign_in(office), give, {"student": each.code}) for each in students[:3]))
    assert voucher.entries.filter(kind="given").count() == 1
    at_once(*(post(sign_in(office), mark, {"act": "used"}) for _tap in range(3)))
    assert voucher.entries.filter(kind="used").count() == 1

"""Until when a seat can be offered: the pure date compared with plans for every day, and shown on the waitlist."""

import datetime as dt

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from applications.models import Application
from applications.states import Status
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, DecisionFactory, application_facts
from tests.factories_travel import EntryRuleFactory, PassportCaseFactory, TripFactory, in_days, travel_facts
from travel.models import FeasibleCities
from travel.passport.plan import planning
from travel.passport.plan.timeline import (
    BEFORE_APPLYING,
    BY_MAIL,
    Level,
    Service,
    Stage,
    TravelTimes,
    latest_start,
    plan,
)
from travel.placement.promotion import outlooks

DEPARTS = dt.date(2027, 6, 9)
IN_TIME = {Level.ON_TIME, Level.SOON, Level.LATE}
TIMES = st.builds(
    TravelTimes,
    buffer_days=st.integers(0, 20),
    entry_lead_days=st.integers(0, 45),
    door_to_door_days=st.fixed_dictionaries({service: st.integers(1, 90) for service in BY_MAIL}),
    appointment_wait_days=st.integers(0, 30),
    certificate_lead_days=st.integers(0, 40),
    urgent_within_days=st.integers(0, 30),
)


def last_day_by_brute_force(times, needs_certificate, services, stage):
    """The last of all days on which that day's plan is still in time."""
    days = (DEPARTS - dt.timedelta(days=back) for back in range(-5, 400))
    for day in days:
        found = plan(DEPARTS, times, day, needs_certificate, services, stage)
        if found.level in IN_TIME and day <= found.last_safe_on:
            return day
    return None


@given(
    times=TIMES,
    stage=st.sampled_from(Stage),
    needs_certificate=st.booleans(),
    services=st.sampled_from([BY_MAIL, (Service.ROUTINE,), (Service.EXPEDITED, Service.EXPEDITED_FAST)]),
)
def test_it_is_the_last_day_that_the_plan_calls_in_time(times, stage, needs_certificate, services):
    needs_certificate = needs_certificate and stage in BEFORE_APPLYING
    found = latest_start(DEPARTS, times, needs_certificate, services, stage)
    assert found == last_day_by_brute_force(times, needs_certificate, services, stage)


def test_without_a_service_there_is_no_day():
    times = TravelTimes(14, 7, {}, 21, 28, 14)
    with pytest.raises(ValueError, match="service"):
        latest_start(DEPARTS, times)
    with pytest.raises(ValueError, match="at least one"):
        latest_start(DEPARTS, times, services=())


# --- On the waitlist --------------------------------------------------------------------------------


@pytest.fixture
def cycle(db):
    application_facts()
    travel_facts()
    return CycleFactory(seats=5)


def waiting(cycle, position, **fields):
    decision = DecisionFactory(
        application=ApplicationFactory(cycle=cycle, waitlisted=True, **fields),
        result=Status.WAITLISTED,
        waitlist_position=position,
        released=True,
    )
    decision.application.city_preferences.all().delete()
    return decision.application


def trip(cycle, leaves_in, name, lead_days=0):
    found = TripFactory(cycle=cycle, leaves_in=leaves_in, city__name_en=name)
    EntryRuleFactory(city=found.city, lead_days=lead_days)
    return found


def test_each_trip_has_its_day_as_the_passport_stands(cycle):
    trip(cycle, 200, "Hanoi", lead_days=42), trip(cycle, 100, "Paris")
    begun, has_it = waiting(cycle, 1), waiting(cycle, 2)
    PassportCaseFactory(
        application=has_it,
        trip=None,
        stage="in_hand",
        **dict.fromkeys(("documents_by", "apply_by", "in_hand_by", "last_safe_on")),
    )
    found = outlooks([begun, has_it])
    # buffer 14, fastest mail service 37, appointment 21; with the passport in hand only the visa takes time
    assert [(day.trip, day.on) for day in found[begun.pk].days] == [("Paris", in_days(28)), ("Hanoi", in_days(86))]
    assert [(day.trip, day.on) for day in found[has_it.pk].days] == [("Paris", in_days(100)), ("Hanoi", in_days(158))]
    assert (found[begun.pk].stage, found[has_it.pk].stage) == ("not started", "in hand")


def test_only_trips_that_the_student_wishes_and_can_reach_count(cycle):
    hanoi, paris, durango = (trip(cycle, 200, name) for name in ("Hanoi", "Paris", "Durango"))
    student = waiting(cycle, 1)
    for rank, each in enumerate((hanoi, paris), start=1):
        student.city_preferences.create(city=each.city, rank=rank)
    assert {day.trip for day in outlooks([student])[student.pk].days} == {"Hanoi", "Paris"}
    assert outlooks([student])[student.pk].is_open
    marked = FeasibleCities.objects.create(application=student, marked_by=UserFactory(advisor=student.college))
    marked.cities.set([paris.city, durango.city])
    found = outlooks([Application.objects.get(pk=student.pk)])[student.pk]
    assert ([day.trip for day in found.days], found.is_open) == (["Paris"], False)


def test_a_certificate_still_to_be_ordered_takes_its_time(cycle):
    there = trip(cycle, 200, "Paris")
    rules = planning.PlanRules.load([there])
    student = waiting(cycle, 1)
    case = PassportCaseFactory(application=student, trip=there, stage="gathering", needs_certificate=True)
    assert planning.latest_start(None, there, rules) - planning.latest_start(case, there, rules) == dt.timedelta(
        days=28
    )


def test_the_office_sees_the_days_beside_the_list_and_a_late_offer_is_warned_about_not_refused(sign_in, cycle):
    trip(cycle, 60, "Paris"), trip(cycle, 200, "Hanoi")
    student = waiting(cycle, 1, student__full_name="Amara Johnson")
    office = sign_in(UserFactory(coordinator=True))
    page = office.get(reverse("applications:selection-offers", args=[cycle.code])).text
    assert "Amara Johnson" in page and "Last safe day to offer a spot" in page and "not started" in page
    promote = reverse("applications:decision-promote", args=[student.code])
    page = office.get(promote).text
    assert "A passport may not come in time." in page and "For Paris, the last safe day to offer this spot was" in page
    assert "Hanoi: offer the spot by" in page
    student.refresh_from_db()
    assert student.status == Status.WAITLISTED  # proposed, not released
    assert office.post(promote).status_code == 302
    student.refresh_from_db()
    assert student.status == Status.SELECTED


def test_without_trips_nobody_can_tell_and_the_page_stands(sign_in, cycle):
    waiting(cycle, 1)
    office = sign_in(UserFactory(coordinator=True))
    assert office.get(reverse("applications:selection-offers", args=[cycle.code])).status_code == 200


def test_a_longer_list_costs_no_more_queries(sign_in, cycle, django_assert_max_num_queries):
    trip(cycle, 200, "Hanoi")
    office, counts = sign_in(UserFactory(coordinator=True)), []
    for more in (3, 27):
        for _each in range(more):
            waiting(cycle, Application.objects.count() + 1)
        with django_assert_max_num_queries(30) as found:
            office.get(reverse("applications:selection-offers", args=[cycle.code]))
        counts.append(len(found))
    assert counts[0] == counts[1]

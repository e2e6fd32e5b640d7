"""Acceptance facilities: maintained by the office, chosen by students, with a wait that moves their dates."""

import datetime as dt

import pytest
from django.utils import timezone

from applications.models import Application
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_counters import FacilityFactory, counter_facts, traveler
from tests.factories_travel import in_days
from travel.models import AcceptanceFacility
from travel.passport.case import replan
from travel.passport.case import where_to_apply as passport_days
from travel.passport.facilities import actions

pytestmark = pytest.mark.django_db
USUAL = 21  # days, tests/factories_travel.py


@pytest.fixture(autouse=True)
def facts():
    counter_facts()


def case_of(application):
    return Application.objects.get(pk=application.pk).passport_case


def planned(application):
    """The student's dates as currently planned."""
    replan.recompute(case_of(application), by=None)
    return case_of(application).documents_by


def told(application) -> int:
    return Message.objects.filter(recipient=application.student, template="travel/dates_moved").count()


def test_the_plan_counts_with_the_wait_of_the_chosen_counter():
    application, other = traveler(), traveler()
    usual = planned(application)
    actions.choose(application, FacilityFactory(wait_days=USUAL + 9), by=application.student)
    assert case_of(application).documents_by == usual - dt.timedelta(days=9)
    assert planned(other) == usual
    actions.choose(application, None, by=application.student)
    assert case_of(application).documents_by == usual


def test_by_mail_no_counter_matters():
    application = traveler(route="ds82")
    before = planned(application)
    actions.choose(application, FacilityFactory(wait_days=90), by=application.student)
    assert case_of(application).documents_by == before


def test_a_new_wait_moves_only_the_dates_of_who_goes_there(django_capture_on_commit_callbacks):
    here, elsewhere, undecided = traveler(), traveler(), traveler()
    facility, other = FacilityFactory(), FacilityFactory()
    for application, place in ((here, facility), (elsewhere, other), (undecided, None)):
        planned(application)
        actions.choose(application, place, by=application.student)
    before = {each.pk: case_of(each).documents_by for each in (here, elsewhere, undecided)}
    office = UserFactory(coordinator=True)
    with django_capture_on_commit_callbacks(execute=True):
        actions.set_wait(facility, days=facility.wait_days + 5, by=office)
    assert case_of(here).documents_by == before[here.pk] - dt.timedelta(days=5)
    assert [case_of(each).documents_by for each in (elsewhere, undecided)] == [
        before[elsewhere.pk],
        before[undecided.pk],
    ]
    assert actions.recompute_at(facility.pk) == 0, "a second run finds nothing to change"


def test_who_is_told_is_who_must_apply_on_another_day(django_capture_on_commit_callbacks):
    # so close to departure that a longer wait changes routine service to a faster one
    near, far = traveler(), traveler()
    facility = FacilityFactory(wait_days=1)
    trip = case_of(near).trip
    type(trip).objects.filter(pk=trip.pk).update(leaves_on=in_days(95), returns_on=in_days(105))
    for each in (near, far):
        actions.choose(each, facility, by=each.student)
        planned(each)
    Message.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        actions.set_wait(facility, days=25, by=UserFactory(coordinator=True))
    assert (told(near), told(far)) == (1, 0)
    assert case_of(near).service != case_of(far).service


def test_the_same_wait_again_only_says_that_it_was_asked():
    facility = FacilityFactory(wait_as_of=in_days(-90))
    office = UserFactory(coordinator=True)
    assert list(passport_days.facilities_to_call(office)) == [facility]
    actions.set_wait(facility, days=facility.wait_days, by=office)
    actions.set_wait(facility, days=facility.wait_days, by=office)
    assert Event.objects.filter(action="facility.set_wait").count() == 1
    assert not passport_days.facilities_to_call(office).exists()


def test_an_advisor_is_asked_about_counters_near_the_own_college_only():
    mine, other = CollegeFactory(), CollegeFactory()
    near = FacilityFactory(wait_as_of=in_days(-61), colleges=[mine, other])
    FacilityFactory(wait_as_of=in_days(-61), colleges=[other])
    FacilityFactory(wait_as_of=in_days(-60), colleges=[mine])
    assert list(passport_days.facilities_to_call(UserFactory(advisor=mine))) == [near]


def test_a_retired_counter_is_chosen_by_nobody_and_counts_for_nobody(django_capture_on_commit_callbacks):
    application, facility = traveler(), FacilityFactory(wait_days=USUAL + 30)
    usual = planned(application)
    actions.choose(application, facility, by=application.student)
    office = UserFactory(coordinator=True)
    with django_capture_on_commit_callbacks(execute=True):
        actions.retire(facility, by=office)
        actions.retire(facility, by=office)
    assert case_of(application).documents_by == usual
    facility.refresh_from_db()
    with pytest.raises(RuleViolation) as violation:
        actions.choose(traveler(), facility, by=application.student)
    assert violation.value.code == "retired"
    assert Event.objects.filter(action="facility.retire").count() == 1


def test_after_applying_there_is_nothing_to_choose():
    application = traveler(stage="applied")
    with pytest.raises(RuleViolation) as violation:
        actions.choose(application, FacilityFactory(), by=application.student)
    assert violation.value.code == "applied_already"


def test_a_place_is_on_the_list_once():
    said = {"name": "Library", "address": "1 Main", "hours_en": "9-5", "hours_es": "9-5", "payment_en": "cash"}
    said |= {"payment_es": "efectivo", "phone": "", "link": "", "needs_appointment": True, "takes_photos": False}
    office, colleges = UserFactory(coordinator=True), [CollegeFactory()]
    first = actions.add(colleges=colleges, wait_days=3, by=office, **said)
    with pytest.raises(RuleViolation) as violation:
        actions.add(colleges=colleges, wait_days=3, by=office, **said)
    assert (violation.value.code, AcceptanceFacility.objects.count()) == ("there_already", 1)
    actions.retire(first, by=office)
    assert actions.add(colleges=colleges, wait_days=3, by=office, **said).pk != first.pk
    with pytest.raises(RuleViolation) as violation:
        actions.add(colleges=[], wait_days=3, by=office, **said | {"name": "Hall"})
    assert violation.value.code == "no_college"


def test_near_comes_first_then_the_shorter_wait():
    mine = CollegeFactory()
    far = FacilityFactory(wait_days=1, colleges=[CollegeFactory()])
    slow = FacilityFactory(wait_days=20, colleges=[mine])
    quick = FacilityFactory(wait_days=4, colleges=[mine])
    rows = AcceptanceFacility.objects.prefetch_related("colleges")
    assert passport_days.near(rows, mine.pk) == [quick, slow, far]
    assert timezone.localdate() == quick.wait_as_of

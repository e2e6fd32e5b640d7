"""No step is due later than what it's for: in every template, city and season."""

import datetime as dt
import shutil

import pytest
from django.urls import reverse

from exchange.models import PartnerCity
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory
from tests.factories_travel import ChecklistStepFactory, TripFactory, in_days, travel_facts
from tests.services import ROOT
from tests.travel.placement.test_trip_setup import form_of
from travel.models import ChecklistStep, PassportCase, Trip
from travel.office.reference import loading as reference
from travel.passport.plan import planning, step_order, step_times
from travel.passport.plan.planning import PlanRules
from travel.prepare.checklist import steps as step_actions

pytestmark = pytest.mark.django_db
SHIPPED = ROOT / "travel" / "reference"
OTHERS = ROOT / "tests" / "year" / "reference" / "cities"
CITIES = sorted(path.name for folder in (SHIPPED / "cities", OTHERS) for path in folder.iterdir())
DEPARTURES = [dt.date(2027 + month // 12, month % 12 + 1, day) for month in range(24) for day in (4, 17)]


@pytest.fixture(params=CITIES)
def city(request, settings, tmp_path):
    """The rows of a city that the portal ships, or of the made-up one of the played year."""
    folder = shutil.copytree(SHIPPED, tmp_path / "reference")
    if (OTHERS / request.param).exists():
        shutil.copytree(OTHERS / request.param, folder / "cities" / request.param)
    settings.REFERENCE_CITY = request.param
    reference.load(folder)
    return request.param


@pytest.mark.closed_days
def test_no_step_of_the_standard_list_is_due_later_than_what_it_is_for(city):
    cycle = CycleFactory()
    step_actions.create_steps(cycle, UserFactory(coordinator=True))
    steps = list(cycle.checklist_steps.prefetch_related("trips"))
    assert len(steps) > 20
    trips = [
        Trip(pk=number, cycle=cycle, city=place, leaves_on=day, returns_on=day + dt.timedelta(days=10))
        for place in PartnerCity.objects.all()
        for number, day in enumerate(DEPARTURES)
    ]
    rules, wrong = PlanRules.load(trips), []
    for trip in trips:
        for before in (500, 130, 60, 20):  # the list is opened in time, late, too late for the mail, for anything
            plan = planning.plan_case(PassportCase(), trip, rules, trip.leaves_on - dt.timedelta(days=before))
            there = [step for step in steps if planning.applies(step, trip, rules, is_minor=True, has_stipend=True)]
            dates = planning.list_dates(there, trip, plan, rules)
            needs = {step.key: step.waits_for for step in there}
            found = step_order.too_late(needs, dates, trip.leaves_on) if before > 60 else []
            found += [(key, "at last") for key, own in dates.items() if own.last_safe_on > trip.leaves_on]
            follow = {step.key for step in there if step.timing == ChecklistStep.Timing.AFTER_STEP}
            found += [(key, "leaves") for key in follow if dates[key].last_safe_on >= trip.leaves_on]
            wrong += [(trip.city.code, trip.leaves_on, before, *each) for each in found]
    assert trips and wrong == []


@pytest.fixture
def cycle():
    travel_facts()
    cycle = CycleFactory()
    hand = ChecklistStepFactory(
        cycle=cycle, key="passport-in-hand", title_en="Show it", timing="in_hand", days_before=None
    )
    later = {"timing": "after_step", "after": hand.key, "days_after": 20, "days_before": None}
    ChecklistStepFactory(cycle=cycle, key="ticket", title_en="Buy the ticket", **later)
    return cycle


def test_a_step_that_follows_is_done_before_the_step_that_waits_for_it(cycle):
    trip = TripFactory(cycle=cycle)
    rules, steps = PlanRules.load([trip]), list(cycle.checklist_steps.prefetch_related("trips"))
    day = dt.timedelta(days=1)
    alone = step_times.dates_on(trip, steps, rules)["ticket"]
    assert alone.do_by < trip.leaves_on and alone.last_safe_on == trip.leaves_on - day
    steps.append(ChecklistStepFactory(cycle=cycle, key="pack", days_before=5, waits_for=["ticket"]))
    assert step_times.dates_on(trip, steps, rules)["ticket"].do_by == trip.leaves_on - 5 * day
    assert step_times.problems(cycle, [trip]) == []


def test_a_step_that_needs_the_passport_is_not_due_before_it(cycle):
    trip = TripFactory(cycle=cycle)
    ChecklistStepFactory(cycle=cycle, key="copy", days_before=60, waits_for=["passport-in-hand"])
    steps = list(cycle.checklist_steps.prefetch_related("trips"))
    dates = step_times.dates_on(trip, steps, PlanRules.load([trip]))
    assert dates["copy"].do_by == dates["passport-in-hand"].do_by > trip.leaves_on - dt.timedelta(days=60)


def test_the_office_reads_at_set_up_which_step_comes_too_late(cycle, sign_in):
    trip, client = TripFactory(cycle=cycle), sign_in(UserFactory(coordinator=True))
    ChecklistStepFactory(cycle=cycle, key="wave", title_en="Wave", days_before=0)
    ChecklistStepFactory(cycle=cycle, key="go", title_en="Go", days_before=9, waits_for=["wave"])
    said = step_times.problems(cycle, [trip])
    assert len(said) == 1 and "“Wave” is due on" in said[0] and "leaves on" in said[0]
    page = client.get(reverse("travel:cycle-preparation", args=[cycle.code]))
    assert said[0] in page.text
    assert said[0] in [need.text for need in step_actions.needs_of(cycle)]
    address = reverse("travel:trip-edit", args=[trip.code])
    saved = client.post(address, form_of(trip, leaves_on=in_days(150), returns_on=in_days(160)), follow=True)
    assert "“Wave” is due on" in saved.text
    cycle.checklist_steps.filter(key="wave").update(days_before=5)
    (text,) = step_times.problems(cycle, [trip])
    assert "“Wave” is due on" in text and "after “Go” on" in text

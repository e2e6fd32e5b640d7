"""An advisory of level 3 or 4 opens a go/no-go decision for each trip to the city; a person decides, on record."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Event, Message, OfficeTask
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import CityStandingFactory, PlacementFactory, TripFactory, in_days, travel_facts
from travel.models import GoDecision
from travel.partners.actions import go_decision, partner

pytestmark = pytest.mark.django_db
Result = GoDecision.Result


@pytest.fixture(autouse=True)
def numbers():
    application_facts()
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


def advisory(city, level, office, *, days=0):
    day = timezone.localdate() + dt.timedelta(days=days)
    values = {"value": f"level_{level}", "as_of": day, "review_on": day + dt.timedelta(days=90)}
    more = {"source_name": "travel.state.gov", "source_url": "https://travel.state.gov/", "is_confirmed": True}
    return partner.record_standing(city, "advisory", values | more, by=office)


@pytest.mark.parametrize(("level", "count"), [(1, 0), (2, 0), (3, 1), (4, 1)])
def test_levels_three_and_four_ask_and_students_hear_nothing(office, level, count):
    seat = PlacementFactory()
    advisory(seat.trip.city, level, office)
    assert GoDecision.objects.filter(trip=seat.trip).count() == OfficeTask.objects.count() == count
    assert not Message.objects.exists()


def test_trips_abroad_are_asked_about_and_those_home_or_canceled_are_not(office):
    abroad = TripFactory(departed=True)
    TripFactory(city=abroad.city, host=abroad.host, returned=True)
    TripFactory(city=abroad.city, host=abroad.host, closed_at=timezone.now(), closed_by=office, closed_reason="Storm.")
    TripFactory()
    advisory(abroad.city, 4, office)
    assert [decision.trip for decision in GoDecision.objects.all()] == [abroad]


def test_the_decision_is_recorded_with_who_and_why_and_ends_the_task(office, sign_in):
    trip = TripFactory()
    advisory(trip.city, 3, office)
    decision, client = GoDecision.objects.get(), sign_in(office)
    assert decision.get_absolute_url() in client.get(trip.get_absolute_url()).text
    page = client.post(decision.get_absolute_url(), {"result": "go", "reason": " "})
    assert page.context["form"].errors
    client.post(decision.get_absolute_url(), {"result": "go", "reason": "The region is calm."})
    decision.refresh_from_db()
    assert (decision.result, decision.decided_by, decision.is_open) == (Result.GO, office, False)
    assert not OfficeTask.objects.open().exists()
    assert Event.objects.get(action="trip.decide_go").reason == "The region is calm."
    assert "The region is calm." in client.get(trip.get_absolute_url()).text


def test_waiting_opens_a_task_for_its_day_and_the_next_decision_is_a_row_of_its_own(office):
    trip = TripFactory()
    advisory(trip.city, 3, office)
    first = GoDecision.objects.get()
    for day in (None, timezone.localdate()):
        with pytest.raises(RuleViolation) as raised:
            go_decision.decide(first, result="wait", reason="The vote is Sunday.", wait_until=day, by=office)
        assert raised.value.code == "wait_until"
    go_decision.decide(first, result="wait", reason="The vote is Sunday.", wait_until=in_days(9), by=office)
    assert OfficeTask.objects.open().get().due_on == in_days(9)
    assert not GoDecision.objects.open().exists()
    GoDecision.objects.update(wait_until=timezone.localdate())
    assert GoDecision.objects.open().get().is_open

    second = go_decision.decide(first, result="no_go", reason="Unrest.", by=office)
    first.refresh_from_db()
    assert first.replaced_at and (first.result, second.result) == (Result.WAIT, Result.NO_GO)
    assert go_decision.decide(second, result="no_go", reason="Unrest.", by=office) == second
    with pytest.raises(RuleViolation) as raised:
        go_decision.decide(first, result="go", reason="Calm again.", by=office)
    assert raised.value.code == "changed_meanwhile"
    assert not OfficeTask.objects.open().exists()


def test_another_level_asks_again_and_the_same_one_does_not(office):
    trip = TripFactory()
    advisory(trip.city, 3, office)
    decision = go_decision.decide(GoDecision.objects.get(), result="go", reason="Calm.", by=office)
    advisory(trip.city, 3, office, days=1)
    assert GoDecision.objects.get() == decision
    advisory(trip.city, 4, office, days=2)
    assert [each.result for each in GoDecision.objects.order_by("pk")] == [Result.GO, ""]
    advisory(trip.city, 2, office, days=3)
    assert not GoDecision.objects.filter(replaced_at=None).exists()
    assert not OfficeTask.objects.open().exists() and GoDecision.objects.count() == 2


def test_a_new_trip_to_such_a_city_is_asked_about(office):
    trip = TripFactory()
    standing = CityStandingFactory(city=trip.city, value="level_4")
    go_decision.ask_about(trip, by=office)
    assert GoDecision.objects.get().standing == standing


@pytest.mark.parametrize("role", [{"advisor": True}, {"director": True}, {}])
def test_only_the_office_decides(office, sign_in, role):
    trip = TripFactory()
    advisory(trip.city, 3, office)
    decision = GoDecision.objects.get()
    client = sign_in(UserFactory(**role))
    assert client.get(decision.get_absolute_url()).status_code == 403
    assert client.post(decision.get_absolute_url(), {"result": "go", "reason": "x"}).status_code == 403
    assert reverse("travel:go-decision", args=[decision.code]) not in client.get(trip.get_absolute_url()).text

"""The mayor's office sees whether everyone abroad is accounted for and what is undecided, without a name."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import CityStandingFactory, ContactFactory, travel_facts
from tests.travel.abroad.check_ins import traveler, trip_away
from tests.travel.outcomes_rows import threshold
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as actions
from travel.models import GoDecision, TripChange
from travel.outcomes.trips import abroad, trips_seen

pytestmark = pytest.mark.django_db
WORDS = {"why_en": "A storm.", "why_es": "Una tormenta."}


@pytest.fixture(autouse=True)
def facts(db):
    application_facts(), travel_facts()
    threshold(11)


@pytest.fixture
def mayor(sign_in):
    return sign_in(UserFactory(director=True))


def page(client) -> str:
    return " ".join(client.get(reverse("travel:outcomes")).text.split())


def test_while_no_trip_is_abroad_the_page_says_so(mayor):
    assert "No group is abroad" in page(mayor)


def test_nobody_is_said_to_be_accounted_for_whom_no_one_asked(mayor):
    trip = trip_away()
    assert "No check-in is open" in page(mayor) and f"1 student is in {trip.city} today." not in page(mayor)
    people = [traveler(trip, 1)]
    assert f"1 student is in {trip.city} today." in page(mayor)
    leader = ContactFactory(host=None, trip=trip, phone="")
    office = UserFactory(coordinator=True)
    drill = actions.start(people, kind="drill", by=office, **WORDS)
    assert "No check-in is open" in page(mayor)
    actions.close(drill, by=office)

    check_in = actions.start(people, leaders=[leader], kind="real", by=office, **WORDS)
    text = page(mayor)
    assert "Not all accounted for yet" in text
    assert not [name for name in ("Traveler 001", leader.name) if name in text]
    for row in check_in.people.all():
        actions.note(row, Said.SEEN, by=office)
    assert "All accounted for" in page(mayor) and "The 1 student abroad is accounted for" in page(mayor)
    actions.close(check_in, by=office)
    assert "No check-in is open" in page(mayor)


def test_decisions_that_are_open_count_once_per_trip(mayor):
    trip, office = trip_away(), UserFactory(coordinator=True)
    GoDecision.objects.create(trip=trip, standing=CityStandingFactory(city=trip.city, value="level_3"))
    TripChange.objects.create(trip=trip, kind="shorten", reason_en="A storm.", reason_es="x", drafted_by=office)
    shortened = trip_away()
    TripChange.objects.create(trip=shortened, kind="shorten", reason_en="A storm.", reason_es="x", drafted_by=office)
    trip_away()  # nothing is to be decided about it
    over = trip_away()
    GoDecision.objects.create(trip=over, standing=CityStandingFactory(city=over.city, value="level_3"))
    over.returned_at = timezone.now()
    over.save()
    assert {seen.code for seen in trips_seen() if seen.is_undecided} == {trip.code, shortened.code}
    assert abroad(trips_seen()).decisions == 2
    assert "Open decisions about trips" in page(mayor)

"""What is beside the lists of people, readers and trips: a part of a page, for whom the list is."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from applications.models import ReaderProfile
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, AssignmentFactory, CycleFactory, review_facts
from tests.factories_travel import ContactFactory, PlacementFactory, TripFactory, travel_facts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers(db):
    review_facts()
    travel_facts()


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True, full_name="Ana Ruiz"))


def is_part(page):
    return page.status_code == 200 and "<html" not in page.text and "data-peek-close" in page.text


# --- People ----------------------------------------------------------------------------------------------


def test_a_person_with_what_they_can_do_and_how_to_reach_them(office):
    college = CollegeFactory(name="Harbor City College", short_name="Harbor")
    visit = dt.datetime(2026, 3, 4, 20, tzinfo=dt.UTC)
    given = {"full_name": "Ruth Delgado", "email": "ruth@example.edu", "phone": "+12135550142", "last_login": visit}
    ruth = UserFactory(advisor=college, **given)
    peek = reverse("person-peek", args=[ruth.code])

    link = office.get(reverse("people")).text
    assert f'href="{reverse("person-detail", args=[ruth.code])}"' in link, "a plain link where nothing fits beside it"
    assert f'data-peek="{peek}"' in link
    page = office.get(peek)

    assert is_part(page)
    for words in ("Ruth Delgado", "mailto:ruth@example.edu", "tel:+12135550142", "Harbor City College", "2026"):
        assert words in page.text
    assert page.context["does"] == ["advisor, Harbor"]


def test_who_has_no_role_and_never_came_says_so(office):
    page = office.get(reverse("person-peek", args=[UserFactory(last_login=None).code])).text
    assert "No role right now" in page
    assert "not yet" in page


def test_invitations_have_nothing_beside_them(office):
    page = office.get(reverse("people"), {"state": "invited"})
    assert not page.context["list"].has_peek


def test_people_are_beside_the_list_for_those_who_look_after_accounts(sign_in):
    address = reverse("person-peek", args=[UserFactory().code])
    assert sign_in(UserFactory(advisor=True)).get(address).status_code == 403
    assert sign_in(UserFactory(is_staff=True)).get(address).status_code == 200


# --- Readers -----------------------------------------------------------------------------------------------


@pytest.fixture
def reader():
    return UserFactory(advisor=True, full_name="Zoé Ärmel", preferred_name="", email="zoe@example.edu")


@pytest.fixture
def readings(reader):
    """Two that were given out weeks ago."""
    cycle, long_ago = CycleFactory(), timezone.now() - dt.timedelta(days=40)
    ReaderProfile.objects.create(user=reader, reads_most=7)
    return [
        AssignmentFactory(
            application=ApplicationFactory(submitted=True, cycle=cycle), reader=reader, released_at=long_ago
        )
        for _number in range(2)
    ]


def test_a_reader_with_load_limit_and_since_when_they_are_late(office, reader, readings):
    cycle = readings[0].application.cycle
    peek = reverse("applications:reader-peek", args=[reader.code, cycle.code])
    assert f'data-peek="{peek}"' in office.get(reverse("applications:review-list"), {"cycle": cycle.code}).text

    page = office.get(peek)

    assert is_part(page)
    facts = {each["label"]: each["value"] for each in page.context["facts"]}
    assert (facts["Read"], facts["Left to read"], facts["Limit"]) == ("0 of 2", "2", "7")
    for words in ("Zoé Ärmel", "Nothing locked since", "mailto:zoe@example.edu"):
        assert words in page.text
    for name, given in (
        ("applications:reader-move", [reader.code, cycle.code]),
        ("applications:reader-profile", [reader.code]),
        ("person-detail", [reader.code]),
    ):
        assert f'href="{reverse(name, args=given)}"' in page.text


def test_who_does_not_read_in_this_cycle_is_no_reader_of_it(office, readings):
    cycle = readings[0].application.cycle
    assert office.get(reverse("applications:reader-peek", args=[UserFactory().code, cycle.code])).status_code == 404


def test_readers_are_beside_the_list_for_the_office_alone(sign_in, reader, readings):
    address = reverse("applications:reader-peek", args=[reader.code, readings[0].application.cycle.code])
    assert sign_in(reader).get(address).status_code == 403


# --- Trips -------------------------------------------------------------------------------------------------


@pytest.fixture
def trip():
    trip = TripFactory(city__name_en="Lisbon", host__name="Casa do Rio", seats=12, minimum_group=8)
    ContactFactory(trip=trip, host=None, name="Inés Prado")
    PlacementFactory(trip=trip)
    return trip


def test_a_trip_with_dates_spots_leaders_and_what_to_look_at(office, trip):
    peek = reverse("travel:trip-peek", args=[trip.code])
    assert f'data-peek="{peek}"' in office.get(reverse("travel:trip-list"), {"cycle": trip.cycle.code}).text

    page = office.get(peek)

    assert is_part(page)
    facts = {each["label"]: each["value"] for each in page.context["facts"]}
    assert (facts["Spots"], facts["Host"]) == ("1 of 12 placed", "Casa do Rio")
    assert "Inés Prado" in facts["Leaders"]
    for words in ("Lisbon", "7 more needed for the minimum group", reverse("travel:trip-edit", args=[trip.code])):
        assert words in page.text


def test_an_advisor_sees_the_trip_without_the_pages_of_the_office(sign_in, trip):
    advisor = sign_in(UserFactory(advisor=True))
    page = advisor.get(reverse("travel:trip-peek", args=[trip.code]))
    assert is_part(page)
    assert reverse("travel:trip-edit", args=[trip.code]) not in page.text
    assert trip.get_absolute_url() in page.text
    assert sign_in(UserFactory()).get(reverse("travel:trip-peek", args=[trip.code])).status_code == 403


# --- Queries -----------------------------------------------------------------------------------------------


def test_each_takes_at_most_ten_queries(office, reader, readings, trip, django_assert_max_num_queries):
    for name, given in (
        ("person-peek", [reader.code]),
        ("applications:reader-peek", [reader.code, readings[0].application.cycle.code]),
        ("travel:trip-peek", [trip.code]),
    ):
        address = reverse(name, args=given)
        office.get(address)  # what is read once per process
        with django_assert_max_num_queries(10, info=name):
            office.get(address)
    cache.clear()

"""The page of people: who can do what, when they were last here, and the filters."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from applications.models import ReaderProfile
from exchange.models import Event
from exchange.people.roles import invitations, role_changes
from exchange.people.roles.handing_on import Leaving, fingerprint
from tests.factories import CollegeFactory, UserFactory
from tests.factories_travel import ContactFactory, HostLinkFactory, TripFactory, travel_facts

pytestmark = pytest.mark.django_db

SEEN = dt.datetime(2026, 11, 20, 17, 42, tzinfo=dt.UTC)


@pytest.fixture
def ines():
    return UserFactory(coordinator=True, full_name="Ines Vega")


@pytest.fixture
def office(sign_in, ines):
    return sign_in(ines)


def page(office, **query):
    return office.get(reverse("people"), query).text


def names(text, *people):
    return [str(person) for person in people if f">{person}<" in text]


def test_everyone_with_a_role_is_here_with_their_day_and_no_student(office):
    harbor = CollegeFactory(short_name="Harbor")
    ana = UserFactory(advisor=harbor, full_name="Ana Solis", last_login=SEEN)
    student = UserFactory(full_name="Carla Student")

    text = page(office)

    assert "advisor, Harbor" in text
    assert "November 20, 2026" in text
    assert ":42" not in text
    assert names(text, ana, student) == ["Ana Solis"]


def test_filters_by_role_college_and_name(office):
    harbor, pierce = CollegeFactory(code="harbor"), CollegeFactory(code="pierce")
    ana, omar = (
        UserFactory(advisor=each, full_name=name) for each, name in ((harbor, "Ana Solis"), (pierce, "Omar Diaz"))
    )
    ruth = UserFactory(director=True, full_name="Ruth Abebe", email="ruth@example.gov")
    everyone = (ana, omar, ruth)

    assert names(page(office), *everyone) == ["Ana Solis", "Omar Diaz", "Ruth Abebe"]
    assert names(page(office, kind="advisor"), *everyone) == ["Ana Solis", "Omar Diaz"]
    assert names(page(office, college="pierce"), *everyone) == ["Omar Diaz"]
    assert names(page(office, q="ruth@"), *everyone) == ["Ruth Abebe"]
    assert names(page(office, q="%"), *everyone) == []
    assert "No matches" in page(office, q="%")


def test_readers_without_a_role_leaders_and_owners_are_here(office):
    reader, leader = UserFactory(full_name="Rita Reads"), UserFactory(full_name="Leo Leads")
    owner = UserFactory(full_name="Olga Owns", is_staff=True)
    ReaderProfile.objects.create(user=reader)
    ContactFactory(host=None, trip=TripFactory(), user=leader)

    for kind, person in (("reader", reader), ("leader", leader), ("owner", owner)):
        assert names(page(office, kind=kind), reader, leader, owner) == [str(person)]


def test_the_invited_and_the_ended_have_their_lists(office, ines):
    harbor = CollegeFactory(code="harbor", short_name="Harbor")
    invitations.invite("new@example.edu", "advisor", college=harbor, name="Nadia Haddad", by=ines)
    ana = UserFactory(advisor=harbor, full_name="Ana Solis")
    leaving = Leaving(ana, "advisor", harbor)
    role_changes.end(leaving, seen=fingerprint(leaving), by=ines)

    text = page(office)
    assert "1 invited" in text
    assert "1 ended role" in text
    assert "Nadia Haddad" not in text
    assert "Nadia Haddad" in page(office, state="invited")
    assert "Nadia Haddad" not in page(office, state="invited", q="ana")
    assert names(page(office, state="ended"), ana) == ["Ana Solis"]


@pytest.mark.parametrize("state", ["active", "invited", "ended", "links"])
def test_queries_are_the_same_for_one_and_many(office, ines, django_assert_max_num_queries, state):
    for count in (1, 4):
        for number in range(count):
            college = CollegeFactory()
            leaving = Leaving(UserFactory(advisor=college), "advisor", college)
            UserFactory(advisor=college)
            invitations.invite(f"new{count}{number}@example.edu", "reader", by=ines)
            role_changes.end(leaving, seen=fingerprint(leaving), by=ines)
        with django_assert_max_num_queries(11):
            page(office, state=state)


def test_private_links_are_the_offices_and_found_by_the_name_of_whoever_has_them(office, sign_in):
    travel_facts()
    trip = TripFactory()
    for name in ("Ana Solis", "Omar Diaz"):
        HostLinkFactory(trip=trip, contact=ContactFactory(host=trip.host, name=name))

    text = page(office, state="links")

    assert "2 private links" in text and "Ana Solis" in text and "Omar Diaz" in text
    assert "Omar Diaz" not in page(office, state="links", q="ana s")
    assert "No private link that works fits these filters." in page(office, state="links", kind="travel.family")
    owner = sign_in(UserFactory(is_staff=True))
    assert "private links" not in page(owner, state="links") and "Omar Diaz" not in page(owner, state="links")


def test_an_owner_without_a_role_starts_here(sign_in):
    answer = sign_in(UserFactory(is_staff=True)).get(reverse("home"))

    assert answer.url == reverse("people")


def test_a_coordinator_finds_people_in_the_header_and_under_set_up(office):
    for name in ("people-history", "applications:cycle-setup-list"):
        assert f'href="{reverse("people")}"' in office.get(reverse(name)).text


def test_the_list_in_sight_is_a_file_and_taking_it_is_on_the_record(office, ines):
    harbor = CollegeFactory(code="harbor", short_name="Harbor")
    UserFactory(advisor=harbor, full_name="Omar Diaz", email="omar@example.edu", last_login=SEEN)
    UserFactory(advisor=harbor, full_name="Ana Solis", email="ana@example.edu")
    UserFactory(director=True, full_name="Ruth Abebe")

    answer = office.post(reverse("people-file"), {"format": "csv", "query": "kind=advisor&sort=-name"})

    assert answer.getvalue().decode("utf-8-sig").splitlines() == [
        "Name,What they can do,Email,Last visit",
        'Omar Diaz,"advisor, Harbor",omar@example.edu,2026-11-20',
        'Ana Solis,"advisor, Harbor",ana@example.edu,',
    ]
    event = Event.objects.get(action="people.download")
    assert (event.by, event.changes) == (ines, {"list": "active", "rows": 2})
    assert office.post(reverse("people-file"), {"format": "exe"}).url == reverse("people")


def test_each_list_is_sorted_by_its_heads(office):
    ana, omar = (UserFactory(director=True, full_name=name) for name in ("Ana Solis", "Omar Diaz"))
    omar.last_login = SEEN
    omar.save()
    assert re.findall(r"Ana Solis|Omar Diaz", page(office))[:2] == ["Ana Solis", "Omar Diaz"]
    for sort in ("-name", "here", "-here"):  # who was never here comes last either way
        assert re.findall(r"Ana Solis|Omar Diaz", page(office, sort=sort))[:2] == ["Omar Diaz", "Ana Solis"], sort
    for state in ("active", "invited", "ended"):
        assert office.get(reverse("people"), {"state": state, "sort": "-here"}).status_code == 200

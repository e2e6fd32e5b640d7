"""The first-flight guide: steps in order, the traveler's own flights, sources, and who writes it."""

import datetime as dt

import brotli
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from exchange.models import User
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_travel import (
    GuideTipFactory,
    PassportCaseFactory,
    PlacementFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from tests.itineraries import HOME, LEAVES, RETURNS, THERE, homebound, line, meeting, outbound, publish
from travel.abroad.actions import link as links
from travel.base.legs import Kind, Leg
from travel.models import GuideTip
from travel.office.reference import loading as reference
from travel.prepare.guide import pages as guide
from travel.prepare.itinerary import actions as itinerary


@pytest.fixture
def trip(db):
    travel_facts()
    return TripFactory(leaves_on=in_days(LEAVES), returns_on=in_days(RETURNS))


@pytest.fixture
def ana(trip):
    return PlacementFactory(trip=trip)


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


def tips():
    for step in GuideTip.Step.values:
        GuideTipFactory(step=step, title_en=f"About {step}", title_es=f"Sobre {step}")


def shown(client, placement):
    response = client.get(reverse("travel:own-guide", args=[placement.code]))
    assert response.status_code == 200
    return response


def keys(response):
    return [screen.key for screen in response.context["screens"]]


def words(response):
    return " ".join(response.content.decode().split())


def flights(trip, office, *lines):
    for each in lines:
        itinerary.add(trip, each, by=office)
    publish(trip, office)


def two_flights():
    first = {"number": "AA 1", "from_code": "LAX", "to_code": "NRT", "to_name": "Narita", "from_name": "Home Airport"}
    second = {"number": "AA 2", "from_code": "NRT", "from_name": "Narita", "to_code": "HAN", "to_name": "Noi Bai"}
    return (
        line(Kind.FLIGHT, (LEAVES, "11:00"), (LEAVES + 1, "15:00"), zones=(HOME, "Asia/Tokyo"), **first),
        line(Kind.FLIGHT, (LEAVES + 1, "17:30"), (LEAVES + 1, "21:00"), zones=("Asia/Tokyo", THERE), **second),
    )


# --- What a traveler reads --------------------------------------------------------------------------


def test_steps_come_in_the_order_of_the_way_and_only_those_with_a_tip(ana, sign_in):
    GuideTipFactory(step="money")
    GuideTipFactory(step="bag")
    page = shown(sign_in(ana.application.student), ana)
    assert keys(page) == ["bag", "money"]
    assert "Step 1 of 2" in words(page) and 'href="#money"' in words(page)


def test_a_connection_is_shown_with_its_times_only_where_there_is_one(trip, ana, office, sign_in):
    tips()
    client = sign_in(ana.application.student)
    assert "connection" in keys(shown(client, ana))  # nothing is booked yet
    flights(trip, office, outbound(), homebound(), meeting())
    page = shown(client, ana)
    assert "connection" not in keys(page) and len(keys(page)) == 10
    assert "Meet at Terminal B, door 3" in words(page) and "8:30 pm" in words(page)


def test_the_own_connection_names_the_airport_and_the_time_between(trip, ana, office, sign_in):
    tips()
    flights(trip, office, *two_flights())
    page = words(shown(sign_in(ana.application.student), ana))
    assert "Narita (NRT): you land at 3:00 pm" in page and "AA 2 leaves at 5:30 pm" in page
    assert "You have 2 h 30 min." in page
    assert "You land at Noi Bai (HAN)" in page


def test_the_flights_of_others_are_not_shown(trip, ana, office, sign_in):
    tips()
    ben = PlacementFactory(trip=trip)
    flights(trip, office, outbound(), itinerary.Line(homebound(number="AA 2").values, [ben], []))
    page = words(shown(sign_in(ana.application.student), ana))
    assert "VN 99" in page and "AA 2" not in page


def test_tips_of_one_trip_are_read_on_no_other(trip, ana, sign_in):
    GuideTipFactory(step="bag", title_en="For all")
    GuideTipFactory(step="bag", title_en="Bring a raincoat", trip=trip)
    other = PlacementFactory(trip=TripFactory(cycle=trip.cycle))
    assert "Bring a raincoat" in words(shown(sign_in(ana.application.student), ana))
    theirs = words(shown(sign_in(other.application.student), other))
    assert "For all" in theirs and "Bring a raincoat" not in theirs


@pytest.mark.parametrize("row", [{"is_confirmed": False}, {"review_on": dt.date(2020, 1, 1)}])
def test_what_nobody_has_confirmed_sends_to_the_official_page(ana, sign_in, row):
    GuideTipFactory(step="liquids", source_name="TSA", source_url="https://www.tsa.gov/travel", **row)
    page = words(shown(sign_in(ana.application.student), ana))
    assert "Check the official page:" in page and 'href="https://www.tsa.gov/travel"' in page
    assert "Checked on" not in page


def test_it_is_in_the_students_language_behind_the_link(ana, client):
    tips()
    User.objects.filter(pk=ana.application.student_id).update(language="es")
    ana.trip.leaves_on, ana.trip.returns_on = in_days(1), in_days(9)
    ana.trip.save()
    link = links.make(ana, by=ana.application.student)
    address = reverse("travel:abroad-guide", args=[link.link])
    page = words(client.get(address))
    assert "Tu primer vuelo" in page and "Sobre bag" in page
    assert (
        reverse("travel:abroad-guide", args=[link.link])
        in client.get(reverse("travel:abroad-card", args=[link.link])).content.decode()
    )
    links.end(link, by=ana.application.student)
    assert client.get(address).status_code == 410


def test_the_checklist_leads_to_it(ana, sign_in):
    PassportCaseFactory(placement=ana)
    page = sign_in(ana.application.student).get(reverse("travel:checklist-detail", args=[ana.code]))
    assert reverse("travel:own-guide", args=[ana.code]) in page.content.decode()


def test_it_takes_the_same_queries_for_many_tips(ana, sign_in):
    client = sign_in(ana.application.student)

    def count():
        with CaptureQueriesContext(connection) as queries:
            shown(client, ana)
        return len(queries)

    tips()
    count()
    few = count()
    tips()
    assert count() == few <= 10


@pytest.mark.parametrize("language", ["en", "es"])
def test_with_all_tips_and_what_it_needs_it_is_under_40_kb(trip, ana, office, sign_in, language):
    """What it needs beside the page is within 32 KB: tests/exchange/web/test_look.py."""
    reference.load()
    flights(trip, office, *two_flights(), homebound(), meeting())
    User.objects.filter(pk=ana.application.student_id).update(language=language)
    client = sign_in(ana.application.student)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = shown(client, ana)
    assert f'lang="{language}"' in words(page) and len(keys(page)) == 11
    assert len(brotli.compress(page.content)) <= 8 * 1024


# --- Changing planes --------------------------------------------------------------------------------

HOURS = st.lists(st.integers(1, 60), min_size=0, max_size=8)


@given(HOURS)
def test_connections_are_the_pairs_less_than_a_day_apart(gaps):
    """`gaps`: hours from one flight's landing to the next one's start; each flight takes two hours."""
    found, at = [], dt.datetime(2027, 3, 1, tzinfo=dt.UTC)
    for number, gap in enumerate(gaps):
        at += dt.timedelta(hours=gap)
        ends = at + dt.timedelta(hours=2)
        found.append(Leg(str(number), Kind.FLIGHT, at, "UTC", ends, "UTC"))
        at = ends
    pairs = [(one.code, other.code) for one, other in guide.connections(found)]
    assert pairs == [(str(n - 1), str(n)) for n in range(1, len(gaps)) if gaps[n] < 24]


# --- What the office writes -------------------------------------------------------------------------


def typed(**more):
    said = {"step": "bag", "trip": "", "title_en": "Shoes", "title_es": "Zapatos", "text_en": "Bring two pairs."}
    said |= {"text_es": "Lleva dos pares.", "order": "5", "as_of": f"{in_days(0)}", "review_on": f"{in_days(90)}"}
    return said | {"source_name": "The office", "source_url": "", "is_confirmed": "on", **more}


@pytest.mark.django_db
def test_the_office_adds_changes_and_removes_a_tip(trip, office, sign_in):
    client = sign_in(office)
    for _press in range(2):
        client.post(reverse("travel:guide-tip-add"), typed(trip=trip.code))
    tip = GuideTip.objects.get()
    assert (tip.trip, tip.title_es) == (trip, "Zapatos")
    seen = client.get(reverse("travel:guide-tip-edit", args=[tip.code])).context["form"].initial["seen"]
    edit = reverse("travel:guide-tip-edit", args=[tip.code])
    client.post(edit, typed(title_en="Two pairs of shoes", seen=seen))
    late = client.post(edit, typed(title_en="Boots", seen=seen))
    assert "Someone else saved this" in words(late)
    tip.refresh_from_db()
    assert (tip.title_en, tip.trip) == ("Two pairs of shoes", None)
    assert "Two pairs of shoes" in words(client.get(reverse("travel:guide-tip-list")))
    client.post(reverse("travel:guide-tip-remove", args=[tip.code]))
    assert not GuideTip.objects.exists()


@pytest.mark.django_db
def test_the_next_check_comes_after_this_one(office, sign_in):
    page = sign_in(office).post(reverse("travel:guide-tip-add"), typed(review_on=f"{in_days(-1)}"))
    assert "The next check must be after this one." in words(page)
    assert not GuideTip.objects.exists()


@pytest.mark.django_db
def test_the_tips_that_ship_cover_every_step_and_a_removed_one_stays_away(office, sign_in):
    reference.load()
    assert set(GuideTip.objects.values_list("step", flat=True)) == set(GuideTip.Step.values)
    rules = GuideTip.objects.filter(step__in=("liquids", "border", "customs"))
    assert not rules.filter(is_confirmed=True).exists() and not rules.filter(source_url="").exists()
    tip = GuideTip.objects.get(key="liquids-food")
    sign_in(office).post(reverse("travel:guide-tip-remove", args=[tip.code]))
    reference.load()
    assert not GuideTip.objects.filter(key="liquids-food").exists()


@pytest.mark.django_db
def test_guidetip_key_once():
    GuideTipFactory(key="bag-two")
    GuideTipFactory(key="")
    GuideTipFactory(key="")
    refused("guidetip_key_once", lambda: GuideTipFactory(key="bag-two"))

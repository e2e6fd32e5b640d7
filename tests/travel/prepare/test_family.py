"""A student shows their trip to family by private links: only what they checked, as it is today."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from exchange.base import links
from exchange.base.errors import RuleViolation
from exchange.guests.links import follow
from exchange.models import Event, Fact
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_travel import (
    ContactFactory,
    FormTextFactory,
    InsurancePolicyFactory,
    PlacementFactory,
    born_on,
    in_days,
    travel_facts,
)
from tests.itineraries import LEAVES, RETURNS, outbound, publish, stay
from travel.models import FamilyLink, SigningLink
from travel.office.retention import purge
from travel.prepare.family import actions as family
from travel.prepare.itinerary import actions as segments

pytestmark = pytest.mark.django_db
ALL = [part.value for part in FamilyLink.Part]


@pytest.fixture(autouse=True)
def facts(db):
    travel_facts()


@pytest.fixture
def placement():
    return PlacementFactory(
        trip__leaves_on=in_days(20),
        trip__returns_on=in_days(30),
        trip__flight_in="UA 1234, 10:40 pm",
        trip__host__address="418 La Thanh",
        application__student__full_name="Marisol Reyes Ortega",
    )


def made(placement, parts=ALL, **more):
    given = {"label": "Mom", "language": "en", "ends_on": None} | more
    return family.make(placement, parts=parts, **given, by=placement.application.student)


def shown(link):
    return Client().get(reverse("travel:family-page", args=[link.link]))


def page(placement, name="family-links", **more):
    return reverse(f"travel:{name}", kwargs={"code": placement.code, **more})


WORDS = {
    "dates": "UA 1234",
    "hotel": "418 La Thanh",
    "leaders": "+1 213-555-0111",
    "insurance": "SG-00007",
    "days": "Bread first",
    "forms": "Travel agreement",
}


@pytest.fixture
def full(placement):
    """A trip with something for every part."""
    ContactFactory(host=None, trip=placement.trip, name="Rosa Lim", phone="+1 213 555 0111")
    InsurancePolicyFactory(trip=placement.trip, number="SG-00007")
    placement.trip.days.create(number=1, text_en="Bread first")
    FormTextFactory(cycle=placement.trip.cycle, key="agreement", needs_guardian=True)
    born_on(placement.application, in_days(-365 * 16).isoformat())
    return placement


@pytest.mark.parametrize("part", ALL)
def test_family_sees_only_what_was_checked_and_nothing_about_the_student(full, part):
    response = shown(made(full, [part]))

    assert (response.status_code, response.headers["X-Robots-Tag"]) == (200, "noindex")
    assert "no-store" in response.headers["Cache-Control"]
    assert [each for each in WORDS if WORDS[each] in response.text] == [part]
    student = full.application.student
    for private in (student.full_name, student.email, full.code, "Mom"):
        assert private not in response.text


def test_page_is_in_the_language_of_the_link_until_another_is_chosen(full):
    link = made(full, language="es")
    assert "Fechas y vuelos" in shown(link).text
    reader = Client()
    reader.post(reverse("set-language"), {"language": "en", "next": "/"})
    assert "Dates and flights" in reader.get(reverse("travel:family-page", args=[link.link])).text


def test_page_tells_the_truth_when_the_trip_changes(full):
    link = made(full)
    full.trip.flight_in, full.trip.returns_on = "DL 99, 6 am", in_days(60)
    full.trip.save()

    assert "DL 99" in shown(link).text
    Fact.objects.filter(key="family.link_days_after").update(value=0)
    full.trip.leaves_on, full.trip.returns_on = in_days(-9), in_days(-1)
    full.trip.save()
    follow(full.trip)
    assert shown(link).status_code == 410


def test_the_published_itinerary_is_in_the_parts_that_it_belongs_to(placement):
    office, trip = UserFactory(coordinator=True), placement.trip
    trip.leaves_on, trip.returns_on = in_days(LEAVES), in_days(RETURNS)
    trip.save()
    for each in (outbound(), stay()):
        segments.add(trip, each, by=office)
    link, hotel = made(placement, ["dates"]), made(placement, ["hotel"], label="Dad")
    assert "VN 99" not in shown(link).text  # nothing is published yet
    publish(trip, office)

    flights, beds = shown(link).text, shown(hotel).text

    assert "VN 99" in flights and "Hotel Mai" not in flights and "UA 1234" not in flights
    assert "Hotel Mai" in beds and "12 Hang Bac" in beds and "VN 99" not in beds


@pytest.mark.parametrize(("returns", "opens"), [(-7, True), (-8, False)])
def test_link_works_until_some_days_after_the_return(placement, returns, opens):
    link = made(placement)
    type(placement.trip).objects.update(leaves_on=in_days(returns - 10), returns_on=in_days(returns))
    placement.trip.refresh_from_db()
    follow(placement.trip)
    assert shown(link).status_code == (200 if opens else 410)


def test_link_ends_on_the_day_that_the_student_chose(placement):
    link = made(placement, ends_on=in_days(0))
    assert shown(link).status_code == 200
    FamilyLink.objects.update(ends_on=in_days(-1))
    follow(placement.trip)
    ended = shown(link)
    assert ended.status_code == 410 and "This page has closed" in ended.text
    for wrong in (in_days(-1), in_days(38)):
        with pytest.raises(RuleViolation) as caught:
            made(placement, ends_on=wrong)
        assert caught.value.code == "bad_day"


def test_student_makes_changes_replaces_and_ends_links_each_with_a_name(sign_in, placement):
    own = sign_in(placement.application.student)
    for name in ("Grandma", "Tío"):
        own.post(page(placement), {"label": name, "language": "es", "parts": ["dates"]})
    mom, uncle = FamilyLink.objects.all()
    seen = own.get(page(placement)).text
    assert all(text in seen for text in ("Grandma", "Tío", mom.link, uncle.link))

    own.post(
        page(placement, "family-link", link=mom.code),
        {"label": "Grandma", "language": "en", "parts": ["hotel", "dates"]},
    )
    mom.refresh_from_db()
    assert (mom.parts, mom.language) == (["dates", "hotel"], "en")
    own.post(page(placement, "family-link-replace", link=mom.code))
    assert shown(mom).status_code == 404
    mom.refresh_from_db()
    assert shown(mom).status_code == 200
    for _tap in range(2):
        own.post(page(placement, "family-link-end", link=mom.code))
    assert (shown(mom).status_code, shown(uncle).status_code) == (410, 200)
    assert "Grandma" not in own.get(page(placement)).text
    assert Event.objects.filter(action="family.end_link").count() == 1


def test_the_same_form_twice_makes_one_link_and_nothing_is_shown_by_mistake(sign_in, placement):
    assert made(placement).pk == made(placement).pk
    own = sign_in(placement.application.student)
    response = own.post(page(placement), {"label": "Dad", "language": "es"})
    assert "Choose at least one thing to show." in response.text
    assert FamilyLink.objects.count() == 1


def test_others_neither_see_nor_make_links(sign_in, placement):
    link = made(placement)
    advisor = UserFactory(advisor=placement.application.college)
    for user, code in ((UserFactory(), 404), (advisor, 403), (UserFactory(coordinator=True), 403)):
        client = sign_in(user)
        assert client.get(page(placement)).status_code == code
        for name in ("family-link", "family-link-replace", "family-link-end"):
            assert client.post(page(placement, name, link=link.code)).status_code == code
    assert shown(link).status_code == 200


def test_opening_changes_nothing_and_a_link_of_another_purpose_opens_nothing(placement):
    link = made(placement)
    before, events = FamilyLink.objects.values().get(), Event.objects.count()
    assert shown(link).status_code == 200
    assert (FamilyLink.objects.values().get(), Event.objects.count()) == (before, events)
    for token in (links.sign("travel.signing", link.token), link.token, "x"):
        assert Client().get(reverse("travel:family-page", args=[token])).status_code == 404


def test_links_of_guardians_and_family_go_after_the_return(placement):
    made(placement)
    SigningLink.objects.create(placement=placement, name="Lucía", expires_at=link_end())
    assert purge.PURGES["guardians"](days=30, dry_run=True) == 0
    type(placement.trip).objects.update(leaves_on=in_days(-41), returns_on=in_days(-31))
    assert purge.PURGES["guardians"](days=30, dry_run=True) == 2
    purge.PURGES["guardians"](days=30, dry_run=False)
    assert not FamilyLink.objects.exists() and not SigningLink.objects.exists()


def link_end():
    return dt.datetime.now(dt.UTC) + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "changes"),
    [("familylink_has_a_label", {"label": ""}), ("familylink_stopped_at_and_by_together", {"stopped_at": link_end()})],
)
def test_database_refuses_bad_links(placement, name, changes):
    made(placement)
    refused(name, lambda: FamilyLink.objects.update(**changes))

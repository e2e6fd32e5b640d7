"""The link with which a student opens their trip while they are away, without signing in."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import Application
from applications.states import Status
from exchange.base import links
from exchange.base.errors import RuleViolation
from exchange.guests.links import follow
from exchange.models import Event, Fact
from tests.factories import UserFactory
from tests.factories_travel import (
    ChecklistItemFactory,
    ContactFactory,
    HostLinkFactory,
    PlacementFactory,
    in_days,
    travel_facts,
)
from travel.abroad.actions import link as actions
from travel.models import AbroadLink
from travel.models.abroad import window_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def facts(db):
    travel_facts()


def going(leaves, returns, **more):
    """A student whose trip leaves and returns in so many days."""
    return PlacementFactory(trip__leaves_on=in_days(leaves), trip__returns_on=in_days(returns), **more)


def made(placement):
    return actions.make(placement, by=placement.application.student)


def card(link, client=None):
    return (client or Client()).get(reverse("travel:abroad-card", args=[link.link]))


def page_of(placement, name="abroad-link"):
    return reverse(f"travel:{name}", args=[placement.code])


def test_link_shows_the_trip_and_whom_to_call_without_signing_in():
    placement = going(-2, 8, trip__flight_in="UA 1234, 10:40 pm")
    ContactFactory(host=None, trip=placement.trip, name="Rosa Lim", phone="+1 213 555 0111", email="rosa@example.gov")
    step = ChecklistItemFactory(placement=placement).step

    response = card(made(placement))

    assert response.status_code == 200
    for text in (placement.trip.city.name, placement.trip.host.name, "UA 1234", "Rosa Lim", "tel:", step.title):
        assert str(text) in response.text
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert "no-store" in response.headers["Cache-Control"]


def test_link_shows_nothing_about_the_student_and_signs_nobody_in():
    placement = going(-2, 8)
    client, student = Client(), placement.application.student

    page = card(made(placement), client).text

    for private in (student.full_name, student.email, placement.code, placement.application.code):
        assert private not in page
    assert client.get(reverse("account-detail")).status_code == 302


@pytest.mark.parametrize(
    ("leaves", "returns", "opens"),
    [(4, 14, False), (3, 13, True), (-10, 0, True), (-13, -3, True), (-14, -4, False)],
)
def test_link_opens_three_days_before_until_three_days_after(leaves, returns, opens):
    placement = going(leaves, returns)
    link = AbroadLink.objects.create(placement=placement, expires_at=timezone.now())
    follow(placement.trip)

    assert card(link).status_code == (200 if opens else 410)


def test_days_before_and_after_are_facts():
    Fact.objects.filter(key="abroad.link_days_before").update(value=30)
    link = made(going(20, 30))

    assert card(link).status_code == 200


def test_link_follows_the_dates_of_the_trip():
    placement = going(20, 30)
    link = made(placement)
    assert "It opens on" in card(link).text
    placement.trip.leaves_on = in_days(1)
    placement.trip.save()

    assert card(link).status_code == 200


def test_student_makes_replaces_and_ends_the_link_on_a_page(sign_in):
    placement = going(-2, 8)
    student = sign_in(placement.application.student)
    assert f'href="{page_of(placement)}"' in student.get(placement.get_absolute_url()).text

    student.post(page_of(placement, "abroad-link-make"))
    first = AbroadLink.objects.get()
    assert first.link in student.get(page_of(placement)).text
    assert card(first).status_code == 200

    student.post(page_of(placement, "abroad-link-make"))
    second = AbroadLink.objects.get()
    assert card(first).status_code == 404
    assert card(second).status_code == 200

    student.post(page_of(placement, "abroad-link-end"))
    assert card(second).status_code == 410
    assert second.link not in student.get(page_of(placement)).text
    assert list(Event.objects.order_by("pk").values_list("action", flat=True)) == [
        "abroad.make_link",
        "abroad.make_link",
        "abroad.end_link",
    ]


def test_office_ends_it_but_never_sees_it(sign_in):
    placement = going(-2, 8)
    link = made(placement)
    coordinator = UserFactory(coordinator=True)
    office = sign_in(coordinator)

    assert link.link not in office.get(page_of(placement)).text
    office.post(page_of(placement, "abroad-link-end"))

    link.refresh_from_db()
    assert (link.state, link.stopped_by) == ("stopped", coordinator)
    assert card(link).status_code == 410


def test_others_neither_see_nor_make_nor_end_it(sign_in):
    placement = going(-2, 8)
    link = made(placement)
    own_advisor = UserFactory(advisor=placement.application.college)
    for user, code in ((UserFactory(), 404), (own_advisor, 403), (UserFactory(director=True), 404)):
        client = sign_in(user)
        assert client.get(page_of(placement)).status_code == code
        assert client.post(page_of(placement, "abroad-link-make")).status_code == code
        assert client.post(page_of(placement, "abroad-link-end")).status_code == code
    assert sign_in(UserFactory(coordinator=True)).post(page_of(placement, "abroad-link-make")).status_code == 403
    assert card(link).status_code == 200


def test_opening_changes_nothing(django_assert_num_queries):
    link = made(going(-2, 8))
    before = AbroadLink.objects.values().get()
    events = Event.objects.count()

    assert card(link).status_code == 200
    assert Client().post(reverse("travel:abroad-card", args=[link.link])).status_code == 200

    assert AbroadLink.objects.values().get() == before
    assert Event.objects.count() == events


def test_link_of_another_purpose_opens_nothing():
    link, other = made(going(-2, 8)), HostLinkFactory()
    for token in (links.sign("travel.host", link.token), other.link, link.token, "x", f"{link.token}.x"):
        assert Client().get(reverse("travel:abroad-card", args=[token])).status_code == 404


@pytest.mark.parametrize("change", ["withdrawn", "closed"])
def test_link_of_somebody_who_does_not_go_is_over(change):
    placement = going(2, 12)
    link = made(placement)
    if change == "withdrawn":
        now = timezone.now()
        Application.objects.filter(pk=placement.application.pk).update(status=Status.WITHDRAWN, withdrawn_at=now)
    else:
        by = UserFactory(coordinator=True)
        now = timezone.now()
        type(placement.trip).objects.update(closed_at=now, closed_by=by, closed_reason="Storm")

    assert card(link).status_code == 410


def test_no_link_after_the_trip():
    with pytest.raises(RuleViolation) as caught:
        made(going(-20, -10))

    assert caught.value.code == "trip_is_over"


def test_page_is_in_the_students_language_where_the_browser_says_nothing():
    placement = going(-2, 8, application__student__language="es")

    assert "Si algo sale mal" in card(made(placement)).text


def test_window_counts_whole_local_days():
    trip = going(10, 20).trip
    opens, ends = (timezone.localtime(moment) for moment in window_of(trip))

    assert (opens.date(), opens.time()) == (trip.leaves_on - dt.timedelta(days=3), dt.time.min)
    assert (ends.date(), ends.time()) == (trip.returns_on + dt.timedelta(days=3), dt.time.max)


def test_key_of_the_link_is_kept_as_long_as_it_works():
    link = made(going(-2, 8))

    assert links.last_end(timezone.now()) == link.expires_at


def test_the_page_of_the_link_names_no_day_that_is_past_as_one_to_wait_for(sign_in):
    """From when it opens, before that; until when it works, from then on."""
    said = []
    for leaves, returns in ((40, 50), (-2, 8), (-60, -50)):
        placement = going(leaves, returns)
        page = sign_in(placement.application.student).get(page_of(placement)).text
        said.append(("It opens from" in page, "It works until" in page))
    assert said == [(True, False), (False, True), (False, False)]

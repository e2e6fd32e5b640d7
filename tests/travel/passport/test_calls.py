"""The office's first page lists whom to call today about a passport, and why."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from exchange.models import Fact, User
from exchange.templatetags.ui import short_day
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import application_facts, review_facts
from tests.factories_travel import PassportCaseFactory, PlacementFactory, TripFactory, in_days, travel_facts
from travel.passport.calls import to_call as calls
from travel.states import PassportStage

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(sign_in):
    application_facts()
    review_facts()
    travel_facts()
    return sign_in(UserFactory(coordinator=True))


def page_of(office):
    return office.get(reverse("travel:pipeline"))


def case(trip, name, slack, **fields):
    placement = PlacementFactory(trip=trip, application__student__full_name=name)
    return PassportCaseFactory(placement=placement, last_safe_on=in_days(slack), **fields)


@pytest.mark.both
def test_those_with_the_least_slack_are_called_first_and_only_three(office):
    trip = TripFactory(city__name_en="Hanoi")
    case(trip, "Fourth", 20)
    case(trip, "Plenty of time", 21)
    case(trip, "Third", 9, stage=PassportStage.BOOKED)
    case(trip, "First", -2)
    case(trip, "Second", 4, stage=PassportStage.GATHERING)
    case(trip, "Waits for the government", 1, stage=PassportStage.APPLIED)
    case(trip, "Has it", 1, stage=PassportStage.IN_HAND)
    calls = page_of(office).context["pipeline"].calls.cards
    assert [(call.name, call.tag, call.tone) for call in calls] == [
        ("First", "2 days late", "stop"),
        ("Second", "4 days left", "stop"),
        ("Third", "9 days left", "wait"),
    ]
    assert calls[1].text.startswith("Hanoi · gathering documents · next step due ")
    assert [call.why for call in calls] == [
        f"The last safe day was {short_day(in_days(-2))}.",
        f"The last safe day for the next step is {short_day(in_days(4))}.",
        f"The last safe day for the next step is {short_day(in_days(9))}.",
    ]


def test_everyone_as_urgent_as_the_third_is_called_too(office):
    trip = TripFactory()
    for name, slack in (("One", 1), ("Four A", 4), ("Four B", 4), ("Four C", 4), ("Four D", 4), ("Five", 5)):
        case(trip, name, slack)

    page = page_of(office)

    names = [call.name for call in page.context["pipeline"].calls.cards]
    assert names == ["One", "Four A", "Four B", "Four C", "Four D"]
    assert "2 more students to call" in page.text


def test_letters_do_not_hide_the_students_with_the_least_time(office):
    trip = TripFactory()
    for name in ("Letter A", "Letter B", "Letter C"):
        case(trip, name, 60, stage=PassportStage.LETTER)
    case(trip, "Last day", 0)

    assert [call.name for call in page_of(office).context["pipeline"].calls.cards] == [
        "Letter A",
        "Letter B",
        "Letter C",
        "Last day",
    ]


def test_more_students_than_fit_are_counted_and_linked(office, monkeypatch):
    monkeypatch.setattr(calls, "A_PAGE", 4)
    trip = TripFactory()
    for number in range(6):
        case(trip, f"Student {number}", 2)

    page = page_of(office)

    assert len(page.context["pipeline"].calls.cards) == 4
    assert "3 more students to call" in page.text
    board = office.get(reverse("travel:passport-board")).text
    assert reverse("travel:passport-board") in page.text
    assert "Call these 6 students today" in board and "These are the first 4 of 6." in board


def test_nobody_is_called_who_has_time_enough_and_the_page_says_so(office):
    case(TripFactory(), "Plenty of time", 21)
    page = page_of(office)
    assert page.context["pipeline"].calls.cards == []
    assert "to call" not in page.text
    assert "No one needs a call today" in office.get(reverse("travel:passport-board")).text
    Fact.objects.filter(key="board.soon_days").update(value=22)
    cache.clear()
    assert [call.name for call in page_of(office).context["pipeline"].calls.cards] == ["Plenty of time"]


def test_who_has_no_way_by_mail_any_more_is_called_whatever_the_days(office):
    trip = TripFactory()
    case(trip, "Counter", 30, urgency="urgent_counter")
    case(trip, "Nothing fits", 31, urgency="not_feasible")
    case(trip, "Faster service", 32, urgency="late")
    calls = page_of(office).context["pipeline"].calls.cards
    assert [(call.name, call.tone) for call in calls] == [("Counter", "wait"), ("Nothing fits", "wait")]
    assert "urgent appointment" in calls[0].why and "no longer work" in calls[1].why


def test_a_call_has_the_number_to_tap_or_says_that_there_is_none(office):
    trip = TripFactory()
    case(trip, "Has one", 2)
    User.objects.filter(full_name="Has one").update(phone="+13235550123")
    case(trip, "Has none", 3)
    page = page_of(office)
    assert [call.phone_href for call in page.context["pipeline"].calls.cards] == ["tel:+13235550123", ""]
    assert 'href="tel:+13235550123"' in page.text and "+1 323-555-0123" in page.text
    assert page.text.count("We don’t have a phone number.") == 1


def test_a_letter_to_answer_is_called_before_the_least_slack(office):
    trip = TripFactory()
    case(trip, "Little time", 2)
    case(trip, "The State Department sent", 90, stage=PassportStage.LETTER)
    calls = page_of(office).context["pipeline"].calls.cards
    assert [(call.name, call.tone) for call in calls] == [
        ("The State Department sent", "wait"),
        ("Little time", "stop"),
    ]
    assert (
        calls[0].why == "The State Department sent this student a letter. The passport application is on hold until the"
        " student answers."
    )  # red is only for little time


def test_a_call_names_the_colleges_advisor_and_leads_to_the_checklist(office):
    college = CollegeFactory(short_name="LACC")
    UserFactory(advisor=college, full_name="Adaeze Okafor", email="adaeze@example.edu")
    UserFactory(advisor=True, full_name="Someone Elsewhere")
    placement = PlacementFactory(application__college=college)
    PassportCaseFactory(placement=placement, last_safe_on=in_days(3))
    (call,) = page_of(office).context["pipeline"].calls.cards
    assert (call.link_label, call.link_href) == ("Adaeze Okafor, LACC", "mailto:adaeze@example.edu")
    assert office.get(call.href, follow=True).status_code == 200


def test_a_call_is_made_without_an_advisor_or_a_last_day(office):
    placement = PlacementFactory(application__college__name="Harbor College")
    PassportCaseFactory(placement=placement, last_safe_on=in_days(3))
    PassportCaseFactory(placement=PlacementFactory(trip=placement.trip), last_safe_on=None)
    (call,) = page_of(office).context["pipeline"].calls.cards
    assert (call.link_label, call.link_href) == ("Harbor College", "")


@pytest.mark.parametrize("route", ["talk", "ds11", "ds82", "ds5504", "valid"])
def test_the_page_never_tells_which_route_a_student_takes_nor_why(office, route):
    asked = case(TripFactory(), "Marisol Reyes", 3, route=route, is_first_passport=True, needs_certificate=True)
    page = page_of(office).content.decode()
    assert "Marisol Reyes" in page
    for private in (route, asked.get_route_display(), "DS-11", "certificate", "first passport"):
        assert not re.search(rf"\b{re.escape(private)}\b", page, re.IGNORECASE)

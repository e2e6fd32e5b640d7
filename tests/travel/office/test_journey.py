"""The student's first page is correct in every state, and shows nothing that is not released."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions.application import withdraw
from applications.release.actions import offer as offers
from applications.release.actions.correcting import correct
from applications.states import Status
from exchange.templatetags.ui import deadline
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    DecisionFactory,
    OfferFactory,
    RecommendationFactory,
)
from tests.factories_travel import PROMPTS, PlacementFactory, TripFactory, in_days, travel_facts
from travel.models import PassportCase, Reflection, ReflectionPrompt
from travel.office.journey import journey_of
from travel.prepare.actions.checklist import open_cases
from travel.states import PassportStage

pytestmark = pytest.mark.django_db


SIGNS = {"reached": "✓", "now": "*", "later": "-"}


def marks(journey):
    return [stamp.mark for stamp in journey.ticket.stamps]


def prompt(cycle, moment, days, key="lines"):
    return ReflectionPrompt.objects.create(
        cycle=cycle,
        key=key,
        order=1,
        moment=moment,
        days=days,
        text_en="What surprised you?",
        text_es="¿Qué te sorprendió?",
    )


def test_new_student_is_led_to_the_open_cycle():
    cycle = CycleFactory()
    journey = journey_of(UserFactory())
    assert journey.step.action_href == cycle.get_absolute_url()
    assert marks(journey) == ["now", "later", "later", "later", "later", "later"]


def test_new_student_without_an_open_cycle_is_told_so():
    CycleFactory(closed=True)
    assert journey_of(UserFactory()).step.action_href == reverse("applications:cycle-list")


@pytest.mark.parametrize(
    ("trait", "page"),
    [
        ("", "application-overview"),
        ("returned", "application-overview"),
        ("submitted", "application-detail"),
        ("waitlisted", "application-detail"),
        ("not_selected", "application-detail"),
        ("confirmed", "application-detail"),
    ],
)
def test_next_step_by_state(trait, page):
    application = ApplicationFactory(**({trait: True} if trait else {}))
    journey = journey_of(application.student)
    assert journey.step.action_href == reverse(f"applications:{page}", kwargs={"code": application.code})


@pytest.mark.parametrize(
    ("letter", "page"),
    [("asked", "application-detail"), ("received", "application-detail"), ("declined", "recommendation-replace")],
)
def test_someone_else_is_the_next_step_once_the_referee_has_said_no(letter, page):
    application = RecommendationFactory(**{letter: True}, application__submitted=True).application
    step = journey_of(application.student).step
    assert step.action_href == reverse(f"applications:{page}", kwargs={"code": application.code})


@pytest.mark.parametrize("trait", ["declined", "withdrawn", "not_selected"])
def test_no_stamp_is_next_when_the_road_has_ended(trait):
    assert "now" not in marks(journey_of(ApplicationFactory(**{trait: True}).student))


def test_draft_of_a_closed_cycle_says_that_it_was_not_sent():
    application = ApplicationFactory(cycle=CycleFactory(closed=True))
    step = journey_of(application.student).step
    assert "wasn’t submitted" in step.why and step.do_by is None


# Which stamps each state of each row really gives: tests/travel/base/test_stamps.py has the table of the pure part.
STAMPED = [
    (lambda: ApplicationFactory(), "Apply* Selected- Placed- Passport- Travel- Reflect-"),
    (lambda: ApplicationFactory(cycle=CycleFactory(closed=True)), ""),
    (lambda: ApplicationFactory(submitted=True), "Applied✓ In review* Placed- Passport- Travel- Reflect-"),
    (lambda: ApplicationFactory(returned=True), "Applied✓ To fix* Placed- Passport- Travel- Reflect-"),
    (lambda: OfferFactory().application, "Applied✓ Selected✓ Confirm* Passport- Travel- Reflect-"),
    (lambda: OfferFactory(lapsed=True).application, "Applied✓ Selected✓"),
    (lambda: ApplicationFactory(waitlisted=True), "Applied✓ Waitlist*"),
    (lambda: ApplicationFactory(not_selected=True), "Applied✓ Reviewed✓"),
    (lambda: ApplicationFactory(declined=True), "Applied✓ Selected✓"),
    (lambda: ApplicationFactory(confirmed=True), "Applied✓ Selected✓ City match* Passport- Travel- Reflect-"),
    (lambda: PlacementFactory().application, "Applied✓ Selected✓ Placed✓ Passport* Travel- Reflect-"),
    (lambda: PlacementFactory(trip__leaves_in=-1).application, "Applied✓ Selected✓ Placed✓ Passport* Travel- Reflect-"),
    (lambda: PlacementFactory(travelled=True).application, "Applied✓ Selected✓ Placed✓ Passport✓ Travel* Reflect-"),
    (lambda: PlacementFactory(trip__departed=True).application, "Applied✓ Selected✓ Placed✓"),
    (lambda: PlacementFactory(returned=True).application, "Applied✓ Selected✓ Placed✓ Passport✓ Travel✓ Reflect*"),
]


@pytest.mark.parametrize(("build", "shown"), STAMPED)
def test_ticket_has_the_stamps_that_are_true(build, shown):
    ticket = journey_of(build().student).ticket
    assert " ".join(f"{stamp.label}{SIGNS[stamp.mark]}" for stamp in ticket.stamps) == shown


WITHDRAWN_AFTER = [
    (lambda: ApplicationFactory(), ""),
    (lambda: ApplicationFactory(submitted=True), "Applied✓"),
    (lambda: ApplicationFactory(waitlisted=True), "Applied✓"),
    (lambda: OfferFactory().application, "Applied✓ Selected✓"),
    (lambda: PlacementFactory().application, "Applied✓ Selected✓ Placed✓"),
]


@pytest.mark.parametrize(("build", "shown"), WITHDRAWN_AFTER)
def test_after_withdrawing_what_was_reached_stays(build, shown):
    travel_facts()
    application = build()
    withdraw(application, by=application.student)
    ticket = journey_of(application.student).ticket
    assert " ".join(f"{stamp.label}{SIGNS[stamp.mark]}" for stamp in ticket.stamps) == shown


def test_a_result_that_was_a_mistake_leaves_no_stamp_after_withdrawing():
    application = OfferFactory().application
    office = UserFactory(coordinator=True)
    correct(application, result=Status.WAITLISTED, reason="Wrong row.", by=office)
    withdraw(application, by=application.student)
    assert [stamp.label for stamp in journey_of(application.student).ticket.stamps] == ["Applied"]


def test_day_of_the_results_is_not_promised_once_it_is_past():
    ahead = ApplicationFactory(submitted=True)
    late = ApplicationFactory(submitted=True, cycle__decisions_on=in_days(-1))
    assert "You’ll hear from us by" in journey_of(ahead.student).step.why
    journey = journey_of(late.student)
    assert "longer than planned" in journey.step.why
    assert "Decision by" not in dict(journey.ticket.facts)


def test_confirmed_student_finds_how_to_step_back_until_the_trip_begins(sign_in):
    offer = OfferFactory()
    offers.confirm(offer, by=offer.application.student)
    placement = PlacementFactory(application=offer.application, trip__cycle=offer.application.cycle)
    address = f"{offer.get_absolute_url()}#step-back"
    client = sign_in(offer.application.student)
    assert f'href="{address}"' in client.get(reverse("travel:journey")).text
    placement.trip.leaves_on = timezone.localdate()
    placement.trip.save()
    assert f'href="{address}"' not in client.get(reverse("travel:journey")).text


def test_student_whom_the_group_left_without_is_told_what_the_record_says():
    travel_facts()
    placement = PlacementFactory(trip__departed=True, checklist=True)
    prompt(placement.trip.cycle, "after", 1)
    journey = journey_of(placement.application.student)
    assert journey.step.title == "You didn’t take this trip"
    assert journey.coming_up == []


def test_new_student_sees_the_cycle_that_opens_next():
    cycle = CycleFactory(upcoming=True)
    CycleFactory(upcoming=True, opens_at=cycle.opens_at + dt.timedelta(days=9))
    journey = journey_of(UserFactory())
    assert journey.step.action_href == cycle.get_absolute_url()
    assert deadline(cycle.opens_at) in journey.step.why
    assert journey.ticket.stamps == []


def test_unreleased_decision_does_not_show(client):
    application = ApplicationFactory(submitted=True)
    before = journey_of(application.student)
    DecisionFactory(application=application, result=Status.SELECTED)
    assert journey_of(application.student) == before


def test_selected_student_has_the_date_to_answer_by():
    offer = OfferFactory()
    step = journey_of(offer.application.student).step
    assert step.do_by == timezone.localdate(offer.answer_by)
    assert step.action_href == offer.get_absolute_url()


def test_lapsed_offer_does_not_ask_for_a_yes():
    step = journey_of(OfferFactory(lapsed=True).application.student).step
    assert step.do_by is None and "passed" in step.why


def test_placed_student_sees_the_flight_and_the_passport_next():
    travel_facts()
    placement = PlacementFactory(checklist=True)
    journey = journey_of(placement.application.student)
    assert journey.ticket.to_code == placement.trip.city.airport_code
    assert marks(journey) == ["reached", "reached", "reached", "now", "later", "later"]
    assert "passport" in journey.step.title.lower()
    assert [row.on for row in journey.coming_up] == sorted(row.on for row in journey.coming_up)


def test_what_is_coming_up_leaves_out_the_step_and_nothing_else():
    """The next step is not always the earliest by date: while the application is being processed, it is another one."""
    travel_facts()
    placement = PlacementFactory(checklist=True)
    for days, item in enumerate(placement.checklist_items.order_by("step__order"), 150):
        item.do_by, item.last_safe_on = in_days(days), in_days(days + 9)
        item.save()
    student = placement.application.student
    # the card shows the papers step
    assert [row.title for row in journey_of(student).coming_up] == [
        "Apply for your passport",
        "Have your passport in your hand",
        "Ask for your visa",
    ]
    follow(placement, PassportStage.APPLIED)
    journey = journey_of(student)
    assert journey.step.title == "Ask for your visa"
    assert [row.title for row in journey.coming_up] == [
        "Have your passport in your hand",
        "Tell us who to call in an emergency",
        "Come to the orientation",
    ]


def follow(placement, stage):
    PassportCase.objects.filter(application=placement.application_id).update(stage=stage)
    placement.checklist_items.filter(step__timing__in=("documents", "apply")).update(
        done_at=timezone.now(), done_by=placement.application.student
    )


@pytest.mark.parametrize("trait", ["selected", "waitlisted", "confirmed"])
def test_passport_dates_are_there_in_the_minute_of_the_result(sign_in, trait):
    """A task creates the row some minutes later, with exactly these dates."""
    travel_facts()
    application = ApplicationFactory(**{trait: True})
    TripFactory(cycle=application.cycle)
    at_once = journey_of(application.student).passport
    assert at_once.do_by and at_once.last_safe_on
    page = sign_in(application.student).get(reverse("travel:passport-detail", args=[application.code]))
    assert page.context["step"] == at_once
    assert not PassportCase.objects.exists()
    open_cases()
    assert journey_of(type(application.student).objects.get()).passport == at_once


def test_student_on_the_way_is_wished_a_good_trip():
    placement = PlacementFactory(travelled=True, trip__returns_on=timezone.localdate() + dt.timedelta(days=5))
    assert journey_of(placement.application.student).step.label == "On the trip"


def test_no_duty_is_coming_up_once_the_group_has_left():
    travel_facts()
    placement = PlacementFactory(checklist=True, returned=True)
    assert journey_of(placement.application.student).coming_up == []


def test_returned_student_is_asked_for_lines_when_the_prompt_opens():
    placement = PlacementFactory(returned=True)
    later = prompt(placement.trip.cycle, "after", 365)
    student = placement.application.student
    assert "few lines" in journey_of(student).step.why
    later.days = 1
    later.save()
    step = journey_of(student).step
    assert step.action_href == reverse("travel:reflection-write", kwargs={"code": placement.code, "prompt": later.key})
    Reflection.objects.create(placement=placement, prompt=later, text="The rain.")
    journey = journey_of(student)
    assert journey.step.title == "Welcome home"
    assert set(marks(journey)) == {"reached"}


def test_withdrawn_application_does_not_hide_a_newer_one():
    student = UserFactory()
    ApplicationFactory(student=student, withdrawn=True)
    draft = ApplicationFactory(student=student)
    assert journey_of(student).application == draft


def test_page_shows_ticket_step_and_advisor(client):
    application = ApplicationFactory(submitted=True)
    advisor = UserFactory(advisor=application.college, full_name="Adaeze Okafor")
    client.force_login(application.student)
    page = client.get(reverse("travel:journey")).content.decode()
    assert "We have your application" in page
    assert advisor.full_name in page and f'href="{reverse("applications:thread-list")}"' in page


def test_page_takes_a_constant_number_of_queries(client, django_assert_max_num_queries):
    travel_facts()
    placement = PlacementFactory(checklist=True)
    placement.application.cycle.reflection_prompts.create(**PROMPTS[1])
    client.force_login(placement.application.student)
    with django_assert_max_num_queries(13):
        client.get(reverse("travel:journey"))


def test_whoever_the_office_named_comes_before_who_is_there_longest():
    application = ApplicationFactory(submitted=True)
    first, named = (UserFactory(advisor=application.college) for _ in range(2))
    assert journey_of(application.student).advisor == first
    application.college.named_advisor = named
    application.college.save()
    assert journey_of(application.student).advisor == named
    named.is_active = False
    named.save()
    assert journey_of(application.student).advisor == first

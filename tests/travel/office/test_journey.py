"""The student's first page is correct in every state, and shows nothing that is not released."""

import datetime as dt
import re
import tomllib
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from applications.apply.actions.application import withdraw
from applications.base.withdrawals import OURS_TO_CANCEL
from applications.models import InterviewSlot, Statement
from applications.release.actions import offer as offers
from applications.release.actions.correcting import correct
from applications.states import Status
from exchange.models import Message
from exchange.templatetags.ui import deadline
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    DecisionFactory,
    OfferFactory,
    RecommendationFactory,
    application_facts,
)
from tests.factories_meeting import InterviewFactory, booked
from tests.factories_travel import (
    PROMPTS,
    ChecklistItemFactory,
    ChecklistStepFactory,
    PassportCaseFactory,
    PlacementFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from travel.models import PassportCase, Reflection, ReflectionPrompt, Trip
from travel.office.home.journey import journey_of
from travel.prepare.checklist.actions import open_cases
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


def canceled():
    placement = PlacementFactory()
    closed = {"closed_at": timezone.now(), "closed_by": UserFactory(coordinator=True), "closed_reason": "Storm"}
    type(placement.trip).objects.update(**closed)
    return placement.application


def declined():
    offer = OfferFactory()
    offers.decline(offer, by=offer.application.student)
    return type(offer.application).objects.get()


def to_write():
    placement = PlacementFactory(returned=True)
    prompt(placement.trip.cycle, "after", 1)
    return placement.application


SAYS = tomllib.loads((Path(__file__).parent / "next_steps.toml").read_text())
STANDS = {
    "draft": lambda: ApplicationFactory(),
    "begun": lambda: ApplicationFactory(answered=True, cycle__ready=True),
    "closed": lambda: ApplicationFactory(cycle=CycleFactory(closed=True)),
    "returned": lambda: ApplicationFactory(returned=True),
    "submitted": lambda: ApplicationFactory(submitted=True),
    "unsigned": lambda: ApplicationFactory(submitted=True, signed=False),
    "late": lambda: ApplicationFactory(submitted=True, cycle__decisions_on=in_days(-1)),
    "no_letter": lambda: RecommendationFactory(declined=True, application__submitted=True).application,
    "invited": lambda: InterviewFactory(application__submitted=True).application,
    "booked": lambda: booked().application,
    "offered": lambda: OfferFactory().application,
    "lapsed": lambda: OfferFactory(lapsed=True).application,
    "waitlisted": lambda: ApplicationFactory(waitlisted=True),
    "not_selected": lambda: ApplicationFactory(not_selected=True),
    "confirmed": lambda: ApplicationFactory(confirmed=True),
    "declined": declined,
    "ended": lambda: ApplicationFactory(declined=True),
    "withdrawn": lambda: ApplicationFactory(withdrawn=True),
    "canceled": canceled,
    "ready": lambda: PlacementFactory().application,
    "away": lambda: PlacementFactory(travelled=True, trip__returns_on=in_days(5)).application,
    "stayed": lambda: PlacementFactory(trip__departed=True).application,
    "home": lambda: PlacementFactory(returned=True).application,
    "to_write": to_write,
}
MOMENT = re.compile(r"[A-Z][a-z]+day, [A-Z][a-z]+ \d+ at \d+:\d\d [ap]m, Los Angeles time")
A_DAY = re.compile(r"[A-Z][a-z]+day, [A-Z][a-z]+ \d+")


def test_each_stand_is_in_the_table():
    assert SAYS.keys() == STANDS.keys()


@pytest.mark.parametrize("name", STANDS)
def test_the_whole_next_step_by_where_a_student_stands(name):
    travel_facts(), application_facts()
    application = STANDS[name]()
    codes = {application.code: "APPLICATION"} | ({application.cycle.name: "CYCLE"} if name == "withdrawn" else {})
    if offer := application.offers.first():
        codes[offer.code] = "OFFER"
    if interview := getattr(application, "interview", None):
        codes[interview.code] = "INTERVIEW"
    if placement := getattr(application, "placement", None):
        codes |= {placement.code: "PLACEMENT", placement.trip.city.name: "CITY"}

    def plain(text):
        for code, word in codes.items():
            text = text.replace(code, word)
        return A_DAY.sub("DAY", MOMENT.sub("MOMENT", text))

    journey = journey_of(application.student)
    step = journey.step
    said = {"title": step.title, "why": step.why, "action": step.action_label, "href": step.action_href}
    said |= {"label": step.label, "way_out": step.way_out_label, "way_out_href": step.way_out_href}
    said |= {"step_back": journey.step_back}
    said = {key: plain(text) for key, text in said.items() if text}
    assert said | ({"has_day": True} if step.do_by else {}) == SAYS[name]
    assert (journey.application, journey.recorded, journey.coming_up) == (application, None, [])
    assert journey.placement == (placement if name in ("ready", "away", "stayed", "home", "to_write") else None)


def test_how_it_ended_is_what_was_recorded_and_only_for_who_has_ended(office_statement):
    application = ApplicationFactory(withdrawn=True)
    recorded = office_statement(application)
    assert journey_of(application.student).recorded == recorded
    running = ApplicationFactory(submitted=True)
    office_statement(running)
    assert journey_of(running.student).recorded is None


@pytest.fixture
def office_statement():
    office = UserFactory(coordinator=True)

    def made(application):
        said = {"what": "withdraw", "heard": "office", "heard_on": timezone.localdate(), "recorded_by": office}
        return Statement.objects.create(application=application, **said)

    return made


def test_a_booked_interview_that_is_over_or_called_off_is_no_step():
    interview = booked()
    student = interview.application.student
    InterviewSlot.objects.update(place="", link="https://example.org/room")
    assert "It’s a video call." in journey_of(student).step.why
    InterviewSlot.objects.update(starts_at=timezone.now() - dt.timedelta(hours=1))
    assert journey_of(student).step.title == "We have your application"
    InterviewSlot.objects.update(starts_at=timezone.now() + dt.timedelta(hours=1))
    type(interview.application.cycle).objects.update(has_interviews=False)
    assert journey_of(student).step.title == "We have your application"


def test_who_can_book_no_longer_is_not_asked_to():
    interview = InterviewFactory()
    type(interview).objects.update(book_by=timezone.now() - dt.timedelta(hours=1))
    assert journey_of(interview.application.student).step.title == "We have your application"


def test_one_part_to_fix_is_named_and_opened():
    application = ApplicationFactory(returned=True, answered=True, cycle__ready=True)
    section = application.form.sections.first()
    application.return_sections = [section.key]
    application.save()
    step = journey_of(application.student).step
    parts = application.parts_to_fix
    assert [part.key for part in parts] == [section.key]
    assert step.title == f"Fix “{section.title}” and submit again"
    assert step.action_href == reverse("applications:application-section", args=[application.code, section.key])


def test_the_cycle_after_is_offered_to_who_was_not_selected_and_has_not_begun_it():
    over = ApplicationFactory(not_selected=True, cycle=CycleFactory(closed=True))
    assert journey_of(over.student).next_time is None
    newer = CycleFactory()
    assert journey_of(over.student).next_time == newer
    assert journey_of(ApplicationFactory(submitted=True, cycle=over.cycle).student).next_time is None
    assert journey_of(ApplicationFactory(cycle=over.cycle).student).next_time == newer  # never sent
    for trait in ("withdrawn", "declined"):
        assert journey_of(ApplicationFactory(cycle=over.cycle, **{trait: True}).student).next_time == newer
    ApplicationFactory(student=over.student, cycle=newer, withdrawn=True)
    assert journey_of(over.student).next_time is None


def test_readers_notes_are_what_a_student_who_was_not_selected_reads(monkeypatch):
    application = ApplicationFactory(not_selected=True)
    monkeypatch.setattr("travel.office.home.journey.feedback_for", lambda application: ["Write about one day."])
    step = journey_of(application.student).step
    assert (step.action_label, "left notes" in step.why) == ("Read the notes", True)


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
    travel_facts()
    offer = OfferFactory()
    offers.confirm(offer, by=offer.application.student)
    placement = PlacementFactory(application=offer.application, trip__cycle=offer.application.cycle)
    address = f"{offer.get_absolute_url()}#step-back"
    client = sign_in(offer.application.student)
    assert f'href="{address}"' in client.get(reverse("travel:journey")).text
    for leaves_on, is_shown in ((in_days(2), True), (in_days(0), False)):
        placement.trip.leaves_on = leaves_on
        placement.trip.save()
        card = client.get(reverse("travel:journey"), follow=True)
        assert card.redirect_chain == [(reverse("travel:own-card", args=[placement.code]), 302)]
        assert (f'href="{address}"' in card.text) == is_shown


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
    at_once = passport_of(journey_of(application.student))
    assert at_once.do_by and at_once.last_safe_on
    page = sign_in(application.student).get(reverse("travel:passport-detail", args=[application.code]))
    assert page.context["step"] == at_once
    assert not PassportCase.objects.exists()
    open_cases()
    assert passport_of(journey_of(type(application.student).objects.get())) == at_once


def passport_of(journey):
    """The passport's step leads once nothing else is to do."""
    return next(step for step in (journey.step, journey.also) if step.is_passport)


def test_after_confirming_the_first_screen_leads_to_the_passport(sign_in):
    travel_facts()
    offer = OfferFactory(application__selected=True)
    trip = TripFactory(cycle=offer.application.cycle, leaves_on=in_days(90), returns_on=in_days(99))
    student = offer.application.student
    assert journey_of(student).step.title == "Confirm your spot"
    page = sign_in(student).post(reverse("applications:offer-confirm", args=[offer.code]), follow=True)
    assert page.redirect_chain[0][0] == reverse("home")
    assert "Your spot is confirmed. We’re glad you’re coming!" in page.text
    journey = page.context["journey"]
    assert journey.step.is_passport and journey.step.last_safe_on
    assert journey.also.title == "Your spot is confirmed" and journey.also.title in page.text
    applied = {"stage": PassportStage.APPLIED, "route": "ds11", "in_hand_by": in_days(30)}
    PassportCase.objects.create(application=offer.application, trip=trip, **applied)
    again = journey_of(type(student).objects.get(pk=student.pk))
    assert again.step.title == "Your spot is confirmed", "the passport is on its way"


@pytest.mark.parametrize(
    ("do_by", "last_safe", "first"),
    [
        ((2, 3), (30, 5), "b"),  # both this week: by the last safe day
        ((2, 9), (30, 10), "a"),  # only one should be done this week
        ((-5, -2), (20, 4), "b"),  # both late
        ((20, 30), (50, 32), "a"),  # neither this week: by the first
    ],
)
def test_the_most_urgent_step_leads_on_home_and_checklist(do_by, last_safe, first, sign_in):
    travel_facts()
    placement, student = placed_with(do_by, last_safe)
    PassportCase.objects.update(documents_by=in_days(150), last_safe_on=in_days(160))
    assert journey_of(student).step.title == first
    page = sign_in(student).get(reverse("travel:checklist-detail", args=[placement.code]))
    assert page.context["step"].title == first


def placed_with(do_by, last_safe):
    """A student whose list has the steps a and b, with these first and last safe days."""
    placement = PlacementFactory(trip__leaves_on=in_days(200), trip__returns_on=in_days(210))
    PassportCaseFactory(placement=placement)
    for title, starts, ends in zip("ab", do_by, last_safe, strict=True):
        step = ChecklistStepFactory(cycle=placement.trip.cycle, key=title, title_en=title, title_es=title)
        dates = {"do_by": in_days(starts), "last_safe_on": in_days(ends)}
        ChecklistItemFactory(placement=placement, step=step, **dates)
    return placement, placement.application.student


@pytest.mark.parametrize(("last_safe", "first"), [((6, 40), "a"), ((30, 40), "passport")])
def test_home_and_the_passport_page_name_the_same_step(last_safe, first, sign_in):
    travel_facts()
    placement, student = placed_with((3, 20), last_safe)
    case = PassportCase.objects.get()
    type(case).objects.update(documents_by=in_days(4), last_safe_on=in_days(10), route="ds11", stage="gathering")
    home = journey_of(student).step
    page = sign_in(student).get(reverse("travel:passport-detail", args=[placement.application.code]))
    if first == "passport":
        assert home.is_passport and page.context["step"] == home and page.context["first"] is None
    else:
        assert home.title == page.context["first"].title == first
        assert page.context["step"].label == "Next for your passport"
        assert page.context["first"].action_href in page.text


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


@pytest.mark.parametrize("language", ["en", "es"])
def test_who_gave_up_a_seat_reads_of_that_one_and_what_becomes_of_it(language):
    """Not of an older cycle's result. The email says the same; somebody without a seat has nothing to cancel."""
    travel_facts()
    older = ApplicationFactory(not_selected=True, cycle=CycleFactory(closed=True), student__language=language)
    seat = PlacementFactory(application=ApplicationFactory(confirmed=True, student=older.student)).application
    assert seat.cycle.opens_at > older.cycle.opens_at
    withdraw(seat, by=seat.student)
    without = ApplicationFactory(submitted=True, student__language=language)
    withdraw(without, by=without.student)

    with translation.override(language):
        step, becomes = journey_of(older.student).step, str(OURS_TO_CANCEL)
        other = journey_of(without.student).step
        assert [said for said in (seat.cycle.name, seat.placement.trip.city.name) if said not in step.title] == []
        assert becomes in step.why
    assert becomes not in other.why
    said = {message.recipient: message.body for message in Message.objects.filter(template__contains="withdrawn")}
    assert (becomes in said[seat.student], becomes in said[without.student]) == (True, False)
    with translation.override(language):
        assert seat.placement.trip.city.name in said[seat.student]


def test_who_gave_up_a_seat_reads_of_that_one_beside_a_waitlist_whose_trips_have_left():
    travel_facts()
    waited = ApplicationFactory(waitlisted=True, cycle=CycleFactory(closed=True))
    gone = PlacementFactory(application=ApplicationFactory(confirmed=True, student=waited.student)).application
    withdraw(gone, by=gone.student)
    trip = TripFactory(cycle=waited.cycle)
    assert journey_of(waited.student).application == waited  # a spot can still open
    Trip.objects.filter(pk=trip.pk).update(leaves_on=in_days(-9), returns_on=in_days(-1))
    assert journey_of(waited.student).application == gone


def test_a_waitlist_is_closed_once_the_trips_have_left(client):
    """On both pages; another cycle can be applied for. A canceled trip keeps none open."""
    travel_facts()
    waiting = ApplicationFactory(waitlisted=True, cycle=CycleFactory(closed=True))
    going, canceled = TripFactory(cycle=waiting.cycle), TripFactory(cycle=waiting.cycle)
    ended = {"closed_at": timezone.now(), "closed_by": UserFactory(), "closed_reason": "Storm."}
    Trip.objects.filter(pk=canceled.pk).update(**ended)
    opened = CycleFactory()
    client.force_login(waiting.student)
    pages = [reverse("travel:journey"), waiting.get_absolute_url()]

    said = [client.get(page).text for page in pages]
    assert ["on the waitlist" in page for page in said] == [True, True]
    assert journey_of(waiting.student).next_time is None

    Trip.objects.filter(pk=going.pk).update(leaves_on=timezone.localdate())
    said = [client.get(page).text for page in pages]
    assert ["on the waitlist" in page for page in said] == [False, False]
    assert ["no spot opened up for you" in page for page in said] == [True, True]
    journey = journey_of(waiting.student)
    assert (journey.next_time, journey.also) == (opened, None)
    assert [stamp.mark for stamp in journey.ticket.stamps] == ["reached", "reached"]


def test_who_gave_up_one_application_reads_of_another_that_goes_on():
    running = ApplicationFactory(submitted=True, cycle=CycleFactory(closed=True))
    ApplicationFactory(student=running.student, withdrawn=True)
    assert journey_of(running.student).application == running


def test_who_gave_up_a_seat_reads_of_that_one_beside_an_old_draft_and_a_finished_trip():
    """Neither goes on, so neither is what the page is about."""
    travel_facts()
    went = PlacementFactory(trip__returned=True, trip__cycle__closed=True)
    student = went.application.student
    ApplicationFactory(student=student, cycle=CycleFactory(closed=True))
    gone = ApplicationFactory(student=student, withdrawn=True)
    assert gone.cycle.opens_at > went.trip.cycle.opens_at
    assert journey_of(student).application == gone


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
    with django_assert_max_num_queries(14):
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

"""A repeated POST does not act twice: the same form sent again writes no second event and no second message."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import carry, help
from applications.models import Application, Cycle, Offer
from exchange.models import Event, IncomingText, Message
from tests.factories import CollegeFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    OfferFactory,
    RecommendationFactory,
    application_facts,
    review_facts,
)
from tests.factories_counters import FacilityFactory, PassportDayFactory, begun, booked, counter_facts, issued, traveler
from tests.factories_help import HelpSessionFactory, ThreadFactory
from tests.factories_lottery import PUBLIC_DRAW, RESULT, lottery_of, on_its_day, tie, tomorrow
from tests.factories_travel import PROMPTS, ContactFactory, HostLinkFactory, PlacementFactory, TripFactory, travel_facts
from tests.staffing_acts import STAFF_ACTS
from travel.models import ReflectionPrompt
from travel.partners.actions.host import propose

pytestmark = pytest.mark.django_db

SCORES = {"points_purpose": "4", "points_adapting": "5", "points_giving_back": "3"}


def url(name, **arguments):
    return reverse(name, kwargs=arguments)


def start():
    student, cycle = UserFactory(), CycleFactory(ready=True)
    return student, url("applications:application-start", code=cycle.code), {}


def submit():
    application = ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)
    return application.student, url("applications:application-submit", code=application.code), {}


def withdraw():
    application = ApplicationFactory(submitted=True)
    return application.student, url("applications:application-withdraw", code=application.code), {"reason": "Work."}


def withdraw_for_the_student():
    application = ApplicationFactory(submitted=True)
    address = url("applications:application-withdraw-for", code=application.code)
    office = UserFactory(coordinator=True)
    told = {"why": "work", "heard": "phone", "heard_on": str(timezone.localdate()), "heard_by": office.pk}
    return office, address, {"reason": "You called us."} | told


def correct_the_record():
    address = url("travel:placement-record", code=PlacementFactory(travelled=True).code)
    return UserFactory(coordinator=True), address, {"went": "stayed", "reason": "Missed the flight."}


def return_for_a_fix():
    application = ApplicationFactory(submitted=True, cycle=CycleFactory(ready=True), answered=True)
    address = url("applications:application-return", code=application.code)
    return UserFactory(coordinator=True), address, {"note": "Name your college.", "sections": ["college"]}


def go_on_without_the_fix():
    application = ApplicationFactory(returned=True)
    address = url("applications:application-go-on", code=application.code)
    return UserFactory(coordinator=True), address, {"reason": "The readers wait."}


def ask_another_referee():
    recommendation = RecommendationFactory(asked=True, application__submitted=True)
    address = url("applications:recommendation-replace", code=recommendation.application.code)
    data = {"referee_name": "Sam Ito", "referee_email": "sam@example.org", "referee_phone": "", "relation": "My boss"}
    return recommendation.application.student, address, data


def send_the_referee_the_link_again():
    recommendation = RecommendationFactory(expired=True, application__submitted=True)
    address = url("applications:recommendation-send-again", code=recommendation.application.code)
    return UserFactory(coordinator=True), address, {}


def stop_the_link_of_a_referee():
    recommendation = RecommendationFactory(asked=True, application__submitted=True)
    address = url("applications:recommendation-revoke", code=recommendation.application.code)
    return UserFactory(coordinator=True), address, {"reason": "A stranger has it."}


def endorse():
    college = CollegeFactory()
    application = ApplicationFactory(submitted=True, college=college, cycle=CycleFactory(ready=True), answered=True)
    data = {"result": "endorsed", "is_enrolled": "yes", "units": "12", "in_good_standing": "yes", "note": ""}
    return UserFactory(advisor=college), url("applications:endorsement-record", code=application.code), data


def lock_a_review():
    reader = UserFactory(advisor=True)
    application = ApplicationFactory(submitted=True, cycle=CycleFactory(ready=True), answered=True)
    assignment = AssignmentFactory(application=application, reader=reader)
    return reader, url("applications:review-record", code=assignment.code), {**SCORES, "act": "lock"}


def decide():
    application = ApplicationFactory(submitted=True)
    address = url("applications:decision-record", code=application.code)
    return UserFactory(coordinator=True), address, {"result": "selected", "reason": "Agreed by all readers."}


def announce_a_tie():
    zone = {"kind": "mean", "score_from": "11.333", "score_to": "11.333", "seats": "2", "reason": "One score for all."}
    return UserFactory(coordinator=True), url("applications:selection-lottery", code=tie().code), zone


def publish_the_fingerprint_of_a_lottery():
    named = {"act": "commit", "public_draw": PUBLIC_DRAW, "public_draw_on": tomorrow().isoformat()}
    return UserFactory(coordinator=True), lottery_of().get_absolute_url(), named


def draw_a_lottery():
    data = {"act": "draw", "result": RESULT}
    return UserFactory(coordinator=True), on_its_day(lottery_of(stage="committed")).get_absolute_url(), data


def correct_a_lottery():
    data = {"act": "correct", "result": "1 2 3 4", "reason": "It was last week’s."}
    return UserFactory(coordinator=True), lottery_of(stage="drawn").get_absolute_url(), data


def confirm():
    offer = OfferFactory()
    return offer.application.student, url("applications:offer-confirm", code=offer.code), {}


def decline():
    offer = OfferFactory()
    return offer.application.student, url("applications:offer-decline", code=offer.code), {}


def do_an_item():
    placement = PlacementFactory(checklist=True)
    item = placement.checklist_items.filter(step__timing="before_departure").first()
    address = url("travel:checklist-item-done", code=placement.code, key=item.step.key)
    return placement.application.student, address, {}


def move_the_passport():
    placement = PlacementFactory(checklist=True)
    return (
        placement.application.student,
        url("travel:passport-stage", code=placement.application.code),
        {"stage": "in_hand"},
    )


def depart():
    placement = PlacementFactory(trip__leaves_in=-1)
    return UserFactory(coordinator=True), url("travel:group-departure", key=placement.trip.code), {}


def reflect():
    placement = PlacementFactory(returned=True)
    prompt = ReflectionPrompt.objects.create(cycle=placement.trip.cycle, **PROMPTS[1])
    address = url("travel:reflection-write", code=placement.code, prompt=prompt.key)
    return placement.application.student, address, {"text": "The rain.", "privacy": "program"}


def show_a_code_for_a_helper():
    application = ApplicationFactory()
    return application.student, url("applications:help-offer", code=application.code), {}


def begin_to_help():
    application = ApplicationFactory()
    session = help.offer(application, by=application.student)
    return UserFactory(advisor=True), url("applications:help-begin"), {"digits": help.digits_of(session)}


def stop_help():
    application = HelpSessionFactory(granted=True).application
    return application.student, url("applications:help-stop", code=application.code), {}


def ask():
    return UserFactory(), url("applications:thread-new"), {"addressee": "office", "body": "When?"}


def answer():
    college = CollegeFactory()
    thread = ThreadFactory(college=college)
    return UserFactory(advisor=college), url("applications:thread-detail", code=thread.code), {"body": "Soon."}


def pass_on_a_question():
    thread = ThreadFactory()
    UserFactory(advisor=thread.college)
    address = url("applications:thread-pass", code=thread.code)
    return UserFactory(coordinator=True), address, {"to": "office"}


def say_whose_text_it_is():
    now = timezone.now()
    text = IncomingText.objects.create(
        message_id="text", went_to="office", number="+13105550199", body="Is the bus at nine?", sent_at=now
    )
    application = ApplicationFactory()
    address = url("applications:text-attach", code=text.code)
    return UserFactory(coordinator=True), address, {"application": application.code}


def begin_with_last_years_answers():
    cycle = CycleFactory(ready=True)
    earlier = CycleFactory(ready=True, opens_at=cycle.opens_at - dt.timedelta(days=365))
    application = ApplicationFactory(cycle=earlier, not_selected=True, answered=True)
    return application.student, url("applications:application-carry", code=cycle.code), {}


def say_that_it_is_still_true():
    student, _address, _data = begin_with_last_years_answers()
    application = carry.start(Cycle.objects.order_by("-opens_at").first(), by=student)
    address = url("applications:application-still-true", code=application.code, section="about")
    return student, address, {}


def switch_a_city_off():
    city = PartnerCityFactory()
    return UserFactory(coordinator=True), url("travel:partner-offer", code=city.code), {"to": "off"}


def send_a_host_the_link():
    trip = TripFactory()
    address = url("travel:host-send", code=trip.code, contact=ContactFactory(host=trip.host).code)
    return UserFactory(coordinator=True), address, {}


def stop_the_link_of_a_host():
    return UserFactory(coordinator=True), url("travel:host-stop", code=HostLinkFactory().code), {}


def plan_a_day():
    data = {"day_1": "Arrival", "seen_1": ""}
    return UserFactory(), url("travel:host-programme", token=HostLinkFactory().link), data


def confirm_beds():
    return UserFactory(), url("travel:host-rooms", token=HostLinkFactory().link), {"beds": "12", "note": ""}


def take_over_the_plan():
    link = HostLinkFactory()
    propose(link, {1: "Arrival"}, seen={}, language="en")
    seen = link.trip.days.get().proposed_at.isoformat()
    return UserFactory(coordinator=True), url("travel:programme-take-over", code=link.trip.code), {"seen": seen}


def book_a_passport_day():
    counter_facts()
    application = traveler(college := CollegeFactory())
    day = PassportDayFactory(colleges=[college], slots=[1])
    return application.student, url("travel:passport-day-book", code=day.code, slot=day.slots.get().code), {}


def choose_a_passport_counter():
    counter_facts()
    return traveler().student, url("travel:facility-choose", code=FacilityFactory().code), {}


def note_that_somebody_applied():
    counter_facts()
    booking = booked(PassportDayFactory(slots=[1]).slots.get())
    begun(booking.day)
    address = url("travel:passport-booking-result", code=booking.code)
    return UserFactory(coordinator=True), address, {"result": "applied"}


def give_a_voucher():
    counter_facts()
    address = url("travel:voucher-give", code=issued().code)
    return UserFactory(coordinator=True), address, {"student": traveler().code}


ACTS = [
    *STAFF_ACTS,
    switch_a_city_off,
    send_a_host_the_link,
    stop_the_link_of_a_host,
    plan_a_day,
    confirm_beds,
    take_over_the_plan,
    book_a_passport_day,
    choose_a_passport_counter,
    note_that_somebody_applied,
    give_a_voucher,
    start,
    begin_with_last_years_answers,
    say_that_it_is_still_true,
    submit,
    withdraw,
    withdraw_for_the_student,
    correct_the_record,
    return_for_a_fix,
    ask_another_referee,
    send_the_referee_the_link_again,
    stop_the_link_of_a_referee,
    endorse,
    lock_a_review,
    decide,
    announce_a_tie,
    publish_the_fingerprint_of_a_lottery,
    draw_a_lottery,
    correct_a_lottery,
    confirm,
    decline,
    do_an_item,
    move_the_passport,
    depart,
    reflect,
    show_a_code_for_a_helper,
    begin_to_help,
    stop_help,
    ask,
    answer,
    pass_on_a_question,
    say_whose_text_it_is,
]


def state():
    """Everything that a second act would add to or change."""
    return (
        Event.objects.count(),
        Message.objects.count(),
        list(Application.objects.order_by("pk").values_list("pk", "status")),
        list(Offer.objects.order_by("pk").values_list("pk", "reply", "answered_at")),
    )


@pytest.mark.parametrize("act", ACTS, ids=[act.__name__ for act in ACTS])
def test_a_repeated_post_does_not_act_twice(client, act):
    application_facts()
    review_facts()
    travel_facts()
    person, address, data = act()
    client.force_login(person)
    before = state()
    client.post(address, data)
    once = state()
    assert once != before, "the first post acts"
    client.post(address, data)
    assert state() == once

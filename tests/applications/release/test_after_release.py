"""After a release: calls, lapsed offers, extensions, and promotions from the waitlist."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.apply import results
from applications.apply.actions import application as application_actions
from applications.apply.actions import reminder
from applications.base import waitlist
from applications.models import Offer, OfferCall, Reserve
from applications.release import promotions
from applications.release.actions import calls, correcting
from applications.release.actions import offer as offers
from applications.states import Status
from exchange.base import due
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Event, Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    DecisionFactory,
    OfferFactory,
    application_facts,
    review_facts,
)
from tests.releasing import message_templates, told, waiting, words

pytestmark = pytest.mark.django_db
REASON = "The two files were mixed up."


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


# --- Lapses and more time ---------------------------------------------------------------------------


def test_an_offer_lapses_only_by_a_person_and_after_its_date(office, sign_in):
    over, early = OfferFactory(lapsed=True), OfferFactory()
    assert over.application.status == Status.SELECTED
    page, client = reverse("applications:offer-lapse", args=[over.code]), sign_in(office)
    assert "the spot opens up" in client.get(page).text.lower()

    client.post(page)
    client.post(page)
    with pytest.raises(RuleViolation) as caught:
        offers.let_lapse(early, by=office)

    over.refresh_from_db()
    assert caught.value.code == "not_over"
    assert (over.application.status, over.ended_by, over.reply) == ("declined", office, "")
    assert message_templates(over.application) == ["offer_lapsed"]
    student = sign_in(over.application.student)
    assert "the time to answer is over" in words(student.get(over.application.get_absolute_url()))
    assert student.get(over.get_absolute_url()).status_code == 200


def test_more_time_is_given_with_a_reason_and_the_student_can_answer_again(office, sign_in):
    offer = OfferFactory(lapsed=True)
    page, day = reverse("applications:offer-extend", args=[offer.code]), timezone.localdate() + dt.timedelta(days=3)
    client = sign_in(office)

    assert "That day has passed." in client.post(page, {"until": "2020-01-01", "reason": "Ill."}).text
    client.post(page, {"until": day.isoformat(), "reason": "Ill."})

    offer.refresh_from_db()
    assert timezone.localtime(offer.answer_by).date() == day
    assert message_templates(offer.application) == ["offer_extended"]
    assert "Ill." not in Message.objects.get().body
    assert offers.confirm(offer, by=offer.application.student).reply == "confirmed"


@pytest.mark.parametrize("then", ["more", "decline", "correct"])
def test_what_waits_about_more_time_goes_out_only_while_it_is_true(office, then):
    student = UserFactory(phone="+12135550131", phone_verified_at=timezone.now(), texts=True)
    offer = OfferFactory(decision__application__student=student)
    days = [timezone.localdate() + dt.timedelta(days=number) for number in (30, 40)]
    offers.extend(offer, until=days[0], reason="Ill.", by=office)
    first = list(Message.objects.filter(template="applications/offer_extended"))
    assert [due.holds(each.still_due) for each in first] == [True, True]

    if then == "more":
        offers.extend(offer, until=days[1], reason="Ill.", by=office)
    elif then == "decline":
        offers.decline(offer, by=student)
    else:
        correcting.correct(offer.application, result="not_selected", reason="Mixed up.", by=office)

    assert [outbox.deliver(each.pk) for each in first] == [False, False]
    second = Message.objects.filter(template="applications/offer_extended").exclude(pk__in=[each.pk for each in first])
    assert [due.holds(each.still_due) for each in second] == ([True, True] if then == "more" else [])


def test_more_time_is_never_less(office):
    offer = OfferFactory()
    with pytest.raises(RuleViolation) as caught:
        offers.extend(offer, until=timezone.localdate(), reason="Ill.", by=office)
    assert caught.value.code == "not_later"


# --- Promotions -------------------------------------------------------------------------------------


def test_a_seat_given_back_goes_to_the_next_after_a_person_agrees(office, sign_in):
    cycle = CycleFactory(seats=1)
    offer = OfferFactory(decision=told(Status.SELECTED, cycle))
    second, first = waiting(cycle, 5), waiting(cycle, 2)
    assert (waitlist.free_seats(cycle), results.result_of(second).waitlist_position) == (0, 2)

    offers.decline(offer, by=offer.application.student)
    assert Offer.objects.count() == 1  # nobody was asked yet
    client = sign_in(office)
    page = words(client.get(reverse("applications:selection-offers", args=[cycle.code])))
    assert f"Next: {first.student}" in page
    address = reverse("applications:decision-promote", args=[first.code])
    shown = client.get(address)
    client.post(address)
    client.post(address)

    first.refresh_from_db()
    assert (first.status, first.offers.count(), message_templates(first)) == ("selected", 1, ["offer_from_waitlist"])
    assert Message.objects.get(recipient=first.student).subject in shown.text.replace("&#x27;", "'")
    assert results.result_of(second).waitlist_position == 1
    assert "selected" not in Message.objects.get(recipient=first.student).body


def test_nobody_is_promoted_out_of_turn_or_without_a_seat(office):
    cycle = CycleFactory(seats=1)
    first, second = waiting(cycle, 1), waiting(cycle, 2)
    with pytest.raises(RuleViolation) as caught:
        correcting.promote(second, by=office)
    assert caught.value.code == "not_next"

    correcting.promote(first, by=office)
    with pytest.raises(RuleViolation) as caught:
        correcting.promote(second, by=office)
    assert caught.value.code == "no_seat"
    assert Message.objects.count() == 1


def test_a_seat_that_is_decided_and_not_told_yet_is_not_free(office, sign_in):
    cycle = CycleFactory(seats=1)
    first = waiting(cycle, 1)
    DecisionFactory(application=ApplicationFactory(cycle=cycle, submitted=True), result=Status.SELECTED)
    page = words(sign_in(office).get(reverse("applications:selection-offers", args=[cycle.code])))
    assert "1 more is for a student who’s selected but hasn’t been told yet." in page and "Next:" not in page
    with pytest.raises(RuleViolation) as caught:
        correcting.promote(first, by=office)
    assert caught.value.code == "no_seat"


def test_the_next_is_chosen_by_the_rules_of_the_committee(office):
    cycle, college = CycleFactory(seats=1), CollegeFactory(short_name="Mission")
    waiting(cycle, 1)
    kept = waiting(cycle, 2, application__college=college)
    Reserve.objects.create(cycle=cycle, college=college, seats=1, reason="A new college.", set_by=office)

    proposal = promotions.next_in_line(cycle)

    assert proposal.application == kept
    assert "reserved spots" in proposal.reason


def test_a_cycle_without_seats_proposes_nobody(office, sign_in):
    cycle = CycleFactory(seats=None)
    waiting(cycle, 1)
    page = sign_in(office).get(reverse("applications:selection-offers", args=[cycle.code])).text
    assert "This cycle doesn’t have a number of spots yet." in page


def test_the_office_page_asks_the_same_number_of_queries(office, sign_in, django_assert_max_num_queries):
    cycle, client, counts = CycleFactory(seats=99), sign_in(office), []
    waiting(cycle, 1)
    for rows in (3, 20):
        for _row in range(rows):
            OfferFactory(decision=told(Status.SELECTED, cycle))
            OfferFactory(decision=told(Status.SELECTED, cycle), lapsed=True)
        with django_assert_max_num_queries(20) as captured:
            client.get(reverse("applications:selection-offers", args=[cycle.code]))
        counts.append(len(captured))
    assert counts[0] == counts[1]


# --- Calls ------------------------------------------------------------------------------------------


def silent_offer(hours=49, **fields):
    return OfferFactory(made_at=timezone.now() - dt.timedelta(hours=hours), **fields)


def test_after_two_days_of_silence_the_advisor_is_asked_to_call(sign_in):
    offer, fresh = silent_offer(), silent_offer(hours=40)
    advisor = UserFactory(advisor=offer.application.college)

    assert calls.look_after() == {"made": 1, "settled": 0}
    assert calls.look_after() == {"made": 0, "settled": 0}

    call = OfferCall.objects.get()
    assert (call.offer, hasattr(fresh, "call")) == (offer, False)
    assert message_templates_of(advisor) == ["calls_owed"]
    client = sign_in(advisor)
    assert str(offer.application.student) in client.get(reverse("applications:call-list")).text
    assert str(offer.application.student) not in sign_in(UserFactory(advisor=True)).get("/calls/").text


@pytest.mark.parametrize(("hours", "left", "calls_made"), [(10, 30, 0), (19, 21, 0), (21, 19, 1), (30, 1, 1)])
def test_where_the_time_to_answer_is_short_half_of_it_is_silence_enough(hours, left, calls_made):
    silent_offer(hours=hours, answer_by=timezone.now() + dt.timedelta(hours=left))

    assert calls.look_after()["made"] == calls_made


def test_where_a_college_has_no_advisor_the_office_is_asked(office, sign_in):
    """Nobody is forgotten: one message for all such colleges, and a list of exactly these students."""
    offer, other, helped = silent_offer(), silent_offer(), silent_offer()
    UserFactory(advisor=offer.application.college, is_active=False)
    advisor = UserFactory(advisor=helped.application.college)

    calls.look_after()
    calls.look_after()

    (message,) = Message.objects.filter(recipient=office)
    assert (message.template, message.subject[:7]) == ("applications/calls_owed_office", "Call 2 ")
    assert message_templates_of(advisor) == ["calls_owed"]
    page = sign_in(office).get(reverse("applications:call-list"), {"owed": "office"})
    assert {each.offer for each in page.context["page_obj"]} == {offer, other}
    one = sign_in(office).get(
        reverse("applications:call-list"), {"owed": "office", "cycle": offer.application.cycle.code}
    )
    assert [each.offer for each in one.context["page_obj"]] == [offer]


def message_templates_of(person):
    return [each.template.split("/")[1] for each in Message.objects.filter(recipient=person)]


@pytest.mark.parametrize("act", [offers.confirm, offers.decline])
def test_an_answer_settles_the_call(act):
    offer = silent_offer()
    calls.look_after()

    act(offer, by=offer.application.student)

    call = OfferCall.objects.get()
    assert (call.outcome, call.done_by) == ("not_needed", None)


def test_a_withdrawal_settles_the_call():
    offer = silent_offer()
    calls.look_after()
    application_actions.withdraw(offer.application, by=offer.application.student)

    assert calls.look_after()["settled"] == 1


def test_a_call_that_nobody_answers_comes_back(sign_in):
    offer = silent_offer()
    offer.application.student.phone = "+12135550177"
    offer.application.student.save()
    calls.look_after()
    client = sign_in(UserFactory(advisor=offer.application.college))
    page = reverse("applications:call-record", args=[offer.code])

    assert "+1 213-555-0177" in client.get(page).text
    assert "Say how the call went." in client.post(page, {"outcome": ""}).text
    client.post(page, {"outcome": "no_answer", "note": "Mailbox full."})
    call = OfferCall.objects.get()
    assert (call.done_at, call.note, call.due_at > timezone.now()) == (None, "Mailbox full.", True)

    client.post(page, {"outcome": "reached", "note": "Asks the family tonight."})
    call.refresh_from_db()
    assert (call.outcome, call.note) == ("reached", "Asks the family tonight.")
    assert Event.objects.filter(action="selection.call").count() == 2


def test_the_list_says_when_to_call_again_and_when_the_time_is_over(sign_in):
    """And the count above the list agrees with the list."""
    offer, other = silent_offer(), silent_offer()
    calls.look_after()
    office = UserFactory(coordinator=True)
    client, cycle = sign_in(office), offer.application.cycle
    assert "Call again after" not in words(client.get("/calls/"))

    calls.record_call(offer.call, outcome="no_answer", note="", by=office)
    listed = words(client.get("/calls/"))
    assert listed.count("No one answered. Call again after") == 1
    assert listed.count("Can answer through") == 2

    Offer.objects.filter(pk=offer.pk).update(answer_by=timezone.now() - dt.timedelta(minutes=1))
    listed = words(client.get("/calls/"))
    assert listed.count("The time to answer ended on") == listed.count("Can answer through") == 1
    record = words(client.get(reverse("applications:call-record", args=[offer.code])))
    assert "can answer until" not in record and "The last day to answer has passed." in record

    page = client.get(reverse("applications:selection-offers", args=[cycle.code]))
    assert page.context["calls"] == 1
    href = f"/calls/?cycle={cycle.code}"
    assert f'href="{href}"' in page.text
    one = client.get(href)
    assert [each.offer for each in one.context["page_obj"]] == [offer]
    assert f"Only students in {cycle.name}." in words(one)
    assert other in [each.offer for each in client.get("/calls/").context["page_obj"]]


# --- Reminders --------------------------------------------------------------------------------------


def test_a_silent_student_is_reminded_once_and_not_after_the_answer():
    offer = OfferFactory(made_at=timezone.now() - dt.timedelta(days=6), answer_by=timezone.now() + dt.timedelta(days=2))
    assert (reminder.send_all(), reminder.send_all()) == (1, 0)
    message = Message.objects.get()
    assert message.template == "applications/reminder_offer"
    assert due.holds(message.still_due)

    offers.decline(offer, by=offer.application.student)
    assert not due.holds(message.still_due)

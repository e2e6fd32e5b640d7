"""Corrections of a released result that was wrong; messages that replace ones not sent yet."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.apply import results
from applications.base import waitlist
from applications.models import Offer
from applications.release.actions import correcting
from applications.release.actions import offer as offers
from applications.states import CORRECTIONS, Status, check_correction
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    DecisionFactory,
    OfferFactory,
    application_facts,
    review_facts,
)
from tests.releasing import message_templates, release_now, told, waiting, words

pytestmark = pytest.mark.django_db
REASON = "The two files were mixed up."


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.mark.parametrize("source", Status.values)
@pytest.mark.parametrize("target", ["selected", "waitlisted", "not_selected"])
def test_only_a_result_that_waits_can_be_corrected(source, target):
    allowed = source in ("selected", "waitlisted", "not_selected") and source != target
    assert (target in CORRECTIONS.get(Status(source), ())) == allowed
    if not allowed:
        with pytest.raises(RuleViolation) as caught:
            check_correction(source, target)
        assert caught.value.code == "correction_not_allowed"


def test_a_wrong_yes_is_taken_back_with_its_offer(office):
    offer = OfferFactory()
    application, first = offer.application, offer.decision

    decision = correcting.correct(application, result="not_selected", reason=REASON, by=office)
    correcting.correct(application, result="not_selected", reason=REASON, by=office)

    offer.refresh_from_db()
    application.refresh_from_db()
    assert (decision.corrects, application.status, offer.ended_by) == (first, "not_selected", office)
    assert message_templates(application) == ["decision_corrected"]
    assert Event.objects.get(action="selection.correct").reason == REASON
    with pytest.raises(RuleViolation):
        offers.confirm(offer, by=application.student)


def test_a_wrong_no_becomes_an_offer(office):
    application = told(Status.NOT_SELECTED).application

    correcting.correct(application, result="selected", reason=REASON, by=office)

    assert Offer.objects.get().application == application
    assert results.result_of(application.__class__.objects.get(pk=application.pk)).is_corrected


@pytest.mark.parametrize("is_sent", [True, False])
def test_an_unsent_message_is_replaced_and_a_sent_one_followed(office, is_sent):
    application = DecisionFactory(result=Status.NOT_SELECTED).application
    release_now(application.cycle, office)
    first = Message.objects.get()
    if is_sent:
        Message.objects.filter(pk=first.pk).update(sent_at=timezone.now(), claimed_at=timezone.now())
    expected = correcting.telling(application)

    application.refresh_from_db()
    correcting.correct(application, result="selected", reason=REASON, by=office)

    first.refresh_from_db()
    assert (first.dropped_at is None) == is_sent
    assert [each.pk for each in expected.replaces] == ([] if is_sent else [first.pk])
    kept = ["decision_released", "decision_corrected"] if is_sent else ["decision_released"]
    assert message_templates(application) == kept
    newest = Message.objects.order_by("-pk").first()
    assert [each.body for each in expected.drafts] == [newest.body]


def on_the_list(office, is_sent):
    """Told by a release to be number 1 on the waitlist; the text still waits, though the email may be out."""
    student = UserFactory(phone="+12135550131", phone_verified_at=timezone.now(), texts=True)
    application = ApplicationFactory(submitted=True, cycle=CycleFactory(seats=1), student=student)
    DecisionFactory(application=application, result=Status.WAITLISTED, waitlist_position=1)
    release_now(application.cycle, office)
    if is_sent:
        Message.objects.filter(channel="email").update(sent_at=timezone.now(), claimed_at=timezone.now())
    application.refresh_from_db()
    return application


def still_to_go(application):
    rows = Message.objects.filter(recipient=application.student, sent_at=None, dropped_at=None)
    return sorted((each.channel, each.template.split("/")[1]) for each in rows)


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_free_seat_takes_the_place_of_what_waits(office, sign_in, is_sent):
    application = on_the_list(office, is_sent)
    shown = words(sign_in(office).get(reverse("applications:decision-promote", args=[application.code])))
    expected = correcting.seat_telling(application)

    correcting.promote(application, by=office)

    template = "offer_from_waitlist" if is_sent else "decision_released"  # none was sent before
    assert still_to_go(application) == [("email", template), ("text", template)]
    newest = Message.objects.filter(dropped_at=None).order_by("-pk")[:2]
    assert sorted(each.body for each in newest) == sorted(each.body for each in expected.drafts)
    assert len(expected.replaces) == (1 if is_sent else 2)
    assert "so this one replaces it." in shown


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_second_release_takes_the_place_of_what_waits(office, sign_in, is_sent):
    application = on_the_list(office, is_sent)
    said = {"recipient": application.student, "template": "applications/decision_released", "channel": "email"}
    other = Message.objects.create(**said, address="x@example.edu", subject="S", body="Another application, ZZZZZZZZ.")
    DecisionFactory(application=application, result=Status.SELECTED)
    page = reverse("applications:selection-preview", args=[application.cycle.code])
    assert "so this one replaces it." in words(sign_in(office).get(page))

    release_now(application.cycle, office)

    other.refresh_from_db()
    assert other.dropped_at is None
    other.delete()
    assert still_to_go(application) == [("email", "decision_released"), ("text", "decision_released")]
    dropped = Message.objects.filter(recipient=application.student, dropped_at__isnull=False)
    assert dropped.count() == (1 if is_sent else 2)


def test_pages_show_no_text_that_would_not_go_out(office, sign_in):
    """The phone is confirmed, but its number never agreed to texts."""
    numbers = [f"+1213555013{last}" for last in range(3)]
    people = [UserFactory(phone=number, phone_verified_at=timezone.now()) for number in numbers]
    cycle = CycleFactory(seats=3)
    first = waiting(cycle, 1, application__student=people[0])
    offer = OfferFactory(lapsed=True, decision__application__student=people[1])
    DecisionFactory(application__student=people[2], application__cycle=cycle)
    client = sign_in(office)
    pages = [
        client.get(reverse("applications:decision-promote", args=[first.code])),
        client.post(
            reverse("applications:decision-correct", args=[first.code]), {"result": "not_selected", "reason": REASON}
        ),
        client.get(reverse("applications:offer-lapse", args=[offer.code])),
        client.get(reverse("applications:selection-preview", args=[cycle.code])),
    ]
    for page in pages:
        read = re.sub(r'href="tel:[^"]*"', "", page.text)  # whom the office may call is another matter
        assert "@" in read and not any(number in read for number in numbers)


def test_a_message_in_a_workers_hand_counts_as_sent(office):
    application = DecisionFactory(result=Status.NOT_SELECTED).application
    release_now(application.cycle, office)
    Message.objects.update(claimed_at=timezone.now())
    application.refresh_from_db()

    correcting.correct(application, result="waitlisted", reason=REASON, by=office)

    assert message_templates(application) == ["decision_released", "decision_corrected"]


def test_a_confirmed_seat_is_not_corrected(office, sign_in):
    application = ApplicationFactory(confirmed=True)

    answer = sign_in(office).get(reverse("applications:decision-correct", args=[application.code]), follow=True)

    assert "Talk with them first" in answer.text


def test_the_correction_page_shows_the_message_before_it_acts(office, sign_in):
    application = told(Status.NOT_SELECTED, application__student__language="es").application
    page, client = reverse("applications:decision-correct", args=[application.code]), sign_in(office)
    said = {"result": "selected", "waitlist_position": "", "reason": REASON}

    shown = client.post(page, said)
    assert 'lang="es"' in shown.text
    assert application.student.email in shown.text
    assert (Message.objects.count(), Offer.objects.count()) == (0, 0)
    assert "Enter the reason" in client.post(page, said | {"reason": "", "act": "correct"}).text

    client.post(page, said | {"act": "correct"})
    assert message_templates(application) == ["decision_corrected"]
    assert Message.objects.get().language == "es"


def test_change_something_leads_back_to_the_words(office, sign_in):
    application = told(Status.NOT_SELECTED).application
    page, client = reverse("applications:decision-correct", args=[application.code]), sign_in(office)
    said = {"result": "selected", "waitlist_position": "", "reason": REASON}
    assert 'value="change"' in client.post(page, said).text

    again = client.post(page, said | {"act": "change"})

    assert "telling" not in again.context
    assert f">{REASON}</textarea>" in again.text.replace("\n", "")
    assert not Message.objects.exists()


@pytest.mark.parametrize(("seats", "over"), [(2, 0), (1, 1), (None, 0)])
def test_a_correction_says_when_no_seat_is_free(office, sign_in, seats, over):
    """It only warns: the student was wronged, and a person decides."""
    cycle = CycleFactory(seats=seats)
    OfferFactory(decision=told(Status.SELECTED, cycle))
    application = told(Status.NOT_SELECTED, cycle).application
    page, client = reverse("applications:decision-correct", args=[application.code]), sign_in(office)

    shown = client.post(page, {"result": "selected", "reason": REASON})
    assert ("With this change, you’ve selected 1 more student than there are spots (1)." in words(shown)) == bool(over)
    assert "than there are spots" not in words(client.post(page, {"result": "waitlisted", "reason": REASON}))

    client.post(page, {"result": "selected", "reason": REASON, "act": "correct"})
    application.refresh_from_db()
    assert application.status == "selected"


def test_a_seat_decided_and_not_told_yet_counts_in_the_warning(office):
    cycle = CycleFactory(seats=1)
    DecisionFactory(application=ApplicationFactory(cycle=cycle, submitted=True), result=Status.SELECTED)
    wronged = told(Status.NOT_SELECTED, cycle).application
    assert waitlist.over_with(wronged) == 1
    own = waiting(CycleFactory(seats=1), 1)
    DecisionFactory(application=own, result=Status.SELECTED)
    assert waitlist.over_with(own) == 0  # their own decision takes the seat

"""Consent to texts: who gets them, when they wait for the morning, and the pages for giving and withdrawing it."""

import datetime as dt

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from exchange import tasks
from exchange.base import due
from exchange.base.errors import RuleViolation
from exchange.messages import consent, outbox, retries, texts
from exchange.models import Event, Fact, Message, TextConsent
from tests.exchange.messages.test_messages import away, text, waiting
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import application_facts
from tests.signing import code_for, type_code

pytestmark = pytest.mark.django_db
NUMBER = "+12135550134"
NEWS = "exchange/account_changed"  # any template with a short form
BEFORE, LATER = dt.timedelta(hours=-1), dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def reference(db):
    application_facts()


@pytest.fixture
def night():
    """By the facts it is night now, for at least an hour."""
    hour = timezone.localtime().hour
    for key, value in (("message.quiet_from", hour), ("message.quiet_to", (hour + 2) % 24)):
        Fact.objects.filter(key=key).delete()
        FactFactory(key=key, value=value, unit=Fact.Unit.COUNT)


def queue(to, **kwargs) -> list[Message]:
    with transaction.atomic():
        return outbox.queue(NEWS, to=to, context={"what": "News."}, **kwargs)


def person(**fields):
    return UserFactory(phone=NUMBER, phone_verified_at=timezone.now(), **fields)


def channels(rows) -> list[str]:
    return [row.channel for row in rows]


# --- Who gets texts -----------------------------------------------------------------------------------


def agreed(user):
    consent.agree(NUMBER, how="page", by=user, user=user)


def stopped(user):
    consent.stop(NUMBER, how="text", by=None)


def agreed_then_stopped(user):
    agreed(user), stopped(user)


def stopped_then_agreed(user):
    stopped(user), agreed(user)


def agreed_by_an_earlier_owner(user):
    consent.agree(NUMBER, how="page", by=None, user=UserFactory())


def taken_over(user):
    agreed_by_an_earlier_owner(user), agreed(user)


MATRIX = [
    (lambda user: None, False),
    (agreed, True),
    (stopped, False),
    (agreed_then_stopped, False),
    (stopped_then_agreed, True),
    (agreed_by_an_earlier_owner, False),
    (taken_over, True),
]


@pytest.mark.parametrize(("past", "gets_texts"), MATRIX, ids=lambda value: getattr(value, "__name__", str(value)))
def test_news_goes_by_text_to_who_agreed_and_by_email_to_all(past, gets_texts):
    user = person()
    past(user)
    assert channels(queue(user)) == (["email", "text"] if gets_texts else ["email"])


@pytest.mark.parametrize(("past", "gets_texts"), MATRIX, ids=lambda value: getattr(value, "__name__", str(value)))
def test_codes_one_asks_for_go_to_any_number(past, gets_texts):
    user = person()
    past(user)
    assert channels(queue(user, address=NUMBER)) == ["text"]
    assert channels(queue(user, is_secret=True)) == ["email", "text"]


def test_a_number_that_is_not_confirmed_gets_nothing_whatever_it_agreed_to():
    user = UserFactory(phone=NUMBER, texts=True)
    assert channels(queue(user)) == ["email"]


def test_a_guests_number_gets_texts_until_it_says_stop():
    guest = outbox.Guest(email="referee@example.edu", phone=NUMBER)
    assert channels(queue(guest)) == ["email", "text"]
    stopped(None)
    assert channels(queue(guest)) == ["email"]


def test_yes_and_stop_are_on_record_once_each():
    user = person()
    for _again in range(2):
        agreed(user)
    for _again in range(2):
        stopped(user)

    row = TextConsent.objects.get()
    assert (row.agreed_how, row.stopped_how, row.user, row.allows) == ("page", "text", user, False)
    assert list(Event.objects.order_by("pk").values_list("action", flat=True)) == [
        "text_consent.agree",
        "text_consent.stop",
    ]


def test_a_late_word_overrides_nothing_newer():
    now = timezone.now()
    consent.stop(NUMBER, how="page", by=None, at=now)
    consent.agree(NUMBER, how="text", by=None, at=now + BEFORE)
    assert not consent.allows(NUMBER)

    consent.agree(NUMBER, how="page", by=None)
    consent.stop(NUMBER, how="text", by=None, at=now + BEFORE)
    assert consent.allows(NUMBER)


def test_nothing_is_said_later_than_now():
    consent.agree(NUMBER, how="text", by=None, at=timezone.now() + LATER)
    consent.stop(NUMBER, how="page", by=None)
    assert not consent.allows(NUMBER)


# --- At night -----------------------------------------------------------------------------------------


def test_news_waits_for_the_morning_and_its_email_does_not(night):
    email, text_row = queue(person(texts=True))

    assert email.send_after is None
    assert timezone.localtime(text_row.send_after).minute == 0
    assert dt.timedelta() < text_row.send_after - timezone.now() <= dt.timedelta(hours=2)


@pytest.mark.parametrize("kwargs", [{"is_answer": True}, {"is_secret": True}, {"address": NUMBER}], ids=str)
def test_codes_and_answers_go_out_at_night(night, kwargs):
    assert [row.send_after for row in queue(person(texts=True), **kwargs) if row.channel == "text"] == [None]


def test_no_task_takes_a_text_before_its_time(night, django_capture_on_commit_callbacks, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    with django_capture_on_commit_callbacks(execute=True):
        [text_row] = queue(UserFactory(by_phone=True, texts=True))

    assert outbox.deliver(text_row.pk) is False
    tasks.deliver_waiting_messages.delay()
    text_row.refresh_from_db()
    assert (text_row.sent_at, text_row.attempts) == (None, 0)

    Message.objects.update(send_after=timezone.now() - dt.timedelta(seconds=1))
    tasks.deliver_waiting_messages.delay()

    text_row.refresh_from_db()
    assert text_row.sent_at is not None


def test_two_days_of_tries_are_counted_from_the_morning_on():
    now = timezone.now()
    message = text(queued_at=now - retries.LASTS, send_after=now - retries.LASTS + dt.timedelta(hours=8))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox, "_send", away)
        outbox.deliver(message.pk)
    assert Message.objects.waiting().get() == message


def test_what_failed_is_sent_again_by_day(night):
    coordinator = UserFactory(coordinator=True)
    message = text(failed_at=timezone.now(), attempts=7)

    outbox.send_again(message, by=coordinator)

    message.refresh_from_db()
    assert message.send_after > timezone.now()


def test_what_failed_is_not_sent_again_to_a_number_that_said_stop():
    message = text(address=NUMBER, failed_at=timezone.now())
    stopped(None)

    with pytest.raises(RuleViolation) as caught:
        outbox.send_again(message, by=UserFactory(coordinator=True))

    assert caught.value.code == "said_stop"


def test_the_email_follows_its_text(night):
    email, text_row = queue(person(texts=True), email_after=dt.timedelta(hours=4))
    assert email.send_after == text_row.send_after + dt.timedelta(hours=4)
    [alone] = queue(UserFactory(), email_after=dt.timedelta(hours=4))
    assert alone.send_after is None


# --- Just before sending ------------------------------------------------------------------------------


def test_a_stop_while_it_waited_drops_the_text():
    message = text(address=NUMBER, queued_at=timezone.now() + BEFORE)
    stopped(None)

    assert outbox.deliver(message.pk) is False

    message.refresh_from_db()
    assert message.dropped_at is not None
    assert (message.sent_at, message.error) == (None, outbox.SAID_STOP)
    assert not Message.objects.waiting().exists()


def test_a_code_is_sent_after_a_stop(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    message = text(address=NUMBER, queued_at=timezone.now() - dt.timedelta(minutes=5), is_secret=True)
    stopped(None)
    assert outbox.deliver(message.pk) is True


@pytest.mark.parametrize("holds", [True, False])
def test_a_reason_is_asked_for_as_the_message_goes_out(mailoutbox, monkeypatch, holds):
    asked = []
    monkeypatch.setitem(due._checkers, "tests.reason", lambda key: (asked.append(key), holds)[1])
    message = waiting(still_due="tests.reason:42")

    assert outbox.deliver(message.pk) is holds

    message.refresh_from_db()
    assert (asked, len(mailoutbox), bool(message.dropped_at)) == (["42"], int(holds), not holds)


def test_what_nobody_can_judge_is_not_sent(mailoutbox):
    assert outbox.deliver(waiting(still_due="nobody.knows:1").pk) is False
    assert mailoutbox == []


def test_a_number_that_the_provider_knows_to_have_stopped(monkeypatch):
    def opted_out(message):
        raise texts.OptedOut(message.address)

    monkeypatch.setattr(outbox, "_send", opted_out)
    agreed(UserFactory())
    message = text(address=NUMBER)

    assert outbox.deliver(message.pk) is False

    message.refresh_from_db()
    assert message.dropped_at is not None
    assert not consent.allows(NUMBER)


# --- The pages ----------------------------------------------------------------------------------------


def test_a_person_starts_and_stops_texts_on_their_page(sign_in):
    user = person()
    client = sign_in(user)
    assert "except for codes you ask for" in client.get(reverse("account-texts")).text

    client.post(reverse("account-texts"), {"wish": "start"})
    assert "You get texts at" in client.get(reverse("account-texts")).text
    assert [(m.template, m.channel) for m in Message.objects.all()] == [("exchange/texts_started", "text")]
    assert "You get them" in client.get(reverse("account-detail")).text

    client.post(reverse("account-texts"), {"wish": "stop"})
    assert not consent.allows(NUMBER)
    assert TextConsent.objects.get().stopped_how == "page"


def test_a_refusal_of_the_provider_is_told(sign_in, monkeypatch):
    def refuses(number):
        raise OSError("once in 30 days")

    monkeypatch.setattr(texts, "opt_in", refuses)
    response = sign_in(person()).post(reverse("account-texts"), {"wish": "start"}, follow=True)
    assert "Text START to our number too" in response.text
    assert consent.allows(NUMBER)


@pytest.mark.parametrize("fields", [{"phone": None}, {"phone": NUMBER}], ids=["none", "unconfirmed"])
def test_without_a_confirmed_number_nobody_agrees(sign_in, fields):
    client = sign_in(UserFactory(**fields))
    client.post(reverse("account-texts"), {"wish": "start"})
    assert not TextConsent.objects.exists()
    assert "Add a phone number" in client.get(reverse("account-texts")).text


@pytest.mark.parametrize("wants", [True, False])
def test_a_new_person_is_asked_where_the_number_is_typed(client, wants):
    fields = {"contact": "213 555 0134", "preferred_name": "Ana", "language": "es"}
    client.post(reverse("account_signup"), fields | ({"texts": "on"} if wants else {}))
    assert not TextConsent.objects.exists()  # anyone can type any number

    type_code(client, code_for(NUMBER), page="account_verify_phone")

    assert consent.allows(NUMBER) is wants
    assert Message.objects.filter(template="exchange/texts_started", language="es").exists() is wants


@pytest.mark.parametrize("wants", [True, False])
def test_a_changed_number_is_asked_for_anew(sign_in, wants):
    client, new = sign_in(person(texts=True)), "+12135550177"
    client.post(reverse("account_change_phone"), {"phone": new} | ({"texts": "on"} if wants else {}))
    assert not consent.allows(new)

    type_code(client, code_for(new), page="account_verify_phone")

    assert consent.allows(new) is wants


def test_a_wish_for_one_number_is_none_for_another(sign_in):
    client, new = sign_in(UserFactory()), "+12135550177"
    client.post(reverse("account_change_phone"), {"phone": NUMBER, "texts": "on"})
    client.post(reverse("account_change_phone"), {"phone": new})
    type_code(client, code_for(new), page="account_verify_phone")
    assert not TextConsent.objects.exists()


def test_the_office_writes_down_what_it_was_told(sign_in):
    coordinator, user = UserFactory(coordinator=True), person()
    client, page = sign_in(coordinator), reverse("texts-record")

    assert client.post(page, {"phone": NUMBER, "wish": "agree", "reason": ""}).status_code == 200  # no proof, no yes
    assert not TextConsent.objects.exists()
    client.post(page, {"phone": "213-555-0134", "wish": "agree", "reason": "Called on Tuesday and said yes."})

    row = TextConsent.objects.get()
    assert (row.user, row.agreed_how, row.allows) == (user, "office", True)
    event = Event.objects.get()
    assert (event.by, event.reason) == (coordinator, "Called on Tuesday and said yes.")

    client.post(page, {"phone": NUMBER, "wish": "stop", "reason": "Wrote to the office."})
    assert not consent.allows(NUMBER)


def test_the_office_sees_how_many_wait_and_how_many_were_dropped(rf):
    office = UserFactory(coordinator=True)
    text(send_after=timezone.now() + LATER)
    waiting(dropped_at=timezone.now())
    waiting()
    assert Message.objects.visible_to(office).quiet_counts() == (1, 1)


def test_the_outbox_of_the_demo_says_until_when_a_text_waits(client):
    text(send_after=timezone.now() + LATER)
    waiting(dropped_at=timezone.now())
    page = client.get(reverse("demo-outbox")).text
    assert "waiting until" in page
    assert "no longer needed" in page

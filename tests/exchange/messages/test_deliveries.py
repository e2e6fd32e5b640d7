"""What becomes of a text after it was sent: its provider's reports, the email instead, and the office's list."""

import datetime as dt
import json

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from exchange.messages import deliveries, outbox, texts
from exchange.models import Message
from tests.exchange.messages.test_inbound import CERTIFICATE, notification, post, signed, sns
from tests.factories import UserFactory
from tests.factories_applications import application_facts

pytestmark = pytest.mark.django_db
NUMBER, TOPIC = "+12135550134", "arn:aws:sns:us-west-2:123456789012:text-events"


@pytest.fixture(autouse=True)
def events_topic(settings, monkeypatch):
    application_facts()
    settings.TEXT_EVENTS_TOPIC_ARN = TOPIC
    settings.TEXT_BACKEND = "tests.exchange.messages.test_deliveries.numbered"
    monkeypatch.setattr(sns, "fetch", lambda address: CERTIFICATE)


def numbered(number, body):
    return "862a8790-60c0-4430-9b2b-658bd1b1b1b1"


def reported(kind, *, final=True, number=NUMBER, message_id="862a8790-60c0-4430-9b2b-658bd1b1b1b1"):
    """An event as End User Messaging posts it, through our address. Returns the status of the answer."""
    event = {
        "eventType": kind,
        "eventVersion": "1.0",
        "isFinal": final,
        "destinationPhoneNumber": number,
        "messageId": message_id,
        "messageStatusDescription": "What the carrier said",
    }
    fields = notification("", topic=TOPIC) | {"Message": json.dumps(event)}
    content = json.dumps(signed(fields))
    return post(content, name="texts-events").status_code


def told(*, email_after=dt.timedelta(0), email="ana@example.org"):
    """A student who agreed to texts has news by text and email; the text is sent."""
    user = UserFactory(**CONFIRMED, email=email)
    with transaction.atomic():
        rows = outbox.queue("travel/placed", to=user, context=PLACED, email_after=email_after)
    Message.objects.filter(channel="text").update(send_after=None)
    by_channel = {row.channel: row for row in rows}
    assert outbox.deliver(by_channel["text"].pk)
    return by_channel["text"], by_channel.get("email")


CONFIRMED = {"phone": NUMBER, "phone_verified_at": dt.datetime(2026, 9, 1, tzinfo=dt.UTC), "texts": True}
PLACED = {"placement": {"code": "BCDFGHJK", "trip": {}}}


def state_of(message):
    message.refresh_from_db()
    return str(message.state_label)


@pytest.mark.parametrize("kind", ["TEXT_DELIVERED", "TEXT_SUCCESSFUL"])
def test_a_text_that_arrived_says_so(kind):
    text, _email = told()
    assert state_of(text) == "sent"

    assert reported(kind) == 200

    assert state_of(text) == "delivered"
    assert reported("TEXT_UNREACHABLE") == 200
    assert state_of(text) == "delivered"


@pytest.mark.parametrize("kind", ["TEXT_UNREACHABLE", "TEXT_CARRIER_BLOCKED", "TEXT_INVALID", "TEXT_TTL_EXPIRED"])
def test_a_text_that_did_not_arrive_fails_once_and_says_why(kind):
    text, _email = told()

    assert [reported(kind), reported(kind)] == [200, 200]

    assert state_of(text) == "failed"
    assert text.error == "What the carrier said"
    assert text.reason == ("bad_number" if kind == "TEXT_INVALID" else "unreached")


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("TEXT_PENDING", {"final": False}),
        ("TEXT_UNREACHABLE", {"final": False}),
        ("TEXT_UNKNOWN", {}),
        ("VOICE_FAILED", {}),
        ("TEXT_UNREACHABLE", {"number": "+12135550135"}),
        ("TEXT_UNREACHABLE", {"message_id": "of another"}),
        ("TEXT_UNREACHABLE", {"message_id": ""}),
    ],
)
def test_what_says_nothing_about_this_text_changes_nothing(kind, changes):
    text, _email = told()

    assert reported(kind, **changes) == 200

    assert state_of(text) == "sent"


def test_the_email_that_waited_for_a_failed_text_goes_at_once(django_capture_on_commit_callbacks):
    _text, email = told(email_after=dt.timedelta(hours=4))
    assert email.send_after > timezone.now()

    with django_capture_on_commit_callbacks() as callbacks:
        reported("TEXT_UNREACHABLE")

    email.refresh_from_db()
    assert email.send_after is None
    assert len(callbacks) == 1
    assert outbox.deliver(email.pk)


def test_a_person_gets_the_text_on_the_list_only_if_no_email_went():
    _text, email = told()
    reported("TEXT_UNREACHABLE")
    assert Message.objects.for_a_person().filter(channel="text").count() == 1

    assert outbox.deliver(email.pk)

    assert not Message.objects.for_a_person().exists()


def test_a_text_that_can_never_be_sent_sends_its_email(monkeypatch):
    user = UserFactory(**CONFIRMED)
    with transaction.atomic():
        rows = outbox.queue("travel/placed", to=user, context=PLACED, email_after=dt.timedelta(hours=4))
    text, email = sorted(rows, key=lambda row: row.channel, reverse=True)
    monkeypatch.setattr(outbox.text_limits, "reason_against", lambda number, is_urgent: Message.Reason.OFF)
    Message.objects.filter(pk=text.pk).update(send_after=None)

    assert outbox.deliver(text.pk) is False

    email.refresh_from_db()
    assert (state_of(text), email.send_after) == ("failed", None)


def test_events_need_amazons_signature_and_our_topic(settings):
    text, _email = told()
    fields = notification("", topic=TOPIC) | {"Message": json.dumps({"eventType": "TEXT_UNREACHABLE"})}
    assert post(signed(fields) | {"Message": "{}"}, name="texts-events").status_code == 403
    assert post(signed(notification("STOP", topic=TOPIC + "x")), name="texts-events").status_code == 403
    settings.TEXT_EVENTS_TOPIC_ARN = ""
    assert post(signed(fields), name="texts-events").status_code == 404
    assert state_of(text) == "sent"


@pytest.mark.parametrize("message", ["not JSON", "[]", "{}"])
def test_what_is_no_event_changes_nothing(message):
    text, _email = told()
    fields = notification("", topic=TOPIC) | {"Message": message}
    assert post(signed(fields), name="texts-events").status_code == 200
    assert state_of(text) == "sent"


def test_urgent_texts_go_first_and_no_ceiling_or_hour_holds_them(monkeypatch):
    user = UserFactory(**CONFIRMED, email="")
    monkeypatch.setattr(outbox, "by_day", lambda moment: moment + dt.timedelta(hours=8))
    monkeypatch.setattr(outbox.text_limits, "are_used_up", lambda: True)
    with transaction.atomic():
        calm = outbox.queue("travel/placed", to=user, context=PLACED)[0]
        urgent = outbox.queue("travel/placed", to=user, context=PLACED, is_urgent=True)[0]

    assert (calm.send_after is not None, urgent.send_after) == (True, None)
    assert outbox.deliver(urgent.pk)
    assert not outbox.deliver(calm.pk)


def test_end_user_messaging_gets_the_text_and_says_its_id(settings, monkeypatch):
    asked = []

    class Client:
        def send_text_message(self, **fields):
            asked.append(fields)
            return {"MessageId": "m-1"}

    import boto3  # noqa: PLC0415 -- as the code under test

    monkeypatch.setattr(boto3, "client", lambda service, **options: Client() if "voice" in service else None)
    settings.TEXT_SENDER, settings.TEXT_CONFIGURATION_SET = "+12135550100", "texts"

    assert texts.messaging_backend(NUMBER, "Hello") == "m-1"
    assert asked == [
        {
            "DestinationPhoneNumber": NUMBER,
            "OriginationIdentity": "+12135550100",
            "MessageBody": "Hello",
            "MessageType": "TRANSACTIONAL",
            "ConfigurationSetName": "texts",
        }
    ]


def test_hear_ignores_texts_that_were_not_sent():
    user = UserFactory(**CONFIRMED)
    with transaction.atomic():
        text = next(r for r in outbox.queue("travel/placed", to=user, context=PLACED) if r.channel == "text")
    Message.objects.filter(pk=text.pk).update(provider_id="m-2")

    deliveries.hear({"eventType": "TEXT_DELIVERED", "messageId": "m-2", "destinationPhoneNumber": NUMBER})

    assert state_of(text) == "waiting"


def test_the_address_of_events_is_the_one_in_the_manual():
    assert reverse("texts-events") == "/texts/events/"

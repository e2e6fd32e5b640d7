"""Text messages through SNS, with a local server that speaks its protocol."""

import pytest
from moto.sns import sns_backends

from exchange.messages import consent, outbox, text_limits, texts
from tests.exchange.messages.test_messages import text
from tests.factories_applications import application_facts

pytestmark = pytest.mark.service


@pytest.fixture
def sns(aws, settings):
    settings.TEXT_BACKEND = "exchange.messages.texts.sns_backend"
    settings.AWS_SNS_ENDPOINT_URL = aws
    return aws


def sent() -> list[tuple[str, str]]:
    """(number, text) of each message that the server was asked to send."""
    return list(sns_backends["123456789012"]["us-west-2"].sms_messages.values())


def test_sns_sends_to_the_number(sns):
    texts.sns_backend("+12135550100", "Tu código es 123456")

    assert sent() == [("+12135550100", "Tu código es 123456")]


@pytest.mark.django_db
def test_a_text_message_goes_through_sns_once(sns):
    application_facts()
    message = text(body="You were selected.")

    assert [outbox.deliver(message.pk), outbox.deliver(message.pk)] == [True, False]

    assert sent() == [("+12135550100", "You were selected.")]
    message.refresh_from_db()
    assert message.sent_at is not None


@pytest.mark.django_db
def test_a_text_waits_when_sns_is_away(sns, settings):
    application_facts()
    settings.AWS_SNS_ENDPOINT_URL = "http://127.0.0.1:1"
    message = text(body="You were selected.")

    assert outbox.deliver(message.pk) is False

    message.refresh_from_db()
    assert (message.sent_at, message.failed_at, message.claimed_at) == (None, None, None)
    assert "Could not connect" in message.error


@pytest.mark.django_db
def test_a_number_that_amazon_refuses_fails_once_and_says_why(sns, monkeypatch):
    monkeypatch.setattr(text_limits, "reason_against", lambda number, is_urgent: None)
    application_facts()
    message = text(body="You were selected.", address="+1")  # moto checks the form of a number, as Amazon does

    assert outbox.deliver(message.pk) is False

    message.refresh_from_db()
    assert (message.attempts, message.reason) == (1, message.Reason.BAD_NUMBER)
    assert (message.failed_at is not None, "InvalidParameter" in message.error) == (True, True)


# --- Numbers that opted out with the provider: moto treats those ending in 99 as such --------------------

STOPPED = "+12135550199"


@pytest.mark.django_db
def test_a_number_that_stopped_at_the_provider_is_asked_for_and_written_down(sns):
    application_facts()
    message = text(body="You were selected.", address=STOPPED)

    assert outbox.deliver(message.pk) is False

    assert sent() == []
    message.refresh_from_db()
    assert (message.dropped_at is not None, message.error) == (True, outbox.SAID_STOP)
    assert consent.is_stopped(STOPPED)


def test_who_wants_texts_again_is_opted_in_at_the_provider(sns):
    sns_backends["123456789012"]["us-west-2"].opt_out_numbers.append(STOPPED)
    texts.opt_in(STOPPED)
    assert STOPPED not in sns_backends["123456789012"]["us-west-2"].opt_out_numbers


def test_opting_in_fails_aloud_when_sns_is_away_and_needs_no_sns_elsewhere(sns, settings):
    settings.AWS_SNS_ENDPOINT_URL = "http://127.0.0.1:1"
    with pytest.raises(OSError):
        texts.opt_in(STOPPED)
    settings.TEXT_BACKEND = "exchange.messages.texts.file_backend"
    texts.opt_in(STOPPED)


def test_our_subscription_to_incoming_texts_is_confirmed(sns):
    import boto3  # noqa: PLC0415 -- only here

    client = boto3.client("sns", region_name="us-west-2", endpoint_url=sns)
    topic = client.create_topic(Name="texts-in")["TopicArn"]
    texts.confirm_subscription(topic, "2336412f37")
    with pytest.raises(OSError):
        texts.confirm_subscription(topic + "-unknown", "2336412f37")

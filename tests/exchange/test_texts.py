"""Text messages through SNS, against a local server that speaks its protocol."""

import pytest
from moto.sns import sns_backends

from exchange import messages, texts
from tests.exchange.test_messages import text

pytestmark = pytest.mark.service


@pytest.fixture
def sns(aws, settings):
    settings.TEXT_BACKEND = "exchange.texts.sns_backend"
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
    message = text(body="You were selected.")

    assert [messages.deliver(message.pk), messages.deliver(message.pk)] == [True, False]

    assert sent() == [("+12135550100", "You were selected.")]
    message.refresh_from_db()
    assert message.sent_at is not None


@pytest.mark.django_db
def test_a_text_waits_when_sns_is_away(sns, settings):
    settings.AWS_SNS_ENDPOINT_URL = "http://127.0.0.1:1"
    message = text(body="You were selected.")

    with pytest.raises(OSError):
        messages.deliver(message.pk)

    message.refresh_from_db()
    assert (message.sent_at, message.claimed_at) == (None, None)
    assert "Could not connect" in message.error

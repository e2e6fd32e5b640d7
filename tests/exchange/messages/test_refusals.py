"""Which errors end a message at once, which are tried again, and which say that the server is away for all."""

import smtplib
from types import SimpleNamespace

import pytest
from anymail.exceptions import AnymailAPIError, AnymailInvalidAddress, AnymailRecipientsRefused

from exchange.messages import refusals
from exchange.models import Message

Reason = Message.Reason


def at_recipient(code: int, text: bytes) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({"ana@example.edu": (code, text)})


def from_api(status: int | None) -> AnymailAPIError:
    return AnymailAPIError("refused", status_code=status, response=SimpleNamespace(reason="Refused", text="refused"))


def from_amazon(code: str, text: str = "said Amazon") -> AnymailAPIError:
    """As Anymail raises what boto3 found out."""
    return AnymailAPIError(text, response={"Error": {"Code": code, "Message": text}})


PERMANENT = [
    (from_amazon("MessageRejected", "Email address not allowed"), Reason.REJECTED),
    (from_amazon("BadRequestException", "Illegal address"), Reason.REJECTED),
    (at_recipient(550, b"5.1.1 No such user"), Reason.NO_MAILBOX),
    (at_recipient(553, b"mailbox name not allowed"), Reason.NO_MAILBOX),
    (at_recipient(552, b"too much mail"), Reason.FULL),
    (at_recipient(554, b"5.2.2 Mailbox full"), Reason.FULL),
    (at_recipient(554, b"5.7.1 Relay access denied"), Reason.REJECTED),
    (smtplib.SMTPDataError(554, b"5.7.1 Looks like spam"), Reason.REJECTED),
    (AnymailRecipientsRefused("all were refused"), Reason.NO_MAILBOX),
    (AnymailInvalidAddress("not an address"), Reason.BAD_ADDRESS),
    (from_api(422), Reason.REJECTED),
    (ValueError("Header values can't contain newlines"), Reason.BAD_ADDRESS),
    (refusals.Refused(Reason.BAD_NUMBER, "not a number"), Reason.BAD_NUMBER),
]
ABOUT_THE_MESSAGE = [at_recipient(450, b"4.2.1 Greylisted"), smtplib.SMTPDataError(451, b"Try again later")]
ABOUT_THE_SERVER = [
    ConnectionRefusedError("refused"),
    TimeoutError("timed out"),
    smtplib.SMTPServerDisconnected("gone"),
    smtplib.SMTPConnectError(554, b"No service"),
    smtplib.SMTPAuthenticationError(535, b"5.7.8 Bad credentials"),
    smtplib.SMTPSenderRefused(550, b"Not from you", "exchange@example.gov"),
    at_recipient(530, b"5.7.0 Authentication required"),
    at_recipient(421, b"Too many connections"),
    smtplib.SMTPDataError(421, b"Shutting down"),
    from_api(None),
    from_amazon("MessageRejected", "Email address is not verified."),
    from_amazon("AccountSuspendedException"),
    from_amazon("TooManyRequestsException"),
]


@pytest.mark.parametrize(("error", "reason"), PERMANENT, ids=str)
def test_a_permanent_refusal_ends_the_message_and_nothing_else(error, reason):
    assert isinstance(error, refusals.CANNOT_SEND)
    assert refusals.reason_to_give_up(error) == reason
    assert refusals.is_about_server(error) is False


@pytest.mark.parametrize("error", ABOUT_THE_MESSAGE, ids=str)
def test_a_refusal_for_now_is_tried_again_and_others_go_on(error):
    assert isinstance(error, refusals.CANNOT_SEND)
    assert (refusals.reason_to_give_up(error), refusals.is_about_server(error)) == (None, False)


@pytest.mark.parametrize("error", ABOUT_THE_SERVER, ids=str)
def test_a_server_that_is_away_or_does_not_accept_us_is_no_reason_to_give_up(error):
    assert isinstance(error, refusals.CANNOT_SEND)
    assert (refusals.reason_to_give_up(error), refusals.is_about_server(error)) == (None, True)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_a_provider_that_refuses_our_account_is_away(status):
    error = from_api(status)
    assert (refusals.reason_to_give_up(error), refusals.is_about_server(error)) == (None, True)


def test_a_bug_is_not_taken_for_a_refusal():
    assert not isinstance(TypeError("a bug"), refusals.CANNOT_SEND)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (at_recipient(550, b"5.1.1 No such user"), "550 5.1.1 No such user"),
        (smtplib.SMTPDataError(451, b"Try again later"), "451 Try again later"),
        (ConnectionRefusedError("refused"), "refused"),
        (TimeoutError(), "TimeoutError"),
    ],
    ids=str,
)
def test_the_record_holds_what_the_server_said(error, words):
    assert refusals.in_short(error) == words

"""What an error of a mail server, of a provider's API or of Amazon SNS means: give up at once, or try again. Pure.

SMTP: RFC 5321, 4.2.1 (5yz is permanent, 4yz is not), with the enhanced codes of RFC 3463. Errors about ourselves, such
as a wrong password, are no reason to give up a message: once the settings are right, all of them can go.
"""

import re
from smtplib import SMTPAuthenticationError, SMTPDataError, SMTPRecipientsRefused, SMTPResponseException

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused

from exchange.models import Message

Reason = Message.Reason

# codes that ask us to sign in first: about our settings, whatever command they answer
ABOUT_OUR_ACCOUNT = frozenset({530, 534, 535, 538})
# the content or the address was refused, not the caller: 401, 403, 404 and 429 are about our account
API_REFUSALS = frozenset({400, 413, 422})
# of Amazon SES: the content or the address. Its other errors are about our account, or about its own limits
SES_REFUSALS = frozenset({"MessageRejected", "BadRequestException"})
# Amazon also says MessageRejected where an address of ours isn't confirmed with it
OUR_ADDRESS = "not verified"
NO_MAILBOX = re.compile(r"\b5\.1\.\d")
MAILBOX_FULL = re.compile(r"\b5\.2\.2\b")


class Refused(Exception):
    """A backend's permanent refusal. `reason` for people, the text for the record."""

    def __init__(self, reason: Message.Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


# what sending can raise; anything else is a bug and reaches the error log
CANNOT_SEND = (OSError, AnymailError, Refused, ValueError)


def reason_to_give_up(error: Exception) -> Message.Reason | None:
    """Why another try is useless; None if the same message may be accepted later."""
    match error:
        case Refused(reason=reason):
            return reason
        case SMTPRecipientsRefused() if error.recipients:
            code, said = next(iter(error.recipients.values()))
            return _of_recipient(code, _text(said))
        case SMTPDataError(smtp_code=code) if _is_permanent(code):
            return Reason.REJECTED
        case AnymailRecipientsRefused():
            return Reason.NO_MAILBOX
        case AnymailInvalidAddress():
            return Reason.BAD_ADDRESS
        case AnymailAPIError() if _is_refused_by_api(error):
            return Reason.REJECTED
        case OSError() | AnymailError():
            return None
        case ValueError():  # Django cannot write such an address into a header
            return Reason.BAD_ADDRESS
    return None


def is_about_server(error: Exception) -> bool:
    """Whether the next message would fail in the same way: the server is away, or doesn't accept us."""
    match error:
        case SMTPRecipientsRefused() if error.recipients:
            code, _said = next(iter(error.recipients.values()))
            return code == 421 or code in ABOUT_OUR_ACCOUNT
        case SMTPDataError(smtp_code=code):
            return code == 421
        case AnymailAPIError():
            return not _is_refused_by_api(error)
    return isinstance(error, OSError)


def in_short(error: Exception) -> str:
    """The error's own words, for the record: what the server said, without Python's way to write it down."""
    match error:
        case SMTPRecipientsRefused() if error.recipients:
            code, said = next(iter(error.recipients.values()))
            return f"{code} {_text(said)}"
        case SMTPAuthenticationError() | SMTPResponseException():
            return f"{error.smtp_code} {_text(error.smtp_error)}"
    return str(error) or type(error).__name__


def kind(error: Exception) -> str:
    """For the log: what a server said may hold the address, so its number alone, or the error's type."""
    number = in_short(error)[:3] if isinstance(error, (SMTPRecipientsRefused, SMTPResponseException)) else ""
    return f"{type(error).__name__} {number}".strip()


def _of_recipient(code: int, said: str) -> Message.Reason | None:
    if not _is_permanent(code):
        return None
    if MAILBOX_FULL.search(said) or code == 552:
        return Reason.FULL
    return Reason.NO_MAILBOX if NO_MAILBOX.search(said) or code in (550, 551, 553) else Reason.REJECTED


def _is_refused_by_api(error: AnymailAPIError) -> bool:
    """Whether the provider refused this message, not us. Amazon's library answers with a dict and without a status."""
    if isinstance(error.response, dict):
        said = error.response.get("Error", {})
        return said.get("Code") in SES_REFUSALS and OUR_ADDRESS not in said.get("Message", "")
    return error.status_code in API_REFUSALS


def _is_permanent(code: int) -> bool:
    return 500 <= code < 600 and code not in ABOUT_OUR_ACCOUNT


def _text(said: bytes | str) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said

"""The outbox: a message is a row, written with the change that caused it and sent once, after the commit.

Templates are `templates/emails/<app>/<event>.subject.txt` and `<event>.txt`. With a short `<event>.sms.txt`, the
message is sent to a confirmed phone as well, if its number agreed to texts (`exchange.messages.consent`). The news
itself is on the page that a message links to: a message says no more than may be seen on a borrowed phone.

Each `<event>.txt` extends the frame of its readers: `emails/to_student.txt` (tú in Spanish), `to_staff.txt` and
`to_guest.txt` (usted) or `to_account.txt` (whoever has the address). A frame has the greeting, the office's name and
phone, and how to reply. A reply goes to the person who signs: the advisor passed as `signer`, else the office.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.template import TemplateDoesNotExist
from django.template.loader import get_template, render_to_string
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from exchange.background import dispatch
from exchange.base import due
from exchange.base.audit import record
from exchange.base.errors import RuleViolation
from exchange.base.office import Office, office
from exchange.messages import consent, quiet
from exchange.messages.texts import OptedOut
from exchange.models import Message, User
from exchange.reference import facts

# A worker that was killed while sending leaves its claim behind; after this time another may take the row.
CLAIM_LASTS = timedelta(minutes=10)
# The task's own retries are over by then; a message that is still waiting has lost its task.
RETRIES_LAST = timedelta(minutes=15)
QUIET_HOURS = ("message.quiet_from", "message.quiet_to")
MAX_RETRIES = 6
ATTEMPTS = MAX_RETRIES + 1
PLAIN_MARKS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "–": "-", "—": "-", "·": "-"})
REASON_ENDED = "Its reason had ended."
SAID_STOP = "This number said stop."
# The server cannot be reached, or it or the provider's API refused.
CANNOT_SEND = (OSError, AnymailError)


@dataclass(frozen=True, slots=True)
class Guest:
    """A receiver without an account, such as a referee, or the owner of an address that we don't know."""

    email: str = ""
    phone: str = ""
    language: str = "en"
    name: str = ""  # for the greeting


def queue(
    template: str,
    *,
    to: User | Guest,
    context: dict[str, Any] | None = None,
    is_secret: bool = False,
    address: str = "",
    is_answer: bool = False,
    still_due: str = "",
    email_after: timedelta = timedelta(0),
) -> list[Message]:
    """Write the messages to `to` in the caller's transaction; a task delivers them after the commit. Returns the rows.

    An email if there is an address; a text if the phone is confirmed, its number agreed to texts and the template has
    a short form. With `address`, only that email address or E.164 number gets it, with or without consent: a code
    confirms one address, and the person who typed it is waiting.

    `is_answer`: the receiver has just done something and expects this, such as a receipt; texts other than answers and
    codes wait until morning. `still_due` ("name:key", see `exchange.base.due`) is checked again just before sending.
    `email_after`: where a text is sent as well, the email follows this much later.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("queue a message inside the action's transaction")
    was_asked_for = is_secret or bool(address)
    drafted = drafts(template, to, context, address)
    rows = drafted if was_asked_for else welcome([(to, drafted)])[0]
    for draft in rows:
        draft.is_secret, draft.still_due = is_secret, still_due
    _set_times(rows, is_prompt=was_asked_for or is_answer, email_after=email_after)
    for draft in rows:
        draft.save()
        deliver_after_commit(draft)
    return rows


def queue_many(drafted: Sequence[tuple[User, list[Message]]]) -> int:
    """Queue what `drafts` made for many people, as `queue` would one by one, but in few queries. Returns how many.

    In the caller's transaction. A crash between the commit and the last task loses nothing: beat sends the rest.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("queue messages inside the action's transaction")
    text, now = Message.Channel.TEXT, timezone.now()
    rows = [row for some in welcome(drafted) for row in some]
    by_night = by_day(now) if any(row.channel == text for row in rows) else None
    for row in rows:
        row.queued_at = now
        row.send_after = by_night if row.channel == text else None
    Message.objects.bulk_create(rows, batch_size=500)
    prompt = [row.pk for row in rows if row.send_after is None]
    transaction.on_commit(functools.partial(_hand_out, prompt), robust=True)
    return len(rows)


def _hand_out(ids: list[int]) -> None:
    for pk in ids:
        dispatch.send("exchange.deliver_message", message_id=pk)


def welcome(drafted: Sequence[tuple[User | Guest, list[Message]]]) -> list[list[Message]]:
    """Of the drafts for each receiver, those that may be sent. A preview on a page has to use this filter as well.

    Every email; a text if its number agreed or, where a guest gave us it for this purpose, has not said stop.
    """
    text = Message.Channel.TEXT
    texts = [(row.address, to) for to, rows in drafted for row in rows if row.channel == text]
    agreed = consent.all_that_allow([(number, to) for number, to in texts if isinstance(to, User)])
    open_to = {number for number, to in texts if isinstance(to, Guest) and not consent.is_stopped(number)}

    def passes(row: Message, to: User | Guest) -> bool:
        if row.channel != text:
            return True
        return row.address in open_to if isinstance(to, Guest) else (row.address, to.pk) in agreed

    return [[row for row in rows if passes(row, to)] for to, rows in drafted]


def _set_times(rows: list[Message], *, is_prompt: bool, email_after: timedelta) -> None:
    for text in [row for row in rows if row.channel == Message.Channel.TEXT]:
        if not is_prompt:
            text.send_after = by_day(text.queued_at)
        if email_after:
            for email in [row for row in rows if row.channel == Message.Channel.EMAIL]:
                email.send_after = (text.send_after or text.queued_at) + email_after


def by_day(moment: datetime) -> datetime | None:
    """When quiet hours let a text be sent; None: at once."""
    hours = facts.numbers(*QUIET_HOURS)
    quiet_from, quiet_to = (int(hours[key]) for key in QUIET_HOURS)
    first = quiet.first_moment(moment, quiet_from, quiet_to, timezone.get_default_timezone())
    return first if first > moment else None


def was_reminded_today(user: User) -> bool:
    """Whether any reminder was queued for the person today: one a day is enough."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    today = Message.objects.filter(recipient=user, queued_at__gte=midnight, dropped_at__isnull=True)
    return today.exclude(still_due="").exists()


def deliver_after_commit(message: Message) -> None:
    if message.send_after and message.send_after > timezone.now():
        return  # beat sends it when its time has come
    # robust: a broker that is down must not turn a saved change into an error page; beat sends it later
    send = functools.partial(dispatch.send, "exchange.deliver_message", message_id=message.pk)
    transaction.on_commit(send, robust=True)


def drafts(template: str, to: User | Guest, context: dict[str, Any] | None = None, address: str = "") -> list[Message]:
    """The unsaved messages of a template, in the receiver's language. `queue` writes those that are `welcome`."""
    with translation.override(to.language):
        common = {"to": to, "office": office(), "site_url": settings.SITE_URL}
        return _rendered(template, to, common | (context or {}), address)


def preview(template: str, to: User | Guest, context: dict[str, Any] | None = None) -> list[Message]:
    """The rows that `queue` would write now, not saved."""
    return welcome([(to, drafts(template, to, context))])[0]


def _rendered(template: str, to: User | Guest, context: dict[str, Any], address: str) -> list[Message]:
    account = to if isinstance(to, User) else None
    common = {"recipient": account, "language": to.language, "template": template}
    email, phone = _addresses(to, address)
    rows = []
    if email:
        subject = " ".join(render_to_string(f"emails/{template}.subject.txt", context).split())
        body = _tidy(render_to_string(f"emails/{template}.txt", context))
        html = render_to_string("emails/message.html", {**context, "subject": subject, "body": body})
        rows.append(
            Message(
                channel=Message.Channel.EMAIL,
                address=email,
                reply_to=_answered_by(context),
                subject=subject,
                body=body,
                html=html,
                **common,
            )
        )
    if phone and (short := _short_form(template, context)):
        rows.append(Message(channel=Message.Channel.TEXT, address=phone, body=short, **common))
    return rows


def _tidy(text: str) -> str:
    """Without the blanks and empty lines that a part leaves behind that does not apply."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+$", "", text.strip(), flags=re.MULTILINE))


def _answered_by(context: dict[str, Any]) -> str:
    """Where a reply goes: to whom the email is signed by."""
    signer: User | None = context.get("signer")
    at_office: Office = context["office"]
    return (signer.email if signer else "") or at_office.email


def _addresses(to: User | Guest, only: str) -> tuple[str, str]:
    """The email address and the number to use, either of them empty."""
    if only:
        return (only, "") if "@" in only else ("", only)
    if isinstance(to, Guest):
        return to.email, to.phone
    phone = to.phone.as_e164 if to.phone and (to.phone_verified_at or not to.email) else ""
    return to.email or "", phone


def _short_form(template: str, context: dict[str, Any]) -> str:
    try:
        text = get_template(f"emails/{template}.sms.txt").render(context).strip()
    except TemplateDoesNotExist:
        return ""
    # one curly quote, which is not in the GSM alphabet, would halve what fits into a text and double its price
    return text.translate(PLAIN_MARKS)


def deliver(message_id: int) -> bool:
    """Send one message unless it is sent or another worker has it. True if this call sent it.

    The row is claimed before sending, so that two workers never send the same one. A message can arrive twice only if
    a worker is killed after the mail server has accepted it and before the row says so.
    """
    now = timezone.now()
    claimed = (
        Message.objects.waiting()
        .filter(Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - CLAIM_LASTS), pk=message_id, attempts__lt=ATTEMPTS)
        .filter(Q(send_after__isnull=True) | Q(send_after__lte=now))
        # counted before the attempt, so that one that kills its worker is counted too
        .update(claimed_at=now, attempts=F("attempts") + 1)
    )
    if not claimed:
        return False
    message = Message.objects.get(pk=message_id)
    if reason := _reason_to_drop(message):
        return _drop(message, reason)
    try:
        _send(message)
    except OptedOut:
        consent.stop(message.address, how=consent.How.TEXT, by=None, user=message.recipient)
        return _drop(message, SAID_STOP)
    except CANNOT_SEND as error:  # the task tries again, until the row is marked as failed
        message.claimed_at, message.error = None, str(error)[:300]
        message.failed_at = timezone.now() if message.attempts >= ATTEMPTS else None
        message.save(update_fields=["claimed_at", "failed_at", "error"])
        raise
    message.sent_at, message.error = timezone.now(), ""
    if message.is_secret and not settings.DEMO:
        message.body = message.html = ""
    message.save(update_fields=["sent_at", "error", "body", "html"])
    return True


def _reason_to_drop(message: Message) -> str:
    """Why a message must not be sent after all, "" if it may. Checked just before sending, perhaps hours later."""
    if message.still_due and not due.holds(message.still_due):
        return REASON_ENDED
    is_text = message.channel == Message.Channel.TEXT and not message.is_secret
    return SAID_STOP if is_text and consent.stopped_since(message.address, message.queued_at) else ""


def _drop(message: Message, reason: str) -> bool:
    message.dropped_at, message.claimed_at, message.error = timezone.now(), None, reason
    message.save(update_fields=["dropped_at", "claimed_at", "error"])
    return False


def _send(message: Message) -> None:
    if message.channel == Message.Channel.TEXT:
        import_string(settings.TEXT_BACKEND)(message.address, message.body)
        return
    # a message from before there was a column for it is answered by the office, too
    reply_to = [message.reply_to or settings.OFFICE_EMAIL]
    mail = EmailMultiAlternatives(message.subject, message.body, to=[message.address], reply_to=reply_to)
    mail.attach_alternative(message.html, "text/html")
    mail.send()


def deliver_waiting(limit: int = 500) -> int:
    """Send again what has no task: a task was lost or a worker died. Called by beat. Returns how many.

    Marks messages without attempts left as failed; coordinators see them in a list.
    """
    now = timezone.now()
    waiting = Message.objects.waiting().filter(Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - CLAIM_LASTS))
    waiting.filter(attempts__gte=ATTEMPTS).update(failed_at=now)
    waiting = waiting.alias(began_at=Coalesce("send_after", "queued_at")).filter(began_at__lte=now)
    # a message that had to wait has no task yet; others may have a task that has not run
    never_tried = Q(attempts=0) & (Q(send_after__isnull=False) | Q(queued_at__lt=now - timedelta(minutes=1)))
    lost = never_tried | Q(claimed_at__isnull=False) | Q(began_at__lt=now - RETRIES_LAST)
    ids = list(waiting.filter(lost).order_by("queued_at").values_list("pk", flat=True)[:limit])
    for pk in ids:
        dispatch.send("exchange.deliver_message", message_id=pk)
    return len(ids)


def send_again(message: Message, *, by: User) -> None:
    """Queue a failed message again, with all its attempts. RuleViolation("not_failed") if it is not failed."""
    with transaction.atomic():
        given_up = Message.objects.failed().filter(pk=message.pk)
        now = timezone.now()
        is_text = message.channel == Message.Channel.TEXT
        message.send_after = by_day(now) if is_text else None
        fresh = {"failed_at": None, "claimed_at": None, "attempts": 0, "queued_at": now}
        if not given_up.update(**fresh, send_after=message.send_after):
            raise RuleViolation("not_failed", _("This message is already on its way."))
        record("message.send_again", message, by=by)
        deliver_after_commit(message)

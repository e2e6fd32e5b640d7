"""The outbox: a message is a row, written with the change that caused it and sent once, after the commit.

A message is one file, `templates/emails/<app>/<event>.txt`: its subject and, if it has one, its short text as partials
(`{% partialdef subject %}`, `{% partialdef text %}`), and its body as a block. With a short text, it is sent to a
confirmed phone as well, if its number agreed to texts (`exchange.messages.consent`). The news itself is on the page
that a message links to: a message says no more than may be seen on a borrowed phone.

It extends the frame of its readers: `emails/to_student.txt` (tú in Spanish), `to_staff.txt` and `to_guest.txt` (usted),
`to_referee.txt` (both languages) or `to_account.txt` (whoever has the address). A frame has the greeting, the office's
name and phone, and how to reply. A reply goes to the person who signs: the advisor passed as `signer`, else the office.
"""

import functools
import logging
import random
import re
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.template import Context, Engine, TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from exchange.background import dispatch
from exchange.base import due
from exchange.base.audit import record, record_many
from exchange.base.errors import RuleViolation
from exchange.base.home import home_zone
from exchange.base.office import Office, office, sender
from exchange.base.outage import SharedOutage
from exchange.messages import consent, mailboxes, quiet, refusals, retries, text_limits
from exchange.messages.texts import OptedOut, provider
from exchange.models import Message, User
from exchange.models.record import MessageQuerySet
from exchange.reference import facts

log = logging.getLogger(__name__)

QUIET_HOURS = ("message.quiet_from", "message.quiet_to")
# After this time a message that nobody has tried has lost its task.
TASK_IS_LOST = timedelta(minutes=1)
# While a server is away, only the sweep asks again; else each message would hold up a worker until its timeout.
SERVERS = {
    Message.Channel.EMAIL: SharedOutage("The mail server", pause=25),
    Message.Channel.TEXT: provider,
}
# How many of a channel one sweep takes on: a code to sign in must not wait long behind them.
SWEPT_MAX, SHARED_AT_ONCE, SWEEP_SECONDS = 500, 10, 30
# Texts that wait because the day's are used up are looked at again after this time.
USED_UP_FOR = timedelta(hours=1)
PLAIN_MARKS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "–": "-", "—": "-", "·": "-"})
REASON_ENDED = "Its reason had ended."
SAID_STOP = "This number said stop."
CODE_EXPIRED = "Its code had expired."
CALLED_SPAM = "This person marked our mail as spam, so they get no reminders."


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
    batch: str = "",
    is_urgent: bool = False,
) -> list[Message]:
    """Write the messages to `to` in the caller's transaction; a task delivers them after the commit. Returns the rows.

    An email if there is an address; a text if the phone is confirmed, its number agreed to texts and the template has
    a short form. With `address`, only that email address or E.164 number gets it, with or without consent: a code
    confirms one address, and the person who typed it is waiting.

    `is_answer`: the receiver has just done something and expects this, such as a receipt; texts other than answers and
    codes wait until morning. `still_due` ("name:key", see `exchange.base.due`) is checked again just before sending.
    `email_after`: where a text is sent as well, the email follows this much later. `batch`: the act that it is part of
    (`exchange.messages.batches`). `is_urgent`: before all others, at any hour, whatever was sent today.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("queue a message inside the action's transaction")
    was_asked_for = is_secret or bool(address)
    drafted = drafts(template, to, context, address)
    rows = _affordable(drafted) if was_asked_for else welcome([(to, drafted)])[0]
    now = timezone.now()  # one moment for an email and its text, by which they know each other
    for draft in rows:
        draft.is_secret, draft.still_due, draft.batch, draft.is_urgent = is_secret, still_due, batch, is_urgent
        draft.queued_at = now
    is_prompt = was_asked_for or is_answer or is_urgent
    _set_times(rows, is_prompt=is_prompt, email_after=email_after)
    for draft in rows:
        draft.save()
        deliver_after_commit(draft, is_prompt=is_prompt)
    return rows


def queue_many(
    drafted: Sequence[tuple[User | Guest, list[Message]]],
    *,
    batch: str = "",
    is_prompt: bool = False,
    is_urgent: bool = False,
) -> int:
    """Queue what `drafts` made for many people, as `queue` would one by one, but in few queries. Returns how many.

    `is_prompt`: the caller has looked at consent and at the hour where each person is. In the caller's
    transaction. A crash between the commit and the last task loses nothing: beat sends the rest.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("queue messages inside the action's transaction")
    text, now = Message.Channel.TEXT, timezone.now()
    everything = [row for _to, some in drafted for row in some]
    rows = _affordable(everything) if is_prompt else [row for some in welcome(drafted) for row in some]
    by_night = by_day(now) if not is_prompt and any(row.channel == text for row in rows) else None
    for row in rows:
        row.queued_at, row.batch, row.is_urgent = now, batch, is_urgent
        row.send_after = by_night if row.channel == text else None
    Message.objects.bulk_create(rows, batch_size=500)
    due_now = [row for row in rows if row.send_after is None]
    transaction.on_commit(functools.partial(_hand_out, due_now, is_prompt=is_prompt), robust=True)
    return len(rows)


def _hand_out(rows: list[Message], *, is_prompt: bool = False) -> None:
    for row in rows:
        _send_task(row, is_prompt=is_prompt)


def _send_task(row: Message, *, is_prompt: bool) -> None:
    """Codes and alarms, and texts that somebody waits for, have a queue that nothing else fills."""
    is_awaited = is_prompt and row.channel == Message.Channel.TEXT
    if row.is_secret or row.is_urgent or is_awaited:
        dispatch.send("exchange.deliver_urgent_message", message_id=row.pk)
    else:
        dispatch.send("exchange.deliver_message", message_id=row.pk)


def welcome[T: (Message, Outline)](drafted: Sequence[tuple[User | Guest, list[T]]]) -> list[list[T]]:
    """Of the drafts for each receiver, those that may be sent. A preview on a page has to use this filter as well.

    Every email; a text if its number agreed or, where a guest gave us it for this purpose, has not said stop, and if
    its country gets texts.
    """
    text = Message.Channel.TEXT
    texts = [(row.address, to) for to, rows in drafted for row in rows if row.channel == text]
    if not texts:
        return [rows for _to, rows in drafted]
    countries = text_limits.countries()
    texts = [(number, to) for number, to in texts if text_limits.takes(number, countries)]
    agreed = consent.all_that_allow([(number, to) for number, to in texts if isinstance(to, User)])
    open_to = {number for number, to in texts if isinstance(to, Guest) and not consent.is_stopped(number)}

    def passes(row: T, to: User | Guest) -> bool:
        if row.channel != text:
            return True
        return row.address in open_to if isinstance(to, Guest) else (row.address, to.pk) in agreed

    return [[row for row in rows if passes(row, to)] for to, rows in drafted]


def _affordable(drafted: list[Message]) -> list[Message]:
    """Without texts to numbers that get none, whoever typed them and whoever waits for them."""
    texts = [row for row in drafted if row.channel == Message.Channel.TEXT]
    countries = text_limits.countries() if texts else frozenset()
    return [row for row in drafted if row not in texts or text_limits.takes(row.address, countries)]


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
    first = quiet.first_moment(moment, quiet_from, quiet_to, home_zone())
    return first if first > moment else None


def was_reminded_today(user: User) -> bool:
    """Whether any reminder was queued for the person today: one a day is enough."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    today = Message.objects.filter(recipient=user, queued_at__gte=midnight, dropped_at__isnull=True)
    return today.exclude(still_due="").exists()


def deliver_after_commit(message: Message, *, is_prompt: bool = False) -> None:
    """`is_prompt`: somebody waits for it."""
    if message.send_after and message.send_after > timezone.now():
        return  # beat sends it when its time has come
    # robust: a broker that is down must not turn a saved change into an error page; beat sends it later
    transaction.on_commit(functools.partial(_send_task, message, is_prompt=is_prompt), robust=True)


def drafts(template: str, to: User | Guest, context: dict[str, Any] | None = None, address: str = "") -> list[Message]:
    """The unsaved messages of a template, in the receiver's language. `queue` writes those that are `welcome`."""
    common = {"to": to, "office": office(), "site_url": settings.SITE_URL}
    with translation.override(to.language):
        return _rendered(template, to, common | (context or {}), address)


@dataclass(frozen=True, slots=True)
class Outline:
    """A message without its words."""

    channel: str
    address: str
    language: str


def outlines(asked: Sequence[tuple[str, User | Guest]]) -> list[list[Outline]]:
    """For each template and receiver, what `queue` would write now, without its words. Renders nothing; few queries for
    many."""
    with_texts = {template for template in {template for template, _to in asked} if _has_short_form(template)}
    drafted = [(to, _outline(to, with_text=template in with_texts)) for template, to in asked]
    return welcome(drafted)


def _outline(to: User | Guest, *, with_text: bool) -> list[Outline]:
    email, phone = _addresses(to, "")
    found = [(Message.Channel.EMAIL.value, email), (Message.Channel.TEXT.value, phone if with_text else "")]
    return [Outline(channel, address, to.language) for channel, address in found if address]


def ways_to(people: Collection[User]) -> dict[int, list[str]]:
    """By which channels `queue` would reach each of these people now, by primary key. Few queries for many people."""
    found = {person.pk: _addresses(person, "") for person in people}
    with_phone = [(found[each.pk][1], each) for each in people if found[each.pk][1]]
    countries = text_limits.countries() if with_phone else frozenset()
    texts = [(phone, each) for phone, each in with_phone if text_limits.takes(phone, countries)]
    agreed = consent.all_that_allow(texts)
    email, text = Message.Channel.EMAIL.value, Message.Channel.TEXT.value
    return {
        pk: [*([email] if address else []), *([text] if (phone, pk) in agreed else [])]
        for pk, (address, phone) in found.items()
    }


def preview(template: str, to: User | Guest, context: dict[str, Any] | None = None) -> list[Message]:
    """The rows that `queue` would write now, not saved."""
    return welcome([(to, drafts(template, to, context))])[0]


def _rendered(template: str, to: User | Guest, context: dict[str, Any], address: str) -> list[Message]:
    account = to if isinstance(to, User) else None
    common = {"recipient": account, "language": to.language, "template": template}
    email, phone = _addresses(to, address)
    rows = []
    if email:
        subject = " ".join(_plain_text(f"{template}.txt#subject", context).split())
        body = tidy(_plain_text(f"{template}.txt", context))
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


def _plain_text(name: str, context: dict[str, Any]) -> str:
    """A template, or a partial of one, with nothing escaped."""
    return Engine.get_default().get_template(f"emails/{name}").render(Context(context, autoescape=False))


def tidy(text: str) -> str:
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


def _has_short_form(template: str) -> bool:
    try:
        Engine.get_default().get_template(f"emails/{template}.txt#text")
    except TemplateDoesNotExist:
        return False
    return True


def _short_form(template: str, context: dict[str, Any]) -> str:
    if not _has_short_form(template):
        return ""
    text = _plain_text(f"{template}.txt#text", context).strip()
    # one curly quote, which is not in the GSM alphabet, would halve what fits into a text and double its price
    return text.translate(PLAIN_MARKS)


def deliver(message_id: int) -> bool:
    """Send one message if it is due and no other worker has it. True if this call sent it.

    The row is claimed before sending, so that two workers never send the same one. A message can arrive twice only if
    the server took it and we never learned, because a worker or the connection died at that moment; both then have the
    same Message-ID. What can't be sent stays on its row with the time of the next try, until `retries` gives up.
    """
    now = timezone.now()
    message = Message.objects.waiting().filter(_may_be_tried(now), pk=message_id).first()
    if message is None or not _may_try(message.channel):
        return False
    if message.claimed_at and now >= _began_at(message) + retries.LASTS:  # it has killed every worker that took it
        return _fail(message, Message.Reason.AWAY)
    if not _claim(message, now):
        return False
    if reason := _reason_to_drop(message):
        return _drop(message, reason)
    if message.channel == Message.Channel.TEXT and not _may_be_paid(message):
        return False
    try:
        _send(message)
    except OptedOut:
        consent.stop(message.address, how=consent.How.TEXT, by=None, user=message.recipient)
        return _drop(message, SAID_STOP)
    except SoftTimeLimitExceeded:
        return _not_sent(message, TimeoutError("no answer in time"))
    except refusals.CANNOT_SEND as error:
        return _not_sent(message, error)
    message.sent_at, message.error = timezone.now(), ""
    message.delivered_at = None
    _empty_if_secret(message)
    message.save(update_fields=["sent_at", "delivered_at", "error", "provider_id", "body", "html"])
    return True


def _may_be_paid(message: Message) -> bool:
    """Whether the limits of texts let this one go; else it's failed or waits. A code that is late is of no use."""
    if reason := text_limits.reason_against(message.address, is_urgent=message.is_urgent):
        return _fail(message, reason)
    if message.is_urgent or not text_limits.are_used_up():
        return True
    if message.is_secret:
        return _fail(message, Message.Reason.LIMIT)
    message.claimed_at, message.next_try_at = None, timezone.now() + USED_UP_FOR
    message.save(update_fields=["claimed_at", "next_try_at"])
    return False


def _may_be_tried(now: datetime) -> Q:
    """No pause, no quiet hours and no other worker's claim is in the way."""
    is_free = Q(claimed_at__isnull=True) | Q(claimed_at__lte=now - retries.CLAIM_LASTS)
    has_rested = Q(next_try_at__isnull=True) | Q(next_try_at__lte=now)
    return is_free & has_rested & (Q(send_after__isnull=True) | Q(send_after__lte=now))


def _began_at(message: Message) -> datetime:
    return message.send_after or message.queued_at


def _claim(message: Message, now: datetime) -> bool:
    """Take the row, unless another worker has taken it since it was read: then its attempts differ."""
    attempts = message.attempts + 1  # counted before the try, so that one that kills its worker is counted too
    # one that a newer message has replaced meanwhile isn't waiting any longer
    mine = Message.objects.waiting().filter(_may_be_tried(now), pk=message.pk, attempts=message.attempts)
    until = retries.claimed_until(now, attempts, random.random())  # noqa: S311 -- spreads the load, guards nothing
    claimed = mine.update(claimed_at=now, attempts=attempts, next_try_at=until)
    message.claimed_at, message.attempts, message.next_try_at = now, attempts, until
    return bool(claimed)


def _not_sent(message: Message, error: Exception) -> bool:
    """Write down why, and when the next try is, if there is one."""
    log.warning("message %s was not sent: %s", message.code, refusals.kind(error))
    message.error = refusals.in_short(error)[:300]
    if reason := refusals.reason_to_give_up(error):
        return _fail(message, reason)
    if refusals.is_about_server(error):
        SERVERS[Message.Channel(message.channel)].failed(error)
    now = timezone.now()
    chance = random.random()  # noqa: S311 -- as above
    message.next_try_at = retries.next_try(_began_at(message), now, message.attempts, chance)
    if message.next_try_at is None:
        return _fail(message, Message.Reason.AWAY)
    message.claimed_at = None
    message.save(update_fields=["claimed_at", "next_try_at", "error"])
    return False


def _fail(message: Message, reason: Message.Reason) -> bool:
    message.failed_at, message.claimed_at, message.next_try_at = timezone.now(), None, None
    message.reason = reason
    if reason in mailboxes.OF_THE_ADDRESS and message.channel == Message.Channel.EMAIL:
        mailboxes.bounced(message.address, said=message.error)
    _empty_if_secret(message)
    message.save(update_fields=["failed_at", "claimed_at", "next_try_at", "reason", "error", "body", "html"])
    send_email_instead(message)
    return False


def send_email_instead(text: Message) -> None:
    """Send the email with the same news now, if it waits for a text that has failed. Else it was sent with the text."""
    if text.channel != Message.Channel.TEXT or text.recipient_id is None:
        return
    same = Message.objects.waiting().filter(
        recipient=text.recipient_id, template=text.template, queued_at=text.queued_at, channel=Message.Channel.EMAIL
    )
    for email in same.filter(send_after__gt=timezone.now()):
        if Message.objects.waiting().filter(pk=email.pk).update(send_after=None):
            transaction.on_commit(functools.partial(_hand_out, [email]), robust=True)


def _empty_if_secret(message: Message) -> None:
    if message.is_secret and not settings.DEMO:
        message.body = message.html = ""


def _may_try(channel: str) -> bool:
    """Unless the server for this channel couldn't be reached a moment ago."""
    return SERVERS[Message.Channel(channel)].may_try()


def _reason_to_drop(message: Message) -> str:
    """Why a message must not be sent after all, "" if it may. Checked just before sending, perhaps hours later."""
    if message.is_secret and timezone.now() > message.queued_at + timedelta(minutes=settings.CODE_MINUTES):
        return CODE_EXPIRED
    if message.still_due and not due.holds(message.still_due):
        return REASON_ENDED
    if (
        message.still_due
        and message.channel == Message.Channel.EMAIL
        and not mailboxes.wants_reminders(message.address)
    ):
        return CALLED_SPAM
    is_text = message.channel == Message.Channel.TEXT and not message.is_secret
    return SAID_STOP if is_text and consent.stopped_since(message.address, message.queued_at) else ""


def _drop(message: Message, reason: str) -> bool:
    message.dropped_at, message.claimed_at, message.error = timezone.now(), None, reason
    _empty_if_secret(message)
    message.save(update_fields=["dropped_at", "claimed_at", "error", "body", "html"])
    return False


def _send(message: Message) -> None:
    if message.channel == Message.Channel.TEXT:
        message.provider_id = import_string(settings.TEXT_BACKEND)(message.address, message.body) or ""
        return
    # a message from before there was a column for it is answered by the office, too
    reply_to = [message.reply_to or office().email]
    mail = EmailMultiAlternatives(
        message.subject,
        message.body,
        from_email=sender(),
        to=[message.address],
        reply_to=reply_to,
        headers={"Message-ID": message_id_of(message)},
    )
    mail.attach_alternative(message.html, "text/html")
    mail.send()
    status = getattr(mail, "anymail_status", None)  # a provider's reports name the message by this id
    message.provider_id = str(status.message_id or "")[:200] if status else ""


def message_id_of(message: Message) -> str:
    """The same at each try, so that a mailbox that gets a message twice can show it once."""
    return f"<{message.code.lower()}@{urlsplit(settings.SITE_URL).hostname}>"


def deliver_waiting(seconds: float = 25, *, are_urgent: bool = False) -> int:
    """Send what is due and has no task: its pause is over, its task was lost or its worker died. Called by beat.
    `are_urgent`: codes and alarms, else all others.

    Returns how many this call sent. One by one until the server has taken one, because each message handed out to
    other workers while a server hangs would hold up one of them; the rest are shared among all workers. Begins no
    message after `seconds`; the next call goes on.
    """
    ends_at, sent = time.monotonic() + seconds, 0
    for channel in Message.Channel.values:
        waiting = _without_task(channel, timezone.now(), are_urgent=are_urgent)
        if not _may_try(channel):
            _give_up(waiting)
            continue
        ids = list(waiting.values_list("pk", flat=True)[:SWEPT_MAX])
        while ids and time.monotonic() < ends_at and _may_try(channel):
            if deliver(ids.pop(0)):
                sent += 1
                _share(ids, are_urgent=are_urgent)
                break
    return sent


def _share(ids: list[int], *, are_urgent: bool) -> None:
    """Hand them out to all workers. What none has begun when the next sweep comes expires, and is found by that."""
    for start in range(0, len(ids), SHARED_AT_ONCE):
        some = ids[start : start + SHARED_AT_ONCE]
        if are_urgent:
            dispatch.send("exchange.deliver_urgent_messages", SWEEP_SECONDS, message_ids=some)
        else:
            dispatch.send("exchange.deliver_messages", SWEEP_SECONDS, message_ids=some)


def deliver_each(ids: list[int], seconds: float = 60) -> int:
    """Deliver these one after the other; begins none after `seconds`. Returns how many were sent."""
    ends_at = time.monotonic() + seconds
    return sum(deliver(pk) for pk in ids if time.monotonic() < ends_at)


def _without_task(channel: str, now: datetime, *, are_urgent: bool) -> QuerySet[Message]:
    """Messages that no task is going to send: a new one has its own, one that was tried or held back has none."""
    waiting = Message.objects.waiting()
    mine = waiting.urgent() if are_urgent else waiting.not_urgent()
    mine = mine.filter(_may_be_tried(now), channel=channel).order_by("queued_at")
    had_to_wait = Q(next_try_at__isnull=False) | Q(send_after__isnull=False)
    return mine.filter(had_to_wait | Q(queued_at__lt=now - TASK_IS_LOST))


def _give_up(waiting: QuerySet[Message]) -> None:
    """Fail what is too old although not each of them was tried to the end: their server has been away all the time."""
    old = waiting.alias(began_at=Coalesce("send_after", "queued_at"))
    old = old.filter(began_at__lt=timezone.now() - retries.LASTS)
    old.update(failed_at=timezone.now(), claimed_at=None, next_try_at=None, reason=Message.Reason.AWAY)


@transaction.atomic
def send_again(message: Message, *, by: User) -> None:
    """Queue a failed message again, for another two days. RuleViolation: not_failed, said_stop."""
    if message.channel == Message.Channel.TEXT and consent.is_stopped(message.address):
        raise RuleViolation("said_stop", _("This number said stop, so we can’t text it."))
    if not _queue_again(Message.objects.filter(pk=message.pk), by=by):
        raise RuleViolation("not_failed", _("This message is already on its way."))


@transaction.atomic
def send_all_again(failed: MessageQuerySet, *, by: User) -> int:
    """Queue these messages again, as far as they have failed and their number didn't say stop. Returns how many.

    A second call finds none of them. RuleViolation: none_failed.
    """
    texts = failed.failed().filter(channel=Message.Channel.TEXT).values_list("address", flat=True)
    stopped = [number for number in set(texts) if consent.is_stopped(number)]
    count = _queue_again(failed.exclude(channel=Message.Channel.TEXT, address__in=stopped), by=by)
    if not count:
        raise RuleViolation("none_failed", _("None of these messages can be sent again."))
    return count


@transaction.atomic
def correct_address(message: Message, address: str, *, reason: str, by: User) -> None:
    """Send a failed email to another address. Only this message: the account's own address is changed by its owner.

    RuleViolation: not_failed, only_email.
    """
    if message.channel != Message.Channel.EMAIL:
        raise RuleViolation("only_email", _("Only an email’s address can be corrected here."))
    locked = Message.objects.select_for_update(of=("self",)).failed().filter(pk=message.pk).first()
    if locked is None:
        raise RuleViolation("not_failed", _("This message is already on its way."))
    locked.address = address
    locked.save(update_fields=["address"])
    record("message.correct_address", locked, by=by, reason=reason)  # no address: the log outlives an erased account
    _queue_again(Message.objects.filter(pk=locked.pk), by=by)


def _queue_again(chosen: MessageQuerySet, *, by: User) -> int:
    """Those of `chosen` that have failed; counted once, however often and by how many people it is asked."""
    now = timezone.now()
    rows = list(chosen.failed().select_for_update(of=("self",)).order_by("pk"))
    by_night = by_day(now) if any(row.channel == Message.Channel.TEXT for row in rows) else None
    for row in rows:
        row.send_after = by_night if row.channel == Message.Channel.TEXT else None
        row.failed_at = row.claimed_at = row.next_try_at = None
        row.attempts, row.queued_at, row.reason = 0, now, ""
    fields = ["send_after", "failed_at", "claimed_at", "next_try_at", "attempts", "queued_at", "reason"]
    Message.objects.bulk_update(rows, fields, batch_size=500)
    record_many("message.send_again", ((row, {}) for row in rows), by=by)
    due_now = [row for row in rows if row.send_after is None]
    transaction.on_commit(functools.partial(_hand_out, due_now), robust=True)
    return len(rows)

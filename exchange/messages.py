"""Messages to people: a row written with the change that caused it, sent once after commit.

Templates live in `templates/emails/<app>/<event>.subject.txt` and `<event>.txt`; a short `<event>.sms.txt`
makes the message go to a confirmed phone as well. The page an email links to holds the news itself: a
message says no more than the screen of a borrowed phone may show.
"""

import functools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q
from django.template import TemplateDoesNotExist
from django.template.loader import get_template, render_to_string
from django.utils import timezone, translation
from django.utils.module_loading import import_string

from exchange import tasks
from exchange.models import Message, User

# A worker that was killed while sending leaves its claim behind; after this long another may take the row.
CLAIM_LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Guest:
    """Someone without an account, such as a referee, or whoever gave us an address that we do not know."""

    email: str = ""
    phone: str = ""
    language: str = "en"


def queue(
    template: str,
    *,
    to: User | Guest,
    context: dict[str, Any] | None = None,
    is_secret: bool = False,
    address: str = "",
) -> list[Message]:
    """Write what is owed to `to` in the caller's transaction; a task delivers it after commit.

    Email where there is an address, a text where the phone is confirmed and the template has a short form.
    With `address` it goes to that one email address or E.164 number alone: a code proves one address.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("queue a message inside the action's transaction")
    rows = drafts(template, to, context, address)
    for draft in rows:
        draft.is_secret = is_secret
        draft.save()
        deliver_after_commit(draft)
    return rows


def deliver_after_commit(message: Message) -> None:
    # robust: a broker that is down must not turn a saved change into an error page; beat sends it later
    send = functools.partial(tasks.deliver_message.delay, message_id=message.pk)
    transaction.on_commit(send, robust=True)


def drafts(template: str, to: User | Guest, context: dict[str, Any] | None = None, address: str = "") -> list[Message]:
    """The rows that `queue` would write, in the receiver's language, not saved."""
    with translation.override(to.language):
        return _rendered(template, to, {"to": to, "site_url": settings.SITE_URL, **(context or {})}, address)


def _rendered(template: str, to: User | Guest, context: dict[str, Any], address: str) -> list[Message]:
    account = to if isinstance(to, User) else None
    common = {"recipient": account, "language": to.language, "template": template}
    email, phone = _addresses(to, address)
    rows = []
    if email:
        subject = " ".join(render_to_string(f"emails/{template}.subject.txt", context).split())
        body = render_to_string(f"emails/{template}.txt", context).strip()
        html = render_to_string("emails/message.html", {**context, "subject": subject, "body": body})
        rows.append(
            Message(channel=Message.Channel.EMAIL, address=email, subject=subject, body=body, html=html, **common)
        )
    if phone and (short := _short_form(template, context)):
        rows.append(Message(channel=Message.Channel.TEXT, address=phone, body=short, **common))
    return rows


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
        return get_template(f"emails/{template}.sms.txt").render(context).strip()
    except TemplateDoesNotExist:
        return ""


def deliver(message_id: int) -> bool:
    """Send one message unless it is sent or another worker has it. True if this call sent it.

    The row is claimed before sending, so two workers never send the same one; a worker killed between the
    mail server's answer and the mark is the one case in which a message can arrive twice.
    """
    now = timezone.now()
    claimed = (
        Message.objects.waiting()
        .filter(Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - CLAIM_LASTS), pk=message_id)
        .update(claimed_at=now)
    )
    if not claimed:
        return False
    message = Message.objects.get(pk=message_id)
    message.attempts += 1
    try:
        _send(message)
    except OSError as error:  # the server is away or said no: the task tries again
        message.claimed_at, message.error = None, str(error)[:300]
        message.save(update_fields=["claimed_at", "attempts", "error"])
        raise
    message.sent_at, message.error = timezone.now(), ""
    if message.is_secret and not settings.DEMO:
        message.body = message.html = ""
    message.save(update_fields=["sent_at", "attempts", "error", "body", "html"])
    return True


def _send(message: Message) -> None:
    if message.channel == Message.Channel.TEXT:
        import_string(settings.TEXT_BACKEND)(message.address, message.body)
        return
    mail = EmailMultiAlternatives(message.subject, message.body, to=[message.address])
    mail.attach_alternative(message.html, "text/html")
    mail.send()


def give_up(message_id: int) -> None:
    """After the last try: the row says so, and a coordinator can see it."""
    Message.objects.waiting().filter(pk=message_id).update(failed_at=timezone.now())


def deliver_waiting(limit: int = 500) -> int:
    """Hand out again what no task has taken: lost tasks, dead workers. Returns how many."""
    before = timezone.now() - CLAIM_LASTS
    waiting = Message.objects.waiting().filter(queued_at__lt=timezone.now() - timedelta(minutes=1))
    waiting = waiting.filter(Q(claimed_at__isnull=True) | Q(claimed_at__lt=before)).order_by("queued_at")
    ids = list(waiting.values_list("pk", flat=True)[:limit])
    for pk in ids:
        tasks.deliver_message.delay(message_id=pk)
    return len(ids)

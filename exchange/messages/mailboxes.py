"""What is known of mailboxes: which one we can't reach, and whose owner called our mail spam.

Providers post it to /mail/events/ (`exchange.messages.views.mail_events`); a mail server of our own says it while it
refuses. A bounced message counts as failed, so the office sees it and can send it again; its person reads on their
first page that we can't reach them. After a complaint no reminders go to that address, only what a person needs.
"""

from datetime import datetime

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.db import transaction
from django.utils import timezone

from exchange.base import audit
from exchange.models import Mailbox, Message, User

Reason = Message.Reason
# about the address; others are about the message or the server
OF_THE_ADDRESS = frozenset({Reason.NO_MAILBOX, Reason.FULL, Reason.BAD_ADDRESS, Reason.BOUNCED})
NOT_ARRIVED = frozenset({EventType.BOUNCED, EventType.REJECTED, EventType.FAILED})
UNWANTED = frozenset({EventType.COMPLAINED, EventType.UNSUBSCRIBED})
UNWANTED_BEFORE = frozenset({RejectReason.SPAM, RejectReason.UNSUBSCRIBED})


def of(address: str) -> Mailbox | None:
    return Mailbox.objects.filter(address=address.lower()).first() if address else None


def wants_reminders(address: str) -> bool:
    """Whether the owner of this address hasn't called our mail spam."""
    return not Mailbox.objects.filter(address=address.lower(), complained_at__isnull=False).exists()


def bounced(address: str, *, said: str, at: datetime | None = None) -> None:
    """Note that we can't reach this address."""
    fields = {"bounced_at": at or timezone.now(), "said": said[:300]}
    Mailbox.objects.update_or_create(address=address.lower(), defaults=fields)


def reached(address: str) -> None:
    """Note that mail arrives there again: a provider delivered it, or its owner typed a code that we sent."""
    Mailbox.objects.filter(address=address.lower(), bounced_at__isnull=False).update(bounced_at=None, said="")


@transaction.atomic
def take_reminders(user: User) -> None:
    """The owner wants reminders again, after a complaint. A second call changes nothing."""
    mine = Mailbox.objects.filter(address=(user.email or "").lower(), complained_at__isnull=False)
    if mine.update(complained_at=None):
        audit.record("mailbox.take_reminders", user, by=user)


@transaction.atomic
def hear(event: AnymailTrackingEvent) -> None:
    """Write down what a provider reports about one message. The same report again changes nothing.

    Reports about mail that isn't ours, or about an address that the message didn't go to, change nothing.
    """
    found = Message.objects.select_for_update(of=("self",)).filter(channel=Message.Channel.EMAIL)
    message = found.filter(provider_id=event.message_id).first() if event.message_id else None
    if message is None or message.address.lower() != (event.recipient or "").lower():
        return
    said = event.mta_response or event.description or ""
    if event.event_type in UNWANTED or event.reject_reason in UNWANTED_BEFORE:
        _complained(message)
    if event.event_type in NOT_ARRIVED:
        _did_not_arrive(message, event, said)
    elif event.event_type == EventType.DELIVERED:
        reached(message.address)


def _complained(message: Message) -> None:
    row, is_new = Mailbox.objects.get_or_create(
        address=message.address.lower(), defaults={"complained_at": timezone.now()}
    )
    if is_new or row.complained_at is None:
        row.complained_at = timezone.now()
        row.save(update_fields=["complained_at"])
        audit.record("message.complaint", message, by=None)


def _did_not_arrive(message: Message, event: AnymailTrackingEvent, said: str) -> None:
    is_bounce = event.event_type == EventType.BOUNCED or event.reject_reason == RejectReason.BOUNCED
    if is_bounce:
        bounced(message.address, said=said)
    if message.failed_at or message.dropped_at:
        return
    before = message.sent_at and message.sent_at.isoformat()
    message.sent_at, message.failed_at = None, timezone.now()
    message.reason, message.error = Reason.BOUNCED if is_bounce else Reason.REJECTED, said[:300]
    message.save(update_fields=["sent_at", "failed_at", "reason", "error"])
    audit.record("message.bounce", message, by=None, changes={"sent_at": before})

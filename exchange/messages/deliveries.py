"""What became of each text: End User Messaging posts it to an SNS topic, and we write it on the message.

Format: the user guide of AWS End User Messaging, "Messaging events". A text that failed is in the office's list, unless
its news went by email; an email that was waiting for the text goes at once.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from exchange.base import audit
from exchange.messages import outbox
from exchange.models import Message

Reason = Message.Reason
ON_THE_PHONE = "TEXT_DELIVERED"
# accepted by the carrier: in some countries all that will ever be known
ARRIVED = frozenset({"TEXT_SUCCESSFUL", ON_THE_PHONE})
NO_SUCH_NUMBER = frozenset({"TEXT_INVALID"})
# final events that say nothing about this text, such as no word from the carrier in 72 hours
NOTHING_KNOWN = frozenset({"TEXT_UNKNOWN"})


@transaction.atomic
def hear(event: dict[str, Any]) -> None:
    """Write down what is reported about one text. The same report again, or one about no text of ours, changes nothing.

    A text that a phone has confirmed stays delivered, whatever is reported later.
    """
    kind, message_id = str(event.get("eventType", "")), str(event.get("messageId", ""))
    texts = Message.objects.select_for_update(of=("self",)).filter(channel=Message.Channel.TEXT)
    message = texts.filter(provider_id=message_id).first() if message_id else None
    if message is None or event.get("destinationPhoneNumber") != message.address:
        return
    if message.delivered_at or message.sent_at is None:
        return
    is_final = event.get("isFinal") is True
    if kind == ON_THE_PHONE or (is_final and kind in ARRIVED):
        message.delivered_at = timezone.now()
        message.save(update_fields=["delivered_at"])
    elif is_final and kind.startswith("TEXT_") and kind not in NOTHING_KNOWN:
        _failed(message, kind, str(event.get("messageStatusDescription", "")))


def _failed(message: Message, kind: str, said: str) -> None:
    before = message.sent_at and message.sent_at.isoformat()
    message.sent_at, message.failed_at = None, timezone.now()
    message.reason = Reason.BAD_NUMBER if kind in NO_SUCH_NUMBER else Reason.UNREACHED
    message.error = said[:300]
    message.save(update_fields=["sent_at", "failed_at", "reason", "error"])
    audit.record("message.not_delivered", message, by=None, changes={"sent_at": before})
    outbox.send_email_instead(message)

"""Tells the owners of the portal once a day while a good backup is missing."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from exchange.base.audit import record
from exchange.keeping import destination, taking
from exchange.messages import outbox
from exchange.models import Backup, Event, User

logger = logging.getLogger(__name__)
AGAIN_AFTER = timedelta(hours=23)
ACTION = "backup.late"


@transaction.atomic
def tell_if_late() -> int:
    """Called by beat. Returns how many people were told; the log has it in any case."""
    now = timezone.now()
    since = taking.late_since(now) if destination.is_set_up() else None
    if since is None:
        return 0
    last = Backup.objects.select_for_update().latest("started_at")
    logger.error("no good backup since %s: %s", since, last.error or "none was taken")
    if Event.objects.filter(action=ACTION, at__gt=now - AGAIN_AFTER).exists():
        return 0
    record(ACTION, last, by=None, changes={"since": since.isoformat()})
    owners = User.objects.filter(is_superuser=True, is_active=True)
    for owner in owners:
        outbox.queue("exchange/backup_late", to=owner, context={"since": since, "backup": last})
    return len(owners)

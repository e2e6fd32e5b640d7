"""Tells the owners, once, that a part of the portal has failed for a while: `manage.py watch` looks every minute.

The mail goes straight to the mail server, because the worker that delivers other messages may be what failed. While the
database itself is away, owners are told from what this process remembers.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import Error, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from exchange.background import status
from exchange.base.outage import Outage
from exchange.models import Alarm, User

logger = logging.getLogger(__name__)
LASTS = timedelta(minutes=2)  # a restart is no alarm
mail_server = Outage("The mail server")


@dataclass
class Watch:
    """What one watching process remembers, for the time when the database is away."""

    owners: list[tuple[str, str]] = field(default_factory=list)  # address, language
    away_since: datetime | None = None
    has_told: bool = False

    def look(self) -> list[str]:
        """Check all parts, note what fails, tell the owners. Returns the names of the parts they were told of."""
        try:
            due = _look()
            owners = User.objects.filter(is_superuser=True, is_active=True)
            self.owners = [(owner.email, owner.language) for owner in owners if owner.email]
            told_of = [part.name for part in due if _tell_of(part, self.owners)]
        except Error as error:
            logger.error("the database does not answer: %s", error)
            return self._database_is_away()
        self.away_since, self.has_told = None, False
        return told_of

    def _database_is_away(self) -> list[str]:
        self.away_since = self.away_since or timezone.now()
        if self.has_told or timezone.now() - self.away_since < LASTS:
            return []
        part = status.Part("database", _("Database"), status.State.FAILING)
        self.has_told = _tell(part, self.away_since, self.owners)
        return ["database"] if self.has_told else []


def told() -> dict[str, datetime]:
    """When the owners were told of the parts that still fail."""
    rows = Alarm.objects.filter(ended_at=None, told_at__isnull=False)
    return {alarm.part: alarm.told_at for alarm in rows if alarm.told_at}


def _look() -> list[status.Part]:
    """The parts that have failed long enough, of which nobody was told."""
    now, due = timezone.now(), []
    failing = {part.name: part for part in status.parts() if part.raises_alarm}
    Alarm.objects.filter(ended_at=None).exclude(part__in=failing).update(ended_at=now)
    for name, part in failing.items():
        alarm, _is_new = Alarm.objects.get_or_create(part=name, ended_at=None, defaults={"began_at": now})
        if alarm.told_at is None and now - alarm.began_at >= LASTS:
            due.append(part)
    return due


def _tell_of(part: status.Part, owners: list[tuple[str, str]]) -> bool:
    """Claim the alarm and send its mail; if that fails, the next look tries again."""
    with transaction.atomic():
        alarm = Alarm.objects.select_for_update().filter(part=part.name, ended_at=None, told_at=None).first()
        if alarm is None or not _tell(part, alarm.began_at, owners):
            return False
        alarm.told_at = timezone.now()
        alarm.save(update_fields=["told_at"])
    return True


def _tell(part: status.Part, since: datetime, owners: list[tuple[str, str]]) -> bool:
    sent = False
    for address, language in owners:
        with translation.override(language):
            words = {"part": part.label, "when": status.when(since)}
            subject = _("Exchange portal, not working: %(part)s") % words
            body = _("%(part)s: not working since %(when)s.") % words
            page = _("See what works and what doesn’t: %(link)s") % {"link": f"{settings.SITE_URL}/status/"}
        try:
            mail = EmailMessage(subject, "\n\n".join(filter(None, [body, part.detail, page])), to=[address])
            with mail_server.attempt(TimeoutError, ConnectionError):  # else each owner and alarm waits for it
                mail.send()
            sent = True
        except Exception:  # noqa: BLE001 -- whatever the mail server does: the others are still to be told
            logger.exception("could not tell an owner that %s fails", part.name)
    return sent

"""Tells the owners, once, that a part of the portal has failed for a while, and once that it works again.

`manage.py watch` looks every minute. What won't work for long is told in the same way (`exchange.background.early`).

The mail goes straight to the mail server, because the worker that delivers other messages may be what failed. What the
mail server can't take, ALARM_URL may: either is enough. While the database itself is away, owners are told from what
this process remembers.
"""

import json
import logging
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import Error, transaction
from django.db.models import Max
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from exchange.background import status
from exchange.background.part import SOON, Part, State, when
from exchange.base.outage import Outage
from exchange.models import Alarm, User

logger = logging.getLogger(__name__)
LASTS = timedelta(minutes=2)  # a restart is no alarm
SECONDS = 10  # for each step of a call to ALARM_URL
mail_server = Outage("The mail server")


@dataclass
class Watch:
    """What one watching process remembers, for the time when the database is away."""

    owners: list[tuple[str, str]] = field(default_factory=list)  # address, language
    away_since: datetime | None = None
    has_told: bool = False

    def look(self) -> list[str]:
        """Check all parts, note what fails, tell the owners. Returns the alarms that they were told of."""
        try:
            owners = User.objects.filter(is_superuser=True, is_active=True)
            self.owners = [(owner.email, owner.language) for owner in owners if owner.email]
            probed = status.probe()
            told_of = [part.alarm for part in _look(probed, self.owners) if _tell_of(part, probed, self.owners)]
        except Error as error:
            logger.error("the database does not answer: %s", error)
            return self._database_is_away()
        if self.has_told and self.away_since:
            _tell(lambda: _database(State.OK), self.away_since, self.owners)
        self.away_since, self.has_told = None, False
        return told_of

    def _database_is_away(self) -> list[str]:
        self.away_since = self.away_since or timezone.now()
        if self.has_told or timezone.now() - self.away_since < LASTS:
            return []
        self.has_told = _tell(lambda: _database(State.FAILING), self.away_since, self.owners)
        return ["database"] if self.has_told else []


def _database(state: State) -> Part:
    return Part("database", _("Database"), state)


@dataclass(frozen=True, slots=True)
class Known:
    """What is on record of a part: since when it is as it is, and when the owners were told, if it isn't well."""

    since: datetime
    told_at: datetime | None


def known() -> dict[str, Known]:
    """By alarm (`Part.alarm`): its last one, which is over if the part works. A part without any never failed."""
    last = Alarm.objects.order_by().values("part").annotate(last=Max("pk")).values("last")
    return {
        alarm.part: Known(alarm.ended_at or alarm.began_at, None if alarm.ended_at else alarm.told_at)
        for alarm in Alarm.objects.filter(pk__in=last)
    }


def _look(probed: set[str], owners: list[tuple[str, str]]) -> list[Part]:
    """End the alarms that are over. Returns the parts that have failed long enough, of which nobody was told."""
    now, due = timezone.now(), []
    parts = status.parts(probed)
    failing = {part.alarm: part for part in parts if part.raises_alarm}
    well = {part.name: part for part in parts if part.state in (State.OK, State.OFF)}
    for alarm in Alarm.objects.filter(ended_at=None).exclude(part__in=failing):
        part = well.get(alarm.part.removesuffix(SOON))
        ended = Alarm.objects.filter(pk=alarm.pk, ended_at=None).update(ended_at=now)
        if ended and alarm.told_at and part:  # a warning that became an alarm isn't over, nor the other way round
            _tell(partial(_here, replace(part, state=State.OK), probed), alarm.began_at, owners)
    for name, part in failing.items():
        alarm, _is_new = Alarm.objects.get_or_create(part=name, ended_at=None, defaults={"began_at": now})
        if alarm.told_at is None and now - alarm.began_at >= LASTS:
            due.append(part)
    return due


def _here(part: Part, probed: set[str]) -> Part:
    """The same in the language of whoever is told."""
    return next(replace(each, state=part.state) for each in status.parts(probed) if each.name == part.name)


def _tell_of(part: Part, probed: set[str], owners: list[tuple[str, str]]) -> bool:
    """Claim the alarm and send its mail; if that fails, the next look tries again."""
    with transaction.atomic():
        alarm = Alarm.objects.select_for_update().filter(part=part.alarm, ended_at=None, told_at=None).first()
        if alarm is None or not _tell(partial(_here, part, probed), alarm.began_at, owners):
            return False
        alarm.told_at = timezone.now()
        alarm.save(update_fields=["told_at"])
    return True


def _tell(asked: Callable[[], Part], since: datetime, owners: list[tuple[str, str]]) -> bool:
    """By every way there is. True if one of them worked."""
    sent = _called(asked, since)
    for address, language in owners:
        with translation.override(language):
            subject, text = _said(asked(), since)
        try:
            mail = EmailMessage(subject, text, to=[address])
            with mail_server.attempt(TimeoutError, ConnectionError):  # else each owner and alarm waits for it
                mail.send()
            sent = True
        except Exception:  # noqa: BLE001 -- whatever the mail server does: the others are still to be told
            logger.exception("could not tell an owner by email")
    return sent


def _called(asked: Callable[[], Part], since: datetime) -> bool:
    if not settings.ALARM_URL:
        return False
    with translation.override(settings.LANGUAGE_CODE):
        subject, text = _said(asked(), since)
    request = urllib.request.Request(  # noqa: S310 -- the address is a setting, and https
        settings.ALARM_URL,
        data=json.dumps({"text": f"{subject}\n\n{text}"}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310 -- as above
            return True
    except OSError as error:  # its address is a secret
        logger.error("could not tell anyone at ALARM_URL: %s", type(error).__name__)
        return False


def _said(part: Part, since: datetime) -> tuple[str, str]:
    """Subject and text in the language that is active."""
    subject, body = _words(part.state)
    words = {"part": part.label, "when": when(since)}
    page = _("See what works and what doesn’t: %(link)s") % {"link": f"{settings.SITE_URL}/status/"}
    return subject % words, "\n\n".join(filter(None, [body % words, part.detail, page]))


def _words(state: State) -> tuple[str, str]:
    if state == State.OK:
        return _("Exchange portal, works again: %(part)s"), _("%(part)s: works again. It hadn’t since %(when)s.")
    if state == State.SOON:
        return _("Exchange portal, needs attention: %(part)s"), _(
            "%(part)s: needs attention since %(when)s. It still works, and may not for long."
        )
    return _("Exchange portal, not working: %(part)s"), _("%(part)s: not working since %(when)s.")

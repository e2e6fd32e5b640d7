"""Announcements on home pages: shown until a day, or until the office ends them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock
from applications.models import Announcement
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.base import actions as rows

SAME_TAP = timedelta(minutes=10)


@transaction.atomic
def announce(*, audience: str, text_en: str, text_es: str, until: date, by: User) -> Announcement:
    """Show it from now on. The same again within minutes is one announcement. RuleViolation: in_the_past."""
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # serializes a double tap
    if until < timezone.localdate():
        raise RuleViolation("in_the_past", _("That day has passed. Choose today or a later day."))
    values = {"audience": audience, "text_en": text_en, "text_es": text_es, "until": until, "author": by}
    since = timezone.now() - SAME_TAP
    if same := Announcement.objects.current().filter(**values, created_at__gt=since).first():
        return same
    made = Announcement.objects.create(**values)
    audit.record("announcement.announce", made, by=by, changes={"audience": audience, "until": until.isoformat()})
    return made


@transaction.atomic
def change(announcement: Announcement, values: Mapping[str, Any], *, seen: str, by: User) -> Announcement:
    """Change what is shown from now on; the log keeps what it said. RuleViolation: ended, changed_meanwhile."""
    locked = rows.lock(announcement)
    if locked.ended_at or locked.until < timezone.localdate():
        raise RuleViolation("ended", _("This announcement has ended, so it can’t be changed. Post a new one."))
    if changed := rows.differing(locked, values):
        edit_lock.check(seen, rows.fingerprint(locked, values))
        before = {name: str(getattr(locked, name)) for name in changed}
        for name in changed:
            setattr(locked, name, values[name])
        locked.save(update_fields=changed)
        audit.record("announcement.change", locked, by=by, changes={"before": before})
    return locked


@transaction.atomic
def end(announcement: Announcement, *, by: User) -> Announcement:
    """Take it off the home pages now. A second call changes nothing."""
    locked = Announcement.objects.select_for_update(of=("self",)).get(pk=announcement.pk)
    if locked.ended_at is None:
        locked.ended_at, locked.ended_by = timezone.now(), by
        locked.save(update_fields=["ended_at", "ended_by"])
        audit.record("announcement.end", locked, by=by)
    return locked

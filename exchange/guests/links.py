"""Actions on private links of every purpose. Anyone who holds one can act: each act asks again, under a lock."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from exchange.models.private_link import DECLARED, WORKS, LinkRow, PrivateLink
from exchange.reference import facts


def issue(
    link: LinkRow,
    action: str,
    about: models.Model,
    *,
    by: User,
    is_kept: bool = False,
    changes: dict[str, Any] | None = None,
) -> None:
    """Give a link its time and save it, with a new address: a former one stops working.

    `is_kept`: one that wasn't ended keeps its address. RuleViolation: trip_is_over.
    """
    now = timezone.now()
    if link.stopped_at or not (is_kept and link.pk):
        link.begin_anew()
    setattr(link, link.MADE, now)
    link.expires_at = link.ends(_days(link))
    if link.link_state not in WORKS:
        raise RuleViolation("trip_is_over", _("This trip is over, so there’s no link to make."))
    link.save()
    audit.record(action, about, by=by, changes=changes)


@transaction.atomic
def stop(link: LinkRow, action: str, about: models.Model, *, by: User) -> bool:
    """End it at once; what was done through it stays. Safe to repeat: whether it did something."""
    values = {"stopped_at": timezone.now(), "stopped_by": by}
    has = {each.name for each in link._meta.fields}
    rows = type(link)._default_manager.filter(pk=link.pk, stopped_at=None)
    if not rows.update(**{name: value for name, value in values.items() if name in has}):
        return False
    audit.record(action, about, by=by)
    return True


def locked[Link: PrivateLink](link: Link) -> Link:
    """The row under a lock, if the address that was used still opens it. RuleViolation: ended."""
    rows = type(link)._default_manager.select_for_update(of=("self",)).select_related(*link.PURPOSE.needs)
    row = rows.filter(pk=link.pk, token=link.token).first()
    if row is None or not row.opens:
        raise RuleViolation("ended", pgettext("to guests", "This link no longer works. Nothing was changed."))
    return row


def follow(target: models.Model) -> None:
    """Whose links end by these dates end by what they are now. In the caller's transaction."""
    for purpose, model in DECLARED.all():
        if issubclass(model, LinkRow) and purpose.follows and _followed(model, purpose.follows) is type(target):
            _end_anew(model, **{purpose.follows: target})


def follow_fact(key: str, by: User | None) -> None:
    """The number of days after a date changed."""
    for purpose, model in DECLARED.all():
        if issubclass(model, LinkRow) and key in purpose.facts:
            _end_anew(model)


def _days(link: PrivateLink) -> Mapping[str, int | Decimal]:
    return facts.numbers(*link.PURPOSE.facts) if link.PURPOSE.facts else {}


def _followed(model: type[PrivateLink], way: str) -> type[models.Model]:
    target: Any = model
    for name in way.split("__"):
        target = target._meta.get_field(name).related_model
    found: type[models.Model] = target
    return found


def _end_anew(model: type[LinkRow], **of: models.Model) -> None:
    purpose = model.PURPOSE
    days = facts.numbers(*purpose.facts) if purpose.facts else {}
    ways = [way for way in (purpose.follows, *purpose.needs) if way]
    rows = model._default_manager.select_for_update(of=("self",)).select_related(*ways)
    changed = []
    for row in rows.filter(stopped_at=None, **of):
        before, row.expires_at = row.expires_at, row.ends(days)
        if row.expires_at != before:
            changed.append(row)
    model._default_manager.bulk_update(changed, ["expires_at"], batch_size=500)

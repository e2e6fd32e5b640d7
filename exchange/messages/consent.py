"""Who agreed to texts, and who said stop: by number. Each function writes the change and its record together.

Codes apart, no text goes to a number without consent or after a stop. The later of the two counts, by the time
at which the person said it: a text message that is late, or that comes twice, overrides nothing newer.
"""

from collections.abc import Collection
from datetime import datetime
from itertools import batched

from django.db import transaction
from django.utils import timezone

from exchange.base import audit
from exchange.models import TextConsent, User

How = TextConsent.How


def allows(phone: str, user: User | None = None) -> bool:
    """Whether the number agreed, and did not stop since. With `user`: not what an earlier owner of it said."""
    row = TextConsent.objects.filter(phone=phone).first()
    return row is not None and row.allows and (user is None or row.user_id in (None, user.pk))


def all_that_allow(asked: Collection[tuple[str, User]]) -> set[tuple[str, int]]:
    """Of many (number, person), those for which `allows` is true, as (number, primary key): in few queries."""
    people = {(phone, user.pk) for phone, user in asked}
    found: set[tuple[str, int]] = set()
    for some in batched(sorted({phone for phone, _pk in people}), 1000):
        rows = {str(row.phone): row for row in TextConsent.objects.filter(phone__in=some) if row.allows}
        found |= {(phone, pk) for phone, pk in people if phone in rows and rows[phone].user_id in (None, pk)}
    return found


def is_stopped(phone: str) -> bool:
    """Whether the last that the number said was stop. A number that never said anything did not."""
    row = TextConsent.objects.filter(phone=phone).first()
    return row is not None and not row.allows


def stopped_since(phone: str, moment: datetime) -> bool:
    """Whether the number said stop after that moment, and did not take it back."""
    row = TextConsent.objects.filter(phone=phone, stopped_at__gt=moment).first()
    return row is not None and not row.allows


@transaction.atomic
def agree(
    phone: str,
    *,
    how: str,
    by: User | None,
    user: User | None = None,
    at: datetime | None = None,
    reason: str = "",
) -> TextConsent:
    """The number wants texts from `at` (now) on. Twice is once; something newer stays as it is.

    `by`: who acts on a page, null for a text. `user`: whose number it is, where that is known.
    """
    at = _not_ahead(at)
    row, is_new = _locked(phone, agreed_at=at, agreed_how=how, user=user)
    is_old = bool(row.stopped_at and row.stopped_at >= at)
    is_same_person = user is None or row.user_id in (None, user.pk)
    if not is_new and (is_old or (row.allows and is_same_person)):
        return row
    row.agreed_at, row.agreed_how, row.user = at, how, user or row.user
    row.save(update_fields=["agreed_at", "agreed_how", "user"])
    audit.record("text_consent.agree", row, by=by, reason=reason, changes={"how": how})
    return row


@transaction.atomic
def stop(
    phone: str,
    *,
    how: str,
    by: User | None,
    user: User | None = None,
    at: datetime | None = None,
    reason: str = "",
) -> TextConsent:
    """The number wants no texts from `at` (now) on. Twice is once; something newer stays as it is."""
    at = _not_ahead(at)
    row, is_new = _locked(phone, stopped_at=at, stopped_how=how, user=user)
    is_old = bool(row.agreed_at and row.agreed_at > at)
    if not is_new and (not row.allows or is_old):
        return row
    row.stopped_at, row.stopped_how, row.user = at, how, user or row.user
    row.save(update_fields=["stopped_at", "stopped_how", "user"])
    audit.record("text_consent.stop", row, by=by, reason=reason, changes={"how": how})
    return row


def _not_ahead(at: datetime | None) -> datetime:
    """A sender's clock may run ahead of ours; nothing is said later than now."""
    now = timezone.now()
    return min(at, now) if at else now


def _locked(phone: str, **first: object) -> tuple[TextConsent, bool]:
    row, is_new = TextConsent.objects.get_or_create(phone=phone, defaults=first)
    return (row, True) if is_new else (TextConsent.objects.select_for_update(of=("self",)).get(pk=row.pk), False)

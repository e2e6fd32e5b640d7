"""Consent to text messages, by phone number. Each action writes the change and its event in one transaction.

Except for sign-in codes, no text is sent to a number without consent or after a stop. Whichever was said later counts:
an incoming text that arrives late, or twice, does not override anything newer.
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
    """Whether the number agreed and has not said stop since. With `user`, an earlier owner's consent doesn't count."""
    row = TextConsent.objects.filter(phone=phone).first()
    return row is not None and row.allows and (user is None or row.user_id in (None, user.pk))


def all_that_allow(asked: Collection[tuple[str, User]]) -> set[tuple[str, int]]:
    """Of many (number, person), those for which `allows` is true, as (number, primary key). Takes few queries."""
    people = {(phone, user.pk) for phone, user in asked}
    found: set[tuple[str, int]] = set()
    for some in batched(sorted({phone for phone, _pk in people}), 1000):
        rows = {str(row.phone): row for row in TextConsent.objects.filter(phone__in=some) if row.allows}
        found |= {(phone, pk) for phone, pk in people if phone in rows and rows[phone].user_id in (None, pk)}
    return found


def stopped_among(phones: Collection[str]) -> set[str]:
    """Of these numbers, those for which `is_stopped` is true. One query."""
    return {str(row.phone) for row in TextConsent.objects.filter(phone__in=phones) if not row.allows}


def is_stopped(phone: str) -> bool:
    """Whether the number's latest word was stop. False for a number without a row."""
    row = TextConsent.objects.filter(phone=phone).first()
    return row is not None and not row.allows


def stopped_since(phone: str, moment: datetime) -> bool:
    """Whether the number said stop after that moment and has not agreed again since."""
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
    """Record that the number agreed to texts at `at` (default: now). No effect if repeated, or if it said stop later.

    `by`: who acts on a page; None if it came by text. `user`: the number's owner, if known.
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
    """Record that the number said stop at `at` (default: now). No effect if repeated, or if it agreed later."""
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
    """`at`, but not later than now: a sender's clock may be ahead of ours."""
    now = timezone.now()
    return min(at, now) if at else now


def _locked(phone: str, **first: object) -> tuple[TextConsent, bool]:
    row, is_new = TextConsent.objects.get_or_create(phone=phone, defaults=first)
    return (row, True) if is_new else (TextConsent.objects.select_for_update(of=("self",)).get(pk=row.pk), False)

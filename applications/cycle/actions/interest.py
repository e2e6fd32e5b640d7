"""The list of people who want to know when applications open: left, confirmed, told once, removed.

What a page answers never says whether an address is on the list: only a message to the address does.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Cycle, Interest, InterestSource
from applications.models.interest import PURPOSE
from exchange.base import audit, links
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import College, User
from exchange.reference import facts

KEEP_DAYS, WAIT_DAYS = "interest.keep_days", "interest.wait_days"
AGAIN_AFTER = timedelta(hours=1)  # so that nobody can flood someone else's mailbox or phone
DUE_NAME = "applications.interest"
AT_ONCE = 200


def open_cycle() -> Cycle | None:
    """The cycle that takes applications now; the newest, if there are several."""
    return Cycle.objects.open().first()


def source_of(code: str) -> InterestSource | None:
    """The source that a QR code names; None once it has ended."""
    return InterestSource.objects.filter(code=code, ended_at__isnull=True).first()


def of_link(link: str) -> Interest | None:
    token = links.token_of(PURPOSE, link)
    rows = Interest.objects.select_related("cycle").filter(expires_at__gt=timezone.now())
    return rows.filter(token=token).first() if token else None


@transaction.atomic
def leave(
    *,
    email: str = "",
    phone: str = "",
    language: str,
    source: InterestSource | None = None,
    heard: str = "",
    is_proved: bool = False,
) -> Interest:
    """Put an address on the list, and send it a link to confirm. `is_proved`: it's the own one of who is signed in.

    An address that is on the list stays as it is. RuleViolation: open_now.
    """
    if open_cycle():
        raise RuleViolation("open_now", _("Applications are open now, so you don’t need to wait. You can start today."))
    now = timezone.now()
    values = {"language": language, "source": source, "heard": heard, "asked_at": now, "expires_at": _last_day()}
    found, is_new = Interest.objects.get_or_create(email=email, phone=phone, defaults=values)
    row = Interest.objects.select_for_update(of=("self",)).get(pk=found.pk)
    is_new_wish = is_new or row.told_at is not None  # told of an earlier cycle
    if row.told_at:
        row.told_at = row.confirmed_at = row.sent_at = row.cycle = None
        row.source, row.heard, row.language = source, heard, language
        row.asked_at, row.expires_at = now, _last_day()
    if is_new_wish:
        audit.record("interest.leave", row, by=None)
    if is_proved and row.confirmed_at is None:
        row.confirmed_at = now
        audit.record("interest.confirm", row, by=None)
    if row.confirmed_at is None and (row.sent_at is None or row.sent_at < now - AGAIN_AFTER):
        row.sent_at = now
        outbox.queue("applications/interest_confirm", to=_guest(row), context={"interest": row}, is_answer=True)
    row.save()
    return row


@transaction.atomic
def confirm(interest: Interest) -> Cycle | None:
    """Its owner wants the message. A second call changes nothing. Returns the cycle that is open already, if any: then
    the page has told them, and no message comes."""
    row = Interest.objects.select_for_update(of=("self",)).get(pk=interest.pk)
    opened = open_cycle()
    if row.confirmed_at is None:
        row.confirmed_at = timezone.now()
        if opened:
            row.told_at, row.cycle = row.confirmed_at, opened
        row.save(update_fields=["confirmed_at", "told_at", "cycle"])
        audit.record("interest.confirm", row, by=None)
    return opened


@transaction.atomic
def remove(interest: Interest, *, by: User | None) -> None:
    """The address is gone for good. `by` None: its owner, by the link."""
    if row := Interest.objects.select_for_update(of=("self",)).filter(pk=interest.pk).first():
        audit.record("interest.remove", row, by=by)
        row.delete()


def tell_all() -> int:
    """Tell everyone on the list that applications are open, once each. Safe to run twice. Returns how many."""
    cycle, count = open_cycle(), 0
    while cycle and (told := _tell_some(cycle)):
        count += told
    return count


@transaction.atomic
def _tell_some(cycle: Cycle) -> int:
    """A row is marked in the transaction that queues its message, so that a crash can't lose or repeat it."""
    rows = list(Interest.objects.waiting().select_for_update(of=("self",)).order_by("pk")[:AT_ONCE])
    for row in rows:
        context = {"interest": row, "cycle": cycle}
        outbox.queue("applications/interest_open", to=_guest(row), context=context, still_due=f"{DUE_NAME}:{row.pk}")
        row.told_at, row.cycle = timezone.now(), cycle
    Interest.objects.bulk_update(rows, ["told_at", "cycle"])
    audit.record_many("interest.tell", ((row, {"cycle": cycle.code}) for row in rows), by=None)
    return len(rows)


def is_still_due(key: str) -> bool:
    """False once the owner has removed the address, or applications have closed."""
    row = Interest.objects.filter(pk=key).select_related("cycle").first()
    return bool(row and row.cycle and row.cycle.is_open)


def forget(*, days: int, dry_run: bool = False) -> int:
    """Delete those who were told, and those who never confirmed, so many days later. Returns how many."""
    before = timezone.now() - timedelta(days=days)
    return _delete(Q(told_at__lt=before) | Q(confirmed_at__isnull=True, asked_at__lt=before), dry_run)


def forget_waiting(*, days: int, dry_run: bool = False) -> int:
    """Delete those who have waited so many days although nothing opened. Returns how many."""
    return _delete(Q(told_at__isnull=True, asked_at__lt=timezone.now() - timedelta(days=days)), dry_run)


def _delete(which: Q, dry_run: bool) -> int:
    rows: QuerySet[Interest] = Interest.objects.filter(which)
    return rows.count() if dry_run else rows.delete()[0]


@transaction.atomic
def make_source(name: str, college: College | None, *, by: User) -> InterestSource:
    """A QR code for one place. The same name at the same college is one source."""
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # serializes a double tap
    same = InterestSource.objects.filter(name=name, college=college, ended_at__isnull=True).first()
    if same:
        return same
    source = InterestSource.objects.create(name=name, college=college, created_by=by)
    audit.record("interest_source.make", source, by=by)
    return source


@transaction.atomic
def end_source(source: InterestSource, *, by: User) -> None:
    """Its code still opens the list, and no longer counts. A second call changes nothing."""
    row = InterestSource.objects.select_for_update(of=("self",)).get(pk=source.pk)
    if row.ended_at is None:
        row.ended_at = timezone.now()
        row.save(update_fields=["ended_at"])
        audit.record("interest_source.end", row, by=by)


def _last_day() -> datetime:
    days = facts.number(WAIT_DAYS) + facts.number(KEEP_DAYS)
    return timezone.now() + timedelta(days=int(days))


def _guest(row: Interest) -> outbox.Guest:
    return outbox.Guest(email=row.email, phone=str(row.phone or ""), language=row.language)

"""Removes what has outlived its retention rule, every night. Each rule's removal is in the audit log.

Published figures are counted before and after, cycle by cycle; if they differ, that cycle's removal is rolled back.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import batched, groupby

from django.db import transaction

from applications.apply.actions import draft, upload_check
from applications.cycle.actions import interest
from applications.models import Application, Cycle
from exchange.base import audit
from exchange.models import Message, RetentionRule, User
from travel.abroad.actions import break_glass, check_in, incidents, lines, roll_call
from travel.office import erasing, retention
from travel.office.retention import ACCOUNTS, APPLICATIONS, DRAFTS, GUARDIANS, MESSAGES, TASKS
from travel.outcomes import counting, earlier_actions
from travel.passport.actions import document_number
from travel.prepare.actions import entry, needs, step_files, ticketing
from travel.reflection.actions import alumni

logger = logging.getLogger(__name__)
AT_ONCE = 500


class FiguresChanged(Exception):  # noqa: N818 -- says what happened
    """Removing a cycle's applications would have changed its figures."""


@dataclass(frozen=True, slots=True)
class Purged:
    """`refused`: of them, those left because figures would have changed."""

    key: str
    count: int
    refused: int = 0


def run(*, dry_run: bool = False) -> list[Purged]:
    """Remove what is due, or only count it. One line for each rule that has days and something that removes it."""
    days = retention.days_by_key()
    found = []
    for key, purge in PURGES.items():
        if key not in days:
            continue
        purged = purge(key, days[key], dry_run)
        found.append(purged)
        if not dry_run and purged.count:
            _log(purged)
    return found


@transaction.atomic
def _log(purged: Purged) -> None:
    rule = RetentionRule.objects.get(key=purged.key)
    changes = {"count": purged.count, "refused": purged.refused}
    audit.record("retention.purge", rule, by=None, changes=changes)


def _applications(key: str, days: int, dry_run: bool) -> Purged:
    due = retention.applications_due(key, days).order_by("cycle", "pk")
    if dry_run:
        return Purged(key, due.count())
    count = refused = 0
    pairs = due.values_list("cycle", "pk")
    for cycle, rows in groupby(list(pairs), key=lambda pair: pair[0]):
        keys = [pk for _cycle, pk in rows]
        try:
            _erase(cycle, keys, rule=key)
        except FiguresChanged:
            logger.exception("The figures of cycle %s would have changed, so nothing of it was removed.", cycle)
            refused += len(keys)
        else:
            count += len(keys)
    return Purged(key, count, refused)


@transaction.atomic
def _erase(cycle: int, keys: list[int], *, rule: str) -> None:
    before = _figures(cycle)
    for some in batched(keys, AT_ONCE):
        erasing.erase(some)
    if _figures(cycle) != before:
        raise FiguresChanged
    rows = Application.objects.filter(pk__in=keys)
    audit.record_many("retention.erase", ((each, {"rule": rule}) for each in rows.iterator()), by=None)


def _figures(cycle: int) -> tuple[object, ...]:
    counted = counting.counts_of(Cycle.objects.get(pk=cycle))
    return (
        counted.furthest,
        counted.travelers,
        counted.marks,
        counted.too_late,
        counted.follow_up,
        counted.compared,
        counted.survey,
    )


def _accounts(key: str, days: int, dry_run: bool) -> Purged:
    keys = list(retention.accounts_due(days).values_list("pk", flat=True))
    if not dry_run:
        for some in batched(keys, AT_ONCE):
            with transaction.atomic():
                erasing.erase_people(some)
                people = User.objects.filter(pk__in=some)
                audit.record_many("retention.erase_account", ((each, {}) for each in people), by=None)
    return Purged(key, len(keys))


def _messages(key: str, days: int, dry_run: bool) -> Purged:
    due, came_in = retention.messages_due(days), retention.incoming_due(days)
    if dry_run:
        return Purged(key, due.count() + came_in.count())
    count = came_in.delete()[0]
    keys = list(due.order_by("pk").values_list("pk", flat=True))
    for some in batched(keys, AT_ONCE):
        Message.objects.filter(pk__in=some).delete()
    return Purged(key, len(keys) + count)


def _guardians(key: str, days: int, dry_run: bool) -> Purged:
    due = retention.guardians_due(days)
    return Purged(key, sum(rows.count() if dry_run else rows.delete()[0] for rows in due))


def _tasks(key: str, days: int, dry_run: bool) -> Purged:
    due = retention.tasks_due(days)
    return Purged(key, due.count() if dry_run else due.delete()[0])


def _visitor_drafts(key: str, days: int, dry_run: bool) -> Purged:
    return Purged(key, draft.purge_abandoned(dry_run=dry_run))


def _uploads(key: str, days: int, dry_run: bool) -> Purged:
    return Purged(key, len(upload_check.remove_old(dry_run=dry_run)))


def _numbers(key: str, days: int, dry_run: bool) -> Purged:
    return Purged(key, document_number.purge(dry_run=dry_run))


def _needs(key: str, days: int, dry_run: bool) -> Purged:
    return Purged(key, needs.forget(days=days, dry_run=dry_run))


def _step_files(key: str, days: int, dry_run: bool) -> Purged:
    return Purged(key, step_files.forget(days=days, dry_run=dry_run))


def _ticketing(key: str, days: int, dry_run: bool) -> Purged:
    return Purged(key, ticketing.forget(days=days, dry_run=dry_run))


def _entry(key: str, days: int, dry_run: bool) -> Purged:
    return Purged(key, entry.forget(days=days, dry_run=dry_run))


def _lines(key: str, days: int, dry_run: bool) -> Purged:
    return Purged(key, lines.forget(days=days, dry_run=dry_run))


def _rosters(key: str, days: int, dry_run: bool) -> Purged:
    return Purged(key, roll_call.forget(days=days, dry_run=dry_run))


def _check_ins(key: str, days: int, dry_run: bool) -> Purged:
    return Purged(key, check_in.forget(days=days, dry_run=dry_run))


def _incidents(key: str, days: int, dry_run: bool) -> Purged:
    count = incidents.forget(days=days, dry_run=dry_run)
    return Purged(key, count + break_glass.forget(days=days, dry_run=dry_run))


def _alumni(key: str, days: int, dry_run: bool) -> Purged:
    return Purged(key, alumni.forget(days=days, dry_run=dry_run))


def _earlier(key: str, days: int, dry_run: bool) -> Purged:
    return Purged(key, earlier_actions.forget(days=days, dry_run=dry_run))


def _interest(key: str, days: int, dry_run: bool) -> Purged:
    return Purged(key, interest.forget(days=days, dry_run=dry_run))


def _interest_waiting(key: str, days: int, dry_run: bool) -> Purged:
    return Purged(key, interest.forget_waiting(days=days, dry_run=dry_run))


# by the key of the rule; the others are removed elsewhere (exports) or by the purging role (views, the log)
PURGES: dict[str, Callable[[str, int, bool], Purged]] = {
    "visitor_drafts": _visitor_drafts,
    DRAFTS: _applications,
    "uploads": _uploads,
    APPLICATIONS: _applications,
    "document_numbers": _numbers,
    "needs": _needs,
    "step_files": _step_files,
    "entry": _entry,
    "ticketing": _ticketing,
    "trip_lines": _lines,
    "rosters": _rosters,
    "check_ins": _check_ins,
    "incidents": _incidents,
    GUARDIANS: _guardians,
    MESSAGES: _messages,
    TASKS: _tasks,
    "alumni": _alumni,
    "earlier_travelers": _earlier,
    "interest": _interest,
    "interest_waiting": _interest_waiting,
    ACCOUNTS: _accounts,
}

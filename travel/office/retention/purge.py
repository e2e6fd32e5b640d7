"""Removes what has outlived its retention rule, every night. Each rule's removal is in the audit log.

Published figures are counted before and after, cycle by cycle; if they differ, that cycle's removal is rolled back.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import batched, groupby
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from applications.apply.actions import draft, upload_check
from applications.cycle.actions import interest
from applications.models import Application, Cycle
from exchange.base import audit
from exchange.models import Message, RetentionRule, User
from travel.abroad.actions import break_glass, check_in, incidents, lines, roll_call
from travel.office.retention import erasing
from travel.office.retention import outlived as retention
from travel.office.retention.outlived import ACCOUNTS, APPLICATIONS, DRAFTS, GUARDIANS, MESSAGES, TASKS
from travel.outcomes import counting, earlier_actions
from travel.passport.numbers import actions as document_number
from travel.prepare.checklist import files as step_files
from travel.prepare.entry import actions as entry
from travel.prepare.needs import actions as needs
from travel.prepare.ticketing import actions as ticketing
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
        done = purge(days=days[key], dry_run=dry_run)
        purged = done if isinstance(done, Purged) else Purged(key, done)
        found.append(purged)
        if not dry_run and purged.count:
            _log(purged)
    return found


@transaction.atomic
def _log(purged: Purged) -> None:
    rule = RetentionRule.objects.get(key=purged.key)
    changes = {"count": purged.count, "refused": purged.refused}
    audit.record("retention.purge", rule, by=None, changes=changes)


def _applications(key: str, *, days: int, dry_run: bool) -> Purged:
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


def _accounts(*, days: int, dry_run: bool) -> int:
    keys = list(retention.accounts_due(days).values_list("pk", flat=True))
    if not dry_run:
        for some in batched(keys, AT_ONCE):
            with transaction.atomic():
                erasing.erase_people(some)
                people = User.objects.filter(pk__in=some)
                audit.record_many("retention.erase_account", ((each, {}) for each in people), by=None)
    return len(keys)


def _messages(*, days: int, dry_run: bool) -> int:
    count = _rows(retention.incoming_due(days), dry_run)
    keys = list(retention.messages_due(days).order_by("pk").values_list("pk", flat=True))
    for some in batched(() if dry_run else keys, AT_ONCE):
        Message.objects.filter(pk__in=some).delete()
    return len(keys) + count


def _rows(due: QuerySet[Any], dry_run: bool) -> int:
    return due.count() if dry_run else due.delete()[0]


# by the key of the rule; the others are removed elsewhere (exports) or by the purging role (views, the log)
PURGES: dict[str, Callable[..., int | Purged]] = {
    "visitor_drafts": lambda days, dry_run: draft.purge_abandoned(dry_run=dry_run),
    DRAFTS: partial(_applications, DRAFTS),
    "uploads": lambda days, dry_run: len(upload_check.remove_old(dry_run=dry_run)),
    APPLICATIONS: partial(_applications, APPLICATIONS),
    "document_numbers": lambda days, dry_run: document_number.purge(dry_run=dry_run),
    "needs": needs.forget,
    "step_files": step_files.forget,
    "entry": entry.forget,
    "ticketing": ticketing.forget,
    "trip_lines": lines.forget,
    "rosters": roll_call.forget,
    "check_ins": check_in.forget,
    "incidents": lambda **how: incidents.forget(**how) + break_glass.forget(**how),
    GUARDIANS: lambda days, dry_run: sum(_rows(due, dry_run) for due in retention.guardians_due(days)),
    MESSAGES: _messages,
    TASKS: lambda days, dry_run: _rows(retention.tasks_due(days), dry_run),
    "alumni": alumni.forget,
    "earlier_travelers": earlier_actions.forget,
    "interest": interest.forget,
    "interest_waiting": interest.forget_waiting,
    ACCOUNTS: _accounts,
}

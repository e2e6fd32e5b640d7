"""Remove what has outlived its retention rule. Beat does the same every night, without the logs."""

from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from psycopg import sql

from applications.models import LegalHold
from exchange.keeping import log_closings
from travel.office.retention import outlived as retention
from travel.office.retention import purge

# tables of the logs, with their retention rule
VIEWS, EVENTS = "exchange_accessrecord", "exchange_event"
LOGS = {VIEWS: "views", EVENTS: "log"}


class Command(BaseCommand):
    help = (
        "Remove drafts, applications, accounts, messages, files and numbers past their retention rule. Nothing under a "
        "legal hold goes, and published figures stay the same. With --logs, remove old rows of the audit and access "
        "logs instead, as the database role in PURGE_DATABASE_URL."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only count them.")
        parser.add_argument("--logs", action="store_true", help="The logs, as the role exchange_purge.")

    def handle(self, *, dry_run: bool, logs: bool, **options: Any) -> None:
        would = "would be" if dry_run else "were"
        if logs:
            for table, count in self._logs(dry_run=dry_run).items():
                self.stdout.write(f"{table}: {count} rows {would} removed")
            return
        for purged in purge.run(dry_run=dry_run):
            self.stdout.write(f"{purged.key}: {purged.count} {would} removed")
            if purged.refused:
                self.stderr.write(f"{purged.key}: {purged.refused} kept, because figures would have changed")

    def _logs(self, *, dry_run: bool) -> dict[str, int]:
        if not settings.PURGE_DATABASE_URL:
            raise CommandError("Set PURGE_DATABASE_URL to the role exchange_purge (deploy/README.md).")
        if LegalHold.objects.active().exists():
            self.stdout.write("A legal hold is active, so the logs are kept whole.")
            return {}
        days, done = retention.days_by_key(), {}
        with psycopg.connect(settings.PURGE_DATABASE_URL) as connection:
            for table, rule in LOGS.items():
                if rule not in days:
                    continue
                before = timezone.now() - timedelta(days=days[rule])
                column, limit = ("id", _closed_before(before, dry_run=dry_run)) if table == EVENTS else ("at", before)
                act = "SELECT count(*) FROM {} WHERE {} < %s" if dry_run else "DELETE FROM {} WHERE {} < %s"
                statement = sql.SQL(act).format(sql.Identifier(table), sql.Identifier(column))
                cursor = connection.execute(statement, [limit])
                row = cursor.fetchone() if dry_run else None
                done[table] = row[0] if row else cursor.rowcount
        return done


def _closed_before(before: datetime, *, dry_run: bool) -> int:
    """Events go by whole days that were closed (docs/adr/0029): below this id. It is written down before they go."""
    closing = log_closings.may_go(before)
    if closing and not dry_run:
        try:
            log_closings.record_purge(closing, reason="the retention rule of the log")
        except log_closings.NotWhole:
            raise CommandError(
                "The audit log isn't what was closed, so nothing of it was removed. Run manage.py verify, and do what "
                "it says."
            ) from None
    return max(closing.last_id if closing else 0, log_closings.purged_until()) + 1

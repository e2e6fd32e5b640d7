"""Remove what has outlived its retention rule. Beat does the same every night, without the logs."""

from datetime import timedelta
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from psycopg import sql

from applications.models import LegalHold
from travel.office import retention
from travel.office.actions import purge

# tables of the logs, with their retention rule
LOGS = {"exchange_accessrecord": "views", "exchange_event": "log"}


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
                act = "SELECT count(*) FROM {} WHERE at < %s" if dry_run else "DELETE FROM {} WHERE at < %s"
                cursor = connection.execute(sql.SQL(act).format(sql.Identifier(table)), [before])
                row = cursor.fetchone() if dry_run else None
                done[table] = row[0] if row else cursor.rowcount
        return done

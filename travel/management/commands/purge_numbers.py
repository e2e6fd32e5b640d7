"""Delete expired document numbers."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from travel.passport.numbers import actions as document_number


class Command(BaseCommand):
    help = (
        "Removes numbers of travel documents after their last day: so long after the return as number.keep_days says."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only count them.")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        count = document_number.purge(dry_run=dry_run)
        self.stdout.write(f"{count} numbers {'would be' if dry_run else 'were'} removed")

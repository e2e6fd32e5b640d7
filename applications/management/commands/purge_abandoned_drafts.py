"""Removes abandoned drafts of visitors and old tests of the form. Beat does the same every night."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from applications.apply.actions import draft
from applications.cycle.actions import form_versions


class Command(BaseCommand):
    help = (
        "Removes drafts of visitors who never signed in, as long after the last change as draft.visitor_days says, "
        "and tests of the form that nobody ended within their day."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only count them.")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        count = draft.purge_abandoned(dry_run=dry_run)
        tests = form_versions.purge_tests(dry_run=dry_run)
        self.stdout.write(f"{count} abandoned drafts and {tests} tests {'would be' if dry_run else 'were'} removed")

"""Load the reference rows that ship with the portal."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from travel.office.actions import reference


class Command(BaseCommand):
    help = (
        "Load colleges, partner cities, dated facts, entry rules, passport guidance, the standard checklist and "
        "reflection prompts. Safe to run again: a fact "
        "whose value changed is superseded; rows that the office changed or deleted are left alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say what would change, and change nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            done = reference.load()
            transaction.set_rollback(options["dry_run"])
        if options["verbosity"]:
            words = ", ".join(f"{number} {word}" for word, number in sorted(done.items()))
            self.stdout.write(f"Reference rows: {words}.{' Dry run: nothing was kept.' if options['dry_run'] else ''}")
            for row in done.newer:
                self.stdout.write(f"Please compare: the files have a later date than the office’s row: {row}")

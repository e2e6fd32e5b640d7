"""Load the reference rows that ship with the portal."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from travel.office.reference import loading as reference

HEADINGS = {
    "added": "Added",
    "changed": "Changed",
    "superseded": "Replaced by a new value; the old one stays as history",
    "kept": "Kept, because the office changed them or looked them up later",
    "removed": "Kept away, because the office removed them",
}


class Command(BaseCommand):
    help = (
        "Load what ships with the portal for the country, and for the city that REFERENCE_CITY names: colleges, "
        "partner cities, dated facts, entry rules, passport guidance, the standard checklist, reflection prompts. Safe "
        "to run again: a fact whose value changed is superseded; what the office changed or removed is left alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="List each row that would change or stay as the office has it, and change nothing.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                done = reference.load()
                transaction.set_rollback(options["dry_run"])
        except ImproperlyConfigured as wrong:
            raise CommandError(str(wrong)) from wrong
        if options["verbosity"]:
            if options["dry_run"]:
                self._list(done)
            words = ", ".join(f"{number} {word}" for word, number in sorted(done.items()))
            self.stdout.write(f"Reference rows: {words}.{' Dry run: nothing was kept.' if options['dry_run'] else ''}")
            for row in done.newer:
                self.stdout.write(f"Please compare: the files have a later date than the office’s row: {row}")

    def _list(self, done: reference.Loaded) -> None:
        for what, heading in HEADINGS.items():
            if lines := done.lines[what]:
                self.stdout.write("\n".join([f"{heading}:", *(f"  {line}" for line in lines), "", ""]))

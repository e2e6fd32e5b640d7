"""Fill an empty database with the invented people of the demo."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from exchange.models import User
from travel.demo import bulk, seed
from travel.demo.scene import OFFICE


class Command(BaseCommand):
    help = "Write the demo: finished summers, trips abroad, a cycle under way. Running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--today", type=date.fromisoformat, help="The day all dates count from, such as 2027-02-24."
        )
        parser.add_argument(
            "--applications", type=int, help="Add a cycle of this size beside the demo, for benchmarks."
        )

        parser.add_argument("--dry-run", action="store_true", help="Say what would be written, and write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This fills the database with invented people: it runs only with DEMO=true.")
        if options["applications"] is not None and not 1 <= options["applications"] <= bulk.MOST:
            raise CommandError(f"--applications takes a number from 1 to {bulk.MOST}.")
        today = options["today"] or timezone.localdate()
        with transaction.atomic():
            self._write(today, options)
            transaction.set_rollback(options["dry_run"])
        if options["dry_run"]:
            self._say(options, "Dry run: nothing was kept.")

    def _write(self, today: date, options: dict[str, Any]) -> None:
        try:
            seeded = seed.seed(today)
        except seed.ReferenceMissing as missing:
            raise CommandError(str(missing)) from missing
        self._say(options, _said(seeded))
        if options["applications"]:
            office = User.objects.get(email=OFFICE)
            written = bulk.write(options["applications"], today, by=office)
            self._say(options, _said_of_bench(written))

    def _say(self, options: dict[str, Any], text: str) -> None:
        if options["verbosity"]:
            self.stdout.write(text)


def _said(seeded: seed.Seeded) -> str:
    names = " and ".join(cycle.code for cycle in seeded.cycles)
    if not seeded.counts:
        return f"The demo is there already ({names}). Nothing was changed."
    rows = ", ".join(f"{number} {kind}" for kind, number in seeded.counts.items() if number)
    return f"Wrote {names}: {rows}."


def _said_of_bench(written: bulk.Written) -> str:
    if not written.counts:
        return f"The cycle {written.cycle.code} is there already. Nothing was changed."
    rows = ", ".join(f"{number} {kind}" for kind, number in written.counts.items() if number)
    return f"Wrote {written.cycle.code}: {rows}."

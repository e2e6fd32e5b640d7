from datetime import date

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from travel.demo import seed


class Command(BaseCommand):
    help = "Write the demo: a finished cycle and one under way, with invented people. Running it again changes nothing."

    def add_arguments(self, parser):
        parser.add_argument(
            "--today", type=date.fromisoformat, help="The day all dates count from, such as 2027-02-24."
        )

    def handle(self, *args, **options):
        if not settings.DEMO:
            raise CommandError("This fills the database with invented people: it runs only with DEMO=true.")
        try:
            seeded = seed.seed(options["today"] or timezone.localdate())
        except seed.ReferenceMissing as missing:
            raise CommandError(str(missing)) from missing
        if options["verbosity"]:
            self.stdout.write(_said(seeded))


def _said(seeded: seed.Seeded) -> str:
    names = " and ".join(cycle.code for cycle in seeded.cycles)
    if not seeded.counts:
        return f"The demo is there already ({names}). Nothing was changed."
    rows = ", ".join(f"{number} {kind}" for kind, number in seeded.counts.items() if number)
    return f"Wrote {names}: {rows}."

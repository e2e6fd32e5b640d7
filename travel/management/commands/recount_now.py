"""Counts today's figures for the director's page again, from every row, and compares them with those that are kept."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from travel.outcomes import now, recounting


class Command(BaseCommand):
    help = "Refresh what the director's page says of today, then prove it by counting every row one by one."

    def handle(self, *args: Any, **options: Any) -> None:
        kept = now.refresh()
        if wrong := recounting.differing(kept):
            raise CommandError(f"Counted otherwise row by row: {', '.join(wrong)}.")
        self.stdout.write("Applications, waiting, passports and money are as a count row by row has them.")

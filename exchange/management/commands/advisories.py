"""Says which libraries of this release have a known weakness; deploy/update asks before the release goes live."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from exchange.background import lookout


class Command(BaseCommand):
    help = (
        "Compare the libraries that are installed with the database of weaknesses at ADVISORIES_URL, which gets their "
        "names and versions. Changes nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(_said())


def _said() -> str:
    if not settings.ADVISORIES_URL:
        return "Libraries weren't compared with known weaknesses: ADVISORIES_URL is off."
    try:
        weak = lookout.libraries_with_a_weakness()
    except (OSError, ValueError, KeyError) as error:
        return f"Libraries weren't compared with known weaknesses: {settings.ADVISORIES_URL} said {error}."
    if weak:
        names = ", ".join(sorted(weak))
        return f"Libraries with a known weakness: {names}. docs/operations.md, “A library has a known weakness”."
    return "No library has a known weakness."

"""Prepares the demo's database in one process: tables, reference rows, the demo cycle."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Bring the demo's database to where this version of the portal expects it. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This fills the database with invented people: it runs only with DEMO=true.")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("load_reference", verbosity=0)
        call_command("seed_demo", verbosity=0)

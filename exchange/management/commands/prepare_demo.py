"""Prepares the demo's database in one process: tables, reference rows, the demo cycle."""

import gc
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class Command(BaseCommand):
    help = "Bring the demo's database to where this version of the portal expects it. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This fills the database with invented people: it runs only with DEMO=true.")
        if not connection.introspection.table_names():
            print("A new demo takes about half a minute.", file=sys.stderr)  # HiGHS writes its name to the other one
        gc.disable()  # this process makes hardly any garbage: looking for it took a tenth of its time
        with self.step("Tables"):
            call_command("migrate", interactive=False, verbosity=0)
        with self.step("Facts, cities and colleges"):
            call_command("load_reference", verbosity=0)
        with self.step("Students, and what they wrote"):
            call_command("seed_demo", verbosity=0)

    @contextmanager
    def step(self, label: str, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
        began = clock()
        print(f"{label:<48}", end="", file=sys.stderr, flush=True)
        yield
        print(f"{clock() - began:4.0f} s", file=sys.stderr, flush=True)

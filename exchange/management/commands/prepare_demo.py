"""Prepares the demo's database in one process: tables, reference rows, the demo cycle."""

import gc
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model


class Command(BaseCommand):
    help = "Bring the demo's database to where this version of the portal expects it. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This fills the database with invented people: it runs only with DEMO=true.")
        if is_new := not connection.introspection.table_names():
            print("A new demo takes about half a minute.", file=sys.stderr)  # HiGHS writes its name to the other one
        gc.disable()  # this process makes hardly any garbage: looking for it took a tenth of its time
        with self.step("Tables"):
            if is_new and connection.vendor == "sqlite":
                create_tables()
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


def create_tables() -> None:
    """Make an empty SQLite database's tables from the models, and record the migrations as applied. All or nothing.

    The migrations would take twenty seconds there, nearly all of it for drawing up two hundred models again and again.
    tests/exchange/test_migrations.py shows that the result is the same.
    """
    recorder = MigrationRecorder(connection)
    models: list[type[Model]] = [*apps.get_models(), recorder.Migration]
    with connection.schema_editor() as editor:
        for model in models:
            if model._meta.managed and not model._meta.proxy:
                editor.create_model(model)
        for app, name in MigrationLoader(None).disk_migrations:
            recorder.migration_qs.create(app=app, name=name)

"""Runs the background parts of the portal on one machine, as processes that share the memory of the loaded code.

    manage.py background                       all five: worker, urgent worker, heavy worker, beat, watch
    manage.py background --parts worker beat   some of them, such as where another machine has the others

This process loads the code and forks the parts; it opens no connection. A part that ends is started again, as systemd
would do it, and no part ends with another (docs/adr/0031).
"""

import gc
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections
from django.urls import reverse
from django.utils import translation

from exchange.background import clock
from exchange.background.together import Together
from exchange.celery import app
from exchange.checks import OURS

# as the units of single parts say, too (deploy/)
WORKER = ["worker", "--concurrency", "2", "--max-tasks-per-child", "500", "--loglevel", "INFO"]
# threads: sending is waiting for servers, and four of them need the memory of one process
URGENT = ["worker", "--queues", "urgent", "--hostname", "urgent@%h", "--pool", "threads", "--concurrency", "4"]
URGENT += ["--loglevel", "INFO"]
HEAVY = ["worker", "--queues", "heavy,uploads", "--hostname", "heavy@%h", "--concurrency", "2"]
HEAVY += ["--max-memory-per-child", "400000", "--loglevel", "INFO"]
PARTS: dict[str, Callable[[], object]] = {
    "worker": lambda: app.worker_main(WORKER),
    "urgent": lambda: app.worker_main(URGENT),
    "heavy": lambda: app.worker_main(HEAVY),
    "beat": lambda: clock.run(app),
    "watch": lambda: call_command("watch"),
}


class Command(BaseCommand):
    help = (
        "Run the background parts of the portal on this machine: worker, urgent worker, heavy worker, beat and watch."
    )
    requires_system_checks = [OURS]  # each part makes them, too, once it has started

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="Only these.")
        parser.add_argument(
            "--all-or-none", action="store_true", help="End when one of them has ended, as the demo does."
        )

    def handle(self, *args: Any, parts: list[str], all_or_none: bool, **options: Any) -> None:
        app.loader.import_default_modules()
        app.finalize()
        reverse("home")  # loads all views and the URL patterns, which emails name
        for language, _name in settings.LANGUAGES:  # each catalog once, for all
            with translation.override(language):
                translation.gettext("Save")
        connections.close_all()  # no part may have one that another has, too
        gc.collect()
        gc.freeze()  # what is loaded stays shared, because collections leave it alone
        together = Together({name: PARTS[name] for name in parts}, ends_first=("heavy",), all_or_none=all_or_none)
        if not together.run():
            sys.exit(1)

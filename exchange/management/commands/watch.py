"""Watches the portal and tells its owners, once, when a part has failed for two minutes.

A process of its own (a part of `manage.py background`), because web, worker and beat may be what fails.
"""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections

from exchange import postgresql
from exchange.background import alive, lookout
from exchange.background.alarms import Watch


class Command(BaseCommand):
    help = (
        "Look at every part of the portal once a minute; tell the owners, once, of what has failed for two minutes, "
        "and once when it works again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Look once and end, for cron.")
        parser.add_argument("--every", type=int, default=60, help="Seconds between two looks.")

    def handle(self, *args: Any, once: bool, every: int, **options: Any) -> None:
        postgresql.limit(settings.DATABASES["default"], postgresql.WEB)
        watch = Watch()
        while True:
            close_old_connections()
            for name in watch.look():
                self.stdout.write(f"told the owners: {name}")
            lookout.look()
            lookout.ping()
            if once:
                return
            alive.say()
            time.sleep(every)

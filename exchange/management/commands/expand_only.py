"""Whether a release can run on the database of this one; deploy/update and deploy/rollback ask it.

manage.py expand_only                    prints the migrations that this release knows
    manage.py expand_only --beside FILE      names what the release that printed it can't run with; -: standard input
"""

import json
import sys
from argparse import ArgumentParser, FileType
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from exchange.keeping import expand_only, version


class Command(BaseCommand):
    help = "Print the migrations that this release knows, or what keeps another from running with those of this one."
    requires_system_checks = []  # a release that can't start says what it knows

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--beside", type=FileType(), metavar="FILE", help="What the other release printed.")

    def handle(self, *args: Any, beside: TextIO | None, **options: Any) -> None:
        if beside is None:
            json.dump(version.known_migrations(), sys.stdout)
            return
        with beside:
            known = json.load(beside)
        if found := list(expand_only.problems(known)):
            raise CommandError("\n".join(found))

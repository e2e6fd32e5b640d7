"""Load another city's open data beside ours."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.base.errors import RuleViolation
from travel.outcomes import actions, open_data


class Command(BaseCommand):
    help = (
        "Load another city's open data (its data.csv or data.json, saved as a file) beside ours. A newer file replaces "
        "what was loaded before. It appears under Outcomes, Other cities; on /impact/ only once the office shows it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="A CSV or JSON file of the schema of /impact/numbers/.")
        parser.add_argument("--city", default="", help="The city's name, if not the file's.")
        parser.add_argument("--source", default="", help="Where the file came from; otherwise its name.")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                content = file.read(open_data.FILE_MAX + 1)
        except OSError as error:
            raise CommandError(f"{path} can't be read: {error.strerror}") from error
        try:
            loaded = actions.load_city(content, source=options["source"] or path.name, by=None, city=options["city"])
        except RuleViolation as violation:
            raise CommandError(violation.message) from violation
        if options["verbosity"]:
            self.stdout.write(f"Loaded {loaded.figures.count()} figures of {loaded.city}, as of {loaded.as_of}.")

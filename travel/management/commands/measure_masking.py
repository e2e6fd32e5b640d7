"""Measure how well readers are kept from knowing the college, on the demo's applications."""

import tomllib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from applications.models import Application
from applications.reading import reader_stack
from applications.reading.masking_measure import measure
from travel.demo.people import read_cast

GIVEAWAYS = Path(__file__).resolve().parents[2] / "demo" / "giveaways.toml"


class Command(BaseCommand):
    help = (
        "Compares what readers see of the demo's applications with a list, made by reading, of the words that give the "
        "college away. Fails if one of them shows."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--list", action="store_true", help="Also print what shows, and what is covered for nothing."
        )

    def handle(self, **options: Any) -> None:
        key_of = {person.full_name: person.key for person in read_cast().students}
        applications = Application.objects.real().exclude(submitted_at=None).select_related("student", "cycle", "form")
        answers = {}
        for application in applications.order_by("pk"):
            if key := key_of.get(application.person.full_name):
                texts = [item.text for _section, item in reader_stack.readable_items(application)]
                answers[key] = (texts, reader_stack.hidden_in(application))
        found = measure(answers, tomllib.loads(GIVEAWAYS.read_text()))
        self.stdout.write(
            f"{found.applications} applications, {found.telling} with words that give the college away.\n"
            f"Such words show, with only the names of colleges covered: in {found.open_without}.\n"
            f"They show now: in {len({key for key, _words in found.left})}.\n"
            f"Recall {found.recall:.1%} of {found.giveaways} giveaways, "
            f"precision {found.precision:.1%} of {found.covered} covered places, schools and colleges."
        )
        if options["list"]:
            for title, rows in (("shows", found.left), ("covered for nothing", found.needless)):
                for key, words in rows:
                    self.stdout.write(f"{title}: {words} ({key})")
        if found.left:
            raise CommandError(f"{len(found.left)} giveaways show. Add the words on “Words that give a college away”.")

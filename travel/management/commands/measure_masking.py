"""Measure how well readers are kept from knowing the college, on demo applications or on texts that try to tell."""

import tomllib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from applications.models import Application, CollegeClue
from applications.reading import reader_stack
from applications.reading.clues import clues_of
from applications.reading.masking import Hidden
from applications.reading.masking_measure import Measure, measure
from exchange.models import College
from travel.demo import evasive
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
        parser.add_argument(
            "--tries", action="store_true", help="Instead, measure 1,000 texts that try to tell. Never fails."
        )

    def handle(self, **options: Any) -> None:
        if options["tries"]:
            self._measure_tries(is_listed=options["list"])
            return
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
            f"They show now: in {found.open}.\n"
            f"Recall {found.recall:.1%} of {found.giveaways} giveaways, "
            f"precision {found.precision:.1%} of {found.covered} covered places, schools and colleges."
        )
        if options["list"]:
            self._list(found)
        if found.left:
            raise CommandError(f"{len(found.left)} giveaways show. Add the words on “Words that give a college away”.")

    def _measure_tries(self, *, is_listed: bool) -> None:
        rows = CollegeClue.objects.current().values_list("kind", "text", "is_also_word")
        hidden = Hidden(colleges=tuple(College.objects.values_list("name", "short_name")), clues=clues_of(rows))
        for (is_new, is_named), found in measured_tries(hidden).items():
            self.stdout.write(
                f"{'New' if is_new else 'Seen'} texts that {'name something' if is_named else 'only describe'}: "
                f"{found.applications}, of which {found.open} tell. "
                f"{len(found.left)} of {found.giveaways} giveaways show. "
                f"{len(found.needless)} words are covered for nothing."
            )
            if is_listed:
                self._list(found)

    def _list(self, found: Measure) -> None:
        for title, rows in (("shows", found.left), ("covered for nothing", found.needless)):
            for key, words in rows:
                self.stdout.write(f"{title}: {words} ({key})")


def measured_tries(hidden: Hidden) -> dict[tuple[bool, bool], Measure]:
    """By (is_new, is_named), see `evasive.Evasive`."""
    found, made = {}, evasive.texts()
    for kind in ((False, True), (True, True), (False, False), (True, False)):
        some = [each for each in made if (each.is_new, each.is_named) == kind]
        found[kind] = measure(
            {each.key: ([each.text], hidden) for each in some}, {each.key: each.giveaways for each in some}
        )
    return found

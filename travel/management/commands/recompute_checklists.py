"""Replan every checklist after a fact, an entry rule or a trip's date has changed. Safe to run twice."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from travel.prepare.checklist import actions as checklist


class Command(BaseCommand):
    help = "Plan everyone who has not left yet again, and tell those whose dates moved."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Count, change nothing, tell nobody.")

    def handle(self, *args: Any, **options: Any) -> None:
        done = checklist.recompute_all(dry_run=options["dry_run"])
        verb = "would change" if options["dry_run"] else "changed"
        self.stdout.write(f"{done.seen} checklists looked at, {done.changed} {verb}.")

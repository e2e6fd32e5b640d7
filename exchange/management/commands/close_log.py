"""Closes the audit log of the finished days, as a nightly task does; or accepts a day that differs."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.keeping import log_closings


class Command(BaseCommand):
    help = (
        "Close each finished day of the audit log, so that manage.py verify can tell whether its events are still the "
        "same (docs/adr/0029). With --accept, after an incident was looked into: what is there counts from now on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--accept", metavar="DAY", type=date.fromisoformat, help="Such as 2026-11-28.")
        parser.add_argument("--reason", default="", help="What was found, in a sentence. It stays in the chain.")

    def handle(self, *, accept: date | None, reason: str, **options: Any) -> None:
        if accept and not reason:
            raise CommandError("Say with --reason what you found out about that day.")
        try:
            added = log_closings.accept(accept, reason=reason) if accept else log_closings.close()
        except (ValueError, log_closings.StillWriting) as error:
            raise CommandError(str(error)) from None
        for closing in added:
            self.stdout.write(f"closing {closing.number} of {closing.day}: {closing.count:,} events, {closing.hash}")
        if not added:
            self.stdout.write("Every finished day is closed.")

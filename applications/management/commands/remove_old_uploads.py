"""Removes students' files whose last day has passed. Beat does the same every night."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from applications.apply.actions import upload_check


class Command(BaseCommand):
    help = (
        "Remove students’ files whose last day has passed (the fact upload.keep_days, counted from the decisions of "
        "their cycle). Beat does this every night; safe to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="List what would go, and remove nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        uploads = upload_check.remove_old(dry_run=options["dry_run"])
        if options["verbosity"] and options["dry_run"]:
            for upload in uploads:  # no names: the list may end up in a mail
                application = upload.application
                last = upload.delete_after or "-"
                self.stdout.write(
                    f"{application.cycle.code} {application.code} {upload.question.key} {upload.code} {last}"
                )
        if options["verbosity"]:
            done = "would be removed. Dry run: nothing was." if options["dry_run"] else "removed."
            self.stdout.write(f"Files past their last day: {len(uploads)} {done}")

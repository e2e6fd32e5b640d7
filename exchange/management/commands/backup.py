"""Takes a backup. Beat and the systemd timer call the same action."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.keeping import taking
from exchange.keeping.age import AgeError
from exchange.keeping.databases import DatabaseToolError
from exchange.keeping.destination import NotSetUpError, UnderWayError

PROBLEMS = (NotSetUpError, UnderWayError, DatabaseToolError, AgeError, OSError)


class Command(BaseCommand):
    help = (
        "Take an encrypted backup of database and files to BACKUP_DIR, put the keys into BACKUP_KEYS_DIR, read "
        "everything again, and remove backups that are no longer needed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--unless-younger-than",
            type=int,
            default=0,
            metavar="HOURS",
            help="Do nothing if the last good backup is younger than this many hours.",
        )

    def handle(self, *, unless_younger_than: int, **options: Any) -> None:
        try:
            taken = taking.take(unless_younger_than=timedelta(hours=unless_younger_than))
        except PROBLEMS as error:
            raise CommandError(f"No backup was taken. {error}") from error
        if not options["verbosity"]:
            return
        if taken is None:
            self.stdout.write(f"There is a good backup younger than {unless_younger_than} hours. Nothing was done.")
            return
        manifest = taken.manifest
        self.stdout.write(
            f"Backup: {taken.folder}\n"
            f"  {sum(manifest.tables.values()):,} rows, {manifest.files:,} files, {manifest.size:,} bytes encrypted\n"
            f"Keys: {taken.keys}\n"
            f"Old backups removed: {len(taken.removed)}"
        )
        if manifest.missing:
            self.stderr.write(
                f"{manifest.missing} files that rows name are missing in the storage: manage.py verify lists them."
            )

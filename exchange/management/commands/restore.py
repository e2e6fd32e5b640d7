"""Restores a backup into an empty system."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.keeping import age, archive, databases, restoring

PROBLEMS = (
    archive.NotABackupError,
    archive.WrongKeysHereError,
    age.AgeError,
    databases.DatabaseToolError,
    restoring.NotEmptyError,
    restoring.OtherVersionError,
    restoring.DiffersError,
    OSError,
)


class Command(BaseCommand):
    help = (
        "Restore a backup into a new, empty database and an empty storage; nothing is ever replaced. Stop web, worker "
        "and beat first, and don't run migrate. If it is interrupted, run the same command again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="The backup's folder.")
        parser.add_argument("--identity", type=Path, required=True, help="The file with the private key for the data.")

    def handle(self, *, folder: Path, identity: Path, **options: Any) -> None:
        try:
            done = restoring.restore(folder, age.identities_in(identity), self._say(options["verbosity"]))
        except PROBLEMS as error:
            raise CommandError(str(error)) from error
        manifest = done.manifest
        self.stdout.write(
            f"Restored as of {manifest.taken_at}: {sum(manifest.tables.values()):,} rows, {manifest.files:,} files"
            + (f" ({done.files_before:,} of them were there from an interrupted restore)" if done.files_before else "")
            + ".\nNext: manage.py verify. Everybody has to sign in again. Before you start the worker: "
            f"{done.waiting} messages were still waiting then, and it sends them, even if they were sent since."
        )
        if manifest.missing:
            self.stderr.write(f"{manifest.missing} files were missing already when the backup was taken.")

    def _say(self, verbosity: int) -> Any:
        return self.stdout.write if verbosity else lambda _text: None

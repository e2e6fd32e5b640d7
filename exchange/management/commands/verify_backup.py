"""Checks a backup without restoring it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.keeping import age, archive, databases, destination, restoring

PROBLEMS = (
    archive.NotABackupError,
    archive.WrongKeysHereError,
    age.AgeError,
    databases.DatabaseToolError,
    destination.NotSetUpError,
    OSError,
)


class Command(BaseCommand):
    help = (
        "Check that a backup is complete and unchanged. With a private key, also that it opens: every file is compared "
        "with its hash, and the dump is read to its end. Nothing is written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, nargs="?", help="The backup; without it the newest one in BACKUP_DIR.")
        parser.add_argument("--identity", type=Path, help="The file with the private key.")

    def handle(self, *, folder: Path | None, identity: Path | None, **options: Any) -> None:
        try:
            folder = folder or _newest()
            manifest = restoring.check(folder, age.identities_in(identity) if identity else [])
        except PROBLEMS as error:
            raise CommandError(str(error)) from error
        how = "complete, unchanged, and it opens" if identity else "complete and unchanged"
        self.stdout.write(
            f"{folder} is {how}: taken {manifest.taken_at} by version {manifest.version} {manifest.commit[:8]}, "
            f"{sum(manifest.tables.values()):,} rows, {manifest.files:,} files."
        )


def _newest() -> Path:
    found = archive.finished_in(destination.destination().folder)
    if not found:
        raise archive.NotABackupError("BACKUP_DIR has no finished backup. Take one: manage.py backup")
    return found[-1]

"""Makes a pair of keys for backups: the private one into a file, the public one on the screen."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.keeping import age


class Command(BaseCommand):
    help = (
        "Write a new private key to a file, and print the public key for BACKUP_RECIPIENTS or BACKUP_KEYS_RECIPIENTS. "
        "Move the file off this machine: without it no backup can be opened, and with it anyone can."
    )
    requires_system_checks: list[str] = []  # noqa: RUF012 -- as Django has it

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="The file to write; it must not exist.")

    def handle(self, *, file: Path, **options: Any) -> None:
        private, public = age.new_identity()
        try:
            with file.open("x") as output:
                file.chmod(0o600)
                output.write(f"# public key: {public}\n{private}\n")
        except OSError as error:
            raise CommandError(f"{file} can't be written: {error.strerror}. Choose another name.") from error
        self.stdout.write(public)

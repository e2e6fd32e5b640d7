"""Seals every sealed row with the newest key, and proves that it opens with that key alone."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from exchange.base import links
from exchange.keeping import log_closings, sealed_rows


class Command(BaseCommand):
    help = (
        "After SEALING_KEY was changed and every process restarted: seal each sealed row with the new key, in batches, "
        "and open each with it alone. If it is interrupted, run it again. deploy/README.md, “Changing the keys”."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Open every row, and write nothing.")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        found = sealed_rows.look() if dry_run else sealed_rows.rotate()
        for counted in found:
            if counted.rows:
                self.stdout.write(
                    f"{counted.column.label}: {counted.rows:,} rows, {counted.resealed:,} sealed again, "
                    f"{len(counted.left):,} need an older key, {len(counted.lost):,} that no key opens"
                )
        self._fail_on_lost(found)
        if left := sum(len(counted.left) for counted in found):
            if dry_run:
                self.stdout.write(f"{left:,} rows would be sealed again. Nothing was written. Keep every key.")
                return
            raise CommandError(
                f"{left:,} rows were sealed with an older key while this ran: a process still has the old settings. "
                "Restart web, worker and beat, then run this again. Keep every key until then."
            )
        if not dry_run:
            self._sign_log()
        self.stdout.write(self._what_may_go())

    def _sign_log(self) -> None:
        try:
            closing = log_closings.sign_again()
        except log_closings.NotWhole:
            raise CommandError(
                "Every sealed row opens with the newest key, but the audit log's closings don't fit together, so they "
                "weren't signed with it. Run manage.py verify, and do what it says. Keep every key until then."
            ) from None
        if closing:
            self.stdout.write(f"The audit log's closings are signed with the newest key ({closing.number}).")

    def _fail_on_lost(self, found: list[sealed_rows.Counted]) -> None:
        lost = [counted for counted in found if counted.lost]
        if lost:
            rows = "; ".join(f"{each.column.label} {', '.join(map(str, each.lost[:10]))}" for each in lost)
            raise CommandError(
                f"No key opens these rows: {rows}. Look for a former key in the files keys-….age beside your backups "
                "(BACKUP_KEYS_DIR), add it to SEALING_KEY_FALLBACKS, and run this again. Keep every key until then."
            )

    def _what_may_go(self) -> str:
        if settings.SEALING_KEYS:
            said = "Every row opens with SEALING_KEY alone: SEALING_KEY_FALLBACKS may be removed."
        else:
            said = "Every row opens with SECRET_KEY alone, as far as sealing goes."
        end = links.last_end(timezone.now())
        until = timezone.localtime(end).date().isoformat() if end else ""
        return said + (
            f" Former signing keys stay in SECRET_KEY_FALLBACKS until {until}, when the last private link ends."
            if until
            else " No private link is open, so former signing keys may go as well once everybody may sign in again."
        )

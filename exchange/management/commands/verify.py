"""Checks that nothing is missing or broken, and says what to do about each fault."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exchange.keeping import verification


class Command(BaseCommand):
    help = (
        "Check files, links between rows, sealed rows, the audit log, lotteries, published points, releases, "
        "placements, raw scores. Writes nothing. Ends with 1 if something was found, with the remedy for each."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        total = 0
        for name, findings in verification.run():
            self.stdout.write(f"{name}: {'ok' if not findings else f'{len(findings)} kinds of faults'}")
            for finding in findings:
                total += finding.count
                listed = ", ".join(finding.examples) + (" …" if finding.count > len(finding.examples) else "")
                self.stdout.write(f"  {finding.count:,} {finding.what}" + (f": {listed}" if listed else ""))
                self.stdout.write(f"    What to do: {finding.remedy}")
        if total:
            raise CommandError(f"{total:,} faults were found. Nothing was changed.", returncode=1)
        self.stdout.write("Everything is there and fits together.")

from django.core.management.base import BaseCommand

from applications.apply.actions import draft
from applications.cycle.actions import form_versions


class Command(BaseCommand):
    help = (
        "Removes drafts of visitors who never signed in, as long after the last change as draft.visitor_days says, "
        "and tests of the form that nobody ended within their day."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only count them.")

    def handle(self, *, dry_run: bool, **options) -> None:
        count = draft.purge_abandoned(dry_run=dry_run)
        tests = form_versions.purge_tests(dry_run=dry_run)
        self.stdout.write(f"{count} abandoned drafts and {tests} tests {'would be' if dry_run else 'were'} removed")

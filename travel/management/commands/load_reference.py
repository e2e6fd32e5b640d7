from django.core.management.base import BaseCommand

from travel.actions import reference


class Command(BaseCommand):
    help = (
        "Load colleges, partner cities, dated facts, entry rules and passport guidance. Safe to run again: a fact "
        "whose value changed is superseded, and rows that the office dated later are left alone."
    )

    def handle(self, *args, **options):
        done = reference.load()
        if options["verbosity"]:
            words = ", ".join(f"{number} {word}" for word, number in sorted(done.items()))
            self.stdout.write(f"Reference rows: {words}.")

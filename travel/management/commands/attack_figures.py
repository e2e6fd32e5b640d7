"""Tries to work out hidden figures from everything that was published, or from made-up cohorts."""

import random
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exchange.figures import releases
from exchange.figures.counts import Key, Range, Rules
from travel.outcomes import counting, earlier
from travel.outcomes.cohorts import cohort
from travel.outcomes.release_plan import Finding, attack, plan_release

LEAST = 30  # travelers of a comparison, and as many others, in made-up programs


class Command(BaseCommand):
    help = (
        "Reads every published figure like somebody outside who knows the rules, and finds the least and greatest"
        " number that each hidden count could be. Fails if one is narrowed down too far."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cohorts", type=int, default=0, help="attack so many made-up programs instead")
        parser.add_argument("--first", type=int, default=0, help="the number of the first of them")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["cohorts"]:
            found = self._made_up(range(options["first"], options["first"] + options["cohorts"]))
        else:
            cycles = [counting.counts_of(cycle) for cycle in counting.ready()]
            found = [*self._said("", attack(cycles, releases.told(), releases.rules(), earlier.all_counts()))]
        if found:
            raise CommandError(f"{len(found)} hidden figures can be worked out.")
        self.stdout.write("No hidden figure can be worked out.")

    def _made_up(self, numbers: range) -> list[Finding]:
        """Programs of one to three years, each year published when it's home."""
        found, heads, shown, rules = [], 0, 0, Rules()
        for number in numbers:
            dice, told = random.Random(number), dict[Key, Range | None]()  # noqa: S311 -- made-up people
            cycles = []
            for year in range(dice.randint(1, 3)):
                cycles.append(cohort(dice, f"year-{year + 1}"))
                plan = plan_release(cycles, told, rules, least=LEAST)
                told |= {key: figure.range if figure else None for key, figure in plan.figures.items()}
            found += self._said(f"program {number}: ", attack(cycles, told, rules))
            for_everybody = [range_ for key, range_ in told.items() if not key.by]
            heads, shown = heads + len(for_everybody), shown + sum(range_ is not None for range_ in for_everybody)
        self.stdout.write(f"{len(numbers)} programs, {shown} of {heads} figures about everybody shown.")
        return found

    def _said(self, where: str, findings: list[Finding]) -> list[Finding]:
        for each in findings:
            self.stdout.write(f"{where}{each.key}: {each.range.low} to {each.range.high}")
        return findings

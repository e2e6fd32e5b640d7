"""What was published of a cycle by group: how far people came, and how much the groups differ. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from applications.models import Cycle, Lever
from applications.selection import levers
from exchange.figures import releases
from exchange.figures.counts import Range
from exchange.models import College
from exchange.reference import facts
from travel.outcomes.fairness import FairnessRules, FairnessTable, SelectionShare, compare, share_of
from travel.outcomes.population import Stage
from travel.outcomes.published import as_of, stages_of

FACTS = ("fairness.interval_percent", "fairness.line_percent")


@dataclass(frozen=True, slots=True)
class Groups:
    """`as_of`: None if nothing of the cycle is published. levers: by kind; colleges: by code."""

    cycle: Cycle
    threshold: int
    rules: FairnessRules
    as_of: datetime | None
    total: Mapping[Stage, Range]
    share: SelectionShare | None
    tables: tuple[FairnessTable, ...]
    levers: Mapping[str, Lever]
    colleges: Mapping[str, College]

    @property
    def has_results(self) -> bool:
        return Stage.SELECTED in self.total


def groups_of(cycle: Cycle) -> Groups:
    numbers = facts.numbers(*FACTS)
    rules = FairnessRules(
        confidence=min(0.99, max(0.5, float(numbers["fairness.interval_percent"]) / 100)),
        line=float(numbers["fairness.line_percent"]) / 100,
    )
    told = releases.told(cycle.code)
    stages = {stage.name.lower() for stage in Stage}
    found: dict[str, dict[str, Mapping[Stage, Range]]] = {}
    for key in told:
        if key.by and key.name in stages:
            groups = found.setdefault(key.by, {})
            groups.setdefault(key.group, {} if key.group in groups else stages_of(cycle.code, told, key.by, key.group))
    total = {stage: count for stage, count in stages_of(cycle.code, told).items() if stage <= Stage.CONFIRMED}
    return Groups(
        cycle,
        releases.rules().threshold,
        rules,
        as_of([cycle.code]),
        total,
        share_of(total, rules),
        tuple(compare(by, groups, rules) for by, groups in found.items()),
        levers={lever.kind: lever for lever in levers.for_cycle(cycle)},
        colleges={college.code: college for college in College.objects.all()},
    )

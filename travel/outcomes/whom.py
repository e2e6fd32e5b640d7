"""By group, on the director's page: one sentence for each way of grouping, and the way to its table. Reads no rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from exchange.figures.counts import Key, Range
from travel.outcomes.findings import of_groups
from travel.outcomes.measures import WAYS, group_name
from travel.outcomes.population import COLLEGE, IN_GROUPS, Stage
from travel.outcomes.published import stages_of

NAMES = {stage.name.lower() for stage in IN_GROUPS}


@dataclass(frozen=True, slots=True)
class Way:
    """`finding`: what the published ranges say for certain. `href`: its table on the page of groups, or that page."""

    name: str
    finding: str
    href: str


def ways(cycle: str, told: Mapping[Key, Range | None], colleges: Mapping[str, str], href: str) -> list[Way]:
    """Of one cycle, in the order of the release. colleges: short names by code; href: the groups' page."""
    found: dict[str, dict[str, Mapping[Stage, Range]]] = {}
    for key in told:
        if key.subject == cycle and key.by and key.name in NAMES and key.group not in found.setdefault(key.by, {}):
            found[key.by][key.group] = stages_of(cycle, told, key.by, key.group)
    return [
        Way(
            str(WAYS[by]),
            of_groups({group_name(by, group, {COLLEGE: colleges}): stages for group, stages in groups.items()}),
            f"{href}#by-{by.replace('_', '-')}" if _has_a_table(groups) else href,
        )
        for by, groups in found.items()
    ]


def _has_a_table(groups: Mapping[str, Mapping[Stage, Range]]) -> bool:
    """Ways of ranges alone are one sentence together on the page of groups (`fairness_report.says_something`)."""
    return any(count.is_exact for stages in groups.values() for count in stages.values())

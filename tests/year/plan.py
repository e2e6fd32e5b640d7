"""Which year is played: by its text it goes from one process to another."""

import json
from dataclasses import dataclass
from typing import Self

OPEN_DAYS = 42  # so long applications are open


@dataclass(frozen=True)
class Plan:
    """`tries`: how often a link or button is tried for each role; `again`: how often beyond that, from 0 to 1.

    `hours`, `every`: at which hours, and every how many days, tasks run. `without`: acts that are left out, each as
    its line in the list of acts. `ends_with`: the key of the finding with which the year is over.
    """

    seed: int
    students: int = 8
    city: str = "los-angeles"
    tries: int = 2
    again: float = 0.02
    hours: tuple[int, ...] = (9, 14, 18)
    every: int = 1
    without: frozenset[str] = frozenset()
    ends_with: str = ""

    @classmethod
    def of(cls, text: str) -> Self:
        given = json.loads(text)
        return cls(**given | {"without": frozenset(given.get("without", ()))})

    @property
    def text(self) -> str:
        return json.dumps(vars(self) | {"without": sorted(self.without)})

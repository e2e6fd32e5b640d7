"""The list of mutations: small faults in the code, each with the tests that must fail because of it.

A mutation is a search text and its replacement, not a diff: it still applies when lines move within a file, and a new
package needs only a new `path`. `test_mutations.py` checks that every entry still fits the code.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(__file__).resolve().parent
# one file per area, named after it
AREAS = (
    *("application", "review", "selection", "placement", "checklist", "reflection", "outcomes"),
    *("people", "pages", "scripts", "keeping", "abroad", "office"),
)


@dataclass(frozen=True, slots=True)
class Mutation:
    """One fault. `why`: what would go wrong, and for whom. `killed_by`: pytest node ids.

    `database`: "postgresql", or "sqlite" for a changed constraint, because there the tables are always made from the
    models and not by migrations.
    """

    area: str
    id: str
    path: str
    old: str
    new: str
    why: str
    killed_by: tuple[str, ...]
    database: str = "postgresql"

    def applied_to(self, text: str) -> str:
        """The file's text with the fault. ValueError unless `old` occurs exactly once."""
        if (found := text.count(self.old)) != 1:
            raise ValueError(f"{self.id}: the old text is {found} times in {self.path}")
        return text.replace(self.old, self.new)


def load() -> list[Mutation]:
    """The whole list, by area. TypeError for an entry with a missing or an unknown key."""
    mutations = []
    for area in AREAS:
        rows = tomllib.loads((FOLDER / f"{area}.toml").read_text())["mutation"]
        mutations += [Mutation(area=area, **row | {"killed_by": tuple(row["killed_by"])}) for row in rows]
    return mutations

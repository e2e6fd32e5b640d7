"""Dry runs: what a release would tell each student, as lines that can be stored and compared. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


class DryRunLine(NamedTuple):
    """One student: the application's code, the result, and the place on the waiting list or None."""

    code: str
    result: str
    position: int | None


@dataclass(frozen=True, slots=True)
class Differences:
    """The differences from one dry run to the next, each in the order of the codes. `changed`: (before, now)."""

    new: tuple[DryRunLine, ...] = ()
    gone: tuple[DryRunLine, ...] = ()
    changed: tuple[tuple[DryRunLine, DryRunLine], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.changed)

    @property
    def count(self) -> int:
        return len(self.new) + len(self.gone) + len(self.changed)

    @property
    def codes(self) -> set[str]:
        return {line.code for line in (*self.new, *self.gone)} | {now.code for _before, now in self.changed}


def read(lines: Iterable[Sequence[Any]]) -> list[DryRunLine]:
    """The lines stored in a JSON column."""
    return [DryRunLine(*line) for line in lines]


def fingerprint(lines: Iterable[DryRunLine]) -> str:
    """A hash that does not depend on the order of the lines, and changes with anyone's result or place."""
    text = "\n".join(sorted(f"{line.code} {line.result} {line.position}" for line in lines))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def compare(before: Iterable[DryRunLine], now: Iterable[DryRunLine]) -> Differences:
    old, new = ({line.code: line for line in lines} for lines in (before, now))
    return Differences(
        new=tuple(new[code] for code in sorted(new.keys() - old.keys())),
        gone=tuple(old[code] for code in sorted(old.keys() - new.keys())),
        changed=tuple((old[code], new[code]) for code in sorted(old.keys() & new.keys()) if old[code] != new[code]),
    )

"""What a release would tell whom, as lines that can be kept and compared. Pure: plain values in and out."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Line(NamedTuple):
    """One person: the application's code, the result, and the place on the waiting list or None."""

    code: str
    result: str
    position: int | None


@dataclass(frozen=True, slots=True)
class Differences:
    """From one dry run to the next, each in the order of the codes. `changed`: (before, now)."""

    new: tuple[Line, ...] = ()
    gone: tuple[Line, ...] = ()
    changed: tuple[tuple[Line, Line], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.changed)

    @property
    def count(self) -> int:
        return len(self.new) + len(self.gone) + len(self.changed)

    @property
    def codes(self) -> set[str]:
        return {line.code for line in (*self.new, *self.gone)} | {now.code for _before, now in self.changed}


def read(lines: Iterable[Sequence]) -> list[Line]:
    """Lines as they were kept in a JSON column."""
    return [Line(*line) for line in lines]


def fingerprint(lines: Iterable[Line]) -> str:
    """The same for the same lines in any order; another as soon as anyone's result or place is another."""
    text = "\n".join(sorted(f"{line.code} {line.result} {line.position}" for line in lines))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def compare(before: Iterable[Line], now: Iterable[Line]) -> Differences:
    old, new = ({line.code: line for line in lines} for lines in (before, now))
    return Differences(
        new=tuple(new[code] for code in sorted(new.keys() - old.keys())),
        gone=tuple(old[code] for code in sorted(old.keys() - new.keys())),
        changed=tuple((old[code], new[code]) for code in sorted(old.keys() & new.keys()) if old[code] != new[code]),
    )

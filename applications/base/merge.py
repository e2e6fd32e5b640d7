"""One field of a draft, written on several devices that may be apart. Pure Python: no database, no Django.

Each field is a multi-value register with a version vector. A device numbers its writes; a write says which
numbers of which devices it had seen. It replaces what it saw and all that its own device wrote before it, and
nothing else: what was written apart stands beside it until a person chooses. Merging does not mind order or
repetition, so a phone may send the same write twice, late, or after a newer one.

Source: N. Preguiça et al., "Dotted version vectors", arXiv 1011.5808 (2010); M. Shapiro et al., "A comprehensive
study of convergent and commutative replicated data types", INRIA RR-7506 (2011), multi-value register.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# the version that stands for what was stored before devices' versions were kept, or by a seed
STORED = "stored"
EMPTY_VALUES: tuple[object, ...] = (None, "", [])


@dataclass(frozen=True, slots=True)
class Version:
    """One write. `typed_at`: milliseconds since 1970 on our clock; it orders what is shown, never what is kept.

    `by`: whose hands wrote it (a user's id), None for a visitor.
    """

    device: str
    number: int
    value: Any
    typed_at: int = 0
    by: int | None = None

    @property
    def dot(self) -> tuple[str, int]:
        return self.device, self.number

    @property
    def is_empty(self) -> bool:
        return any(self.value is empty or self.value == empty for empty in EMPTY_VALUES)


@dataclass(frozen=True, slots=True)
class FieldState:
    """`versions`: what nobody who saw it has replaced, ordered by device and number. `seen`: {device: number}."""

    versions: tuple[Version, ...] = ()
    seen: Mapping[str, int] = field(default_factory=dict)

    def has_seen(self, version: Version) -> bool:
        return version.number <= self.seen.get(version.device, 0)


def stored(value: Any) -> FieldState:
    """The state of a field of which only its value is known."""
    return FieldState() if same(value, None) else FieldState((Version(STORED, 1, value),), {STORED: 1})


def write(state: FieldState, version: Version, seen: Mapping[str, int]) -> FieldState:
    """The state after this write, by a device that had seen `seen` of this field. Writing again changes nothing."""
    return merge(state, FieldState((version,), _join(seen, {version.device: version.number})))


def merge(one: FieldState, other: FieldState) -> FieldState:
    """What both know. Commutative, associative and idempotent."""
    kept = {version.dot: version for version in _surviving(one, other)}
    for version in _surviving(other, one):
        twin = kept.get(version.dot)
        # two contents under one number: no honest device does that; the same one wins in either order
        if twin is None or _rank(version) > _rank(twin):
            kept[version.dot] = version
    return FieldState(tuple(kept[dot] for dot in sorted(kept)), _join(one.seen, other.seen))


def shown(state: FieldState) -> Version | None:
    """The version that a page shows: of those that say something, the one typed last. None where none ever was."""
    if not state.versions:
        return None
    return max(state.versions, key=lambda version: (not version.is_empty, *_rank(version)))


def rivals(state: FieldState) -> tuple[Version, ...]:
    """What else was written apart and says something else: the person has to choose. Newest first."""
    first = shown(state)
    if first is None:
        return ()
    found: list[Version] = []
    for version in sorted(state.versions, key=_rank, reverse=True):
        known = [first.value, *(rival.value for rival in found)]
        if not version.is_empty and not any(same(version.value, value) for value in known):
            found.append(version)
    return tuple(found)


def same(one: Any, other: Any) -> bool:
    """Equal as answers: 1 is not true, and nothing is nothing however it is written."""
    empty = [any(value is nothing or value == nothing for nothing in EMPTY_VALUES) for value in (one, other)]
    if any(empty):
        return all(empty)
    return one == other and type(one) is type(other)


def _surviving(mine: FieldState, theirs: FieldState) -> Iterable[Version]:
    dots = {version.dot for version in theirs.versions}
    return (version for version in mine.versions if version.dot in dots or not theirs.has_seen(version))


def _join(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {device: max(one.get(device, 0), other.get(device, 0)) for device in sorted({*one, *other})}


def _rank(version: Version) -> tuple[int, str, int, str]:
    return version.typed_at, version.device, version.number, repr(version.value)

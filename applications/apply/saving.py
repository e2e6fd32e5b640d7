"""Decides what a save does to the fields of one application. Pure Python: no database, no Django.

`actions.draft` loads the fields that the changes name, `decide` says what becomes of each change, and `actions.fields`
stores the result: one read, one decision, one write.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from applications.base.merge import STORED, FieldState, Version, shown, write

OFFICE_DEVICE = "portal"  # what the portal itself writes: seeds, imports, answers carried over
VERSIONS_MAX = 25  # versions of one field that wait for a choice: more than anyone has devices
# characters of all versions of one field that wait for a choice; one version alone may be longer
WAITING_SIZE_MAX = 60_000
DEVICES_MAX = 200  # devices remembered for one field: each page sent without script counts as one


class Refusal(StrEnum):
    """Why a field keeps what it has. The values are codes that phones know."""

    UNKNOWN_QUESTION = "unknown_question"
    PART_NOT_OPEN = "part_not_open"
    REFEREE_HAS_WRITTEN = "referee_has_written"
    REFEREE_IS_THE_STUDENTS = "referee_is_the_students"
    CLOSED = "closed"
    TOO_MANY_VERSIONS = "too_many_versions"


@dataclass(frozen=True, slots=True)
class Change:
    """One field as one device wrote it. `typed_at`: on our clock; `seen`: what the device knew of the field."""

    key: str
    value: Any
    device: str
    number: int
    typed_at: datetime
    seen: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Field:
    """One field as it is stored. `refusal`: why it takes no change now, whatever the change is."""

    state: FieldState
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one change: the field's state after it, or why it is refused."""

    change: Change
    state: FieldState | None = None
    refusal: Refusal | None = None


def decide(
    fields: Mapping[str, Field], changes: Iterable[Change], *, by: int | None, ends_at: datetime | None
) -> list[Outcome]:
    """The outcome of each change, in order; a later one of the same field builds on an earlier one.

    `fields` has an entry for the key of every change. `by`: primary key of the person, None for a visitor.
    `ends_at`: what was typed from then on is too late; None if there is no deadline.
    """
    states = {key: field.state for key, field in fields.items()}
    outcomes = []
    for change in changes:
        state = states[change.key]
        refusal = fields[change.key].refusal or _refusal(state, change, ends_at)
        if refusal is None:
            after = _written(state, change, by)
            refusal = _refusal_of_size(state, after)
            if refusal is None:
                state = states[change.key] = after
        outcomes.append(Outcome(change, None if refusal else state, refusal))
    return outcomes


def states_after(outcomes: Iterable[Outcome]) -> dict[str, FieldState]:
    """The new state of each field that took a change, by key."""
    return {outcome.change.key: outcome.state for outcome in outcomes if outcome.state is not None}


def values_of(states: Mapping[str, FieldState]) -> dict[str, Any]:
    """What a page shows of each field; None where nothing was ever written."""
    versions = {key: shown(state) for key, state in states.items()}
    return {key: version.value if version else None for key, version in versions.items()}


def office_change(key: str, value: Any, state: FieldState, now: datetime) -> Change:
    """A change by the portal that replaces everything there is, knowingly.

    Its number is higher than all before it, and in order even if two writes fall into one microsecond.
    """
    number = max(state.seen.get(OFFICE_DEVICE, 0) + 1, int(now.timestamp() * 1_000_000))
    return Change(key, value, OFFICE_DEVICE, number, now, dict(state.seen))


def _refusal(state: FieldState, change: Change, ends_at: datetime | None) -> Refusal | None:
    if ends_at is not None and change.typed_at >= ends_at:
        return Refusal.CLOSED
    if len(state.versions) >= VERSIONS_MAX and not state.seen.get(change.device):
        return Refusal.TOO_MANY_VERSIONS
    return None


def _refusal_of_size(before: FieldState, after: FieldState) -> Refusal | None:
    """Whether versions that were written apart have grown too large together."""
    size = _size(after)
    if len(after.versions) > 1 and size > WAITING_SIZE_MAX and size > _size(before):
        return Refusal.TOO_MANY_VERSIONS
    return None


def _size(state: FieldState) -> int:
    return sum(len(str(version.value)) for version in state.versions)


def _written(state: FieldState, change: Change, by: int | None) -> FieldState:
    """The state after the change.

    A device can't have seen a write that isn't here yet: a made-up number would swallow words that come under it.
    """
    version = Version(change.device, change.number, change.value, int(change.typed_at.timestamp() * 1000), by)
    seen = {name: min(number, state.seen[name]) for name, number in change.seen.items() if name in state.seen}
    state = write(state, version, seen)
    if len(state.seen) <= DEVICES_MAX:
        return state
    # A forgotten device has no version left. If it sends one again, that stands beside the others and isn't lost.
    kept = {OFFICE_DEVICE, STORED, *(each.device for each in state.versions)}
    return FieldState(state.versions, {name: number for name, number in state.seen.items() if name in kept})

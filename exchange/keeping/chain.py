"""The audit log as a chain: each closing says what a range of events holds, and which closing came before it. Pure.

An event is a tuple (id, at, by, action, target model, target id, reason, changes). A closing's `hash` (SHA-256) covers
its own fields and the hash before it; its `signature` (HMAC-SHA256) is made with the sealing key, which the database
doesn't have. So whoever changes a row and works out every hash again still can't sign (docs/adr/0029).
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Protocol

START = "0" * 64  # stands where the first closing has no other before it
BELOW_ALL = -(2**63)  # ids begin at 1, and an event that somebody adds may have any
DAY, KEYS, PURGE, ACCEPTED = "day", "keys", "purge", "accepted"

type Row = tuple[Any, ...]
type RowsOf = Callable[[int, int], Iterable[Row]]  # events after one id, up to and including another, by id


class Closing(Protocol):
    """What a closing says. Ids: after `after_id`, up to and including `last_id`."""

    number: int
    kind: str
    day: date
    after_id: int
    last_id: int
    count: int
    digest: str
    reason: str
    hash: str
    key: str
    signature: str


@dataclass(slots=True)
class Broken:
    """Closings that don't fit: `closings` were changed, lack the one before, or have no true signature; `days` hold
    other events than were closed; `unsigned` need a key that isn't known here; `kept`: how many lie below all of them.
    """

    closings: list[Closing] = field(default_factory=list)
    days: list[Closing] = field(default_factory=list)
    unsigned: list[Closing] = field(default_factory=list)
    kept: int = 0


def digest(rows: Iterable[Row]) -> tuple[int, str]:
    """(how many, SHA-256 over their canonical form, one line each)."""
    count, found = 0, hashlib.sha256()
    for row in rows:
        found.update(canonical(row))
        count += 1
    return count, found.hexdigest()


def canonical(row: Row) -> bytes:
    """The same bytes for the same event on every database: JSON with sorted keys, times in UTC to the microsecond."""
    return json.dumps([_plain(value) for value in row], sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def hash_of(closing: Closing, previous: str) -> str:
    """`previous`: the hash of the closing before, or START."""
    said = [closing.number, closing.kind, closing.day.isoformat(), closing.after_id, closing.last_id, closing.count]
    text = json.dumps([*said, closing.digest, closing.reason, closing.key, previous], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def signature_of(closing_hash: str, key: str) -> str:
    """`key`: a sealing key; what signs is derived from it, so that sealing and signing share no secret."""
    secret = hashlib.sha256(b"exchange.keeping.chain" + key.encode()).digest()
    return hmac.new(secret, closing_hash.encode(), hashlib.sha256).hexdigest()


def broken(closings: Sequence[Closing], rows_of: RowsOf, keys: Mapping[str, str]) -> Broken:
    """Everything that doesn't fit. `closings`: all, by number; `keys`: the sealing keys by fingerprint."""
    found = Broken(closings=list(_changed(closings, keys)), unsigned=_unsigned(closings, keys))
    purged = purged_until(closings)
    found.kept = sum(1 for _row in rows_of(BELOW_ALL, purged))
    found.days = [
        each for each in in_force(closings) if (each.count, each.digest) != digest(rows_of(each.after_id, each.last_id))
    ]
    return found


def _changed(closings: Sequence[Closing], keys: Mapping[str, str]) -> Iterator[Closing]:
    previous = START
    for closing in closings:
        fits = closing.hash == hash_of(closing, previous)
        if closing.key in keys:
            fits &= hmac.compare_digest(closing.signature, signature_of(closing.hash, keys[closing.key]))
        if not fits:
            yield closing
        previous = closing.hash


def _unsigned(closings: Sequence[Closing], keys: Mapping[str, str]) -> list[Closing]:
    """Those after the last closing with a known key: nothing proves them. Earlier ones are covered by its hash."""
    known = [index for index, closing in enumerate(closings) if closing.key in keys]
    return list(closings[known[-1] + 1 if known else 0 :])


def purged_until(closings: Iterable[Closing]) -> int:
    """The last id that retention has removed; 0 if none."""
    return max((each.last_id for each in closings if each.kind == PURGE), default=0)


def in_force(closings: Iterable[Closing]) -> list[Closing]:
    """For each range that is still there, what was said about it last: when it was closed, or accepted since."""
    purged, last = purged_until(closings), {}
    for each in closings:
        if each.kind in (DAY, ACCEPTED) and each.after_id >= purged:
            last[each.last_id] = each
    return [last[key] for key in sorted(last)]

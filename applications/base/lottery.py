"""A lottery that anyone can repeat: frozen entries, a secret committed to by its hash, dice, and a rule for the order.

Pure. What is frozen: the lottery's code, the zone (one line with the rule for being an entry and the number of seats),
and the codes of the entries. So the code, which names the lottery on its page and in witnesses' notes, can't be changed
in a file. Older files are of an earlier `Version`: the hash itself shows which, because it covers less.

The seed is "<secret>-<dice>", and the entries are sorted by the SHA-256 of "<seed>:<code>", compared as text.
`script/check-lottery` and a few lines of shell (docs/lottery.md) implement the same rule independently: change all
three together.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

CODE = re.compile(r"[0-9A-Z]{1,32}")
SECRET = re.compile(r"[0-9a-f]{64}")
DICE = re.compile(r"[1-6]{6,40}")
# a kind, then pairs of keyword and value: "mean from 11.333 to 11.333 seats 2"
ZONE = re.compile(r"(?:mean|close)(?: [a-z]+ [0-9a-z.-]+)+")


class Version(IntEnum):
    """What a lottery's hash covers."""

    ENTRIES = 1
    ZONE_AND_ENTRIES = 2
    CODE_ZONE_AND_ENTRIES = 3


class LotteryError(ValueError):
    """Why a lottery cannot be drawn or read, in plain English. `code` is for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def new_secret() -> str:
    """32 random bytes from the operating system, as 64 hex digits."""
    return secrets.token_hex(32)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def zone_of_means(low: Decimal, high: Decimal, seats: int) -> str:
    """The zone of applicants with a raw mean from `low` to `high`, inclusive."""
    return f"mean from {low:.3f} to {high:.3f} seats {seats}"


def zone_too_close(*, score: str, percent: Decimal | int, line: float, marked: int, seats: int) -> str:
    """The zone of applicants whose interval contains the seat line.

    score: "adjusted" or "mean", the one that counts. percent: the confidence level of the intervals. marked: how many
    applicants of the cycle are too close to call, including those with a result, who are not entries.
    """
    known = f"score {score} percent {Decimal(percent).normalize():f} line {line:.3f}"
    return f"close {known} marked {marked} seats {seats}"


def terms_of(zone: str) -> dict[str, str]:
    """The keywords and values of a zone; empty if the lottery froze none. Raises LotteryError: bad_zone."""
    if not zone:
        return {}
    if not ZONE.fullmatch(zone):
        raise LotteryError("bad_zone", f"“{zone}” is not a zone.")
    words = zone.split(" ")
    return {"kind": words[0], **dict(zip(words[1::2], words[2::2], strict=True))}


def frozen(codes: Iterable[str]) -> str:
    """The entries as one text: sorted, one code per line, each line with a newline.

    Raises LotteryError: bad_code, twice, nobody.
    """
    lines = sorted(codes)
    for code in lines:
        if not CODE.fullmatch(code):
            raise LotteryError("bad_code", f"“{code}” is not a code: capital letters and digits only.")
    if len(set(lines)) != len(lines):
        raise LotteryError("twice", "A code is there twice.")
    if not lines:
        raise LotteryError("nobody", "There are no entries.")
    return "".join(f"{code}\n" for code in lines)


def hash_of(entries: str, zone: str = "", code: str = "") -> str:
    """The hash that is frozen: of the lottery's line, the zone's line and the text of the entries."""
    return sha256((f"lottery {code}\n" if code else "") + (f"zone {zone}\n" if zone else "") + entries)


def version_of(frozen_hash: str, *, entries: str, zone: str, code: str) -> Version | None:
    """What this hash covers; None if it is of something else."""
    if frozen_hash == hash_of(entries, zone, code):
        return Version.CODE_ZONE_AND_ENTRIES
    if frozen_hash == hash_of(entries, zone):
        return Version.ZONE_AND_ENTRIES if zone else Version.ENTRIES
    return None


def seed_of(secret: str, dice: str) -> str:
    """The seed "<secret>-<dice>". Raises LotteryError: bad_secret, bad_dice."""
    if not SECRET.fullmatch(secret):
        raise LotteryError("bad_secret", "The secret has to be 64 hex digits.")
    if not DICE.fullmatch(dice):
        raise LotteryError("bad_dice", "The dice have to be 6 to 40 digits, each from 1 to 6.")
    return f"{secret}-{dice}"


def order_of(codes: Iterable[str], seed: str) -> tuple[str, ...]:
    """The codes in the drawn order, which depends on the seed and not on the order in which they are given."""
    return tuple(sorted(codes, key=lambda code: (sha256(f"{seed}:{code}"), code)))


@dataclass(frozen=True, slots=True)
class Draw:
    """One lottery as in its file. Before the draw `secret`, `dice` and `order` are empty."""

    code: str
    seats: int
    entries: tuple[str, ...]
    entries_hash: str
    secret_hash: str
    zone: str = ""
    secret: str = ""
    dice: str = ""
    order: tuple[str, ...] = ()

    @property
    def is_drawn(self) -> bool:
        return bool(self.order)


def faults_of(draw: Draw) -> list[str]:
    """The codes of all inconsistencies; empty for an honest file.

    bad_code, twice, nobody: the entries are not a valid list; bad_zone; entries_changed (or the zone, or the lottery's
    code), secret_changed: the text differs from what was hashed; seats_changed: differs from the zone's seats;
    bad_secret, bad_dice; wrong_order: not the order that the seed gives; no_order: there is a secret or dice, but no
    order.
    """
    try:
        text = frozen(draw.entries)
        seats = terms_of(draw.zone).get("seats", str(draw.seats))
    except LotteryError as error:
        return [error.code]
    version = version_of(draw.entries_hash, entries=text, zone=draw.zone, code=draw.code)
    faults = [] if version else ["entries_changed"]
    if seats != str(draw.seats):
        faults.append("seats_changed")
    if not draw.is_drawn:
        return [*faults, "no_order"] if draw.secret or draw.dice else faults
    try:
        seed = seed_of(draw.secret, draw.dice)
    except LotteryError as error:
        return [*faults, error.code]
    if sha256(draw.secret) != draw.secret_hash:
        faults.append("secret_changed")
    if order_of(draw.entries, seed) != draw.order:
        faults.append("wrong_order")
    return faults


# --- The file ---------------------------------------------------------------------------------------

# Each line is a keyword, a space and a value, so that grep and cut can read it. It has codes, never a name.
HEAD = "# A lottery that anyone can repeat. How: see the page of this lottery, or python3 check-lottery <this file>\n"


def to_text(draw: Draw) -> str:
    lines = [f"lottery {draw.code}", f"seats {draw.seats}"]
    lines += [f"zone {draw.zone}"] if draw.zone else []
    lines += [f"entries-sha256 {draw.entries_hash}", f"secret-sha256 {draw.secret_hash}"]
    lines += [f"entry {code}" for code in draw.entries]
    if draw.is_drawn:
        lines += [f"secret {draw.secret}", f"dice {draw.dice}"]
        lines += [f"place {code}" for code in draw.order]
    return HEAD + "".join(f"{line}\n" for line in lines)


def from_text(text: str) -> Draw:
    """Parse a lottery's file. Raises LotteryError: bad_file, with the line that could not be read."""
    single: dict[str, str] = {}
    several: dict[str, list[str]] = {"entry": [], "place": []}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        word, _space, value = line.partition(" ")
        if word in several:
            several[word].append(value)
        elif word in single:
            raise LotteryError("bad_file", f"Line {number}: “{word}” is there twice.")
        else:
            single[word] = value
    return _draw(single, several["entry"], several["place"])


def _draw(single: dict[str, str], entries: Sequence[str], order: Sequence[str]) -> Draw:
    missing = [word for word in ("lottery", "seats", "entries-sha256", "secret-sha256") if not single.get(word)]
    if missing:
        raise LotteryError("bad_file", f"The line “{missing[0]}” is missing.")
    if not re.fullmatch(r"[0-9]{1,5}", single["seats"]):
        raise LotteryError("bad_file", "The line “seats” has to hold a number.")
    return Draw(
        code=single["lottery"],
        seats=int(single["seats"]),
        entries=tuple(entries),
        entries_hash=single["entries-sha256"],
        secret_hash=single["secret-sha256"],
        zone=single.get("zone", ""),
        secret=single.get("secret", ""),
        dice=single.get("dice", ""),
        order=tuple(order),
    )

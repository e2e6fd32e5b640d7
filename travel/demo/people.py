"""The people of the demo, read from `people/*.toml` and `staff.toml`. The same files give the same people."""

import tomllib
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

from applications.base.lever_defaults import DISTRICTS

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Person:
    """One student. The fields are those of the files, which leave out what is usual or follows from the name."""

    key: str
    email: str
    full_name: str
    preferred_name: str
    college: str
    age: int
    major: str
    units: int
    work_hours: int
    cities: list[str]
    story_why: str
    story_new: str
    story_back: str
    referee: dict[str, str]
    language: str = "en"
    answer_language: str = ""
    first_abroad: bool = True
    first_flight: bool = False
    parents_education: str = "no_college"
    good_standing: str = "yes"
    free_for_trip: str = "yes"
    letter: str = ""
    reflection_before: str = ""
    reflection_after: str = ""
    reflection_privacy: str = ""
    quote: str = ""

    @property
    def fee_waiver(self) -> str:
        """Most of those whose parents have no degree get one. From the key: the same at every seeding."""
        yes_of_ten = {"no_college": 8, "some_college": 6}.get(self.parents_education, 3)
        lot = crc32(f"{self.key} fees".encode()) % 10
        return "yes" if lot < yes_of_ten else "no" if lot < 9 else "not_sure"

    @property
    def council_district(self) -> str:
        """One of three near the college; some live outside the city, and some leave it empty."""
        lot, near = crc32(f"{self.key} home".encode()), crc32(self.college.encode())
        return {0: "outside", 1: ""}.get(lot % 8, DISTRICTS[(near + lot % 3) % len(DISTRICTS)])


@dataclass(frozen=True, slots=True)
class Staff:
    email: str
    full_name: str
    kind: str
    preferred_name: str = ""
    college: str = ""
    reads_spanish: bool = False
    reads_most: int | None = None


@dataclass(frozen=True, slots=True)
class Cast:
    """Those with a story of their own: of the cycle under way, and those whom the last summer turned down."""

    current: list[Person]
    again: list[Person]
    staff: list[Staff] = field(default_factory=list)

    @property
    def students(self) -> list[Person]:
        return self.current + self.again


def read_cast() -> Cast:
    files = {path.stem: read(f"people/{path.name}")["people"] for path in sorted((FOLDER / "people").glob("*.toml"))}
    for row in (row for rows in files.values() for row in rows):
        row.setdefault("key", key_of(row["full_name"]))
    emails = _emails([row["key"] for rows in files.values() for row in rows])
    people = {name: [person(row | {"email": emails[row["key"]]}) for row in rows] for name, rows in files.items()}
    return Cast(
        current=[each for name, group in people.items() if name.startswith("current_") for each in group],
        again=people["again"],
        staff=[Staff(**{"preferred_name": row["full_name"].split()[0], **row}) for row in read("staff.toml")["staff"]],
    )


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text())


def person(row: dict[str, Any]) -> Person:
    """From a row of a file, with what follows from the name."""
    usual = {
        "key": key_of(row["full_name"]),
        "email": email_of(row["full_name"]),
        "preferred_name": row["full_name"].split()[0],
        "answer_language": row.get("language", "en"),
    }
    named = [word for word in row["referee"]["name"].split() if not word.endswith(".") and word != "Coach"]
    first, last = (key_of(named[place]).replace("-", "") for place in (0, -1))
    return Person(**{**usual, **row, "referee": {"email": f"{first}.{last}@example.edu", **row["referee"]}})


def key_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(plain.replace(".", "").split())


def email_of(name: str) -> str:
    return f"{key_of(name).replace('-', '.')}@example.edu"


def _emails(keys: list[str]) -> dict[str, str]:
    """First two names; all of them where two people would share an address."""
    short = {key: ".".join(key.split("-")[:2]) for key in keys}
    times = Counter(short.values())
    return {key: f"{short[key] if times[short[key]] == 1 else key.replace('-', '.')}@example.edu" for key in keys}

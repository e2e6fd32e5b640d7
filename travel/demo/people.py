"""The people of the demo, read from `people/*.toml` and `staff.toml`. The same files give the same people."""

import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

from applications.base.lever_defaults import DISTRICTS

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Person:
    """One student. The fields are those of the files; `email` is derived from the key."""

    key: str
    email: str
    full_name: str
    preferred_name: str
    language: str
    answer_language: str
    college: str
    age: int
    major: str
    units: int
    work_hours: int
    first_abroad: bool
    first_flight: bool
    parents_education: str
    cities: list[str]
    story_why: str
    story_new: str
    story_back: str
    referee: dict[str, str]
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
    preferred_name: str
    kind: str
    college: str = ""
    reads_spanish: bool = False
    reads_most: int | None = None


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody: of the current cycle, travelers of the earlier one by city, others of the earlier one."""

    current: list[Person]
    travelers: dict[str, list[Person]]
    others: list[Person]
    staff: list[Staff] = field(default_factory=list)

    @property
    def earlier(self) -> list[Person]:
        return [person for people in self.travelers.values() for person in people] + self.others

    @property
    def seat_of(self) -> dict[str, str]:
        """The city each traveler of the earlier cycle went to, by key."""
        return {person.key: city for city, people in self.travelers.items() for person in people}

    @property
    def students(self) -> list[Person]:
        return self.current + self.earlier


def read_cast() -> Cast:
    files = {path.stem: _table(path, "people") for path in sorted((FOLDER / "people").glob("*.toml"))}
    emails = _emails([row["key"] for rows in files.values() for row in rows])
    people = {
        name: [Person(email=emails[row["key"]], **{**row, "letter": row.get("letter", "")}) for row in rows]
        for name, rows in files.items()
    }
    return Cast(
        current=[person for name in people if name.startswith("current_") for person in people[name]],
        travelers={name.removeprefix("travelers_"): people[name] for name in people if name.startswith("travelers_")},
        others=people["past_others"],
        staff=[Staff(**row) for row in _table(FOLDER / "staff.toml", "staff")],
    )


def _table(path: Path, name: str) -> list[dict[str, Any]]:
    return tomllib.loads(path.read_text())[name]


def _emails(keys: list[str]) -> dict[str, str]:
    """First two names; all of them where two people would share an address."""
    short = {key: ".".join(key.split("-")[:2]) for key in keys}
    times = Counter(short.values())
    return {key: f"{short[key] if times[short[key]] == 1 else key.replace('-', '.')}@example.edu" for key in keys}

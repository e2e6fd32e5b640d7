"""A college's list of enrolled students beside its applicants: who is on it, who is not, what needs a look. No Django.

A row of the list that fits one applicant without any doubt is a match. A row that fits somebody, but not without a
doubt, is never decided here: a person looks at it. A row that fits nobody is counted and forgotten: it belongs to a
student who did not apply.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Doubt(StrEnum):
    """Why a person has to look at it, the weightiest first."""

    TWO_STUDENTS = "two_students"  # number and email, or one of them, point to more than one applicant
    TWICE = "twice"  # the list has the person more than once
    NAME = "name"
    NUMBER = "number"  # the email fits, the number is another one
    EMAIL = "email"  # the number fits, the email is another one and no name speaks for it
    EMAIL_ELSEWHERE = "email_elsewhere"  # the number fits, the email is one of another college
    NOT_ENROLLED = "not_enrolled"
    ENROLLED_UNCLEAR = "enrolled_unclear"
    STANDING = "standing"
    STANDING_UNCLEAR = "standing_unclear"
    NO_UNITS = "no_units"
    FEW_UNITS = "few_units"
    CONDITION = "condition"  # another condition of the cycle asks for a look


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. `units`, `in_good_standing`: None where the list does not say.

    `is_enrolled`: whoever is on the list is, unless a column of its own says no; None where that column says neither.
    `standing_text`, `enrolled_text`: what a column says that is neither a yes nor a no.
    """

    number: str = ""
    email: str = ""
    name: str = ""
    units: int | None = None
    is_enrolled: bool | None = True
    in_good_standing: bool | None = None
    standing_text: str = ""
    enrolled_text: str = ""


@dataclass(frozen=True, slots=True)
class Applicant:
    """`key`: of the application. `has_doubt`: a condition that the list says nothing about is not met."""

    key: str
    number: str = ""
    emails: frozenset[str] = frozenset()
    name: str = ""
    has_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    key: str
    row: Row


@dataclass(frozen=True, slots=True)
class InDoubt:
    """An applicant with the rows that may be theirs, and why a person has to look."""

    key: str
    rows: tuple[Row, ...]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """Every applicant is in one of the first three; of the rows that fit nobody only their number is left."""

    matches: tuple[Match, ...]
    in_doubt: tuple[InDoubt, ...]
    missing: tuple[str, ...]
    strangers: int


def match(rows: Iterable[Row], applicants: Iterable[Applicant], *, units_min: float | None = None) -> Matching:
    """Compare the list with the applicants. The order of either changes nothing.

    `units_min`: the cycle's condition on units; with fewer, a person looks.
    """
    people = {each.key: each for each in applicants}
    fits = _finder(people.values())
    rows_of: dict[str, list[Row]] = defaultdict(list)
    shared: set[str] = set()
    strangers = 0
    for row in rows:
        found = fits(row)
        strangers += not found
        for key in found:
            rows_of[key].append(row)
        if len(found) > 1:
            shared |= found
    matches, in_doubt = [], []
    for key in sorted(rows_of):
        theirs = tuple(sorted(rows_of[key], key=_order))
        doubts = _doubts(people[key], theirs, shared=key in shared, units_min=units_min)
        if doubts:
            in_doubt.append(InDoubt(key, theirs, doubts))
        else:
            matches.append(Match(key, theirs[0]))
    missing = tuple(sorted(people.keys() - rows_of.keys()))
    return Matching(tuple(matches), tuple(in_doubt), missing, strangers)


def _order(row: Row) -> tuple[str, ...]:
    return tuple(str(getattr(row, name)) for name in Row.__slots__)


def _finder(people: Iterable[Applicant]):
    by_number: Mapping[str, set[str]] = defaultdict(set)
    by_email: Mapping[str, set[str]] = defaultdict(set)
    for each in people:
        if number := number_key(each.number):
            by_number[number].add(each.key)
        for email in filter(None, map(email_key, each.emails)):
            by_email[email].add(each.key)

    def fits(row: Row) -> set[str]:
        return by_number.get(number_key(row.number), set()) | by_email.get(email_key(row.email), set())

    return fits


def _doubts(person: Applicant, rows: tuple[Row, ...], *, shared: bool, units_min: float | None) -> tuple[Doubt, ...]:
    found = {Doubt.TWO_STUDENTS} if shared else set()
    if len(rows) > 1:
        found.add(Doubt.TWICE)
    if person.has_doubt:
        found.add(Doubt.CONDITION)
    for row in rows:
        found |= _of_identity(person, row) | _of_what_it_says(row, units_min)
    return tuple(doubt for doubt in Doubt if doubt in found)


def _of_identity(person: Applicant, row: Row) -> set[Doubt]:
    emails = set(filter(None, map(email_key, person.emails)))
    number, email = number_key(person.number), email_key(row.email)
    same_number = bool(number) and number == number_key(row.number)
    same_name = names_agree(person.name, row.name) if person.name and row.name else None
    found = set()
    if same_name is False:
        found.add(Doubt.NAME)
    if number and number_key(row.number) and not same_number:
        found.add(Doubt.NUMBER)
    if same_number and email and emails and email not in emails:
        if same_name is None:
            found.add(Doubt.EMAIL)
        if _college_of(email) and any(_college_of(own) not in ("", _college_of(email)) for own in emails):
            found.add(Doubt.EMAIL_ELSEWHERE)
    return found


def _of_what_it_says(row: Row, units_min: float | None) -> set[Doubt]:
    found = set()
    if row.is_enrolled is False:
        found.add(Doubt.NOT_ENROLLED)
    if row.is_enrolled is None:
        found.add(Doubt.ENROLLED_UNCLEAR)
    if row.in_good_standing is False:
        found.add(Doubt.STANDING)
    if row.standing_text:
        found.add(Doubt.STANDING_UNCLEAR)
    if row.units is None:
        found.add(Doubt.NO_UNITS)
    elif units_min is not None and row.units < units_min:
        found.add(Doubt.FEW_UNITS)
    return found


# --- What counts as the same ------------------------------------------------------------------------


def number_key(text: str) -> str:
    """Spreadsheets drop the zeros in front, people add blanks and hyphens. "" where there is no number in it."""
    key = re.sub(r"[\W_]", "", text, flags=re.ASCII).upper().lstrip("0")
    return key if any(sign.isdigit() for sign in key) else ""


def email_key(text: str) -> str:
    key = text.strip().casefold().removeprefix("mailto:")
    return key if "@" in key.strip("@") else ""


def _college_of(email: str) -> str:
    """The last two parts of a college's domain, "" for other mail: student.laccd.edu and laccd.edu are one."""
    parts = email.rpartition("@")[2].split(".")
    return ".".join(parts[-2:]) if parts[-1] == "edu" else ""


def names_agree(one: str, other: str) -> bool:
    """The same words but for their order, accents, a second surname or an initial; or two whole words in common."""
    few, many = sorted((_name_parts(one), _name_parts(other)), key=len)
    if not few:
        return False
    return len(few & many) >= 2 or all(any(_stands_for(part, whole) for whole in many) for part in few)


def _stands_for(part: str, whole: str) -> bool:
    return part == whole or (len(part) == 1 and whole.startswith(part)) or (len(whole) == 1 and part.startswith(whole))


def _name_parts(name: str) -> frozenset[str]:
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return frozenset(re.findall(r"\w+", plain.replace("'", "").replace("’", "").casefold()))

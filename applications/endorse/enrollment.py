"""Matches a college's list of enrolled students with its applicants. No Django.

A row that fits exactly one applicant without any doubt is a match. A row that fits an applicant with some doubt is
never decided here: a person looks at it. A row that fits no applicant is counted and dropped, because it belongs to a
student who did not apply.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Doubt(StrEnum):
    """Why a person has to look at a row, the most serious reason first."""

    TWO_STUDENTS = "two_students"  # number and email, or one of them, point to more than one applicant
    TWICE = "twice"  # the list has the person more than once
    NAME = "name"
    NUMBER = "number"  # the email fits, the number differs
    EMAIL = "email"  # the number fits, the email differs and there is no name to confirm the match
    EMAIL_ELSEWHERE = "email_elsewhere"  # the number fits, the email belongs to another college
    NOT_ENROLLED = "not_enrolled"
    ENROLLED_UNCLEAR = "enrolled_unclear"
    STANDING = "standing"
    STANDING_UNCLEAR = "standing_unclear"
    NO_UNITS = "no_units"
    FEW_UNITS = "few_units"
    CONDITION = "condition"  # another of the cycle's conditions needs a look


@dataclass(frozen=True, slots=True)
class EnrollmentRow:
    """One row of the list. `units`, `in_good_standing`: None where the list does not say.

    `is_enrolled`: True for everyone on the list, unless the list has a column for it that says no; None where that
    column says neither yes nor no. `standing_text`, `enrolled_text`: the cell's text where it is neither yes nor no.
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
    """`key`: the application's code. `has_doubt`: a condition that the list says nothing about is not met."""

    key: str
    number: str = ""
    emails: frozenset[str] = frozenset()
    name: str = ""
    has_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    key: str
    row: EnrollmentRow


@dataclass(frozen=True, slots=True)
class InDoubt:
    """An applicant, the rows that may be theirs, and why a person has to look at them."""

    key: str
    rows: tuple[EnrollmentRow, ...]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """Every applicant is in exactly one of the first three. `strangers` counts the rows that fit no applicant."""

    matches: tuple[Match, ...]
    in_doubt: tuple[InDoubt, ...]
    missing: tuple[str, ...]
    strangers: int


def match(
    rows: Iterable[EnrollmentRow], applicants: Iterable[Applicant], *, units_min: float | None = None
) -> Matching:
    """Compare the list with the applicants. The result does not depend on the order of either.

    `units_min`: the units that the cycle requires; a row with fewer needs a look.
    """
    people = {each.key: each for each in applicants}
    fits = _finder(people.values())
    rows_of: dict[str, list[EnrollmentRow]] = defaultdict(list)
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


def _order(row: EnrollmentRow) -> tuple[str, ...]:
    return tuple(str(getattr(row, name)) for name in EnrollmentRow.__slots__)


def _finder(people: Iterable[Applicant]) -> Callable[[EnrollmentRow], set[str]]:
    """A function that gives the keys of all applicants whom a row fits, by number or by email."""
    by_number: Mapping[str, set[str]] = defaultdict(set)
    by_email: Mapping[str, set[str]] = defaultdict(set)
    for each in people:
        if number := number_key(each.number):
            by_number[number].add(each.key)
        for email in filter(None, map(email_key, each.emails)):
            by_email[email].add(each.key)

    def fits(row: EnrollmentRow) -> set[str]:
        return by_number.get(number_key(row.number), set()) | by_email.get(email_key(row.email), set())

    return fits


def _doubts(
    person: Applicant, rows: tuple[EnrollmentRow, ...], *, shared: bool, units_min: float | None
) -> tuple[Doubt, ...]:
    found = {Doubt.TWO_STUDENTS} if shared else set()
    if len(rows) > 1:
        found.add(Doubt.TWICE)
    if person.has_doubt:
        found.add(Doubt.CONDITION)
    for row in rows:
        found |= _identity_doubts(person, row) | _content_doubts(row, units_min)
    return tuple(doubt for doubt in Doubt if doubt in found)


def _identity_doubts(person: Applicant, row: EnrollmentRow) -> set[Doubt]:
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


def _content_doubts(row: EnrollmentRow, units_min: float | None) -> set[Doubt]:
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
    """A student number without leading zeros (spreadsheets drop them), spaces and hyphens. "" without any digit."""
    key = re.sub(r"[\W_]", "", text, flags=re.ASCII).upper().lstrip("0")
    return key if any(sign.isdigit() for sign in key) else ""


def email_key(text: str) -> str:
    key = text.strip().casefold().removeprefix("mailto:")
    return key if "@" in key.strip("@") else ""


def _college_of(email: str) -> str:
    """The last two parts of a .edu domain, so that student.laccd.edu and laccd.edu are one; "" for other domains."""
    parts = email.rpartition("@")[2].split(".")
    return ".".join(parts[-2:]) if parts[-1] == "edu" else ""


def names_agree(one: str, other: str) -> bool:
    """True if both names have the same words apart from order, accents, a second surname or an initial, or if they
    have two whole words in common."""
    few, many = sorted((_name_parts(one), _name_parts(other)), key=len)
    if not few:
        return False
    return len(few & many) >= 2 or all(any(_stands_for(part, whole) for whole in many) for part in few)


def _stands_for(part: str, whole: str) -> bool:
    return part == whole or (len(part) == 1 and whole.startswith(part)) or (len(whole) == 1 and part.startswith(whole))


def _name_parts(name: str) -> frozenset[str]:
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return frozenset(re.findall(r"\w+", plain.replace("'", "").replace("’", "").casefold()))

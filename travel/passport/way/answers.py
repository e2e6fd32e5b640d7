"""A student's answers about their passport, how they are stored as JSON, and which of them contradict each other.

Pure Python: no database, no Django. Which route they lead to: `travel.passport.way.route`.
"""

import calendar
from collections.abc import Collection, Iterator, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import date, timedelta
from enum import StrEnum
from itertools import combinations, product
from typing import Any


class TravelOn(StrEnum):
    US_HAVE = "us_have"
    US_NEED = "us_need"
    US_LOST = "us_lost"
    OTHER_COUNTRY = "other_country"
    OTHER_DOCUMENT = "other_document"
    RATHER_TALK = "rather_talk"


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Where(StrEnum):
    """Where the US passport is that this person has or had. FOUND: reported lost or stolen, and found again."""

    HERE = "here"
    DAMAGED = "damaged"
    LOST = "lost"
    STOLEN = "stolen"
    FOUND = "found"
    UNSURE = "unsure"


class Kind(StrEnum):
    """What they hold. FULL: a book for the full time, an adult's or a child's. LIMITED: a book for two years or less.

    LIMITED_LOSS: a limited book, limited because earlier ones were lost or badly damaged. CARD: a passport card only.
    """

    FULL = "full"
    LIMITED = "limited"
    LIMITED_LOSS = "limited_loss"
    CARD = "card"
    UNSURE = "unsure"


class Printed(StrEnum):
    """Whether something printed in it is wrong. TALK: the gender marker, or anything they'd rather talk about."""

    NO = "no"
    YES = "yes"
    TALK = "talk"
    UNSURE = "unsure"


class Issued(StrEnum):
    """How long ago it was issued, as of a day: follows from the date. The limits are Fact rows."""

    WITHIN_YEAR = "within_year"
    WITHIN_LIMIT = "within_limit"
    EARLIER = "earlier"
    UNSURE = "unsure"


class Ticket(StrEnum):
    """Which name the plane ticket will have, where the name has changed since a passport that is good for the trip."""

    OLD_NAME = "old_name"
    NEW_NAME = "new_name"
    UNSURE = "unsure"


class Name(StrEnum):
    SAME = "same"
    CHANGED_WITH_PAPER = "changed_with_paper"
    CHANGED_WITHOUT_PAPER = "changed_without_paper"
    UNSURE = "unsure"


class Age(StrEnum):
    """Follows from the date of birth. The limits are Fact rows: an adult's passport, of age, renewal online."""

    CHILD = "child"
    TEEN = "teen"
    ADULT = "adult"
    OLDER = "older"
    UNSURE = "unsure"


class Born(StrEnum):
    """Place of birth, only as far as it decides which documents prove citizenship."""

    IN_US = "in_us"
    ABROAD = "abroad"
    NATURALIZED = "naturalized"
    UNSURE = "unsure"


class Paper(StrEnum):
    """A document at hand. NO_RECORD: as far as they know, their birth was never registered."""

    CERTIFIED = "certified"
    LATE = "late"  # filed more than a year after the birth
    PUERTO_RICO_OLD = "puerto_rico_old"  # issued before July 2010, when Puerto Rico voided all earlier ones
    INFORMATIONAL = "informational"
    SOUVENIR = "souvenir"
    CONSULAR_REPORT = "consular_report"
    CITIZENSHIP = "citizenship"
    NATURALIZATION = "naturalization"
    NO_RECORD = "no_record"
    NONE = "none"
    UNSURE = "unsure"


class PhotoId(StrEnum):
    IN_STATE = "california"  # as it has been stored since there was one city
    OTHER_STATE = "other_state"
    GOVERNMENT = "government"
    STUDENT_ONLY = "student_only"
    NONE = "none"
    UNSURE = "unsure"


US_PASSPORT = (TravelOn.US_HAVE, TravelOn.US_NEED, TravelOn.US_LOST)
GONE = (Where.LOST, Where.STOLEN)
PROOFS = (Paper.CERTIFIED, Paper.CONSULAR_REPORT, Paper.CITIZENSHIP, Paper.NATURALIZATION)
# what somebody born there can hold; the rest fits every place of birth
OF_US = (Paper.CERTIFIED, Paper.LATE, Paper.PUERTO_RICO_OLD, Paper.INFORMATIONAL)
OF_ABROAD = (Paper.CONSULAR_REPORT, Paper.CITIZENSHIP, Paper.NATURALIZATION)


@dataclass(frozen=True, slots=True)
class Answers:
    """A student's answers. A question that wasn't asked counts as unsure.

    issued_as_adult: at 16 or older (a Fact row). earlier_book: before a limited book, they had one for ten years.
    name: the same as in the passport, or as on the birth certificate where there never was a passport.
    expires_on, issued_on: of the passport they have; dates and not "how long ago", because answers are judged again as
    time passes. born_on: only if the application doesn't say it, or says it wrong.
    """

    travel_on: TravelOn
    had_passport: Answer = Answer.UNSURE
    where: Where = Where.UNSURE
    kind: Kind = Kind.UNSURE
    expires_on: date | None = None
    name: Name = Name.UNSURE
    printed_wrong: Printed = Printed.UNSURE
    ticket_name: Ticket = Ticket.UNSURE
    signed: Answer = Answer.UNSURE
    earlier_book: Answer = Answer.UNSURE
    issued_on: date | None = None
    issued_as_adult: Answer = Answer.UNSURE
    born_on: date | None = None
    born: Born = Born.UNSURE
    papers: tuple[Paper, ...] = ()
    photo_id: PhotoId = PhotoId.UNSURE

    @property
    def has_book(self) -> bool:
        """Whether they have or had a US passport that questions are about."""
        return self.travel_on in (TravelOn.US_HAVE, TravelOn.US_LOST) or (
            self.travel_on == TravelOn.US_NEED and self.had_passport == Answer.YES
        )

    @property
    def is_gone(self) -> bool:
        """Whether it was lost or stolen, and has to be reported."""
        return self.travel_on == TravelOn.US_LOST or (self.has_book and self.where in GONE)

    @property
    def holds_it(self) -> bool:
        """Whether that passport is at hand, not damaged and never reported lost."""
        return self.has_book and self.travel_on != TravelOn.US_LOST and self.where == Where.HERE

    @property
    def old_book_proves(self) -> bool:
        """Whether the passport at hand, for the full time and printed right, is itself proof of citizenship."""
        return self.holds_it and self.kind == Kind.FULL and self.printed_wrong == Printed.NO

    @property
    def old_book_identifies(self) -> bool:
        """Whether the passport at hand, of any kind, is itself proof of identity: its name is shown to be theirs."""
        is_theirs = self.name in (Name.SAME, Name.CHANGED_WITH_PAPER)
        return self.holds_it and is_theirs and self.printed_wrong == Printed.NO

    @property
    def has_proof(self) -> bool:
        return self.old_book_proves or any(paper in PROOFS for paper in self.papers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The dated numbers behind the questions, in years and days, and the day on which they are asked.

    online_in_time: renewal online has only one speed; whether it is still fast enough for the trip.
    born_on: the date of birth in the application, if it has a readable one.
    """

    today: date
    adult_valid_years: int
    child_valid_years: int
    short_years: int
    renewal_years: int
    correction_days: int
    adult_age: int
    parent_age: int
    online_age: int
    online_from_years: int
    online_in_time: bool = False
    born_on: date | None = None


def born_on(answers: Answers, terms: Terms) -> date | None:
    return answers.born_on or terms.born_on


def age_of(answers: Answers, terms: Terms) -> Age:
    """The age today: someone who comes of age before applying loses nothing by being told about the rule for minors."""
    born = born_on(answers, terms)
    if born is None:
        return Age.UNSURE
    limits = {terms.online_age: Age.OLDER, terms.parent_age: Age.ADULT, terms.adult_age: Age.TEEN}
    return next((age for years, age in limits.items() if years_on(born, years) <= terms.today), Age.CHILD)


def day_of_issue(answers: Answers, terms: Terms) -> date | None:
    """As they said, else as the last day of a passport for the full time shows, to the day before."""
    years = {Answer.YES: terms.adult_valid_years, Answer.NO: terms.child_valid_years}.get(answers.issued_as_adult)
    if answers.issued_on or years is None or answers.kind != Kind.FULL or answers.expires_on is None:
        return answers.issued_on
    return years_on(answers.expires_on, -years)


def issued(answers: Answers, terms: Terms) -> Issued:
    """How long ago the passport was issued, on the day of the terms."""
    day = day_of_issue(answers, terms)
    if day is None:
        return Issued.UNSURE
    if terms.today <= first_year_ends(day, terms):
        return Issued.WITHIN_YEAR
    return Issued.WITHIN_LIMIT if terms.today <= renewal_ends(day, terms) else Issued.EARLIER


def first_year_ends(issued_on: date, terms: Terms) -> date:
    """The last day on which a passport issued that day counts as new, so that form DS-5504 takes it."""
    return issued_on + timedelta(days=terms.correction_days)


def renewal_ends(issued_on: date, terms: Terms) -> date:
    """The last day on which a passport issued that day can be renewed without going there."""
    return years_on(issued_on, terms.renewal_years)


def as_adult(answers: Answers, terms: Terms) -> Answer:
    """Whether the passport was issued to an adult, as its two dates show; UNSURE if they don't."""
    if answers.kind != Kind.FULL or answers.issued_on is None or answers.expires_on is None:
        return Answer.UNSURE
    lengths = {terms.adult_valid_years: Answer.YES, terms.child_valid_years: Answer.NO}
    ends = {years_on(answers.issued_on, years): found for years, found in lengths.items()}
    return next((found for day, found in ends.items() if abs(day - answers.expires_on) <= DAYS_OF_GRACE), Answer.UNSURE)


# --- Contradictions ---------------------------------------------------------------------------------

# the answers that say when the passport at hand was issued
DATED = ("kind", "expires_on", "earlier_book", "issued_on", "issued_as_adult", "born_on")
# A passport ends on the day before its anniversary; people and leap years add another day.
DAYS_OF_GRACE = timedelta(days=2)


def contradictions(answers: Answers, terms: Terms) -> tuple[tuple[str, ...], ...]:
    """Sets of answers that can't all be true, each as the names of their questions. Only a person can resolve them.

    Each set is as small as it can be: leave out any of its answers, and the others can be true.
    """
    return (*_of_the_papers(answers), *_of_the_dates(answers, terms))


def _of_the_papers(answers: Answers) -> Iterator[tuple[str, ...]]:
    held = set(answers.papers)
    if (Paper.NONE in held and len(held) > 1) or (Paper.NO_RECORD in held and held & set(OF_US)):
        yield ("papers",)
    elif (
        (answers.born == Born.IN_US and held & set(OF_ABROAD))
        or (answers.born in (Born.ABROAD, Born.NATURALIZED) and held & set(OF_US))
        or (answers.born == Born.NATURALIZED and Paper.CONSULAR_REPORT in held)
    ):
        yield ("born", "papers")


def _of_the_dates(answers: Answers, terms: Terms) -> list[tuple[str, ...]]:
    if not answers.holds_it:
        return []
    said = [name for name in DATED if getattr(answers, name) not in (None, "unsure")]
    if terms.born_on and "born_on" not in said:
        said.append("born_on")
    found: list[tuple[str, ...]] = []
    if not _can_be_true(said, answers, terms):
        for size in range(1, len(said) + 1):
            for names in combinations(said, size):
                if not any(set(fewer) <= set(names) for fewer in found) and not _can_be_true(names, answers, terms):
                    found.append(names)
    return found


def _can_be_true(names: Collection[str], answers: Answers, terms: Terms) -> bool:
    """Whether some day of issue fits these answers, whatever the others are."""
    kinds = (answers.kind,) if "kind" in names else (Kind.FULL, Kind.LIMITED)
    as_adult = {Answer.YES: (True,), Answer.NO: (False,)}.get(answers.issued_as_adult, (True, False))
    ages = as_adult if "issued_as_adult" in names else (True, False)
    return any(
        max(first) <= min(last)
        for kind, is_adult in product(kinds, ages)
        for first, last in [_days_of_issue(names, answers, terms, kind, is_adult=is_adult)]
    )


def _days_of_issue(
    names: Collection[str], answers: Answers, terms: Terms, kind: Kind, *, is_adult: bool
) -> tuple[list[date], list[date]]:
    """(the days from which, the days until which) a passport of this kind can have been issued to an adult or child."""
    first, last = [date.min], [terms.today]
    born = born_on(answers, terms)
    if "born_on" in names and born:
        grows_up = years_on(born, terms.adult_age)
        first.append(grows_up if is_adult else born)
        last += [] if is_adult else [grows_up]
    if "issued_on" in names and answers.issued_on:
        first.append(answers.issued_on)
        last.append(answers.issued_on)
    if "expires_on" in names and answers.expires_on:
        valid_years = terms.adult_valid_years if is_adult else terms.child_valid_years
        if kind in (Kind.LIMITED, Kind.LIMITED_LOSS):
            first.append(years_on(answers.expires_on, -terms.short_years))
            last.append(answers.expires_on)
        else:
            issued_on = years_on(answers.expires_on, -valid_years)
            first.append(issued_on)
            last.append(issued_on + DAYS_OF_GRACE)
    if "earlier_book" in names and answers.earlier_book == Answer.YES and not is_adult:
        first.append(date.max)  # a ten-year book is for adults, and this one came after it
    return first, last


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def years_on(day: date, years: int) -> date:
    return add_months(day, 12 * years)


# --- As JSON ----------------------------------------------------------------------------------------

DATES = ("expires_on", "issued_on", "born_on")
_KINDS: dict[str, type[StrEnum]] = {
    "travel_on": TravelOn,
    "had_passport": Answer,
    "where": Where,
    "kind": Kind,
    "name": Name,
    "printed_wrong": Printed,
    "ticket_name": Ticket,
    "signed": Answer,
    "earlier_book": Answer,
    "issued_as_adult": Answer,
    "born": Born,
    "papers": Paper,
    "photo_id": PhotoId,
}


def answers_to_json(answers: Answers) -> dict[str, Any]:
    """Only strings and lists; a date as ISO text."""
    found = asdict(answers)
    return {
        name: value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
        for name, value in found.items()
    }


def answers_from_json(data: Mapping[str, Any]) -> Answers:
    """Reads what `answers_to_json` wrote, also in an earlier version: unknown values count as unsure."""
    known = {field.name: field.default for field in fields(Answers)}
    found = {name: _read(name, value) for name, value in data.items() if name in known}
    given = {name: value for name, value in found.items() if value is not MISSING}
    return Answers(**{"travel_on": TravelOn.RATHER_TALK} | given)


def _read(name: str, value: Any) -> Any:
    if name in DATES:
        return date.fromisoformat(value) if value else None
    kind = _KINDS[name]
    values = {member.value for member in kind}
    if name == "papers":
        return tuple(kind(each) for each in value if each in values)
    return kind(value) if value in values else MISSING

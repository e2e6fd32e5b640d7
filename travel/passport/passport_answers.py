"""A student's answers about their passport, how they are stored as JSON, and which of them contradict each other.

Pure Python: no database, no Django. Which route they lead to: `travel.passport.passport_route`.
"""

import calendar
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any


class TravelOn(StrEnum):
    US_HAVE = "us_have"
    US_NEED = "us_need"
    OTHER_COUNTRY = "other_country"
    OTHER_DOCUMENT = "other_document"
    RATHER_TALK = "rather_talk"


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Where(StrEnum):
    """Where the US passport is that this person has or had."""

    HERE = "here"
    DAMAGED = "damaged"
    LOST = "lost"
    STOLEN = "stolen"
    UNSURE = "unsure"


class Issued(StrEnum):
    """How long ago it was issued. The limit in years is a Fact row."""

    WITHIN_YEAR = "within_year"
    WITHIN_LIMIT = "within_limit"
    EARLIER = "earlier"
    UNSURE = "unsure"


class Name(StrEnum):
    SAME = "same"
    CHANGED_WITH_PAPER = "changed_with_paper"
    CHANGED_WITHOUT_PAPER = "changed_without_paper"
    UNSURE = "unsure"


class Age(StrEnum):
    """Age on the day of applying. The limits are Fact rows: an adult's passport, of age, renewal online."""

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
    INFORMATIONAL = "informational"
    SOUVENIR = "souvenir"
    CONSULAR_REPORT = "consular_report"
    CITIZENSHIP = "citizenship"
    NATURALIZATION = "naturalization"
    NO_RECORD = "no_record"
    NONE = "none"
    UNSURE = "unsure"


class PhotoId(StrEnum):
    CALIFORNIA = "california"
    OTHER_STATE = "other_state"
    GOVERNMENT = "government"
    STUDENT_ONLY = "student_only"
    NONE = "none"
    UNSURE = "unsure"


US_PASSPORT = (TravelOn.US_HAVE, TravelOn.US_NEED)
GONE = (Where.LOST, Where.STOLEN)
PROOFS = (Paper.CERTIFIED, Paper.CONSULAR_REPORT, Paper.CITIZENSHIP, Paper.NATURALIZATION)
OF_ABROAD = (Paper.CONSULAR_REPORT, Paper.CITIZENSHIP, Paper.NATURALIZATION)


@dataclass(frozen=True, slots=True)
class Answers:
    """A student's answers. A question that wasn't asked counts as unsure.

    issued_as_adult: at 16 or older (a Fact row). printed_wrong: something printed in it is wrong, or it was issued
    for two years or less. name: the same as in the passport, or as on the birth certificate where there never was
    a passport. expires_on: of the passport they have.
    """

    travel_on: TravelOn
    had_passport: Answer = Answer.UNSURE
    where: Where = Where.UNSURE
    expires_on: date | None = None
    name: Name = Name.UNSURE
    printed_wrong: Answer = Answer.UNSURE
    issued: Issued = Issued.UNSURE
    issued_as_adult: Answer = Answer.UNSURE
    age: Age = Age.UNSURE
    born: Born = Born.UNSURE
    papers: tuple[Paper, ...] = ()
    photo_id: PhotoId = PhotoId.UNSURE

    @property
    def has_book(self) -> bool:
        """Whether they have or had a US passport that questions are about."""
        return self.travel_on == TravelOn.US_HAVE or (
            self.travel_on == TravelOn.US_NEED and self.had_passport == Answer.YES
        )

    @property
    def old_book_proves(self) -> bool:
        """Whether their passport, for the full time, at hand and undamaged, is itself proof of citizenship."""
        return self.has_book and self.where == Where.HERE and self.printed_wrong == Answer.NO

    @property
    def has_proof(self) -> bool:
        return self.old_book_proves or any(paper in PROOFS for paper in self.papers)


@dataclass(frozen=True, slots=True)
class Terms:
    """The dated numbers behind the questions, in years, and the day on which they are asked.

    online_in_time: renewal online has only one speed; whether it is still fast enough for the trip.
    """

    today: date
    adult_valid_years: int
    child_valid_years: int
    renewal_years: int
    online_in_time: bool = False


def contradictions(answers: Answers, terms: Terms) -> tuple[tuple[str, ...], ...]:
    """Sets of answers that can't all be true, each as the names of their questions. Only a person can resolve them."""
    found: list[tuple[str, ...]] = []
    if answers.travel_on == TravelOn.US_HAVE and answers.where in GONE:
        found.append(("travel_on", "where"))
    found += _of_the_age(answers)
    found += _of_the_last_day(answers, terms)
    of_us, of_abroad = Paper.CERTIFIED in answers.papers, any(paper in OF_ABROAD for paper in answers.papers)
    if (
        (answers.born == Born.IN_US and of_abroad)
        or (answers.born in (Born.ABROAD, Born.NATURALIZED) and of_us)
        or (answers.born == Born.NATURALIZED and Paper.CONSULAR_REPORT in answers.papers)
    ):
        found.append(("born", "papers"))
    return tuple(found)


def _of_the_age(answers: Answers) -> list[tuple[str, ...]]:
    as_adult, issued, age = answers.issued_as_adult, answers.issued, answers.age
    if as_adult == Answer.YES and age == Age.CHILD:
        return [("issued_as_adult", "age")]
    if as_adult == Answer.NO and issued == Issued.WITHIN_YEAR and age in (Age.ADULT, Age.OLDER):
        return [("issued_as_adult", "issued", "age")]
    return []


def _of_the_last_day(answers: Answers, terms: Terms) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    last = answers.expires_on
    if last is None:
        return []
    if answers.issued == Issued.EARLIER and last > _years_on(
        terms.today, terms.adult_valid_years - terms.renewal_years
    ):
        found.append(("issued", "expires_on"))
    if (answers.issued, answers.printed_wrong) == (Issued.WITHIN_YEAR, Answer.NO) and last < terms.today:
        found.append(("issued", "expires_on"))
    if answers.issued_as_adult == Answer.NO and last > _years_on(terms.today, terms.child_valid_years):
        found.append(("issued_as_adult", "expires_on"))
    return found


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _years_on(day: date, years: int) -> date:
    return add_months(day, 12 * years)


# --- As JSON ----------------------------------------------------------------------------------------

_KINDS: dict[str, type[StrEnum]] = {
    "travel_on": TravelOn,
    "had_passport": Answer,
    "where": Where,
    "name": Name,
    "printed_wrong": Answer,
    "issued": Issued,
    "issued_as_adult": Answer,
    "age": Age,
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
    if name == "expires_on":
        return date.fromisoformat(value) if value else None
    kind = _KINDS[name]
    values = {member.value for member in kind}
    if name == "papers":
        return tuple(kind(each) for each in value if each in values)
    return kind(value) if value in values else MISSING

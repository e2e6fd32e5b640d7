"""Finds the route to a passport from a few plain answers. Pure Python: no database, no Django.

"I'm not sure" is never guessed at: it takes the route that works for everyone (in person, form DS-11), or a talk with
an advisor. So do answers that contradict each other: `contradictions` names them, and they are kept unresolved.

Source: domain reference 2.1 (which form), 2.2 (papers), 2.6 (one question about what one would travel on),
2.7 (validity).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from travel.passport.passport_answers import (
    GONE,
    US_PASSPORT,
    Age,
    Answer,
    Answers,
    Born,
    Issued,
    Name,
    Paper,
    PhotoId,
    Terms,
    TravelOn,
    Where,
    answers_from_json,
    answers_to_json,
    contradictions,
)
from travel.passport.validity import Validity

__all__ = [
    "Age",
    "Answer",
    "Answers",
    "Born",
    "Issued",
    "Name",
    "Paper",
    "PhotoId",
    "Result",
    "Route",
    "Terms",
    "TravelOn",
    "Where",
    "answers_from_json",
    "answers_to_json",
    "contradictions",
    "papers",
    "questions",
    "route",
]


class Route(StrEnum):
    VALID = "valid"
    DS11 = "ds11"
    LOST = "lost"
    DS82 = "ds82"
    ONLINE = "online"
    DS5504 = "ds5504"
    TALK = "talk"


IN_PERSON = (Route.DS11, Route.LOST)
# Routes that are chosen only if every condition is known to hold.
ELIGIBLE_ONLY = (Route.VALID, Route.DS82, Route.ONLINE, Route.DS5504)


@dataclass(frozen=True, slots=True)
class Result:
    """None means: not known, or not to be stored."""

    route: Route
    is_first_passport: bool | None
    needs_certificate: bool | None
    expires_on: date | None = None


def route(answers: Answers, validity: Validity, terms: Terms) -> Result:
    """The route to a passport for this trip."""
    if answers.travel_on not in US_PASSPORT:
        return Result(Route.TALK, None, None)
    way = Route.TALK if contradictions(answers, terms) else _way(answers, validity, terms)
    first = {Answer.NO: True, Answer.YES: False}.get(answers.had_passport)
    if answers.travel_on == TravelOn.US_HAVE:
        first = False
    if way == Route.TALK:
        return Result(way, first, None)
    kept = answers.expires_on if answers.travel_on == TravelOn.US_HAVE else None
    return Result(way, first, way in IN_PERSON and not answers.has_proof, kept)


def questions(answers: Answers, validity: Validity) -> tuple[str, ...]:
    """The questions for this person, in order, by the names of the fields of Answers.

    Whether one is asked depends only on earlier ones: with the answers so far, the first question without an answer is
    the next to ask.
    """
    if answers.travel_on not in US_PASSPORT:
        return ("travel_on",)
    asked = ["travel_on"] if answers.travel_on == TravelOn.US_HAVE else ["travel_on", "had_passport"]
    if answers.has_book:
        asked.append("where")
        if answers.where == Where.HERE:
            asked += _questions_of_the_book(answers, validity)
    way = _form(answers, validity)
    if way == Route.DS82:
        asked.append("age")
    if way in IN_PERSON:
        asked += _questions_of_the_counter(answers)
    return tuple(dict.fromkeys(asked))


def _questions_of_the_book(answers: Answers, validity: Validity) -> list[str]:
    has_it = answers.travel_on == TravelOn.US_HAVE
    asked = ["expires_on", "name"] if has_it else ["name"]
    if has_it and answers.expires_on is None:
        return asked[:1]
    if answers.name == Name.UNSURE:
        return asked
    asked.append("printed_wrong")
    if _is_valid(answers, validity) or answers.printed_wrong == Answer.UNSURE:
        return asked
    if answers.name == Name.CHANGED_WITHOUT_PAPER:
        return asked
    asked.append("issued")
    decided = answers.issued == Issued.EARLIER or _form(answers, validity) == Route.DS5504
    if answers.printed_wrong == Answer.NO and not decided:
        asked.append("issued_as_adult")
    return asked


def _questions_of_the_counter(answers: Answers) -> list[str]:
    asked = ["age"]
    if answers.age == Age.CHILD:
        return asked
    if not answers.old_book_proves:
        asked += ["born", "papers"]
    return [*asked, "name", "photo_id"]


def _way(answers: Answers, validity: Validity, terms: Terms) -> Route:
    way = _form(answers, validity)
    if way == Route.DS82:
        online = answers.age == Age.OLDER and answers.name == Name.SAME and terms.online_in_time
        return Route.ONLINE if online else way
    if way in IN_PERSON and _is_unusual(answers):
        return Route.TALK
    return way


def _form(answers: Answers, validity: Validity) -> Route:
    """The form, before the documents at hand are considered."""
    if not answers.has_book:
        return Route.DS11
    if answers.where in GONE:
        return Route.LOST
    if answers.where == Where.DAMAGED:
        return Route.DS11
    if answers.where == Where.UNSURE:
        return Route.TALK if answers.travel_on == TravelOn.US_HAVE else Route.DS11
    if answers.travel_on == TravelOn.US_HAVE and answers.expires_on is None:
        return Route.TALK  # the expiration date decides, so an advisor looks at it with the student
    if answers.name == Name.UNSURE or answers.printed_wrong == Answer.UNSURE:
        return Route.TALK  # the name decides the form, and must match the ticket
    return Route.VALID if _is_valid(answers, validity) else _renewal(answers)


def _is_valid(answers: Answers, validity: Validity) -> bool:
    """Whether the passport at hand is good for this trip as it is."""
    return (
        answers.travel_on == TravelOn.US_HAVE
        and answers.expires_on is not None
        and answers.name == Name.SAME
        and answers.printed_wrong == Answer.NO
        and not validity.is_full
        and validity.covers(answers.expires_on)
    )


def _renewal(answers: Answers) -> Route:
    """The form for a person who holds an undamaged passport that isn't good for the trip."""
    if answers.name == Name.CHANGED_WITHOUT_PAPER:
        return Route.DS11
    if answers.printed_wrong == Answer.YES:
        return {Issued.EARLIER: Route.DS11, Issued.UNSURE: Route.TALK}.get(answers.issued, Route.DS5504)
    if answers.name == Name.CHANGED_WITH_PAPER and answers.issued == Issued.WITHIN_YEAR:
        return Route.DS5504
    # a child's passport is valid for five years and can't be renewed, even by an adult
    if answers.issued_as_adult != Answer.YES or answers.issued == Issued.EARLIER:
        return Route.DS11
    if answers.issued == Issued.UNSURE:
        return Route.TALK if answers.name == Name.CHANGED_WITH_PAPER else Route.DS11
    return Route.DS82


def _is_unusual(answers: Answers) -> bool:
    """Whether an application in person needs unusual documents, so that an advisor looks at it at once."""
    if answers.age == Age.CHILD:
        return True
    if not answers.has_book and answers.name == Name.CHANGED_WITHOUT_PAPER:
        return True
    if answers.has_proof:
        return False
    return answers.born != Born.IN_US or Paper.NO_RECORD in answers.papers


# --- Which papers -----------------------------------------------------------------------------------


def papers(answers: Answers, way: str) -> tuple[str, ...]:
    """What this person brings or sends, in order: keys of Guidance rows of the topic "paper"."""
    if way in IN_PERSON:
        return _for_the_counter(answers, way)
    changed = ("name-change",) if answers.name == Name.CHANGED_WITH_PAPER else ()
    if way == Route.DS82:
        return ("old-passport", *changed, "form-by-mail", "photo-print")
    if way == Route.DS5504:
        wrong = ("proof-of-the-mistake",) if answers.printed_wrong == Answer.YES else ()
        return ("old-passport", *changed, *wrong, "form-by-mail", "photo-print")
    return ("renew-online", "photo-file") if way == Route.ONLINE else ()


def _for_the_counter(answers: Answers, way: str) -> tuple[str, ...]:
    keys = ["report-lost"] if way == Route.LOST else []
    if answers.has_book and answers.where == Where.UNSURE:
        keys.append("look-for-it")
    if answers.where == Where.DAMAGED:
        keys.append("damaged-passport")
    keys += _proof(answers)
    if answers.name in (Name.CHANGED_WITH_PAPER, Name.UNSURE):
        keys.append("name-change")
    keys.append(_IDS[answers.photo_id])
    if answers.age in (Age.TEEN, Age.UNSURE):
        keys.append("parent-knows")
    return (*keys, "copies", "form-ds11", "photo-print")


def _proof(answers: Answers) -> list[str]:
    if answers.old_book_proves:
        return ["old-passport-as-proof"]
    for paper, key in _PROOF_KEYS.items():
        if paper in answers.papers:
            return [key]
    not_enough = [key for paper, key in _NOT_ENOUGH.items() if paper in answers.papers]
    return ["order-birth-certificate", *not_enough]


_PROOF_KEYS = {
    Paper.CERTIFIED: "birth-certificate",
    Paper.NATURALIZATION: "naturalization-certificate",
    Paper.CITIZENSHIP: "citizenship-certificate",
    Paper.CONSULAR_REPORT: "consular-report",
}
_NOT_ENOUGH = {Paper.INFORMATIONAL: "informational-copy", Paper.SOUVENIR: "hospital-souvenir"}
_IDS = {
    PhotoId.CALIFORNIA: "photo-id",
    PhotoId.GOVERNMENT: "photo-id",
    PhotoId.OTHER_STATE: "photo-id-other-state",
    PhotoId.STUDENT_ONLY: "photo-id-missing",
    PhotoId.NONE: "photo-id-missing",
    PhotoId.UNSURE: "photo-id-unsure",
}
PAPER_KEYS = frozenset(
    {*_PROOF_KEYS.values(), *_NOT_ENOUGH.values(), *_IDS.values()}
    | {"report-lost", "look-for-it", "damaged-passport", "old-passport-as-proof", "order-birth-certificate"}
    | {"name-change", "parent-knows", "copies", "form-ds11", "photo-print", "old-passport", "form-by-mail"}
    | {"proof-of-the-mistake", "renew-online", "photo-file"}
)

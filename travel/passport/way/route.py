"""Finds the route to a passport from a few plain answers. Pure Python: no database, no Django.

`_decide` walks from answer to answer until the route is known; the answers it looked at are the questions to ask, in
that order. "I'm not sure" is never guessed at: it takes the route that works for everyone (in person, form DS-11), or a
talk with an advisor. So do answers that contradict each other: `contradictions` names them, and they are kept
unresolved.

Source: domain reference 2.1 (which form), 2.2 (papers), 2.6 (one question about what one would travel on),
2.7 (validity), 2.8 (cases that look ordinary and are not).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from travel.passport.way.answers import (
    GONE,
    OF_ABROAD,
    OF_US,
    US_PASSPORT,
    Age,
    Answer,
    Answers,
    Born,
    Issued,
    Kind,
    Name,
    Paper,
    PhotoId,
    Printed,
    Terms,
    Ticket,
    TravelOn,
    Where,
    age_of,
    answers_from_json,
    answers_to_json,
    as_adult,
    born_on,
    contradictions,
    day_of_issue,
    first_year_ends,
    issued,
    renewal_ends,
    years_on,
)
from travel.passport.way.validity import Validity

__all__ = [
    "OF_ABROAD",
    "OF_US",
    "Age",
    "Answer",
    "Answers",
    "Born",
    "Issued",
    "Kind",
    "Name",
    "Paper",
    "PhotoId",
    "Printed",
    "Result",
    "Route",
    "Terms",
    "Ticket",
    "TravelOn",
    "Where",
    "age_of",
    "answers_from_json",
    "answers_to_json",
    "born_on",
    "contradictions",
    "papers",
    "questions",
    "route",
    "years_on",
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
    """None means: not known, or not to be stored. form_until: the last day on which the route's form can be used."""

    route: Route
    is_first_passport: bool | None
    needs_certificate: bool | None
    expires_on: date | None = None
    form_until: date | None = None


def route(answers: Answers, validity: Validity, terms: Terms) -> Result:
    """The route to a passport for this trip."""
    if answers.travel_on not in US_PASSPORT:
        return Result(Route.TALK, None, None)
    way = Route.TALK if contradictions(answers, terms) else _decide(_Asking(answers, terms), validity)
    first = False if answers.has_book else {Answer.NO: True}.get(answers.had_passport)
    if way == Route.TALK:
        return Result(way, first, None)
    kept = answers.expires_on if answers.holds_it and answers.kind != Kind.CARD else None
    return Result(
        way, first, way in IN_PERSON and not answers.has_proof, kept, _form_until(answers, way, validity, terms)
    )


def _form_until(answers: Answers, way: Route, validity: Validity, terms: Terms) -> date | None:
    """Forms that rely on an old passport can be used only until it reaches a certain age."""
    day = day_of_issue(answers, terms)
    if day is None:
        return None
    if way in (Route.DS82, Route.ONLINE):
        return renewal_ends(day, terms)
    if way != Route.DS5504:
        return None
    ends = answers.expires_on or date.max
    if answers.printed_wrong == Printed.YES and _misprint_lasts(answers, validity):
        return ends
    return min(first_year_ends(day, terms), ends)


def questions(answers: Answers, validity: Validity, terms: Terms) -> tuple[str, ...]:
    """The questions for this person, in order, by the names of the fields of Answers.

    Whether one is asked depends only on earlier ones: with the answers so far, the first question without an answer is
    the next to ask.
    """
    asking = _Asking(answers, terms)
    _decide(asking, validity)
    return tuple(asking.asked)


class _Asking:
    """The answers, and which of them were looked at."""

    def __init__(self, answers: Answers, terms: Terms) -> None:
        self.answers, self.terms = answers, terms
        self.asked: list[str] = []

    def __call__(self, name: str) -> Any:
        if name not in self.asked:
            self.asked.append(name)
        return getattr(self.answers, name)

    def age(self) -> Age:
        """Asks for the date of birth only if the application doesn't have it, or the student has corrected it here."""
        if self.answers.born_on or not self.terms.born_on:
            self("born_on")
        return age_of(self.answers, self.terms)

    def issued(self) -> Issued:
        """Without the date it may follow from the last day and the age at issue, which is asked next."""
        if self("issued_on") is None and self.answers.kind == Kind.FULL and self.answers.expires_on:
            self("issued_as_adult")
        return issued(self.answers, self.terms)

    def as_adult(self) -> Answer:
        """Asks only where the two dates of the passport don't say it."""
        known = as_adult(self.answers, self.terms)
        return known if known != Answer.UNSURE else self("issued_as_adult")

    @property
    def is_expired(self) -> bool:
        last = self.answers.expires_on
        return last is not None and last < self.terms.today


def _decide(ask: _Asking, validity: Validity) -> Route:
    travel_on = ask("travel_on")
    if travel_on not in US_PASSPORT:
        return Route.TALK
    if travel_on == TravelOn.US_LOST:
        return _at_the_counter(ask, Route.LOST)
    if travel_on == TravelOn.US_NEED and ask("had_passport") != Answer.YES:
        return _at_the_counter(ask, Route.DS11)
    where = ask("where")
    if where in GONE:
        return _at_the_counter(ask, Route.LOST)
    if where == Where.UNSURE and travel_on == TravelOn.US_HAVE:
        return Route.TALK
    way = _of_the_passport(ask, validity) if where == Where.HERE else Route.DS11
    return _at_the_counter(ask, way) if way in IN_PERSON else way


def _of_the_passport(ask: _Asking, validity: Validity) -> Route:
    """The form for a person who holds an undamaged passport."""
    kind = ask("kind")
    if kind in (Kind.UNSURE, Kind.LIMITED_LOSS):
        return Route.TALK
    last = ask("expires_on") if kind != Kind.CARD else None
    if last is None and (kind == Kind.LIMITED or (kind == Kind.FULL and ask("travel_on") == TravelOn.US_HAVE)):
        return Route.TALK  # the expiration date decides, so an advisor looks at it with the student
    name, printed = ask("name"), Printed.UNSURE
    if name != Name.UNSURE:  # the name decides the form, and must match the ticket
        printed = ask("printed_wrong")
    if printed in (Printed.UNSURE, Printed.TALK):
        return Route.TALK
    if printed == Printed.YES:
        return _misprint(ask, validity)
    is_good = kind == Kind.FULL and last is not None and validity.covers(last) and not validity.is_full
    # nobody has to renew a valid passport for a name: a ticket in the name that it has is enough
    if is_good and (name == Name.SAME or ask("ticket_name") == Ticket.OLD_NAME):
        ask("signed")
        return Route.VALID
    if name == Name.CHANGED_WITHOUT_PAPER:
        return Route.DS11
    return _limited(ask) if kind == Kind.LIMITED else _renewal(ask)


def _misprint(ask: _Asking, validity: Validity) -> Route:
    """DS-5504 while it is valid; within a year of issue for the full time, later only up to the old date."""
    name, last = ask("name"), ask.answers.expires_on
    if ask("kind") != Kind.FULL or last is None or name == Name.CHANGED_WITHOUT_PAPER:
        return Route.TALK
    how_old = ask.issued()
    if not ask.is_expired:
        lasts = how_old == Issued.WITHIN_YEAR or _misprint_lasts(ask.answers, validity)
        return Route.DS5504 if lasts else Route.TALK
    # one that can't be renewed by mail is replaced in person, misprint or not
    return Route.DS11 if how_old == Issued.EARLIER or ask.as_adult() == Answer.NO else Route.TALK


def _misprint_lasts(answers: Answers, validity: Validity) -> bool:
    """Whether a corrected passport is good for the trip although it ends on the old date, as late corrections do."""
    last = answers.expires_on
    return answers.name == Name.SAME and last is not None and validity.covers(last)


def _limited(ask: _Asking) -> Route:
    """A book for two years or less: DS-5504 in its first year, by mail if an earlier one was for ten years."""
    if not ask.is_expired:
        return Route.DS5504 if ask.issued() == Issued.WITHIN_YEAR else Route.TALK
    earlier = ask("earlier_book")
    if earlier != Answer.YES:
        return Route.DS11 if earlier == Answer.NO else Route.TALK
    how_old = ask.issued()
    if how_old in (Issued.UNSURE, Issued.EARLIER):
        return Route.DS11 if how_old == Issued.EARLIER else Route.TALK
    return _by_mail(ask)


def _renewal(ask: _Asking) -> Route:
    """The form for a passport for the full time, printed right, that isn't good for the trip; or for a card."""
    has_changed, how_old = ask("name") == Name.CHANGED_WITH_PAPER, ask.issued()
    if ask("kind") == Kind.FULL and has_changed and how_old == Issued.WITHIN_YEAR:
        return Route.DS5504
    # a child's passport is valid for five years and can't be renewed, even by an adult
    if how_old == Issued.EARLIER or ask.as_adult() != Answer.YES:
        return Route.DS11
    if how_old == Issued.UNSURE:
        return Route.TALK if has_changed else Route.DS11
    return _by_mail(ask)


def _by_mail(ask: _Asking) -> Route:
    """Renewal online is for ten-year books near or past their end, with nothing changed; else DS-82."""
    terms, last = ask.terms, ask.answers.expires_on
    is_older = ask.age() == Age.OLDER
    online_until = years_on(terms.today, terms.adult_valid_years - terms.online_from_years)
    is_plain = ask("kind") == Kind.FULL and ask("name") == Name.SAME
    can_renew_online = is_older and is_plain and last is not None and last <= online_until and terms.online_in_time
    return Route.ONLINE if can_renew_online else Route.DS82


def _at_the_counter(ask: _Asking, way: Route) -> Route:
    """The same way, or a talk where an application in person needs unusual documents."""
    answers = ask.answers
    if ask.age() == Age.CHILD:
        return Route.TALK
    if not answers.old_book_proves:
        born, held = ask("born"), ask("papers")
        is_unusual = born != Born.IN_US or Paper.NO_RECORD in held or Paper.LATE in held
        if is_unusual and not answers.has_proof:
            return Route.TALK
    if ask("name") == Name.CHANGED_WITHOUT_PAPER and not answers.has_book:
        return Route.TALK
    ask("photo_id")
    return way


# --- Which papers -----------------------------------------------------------------------------------


def papers(answers: Answers, way: str, age: Age = Age.UNSURE) -> tuple[str, ...]:
    """What this person brings, sends, or reads before a talk, in order: keys of Guidance rows of the topic "paper"."""
    if way in IN_PERSON:
        return _for_the_counter(answers, way, age)
    if way == Route.TALK:
        return _before_the_talk(answers, age)
    changed = ("name-change",) if answers.name == Name.CHANGED_WITH_PAPER else ()
    if way == Route.DS82:
        old = "passport-card" if answers.kind == Kind.CARD else "old-passport"
        return (old, *changed, "form-by-mail", "photo-print")
    if way == Route.DS5504:
        wrong = ("proof-of-the-mistake",) if answers.printed_wrong == Printed.YES else ()
        return ("old-passport", *changed, *wrong, "form-by-mail", "photo-print")
    if way == Route.VALID:
        return ("ticket-in-old-name",) if answers.name in _CHANGED else ()
    return ("renew-online", "photo-file") if way == Route.ONLINE else ()


def _for_the_counter(answers: Answers, way: str, age: Age) -> tuple[str, ...]:
    keys = ["report-lost"] if way == Route.LOST else []
    if answers.has_book and answers.travel_on != TravelOn.US_LOST:
        keys += _OLD_ONES.get(answers.where, [])
    if answers.holds_it and not answers.old_book_proves:
        keys.append("old-passport-too")
    keys += _proof(answers)
    if answers.name in (Name.CHANGED_WITH_PAPER, Name.UNSURE):
        keys.append("name-change")
    if answers.name == Name.CHANGED_WITHOUT_PAPER:
        keys.append("order-name-change")
    keys.append(_photo_id(answers))
    if age in (Age.TEEN, Age.UNSURE):
        keys.append("parent-knows")
    return (*keys, "copies", "form-ds11", "photo-print")


def _photo_id(answers: Answers) -> str:
    """A license or government ID is enough; without one, a passport or naturalization certificate also identifies."""
    if answers.photo_id not in (PhotoId.IN_STATE, PhotoId.GOVERNMENT):
        if answers.old_book_identifies:
            return "old-passport-as-id"
        if Paper.NATURALIZATION in answers.papers:
            return "naturalization-as-id"
    return _IDS[answers.photo_id]


def proof_of(answers: Answers) -> str:
    """The Guidance key of what this person proves citizenship with, or must order."""
    return _proof(answers)[0]


def _proof(answers: Answers) -> list[str]:
    if answers.old_book_proves:
        return ["old-passport-as-proof"]
    for paper, key in _PROOF_KEYS.items():
        if paper in answers.papers:
            return [key]
    not_enough = [key for paper, key in NOT_ENOUGH.items() if paper in answers.papers]
    return ["order-birth-certificate", *not_enough]


def _before_the_talk(answers: Answers, age: Age) -> tuple[str, ...]:
    """What is known about the reasons that a person must look at; nothing for somebody who would rather talk."""
    if answers.travel_on not in US_PASSPORT:
        return _OTHER_PAPERS.get(answers.travel_on, ())
    held, born = answers.papers, answers.born
    lacks_proof = not answers.has_proof
    reasons = {
        "talk-under-age": age == Age.CHILD,
        "talk-limited": answers.holds_it and answers.kind in (Kind.LIMITED, Kind.LIMITED_LOSS),
        "talk-misprint": answers.holds_it and answers.printed_wrong == Printed.YES,
        "talk-gender-marker": answers.holds_it and answers.printed_wrong == Printed.TALK,
        "talk-late-certificate": lacks_proof and Paper.LATE in held,
        "no-birth-certificate": lacks_proof and Paper.NO_RECORD in held,
        "born-abroad": lacks_proof and born == Born.ABROAD,
        "naturalization-missing": lacks_proof and born == Born.NATURALIZED,
        "order-name-change": answers.name == Name.CHANGED_WITHOUT_PAPER,
    }
    return tuple(key for key, is_so in reasons.items() if is_so)


_CHANGED = (Name.CHANGED_WITH_PAPER, Name.CHANGED_WITHOUT_PAPER)
_OTHER_PAPERS = {
    TravelOn.OTHER_COUNTRY: ("other-passport",),
    TravelOn.OTHER_DOCUMENT: ("other-document",),
}
_OLD_ONES = {
    Where.UNSURE: ["look-for-it"],
    Where.DAMAGED: ["damaged-passport"],
    Where.FOUND: ["found-passport"],
}
_PROOF_KEYS = {
    Paper.CERTIFIED: "birth-certificate",
    Paper.NATURALIZATION: "naturalization-certificate",
    Paper.CITIZENSHIP: "citizenship-certificate",
    Paper.CONSULAR_REPORT: "consular-report",
}
NOT_ENOUGH = {
    Paper.PUERTO_RICO_OLD: "puerto-rico-certificate",
    Paper.INFORMATIONAL: "informational-copy",
    Paper.SOUVENIR: "hospital-souvenir",
}
_IDS = {
    PhotoId.IN_STATE: "photo-id",
    PhotoId.GOVERNMENT: "photo-id",
    PhotoId.OTHER_STATE: "photo-id-other-state",
    PhotoId.STUDENT_ONLY: "photo-id-missing",
    PhotoId.NONE: "photo-id-missing",
    PhotoId.UNSURE: "photo-id-unsure",
}
PAPER_KEYS = frozenset(
    {*_PROOF_KEYS.values(), *NOT_ENOUGH.values(), *_IDS.values()}
    | {"old-passport-as-id", "naturalization-as-id", "ticket-in-old-name"}
    | {"report-lost", "look-for-it", "damaged-passport", "found-passport", "old-passport-too"}
    | {"old-passport-as-proof", "order-birth-certificate", "name-change", "order-name-change", "parent-knows"}
    | {"copies", "form-ds11", "photo-print", "old-passport", "passport-card", "form-by-mail"}
    | {"proof-of-the-mistake", "renew-online", "photo-file"}
    | {"talk-under-age", "talk-limited", "talk-misprint", "talk-gender-marker", "talk-late-certificate"}
    | {"no-birth-certificate", "born-abroad", "naturalization-missing", "other-passport", "other-document"}
)

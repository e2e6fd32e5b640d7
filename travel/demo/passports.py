"""Where the passports of the demo stand: for each placed student a story that ends at some stage."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from travel.demo.book import Book
from travel.demo.people import Person
from travel.models import PassportCase
from travel.passport.passport_route import (
    Answer,
    Answers,
    Born,
    Issued,
    Kind,
    Name,
    Paper,
    PhotoId,
    Printed,
    TravelOn,
    Where,
)
from travel.states import PassportStage

Route, Stage = PassportCase.Route, PassportStage
PATHS: dict[str, tuple[PassportStage, ...]] = {
    Stage.GATHERING: (Stage.GATHERING,),
    Stage.READY: (Stage.GATHERING, Stage.READY),
    Stage.BOOKED: (Stage.GATHERING, Stage.BOOKED),
    Stage.APPLIED: (Stage.GATHERING, Stage.BOOKED, Stage.APPLIED),
    Stage.LETTER: (Stage.GATHERING, Stage.BOOKED, Stage.APPLIED, Stage.LETTER),
    Stage.ISSUED: (Stage.GATHERING, Stage.APPLIED, Stage.ISSUED),
    Stage.IN_HAND: (Stage.IN_HAND,),
    Stage.CHECKED: (Stage.IN_HAND, Stage.CHECKED),
}
ALL_THE_WAY = (Stage.GATHERING, Stage.BOOKED, Stage.APPLIED, Stage.ISSUED, Stage.IN_HAND, Stage.CHECKED)


@dataclass(slots=True)
class Story:
    """`moves`: the stages reached and when; the first is what answering the questions led to."""

    route: str = Route.UNKNOWN
    answers: Answers | None = None
    is_first: bool | None = None
    needs_certificate: bool | None = None
    service: str = ""
    appointment_on: date | None = None
    expires_on: date | None = None
    moves: list[tuple[PassportStage, datetime]] = field(default_factory=list)

    @property
    def stage(self) -> PassportStage:
        return self.moves[-1][0] if self.moves else Stage.NOT_STARTED


@dataclass(frozen=True, slots=True)
class Line:
    """One way it can go: where it stands, by which service, and how many days ago it got there.

    said: what differs from the usual answers of this way (`USUAL`).
    """

    stage: PassportStage
    service: str = ""
    ago: int = 5
    appointment_in: int = 0
    needs_certificate: bool = False
    route: str = ""
    said: Mapping[str, object] = field(default_factory=dict)


# what most people of a way answer
FIRST = Answers(
    TravelOn.US_NEED,
    had_passport=Answer.NO,
    born=Born.IN_US,
    papers=(Paper.CERTIFIED,),
    name=Name.SAME,
    photo_id=PhotoId.CALIFORNIA,
)
HOLDS = Answers(
    TravelOn.US_NEED,
    had_passport=Answer.YES,
    where=Where.HERE,
    kind=Kind.FULL,
    name=Name.SAME,
    printed_wrong=Printed.NO,
    issued=Issued.WITHIN_LIMIT,
    issued_as_adult=Answer.YES,
)
USUAL: dict[str, Answers] = {
    Route.DS11: FIRST,
    Route.LOST: replace(FIRST, had_passport=Answer.YES, where=Where.LOST),
    Route.DS82: replace(HOLDS, name=Name.CHANGED_WITH_PAPER),
    Route.VALID: replace(HOLDS, travel_on=TravelOn.US_HAVE, had_passport=Answer.UNSURE),
    Route.TALK: Answers(TravelOn.RATHER_TALK),
}
NATURALIZED = {"born": Born.NATURALIZED, "papers": (Paper.NATURALIZATION,)}
AS_A_CHILD = {
    **{"had_passport": Answer.YES, "where": Where.HERE, "kind": Kind.FULL, "printed_wrong": Printed.NO},
    **{"issued": Issued.EARLIER, "born": Born.UNSURE, "papers": ()},
}

# A ten-year book is issued at 16 at the earliest, so nobody younger than this renews one that is about to end.
RENEWS_FROM = 27
YEAR = 365.25

# by city, for people who never had a passport, in the order in which they are handed out
FIRST_PASSPORTS: dict[str, tuple[Line, ...]] = {
    "hanoi": (
        Line(Stage.APPLIED, "routine", ago=11, said=NATURALIZED),
        Line(Stage.APPLIED, "expedited", ago=6),
        Line(Stage.BOOKED, appointment_in=3, ago=4),
        Line(Stage.APPLIED, "routine", ago=10),
        Line(Stage.APPLIED, "routine", ago=12),
    ),
    "paris": (
        Line(Stage.APPLIED, "routine", ago=8),
        Line(Stage.BOOKED, appointment_in=6, ago=7),
        Line(Stage.READY, ago=13, said={"photo_id": PhotoId.STUDENT_ONLY}),
        Line(Stage.APPLIED, "routine", ago=3),
    ),
    "durango": (
        Line(Stage.GATHERING, ago=14, needs_certificate=True, said={"papers": (Paper.SOUVENIR,)}),
        Line(Stage.BOOKED, appointment_in=12, ago=5, said={"name": Name.CHANGED_WITH_PAPER}),
        Line(Stage.APPLIED, "routine", ago=7),
        Line(Stage.GATHERING, ago=9),
    ),
}
# for people who have been abroad: a passport that is still good, or a renewal by mail
LATER_PASSPORTS: tuple[Line, ...] = (
    Line(Stage.CHECKED, ago=6),
    Line(Stage.IN_HAND, ago=11),
    Line(Stage.APPLIED, "expedited", ago=9),
    Line(Stage.GATHERING, ago=7, route=Route.LOST),
    Line(Stage.CHECKED, ago=8),
    Line(Stage.GATHERING, ago=6, route=Route.DS11, said=AS_A_CHILD),
    Line(Stage.CHECKED, ago=3),
    Line(Stage.ISSUED, "expedited", ago=1),
)
SPECIAL: dict[str, Line] = {
    "marisol-reyes-ortega": Line(Stage.GATHERING, ago=9),
    "jasmine-whitfield": Line(Stage.NOT_STARTED),
    "tigran-petrosyan": Line(Stage.LETTER, "routine", ago=2),
}


class Passports:
    """Hands out stories for the current cycle. Renewals go by mail, first passports to the counter."""

    def __init__(self, book: Book, opened_at: datetime) -> None:
        self.book, self.opened_at = book, opened_at
        self._given: dict[str, int] = {}

    def story(self, person: Person, city: str, trip_ends: date) -> Story:
        line = SPECIAL.get(person.key) or self._next(person, city)
        if line.stage == Stage.NOT_STARTED:
            return Story()
        had_one = bool(line.service) and not person.first_abroad and person.key not in SPECIAL
        renews = had_one and person.age >= RENEWS_FROM
        has_one = line.stage in (Stage.IN_HAND, Stage.CHECKED)
        way = line.route or (Route.DS82 if renews else Route.VALID if has_one else Route.DS11)
        as_a_child = had_one and not renews and not has_one
        story = Story(
            route=way,
            is_first=person.first_abroad,
            needs_certificate=line.needs_certificate,
            service=line.service,
            answers=replace(USUAL[way], **(AS_A_CHILD if as_a_child else line.said)),
        )
        if line.stage == Stage.BOOKED:
            story.appointment_on = self.book.day(line.appointment_in)
        if story.route == Route.VALID:
            story.needs_certificate = False
            ahead = self.book.draw.randint(400, 2900)
            story.expires_on = self._still_good(person, trip_ends + timedelta(days=ahead))
        if story.answers:
            story.answers = replace(story.answers, expires_on=story.expires_on or self._ended(person, story.answers))
        story.moves = self._moves(line, mails=renews)
        return story

    def _still_good(self, person: Person, last: date) -> date:
        """The last day of an adult's book: ten years after a day on which this person was 16 or older."""
        at_least = (16 + 10 + 1 - person.age) * YEAR
        return max(last, self.book.today + timedelta(days=min(at_least, 9.8 * YEAR)))

    def _ended(self, person: Person, answers: Answers) -> date | None:
        """The last day of a book that has ended or is about to; None where there is none."""
        if answers.where != Where.HERE:
            return None
        if answers.issued_as_adult == Answer.YES:
            return self.book.day(90)
        return self.book.today - timedelta(days=int((person.age - 7) * YEAR))  # made when they were two

    def talk(self) -> Story:
        """Someone who would rather talk: the stage stays where it was, and nothing else is kept."""
        day = self.book.day(-12)
        return Story(
            route=Route.TALK, answers=USUAL[Route.TALK], moves=[(Stage.NOT_STARTED, self.book.moment(day, day))]
        )

    def _next(self, person: Person, city: str) -> Line:
        lines = FIRST_PASSPORTS[city] if person.first_abroad else LATER_PASSPORTS
        key = city if person.first_abroad else "later"
        place = self._given.get(key, 0)
        self._given[key] = place + 1
        return lines[place % len(lines)]

    def _moves(self, line: Line, *, mails: bool) -> list[tuple[PassportStage, datetime]]:
        path = PATHS[line.stage]
        if mails:
            path = tuple(stage for stage in path if stage != Stage.BOOKED)
        return spread(self.book, path, self.opened_at, self.book.day(-line.ago))


def earlier_story(book: Book, person: Person, opened_at: datetime, trip_ends: date, has_one: bool) -> Story:
    """A passport of the earlier cycle: all the way to the advisor's desk."""
    path = PATHS[Stage.CHECKED] if has_one else ALL_THE_WAY
    last = opened_at.date() + timedelta(days=book.draw.randint(8, 20) if has_one else book.draw.randint(48, 66))
    years = book.draw.randint(400, 2900) if has_one else 3600
    way = Route.VALID if has_one else Route.DS11
    return Story(
        route=way,
        is_first=person.first_abroad and not has_one,
        needs_certificate=False,
        service="" if has_one else "routine",
        expires_on=trip_ends + timedelta(days=years),
        moves=spread(book, path, opened_at, last),
    )


def spread(
    book: Book, path: tuple[PassportStage, ...], first: datetime, last: date
) -> list[tuple[PassportStage, datetime]]:
    """The stages of a path, evenly between the day after the opening and the last day."""
    start = first.date() + timedelta(days=1)
    span = max(0, (last - start).days)
    days = [last - timedelta(days=span * (len(path) - place) // len(path)) for place in range(1, len(path) + 1)]
    moments = sorted(book.moment(day, day, (9, 17)) for day in days)
    return list(zip(path, moments, strict=True))

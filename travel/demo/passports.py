"""Where the passports of the demo stand: for each placed student a story that ends at some stage."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from travel.demo.book import Book
from travel.demo.people import Person, read
from travel.models import PassportCase
from travel.passport.way.route import Answer, Answers, Where, answers_from_json, years_on
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
    form_until: date | None = None
    moves: list[tuple[PassportStage, datetime]] = field(default_factory=list)

    @property
    def stage(self) -> PassportStage:
        return self.moves[-1][0] if self.moves else Stage.NOT_STARTED


@dataclass(frozen=True, slots=True)
class Line:
    """One way it can go, as `passports.toml` has it: `ago`, how many days ago the passport got there."""

    stage: str
    service: str = ""
    ago: int = 5
    appointment_in: int = 0
    needs_certificate: bool = False
    route: str = ""
    said: Mapping[str, object] = field(default_factory=dict)


# A ten-year book is issued at 16 at the earliest, so nobody younger than this renews one that is about to end.
RENEWS_FROM = 27
YEAR = 365.25


class Passports:
    """Hands out stories for the current cycle. Renewals go by mail, first passports to the counter."""

    def __init__(self, book: Book, opened_at: datetime) -> None:
        self.book, self.opened_at, self.texts = book, opened_at, read("passports.toml")
        self._given: dict[str, int] = {}

    def story(self, person: Person, city: str, trip_ends: date) -> Story:
        special = self.texts["special"].get(person.key)
        line = Line(**special) if special else self._next(person, city)
        if line.stage == Stage.NOT_STARTED:
            return Story()
        had_one = bool(line.service) and not person.first_abroad and not special
        renews = had_one and person.age >= RENEWS_FROM
        has_one = line.stage in (Stage.IN_HAND, Stage.CHECKED)
        way = line.route or (Route.DS82 if renews else Route.VALID if has_one else Route.DS11)
        as_a_child = had_one and not renews and not has_one
        story = Story(
            route=way,
            is_first=person.first_abroad,
            needs_certificate=line.needs_certificate,
            service=line.service,
            answers=self._answers(way, self.texts["as_a_child"] if as_a_child else line.said),
        )
        if line.stage == Stage.BOOKED:
            story.appointment_on = self.book.day(line.appointment_in)
        if story.route == Route.VALID:
            story.needs_certificate = False
            ahead = self.book.draw.randint(400, 2900)
            story.expires_on = self._still_good(person, trip_ends + timedelta(days=ahead))
        if story.answers:
            story.answers = replace(story.answers, expires_on=story.expires_on or self._ended(person, story.answers))
            if way == Route.DS82:  # a ten-year book can be renewed until fifteen years after it was issued
                story.form_until = story.answers.expires_on and years_on(story.answers.expires_on, 5)
        story.moves = self._moves(line, mails=renews)
        return story

    def _answers(self, way: str, said: Mapping[str, object]) -> Answers:
        """What most people of this route answer, but for what was said."""
        return answers_from_json({**self.texts["usual"][way], **said})

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
            route=Route.TALK,
            answers=self._answers(Route.TALK, {}),
            moves=[(Stage.NOT_STARTED, self.book.moment(day, day))],
        )

    def _next(self, person: Person, city: str) -> Line:
        lines = self.texts["first"][city] if person.first_abroad else self.texts["later"]["lines"]
        key = city if person.first_abroad else "later"
        place = self._given.get(key, 0)
        self._given[key] = place + 1
        row = lines[place % len(lines)]
        return Line(**{**row, "said": self.texts["as_a_child"]} if row.get("said") == "as a child" else row)

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

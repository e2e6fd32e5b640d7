"""A cycle of the demo whose students travel: applications, one reading, one release, seats, passports, duties.

The finished summer is one, with trips that are home and reflections; the other has a trip abroad today and one that
leaves in two weeks. `Dates` says when what happened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from applications.models import Decision, Offer
from applications.states import Status
from travel.demo.applying import Applying, Candidate
from travel.demo.book import Book, at
from travel.demo.committee import Committee
from travel.demo.cycle import SetUp
from travel.demo.journeys import Journeys, Seat
from travel.demo.passports import earlier_story
from travel.demo.people import Person
from travel.demo.scene import Scene
from travel.models import ChecklistItem
from travel.passport import planning

HAD_A_PASSPORT = 3  # of those who had never been abroad
# totals that a reader could give; who travels stood above who did not
TRAVELED, LESS, TURNED_DOWN = (10, 15), (8, 9), (3, 8)


@dataclass(frozen=True, slots=True)
class Dates:
    """Pairs are the first and the last day."""

    begun: tuple[date, date]
    sent_by: date
    withdrew: tuple[date, date]
    drawn: date
    read: tuple[date, date]
    decided: tuple[date, date]
    told: date
    answered: tuple[date, date]
    run: date
    placed: date


def dates_of_summer(year: int) -> Dates:
    def day(month: int, number: int) -> date:
        return date(year, month, number)

    return Dates(
        begun=(day(1, 13), day(2, 12)),
        sent_by=day(2, 26),
        withdrew=(day(2, 28), day(3, 1)),
        drawn=day(3, 2),
        read=(day(3, 2), day(3, 9)),
        decided=(day(3, 10), day(3, 11)),
        told=day(3, 12),
        answered=(day(3, 13), day(3, 18)),
        run=day(3, 20),
        placed=day(3, 21),
    )


def dates_before(book: Book) -> Dates:
    """Of the cycle whose trips are now: everyone was placed eleven weeks ago."""
    return Dates(
        begun=(book.day(-139), book.day(-114)),
        sent_by=book.day(-101),
        withdrew=(book.day(-99), book.day(-98)),
        drawn=book.day(-97),
        read=(book.day(-97), book.day(-91)),
        decided=(book.day(-90), book.day(-89)),
        told=book.day(-88),
        answered=(book.day(-87), book.day(-82)),
        run=book.day(-80),
        placed=book.day(-79),
    )


@dataclass(frozen=True, slots=True)
class Left:
    """How many of those who don't travel left the road, and in which way; the others were not selected.

    but: keys of people who don't decline or withdraw, because visitors of the demo meet them later.
    """

    declined: int
    withdrew: int
    waitlisted: int
    but: frozenset[str] = frozenset()


class Cohort:
    """`seat_of`: the city each traveler goes to, by key of the person. `signs`: whether consent was asked by then."""

    def __init__(
        self, scene: Scene, to: SetUp, people: list[Person], seat_of: Mapping[str, str], dates: Dates, *, signs: bool
    ) -> None:
        self.scene, self.to, self.book = scene, to, scene.book
        self.people, self.seat_of, self.dates, self.signs = people, seat_of, dates, signs
        self.applying = Applying(scene.book, to, scene.colleges, tells=False)
        self.committee = Committee(
            *(scene.book, to, scene.seasoned_readers, scene.office, scene.remarks),
            tells=False,
            spanish=scene.readers_of_spanish,
        )
        self.turned_down: list[Candidate] = []  # they may apply again
        self.seats: list[Seat] = []

    def write(self, left: Left) -> None:
        candidates = [self._send(person) for person in self.people]
        travelers = [each for each in candidates if each.key in self.seat_of]
        others = [each for each in candidates if each.key not in self.seat_of]
        free = [each for each in others if each.key not in left.but]
        withdrawn = self.book.draw.take(free, left.withdrew)
        for candidate in withdrawn:
            self.committee.withdraw(candidate, self.book.moment(*self.dates.withdrew))
        declined = self.book.draw.take(free, left.declined)
        others = [each for each in others if each not in withdrawn and each not in declined]
        self._read(travelers, declined, others)
        self._decide(travelers, declined, others, left.waitlisted)
        self.turned_down = others
        self._journeys(travelers)

    def _send(self, person: Person) -> Candidate:
        begun = self.book.moment(*self.dates.begun)
        candidate = self.applying.begin(person, self.scene.accounts[person.key], begun)
        sent = self.book.moment(begun.date() + timedelta(days=2), self.dates.sent_by, (17, 23))
        self.applying.submit(candidate, sent, signs=self.signs)
        return candidate

    def _read(self, travelers: list[Candidate], declined: list[Candidate], others: list[Candidate]) -> None:
        everyone = travelers + declined + others
        for candidate in everyone:
            sent = candidate.application.submitted_at.date()
            first = sent + timedelta(days=1)
            self.committee.endorse(candidate, self.book.moment(first, first + timedelta(days=2), (9, 17)))
        self.committee.draw_readers(everyone, at(self.dates.drawn, 9), seed=self.to.cycle.opens_at.year)
        for candidate in everyone:
            bounds = TURNED_DOWN if candidate in others else self._bounds(candidate.person)
            quality = self.book.draw.uniform(*bounds)
            for reading in self.committee.readings_of(candidate):
                when = self.book.moment(*self.dates.read, (10, 21))
                self.committee.lock(reading, quality, when, bounds)
        self.committee.work_out_scores()

    def _bounds(self, person: Person) -> tuple[int, int]:
        """Those who got a later choice stood behind everybody who got the first one in that city."""
        got = self.seat_of.get(person.key)
        wanted = next(city for city in person.cities if city in self.to.trips)
        return LESS if got and got != wanted else TRAVELED

    def _decide(
        self, travelers: list[Candidate], declined: list[Candidate], others: list[Candidate], waitlisted: int
    ) -> None:
        ranked = sorted(others, key=lambda each: (-each.application.score_mean, each.application.code))
        results = [(each, Status.SELECTED, None) for each in travelers + declined]
        results += [(each, Status.WAITLISTED, place) for place, each in enumerate(ranked[:waitlisted], start=1)]
        results += [(each, Status.NOT_SELECTED, None) for each in ranked[waitlisted:]]
        decisions: list[Decision] = []
        for candidate, result, position in results:
            when = self.book.moment(*self.dates.decided, (10, 17))
            decisions.append(self.committee.decide(candidate, result, when, position))
        offers = self.committee.release(decisions, at(self.dates.told, 15))
        for candidate in travelers + declined:
            reply = Offer.Reply.DECLINED if candidate in declined else Offer.Reply.CONFIRMED
            when = self.book.moment(*self.dates.answered)
            self.committee.answer(offers[candidate.application.code], reply, when)

    def _journeys(self, travelers: list[Candidate]) -> None:
        rules = planning.PlanRules.load(self.to.trips.values())
        journeys = Journeys(self.book, self.to, self.scene.advisors, self.scene.office, rules, tells=False)
        placed_at = at(self.dates.placed, 10)
        self.seats = journeys.place(travelers, at(self.dates.run, 16), placed_at)
        never = [person.key for seat in self.seats if (person := seat.candidate.person).first_abroad]
        had_one = set(self.book.draw.sample(never, HAD_A_PASSPORT))
        for seat in self.seats:
            person, trip = seat.candidate.person, seat.trip
            has_one = not person.first_abroad or person.key in had_one
            story = earlier_story(self.book, person, placed_at, trip.returns_on, has_one)
            is_ahead = trip.leaves_on > self.book.today
            journeys.open_checklist(seat, story, self.book.today if is_ahead else placed_at.date())
            for item in seat.items:
                self._do(journeys, seat, item)
            if trip.leaves_on < self.book.today:
                journeys.reflect(seat)
        for trip in self.to.trips.values():
            journeys.travel(trip, self.seats)

    def _do(self, journeys: Journeys, seat: Seat, item: ChecklistItem) -> None:
        """Around the day it was due. What is due after today is still open."""
        day = min(item.do_by, seat.trip.leaves_on - timedelta(days=1))
        first = self.dates.placed + timedelta(days=1)
        earliest, latest = max(day - timedelta(days=4), first), max(day, first)
        yesterday = self.book.day(-1)
        if earliest > yesterday:
            return
        done = self.book.moment(earliest, min(latest, yesterday))
        seen = done + timedelta(days=1) if item.step.needs_verification else None
        journeys.do(seat, item.step.key, done, seen if seen is None or seen < at(self.book.today, 0) else None)

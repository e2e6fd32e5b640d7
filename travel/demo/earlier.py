"""The cycle before: 74 applications, two trips that are home, reflections, closed out."""

from datetime import date, timedelta

from applications.models import Decision, Offer
from applications.states import Status
from travel.demo.applying import Applying, Candidate
from travel.demo.book import at
from travel.demo.committee import Committee
from travel.demo.cycle import SetUp
from travel.demo.journeys import Journeys
from travel.demo.passports import earlier_story
from travel.demo.people import Person
from travel.demo.scene import Scene
from travel.passport import planning

DECLINED, WITHDRAWN, WAITLISTED = 3, 3, 4  # of the thirty who did not travel; the others were not selected
HAD_A_PASSPORT = 3  # of those who had never been abroad
# totals that a reader could give; who travels stood above who did not
TRAVELED, LESS, TURNED_DOWN = (10, 15), (8, 9), (3, 8)


class Earlier:
    def __init__(self, scene: Scene, to: SetUp) -> None:
        self.scene, self.to, self.book = scene, to, scene.book
        self.applying = Applying(scene.book, to, scene.colleges, tells=False)
        self.committee = Committee(
            *(scene.book, to, scene.seasoned_readers, scene.office, scene.remarks),
            tells=False,
            spanish=scene.readers_of_spanish,
        )
        self.year = to.cycle.opens_at.year
        travelers = scene.cast.travelers
        self.seat_of = {person.key: city for city, people in travelers.items() for person in people}

    def write(self) -> None:
        candidates = [self._send(person) for person in self.scene.cast.earlier]
        travelers = [each for each in candidates if each.key in self.seat_of]
        others = [each for each in candidates if each.key not in self.seat_of]
        withdrawn = self.book.draw.take(others, WITHDRAWN)
        for candidate in withdrawn:
            self.committee.withdraw(candidate, self.book.moment(self._day(2, 28), self._day(3, 1)))
        declined = self.book.draw.take(others, DECLINED)
        self._read(travelers, declined, others)
        self._decide(travelers, declined, others)
        self._journeys(travelers)

    def _day(self, month: int, day: int) -> date:
        return date(self.year, month, day)

    def _send(self, person: Person) -> Candidate:
        begun = self.book.moment(self._day(1, 13), self._day(2, 12))
        candidate = self.applying.begin(person, self.scene.accounts[person.key], begun)
        sent = self.book.moment(begun.date() + timedelta(days=2), self._day(2, 26), (17, 23))
        self.applying.submit(candidate, sent, signs=False)  # this cycle is from before students were asked
        return candidate

    def _read(self, travelers: list[Candidate], declined: list[Candidate], others: list[Candidate]) -> None:
        everyone = travelers + declined + others
        for candidate in everyone:
            sent = candidate.application.submitted_at.date()
            first = sent + timedelta(days=1)
            self.committee.endorse(candidate, self.book.moment(first, first + timedelta(days=2), (9, 17)))
        self.committee.draw_readers(everyone, at(self._day(3, 2), 9), seed=self.year)
        for candidate in everyone:
            bounds = TURNED_DOWN if candidate in others else self._bounds(candidate.person)
            quality = self.book.draw.uniform(*bounds)
            for reading in self.committee.readings_of(candidate):
                when = self.book.moment(self._day(3, 2), self._day(3, 9), (10, 21))
                self.committee.lock(reading, quality, when, bounds)
        self.committee.work_out_scores()

    def _bounds(self, person: Person) -> tuple[int, int]:
        """Whoever got a later choice stood behind everybody who got the first one in that city."""
        got = self.seat_of.get(person.key)
        wanted = next(city for city in person.cities if city in self.to.trips)
        return LESS if got and got != wanted else TRAVELED

    def _decide(self, travelers: list[Candidate], declined: list[Candidate], others: list[Candidate]) -> None:
        ranked = sorted(others, key=lambda each: (-each.application.score_mean, each.application.code))
        results = [(each, Status.SELECTED, None) for each in travelers + declined]
        results += [(each, Status.WAITLISTED, place) for place, each in enumerate(ranked[:WAITLISTED], start=1)]
        results += [(each, Status.NOT_SELECTED, None) for each in ranked[WAITLISTED:]]
        decisions: list[Decision] = []
        for candidate, result, position in results:
            when = self.book.moment(self._day(3, 10), self._day(3, 11), (10, 17))
            decisions.append(self.committee.decide(candidate, result, when, position))
        offers = self.committee.release(decisions, at(self._day(3, 12), 15))
        for candidate in travelers + declined:
            reply = Offer.Reply.DECLINED if candidate in declined else Offer.Reply.CONFIRMED
            when = self.book.moment(self._day(3, 13), self._day(3, 18))
            self.committee.answer(offers[candidate.application.code], reply, when)

    def _journeys(self, travelers: list[Candidate]) -> None:
        rules = planning.PlanRules.load(self.to.trips.values())
        journeys = Journeys(self.book, self.to, self.scene.advisors, self.scene.office, rules, tells=False)
        placed_at = at(self._day(3, 21), 10)
        seats = journeys.place(travelers, at(self._day(3, 20), 16), placed_at)
        never = [person.key for seat in seats if (person := seat.candidate.person).first_abroad]
        had_one = set(self.book.draw.sample(never, HAD_A_PASSPORT))
        for seat in seats:
            person, trip = seat.candidate.person, seat.trip
            has_one = not person.first_abroad or person.key in had_one
            story = earlier_story(self.book, person, placed_at, trip.returns_on, has_one)
            journeys.open_checklist(seat, story, placed_at.date())
            for item in seat.items:
                day = min(item.do_by, trip.leaves_on - timedelta(days=1))
                done = self.book.moment(max(day - timedelta(days=4), self._day(3, 22)), max(day, self._day(3, 22)))
                seen = done + timedelta(days=1) if item.step.needs_verification else None
                journeys.do(seat, item.step.key, done, seen)
            journeys.reflect(seat)
        for trip in self.to.trips.values():
            journeys.travel(trip, seats)

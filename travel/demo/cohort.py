"""A cycle of the demo whose students travel: applications, one reading, one release, seats, passports, duties.

The finished summers are some, with trips that are home and reflections; another has a trip abroad today and one that
leaves in two weeks.
"""

from collections.abc import Mapping
from datetime import timedelta

from applications.states import Status
from travel.demo.applying import Candidate
from travel.demo.book import at
from travel.demo.cycle import SetUp
from travel.demo.journeys import Journeys, Seat
from travel.demo.passports import earlier_story
from travel.demo.people import Person
from travel.demo.rounds import Bounds, Round, Rounds
from travel.demo.scene import Scene
from travel.models import ChecklistItem
from travel.passport.plan import planning

HAD_A_PASSPORT = 3  # of those who had never been abroad
# totals that a reader could give; who travels stood above who did not
TOTALS: Mapping[str, Bounds] = {Status.SELECTED: (10, 15), Status.WAITLISTED: (7, 8), Status.NOT_SELECTED: (3, 7)}
LATER_CHOICE = (8, 9)


class Cohort(Rounds):
    """`seat_of`: the city each traveler goes to, by key of the person."""

    def __init__(self, scene: Scene, to: SetUp, plan: Round, seat_of: Mapping[str, str]) -> None:
        super().__init__(scene, to, scene.seasoned_readers, tells=False)
        self.plan, self.seat_of = plan, seat_of
        self.turned_down: list[Candidate] = []  # they may apply again
        self.seats: list[Seat] = []

    def write(self, people: list[Person], left: Mapping[str, int], *, again: int = 0, signs: bool = True) -> None:
        """`left`: how many of those who don't travel left the road, and in which way. `again`: the first so many apply
        again, so they neither decline nor withdraw. `signs`: whether consent was asked by then."""
        candidates = self.send(people, self.plan.days("sent"), signs=signs)
        travelers = [each for each in candidates if each.key in self.seat_of]
        others = [each for each in candidates if each.key not in self.seat_of]
        free = others[again:]
        groups = {name: self.book.draw.take(free, number) for name, number in left.items()}
        for candidate in groups.pop("withdrew"):
            self.committee.withdraw(candidate, self.book.moment(*self.plan.days("withdrew")))
        groups |= {"travelers": travelers, "others": others[:again] + free}
        self.read(self.plan, groups)
        self.committee.work_out_scores()
        self.tell(self.plan, groups)
        self.turned_down = groups["others"] + groups["waitlisted"]
        self._journeys(travelers)

    def scores_of(self, candidate: Candidate, result: str) -> tuple[Bounds, Bounds]:
        """Those who got a later choice stood behind everybody who got the first one in that city."""
        got = self.seat_of.get(candidate.key)
        wanted = next(city for city in candidate.person.cities if city in self.to.trips)
        bounds = LATER_CHOICE if got and got != wanted else TOTALS[result]
        return bounds, bounds

    def _journeys(self, travelers: list[Candidate]) -> None:
        rules = planning.PlanRules.load(self.to.trips.values())
        journeys = Journeys(self.book, self.to, self.scene.advisors, self.scene.office, rules, tells=False)
        placed_at = at(self.plan.day("placed"), 10)
        self.seats = journeys.place(travelers, placed_at - timedelta(hours=18), placed_at)
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
        first = self.plan.day("placed") + timedelta(days=1)
        earliest, latest = max(day - timedelta(days=4), first), max(day, first)
        yesterday = self.book.day(-1)
        if earliest > yesterday:
            return
        done = self.book.moment(earliest, min(latest, yesterday))
        seen = done + timedelta(days=1) if item.step.needs_verification else None
        journeys.do(seat, item.step.key, done, seen if seen is None or seen < at(self.book.today, 0) else None)

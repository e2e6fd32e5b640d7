"""The cycle under way: 150 applications over all states, a committee half done, checklists in progress.

Days count from the day of seeding. Three rounds were told of their results; about half of those who are read now have a
result that nobody was told.
"""

from collections.abc import Mapping
from datetime import date

from applications.apply.actions import application, records_consent
from applications.models import Application, Endorsement
from applications.states import Status
from exchange.base import access
from travel.demo import needs
from travel.demo.applying import KEYS, STORIES, Candidate, first_words
from travel.demo.book import Book, at
from travel.demo.cycle import SetUp
from travel.demo.journeys import Journeys, Seat
from travel.demo.passports import Passports
from travel.demo.past import past
from travel.demo.people import Person, read
from travel.demo.rounds import QUALITY, Round, Rounds, best_first
from travel.demo.scene import NEW_READER, Scene
from travel.models import FeasibleCities, Placement
from travel.passport.plan import planning

MARISOL, DIEGO, AMARA = "marisol-reyes-ortega", "diego-fuentes-alvarado", "amara-johnson"
JASMINE, TIGRAN = "jasmine-whitfield", "tigran-petrosyan"
PLACED_BY_CITY = {"hanoi": 11, "paris": 10, "durango": 7}
UNREAD_COLLEGES = ("lacc", "valley")  # whose advisors a visitor can be: they owe a word
READ_NOW = frozenset({"being_read", "decided", "returned", "offered"})
QUIET_DRAFTS = 8
UNSIGNED = (18, 19, 20)  # places among those being read now; their colleges may not answer yet
TOOK_BACK = 21
TO_FIX = {"referee": "referee", "essay": "back", "hours": "experience"}  # what to fix, and the part it is in


class Current(Rounds):
    def __init__(self, scene: Scene, to: SetUp, people: list[Person]) -> None:
        super().__init__(scene, to, scene.readers, tells=True)
        self.committee.capacity[NEW_READER] = 0
        self.people = {person.key: person for person in people}
        paths = read("paths.toml")
        self.rounds = [Round(self.book.today, row) for row in paths["current"]]
        self.groups = self._groups(paths["groups"])
        self.signers: list[Placement] = []
        self.seats: list[Seat] = []

    def write(self) -> None:
        self._drafts()
        self._beside_the_road()
        sent = []
        for plan in self.rounds:
            sent.append({name: self.send(self.groups[name], plan.days("sent")) for name in plan.paths})
            self.read(plan, sent[-1])
        self._read_now()
        self.committee.work_out_scores()
        for plan, groups in zip(self.rounds, sent, strict=True):
            self.tell(plan, groups)
        [left] = sent[0]["withdrew_seat"]
        self.committee.withdraw(left, at(self.book.day(-19), 8, 15))
        self._decide_in_private()
        self._journeys(sent[0]["placed"])
        self._lists(sent[1]["waiting"][1:], (2, 1))  # the list of one is still open

    def days(self, first: int, last: int) -> tuple[date, date]:
        return self.book.day(first), self.book.day(last)

    # --- who is where --------------------------------------------------------------------------------

    def _groups(self, numbers: Mapping[str, int]) -> dict[str, list[Person]]:
        """Everybody by group, by chance but for those whom visitors of the demo meet."""
        by_key = dict(self.people)
        groups: dict[str, list[Person]] = {name: [] for name in numbers}
        groups["placed"] = [by_key.pop(key) for key in (MARISOL, JASMINE, TIGRAN)]
        groups["offered"] = [by_key.pop(AMARA)]
        groups["draft"] = [by_key.pop(DIEGO)]
        rest = self.book.draw.sample(list(by_key.values()), len(by_key))
        rest.sort(key=lambda each: each.key in self.scene.own)  # whose stories are read now come last
        for city, number in PLACED_BY_CITY.items():
            have = sum(person.cities[0] == city for person in groups["placed"])
            willing = [person for person in rest if person.cities[0] == city][: number - have]
            groups["placed"] += willing
            rest = [person for person in rest if person not in willing]
        groups["returned"] = [next(each for each in reversed(rest) if not each.letter)]
        rest.remove(groups["returned"][0])  # whose referee could not be reached
        groups["being_read"] = [each for each in reversed(rest) if each.college in UNREAD_COLLEGES][:10]
        rest = [person for person in rest if person not in groups["being_read"]]
        for name, number in numbers.items():
            take = rest[-(number - len(groups[name])) :] if name in READ_NOW else rest[: number - len(groups[name])]
            groups[name] += take
            rest = [person for person in rest if person not in take]
        return groups

    # --- drafts, and those who left the road ------------------------------------------------------------

    def _drafts(self) -> None:
        for place, person in enumerate(self.groups["draft"]):
            if person.key == DIEGO:
                self._half_written(person, begun=12, saved=1, keys=15, share=0.55)
            elif place <= QUIET_DRAFTS:
                saved = self.book.draw.randint(9, 24)
                begun = saved + self.book.draw.randint(0, 8)
                self._half_written(person, begun, saved, self.book.draw.randint(2, 16), 0.4)
            else:
                saved = self.book.draw.randint(1, 6)
                begun = saved + self.book.draw.randint(0, 20)
                self._half_written(person, begun, saved, self.book.draw.randint(4, 18), 0.7)

    def _half_written(self, person: Person, begun: int, saved: int, keys: int, share: float) -> Candidate:
        """A draft that stops after so many answers, the story at hand broken off."""
        day, last = self.book.day(-begun), self.book.day(-saved)
        candidate = self.applying.begin(person, self.scene.accounts[person.key], self.book.moment(day, day, (9, 15)))
        done = self.applying.write(candidate, self.book.moment(last, last, (16, 23)), keys=KEYS[:keys])
        story = next((key for key in STORIES if key not in done), None)
        if story and keys >= 14:
            self.applying.break_off(candidate, story, first_words(getattr(person, story), share))
        if keys > 17:
            self.applying.rank_cities(candidate, 2)
            self.applying.name_referee(candidate)
        else:
            self.applying.leave_referee_open(candidate)
        return candidate

    def _beside_the_road(self) -> None:
        self.broken = self.send(self.groups["returned"], self.days(-18, -9))
        for candidate, what in zip(self.broken, TO_FIX, strict=True):
            self._break(candidate, what)
        for candidate in self.send(self.groups["withdrew_early"], self.days(-22, -18)):
            self.committee.withdraw(candidate, self.book.moment(self.book.day(-16), self.book.day(-14)))
        (person,) = self.groups["withdrew_draft"]
        candidate = self._half_written(person, 33, 30, 9, 0.5)
        self.committee.withdraw(candidate, self.book.moment(self.book.day(-20), self.book.day(-18)))

    def _break(self, candidate: Candidate, what: str) -> None:
        """What is to be fixed: that is how the application really is."""
        if what == "referee":
            self.book.bounce("applications/recommendation_asked", candidate.application)
        elif what == "essay":
            self.applying.rewrite(candidate, "story_back", first_words(candidate.person.story_back, 0.7))
        else:
            self.applying.rewrite(candidate, "work_hours", max(candidate.person.work_hours, 20) * 10)

    def act(self) -> None:
        """What goes through actions, once the rows are saved: some are given back, one withdraws a permission, and
        one can see who opened their application."""
        notes = self.scene.remarks.texts["return"]
        for candidate, what in zip(self.broken, TO_FIX, strict=True):
            note, sections = notes[what][candidate.person.language], [TO_FIX[what]]
            with past(self.book.moment(*self.days(-6, -2), (9, 17)), self.book.draw):
                application.return_for_fix(candidate.application, note=note, by=self.office, sections=sections)
        with past(self.book.moment(*self.days(-1, -1), (18, 20)), self.book.draw):
            records_consent.withdraw(self.took_back.application, by=self.took_back.student)
        theirs = Application.objects.get(cycle=self.to.cycle, student=self.scene.accounts[AMARA])
        opened_by = (
            (self.scene.advisors[self.people[AMARA].college][0], access.What.ENROLLMENT, 15),
            (self.scene.readers[0][0], access.What.READING, 9),
            (self.office, access.What.DECISION, 4),
        )
        for by, what, days in opened_by:
            opening = access.Opening(self.scene.accounts[AMARA].pk, theirs.code, theirs.college_id, what)
            with past(at(self.book.day(-days), 10, 12), self.book.draw):
                access.record([opening], by=by)

    # --- what is read now --------------------------------------------------------------------------------

    def _read_now(self) -> None:
        """Sixty in all: half read to the end, half just begun; twelve still wait for their college's word."""
        self.decided = self.send(self.groups["decided"], self.days(-24, -14))
        results = dict(enumerate([Endorsement.Result.NOT_ENDORSED, Endorsement.Result.ASK_THE_OFFICE]))
        for place, candidate in enumerate(self.decided):
            self.endorse(candidate, results.get(place, Endorsement.Result.ENDORSED))
        self.committee.capacity[NEW_READER] = 6
        self.committee.draw_readers(self.decided, at(self.book.day(-12), 9, 5), seed=12)
        for candidate in self.decided:
            self.lock(candidate, self.book.draw.uniform(*QUALITY[Status.SUBMITTED]), self.days(-11, -4))
        begun = self.send(self.groups["being_read"], self.days(-13, -3), signs=False)
        for place, candidate in enumerate(sorted(begun, key=lambda each: each.person.college in UNREAD_COLLEGES)):
            if place not in UNSIGNED:
                self.applying.sign_records(candidate, candidate.application.submitted_at)
            if place == TOOK_BACK:
                self.took_back = candidate
            if place < 18 or place == TOOK_BACK:
                ask = place == 5
                self.endorse(candidate, Endorsement.Result.ASK_THE_OFFICE if ask else Endorsement.Result.ENDORSED)
        self.committee.capacity[NEW_READER] = 12
        self.committee.draw_readers(begun, at(self.book.day(-2), 9, 5), seed=2)
        self._begin_reading(begun)

    def _begin_reading(self, candidates: list[Candidate]) -> None:
        """A third of the readings of the last draw are locked, a few were put down half-way."""
        quality = {each.key: self.book.draw.uniform(*QUALITY[Status.SUBMITTED]) for each in candidates}
        readings = [reading for each in candidates for reading in self.committee.readings_of(each)]
        mine = [reading for reading in readings if reading.reader.email == NEW_READER]
        others = [reading for reading in readings if reading.reader.email != NEW_READER]
        for reading in [*mine[:1], *self.book.draw.take(others, 29)]:
            when = self.book.moment(*self.days(-1, -1), (9, 21))
            self.committee.lock(reading, quality[reading.candidate.key], when, (3, 15))
        for reading in [*mine[1:2], *others[:3]]:
            self.committee.begin(reading, self.book.moment(self.book.day(-1), self.book.day(-1), (9, 20)))

    def _decide_in_private(self) -> None:
        """The committee has got through half of the list: best first, results that nobody was told."""
        ranked = sorted(self.decided, key=best_first)
        refused = [each for each in ranked if _is_refused(self.book, each)]
        ranked = [each for each in ranked if each not in refused] + refused
        for place, candidate in enumerate(ranked):
            result = Status.SELECTED if place < 14 else Status.WAITLISTED if place < 20 else Status.NOT_SELECTED
            self.decide(candidate, result, self.days(-3, -1))

    # --- placed ------------------------------------------------------------------------------------------

    def _journeys(self, placed: list[Candidate]) -> None:
        rules = planning.PlanRules.load(self.to.trips.values())
        journeys = Journeys(self.book, self.to, self.scene.advisors, self.office, rules, tells=True)
        released_at = at(self.book.day(-18), 10, 0)
        self.seats = seats = journeys.place(placed, at(self.book.day(-19), 10, 40), released_at)
        passports = Passports(self.book, released_at)
        talks = next(seat for seat in seats if seat.trip.city.code == "durango" and seat.candidate.person.first_abroad)
        named = needs.write(self.book, seats, but=JASMINE)
        # the oldest first, so that somebody old enough to renew a passport does
        for seat in sorted(seats, key=lambda each: -each.candidate.person.age):
            person, trip = seat.candidate.person, seat.trip
            story = passports.talk() if seat is talks else passports.story(person, trip.city.code, trip.returns_on)
            journeys.open_checklist(seat, story, self.book.today)
            if person.key != JASMINE:
                self._duties(journeys, seat)
            if when := named.get(seat.placement.code):
                journeys.do(seat, "emergency", when)
            journeys.remind(seat, at(self.book.day(-1), 9, 0))

    def _lists(self, candidates: list[Candidate], days: tuple[int, int]) -> None:
        """With a US passport in time every city can be: marked by the rule, once the questions were answered."""
        for candidate in candidates:
            when = self.book.moment(self.book.day(-days[0]), self.book.day(-days[1]))
            self.book.add(FeasibleCities(application=candidate.application, is_everywhere=True, marked_at=when))

    def _duties(self, journeys: Journeys, seat: Seat) -> None:
        """The agreement by nearly all (`demo.signing` signs it); here and there something that could have waited."""
        draw = self.book.draw
        if seat.trip.city.code == "hanoi" or draw.random() < 0.8:
            self.signers.append(seat.placement)
        for key, share in (("work-and-classes", 0.2), ("clinic", 0.1)):
            if draw.random() < share:
                journeys.do(seat, key, self.book.moment(self.book.day(-13), self.book.day(-1)))


def _is_refused(book: Book, candidate: Candidate) -> bool:
    return any(
        row.application is candidate.application and row.result == Endorsement.Result.NOT_ENDORSED
        for row in book.rows(Endorsement)
    )

"""The cycle under way: 150 applications over all states, a committee half done, checklists in progress.

Days count from the day of seeding. The first round of offers went out early, because a first passport takes
weeks; a second and a third followed; about half of those who are read now have a result that nobody was told.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from applications.models import Application, Decision, Endorsement, Offer, RecordsConsent, WithheldEndorsement
from applications.states import Status
from exchange.models import AccessRecord, DataRequest
from exchange.reference import facts
from travel.demo import needs, tickets
from travel.demo.applying import KEYS, STORIES, Applying, Candidate, first_words
from travel.demo.book import Book, at
from travel.demo.committee import Committee, Reading
from travel.demo.cycle import SetUp
from travel.demo.journeys import Journeys, Seat
from travel.demo.passports import Passports
from travel.demo.people import Person
from travel.demo.scene import NEW_READER, Scene
from travel.models import FeasibleCities, Placement
from travel.passport import planning

MARISOL, DIEGO, AMARA = "marisol-reyes-ortega", "diego-fuentes-alvarado", "amara-johnson"
JASMINE, TIGRAN = "jasmine-whitfield", "tigran-petrosyan"
PLACED_BY_CITY = {"hanoi": 11, "paris": 10, "durango": 7}
UNREAD_COLLEGES = ("lacc", "valley")  # whose advisors a visitor can be: they owe a word
# how many of each group; a group is a state and the round in which it was told
GROUPS = {
    "placed": 28,
    "first_declined": 3,
    "first_waitlisted": 4,
    "first_not_selected": 6,
    "withdrew_seat": 1,
    "silent": 3,
    "waiting": 3,
    "second_declined": 1,
    "second_waitlisted": 2,
    "second_not_selected": 2,
    "offered": 5,
    "third_waitlisted": 2,
    "third_not_selected": 2,
    "decided": 30,
    "being_read": 30,
    "returned": 3,
    "withdrew_early": 2,
    "withdrew_draft": 1,
    "draft": 22,
}
READ_NOW = frozenset({"being_read", "decided", "returned", "offered"})
QUIET_DRAFTS = 8
UNSIGNED = (18, 19, 20)  # places among those being read now; their colleges may not answer yet
TOOK_BACK = 21
TO_FIX = {"referee": "referee", "essay": "back", "hours": "experience"}  # what to fix, and the part it is in
QUALITY = {
    Status.SELECTED: (11.0, 13.8),
    Status.WAITLISTED: (9.6, 10.6),
    Status.NOT_SELECTED: (5.5, 9.0),
    Status.SUBMITTED: (6.5, 13.5),
}
# totals that a single reader gave to those who know their result
TOTALS = {Status.SELECTED: (9, 15), Status.WAITLISTED: (8, 12), Status.NOT_SELECTED: (3, 10)}


@dataclass(frozen=True, slots=True)
class Round:
    """When a group of applications was sent, drawn, read and told; days before the day of seeding."""

    sent: tuple[int, int]
    drawn: int
    read: tuple[int, int]
    decided: int
    told: int
    groups: tuple[str, ...]


FIRST = Round(
    sent=(44, 35),
    drawn=33,
    read=(32, 27),
    decided=26,
    told=25,
    groups=("placed", "first_declined", "first_waitlisted", "first_not_selected", "withdrew_seat"),
)
SECOND = Round(
    sent=(32, 22),
    drawn=20,
    read=(19, 10),
    decided=8,
    told=6,
    groups=("silent", "waiting", "second_declined", "second_waitlisted", "second_not_selected"),
)
THIRD = Round(
    sent=(30, 17),
    drawn=15,
    read=(14, 5),
    decided=4,
    told=2,
    groups=("offered", "third_waitlisted", "third_not_selected"),
)


class Current:
    def __init__(self, scene: Scene, to: SetUp, people: list[Person]) -> None:
        self.scene, self.to, self.book, self.office = scene, to, scene.book, scene.office
        self.applying = Applying(scene.book, to, scene.colleges, tells=True)
        self.committee = Committee(
            *(scene.book, to, scene.readers, scene.office, scene.remarks),
            tells=True,
            spanish=scene.readers_of_spanish,
            capacity={NEW_READER: 0},
        )
        self.people = {person.key: person for person in people}
        self.groups = self._groups()
        self.positions = 0
        self.signers: list[Placement] = []

    def write(self) -> None:
        self._drafts()
        self._beside_the_road()
        first, second, third = self._round(FIRST), self._round(SECOND), self._round(THIRD)
        self._read_now()
        self.committee.work_out_scores()
        offers = self._tell(FIRST, first) | self._tell(SECOND, second) | self._tell(THIRD, third)
        self._answer(offers, first, second)
        self._decide_in_private()
        self._journeys(first["placed"])
        self._lists(second["waiting"][1:], (2, 1))  # the list of one is still open
        self._own_data()

    def _own_data(self) -> None:
        """A student asks for a correction, and reads who opened the application."""
        student = self.scene.accounts[AMARA]
        person = self.people[AMARA]
        when = self.book.moment(self.book.day(-3), self.book.day(-3), (18, 21))
        asked = self.book.add(
            DataRequest(
                code=self.book.draw.code(),
                asked_by=student,
                kind=DataRequest.Kind.CORRECTION,
                text=self.scene.remarks.texts["data_request"][person.language],
                asked_at=when,
                due_on=when.date() + timedelta(days=int(facts.number("request.answer_days"))),
            )
        )
        self.book.record("data_request.ask", asked, by=student, when=when, changes={"kind": str(asked.kind)})
        self.book.mail("travel/data_request_asked", self.office, when, asked=asked)
        advisor = self.scene.advisors[person.college][0]
        application = next(each for each in self.book.rows(Application) if each.student is student)
        for by, role, what, days in (
            (advisor, AccessRecord.As.ADVISOR, AccessRecord.What.ENROLLMENT, 15),
            (self.scene.readers[0][0], AccessRecord.As.READER, AccessRecord.What.READING, 9),
            (self.office, AccessRecord.As.OFFICE, AccessRecord.What.DECISION, 4),
        ):
            opened_at = at(self.book.day(-days), 10, 12)
            self.book.add(
                AccessRecord(
                    student=student,
                    by=by,
                    role=role,
                    college=self.scene.colleges[person.college] if role == AccessRecord.As.ADVISOR else None,
                    what=what,
                    about=application.code,
                    on=opened_at.date(),
                    at=opened_at,
                )
            )

    # --- who is where --------------------------------------------------------------------------------

    def _groups(self) -> dict[str, list[Person]]:
        """Everybody by group, by chance but for those whom visitors of the demo meet."""
        by_key = dict(self.people)
        groups: dict[str, list[Person]] = {name: [] for name in GROUPS}
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
        for name, number in GROUPS.items():
            take = rest[-(number - len(groups[name])) :] if name in READ_NOW else rest[: number - len(groups[name])]
            groups[name] += take
            rest = [person for person in rest if person not in take]
        return groups

    def _begin(self, person: Person, sent_days_ago: int) -> Candidate:
        opened = self.to.cycle.opens_at.date()
        latest = self.book.day(-sent_days_ago - 1)
        when = self.book.moment(max(opened, self.book.day(-sent_days_ago - 9)), max(opened, latest), (10, 22))
        return self.applying.begin(person, self.scene.accounts[person.key], max(when, at(opened, 9, 30)))

    def _send(self, people: Iterable[Person], days: tuple[int, int], *, signs: bool = True) -> list[Candidate]:
        candidates = []
        for person in people:
            ago = self.book.draw.randint(days[1], days[0])
            candidate = self._begin(person, ago)
            day = self.book.day(-ago)
            self.applying.submit(candidate, self.book.moment(day, day, (17, 23)), signs=signs)
            candidates.append(candidate)
        return candidates

    def _endorse(self, candidate: Candidate, result: str = Endorsement.Result.ENDORSED) -> None:
        sent = candidate.application.submitted_at.date()
        first, last = (min(sent + timedelta(days=days), self.book.day(-1)) for days in (1, 3))
        self.committee.endorse(candidate, self.book.moment(first, last, (9, 17)), result)

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
        for candidate, what in zip(self._send(self.groups["returned"], (18, 9)), TO_FIX, strict=True):
            self._return(candidate, what)
        for candidate in self._send(self.groups["withdrew_early"], (22, 18)):
            self.committee.withdraw(candidate, self.book.moment(self.book.day(-16), self.book.day(-14)))
        (person,) = self.groups["withdrew_draft"]
        candidate = self._half_written(person, 33, 30, 9, 0.5)
        self.committee.withdraw(candidate, self.book.moment(self.book.day(-20), self.book.day(-18)))

    def _return(self, candidate: Candidate, what: str) -> None:
        """The office gives it back, with what to fix; and that is how the application really is."""
        application, person, student = candidate.application, candidate.person, candidate.student
        when = self.book.moment(self.book.day(-6), self.book.day(-2), (9, 17))
        if what == "referee":
            self.book.bounce("applications/recommendation_asked", application)
        elif what == "essay":
            self.applying.rewrite(candidate, "story_back", first_words(person.story_back, 0.7))
        else:
            self.applying.rewrite(candidate, "work_hours", max(person.work_hours, 20) * 10)
        application.status = Status.RETURNED
        application.return_sections = [TO_FIX[what]]
        application.return_note = self.scene.remarks.texts["return"][what][person.language]
        action = "application.return_for_fix"
        self.book.record(action, application, by=self.office, when=when, reason=application.return_note)
        self.book.mail("applications/application_returned", student, when, application=application)

    # --- rounds ----------------------------------------------------------------------------------------

    def _round(self, plan: Round) -> dict[str, list[Candidate]]:
        """Groups that were sent, endorsed, drawn and read together."""
        sent = {name: self._send(self.groups[name], plan.sent) for name in plan.groups}
        everyone = [candidate for candidates in sent.values() for candidate in candidates]
        for candidate in everyone:
            self._endorse(candidate)
        self.committee.draw_readers(everyone, at(self.book.day(-plan.drawn), 9, 5), seed=plan.drawn)
        for name, candidates in sent.items():
            for candidate in candidates:
                quality = self.book.draw.uniform(*QUALITY[_result_of(name)])
                for reading in self.committee.readings_of(candidate):
                    self._lock(reading, quality, plan.read, TOTALS[_result_of(name)])
        return sent

    def _lock(self, reading: Reading, quality: float, days: tuple[int, int], bounds: tuple[int, int] = (3, 15)) -> None:
        when = self.book.moment(self.book.day(-days[0]), self.book.day(-days[1]), (9, 21))
        self.committee.lock(reading, quality, when, bounds)

    def _tell(self, plan: Round, sent: dict[str, list[Candidate]]) -> dict[str, Offer]:
        """Decide all of a round, then release them in one batch."""
        day = self.book.day(-plan.decided)
        decisions: list[Decision] = []
        for name, candidates in sent.items():
            result = _result_of(name)
            for candidate in sorted(candidates, key=_best_first):
                position = self._next_position() if result == Status.WAITLISTED else None
                when = self.book.moment(day, day, (13, 17))
                decisions.append(self.committee.decide(candidate, result, when, position))
        return self.committee.release(decisions, at(self.book.day(-plan.told), 15, 30))

    def _next_position(self) -> int:
        self.positions += 1
        return self.positions

    def _answer(
        self, offers: dict[str, Offer], first: dict[str, list[Candidate]], second: dict[str, list[Candidate]]
    ) -> None:
        replies: list[tuple[list[Candidate], str, tuple[int, int]]] = [
            (first["placed"] + first["withdrew_seat"], Offer.Reply.CONFIRMED, (24, 20)),
            (first["first_declined"], Offer.Reply.DECLINED, (24, 19)),
            (second["waiting"], Offer.Reply.CONFIRMED, (5, 2)),
            (second["second_declined"], Offer.Reply.DECLINED, (4, 2)),
        ]
        for candidates, reply, (earliest, latest) in replies:
            for candidate in candidates:
                when = self.book.moment(self.book.day(-earliest), self.book.day(-latest))
                self.committee.answer(offers[candidate.application.code], reply, when)
        (candidate,) = first["withdrew_seat"]
        self.committee.withdraw(candidate, at(self.book.day(-19), 8, 15))

    # --- what is read now --------------------------------------------------------------------------------

    def _read_now(self) -> None:
        """Sixty in all: half read to the end, half just begun; twelve still wait for their college's word."""
        self.decided = self._send(self.groups["decided"], (24, 14))
        results = dict(enumerate([Endorsement.Result.NOT_ENDORSED, Endorsement.Result.ASK_THE_OFFICE]))
        for place, candidate in enumerate(self.decided):
            self._endorse(candidate, results.get(place, Endorsement.Result.ENDORSED))
        self.committee.capacity[NEW_READER] = 6
        self.committee.draw_readers(self.decided, at(self.book.day(-12), 9, 5), seed=12)
        for candidate in self.decided:
            quality = self.book.draw.uniform(*QUALITY[Status.SUBMITTED])
            for reading in self.committee.readings_of(candidate):
                self._lock(reading, quality, (11, 4))
        begun = self._send(self.groups["being_read"], (13, 3), signs=False)
        for place, candidate in enumerate(sorted(begun, key=lambda each: each.person.college in UNREAD_COLLEGES)):
            if place not in UNSIGNED:
                consent = self.applying.sign_records(candidate, candidate.application.submitted_at)
            if place == TOOK_BACK:
                self._take_back(candidate, consent)
            if place < 18:
                ask = place == 5
                self._endorse(candidate, Endorsement.Result.ASK_THE_OFFICE if ask else Endorsement.Result.ENDORSED)
        self.committee.capacity[NEW_READER] = 12
        self.committee.draw_readers(begun, at(self.book.day(-2), 9, 5), seed=2)
        self._begin_reading(begun)

    def _take_back(self, candidate: Candidate, consent: RecordsConsent) -> None:
        """The student signed, the college answered, and the student took the permission back in the middle of it."""
        consent.withdrawn_at = self.book.moment(self.book.day(-1), self.book.day(-1), (9, 20))
        advisor = next(user for user, college in self.scene.readers if college == candidate.person.college)
        said = {"result": "endorsed", "is_enrolled": True, "units": candidate.person.units}
        self.book.add(
            WithheldEndorsement(
                application=candidate.application,
                said=said | {"in_good_standing": True, "note": ""},
                endorsed_by=advisor,
                endorsed_at=at(self.book.day(-2), 11),
                withheld_at=consent.withdrawn_at,
            )
        )
        changes = {"had_answer": True, "had_signed": True}
        self.book.record(
            "records_consent.withdraw",
            candidate.application,
            by=candidate.student,
            when=consent.withdrawn_at,
            changes=changes,
        )

    def _begin_reading(self, candidates: list[Candidate]) -> None:
        """A third of the readings of the last draw are locked, a few were put down half-way."""
        quality = {each.key: self.book.draw.uniform(*QUALITY[Status.SUBMITTED]) for each in candidates}
        readings = [reading for each in candidates for reading in self.committee.readings_of(each)]
        mine = [reading for reading in readings if reading.reader.email == NEW_READER]
        others = [reading for reading in readings if reading.reader.email != NEW_READER]
        for reading in [*mine[:1], *self.book.draw.take(others, 29)]:
            self._lock(reading, quality[reading.candidate.key], (1, 1))
        for reading in [*mine[1:2], *others[:3]]:
            self.committee.begin(reading, self.book.moment(self.book.day(-1), self.book.day(-1), (9, 20)))

    def _decide_in_private(self) -> None:
        """The committee has got through half of the list: best first, results that nobody was told."""
        ranked = sorted(self.decided, key=_best_first)
        refused = [each for each in ranked if _is_refused(self.book, each)]
        ranked = [each for each in ranked if each not in refused] + refused
        for place, candidate in enumerate(ranked):
            result = Status.SELECTED if place < 14 else Status.WAITLISTED if place < 20 else Status.NOT_SELECTED
            position = self._next_position() if result == Status.WAITLISTED else None
            when = self.book.moment(self.book.day(-3), self.book.day(-1), (13, 17))
            self.committee.decide(candidate, result, when, position)

    # --- placed ------------------------------------------------------------------------------------------

    def _journeys(self, placed: list[Candidate]) -> None:
        rules = planning.PlanRules.load(self.to.trips.values())
        journeys = Journeys(self.book, self.to, self.scene.advisors, self.office, rules, tells=True)
        released_at = at(self.book.day(-18), 10, 0)
        seats = journeys.place(placed, at(self.book.day(-19), 10, 40), released_at)
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
        tickets.write(self.book, journeys, seats)

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


def _result_of(group: str) -> Status:
    if group.endswith("not_selected"):
        return Status.NOT_SELECTED
    return Status.WAITLISTED if group.endswith("waitlisted") else Status.SELECTED


def _best_first(candidate: Candidate) -> tuple[Any, Any, str]:
    application = candidate.application
    return -(application.score_mean or 0), -(application.score_median or 0), application.code


def _is_refused(book: Book, candidate: Candidate) -> bool:
    return any(
        row.application is candidate.application and row.result == Endorsement.Result.NOT_ENDORSED
        for row in book.rows(Endorsement)
    )

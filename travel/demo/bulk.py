"""A cycle of any size for benchmarks, beside the demo: `seed_demo --applications 100000`.

It opened before the demo's own cycle, so pages that show "the running cycle" go on showing that one; a
benchmark asks for `?cycle=bench-100000`. Stories are those of the demo's people, names are mixed from theirs.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from statistics import mean, median
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction

from applications.models import (
    Answer,
    Application,
    Assignment,
    CityPreference,
    Cycle,
    Decision,
    Endorsement,
    Offer,
    Rating,
    Recommendation,
    RecordsConsent,
    Review,
)
from exchange.models import College, ConsentText, Event, PartnerCity, Role, User
from travel.demo.book import Draw, at, midnight_before
from travel.demo.bulk_seats import Seats
from travel.demo.cycle import CyclePlan, SetUp, TripPlan, current_plan, set_up_cycle
from travel.demo.people import Person, read_cast
from travel.demo.writer import Table, finish
from travel.passport import planning

PREFIX = "bench-"
MOST = 400_000  # the waiting list counts in two bytes
BATCH = 4000  # applications that are written together
READER_EMAIL = "reader.{place}@{cycle}.example.edu"
APPLICANT_EMAIL = "applicant.{place}@{cycle}.example.edu"
PHONE = "+11{cycle:02d}{place:07d}"  # no area code begins with 1, so nobody has such a number
NUMBER = "88{place:07d}"
APPLICATIONS_PER_READER = 250
# shares of the whole, in states; what is left over is submitted
SHARES = {
    "draft": 0.14,
    "returned": 0.01,
    "selected": 0.01,
    "waitlisted": 0.08,
    "not_selected": 0.12,
    "confirmed": 0.02,
    "declined": 0.005,
    "withdrawn": 0.015,
}
LEAST_OF_EACH = 10  # from this number on somebody is in each state, so that each page of a benchmark shows something
RESULTS = {
    "selected": "selected",
    "confirmed": "selected",
    "declined": "selected",
    "waitlisted": "waitlisted",
    "not_selected": "not_selected",
}
STORIES = ("story_why", "story_new", "story_back")
FACTS = (
    *("full_name", "date_of_birth", "college", "units", "good_standing", "major"),
    *("free_for_trip", "work_hours", "first_abroad", "first_flight"),
)
FOR_THE_OFFICE = ("parents_education", "fee_waiver", "council_district")


@dataclass(frozen=True, slots=True)
class Written:
    cycle: Cycle
    counts: dict[str, int]


@transaction.atomic
def write(number: int, today: date, *, by: User) -> Written:
    """Write the cycle with so many applications, unless it is there. All of it or nothing."""
    code = f"{PREFIX}{number}"
    existing = Cycle.objects.filter(code=code).first()
    if existing:
        return Written(existing, {})
    draw = Draw(code)
    draw.avoid(User, Application, Assignment, Offer)
    to = set_up_cycle(_plan(code, number, today), draw, by=by)
    bulk = Bulk(draw, to, today, office=by)
    bulk.open_readers(max(2 * len(bulk.colleges), number // APPLICATIONS_PER_READER))
    bulk.write(number)
    return Written(to.cycle, {str(table.model._meta.verbose_name_plural): table.written for table in bulk.tables})


def _plan(code: str, number: int, today: date) -> CyclePlan:
    demo = current_plan(today)
    seats = min(30_000, max(20, number // 50))
    return CyclePlan(
        code=code,
        name_en=f"Benchmark, {number:,} applications",
        name_es=f"Prueba de carga, {number:,} solicitudes",
        opens_at=at(today - timedelta(days=60), 9),
        closes_at=midnight_before(today + timedelta(days=9)),
        decisions_on=demo.decisions_on,
        endorsements_due_on=demo.endorsements_due_on,
        readings_due_on=demo.readings_due_on,
        trips=[TripPlan(trip.city, trip.leaves_on, seats, trip.nights) for trip in demo.trips],
        cities=demo.cities,
        seats=seats * len(demo.trips),
    )


class Bulk:
    def __init__(self, draw: Draw, to: SetUp, today: date, *, office: User) -> None:
        self.draw, self.to, self.today, self.office = draw, to, today, office
        self.people = read_cast().current
        self.names = [person.full_name.split() for person in self.people]
        self.colleges = {college.code: college.pk for college in College.objects.all()}
        self.cities = {city.code: city.pk for city in PartnerCity.objects.all()}
        self.questions = {key: question.pk for key, question in to.questions.items()}
        self.texts = {
            person.key: {story: json.dumps(getattr(person, story)) for story in STORIES} for person in self.people
        }
        self.past = [self._moment(days) for days in range(2, 55) for _ in range(40)]
        self.triples = [_triple(draw, total) for total in range(3, 16) for _ in range(6)]
        self.readers: list[tuple[int, str]] = []
        self.positions = 0
        self._open_tables()
        rules = planning.PlanRules.load(to.trips.values())
        self.seats = Seats(draw, to, rules, today, office.pk)
        self.tables = [*self._tables(), *self.seats.tables]

    def _open_tables(self) -> None:
        names = ("full_name", "preferred_name")
        self.user = Table(User, "code", "email", *names, "language", "joined_at", "password", "phone")
        self.email = Table(EmailAddress, "user_id", "email", "verified", "primary")
        self.role = Table(Role, "user_id", "kind", "college_id")
        self.application = Table(
            Application,
            *("code", "cycle_id", "student_id", "form_id", "college_id", "student_number", "status"),
            *("answer_language", "return_note", "created_at", "saved_at", "submitted_at", "withdrawn_at"),
            *("reads_locked", "score_mean", "score_median", "score_spread"),
        )
        self.answer = Table(Answer, "application_id", "question_id", "value", "saved_at")
        self.choice = Table(CityPreference, "application_id", "city_id", "rank")
        self.letter = Table(
            Recommendation,
            *("application_id", "referee_name", "referee_email", "relation", "token", "requested_at"),
            *("letter", "received_at"),
        )
        self.endorsement = Table(
            Endorsement, "application_id", "result", "is_enrolled", "units", "endorsed_by_id", "endorsed_at"
        )
        self.consent = Table(
            RecordsConsent, "application_id", "college_id", "text_id", "language", "typed_name", "signed_at"
        )
        self.text = ConsentText.objects.get(key=ConsentText.COLLEGE_RECORDS, is_current=True).pk
        self.assignment = Table(
            Assignment, "code", "application_id", "reader_id", "assigned_at", "assigned_by_id", "released_at"
        )
        self.review = Table(Review, "assignment_id", "comment", "feedback", "started_at", "saved_at", "locked_at")
        self.rating = Table(Rating, "review_id", "criterion_id", "points")
        self.decision = Table(
            Decision,
            *("application_id", "result", "waitlist_position", "reason", "decided_by_id", "decided_at"),
            *("released_by_id", "released_at"),
        )
        self.offer = Table(
            Offer, "code", "application_id", "decision_id", "made_at", "answer_by", "reply", "answered_at"
        )
        self.event = Table(Event, "at", "by_id", "action", "target_model", "target_id", "changes")

    def _tables(self) -> list[Table]:
        """Parents before children."""
        return [
            *(self.user, self.email, self.role, self.application, self.answer, self.choice, self.letter),
            *(
                self.consent,
                self.endorsement,
                self.assignment,
                self.review,
                self.rating,
                self.decision,
                self.offer,
                self.event,
            ),
        ]

    def _moment(self, days_ago: int) -> datetime:
        return at(self.today - timedelta(days=days_ago), self.draw.randint(8, 22), self.draw.randint(0, 59))

    # --- people ----------------------------------------------------------------------------------------

    def _name(self) -> tuple[str, str]:
        first, last = self.draw.choice(self.names)[0], self.draw.choice(self.names)[-1]
        return f"{first} {last}", first

    def open_readers(self, number: int) -> None:
        """Advisors of all colleges. Whoever measures signs in as reader.0@bench-100000.example.edu."""
        codes = sorted(self.colleges)
        for place in range(number):
            name, first = self._name()
            email = READER_EMAIL.format(place=place, cycle=self.to.cycle.code)
            code, joined = self.draw.code(), self.to.cycle.opens_at
            key = self.user.add(code, email, name, first, "en", joined, f"!{code}", None)
            self.email.add(key, email, True, True)
            college = codes[place % len(codes)]
            self.role.add(key, "advisor", self.colleges[college])
            self.readers.append((key, college))

    def write(self, number: int) -> None:
        least = number >= LEAST_OF_EACH
        states = [state for state, share in SHARES.items() for _ in range(max(round(number * share), least))]
        states += ["submitted"] * (number - len(states))
        self.draw.shuffle(states)
        for place, state in enumerate(states, start=1):
            self._apply(state, place)
            if place % BATCH == 0:
                self._flush()
        self._flush()
        finish(self.tables)

    def _flush(self) -> None:
        for table in self.tables:
            table.flush()

    # --- one application ---------------------------------------------------------------------------------

    def _apply(self, state: str, place: int) -> None:
        draw, person = self.draw, self.draw.choice(self.people)
        college = draw.choice(self.people).college
        (name, first), code = self._name(), draw.code()
        email = APPLICANT_EMAIL.format(place=place, cycle=self.to.cycle.code)
        begun, sent, assigned, told = sorted(draw.sample(self.past, 4))
        phone, number = PHONE.format(cycle=self.to.cycle.pk % 100, place=place), NUMBER.format(place=place)
        student = self.user.add(code, email, name, first, person.language, begun, f"!{code}", phone)
        self.email.add(student, email, True, True)
        is_sent = state != "draft"
        decided = RESULTS.get(state, "")
        is_read = is_sent and state not in ("returned", "withdrawn")
        key = self.application.next_id
        totals = self._read(key, college, bool(decided), assigned) if is_read else []
        figures = _figures(tuple(sorted(totals)))
        self.application.add(
            *(draw.code(), self.to.cycle.pk, student, self.to.form.pk),
            *(self.colleges[college], number),
            *(state, person.answer_language, "Please finish your third story." if state == "returned" else ""),
            *(begun, sent, sent if is_sent else None, told if state == "withdrawn" else None),
            *figures,
        )
        self.answer.add(key, self.questions["student_number"], json.dumps(number), sent)
        self._answer(key, person, name, college, sent, is_sent=is_sent)
        self.event.add(begun, student, "application.start", "applications.application", key, "{}")
        if is_sent:
            self.event.add(sent, student, "application.submit", "applications.application", key, "{}")
            self.consent.add(key, self.colleges[college], self.text, person.language, name, sent)
            self._endorse(key, person, assigned, always=bool(decided))
        if decided:
            self._decide(key, student, state, decided, assigned, told)
        elif len(totals) == self.to.cycle.reads_each and draw.random() < 0.5:
            result = "selected" if sum(totals) > 36 else "not_selected"
            self.decision.add(key, result, None, "As the readings say.", self.office.pk, told, None, None)
        if state == "confirmed":
            self.seats.place(key, student, person.cities, person.first_abroad, told)

    def _answer(self, key: int, person: Person, name: str, college: str, sent: datetime, *, is_sent: bool) -> None:
        born = self.today - timedelta(days=int(person.age * 365.25) + self.draw.randint(3, 360))
        facts: tuple[Any, ...] = (
            *(name, born.isoformat(), college, person.units, person.good_standing, person.major),
            *(person.free_for_trip, person.work_hours, person.first_abroad, person.first_flight),
        )
        for question, value in zip(FACTS, facts, strict=True):
            self.answer.add(key, self.questions[question], json.dumps(value), sent)
        for question in FOR_THE_OFFICE:
            if value := getattr(person, question):
                self.answer.add(key, self.questions[question], json.dumps(value), sent)
        language = json.dumps(person.answer_language)
        self.answer.add(key, self.questions["answer_language"], language, sent)
        for story in STORIES if is_sent else STORIES[:1]:
            self.answer.add(key, self.questions[story], self.texts[person.key][story], sent)
        for rank, city in enumerate(person.cities if is_sent else (), start=1):
            self.choice.add(key, self.cities[city], rank)
        referee, token = person.referee, self.draw.token()
        letter = person.letter if is_sent else ""
        self.letter.add(
            *(key, referee["name"], referee["email"], referee["relation"], token),
            *(sent if is_sent else None, letter, sent if letter else None),
        )

    def _endorse(self, key: int, person: Person, when: datetime, *, always: bool) -> None:
        if always or self.draw.random() < 0.8:
            advisor, _college = self.draw.choice(self.readers)
            self.endorsement.add(key, "endorsed", True, person.units, advisor, when)

    def _read(self, key: int, college: str, to_the_end: bool, when: datetime) -> list[int]:
        """Three readers of other colleges; returns the totals of those who locked."""
        draw, totals = self.draw, []
        locked = 3 if to_the_end or draw.random() < 0.6 else draw.randint(0, 2)
        base = draw.randrange(len(self.triples) - 12) if locked else 0
        for place, reader in enumerate(self._draw_readers(college)):
            assignment = self.assignment.add(draw.code(), key, reader, when, self.office.pk, when)
            if place >= locked:
                continue
            points = self.triples[base + draw.randrange(12)]
            ends = when + timedelta(minutes=draw.randint(6, 18))
            review = self.review.add(assignment, "Read with care.", "Thank you for your stories.", when, ends, ends)
            for criterion, number in zip(self.to.criteria, points, strict=True):
                self.rating.add(review, criterion.pk, number)
            totals.append(sum(points))
        return totals

    def _draw_readers(self, college: str) -> list[int]:
        drawn: dict[int, None] = {}
        while len(drawn) < self.to.cycle.reads_each:
            reader, own = self.draw.choice(self.readers)
            if own != college:
                drawn[reader] = None
        return list(drawn)

    def _decide(self, key: int, student: int, state: str, result: str, decided: datetime, told: datetime) -> None:
        position = None
        if result == "waitlisted":
            self.positions += 1
            position = self.positions
        office = self.office.pk
        decision = self.decision.add(key, result, position, "As the readings say.", office, decided, office, told)
        self.event.add(
            told, office, "selection.release", "applications.application", key, json.dumps({"result": result})
        )
        if result == "selected":
            reply = state if state in ("confirmed", "declined") else ""
            answer_by = midnight_before(told.date() + timedelta(days=self.to.cycle.answer_days))
            answered = told + timedelta(hours=20) if reply else None
            self.offer.add(self.draw.code(), key, decision, told, answer_by, reply, answered)


def _triple(draw: Draw, total: int) -> tuple[int, ...]:
    points = [total // 3 + (place < total % 3) for place in range(3)]
    draw.shuffle(points)
    return tuple(points)


@lru_cache(maxsize=4096)
def _figures(totals: tuple[int, ...]) -> tuple[int, Decimal | None, Decimal | None, Decimal | None]:
    """What `review.work_out_scores` keeps: reads, mean, median and spread of the totals."""
    if not totals:
        return 0, None, None, None
    figures = (mean(totals), median(totals), totals[-1] - totals[0])
    return len(totals), *(round(Decimal(str(float(figure))), 3) for figure in figures)

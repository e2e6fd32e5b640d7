"""A cycle of any size for benchmarks, beside the demo: `seed_demo --applications 100000`.

Its applications are copies of the demo's own, with everything that belongs to them, of students of their own and read
by readers of their own. It opened before the demo's cycle, so pages that show "the running cycle" go on showing that
one; a benchmark asks for `?cycle=bench-100000`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.db.models import Model

from applications.models import (
    Answer,
    Application,
    Assignment,
    CityPreference,
    Cycle,
    Decision,
    Endorsement,
    Offer,
    Question,
    Rating,
    Recommendation,
    RecordsConsent,
    Review,
    RubricCriterion,
)
from exchange.models import College, Event, Role, User
from travel.demo.book import Draw, at
from travel.demo.cycle import CyclePlan, SetUp, plan_of, set_up_cycle
from travel.demo.writer import Table, finish
from travel.models import ChecklistItem, PassportCase, Placement

PREFIX = "bench-"
MOST = 400_000  # the waiting list counts in two bytes
BATCH = 4000  # applications that are written together
READER_EMAIL = "reader.{place}@{cycle}.example.edu"
APPLICANT_EMAIL = "applicant.{place}@{cycle}.example.edu"
PHONE = "+11{cycle:02d}{place:07d}"  # no area code begins with 1, so nobody has such a number
APPLICATIONS_PER_READER = 250
# shares of the whole, in states; what is left over is submitted
SHARES = {
    **{"draft": 0.14, "returned": 0.01, "selected": 0.01, "waitlisted": 0.08, "not_selected": 0.12},
    **{"confirmed": 0.02, "declined": 0.005, "withdrawn": 0.015},
}
LEAST_OF_EACH = 10  # from this number on somebody is in each state, so that each page of a benchmark shows something
# what belongs to an application, parents before children, and the way to it
COPIED: dict[type[Model], str] = {
    Application: "pk",
    Answer: "application",
    CityPreference: "application",
    Recommendation: "application",
    RecordsConsent: "application",
    Endorsement: "application",
    Assignment: "application",
    Review: "assignment__application",
    Rating: "review__assignment__application",
    Decision: "application",
    Offer: "application",
    Placement: "application",
    PassportCase: "application",
    ChecklistItem: "placement__application",
    Event: "target_id",
}
EVENTS = ("application.start", "application.submit", "selection.release")
FRESH = {"code": Draw.code, "token": Draw.token}  # columns that no two rows may share


@dataclass(frozen=True, slots=True)
class Written:
    cycle: Cycle
    counts: dict[str, int]


@transaction.atomic
def write(number: int, today: date, *, by: User) -> Written:
    """Write the cycle with so many applications, unless it is there. All of it or nothing. The demo must be there."""
    code = f"{PREFIX}{number}"
    existing = Cycle.objects.filter(code=code).first()
    if existing:
        return Written(existing, {})
    draw = Draw(code)
    draw.avoid(User, Application, Assignment, Offer, Placement)
    original = Cycle.objects.exclude(code__startswith=PREFIX).latest("opens_at")
    bulk = Bulk(draw, original, set_up_cycle(_plan(code, number, today), draw, by=by))
    bulk.open_readers(max(2 * len(bulk.colleges), number // APPLICATIONS_PER_READER))
    bulk.write(number)
    return Written(bulk.to.cycle, {str(each.model._meta.verbose_name_plural): each.written for each in bulk.tables})


def _plan(code: str, number: int, today: date) -> CyclePlan:
    demo, seats = plan_of("current", today), min(30_000, max(20, number // 50))
    return replace(
        demo,
        code=code,
        name_en=f"Benchmark, {number:,} applications",
        name_es=f"Prueba de carga, {number:,} solicitudes",
        opens_at=at(today - timedelta(days=60), 9),
        trips=[replace(trip, seats=seats) for trip in demo.trips],
        seats=seats * len(demo.trips),
    )


class Bulk:
    def __init__(self, draw: Draw, original: Cycle, to: SetUp) -> None:
        self.draw, self.original, self.to = draw, original, to
        self.colleges = dict(College.objects.order_by("code").values_list("pk", "code"))
        self.names = [name.split() for name in original.applications.values_list("student__full_name", flat=True)]
        self.readers: list[tuple[int, int]] = []
        self.positions = count(1)
        names = ("code", "email", "full_name", "preferred_name", "language", "joined_at", "password", "phone")
        self.user = Table(User, *names)
        self.email = Table(EmailAddress, "user_id", "email", "verified", "primary")
        self.role = Table(Role, "user_id", "kind", "college_id")
        self.copies = [Copies(model, way) for model, way in COPIED.items()]
        self.tables = [self.user, self.email, self.role, *(each.table for each in self.copies)]

    def _same(self) -> dict[str, dict[int, int | None]]:
        """By column: the rows of this cycle that stand for those of the original."""
        old, to = self.original, self.to
        trips = {trip.city_id: trip.pk for trip in to.trips.values()}
        steps = {step.key: step.pk for step in to.steps}
        criteria = {criterion.key: criterion.pk for criterion in to.criteria}
        return {
            "cycle_id": {old.pk: to.cycle.pk},
            "form_id": {form.pk: to.form.pk for form in old.form_versions.all()},
            "question_id": {
                each.pk: to.questions[each.key].pk for each in Question.objects.filter(section__form__cycle=old)
            },
            "criterion_id": {each.pk: criteria[each.key] for each in RubricCriterion.objects.filter(cycle=old)},
            "trip_id": {each.pk: trips[each.city_id] for each in old.trips.all()},
            "step_id": {each.pk: steps[each.key] for each in old.checklist_steps.all()},
            "run_id": dict.fromkeys(old.placement_runs.values_list("pk", flat=True)),
        }

    # --- people ----------------------------------------------------------------------------------------

    def _open(self, email: str, language: str, phone: str | None) -> int:
        first, last = self.draw.choice(self.names)[0], self.draw.choice(self.names)[-1]
        code, joined = self.draw.code(), self.to.cycle.opens_at
        key = self.user.add(code, email, f"{first} {last}", first, language, joined, f"!{code}", phone)
        self.email.add(key, email, True, True)
        return key

    def open_readers(self, number: int) -> None:
        """Advisors of all colleges. Whoever measures signs in as reader.0@bench-100000.example.edu."""
        colleges = list(self.colleges)
        for place in range(number):
            key = self._open(READER_EMAIL.format(place=place, cycle=self.to.cycle.code), "en", None)
            college = colleges[place % len(colleges)]
            self.role.add(key, "advisor", college)
            self.readers.append((key, college))

    def write(self, number: int) -> None:
        least = number >= LEAST_OF_EACH
        states = [state for state, share in SHARES.items() for _ in range(max(round(number * share), least))]
        states += ["submitted"] * (number - len(states))
        self.draw.shuffle(states)
        originals = self._originals()
        for place, state in enumerate(states, start=1):
            self._copy(self.draw.choice(originals[state]), place)
            if place % BATCH == 0:
                self._flush()
        self._flush()
        finish(self.tables)

    def _flush(self) -> None:
        for table in self.tables:
            table.flush()

    # --- one application ---------------------------------------------------------------------------------

    def _originals(self) -> dict[str, list[Application]]:
        found: dict[str, list[Application]] = defaultdict(list)
        for application in self.original.applications.select_related("student", "placement").order_by("pk"):
            if application.status != "confirmed" or hasattr(application, "placement"):
                found[application.status].append(application)
        same = self._same()
        for copies in self.copies:
            copies.load([each.pk for group in found.values() for each in group], same)
        return found

    def _copy(self, original: Application, place: int) -> None:
        code, number = self.to.cycle.code, self.to.cycle.pk % 100
        email, phone = APPLICANT_EMAIL.format(place=place, cycle=code), PHONE.format(cycle=number, place=place)
        student = self._open(email, original.person.language, phone)
        keys: dict[str, dict[Any, Any]] = {
            "user": {original.student_id: student},
            "reader_id": _Drawn(self._readers_but(original.college_id)),
            "waitlist_position": _Drawn(self.positions),
        }
        for copies in self.copies:
            copies.write(original.pk, keys, self.draw)

    def _readers_but(self, college: int | None) -> Iterator[int]:
        """Readers of other colleges by chance, each once."""
        given: set[int] = set()
        while True:
            reader, own = self.draw.choice(self.readers)
            if own != college and reader not in given:
                given.add(reader)
                yield reader


class _Drawn(dict[Any, Any]):
    """Gives each new key the next value."""

    def __init__(self, values: Iterator[Any]) -> None:
        super().__init__()
        self.values_left = values

    def __missing__(self, key: Any) -> Any:
        self[key] = next(self.values_left)
        return self[key]


class Copies:
    """One kind of row: the originals by application, and the table of their copies."""

    def __init__(self, model: type[Model], way: str) -> None:
        self.model, self.way = model, way
        fields = [field for field in model._meta.concrete_fields if not field.primary_key]
        self.fields, self.names = fields, [field.attname for field in fields]
        self.table = Table(model, *self.names)
        self.rows: dict[int, list[tuple[int, list[Any]]]] = defaultdict(list)
        self.fresh = [(place, FRESH[name]) for place, name in enumerate(self.names) if name in FRESH]
        self.own = f"{model._meta.model_name}_id"
        self.moved: list[tuple[int, str]] = []

    def load(self, applications: Iterable[int], same: Mapping[str, Mapping[int, int | None]]) -> None:
        """`same`: by column, what stands in the copies instead; other keys are those of the copies' own parents."""
        found = self.model._default_manager.filter(**{f"{self.way}__in": applications}).order_by("pk")
        if self.model is Event:
            found = found.filter(target_model=Application._meta.label_lower, action__in=EVENTS)
        for application, key, *values in found.values_list(self.way, "pk", *self.names):
            for place, field in enumerate(self.fields):
                kept = same[field.attname][values[place]] if field.attname in same and values[place] else values[place]
                values[place] = field.get_db_prep_save(kept, connection)
            self.rows[application].append((key, values))
        for place, field in enumerate(self.fields):
            if field.attname in ("reader_id", "waitlist_position", "target_id"):
                self.moved.append((place, field.attname))
            elif field.related_model in COPIED or field.related_model is User:
                self.moved.append((place, "user" if field.related_model is User else field.attname))

    def write(self, application: int, keys: dict[str, dict[Any, Any]], draw: Draw) -> None:
        mine = keys.setdefault(self.own, {})
        for key, row in self.rows[application]:
            values = list(row)
            for place, name in self.moved:
                if (old := row[place]) is not None:
                    values[place] = keys[name].get(old, old) if name == "user" else keys[name][old]
            for place, new in self.fresh:
                values[place] = new(draw)
            mine[key] = self.table.add(*values)
        if self.model is Application:
            keys["target_id"] = mine

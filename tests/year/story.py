"""The plot of a year: who takes part, what the office does when, and what becomes of each student."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from django.core.management import call_command
from django.utils import timezone

from applications.models import Application, Cycle
from applications.states import Status
from exchange.models import College
from tests.year import office as offices
from tests.year import seams
from tests.year import students as of_students
from tests.year.pages import Broken, Person
from tests.year.plan import OPEN_DAYS
from tests.year.play import Year
from travel.models import Placement, Trip
from travel.tasks import refresh_now

NAMES = (
    "Marisol Nadia Omar Pia Quinn Rosa Sam Tariq Uma Viktor Wendy Xochitl Yusuf Zoe Amara Bao Chidi Dalia Emeka Farah "
    "Gael Hana Ines Jamal Kenji Lucia Mateo Noor Oscar Priya"
).split()


@dataclass
class Fate:
    """What becomes of a student, drawn once. `leaves`: the stage at which they withdraw, if any."""

    starts: int
    finishes: bool
    leaves: str
    answers: str

    @classmethod
    def drawn(cls, random: Random) -> "Fate":
        leaves = random.choices(["", "submitted", "selected", "confirmed", "placed"], [12, 1, 1, 1, 2])[0]
        return cls(
            random.randrange(0, 36),
            random.random() < 0.9,
            leaves,
            random.choices(["confirm", "decline", ""], [10, 1, 1])[0],
        )


class Story:
    def __init__(self, year: Year) -> None:
        self.year, self.plan = year, year.plan
        self.random = Random(f"{self.plan.seed} plot")
        self.office = year.person("Ana", "coordinator", "ana@city.example.gov")
        self.second = year.person("Ben", "coordinator", "ben@city.example.gov")
        self.owner = year.person("Theo", "owner", "theo@city.example.gov")
        self.director = year.person("Dora", "director", "dora@city.example.gov")
        self.visitor = year.person("A visitor", "visitor", "")

    def tell(self) -> None:
        self.set_up()
        self.applications()
        self.reviews()
        self.offers()
        self.placing()
        self.preparing()
        self.traveling()
        self.afterward()

    def act(self, who: Person, what: str, do: Callable[[], object]) -> None:
        self.year.act(who, what, do)

    def must(self, who: Person, what: str, do: Callable[[], object]) -> object:
        """An act without which there is no year."""
        before = len(self.year.findings)
        done = self.year.act(who, what, do)
        found = list(self.year.findings.values())[before:]
        if stuck := [each for each in found if each.rule.endswith(("people need is there", "with sense is taken"))]:
            raise Broken(
                "the year can go on",
                f"act {len(self.year.acts)}, {self.year.acts[-1]}: {stuck[-1].says}",
                stuck[-1].page,
            )
        return done

    def on(self, days: int, hour: int = 10, minute: int = 5) -> dt.datetime:
        """That hour, some days after the applications opened, by the city's clock."""
        day = self.opened + dt.timedelta(days=days)
        return dt.datetime.combine(day, dt.time(hour, minute), self.year.calendar.zone)

    # --- An empty office ----------------------------------------------------------------------------------------------

    def set_up(self) -> None:
        call_command("load_reference", verbosity=0)
        self.opened = timezone.localdate()
        self.must(self.office, "begins", lambda: offices.begin(self.office, "Ana Ferreira"))
        self.must(self.owner, "begins", lambda: offices.begin(self.owner, "Theo Vance", "owner"))
        self.must(self.office, "names the city", lambda: offices.name_the_city(self.office))
        self.must(self.owner, "invites Ben", lambda: offices.invite(self.owner, self.second, "coordinator"))
        self.must(self.owner, "invites the director", lambda: offices.invite(self.owner, self.director, "director"))
        self.colleges = list(College.objects.order_by("pk").values_list("code", flat=True))
        self.advisors: dict[str, Person] = {}
        for college in self.colleges:
            advisor = self.year.person(f"Advisor of {college}", "advisor", f"advisor.{college}@college.example.edu")
            self.must(
                self.office,
                f"invites: {advisor.name}",
                lambda a=advisor, c=college: offices.invite(self.office, a, "advisor", c),
            )
            self.advisors[college] = advisor
        self.seats = max(self.plan.students * 3 // 4, 4)
        self.cycle = self.must(
            self.office, "makes the cycle", lambda: offices.make_cycle(self.office, cities=2, seats=self.seats)
        )
        self.must(self.office, "publishes it", lambda: offices.publish(self.office, self.cycle))
        self.cities = list(Cycle.objects.get().cities.order_by("code").values_list("code", flat=True))
        self.are_forms_late = self.random.random() < 0.5
        if not self.are_forms_late:
            self.must(self.office, "publishes the forms", lambda: offices.publish_forms(self.office, self.cycle))

    # --- Applications -------------------------------------------------------------------------------------------------

    def applications(self) -> None:
        self.students: list[Person] = []
        self.fates: dict[str, Fate] = {}
        for number in range(self.plan.students):
            name = NAMES[number % len(NAMES)] + (str(number // len(NAMES)) if number >= len(NAMES) else "")
            student = self.year.person(name, "student", f"{name.lower()}@students.example.edu")
            self.students.append(student)
            self.fates[name] = Fate.drawn(student.random)
            self._plan_application(student, self.fates[name], self.colleges[number % min(len(self.colleges), 4)])
        self.year.plan_act(self.on(1), self.visitor, "looks around", lambda: self.visitor.go("/").follow("/cycles/"))
        for day in (3, 20, 40, 43, 57, 69):
            self.year.plan_act(self.on(day, 13), self.director, "looks at the figures", lambda: self._figures(0))
        for day in (3, 20, 40):
            self.year.plan_act(self.on(day, 11), self.office, "looks at the day", lambda: self.wander(self.office, 4))
            self.year.plan_act(self.on(day, 12), self.second, "looks at the day", lambda: self.wander(self.second, 2))
        self.year.run(self.on(OPEN_DAYS + 1))

    def _plan_application(self, student: Person, fate: Fate, college: str) -> None:
        random = student.random
        first = self.on(fate.starts, random.randrange(7, 23), random.randrange(60))
        part = random.choice([1, 3, of_students.FORM_PAGES])

        def begin() -> None:
            of_students.sign_up(student)
            of_students.begin(student, self.cycle)
            of_students.fill_in(student, college, self.cities, part)

        def finish() -> None:
            student.go("/journey/").follow(r"^/applications/\w{8}/form/$|^/applications/\w{8}/check/$")
            if student.page.view == "applications:application-overview":
                of_students.fill_in(student, college, self.cities)
            student.go(student.page.address.split("/form/")[0].removesuffix("check/").rstrip("/") + "/check/")
            of_students.submit(student)

        self.year.plan_act(first, student, "begins to apply", begin)
        if not fate.finishes:
            return
        last = first + dt.timedelta(hours=random.randrange(1, 24 * (OPEN_DAYS - fate.starts)))
        self.year.plan_act(min(last, self.on(OPEN_DAYS - 1, 20)), student, "submits", finish)
        if random.random() < 0.85:
            referee = self.year.person(
                f"Referee of {student.name}", "referee", of_students.referee_of(student), student.address
            )
            written = min(last + dt.timedelta(days=random.randrange(1, 5)), self.on(OPEN_DAYS, 21))
            self.year.plan_act(written, referee, "writes the letter", lambda: of_students.write_letter(referee))
        if fate.leaves == "submitted":
            self.year.plan_act(
                last + dt.timedelta(days=3), student, "withdraws: submitted", lambda: of_students.withdraw(student)
            )

    # --- Reviews and results ------------------------------------------------------------------------------------------

    def reviews(self) -> None:
        leaves = self.random.choice([None, 1, 9])
        if leaves == 1:
            seams.an_advisor_leaves(self, OPEN_DAYS + 1)
        for number, advisor in enumerate(self.advisors.values()):
            at = self.on(OPEN_DAYS + 2 + number % 5, 9 + number % 8)
            self.year.plan_act(
                at, advisor, "endorses", lambda a=advisor: self._all(lambda: offices.endorse(a, self._endorsed(a)))
            )
        self.year.run(self.on(OPEN_DAYS + 8))
        self.must(self.office, "assigns readers", lambda: offices.assign_readers(self.office, self.cycle))
        if leaves == 9:
            seams.an_advisor_leaves(self, OPEN_DAYS + 9)
        for number, advisor in enumerate(self.advisors.values()):
            at = self.on(OPEN_DAYS + 10 + number % 9, 9 + number % 8)
            self.year.plan_act(at, advisor, "reads", lambda a=advisor: self._all(lambda: offices.read(a)))
        self.year.run(self.on(OPEN_DAYS + 24))
        self.must(self.office, "decides", self._decide)
        self.year.run(self.on(OPEN_DAYS + 25, 14))
        self.must(self.office, "releases", lambda: offices.release(self.office, self.cycle))

    def _endorsed(self, advisor: Person) -> str:
        return "endorsed" if advisor.random.random() < 0.9 else "not_endorsed"

    def _all(self, do: Callable[[], bool], most: int = 60) -> None:
        for _ in range(most):
            if not do():
                return

    def _decide(self) -> None:
        codes = offices.ranked(self.office, self.cycle)
        for place, code in enumerate(codes):
            waits = "waitlisted" if place <= self.seats else "not_selected"
            offices.decide(self.office, code, "selected" if place < self.seats else waits)

    # --- Offers and places --------------------------------------------------------------------------------------------

    def offers(self) -> None:
        seams.after_release(self)
        for student in self.students:
            at = self.on(OPEN_DAYS + 26 + student.random.randrange(0, 7), student.random.randrange(8, 22))
            self.year.plan_act(at, student, "answers", lambda s=student: self.answer(s))
        self.year.run(self.on(OPEN_DAYS + 37))

    def answer(self, student: Person) -> None:
        status, fate = self.status_of(student), self.fates[student.name]
        if status == Status.SELECTED and fate.leaves == "selected":
            of_students.withdraw(student)
        elif status == Status.SELECTED and fate.answers:
            of_students.answer_offer(student, fate.answers)
            if fate.answers == "confirm" and fate.leaves == "confirmed":
                of_students.withdraw(student)
        else:
            self.wander(student, 2)

    def status_of(self, student: Person) -> str:
        mine = Application.objects.filter(student__email=student.address, cycle__code=self.cycle)
        return mine.values_list("status", flat=True).first() or ""

    def placing(self) -> None:
        leaves_on = self.opened + dt.timedelta(days=200 + self.random.randrange(30))
        self.leaves_on, self.returns_on = leaves_on, leaves_on + dt.timedelta(days=10)
        half = (self.seats + 1) // 2
        for city in self.cities:
            self.must(
                self.office,
                "adds a trip",
                lambda c=city: offices.add_trip(self.office, self.cycle, c, leaves_on=leaves_on, nights=10, seats=half),
            )
        for student in self.students:
            if self.status_of(student) in (Status.CONFIRMED, Status.WAITLISTED):
                at = self.on(OPEN_DAYS + 38 + student.random.randrange(5), 18)
                self.year.plan_act(
                    at, student, "finds the way to a passport", lambda s=student: of_students.find_the_way(s)
                )
        self.year.run(self.on(OPEN_DAYS + 45))
        if Application.objects.filter(status=Status.CONFIRMED).exists():
            self.must(self.office, "places", lambda: offices.place(self.office, self.cycle))

    # --- Before, on and after the trip --------------------------------------------------------------------------------

    def preparing(self) -> None:
        seams.while_preparing(self)
        days = (self.leaves_on - self.opened).days
        for student in self.students:
            for week in range(OPEN_DAYS + 46, days - 2, max(9, 3 * self.plan.every)):
                at = self.on(week + student.random.randrange(7), student.random.randrange(8, 23))
                self.year.plan_act(at, student, "gets ready", lambda s=student: self.get_ready(s))
            if student.random.random() < 0.2:
                at = self.on(OPEN_DAYS + 55 + student.random.randrange(60), 20)
                self.year.plan_act(at, student, "loses the passport", lambda s=student: self._lose_the_passport(s))
            if self.fates[student.name].leaves == "placed":
                at = self.on(OPEN_DAYS + 60 + student.random.randrange(60), 19)
                self.year.plan_act(at, student, "withdraws: placed", lambda s=student: self._leave(s))
        for day in range(OPEN_DAYS + 50, days + 60, 14):
            self.year.plan_act(self.on(day, 16), self.second, "does the tasks", lambda: offices.do_tasks(self.second))
        for day in range(OPEN_DAYS + 50, days, 30):
            self.year.plan_act(self.on(day, 10), self.office, "looks at the day", lambda: self.wander(self.office, 5))
            self.year.plan_act(self.on(day, 11), self.director, "looks at the figures", lambda: self._figures(2))
            for advisor in list(self.advisors.values())[:4]:
                self.year.plan_act(self.on(day, 13), advisor, "looks at the day", lambda a=advisor: self.wander(a, 2))
        self.year.run(self.on(days))

    def _lose_the_passport(self, student: Person) -> None:
        if self.status_of(student) == Status.CONFIRMED:
            code = Application.objects.get(student__email=student.address).code
            of_students.find_the_way(
                student, of_students.ROUTE | {"travel_on": "us_lost"}, f"/passports/{code}/questions/"
            )

    def _leave(self, student: Person) -> None:
        if self.status_of(student) == Status.CONFIRMED:
            of_students.withdraw(student)
            if not Cycle.objects.filter(code="last-year").exists():
                seams.was_not_selected_before(student, self.opened)
        student.go("/journey/")

    def get_ready(self, student: Person) -> None:
        if student.random.random() < 0.1:
            student.use_an_old_tab()
        if self.status_of(student) == Status.CONFIRMED:
            of_students.do_a_step(student)
        else:
            self.wander(student, 1)

    def traveling(self) -> None:
        """Each group leaves and comes home on its own days, as they are by then."""
        went = Trip.objects.filter(placements__application__status=Status.CONFIRMED, closed_at__isnull=True).distinct()
        self.home_on = self.returns_on
        for _ in range(4 * went.count()):
            if not (
                trips := {self._next(trip): trip for trip in went.filter(returned_at__isnull=True).order_by("-pk")}
            ):
                return
            at, trip = min(trips.items(), key=lambda each: each[0])
            self.year.run(at)
            trip.refresh_from_db()
            if self._next(trip) > at:  # they are late, as somebody has said meanwhile
                continue
            if trip.departed_at is None:
                self.must(self.office, "records the departure", lambda t=trip.code: offices.depart(self.office, t))
                self._away(trip, (trip.leaves_on - self.opened).days)
                seams.while_away(self, trip)
            else:
                self.home_on = max(self.home_on, trip.home_on)
                self.must(
                    self.office, "records the return", lambda t=trip: offices.come_home(self.office, t.code, t.home_on)
                )

    def _next(self, trip: Trip) -> dt.datetime:
        """When this group leaves, or comes home."""
        day, hour = (trip.home_on, 20) if trip.departed_at else (trip.leaves_on, 9)
        return self.on((day - self.opened).days, hour)

    def _away(self, trip: Trip, away: int) -> None:
        group = set(Placement.objects.active().filter(trip=trip).values_list("application__student__email", flat=True))
        for student in [each for each in self.students if each.address in group]:
            said = student.random.choices(["safe", "help", "", *seams.TEXTS], [6, 1, 1, *[1] * len(seams.TEXTS)])[0]
            self.year.plan_act(self.on(away + 3, 12), student, "looks at the card", lambda s=student: self.wander(s, 3))
            self.year.plan_act(
                self.on(away + 4, 2, 10 + student.random.randrange(40)),
                student,
                "says whether they're safe",
                lambda s=student, a=said: seams.say_whether_safe(s, a),
            )
        self.year.plan_act(
            self.on(away + 4, 2),
            self.second,
            "asks whether all are safe",
            lambda: offices.ask_whether_safe(self.second),
        )
        self.year.plan_act(
            self.on(away + 4, 4),
            self.second,
            "calls the roll beside a colleague",
            lambda: seams.call_the_roll(self.second, self.office, trip.code),
        )
        self.year.plan_act(
            self.on(away + 4, 9),
            self.second,
            "looks at the check-in",
            lambda: self.wander(self.second.go("/check-ins/"), 3),
        )

    def afterward(self) -> None:
        days = (self.home_on - self.opened).days
        for student in self.students:
            for after in (2, 15, 95):
                at = self.on(days + after + student.random.randrange(5), 19)
                self.year.plan_act(at, student, "looks back", lambda s=student: self.wander(s, 4))
        self.year.run(self.on(days + 100))
        self.year.calendar.every = max(self.plan.every, 5)
        for after in (120, 300, 365):
            self.year.plan_act(
                self.on(days + after), self.office, "looks at the day", lambda: self.wander(self.office, 4)
            )
            self.year.plan_act(
                self.on(days + after, 11), self.director, "looks at the figures", lambda: self._figures(3)
            )
        self.year.run(self.on(days + 366))

    def _figures(self, steps: int) -> None:
        """As the worker has just counted them."""
        refresh_now.apply(throw=True)
        self.wander(self.director, steps)

    # --- Looking around -----------------------------------------------------------------------------------------------

    def wander(self, person: Person, steps: int) -> None:
        """From their first page on, one link after the other."""
        person.go({"student": "/journey/", "director": "/outcomes/"}.get(person.role, "/"))
        for _ in range(steps):
            ways = [each for each in person.page.links() if not offices.NO_WAY.match(each)]
            if not ways:
                return
            person.go(person.random.choice(ways))
            if person.page.kind != "text/html":
                person.go("/")

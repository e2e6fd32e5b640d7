"""A year from an empty office to the report a year later, played by people, and looked at after every act."""

import copy
import datetime as dt
import heapq
import itertools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from applications.base.rubrics import forget_rubrics
from applications.base.sections import forget_sections
from exchange.base import home
from exchange.wording import own
from tests.year import invariants
from tests.year.calendar import Calendar
from tests.year.pages import Broken, Form, Page, Person, close, view_of
from tests.year.plan import Plan

# Addresses that a year leaves alone: of the demo's own bar, and what ends a session.
# What is sent there is a row of its own, beside what others send.
NEW_EACH_TIME = ("travel:check-in-start",)
STAFF = ("coordinator", "advisor", "owner", "director")
CHANGES = re.compile(r"\b[2-9BCDFGHJKMNPQRSTVWXYZ]{8}\b|\d+|[a-z.]+@[a-z.]+")  # in what is found twice
NOT_TRIED = re.compile(r"^/(demo|language|account/(?!edit)\w+|admin|static|styleguide|status)\b")


class Over(Exception):  # noqa: N818 -- no error: what the year was played for has happened
    """The finding that the plan ends with."""


@dataclass
class Finding:
    """Something that didn't hold. `act`: after how many acts; `page`: what lay open."""

    rule: str
    says: str
    act: int
    after: str
    page: str = ""
    times: int = 1


@dataclass(order=True)
class Due:
    at: dt.datetime
    number: int
    who: Person = field(compare=False)
    what: str = field(compare=False)
    do: Callable[[], Any] = field(compare=False)


@dataclass
class Year:
    plan: Plan
    calendar: Calendar
    acts: list[str] = field(default_factory=list)
    planned: list[str] = field(default_factory=list)  # of the acts, those that a year can go without
    findings: dict[str, Finding] = field(default_factory=dict)
    tried: Counter[tuple[str, ...]] = field(default_factory=Counter)
    opened: Counter[str] = field(default_factory=Counter)
    counted: dict[str, tuple[str, str]] = field(default_factory=dict)  # what a link's number counts: (number, page)
    agenda: list[Due] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    numbers: Any = field(default_factory=itertools.count)
    looked_at: dt.datetime = field(default_factory=timezone.now)

    def __post_init__(self) -> None:
        self.random = Random(f"{self.plan.seed} checks")
        self.calendar.failed = lambda task, error: self.find("every task comes to an end", f"{task}: {error!r}")

    # --- People and what they do --------------------------------------------------------------------------------------

    def person(self, name: str, role: str, address: str, about: str = "") -> Person:
        """`about`: the address of somebody about whom they may know more, as a referee does."""
        random = Random(f"{self.plan.seed} {name}")
        twice = 0.1 if role == "student" else 0.0
        person = Person(name, role, random, address, check=self.look, about=about, twice=twice)
        person.client.raise_request_exception = False
        self.people.append(person)
        return person

    def plan_act(self, at: dt.datetime, who: Person, what: str, do: Callable[[], Any]) -> None:
        heapq.heappush(self.agenda, Due(at, next(self.numbers), who, what, do))

    def run(self, until: dt.datetime | None = None) -> None:
        """What's on the agenda, in order, with the days between."""
        while self.agenda and (until is None or self.agenda[0].at <= until):
            due = heapq.heappop(self.agenda)
            self._pass(due.at)
            line = _line(due.at, due.who, due.what)
            if line not in self.plan.without:
                self.planned.append(line)
                self.act(due.who, due.what, due.do, due.at)
        if until is not None:
            self._pass(until)

    def _pass(self, moment: dt.datetime) -> None:
        if moment > timezone.now():
            self.counted.clear()
            self.calendar.go_to(moment)
            self.look_at_rows()

    def act(self, who: Person, what: str, do: Callable[[], Any], at: dt.datetime | None = None) -> Any:
        """Does it, notes what broke, and looks at all that must hold. A person who can't go on leaves it."""
        self.acts.append(_line(at or timezone.now(), who, what))
        self.counted.clear()
        chance, who.random = who.random, self._chance(at, who, what)
        self.random = self._chance(at, who, what)
        try:
            return do()
        except Broken as broken:
            self.find(broken.rule, broken.says, broken.page)
        finally:
            who.random = chance
            self.look_at_rows()

    def _chance(self, at: dt.datetime | None, who: Person, what: str) -> Random:
        """An act's own, so that it goes the same way when others are left out."""
        return Random(f"{self.plan.seed} {at} {who.name} {what}")

    def find(self, rule: str, says: str, page: str = "") -> None:
        key = f"{rule}: {CHANGES.sub('…', says)}"
        if key in self.findings:
            self.findings[key].times += 1
        else:
            self.findings[key] = Finding(rule, says, len(self.acts), self.acts[-1] if self.acts else "", page)
        if key == self.plan.ends_with:
            raise Over

    # --- Looking ------------------------------------------------------------------------------------------------------

    def look_at_rows(self) -> None:
        for rule in invariants.RULES:
            for says in rule(self.looked_at):
                self.find(rule.__doc__.split("\n")[0], says)
        self.looked_at = timezone.now()

    def look(self, person: Person, page: Page) -> None:
        """A page that a person has opened: its sentences, its numbers, and where it leads."""
        self.opened[page.view] += 1
        for rule in invariants.RulesOfPages:
            for says in rule(person, page):
                self.find(rule.__doc__.split("\n")[0], f"{page.view}: {says}", page.text)
        self._count(person, page)
        for each in page.document.xpath("//a[@href='']"):
            self.find(
                "every link leads somewhere", f"{page.view}: “{each.text_content().strip()}” leads nowhere", page.text
            )
        own = set(page.links(page.main))
        for address in page.links():
            self._try_link(person, page, address, page.view if address in own else "around")
        for form in page.forms():
            if form.method == "post" and person.is_of_page(form):
                self._try_buttons(person, page, form)
                self._try_two(person, page, form)

    def _is_tried(self, *key: str) -> bool:
        """Whether to try it now: the first two times, and now and then."""
        self.tried[key] += 1
        return self.tried[key] <= self.plan.tries or self.random.random() < self.plan.again

    def _try_link(self, person: Person, page: Page, address: str, part: str) -> None:
        """`part`: the view, or that it stands around the pages of all views."""
        if NOT_TRIED.match(address) or not self._is_tried(person.role, part, view_of(address) or address):
            return
        answer = person.client.get(address)
        hops = 0
        while answer.status_code in (301, 302, 303) and answer["Location"].startswith("/") and hops < 5:
            answer = person.client.get(answer["Location"])
            hops += 1
        self.opened[view_of(address)] += 1
        close(answer)
        if answer.status_code >= 400:
            self.find(
                "every link leads somewhere",
                f"{_answer(person, answer, address)}, from {page.view}",
                page.text,
            )
        elif page.counts.get(address) is not None:
            shown = Page.of(address, answer).rows
            if shown is not None and shown != page.counts[address]:
                self.find(
                    "a number and the list that it leads to agree",
                    f"{page.counts[address]} at {page.view}, {shown} at {address}",
                    page.text,
                )

    def _count(self, person: Person, page: Page) -> None:
        """Two pages that count the same rows for the same person, with nothing done in between, say the same."""
        for address, number in page.counts.items():
            key = f"{person.name} {person.posts} {address}"
            before = self.counted.setdefault(key, (number, page.view))
            if before[0] != number:
                self.find(
                    "two pages say the same number", f"{address}: {before[0]} at {before[1]}, {number} at {page.view}"
                )

    def _try_buttons(self, person: Person, page: Page, form: Form) -> None:
        """Presses each button as if, and takes it back: it must do something or say why not."""
        for button in form.buttons():
            address = page.absolute(button.get("formaction") or form.action)
            key = f"{button.get('name', '')}={button.get('value', '')[:12]}"
            is_get = (button.get("formmethod") or "post").lower() == "get"
            if is_get or NOT_TRIED.match(address) or not self._is_tried(person.role, page.view, view_of(address), key):
                continue
            data = form.filled(self.random, {})
            if button.get("name"):
                data[button.get("name")] = button.get("value", "")
            (answer,) = self._as_if(person, address, data)
            if answer.status_code >= 400:
                self.find(
                    "every button does something",
                    f"{_answer(person, answer, address)}, {key}, from {page.view}",
                    page.text,
                )

    def _try_two(self, person: Person, page: Page, form: Form) -> None:
        """Two people who have the same form open: the second sees what the first saved before it is replaced."""
        before = form.said_before()
        if person.role not in STAFF or before is None or page.view in NEW_EACH_TIME:
            return
        if not self._is_tried("two", page.view, view_of(form.action)):
            return
        field, others = before
        first, second = (form.filled(self.random, {field: other}) for other in others)
        button = next((each for each in form.buttons() if each.get("name")), None)
        for data in (first, second) if button is not None else ():
            data[button.get("name")] = button.get("value", "")
        answers = self._as_if(person, form.action, first, second)
        if all(300 <= answer.status_code < 400 for answer in answers):
            self.find("a later save never replaces what somebody else saved", f"{page.view}: {field}", page.text)

    def _as_if(self, person: Person, address: str, *sent: dict[str, Any]) -> list[Any]:
        cookies = copy.deepcopy(person.client.cookies)
        with transaction.atomic():
            answers = [person.client.post(address, data) for data in sent]
            transaction.set_rollback(True)
        person.client.cookies = cookies
        forget_what_is_kept()
        return answers


def forget_what_is_kept() -> None:
    """What a process remembers between requests, after an act that was taken back."""
    cache.clear()
    forget_sections()
    forget_rubrics()
    home.forget()
    own.forget()


def _line(at: dt.datetime, who: Person, what: str) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M} {who.name}: {what}"


def _answer(person: Person, answer: Any, address: str) -> str:
    error = getattr(answer, "exc_info", None)
    why = f" ({error[0].__name__}: {error[1]})"[:200] if error else ""
    return f"{person.role}: {answer.status_code} at {view_of(address)}{why}"

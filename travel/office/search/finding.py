"""One search over everyone whom someone of staff may see, and over the pages below the header: students by their
applications, their recommenders, people with a role, who waits on the interest list."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from django.db.models.functions import Lower
from django.urls import reverse

from applications.base.searching import interest_called, letters_called, newest_of_each
from applications.models import Application, Cycle, Interest, Recommendation
from exchange.base import roles
from exchange.base.folded_text import folded
from exchange.base.sections import Page, sections_of
from exchange.models import Invitation, User
from exchange.people.roles import who
from exchange.people.searching import words_of

MOST = 20  # of each: who sees more than that types another word
NAMES_MOST = 20_000  # the newest, among which a mistyped name is looked for
CLOSE = 0.75  # of difflib: one wrong letter of four, two of eight


@dataclass(frozen=True, slots=True)
class FoundPage:
    """`section`: under which entry of the header it hangs."""

    label: str
    section: str
    href: str


@dataclass(slots=True)
class Found:
    """`students`: the newest application of each, by name. `invited`: nobody has accepted them yet. `letters`: by their
    recommender. `has_more`: there are more than the MOST that are shown. `meant`: where nothing was found, words like
    the typed ones."""

    students: list[Application] = field(default_factory=list)
    letters: list[Recommendation] = field(default_factory=list)
    people: list[User] = field(default_factory=list)
    invited: list[Invitation] = field(default_factory=list)
    interested: list[Interest] = field(default_factory=list)
    has_more: bool = False
    pages: list[FoundPage] = field(default_factory=list)
    meant: str = ""

    def cut(self) -> None:
        """What is shown, of lists that have one more than MOST."""
        lists: tuple[list[Any], ...] = (self.students, self.letters, self.people, self.invited, self.interested)
        self.has_more = any(len(rows) > MOST for rows in lists)
        for rows in lists:
            del rows[MOST:]

    @property
    def is_empty(self) -> bool:
        lists = (self.students, self.letters, self.people, self.invited, self.interested, self.pages)
        return not any(lists)

    @property
    def only(self) -> str:
        """The address of the one that was found; "" if it isn't one."""
        pages = [each.href for each in self.pages[:2]]
        pages += [each.get_absolute_url() for each in self.students[:2]]
        pages += [reverse("person-detail", args=[each.code]) for each in self.people[:2]]
        pages += [each.get_absolute_url() for each in self.invited[:2]]
        pages += [letter_href(each) for each in self.letters[:2]]
        pages += [interest_href(each) for each in self.interested[:2]]
        return pages[0] if len(pages) == 1 else ""


def letter_href(letter: Recommendation) -> str:
    """The student's application, where the office can write to the recommender again."""
    return f"{letter.application.get_absolute_url()}#letter"


def interest_href(person: Interest) -> str:
    """The list with this address alone."""
    return f"{reverse('applications:interest-list')}?{urlencode({'q': person.address})}"


def find(typed: str, user: User) -> Found:
    """Six queries, two more where nothing is found. Whoever looks finds their own roles, but no application of their
    own, nor letters for it."""
    found = Found()
    if typed and (roles.is_coordinator(user) or roles.is_advisor(user)):
        seen = Application.objects.visible_to(user).exclude(student=user)
        found.students = newest_of_each(seen, typed, user, MOST + 1)
        found.letters = _letters(typed, user)
    if typed and roles.looks_after_accounts(user):
        filters = who.Filters(q=typed)
        found.people = list(who.active(filters).order_by("full_name", "pk")[: MOST + 1])
        found.invited = list(who.invited(user, filters).order_by("name", "email")[: MOST + 1])
    if typed and roles.is_coordinator(user):
        waiting = interest_called(typed, Interest.objects.visible_to(user))
        # not in the order of an index: along it, the database would walk from address to address until it meets a few
        found.interested = list(waiting.order_by(Lower("email"), "phone")[: MOST + 1])
    found.cut()
    found.pages = pages_called(typed, user) if typed else []
    if typed and found.is_empty:
        found.meant = _meant(typed, user)
    return found


def _meant(typed: str, user: User) -> str:
    """The typed words, and for each that is in no word of a name or page that this person may find, the closest one
    that does; "" if there's none."""
    names: list[Any] = []
    if roles.is_coordinator(user) or roles.is_advisor(user):
        newest = Application.objects.visible_to(user).exclude(student=user).order_by("-pk")
        names += newest.values_list("student__full_name", flat=True)[:NAMES_MOST]
    if roles.looks_after_accounts(user):
        names += who.active(who.Filters()).values_list("full_name", flat=True)[:NAMES_MOST]
    names += [f"{page.label} {page.also}".replace(",", " ") for each in sections_of(user) for page in each.pages]
    known = set(chain.from_iterable(folded(name).split() for name in names if name))
    meant = [_closest(word, known) for word in words_of(typed)]
    return " ".join(meant) if all(meant) and meant != words_of(typed) else ""


def _closest(word: str, known: set[str]) -> str:
    if any(word in each for each in known):
        return word
    close = get_close_matches(word, known, n=3, cutoff=CLOSE)
    return min(close, key=lambda each: (each[0] != word[0], close.index(each))) if close else ""


def pages_called(typed: str, user: User) -> list[FoundPage]:
    """Pages of whose name, or other words for it, some begin with each word that was typed. At most one query."""
    wanted = folded(typed).split()
    there = [(section, page) for section in sections_of(user) for page in section.pages if _fits(page, wanted)]
    code = _cycle_code() if any(page.of_cycle for _section, page in there) else ""
    return [
        FoundPage(str(page.label), str(section.label), reverse(page.name, args=[code] if page.of_cycle else []))
        for section, page in there
        if code or not page.of_cycle
    ]


def _fits(page: Page, wanted: list[str]) -> bool:
    words = folded(f"{page.label} {page.also}").replace(",", " ").split()
    return all(any(word.startswith(part) for word in words) for part in wanted if len(part) > 1) and any(
        len(part) > 1 for part in wanted
    )


def _cycle_code() -> str:
    found = Cycle.objects.public().at_hand()
    return found.code if found else ""


def _letters(typed: str, user: User) -> list[Recommendation]:
    """Of applications that were submitted: before that, the office doesn't see whom a student has in mind."""
    seen = Recommendation.objects.visible_to(user).filter(application__submitted_at__isnull=False)
    rows = letters_called(typed, seen).select_related("application__student", "application__cycle")
    return list(rows.order_by("referee_name", "application__student__full_name", "pk")[: MOST + 1])

"""Whether a number that leads to a list is the number of its rows, on the pages that somebody's first page leads to."""

from collections import defaultdict, deque
from types import SimpleNamespace
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import resolve
from lxml import html

from tests.year.invariants import figures_are_counted

PAGES = 2  # of one address: the others differ in whom they are about
DEEP = 2  # links away from the person's first page
# what leads to a page whose rows are other things, with what they are
OTHER_ROWS = {
    "travel:check-in-list": "check-ins, in which people are missing",
    "applications:selection-offers": "offers and open spots, each with its number at its own heading",
    "travel:partner-list": "cities, whose agreements end",
    "applications:review-list": "of the office: readers, who have applications to read",
}


class Looker:
    """Somebody who opens what their pages lead to. `rows`: by address, what its list says it has."""

    def __init__(self, person):
        self.client, self.pages, self.seen = Client(), {}, {}
        self.client.force_login(person)

    def page(self, address):
        address = address.split("#")[0]
        if address not in self.pages:
            answer = self.client.get(address, follow=True)
            is_page = answer.status_code == 200 and "text/html" in answer["Content-Type"]
            self.pages[address] = html.document_fromstring(answer.content.decode()) if is_page else None
        return self.pages[address]

    def rows(self, address):
        """None: it's no list, or says nothing of its rows, as one without any does."""
        return next((int(each.get("data-rows")) for each in self.page(address).xpath("//*[@data-rows]")), None)

    def walk(self):
        """(address, document) of what can be reached, a few of each kind."""
        waits = deque([("/", 0)])
        while waits:
            address, depth = waits.popleft()
            if address in self.pages or (document := self.page(address)) is None:
                continue
            yield address, document
            for each in document.xpath("//a[@href]") if depth < DEEP else ():
                to = urljoin(address, each.get("href")).split("#")[0]
                if to.startswith("/") and self.is_wanted(to):
                    waits.append((to, depth + 1))

    def is_wanted(self, address):
        view = view_of(address)
        self.seen.setdefault(view, set()).add(address)
        return not view.startswith(("admin", "styleguide", "demo")) and len(self.seen[view]) <= PAGES


def view_of(address):
    return resolve(urlsplit(address).path).view_name


def numbers_of(person):
    """(what is wrong, or "") of each number that leads to a list."""
    looker = Looker(person)
    for address, document in list(looker.walk()):
        for link in document.xpath("//a[@data-counts][not(starts-with(@href, '#'))]"):
            count, to = int(link.get("data-counts")), urljoin(address, link.get("href"))
            if view_of(to) not in OTHER_ROWS:
                rows = looker.rows(to)
                is_right = rows == count or (rows is None and not count)
                yield "" if is_right else f"{address} says {count} of {to}, which has {rows}"


def said_by_pages(people):
    """(value -> addresses) of each figure that pages of these people say, by its name and what it's about."""
    found = defaultdict(lambda: defaultdict(set))
    for person in people:
        for address, document in list(Looker(person).walk()):
            for each in document.xpath("//*[@data-figure]"):
                value = each.get("data-from"), each.get("data-to")
                found[each.get("data-figure")][value].add(view_of(address))
            wrong = list(figures_are_counted(person, SimpleNamespace(document=document)))
            assert not wrong, (address, wrong)
    return found

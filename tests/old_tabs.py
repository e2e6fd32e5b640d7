"""What a tab that was left open still does to what somebody else has done since.

Two people have one page open. The first presses a button; the second, whose page is as it was before, presses one of
theirs. It mustn't change what the first has just written, nor do what the page, opened again, no longer offers; and
whoever presses the same button after a colleague isn't told that it was theirs that did it. Everything is tried and
taken back.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from django.contrib.messages import SUCCESS
from django.db import connection, transaction
from lxml import html

from exchange.base import writes
from exchange.web.notices import BEFORE
from tests.year.pages import Form, Page, view_of

# rows that say who looked at what, who was here, and what a process calculates: no act of a person
BESIDE = {"django_session", "exchange_accessrecord", "usersessions_usersession", "exchange_job"}
# rows that are only added
ADDED = {"exchange_event", "exchange_message"}
# What a second person may change unseen, by column
OF_NO_ONE = {
    "order": "one place up or down from where it is now: nothing is lost, and everyone sees the order",
    "rubric_mark": "that the rubric has changed, once more",
}
# Buttons that act on what somebody else has done meanwhile, by address, with the reason
ON_PURPOSE = {
    "applications:appeal-detail": "an answer is one more act, and the task that it ends was about it",
    "applications:cycle-setup-delete": "asks first, and a cycle that anybody applied in can't be deleted",
    "applications:cycle-setup-question-remove": "asks first; only test applications can have an answer to it",
    "applications:cycle-setup-rule-remove": "asks first, and what it removes is on the page",
    "applications:cycle-setup-sample-move": "one place up or down, as above: the label has its place",
    "applications:cycle-setup-sample-remove": "asks first, and a sample that anybody has scored can't be removed",
    "applications:cycle-setup-test": "a test application of one's own",
    "invitation-send-again": "the same link once more; the page says when it was sent last",
    "person-end-sessions": "signing somebody out twice is signing them out",
    "saved-view-save": "a view of one's own",
    "travel:check-in-note": "a log of what people heard: no word is refused, and all stand with their names",
    "travel:group-message-call-off": "stopping a message is the safe side, and its author reads who did",
    "travel:office-calendar-make": "an address of one's own",
    "travel:packing-leave-out": "one thing of the list, by its name; the weather chooses among the others",
    "travel:roll-call": "taps of several phones, merged by what each had seen (docs/adr/0023)",
    "travel:trip-change-new": "a preview: nothing moves until it's applied, and one that was discarded can't be",
}
ROWS_MOST = 4000

type Rows = dict[tuple[str, Any], dict[str, str]]
type Cells = dict[tuple[str, Any, str], str | None]


@dataclass(frozen=True, slots=True)
class Press:
    """A button of a page. `key`: where it leads, what it's called and sends; `hidden`: what its form sends besides."""

    form: Form
    button: html.HtmlElement
    address: str
    key: tuple[Any, ...]
    hidden: frozenset[tuple[str, str]]

    @property
    def view(self) -> str:
        return view_of(self.address)

    @property
    def kind(self) -> tuple[str, ...]:
        """The same for two rows of one list."""
        return (self.view, self.button.get("name") or "", (self.button.get("value") or "")[:12])

    def data(self, of: int = 1) -> dict[str, Any]:
        """What the first or the second person sends, who choose other days and options where they choose."""
        data = self.form.filled(Random(of), {})  # noqa: S311 -- guards nothing
        if name := self.button.get("name"):
            data[name] = self.button.get("value", "")
        return data

    def sent(self, passing: set[str]) -> tuple[Any, ...]:
        return (*self.key, frozenset(each for each in self.hidden if each[0] not in passing))


def presses_of(page: Page) -> Iterator[Press]:
    """The buttons of the page's own part that send something."""
    for form in page.forms():
        if form.element.getparent() is None or all(each.tag != "main" for each in form.element.iterancestors()):
            continue
        hidden = frozenset(
            (each.get("name"), each.get("value", ""))
            for each in form.controls()
            if each.get("type") == "hidden" and each.get("name") != "csrfmiddlewaretoken"
        )
        for button in form.buttons():
            if (button.get("formmethod") or form.method).lower() == "post":
                address = page.absolute(button.get("formaction") or form.action)
                label = " ".join(button.text_content().split()) + (button.get("aria-label") or "")
                yield Press(form, button, address, (address, button.get("name"), button.get("value"), label), hidden)


def acts_of_old_tabs(first: Any, second: Any, address: str, is_tried: Callable[[Page, Press], bool]) -> Iterator[str]:
    """What the second person's tab does after each press of the first that is tried, in words."""
    page, theirs, again = (opened(client, address) for client in (first, second, second))
    if page is None or theirs is None or again is None:
        return
    before, after = ({each for press in presses_of(tab) for each in press.hidden} for tab in (theirs, again))
    passing = {name for name, _value in before - after}  # another moment each time
    old = [each for each in presses_of(theirs) if each.view not in ON_PURPOSE]
    for press in presses_of(page):
        if not old or press.view in ON_PURPOSE or not is_tried(page, press):
            continue
        with transaction.atomic():
            tables, claims = _posted(first, press)
            transaction.set_rollback(True)
        if not tables - ADDED:
            continue
        was = rows_of(tables - ADDED)
        with transaction.atomic():
            _posted(first, press)
            now = rows_of(tables - ADDED)
            new = opened(second, address)
            left = {each.sent(passing) for each in presses_of(new)} if new else set()
            for each in old:
                is_gone = each.sent(passing) not in left
                yield from _does(second, press, each, changed(was, now), now, is_gone=is_gone)
                if each.key == press.key:
                    yield from _claims(second, each, claims)
            transaction.set_rollback(True)


def _does(client: Any, press: Press, each: Press, done: Cells, now: Rows, *, is_gone: bool) -> Iterator[str]:
    if each.key == press.key and any("seen" in name for name, _value in each.hidden):
        return  # the same values, saved a second time
    tables = {table for table, _key, _name in done}
    with transaction.atomic():
        then, _said = _posted(client, each, of=2)
        cells = changed(now, rows_of(tables) if then & tables else now)
        transaction.set_rollback(True)
    replaced = {(table, name) for table, key, name in cells if (table, key, name) in done and name not in OF_NO_ONE}
    if replaced:
        yield f"{each.key} replaces {sorted(replaced)[:4]} of {press.key}"
    elif is_gone and {name for _table, _key, name in cells} - OF_NO_ONE.keys():
        yield f"{each.key} still acts after {press.key}, which took it away"


def _claims(client: Any, each: Press, first: set[str]) -> Iterator[str]:
    with transaction.atomic():
        tables, claims = _posted(client, each)
        transaction.set_rollback(True)
    if not tables and claims & first:
        yield f"{each.key} claims {sorted(claims & first)} a second time, and changed nothing"


def _posted(client: Any, press: Press, of: int = 1) -> tuple[set[str], set[str]]:
    """The tables that it wrote to, none if it was refused or only gave out a file; and what it says was done."""
    with written() as tables:
        answer = client.post(press.address, press.data(of))
    if answer.status_code >= 400 or "Content-Disposition" in answer.headers:
        return set(), set()
    said = answer.wsgi_request._messages._queued_messages  # without those of earlier answers
    claims = {each.message for each in said if each.level == SUCCESS} - {str(BEFORE)}
    return tables, claims


@contextmanager
def written() -> Iterator[set[str]]:
    """The tables in which statements changed rows."""
    with writes.written(connection) as tables:
        yield tables
    tables -= BESIDE


def opened(client: Any, address: str) -> Page | None:
    answer = client.get(address)
    if answer.streaming:
        list(answer.streaming_content)  # reading to the end closes the file
        return None
    return Page.of(address, answer) if answer.status_code == 200 else None


def rows_of(tables: Iterable[str]) -> Rows:
    found: Rows = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1 DESC LIMIT {ROWS_MOST}')  # noqa: S608 -- our own table
            names = [each[0] for each in cursor.description]
            for row in cursor.fetchall():
                found[table, row[0]] = {name: str(value) for name, value in zip(names, row, strict=True)}
    return found


def changed(was: Rows, now: Rows) -> Cells:
    """Each cell that differs, as it is now; None if its row is gone."""
    cells: Cells = {}
    for key in was.keys() | now.keys():
        before, after = was.get(key, {}), now.get(key)
        for name in before.keys() | (after or {}).keys():
            if after is None:
                cells[*key, name] = None
            elif before.get(name) != after[name]:
                cells[*key, name] = after[name]
    return cells

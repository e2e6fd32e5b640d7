"""A person with a phone: a browser of their own, in which every page is checked as it opens.

Elements are found by address and by the names of their fields, because words differ between languages.
"""

import io
import re
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response
from pypdf import PdfReader

from exchange.models import Message, User
from tests.services import wait_until

SIZE = {"width": 360, "height": 740}
WAIT = 10_000  # milliseconds
SEND = 'button.ex-button[type="submit"]:not([name="choose"])'
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
    "preload": False,  # it would request the imported parts of the style sheet at wrong addresses
}
# closed details are checked too, except the rubric: readers work with its folding
UNFOLD = """() => {
  for (const part of document.querySelectorAll("main details:not([data-rubric])")) part.open = true;
}"""
# elements that overflow to the right, unless inside a box that scrolls
TOO_WIDE = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const scrolls = (element) => getComputedStyle(element).overflowX !== "visible";
  const inside = (element) => {
    for (let up = element.parentElement; up && up !== document.body; up = up.parentElement)
      if (scrolls(up)) return true;
    return false;
  };
  const wide = [...document.body.querySelectorAll("*")].filter(
    (element) => element.getBoundingClientRect().right > root.clientWidth + 1 && !inside(element));
  return [`${root.scrollWidth} px`, ...wide.slice(-3).map((element) => `${element.localName}.${element.className}`)];
}"""


def nothing_is_asked() -> bool:
    """Whether no other database connection is active: truncating its tables would be a deadlock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        return cursor.fetchone() == (0,)


class Phones:
    """The browsers of everybody in one journey. Leaving the block fails with all problems found, page by page."""

    def __init__(self, browser: Browser, site: str, language: str, scheme: str = "light", size=SIZE) -> None:
        self.browser, self.site, self.language, self.scheme, self.size = browser, site, language, scheme, size
        self.problems: dict[str, list[str]] = {}
        self.read: dict[str, str] = {}  # text of all pages, by the name of their address
        self.opened: list[Phone] = []
        self.moved: Phone  # the one that opened a page last

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        found = "\n".join(f"{page}\n  " + "\n  ".join(lines) for page, lines in self.problems.items())
        if error is not None:
            error.add_note(f"The page:\n{self.moved.place()}\nWrong until then:\n{found or 'nothing'}")
        for phone in self.opened:
            phone.page.context.close()
        wait_until(nothing_is_asked, "the server to be done with what the browsers had asked for")
        if error is None and found:
            pytest.fail(found, pytrace=False)

    def open(self, user: User | None = None, language: str = "", script: bool = True) -> "Phone":
        """A browser in the language of the journey, or another one; signed in if a user is given."""
        locale = {"en": "en-US", "es": "es-US"}[language or self.language]
        context = self.browser.new_context(
            viewport=self.size,
            locale=locale,
            color_scheme=self.scheme,
            reduced_motion="reduce",  # a stamp in the middle of fading in has too little contrast
            java_script_enabled=script,
        )
        context.set_default_timeout(WAIT)
        if user:
            client = Client()
            client.force_login(user)
            cookie = client.cookies["sessionid"]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.site}])
        phone = Phone(self, context.new_page(), language or self.language, script)
        self.opened.append(phone)
        self.moved = phone
        return phone

    def expect(self, words: dict[str, str]) -> None:
        """Words that a page of each address must have shown by now."""
        for view, said in words.items():
            if said.casefold() not in self.read.get(view, ""):
                self.note(view, f"never said “{said}”")

    def note(self, page: str, problem: str) -> None:
        """Remembers a problem, each one once."""
        lines = self.problems.setdefault(page, [])
        if problem not in lines:
            lines.append(problem)


class Phone:
    def __init__(self, phones: Phones, page: Page, language: str, script: bool) -> None:
        self.phones, self.page, self.language, self.script = phones, page, language, script
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.note(f"script error: {error}"))
        page.on("response", self._receive)

    # --- Location -------------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def view(self) -> str:
        """The name of the current URL, such as travel:journey."""
        try:
            return resolve(self.path).view_name
        except Resolver404:
            return self.path

    def place(self) -> str:
        return f"{self.page.url}: {self.page.title()}\n{self.text()[:600]}"

    def text(self) -> str:
        return self.page.locator("body").inner_text()

    def note(self, problem: str) -> None:
        self.phones.note(f"{self.view} ({self.language}, {self.phones.scheme})", problem)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":  # a violated CSP is reported here, too
            self.note(f"console: {message.text}")

    def _receive(self, response: Response) -> None:
        if response.status >= 400:
            self.note(f"answer {response.status}: {urlsplit(response.url).path}")

    # --- Navigation -----------------------------------------------------------------------------------

    def go(self, path: str) -> Self:
        self.page.goto(self.phones.site + path)
        return self.look()

    def follow(self, address: str) -> Self:
        """Clicks the first link whose address matches, such as '^="/offers/"' or '$="/decide/"'."""
        return self.leave(self.page.locator(f"a[href{address}]"))

    def leave(self, target: Locator) -> Self:
        """Clicks what opens another page."""
        with self.page.expect_navigation():
            target.first.click()
        return self.look()

    def fill(self, **values: Any) -> Self:
        """Fills in fields by name: text, the value of an option, a list of values, True for a checkbox without a value,
        or a file in Playwright's format.
        """
        for name, value in values.items():
            fields = self.page.locator(f'main [name="{name}"]')
            if isinstance(value, dict):
                fields.set_input_files(value)
                if self.script:  # it is uploaded at once, and the page says when it is received
                    self.page.locator("[data-upload-state=kept]").first.wait_for()
            elif self.page.locator(f'main select[name="{name}"]').count():
                fields.select_option(value)
            elif value is True:
                fields.check()
            elif fields.first.get_attribute("type") in ("radio", "checkbox"):
                for each in [value] if isinstance(value, str) else value:
                    self.page.locator(f'main [name="{name}"][value="{each}"]').check()
            else:
                fields.fill(str(value))
        return self

    def send(self, form: str = "main form", button: str = SEND, **values: Any) -> Self:
        """Fills in a form and presses its first button, or the one named."""
        self.fill(**values)
        return self.leave(self.page.locator(f"{form} {button}"))

    def pdf(self, address: str) -> PdfReader:
        """The document behind the first link whose address matches."""
        address = self.page.locator(f"a[href{address}]").first.get_attribute("href")
        asked = {"Accept-Language": self.language}
        answer = self.page.context.request.get(self.phones.site + address, headers=asked)
        assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
        return PdfReader(io.BytesIO(answer.body()))

    # --- Checking -------------------------------------------------------------------------------------

    def look(self) -> Self:
        """Checks everything that must be right on any page."""
        page, self.phones.moved = self.page, self
        page.evaluate("document.fonts.ready.then(() => null)")  # sizes are those of the page's own letters
        if (language := page.locator("html").get_attribute("lang")) != self.language:
            self.note(f"html lang is {language}")
        if (count := page.locator("h1").count()) != 1:
            self.note(f"{count} h1")
        page.evaluate(UNFOLD)
        self.phones.read[self.view] = self.phones.read.get(self.view, "") + self.text().casefold()
        if wide := page.evaluate(TOO_WIDE):
            self.note(f"scrolls sideways: {', '.join(wide)}")
        if not self.script:
            return self  # axe is a script, too
        for rule in Axe().run(page, options=RULES).response["violations"]:
            for node in rule["nodes"][:4]:
                self.note(f"axe {rule['id']}: {' '.join(map(str, node['target']))}: {_why(node)}")
        return self


def _why(node: dict[str, Any]) -> str:
    checks = [*node["any"], *node["all"], *node["none"]]
    return " ".join(check["message"] for check in checks[:2]).replace("\n", " ")[:300]


def message_to(address: str, template: str) -> Message:
    """The newest message of a template to an address; it must have been sent."""
    message = Message.objects.filter(address=address, template=template).first()
    assert message is not None, f"no {template} to {address}"
    assert message.sent_at is not None, message.error
    return message


def words_of(document: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in document.pages).split())


def link_in(message: Message, site: str) -> str:
    """The path of the message's first link to the portal."""
    found = re.search(rf"{re.escape(site)}(/\S+)", message.body)
    assert found, message.body
    return found[1]

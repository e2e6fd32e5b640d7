"""A person and what they have open: pages as a browser without scripts shows them, filled in and sent by pressing."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self
from urllib.parse import urldefrag, urljoin, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import timezone
from lxml import html

from exchange.models import User
from tests.applications import upload_samples
from tests.signing import code_for

SITE = "http://testserver"
WORDS = "I would bring back what I learn and tell it at my college, in my own words and at some length."
TYPED = ("text", "search", "email", "tel", "number", "date", "time", "datetime-local", "url", "textarea")
SKIPPED = ("submit", "button", "reset", "image")


class Broken(AssertionError):
    """What must hold doesn't. `page`: its text, if the page shows it."""

    def __init__(self, rule: str, says: str, page: str = "") -> None:
        super().__init__(f"{rule}: {says}")
        self.rule, self.says, self.page = rule, says, page


def close(response: HttpResponseBase) -> None:
    """Closes the file behind it, and leaves the database connection open, as the test client does."""
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)


def view_of(path: str) -> str:
    """The name of the address, such as travel:journey; empty if it isn't one of ours."""
    try:
        return resolve(urlsplit(path).path).view_name
    except Resolver404:
        return ""


@dataclass
class Form:
    """One form of a page. `fields`: its controls by name, in order."""

    element: html.HtmlElement
    page: "Page"

    @property
    def method(self) -> str:
        return (self.element.get("method") or "get").lower()

    @property
    def action(self) -> str:
        return self.page.absolute(self.element.get("action") or self.page.address)

    def controls(self) -> list[html.HtmlElement]:
        own = [each for each in self.element.iter("input", "select", "textarea") if not each.get("form")]
        if name := self.element.get("id"):
            own += self.page.document.xpath(
                "//*[self::input or self::select or self::textarea][@form=$name]", name=name
            )
        return [each for each in own if each.get("name") and each.get("disabled") is None]

    def buttons(self) -> list[html.HtmlElement]:
        own = [each for each in self.element.iter("button") if not each.get("form")]
        if name := self.element.get("id"):
            own += self.page.document.xpath("//button[@form=$name]", name=name)
        return [each for each in own if (each.get("type") or "submit") == "submit"]

    def names(self) -> set[str]:
        return {each.get("name") for each in self.controls()}

    def said_before(self) -> tuple[str, tuple[str, str]] | None:
        """A field in which somebody said something before, and two other things to say in it, if there's one."""
        for control in self.controls():
            kind = "text" if control.tag == "textarea" else (control.get("type") or "text").lower()
            said = control.text_content() if control.tag == "textarea" else control.get("value", "")
            if control.tag != "select" and kind == "text" and len(said.strip()) > 3 and control.get("readonly") is None:
                return control.get("name"), ("First words", "Second words")
            if kind == "radio" and control.get("checked") is not None:
                group = [each.get("value") for each in self.controls() if each.get("name") == control.get("name")]
                if other := next((each for each in group if each != said), None):
                    return control.get("name"), (other, said)
        return None

    def is_optional(self, control: html.HtmlElement) -> bool:
        """Whether the page says that this may stay empty."""
        labels = self.page.document.xpath("//label[@for=$id]", id=control.get("id") or "-")
        return any("(optional)" in each.text_content() for each in labels)

    def filled(self, random: Random, values: dict[str, Any]) -> dict[str, Any]:
        """What a browser would send, once somebody filled in what is empty with what could be meant."""
        data: dict[str, Any] = {}
        groups: dict[str, list[html.HtmlElement]] = {}
        for control in self.controls():
            groups.setdefault(control.get("name"), []).append(control)
        for name, controls in groups.items():
            sent = values[name] if name in values else _meant(name, controls, random, self.is_optional(controls[0]))
            # a browser sends an empty hidden field too: that a page showed nothing says something
            if sent not in (None, [], "") or sent == "" and controls[0].get("type") == "hidden":
                data[name] = sent
        return data


def _meant(name: str, controls: list[html.HtmlElement], random: Random, is_optional: bool) -> Any:
    first = controls[0]
    if first.tag == "select":
        return _chosen(first, random)
    kind = "textarea" if first.tag == "textarea" else (first.get("type") or "text").lower()
    if kind in ("radio", "checkbox"):
        ticked = [each.get("value", "on") for each in controls if each.get("checked") is not None]
        is_asked = kind == "radio" or any(each.get("required") is not None for each in controls)
        if not ticked and is_asked:
            ticked = [random.choice([each.get("value", "on") for each in controls])]
        return ticked if kind == "checkbox" else (ticked or [None])[0]
    if kind == "file":
        return SimpleUploadedFile("classes.pdf", upload_samples.pdf(), content_type="application/pdf")
    now = first.text_content().lstrip("\n") if kind == "textarea" else first.get("value", "")
    return _typed(name, kind, first, random) if kind in TYPED and not now and not is_optional else now


def _chosen(select: html.HtmlElement, random: Random) -> Any:
    options = [each for each in select.iter("option") if each.get("disabled") is None]
    chosen = [each.get("value", each.text_content()) for each in options if each.get("selected") is not None]
    there = [value for each in options if (value := each.get("value", each.text_content()))]
    if any(chosen) or not there:
        return chosen if select.get("multiple") is not None else (chosen or [None])[0]
    is_asked = any(each.text_content().strip().startswith("-") for each in options)  # "- Select an option -"
    return random.choice(there) if is_asked else None


def _typed(name: str, kind: str, control: html.HtmlElement, random: Random) -> str:
    if kind == "email" or "email" in name:
        return f"someone{random.randrange(10**6)}@example.com"
    if kind == "tel" or "phone" in name:
        return f"+1 213 555 01{random.randrange(100):02}"
    if kind == "number" or control.get("inputmode") == "numeric":
        return str(max(int(float(control.get("min") or 1)), 1))
    if kind == "date":
        return (timezone.localdate() + dt.timedelta(days=random.randrange(3, 20))).isoformat()
    if kind == "time":
        return "10:30"
    if kind == "search":
        return ""
    return WORDS[: int(control.get("maxlength") or 200)]


@dataclass
class Page:
    """A page as it lies open. `figures`: what each figure of the markup says, by what it measures."""

    address: str
    status: int
    kind: str
    document: html.HtmlElement

    @classmethod
    def of(cls, address: str, response: Any) -> Self:
        kind = response.headers.get("Content-Type", "").split(";")[0]
        content = b"" if response.streaming else response.content
        close(response)
        is_page = kind == "text/html" and content.strip()
        return cls(address, response.status_code, kind, html.fromstring(content) if is_page else html.Element("html"))

    @property
    def view(self) -> str:
        return view_of(self.address)

    @property
    def main(self) -> html.HtmlElement:
        return next(iter(self.document.iter("main")), self.document)

    @property
    def text(self) -> str:
        return " ".join(self.main.text_content().split())

    def absolute(self, address: str) -> str:
        return urldefrag(urljoin(SITE + self.address, address)).url.removeprefix(SITE)

    def links(self, part: html.HtmlElement | None = None) -> Iterator[str]:
        """The addresses of ours to which links lead, each once; of the page or a part of it."""
        found = dict.fromkeys(
            self.absolute(each.get("href"))
            for each in (self.document if part is None else part).iter("a")
            if not each.get("href", "#").startswith("#")
        )
        return (each for each in found if each.startswith("/"))

    def forms(self) -> list[Form]:
        return [Form(each, self) for each in self.document.iter("form")]

    @property
    def errors(self) -> str:
        """What the page says is wrong with what was sent."""
        return " ".join(" ".join(each.text_content().split()) for each in self.document.find_class("ex-error-summary"))

    @property
    def counts(self) -> dict[str, str]:
        """What each number on the page counts, by the address of the list that it leads to; not by parts of a page."""
        return {
            self.absolute(each.get("href")): each.get("data-counts")
            for each in self.document.xpath("//a[@data-counts][not(contains(@href, '#'))]")
        }

    @property
    def rows(self) -> str | None:
        """How many rows a list says that it has, on all its pages."""
        return next((each.get("data-rows") for each in self.document.xpath("//*[@data-rows]")), None)


@dataclass
class Person:
    """Somebody with a browser. `name`: who they are in the list of acts; `clicks`: pages asked for, by role."""

    name: str
    role: str
    random: Random
    address: str
    check: Callable[["Person", Page], None] = lambda person, page: None
    client: Client = field(init=False)
    page: Page = field(init=False)
    clicks: Counter[str] = field(default_factory=Counter)
    surname: str = "Okafor"
    about: str = ""
    twice: float = 0.0  # how often they press a button twice
    sent: tuple[str, dict[str, Any]] | None = None  # the last form, to press again from a tab left open
    signed_in: int = 0  # how often
    posts: int = 0  # forms sent

    def __post_init__(self) -> None:
        network = "10." + ".".join(str(self.random.randrange(1, 250)) for _ in range(3))
        self.client = Client(REMOTE_ADDR=network, HTTP_ACCEPT_LANGUAGE="en")

    def go(self, path: str) -> Self:
        """Opens an address, as from the bar or a bookmark, and looks at what's there."""
        self._see(path, self.client.get(path))
        if self.page.view == "account_login" and self.address and path != self.page.address:
            self.sign_in(path)
        if self.page.view == "account_reauthenticate" and path != self.page.address:
            self.prove()
        return self

    def sign_in(self, path: str) -> None:
        """With a code, where they are; afterwards the page that they had asked for opens. From the third time on it
        goes without saying.
        """
        self.signed_in += 1
        if self.signed_in > 2:
            self.client.force_login(User.objects.get(email=self.address))
            self._see(path, self.client.get(path))
            return
        self.send("/account/login/", login=self.address)
        self.send(code=code_for(self.address))

    def follow(self, pattern: str) -> Self:
        """Presses the first link whose address has this pattern."""
        for address in self.page.links():
            if re.search(pattern, address):
                self.clicks[view_of(address)] += 1
                return self.go(address)
        raise Broken(
            "a link that people need is there", f"{self.name} finds no {pattern} at {self.page.address}", self.page.text
        )

    def form(self, action: str = "", *names: str) -> Form:
        """The first form whose address has this pattern and that asks for all these names."""
        for form in self.page.forms():
            if (
                form.method == "post"
                and self.is_of_page(form)
                and set(names) <= form.names()
                and (re.search(action, form.action))
            ):
                return form
        raise Broken(
            "a form that people need is there",
            f"{self.name} finds none for {action or names} at {self.page.address}",
            self.page.text,
        )

    def is_of_page(self, form: Form) -> bool:
        return form.element.getparent() is not None and any(each.tag == "main" for each in form.element.iterancestors())

    def has(self, action: str) -> bool:
        return any(form.method == "post" and re.search(action, form.action) for form in self.page.forms())

    def send(self, action: str = "", *, press: str = "", **values: Any) -> Self:
        """Fills in a form and presses its first button, or the one named `press` ("act=lock")."""
        self.try_form(self.form(action, *(name for name, value in values.items() if value is not None)), press, values)
        if self.page.errors:
            raise Broken(
                "what was filled in with sense is taken", f"{self.name} at {self.page.address}: {self.page.errors}"
            )
        return self

    def try_form(self, form: Form, press: str = "", values: dict[str, Any] | None = None) -> Self:
        data = form.filled(self.random, values or {})
        buttons = form.buttons()
        if press:
            name, _, value = press.partition("=")
            buttons = [each for each in buttons if (each.get("name"), each.get("value", "")) == (name, value)]
            if not buttons:
                raise Broken(
                    "a button that people need is there", f"{self.name}: {press} at {self.page.address}", self.page.text
                )
        if buttons and buttons[0].get("name"):
            data[buttons[0].get("name")] = buttons[0].get("value", "")
        address = form.action
        if buttons and buttons[0].get("formaction"):
            address = self.page.absolute(buttons[0].get("formaction"))
        self.clicks[view_of(address)] += 1
        if form.method != "post":
            return self._see(address, self.client.get(address, data))
        self._post(address, data)
        is_asked = self.page.view == "account_reauthenticate" and view_of(address) != self.page.view
        return self.prove() if is_asked else self

    def prove(self) -> Self:
        """That it's them, by a code; what they had sent is then done, or its page opens."""
        self.try_form(self.form("/reauthenticate/"))
        return self.send(code=code_for(self.address))

    def _post(self, address: str, data: dict[str, Any]) -> Self:
        self.posts += 1
        answer = self.client.post(address, data)
        if not any(isinstance(each, SimpleUploadedFile) for each in data.values()):
            self.sent = (address, data)
            if self.random.random() < self.twice:
                answer = self._again() or answer
        return self._see(address, answer)

    def _again(self) -> Any:
        """The same press once more, before the answer to the first came, or from an old tab: nothing may fail."""
        address, data = self.sent
        answer = self.client.post(address, data)
        if answer.status_code >= 500:
            raise Broken("pressing twice harms nothing", f"{self.name}: {answer.status_code} at {view_of(address)}")
        return answer if answer.status_code < 400 else None

    def use_an_old_tab(self) -> None:
        if self.sent:
            self._again()

    def _see(self, address: str, response: Any) -> Self:
        hops = 0
        while response.status_code in (301, 302, 303, 307):
            address = urldefrag(urljoin(SITE + address, response["Location"])).url.removeprefix(SITE)
            if not address.startswith("/"):
                break
            response = self.client.get(address)
            hops += 1
            if hops > 10:
                raise Broken("no page sends people in a circle", f"{self.name}: {address}")
        self.page = Page.of(address, response)
        if response.status_code >= 400:
            raise Broken(
                "every page that people are led to answers",
                f"{self.name}: {response.status_code} at {address}",
                self.page.text,
            )
        self.check(self, self.page)
        return self

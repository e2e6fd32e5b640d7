"""The pages, letters and sentences of code that the office may write, made of passages as messages are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.template import Engine, Template, TemplateDoesNotExist
from django.utils import translation

from exchange.wording import places, sentences
from exchange.wording.own import Key
from exchange.wording.passages import Passage, Unit, as_passage, units
from exchange.wording.places import Place
from exchange.wording.tags import Paragraph, Sentence

PART = "page"
SLOT = re.compile(r"%\((\w+)\)s")
MARKUP = frozenset("<>&")  # a text with markup of its own stays the portal's: the office's is escaped


@dataclass(frozen=True)
class Page:
    """A page, a letter or a group of sentences whose words the office may write. `app` is the group of the list."""

    place: Place

    @property
    def name(self) -> str:
        return self.place.name

    @property
    def app(self) -> str:
        return self.name.partition("/")[0]

    @property
    def event(self) -> str:
        return self.name.partition("/")[2]

    frame = app
    is_frame = False
    text = ()

    @property
    def title(self) -> str:
        return self.place.title(translation.get_language())

    @cached_property
    def of_templates(self) -> dict[str, list[Passage]]:
        return {name: list(_in_template(name)) for name in self.place.templates}

    def passages(self) -> list[Passage]:
        if self.place.module:
            return list(_in_code(self.place))
        return list({each.key: each for found in self.of_templates.values() for each in found}.values())

    def whole(self) -> list[Passage]:
        return self.passages()

    def groups(self) -> dict[str, list[Passage]]:
        return {PART: self.passages()}


def parsed(name: str) -> Template:
    """The template as it is written, with no tag written out."""
    engine = Engine.get_default()
    loader: Any = engine.template_loaders[0]
    for origin in loader.get_template_sources(name):
        try:
            return Template(origin.loader.get_contents(origin), origin, name, engine)
        except TemplateDoesNotExist:
            continue
    raise TemplateDoesNotExist(name)


def _in_template(name: str) -> Iterator[Passage]:
    nodes: Any = parsed(name).nodelist
    found: dict[Key, Passage] = {}
    for node in nodes.get_nodes_by_type((Sentence, Paragraph)):
        passage = as_passage(node)
        if passage and not any(MARKUP & set(text) for text in passage.shipped()):
            found.setdefault(passage.key, passage)
    yield from found.values()


def _in_code(place: Place) -> Iterator[Passage]:
    for context, source, several in sentences.in_module(place.module):
        names = dict.fromkeys(SLOT.findall(source + several))
        yield Passage(place.name, context, source, several, tuple((name, name) for name in names))


@cache
def pages() -> dict[str, Page]:
    return {name: Page(place) for name, place in places.places().items()}


@cache
def everything() -> dict[str, Unit | Page]:
    """All that the office may write, by name."""
    return {**units(), **pages()}


@cache
def used_in() -> dict[Key, tuple[str, ...]]:
    """By passage, the names of the messages and pages that say it."""
    found: dict[Key, list[str]] = {}
    for unit in everything().values():
        for passage in unit.passages():
            found.setdefault(passage.key, []).append(unit.name)
    return {key: tuple(names) for key, names in found.items()}


def in_place(place: str) -> list[Passage]:
    """The passages that stand in one template or group of sentences; none if there is no such place now."""
    return list(_by_place().get(place, ()))


@cache
def _by_place() -> dict[str, list[Passage]]:
    found: dict[str, list[Passage]] = {}
    for passage in {each.key: each for unit in everything().values() for each in unit.passages()}.values():
        found.setdefault(passage.place, []).append(passage)
    return found

"""What the office may reword: the texts of messages, and those of pages, letters and code that `places` lists.

Read from the Spanish catalog, which names the files of each text, so nothing has to be listed twice.
"""

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from django.conf import settings
from django.utils import translation

from exchange.wording import places
from exchange.wording.own import PLACEHOLDER, Key
from exchange.wording.places import MESSAGES

FRAMES = ("to_student", "to_staff", "to_guest", "to_account")
FRAME = "frames"  # the group of the frames around messages
OF_FRAMES = frozenset(f"{MESSAGES}{name}.txt" for name in (*FRAMES, "to_referee", "frame"))
SLOT = re.compile(r"%\((\w+)\)s")
MARKUP = frozenset("<>&")  # a text with markup of its own stays the portal's
FIELD = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr\[\d\]|msgstr) ((?:".*"\n?)+)', re.MULTILINE)
PARTIAL = re.compile(r"{% partialdef (\w+) %}(.*?){% endpartialdef %}", re.DOTALL)
INCLUDED = re.compile(r'{% (?:include|extends) "([^"]+)"')


@dataclass(frozen=True)
class Text:
    """`source`: as in the catalog. `several`: its plural. `files`: where the portal says it."""

    context: str
    source: str
    several: str
    spanish: tuple[str, str]
    files: tuple[str, ...]

    @property
    def key(self) -> Key:
        return self.context, self.source

    @cached_property
    def code(self) -> str:
        """Its name in addresses and forms."""
        return hashlib.sha256("\0".join(self.key).encode()).hexdigest()[:12]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Its placeholders, in their order."""
        return tuple(dict.fromkeys(SLOT.findall(self.source + self.several)))

    @cached_property
    def shipped(self) -> tuple[str, str, str, str]:
        """The portal's own text: in English, of several, in Spanish, of several."""
        one, several, one_es, several_es = (_readable(text) for text in (self.source, self.several, *self.spanish))
        return one, several, one_es, several_es


def _readable(text: str) -> str:
    """With {name} in place of the catalog's %(name)s."""
    return SLOT.sub(r"{\1}", text).replace("%%", "%")


def names_in(text: str) -> frozenset[str]:
    return frozenset(PLACEHOLDER.findall(text))


# --- The catalog ----------------------------------------------------------------------------------------


@cache
def texts() -> dict[Key, Text]:
    """All that the office may reword, in the order of the catalog."""
    wanted = {file for files in _files_of_places().values() for file in files} | set(_files_of_messages())
    catalog = (Path(settings.LOCALE_PATHS[0]) / "es/LC_MESSAGES/django.po").read_text()
    found = (_text(entry, wanted) for entry in catalog.split("\n\n"))
    return {text.key: text for text in found if text}


def _text(entry: str, wanted: set[str]) -> Text | None:
    named = [name for line in entry.splitlines() if line.startswith("#: ") for name in line[3:].split()]
    if not wanted.intersection(named):
        return None
    given = {name: "".join(map(ast.literal_eval, lines.splitlines())) for name, lines in FIELD.findall(entry)}
    spanish = given.get("msgstr[0]", given.get("msgstr", "")), given.get("msgstr[1]", "")
    text = Text(given.get("msgctxt", ""), given["msgid"], given.get("msgid_plural", ""), spanish, tuple(named))
    return None if any(MARKUP & set(each) for each in text.shipped) else text


def _template(name: str) -> str:
    return f"templates/{name}"


@cache
def _files_of_places() -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(map(_template, place.templates)) or (f"{place.module.replace('.', '/')}.py",)
        for name, place in places.places().items()
    }


@cache
def _files_of_messages() -> tuple[str, ...]:
    folder = settings.BASE_DIR / "templates" / MESSAGES
    return tuple(sorted(str(path.relative_to(settings.BASE_DIR)) for path in folder.rglob("*.txt")))


# --- Messages and pages ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unit:
    """A message, a frame around messages, or a place. `to`: who gets it, or the group of places."""

    name: str
    to: str
    parts: dict[str, list[Text]]
    place: places.Place | None = None

    @property
    def app(self) -> str:
        return self.name.partition("/")[0]

    @property
    def event(self) -> str:
        return self.name.partition("/")[2]

    @property
    def is_frame(self) -> bool:
        return self.app == FRAME

    @property
    def title(self) -> str:
        """Of a place; empty for a message, whose title is its subject."""
        return self.place.title(translation.get_language()) if self.place else ""

    @property
    def is_letter(self) -> bool:
        return self.place is not None and self.app == "letters"

    @cached_property
    def texts(self) -> list[Text]:
        return list({text.key: text for part in self.parts.values() for text in part}.values())


@cache
def units() -> dict[str, Unit]:
    """By name: places by their groups, then messages and frames."""
    found = [
        Unit(name, name.partition("/")[0], {"page": _in(files)}, places.places()[name])
        for name, files in _files_of_places().items()
    ]
    folder = settings.BASE_DIR / "templates" / MESSAGES
    for path in sorted(folder.glob("*/[!_]*.txt")):
        name = str(path.relative_to(folder)).removesuffix(".txt")
        files = list(_with_parts(f"{MESSAGES}{name}.txt"))
        to = next((each for each in FRAMES if f"{MESSAGES}{each}.txt" in files), FRAMES[-1])
        found.append(Unit(name, to, _by_part([_template(file) for file in files if file not in OF_FRAMES])))
    for name in FRAMES:
        body = _in(map(_template, _with_parts(f"{MESSAGES}{name}.txt")))
        found.append(Unit(f"{FRAME}/{name}", name, {"body": body}))
    return {unit.name: unit for unit in found}


def _by_part(files: list[str]) -> dict[str, list[Text]]:
    """The texts of a message's file by the part that says them; its body says those of the files that it includes."""
    message, *included = files
    source = (settings.BASE_DIR / message).read_text()
    sources = {"subject": "", "body": PARTIAL.sub("", source), "text": ""} | dict(PARTIAL.findall(source))
    own = [text for text in texts().values() if message in text.files]
    parts = {part: _sorted([text for text in own if _says(said, text)], said) for part, said in sources.items()}
    body = {text.key: text for text in (*parts["body"], *_in(included))}
    return parts | {"body": list(body.values())}


def _says(source: str, text: Text) -> bool:
    """Whether a tag of this template has exactly this text."""
    words = _flat(SLOT.sub(r"{{ \1 }}", text.source).replace("%%", "%"))
    return f'"{words}"' in source or f"%}}{words}{{%" in _flat(source)


def _with_parts(name: str) -> Iterator[str]:
    """A template, and those that it includes or extends; none if there is no such file."""
    path = settings.BASE_DIR / _template(name)
    if path.exists():
        yield name
        for part in INCLUDED.findall(path.read_text()):
            yield from _with_parts(part)


def _in(files: Iterable[str]) -> list[Text]:
    """The texts that these files say, in their order."""
    found: dict[Key, Text] = {}
    for file in files:
        here = [text for text in texts().values() if file in text.files]
        found |= {text.key: text for text in _sorted(here, (settings.BASE_DIR / file).read_text())}
    return list(found.values())


def _flat(source: str) -> str:
    """On one line, without blanks beside tags."""
    return " ".join(source.split()).replace("%} ", "%}").replace(" {%", "{%")


def _sorted(found: list[Text], source: str) -> list[Text]:
    line = _flat(source)
    return sorted(found, key=lambda text: _position(text, line))


def _position(text: Text, source: str) -> int:
    """Where its first words stand; what code writes in parts comes last."""
    begins = re.split(r"%\(|\n", text.source.replace("%%", "%"))[0].strip()
    place = source.find(begins) if begins else -1
    return place if place >= 0 else len(source)

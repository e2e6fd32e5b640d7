"""Reads docs/operations.md: what to do about each alarm. The operations page leads to its sections.

A section is a heading of the second level. Those about alarms begin with a line `Alarms:` and their names; the first
name is the section's address on the page.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

FILE = settings.BASE_DIR / "docs/operations.md"
NAMES = re.compile(r"^Alarms: (.+)$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
MARKS = re.compile(r"\*\*|(?<!\w)\*|\*(?!\w)")  # bold and italics


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    is_code: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or lines to type."""

    text: str
    is_code: bool

    @property
    def pieces(self) -> list[Piece]:
        """Of a paragraph: each second one stood between backticks."""
        parts = enumerate(CODE.split(self.text))
        return [Piece(part, True) if at % 2 else Piece(MARKS.sub("", part), False) for at, part in parts if part]


@dataclass(frozen=True, slots=True)
class Section:
    """`names`: alarms, of parts (`Part.name`) and of deploy/alerts.yml."""

    title: str
    names: tuple[str, ...]
    blocks: tuple[Block, ...]

    @property
    def id(self) -> str:
        return self.names[0]


def sections() -> list[Section]:
    """Those about alarms."""
    parts = re.split(r"^## ", FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return [_section(part) for part in parts if NAMES.search(part)]


def addresses() -> dict[str, str]:
    """By alarm: the id of its section."""
    return {name: section.id for section in sections() for name in section.names}


def _section(text: str) -> Section:
    title, _line, body = text.partition("\n")
    names = NAMES.search(body)
    return Section(
        title.strip(),
        tuple(CODE.findall(names[1])) if names else (),
        tuple(_blocks(NAMES.sub("", body))),
    )


def _blocks(body: str) -> Iterator[Block]:
    """Paragraphs and fenced blocks, in order."""
    for number, part in enumerate(re.split(r"^```\w*\n", body, flags=re.MULTILINE)):
        if number % 2:
            yield Block(part.rstrip("\n"), True)
        else:
            yield from (Block(each.strip(), False) for each in part.split("\n\n") if each.strip())

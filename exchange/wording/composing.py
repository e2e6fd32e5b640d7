"""A message put together from its passages with made-up values, case by case, as it would be sent."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from django.utils import translation

from exchange.messages.outbox import PLAIN_MARKS, tidy
from exchange.wording import samples
from exchange.wording.own import Words, fill
from exchange.wording.passages import OF_FRAMES, Call, Choice, Fixed, InLanguage, Link, Part, Passage, Said, Unit, Value

LANGUAGES = ("en", "es")
CASES_SHOWN = 10
type Say = Callable[[Passage], Words]


@dataclass(frozen=True, slots=True)
class Case:
    """Which branch each choice takes. `count`: the number where a passage counts."""

    branches: Mapping[Choice, int] = field(default_factory=dict)
    count: int = samples.COUNT

    def branch_of(self, choice: Choice, language: str) -> tuple[Part, ...]:
        if choice.of_language:
            return choice.branches[0 if language == choice.of_language else 1]
        return choice.branches[self.branches.get(choice, choice.usual)]


@dataclass(frozen=True, slots=True)
class Composed:
    """An email in one language, and its text message if there is one. Both as they would arrive."""

    language: str
    subject: str
    body: str
    text: str


def compose(unit: Unit, say: Say, language: str, number: int = 0) -> Composed:
    """The message in the case of this number."""
    cases = (_cases(parts, is_frame=unit.is_frame) for parts in (unit.subject, unit.body, unit.text))
    subject, body, text = (
        _text(parts, each[min(number, len(each) - 1)], say, language)
        for parts, each in zip((unit.subject, unit.body, unit.text), cases, strict=True)
    )
    return Composed(language, " ".join(subject.split()), tidy(body), " ".join(text.split()).translate(PLAIN_MARKS))


def how_many(unit: Unit) -> int:
    """How many cases show each passage at least once."""
    return min(
        CASES_SHOWN, max(len(_cases(parts, is_frame=unit.is_frame)) for parts in (unit.subject, unit.body, unit.text))
    )


def _text(parts: Iterable[Part], case: Case, say: Say, language: str) -> str:
    with translation.override(language):
        return "".join(_one(part, case, say, language) for part in parts)


def _one(part: Part, case: Case, say: Say, language: str) -> str:
    match part:
        case Fixed(text):
            return text
        case Value(expression):
            return samples.around(expression)
        case Call(node):
            return str(node.func())
        case Link():
            return samples.link()
        case Said(passage):
            values = {name: _value(name, expression, case) for name, expression in passage.names}
            return fill(say(passage).text(language, case.count), values)
        case Choice():
            return _text(case.branch_of(part, language), case, say, language)
        case InLanguage(other, parts):
            return _text(parts, case, say, other)


def _value(name: str, expression: str, case: Case) -> str:
    return str(case.count) if name == "count" else samples.of(name, expression)


def _cases(parts: tuple[Part, ...], *, is_frame: bool) -> list[Case]:
    """So many that every passage is said in one of them; of a message, without those of the frame around it."""
    found, said = [Case()], set(_said(parts, Case()))
    for passage, branches in _paths(parts, {}):
        if passage not in said and (is_frame or passage.place not in OF_FRAMES):
            found.append(Case(branches))
            said |= set(_said(parts, found[-1]))
    if any(passage.several for passage in said):
        found.append(Case(count=1))
    return found


def _said(parts: Iterable[Part], case: Case) -> Iterator[Passage]:
    for part in parts:
        if isinstance(part, Said):
            yield part.passage
        elif isinstance(part, InLanguage):
            yield from _said(part.parts, case)
        elif isinstance(part, Choice):
            yield from _said(case.branch_of(part, LANGUAGES[0]), case)


def _paths(parts: Iterable[Part], taken: Mapping[Choice, int]) -> Iterator[tuple[Passage, Mapping[Choice, int]]]:
    """Every passage with the choices that lead to it."""
    for part in parts:
        if isinstance(part, Said):
            yield part.passage, taken
        elif isinstance(part, InLanguage):
            yield from _paths(part.parts, taken)
        elif isinstance(part, Choice):
            for number, branch in enumerate(part.branches):
                yield from _paths(branch, {**taken, part: number} if not part.of_language else taken)


# --- What a text message costs ------------------------------------------------------------------------

# The GSM alphabet of text messages: any other character makes every character of the message cost two bytes.
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = frozenset("^{}\\[~]|€\f")  # these take two places each


def segments(text: str) -> int:
    """The number of parts in which a network sends the text; each part costs money."""
    if set(text) <= GSM | GSM_TWICE:
        length, alone, joined = len(text) + sum(char in GSM_TWICE for char in text), 160, 153
    else:
        length, alone, joined = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= alone else -(-length // joined)


def dear(text: str) -> list[str]:
    """The characters that double a text message's price."""
    return sorted(set(text) - GSM - GSM_TWICE)


def differences(old: str, new: str) -> list[tuple[str, str]]:
    """Word by word: ("same" | "gone" | "new", words)."""
    before, after = (re.findall(r"\S+\s*", text) for text in (old, new))
    found: list[tuple[str, str]] = []
    for what, first, last, begin, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(("same", "".join(before[first:last])))
            continue
        found += [("gone", "".join(before[first:last]))] if last > first else []
        found += [("new", "".join(after[begin:end]))] if end > begin else []
    return found

"""Texts of people who try to say where they study, for measuring masking. Pure Python; the same for every run.

The sentences are in evasions.toml, which also says what the two halves are.
"""

import random
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EVASIONS = Path(__file__).resolve().parent / "evasions.toml"
COUNT = 1000
SEED = 35
SPANISH_EVERY = 3  # one text in three is in Spanish
TWO_EVERY = 2  # one text in two has a second try
DESCRIBED_EVERY = 25  # one text in so many names nothing at all
LOWER_EVERY = 8  # one in so many is typed without capitals, where the words still tell without them
NAMED = ("short", "street", "place", "spelled")
_BRACKETS = re.compile(r"\[(.+?)\]")


@dataclass(frozen=True, slots=True)
class Evasive:
    """`is_new`: made from entries by which no list or rule was completed. `is_named`: it has a name, which a list or a
    rule could cover."""

    key: str
    text: str
    giveaways: tuple[str, ...]
    is_new: bool
    is_named: bool


def texts(count: int = COUNT) -> list[Evasive]:
    content, source = tomllib.loads(EVASIONS.read_text()), random.Random(SEED)  # noqa: S311 -- nothing secret
    made: dict[str, Evasive] = {}
    while len(made) < count:
        one = _text(len(made), content, source)
        made.setdefault(one.text, one)
    return list(made.values())


def innocent() -> list[str]:
    content = tomllib.loads(EVASIONS.read_text())["around"]
    return [*content["sentences"], *content["oraciones"]]


def _text(place: int, content: Mapping[str, Any], source: random.Random) -> Evasive:
    is_new, is_spanish = bool(place % 2), place // 2 % SPANISH_EVERY == 0
    is_named = place // 2 % DESCRIBED_EVERY != 0
    kinds = [source.choice(NAMED) for _one in range(1 + (place // 2 % TWO_EVERY))] if is_named else ["described"]
    tries = [_try(content[kind], is_new, is_spanish, source) for kind in kinds]
    giveaways = tuple(dict.fromkeys(words for _sentence, words in tries))
    around = list(_around(content["around"]["oraciones" if is_spanish else "sentences"], giveaways))
    before, after = source.sample(around, 2)
    text = " ".join([before, *(sentence for sentence, _words in tries), after])
    return Evasive(f"{place:04}", text, giveaways, is_new, is_named)


def _try(lists: Mapping[str, Sequence[str]], is_new: bool, is_spanish: bool, source: random.Random) -> tuple[str, str]:
    """A sentence, and the words in it that must not be readable."""
    sentence = source.choice(lists["intentos" if is_spanish else "tries"][is_new::2])
    if found := _BRACKETS.search(sentence):
        return _BRACKETS.sub(r"\1", sentence), found.group(1)
    words = source.choice(lists["words"][is_new::2])
    is_lower = source.randrange(LOWER_EVERY) == 0 and (" " in words or len(words) > 7)  # noqa: PLR2004
    words = words.lower() if is_lower else words
    return sentence.replace("{}", words), words


def _around(sentences: Sequence[str], giveaways: Sequence[str]) -> Iterator[str]:
    """Those that don't have one of the words themselves."""
    for sentence in sentences:
        if not any(re.search(rf"(?<!\w){re.escape(words)}(?!\w)", sentence) for words in giveaways):
            yield sentence

"""Finds words that tell where somebody studies: nicknames of colleges, and places, streets and schools near them.

Pure Python. The words are rows (`CollegeClue`), loaded from the reference folder and edited by the office. They are
found whatever their case, accents, spaces, hyphens and dots: "LACC", "L.A.C.C." and "lacc" are the same, and so are
"Boyle Heights", "boyle-heights" and "BoyleHeights's".

A clue that is also an everyday word ("Union", "Commerce") counts with a capital only; a street of that kind also needs
a sign that it is a street: "on Union", "Union and Eighth". A short name ("West") needs words around it that make it a
college (`short_names`).

The grammar around a clue stays readable: of "at West", "the 405" and "al Valle", only the last word is covered.
Otherwise the missing word would tell which clue it was.

Source: domain reference 4.2 (blind reading: redact free text).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from applications.base.folding import fold
from applications.reading.short_names import is_short_name


class Kind(StrEnum):
    NICKNAME = "nickname"
    SHORT = "short"  # a word that is a college only with the words around it: "the West crew"
    PLACE = "place"
    STREET = "street"
    SCHOOL = "school"
    LINE = "line"
    EXCEPT = "except"  # contains the name of a college, and means something else


@dataclass(frozen=True, slots=True)
class Clue:
    """`is_also_word`: everyday words, which count with a capital only."""

    kind: Kind
    text: str
    is_also_word: bool = False

    def __hash__(self) -> int:  # of hundreds for each file that is read: not of every field
        return hash(self.text)


@dataclass(frozen=True, slots=True)
class Found:
    """A clue in a text: the positions of its first character and behind its last."""

    start: int
    end: int
    kind: Kind
    is_also_word: bool = False


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str
    key: str


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A clue as words. `leads`: how many of the first stay readable. `is_spelled`: two of its words are the letters of
    an abbreviation, so all are capitals."""

    words: tuple[str, ...]
    clue: Clue
    leads: int = 0
    is_spelled: bool = False


type Index = Mapping[str, list[_Phrase]]
JOINED_MIN = 8  # letters of a clue that is also found without its spaces
NAME_JOINED_MIN = 6  # the same for a name of a college
SPELLED_MAX = 6  # letters of an abbreviation
APART_MIN, APART_MAX = 3, 14  # letters of a word that is also found letter by letter: "P i e r c e"
_LEADS = frozenset("a al at by de del el en in la las los near of off on the".split())
_DISGUISES = str.maketrans("0134578", "oleastb")  # "Va11ey"
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_GAP = re.compile(r"[\s.,\-/&]{1,3}")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.\s?){2,}")
_CROSSING = re.compile(r"\s*(?:,?\s(?:and|y|con|con la|y la)\s|&|/)\s*")
_ON = re.compile(
    r"\b(?:on|onto|off|at|down(?: to)?|along|past|by|near|cross|crossing|across|between|up|(?:corner|end|side|part) of"
    r"|(?:block|blocks|minutes|steps) from|sobre|la|en|por|cerca de|esquina (?:de|con))\s+$",
    re.I,
)
_MORE_OF_A_NAME = re.compile(r"[\s\-][A-Z]")  # "to Central America" is no street
_OTHER_STREET = (
    r"(?:(?!(?:I|He|She|We|They|It|You|My|Her|His|Our|Their|The|A|Then|When)\b)[A-Z][\w'’]+|\d{1,3}(?:st|nd|rd|th)?)"
)
_CROSSED_AFTER = re.compile(_CROSSING.pattern + _OTHER_STREET + r"(?![\w])")
_CROSSED_BEFORE = re.compile(r"(?<![\w])" + _OTHER_STREET + _CROSSING.pattern + r"$")


def find(folded: str, clues: Sequence[Clue]) -> list[Found]:
    """Every clue in the text (without accents, see `fold`), except those within an exception."""
    return find_indexed(folded, index_of(tuple(clues)))


def find_indexed(folded: str, index: Index) -> list[Found]:
    """`find` in one of many texts, with `index_of` the clues: to look that up takes as long as a paragraph."""
    matches = list(_matches(folded, index))
    excepted = [each for each in matches if each.kind is Kind.EXCEPT]
    clear = [
        each
        for each in matches
        if each.kind is not Kind.EXCEPT and not any(one.start <= each.start and each.end <= one.end for one in excepted)
    ]
    streets = [each for each in clear if each.kind is Kind.STREET]
    crossed = _crossings(folded, streets)
    sound = [each for each in streets if not each.is_also_word or each in crossed or _is_on(folded, each)]
    return [*(each for each in clear if each.kind is not Kind.STREET), *(_whole(folded, each) for each in sound)]


def is_excepted(folded: str, start: int, end: int, clues: Sequence[Clue]) -> bool:
    """Whether these characters are a part of an exception."""
    found = (each for each in _matches(folded, index_of(tuple(clues))) if each.kind is Kind.EXCEPT)
    return any(each.start <= start and end <= each.end for each in found)


def _matches(folded: str, index: Index) -> Iterator[Found]:
    words = [_Word(*match.span(), match.group(), _key(match.group())) for match in _WORD.finditer(folded)]
    for place, word in enumerate(words):
        for phrase in index.get(word.key, ()):
            run = words[place : place + len(phrase.words)]
            if _is(run, phrase, folded):
                end = run[-1].start + len(_bare(run[-1].text))
                if phrase.clue.kind is not Kind.SHORT or is_short_name(folded, word.start, end):
                    yield Found(run[phrase.leads].start, end, phrase.clue.kind, phrase.clue.is_also_word)
        yield from _apart(words[place : place + APART_MAX], folded, index)


def _apart(words: Sequence[_Word], folded: str, index: Index) -> Iterator[Found]:
    """A clue of one word whose letters stand apart from each other, beginning with the first of these words."""
    run: list[_Word] = []
    for word in words:
        if len(word.text) > 1 or (run and not _GAP.fullmatch(folded, run[-1].end, word.start)):
            return
        run.append(word)
        if len(run) >= APART_MIN:
            for phrase in index.get("".join(each.key for each in run), ()):
                if len(phrase.words) == 1:
                    yield Found(run[0].start, word.end, phrase.clue.kind, phrase.clue.is_also_word)


def _is(run: Sequence[_Word], phrase: _Phrase, folded: str) -> bool:
    if tuple(word.key for word in run) != phrase.words:
        return False
    if not all(_GAP.fullmatch(folded, one.end, other.start) for one, other in pairwise(run)):
        return False
    if phrase.is_spelled:
        return all(not word.text[0].islower() for word in run)
    capitals = (token[0].isupper() for token in _tokens(phrase.clue.text))
    return not phrase.clue.is_also_word or all(
        not word.text[0].islower() for word, is_capital in zip(run, capitals, strict=False) if is_capital
    )


def _is_on(folded: str, street: Found) -> bool:
    before = folded[max(0, street.start - 20) : street.start]
    return bool(_ON.search(before)) and not _MORE_OF_A_NAME.match(folded, street.end)


def _crossings(folded: str, streets: Sequence[Found]) -> set[Found]:
    """Streets that another street crosses: "Florence and Main", "Union and 8th"."""
    found = set()
    ordered = sorted(streets, key=lambda each: each.start)
    for one, other in pairwise(ordered):
        if _CROSSING.fullmatch(folded, one.end, other.start):
            found |= {one, other}
    for each in ordered:
        after = _CROSSED_AFTER.match(folded, each.end)
        before = _CROSSED_BEFORE.search(folded[max(0, each.start - 30) : each.start])
        if (after and after.group()[-3:-1].isdigit()) or (before and before.group()[0].isdigit()):
            found.add(each)
    return found


def _whole(folded: str, street: Found) -> Found:
    """The street with the other one of the crossing, which would tell as much."""
    start, end = street.start, street.end
    if after := _CROSSED_AFTER.match(folded, end):
        end = after.end()
    opening = max(0, start - 30)
    if before := _CROSSED_BEFORE.search(folded[opening:start]):
        start = opening + before.start()
    return Found(start, end, street.kind, street.is_also_word)


@lru_cache(maxsize=8)
def index_of(clues: tuple[Clue, ...]) -> Index:
    """The phrases by their first word. Cached, because every paragraph needs them."""
    index: defaultdict[str, list[_Phrase]] = defaultdict(list)
    for clue in clues:
        for phrase in _phrases(clue):
            index[phrase.words[0]].append(phrase)
    return dict(index)


def _phrases(clue: Clue) -> Iterator[_Phrase]:
    """The clue's words; its words without spaces; and an abbreviation at its beginning or end letter by letter."""
    tokens = _tokens(clue.text)
    if not tokens:
        return
    leads = next((place for place, token in enumerate(tokens) if token not in _LEADS), 0)
    yield _Phrase(tuple(map(_key, tokens)), clue, leads)
    joined = "".join(map(_key, tokens))
    if len(tokens) > 1 and len(joined) >= (NAME_JOINED_MIN if clue.kind is Kind.NICKNAME else JOINED_MIN):
        yield _Phrase((joined,), clue)
    spelled = [
        [token] if not (token.isupper() and token.isalpha() and 1 < len(token) <= SPELLED_MAX) else list(token)
        for token in tokens
    ]
    if any(len(letters) > 1 for letters in spelled):
        yield _Phrase(tuple(_key(each) for letters in spelled for each in letters), clue, leads, is_spelled=True)


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[str, ...]:
    """The words of a clue; an abbreviation with dots is one of them."""
    return tuple(_WORD.findall(_DOTTED.sub(lambda match: re.sub(r"[.\s]", "", match.group()) + " ", fold(text)[0])))


def _bare(text: str) -> str:
    """Without the possessive."""
    return text[:-2] if text[-2:-1] in ("'", "’") and text[-1] in "sS" else text


def _key(text: str) -> str:
    """By which words are compared: without a possessive, case, apostrophes, and figures that stand for letters."""
    key = _bare(text).replace("'", "").replace("’", "").casefold()
    if key.isdigit() or key.isalpha() or _ORDINAL.fullmatch(key):
        return key
    return key.translate(_DISGUISES)


def clues_of(rows: Iterable[tuple[str, str, bool]]) -> tuple[Clue, ...]:
    """Clues from rows of (kind, text, is_also_word), in an order that does not depend on the database."""
    return _clues(tuple(rows))


@lru_cache(maxsize=8)
def _clues(rows: tuple[tuple[str, str, bool], ...]) -> tuple[Clue, ...]:
    """Cached, because hundreds of rows are the same in every file that is read."""
    return tuple(Clue(Kind(kind), text, is_word) for kind, text, is_word in sorted(rows))

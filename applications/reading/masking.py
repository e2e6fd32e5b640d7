"""Masks free text for readers of other colleges: words that tell who wrote it or where they study. Pure Python.

A reader sees what someone did, not who they are. Names, colleges, schools, streets and the places near a college
(`clues`) in an answer are replaced by marks such as [name]; so are emails, phone and student numbers, URLs, handles and
full dates. Masking a word too many costs little; one missed name ends the blind reading. Words that no rule can
recognize (an uncommon nickname, a sibling's name) stay: the reader covers them with one tap, for everyone.

Source: domain reference 4.2 (blind: hide name, contact, college, birth date; redact free text).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

from applications.base.folding import fold
from applications.reading.clues import Clue, Index, Kind, find_indexed, index_of


class Mark(StrEnum):
    NAME = "name"
    COLLEGE = "college"
    SCHOOL = "school"  # any other school that is named, because a school tells where somebody lives
    PLACE = "place"  # a street or a place near a college
    NUMBER = "number"  # of a student
    EMAIL = "email"
    PHONE = "phone"
    LINK = "link"
    DATE = "date"
    WORD = "word"  # covered by hand


@dataclass(frozen=True, slots=True)
class Piece:
    """A span of text to show unchanged, or a mark in place of a masked span (`text` is then empty)."""

    text: str = ""
    mark: Mark | None = None


@dataclass(frozen=True)
class Hidden:
    """What must be masked. names: the student's, in any form. colleges: (full name, short name) of each.

    clues: what else tells the college. numbers: the student's own numbers, as typed. words: masked by hand, exactly as
    written, wherever they occur.
    """

    names: tuple[str, ...] = ()
    colleges: tuple[tuple[str, str], ...] = ()
    clues: tuple[Clue, ...] = ()
    numbers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    # made once, and used for every paragraph

    @cached_property
    def index(self) -> Index:
        return index_of(_of_colleges(self.colleges) + self.clues)

    @cached_property
    def number_patterns(self) -> tuple[re.Pattern[str], ...]:
        return (NUMBER, *(_digits(number) for number in self.numbers))

    @cached_property
    def name_patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(_names(self.names))


# Parts of names that identify nobody by themselves ("de la Cruz", "Prof. Diaz")
PARTICLES = frozenset(
    "al da das de del der di do dos du el ibn la las le los mac mc san santa van von y "
    "coach doctor doctora dr dra lic mr mrs ms prof professor profesor profesora sr sra".split()
)
# Names that are also words: masked only if written with a capital
ALSO_WORDS = frozenset(
    "abril alba alma angel april art aurora blanca brown campos chance clara cruz destiny dulce esperanza faith flor "
    "flores fuentes gloria grace grant green hope iris jade joy june king lily luna luz mar marina mark may mayo mercy "
    "milagro milagros montes nieves pat paz perla rey reyes rich rios rivera rosa rose salvador serena sol star sun "
    "summer torres vega vera victoria will young white black day good long major sunny dawn precious".split()
)
_BEFORE, _AFTER = r"(?<![\w])", r"(?![\w])"
_EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_LINK = (
    r"(?:https?://|www\.)\S*[\w/]"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|tv|mx)\b(?:/\S*[\w/])?"
    r"|(?<![\w@.])@[\w.]*\w"
)
_PHONE = (
    r"(?<![\w.])(?:\+?1[ .\-]?)?\(?\d{3}\)?[ .\-]?\d{3}[ .\-]?\d{4}(?!\w)"
    r"|\+\d(?:[ .\-]?\d){7,13}(?!\w)|(?<![\w.\-])\d{3}[.\-]\d{4}(?![\w\-])"
)
_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre"
    "|diciembre"
)
_YEAR = r"(?:19|20)\d\d"
_DATE = (
    rf"\b\d{{1,2}}[/.\-]\d{{1,2}}[/.\-](?:{_YEAR}|\d\d)\b|\b{_YEAR}-\d\d-\d\d\b"
    rf"|\b(?:{_MONTHS})\.? \d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR}\b"
    rf"|\b\d{{1,2}}(?: de)? (?:{_MONTHS})(?: del?)? {_YEAR}\b"
)
# A capital marks a name, except in a word that begins a sentence
_NAMED = (
    r"(?!(?:A|After|An|And|As|At|Before|But|Community|During|From|High|I|In|Middle|My|Of|On|Our|Since|So|That|The|Their"
    r"|Then|This|To|When|While|With)\s)[A-Z](?:[\w'’.\-]*\w)?"
)
_SCHOOL = (
    rf"(?:{_NAMED}\.?\s+){{1,5}}(?:(?:Senior\s+|Junior\s+)?High(?:\s+School)?|(?:Middle|Elementary|Charter)\s+School"
    r"|Preparatory|Academy|(?:Community\s+)?College|University)"
    rf"|(?:University|College|Academy)\s+of\s+(?:the\s+)?{_NAMED}(?:\.?\s+{_NAMED})*"
    r"|(?:Universidad|Preparatoria|Secundaria|Colegio|Escuela|Instituto|Liceo)"
    r"(?:(?:\s+(?:de|del|la|las|los|el|y))*\s+[A-Z](?:[\w'’.\-]*\w)?)+"
)
_STREET = (
    rf"(?:{_NAMED}\.?\s+|\d{{1,3}}(?:st|nd|rd|th)?\s+){{1,3}}(?:Street|St|Avenue|Ave|Av|Boulevard|Blvd|Road|Rd|Drive|Lane"
    r"|Highway|Hwy|Freeway|Fwy|Parkway|Pkwy|Way|Place|Court|(?i:street|avenue|ave|boulevard|blvd|freeway))"
    rf"|(?i:calle|avenida|av\.|bulevar|boulevard)\s+(?:(?:de|del|la|las|los)\s+){{0,2}}(?:{_NAMED}(?:\s+{_NAMED})?|\d{{1,3}})"
)
_LINE = r"(?:bus|buses|route|camion|ruta)\s+(?:number\s+|numero\s+)?\d{1,3}|\d{1,3}\s+(?:bus|line)"
_NUMBER = r"#?(?:[A-Z]{1,3})?\d{7,9}|\d{2}-\d{7}|\d{3}-\d{2}-\d{4}"
PATTERNS = (
    (Mark.EMAIL, re.compile(_EMAIL, re.I)),
    (Mark.LINK, re.compile(_LINK, re.I)),
    (Mark.DATE, re.compile(_DATE, re.I)),
    (Mark.PHONE, re.compile(_PHONE)),
)
SCHOOL = re.compile(rf"{_BEFORE}(?:{_SCHOOL}){_AFTER}")
STREET = re.compile(rf"{_BEFORE}(?:{_STREET}){_AFTER}")
# of these only the group is covered, so that the sentence keeps its grammar: "on 43rd", "por la 41", "la Octava"
PARTLY = (
    re.compile(
        r"\b(?:[oO]n|onto|off|at|down|along|by|near|past|across|cross|blocks? from|corner of|[lL]a)\s+"
        r"(\d{1,3}(?:st|nd|rd|th))"
        r"(?!\s(?:and\s)?(?:attempt|base|birthday|day|floor|grade|of|place|period|shift|time|try|year)\b|\w)"
    ),
    re.compile(r"\b(?:en|por|sobre|de|hasta|con|y)\sla\s+(\d{2,3})(?!\s?%|[.,:]\d|\sa\sla\s|\w)"),
    re.compile(
        r"\b[lL]a\s+(Primera|Segunda|Tercera|Cuarta|Quinta|Sexta|Septima|Octava|Novena|Decima)(?!\s[A-Z])" + _AFTER
    ),
)
LINE = re.compile(rf"{_BEFORE}(?:{_LINE}){_AFTER}", re.I)
NUMBER = re.compile(rf"(?<![\w.,$-])(?:{_NUMBER})(?![\w-]|,\d)")
OF_KIND = {
    Kind.NICKNAME: Mark.COLLEGE,
    Kind.SHORT: Mark.COLLEGE,
    Kind.SCHOOL: Mark.SCHOOL,
}  # of a clue; any other is a place
type Span = tuple[int, int, Mark]


def mask(text: str, hidden: Hidden) -> tuple[Piece, ...]:
    """The text as pieces in order, with a mark in place of each span that must be masked. Never raises."""
    pieces, shown_to = [], 0
    for start, end, mark in spans(text, hidden):
        if start > shown_to:
            pieces.append(Piece(text[shown_to:start]))
        pieces.append(Piece(mark=mark))
        shown_to = end
    if shown_to < len(text):
        pieces.append(Piece(text[shown_to:]))
    return tuple(pieces)


def spans(text: str, hidden: Hidden) -> list[Span]:
    """The masked spans of the text, (start, end, mark), in order and without overlaps."""
    folded, origin = fold(text)
    return list(_merged([(origin[start], origin[end], mark) for start, end, mark in _found(folded, hidden)], text))


def paragraphs(text: str, hidden: Hidden) -> tuple[tuple[Piece, ...], ...]:
    """The result of `mask` for each paragraph that is not empty."""
    return tuple(mask(part.strip(), hidden) for part in re.split(r"\n\s*\n|\r\n\s*\r\n", text) if part.strip())


def stands_in(words: str, text: str) -> bool:
    """Whether masking these words would mask anything in the text."""
    return any(True for _span in _as_they_stand(words, fold(text)[0]))


def plain(pieces: Iterable[Piece]) -> str:
    """The pieces as plain text: "[name] works here"."""
    return "".join(f"[{piece.mark}]" if piece.mark else piece.text for piece in pieces)


def _found(folded: str, hidden: Hidden) -> Iterator[Span]:
    for mark, pattern in PATTERNS:
        for match in pattern.finditer(folded):
            yield match.start(), match.end(), mark
    for pattern in hidden.number_patterns:
        for match in pattern.finditer(folded):
            yield match.start(), match.end(), Mark.NUMBER
    for found in find_indexed(folded, hidden.index):
        yield found.start, found.end, OF_KIND.get(found.kind, Mark.PLACE)
    for pattern in hidden.name_patterns:
        for match in pattern.finditer(folded):
            yield match.start(), match.end(), Mark.NAME
    # after the clues, because those have a mark of their own
    for mark, pattern in ((Mark.SCHOOL, SCHOOL), (Mark.PLACE, STREET), (Mark.PLACE, LINE)):
        for match in pattern.finditer(folded):
            yield match.start(), match.end(), mark
    for pattern in PARTLY:
        for match in pattern.finditer(folded):
            yield *match.span(1), Mark.PLACE
    for words in hidden.words:
        for start, end in _as_they_stand(words, folded):
            yield start, end, Mark.WORD


def _merged(spans: Iterable[Span], text: str) -> Iterator[Span]:
    """The spans without overlaps: the earliest first, and of those with the same start the longest.

    Adjacent spans of one kind become one, because the number of somebody's names can identify them, too.
    """
    merged: list[Span] = []
    for start, end, mark in sorted(spans, key=lambda span: (span[0], -span[1])):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), merged[-1][2])
        elif merged and mark is merged[-1][2] and text[merged[-1][1] : start] in (" ", "-"):
            merged[-1] = (merged[-1][0], end, mark)
        else:
            merged.append((start, end, mark))
    yield from merged


def _names(names: Iterable[str]) -> Iterator[re.Pattern[str]]:
    """A pattern for each whole name, and one for each part of it that identifies somebody by itself."""
    parts: set[str] = set()
    for name in names:
        words = re.findall(r"[\w]+(?:['’\-][\w]+)*", fold(name)[0])
        if len(words) > 1:
            yield re.compile(_BEFORE + r"\s+".join(map(re.escape, words)) + _AFTER, re.I)
        parts.update(word for word in words if len(word) > 1 and word.casefold() not in PARTICLES)
        parts.update(
            half
            for word in words
            for half in re.split(r"['’\-]", word)
            if len(half) > 3 and not half.isdigit() and half.casefold() not in PARTICLES
        )
    for part in sorted(parts):
        if part.casefold() in ALSO_WORDS:
            yield re.compile(_BEFORE + f"(?:{re.escape(part.capitalize())}|{re.escape(part.upper())})" + _AFTER)
        else:
            yield re.compile(_BEFORE + re.escape(part) + _AFTER, re.I)


def _as_they_stand(words: str, folded: str) -> Iterator[tuple[int, int]]:
    """Spans of these words: whole words only, with any space between them, ignoring accents and case."""
    parts = fold(words)[0].split()
    if not any(char.isalnum() for part in parts for char in part):
        return
    before = _BEFORE if parts[0][0].isalnum() else ""
    after = _AFTER if parts[-1][-1].isalnum() else ""
    for match in re.finditer(before + r"\s+".join(map(re.escape, parts)) + after, folded, re.I):
        yield match.span()


@lru_cache(maxsize=8)
def _of_colleges(colleges: tuple[tuple[str, str], ...]) -> tuple[Clue, ...]:
    """Each college's full name, its initials, and its short name. A short name that is a plain word ("Valley") counts
    with a capital only."""
    found = []
    for full, short in colleges:
        initials = "".join(part[0] for part in re.split(r"[\s\-]+", full) if part)
        if full.strip():
            found.append(Clue(Kind.NICKNAME, full))
        if len(initials) > 2 and initials.isalpha():  # noqa: PLR2004 -- two letters are any word
            found.append(Clue(Kind.NICKNAME, initials.upper()))
        if word := short.strip():
            is_plain_word = not (re.search(r"[\s\-&]", word) or word.isupper())
            found.append(Clue(Kind.NICKNAME, word, is_plain_word))
            found += (Clue(Kind.NICKNAME, f"{word} {college}") for college in ("College", "Coll") if is_plain_word)
    return tuple(found)


def _digits(number: str) -> re.Pattern[str]:
    """A number as it was typed, with or without its spaces and hyphens."""
    digits = re.sub(r"[\s\-]", "", number)
    return re.compile(r"(?<!\w)" + r"[\s\-]?".join(map(re.escape, digits)) + r"(?!\w)", re.I)

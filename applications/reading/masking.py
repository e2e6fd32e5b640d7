"""Masks free text for readers of other colleges: words that tell who wrote it or where they study. Pure Python.

A reader sees what someone did, not who they are. Names, colleges and schools in an answer are replaced by marks such
as [name]; so are emails, phone numbers, URLs, handles and full dates. Masking a word too many costs little; one missed
name ends the blind reading. Words that no rule can recognize (an uncommon nickname, a sibling's name) stay, and
readers are asked to ignore them.

Source: domain reference 4.2 (blind: hide name, contact, college, birth date; redact free text).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Mark(StrEnum):
    NAME = "name"
    COLLEGE = "college"
    SCHOOL = "school"  # any other school that is named, because a school tells where somebody lives
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


@dataclass(frozen=True, slots=True)
class Hidden:
    """What must be masked. names: the student's, in any form. colleges: (full name, short name) of each.

    words: masked by hand, exactly as written, wherever they occur.
    """

    names: tuple[str, ...] = ()
    colleges: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()


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
PATTERNS = (
    (Mark.EMAIL, re.compile(_EMAIL, re.I)),
    (Mark.LINK, re.compile(_LINK, re.I)),
    (Mark.DATE, re.compile(_DATE, re.I)),
    (Mark.PHONE, re.compile(_PHONE)),
)
SCHOOL = re.compile(rf"{_BEFORE}(?:{_SCHOOL}){_AFTER}")
# Words after or before a short name that make it a part of another place's name
PLACES_AFTER = re.compile(
    r" (?:City|Street|St|Avenue|Ave|Boulevard|Blvd|Road|Rd|Drive|Park|Hills?|Beach|District|Freeway|Hospital|Church"
    r"|Station|Africa|Hollywood|Coast|Virginia|Indies|Bank|Covina|Adams|Village|Airlines|Museum|Area|Island|Viejo)\b"
)
PLACES_BEFORE = re.compile(
    r"\b(?:Fernando|Gabriel|Silicon|Death|Central|Simi|Antelope|Imperial|Napa|Apple|Moreno|Coachella"
    r"|Pearl|Key|Sun|[Ww]est) $"
)
type Span = tuple[int, int, Mark]


def mask(text: str, hidden: Hidden) -> tuple[Piece, ...]:
    """The text as pieces in order, with a mark in place of each span that must be masked. Never raises."""
    folded, origin = _fold(text)
    spans = [(origin[start], origin[end], mark) for start, end, mark in _found(folded, hidden)]
    pieces, shown_to = [], 0
    for start, end, mark in _merged(spans, text):
        if start > shown_to:
            pieces.append(Piece(text[shown_to:start]))
        pieces.append(Piece(mark=mark))
        shown_to = end
    if shown_to < len(text):
        pieces.append(Piece(text[shown_to:]))
    return tuple(pieces)


def paragraphs(text: str, hidden: Hidden) -> tuple[tuple[Piece, ...], ...]:
    """The result of `mask` for each paragraph that is not empty."""
    return tuple(mask(part.strip(), hidden) for part in re.split(r"\n\s*\n|\r\n\s*\r\n", text) if part.strip())


def stands_in(words: str, text: str) -> bool:
    """Whether masking these words would mask anything in the text."""
    return any(True for _span in _as_they_stand(words, _fold(text)[0]))


def plain(pieces: Iterable[Piece]) -> str:
    """The pieces as plain text: "[name] works here"."""
    return "".join(f"[{piece.mark}]" if piece.mark else piece.text for piece in pieces)


def _found(folded: str, hidden: Hidden) -> Iterator[Span]:
    for mark, pattern in PATTERNS:
        for match in pattern.finditer(folded):
            yield match.start(), match.end(), mark
    for full, short in hidden.colleges:
        for start, end in _college(full, short, folded):
            yield start, end, Mark.COLLEGE
    for pattern in _names(hidden.names):
        for match in pattern.finditer(folded):
            yield match.start(), match.end(), Mark.NAME
    # after the colleges, because those have a mark of their own
    for match in SCHOOL.finditer(folded):
        yield match.start(), match.end(), Mark.SCHOOL
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
        words = re.findall(r"[\w]+(?:['’\-][\w]+)*", _fold(name)[0])
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
    parts = _fold(words)[0].split()
    if not any(char.isalnum() for part in parts for char in part):
        return
    before = _BEFORE if parts[0][0].isalnum() else ""
    after = _AFTER if parts[-1][-1].isalnum() else ""
    for match in re.finditer(before + r"\s+".join(map(re.escape, parts)) + after, folded, re.I):
        yield match.span()


def _college(full: str, short: str, folded: str) -> Iterator[tuple[int, int]]:
    """Spans of the college's full name, "LA Valley College", "Valley College", its initials, and its short name.

    A short name that is a plain word ("Valley", "Mission") counts only with a capital and not as a part of
    another name ("Mission Street", "San Fernando Valley").
    """
    forms, plain_word = _college_patterns(full, short)
    for match in forms.finditer(folded):
        yield match.span()
    for match in plain_word.finditer(folded) if plain_word else ():
        before = folded[max(0, match.start() - 20) : match.start()]
        if not PLACES_BEFORE.search(before) and not PLACES_AFTER.match(folded, match.end()):
            yield match.span()


@lru_cache(maxsize=256)
def _college_patterns(full: str, short: str) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    """Patterns for all forms of the name, and for a short name that is a plain word (else None). Cached, because each
    paragraph of each answer needs them."""
    name, word = _fold(full)[0], _fold(short)[0].strip()
    forms = {name}
    if match := re.fullmatch(r"Los Angeles (.+ College)", name, re.I):
        forms.add(match.group(1))
    initials = "".join(part[0] for part in re.split(r"[\s\-]+", name) if part)
    if len(initials) > 2:
        forms.add(initials)
    is_plain_word = not (re.search(r"[\s\-&]", word) or word.isupper())
    if word and not is_plain_word:
        forms.add(word)
    patterns = "|".join(_spaced(form) for form in sorted(forms, key=len, reverse=True))
    plain_word = re.compile(f"{_BEFORE}{re.escape(word)}{_AFTER}") if word and is_plain_word else None
    return re.compile(f"{_BEFORE}(?:{patterns}){_AFTER}", re.I), plain_word


def _spaced(form: str) -> str:
    """The form as a pattern: its words are joined by spaces or hyphens, and "LA" and "L.A." match Los Angeles."""
    words = r"[\s\-]+".join(re.escape(word) for word in re.split(r"[\s\-]+", form) if word)
    return re.sub(r"Los\[\\s\\-\]\+Angeles", r"(?:Los[\\s\\-]+Angeles|L\.?A\.?)", words, flags=re.I)


def _fold(text: str) -> tuple[str, list[int]]:
    """The text without accents, and for each of its characters the index in the original (and one for the end).

    So "Méndez" and "Mendez" are the same name.
    """
    folded, origin = [], []
    for position, char in enumerate(text):
        if unicodedata.combining(char):
            continue  # a combining accent
        base = unicodedata.normalize("NFD", char)[0]
        folded.append(base)
        origin.append(position)
    return "".join(folded), [*origin, len(text)]

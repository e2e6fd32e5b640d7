"""Compares the name on a plane ticket with the one in a passport, before the ticket is bought. Pure Python: no Django.

A passport has a name twice: printed, with accents, and in two lines that machines read, in the
letters A to Z alone. Airlines use those letters too. So two names are compared by how each can be
written for a machine; some letters have two ways ("Müller": MUELLER or MULLER), and either is right.

`SAME` means: each field has the same letters, wherever the gaps are, or the ticket's given names end in a title that
airlines append. Nothing else is `SAME`: a name that is cut off isn't, and neither is one with SR behind it, which can
be Senior, the Spanish title Señor or the beginning of a surname.

What a computer can't know, such as whether an airline takes a ticket without the second surname, goes to a
person: the result is `ASK`, with what was found. So do the ways in which booking systems write people who have one name
(once in either field, twice, with FNU for "first name unknown") and names run together across the two fields.

Except for titles, which only tickets have, the result is the same whichever name is called the passport's.

Source: ICAO Doc 9303, part 3 (section 4.6 names, section 6 transliteration) and part 4 (39 places for the
name in a passport); domain reference 2.5 (the airline's name must equal the passport's).
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, product

NAME_PLACES = 39  # of the 44 in the first line of a passport, after P<USA
WAYS_MOST = 64  # ways of writing one word; more than any real name has

# Letters that don't decompose into a plain one and an accent, and those with a second way. The first is ICAO's.
WAYS: dict[str, tuple[str, ...]] = {
    "Ä": ("AE", "A"),
    "Å": ("AA", "A"),
    "Æ": ("AE",),
    "Ð": ("D",),
    "Đ": ("D",),
    "Ħ": ("H",),
    "Ĳ": ("IJ",),
    "Ł": ("L",),
    "Ñ": ("N", "NXX"),
    "Ŋ": ("N",),
    "Ö": ("OE", "O"),
    "Ø": ("OE", "O"),
    "Œ": ("OE",),
    "Þ": ("TH",),
    "Ŧ": ("T",),
    "Ü": ("UE", "UXX", "U"),
    "ẞ": ("SS",),
}
# Left out without a gap; any other sign that isn't a letter separates two words, as a hyphen does.
SILENT = frozenset("'’‘ʼʻ`´.")
TITLES = frozenset({"MR", "MRS", "MS", "MISS", "MSTR", "DR", "MX", "SRA", "SRTA"})
JOINED_TITLES = frozenset({"MR", "MRS", "MS", "MISS", "MSTR"})  # ALEXANDR is a name, not ALEXAN with a title
SUFFIXES = frozenset({"JR", "SR", "II", "III", "IV"})
UNKNOWN = frozenset({"FNU", "LNU"})  # "first name unknown", "last name unknown": for people who have one name
WORDS_MOST = 10  # of a name in which words that run together are looked for


class Result(StrEnum):
    SAME = "same"
    ASK = "ask"
    DIFFERENT = "different"


class Finding(StrEnum):
    """A difference between the names; pages turn these keys into words."""

    # no reason to worry
    ACCENTS = "accents"
    SPACING = "spacing"
    TITLE_JOINED = "title_joined"
    # a person decides
    CUT_OFF = "cut_off"
    SINGLE_NAME = "single_name"
    RUN_TOGETHER = "run_together"
    GIVEN_NAME_MISSING = "given_name_missing"
    GIVEN_NAME_INITIAL = "given_name_initial"
    SURNAME_MISSING = "surname_missing"
    SURNAMES_TURNED = "surnames_turned"
    MOVED = "moved"
    NAME_ADDED = "name_added"
    SUFFIX = "suffix"
    # correct before buying
    SWAPPED = "swapped"
    LIKELY_SLIP = "likely_slip"
    OTHER_NAME = "other_name"


HARMLESS = frozenset({Finding.ACCENTS, Finding.SPACING, Finding.TITLE_JOINED})
WRONG = frozenset({Finding.SWAPPED, Finding.LIKELY_SLIP, Finding.OTHER_NAME})


class UnreadableName(ValueError):
    """A name without any letter that a machine-readable line can hold: a person has to look at it."""


@dataclass(frozen=True, slots=True)
class FullName:
    """A name as in a passport or on a ticket. Either part may be empty: some people have one name."""

    surnames: str
    given: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """`machine`: the passport's name in the letters of its first line, to be typed into a booking."""

    result: Result
    findings: tuple[Finding, ...]
    machine: FullName


def compare(passport: FullName, ticket: FullName, *, ticket_places: int | None = None) -> Comparison:
    """Compare the printed name of a passport with a ticket's. Only a ticket may have a title.

    ticket_places: how many letters the booking takes in all, if known; a longer name may be cut off there.
    Raises UnreadableName if either of them has no letter that can be written in A to Z.
    """
    printed, typed = _parts(passport), _parts(ticket)
    if not any(printed) or not any(typed):
        raise UnreadableName("There is no letter in this name that a machine could read.")
    is_full = ticket_places is not None and sum(len(_short(part)) for part in typed) >= ticket_places
    findings = set(_in_writing(passport, ticket))
    whole = _whole_name(printed, typed)
    if whole is None:
        whole = _surnames(printed[0], typed[0], is_full=is_full) | _given(printed[1], typed[1], is_full=is_full)
        if whole & WRONG and _runs_together(printed, typed):
            whole = {Finding.RUN_TOGETHER}
    findings |= whole
    worst = Result.SAME if findings <= HARMLESS else Result.DIFFERENT if findings & WRONG else Result.ASK
    told = tuple(each for each in Finding if each in findings)
    return Comparison(worst, told, FullName(*(" ".join(word[0] for word in part) for part in printed)))


def machine_line(name: FullName, places: int = NAME_PLACES) -> tuple[str, bool]:
    """The name as the first line of a passport has it, filled up with "<", and whether all of it fits.

    Raises UnreadableName as `compare` does.
    """
    surnames, given = _parts(name)
    if not surnames and not given:
        raise UnreadableName("There is no letter in this name that a machine could read.")
    # a single name comes first in the line
    first, second = (surnames, given) if surnames else (given, ())
    line = "<<".join("<".join(word[0] for word in part) for part in (first, second) if part)
    return line[:places].ljust(places, "<"), len(line) <= places


# --- Writing a name for a machine -------------------------------------------------------------------

type Word = tuple[str, ...]  # every way of writing one word, ICAO's first
type Part = tuple[Word, ...]


def _parts(name: FullName) -> tuple[Part, Part]:
    surnames, given = (
        tuple(way for word in _words(text) if (way := tuple(islice(_spellings(word), WAYS_MOST))))
        for text in (name.surnames, name.given)
    )
    return surnames, given


def _words(text: str) -> list[str]:
    """The words in capitals, split where a passport has a gap: at spaces, hyphens, commas."""
    kept = "".join(each for each in _capitals(text) if each not in SILENT)
    return "".join(each if _letters(each) else " " for each in kept).split()


def _capitals(text: str) -> str:
    # Unicode's capital of ß is SS, but a passport has one letter; a dotless i has no capital of its own
    return unicodedata.normalize("NFC", text).replace("ß", "ẞ").upper()


def _letters(character: str) -> tuple[str, ...]:
    """Each way of writing one character in A to Z; empty if there is none, as for Chinese."""
    if character in WAYS:
        return WAYS[character]
    plain = "".join(each for each in unicodedata.normalize("NFKD", character) if not unicodedata.combining(each))
    return (plain,) if plain and all("A" <= each <= "Z" for each in plain) else ()


def _spellings(word: str) -> Iterator[str]:
    """ICAO's spelling first; then what an airline or a form may have made of it."""
    seen = set()
    for letters in product(*(_letters(character) for character in word)):
        spelled = "".join(letters)
        if spelled not in seen:
            seen.add(spelled)
            yield spelled


def _short(part: Part) -> str:
    return "".join(word[0] for word in part)


# --- Comparing --------------------------------------------------------------------------------------


def _in_writing(passport: FullName, ticket: FullName) -> Iterator[Finding]:
    """For names that are the same for a machine: differences on paper."""
    for printed, typed in ((passport.surnames, ticket.surnames), (passport.given, ticket.given)):
        one, other = _words(printed), _words(typed)
        if "".join(one) != "".join(other) and _alike_words(_as_part(one), _as_part(other)):
            yield Finding.ACCENTS
        if len(one) != len(other) and _alike_words(_as_part(one), _as_part(other)):
            yield Finding.SPACING


def _as_part(words: Sequence[str]) -> Part:
    return tuple(tuple(islice(_spellings(word), WAYS_MOST)) for word in words)


def _alike_words(one: Part, other: Part) -> bool:
    """Whether both have the same letters, wherever the gaps are."""
    return bool(_joined(one) & _joined(other)) or (not one and not other)


def _joined(part: Part) -> set[str]:
    return {"".join(words) for words in islice(product(*part), WAYS_MOST)} if part else set()


def _alike(one: Word, other: Word) -> bool:
    return bool(set(one) & set(other))


def _holds(part: Sequence[Word], word: Word) -> bool:
    return any(_alike(each, word) for each in part)


def _less(part: Sequence[Word], gone: Sequence[Word]) -> list[Word]:
    """The words of `part` that aren't in `gone`, each of which removes one."""
    left, taken = [], list(gone)
    for word in part:
        match = next((each for each in taken if _alike(each, word)), None)
        if match is None:
            left.append(word)
        else:
            taken.remove(match)
    return left


def _whole_name(printed: tuple[Part, Part], typed: tuple[Part, Part]) -> set[Finding] | None:
    """Findings where words of the passport are in the ticket's other field; None: compare each field by itself."""
    (surnames, given), (typed_surnames, typed_given) = printed, typed
    if _alike_words(surnames, typed_surnames) and _alike_words(given, typed_given):
        return set()
    if _is_one_single_name(printed, typed):
        return {Finding.SINGLE_NAME}
    if surnames and given and _alike_words(surnames, typed_given) and _alike_words(given, typed_surnames):
        return {Finding.SWAPPED}
    everything, all_typed = surnames + given, typed_surnames + typed_given
    if not _less(everything, all_typed) and not _less(all_typed, everything):
        moved = bool(_less(surnames, typed_surnames) or _less(typed_surnames, surnames))
        return {Finding.MOVED} if moved else None
    return None


def _is_one_single_name(printed: tuple[Part, Part], typed: tuple[Part, Part]) -> bool:
    one, other = _single_name(*printed), _single_name(*typed)
    return bool(one and other) and _alike_words(one, other)


def _single_name(surnames: Part, given: Part) -> Part:
    """The only name of somebody who has one, in whichever field, written twice or beside FNU. Empty: there are two."""
    known = tuple(tuple(word for word in part if not set(word) & UNKNOWN) for part in (surnames, given))
    first, second = (() if all(set(word) & TITLES for word in part) else part for part in known)
    if first and second:
        return first if _alike_words(first, second) else ()
    return first or second


def _runs_together(printed: tuple[Part, Part], typed: tuple[Part, Part]) -> bool:
    """Whether words of one name are words of the other run together, as in NGUYENTHI; other words may be missing."""
    for given in (typed[1], _without_title(typed[1])):
        one, other = printed[0] + printed[1], typed[0] + given
        if len(one) + len(other) <= WORDS_MOST and (_is_made_of(one, other) or _is_made_of(other, one)):
            return True
    return False


def _is_made_of(whole: Sequence[Word], pieces: Sequence[Word]) -> bool:
    """Whether each word of `whole` is made of one or more of these pieces, and one of them of several. Each piece
    counts once."""

    def rest_of(words: Sequence[str], left: Sequence[Word], joined: bool) -> bool:
        if not words:
            return joined
        return any(
            rest_of([end, *words[1:]] if end else words[1:], [*left[:at], *left[at + 1 :]], joined or bool(end))
            for at, piece in enumerate(left)
            for way in piece
            if words[0].startswith(way)
            for end in [words[0].removeprefix(way)]
        )

    return any(rest_of(words, pieces, joined=False) for words in islice(product(*whole), WAYS_MOST) if words)


def _surnames(printed: Part, typed: Part, *, is_full: bool) -> set[Finding]:
    if _alike_words(printed, typed):
        return set()
    missing, added = _less(printed, typed), _less(typed, printed)
    if _only_suffixes([*missing, *added]) and len(missing) < len(printed):
        return {Finding.SUFFIX}
    if not missing and not added:
        return {Finding.SURNAMES_TURNED}
    if is_full and _is_cut(printed, typed):
        return {Finding.CUT_OFF}
    if not added and typed:
        return {Finding.SURNAME_MISSING}
    if not missing and printed:
        return {Finding.NAME_ADDED}
    return {_slip_or_other(printed, typed)}


def _given(printed: Part, typed: Part, *, is_full: bool) -> set[Finding]:
    if _alike_words(printed, typed):
        return set()
    if bare := _without_title(typed):
        if _alike_words(printed, bare):
            return {Finding.TITLE_JOINED}
        rest = _given(printed, bare, is_full=is_full)
        if not rest & WRONG:
            return rest | {Finding.TITLE_JOINED}
    if any(
        bare and _alike_words(bare, whole)
        for bare, whole in ((_without_suffix(printed), typed), (_without_suffix(typed), printed))
    ):
        return {Finding.SUFFIX}
    if is_full and _is_cut(printed, typed):
        return {Finding.CUT_OFF}
    missing, added = _less(printed, typed), _less(typed, printed)
    if _only_suffixes([*missing, *added]) and len(missing) < len(printed):
        return {Finding.SUFFIX}
    if not missing and not added:
        return {Finding.MOVED}
    if not added and typed:
        return {Finding.GIVEN_NAME_MISSING}
    if _are_initials(added, missing) and _holds_first(printed, typed):
        return {Finding.GIVEN_NAME_INITIAL}
    if _are_initials(missing, added) and _holds_first(typed, printed):
        return {Finding.GIVEN_NAME_INITIAL}
    if not missing and printed:
        return {Finding.NAME_ADDED}
    return {_slip_or_other(printed, typed)}


def _holds_first(printed: Part, typed: Part) -> bool:
    """Whether the first given name is written out; an airline treats an initial as another name."""
    return bool(printed) and _holds(typed, printed[0])


def _are_initials(words: Sequence[Word], among: Sequence[Word]) -> bool:
    return bool(words) and all(
        len(word[0]) == 1 and any(each[0].startswith(word[0]) for each in among) for word in words
    )


def _only_suffixes(words: Sequence[Word]) -> bool:
    return bool(words) and all(set(word) & SUFFIXES for word in words)


def _without_title(part: Part) -> Part:
    """The given names without a title that a booking appended: MARISOLMS, or MARISOL MS. Empty if there is none."""
    if not part:
        return ()
    *before, last = part
    if len(part) > 1 and set(last) & TITLES:
        return tuple(before)
    return _without_ending(part, JOINED_TITLES)


def _without_suffix(part: Part) -> Part:
    """The given names without JR, SR or a number run together with the last one. Empty if there is none."""
    return _without_ending(part, SUFFIXES)


def _without_ending(part: Part, endings: frozenset[str]) -> Part:
    if not part:
        return ()
    *before, last = part
    for ending in sorted(endings, key=lambda each: (-len(each), each)):
        bare = tuple(way.removesuffix(ending) for way in last if way.endswith(ending) and way != ending)
        if bare:
            return (*before, bare)
    return ()


def _is_cut(printed: Part, typed: Part) -> bool:
    return any(
        whole.startswith(begun) for whole in _joined(printed) for begun in (_joined(typed) or {""}) if whole != begun
    )


def _slip_or_other(printed: Part, typed: Part) -> Finding:
    near = (
        _distance(one, other) <= (2 if min(len(one), len(other)) > 8 else 1)
        for one in sorted(_joined(printed))[:8]
        for other in sorted(_joined(typed))[:8]
        if min(len(one), len(other)) > 3
    )
    return Finding.LIKELY_SLIP if any(near) else Finding.OTHER_NAME


def _distance(one: str, other: str) -> int:
    """Number of letters typed wrong, left out, doubled or swapped (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, last, row = row, before, [i]
        for j, typed in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != typed))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == typed:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]

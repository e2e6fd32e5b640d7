"""Whether a word is used as the short name of a college: "at West", "the West crew", "los de West". Pure Python.

The names are rows (`Kind.SHORT`); here are only the words of English and Spanish that stand around any of them. A
direction ("go West", "in the West") and a part of a longer name ("West Coast", "Mexico City") is none.
"""

import re

_BEFORE = re.compile(r"([^\W_]+(?:['’][^\W_]+)*)[\"“‘'(¡¿]?\s+[\"“‘'(]?$|([^\W_]+)\s*[\"“‘'(]$")
_AFTER = re.compile(r"([\"”’'])?\s+([^\W_]+(?:['’][^\W_]+)*)")
_BEGINS = re.compile(r"(?:^|[.!?:;\n…])[\s\"“‘'(¡¿]*$")
_POSSESSIVE = re.compile(r"['’]s\b", re.I)
_JOINED_BEFORE, _JOINED_AFTER = re.compile(r"[\w\-/@.]$"), re.compile(r"[\-/@]\w")
_DIRECTIONS = frozenset("north south east west".split())
_LISTED = re.compile(r"(?:,|\b(?:north|south|east|west)\w*,? (?:and|or|to))\s+$", re.I)
_CONTEXT = 60  # characters before the name that are looked at

_PLACES = frozenset(
    "about against around at by for from in into like near of off outside through to toward towards via with within "
    "a al con de del desde en entre hacia hasta para por sobre".split()
)
_ARTICLES = frozenset(
    "a an the this that these those every each most some many all any no another other my our your his her their "
    "its fellow proud".split()
)
_STARTS = frozenset(
    "although and as because before but even if since so that then though until what when where while yet aunque "
    "cuando donde mientras pero porque que si y".split()
)
_WAYS = frozenset(
    "back drive drove due facing far further go goes going head headed heading move moved out went".split()
)
# after an article and the name, these show that the name stands by itself: "the West is far"
_SMALL = frozenset(
    "after also and are as at be because been before but by can did do does for from had has have i if in into is "
    "it of on or since so than that the then they to was were what when where which while who will with would".split()
)
# after a name at the beginning of a sentence, or a direction after a comma
_VERBS = frozenset(
    "always became believed brought changed closed closes didn does doesn feels felt gave gives had has helped "
    "helps is isn keeps kept knows let made makes means never offered offers opened opens pays put runs saved saw "
    "says showed still taught teaches took was wasn will won works changed abre abrio cambio cierra da dio es esta "
    "era fue hizo me nos queda salvo siempre tiene".split()
)
_NOUNS = frozenset(
    "alum alumni alums athletes cafeteria campus class classes club college counselor counselors crew faculty grad "
    "grads gym instructors kids library people professor professors program staff student students "
    "teachers team".split()
)


def is_short_name(folded: str, start: int, end: int) -> bool:
    """Whether the capitalized word at these positions stands for a college. `folded`: without accents."""
    before, name = folded[max(0, start - _CONTEXT) : start], folded[start:end]
    if name[0].islower() or _JOINED_BEFORE.search(before) or _JOINED_AFTER.match(folded, end):
        return False
    if _POSSESSIVE.match(folded, end):
        return True
    after = _AFTER.match(folded, end)
    following = after.group(2) if after else ""
    if after and not after.group(1) and _continues(name, following):
        return False
    if _BEGINS.search(before) or (name.casefold() in _DIRECTIONS and _LISTED.search(before)):
        return following.casefold() in _VERBS | _NOUNS
    found = _BEFORE.search(before)
    if not found:
        return True  # after a dash, or a comma
    return _follows(found.group(1) or found.group(2), following, _BEGINS.search(before[: found.start()]) is not None)


def _follows(word: str, following: str, is_first: bool) -> bool:
    """Whether the name after this word is a college. `is_first`: the word begins a sentence."""
    is_capital, word = word[0].isupper() and not word.isupper(), word.casefold()
    if word == "a":  # English article, or Spanish "to"
        return following.casefold() not in _SMALL
    if word in _PLACES:
        return True
    if word in _ARTICLES:
        return bool(following) and following.casefold() not in _SMALL
    if is_capital:
        return is_first and word in _STARTS
    return word not in _WAYS


def _continues(name: str, following: str) -> bool:
    """Whether a longer name goes on: "West Coast". A sentence in capitals has none."""
    if not following[0].isupper() or following.split("'")[0].split("’")[0] == "I":
        return False
    return following.casefold() not in _NOUNS and not (name.isupper() and following.isupper())

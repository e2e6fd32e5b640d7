"""Ask a number: published figures by the words of a question, each with what it counts and an address that stays."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from exchange.base.folded_text import folded
from exchange.figures.counts import Key, Range
from exchange.models import ReleasedFigure
from travel.outcomes.measures import MEASURES, WAYS, Measure
from travel.outcomes.population import STEP, By
from travel.outcomes.release_page import Namer
from travel.outcomes.words import count_text, share_words

QUESTION_MAX, WORDS_MAX = 120, 12
SAME_BEGINNING = 4  # letters: passport and passports, submitted and submission
CLOSE = 0.75  # of difflib: one wrong letter of four, two of eight
# words of a question that ask for nothing; two languages may be typed into either page
ASKING = frozenset(
    "a about an and are at be been by did do for from get got had has have how in is it many much number of on our out"
    " said say so some tell the their there they this to us was we were what when where which who whom with year you"
    " al como con cual cuando cuanta cuantas cuanto cuantos de del el en es fue fueron ha han hay la las lo los nos"
    " numero o para por que quien se son su sus un una y".split()
)


class Row(NamedTuple):
    """A published figure; `range` is None where it isn't shown. release: its number. as_of: when it was counted."""

    key: Key
    range: Range | None
    release: int
    as_of: datetime

    @property
    def href(self) -> str:
        """Where this figure stands for good: what was published never changes."""
        return f"{reverse('travel:ask-number')}?{urlencode({'figure': self.key}, safe='/')}"


@dataclass(frozen=True, slots=True)
class Answer:
    """One figure in words. `share`: of how many, where that's published and exact."""

    row: Row
    measure: Measure
    subject: str
    group: str
    figure: str
    share: str


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that fit best, the best first. is_whole: each word that asks for something fits them."""

    rows: list[Row]
    is_whole: bool = True


class Published:
    """All that was published, the newest cycle first, with its names in the active language. Five queries."""

    def __init__(self) -> None:
        self.names = Namer()
        fields = ("subject", "name", "by", "group", "low", "high", "release__number", "release__as_of")
        found = ReleasedFigure.objects.order_by("pk").values_list(*fields)
        rows = [Row(Key(*key), _range(low, high), number, at) for *key, low, high, number, at in found]
        newest = {code: place for place, code in enumerate(self.names.cycles)}
        rows.sort(key=lambda row: newest.get(row.key.subject.rpartition("+")[2], len(newest)))
        self.rows = {row.key: row for row in rows if row.key.name in MEASURES}

    def one(self, address: str) -> Row | None:
        return next((row for key, row in self.rows.items() if str(key) == address), None)

    def of_measure(self, name: str) -> list[Row]:
        """Of everybody first, the newest first."""
        return sorted((row for row in self.rows.values() if row.key.name == name), key=lambda row: bool(row.key.by))

    def newest(self) -> list[tuple[Measure, Answer | None]]:
        """Each measure with its newest figure of everybody, or of a group where there's only that; or with none."""
        firsts = {name: next(iter(self.of_measure(name)), None) for name in MEASURES}
        return [(MEASURES[name], self.answer(row) if row else None) for name, row in firsts.items()]

    def answer(self, row: Row) -> Answer:
        key, whole, share = row.key, self._whole(row.key), ""
        if row.range and whole and whole.is_exact and whole.low:
            share = share_words(row.range, whole.low).in_full
        return Answer(
            row,
            MEASURES[key.name],
            self.names.subject(key.subject),
            self.names.group(key),
            f"{count_text(row.range)} / {whole.low}" if share and whole else count_text(row.range),
            share,
        )

    def _whole(self, key: Key) -> Range | None:
        """What the figure is a part of: the same group, or everybody where the group is no part of the whole."""
        within = MEASURES[key.name].within
        wholes = [key._replace(name=within), key._replace(name="travelers")]
        if not key.by or key.by == STEP or key.name == "travelers":
            wholes.append(Key(key.subject, within))
        row = next((self.rows[each] for each in wholes if each in self.rows and each != key), None)
        return row.range if within and row else None

    def find(self, question: str) -> Found:
        """Which figures a question is about, by its words; with none of them, nothing."""
        asked = [word for word in _words(question[:QUESTION_MAX]) if word not in ASKING][:WORDS_MAX]
        texts = _Texts(self.names, self.rows)
        means = {word: texts.like(word) for word in asked}
        ranked: dict[int, list[tuple[tuple[float, ...], Row]]] = {}
        for order, row in enumerate(self.rows.values()):
            near, far = texts.near(row.key), texts.far[row.key.name]
            direct = sum(not means[word].isdisjoint(near) for word in asked)
            fitting = sum(not means[word].isdisjoint(near | far) for word in asked)
            if fitting:
                title = texts.titles[row.key.name]
                said = sum(any(each in means[word] for word in asked) for each in title) / len(title)
                rank = (-direct, bool(row.key.by), row.range is None, -said, order)
                ranked.setdefault(fitting, []).append((rank, row))
        most = max(ranked, default=0)
        return Found([row for _rank, row in sorted(ranked.get(most, ()))], most == len(asked))


class _Texts:
    """The words by which a figure is found: of its measure, its cycle, its group."""

    def __init__(self, names: Namer, rows: Iterable[Key]) -> None:
        keys = list(rows)
        measures = {name: MEASURES[name] for name in {key.name for key in keys}}
        self.titles = {name: _words(str(each.title)) for name, each in measures.items()}
        self.far = {name: {*_words(f"{each.definition} {each.sentence}")} for name, each in measures.items()}
        self.subjects = {each: {*_words(names.subject(each))} for each in {key.subject for key in keys}}
        self.groups = {(key.by, key.group): {*_words(_group(names, key))} for key in keys if key.by}
        sets: list[Iterable[str]] = [*self.titles.values(), *self.far.values()]
        self.known = set[str]().union(*sets, *self.subjects.values(), *self.groups.values())

    def near(self, key: Key) -> set[str]:
        return self.subjects[key.subject].union(self.titles[key.name], self.groups.get((key.by, key.group), ()))

    def like(self, word: str) -> set[str]:
        """The words that begin alike; without any, the closest: a typed word may have a wrong letter."""
        found = {each for each in self.known if _alike(word, each)}
        closest = [] if found else get_close_matches(word, sorted(self.known), n=1, cutoff=CLOSE)
        return found.union(each for each in self.known for meant in closest if _alike(meant, each))


def _group(names: Namer, key: Key) -> str:
    return f"{names.group(key)} {WAYS.get(key.by, '') if key.by != By.CITY else ''}"


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", folded(text))


def _alike(one: str, other: str) -> bool:
    """The same word, or one of its forms: they begin alike up to their last three letters."""
    if one == other or one.isdecimal() or other.isdecimal():
        return one == other
    long = max(SAME_BEGINNING, min(len(one), len(other)) - 2)
    return one[:long] == other[:long] and min(len(one), len(other)) >= SAME_BEGINNING


def _range(low: int | None, high: int | None) -> Range | None:
    return None if low is None or high is None else Range(low, high)

"""Which of today's passages each of the office's texts belongs to, also after an update that reworded or removed it.

A text stays where it was while the template has the same English. If an update changed that English, the text goes to
the passage of the same template that is new since and most like the old one: an edit is never overwritten, and the page
shows what the portal says now. Without a likely passage the text rests, and the list of texts names it.
"""

from collections.abc import Iterable
from difflib import SequenceMatcher

from exchange.models import Wording
from exchange.wording.own import Key
from exchange.wording.pages import in_place
from exchange.wording.passages import Passage, names_in

LIKE = 0.45


def placed(rows: Iterable[Wording]) -> dict[Passage, Wording]:
    """The newest versions by passage. Rows whose passage is gone and has no likely heir are left out."""
    rows = list(rows)
    today = {passage.key: passage for place in {row.place for row in rows} for passage in in_place(place)}
    found = {today[row.key]: row for row in rows if row.key in today and _fits(row, today[row.key])}
    for _likeness, passage, row in _likely([row for row in rows if row.key not in today and not row.is_shipped], today):
        if passage not in found and row not in found.values():
            found[passage] = row
    return found


def _likely(rows: list[Wording], today: dict[Key, Passage]) -> list[tuple[float, Passage, Wording]]:
    """Most alike first."""
    pairs = []
    for row in rows:
        for passage in today.values():
            if passage.place != row.place or passage.code in row.siblings or not _fits(row, passage):
                continue
            likeness = SequenceMatcher(None, row.source, passage.source, autojunk=False).ratio()
            if likeness >= LIKE:
                pairs.append((likeness, passage, row))
    return sorted(pairs, key=lambda pair: (-pair[0], pair[2].pk))


def _fits(row: Wording, passage: Passage) -> bool:
    """Whether the passage can fill in every placeholder of the text, and counts as the text does."""
    used = frozenset[str]().union(*(names_in(text) for text in row.words))
    return used <= passage.placeholders and bool(row.words[1]) == bool(passage.several)

"""Measures masking against a list, made by reading, of what gives the college away in given answers. Pure Python.

Recall: of the listed giveaways, how many readers don't see. Precision: of the places, schools and colleges that are
covered, how many are listed; the rest was covered without need.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from applications.base.folding import fold
from applications.reading.masking import Hidden, Mark, mask, plain, spans

CLUES = frozenset({Mark.COLLEGE, Mark.SCHOOL, Mark.PLACE})


@dataclass(slots=True)
class Measure:
    """`open_without`: applications in which a giveaway shows when only the colleges' own names are covered. `left`:
    (application, giveaway) that shows. `needless`: (application, words) that are covered and not listed."""

    applications: int = 0
    telling: int = 0
    open_without: int = 0
    giveaways: int = 0
    covered: int = 0
    left: list[tuple[str, str]] = field(default_factory=list)
    needless: list[tuple[str, str]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return 1 - len(self.left) / self.giveaways if self.giveaways else 1.0

    @property
    def open(self) -> int:
        """Applications in which a giveaway shows."""
        return len({key for key, _words in self.left})

    @property
    def precision(self) -> float:
        return 1 - len(self.needless) / self.covered if self.covered else 1.0


def measure(answers: Mapping[str, tuple[Sequence[str], Hidden]], giveaways: Mapping[str, Sequence[str]]) -> Measure:
    """`answers`: the texts of each application, by any key, and what must be masked in them. `giveaways`: by the same
    key, the words as they stand in the texts."""
    found = Measure(applications=len(answers))
    for key, (texts, hidden) in answers.items():
        listed = giveaways.get(key, ())
        bare = replace(hidden, clues=())
        found.telling += bool(listed)
        found.open_without += bool(_shown(listed, [plain(mask(text, bare)) for text in texts]))
        found.giveaways += len(listed)
        found.left += [(key, words) for words in _shown(listed, [plain(mask(text, hidden)) for text in texts])]
        for words in _covered(texts, hidden):
            found.covered += 1
            if not any(_overlap(words, one) for one in listed):
                found.needless.append((key, words))
    return found


def _shown(giveaways: Iterable[str], texts: Iterable[str]) -> list[str]:
    shown = "\n".join(texts)
    return [words for words in giveaways if re.search(rf"(?<!\w){re.escape(words)}(?!\w)", shown)]


def _covered(texts: Iterable[str], hidden: Hidden) -> Iterable[str]:
    for text in texts:
        yield from (text[start:end] for start, end, mark_of in spans(text, hidden) if mark_of in CLUES)


def _overlap(words: str, listed: str) -> bool:
    one, other = fold(words)[0].casefold(), fold(listed)[0].casefold()
    return one in other or other in one

"""Words of readers and the committee, composed from `remarks.toml` so that no two readings sound the same."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from travel.demo.book import Draw
from travel.demo.people import FOLDER, Person

CRITERIA = ("purpose", "adapting", "giving_back")
QUOTE_WORDS = range(5, 14)
QUOTED = 0.3  # of the comments


class Remarks:
    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.texts: dict[str, Any] = tomllib.loads((FOLDER / "remarks.toml").read_text())
        self._given: dict[str, list[str]] = {}
        self._said: set[str] = set()

    def one_of(self, *path: str) -> str:
        """A text of that place, each used once before any comes again."""
        key = ".".join(path)
        if not self._given.get(key):
            texts = self.texts
            for name in path:
                texts = texts[name]
            self._given[key] = self.draw.sample(list(texts), len(texts))
        return self._given[key].pop()

    def comment(self, person: Person, points: Mapping[str, int]) -> str:
        """For the committee, in words that nobody has used for anybody else."""
        for number in (2, 2, 2, 3, 3, 3, 3, 3, 3, 3):
            text = self._composed(person, points, number)
            if text not in self._said:
                break
        self._said.add(text)
        return text

    def _composed(self, person: Person, points: Mapping[str, int], number: int) -> str:
        """About the criteria that stand out, sometimes with a line of the student's."""
        chosen = sorted(CRITERIA, key=lambda key: (-abs(points[key] - 3), self.draw.random()))[:number]
        sentences = [self.one_of("comment", key, _band(points[key])) for key in chosen]
        quote = self._quote(person) if sum(points.values()) >= 10 and self.draw.random() < QUOTED else ""
        if quote:
            sentences.insert(self.draw.randint(0, 1), self.one_of("quote", "before").format(quote=quote))
        return " ".join(sentences)

    def feedback(self, person: Person, points: Mapping[str, int]) -> str:
        """For the student, in the language they wrote in: what was best, then what would help."""
        kind = "feedback_es" if person.answer_language == "es" else "feedback"
        best, worst = max(CRITERIA, key=points.__getitem__), min(CRITERIA, key=points.__getitem__)
        sentences = [self.one_of(kind, best, _band(points[best]))]
        if worst != best:
            sentences.append(self.one_of(kind, worst, _band(points[worst])))
        return " ".join(sentences)

    def _quote(self, person: Person) -> str:
        """A short sentence from a story that names nobody: readers do not know who wrote it."""
        text = getattr(person, self.draw.choice(["story_why", "story_new", "story_back"]))
        sentences = [each.strip() for each in re.findall(r"[^.?!]+[.?!]", text)]
        plain = [
            each
            for each in sentences
            if len(each.split()) in QUOTE_WORDS and not re.search(r"[“”]|\s(?!I\b|I’)[A-ZÁÉÍÓÚÑ]", each)
        ]
        return self.draw.choice(plain) if plain else ""


def _band(points: int) -> str:
    return "high" if points >= 4 else "mid" if points == 3 else "low"

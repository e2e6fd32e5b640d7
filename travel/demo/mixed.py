"""People mixed from the names and sentences of `summers.toml`; each pair of sentences comes once.

What is counted about them (who had never been abroad, ...) are the numbers of their row.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from travel.demo.book import Draw
from travel.demo.people import Person, email_of, person
from travel.models import Reflection

Privacy = Reflection.Privacy
STORIES = ("story_why", "story_new", "story_back")
COLLEGES = {
    **{"elac": 9, "lacc": 8, "valley": 5, "lattc": 5, "southwest": 4},
    **{"pierce": 4, "mission": 4, "harbor": 3, "wlac": 3},
}
LETTERS = 3  # one referee of so many never writes
TOLD = 8  # of each group, wrote about the trip afterward
COUNTED = ("never_abroad", "first_flight", "no_degree", "spanish")


class Mixer:
    """`taken`: addresses that somebody has; they follow from the names."""

    def __init__(self, draw: Draw, texts: Mapping[str, Any], taken: set[str]) -> None:
        self.draw, self.texts, self.taken = draw, texts, taken
        self.given: Counter[tuple[str, str]] = Counter()

    def travelers(self, row: Mapping[str, Any]) -> dict[str, list[Person]]:
        """By the city they go to: the group of each trip, as many as it has seats."""
        spots = [trip["city"] for trip in row["trips"] for _ in range(trip["seats"])]
        marks = self._marks(len(spots), row["people"])
        second = [place for place, city in enumerate(spots) if city != spots[0]]
        later = set(self.draw.sample(second, len(spots) - row["people"]["first_choice"]))
        found: dict[str, list[Person]] = {city: [] for city in spots}
        for place, city in enumerate(spots):
            others = [each for each in row["cities"] if each != city]
            ranked = [spots[0], city] if place in later else [city, *others]
            found[city].append(self._person(ranked, marks[place], city))
        return {city: self._reflect(people, self.texts["after"][city]) for city, people in found.items()}

    def others(self, row: Mapping[str, Any]) -> list[Person]:
        """Those who applied and didn't travel: in the travelers' shares, roughly."""
        number = row["people"]["others"]
        share = number / sum(trip["seats"] for trip in row["trips"])
        shares = {each: round(row["people"][each] * share) for each in COUNTED}
        return self.applicants({"others": number, **shares}, row["cities"])

    def applicants(self, said: Mapping[str, int], cities: list[str]) -> list[Person]:
        found = []
        for marks in self._marks(said["others"], said):
            wanted = self.draw.sample(cities, len(cities))
            found.append(self._person(wanted, marks, wanted[0]))
        return found

    def _marks(self, number: int, said: Mapping[str, int]) -> list[dict[str, Any]]:
        """Whoever flew for the first time had never been abroad either."""
        places = range(number)
        never = self.draw.sample(places, said["never_abroad"])
        flight = set(self.draw.sample(never, said["first_flight"]))
        no_degree = set(self.draw.sample(places, said["no_degree"]))
        spanish = set(self.draw.sample(places, said["spanish"]))
        below = ["no_college", "no_college", "some_college"]
        return [
            {
                "first_abroad": place in never,
                "first_flight": place in flight,
                "parents_education": self.draw.choice(below) if place in no_degree else "bachelors",
                "language": "es" if place in spanish else "en",
            }
            for place in places
        ]

    def _person(self, cities: list[str], marks: dict[str, Any], about: str) -> Person:
        draw, language = self.draw, marks["language"]
        major = draw.choice(self.texts["study"]["majors"])
        words = {"city": self.texts["city"][about][language], "major": major}
        return person(
            {
                "full_name": self._name(),
                "college": draw.choices(list(COLLEGES), list(COLLEGES.values()))[0],
                "age": draw.randint(21, 36),
                "major": major,
                "units": draw.choice([9, 12, 12, 12, 14, 15]),
                "work_hours": draw.choice([0, 12, 16, 20, 20, 24, 30, 38]),
                "cities": cities,
                "referee": draw.choice(self.texts["referee"]),
                "letter": self._mix(language, "letter") if draw.randrange(LETTERS) else "",
                **{story: self._mix(language, story).format(**words) for story in STORIES},
                **marks,
            }
        )

    def _name(self) -> str:
        groups = self.texts["names"]
        while True:
            group = self.draw.choices(groups, [each["weight"] for each in groups])[0]
            name = f"{self.draw.choice(group['first'])} {self.draw.choice(group['last'])}"
            if (email := email_of(name)) not in self.taken:
                self.taken.add(email)
                return name

    def _mix(self, language: str, kind: str) -> str:
        """A pair of sentences: the same one comes again only once all pairs were used."""
        number = self.given[language, kind]
        self.given[language, kind] += 1
        parts = self.texts[language][kind]
        first, last = parts["openings"], parts["endings"]
        return f"{first[number % len(first)]} {last[(number + number // len(first)) % len(last)]}"

    def _reflect(self, people: list[Person], texts: list[Mapping[str, str]]) -> list[Person]:
        """Every second one wrote before the trip; of what some wrote after it, a sentence may be quoted."""
        written, left = [], texts[:TOLD]
        for place, each in enumerate(people):
            said: dict[str, Any] = {"reflection_privacy": self.draw.choice([Privacy.PRIVATE, Privacy.PROGRAM])}
            if place % 2 == 0:
                said["reflection_before"] = self._mix(each.language, "before")
            if told := next((text for text in left if text.get("language", "en") == each.language), None):
                left.remove(told)
                texts.remove(told)  # nobody else says it
                said |= {"reflection_after": told["text"], "quote": told.get("quote", "")}
                if "quote" in told:
                    said["reflection_privacy"] = Privacy.PUBLIC
            written.append(replace(each, **said))
        return written

"""The demo's finished summers, each a row of `summers.toml`: dates, trips, who left the road, and who took part."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from exchange.models import User
from travel.demo.accounts import open_students
from travel.demo.cohort import Cohort, Left, dates_of_summer
from travel.demo.cycle import CyclePlan, set_up_cycle, summer_plan
from travel.demo.mixed import Mixer
from travel.demo.people import FOLDER, Person
from travel.demo.scene import Scene
from travel.models import Story


@dataclass(frozen=True, slots=True)
class Summer:
    row: Mapping[str, Any]
    plan: CyclePlan

    def write(
        self, scene: Scene, people: list[Person], seat_of: Mapping[str, str], *, but: frozenset[str] = frozenset()
    ) -> Cohort:
        """`but`: people who don't decline or withdraw, because visitors of the demo meet them later."""
        to = set_up_cycle(self.plan, scene.book.draw, by=scene.office)
        cohort = Cohort(scene, to, people, seat_of, dates_of_summer(self.plan.opens_at.year), signs=False)
        cohort.write(Left(**self.row["left"], but=but))
        return cohort


def read_summers(today: date) -> list[Summer]:
    """Newest first."""
    return [Summer(row, summer_plan(row, today)) for row in _texts()["summer"]]


def write_older(scene: Scene, summers: Iterable[Summer]) -> Iterator[Cohort]:
    """Those whose people are mixed, oldest first. Written last, so that they change nothing about the others."""
    taken = {str(user.email) for user in (*User.objects.all(), *scene.accounts.values())}
    mixer = Mixer(scene.book.draw, _texts(), taken)
    for summer in sorted(summers, key=lambda each: each.plan.opens_at):
        travelers = mixer.travelers(summer.row)
        people = [person for group in travelers.values() for person in group] + mixer.others(summer.row)
        scene.accounts.update(open_students(scene.book, people))
        seat_of = {person.key: city for city, group in travelers.items() for person in group}
        yield summer.write(scene, people, seat_of)


def order_stories(scene: Scene) -> None:
    """The chosen stories of all summers in one order, newest summer first, as the office would put them."""
    chosen = [row for row in scene.book.rows(Story) if row.state == Story.State.CHOSEN]
    chosen.sort(key=lambda row: (-row.reflection.placement.trip.leaves_on.year, row.order))
    for place, row in enumerate(chosen, start=1):
        row.order = place


def _texts() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "summers.toml").read_text())

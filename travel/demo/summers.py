"""The demo's finished summers, each a row of `summers.toml`: dates, trips, who left the road, and who took part."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from travel.demo.accounts import open_students
from travel.demo.cohort import Cohort
from travel.demo.cycle import CyclePlan, first_day_of_summer, plan_of, set_up_cycle
from travel.demo.mixed import Mixer
from travel.demo.people import Person, read
from travel.demo.rounds import Round
from travel.demo.scene import Scene
from travel.models import Story


@dataclass(frozen=True, slots=True)
class Summer:
    row: Mapping[str, Any]
    plan: CyclePlan

    def write(self, scene: Scene, mixer: Mixer, again: list[Person]) -> Cohort:
        """`again`: people who are turned down then, because visitors of the demo meet them later."""
        travelers = mixer.travelers(self.row)
        mixed = [person for group in travelers.values() for person in group] + mixer.others(self.row)
        scene.accounts.update(open_students(scene.book, mixed))
        seat_of = {person.key: city for city, group in travelers.items() for person in group}
        to = set_up_cycle(self.plan, scene.book.draw, by=scene.office)
        cohort = Cohort(scene, to, Round(self.plan.opens_at.date(), read("paths.toml")["summer"]), seat_of)
        cohort.write(again + mixed, self.row["left"], again=len(again), signs=False)
        return cohort


def read_summers(texts: Mapping[str, Any], today: date) -> list[Summer]:
    """Newest first."""
    return [Summer(row, plan_of("summer", first_day_of_summer(row["ago"], today), row)) for row in texts["summer"]]


def order_stories(scene: Scene) -> None:
    """The chosen stories of all summers in one order, newest summer first, as the office would put them."""
    chosen = [row for row in scene.book.rows(Story) if row.state == Story.State.CHOSEN]
    chosen.sort(key=lambda row: (-row.reflection.placement.trip.leaves_on.year, row.order))
    for place, row in enumerate(chosen, start=1):
        row.order = place

"""Tasks of the office, in words, for the pages that list them. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from exchange.base import office_tasks
from exchange.base.codes import key_of
from exchange.base.roles import Person
from exchange.models import OfficeTask
from exchange.reference import facts
from travel.models import Trip

TASK_DAYS = "task.days"


def city_of(trip: Trip) -> dict[str, dict[str, str]]:
    """The params of a task that names the trip's city in both languages."""
    return {"city": {"en": trip.city.name_en, "es": trip.city.name_es}}


def due_on() -> date:
    """The day by which the office does what was opened today."""
    return timezone.localdate() + timedelta(days=int(facts.number(TASK_DAYS)))


@dataclass(frozen=True, slots=True)
class TaskRow:
    task: OfficeTask
    title: str
    text: str
    is_late: bool


def rows_of(tasks: Iterable[OfficeTask]) -> list[TaskRow]:
    """Needs `person` and `owner` of each."""
    today = timezone.localdate()
    worded = ((task, office_tasks.words_of(task)) for task in tasks)
    return [TaskRow(task, str(words.title), str(words.text), task.is_late(today)) for task, words in worded]


def about(row: object, user: Person) -> list[TaskRow]:
    """Tasks about this row that this person may see: open ones by their day, then those done. One query."""
    found = OfficeTask.objects.visible_to(user).filter(about=key_of(row), dropped_at__isnull=True)
    tasks = rows_of(found.select_related("person", "owner", "done_by"))
    return sorted(tasks, key=lambda row: (row.task.done_at is not None, row.task.due_on))

"""Tells the office when a cycle's figures can be published: a task, which publishing them finishes."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Cycle
from exchange.base import office_tasks
from exchange.base.codes import key_of
from exchange.figures import releases
from exchange.figures.counts import Key
from exchange.models import OfficeTask, User
from travel.outcomes import counting
from travel.outcomes.population import Stage, answered_key, stage_key

FIGURES, SURVEY = "travel.publish_figures", "travel.publish_survey"
DAYS = 14  # time to look at the preview and to correct records first: what was published stays as it is


def register_words() -> None:
    preview = _("The preview shows what will be hidden, and why. Correct the records first: published figures stay.")
    office_tasks.register(FIGURES, _("Publish the figures of %(cycle)s"), preview)
    office_tasks.register(SURVEY, _("Publish what the travelers of %(cycle)s said in the survey"), preview)


@transaction.atomic
def open_tasks() -> int:
    """A task for each cycle that can be counted and isn't published. Returns how many there are. Safe to repeat."""
    told, path = releases.told(), reverse("travel:outcomes-release-next")
    due_on, number = timezone.localdate() + timedelta(days=DAYS), 0
    for cycle in counting.ready():
        for kind, key in _waiting(cycle):
            if key not in told:
                params = {"cycle": {"en": cycle.name_en, "es": cycle.name_es}}
                office_tasks.open(
                    f"{kind}:{cycle.code}", kind, due_on=due_on, about=key_of(cycle), path=path, params=params
                )
                number += 1
    return number


def _waiting(cycle: Cycle) -> Iterable[tuple[str, Key]]:
    yield FIGURES, stage_key(cycle.code, Stage.TRAVELED)
    if counting.is_survey_over(cycle):
        yield SURVEY, answered_key(cycle.code)


def finish_tasks(cycles: Iterable[str], *, by: User) -> None:
    """Their figures are published. In the caller's transaction."""
    keys = [f"{kind}:{code}" for code in cycles for kind in (FIGURES, SURVEY)]
    for task in OfficeTask.objects.open().filter(key__in=keys):
        office_tasks.finish(task, by=by)

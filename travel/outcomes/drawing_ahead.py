"""Has the charts drawn that somebody opens first after figures were published, in each language."""

from collections.abc import Iterable

from django.utils import translation

from applications.models import Cycle
from exchange.background import dispatch
from exchange.models import Language
from travel.outcomes import fairness_report, report
from travel.outcomes.groups import groups_of
from travel.outcomes.published import report as published


def after_release(subjects: Iterable[str]) -> None:
    for code in subjects:
        dispatch.send("travel.draw_ahead", code=code)


def draw(code: str) -> None:
    """In a worker. The pages ask for their charts, as they do for a person; jobs draw them."""
    cycle = Cycle.objects.get(code=code)
    for language in Language.values:
        with translation.override(language):
            fairness_report.page_of(groups_of(cycle))
            report.page_of(published(code))

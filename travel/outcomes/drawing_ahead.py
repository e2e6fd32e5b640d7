"""Has the charts drawn that somebody opens first after a release: the groups' page of that cycle, in each language."""

from django.contrib.auth.models import AnonymousUser
from django.utils import translation

from applications.models import Cycle
from exchange.background import dispatch
from exchange.models import Language
from travel.outcomes import fairness_report
from travel.outcomes.fairness_figures import counted_of


def after_release(cycle: Cycle) -> None:
    dispatch.send("travel.draw_ahead", code=cycle.code)


def draw(code: str) -> None:
    """In a worker: counting takes a moment. The page asks for its charts, as it does for a person; jobs draw them."""
    cycle = Cycle.objects.get(code=code)
    for language in Language.values:
        with translation.override(language):
            fairness_report.page_of(counted_of(cycle, by=AnonymousUser()))

"""Long work of the journey, done in a worker (`exchange.jobs`); each may run twice, from the beginning."""

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from exchange.jobs import Result, Work
from travel import export
from travel.actions import replan as plans


def my_data(work: Work) -> Result:
    """Everything we hold about the person who asked."""
    export.write(work.by, work.output, work.progress)
    with translation.override(work.by.language):
        name = _("my-data-%(day)s.zip") % {"day": timezone.localdate().isoformat()}
    return Result(name, "application/zip")


def replan(work: Work) -> None:
    """A trip's dates have moved: everyone is planned again, and those whose plan changed are told."""
    plans.recompute_all(by=work.by)

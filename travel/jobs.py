"""Long work of the journey, done in a worker (`exchange.jobs`); each may run twice, from the beginning."""

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from exchange import roles
from exchange.jobs import Result, Work
from exchange.models import User
from travel import export
from travel.actions import replan


def my_data(work: Work) -> Result:
    """Everything we hold about the person who asked."""
    export.write(work.by, work.output, work.progress)
    with translation.override(work.by.language):
        name = _("my-data-%(day)s.zip") % {"day": timezone.localdate().isoformat()}
    return Result(name, "application/zip")


def plan_again(work: Work) -> None:
    """Everyone's dates after a changed row; whoever is affected is told. There is nothing to download."""
    replan.recompute_all(by=work.by, progress=work.progress)


def may_plan_again(user: User) -> bool:
    """Of the office, or with the right to correct reference rows."""
    return user.is_active and (roles.is_coordinator(user) or user.is_staff)

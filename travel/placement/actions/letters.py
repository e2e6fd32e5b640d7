"""Action that starts the job for all placement letters of a cycle, to be printed."""

from django.db import transaction
from django.utils.translation import gettext as _

from applications.models import Cycle
from exchange.background import jobs
from exchange.base.errors import RuleViolation
from exchange.models import Job, User
from travel.models import Placement

JOB = "travel.placement_letters"


@transaction.atomic
def start(cycle: Cycle, *, by: User, back: str = "") -> Job:
    """Start the job, or return the one under way. RuleViolation("no_letters") while nobody has a seat."""
    count = Placement.objects.active().filter(trip__cycle=cycle).count()
    if not count:
        raise RuleViolation("no_letters", _("No one has a spot in this cycle, so there are no letters to print."))
    params = {"cycle": cycle.code, "back": back}
    job, _new = jobs.start(JOB, jobs.key_of(cycle.code), by=by, params=params, total=count)
    return job

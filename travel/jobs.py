"""The app's long jobs, run in a worker (`exchange.background.jobs`); each may run twice, from the beginning."""

from collections.abc import Mapping

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from applications.models import Cycle
from exchange.background.jobs import Result, Work
from exchange.base import roles
from exchange.models import Job, User
from travel.models import PlacementRun, Trip
from travel.office.own_data import export
from travel.passport.case import replan
from travel.placement import letters
from travel.placement.actions import placement
from travel.placement.placing import Settings


def my_data(work: Work) -> Result:
    """Export everything we hold about the person who asked."""
    export.write(work.by, work.output, work.progress)
    with translation.override(work.by.language):
        name = _("my-data-%(day)s.zip") % {"day": timezone.localdate().isoformat()}
    return Result(name, "application/zip")


def placement_run(work: Work) -> None:
    """Calculate a placement run, or close a trip and run again; its page leads to the run."""
    if trip := work.params.get("close"):
        draft = PlacementRun.objects.select_related("cycle").get(code=work.params["run"])
        closed = Trip.objects.get(code=trip, cycle=draft.cycle_id)
        run = placement.close_and_run(draft, closed, reason=work.params["reason"], by=work.by)
    else:
        cycle = Cycle.objects.get(code=work.params["cycle"])
        run = placement.run(cycle, by=work.by, settings=Settings.of(work.params["settings"]))
    work.leads_to(run.get_absolute_url())


def placement_release(work: Work) -> None:
    """Release a placement run. Skips students who were told already, so it can resume after a crash."""
    placement.carry_out(work.params["run"], work.progress)


def placement_release_failed(job: Job, why: Mapping[str, str]) -> None:
    placement.give_up(job.params["run"], why)


def placement_letters(work: Work) -> Result:
    """Make every letter of a cycle, in the student's language; other workers share the work."""
    letters.write(work)
    return Result(f"letters-{work.params['cycle']}.zip", "application/zip")


def plan_again(work: Work) -> None:
    """Replan everyone after a reference row changed; students whose dates move are told. Has no file to download."""
    replan.recompute_all(by=work.by, progress=work.progress)


def may_plan_again(user: User) -> bool:
    """True for the office, and for people who may correct reference rows in the admin."""
    return user.is_active and (roles.is_coordinator(user) or user.is_staff)

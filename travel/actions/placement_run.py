"""Drafts of a placement: run with what staff chose, kept with the hash of all that went in; nobody is told."""

import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, Cycle
from exchange import audit, jobs
from exchange.errors import RuleViolation
from exchange.models import Job, User
from travel import placing
from travel.actions.placement_release import refuse_while_releasing
from travel.actions.trip_course import close
from travel.models import PlacementRun, Trip
from travel.placing import Inputs, Settings
from travel.what_if import TooManyError

RUN_JOB = "travel.placement_run"
# more students than this wait for a job's progress bar, not for a page
AT_ONCE = 500


def is_long(cycle: Cycle) -> bool:
    return Application.objects.confirmed().filter(cycle=cycle).count() > AT_ONCE


@transaction.atomic
def start_run(cycle: Cycle, *, settings: Settings, by: User, back: str = "") -> Job:
    """As `run`, in a worker. Started once, however often the button is pressed."""
    params = {"cycle": cycle.code, "settings": settings.to_json(), "back": back}
    job, _new = jobs.start(RUN_JOB, jobs.key_of(cycle.code), by=by, params=params)
    return job


@transaction.atomic
def run(cycle: Cycle, *, by: User, settings: Settings | None = None) -> PlacementRun:
    """Match confirmed students to trips and keep the result as a draft: nobody is told.

    Who has a seat keeps it, and moves only up their list, if they asked for it. The lottery is drawn once per cycle:
    running again cannot draw a kinder one. The same inputs and settings give the draft that is there already.
    RuleViolation: ("no_trips"), ("nobody_to_place"), ("lists_open").
    """
    settings = settings or Settings()
    cycle, inputs, seed = _ready(cycle, settings)
    digest = inputs.hash(seed)
    same = _same(cycle, settings, digest, is_what_if=False)
    if same:
        return same
    draft = _keep(cycle, inputs, settings, seed, placing.results(inputs, seed), digest=digest, by=by)
    audit.record("placement.run", draft, by=by, changes=_counts(draft))
    return draft


@transaction.atomic
def look_what_if(cycle: Cycle, *, by: User, settings: Settings | None = None) -> PlacementRun:
    """What ranks alone would give, to lay beside a draft. It can never be released: the database says so, too.

    RuleViolation: as `run`, and ("too_many").
    """
    settings = settings or Settings()
    cycle, inputs, seed = _ready(cycle, settings)
    digest = inputs.hash(seed)
    same = _same(cycle, settings, digest, is_what_if=True)
    if same:
        return same
    try:
        rows = placing.what_if_results(inputs)
    except TooManyError:
        raise RuleViolation("too_many", _("There are too many students and seats for a what-if.")) from None
    draft = _keep(cycle, inputs, settings, seed, rows, digest=digest, by=by, is_what_if=True)
    audit.record("placement.what_if", draft, by=by, changes=_counts(draft))
    return draft


@transaction.atomic
def close_and_run(draft: PlacementRun, trip: Trip, *, reason: str, by: User) -> PlacementRun:
    """Close a trip that misses its smallest group, and run again with the settings of this draft: one act.

    RuleViolation: as `trip.close` and `run`; then nothing is closed.
    """
    close(trip, reason=reason, by=by)
    return run(draft.cycle, by=by, settings=Settings.of(draft.settings))


def _ready(cycle: Cycle, settings: Settings) -> tuple[Cycle, Inputs, int]:
    """The cycle, locked; two at once wait for each other here."""
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)
    refuse_while_releasing(cycle)
    inputs = placing.gather(cycle, settings)
    if not inputs.trip_of_city:
        raise RuleViolation(
            "no_trips", _("This cycle has no open trip that has not left yet. Add a trip, or open one, first.")
        )
    if not inputs.waiting and not inputs.asked:
        if inputs.still_open:
            raise RuleViolation(
                "lists_open", _("Every student without a seat has a list that is still open. Their advisors owe it.")
            )
        raise RuleViolation("nobody_to_place", _("Every confirmed student has a seat. There is nobody to place."))
    first = cycle.placement_runs.order_by("run_at", "pk").first()
    return cycle, inputs, first.seed if first else secrets.randbelow(2**31)


def _same(cycle: Cycle, settings: Settings, digest: str, *, is_what_if: bool) -> PlacementRun | None:
    drafts = cycle.placement_runs.filter(inputs_hash=digest, released_at__isnull=True, is_what_if=is_what_if)
    return next((each for each in drafts if Settings.of(each.settings) == settings), None)


def _keep(
    cycle: Cycle,
    inputs: Inputs,
    settings: Settings,
    seed: int,
    rows: list[placing.Row],
    *,
    digest: str,
    by: User,
    is_what_if: bool = False,
) -> PlacementRun:
    return PlacementRun.objects.create(
        cycle=cycle,
        seed=seed,
        inputs_hash=digest,
        settings=settings.to_json(),
        is_what_if=is_what_if,
        results=rows,
        aside={"open": list(inputs.still_open), "nowhere": inputs.nowhere},
        run_by=by,
        run_at=timezone.now(),
    )


def _counts(draft: PlacementRun) -> dict[str, int]:
    placed = sum(row["trip"] is not None for row in draft.results)
    return {"placed": placed, "unplaced": len(draft.results) - placed, "open": len(draft.aside["open"])}

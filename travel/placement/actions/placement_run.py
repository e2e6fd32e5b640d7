"""Makes placement runs with the settings staff chose, stored with the hash of their inputs; nobody is told."""

import json
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Cycle
from exchange.background import jobs
from exchange.background.subprocesses import TookTooLongError
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.base.sentences import sentence
from exchange.models import Job, User
from travel.models import PlacementInputs, PlacementRun, Trip
from travel.placement import calculating, placing
from travel.placement.actions.placement_release import refuse_while_releasing
from travel.placement.actions.trip_course import close
from travel.placement.placing import Inputs, Row, Settings

RUN_JOB = "travel.placement_run"
TURNS = 3  # attempts, in case the inputs change during the calculation


@dataclass(frozen=True, slots=True)
class Ready:
    inputs: Inputs
    seed: int


@transaction.atomic
def start_run(cycle: Cycle, *, settings: Settings, by: User, back: str = "") -> Job:
    """Start `run` in a worker. Who asks for the same gets the job under way, also another's."""
    params = {"cycle": cycle.code, "settings": settings.to_json(), "back": back}
    key = jobs.key_of(cycle.code, json.dumps(settings.to_json(), sort_keys=True))
    job, _new = jobs.start(RUN_JOB, key, by=by, params=params)
    return job


@transaction.atomic
def start_close(draft: PlacementRun, trip: Trip, *, reason: str, by: User, back: str = "") -> Job:
    """Start `close_and_run` in a worker."""
    params = {"cycle": draft.cycle.code, "run": draft.code, "close": trip.code, "reason": reason, "back": back}
    job, _new = jobs.start(RUN_JOB, jobs.key_of(draft.code, trip.code), by=by, params=params)
    return job


def under_way(cycle: Cycle) -> Job | None:
    """A run that a worker makes now, whoever started it."""
    return Job.objects.unfinished().filter(kind=RUN_JOB, params__cycle=cycle.code).first()


def run(cycle: Cycle, *, by: User, settings: Settings | None = None) -> PlacementRun:
    """Match confirmed students to trips and store the result; nobody is told before its release.

    Students with a seat keep it, and move only up their list, if they asked to. The lottery is drawn once per cycle, so
    running again can't draw a kinder one. The same inputs and settings return the run that exists already.
    RuleViolation: ("no_trips"), ("nobody_to_place"), ("lists_open"), ("took_too_long"), ("changed_meanwhile").
    """
    return _drafted(cycle, settings or Settings(), by=by)


@transaction.atomic
def close_and_run(draft: PlacementRun, trip: Trip, *, reason: str, by: User) -> PlacementRun:
    """Close a trip that misses its smallest group, and run again with the same settings, in one transaction.

    RuleViolation: as `trip.close` and `run`; then nothing is closed.
    """
    close(trip, reason=reason, by=by)
    return run(draft.cycle, by=by, settings=Settings.of(draft.settings))


def _drafted(cycle: Cycle, settings: Settings, *, by: User) -> PlacementRun:
    """Calculate without a lock, then lock and store the result only if nothing has changed by then."""
    ready = _ready(cycle, settings, drawn=secrets.randbelow(2**31))
    for _turn in range(TURNS):
        digest = ready.inputs.hash(ready.seed)
        same = _same(cycle, settings, digest)
        if same:
            return same
        rows = _results(ready)
        with transaction.atomic():
            Cycle.objects.select_for_update(of=("self",)).get(
                pk=cycle.pk
            )  # locked, so that two runs at once wait for each other
            ready = _ready(cycle, settings, drawn=ready.seed)
            if ready.inputs.hash(ready.seed) == digest:
                same = _same(cycle, settings, digest)
                return same or _keep(cycle, ready, settings, rows, digest=digest, by=by)
    raise RuleViolation(
        "changed_meanwhile",
        gettext_lazy("Students, scores or spots changed during the run. Nothing was saved. Run it again."),
    )


def _results(ready: Ready) -> list[Row]:
    try:
        return placing.results(ready.inputs, ready.seed)
    except TookTooLongError:
        text = gettext_lazy("This took more than %(count)s seconds and was stopped. Nothing was saved.")
        raise RuleViolation("took_too_long", sentence(text, count=calculating.SECONDS)) from None


def _ready(cycle: Cycle, settings: Settings, *, drawn: int) -> Ready:
    """`drawn`: the seed of the lottery, used if this is the cycle's first run."""
    refuse_while_releasing(cycle)
    inputs = placing.gather(cycle, settings)
    if not inputs.trip_of_city:
        raise RuleViolation(
            "no_trips",
            gettext_lazy("This cycle doesn’t have an open trip that hasn’t left yet. Add or reopen one first."),
        )
    if not inputs.waiting and not inputs.asked:
        if inputs.still_open:
            raise RuleViolation(
                "lists_open",
                gettext_lazy(
                    "Students without a spot don’t have their cities marked yet. Their advisors need to mark them."
                ),
            )
        raise RuleViolation(
            "nobody_to_place", gettext_lazy("Every confirmed student has a spot. There’s no one to place.")
        )
    first = cycle.placement_runs.order_by("run_at", "pk").first()
    return Ready(inputs, first.seed if first else drawn)


def _same(cycle: Cycle, settings: Settings, digest: str) -> PlacementRun | None:
    drafts = cycle.placement_runs.filter(inputs_hash=digest, released_at__isnull=True)
    return next((each for each in drafts if Settings.of(each.settings) == settings), None)


def _keep(cycle: Cycle, ready: Ready, settings: Settings, rows: list[Row], *, digest: str, by: User) -> PlacementRun:
    draft = PlacementRun.objects.create(
        cycle=cycle,
        seed=ready.seed,
        inputs_hash=digest,
        settings=settings.to_json(),
        results=rows,
        aside={"open": list(ready.inputs.still_open), "nowhere": ready.inputs.nowhere},
        run_by=by,
        run_at=timezone.now(),
    )
    PlacementInputs.of(draft, ready.inputs.text(ready.seed)).save()
    audit.record("placement.run", draft, by=by, changes=_counts(draft))
    return draft


@transaction.atomic
def hand_out(draft: PlacementRun, *, by: User) -> str:
    """The exact inputs of a run, for an auditor. Recorded in the audit log, because they hold groups and city rankings.

    RuleViolation("no_inputs") once the cycle is closed out.
    """
    kept = PlacementInputs.objects.filter(run=draft).first()
    if kept is None:
        raise RuleViolation("no_inputs", _("The inputs of this run are no longer kept."))
    audit.record("placement.hand_out", draft, by=by)
    return kept.text


@transaction.atomic
def forget_inputs() -> int:
    """Delete the inputs of runs whose cycle is closed out; students keep what they were told. Safe to repeat."""
    over = PlacementInputs.objects.filter(run__cycle__closed_out_at__isnull=False)
    removed, _by_model = over.delete()
    return removed


def _counts(draft: PlacementRun) -> dict[str, int]:
    placed = sum(row["trip"] is not None for row in draft.results)
    return {"placed": placed, "unplaced": len(draft.results) - placed, "open": len(draft.aside["open"])}

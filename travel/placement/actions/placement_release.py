"""Releases a placement run: everyone in it gets their seat, or the reason for none, and one message.

`start_release` claims the run, so that what the office reviewed is what happens. `carry_out` does it in batches,
each in its own transaction, and can resume after a crash: students who already have their seat from this run are
skipped, so nobody is told twice.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Application, Cycle, ScheduledRelease
from applications.release.actions import scheduling
from exchange.background import jobs
from exchange.base import audit, office_tasks
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.base.sentences import sentence
from exchange.messages import outbox
from exchange.models import User
from exchange.templatetags.ui import full_day
from travel.base import form_words
from travel.models import Placement, PlacementRun, Trip, Unplaced
from travel.passport.plan.planning import PlanRules
from travel.placement import placing
from travel.placement.actions import move_tasks
from travel.placement.placing import Row
from travel.placement.slots import MOVED, PLACED, Move

RELEASE_JOB = "travel.placement_release"
KIND = ScheduledRelease.Kind.PLACEMENT
STOPPED_TASK = "travel.release_stopped"
AT_ONCE = 50  # students per transaction
NO_CODE = "XXXXXXXX"  # in a preview, of a page that a student doesn't have yet
SHORT = 50  # up to this many are told while the page waits; more by a job

type Progress = Callable[[int, int], None]


@transaction.atomic
def release(draft: PlacementRun, *, by: User) -> list[Placement]:
    """Give everyone placed by a run their seat, checklist and passport case, and everyone in it one message.

    In one transaction; for long ones there is `start_release`. If two coordinators release at once, the cycle's row is
    locked, and the second changes nothing. RuleViolation: as `start_release`.
    """
    draft = _claim(draft, by=by)
    carry_out(draft.code)
    draft.refresh_from_db()
    return list(draft.placements.all())


@transaction.atomic
def start_release(draft: PlacementRun, *, by: User) -> PlacementRun:
    """Like `release`, but in a worker with progress. Calling it again returns the run that is under way.

    RuleViolation: ("already_scheduled"), ("run_outdated") when anything has changed since the run,
    ("nothing_to_release"), ("release_under_way") while another run of the cycle is being released.
    """
    draft = _claim(draft, by=by)
    if draft.finished_at is None:
        first = draft.released_by  # whose role may have ended half-way
        by = first if first and scheduling.is_allowed(first, KIND) else by
        jobs.start(RELEASE_JOB, jobs.key_of(draft.code), by=by, params={"run": draft.code})
    return draft


def refuse_while_releasing(cycle: Cycle) -> None:
    """RuleViolation("release_under_way") while seats are being given out. The caller has locked the cycle."""
    other = cycle.placement_runs.filter(released_at__isnull=False, finished_at__isnull=True)
    found = other.select_related("released_by").first()
    if found:
        raise RuleViolation(
            "release_under_way",
            sentence(
                gettext_lazy("%(name)s is releasing a placement for this cycle right now. Wait until it’s done."),
                name=found.released_by,
            ),
        )


def _claim(draft: PlacementRun, *, by: User) -> PlacementRun:
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=draft.cycle_id)
    draft = PlacementRun.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if draft.released_at is not None:
        return draft
    scheduling.refuse_while_waiting(cycle, KIND)
    _check(draft, cycle)
    draft.released_at, draft.released_by = timezone.now(), by
    draft.save(update_fields=["released_at", "released_by"])
    scheduling.settle(cycle, KIND, by=by)
    return draft


def _check(draft: PlacementRun, cycle: Cycle) -> None:
    """RuleViolation if this run can't be released now. The caller has locked the cycle and the run."""
    refuse_while_releasing(cycle)
    draft.cycle = cycle
    if placing.is_outdated(draft):
        raise RuleViolation(
            "run_outdated",
            _("Students, scores or spots have changed since this run. No one was told. Run it again."),
        )
    if not any(_gives(row) for row in draft.results):
        raise RuleViolation("nothing_to_release", _("This run doesn’t place anyone, so there’s nothing to release."))
    if missing := [step.title for step in form_words.steps_without_words(cycle)]:
        said = {"steps": ", ".join(missing)}
        raise RuleViolation(
            "forms_unpublished",
            _("As soon as students are placed, they’re asked to sign. First publish the forms for: %(steps)s.") % said,
        )
    if missing := list(form_words.without_text(cycle)):
        text = _("Students get these steps and prompts now. First write them in both languages: %(steps)s.")
        raise RuleViolation("texts_missing", text % {"steps": ", ".join(missing)})


@transaction.atomic
def schedule(draft: PlacementRun, *, due_at: datetime, by: User) -> ScheduledRelease:
    """Release this run at that time, if it's still current then. A second call by the same person changes nothing.

    RuleViolation: as `start_release` and `scheduling.check_time`, already_released, after_departure.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=draft.cycle_id)
    draft = PlacementRun.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if draft.released_at is not None:
        raise RuleViolation("already_released", _("This run is already released. Nothing was scheduled."))
    check_time(draft, due_at)
    _check(draft, cycle)
    return scheduling.add(KIND, cycle, due_at=due_at, about=draft.code, by=by)


def check_time(draft: PlacementRun, due_at: datetime) -> None:
    """RuleViolation: as `scheduling.check_time`; after_departure, once a trip of the run has begun."""
    scheduling.check_time(due_at)
    codes = {row["trip"] for row in draft.results if _gives(row)}
    first = Trip.objects.filter(code__in=codes).select_related("city").order_by("leaves_on").first()
    if first and first.leaves_on <= timezone.localdate(due_at):
        said = {"city": first.city.name, "day": full_day(first.leaves_on)}
        raise RuleViolation(
            "after_departure", _("The trip to %(city)s leaves on %(day)s. Choose an earlier day.") % said
        )


def start_scheduled(scheduled: ScheduledRelease) -> None:
    """For `scheduling`, at its time. RuleViolation as `start_release`."""
    draft = PlacementRun.objects.get(code=scheduled.about, cycle=scheduled.cycle)
    if draft.released_at is None:
        start_release(draft, by=scheduled.set_by)


def rows_to_tell(draft: PlacementRun) -> list[Row]:
    """Everyone in the run but students who keep the seat that they have."""
    return [row for row in draft.results if _gives(row) or "before" not in row]


def message_of(row: Row, application: Application, placement: Placement | None) -> tuple[str, dict[str, Any]]:
    """The template and context of what this row's student gets. `placement`: with the trip of the row, if there is
    one."""
    if row["trip"] is None or placement is None:
        return "travel/not_placed", {"application": application}
    return "travel/moved" if "before" in row else "travel/placed", {"placement": placement, "trip": placement.trip}


def _gives(row: Row) -> bool:
    return row["trip"] is not None and row["trip"] != row.get("before")


def carry_out(code: str, progress: Progress = lambda done, total: None) -> PlacementRun:
    """Give everyone in a claimed run their seat and message. Run again, it handles only those left."""
    draft = PlacementRun.objects.select_related("cycle", "released_by").get(code=code)
    if draft.released_by is None or draft.finished_at is not None:
        return draft
    rows = rows_to_tell(draft)
    trips = {trip.code: trip for trip in draft.cycle.trips.select_related("city", "host", "cycle")}
    telling = _Telling(draft, trips, PlanRules.load(trips.values()), draft.released_by)
    for number, some in enumerate(batched(rows, AT_ONCE)):
        progress(number * AT_ONCE, len(rows))
        telling.tell(some)
    return telling.finish()


@transaction.atomic
def give_up(code: str, why: Mapping[str, str]) -> None:
    """For the job, which ended without success. Where nobody has been told yet, the run is a draft again, and the
    office is told if it was scheduled. Where some have, it stays released, and a task says to continue."""
    draft = PlacementRun.objects.select_for_update(of=("self",)).get(code=code)
    if draft.released_at is None or draft.finished_at is not None:
        return
    if draft.placements.exists() or draft.unplaced.exists():
        office_tasks.open(
            stopped_key(draft),
            STOPPED_TASK,
            due_on=timezone.localdate(),
            path=draft.get_absolute_url(),
            params={"cycle": {"en": draft.cycle.name_en, "es": draft.cycle.name_es}},
            source=stopped_key(draft),
        )
        return
    draft.released_at = draft.released_by = None
    draft.save(update_fields=["released_at", "released_by"])
    scheduling.turn_back(KIND, draft.code, why)


def stopped_key(draft: PlacementRun) -> str:
    """Of the task about a run that was left half-way."""
    return f"{key_of(draft)}:stopped"


class _Telling:
    """Writes what each student of one released run gets."""

    def __init__(self, run: PlacementRun, trips: dict[str, Trip], rules: PlanRules, by: User) -> None:
        self.run, self.trips, self.rules, self.by = run, trips, rules, by
        self.batch = key_of(run)

    @transaction.atomic
    def tell(self, rows: Iterable[Row]) -> None:
        """Handle these rows. Students who have withdrawn since are skipped, and their seat stays free."""
        # if there are ever two workers, the second waits
        PlacementRun.objects.select_for_update(of=("self",)).get(pk=self.run.pk)
        by_code = {row["application"]: row for row in rows}
        told = {
            *Placement.objects.filter(run=self.run, application__code__in=by_code).values_list(
                "application", flat=True
            ),
            *Unplaced.objects.filter(run=self.run, application__code__in=by_code).values_list("application", flat=True),
        }
        there = Application.objects.select_for_update(of=("self",)).confirmed().filter(cycle=self.run.cycle_id)
        found = {each.code: each for each in there.filter(code__in=by_code).order_by("pk").with_people()}
        for code, row in by_code.items():
            application = found.get(code)
            if application is None or application.pk in told:
                continue
            if row["trip"] is None:
                self._no_seat(application, row)
            elif "before" in row:
                self._move(application, row)
            else:
                self._place(application, row)

    def _place(self, application: Application, row: Row) -> None:
        """Give the student a seat. One whose trip was canceled keeps the placement, with all that was finished."""
        placement = self._there(application).first()
        Unplaced.objects.filter(application=application).delete()
        if placement:
            self._change(placement, application, row)
        else:
            placement = Placement.objects.create(application=application, **self._seat(row))
            for follow in PLACED:
                follow(placement, by=self.by, rules=self.rules)
        audit.record("placement.place", placement, by=self.by)
        self._message(row, application, placement)

    def _move(self, application: Application, row: Row) -> None:
        """Move the student up their list, as they asked."""
        placement = self._there(application).get()
        before = placement.trip_id
        self._change(placement, application, row)
        audit.record("placement.move", placement, by=self.by, changes={"trip": [before, placement.trip_id]})
        self._message(row, application, placement)

    def _there(self, application: Application) -> QuerySet[Placement]:
        rows = Placement.objects.select_for_update(of=("self",)).select_related("trip__city", "trip__host")
        return rows.filter(application=application)

    def _seat(self, row: Row) -> dict[str, Any]:
        return {
            "trip": self.trips[row["trip"]],
            "run": self.run,
            "rank": row["rank"],
            "explanation": _explanation(row),
            "placed_by": self.by,
            "placed_at": timezone.now(),
            "upgrade_until": None,
        }

    def _change(self, placement: Placement, application: Application, row: Row) -> None:
        was, placement.application = placement.trip, application
        for name, value in self._seat(row).items():
            setattr(placement, name, value)
        placement.save()
        source = move_tasks.source_of(placement, placement.placed_at)
        for each in MOVED:
            each.after(Move(placement, was, source, self.by))

    def _no_seat(self, application: Application, row: Row) -> None:
        """Tell the student once that they have no seat; later runs without one only update the reasons."""
        new = {"run": self.run, "explanation": _explanation(row)}
        unplaced, is_new = Unplaced.objects.update_or_create(application=application, defaults=new)
        if is_new:
            audit.record("placement.no_seat", unplaced, by=self.by)
            self._message(row, application)

    def _message(self, row: Row, application: Application, placement: Placement | None = None) -> None:
        template, context = message_of(row, application, placement)
        outbox.queue(template, to=application.person, context=context, batch=self.batch)

    @transaction.atomic
    def finish(self) -> PlacementRun:
        locked = PlacementRun.objects.select_for_update(of=("self",)).get(pk=self.run.pk)
        if locked.finished_at is not None:
            return locked
        locked.finished_at = timezone.now()
        locked.save(update_fields=["finished_at"])
        office_tasks.drop(stopped_key(locked), by=self.by)
        changes = {"placed": locked.placements.count(), "unplaced": locked.unplaced.count()}
        audit.record("placement.release", locked, by=self.by, changes=changes)
        return locked


def _explanation(row: Row) -> list[Row]:
    return [{key: why[key] for key in ("city", "rank", "reason")} for why in row["why"]]

"""Releases: a dry run is stored, and a release does exactly what that dry run said, or nothing.

The messages are written first, with progress; then one transaction makes all results known. A worker that is killed
at any point leaves all of it done or nothing, and `Release.finished_at` tells the next one which.
"""

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import batched

from django.db import transaction
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from applications.models import Application, Cycle, Decision, Offer, Release, ScheduledRelease
from applications.release import after, dry_runs
from applications.release.actions import appeals, scheduling, unsent
from applications.release.dry_runs import Differences, DryRunLine
from applications.selection import ranking
from applications.states import MOVES, RESULTS, Status, check_move
from exchange.background import jobs
from exchange.base import audit
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.base.home import home_zone
from exchange.base.sentences import in_each, sentence
from exchange.messages import outbox
from exchange.models import Job, Message, User
from exchange.templatetags.ui import deadline, full_day

# The states in which an application can still get a result
CAN_BE_TOLD = tuple(status for status in Status if Status.NOT_SELECTED in MOVES[status])
JOB = "applications.release"
KIND = ScheduledRelease.Kind.RESULTS
# progress is reported after this many messages
AT_ONCE = 200

type Progress = Callable[[int, int], None]

# --- What a release would do ------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """What a release would do now. `left_out`: decided applications that are withdrawn or back with the student."""

    decisions: tuple[Decision, ...]
    left_out: tuple[Decision, ...]
    answer_by: datetime

    @cached_property
    def lines(self) -> list[DryRunLine]:
        return [DryRunLine(each.application.code, each.result, each.waitlist_position) for each in self.decisions]

    @cached_property
    def partly_read(self) -> int:
        """How many get a result with a score from fewer readings than planned."""
        return sum(ranking.is_partly_read(each.application, each.application.cycle) for each in self.decisions)

    @cached_property
    def fingerprint(self) -> str:
        return dry_runs.fingerprint(self.lines)


def plan_release(cycle: Cycle, *, on: date | None = None) -> Plan:
    """The plan of a release now, or on that day: what would be told is the same, the day to answer by isn't."""
    private = Decision.objects.unreleased().filter(application__cycle=cycle)
    rows = sorted(
        private.select_related("application__student", "application__college", "application__cycle"),
        key=lambda row: (RESULTS.index(Status(row.result)), row.waitlist_position or 0, row.application.code),
    )
    told = tuple(row for row in rows if row.application.status in CAN_BE_TOLD)
    left_out = tuple(row for row in rows if row.application.status not in CAN_BE_TOLD)
    return Plan(told, left_out, answer_by(cycle, on=on))


def answer_by(cycle: Cycle, *, on: date | None = None) -> datetime:
    """The end, in the portal's time zone, of the last day on which a student told on that day, or today, can answer."""
    return end_of_day((on or timezone.localdate()) + timedelta(days=cycle.answer_days))


def end_of_day(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), tzinfo=home_zone())


def message_context(application: Application, answer_by: datetime) -> dict[str, object]:
    """The context of the message that a release sends; the preview uses the same."""
    return {"application": application, "cycle": application.cycle, "answer_by": answer_by}


def draft_message(decision: Decision, answer_by: datetime) -> list[Message]:
    """The messages as this student would get them, in their language; stores and sends nothing."""
    application = decision.application
    return outbox.drafts(
        unsent.RELEASED_MESSAGE, to=application.person, context=message_context(application, answer_by)
    )


def preview_messages(decisions: Iterable[Decision], answer_by: datetime) -> list[list[Message]]:
    """What a release would send for each decision now. As in a release, no text message without consent."""
    return outbox.welcome([(each.application.person, draft_message(each, answer_by)) for each in decisions])


# --- Dry runs ---------------------------------------------------------------------------------------


def dry_runs_of(cycle: Cycle) -> list[Release]:
    """Dry runs since the last release, newest first, none of them started."""
    kept = Release.objects.filter(cycle=cycle).select_related("made_by")
    last = kept.filter(finished_at__isnull=False).order_by("-finished_at").first()
    open_ones = kept.filter(started_at__isnull=True)
    return list(open_ones.filter(made_at__gt=last.finished_at) if last else open_ones)


def differences(before: Release | None, plan: Plan) -> Differences:
    return dry_runs.compare(dry_runs.read(before.lines) if before else [], plan.lines)


def is_current(dry_run: Release, plan: Plan) -> bool:
    """Whether a release now would do exactly what this dry run says, including the last day for an answer."""
    return (dry_run.fingerprint, dry_run.answer_by) == (plan.fingerprint, plan.answer_by)


@transaction.atomic
def keep_dry_run(cycle: Cycle, *, by: User, on: date | None = None) -> Release:
    """Store a dry run of what would be told now, or on that day. If the last one is still current, it is returned.

    RuleViolation: nothing_to_release.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)
    plan = plan_release(cycle, on=on)
    if not plan.decisions:
        raise RuleViolation("nothing_to_release", _("There’s nothing to release, so we didn’t message anyone."))
    newest = next(iter(dry_runs_of(cycle)), None)
    if newest and is_current(newest, plan):
        return newest
    kept = Release.objects.create(
        cycle=cycle,
        lines=[list(line) for line in plan.lines],
        fingerprint=plan.fingerprint,
        answer_by=plan.answer_by,
        made_by=by,
    )
    audit.record("selection.dry_run", kept, by=by, changes={"counts": _counts(plan), "fingerprint": kept.fingerprint})
    return kept


def _counts(plan: Plan) -> dict[str, int]:
    return dict(sorted(Counter(line.result for line in plan.lines).items()))


# --- Releasing --------------------------------------------------------------------------------------


@transaction.atomic
def start(dry_run: Release, *, by: User, partly_read: bool = False) -> Release:
    """Hand the release to a worker. A second call by the same person changes nothing.

    `partly_read`: the person agreed to go ahead although not all readings of these candidates are in.
    RuleViolation: already_started, another_under_way, already_scheduled, changed_since_preview, partly_read.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=dry_run.cycle_id)
    for stuck in Release.objects.filter(
        cycle=cycle, started_at__isnull=False, finished_at__isnull=True, job__state=Job.State.FAILED
    ):
        _give_back(stuck)
    locked = Release.objects.select_for_update(of=("self",)).get(pk=dry_run.pk)
    if locked.started_at:
        if locked.started_by_id == by.pk:
            return locked
        said = {"name": locked.started_by, "when": deadline(locked.started_at)}
        raise RuleViolation(
            "already_started", _("%(name)s started this release on %(when)s. No one will be told twice.") % said
        )
    other = Release.objects.filter(cycle=cycle, started_at__isnull=False, finished_at__isnull=True).first()
    if other:
        said = {"name": other.started_by}
        raise RuleViolation(
            "another_under_way",
            _("%(name)s is releasing this cycle’s results right now. Wait until that’s done.") % said,
        )
    scheduling.refuse_while_waiting(cycle, KIND)
    plan = plan_release(cycle)
    _check(locked, plan)
    _check_read(plan, cycle, partly_read)
    scheduling.settle(cycle, KIND, by=by)
    job, _new = jobs.start(
        JOB, jobs.key_of(locked.code), by=by, params={"release": locked.code}, total=len(locked.lines)
    )
    locked.started_at, locked.started_by, locked.job = timezone.now(), by, job
    locked.save(update_fields=["started_at", "started_by", "job"])
    return locked


def _check_read(plan: Plan, cycle: Cycle, agreed: bool) -> None:
    if plan.partly_read and not agreed:
        raise RuleViolation("partly_read", not_fully_read(plan.partly_read, cycle))


def not_fully_read(count: int, cycle: Cycle) -> str:
    text = ngettext(
        "%(count)s candidate has fewer than %(planned)s readings. Wait for the rest, or check the box to go ahead.",
        "%(count)s candidates have fewer than %(planned)s readings. Wait for the rest, or check the box to go ahead.",
        count,
    )
    return text % {"count": count, "planned": cycle.reads_each}


def _check(dry_run: Release, plan: Plan) -> None:
    if is_current(dry_run, plan):
        return
    changed = differences(dry_run, plan)
    if changed:
        some = ", ".join(f"{code[:2]}-{code[2:6]}" for code in sorted(changed.codes)[:5])
        text = ngettext_lazy(
            "%(count)s result has changed: %(codes)s.", "%(count)s results have changed: %(codes)s.", changed.count
        )
        what = sentence(text, count=changed.count, codes=some)
    else:
        text = gettext_lazy("The deadline to answer would now be %(when)s.")
        what = sentence(text, when=lazy(deadline, str)(plan.answer_by))
    text = gettext_lazy("Something has changed since the preview. %(what)s Nothing was released. Please check again.")
    raise RuleViolation("changed_since_preview", sentence(text, what=what))


def carry_out(code: str, progress: Progress = lambda done, total: None) -> Release:
    """Run by a worker: tell all students of the dry run. If it runs again, also after a crash, nobody is told twice.

    RuleViolation: changed_since_preview (nothing was done, and the release can be started again).
    """
    release = Release.objects.select_related("cycle", "started_by").get(code=code)
    if release.finished_at or release.started_at is None:
        return release
    drafted: dict[int, tuple[User, list[Message]]] = {}
    plan = plan_release(release.cycle)
    for number, decision in enumerate(plan.decisions):
        drafted[decision.application_id] = decision.application.person, draft_message(decision, release.answer_by)
        if number % AT_ONCE == 0:
            progress(number, len(plan.decisions))
    try:
        return _make_known(release, drafted)
    except RuleViolation as violation:
        _give_back(release)
        why = in_each(violation.words, scheduling.REFUSAL_MAX)
        scheduling.turn_back(KIND, release.code, why)
        raise


@transaction.atomic
def _make_known(release: Release, drafted: dict[int, tuple[User, list[Message]]]) -> Release:
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=release.cycle_id)
    locked = Release.objects.select_for_update(of=("self",)).select_related("started_by").get(pk=release.pk)
    if locked.finished_at or locked.started_by is None:  # another worker has done it
        return locked
    waiting = Decision.objects.unreleased().filter(application__cycle=cycle).values("application")
    # locked in one order, so that no other act on an application comes between
    list(Application.objects.select_for_update(of=("self",)).filter(pk__in=waiting).order_by("pk").only("pk"))
    plan, by, now = plan_release(cycle), locked.started_by, timezone.now()
    if plan.fingerprint != locked.fingerprint or locked.answer_by <= now:
        _check(locked, plan)
    # only students who were told something before, such as a place on the waiting list, can have a waiting message
    unsent.drop([each.application for each in plan.decisions if each.application.status == Status.WAITLISTED])
    _write(plan, locked, by, now)
    outbox.queue_many([drafted[each.application_id] for each in plan.decisions], batch=key_of(locked))
    told = ((each.application, {"result": each.result}) for each in plan.decisions)
    audit.record_many("selection.release", told, by=by)
    changes = {"counts": _counts(plan), "fingerprint": plan.fingerprint, "dry_run": locked.code}
    audit.record("selection.release", cycle, by=by, changes=changes)
    locked.finished_at = now
    locked.save(update_fields=["finished_at"])
    transaction.on_commit(functools.partial(after.tell, cycle), robust=True)
    return locked


def _write(plan: Plan, release: Release, by: User, now: datetime) -> None:
    told = {"released_at": now, "released_by": by, "appeal_days": appeals.numbers()[appeals.DAYS]}
    for result in RESULTS:
        mine = [each for each in plan.decisions if each.result == result]
        for each in mine:
            check_move(each.application.status, result)
        for some in batched(mine, 1000):
            Application.objects.filter(pk__in=[each.application_id for each in some]).update(status=result)
            Decision.objects.filter(pk__in=[each.pk for each in some]).update(**told)
            if result == Status.SELECTED:
                Offer.objects.bulk_create(
                    Offer(application=each.application, decision=each, made_at=now, answer_by=release.answer_by)
                    for each in some
                )


@transaction.atomic
def _give_back(release: Release) -> None:
    """Turn a release that did nothing back into a dry run that can be started again. Its job keeps the reason."""
    Release.objects.filter(pk=release.pk, finished_at__isnull=True).update(started_at=None, started_by=None)


@transaction.atomic
def give_up(code: str, why: Mapping[str, str]) -> None:
    """For the job, which ended without telling anybody, such as because its person's role had ended: turn the release
    back into a dry run, and tell the office if it was scheduled. Nothing where that is done, or the release is."""
    under_way = Release.objects.select_for_update(of=("self",)).filter(
        code=code, started_at__isnull=False, finished_at__isnull=True
    )
    for release in under_way:
        _give_back(release)
        scheduling.turn_back(KIND, release.code, why)


# --- At a set time ----------------------------------------------------------------------------------


@transaction.atomic
def schedule(dry_run: Release, *, due_at: datetime, by: User, partly_read: bool = False) -> ScheduledRelease:
    """Release what this dry run says at that time. A second call by the same person changes nothing.

    Stores a dry run for that day, because the day to answer by follows from it. `partly_read`: as for `start`.
    RuleViolation: in_the_past, quiet_hours, still_open, after_promise, already_started, already_scheduled,
    changed_since_preview, partly_read.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=dry_run.cycle_id)
    check_time(cycle, due_at)
    locked = Release.objects.select_for_update(of=("self",)).get(pk=dry_run.pk)
    if locked.started_at:
        raise RuleViolation("already_started", _("These results are already being released. Nothing was scheduled."))
    plan = plan_release(cycle, on=timezone.localdate(locked.answer_by) - timedelta(days=cycle.answer_days))
    _check(locked, plan)
    _check_read(plan, cycle, partly_read)
    later = keep_dry_run(cycle, by=by, on=timezone.localdate(due_at))
    return scheduling.add(KIND, cycle, due_at=due_at, about=later.code, details={"partly_read": partly_read}, by=by)


def check_time(cycle: Cycle, due_at: datetime) -> None:
    """RuleViolation: as `scheduling.check_time`; still_open, before applications close; after_promise."""
    scheduling.check_time(due_at)
    if due_at < cycle.closes_at:
        said = {"when": deadline(cycle.closes_at)}
        raise RuleViolation("still_open", _("Students can apply until %(when)s. Choose a time after that.") % said)
    if timezone.localdate() <= cycle.decisions_on < timezone.localdate(due_at):
        said = {"day": full_day(cycle.decisions_on)}
        raise RuleViolation(
            "after_promise", _("Students were told they’d hear by %(day)s. Choose that day or an earlier one.") % said
        )


def start_scheduled(scheduled: ScheduledRelease) -> None:
    """For `scheduling`, at its time. RuleViolation as `start`."""
    dry_run = Release.objects.get(code=scheduled.about, cycle=scheduled.cycle)
    start(dry_run, by=scheduled.set_by, partly_read=bool(scheduled.details.get("partly_read")))

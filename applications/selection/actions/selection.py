"""The committee's results: recorded, changed and undone; private until a release (`releasing`)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import disclosures, hidden_scores
from applications.models import Application, Cycle, Decision, Disclosure
from applications.selection import committee
from applications.states import Status, check_move
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import Event, User


@transaction.atomic
def decide(
    application: Application,
    *,
    result: str,
    reason: str,
    waitlist_position: int | None = None,
    by: User,
    seen_at: datetime | None = None,
) -> Decision:
    """Record or change the committee's result; private until a release.

    Waitlisted without a position goes to the end of the list. Recording the same again changes nothing.
    RuleViolation: move_not_allowed, position_taken, own_application, decided_meanwhile.
    """
    (decision,) = decide_many(
        [application], result=result, reason=reason, waitlist_position=waitlist_position, by=by, seen_at=seen_at
    )
    return decision


@transaction.atomic
def decide_many(
    applications: Iterable[Application],
    *,
    result: str,
    reason: str,
    waitlist_position: int | None = None,
    by: User,
    seen_at: datetime | None = None,
) -> list[Decision]:
    """Record one result with one reason for several applications of one cycle, all of them or none.

    `seen_at`: when the page was rendered; what a colleague recorded or removed after that is not overwritten.

    Places on the waiting list follow the scores that the committee works by, as in a proposal (`committee.in_order`).
    RuleViolation: reading_open, and those of `decide`.
    """
    chosen = {application.pk for application in applications}
    lock_cycles(chosen)
    locked = list(Application.objects.select_for_update(of=("self",)).filter(pk__in=chosen).order_by("code"))
    if seen_at:
        _check_seen(locked, seen_at, by)
    if result == Status.WAITLISTED and len(locked) > 1:
        locked = _as_they_wait(locked, by)
    decisions = []
    for application in locked:
        if application.student_id == by.pk:
            raise RuleViolation("own_application", _("This is your own application. Someone else has to decide on it."))
        check_move(application.status, result)
        decisions.append(_decide_one(application, result, reason, waitlist_position, by))
    return decisions


def lock_cycles(keys: Collection[int]) -> None:
    """Lock the rows of these applications' cycles first, so that releases and decisions at the same time wait for each
    other. `keys`: primary keys of applications."""
    cycles = Cycle.objects.filter(applications__in=keys).values("pk")
    list(Cycle.objects.select_for_update(of=("self",)).filter(pk__in=cycles).order_by("pk"))


def _check_seen(applications: list[Application], seen_at: datetime, by: User) -> None:
    newer = Decision.objects.unreleased().filter(application__in=applications, decided_at__gt=seen_at)
    theirs = newer.exclude(decided_by=by).select_related("application", "decided_by").order_by("application__code")
    if found := theirs.first():
        said = {"name": found.decided_by, "label": found.application.candidate_label}
        raise RuleViolation(
            "decided_meanwhile",
            _(
                "In the meantime, %(name)s saved a result for %(label)s: %(result)s. Nothing was changed. Check"
                " it, then decide."
            )
            % {**said, "result": found.get_result_display()},
        )
    of_these = {"target_model": Application._meta.label_lower, "target_id__in": [each.pk for each in applications]}
    undone = Event.objects.filter(action="selection.undo", at__gt=seen_at, **of_these).exclude(by=by)
    if gone := undone.select_related("by").order_by("pk").last():
        label = next(each.candidate_label for each in applications if each.pk == gone.target_id)
        text = _(
            "In the meantime, %(name)s removed the result for %(label)s. Nothing was changed. Check it, then decide."
        )
        raise RuleViolation("decided_meanwhile", text % {"name": gone.by, "label": label})


def _as_they_wait(applications: list[Application], by: User) -> list[Application]:
    owed = {each.pk for each in applications} & hidden_scores.to_read(by, applications)
    if owed:
        labels = ", ".join(sorted(each.candidate_label for each in applications if each.pk in owed))
        raise RuleViolation(
            "reading_open",
            _(
                "Lock your own readings first, or decide one application at a time, because the waitlist order"
                " would show their scores: %(labels)s"
            )
            % {"labels": labels},
        )
    return committee.in_order(applications[0].cycle, applications)


def _decide_one(
    application: Application, result: str, reason: str, waitlist_position: int | None, by: User
) -> Decision:
    decision = application.decisions.unreleased().first()
    before = decision.result if decision else ""
    position = None
    if result == Status.WAITLISTED:
        kept = decision.waitlist_position if decision and not waitlist_position else None
        position = waitlist_position or kept or _end_of_waitlist(application)
        _check_position_is_free(application, position)
    said = {"result": result, "waitlist_position": position, "reason": reason}
    if decision and all(getattr(decision, field) == value for field, value in said.items()):
        return decision
    decision = decision or Decision(application=application)
    for field, value in said.items():
        setattr(decision, field, value)
    decision.decided_by, decision.decided_at = by, timezone.now()
    decision.save()
    audit.record(
        "selection.decide",
        application,
        by=by,
        reason=reason,
        changes={"before": before, "result": result, "position": position},
    )
    return decision


def waiting_list(cycle_id: int) -> QuerySet[Decision]:
    """The decisions of all who are on the waiting list now, released or not."""
    told = Q(released_at__isnull=False, application__status=Status.WAITLISTED)
    return Decision.objects.filter(
        told | Q(released_at__isnull=True), application__cycle=cycle_id, result=Status.WAITLISTED
    )


def _end_of_waitlist(application: Application) -> int:
    last = waiting_list(application.cycle_id).aggregate(last=Max("waitlist_position"))["last"]
    return (last or 0) + 1


def _check_position_is_free(application: Application, position: int) -> None:
    others = waiting_list(application.cycle_id).exclude(application=application).select_related("application")
    taken = others.filter(waitlist_position=position).first()
    if taken:
        raise RuleViolation(
            "position_taken",
            _("Position %(position)s on the waitlist belongs to %(label)s. Choose a different one.")
            % {"position": position, "label": taken.application.candidate_label},
        )


@transaction.atomic
def undo(application: Application, *, by: User, seen_at: datetime | None = None) -> None:
    """Delete an unreleased result. Without one, nothing changes. RuleViolation: decided_meanwhile."""
    Cycle.objects.select_for_update(of=("self",)).get(pk=application.cycle_id)
    if seen_at:
        _check_seen([application], seen_at, by)
    decision = application.decisions.unreleased().first()
    if decision:
        audit.record("selection.undo", application, by=by, changes={"before": decision.result})
        decision.delete()


@transaction.atomic
def restore(decision: Decision, earlier: Mapping[str, Any], *, by: User) -> None:
    """Make an unreleased result what it was before it was changed. RuleViolation: position_taken.

    `earlier`: result, waitlist_position, reason, decided_by (a primary key) and decided_at (in ISO format).
    """
    if position := earlier["waitlist_position"]:
        _check_position_is_free(decision.application, position)
    before = decision.result
    for field in ("result", "waitlist_position", "reason"):
        setattr(decision, field, earlier[field])
    decision.decided_by = User.objects.filter(pk=earlier["decided_by"]).first() or by
    decision.decided_at = datetime.fromisoformat(earlier["decided_at"])
    decision.save()
    changes = {"before": before, "result": decision.result, "position": position}
    audit.record("selection.undo", decision.application, by=by, changes=changes)


@transaction.atomic
def record_download(rows: Collection[Application], *, query: str, by: User) -> None:
    """A ranked list leaves the portal as a file. `query`: the filters of the list."""
    audit.record("selection.download", by, by=by, changes={"query": query, "rows": len(rows)})
    disclosures.record([row.pk for row in rows], Disclosure.Kind.LIST, by=by)

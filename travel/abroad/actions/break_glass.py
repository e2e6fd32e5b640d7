"""Actions on break-glass: a card opened by somebody who normally can't, at once, with a reason, and reviewed later."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models.hold import is_held
from exchange.base import audit, office_tasks, roles
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.base.roles import Person
from exchange.messages import outbox
from exchange.models import OfficeTask, User
from exchange.models.takes_two import alone_after
from exchange.people.second import second
from exchange.reference import facts
from travel.base.actions import check_shown
from travel.base.task_rows import city_of
from travel.models import BreakGlass, CardPurpose, Placement, Trip
from travel.models.placement import PlacementQuerySet
from travel.prepare.needs import opening as cards
from travel.prepare.needs.opening import EmergencyCard

MINUTES = "break_glass.minutes"
JUDGED = ("review", "reviewed_at")
ALERT, TO_REVIEW = "travel/break_glass", "travel.break_glass_review"
REASON_MIN = 20  # characters: a sentence, not "x"


def reachable_by(user: Person) -> PlacementQuerySet:
    """Whose card this person may open that way: travelers who are away now. The office: each of them; somebody who
    leads a trip now: those of other trips to the same city. Nobody else."""
    rows = Placement.objects.active().filter(trip__in=Trip.objects.away())
    if roles.is_coordinator(user):
        return rows
    led = Trip.objects.led_now_by(user)
    return rows.filter(trip__city__in=led.values("city")).exclude(trip__in=led.values("pk"))


@transaction.atomic
def begin(placement: Placement, *, reason: str, by: User) -> BreakGlass:
    """Open this traveler's card to this person for some minutes. The office is told at once; another person reviews it.

    A double tap begins once. RuleViolation: reason_missing.
    """
    placement = Placement.objects.select_for_update(of=("self",)).select_related("trip__city").get(pk=placement.pk)
    reason, now = reason.strip(), timezone.now()
    if len(reason) < REASON_MIN:
        raise RuleViolation("reason_missing", _("Write the reason as a sentence. The student will read it."))
    running = BreakGlass.objects.filter(placement=placement, by=by, until__gt=now).first()
    if running:
        return running
    said: Any = {"reason": reason}
    use = BreakGlass.objects.create(
        placement=placement,
        by=by,
        said=said,
        opened_at=now,
        until=now + timedelta(minutes=int(facts.number(MINUTES))),
        alone_after=alone_after(now),
    )
    audit.record("break_glass.begin", use, by=by)
    for person in roles.coordinators().exclude(pk=by.pk):
        context = {"use": use, "writer": by, "trip": placement.trip, **second.context_of(use)}
        outbox.queue(ALERT, to=person, context=context, batch=key_of(use), is_urgent=True)
    second.tell(second.ASKED, use, but=(by, *roles.coordinators()))
    office_tasks.open(
        f"break_glass:{use.code}:review",
        TO_REVIEW,
        due_on=timezone.localdate(),
        path=use.get_absolute_url(),
        params=city_of(placement.trip),
        source=key_of(use),
        by=by,
    )
    return use


def may_open(use: BreakGlass, by: User) -> bool:
    """Whether the time still runs, for the person who began it and still might."""
    return use.by_id == by.pk and use.is_open() and reachable_by(by).filter(pk=use.placement_id).exists()


@transaction.atomic
def open_card(use: BreakGlass, *, by: User) -> EmergencyCard:
    """The card, recorded as every opening is. RuleViolation: not_yours, over, also once they may no longer begin."""
    if use.by_id != by.pk:
        raise RuleViolation("not_yours", _("Only the person who gave the reason can open it."))
    if not may_open(use, by):
        raise RuleViolation("over", _("The time is over. If you still need it, give a reason again."))
    return cards.open_emergency_card(use.placement, by=by, purpose=CardPurpose.EMERGENCY, broken=use)


@transaction.atomic
def review(use: BreakGlass, *, result: str, text: str, by: User, seen: str = "") -> BreakGlass:
    """Another coordinator's judgment; given again, the last one counts, and each is in the log.

    RuleViolation: those of `second.require`, no_words, changed_meanwhile.
    """
    rows = BreakGlass.objects.select_for_update(of=("self",)).select_related(
        "placement__trip__city", "placement__application__student", "by"
    )
    use = rows.get(pk=use.pk)
    second.require(use, by)
    check_shown(use, JUDGED, seen)
    if result == BreakGlass.Review.NOT_FITTING and not text.strip():
        raise RuleViolation("no_words", _("Say what was wrong and what you’ll do about it."))
    use.review, use.reviewed_at, use.reviewed_by = result, timezone.now(), by
    use.review_said = {"text": text.strip()}
    use.save(update_fields=["review", "review_said", "reviewed_at", "reviewed_by"])
    audit.record("break_glass.review", use, by=by, changes={"review": result, **second.on_record(use, by)})
    for task in OfficeTask.objects.open().filter(key=f"break_glass:{use.code}:review"):
        office_tasks.finish(task, by=by)
    second.finished(use, by=by)
    return use


@transaction.atomic
def stop(use: BreakGlass, reason: str, by: User) -> None:
    """It isn't reviewed by one person alone, and waits for another without end. RuleViolation: not_told, settled."""
    use = (
        BreakGlass.objects.select_for_update(of=("self",)).select_related("placement__application", "by").get(pk=use.pk)
    )
    second.require_told(use, by)
    if use.is_over or use.is_stopped:
        raise RuleViolation("settled", _("This was already reviewed or stopped."))
    use.stopped_at, use.stopped_by, use.stop_reason = timezone.now(), by, reason
    use.save(update_fields=["stopped_at", "stopped_by", "stop_reason"])
    audit.record("break_glass.stop", use, by=by)
    second.tell_stopped(use, by=by)


# The reason tells of health: only coordinators see it. The student reads it where they see who opened their card, and
# isn't written to: whoever holds their phone would read it, too.
ACT = second.Act(
    "emergency-opening",
    BreakGlass,
    stop=stop,
    related=("by", "placement__trip__city", "placement__application__student"),
    tells_whose=False,
)


@transaction.atomic
def forget(*, days: int, dry_run: bool = False) -> int:
    """Delete reviewed uses so many days after they were opened. Returns how many. Safe to repeat."""
    before = timezone.now() - timedelta(days=days)
    held = Placement.objects.filter(is_held("application__"))
    due = BreakGlass.objects.filter(opened_at__lt=before, reviewed_at__isnull=False).exclude(placement__in=held)
    return due.count() if dry_run else due.delete()[0]

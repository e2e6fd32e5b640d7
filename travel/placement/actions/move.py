"""Moves a student who has a spot to another trip of their cycle, and back.

Both lock the cycle, the application and then both trips, as everything does that fills or frees seats, so that a trip
never has more students than seats. Who has gone on since stays where they are.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, Cycle
from applications.release.actions import unsent
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Message, OfficeTask, User
from travel.models import PassportCase, Placement, Trip
from travel.placement import moving
from travel.placement.actions import move_tasks
from travel.placement.actions.placement_release import refuse_while_releasing
from travel.placement.families import Families, families_of
from travel.placement.moving import Reason
from travel.placement.slots import MOVED, Move

UNDONE = "What it said was undone before it went out."
TO_STUDENT, TO_FAMILY = "travel/moved_by_office", "travel/moved_by_office_family"


@transaction.atomic
def move(
    placement: Placement,
    trip: Trip,
    *,
    reason: Reason,
    by: User,
    for_family: Reason | None = None,
    tells_student: bool = True,
) -> dict[str, Any]:
    """Move them, tell them and their family, and open tasks for what both trips need. Returns what `move_back` needs.

    `for_family`: the reason as they read it. `tells_student`: not where the caller does, who then also tells them of a
    way back: `move_back` tells only those who were told here.

    RuleViolation: reason_needed, release_under_way, full, trip_over, and not_possible for what `moving` refuses.
    """
    placement, new = _locked(placement, trip.pk)
    _check(placement, new, reason)
    rank = moving.choices([placement.application_id], new)[placement.application_id]
    was, now = placement.trip, timezone.now()
    source = move_tasks.source_of(placement, now)
    families, passport = families_of([placement]), _passport(placement)
    kept = _kept(placement) | {"source": source, "at": now.isoformat()}
    placement.trip, placement.rank, placement.explanation, placement.upgrade_until = new, rank, [], None
    placement.placed_at, placement.placed_by = now, by
    placement.save()
    for each in MOVED:
        kept |= each.after(Move(placement, was, source, by))
    kept["passport"] = _passport(placement) != passport
    changes = {"trip": [was.pk, new.pk], "rank": [kept["rank"], rank], "reason_es": reason.es}
    audit.record(moving.BY_HAND, placement, by=by, reason=reason.en, changes=changes | {"is_asked": bool(for_family)})
    if tells_student:
        _tell(placement, families, source, was=was, reason=reason, only=TO_STUDENT)
    _tell(placement, families, source, was=was, reason=for_family or reason, only=TO_FAMILY)
    return kept


@transaction.atomic
def move_back(placement: Placement, kept: Mapping[str, Any], *, by: User) -> Placement:
    """Give them the seat back that they had, if it's free and nothing has gone on since. A second call changes nothing.

    Messages that wait aren't sent; who got one hears that it no longer holds. RuleViolation: release_under_way, and
    gone_on, trip_over, full.
    """
    placement, old = _locked(placement, kept["trip"])
    if placement.trip_id == old.pk and placement.placed_at.isoformat() == kept["placed_at"]:
        return placement  # already taken back; a later move to the same trip is another matter
    _check_back(placement, old, kept)
    was, families = placement.trip, families_of([placement])
    placement.trip, placement.rank, placement.explanation = old, kept["rank"], kept["explanation"]
    placement.upgrade_until = date.fromisoformat(kept["until"]) if kept["until"] else None
    placement.placed_at, placement.placed_by_id = datetime.fromisoformat(kept["placed_at"]), kept["placed_by"]
    placement.save()
    for each in MOVED:
        each.undone(placement, kept, by)
    changes = {"trip": [was.pk, old.pk]}
    audit.record("placement.move_back", placement, by=by, changes=changes)
    _untell(placement, families, kept["source"], was=was)
    return placement


# --- Checking ---------------------------------------------------------------------------------------


def _locked(placement: Placement, trip: int) -> tuple[Placement, Trip]:
    """The seat and the other trip, locked in the order of everything that changes seats."""
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=placement.trip.cycle_id)
    refuse_while_releasing(cycle)
    Application.objects.select_for_update(of=("self",)).get(placement=placement.pk)
    there = Placement.objects.get(pk=placement.pk)
    trips = Trip.objects.select_for_update(of=("self",)).select_related("city", "host", "cycle")
    locked = {each.pk: each for each in trips.filter(pk__in={there.trip_id, trip}).order_by("pk")}
    seat = Placement.objects.select_for_update(of=("self",)).with_people().get(pk=placement.pk)
    seat.trip = locked[seat.trip_id]
    return seat, locked[trip]


def _check(placement: Placement, new: Trip, reason: Reason) -> None:
    if not (reason.en and reason.es):
        raise RuleViolation("reason_needed", _("Say why, in both languages. Students read it."))
    if text := moving.refusal(placement):
        raise RuleViolation("not_possible", str(text))
    if not Trip.objects.ahead().filter(pk=new.pk).exists():
        text = _("The trip to %(city)s was canceled or has left.")
        raise RuleViolation("trip_over", text % {"city": new.city.name})
    if text := moving.problems({placement.application_id: placement}, new).get(placement.application_id, ""):
        raise RuleViolation("not_possible", str(text))
    if not moving.free_on(new):
        text = _("The last free spot on the trip to %(city)s went to someone else. They keep the spot they have.")
        raise RuleViolation("full", text % {"city": new.city.name})


def _check_back(placement: Placement, old: Trip, kept: Mapping[str, Any]) -> None:
    """RuleViolation with what has gone on since, in a sentence."""
    is_in_force = placement.placed_at.isoformat() == kept["at"]
    if not is_in_force and not moving.refusal(placement) and moving.reason_of(placement):
        text = _("They’ve been moved again since, so nothing was changed. Undo the later move first.")
        raise RuleViolation("gone_on", text)
    if not is_in_force or moving.refusal(placement):
        raise RuleViolation("gone_on", _("They’ve been moved again or aren’t going, so nothing was changed."))
    if not Trip.objects.ahead().filter(pk=old.pk).exists():
        text = _("The trip to %(city)s was canceled or has left.")
        raise RuleViolation("trip_over", text % {"city": old.city.name})
    if not moving.free_on(old):
        text = _("Their spot on the trip to %(city)s went to someone else.")
        raise RuleViolation("full", text % {"city": old.city.name})
    if kept["passport"]:
        text = _("Their passport was judged for the new trip, and they were asked to renew or show it.")
        raise RuleViolation("gone_on", text)
    if OfficeTask.objects.filter(source=kept["source"], done_at__isnull=False).exists():
        raise RuleViolation("gone_on", _("Someone in the office has already done a task of this move."))
    if text := next((found for each in MOVED if (found := each.obstacle(placement))), ""):
        raise RuleViolation("gone_on", text)


def _passport(placement: Placement) -> str:
    found = PassportCase.objects.filter(application=placement.application_id)
    return found.values_list("stage", flat=True).first() or ""


def _kept(placement: Placement) -> dict[str, Any]:
    return {
        "trip": placement.trip_id,
        "rank": placement.rank,
        "explanation": placement.explanation,
        "until": placement.upgrade_until.isoformat() if placement.upgrade_until else "",
        "placed_at": placement.placed_at.isoformat(),
        "placed_by": placement.placed_by_id,
    }


# --- Telling ----------------------------------------------------------------------------------------


def _tell(placement: Placement, families: Families, batch: str, *, was: Trip, reason: Reason | None, only: str) -> None:
    """`only`: one of both templates."""
    for template, to, context in messages_of(placement, families, was=was, reason=reason):
        if template == only:
            outbox.queue(template, to=to, context=context, batch=batch)


def messages_of(
    placement: Placement, families: Families, *, was: Trip, reason: Reason | None
) -> list[tuple[str, User | outbox.Guest, dict[str, Any]]]:
    """Template, receiver and context of each. `placement`: on its new trip. `reason`: None on the way back."""
    person = placement.application.person
    context: dict[str, Any] = {"was": was, "trip": placement.trip, "reason": reason, "is_back": reason is None}
    own = {"path": placement.get_absolute_url(), "tells_family": placement.pk in families.untold}
    found: list[tuple[str, User | outbox.Guest, dict[str, Any]]] = [(TO_STUDENT, person, context | own)]
    for relative in families.told:
        if relative.placement.pk == placement.pk:
            path = reverse("travel:family-page", args=[relative.link.link]) if relative.link else ""
            found.append((TO_FAMILY, relative.to, context | {"path": path, "student": person.called}))
    return found


def _untell(placement: Placement, families: Families, batch: str, *, was: Trip) -> None:
    """Drop what waits. Who got the first message, as an email or a text, gets one that takes it back."""
    sent = Message.objects.filter(batch=batch)
    sent.filter(**unsent.WAITS).update(dropped_at=timezone.now(), error=UNDONE)
    for template in (TO_STUDENT, TO_FAMILY):
        if sent.filter(template=template, dropped_at__isnull=True).exists():
            _tell(placement, families, f"{batch}:back", was=was, reason=None, only=template)

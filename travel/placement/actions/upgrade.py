"""Actions with which a student asks for an upgrade to a city they ranked higher, and drops that wish."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, Statement
from applications.release.actions.statements import Kind
from applications.standing import Act, Standing, may
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.base.trip_stage import placed_standing
from travel.models import Placement


@transaction.atomic
def ask_upgrade(placement: Placement, *, until: date, by: User) -> Placement:
    """Until the end of that day, a run may move the student up their list. Asking again changes the day.

    RuleViolation: ("first_choice"), ("trip_over"), ("day_not_possible"), ("withdrawn").
    """
    placement = _locked(placement)
    if placement.rank == 1:
        raise RuleViolation("first_choice", _("You already have your first choice."))
    if not may(placed_standing(placement), Act.UPGRADE):
        raise RuleViolation("trip_over", _("Your trip has started. Nothing was changed."))
    if not timezone.localdate() <= until < placement.trip.leaves_on:
        raise RuleViolation("day_not_possible", _("Choose a day from today until the day before you leave."))
    if placement.upgrade_until == until:
        return placement
    placement.upgrade_until = until
    placement.save(update_fields=["upgrade_until"])
    audit.record("placement.ask_upgrade", placement, by=by, changes={"until": until.isoformat()})
    return placement


@transaction.atomic
def drop_upgrade(placement: Placement, *, by: User) -> Placement:
    """Clear the wish; the student keeps the seat they have. Safe to repeat."""
    placement = _locked(placement)
    if placement.upgrade_until is None:
        return placement
    placement.upgrade_until = None
    placement.save(update_fields=["upgrade_until"])
    audit.record("placement.drop_upgrade", placement, by=by)
    return placement


def _can_ask(application: Application, where: Standing) -> bool:
    seat = _seat(application) if may(where, Act.UPGRADE) else None
    return bool(seat and seat.rank != 1 and seat.upgrade_until is None)


def _ask_for(application: Application, by: User, **_told: Any) -> None:
    seat = _seat(application)
    if seat:
        ask_upgrade(seat, until=seat.trip.leaves_on - timedelta(days=1), by=by)


def _drop_for(statement: Statement, by: User) -> None:
    """RuleViolation: ("withdrawn"), ("gone_on") once they were moved, or changed or dropped the wish themselves."""
    seat = _seat(statement.application)
    if seat is None:
        return
    seat = _locked(seat)
    if seat.placed_at > statement.recorded_at:
        raise RuleViolation("gone_on", _("They’ve since been moved to another trip, so nothing was changed."))
    if not _is_wish_of(statement, seat):
        raise RuleViolation("gone_on", _("This wish has since been changed or dropped, so nothing was changed."))
    drop_upgrade(seat, by=by)


def _is_in_force(statement: Statement) -> bool:
    seat = _seat(statement.application) if statement.application.status == Status.CONFIRMED else None
    return bool(seat and seat.placed_at <= statement.recorded_at and _is_wish_of(statement, seat))


def _is_wish_of(statement: Statement, seat: Placement) -> bool:
    """Whether the wish is the one that was recorded: nobody has asked again since, or for another day."""
    asked = audit.last("placement.ask_upgrade", seat)
    return seat.upgrade_until is not None and not (asked and asked.at > statement.recorded_at)


def _seat(application: Application) -> Placement | None:
    return Placement.objects.filter(application=application).select_related("trip", "application").first()


SAID = Kind(_can_ask, _ask_for, _drop_for, stands=_is_in_force)  # staff record the wish of a student who called


def _locked(placement: Placement) -> Placement:
    rows = Placement.objects.select_for_update(of=("self",)).select_related("trip", "application")
    placement = rows.get(pk=placement.pk)
    if placement.application.status != Status.CONFIRMED:
        raise RuleViolation("withdrawn", _("This student is no longer on the trip. Nothing was changed."))
    return placement

"""An act on many students who have a spot: move them to another trip of their cycle."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from applications.base import bulk_acts
from applications.base.bulk_acts import Act, Draft
from applications.models import Application
from exchange.base.errors import RuleViolation
from exchange.base.sentences import Words
from exchange.models import User
from travel import permissions
from travel.models import Placement, Trip
from travel.placement import moving, previewing
from travel.placement.actions import move as actions
from travel.placement.forms.move import MoveForm
from travel.placement.moving import Reason


def _not_there(rows: Sequence[Application], said: Mapping[str, Any], user: User) -> dict[int, Words]:
    return moving.problems(_movable(rows, user), _trip(said, user))


def _warnings(rows: Sequence[Application], said: Mapping[str, Any], user: User) -> list[str]:
    return moving.warnings(_movable(rows, user).values(), _trip(said, user))


def _previews(rows: Sequence[Application], said: Mapping[str, Any], user: User) -> list[Draft]:
    """Of each student, then of their family. `rows`: those who can go."""
    seats, reason = moving.seats_of(rows, user), Reason(said["reason_en"], said["reason_es"])
    found = previewing.messages_of_moves([seats[row.pk] for row in rows], _trip(said, user), reason)
    labels = {actions.TO_STUDENT: gettext("Student"), actions.TO_FAMILY: gettext("Family")}
    return [
        Draft(seat.application, template, to, context, _made_of(context), labels[template])
        for seat, template, to, context in found
    ]


def _made_of(context: Mapping[str, Any]) -> list[object]:
    was, trip, reason = (context[name] for name in ("was", "trip", "reason"))
    names = [name for city in (was.city, trip.city) for name in (city.name_en, city.name_es)]
    own = [context.get(name) for name in ("path", "tells_family", "student")]
    return [*names, trip.leaves_on, trip.returns_on, reason.en, reason.es, *own]


def _movable(rows: Sequence[Application], user: User) -> dict[int, Placement]:
    refused = moving.refusals(rows, user)
    return {pk: seat for pk, seat in moving.seats_of(rows, user).items() if pk not in refused}


def _move(application: Application, said: Mapping[str, Any], user: User) -> dict[str, Any]:
    reason = Reason(said["reason_en"], said["reason_es"])
    return actions.move(_seat(application, user), _trip(said, user), reason=reason, by=user)


def _move_back(application: Application, kept: Mapping[str, Any], user: User) -> None:
    actions.move_back(_seat(application, user), kept, by=user)


def _seat(application: Application, user: User) -> Placement:
    seat = Placement.objects.visible_to(user).filter(application=application).select_related("trip").first()
    if seat is None:
        raise RuleViolation("gone", gettext("Doesn’t have a spot on a trip."))
    return seat


def _trip(said: Mapping[str, Any], user: User) -> Trip:
    trip = Trip.objects.visible_to(user).filter(code=said["trip"]).select_related("city", "host", "cycle").first()
    if trip is None:
        raise RuleViolation("gone", gettext("This trip is gone. Nothing was changed."))
    return trip


MOVE = Act(
    key=bulk_acts.MOVE,
    label=pgettext_lazy("students, to another trip", "Move"),
    text=gettext_lazy(
        "Each student gets a spot on another trip. They and their family get a message with your reason, and the office"
        " gets tasks for both trips."
    ),
    allowed=permissions.can_place,
    form=MoveForm,
    refusals=moving.refusals,
    refusals_for=_not_there,
    warnings=_warnings,
    previews=_previews,
    do=_move,
    undo=_move_back,
)


def register_all() -> None:
    bulk_acts.register(MOVE)

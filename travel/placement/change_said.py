"""A change of trip that a student asks for by phone, in person or in writing, and that the office records for them.

It's a move by hand (`moving`, `actions.move`), of which the statement's own message tells the student.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Application, Statement
from applications.release.actions.statements import Kind
from applications.release.forms import StatementForm
from applications.standing import Standing
from exchange.base.errors import RuleViolation
from exchange.models import Language, User
from travel.models import Placement, Trip
from travel.placement import moving
from travel.placement.actions.move import move, move_back
from travel.placement.families import families_of
from travel.placement.forms.move import trip_label
from travel.placement.moving import Reason
from travel.placement.placing_words import choice_label


class TripSaidForm(StatementForm):
    """Also which trip: those that a hand may move this student to and that have a free seat. `trip`: its code."""

    trip = forms.ChoiceField(
        label=gettext_lazy("Which trip do they want?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a trip."),
            "invalid_choice": gettext_lazy("There’s no free spot left on that trip. Choose another."),
        },
    )
    field_order = ("trip", "heard", "heard_on", "heard_by", "reason")

    def __init__(
        self, data: QueryDict | None = None, *, application: Application, people: QuerySet[User], by: User
    ) -> None:
        super().__init__(data, application=application, people=people, by=by)
        trip: Any = self.fields["trip"]
        trip.choices = [(each.trip.code, _label(each)) for each in _free_for(_seat(application, by))]


def _label(other: moving.Other) -> str:
    return f"{trip_label(other.trip, other.free)} ({choice_label(other.rank)})"


def _free_for(seat: Placement) -> list[moving.Other]:
    return [each for each in moving.others(seat) if each.free]


def _obstacle(application: Application, by: User) -> str:
    """Why no trip can be had, in a sentence that never tells why a city isn't one of theirs; empty if one can."""
    if text := moving.refusals([application], by).get(application.pk, ""):
        return text
    seat = _seat(application, by)
    if not moving.open_trips([seat]).exclude(pk=seat.trip_id).exists():
        return _("Their cycle has no other trip that’s still ahead.")
    found = moving.others(seat)
    if not found:
        return _("No other trip of their cycle goes to a city they can be placed in.")
    if not any(each.free for each in found):
        return _("All the other trips they could join are full.")
    return ""


def _warnings(application: Application, said: Mapping[str, Any], by: User) -> list[str]:
    return moving.warnings([_seat(application, by)], _trip(said["trip"], by))


def _change(application: Application, by: User, *, trip: str, **_told: Any) -> dict[str, Any]:
    """What the words about it and its undo need."""
    seat, new = _seat(application, by), _trip(trip, by)
    untold = families_of([seat], seat.trip).untold
    name = application.person.called
    kept = move(seat, new, reason=_asked(), for_family=_asked(name), tells_student=False, by=by)
    return {"to": new.pk, "tells_family": seat.pk in untold, "move": kept}


def _asked(name: str = "") -> Reason:
    """As the student reads it, or their family, who know them by this name."""
    said = {}
    for language in Language.values:
        with translation.override(language):
            theirs = _("%(name)s asked for this trip.") % {"name": name}
            said[language] = theirs if name else _("You asked for this trip.")
    return Reason(said["en"], said["es"])


def _back(statement: Statement, by: User) -> None:
    move_back(_seat(statement.application, by), statement.kept["move"], by=by)


def _told(statement: Statement) -> dict[str, Any]:
    """Both trips, which have their names in either language."""
    kept = statement.kept
    trips = Trip.objects.select_related("city").in_bulk([kept["move"]["trip"], kept["to"]]) if kept else {}
    if len(trips) < 2:
        return {}
    was, trip = trips[kept["move"]["trip"]], trips[kept["to"]]
    return {"was": was, "trip": trip, "tells_family": kept["tells_family"]}


def _seat(application: Application, by: User) -> Placement:
    seat = moving.seats_of([application], by).get(application.pk)
    if seat is None:
        raise RuleViolation("gone", _("Doesn’t have a spot on a trip."))
    return seat


def _trip(code: str, by: User) -> Trip:
    trip = Trip.objects.visible_to(by).filter(code=code).select_related("city", "host", "cycle").first()
    if trip is None:
        raise RuleViolation("gone", _("This trip is gone. Nothing was changed."))
    return trip


SAID = Kind(
    lambda _application, where: where == Standing.PLACED,
    _change,
    _back,
    obstacle=_obstacle,
    form=TripSaidForm,
    warnings=_warnings,
    told=_told,
)

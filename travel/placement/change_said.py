"""A change of trip that a student asks for by phone, in person or in writing, and that the office records for them.

It's a move by hand (`moving`, `actions.move`), of which the statement's own message tells the student.
"""

from collections.abc import Mapping, Sequence
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
from exchange.templatetags.ui import until
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
    was = forms.CharField(required=False, widget=forms.HiddenInput)  # the trip that the page shows them on
    field_order = ("was", "trip", "heard", "heard_on", "heard_by", "reason")

    def __init__(
        self, data: QueryDict | None = None, *, application: Application, people: QuerySet[User], by: User
    ) -> None:
        super().__init__(data, application=application, people=people, by=by)
        self.seat = _seat(application, by)
        self.fields["was"].initial = self.seat.trip.code
        trip: Any = self.fields["trip"]
        trip.choices = [(each.trip.code, _label(each)) for each in _free_for(self.seat)]
        days = until(self.seat.trip.leaves_on, self.seat.trip.returns_on)
        text = _("Right now they’re on the trip to %(city)s, %(days)s.")
        trip.help_text = text % {"city": self.seat.trip.city.name, "days": days}

    def clean(self) -> dict[str, Any]:
        """What was chosen stays; the next press is about the trip that they're on now."""
        said: dict[str, Any] = self.cleaned_data
        if text := _moved_meanwhile(self.seat, said.get("was", "")):
            if self.data.get("trip") == self.seat.trip.code:  # it isn't full: they have it
                self.errors.pop("trip", None)
            self.add_error(None, text)
            self.data = {name: self.data.get(name) for name in self.data} | {"was": self.seat.trip.code}
        return said


def _moved_meanwhile(seat: Placement, was: str) -> str:
    """`was`: the code of the trip that the page showed them on; empty where no page did."""
    if not was or was == seat.trip.code:
        return ""
    text = _(
        "%(name)s was moved to the trip to %(city)s meanwhile. Nothing was changed. Check whether this still holds."
    )
    return text % {"name": seat.application.student, "city": seat.trip.city.name}


def _label(other: moving.Other) -> str:
    return f"{trip_label(other.trip, other.free)} ({choice_label(other.rank)})"


def _free_for(seat: Placement) -> list[moving.Other]:
    return [each for each in moving.others(seat) if each.free]


def _obstacle(application: Application, by: User) -> str:
    """Why no trip can be had, in a sentence that never tells why a city isn't one of theirs; empty if one can."""
    if text := moving.refusals([application], by).get(application.pk, ""):
        return str(text)
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


def _change(application: Application, by: User, *, trip: str, was: str = "", **_told: Any) -> dict[str, Any]:
    """What the words about it and its undo need."""
    seat, new = _seat(application, by), _trip(trip, by)
    if text := _moved_meanwhile(seat, was):
        raise RuleViolation("changed_meanwhile", text)
    untold = families_of([seat]).untold
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


def _named(statements: Sequence[Statement]) -> dict[int, str]:
    """From where to where, for the office. One query."""
    kept = {row.pk: (row.kept["move"]["trip"], row.kept["to"]) for row in statements if row.kept}
    trips = Trip.objects.select_related("city").in_bulk({pk for pair in kept.values() for pk in pair})
    text = _("%(was)s to %(city)s")
    return {
        pk: text % {"was": trips[was].city.name, "city": trips[to].city.name}
        for pk, (was, to) in kept.items()
        if was in trips and to in trips
    }


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
    named=_named,
)

"""The list of a college's own students, on which they are chosen for a message."""

from django.http import QueryDict

from applications.base import bulk_acts
from applications.base.bulk_acts import Place
from applications.base.searching import found_by
from applications.endorse.forms.endorsement import EndorsementFilterForm
from applications.endorse.own_students import WANTED
from applications.models import Application, Cycle
from applications.models.application import ApplicationQuerySet
from exchange.models import User


def listed(query: QueryDict, user: User) -> ApplicationQuerySet:
    """Everyone whom the filters of the list find."""
    form = EndorsementFilterForm(query, cycles=Cycle.objects.public())
    form.is_valid()
    chosen = form.cleaned_data
    rows = Application.objects.answered_for_by(user)
    if chosen.get("cycle"):
        rows = rows.filter(cycle=chosen["cycle"])
    if chosen.get("q"):
        rows = rows.filter(found_by(chosen["q"], user))
    return rows.filter(WANTED[chosen.get("owed") or ""])


OWN_STUDENTS = Place("own_students", "applications:endorsement-list", (), listed)


def register_all() -> None:
    bulk_acts.register_place(OWN_STUDENTS)

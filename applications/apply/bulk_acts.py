"""Acts on many applications at once: return them for a fix, give them to a colleague with a note."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from applications import permissions
from applications.apply.actions import application as applications
from applications.apply.actions import staff_note
from applications.apply.forms.application_office import on_the_list
from applications.apply.forms.bulk_act import AssignForm, ReturnManyForm
from applications.base import bulk_acts
from applications.base.bulk_acts import Act, Draft, Place
from applications.models import Application, Section, StaffNote
from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.base.sentences import Words
from exchange.models import User

NOT_NOW = gettext_lazy("Not waiting for a decision right now.")
NO_SUCH_PART = gettext_lazy("Their form doesn’t have these parts.")


def _not_to_return(rows: Sequence[Application], user: User) -> dict[int, Words]:
    return {each.pk: NOT_NOW for each in rows if not permissions.can_return(user, each)}


def _without_the_parts(rows: Sequence[Application], said: Mapping[str, Any], _user: User) -> dict[int, Words]:
    """Those on the list may have different forms; returned with no part of its own, one would be open as a whole."""
    found = Section.objects.filter(form__in={each.form_id for each in rows}, key__in=said["sections"])
    forms = set(found.values_list("form_id", flat=True))
    return {each.pk: NO_SUCH_PART for each in rows if each.form_id not in forms}


def _return(application: Application, said: Mapping[str, Any], user: User) -> dict[str, Any]:
    if not permissions.can_return(user, application):
        raise RuleViolation("not_now", str(NOT_NOW))
    theirs = f"note_{application.person.language}"  # who changed the language since reads the one there is
    note = next(said[key] for key in (theirs, "note_en", "note_es") if said.get(key))
    applications.return_for_fix(application, note=note, sections=said["sections"], by=user)
    event = applications.last_return(application)
    return {"event": event.pk} if event else {}


def _messages(rows: Sequence[Application], said: Mapping[str, Any], _user: User) -> list[Draft]:
    found = applications.if_returned(rows, said["sections"])
    return [Draft(row, applications.RETURNED, row.person, {"application": row}, _made_of(row)) for row in found]


def _made_of(row: Application) -> list[object]:
    parts = [(part.key, part.title_en, part.title_es) for part in row.parts_to_fix]
    return [row.code, row.cycle.name_en, row.cycle.name_es, row.submitted_at, *parts]


def _go_on(application: Application, kept: Mapping[str, Any], user: User) -> None:
    """Rows from before the event was kept go on as they did."""
    if not application.is_returned:
        raise RuleViolation(
            "not_returned",
            gettext("It isn’t with the student now: it was submitted again, or a colleague went on without the fix."),
        )
    last = applications.last_return(application)
    if last and last.pk != kept.get("event", last.pk):
        raise RuleViolation("returned_again", gettext("It’s since been returned again, so it stays with the student."))
    applications.go_on(application, reason=gettext("Returned by mistake."), by=user)


def _not_to_note(rows: Sequence[Application], user: User) -> dict[int, Words]:
    return {each.pk: gettext_lazy("This is your own.") for each in rows if not permissions.can_keep_notes(user, each)}


def _assign(application: Application, said: Mapping[str, Any], user: User) -> dict[str, Any]:
    owner = User.objects.filter(pk=said["owner"]).first() if said["owner"] else None
    due_on = date.fromisoformat(said["due_on"])
    note = staff_note.write(application, said["body"], due_on=due_on, owner=owner, by=user)
    return {"note": note.code}


def _take_back(application: Application, kept: Mapping[str, Any], user: User) -> None:
    note = StaffNote.objects.filter(application=application, code=kept["note"]).select_related("task").first()
    if note is None:
        raise RuleViolation("gone", gettext("The note is gone already."))
    if note.task and note.task.done_at:
        raise RuleViolation("done", gettext("Someone has followed up already, so the note stays."))
    if note.edited_at:
        raise RuleViolation("edited", gettext("Someone has edited the note since, so it stays."))
    staff_note.take_back(note, by=user)


RETURN = Act(
    key="return",
    label=gettext_lazy("Return for a fix"),
    text=gettext_lazy("Each student gets a message that leads to your note, and can change only the parts you choose."),
    allowed=roles.is_coordinator,
    form=ReturnManyForm,
    refusals=_not_to_return,
    refusals_for=_without_the_parts,
    previews=_messages,
    do=_return,
    undo=_go_on,
)
ASSIGN = Act(
    key="assign",
    label=gettext_lazy("Assign"),
    text=gettext_lazy(
        "Each student gets a note for the office, and a colleague gets a task for each. Students aren’t told."
    ),
    allowed=roles.is_coordinator,
    form=AssignForm,
    refusals=_not_to_note,
    do=_assign,
    undo=_take_back,
)
APPLICATIONS = Place(
    "applications",
    "applications:application-list",
    (RETURN.key, ASSIGN.key, bulk_acts.MOVE),
    lambda query, user: on_the_list(query, user)[1],
)


def register_all() -> None:
    bulk_acts.register(RETURN, ASSIGN)
    bulk_acts.register_place(APPLICATIONS)

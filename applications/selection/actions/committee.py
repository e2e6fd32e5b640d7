"""The committee's definitions of groups, reserves and notes."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock
from applications.models import Application, CommitteeNote, Cycle, Decision, Lever, Reserve
from applications.selection import levers
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from exchange.reference import facts

if TYPE_CHECKING:
    from applications.selection.committee import Group


# --- Definitions ------------------------------------------------------------------------------------


@transaction.atomic
def change_lever(
    lever: Lever, *, values: list[Any], definition_en: str, definition_es: str, reason: str, by: User, seen: str = ""
) -> Lever:
    """Change which answers count in a group and how it is described, before the first result. The same again changes
    nothing.

    RuleViolation: own_application, already_decided, seats_are_kept, changed_meanwhile.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=lever.cycle_id)
    _check_own(cycle, by)
    lever.refresh_from_db()
    said = {"values": values, "definition_en": definition_en, "definition_es": definition_es}
    before = {name: getattr(lever, name) for name in said}
    if said == before:
        return lever
    edit_lock.check(seen, lever_seen(lever))
    if Decision.objects.filter(application__cycle=cycle).exists():
        raise RuleViolation(
            "already_decided",
            _("This cycle already has results. You can only change what counts before the first one."),
        )
    if lever.reserves.exists():
        raise RuleViolation(
            "seats_are_kept", _("Spots are reserved for this group based on this definition. Remove them first.")
        )
    for name, value in said.items():
        setattr(lever, name, value)
    lever.save(update_fields=list(said))
    audit.record(
        "committee.change_lever",
        cycle,
        by=by,
        reason=reason,
        changes={"lever": lever.kind, "before": before, "now": said},
    )
    return lever


def lever_seen(lever: Lever) -> str:
    return edit_lock.fingerprint(lever, ("values", "definition_en", "definition_es"))


# --- Reserves ---------------------------------------------------------------------------------------


@transaction.atomic
def save_reserves(
    cycle: Cycle,
    kept: Iterable[tuple["Group", int]],
    *,
    reason: str,
    scores_by: str = Cycle.Basis.RAW,
    by: User,
    seen: str = "",
) -> list[Reserve]:
    """Save the seats kept for groups, in the order in which they are filled; they replace the earlier ones.

    `scores_by`: the scores that the committee works by from now on. The same again changes nothing.
    RuleViolation: more_than_seats, own_application, changed_meanwhile.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)
    _check_own(cycle, by)
    rows = [(group, seats) for group, seats in kept if seats]
    before = list(cycle.reserves.select_related("lever", "college"))
    said = {group.key: seats for group, seats in rows}
    _check_seats(cycle, rows)
    was = {levers.group_of_reserve(row): row.seats for row in before}
    is_same = list(said.items()) == list(was.items()) and cycle.scores_by == scores_by
    if is_same and all(row.reason == reason for row in before):
        return before
    edit_lock.check(seen, reserves_seen(cycle))
    cycle.scores_by = scores_by
    cycle.save(update_fields=["scores_by"])
    cycle.reserves.all().delete()
    made = Reserve.objects.bulk_create(
        Reserve(cycle=cycle, seats=seats, reason=reason, set_by=by, **_who(group)) for group, seats in rows
    )
    audit.record(
        "committee.save_reserves",
        cycle,
        by=by,
        reason=reason,
        changes={"before": was, "kept": said, "scores_by": scores_by},
    )
    return made


def reserves_seen(cycle: Cycle) -> str:
    rows = [(levers.group_of_reserve(row), row.seats, row.reason) for row in cycle.reserves.select_related("lever")]
    return edit_lock.fingerprint(cycle, ["scores_by"], *rows)


def _who(group: "Group") -> dict[str, Any]:
    return {"lever": group.lever, "value": group.value, "college": group.college}


def _check_seats(cycle: Cycle, rows: Iterable[tuple["Group", int]]) -> None:
    for group, seats in rows:
        if seats > (cycle.seats or 0):
            raise RuleViolation(
                "more_than_seats",
                _("There are %(seats)s spots in all, so you can’t reserve %(kept)s for %(group)s.")
                % {"seats": cycle.seats or 0, "kept": seats, "group": group.name},
            )


def _check_own(cycle: Cycle, by: User) -> None:
    if cycle.applications.in_the_cycle().filter(student=by).exists():
        raise RuleViolation("own_application", _("Your own application is in this cycle. Someone else has to do this."))


# --- Notes ------------------------------------------------------------------------------------------


@transaction.atomic
def add_note(application: Application, *, text: str, by: User) -> CommitteeNote:
    """Add a note for the other committee members. The same text as the last note changes nothing.

    RuleViolation: own_application.
    """
    Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if application.student_id == by.pk:
        raise RuleViolation("own_application", _("This is your own application. Someone else has to decide on it."))
    last = application.committee_notes.last()
    if last and last.by_id == by.pk and last.text == text:
        return last
    note = CommitteeNote.objects.create(application=application, by=by, text=text)
    audit.record("committee.add_note", application, by=by)
    return note


@transaction.atomic
def take_back_note(application: Application, *, by: User) -> None:
    """Delete the newest note, by its author and while it is fresh. RuleViolation: no_fresh_note."""
    Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    note = fresh_note(application, by)
    if note is None:
        raise RuleViolation("no_fresh_note", _("You can only undo a note for a short time. It stays on the record."))
    note.delete()
    audit.record("committee.take_back_note", application, by=by)


def fresh_note(application: Application, user: User) -> CommitteeNote | None:
    """The newest note of the application, if this person has just written it."""
    last = application.committee_notes.last()
    if last is None or last.by_id != user.pk:
        return None
    limit = timedelta(minutes=float(facts.number("committee.note_undo_minutes")))
    return last if last.written_at > timezone.now() - limit else None

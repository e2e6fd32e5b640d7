"""What a student writes: each part is saved by itself, from several devices, online and off, as an application's is."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.apply import saving
from applications.apply.actions.draft import Saved
from applications.apply.saving import Change, Field, Outcome, Refusal
from applications.base import merge
from applications.base.merge import FieldState, stored
from applications.standing import Act, may
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from exchange.templatetags.ui import full_day
from travel.base.trip_stage import placed_standing
from travel.models import Placement, Reflection, ReflectionField, ReflectionPrompt
from travel.reflection.actions import consents

LANGUAGE, PRIVACY = "language", "privacy"
KEYS = (*Reflection.ANSWERS, LANGUAGE, PRIVACY)
# two devices that disagree about who may read it: the more private answer holds until the student chooses
STRICTEST = (Reflection.Privacy.PRIVATE, Reflection.Privacy.PROGRAM, Reflection.Privacy.PUBLIC)


@transaction.atomic
def save_changes(
    placement: Placement, prompt: ReflectionPrompt, changes: Collection[Change], *, by: User
) -> list[Saved]:
    """Merge what the student's devices wrote, each change by itself. A change that was here already changes nothing.

    What was written is a draft that nobody else reads until the student has said who may. RuleViolation: not_found,
    too_early, not_on_the_trip; for one change in its `Saved`: unknown_question, too_many_versions.
    """
    placement = _lock(placement, prompt)
    if not changes:
        return []
    reflection = _reflection(placement, prompt)
    states = _states(reflection)
    fields = {
        key: Field(states.get(key, FieldState()), None if key in states else Refusal.UNKNOWN_QUESTION)
        for key in {change.key for change in changes}
    }
    outcomes = saving.decide(fields, changes, by=by.pk, ends_at=None)
    after = saving.states_after(outcomes)
    _store(reflection, states, after, by=by)
    return [_saved(outcome) for outcome in outcomes]


@transaction.atomic
def write(placement: Placement, prompt: ReflectionPrompt, values: Mapping[str, Any], *, by: User) -> Reflection:
    """Write these parts over whatever is there, knowingly. RuleViolation as `save_changes`."""
    placement = _lock(placement, prompt)
    reflection = _reflection(placement, prompt)
    states, now = _states(reflection), timezone.now()
    changes = [saving.office_change(key, value, states[key], now) for key, value in values.items()]
    fields = {key: Field(states[key]) for key in values}
    _store(reflection, states, saving.states_after(saving.decide(fields, changes, by=by.pk, ends_at=None)), by=by)
    return reflection


@transaction.atomic
def choose(placement: Placement, prompt: ReflectionPrompt, key: str, *, device: str, number: int, by: User) -> None:
    """Keep one of the versions that were written apart. RuleViolation: gone (another choice was faster)."""
    placement = _lock(placement, prompt)
    reflection = _reflection(placement, prompt)
    states = _states(reflection)
    version = next((each for each in states.get(key, FieldState()).versions if each.dot == (device, number)), None)
    if version is None:
        raise RuleViolation("gone", _("That version has changed. Look at both again."))
    change = saving.office_change(key, version.value, states[key], timezone.now())
    outcomes = saving.decide({key: Field(states[key])}, [change], by=by.pk, ends_at=None)
    _store(reflection, states, saving.states_after(outcomes), by=by)


def _lock(placement: Placement, prompt: ReflectionPrompt) -> Placement:
    rows = Placement.objects.select_for_update(of=("self",)).select_related("trip", "application")
    placement = rows.get(pk=placement.pk)
    if not may(placed_standing(placement), Act.REFLECT):
        raise RuleViolation("not_on_the_trip", _("Only students who go on the trip write about it. Nothing was saved."))
    if not prompt.is_for(placement.trip):
        raise RuleViolation("not_found", _("This isn’t asked for your trip. Nothing was saved."))
    opens_on = prompt.opens_on(placement.trip)
    if opens_on > timezone.localdate():
        raise RuleViolation(
            "too_early",
            _("You can write this starting %(day)s. Keep your text until then.") % {"day": full_day(opens_on)},
        )
    return placement


def _reflection(placement: Placement, prompt: ReflectionPrompt) -> Reflection:
    there = Reflection.objects.filter(placement=placement, prompt=prompt).first()
    return there or Reflection(placement=placement, prompt=prompt, is_draft=True)


def _states(reflection: Reflection) -> dict[str, FieldState]:
    """Every part as the devices wrote it; one that was never written by a device counts as one version."""
    kept = {row.key: row.state for row in reflection.fields.all()} if reflection.pk else {}
    return {key: kept.get(key) or stored(_value(reflection, key)) for key in KEYS}


def _value(reflection: Reflection, key: str) -> str:
    if key == PRIVACY and reflection.is_draft:
        return ""
    return str(getattr(reflection, key))


def _store(
    reflection: Reflection, before: Mapping[str, FieldState], after: Mapping[str, FieldState], *, by: User
) -> None:
    said = {key: _shown(key, state) for key, state in {**before, **after}.items()}
    was = {key: _value(reflection, key) for key in KEYS}
    was_draft, is_first = reflection.is_draft, reflection.pk is None
    for key in (*Reflection.ANSWERS, LANGUAGE):
        setattr(reflection, key, said[key])
    is_ready = reflection.has_words and bool(said[PRIVACY])
    reflection.is_draft = not is_ready
    reflection.privacy = said[PRIVACY] if is_ready else Reflection.Privacy.PRIVATE
    changed = sorted(key for key in KEYS if was[key] != _value(reflection, key))
    if changed:
        reflection.written_at = timezone.now()
    if reflection.privacy != Reflection.Privacy.PUBLIC:
        reflection.quote = ""
    if is_first or changed or was_draft != reflection.is_draft:
        reflection.save()
    _store_states(reflection, after)
    if reflection.privacy != Reflection.Privacy.PUBLIC:
        consents.withdraw_all(reflection, by=by)
    if changed:
        changes = {"privacy": str(reflection.privacy), "first": was_draft and not reflection.is_draft, "parts": changed}
        audit.record("reflection.write", reflection, by=by, changes=changes)


def _shown(key: str, state: FieldState) -> str:
    first = merge.shown(state)
    value = str(first.value or "") if first else ""
    if key == PRIVACY and value:
        said = [str(version.value) for version in state.versions if version.value in STRICTEST]
        return str(min(said, key=STRICTEST.index))
    return value


def _store_states(reflection: Reflection, states: Mapping[str, FieldState]) -> None:
    rows = [ReflectionField(reflection=reflection, key=key) for key in states]
    for row in rows:
        row.state = states[row.key]
    if rows:
        ReflectionField.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["reflection", "key"], update_fields=["versions", "seen"]
        )


def _saved(outcome: Outcome) -> Saved:
    violation = None
    if outcome.refusal == Refusal.UNKNOWN_QUESTION:
        violation = RuleViolation(outcome.refusal, _("This question isn’t asked any longer."))
    elif outcome.refusal:
        text = _("This answer was written on several devices. Open its page and choose which one to keep.")
        violation = RuleViolation(outcome.refusal, text)
    return Saved(outcome.change.key, outcome.change.number, outcome.state or FieldState(), violation)


def states_of(reflection: Reflection | None) -> dict[str, FieldState]:
    """For the page that shows it; empty states where nothing was written yet. A query."""
    return _states(reflection) if reflection else dict.fromkeys(KEYS, FieldState())


def rivals_of(states: Mapping[str, FieldState]) -> Iterable[str]:
    return (key for key, state in states.items() if merge.rivals(state))

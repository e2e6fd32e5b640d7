"""A traveler answers the survey, rating by rating, from any device; the invitation and one reminder."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.apply import saving
from applications.apply.actions.draft import Saved
from applications.apply.saving import Change, Field, Refusal
from applications.base.merge import FieldState, shown
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User
from exchange.templatetags.ui import full_day
from travel.models import Placement, SurveyAnswer, SurveyItem, SurveyResponse
from travel.reflection.survey import Days, is_asked

DUE_NAME = "travel.survey"
LATE_DAYS = 60  # a return can be recorded long before or after the day the group is home
BEFORE, NOW = "before", "now"
PARTS = (BEFORE, NOW)


def rating_key(item: SurveyItem, part: str) -> str:
    return f"{item.key}_{part}"


@transaction.atomic
def save_changes(placement: Placement, changes: Collection[Change], *, by: User) -> list[Saved]:
    """Merge what the traveler's devices wrote. Of two ratings typed apart, the later one holds.

    RuleViolation: not_on_the_trip, too_early, closed; for one change in its `Saved`: unknown_question.
    """
    placement = _lock(placement)
    if not changes:
        return []
    response, _new = SurveyResponse.objects.get_or_create(placement=placement)
    items = {item.key: item for item in SurveyItem.objects.filter(cycle=placement.trip.cycle_id)}
    asked = {rating_key(item, part) for item in items.values() for part in PARTS}
    states = response.states_of()
    fields = {
        change.key: Field(
            states.get(change.key, FieldState()), None if change.key in asked else Refusal.UNKNOWN_QUESTION
        )
        for change in changes
    }
    outcomes = saving.decide(fields, changes, by=by.pk, ends_at=None)
    after = saving.states_after(outcomes)
    _store(response, items, {**states, **after}, after, by=by)
    found = []
    for outcome in outcomes:
        violation = None
        if outcome.refusal == Refusal.UNKNOWN_QUESTION:
            violation = RuleViolation(outcome.refusal, _("This question isn’t asked any longer."))
        elif outcome.refusal:
            violation = RuleViolation(
                outcome.refusal, _("Too many devices answered this at once. Open the page again.")
            )
        found.append(Saved(outcome.change.key, outcome.change.number, outcome.state or FieldState(), violation))
    return found


def _lock(placement: Placement) -> Placement:
    rows = Placement.objects.select_for_update(of=("self",)).select_related("trip", "application")
    placement = rows.get(pk=placement.pk)
    if not is_asked(placement):
        raise RuleViolation(
            "not_on_the_trip", _("Only students who are back from the trip answer this. Nothing was saved.")
        )
    days, today = Days.load(), timezone.localdate()
    if today < days.opens_on(placement.trip):
        text = _("You can answer this starting %(day)s.") % {"day": full_day(days.opens_on(placement.trip))}
        raise RuleViolation("too_early", text)
    if today > days.last_on(placement.trip):
        text = _("The survey closed on %(day)s. What you answered by then counts.")
        raise RuleViolation("closed", text % {"day": full_day(days.last_on(placement.trip))})
    return placement


def _store(
    response: SurveyResponse,
    items: Mapping[str, SurveyItem],
    states: Mapping[str, FieldState],
    after: dict[str, FieldState],
    *,
    by: User,
) -> None:
    there = {answer.item_id: answer for answer in response.answers.all()}
    changed = []
    for item in items.values():
        said = {part: _rating(states.get(rating_key(item, part))) for part in PARTS}
        answer = there.get(item.pk)
        if {part: getattr(answer, part, None) for part in PARTS} == said:
            continue
        changed.append(item.key)
        if all(value is None for value in said.values()):
            SurveyAnswer.objects.filter(response=response, item=item).delete()
        else:
            defaults = {**said, "answered_at": timezone.now()}
            SurveyAnswer.objects.update_or_create(response=response, item=item, defaults=defaults)
    if after:
        response.keep(after)
        response.changed_at = timezone.now()
        response.save(update_fields=["states", "changed_at"])
    if changed:
        audit.record("survey.answer", response, by=by, changes={"items": sorted(changed)})


def _rating(state: FieldState | None) -> int | None:
    version = shown(state) if state else None
    return int(version.value) if version and version.value else None


def ratings_of(response: SurveyResponse | None) -> dict[str, str]:
    """What the page shows, by key of the rating."""
    values: dict[str, Any] = saving.values_of(response.states_of()) if response else {}
    return {key: str(value) for key, value in values.items() if value}


# --- The invitation and the reminder ----------------------------------------------------------------


def invite_all() -> int:
    """Invite each traveler on the day the survey opens, and remind those who haven't answered, once. How many."""
    if not SurveyItem.objects.exists():
        return 0
    days, today, count = Days.load(), timezone.localdate(), 0
    travelers = (
        Placement.objects.filter(
            Exists(SurveyItem.objects.filter(cycle=OuterRef("trip__cycle"))),
            Q(survey=None) | Q(survey__reminded_at=None),
            returned_at__gte=timezone.now() - timedelta(days=days.closes + LATE_DAYS),
            application__status=Status.CONFIRMED,
        )
        .exclude(Exists(SurveyAnswer.objects.filter(response__placement=OuterRef("pk"))))
        .select_related("trip")
    )
    for placement in travelers:
        if days.is_open(placement.trip):
            count += _ask(placement.pk, is_time_to_remind=today >= days.reminder_on(placement.trip), days=days)
    return count


@transaction.atomic
def _ask(number: int, *, is_time_to_remind: bool, days: Days) -> bool:
    """Setting the time claims the message, so a second worker sends none."""
    rows = Placement.objects.select_for_update(of=("self",)).select_related("application__student", "trip__city")
    placement = rows.get(pk=number)
    response, _new = SurveyResponse.objects.get_or_create(placement=placement)
    now = timezone.now()
    if response.invited_at is None:
        # who is invited late isn't reminded on the next day
        fields = {"invited_at": now, **({"reminded_at": now} if is_time_to_remind else {})}
    elif response.reminded_at is None and is_time_to_remind:
        fields = {"reminded_at": now}
    else:
        return False
    for name, value in fields.items():
        setattr(response, name, value)
    response.save(update_fields=list(fields))
    again = "invited_at" not in fields
    audit.record("survey.remind" if again else "survey.invite", response, by=None)
    context = {"placement": placement, "until": days.last_on(placement.trip), "again": again}
    outbox.queue(
        "travel/survey_opens",
        to=placement.application.person,
        context=context,
        still_due=f"{DUE_NAME}:{response.pk}",
    )
    return True


def is_still_due(key: str) -> bool:
    """Whether nothing has been answered yet."""
    return SurveyResponse.objects.filter(pk=key, answers=None).exists()

"""A traveler answers the survey, rating by rating, from any device; the invitation and one reminder."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from applications.apply import saving
from applications.apply.actions.draft import Saved
from applications.apply.saving import Change, Field, Refusal
from applications.base.merge import FieldState, shown
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.messages.reminders import Every, Reminder
from exchange.models import User
from exchange.reference import facts
from exchange.templatetags.ui import day_year, full_day
from travel.models import Placement, SurveyAnswer, SurveyItem, SurveyResponse
from travel.models.placement import home_day
from travel.reflection.survey import FACTS, Days, is_asked

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


def _asked() -> QuerySet[Placement]:
    """Placements whose cycle asks the survey and whose time to answer isn't over."""
    asks = Exists(SurveyItem.objects.filter(cycle=OuterRef("trip__cycle")))
    since = timezone.localdate() - timedelta(days=int(facts.number(FACTS[2])))
    asked = Placement.objects.alias(home=home_day("trip__")).filter(asks, home__gte=since)
    return asked.select_related("application__student", "trip__city", "trip__cycle", "survey").order_by("pk")


def _silent() -> QuerySet[Placement]:
    """Those of them who came back and haven't answered anything."""
    answered = Exists(SurveyAnswer.objects.filter(response__placement=OuterRef("pk")))
    return _asked().filter(~answered, returned_at__isnull=False, application__status=Status.CONFIRMED)


# to whoever was invited, once; whoever is invited when it's time for it gets none
REMINDER = Reminder[Placement](
    name="travel.survey",
    template="travel/survey_opens",
    action="survey.remind",
    offsets=(Every(FACTS[1], since=lambda row: row.trip.home_on, times=1),),
    rows=lambda: _silent().filter(survey__invited_at__isnull=False),
    people=lambda row: [row.application.person],
    context=lambda row, _person: {"placement": row, "until": Days.load().last_on(row.trip), "again": True},
    about=lambda row: _("%(trip)s: survey, home on %(day)s") % {"trip": row.trip, "day": day_year(row.trip.home_on)},
    who=ngettext_lazy("at most %(count)s student", "at most %(count)s students", "count"),
    # all travelers: staff don't learn how many of a trip have answered
    ahead=lambda: _asked().filter(pk__in=Placement.objects.active()),
    was_sent=lambda row, occasion: hasattr(row, "survey") and row.survey.reminded_at is not None,
    claim=lambda row, occasion: SurveyResponse.objects.filter(placement=row).update(reminded_at=timezone.now()),
    holds=lambda row, key: True,  # nothing has been answered
    logged=lambda row: row.survey,
    is_one_a_day=False,
)


def invite_all() -> int:
    """Invite each traveler on the day the survey opens, and remind those who haven't answered, once. How many."""
    if not SurveyItem.objects.exists():
        return 0
    days = Days.load()
    new = _silent().filter(Q(survey=None) | Q(survey__invited_at=None))
    invited = sum(_invite(placement.pk, days) for placement in new if days.is_open(placement.trip))
    return invited + REMINDER.send_all()


@transaction.atomic
def _invite(number: int, days: Days) -> bool:
    """Setting the time claims the message, so a second worker sends none."""
    rows = Placement.objects.select_for_update(of=("self",)).select_related("application__student", "trip__city")
    placement = rows.get(pk=number)
    response, _new = SurveyResponse.objects.get_or_create(placement=placement)
    if response.invited_at is not None:
        return False
    response.invited_at = now = timezone.now()
    if timezone.localdate() >= days.reminder_on(placement.trip):
        response.reminded_at = now
    response.save(update_fields=["invited_at", "reminded_at"])
    audit.record("survey.invite", response, by=None)
    context = {"placement": placement, "until": days.last_on(placement.trip), "again": False}
    still_due = f"{REMINDER.name}:{placement.pk}/"
    outbox.queue("travel/survey_opens", to=placement.application.person, context=context, still_due=still_due)
    return True

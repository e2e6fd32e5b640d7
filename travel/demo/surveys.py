"""The demo's surveys: most travelers of every summer whose survey is over have answered it, in a minute."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from random import Random

from exchange.models import Event
from travel.demo.book import at
from travel.models import Placement, SurveyAnswer, SurveyItem, SurveyResponse
from travel.models.survey import HIGHEST, LOWEST
from travel.reflection.survey import Days

ANSWERS, SKIPS = 0.84, 0.04  # how likely somebody answers at all, and skips one item
STEPS, CHANCES = (-1, 0, 1, 2), (6, 28, 44, 22)  # how far the rating of now is from the one before


def write(seed: str, today: date) -> None:
    """Once the travelers are saved. Each traveler has dice of their own, so it doesn't matter how many summers are."""
    days, items = Days.load(), defaultdict(list)
    for item in SurveyItem.objects.all():
        items[item.cycle_id].append(item)
    travelers = Placement.objects.filter(trip__cycle__in=items, returned_at__isnull=False)
    responses, answers = [], []
    for placement in travelers.select_related("trip", "application__student").order_by("code"):
        if days.last_on(placement.trip) >= today:
            continue
        dice = Random(f"{seed} {placement.code}")  # noqa: S311 -- made-up people
        response = _response(placement, days, dice)
        responses.append(response)
        if response.changed_at:
            answers += _answers(response, items[placement.trip.cycle_id], dice)
    SurveyResponse.objects.bulk_create(responses)
    SurveyAnswer.objects.bulk_create(answers)
    Event.objects.bulk_create(
        Event(
            at=response.changed_at,
            by=response.placement.application.student,
            action="survey.answer",
            target_model=response._meta.label_lower,
            target_id=response.pk,
        )
        for response in responses
        if response.changed_at
    )


def _response(placement: Placement, days: Days, dice: Random) -> SurveyResponse:
    """Invited when the survey opened; either answered within two weeks, or reminded."""
    opened = days.opens_on(placement.trip)
    response = SurveyResponse(placement=placement, invited_at=at(opened, 10, 20))
    if dice.random() > ANSWERS:
        response.reminded_at = at(days.reminder_on(placement.trip), 10, 20)
    else:
        response.changed_at = at(opened + timedelta(days=dice.randrange(12)), dice.randint(11, 21), dice.randrange(60))
    return response


def _answers(response: SurveyResponse, items: Iterable[SurveyItem], dice: Random) -> Iterable[SurveyAnswer]:
    for item in items:
        if rated := _rated(dice):
            before, now = rated
            answered = {"before": before, "now": now, "answered_at": response.changed_at}
            yield SurveyAnswer(response=response, item=item, **answered)


def _rated(dice: Random) -> tuple[int, int] | None:
    if dice.random() < SKIPS:
        return None
    before = dice.choice((2, 3, 3, 4))
    return before, min(HIGHEST, max(LOWEST, before + dice.choices(STEPS, CHANCES)[0]))

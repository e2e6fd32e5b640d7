"""Actions that give a new cycle its levers, by which a committee may keep seats."""

from django.db import transaction

from applications.base.lever_defaults import DEFAULT_LEVERS
from applications.models import Cycle, Lever, Question
from exchange.base import audit
from exchange.models import User

LEVER_FIELDS = ("kind", "question_key", "values", "definition_en", "definition_es")


@transaction.atomic
def create_levers(cycle: Cycle, *, by: User | None) -> list[Lever]:
    """Give the cycle the default levers whose questions its form asks, unless it has levers already."""
    Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)  # two calls at once would both find none
    if cycle.levers.exists():
        return list(cycle.levers.all())
    asked = set(Question.objects.filter(section__form__cycle=cycle).order_by().values_list("key", flat=True))
    made = Lever.objects.bulk_create(
        Lever(cycle=cycle, **row) for row in DEFAULT_LEVERS if row["question_key"] in asked
    )
    audit.record("committee.create_levers", cycle, by=by, changes={"levers": [each.kind for each in made]})
    return made


def copy_levers(source: Cycle, cycle: Cycle) -> list[Lever]:
    """Copy last year's levers to a new cycle. Reserves are not copied: the new cycle's committee sets them."""
    return Lever.objects.bulk_create(
        Lever(cycle=cycle, **{name: getattr(each, name) for name in LEVER_FIELDS}) for each in source.levers.all()
    )

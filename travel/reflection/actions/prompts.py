"""A cycle's prompts: created or copied, changed by the office, and the invitation to answer them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.cycle.parts import Need
from applications.models import Cycle
from applications.states import Status
from exchange.base import audit
from exchange.messages import outbox
from exchange.models import User
from travel.base import actions as rows
from travel.models import Placement, Reflection, ReflectionInvitation, ReflectionPrompt, StandardPrompt, Trip
from travel.models.reflection import PromptFields

PAGE = "travel:cycle-preparation"
STILL_ASKED = timedelta(days=730)
FIELDS = tuple(field.name for field in StandardPrompt._meta.fields if not field.primary_key)


@transaction.atomic
def create_prompts(cycle: Cycle, by: User) -> list[ReflectionPrompt]:
    """Give the cycle the standard prompts, unless it has prompts already."""
    return _fill(cycle, StandardPrompt.objects.all(), "reflection.create_prompts", by=by)


@transaction.atomic
def copy_prompts(source: Cycle, cycle: Cycle, by: User) -> list[ReflectionPrompt]:
    """Copy last year's prompts, without those of single trips; if it had none, the standard ones."""
    theirs = source.reflection_prompts.filter(trips__isnull=True)
    return _fill(cycle, theirs, "reflection.copy_prompts", by=by) if theirs else create_prompts(cycle, by)


def _fill(cycle: Cycle, prompts: Iterable[PromptFields], action: str, *, by: User) -> list[ReflectionPrompt]:
    cycle = rows.lock(cycle)
    if there := list(cycle.reflection_prompts.all()):
        return there
    made = ReflectionPrompt.objects.bulk_create(
        ReflectionPrompt(cycle=cycle, **{name: getattr(prompt, name) for name in FIELDS}) for prompt in prompts
    )
    audit.record(action, cycle, by=by, changes={"prompts": [prompt.key for prompt in made]})
    return made


@transaction.atomic
def add_prompt(cycle: Cycle, values: Mapping[str, Any], *, trips: Collection[Trip] = (), by: User) -> ReflectionPrompt:
    """Add a prompt; the same values a second time return the one that exists. RuleViolation: not_possible."""
    prompt = rows.add(ReflectionPrompt, {**values, "cycle": cycle}, under=cycle, by=by)
    prompt.trips.set(trips)
    return prompt


@transaction.atomic
def change_prompt(
    prompt: ReflectionPrompt, values: Mapping[str, Any], *, trips: Collection[Trip], seen: str, by: User
) -> ReflectionPrompt:
    """RuleViolation: changed_meanwhile, not_possible."""
    prompt = rows.change(prompt, values, seen=seen, by=by)
    if set(trips) != set(prompt.trips.all()):
        prompt.trips.set(trips)
        audit.record("reflectionprompt.change", prompt, by=by, changes={"fields": ["trips"]})
    return prompt


@transaction.atomic
def remove_prompt(prompt: ReflectionPrompt, *, by: User) -> None:
    """Remove a prompt that nobody has answered. RuleViolation: in_use."""
    rows.remove_unused(prompt, _("Students have answered this prompt, so it stays."), by=by)


def needs_of(cycle: Cycle) -> Iterator[Need]:
    """What the cycle's prompts lack."""
    moments = set(cycle.reflection_prompts.order_by().values_list("moment", flat=True))
    if not moments:
        yield Need("reflection", _("Add the reflection prompts for before and after the trip."), PAGE)
    elif ReflectionPrompt.Moment.AFTER not in moments:
        yield Need("reflection", _("There’s no reflection prompt for after the trip."), PAGE, stops=False)


def invite_all() -> int:
    """Invite every traveler whose prompt has opened and who hasn't been invited. Returns how many were."""
    today = timezone.localdate()
    count, finished = 0, Reflection.objects.finished()
    # the last prompts come long after the office has closed its books of the cycle
    lately = Q(cycle__closed_out_at__gte=timezone.now() - STILL_ASKED)
    prompts = ReflectionPrompt.objects.filter(Q(cycle__closed_out_at__isnull=True) | lately)
    for prompt in prompts.prefetch_related("trips"):
        travelers = (
            Placement.objects.filter(trip__cycle=prompt.cycle_id, application__status=Status.CONFIRMED)
            .exclude(trip__departed_at__isnull=False, travelled_at__isnull=True)  # the group left without them
            .exclude(Exists(finished.filter(prompt=prompt, placement=OuterRef("pk"))))
            .exclude(reflection_invitations__prompt=prompt)
            .select_related("application__student", "trip__city")
        )
        for placement in travelers:
            if prompt.is_for(placement.trip) and prompt.opens_on(placement.trip) <= today:
                count += _invite(placement, prompt)
    return count


@transaction.atomic
def _invite(placement: Placement, prompt: ReflectionPrompt) -> bool:
    """Creating the row claims the invitation, so a second worker invites nobody twice."""
    invitation, is_new = ReflectionInvitation.objects.get_or_create(placement=placement, prompt=prompt)
    if is_new:
        audit.record("reflection.invite", invitation, by=None)
        context = {"placement": placement, "prompt": prompt}
        outbox.queue("travel/reflection_opens", to=placement.application.person, context=context)
    return is_new

"""Actions on reflections: a cycle's prompts, what a student writes, and the invitation to write it."""

from collections.abc import Iterable, Iterator

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.cycle.parts import Need
from applications.models import Cycle
from applications.standing import Act, may
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User
from exchange.templatetags.ui import full_day
from travel.base import actions as rows
from travel.base.trip_stage import placed_standing
from travel.models import Placement, Reflection, ReflectionInvitation, ReflectionPrompt, StandardPrompt
from travel.models.reflection import PromptFields

PAGE = "travel:cycle-preparation"
FIELDS = tuple(field.name for field in StandardPrompt._meta.fields if not field.primary_key)


@transaction.atomic
def create_prompts(cycle: Cycle, by: User) -> list[ReflectionPrompt]:
    """Give the cycle the standard prompts, unless it has prompts already."""
    return _fill(cycle, StandardPrompt.objects.all(), "reflection.create_prompts", by=by)


@transaction.atomic
def copy_prompts(source: Cycle, cycle: Cycle, by: User) -> list[ReflectionPrompt]:
    """Copy last year's prompts; if it had none, the standard ones."""
    theirs = source.reflection_prompts.all()
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


@transaction.atomic
def write(
    placement: Placement, prompt: ReflectionPrompt, *, text: str, privacy: str, quote: str = "", by: User
) -> Reflection:
    """Store the student's text, replacing an earlier one. RuleViolation: too_early (before the prompt opens),
    not_on_the_trip."""
    rows = Placement.objects.select_for_update(of=("self",)).select_related("trip", "application")
    placement = rows.get(pk=placement.pk)
    if not may(placed_standing(placement), Act.REFLECT):
        raise RuleViolation("not_on_the_trip", _("Only students who go on the trip write about it. Nothing was saved."))
    opens_on = prompt.opens_on(placement.trip)
    if opens_on > timezone.localdate():
        raise RuleViolation(
            "too_early",
            _("You can write this starting %(day)s. Keep your text until then.") % {"day": full_day(opens_on)},
        )
    written = Reflection.objects.filter(placement=placement, prompt=prompt).first()
    shared_quote = quote if privacy == Reflection.Privacy.PUBLIC else ""
    if written and (written.text, written.privacy, written.quote) == (text, privacy, shared_quote):
        return written  # a second tap on Save changes nothing
    reflection, is_new = Reflection.objects.update_or_create(
        placement=placement,
        prompt=prompt,
        defaults={"text": text, "privacy": privacy, "quote": shared_quote, "written_at": timezone.now()},
    )
    audit.record("reflection.write", reflection, by=by, changes={"privacy": privacy, "first": is_new})
    return reflection


def invite_all() -> int:
    """Invite every traveler whose prompt has opened and who hasn't been invited. Returns how many were."""
    today = timezone.localdate()
    count = 0
    prompts = ReflectionPrompt.objects.filter(cycle__closed_out_at__isnull=True)
    for prompt in prompts:
        travelers = (
            Placement.objects.filter(trip__cycle=prompt.cycle_id, application__status=Status.CONFIRMED)
            .exclude(trip__departed_at__isnull=False, travelled_at__isnull=True)  # the group left without them
            .exclude(reflections__prompt=prompt)
            .exclude(reflection_invitations__prompt=prompt)
            .select_related("application__student", "trip__city")
        )
        for placement in travelers:
            if prompt.opens_on(placement.trip) <= today:
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

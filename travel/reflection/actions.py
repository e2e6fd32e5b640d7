"""Actions on reflections: what a student writes, and the invitation to write it."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.standing import Act, may
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User
from exchange.templatetags.ui import full_day
from travel.base.trip_stage import placed_standing
from travel.models import Placement, Reflection, ReflectionInvitation, ReflectionPrompt


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

"""Actions on the link that shows a student's trip: made, replaced, ended."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base import audit
from exchange.base.codes import new_token
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.models import AbroadLink, Placement
from travel.models.abroad import window_of


@transaction.atomic
def make(placement: Placement, *, by: User) -> AbroadLink:
    """A new link; one that was there stops working. RuleViolation: trip_is_over."""
    placement = (
        Placement.objects.select_for_update(of=("self",)).select_related("trip", "application").get(pk=placement.pk)
    )
    now, (_opens_at, ends_at) = timezone.now(), window_of(placement.trip)
    if ends_at < now or placement.trip.closed_at or placement.application.withdrawn_at:
        raise RuleViolation("trip_is_over", _("This trip is over, so there’s no link to make."))
    link, _is_new = AbroadLink.objects.update_or_create(
        placement=placement,
        defaults={
            "token": new_token(),
            "made_at": now,
            "expires_at": ends_at,
            "stopped_at": None,
            "stopped_by": None,
        },
    )
    audit.record("abroad.make_link", placement, by=by)
    return link


@transaction.atomic
def end(link: AbroadLink, *, by: User) -> None:
    """At once. Safe to repeat."""
    if AbroadLink.objects.filter(pk=link.pk, stopped_at=None).update(stopped_at=timezone.now(), stopped_by=by):
        audit.record("abroad.end_link", link.placement, by=by)

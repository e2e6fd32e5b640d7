"""Actions on the link that shows a student's trip: made, replaced, ended."""

from django.db import transaction

from exchange.guests import links
from exchange.models import User
from travel.models import AbroadLink, Placement


@transaction.atomic
def make(placement: Placement, *, by: User) -> AbroadLink:
    """A new link; one that was there stops working. RuleViolation: trip_is_over."""
    rows = Placement.objects.select_for_update(of=("self",)).select_related("trip", "application")
    placement = rows.get(pk=placement.pk)
    link = AbroadLink.objects.filter(placement=placement).first() or AbroadLink()
    link.placement = placement
    links.issue(link, "abroad.make_link", placement, by=by)
    return link


def end(link: AbroadLink, *, by: User) -> None:
    links.stop(link, "abroad.end_link", link.placement, by=by)

"""What stands above each page of a trip."""

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from travel import permissions
from travel.base import trip_tabs
from travel.models import Trip

register = template.Library()


@register.inclusion_tag("travel/base/_trip_tabs.html", takes_context=True)
def trip_tabs_of(context: Context, trip: Trip) -> dict[str, Any]:
    """The trip's name, its tabs and the pages of this one. Nothing for those who may only open this page."""
    request = context["request"]
    if not permissions.can_list_trips(request.user):
        return {}
    here = request.resolver_match.view_name
    found = trip_tabs.shown(trip, request.user, here)
    days = (trip.leaves_on - timezone.localdate()).days
    is_ahead = days > 0 and not (trip.closed_at or trip.departed_at)
    return {
        "trip": trip,
        "tabs": found.tabs,
        "label": found.label,
        "row": found.row,
        "here": here,
        "days": days if is_ahead else None,
    }

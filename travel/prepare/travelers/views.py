"""The travelers of a trip, for staff: who they are, and what each still owes."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from exchange.web.shortcuts import me, page_of, require
from exchange.web.worklist import worklist
from travel import permissions
from travel.models import Trip
from travel.partners.entry_rules import rule_of
from travel.prepare.travelers import rows as travelers
from travel.prepare.travelers.rows import PARTS, TravelersForm
from travel.states import STAGE_TONES


@require_GET
def trip_travelers(request: HttpRequest, code: str) -> HttpResponse:
    """Those whom this person may see, the least time first; the counts above are of the same rows."""
    user = me(request)
    require(permissions.can_open_roster(user))
    trip: Any = get_object_or_404(Trip.objects.visible_to(user).select_related("city", "cycle"), code=code)
    form, shows_entry = TravelersForm(request.GET), permissions.can_manage_entry(user)
    rule = rule_of(trip) if shows_entry else None
    searched = form.cleaned_data.get("q", "")
    everyone = travelers.travelers_of(trip, user, rule=rule, shows_entry=shows_entry, searched=searched)
    chosen = [row for row in everyone if PARTS[form.part][1](row)]
    page = page_of(travelers.ordered(chosen, request.GET.get("sort")), request)
    columns = travelers.COLUMNS if shows_entry else travelers.COLUMNS.without("entry")
    context = {
        "trip": trip,
        "list": worklist(
            request, title=_("Travelers"), columns=columns, form=form, page=page, kept=("show",), has_peek=True
        ),
        "rows": page.object_list,
        "tabs": _tabs(request, everyone, form.part, shows_entry=shows_entry),
        "going": len(everyone),
        "unmatched": sum(not row.name_matches for row in everyone),
        "warns": not (trip.departed_at or searched),
        "to_talk": [row.placement for row in everyone if row.wants] if permissions.can_note_talk(user) else [],
        "stage_tones": STAGE_TONES,
        "shows_entry": shows_entry,
        "clear_href": "?",
    }
    return render(request, "travel/prepare/trip_travelers.html", context)


def _tabs(request: HttpRequest, everyone: list[travelers.Traveler], here: str, *, shows_entry: bool) -> list[Any]:
    """Parts of the list with how many are in each; an empty one only while it is shown."""
    found = []
    for key, (label, fits) in PARTS.items():
        query, count = request.GET.copy(), sum(fits(row) for row in everyone)
        query.pop("page", None)
        query["show"] = key
        if count or key in (here, travelers.EVERYONE):
            found.append({"label": f"{label} {count}", "href": f"?{query.urlencode()}", "current": key == here})
    return found

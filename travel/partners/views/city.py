"""Public pages of partner cities, without an account."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from applications.models import Cycle
from exchange.base.home import home
from exchange.models import PartnerCity
from travel import permissions
from travel.base.maps import city_map
from travel.base.sources import Source
from travel.models import CityStanding, EntryRule, Trip
from travel.partners.entry_rules import entry_lines, missing
from travel.partners.partners import standings_of


@login_not_required
@require_safe
def city_list(request: HttpRequest) -> HttpResponse:
    """Offered cities, those with a trip in an open cycle first."""
    cities = PartnerCity.objects.filter(is_offered=True)
    trips = _trips().order_by("leaves_on")
    going: dict[int, list[Trip]] = {}
    for trip in trips:
        going.setdefault(trip.city_id, []).append(trip)
    rows: list[dict[str, Any]] = [{"city": city, "trips": going.get(city.pk, [])} for city in cities]
    rows.sort(key=lambda row: (not row["trips"], row["city"].name))
    return render(request, "travel/partners/city_list.html", {"rows": rows})


def _trips() -> QuerySet[Trip]:
    """Trips of the cycles that are open now, which haven't left."""
    return Trip.objects.filter(cycle__in=Cycle.objects.open(), departed_at=None, closed_at=None).select_related(
        "cycle", "city"
    )


@login_not_required
@require_safe
def city_detail(request: HttpRequest, code: str) -> HttpResponse:
    """A city that is no longer offered keeps its page, so that links in old messages still work."""
    city = get_object_or_404(PartnerCity, code=code)
    rule = EntryRule.objects.filter(city=city, document=EntryRule.Document.US_PASSPORT).first()
    context = {
        "city": city,
        "map": city_map(city),
        "trips": _trips().filter(city=city),
        "standings": [_told(each.kind, each.row) for each in standings_of(city) if each.row],
        "entry": entry_lines(rule),
        "lacking": missing(city) if not rule and permissions.can_manage_partners(request.user) else "",
        "source": rule and Source.of(rule),
        "links": [{"url": link["url"], "title": link[f"title_{_language()}"]} for link in city.links],
    }
    return render(request, "travel/partners/city_detail.html", context)


def _language() -> str:
    return (get_language() or "en")[:2]


def _told(kind: str, row: CityStanding) -> dict[str, object]:
    """An unreliable value isn't shown: its source sends the reader to the official page."""
    label = _("U.S. travel advisory") if kind == "advisory" else _("Sister city of %(city)s") % {"city": home().city}
    value = row.get_value_display() if row.is_reliable else ""
    note = _("The State Department rates the risk from 1 (lowest) to 4. Ask us what this means for your trip.")
    is_rated = bool(value) and kind == "advisory"
    return {"label": label, "value": value, "note": note if is_rated else "", "source": Source.of(row)}

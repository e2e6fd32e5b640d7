"""The student's page of all links for family. What family sees is `travel.abroad.views.family`."""

from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.models import FamilyLink, Placement, Trip
from travel.models.family import last_day
from travel.models.trip_change import told_change
from travel.prepare.family import actions
from travel.prepare.family.forms import FamilyLinkForm

Part = FamilyLink.Part
# what a new link shows at first
FIRST_PARTS = (Part.DATES, Part.HOTEL, Part.LEADERS)


def is_canceled(link: FamilyLink) -> bool:
    """The trip was called off, and the link would work otherwise: they read so instead of a closed page."""
    is_over = link.stopped_at or link.placement.application.withdrawn_at or link.expires_at <= timezone.now()
    return bool(link.placement.trip.closed_at) and not is_over


# --- The student ------------------------------------------------------------------------------------


def _own(request: HttpRequest, code: str) -> Placement:
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_share_with_family(request.user, placement))
    return placement


def _link(request: HttpRequest, code: str, link: str) -> tuple[Placement, FamilyLink]:
    placement = _own(request, code)
    found = get_object_or_404(placement.family_links, code=link)
    found.placement = placement
    return placement, found


@never_cache
@require_http_methods(["GET", "POST"])
def family_links(request: HttpRequest, code: str) -> HttpResponse:
    """Every link with what it shows; POST makes a new one."""
    placement = _own(request, code)
    last = last_day(placement.trip)
    initial = {"language": translation.get_language(), "parts": [part.value for part in FIRST_PARTS]}
    form = FamilyLinkForm(request.POST or None, last=last, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            actions.make(placement, **form.cleaned_data, by=me(request))
            messages.success(request, _("Here’s the link. Copy it and send it to them."))
            return redirect("travel:family-links", code=code)
    rows = []
    for link in placement.family_links.filter(stopped_at=None):
        link.placement = placement
        address = settings.SITE_URL + link.href
        rows.append(
            {
                "link": link,
                "shows": [Part(part).label for part in link.parts],
                "until": min(last, link.ends_on or last),
                "address": address if link.opens or is_canceled(link) else "",
                "send": _words_to_send(link, placement.trip, address),
            }
        )
    context = {"placement": placement, "trip": placement.trip, "rows": rows, "form": form}
    return render(request, "travel/prepare/family_links.html", context)


def _words_to_send(link: FamilyLink, trip: Trip, address: str) -> dict[str, str]:
    """What the student sends with one tap, in the language of the reader: addresses for a text and for an email."""
    with translation.override(link.language):
        city = {"city": trip.city.name}
        if trip.closed_at:
            words = _("My trip to %(city)s is canceled. Here’s why:") % city
        elif told_change(trip, link.made_at):
            words = _("My trip to %(city)s has changed. Here’s what’s new:") % city
        else:
            words = _("Here’s my trip to %(city)s:") % city
    body = quote(f"{words} {address}")
    return {
        "text": f"sms:{link.phone}?&body={body}",
        "email": f"mailto:{link.email}?subject={quote(words)}&body={body}",
    }


@never_cache
@require_http_methods(["GET", "POST"])
def family_link(request: HttpRequest, code: str, link: str) -> HttpResponse:
    """Change what a link shows, in which language, and until when."""
    placement, row = _link(request, code, link)
    initial = {name: getattr(row, name) for name in ("label", "language", "parts", "email", "phone", "ends_on")}
    form = FamilyLinkForm(request.POST or None, last=last_day(placement.trip), initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            actions.change(row, **form.cleaned_data, by=me(request))
            messages.success(request, _("Saved. The address is still the same."))
            return redirect("travel:family-links", code=code)
    context = {"placement": placement, "trip": placement.trip, "link": row, "form": form}
    return render(request, "travel/prepare/family_link.html", context)


@require_POST
def family_link_replace(request: HttpRequest, code: str, link: str) -> HttpResponse:
    _placement, row = _link(request, code, link)
    with rule_message(request, success=_("The old address no longer works. Send them the new one.")):
        actions.replace(row, by=me(request))
    return redirect("travel:family-links", code=code)


@require_POST
def family_link_end(request: HttpRequest, code: str, link: str) -> HttpResponse:
    _placement, row = _link(request, code, link)
    with rule_message(request, success=_("The link no longer works.")):
        actions.end(row, by=me(request))
    return redirect("travel:family-links", code=code)

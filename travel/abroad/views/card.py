"""The traveler's page behind a private link: when and where, whom to call, what to show."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from exchange.base.links import for_guests
from exchange.base.office import office
from travel.models import AbroadLink
from travel.models.abroad import token_of, window_of
from travel.partners.programme import shown_days


@for_guests()
def abroad_card(request: HttpRequest, token: str) -> HttpResponse:
    """Dates, flights, where, whom to call, each day, what to bring. No name, nothing about the student.

    Opening it changes nothing and is not noted.
    """
    found = token_of(token)
    links = AbroadLink.objects.select_related("placement__application__student", "placement__trip__city")
    link = links.select_related("placement__trip__host").filter(token=found).first() if found else None
    student = link.placement.application.student if link else None
    if student and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(student.language)
    state = link.state() if link else None
    if link is None or state != AbroadLink.State.OPEN:
        return _not_open(request, link, state)
    trip = link.placement.trip
    context = {
        "trip": trip,
        "leaders": trip.leaders.all(),
        "days": shown_days(trip),
        "office": office(),
        "steps": [item.step for item in link.placement.checklist_items.select_related("step").order_by("step__order")],
    }
    return render(request, "travel/abroad/abroad_card.html", context)


def _not_open(request: HttpRequest, link: AbroadLink | None, state: str | None) -> HttpResponse:
    opens_at = window_of(link.placement.trip)[0] if link and state == AbroadLink.State.EARLY else None
    context = {"opens_at": opens_at, "office": office()}
    return render(request, "travel/abroad/abroad_closed.html", context, status=410 if link else 404)

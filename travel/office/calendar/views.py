"""The office's calendar: a page by weeks, and a private address for calendar programs."""

from datetime import date, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from exchange.base import roles
from exchange.base.calendar import calendar_feed
from exchange.guests.pages import behind, ended
from exchange.web.shortcuts import me, require
from travel.models import CalendarFeed
from travel.office.calendar import entries as calendar
from travel.prepare.calendar import actions

SHOWN = 4  # weeks


@require_safe
def office_calendar(request: HttpRequest) -> HttpResponse:
    """`from`: a day of the first week; `kind`: only this one. Anything else there shows this week, and all kinds."""
    require(roles.is_coordinator(request.user))
    kind = request.GET.get("kind", "")
    kind = kind if kind in calendar.KINDS else ""
    this = calendar.monday_of(timezone.localdate())
    monday = calendar.monday_of(_day(request.GET.get("from", "")) or this)
    feed = CalendarFeed.objects.select_related("user").filter(user=me(request)).first()
    address = ""
    if feed and feed.is_open:
        address = settings.SITE_URL + reverse("travel:office-calendar-feed", args=[feed.office_link])
    context = {
        "weeks": calendar.weeks(monday, SHOWN, kind=kind, by=me(request)),
        "today": timezone.localdate(),
        "tabs": [
            {"label": label, "href": _href(monday, key), "current": key == kind}
            for key, label in {"": _("everything"), **calendar.KINDS}.items()
        ],
        "earlier": _href(monday - SHOWN * calendar.WEEK, kind),
        "later": _href(monday + SHOWN * calendar.WEEK, kind),
        "now": "" if monday == this else _href(this, kind),
        "feed": feed,
        "address": address,
        "webcal": f"webcal://{address.partition('://')[2]}" if address else "",
    }
    return render(request, "travel/office/calendar.html", context)


def _day(text: str) -> date | None:
    """A day within some years, so that weeks before and after it exist."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if abs(day - timezone.localdate()) < timedelta(days=4000) else None


def _href(monday: date, kind: str) -> str:
    return f"?from={monday.isoformat()}" + (f"&kind={kind}" if kind else "")


@require_POST
def office_calendar_make(request: HttpRequest) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    actions.make(me(request))
    return redirect(reverse("travel:office-calendar") + "#feed")


@require_POST
def office_calendar_end(request: HttpRequest) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    actions.end(me(request))
    return redirect(reverse("travel:office-calendar") + "#feed")


@behind(CalendarFeed, purpose=CalendarFeed.OFFICE)
def office_calendar_feed(request: HttpRequest, feed: CalendarFeed) -> HttpResponse:
    """Gone as soon as the person leaves the office, whatever the address. Opening it changes nothing."""
    if not roles.is_coordinator(feed.user):
        return ended(request, CalendarFeed, None)
    with translation.override(feed.user.language):
        content = calendar_feed(calendar.entries_of(feed.user), name=_("Exchange office"))
    return HttpResponse(content, content_type="text/calendar; charset=utf-8")

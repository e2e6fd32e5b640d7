"""Views of a student's calendar: the page with its private address, the feed behind it, and single entries."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from exchange.base import roles
from exchange.base.calendar import Entry, calendar_feed, calendar_file
from exchange.files import appointments
from exchange.guests.pages import behind
from exchange.web.shortcuts import me, require, rule_message
from travel.base import itinerary
from travel.models import CalendarFeed, ChecklistItem, Placement
from travel.prepare.calendar import actions
from travel.prepare.calendar import entries as calendar_entries


@require_safe
def calendar_page(request: HttpRequest) -> HttpResponse:
    require(roles.is_student(request.user))
    feed = CalendarFeed.objects.select_related("user").filter(user=me(request)).first()
    address = ""
    if feed and feed.is_open:
        address = settings.SITE_URL + reverse("travel:calendar-feed", args=[feed.link])
    context = {"address": address, "webcal": f"webcal://{address.partition('://')[2]}" if address else ""}
    return render(request, "travel/prepare/calendar.html", context | {"feed": feed})


@require_POST
def calendar_make(request: HttpRequest) -> HttpResponse:
    require(roles.is_student(request.user))
    with rule_message(request, success=_("Here’s your calendar address. Keep it to yourself.")):
        actions.make(me(request))
    return redirect("travel:calendar")


@require_POST
def calendar_end(request: HttpRequest) -> HttpResponse:
    require(roles.is_student(request.user))
    with rule_message(request, success=_("The address no longer works. Remove the calendar from your phone too.")):
        actions.end(me(request))
    return redirect("travel:calendar")


@behind(CalendarFeed)
def calendar_feed_file(request: HttpRequest, feed: CalendarFeed) -> HttpResponse:
    """The feed, in the student's language whatever the calendar program asks for. Opening it changes nothing."""
    with translation.override(feed.user.language):
        content = calendar_feed(calendar_entries.entries_of(feed.user), name=_("My trip"))
    return HttpResponse(content, content_type="text/calendar; charset=utf-8")


def _one(entry: Entry | None, name: str) -> HttpResponse:
    if entry is None:
        raise Http404
    return appointments.answer(calendar_file(entry), name)


def _placement(request: HttpRequest, code: str) -> Placement:
    own = Placement.objects.visible_to(request.user).filter(application__student=me(request))
    return get_object_or_404(own.select_related("application", "trip__city"), code=code)


@require_safe
def itinerary_leg(request: HttpRequest, code: str, leg: str) -> HttpResponse:
    placement = _placement(request, code)
    found = {each.leg.code: each for each in itinerary.legs_of(placement)}
    if leg not in found:
        raise Http404
    return _one(calendar_entries.leg_entry(found[leg], placement), f"trip-{leg}")


@require_safe
def checklist_item_calendar(request: HttpRequest, code: str, key: str) -> HttpResponse:
    placement = _placement(request, code)
    items = ChecklistItem.objects.filter(placement=placement, done_at__isnull=True).select_related("step")
    item = get_object_or_404(items, step__key=key)
    item.placement = placement
    return _one(calendar_entries.item_entry(item), f"step-{key}")

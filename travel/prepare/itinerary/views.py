"""Views in which the office writes a trip's itinerary: lines, a file of lines, who is told when."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.base.errors import RuleViolation
from exchange.files.spreadsheets import csv_pieces
from exchange.messages.batches import batch_of
from exchange.templatetags.ui import language_here
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base import itinerary
from travel.base.itinerary import People
from travel.base.legs import Leg
from travel.base.views import edit
from travel.models import ItinerarySegment, Placement, Trip
from travel.prepare.itinerary import actions
from travel.prepare.itinerary import file as itinerary_file
from travel.prepare.itinerary import news as itinerary_news
from travel.prepare.itinerary.forms import FORMS, FileForm

KIND_LABELS = dict(ItinerarySegment.Kinds.choices)


def _trip(request: HttpRequest, code: str) -> Trip:
    require(permissions.can_manage_partners(request.user))
    trips = Trip.objects.visible_to(request.user).select_related("city", "host", "cycle")
    return get_object_or_404(trips, code=code)


def _page(trip: Trip) -> tuple[str, str]:
    return reverse("travel:itinerary-office", kwargs={"code": trip.code}), _("Itinerary")


def _people(request: HttpRequest, trip: Trip) -> dict[str, Any]:
    """Who can be on a line."""
    going = Placement.objects.visible_to(request.user).active().filter(trip=trip).select_related("application__student")
    by_name = going.order_by("application__student__full_name", "pk")
    return {"placements": list(by_name), "leaders": list(trip.leaders.all())}


def _lines(trip: Trip, *, but: ItinerarySegment | None = None) -> list[tuple[Leg, People]]:
    there = trip.segments.there().prefetch_related("placements", "leaders")
    return [(row.leg, row.people) for row in there if but is None or row.pk != but.pk]


@require_safe
def itinerary_office(request: HttpRequest, code: str) -> HttpResponse:
    """Every line in order, with what travelers don't see yet."""
    trip = _trip(request, code)
    now = itinerary_news.pending(trip)
    names = itinerary.zone_names(trip)
    context = {
        "trip": trip,
        "back": (trip.get_absolute_url(), trip.city.name),
        "rows": [_row(segment, names) for segment in now.segments],
        "kinds": ItinerarySegment.Kinds.choices,
        "pending": now,
        "differs": _differs(trip, now.segments),
        "batch": batch_of(trip),
    }
    return render(request, "travel/prepare/itinerary_office.html", context)


def _row(segment: ItinerarySegment, names: Any) -> dict[str, Any]:
    if segment.removed_at:
        state = (_("removed, not published yet"), "stop")
    elif segment.told is None:
        state = (_("new, not published yet"), "wait")
    elif segment.is_changed:
        state = (_("changed, not published yet"), "wait")
    else:
        state = (_("published"), "good")
    people = segment.people
    count = sum(len(keys) for keys in people.values()) if people else 0
    return {
        "segment": segment,
        "shown": itinerary.ShownLeg(segment.leg, names),
        "kind": KIND_LABELS[segment.kind],
        "state": state,
        "people": ngettext("%(count)s person", "%(count)s people", count) % {"count": count}
        if people is not None
        else _("the whole group"),
    }


def _differs(trip: Trip, segments: Sequence[ItinerarySegment]) -> list[str]:
    """Where the flights don't agree with the trip's own dates."""
    rows = [(row.leg, row.people) for row in segments if not row.removed_at]
    flights = [leg for leg, _people in rows if leg.kind == "flight"]
    if not flights:
        return []
    found = []
    first, last = flights[0], max(flights, key=lambda leg: leg.ends_at or leg.starts_at)
    if first.local_start.date() != trip.leaves_on:
        found.append(_("The first flight doesn’t leave on the trip’s departure date. Check both."))
    if last.local_end and itinerary.departures(rows) and last.local_end.date() != trip.returns_on:
        found.append(_("The last flight doesn’t land on the trip’s return date. Check both."))
    return found


@require_http_methods(["GET", "POST"])
def itinerary_add(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    trip = _trip(request, code)
    if kind not in FORMS:
        raise Http404
    form = FORMS[kind](request.POST or None, trip=trip, others=_lines(trip), **_people(request, trip))
    return edit(
        request,
        form,
        lambda said: actions.add(trip, said.line, by=me(request)),
        back=_page(trip),
        title=_("New line: %(kind)s") % {"kind": KIND_LABELS[kind]},
        label=trip.city.name,
        text=_("Times are local to each place. Travelers see it once you publish."),
        saved=_("Saved. Travelers don’t see it until you publish."),
    )


def _segment(request: HttpRequest, code: str) -> ItinerarySegment:
    require(permissions.can_manage_partners(request.user))
    rows = ItinerarySegment.objects.visible_to(request.user).there()
    rows = rows.select_related("trip__city", "trip__cycle").prefetch_related("placements", "leaders")
    return get_object_or_404(rows, code=code)


@require_http_methods(["GET", "POST"])
def itinerary_segment(request: HttpRequest, code: str) -> HttpResponse:
    segment = _segment(request, code)
    trip, form_class = segment.trip, FORMS[segment.kind]
    form = form_class(
        request.POST or None,
        initial=form_class.initial_of(segment),
        trip=trip,
        others=_lines(trip, but=segment),
        **_people(request, trip),
    )
    [shown] = itinerary.shown(trip, [segment.leg])
    return edit(
        request,
        form,
        lambda said: actions.change(segment, said.line, seen=said.cleaned_data["seen"], by=me(request)),
        back=_page(trip),
        title=shown.title,
        label=trip.city.name,
        text=_("Times are local to each place. People on this line are told once you publish."),
        saved=_("Saved. Travelers don’t see it until you publish."),
        remove=reverse("travel:itinerary-remove", kwargs={"code": segment.code}),
    )


@require_POST
def itinerary_remove(request: HttpRequest, code: str) -> HttpResponse:
    segment = _segment(request, code)
    with rule_message(request, _("Removed.")):
        actions.remove(segment, by=me(request))
    return redirect(_page(segment.trip)[0])


# --- Telling people ---------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def itinerary_publish(request: HttpRequest, code: str) -> HttpResponse:
    """GET shows who gets what; POST shows travelers the new lines and tells those it concerns."""
    trip = _trip(request, code)
    if request.method == "POST":
        try:
            told = itinerary_news.publish(trip, seen=request.POST.get("seen", ""), by=me(request))
        except RuleViolation as violation:
            messages.error(request, violation.message)
            return redirect("travel:itinerary-publish", code=code)
        text = ngettext("Published. %(count)s person will be told.", "Published. %(count)s people will be told.", told)
        messages.success(request, text % {"count": told} if told else _("Published. There was no one to tell."))
        return redirect(_page(trip)[0])
    now = itinerary_news.pending(trip)
    context = {
        "trip": trip,
        "back": _page(trip),
        "pending": now,
        "receivers": [
            {"news": each, "language": language_here(each.to.language), "drafts": each.preview()} for each in now.news
        ],
    }
    return render(request, "travel/prepare/itinerary_publish.html", context)


# --- From a file ------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def itinerary_import(request: HttpRequest, code: str) -> HttpResponse:
    """A file is previewed line by line; nothing is stored until the preview is confirmed."""
    trip = _trip(request, code)
    form, context = FileForm(), {"trip": trip, "back": _page(trip), "columns": list(itinerary_file.COLUMNS)}
    if request.method == "POST":
        try:
            text = request.POST.get("text") or _text_of(request)
            lines = itinerary_file.read(text, trip, there=_lines(trip), **_people(request, trip))
            if "confirm" in request.POST and not any(each.errors for each in lines):
                count = actions.add_all(trip, [each.line for each in lines if each.line], by=me(request))
                said = ngettext("%(count)s line was added.", "%(count)s lines were added.", count)
                messages.success(request, said % {"count": count})
                return redirect(_page(trip)[0])
            context |= {"text": text, **_preview(trip, lines)}
        except itinerary_file.UnreadableFile as problem:
            form = FileForm({})
            form.errors["file"] = form.error_class([str(problem)])
        except RuleViolation as violation:
            messages.error(request, violation.message)
    return render(request, "travel/prepare/itinerary_import.html", {"form": form, **context})


def _text_of(request: HttpRequest) -> str:
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        raise itinerary_file.UnreadableFile(_("Choose a file first."))
    return itinerary_file.decoded(form.cleaned_data["file"].read(itinerary_file.BYTES_MAX + 1))


def _preview(trip: Trip, lines: Sequence[itinerary_file.FileLine]) -> dict[str, Any]:
    names = itinerary.zone_names(trip)
    return {
        "lines": [
            {"line": each, "shown": itinerary.ShownLeg(each.line.leg, names) if each.line else None} for each in lines
        ],
        "bad": sum(bool(each.errors) for each in lines),
        "new": sum(each.line is not None and not each.is_there for each in lines),
    }


@require_safe
def itinerary_template(request: HttpRequest, code: str) -> HttpResponse:
    trip = _trip(request, code)
    content = b"".join(csv_pieces(itinerary_file.template_rows()))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="itinerary-{trip.city.code}.csv"'
    return response

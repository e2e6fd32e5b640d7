"""Views of the list for the airline: a student gives their details, the office checks who did, and downloads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.base.opening import What, opened
from applications.standing import Act, may
from exchange.base.errors import RuleViolation
from exchange.files.spreadsheets import Cell, csv_pieces, xlsx_pieces
from exchange.reference import facts
from exchange.web.proofs import ask_for_proof, is_fresh, require_fresh
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.names import Result
from travel.base.sources import Source
from travel.base.trip_stage import placed_standing
from travel.models import Placement, TicketingDetails, TicketingExport, TicketName, Trip
from travel.models.ticketing import Marker
from travel.passport.plan import birth_date
from travel.prepare.ticketing import actions
from travel.prepare.ticketing.actions import Details
from travel.prepare.ticketing.forms import DetailsForm, ListForm, LookForm

SECURE_FLIGHT = "ticketing.airline_days"
TYPES = {
    TicketingExport.Kind.CSV: "text/csv; charset=utf-8",
    TicketingExport.Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


# --- The student ------------------------------------------------------------------------------------


@never_cache
@require_safe
def placement_ticketing(request: HttpRequest, code: str) -> HttpResponse:
    """Why we ask, who sees it and until when, and every opening. Shows nothing that was given."""
    placement = _own(request, code)
    row = TicketingDetails.objects.visible_to(request.user).filter(placement=placement).first()
    fact = facts.current(SECURE_FLIGHT)[SECURE_FLIGHT]
    opens_on = actions.opens_on(placement.trip)
    context = {
        "placement": placement,
        "trip": placement.trip,
        "row": row,
        "wants_talk": row is not None and row.words["marker"] == Marker.TALK,
        "result": _compared(request, row, placement),
        "opens_on": opens_on,
        "is_open": _is_open(placement, opens_on),
        "is_early": timezone.localdate() < opens_on,
        "source": Source.of(fact),
        "last_days": fact.number if fact.is_reliable else None,
        "keep_days": facts.number(actions.KEEP_DAYS),
        "looks": actions.looks_at(placement),
    }
    return render(request, "travel/prepare/placement_ticketing.html", context)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def placement_ticketing_form(request: HttpRequest, code: str) -> HttpResponse:
    """The form. What was given before is shown only after a fresh proof."""
    placement = _own(request, code)
    if not _is_open(placement, actions.opens_on(placement.trip)):
        return redirect("travel:placement-ticketing", code=placement.code)
    row = TicketingDetails.objects.visible_to(request.user).filter(placement=placement).first()
    if row:
        require_fresh(request)
    initial = DetailsForm.initial_of(Details.of(row) if row else None)
    form = DetailsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.give(placement, form.details, by=me(request))
        except RuleViolation as violation:
            form.add_error("born" if violation.code == "born" else None, violation.message)
        else:
            messages.success(request, _("Saved and locked."))
            return redirect("travel:placement-ticketing", code=placement.code)
    context = {"placement": placement, "trip": placement.trip, "form": form, "row": row}
    return render(request, "travel/prepare/placement_ticketing_form.html", context)


@require_POST
def placement_ticketing_remove(request: HttpRequest, code: str) -> HttpResponse:
    placement = _own(request, code)
    with rule_message(request, success=_("Your details are deleted.")):
        actions.remove(placement, by=me(request))
    return redirect("travel:placement-ticketing", code=placement.code)


def _is_open(placement: Placement, opens_on: date) -> bool:
    return may(placed_standing(placement), Act.CHECKLIST) and timezone.localdate() >= opens_on


def _compared(request: HttpRequest, row: TicketingDetails | None, placement: Placement) -> Result | None:
    ticket = TicketName.objects.visible_to(request.user).filter(placement=placement).first() if row else None
    return actions.compared(Details.of(row), ticket.name) if row and ticket else None


def _own(request: HttpRequest, code: str) -> Placement:
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_give_ticketing(request.user, placement))
    return placement


# --- The office -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One traveler on the office's page: what is there, never what it says."""

    placement: Placement
    row: TicketingDetails | None
    label: str
    tone: str
    differs: list[str]

    @property
    def look(self) -> LookForm:
        """With ids of its own: a page has many."""
        return LookForm(auto_id=f"look-{self.placement.code}-%s")


@never_cache
@require_safe
def trip_ticketing(request: HttpRequest, code: str) -> HttpResponse:
    """Who has given their details, what doesn't fit, and the downloads so far. Shows no detail."""
    return _page(request, _trip(request, code))


def _page(request: HttpRequest, trip: Trip, form: ListForm | None = None) -> HttpResponse:
    sent = list(TicketingExport.objects.visible_to(request.user).filter(trip=trip).select_related("by"))
    lines = _lines(request, trip)
    missing = [line for line in lines if line.row is None or line.tone == "wait"]
    context = {
        "trip": trip,
        "lines": lines,
        "missing": missing,
        "ready": len(lines) - len(missing),
        "sent": sent,
        "form": form or ListForm(was_sent=bool(sent)),
        "opens_on": actions.opens_on(trip),
        "is_early": timezone.localdate() < actions.opens_on(trip),
        "has_left": trip.departed_at is not None or trip.closed_at is not None,
        "keep_days": facts.number(actions.KEEP_DAYS),
    }
    return render(request, "travel/prepare/trip_ticketing.html", context)


def _lines(request: HttpRequest, trip: Trip) -> list[Line]:
    going = Placement.objects.visible_to(request.user).active().filter(trip=trip)
    people = "application__student", "application__college", "ticket_name", "ticketing_details"
    placements = list(going.select_related(*people).order_by("application__student__full_name", "pk"))
    born = birth_date.of_many(each.application_id for each in placements)
    return [_line(each, born.get(each.application_id)) for each in placements]


def _line(placement: Placement, born: date | None) -> Line:
    row = getattr(placement, "ticketing_details", None)
    if row is None:
        return Line(placement, None, _("not yet"), "wait", [])
    details, ticket = Details.of(row), getattr(placement, "ticket_name", None)
    if details.marker == Marker.TALK:
        return Line(placement, row, _("wants to talk first"), "wait", [])
    differs = []
    if actions.compared(details, ticket.name if ticket else None) not in (None, Result.SAME):
        differs.append(_("The name differs from the one on the ticket."))
    if born and born != details.born:
        differs.append(_("The date of birth differs from the application."))
    if row.is_changed_since_sent:
        return Line(placement, row, _("changed after the list was sent"), "stop", differs)
    return Line(placement, row, _("sent") if row.sent_at else _("given"), "good", differs)


@never_cache
@require_POST
def trip_ticketing_export(request: HttpRequest, code: str) -> HttpResponseBase:
    """The file. Each download is recorded, and each student on it reads that it was sent."""
    trip = _trip(request, code)
    if not is_fresh(request):
        return ask_for_proof(request, then=reverse("travel:trip-ticketing", args=[trip.code]))
    was_sent = TicketingExport.objects.visible_to(request.user).filter(trip=trip).exists()
    form = ListForm(request.POST, was_sent=was_sent)
    if not form.is_valid():
        return _page(request, trip, form)
    kind = form.cleaned_data["kind"]
    try:
        made = actions.export(trip, kind, reason=form.cleaned_data.get("reason", ""), by=me(request))
    except RuleViolation as violation:
        form.add_error(None, violation.message)
        return _page(request, trip, form)
    for placement, _details in made.rows:
        opened(request, placement.application, What.TICKETING)
    rows = _table(made)
    pieces = csv_pieces(rows) if kind == TicketingExport.Kind.CSV else xlsx_pieces(rows, sheet=_("Passengers"))
    response = HttpResponse(b"".join(pieces), content_type=TYPES[TicketingExport.Kind(kind)])
    response["Content-Disposition"] = content_disposition_header(True, f"passengers-{made.export.code}.{kind}")
    return response


def _table(made: actions.Made) -> Iterator[list[Cell]]:
    yield [_("Surnames"), _("Given names"), _("Date of birth"), _("Gender marker")]
    for _placement, details in made.rows:
        yield [details.name.surnames, details.name.given, details.born, str(details.marker)]


@never_cache
@require_POST
def placement_ticketing_look(request: HttpRequest, code: str) -> HttpResponse:
    """The one page that shows a student's details to the office. Each look is recorded with its reason."""
    require(permissions.can_manage_ticketing(request.user))
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    row = get_object_or_404(
        TicketingDetails.objects.visible_to(request.user).select_related("placement__application"), placement=placement
    )
    require_fresh(request)
    form = LookForm(request.POST)
    if form.is_valid():
        with rule_message(request):
            details = actions.look(row, what_for=form.cleaned_data["what_for"], by=me(request))
            opened(request, placement.application, What.TICKETING)
            context = {
                "placement": placement,
                "trip": placement.trip,
                "details": details,
                "marker": Marker(details.marker).label,
                "what_for": actions.LOOKED_FOR[form.cleaned_data["what_for"]],
            }
            return render(request, "travel/prepare/ticketing_look.html", context)
    return redirect("travel:trip-ticketing", code=placement.trip.code)


def _trip(request: HttpRequest, code: str) -> Trip:
    require(permissions.can_manage_ticketing(request.user))
    return get_object_or_404(Trip.objects.visible_to(request.user).select_related("city"), code=code)

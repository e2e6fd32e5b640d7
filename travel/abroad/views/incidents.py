"""Incidents: the list, a report, one incident with its entries, its timeline as a PDF, and who handles incidents."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.background import pdfs
from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.base.home import home_zone
from exchange.models import User
from exchange.web.edited import refusal_in
from exchange.web.proofs import ask_for_proof, is_fresh, require_fresh
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message
from travel import permissions
from travel.abroad import documents, timeline
from travel.abroad.actions import break_glass
from travel.abroad.actions import incidents as actions
from travel.abroad.incident_forms import (
    ExportForm,
    FollowUpForm,
    HandlerForm,
    NoteForm,
    ReportForm,
    SeverityForm,
    TextForm,
)
from travel.abroad.leading import own
from travel.models import Incident, IncidentEntry, IncidentExport, IncidentHandler, Placement, Trip
from travel.models.incident import handles_incidents

Kind = IncidentEntry.Kind


@require_safe
def incident_list(request: HttpRequest) -> HttpResponse:
    """Where and when, without a word of what happened."""
    trips = Trip.objects.reported_on_by(request.user)
    require(roles.is_coordinator(request.user) or trips.exists())
    rows = Incident.objects.visible_to(request.user).select_related("trip__city")
    context = {
        "page_obj": page_of(rows, request),
        "query": query_without_page(request),
        "may_report": trips.exists(),
        "handles": handles_incidents(request.user),
        "is_office": roles.is_coordinator(request.user),
        "may_open": break_glass.reachable_by(request.user).exists(),
        "has_handlers": IncidentHandler.objects.visible_to(request.user).active().exists(),
    }
    return render(request, "travel/abroad/incident_list.html", context)


@never_cache
@sensitive_post_parameters("text", "where", "who")
@require_http_methods(["GET", "HEAD", "POST"])
def incident_report(request: HttpRequest) -> HttpResponse:
    """A leader reports on their trip while they lead it, the office on any. It shows nothing, so it needs no proof."""
    trips = list(Trip.objects.reported_on_by(request.user).select_related("city").order_by("-leaves_on", "pk"))
    require(roles.is_coordinator(request.user) or bool(trips))
    chosen = request.GET.get("trip", "")
    trip = next((each for each in trips if each.code == chosen), trips[0] if len(trips) == 1 else None)
    if trip is None:
        return render(request, "travel/abroad/incident_trip.html", {"trips": trips})
    going = Placement.objects.active().filter(trip=trip).with_people().order_by("application__student__full_name", "pk")
    zone = trip.city.zone or home_zone()
    form = ReportForm(request.POST or None, placements=going, leaders=trip.leaders.all(), zone=zone)
    if request.method == "POST" and form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("severity", "text", "where", "who")}
        people: Any = {name: form.chosen(name) for name in ("placements", "leaders")}
        with refusal_in(form):
            actions.report(trip, happened_at=form.at, by=me(request), key=report_key(request), **said, **people)
            messages.success(request, _("Reported. The office knows. You can add more on the incident’s page."))
            return redirect("travel:incident-list")
    context = {"form": form, "trip": trip, "leading": own(me(request), trip.code), "report_key": report_key(request)}
    return render(request, "travel/abroad/incident_report.html", context)


def report_key(request: HttpRequest) -> str:
    """Of this report, as the form has it; a new one for a new form, and for what is no key."""
    try:
        return str(uuid.UUID(request.POST.get("key", "")))
    except ValueError:
        return str(uuid.uuid4())


@never_cache
@require_safe
def incident(request: HttpRequest, code: str) -> HttpResponse:
    """Everything this person may read of it, after a fresh proof; each opening is written down."""
    found = _incident(request, code)
    require_fresh(request)
    actions.look(found, by=me(request))
    return _page(request, found)


@never_cache
@sensitive_post_parameters("text")
@require_POST
def incident_write(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """One entry. Only a note is for leaders, too; the rest is for those who handle incidents."""
    found = _incident(request, code)
    handles = handles_incidents(request.user)
    forms = _forms(request, found, handles=handles, act=act)
    if act not in forms:
        raise Http404
    form = forms[act]
    if not form.is_valid():
        require_fresh(request)
        return _page(request, found, forms)
    try:
        _do(found, act, form, by=me(request))
    except RuleViolation as violation:
        require_fresh(request)
        form.add_error(None, violation.message)
        return _page(request, found, forms)
    messages.success(request, _("Saved."))
    return redirect(found)


def _do(found: Incident, act: str, form: Any, *, by: User) -> None:
    said = form.cleaned_data
    match act.split("-")[0]:
        case "note":
            actions.note(found, said["text"], at=form.at, for_leaders=said.get("for_leaders", False), by=by)
        case "severity":
            actions.set_severity(found, said["severity"], said["text"], by=by)
        case "todo":
            actions.follow_up(found, said["text"], owner=form.people[said["owner"]], due=said["due"], by=by)
        case "close":
            actions.close(found, said["text"], by=by)
        case "reopen":
            actions.reopen(found, said["text"], by=by)
        case "correct":
            actions.correct(form.entry, said["text"], by=by)
        case "done":
            actions.finish(form.entry, said["text"], by=by)


def _forms(request: HttpRequest, found: Incident, *, handles: bool, act: str = "") -> dict[str, Any]:
    """By act, what this person may write now; the one that was sent is bound. "correct-12": about entry 12."""

    def data(name: str) -> Any:
        return request.POST if name == act else None

    def form(made: Any, name: str, **more: Any) -> Any:
        return made(data(name), auto_id=f"{name}_%s", **more)

    entries = list(IncidentEntry.objects.visible_to(request.user).filter(incident=found).select_related("task", "by"))
    forms: dict[str, Any] = {}
    for entry in entries:
        names = []
        if entry.kind != Kind.CORRECTION and (handles or entry.by_id == me(request).pk):
            names.append(f"correct-{entry.pk}")
        if handles and entry.kind == Kind.FOLLOW_UP and entry.task and entry.task.is_open:
            names.append(f"done-{entry.pk}")
        for name in names:
            forms[name] = form(TextForm, name)
            forms[name].entry, forms[name].act = entry, name
    if found.closed_at:
        return forms | ({"reopen": form(TextForm, "reopen")} if handles else {})
    forms["note"] = form(NoteForm, "note", zone=found.place_zone)
    if not handles:
        del forms["note"].fields["for_leaders"]
        return forms
    people = User.objects.filter(pk__in=IncidentHandler.objects.visible_to(request.user).active().values("user"))
    return forms | {
        "severity": form(SeverityForm, "severity"),
        "todo": form(FollowUpForm, "todo", people=people),
        "close": form(TextForm, "close"),
    }


def _page(request: HttpRequest, found: Incident, forms: dict[str, Any] | None = None) -> HttpResponse:
    handles = handles_incidents(request.user)
    forms = forms or _forms(request, found, handles=handles)
    entries = IncidentEntry.objects.visible_to(request.user).filter(incident=found)
    lines = timeline.lines_of(found, entries)
    context = {
        "incident": found,
        "lines": [
            {
                "line": line,
                "key": str(line.key),
                "correct": forms.get(f"correct-{line.key}"),
                "done": forms.get(f"done-{line.key}"),
            }
            for line in lines
        ],
        "forms": forms,
        "acts": [(name, forms[name]) for name in ("note", "severity", "todo", "close", "reopen") if name in forms],
        "handles": handles,
        "travelers": found.placements.with_people() if handles else [],
        "leaders": found.leaders.all() if handles else [],
        "looks": actions.looks_at(found) if handles else [],
        "exports": found.exports.select_related("by") if handles else [],
        "export_form": ExportForm(initial={"language": translation.get_language()}) if handles else None,
    }
    return render(request, "travel/abroad/incident.html", context, status=400 if request.method == "POST" else 200)


def _incident(request: HttpRequest, code: str) -> Incident:
    rows = Incident.objects.visible_to(request.user).select_related("trip__city", "reported_by", "closed_by")
    return get_object_or_404(rows, code=code)


# --- The timeline ------------------------------------------------------------------------------------


@require_POST
def incident_export(request: HttpRequest, code: str) -> HttpResponse:
    """Write down who exports, then lead to the file."""
    found = _incident(request, code)
    require(handles_incidents(request.user))
    require_fresh(request)
    form = ExportForm(request.POST)
    if not form.is_valid():
        return redirect(found)
    made = actions.export(found, form.cleaned_data["language"], by=me(request))
    return redirect("travel:incident-timeline", code=made.code)


@never_cache
@require_safe
def incident_timeline(request: HttpRequest, code: str) -> HttpResponse:
    """The PDF, or a page that waits for it."""
    rows = IncidentExport.objects.visible_to(request.user)
    made = get_object_or_404(rows.select_related("incident__trip__city", "by"), code=code)
    if not is_fresh(request):
        return ask_for_proof(request, then=made.incident.get_absolute_url())
    name = _("incident-%(code)s.pdf") % {"code": made.incident.code}
    html, back = documents.incident_timeline(made), made.incident.get_absolute_url()
    return pdfs.respond(request, html, filename=name, title=_("The incident’s timeline"), back=back)


# --- Who handles incidents ---------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def incident_handlers(request: HttpRequest) -> HttpResponse:
    """Those who read incidents. Nobody names themselves."""
    require(permissions.can_name_handlers(request.user))
    rows = IncidentHandler.objects.visible_to(request.user).active().select_related("user", "named_by").distinct()
    taken = [row.user_id for row in rows]
    people = roles.coordinators().exclude(pk__in=[*taken, me(request).pk])
    form = HandlerForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        require_fresh(request)
        with rule_message(request, success=_("Saved.")):
            actions.name_handler(form.people[form.cleaned_data["person"]], by=me(request))
        return redirect("travel:incident-handlers")
    context = {
        "rows": rows,
        "form": form if people else None,
        "is_alone": not people and me(request).pk not in taken and roles.is_coordinator(request.user),
        "is_office": roles.is_coordinator(request.user),
    }
    return render(request, "travel/abroad/incident_handlers.html", context)


@require_POST
def incident_handler_end(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_name_handlers(request.user))
    row = get_object_or_404(IncidentHandler.objects.visible_to(request.user), code=code)
    require_fresh(request)
    with rule_message(request, success=_("Saved.")):
        actions.end_handler(row, by=me(request))
    return redirect("travel:incident-handlers")

"""Pages on which the office changes a trip as a whole: drafted, looked at, carried out, kept; and go or no-go."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.base.codes import key_of
from exchange.messages.batches import batch_of
from exchange.models import OfficeTask
from exchange.web.edited import refusal_in
from exchange.web.proofs import ask_for_proof, is_fresh
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.task_rows import rows_of
from travel.models import GoDecision, HostInstitution, Trip, TripChange
from travel.partners.actions import go_decision
from travel.placement import trip_changes
from travel.placement.actions import trip_change as actions
from travel.placement.forms.trip_change import ChangeForm, GoForm
from travel.placement.trip_changes import Kind


@require_http_methods(["GET", "POST"])
def trip_change_new(request: HttpRequest, code: str) -> HttpResponse:
    """Write a draft; it changes nothing. `?kind=`: which; the group that has left can only come home earlier."""
    require(permissions.can_change_trip(request.user))
    trip = get_object_or_404(Trip.objects.visible_to(request.user).select_related("city", "host", "cycle"), code=code)
    kinds = [Kind.SHORTEN] if trip.departed_at else list(Kind)
    kind = request.GET.get("kind", kinds[0])
    if kind not in kinds:
        raise Http404
    if trip.closed_at or trip.returned_at:
        return redirect(trip)
    initial = {name: getattr(trip, name) for name in trip_changes.DATES}
    hosts = HostInstitution.objects.filter(city__is_offered=True).exclude(pk=trip.host_id)
    form = ChangeForm(kind, request.POST or None, hosts=hosts, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            change = actions.draft(trip, kind, form.values, **form.reasons, by=me(request))
            return redirect(change)
    labels = {
        Kind.CANCEL: pgettext("to do with a trip", "cancel"),
        Kind.POSTPONE: pgettext("to do with a trip", "postpone"),
        Kind.REROUTE: pgettext("to do with a trip", "send elsewhere"),
        Kind.SHORTEN: pgettext("to do with a trip", "cut short"),
    }
    context = {
        "trip": trip,
        "form": form,
        "tabs": [{"label": labels[each], "href": f"?kind={each}", "current": each == kind} for each in kinds],
    }
    return render(request, "travel/placement/trip_change_new.html", context)


@require_safe
def trip_change(request: HttpRequest, code: str) -> HttpResponse:
    """A draft with everything that it would do; afterwards the record, with how far its messages have come."""
    change = _change(request, code)
    context = {
        "change": change,
        "trip": change.trip,
        "title": capfirst(change.get_kind_display()),
        "lines": lines_of(change),
    }
    if change.is_draft and change.trip.closed_at is None and change.trip.returned_at is None:
        context |= {"preview": trip_changes.preview(change), "seen": trip_changes.fingerprint(change.trip)}
    else:
        opened = OfficeTask.objects.visible_to(request.user).filter(source=key_of(change), dropped_at=None)
        context |= {
            "batch": batch_of(change),
            "today": timezone.localdate(),
            "tasks": rows_of(opened.select_related("person", "owner", "done_by")),
        }
    return render(request, "travel/placement/trip_change.html", context)


@require_POST
def trip_change_apply(request: HttpRequest, code: str) -> HttpResponse:
    change = _change(request, code)
    if not is_fresh(request):
        return ask_for_proof(request, then=change.get_absolute_url())
    with rule_message(request, _("Done. Everyone concerned is getting a message, and the rest is on your task list.")):
        actions.apply(change, seen=request.POST.get("seen", ""), by=me(request))
    return redirect(change)


@require_POST
def trip_change_discard(request: HttpRequest, code: str) -> HttpResponse:
    change = _change(request, code)
    with rule_message(request, _("Draft discarded. Nothing was changed.")):
        actions.discard(change, by=me(request))
    return redirect(change.trip)


def _change(request: HttpRequest, code: str) -> TripChange:
    require(permissions.can_change_trip(request.user))
    rows = TripChange.objects.visible_to(request.user)
    return get_object_or_404(
        rows.select_related("trip__city", "trip__host", "trip__cycle", "drafted_by", "applied_by"), code=code
    )


def lines_of(change: TripChange) -> list[tuple[str, str, str]]:
    """(what, before, after) of everything that changes."""
    labels = {"leaves_on": _("Departure"), "arrives_on": _("Arrival"), "returns_on": _("Return")}
    found = [
        (label, trip_changes.shown_day(change, name, was=True), trip_changes.shown_day(change, name))
        for name, label in labels.items()
        if name in change.after
    ]
    if "host" in change.after:
        codes = [change.before["host"], change.after["host"]]
        hosts = {host.code: host for host in HostInstitution.objects.select_related("city").filter(code__in=codes)}
        names = [_("%(city)s: %(host)s") % {"city": hosts[each].city.name, "host": hosts[each].name} for each in codes]
        found.append((_("Host"), names[0], names[1]))
    return found


@require_http_methods(["GET", "POST"])
def go_decision_page(request: HttpRequest, code: str) -> HttpResponse:
    """Go, no-go or wait, with the advisory that asks for it and what was decided before."""
    require(permissions.can_change_trip(request.user))
    rows = GoDecision.objects.visible_to(request.user).select_related("trip__city", "standing__city", "decided_by")
    decision = get_object_or_404(rows, code=code)
    form = GoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            decision = go_decision.decide(decision, **form.cleaned_data, by=me(request))
            messages.success(request, _("Saved. Your decision is on record."))
            return redirect("travel:go-decision", code=decision.code)
    context = {
        "decision": decision,
        "trip": decision.trip,
        "form": form if decision.replaced_at is None else None,
        "earlier": rows.filter(trip=decision.trip).exclude(pk=decision.pk).exclude(result=""),
    }
    return render(request, "travel/placement/go_decision.html", context)

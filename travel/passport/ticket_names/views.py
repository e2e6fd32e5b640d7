"""Views of the name on the plane ticket: the office enters it, the person who holds the passport compares it."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from applications.base.opening import What, opened
from exchange.base.errors import RuleViolation
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.actions import fingerprint
from travel.models import Placement, TicketName, Trip
from travel.passport.ticket_names import actions
from travel.passport.ticket_names.forms import PassportNameForm, TicketNamesForm, shown_name
from travel.passport.ticket_names.words import in_words, machine_words
from travel.states import SEEN, STAGE_TONES, PassportStage


@require_http_methods(["GET", "POST"])
def trip_names(request: HttpRequest, code: str) -> HttpResponse:
    """The trip's students this person may see, with their ticket names; the office enters them all at once."""
    trip = get_object_or_404(Trip.objects.visible_to(request.user).select_related("city", "cycle"), code=code)
    require(permissions.can_open_roster(request.user))
    may_write = permissions.can_book(request.user)
    going = Placement.objects.visible_to(request.user).active().filter(trip=trip).with_people()
    placements = list(going.order_by("application__student__full_name", "pk"))
    names = _names(request, placements)
    form = TicketNamesForm(request.POST or None, placements=placements, names=names)
    if request.method == "POST":
        require(may_write)
        if form.is_valid() and _write(request, trip, form):
            return redirect("travel:trip-names", code=trip.code)
    context = {
        "trip": trip,
        "form": form,
        "may_write": may_write,
        "rows": form.rows(),
        "stage_tones": STAGE_TONES,
        **standing(placements, names.values()),
    }
    return render(request, "travel/passport/trip_names.html", context)


def _names(request: HttpRequest, placements: Iterable[Placement]) -> dict[int, TicketName]:
    found = TicketName.objects.visible_to(request.user).filter(placement__in=[each.pk for each in placements])
    return {ticket.placement_id: ticket for ticket in found.select_related("matched_by")}


def _write(request: HttpRequest, trip: Trip, form: TicketNamesForm) -> bool:
    try:
        changed = actions.write_list(trip, form.written(), by=me(request))
    except RuleViolation as violation:
        form.add_error(None, violation.message)
        return False
    said = ngettext("%(count)s name changed.", "%(count)s names changed.", changed) % {"count": changed}
    with rule_message(request, success=said if changed else _("Nothing changed.")):
        pass
    return True


def standing(placements: Iterable[Placement], names: Iterable[TicketName]) -> dict[str, int]:
    """How many go, and how many names aren't matched yet: tickets are bought only after that."""
    going = len(list(placements))
    return {"going": going, "unmatched": going - sum(1 for ticket in names if ticket.matched_at)}


# --- The person who holds the passport --------------------------------------------------------------


@never_cache
@sensitive_post_parameters("surnames", "given")
@require_http_methods(["GET", "POST"])
def placement_name(request: HttpRequest, code: str) -> HttpResponse:
    """Type the name as the passport prints it, or compare letter by letter. The typed name isn't stored."""
    placement = _placement(request, code)
    ticket = (
        TicketName.objects.visible_to(request.user).filter(placement=placement).select_related("matched_by").first()
    )
    form = PassportNameForm(request.POST if "surnames" in request.POST else None, ticket=ticket)
    context: dict[str, Any] = {}
    if request.method == "POST":
        problem = _compare(request, placement, form, context)
        if problem is None:
            return redirect("travel:placement-name", code=placement.code)
    line, fits = machine_words(ticket.name) if ticket else ("", True)
    case = placement.passport_case
    context |= {
        "placement": placement,
        "application": placement.application,
        "ticket": ticket,
        "form": form,
        "line": line,
        "fits": fits,
        "case": case,
        "stage_tone": STAGE_TONES[PassportStage(case.stage)],
        "is_seen": case.stage in SEEN,
        "seen": fingerprint(ticket, actions.MATCHED) if ticket else "",
        "may_compare": ticket and not ticket.matched_at and case.stage in SEEN,
    }
    return render(request, "travel/passport/placement_name.html", context)


def _placement(request: HttpRequest, code: str) -> Placement:
    visible = Placement.objects.visible_to(request.user).with_people()
    placement = get_object_or_404(visible.filter(application__passport_case__isnull=False), code=code)
    require(permissions.can_match_name(request.user, placement))
    opened(request, placement.application, What.PASSPORT)
    return placement


def _compare(request: HttpRequest, placement: Placement, form: PassportNameForm, context: dict[str, Any]) -> str | None:
    """None once it's matched; else the text for this page. A message would be stored in the session."""
    try:
        if "letters" in request.POST:
            actions.confirm_letters(placement, shown=shown_name(request.POST), by=me(request))
        elif form.is_valid():
            agreed = form.cleaned_data["agreed"].split() if "agree" in request.POST else ()
            shown = shown_name(form.cleaned_data)
            actions.compare(placement, form.name, shown=shown, agreed=agreed, by=me(request))
        else:
            return "invalid"
    except actions.NeedsAgreement as ask:
        context["to_agree"] = in_words(ask.findings)
        context["agreed"] = " ".join(ask.findings)
        return ask.code
    except RuleViolation as violation:
        context["problem"] = violation.message
        return violation.code
    with rule_message(request, success=_("It matches: the ticket has the same name as the passport.")):
        return None


@require_POST
def placement_name_undo(request: HttpRequest, code: str) -> HttpResponse:
    placement = _placement(request, code)
    with rule_message(request, success=_("Undone.")):
        actions.take_back(placement, seen=request.POST.get("seen", ""), by=me(request))
    return redirect("travel:placement-name", code=placement.code)

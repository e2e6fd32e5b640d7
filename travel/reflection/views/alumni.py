"""Pages of alumni: what a traveler agrees to, the page behind the link of a message, and the office's list."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.standing import Standing
from exchange.base.office import office
from exchange.guests.pages import behind
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message
from travel import permissions
from travel.base.trip_stage import placed_standing
from travel.models import AlumniAsk, AlumniConsent, Placement
from travel.reflection import alumni
from travel.reflection.actions import alumni as actions
from travel.reflection.alumni_forms import AgreeForm, AlumniFilterForm, AskForm

How = AlumniConsent.How
ASKED_MAX = 100


# --- The traveler -----------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def alumni_own(request: HttpRequest, code: str) -> HttpResponse:
    """What they agreed to, with both choices; `stop` ends it."""
    rows = Placement.objects.visible_to(request.user).select_related("application", "trip__city")
    placement = get_object_or_404(rows, code=code)
    require(permissions.can_reflect(request.user, placement))
    consent = alumni.consent_of(me(request))
    initial = {"orientation": consent.orientation, "mentoring": consent.mentoring} if consent else {}
    form = AgreeForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = {} if "stop" in request.POST else form.cleaned_data
        wants = {name: bool(said.get(name)) for name in ("orientation", "mentoring")}
        with refusal_in(form):
            given = actions.agree(placement, **wants, by=me(request))
            say = messages.success if consent or given else messages.info
            say(request, _saved_text(consent, given))
            return redirect("travel:alumni-own", code=placement.code)
    context = {
        "placement": placement,
        "form": form,
        "consent": consent,
        "words": alumni.words(),
        "is_home": placed_standing(placement) == Standing.HOME,
        "asks": alumni.ask_rows(alumni.open_asks(consent)) if consent else [],
    }
    return render(request, "travel/reflection/alumni_own.html", context)


def _saved_text(before: AlumniConsent | None, now: AlumniConsent | None) -> str:
    if now:
        return _("Saved. You can stop this whenever you like.")
    return _("You’re off the list.") if before else _("Nothing was chosen, so we won’t write to you.")


# --- Anyone with the link of a message --------------------------------------------------------------


@behind(AlumniConsent)
def alumni_link(request: HttpRequest, consent: AlumniConsent) -> HttpResponse:
    """What is asked, with yes and no, and one button that ends it all. Opening it changes nothing."""
    if request.method == "POST":
        with rule_message(request):
            _act(request, consent)
        return redirect(request.path)
    context = {"consent": consent, "asks": alumni.ask_rows(alumni.open_asks(consent)), "office": office()}
    return render(request, "travel/reflection/alumni_link.html", context)


def _act(request: HttpRequest, consent: AlumniConsent) -> None:
    if "stop" in request.POST:
        actions.end(consent, how=How.LINK, by=None)
        return
    says = next((each for each in AlumniAsk.Answer.values if each in request.POST), "")
    row = get_object_or_404(consent.asks.all(), code=request.POST.get(says, ""))
    actions.answer(row, says, by=None)
    thanks = {AlumniAsk.Answer.YES.value: _("Thank you! We’ll be in touch."), AlumniAsk.Answer.NO.value: _("Got it.")}
    messages.success(request, thanks[says])


# --- The office -------------------------------------------------------------------------------------


@require_safe
def alumni_list(request: HttpRequest) -> HttpResponse:
    """Everyone who agreed to hear from us, with what they're asked now."""
    require(permissions.can_ask_alumni(request.user))
    everyone = AlumniConsent.objects.visible_to(request.user).in_force()
    years = everyone.order_by("-placement__trip__leaves_on__year")
    form = AlumniFilterForm(
        request.GET or None, years=list(years.values_list("placement__trip__leaves_on__year", flat=True).distinct())
    )
    page = page_of(_filtered(alumni.listed(request.user), form), request)
    context = {
        "form": form,
        "page_obj": page,
        "query": query_without_page(request),
        "rows": [{"consent": each, "asks": alumni.ask_rows(each.open_asks)} for each in page],
        "is_office": permissions.can_choose_stories(request.user),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "travel/reflection/alumni_list.html", context)


def _filtered(rows: QuerySet[Any], form: AlumniFilterForm) -> QuerySet[Any]:
    said = form.cleaned_data if form.is_valid() else {}
    if city := said.get("city"):
        rows = rows.filter(placement__trip__city=city)
    if college := said.get("college"):
        rows = rows.filter(placement__application__college=college)
    if year := said.get("year"):
        rows = rows.filter(placement__trip__leaves_on__year=year)
    if willing := said.get("willing"):
        rows = rows.filter(**{willing: True})
    return rows


@require_http_methods(["GET", "POST"])
def alumni_ask(request: HttpRequest) -> HttpResponse:
    """GET with the codes of the chosen: who they are and what can be asked; POST asks."""
    require(permissions.can_ask_alumni(request.user))
    codes = request.GET.getlist("person")[:ASKED_MAX]
    people = list(alumni.listed(request.user).filter(code__in=codes))
    if not people:
        messages.error(request, _("Choose at least one person."))
        return redirect("travel:alumni-list")
    form = AskForm(request.POST if request.method == "POST" else None, subjects=alumni.subjects(request.user))
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            count = actions.ask(form.chosen, people, by=me(request))
            say = messages.success if count else messages.info
            say(request, _asked_text(count))
            return redirect("travel:alumni-list")
    return render(request, "travel/reflection/alumni_ask.html", {"form": form, "people": people})


def _asked_text(count: int) -> str:
    if not count:
        return _("They were asked already. Nothing was sent.")
    return ngettext("Asked %(count)s person.", "Asked %(count)s people.", count) % {"count": count}


@require_POST
def alumni_take_back(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_ask_alumni(request.user))
    row = get_object_or_404(AlumniAsk.objects.visible_to(request.user), code=code)
    actions.take_back(row, by=me(request))
    messages.success(request, _("Taken back. Their page no longer asks it."))
    return redirect("travel:alumni-list")

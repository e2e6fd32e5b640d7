"""Views in which the office writes what a trip's cards say: numbers for help, and words in the local language."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.abroad import card
from travel.abroad.actions import setup as actions
from travel.abroad.forms import HelpNumberForm, LocalCardForm
from travel.base import actions as rows
from travel.base.views import edit
from travel.models import HelpNumber, LocalCard, Trip


def _trip(request: HttpRequest, code: str) -> Trip:
    require(permissions.can_manage_partners(request.user))
    return get_object_or_404(Trip.objects.visible_to(request.user).select_related("city", "cycle", "host"), code=code)


def _back(trip: Trip) -> tuple[str, str]:
    return reverse("travel:trip-card", kwargs={"code": trip.code}), _("Trip card")


@require_safe
def trip_card(request: HttpRequest, code: str) -> HttpResponse:
    """What this trip's cards show, what they don't show yet, and why."""
    trip = _trip(request, code)
    cards = list(LocalCard.objects.visible_to(request.user).filter(card.cards_of(trip)))
    context = {
        "trip": trip,
        "back": (trip.get_absolute_url(), trip.city.name),
        "numbers": HelpNumber.objects.visible_to(request.user).filter(city=trip.city),
        "addresses": [each for each in cards if each.kind == LocalCard.Kind.ADDRESS],
        "allergies": [(each, card.allergy_label(each.need)) for each in cards if each.kind == LocalCard.Kind.ALLERGY],
        "lacks": card.lacks(trip),
    }
    return render(request, "travel/abroad/trip_card.html", context)


@require_http_methods(["GET", "POST"])
def help_number_add(request: HttpRequest, code: str) -> HttpResponse:
    trip = _trip(request, code)
    form = HelpNumberForm(request.POST or None, initial={"as_of": timezone.localdate()})
    return edit(
        request,
        form,
        lambda said: rows.add(HelpNumber, {"city": trip.city, **said.values}, under=trip.city, by=me(request)),
        back=_back(trip),
        title=_("New number for help"),
        label=trip.city.name,
    )


def _back_of(request: HttpRequest, **of: Any) -> tuple[str, str]:
    """The card's page of the city's next trip, or the city's page without one."""
    trip = Trip.objects.visible_to(request.user).filter(**of).order_by("-leaves_on").first()
    return _back(trip) if trip else (reverse("travel:partner-list"), _("Partner cities"))


def _number(request: HttpRequest, code: str) -> HelpNumber:
    require(permissions.can_manage_partners(request.user))
    return get_object_or_404(HelpNumber.objects.visible_to(request.user).select_related("city"), code=code)


@require_http_methods(["GET", "POST"])
def help_number_edit(request: HttpRequest, code: str) -> HttpResponse:
    number = _number(request, code)
    return edit(
        request,
        HelpNumberForm(request.POST or None, initial=HelpNumberForm.initial_of(number)),
        lambda said: rows.change(number, said.values, seen=said.cleaned_data["seen"], by=me(request)),
        back=_back_of(request, city=number.city),
        title=number.label,
        label=number.city.name,
        remove=reverse("travel:help-number-remove", kwargs={"code": number.code}),
    )


@require_POST
def help_number_remove(request: HttpRequest, code: str) -> HttpResponse:
    number = _number(request, code)
    with rule_message(request, _("Removed.")):
        rows.remove(number, by=me(request))
    return redirect(_back_of(request, city=number.city)[0])


@require_http_methods(["GET", "POST"])
def local_card_add(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    trip = _trip(request, code)
    if kind not in LocalCard.Kind.values:
        raise Http404
    is_address = kind == LocalCard.Kind.ADDRESS
    owner = {"trip": trip} if is_address else {"city": trip.city}
    form = LocalCardForm(request.POST or None, kind=kind, needs=card.allergies())
    return edit(
        request,
        form,
        lambda said: rows.add(LocalCard, {**owner, "kind": kind, **said.values}, under=trip, by=me(request)),
        back=_back(trip),
        title=_("Address to show a driver") if is_address else _("Allergy card"),
        label=trip.city.name,
    )


def _card(request: HttpRequest, code: str) -> LocalCard:
    require(permissions.can_manage_partners(request.user))
    return get_object_or_404(LocalCard.objects.visible_to(request.user).select_related("city", "trip__city"), code=code)


def _back_of_card(request: HttpRequest, of: LocalCard) -> tuple[str, str]:
    return _back(of.trip) if of.trip else _back_of(request, city=of.city)


@require_http_methods(["GET", "POST"])
def local_card_edit(request: HttpRequest, code: str) -> HttpResponse:
    of = _card(request, code)
    initial = LocalCardForm.initial_of(of)
    shown = {name: value for name, value in initial.items() if name != "seen"}
    unseen = {"need"} if of.kind == LocalCard.Kind.ADDRESS else {"phone"}
    initial["seen"] = rows.fingerprint(of, shown.keys() - unseen)
    return edit(
        request,
        LocalCardForm(request.POST or None, kind=of.kind, needs=card.allergies(), initial=initial),
        lambda said: actions.change_card(of, said.values, seen=said.cleaned_data["seen"], by=me(request)),
        back=_back_of_card(request, of),
        title=str(of),
        label=of.get_kind_display(),
        remove=reverse("travel:local-card-remove", kwargs={"code": of.code}),
    )


@require_POST
def local_card_remove(request: HttpRequest, code: str) -> HttpResponse:
    of = _card(request, code)
    with rule_message(request, _("Removed.")):
        rows.remove(of, by=me(request))
    return redirect(_back_of_card(request, of)[0])

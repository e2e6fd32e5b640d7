"""The office's views of partner cities: the list, one city, and the rows that belong to it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.models import PartnerCity
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base import actions as rows
from travel.base.views import edit
from travel.models import Agreement, CityStanding, Contact, HostInstitution, Sponsor, Trip
from travel.models.partner import OWNERS
from travel.partners import partners
from travel.partners.actions import partner as actions
from travel.partners.forms.partner import CityForm, ContactForm, HostForm, StandingForm


def city_of(request: HttpRequest, code: str) -> PartnerCity:
    """403 for everyone but the office, 404 for an unknown city."""
    require(permissions.can_manage_partners(request.user))
    return get_object_or_404(PartnerCity, code=code)


def back_to(city: PartnerCity) -> tuple[str, str]:
    return reverse("travel:partner-detail", kwargs={"code": city.code}), city.name


@require_safe
def partner_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    return render(request, "travel/partners/partner_list.html", {"rows": partners.overview()})


@require_safe
def partner_detail(request: HttpRequest, code: str) -> HttpResponse:
    city = city_of(request, code)
    agreements = Agreement.objects.visible_to(request.user).filter(city=city).select_related("host")
    context = {
        "city": city,
        "standings": partners.standings_of(city),
        "hosts": city.hosts.prefetch_related("contacts").order_by("name"),
        "consulate": Contact.objects.visible_to(request.user).filter(consulate=city),
        "agreements": [{"agreement": each, "due": due} for each, due in partners.with_due(agreements)],
        "trips": Trip.objects.visible_to(request.user).filter(city=city).select_related("cycle").order_by("-leaves_on"),
    }
    return render(request, "travel/partners/partner_detail.html", context)


@require_http_methods(["GET", "POST"])
def partner_add(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    form = CityForm(request.POST or None, is_new=True)
    return edit(
        request,
        form,
        lambda said: actions.add_city(said.values, by=me(request)),
        back=(reverse("travel:partner-list"), _("Partner cities")),
        title=_("New partner city"),
    )


@require_http_methods(["GET", "POST"])
def partner_edit(request: HttpRequest, code: str) -> HttpResponse:
    city = city_of(request, code)
    form = CityForm(request.POST or None, initial=CityForm.initial_of(city))
    return edit(
        request,
        form,
        lambda said: rows.change(city, said.values, seen=said.cleaned_data["seen"], by=me(request)),
        back=back_to(city),
        title=_("Page for %(city)s") % {"city": city.name},
        text=_("Anyone can read it, in both languages."),
    )


@require_POST
def partner_offer(request: HttpRequest, code: str) -> HttpResponse:
    city = city_of(request, code)
    is_offered = request.POST.get("to") == "on"
    said = _("%(city)s is offered again.") if is_offered else _("Students can no longer choose %(city)s.")
    with rule_message(request, said % {"city": city.name}):
        actions.offer(city, is_offered=is_offered, by=me(request))
    return redirect(back_to(city)[0])


@require_http_methods(["GET", "POST"])
def standing_record(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Records today's standing; the row before stays as history."""
    city = city_of(request, code)
    if kind not in CityStanding.Kind.values:
        raise Http404
    current = city.standings.current().filter(kind=kind).first()
    initial: dict[str, Any] = StandingForm.initial_of(current) if current else {"is_confirmed": True}
    form = StandingForm(request.POST or None, kind=kind, initial=initial | {"as_of": timezone.localdate()})
    return edit(
        request,
        form,
        lambda said: actions.record_standing(city, kind, said.values, by=me(request)),
        back=back_to(city),
        title=CityStanding.Kind(kind).label.capitalize(),
        label=city.name,
        text=_("Look at the official page, then record what it says. Earlier entries are kept."),
    )


# --- Hosts and contacts -----------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def host_add(request: HttpRequest, code: str) -> HttpResponse:
    city = city_of(request, code)
    return edit(
        request,
        HostForm(request.POST or None),
        lambda said: actions.add_host(city, said.values, by=me(request)),
        back=back_to(city),
        title=_("New host institution"),
        label=city.name,
    )


@require_http_methods(["GET", "POST"])
def host_edit(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    host = get_object_or_404(HostInstitution.objects.select_related("city"), code=code)
    return edit(
        request,
        HostForm(request.POST or None, initial=HostForm.initial_of(host)),
        lambda said: rows.change(host, said.values, seen=said.cleaned_data["seen"], by=me(request)),
        back=back_to(host.city),
        title=_("Host institution"),
        label=host.city.name,
    )


def _owner(request: HttpRequest, owner: str, code: str) -> tuple[Any, tuple[str, str]]:
    """The row that a contact belongs to, and the page on which it's shown."""
    require(permissions.can_manage_partners(request.user))
    if owner == "host":
        host = get_object_or_404(HostInstitution.objects.select_related("city"), code=code)
        return host, back_to(host.city)
    if owner == "consulate":
        city = city_of(request, code)
        return city, back_to(city)
    if owner == "sponsor":
        sponsor = get_object_or_404(Sponsor.objects.visible_to(request.user), code=code)
        return sponsor, (sponsor.get_absolute_url(), sponsor.name)
    if owner == "trip":
        trip = get_object_or_404(Trip.objects.visible_to(request.user).select_related("city"), code=code)
        return trip, (reverse("travel:trip-leaders", args=[trip.code]), _("Group leaders"))
    raise Http404


@require_http_methods(["GET", "POST"])
def contact_add(request: HttpRequest, owner: str, code: str) -> HttpResponse:
    of, back = _owner(request, owner, code)
    return edit(
        request,
        ContactForm(request.POST or None, owner=owner),
        lambda said: actions.add_contact(owner, of, said.values, by=me(request)),
        back=back,
        title=_("New group leader") if owner == "trip" else _("New contact"),
        label=str(of),
    )


def _contact(request: HttpRequest, code: str) -> tuple[Contact, str, tuple[str, str]]:
    require(permissions.can_manage_partners(request.user))
    found = Contact.objects.visible_to(request.user).select_related(*OWNERS)
    contact = get_object_or_404(found, code=code)
    field = next(name for name in OWNERS if getattr(contact, name))
    owner = "trip" if field == "candidate_for" else field
    return contact, owner, _owner(request, owner, getattr(contact, field).code)[1]


@require_http_methods(["GET", "POST"])
def contact_edit(request: HttpRequest, code: str) -> HttpResponse:
    contact, owner, back = _contact(request, code)
    initial = {**ContactForm.initial_of(contact), "seen": rows.fingerprint(contact, _columns(owner))}
    return edit(
        request,
        ContactForm(request.POST or None, owner=owner, initial=initial),
        lambda said: rows.change(contact, said.values, seen=said.cleaned_data["seen"], by=me(request)),
        back=back,
        title=contact.name,
        remove=reverse("travel:contact-remove", kwargs={"code": contact.code}),
    )


def _columns(owner: str) -> list[str]:
    return ["name", "duty", "email", "phone", "language", *(["duty_es", "user"] if owner == "trip" else [])]


@require_POST
def contact_remove(request: HttpRequest, code: str) -> HttpResponse:
    """Removes the contact together with their links."""
    contact, _owner_name, back = _contact(request, code)
    with rule_message(request, _("%(name)s was removed.") % {"name": contact.name}):
        rows.remove(contact, by=me(request))
    return redirect(back[0])

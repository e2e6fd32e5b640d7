"""Views of sponsors, and of what each contributes to a trip or a cycle."""

from django.db.models import Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base import actions as rows
from travel.base.views import edit
from travel.models import Contact, Contribution, Sponsor
from travel.partners.forms.partner import ContributionForm, SponsorForm


@require_safe
def sponsor_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    money = Q(contributions__kind=Contribution.Kind.MONEY)
    sponsors = Sponsor.objects.visible_to(request.user).annotate(
        promised=Sum("contributions__amount", filter=money),
        received=Sum("contributions__amount", filter=money & Q(contributions__received_on__isnull=False)),
    )
    return render(request, "travel/partners/sponsor_list.html", {"sponsors": sponsors})


def _sponsor(request: HttpRequest, code: str) -> Sponsor:
    require(permissions.can_manage_partners(request.user))
    return get_object_or_404(Sponsor.objects.visible_to(request.user), code=code)


@require_safe
def sponsor_detail(request: HttpRequest, code: str) -> HttpResponse:
    sponsor = _sponsor(request, code)
    given = Contribution.objects.visible_to(request.user).filter(sponsor=sponsor)
    context = {
        "sponsor": sponsor,
        "contacts": Contact.objects.visible_to(request.user).filter(sponsor=sponsor),
        "contributions": given.select_related("trip__city", "trip__cycle", "cycle"),
    }
    return render(request, "travel/partners/sponsor_detail.html", context)


@require_http_methods(["GET", "POST"])
def sponsor_add(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    return edit(
        request,
        SponsorForm(request.POST or None),
        lambda form: rows.add(Sponsor, form.values, under=None, by=me(request)),
        back=(reverse("travel:sponsor-list"), _("Sponsors")),
        title=_("New sponsor"),
    )


@require_http_methods(["GET", "POST"])
def sponsor_edit(request: HttpRequest, code: str) -> HttpResponse:
    sponsor = _sponsor(request, code)
    return edit(
        request,
        SponsorForm(request.POST or None, initial=SponsorForm.initial_of(sponsor)),
        lambda form: rows.change(sponsor, form.values, seen=form.cleaned_data["seen"], by=me(request)),
        back=(sponsor.get_absolute_url(), sponsor.name),
        title=sponsor.name,
    )


@require_http_methods(["GET", "POST"])
def contribution_add(request: HttpRequest, code: str) -> HttpResponse:
    sponsor = _sponsor(request, code)
    return edit(
        request,
        ContributionForm(request.POST or None),
        lambda form: rows.add(Contribution, {"sponsor": sponsor, **form.values}, under=sponsor, by=me(request)),
        back=(sponsor.get_absolute_url(), sponsor.name),
        title=_("What they give"),
        label=sponsor.name,
    )


def _contribution(request: HttpRequest, code: str) -> Contribution:
    require(permissions.can_manage_partners(request.user))
    given = Contribution.objects.visible_to(request.user).select_related("sponsor", "trip", "cycle")
    return get_object_or_404(given, code=code)


@require_http_methods(["GET", "POST"])
def contribution_edit(request: HttpRequest, code: str) -> HttpResponse:
    given = _contribution(request, code)
    columns = ["kind", "amount", "what", "received_on", "trip", "cycle"]
    initial = {**ContributionForm.initial_of(given), "seen": rows.fingerprint(given, columns)}
    return edit(
        request,
        ContributionForm(request.POST or None, initial=initial),
        lambda form: rows.change(given, form.values, seen=form.cleaned_data["seen"], by=me(request)),
        back=(given.sponsor.get_absolute_url(), given.sponsor.name),
        title=_("What they give"),
        label=given.sponsor.name,
        remove=reverse("travel:contribution-remove", kwargs={"code": given.code}),
    )


@require_POST
def contribution_remove(request: HttpRequest, code: str) -> HttpResponse:
    given = _contribution(request, code)
    with rule_message(request, _("Removed.")):
        rows.remove(given, by=me(request))
    return redirect(given.sponsor)

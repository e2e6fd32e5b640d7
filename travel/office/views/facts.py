"""The page on which the office compares one dated fact with its source."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from exchange.models import Fact
from exchange.web.shortcuts import me, require
from travel import permissions
from travel.base.views import edit
from travel.office.actions import reference
from travel.office.forms import FactForm


@require_http_methods(["GET", "POST"])
def fact_check(request: HttpRequest, key: str) -> HttpResponse:
    """Another value replaces the fact, which stays as history; the same value confirms it."""
    require(permissions.can_manage_partners(request.user))
    fact = get_object_or_404(Fact.objects.current(), key=key)
    return edit(
        request,
        FactForm(request.POST or None, fact=fact),
        lambda said: reference.check_fact(fact, said.values, seen=said.cleaned_data["seen"], by=me(request)),
        back=(reverse("travel:reference-due"), _("Facts to recheck")),
        title=fact.label,
        label=_("fact") if fact.is_confirmed else _("fact, not confirmed yet"),
        text=_("Look at the source, then record what it says. Earlier values are kept."),
        saved=_("Saved. The portal uses it from now on."),
    )

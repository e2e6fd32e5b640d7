"""Your city: names, office, airport. One page under Set up."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from exchange.base.errors import RuleViolation
from exchange.models import HomeCity
from exchange.web.shortcuts import me, require
from travel import permissions
from travel.base.views import edit
from travel.office.city import actions, zone_change
from travel.office.city.forms import HomeCityForm


@require_http_methods(["GET", "POST"])
def home_city(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    row = HomeCity.objects.filter(pk=HomeCity.ONLY).first()

    def save(said: HomeCityForm) -> None:
        try:
            actions.change(said.values, seen=said.cleaned_data["seen"], shown=said.confirmed, by=me(request))
        except RuleViolation as violation:
            if violation.code == zone_change.ASKS:
                said.ask(actions.moves_to(said.cleaned_data["time_zone"]))
            raise

    return edit(
        request,
        HomeCityForm(request.POST or None, initial=HomeCityForm.initial_of(row) if row else {"seen": "none"}),
        save,
        template="travel/office/home_city.html",
        back=(reverse("applications:cycle-setup-list"), pgettext("section", "Set up")),
        title=_("Your city"),
        text=_("The portal uses these names and this clock on every page, in every message and on every letter."),
        saved=_("Saved. Every page shows it within half a minute."),
    )

"""One page of everything by which readers and the committee of each cycle under way work."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exchange.web.shortcuts import me, require
from travel import permissions
from travel.office.committee import rules


@require_safe
def committee_rules(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    context = {"cycles": rules.of_each_cycle(me(request)), "everywhere": rules.for_every_cycle()}
    return render(request, "travel/office/committee_rules.html", context)

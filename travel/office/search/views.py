"""The search in the header of every page of staff."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from exchange.base import roles
from exchange.web.shortcuts import me, require
from travel.office.search import finding

LENGTH_MAX = 100


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """`q`: a name, an email address, a phone or student number, a code. The only one found is opened at once."""
    require(roles.finds_people(request.user))
    typed = request.GET.get("q", "").strip()[:LENGTH_MAX]
    found = finding.find(typed, me(request))
    if found.only:
        return redirect(found.only)
    return render(request, "travel/office/find.html", {"typed": typed, "found": found, "most": finding.MOST})

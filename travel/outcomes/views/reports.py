"""What the office and the director take along: the annual report and briefings."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from exchange.models import Language
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.outcomes import annual
from travel.outcomes.published import ALL, report


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The buttons that make them."""
    require(permissions.can_open_outcomes(request.user))
    found = report(ALL)
    context = {"found": found, "languages": [(each.value, each.label) for each in Language]}
    return render(request, "travel/outcomes/reports.html", context)


@require_POST
def annual_start(request: HttpRequest) -> HttpResponse:
    """Have a worker make the annual report; its page shows the progress."""
    require(permissions.can_open_outcomes(request.user))
    with rule_message(request):
        return redirect(annual.start(request.POST.get("language", ""), by=me(request)))
    return redirect("travel:outcomes-reports")

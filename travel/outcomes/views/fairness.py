"""The page, PDF and CSV of a cycle's figures by group."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from applications.models import Cycle
from exchange.background import pdfs
from exchange.files.spreadsheets import csv_pieces
from exchange.web.shortcuts import require
from travel import permissions
from travel.outcomes import documents
from travel.outcomes.fairness_report import csv_rows, page_of
from travel.outcomes.groups import Groups, groups_of


def _counted(request: HttpRequest, code: str) -> Groups:
    require(permissions.can_open_outcomes(request.user))
    return groups_of(get_object_or_404(Cycle.objects.public(), code=code))


@require_safe
def fairness(request: HttpRequest, code: str) -> HttpResponse:
    """From started to confirmed by group, as far as it may be shown: the same for committee and mayor's office."""
    counted = _counted(request, code)
    cycles = Cycle.objects.public()
    tabs = [{"label": each.name, "code": each.code, "current": each == counted.cycle} for each in cycles]
    return render(request, "travel/outcomes/fairness.html", {"page": page_of(counted), "tabs": tabs, "code": code})


@require_safe
def fairness_pdf(request: HttpRequest, code: str) -> HttpResponse:
    counted = _counted(request, code)
    if counted.as_of is None:
        return redirect("travel:outcomes-fairness", code=code)
    return pdfs.respond(
        request,
        documents.fairness(counted),
        filename=f"groups-{code}.pdf",
        title=_("Who applied and who was chosen"),
        back=reverse("travel:outcomes-fairness", kwargs={"code": code}),
        kind=documents.KIND,
    )


@require_safe
def fairness_csv(request: HttpRequest, code: str) -> HttpResponse:
    counted = _counted(request, code)
    if counted.as_of is None:
        return redirect("travel:outcomes-fairness", code=code)
    response = HttpResponse(b"".join(csv_pieces(csv_rows(counted))), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="groups-{code}.csv"'
    return response

"""A college's sheet for the Open Doors survey: its own people's, and the office's."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from exchange.base import roles
from exchange.files import spreadsheets
from exchange.models import College
from exchange.web.proofs import ask_for_proof, is_fresh
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.models import TripCredit
from travel.outcomes import credit, open_doors
from travel.outcomes.open_doors import Sheet


class CreditForm(forms.Form):
    use_required_attribute = False
    said = forms.ChoiceField(label=gettext_lazy("Credit"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["said"]
        without = [(f"noncredit:{value}", f"{_('not for credit')}: {label}") for value, label in ACTIVITIES]
        field.choices = [("", _("not said yet")), ("credit:", _("for credit")), *without]


ACTIVITIES = TripCredit.Activity.choices


@require_safe
def open_doors_page(request: HttpRequest) -> HttpResponse:
    """By academic year: who came back, from where, for credit or not, and what is missing."""
    colleges = _colleges(request)
    sheet = _sheet(request, colleges)
    forms_ = [
        (line, CreditForm(initial={"said": f"{line.kind}:{line.activity}" if line.kind else ""}, prefix=line.trip.code))
        for line in sheet.trips
    ]
    context = {
        "sheet": sheet,
        "lines": forms_,
        "colleges": [
            {"label": each.short_name, "href": f"?college={each.code}", "current": each == sheet.college}
            for each in colleges
        ],
        "years": [
            {
                "label": open_doors.year_name(year),
                "href": f"?{urlencode({'college': sheet.college.code, 'year': str(year)})}",
                "current": year == sheet.year,
            }
            for year in open_doors.years_of(request.user, sheet.college)
        ],
    }
    return render(request, "travel/outcomes/open_doors.html", context)


@require_POST
def open_doors_credit(request: HttpRequest) -> HttpResponse:
    """Says of every trip on the page whether it counts for credit."""
    colleges = _colleges(request)
    sheet = _sheet(request, colleges, request.POST)
    for line in sheet.trips:
        form = CreditForm(request.POST, prefix=line.trip.code)
        if form.is_valid() and form.cleaned_data["said"]:
            kind, _colon, activity = form.cleaned_data["said"].partition(":")
            if (kind, activity) != (line.kind, line.activity):
                with rule_message(request, success=_("Saved.")):
                    credit.say(line.trip, sheet.college, kind, activity, by=me(request))
    return redirect(_address(sheet))


@require_safe
def open_doors_file(request: HttpRequest) -> HttpResponseBase:
    """As CSV, after a fresh proof, because it has names."""
    sheet = _sheet(request, _colleges(request))
    if not is_fresh(request):
        return ask_for_proof(request, then=_address(sheet))
    credit.record_file(sheet.college, sheet.year, people=sheet.all, by=me(request))
    rows = spreadsheets.csv_pieces(open_doors.rows_of(sheet))
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    name = f"open-doors-{sheet.college.code}-{sheet.year}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _colleges(request: HttpRequest) -> list[College]:
    """All for the office, their own for advisors."""
    require(permissions.can_report_travelers(request.user))
    colleges = College.objects.all()
    if not roles.is_coordinator(request.user):
        colleges = colleges.filter(pk__in=roles.advisor_college_ids(request.user))
    return list(colleges)


def _sheet(request: HttpRequest, colleges: list[College], asked: dict[str, str] | None = None) -> Sheet:
    said = asked if asked is not None else request.GET
    if not colleges:
        raise Http404
    code, year = said.get("college", ""), said.get("year", "")
    college = next((each for each in colleges if each.code == code), None)
    if college is None and code:
        raise Http404
    college = college or colleges[0]
    years = open_doors.years_of(request.user, college)
    chosen = int(year) if year.isdecimal() and len(year) == 4 else (years[0] if years else 0)  # noqa: PLR2004 -- a year
    return open_doors.sheet_of(request.user, college, chosen)


def _address(sheet: Sheet) -> str:
    return f"{reverse('travel:open-doors')}?{urlencode({'college': sheet.college.code, 'year': str(sheet.year)})}"

"""Open data for anybody, one published number by its question, and other cities' data beside ours."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from exchange.files.spreadsheets import csv_pieces, json_pieces
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message
from travel import permissions
from travel.models import OtherCity
from travel.outcomes import actions, open_data
from travel.outcomes.ask_number import QUESTION_MAX, Found, Published
from travel.outcomes.published import ALL, report
from travel.outcomes.side_by_side import side_by_side
from travel.outcomes.views.impact import KEEP_SECONDS

PER_PAGE = 25


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Access-Control-Allow-Origin"] = "*"  # public counts: another site's page may read them
    patch_cache_control(response, public=True, max_age=KEEP_SECONDS)
    return response


@login_not_required
@require_safe
def data_csv(request: HttpRequest) -> HttpResponse:
    """Every published count, as CSV."""
    content = b"".join(csv_pieces(open_data.csv_rows(open_data.records())))
    return _file(content, "text/csv; charset=utf-8", "impact.csv")


@login_not_required
@require_safe
def data_json(request: HttpRequest) -> HttpResponse:
    """Every published count, as JSON, with its dictionary."""
    content = b"".join(json_pieces(open_data.about(settings.SITE_URL), "rows", open_data.records()))
    return _file(content, "application/json", "impact.json")


@login_not_required
@require_safe
def data_schema(request: HttpRequest) -> HttpResponse:
    """The JSON Schema of the JSON file."""
    return _file(open_data.SCHEMA.read_bytes(), "application/schema+json", "data.schema.json")


@login_not_required
@require_safe
def ask_number(request: HttpRequest) -> HttpResponse:
    """Figures by a question (`q`), all of a `measure`, one at its own address (`figure`), or what there is to ask for;
    with what each column of the files means. Six queries."""
    question, measure, address = (request.GET.get(name, "").strip() for name in ("q", "measure", "figure"))
    published = Published()
    one = published.one(address)
    found = Found([one]) if one else published.find(question) if question else Found(published.of_measure(measure))
    page = page_of(found.rows, request, PER_PAGE)
    context = {
        "question": question[:QUESTION_MAX],
        "is_asked": bool(question or measure or address),
        "is_whole": found.is_whole,
        "page_obj": page,
        "query": query_without_page(request),
        "answers": [published.answer(row) for row in page],
        "one": one,
        "measures": published.newest(),
        "fields": open_data.FIELDS,
        "version": open_data.VERSION,
    }
    response = render(request, "travel/outcomes/ask_number.html", context)
    patch_cache_control(response, private=True, max_age=KEEP_SECONDS)
    return response


@require_safe
def cities(request: HttpRequest) -> HttpResponse:
    """Our figures beside those of other cities that were loaded."""
    require(permissions.can_open_outcomes(request.user))
    context = {
        "table": side_by_side(report(ALL), public_only=False),
        "may_show": permissions.can_publish_figures(request.user),
    }
    return render(request, "travel/outcomes/cities.html", context)


@require_POST
def city_show(request: HttpRequest, code: str) -> HttpResponse:
    """Show another city on the public page, or no longer."""
    require(permissions.can_publish_figures(request.user))
    city = get_object_or_404(OtherCity, code=code)
    is_public = request.POST.get("show") == "yes"
    said = _("Shown on the public page.") if is_public else _("No longer on the public page.")
    with rule_message(request, success=said):
        actions.show_city(city, is_public=is_public, by=me(request))
    return redirect("travel:outcomes-cities")

"""The office imports years from before the portal: chooses a file of counts or people, sees what it says, imports."""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from exchange.base.errors import RuleViolation
from exchange.figures import releases
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.models import EarlierCount, EarlierImport, EarlierTraveler
from travel.models.earlier import code_of
from travel.outcomes import earlier, earlier_actions
from travel.outcomes.earlier_form import EarlierFileForm

Kind = EarlierImport.Kind


@sensitive_post_parameters("text")
@require_http_methods(["GET", "POST"])
def earlier_years(request: HttpRequest) -> HttpResponse:
    """What is there, and a file to look at. A file comes with its first POST; its text is sent again to import it."""
    require(permissions.can_publish_figures(request.user))
    if request.method == "POST" and "text" in request.POST:
        return _import(request)
    form = EarlierFileForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        try:
            return _preview(request, earlier.text_of(form.cleaned_data["file"].read()), form.cleaned_data["kind"])
        except RuleViolation as violation:
            form.add_error("file", violation.message)
    return render(request, "travel/outcomes/earlier.html", _page(request) | {"form": form})


def _page(request: HttpRequest) -> dict[str, Any]:
    told = {key.subject for key in releases.told()}
    counts = EarlierCount.objects.visible_to(request.user).select_related("city", "file")
    people = EarlierTraveler.objects.visible_to(request.user).select_related("city", "college")
    years: dict[int, dict[str, Any]] = {}
    rows: list[EarlierCount | EarlierTraveler] = [*counts, *people]
    for row in rows:
        year = years.setdefault(row.year, {"year": row.year, "counts": [], "people": []})
        year["counts" if isinstance(row, EarlierCount) else "people"].append(row)
    for number, year in years.items():
        year["is_published"] = code_of(number) in told
        year["problems"] = earlier.contradictions(number, year["counts"], year["people"])
    return {
        "years": [years[number] for number in sorted(years, reverse=True)],
        "files": _files(request, told),
        "count_columns": ", ".join(earlier.COUNT_COLUMNS),
        "people_columns": ", ".join(earlier.PEOPLE_COLUMNS),
        "measures": ", ".join(earlier.MEASURES),
    }


def _files(request: HttpRequest, told: Collection[str]) -> list[dict[str, Any]]:
    """Each imported file with how many rows it brought, and whether one of its years is published."""
    found = []
    seen = EarlierImport.objects.visible_to(request.user).select_related("imported_by")
    for file in seen.prefetch_related("counts", "travelers"):
        rows: list[EarlierCount | EarlierTraveler] = [*file.counts.all(), *file.travelers.all()]
        is_published = any(code_of(row.year) in told for row in rows)
        found.append({"file": file, "count": len(rows), "is_published": is_published})
    return found


def _preview(request: HttpRequest, text: str, kind: str, status: int = 200) -> HttpResponse:
    read = earlier.read_counts(text) if kind == Kind.COUNTS else earlier.read_people(text)
    context = {
        "kind": kind,
        "text": text,
        "read": read,
        "wrong": [each for each in read.problems if each.stops],
        "notes": [each for each in read.problems if not each.stops],
    }
    return render(request, "travel/outcomes/earlier_preview.html", context, status=status)


def _import(request: HttpRequest) -> HttpResponse:
    text, kind = request.POST["text"], request.POST.get("kind", "")
    if kind not in Kind or len(text) > earlier.FILE_MAX:
        return redirect("travel:outcomes-earlier")
    try:
        file = earlier_actions.import_file(text, kind, by=me(request))
    except RuleViolation as violation:
        messages.error(request, violation.message)
        return _preview(request, text, kind)
    count = len(file.counts.all()) + len(file.travelers.all())
    said = ngettext("Imported %(count)s row.", "Imported %(count)s rows.", count) % {"count": count}
    messages.success(request, said + " " + _("You can undo it until the figures of its years are published."))
    return redirect("travel:outcomes-earlier")


@require_POST
def earlier_undo(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_publish_figures(request.user))
    file = get_object_or_404(EarlierImport.objects.visible_to(request.user), code=code)
    with rule_message(request, success=_("Undone. What the file brought is gone.")):
        earlier_actions.undo(file, by=me(request))
    return redirect("travel:outcomes-earlier")

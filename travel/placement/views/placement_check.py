"""Views for auditors: a placement's inputs, its result, and the program that repeats it."""

import csv
import io

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from exchange.base.errors import RuleViolation
from exchange.web.proofs import ask_for_proof, is_fresh
from exchange.web.shortcuts import me, require
from travel import permissions
from travel.models import PlacementRun
from travel.placement.actions import placement as actions

SCRIPT = settings.BASE_DIR / "script" / "check-placement"


def command_of(run: PlacementRun) -> str:
    """The command to run beside the three files."""
    name = f"placement-{run.code}"
    return f"python3 check-placement {name}.json --mark {run.inputs_hash} --number {run.seed} --result {name}.csv"


def _run(request: HttpRequest, code: str) -> PlacementRun:
    require(permissions.can_place(request.user))
    return get_object_or_404(PlacementRun.objects.visible_to(request.user), code=code)


def _file(content: str, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
def placement_inputs(request: HttpRequest, code: str) -> HttpResponse:
    run = _run(request, code)
    if not is_fresh(request):
        return ask_for_proof(request, then=run.get_absolute_url())
    try:
        text = actions.hand_out(run, by=me(request))
    except RuleViolation as violation:
        messages.error(request, violation.message)
        return redirect(run)
    return _file(text, f"placement-{run.code}.json", "application/json")


@require_safe
def placement_result(request: HttpRequest, code: str) -> HttpResponse:
    """Codes only: students who wait or want an upgrade, and the code of their trip, if any."""
    run = _run(request, code)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["student", "trip"])
    rows.writerows([row["application"], row["trip"] or ""] for row in run.results)
    return _file(text.getvalue(), f"placement-{run.code}.csv", "text/csv; charset=utf-8")


@require_safe
def placement_script(request: HttpRequest) -> FileResponse:
    require(permissions.can_place(request.user))
    return FileResponse(SCRIPT.open("rb"), as_attachment=True, filename=SCRIPT.name, content_type="text/plain")

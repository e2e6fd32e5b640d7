"""A college's research office says how students did afterward: the list with codes, a file, its preview, undo."""

from typing import Any

from django.contrib import messages
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from applications.models import Cycle
from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.files import spreadsheets
from exchange.models import College
from exchange.web.proofs import ask_for_proof, is_fresh
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.models import FollowUpImport
from travel.models.follow_up import UNITS_MAX, YEARS
from travel.outcomes.following import actions, desk, files, matching, words
from travel.outcomes.following.desk import LINES_SHOWN, Desk
from travel.outcomes.following.files import Content, UnreadableFile


@require_GET
def follow_up(request: HttpRequest) -> HttpResponse:
    found, colleges = _desk(request, request.GET)
    return render(request, "travel/outcomes/follow_up.html", _context(found, colleges))


@require_GET
def follow_up_list(request: HttpRequest) -> HttpResponseBase:
    """The file for the research office, after a fresh proof: student numbers with codes, and columns to fill."""
    found, _colleges = _desk(request, request.GET)
    if found.cycle is None:
        raise Http404
    if not is_fresh(request):
        return ask_for_proof(request, then=_address(found))
    actions.make_key(found.cycle, found.college, by=me(request))
    people = matching.listed(found.cycle, found.college)
    actions.record_list(found.cycle, found.college, people=len(people), by=me(request))
    rows = spreadsheets.csv_pieces(matching.list_rows(people, found.year))
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    name = f"follow-up-{found.college.code}-{found.cycle.code}-{found.year}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
def follow_up_read(request: HttpRequest) -> HttpResponse:
    """The preview of a file. Nothing is saved."""
    found, colleges = _desk(request, request.POST)
    file = request.FILES.get("file")
    if found.cycle is None:
        raise Http404
    if file is None:
        return _refused(request, found, colleges, _("Choose the file first."))
    try:
        content = files.read(file.read(files.BYTES_MAX + 1), found.year, units_max=UNITS_MAX)
    except UnreadableFile as unreadable:
        return _refused(request, found, colleges, words.problem_text(unreadable))
    return _preview(request, found, content)


def _refused(request: HttpRequest, found: Desk, colleges: list[College], text: str) -> HttpResponse:
    context = _context(found, colleges) | {"error": text}
    return render(request, "travel/outcomes/follow_up.html", context, status=422)


def _preview(request: HttpRequest, found: Desk, content: Content) -> HttpResponse:
    assert found.cycle is not None  # noqa: S101 -- for the type checker: both callers looked
    preview = matching.compare(found.cycle, found.college, content)
    about: dict[str, Any] = {"by": me(request), "college": found.college, "cycle": found.cycle, "year": found.year}
    bad = [(each.line, words.wrong_text(each)) for each in preview.bad]
    context = {
        "desk": found,
        "year_text": desk.year_text(found.year),
        "preview": preview,
        "unknown": _lines(preview.unknown),
        "refused": _lines(preview.refused),
        "bad": bad[:LINES_SHOWN],
        "bad_left": max(0, len(bad) - LINES_SHOWN),
        "signed": desk.sign(content, **about),
        "back": _address(found),
    }
    return render(request, "travel/outcomes/follow_up_preview.html", context)


def _lines(lines: Any) -> str:
    shown = ", ".join(map(str, lines[:LINES_SHOWN]))
    return f"{shown} …" if len(lines) > LINES_SHOWN else shown


@require_POST
def follow_up_import(request: HttpRequest) -> HttpResponse:
    """Takes in what the preview showed, of students who still agree."""
    found, _colleges = _desk(request, request.POST)
    if found.cycle is None:
        raise Http404
    about: dict[str, Any] = {"by": me(request), "college": found.college, "cycle": found.cycle, "year": found.year}
    try:
        content = desk.carried(request.POST.get("rows", ""), **about)
    except BadSignature:  # or older than it may be
        messages.error(
            request, _("You opened this preview too long ago, so nothing was saved. Please send the file again.")
        )
        return redirect(_address(found))
    try:
        made = actions.take(found.cycle, found.college, found.year, content, by=me(request))
    except RuleViolation as violation:
        messages.error(request, violation.message)
    else:
        text = ngettext("Imported: %(count)s student.", "Imported: %(count)s students.", made.rows)
        messages.success(request, text % {"count": made.rows})
    return redirect(_address(found))


@require_POST
def follow_up_undo(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_report_travelers(request.user))
    visible = FollowUpImport.objects.visible_to(request.user).select_related("cycle", "college")
    made = get_object_or_404(visible, code=code)
    with rule_message(request, success=_("Undone. What this file said is deleted.")):
        actions.undo(made, by=me(request))
    return redirect(_address(Desk(made.college, made.cycle, made.year)))


# --- Which college, cycle and year ------------------------------------------------------------------


def _desk(request: HttpRequest, said: QueryDict) -> tuple[Desk, list[College]]:
    """All colleges for the office, their own for advisors. 404 for another one, or a cycle that isn't home."""
    require(permissions.can_report_travelers(request.user))
    colleges = College.objects.all()
    if not roles.is_coordinator(request.user):
        colleges = colleges.filter(pk__in=roles.advisor_college_ids(request.user))
    there = list(colleges)
    code = said.get("college", "")
    college = next((each for each in there if each.code == code), None)
    if not there or (college is None and code):
        raise Http404
    try:
        found = desk.desk_of(
            request.user, college or there[0], said.get("cycle", ""), desk.year_of(said.get("year", ""))
        )
    except Cycle.DoesNotExist as unknown:
        raise Http404 from unknown
    return found, there


def _context(found: Desk, colleges: list[College]) -> dict[str, Any]:
    return {
        "desk": found,
        "year_text": desk.year_text(found.year),
        "columns": desk.columns_text(found.year),
        "colleges": [
            {"label": each.short_name, "href": f"?college={each.code}", "current": each == found.college}
            for each in colleges
        ],
        "cycles": [
            {"label": each.name, "href": f"?{_query(found, cycle=each.code)}", "current": each == found.cycle}
            for each in found.cycles
        ],
        "years": [
            {"label": desk.year_text(year), "href": f"?{_query(found, year=str(year))}", "current": year == found.year}
            for year in YEARS
        ],
        "query": _query(found),
    }


def _query(found: Desk, **other: str) -> str:
    there = {"college": found.college.code, "cycle": found.cycle.code if found.cycle else "", "year": str(found.year)}
    return urlencode(there | other)


def _address(found: Desk) -> str:
    return f"{reverse('travel:follow-up')}?{_query(found)}"

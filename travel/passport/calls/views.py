"""Views of the risk board, today's calls, and open lists of cities: for advisors and the office."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from applications.models import Application
from exchange.base import roles
from exchange.models import College
from exchange.reference import facts
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message
from travel import permissions
from travel.models import PassportCase, Trip
from travel.models.passport import PassportCaseQuerySet
from travel.passport.calls import actions as staff_call
from travel.passport.calls import board
from travel.passport.calls.forms import BoardFilterForm, CallForm, OpenListsForm
from travel.passport.calls.to_call import A_DAY, SOON_DAYS, calls_of, to_call
from travel.passport.case import actions as passports
from travel.passport.case import cities_open, talks
from travel.passport.plan.planning import URGENT_DAYS


@require_GET
def passport_board(request: HttpRequest) -> HttpResponse:
    """Makes at most ten queries, however many students there are."""
    require(permissions.can_list_checklists(request.user))
    numbers, today = facts.numbers(A_DAY, URGENT_DAYS, SOON_DAYS), timezone.localdate()
    form = BoardFilterForm(request.GET or None, colleges=_colleges(request), trips=_trips(request))
    chosen = form.cleaned_data if form.is_valid() else {}
    cases = _filtered(board.who(PassportCase.objects.visible_to(request.user), chosen.get("who", "")), chosen)
    context: dict[str, Any] = {"form": form, "query": query_without_page(request)}
    if (column := request.GET.get("column", "")) in board.Column:
        page = request.GET.get("page", "1")
        number = int(page) if page.isascii() and page.isdigit() and 0 < int(page) < 10_000 else 1
        shown, context["page_obj"] = board.column_of(cases, column, numbers, today, number)
        context |= {"columns": [shown], "is_one": True}
    else:
        context |= {
            "columns": board.board_of(cases, numbers, today),
            "calls": calls_of(to_call(cases, numbers), cases, by=me(request)),
        }
    context["jumps"] = [
        {"label": f"{shown.label}: {shown.count}", "href": f"#column-{shown.key}"} for shown in context["columns"]
    ]
    context["total"] = sum(shown.count for shown in context["columns"])
    return render(request, "travel/passport/passport_board.html", context)


def _colleges(request: HttpRequest) -> list[College]:
    """Colleges to filter by: all for the office; an advisor's own, without a query."""
    if roles.is_coordinator(request.user):
        return list(College.objects.all())
    return sorted({role.college for role in me(request).role_rows if role.college}, key=str)


def _trips(request: HttpRequest) -> list[Trip]:
    trips = Trip.objects.visible_to(request.user).filter(returned_at__isnull=True)
    return list(trips.select_related("city"))


def _filtered(cases: PassportCaseQuerySet, chosen: dict[str, Any]) -> PassportCaseQuerySet:
    fields = {"college": "application__college__code", "trip": "trip__code", "stage": "stage"}
    return cases.filter(**{fields[name]: value for name, value in chosen.items() if value and name in fields})


# --- Calls ------------------------------------------------------------------------------------------


def _case(request: HttpRequest, code: str) -> PassportCase:
    visible = PassportCase.objects.visible_to(request.user).with_people()
    case = get_object_or_404(visible, application__code=code)
    require(permissions.can_check_passport(request.user, case.application))
    return case


def _back(request: HttpRequest) -> HttpResponse:
    """Redirect to the page on which the button was pressed."""
    place = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(place, {request.get_host()}, require_https=request.is_secure()):
        return redirect(place)
    return redirect("travel:passport-board")


@require_POST
def passport_call(request: HttpRequest, code: str) -> HttpResponse:
    case = _case(request, code)
    form = CallForm(request.POST)
    if form.is_valid():
        with rule_message(request, success=_("Saved: %(name)s was called.") % {"name": case.application.student}):
            staff_call.record_call(case.application, form.cleaned_data["agreed"], by=me(request))
    return _back(request)


@require_POST
def passport_call_undo(request: HttpRequest, code: str) -> HttpResponse:
    case = _case(request, code)
    with rule_message(request, success=_("Undone.")):
        staff_call.undo_call(case.application, by=me(request))
    return _back(request)


# --- Lists of cities --------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def passport_open_lists(request: HttpRequest) -> HttpResponse:
    """Students of the advisor's college whose list isn't marked.

    With ?show=nowhere, those who have no city; with ?show=talks, those who asked this advisor for a talk.
    """
    require(roles.is_advisor(request.user))
    mine = roles.advisor_college_ids(request.user)
    people = Application.objects.visible_to(request.user).filter(college__in=mine).exclude(student=me(request))
    still_open, nowhere = cities_open.still_open(people), cities_open.nowhere(people)
    views = {"": still_open, "nowhere": nowhere, "talks": talks.waiting_for(me(request))}
    show = request.GET.get("show", "")
    show = show if show in views else ""
    # a list that a colleague has marked meanwhile is no error
    posted = request.POST if request.method == "POST" else None
    form = OpenListsForm(posted, students=cities_open.helped(people))
    if request.method == "POST" and form.is_valid():
        marked = 0
        with rule_message(request):
            marked = passports.mark_everywhere(form.cleaned_data["take"], by=me(request))
        if marked:
            said = ngettext("All cities for %(count)s student.", "All cities for %(count)s students.", marked)
            with rule_message(request, success=said % {"count": marked}):
                pass
        return redirect("travel:passport-open-lists")
    rows = views[show].select_related("student", "college", "cycle", "passport_case")
    context = {
        "form": form,
        "page_obj": page_of(rows.order_by("student__full_name", "pk"), request),
        "query": query_without_page(request),
        "shows_nowhere": show == "nowhere",
        "shows_talks": show == "talks",
        "may_tick": not show,
        "tabs": [
            {"label": _("Not marked yet"), "href": "?", "current": not show},
            {"label": _("No city works"), "href": "?show=nowhere", "current": show == "nowhere"},
            {"label": _("Want to talk with you"), "href": "?show=talks", "current": show == "talks"},
        ],
    }
    return render(request, "travel/passport/open_lists.html", context)

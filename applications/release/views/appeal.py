"""An appeal: the student's page to ask and to read the answer, the office's list and its page to answer."""

from collections.abc import Sequence
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.apply.forms.help import AppealForm
from applications.base.opening import What, opened
from applications.models import Appeal, Application, Cycle, Decision
from applications.release.actions import appeals as actions
from applications.release.actions import correcting
from applications.release.forms import AppealAnswerForm, AppealOwnerForm
from applications.release.views.correction import what_happens
from exchange.base import roles
from exchange.base.office import office
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, page_of, require, rule_message

# --- The student's ----------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def appeal_own(request: HttpRequest, code: str) -> HttpResponse:
    """The student asks, or reads what they asked and the answer; where they can't ask, why not and whom to call."""
    mine = Application.objects.visible_to(request.user).filter(student=me(request)).select_related("cycle")
    application = get_object_or_404(mine, code=code)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            actions.ask(application, form.cleaned_data["reason"], by=me(request))
            messages.success(request, _("Sent. The exchange team has it now."))
            return redirect("applications:appeal-own", code=application.code)
    rows = list(
        Appeal.objects.visible_to(request.user).in_force().filter(application=application).select_related("statement")
    )
    way = actions.way_of(application, rows)
    told = [(row, actions.is_told(row)) for row in rows]
    context = {
        "application": application,
        "form": form,
        "way": way,
        "rows": told,
        "title": _own_title(way, told),
        "answer_days": actions.numbers()[actions.ANSWER_DAYS] if way.is_open else 0,
        "may_ask_again": way.until is not None and way.until >= timezone.localdate(),
        "shows_office": not way.is_open and all(is_told or row.is_past_due for row, is_told in told),
        "office": office(),
    }
    return render(request, "applications/release/appeal_own.html", context)


def _own_title(way: actions.Way, rows: Sequence[tuple[Appeal, bool]]) -> str:
    """It asks for nothing that can't be done."""
    if way.is_open:
        return _("Ask us to look at a decision again")
    return _("What you asked about your result") if rows else _("About your result")


@require_POST
def appeal_withdraw(request: HttpRequest, code: str) -> HttpResponse:
    rows = Appeal.objects.visible_to(request.user).filter(application__student=me(request))
    appeal = get_object_or_404(rows.select_related("application"), code=code)
    with rule_message(request, _("You withdrew it, so we won’t send an answer.")):
        actions.withdraw(appeal, by=me(request))
    return redirect("applications:appeal-own", code=appeal.application.code)


# --- The office's -----------------------------------------------------------------------------------


@require_safe
def appeal_list(request: HttpRequest) -> HttpResponse:
    """Those that wait for an answer first, by their day."""
    require(permissions.can_decide(me(request)))
    rows = Appeal.objects.visible_to(request.user).in_force()
    rows = rows.select_related("application__student", "application__cycle", "task__owner", "decision")
    page = page_of(rows.in_order(), request)
    context = {"page_obj": page, "today": timezone.localdate(), "tabs": _tabs("applications:appeal-list")}
    return render(request, "applications/release/appeal_list.html", context)


@require_safe
def appeal_possible(request: HttpRequest) -> HttpResponse:
    """Students who can still ask. `cycle`, `until`: only those of that cycle, or whose last day that is."""
    require(permissions.can_decide(me(request)))
    cycle = Cycle.objects.visible_to(request.user).filter(code=request.GET.get("cycle", "")).first()
    until = _day(request.GET.get("until", ""))
    decisions = Decision.objects.visible_to(request.user)
    rows = actions.can_still_ask(decisions.filter(application__cycle=cycle) if cycle else decisions, until=until)
    rows = rows.select_related("application__student", "application__college", "application__cycle")
    page = page_of(rows.order_by("released_at", "application__student__full_name", "pk"), request)
    days = actions.numbers()[actions.DAYS]
    context = {
        "page_obj": page,
        "last_days": {each.pk: actions.last_day(each, days) for each in page},
        "cycle": cycle,
        "until": until,
        "tabs": _tabs("applications:appeal-possible"),
    }
    return render(request, "applications/release/appeal_possible.html", context)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _tabs(here: str) -> list[dict[str, object]]:
    pages = (("applications:appeal-list", _("Appeals")), ("applications:appeal-possible", _("Can still appeal")))
    return [{"label": label, "href": reverse(name), "current": name == here} for name, label in pages]


@require_http_methods(["GET", "POST"])
def appeal_detail(request: HttpRequest, code: str) -> HttpResponse:
    """GET shows it. POST answers that the decision stands; a change shows first what the student gets, and `act=change`
    does it."""
    appeal = _appeal(request, code)
    application = appeal.application
    form = AppealAnswerForm(request.POST or None, status=application.status, language=application.person.language)
    context: dict[str, object] = {}
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        is_change = said["result"] != Appeal.Result.UPHELD
        if not is_change or request.POST.get("act") == "change":
            with refusal_in(form):
                _answer(appeal, said["result"], said["answer"], request)
                return redirect(appeal)
        elif request.POST.get("act") != "back":
            context = what_happens(application, said["result"])
    return _page(request, appeal, form, context)


def _answer(appeal: Appeal, result: str, answer: str, request: HttpRequest) -> None:
    if result == Appeal.Result.UPHELD:
        actions.uphold(appeal, answer, by=me(request))
        messages.success(request, _("Saved. The student gets your answer in ten minutes. Until then you can undo it."))
        return
    reason = _("After an appeal: %(words)s") % {"words": answer}
    correcting.correct(appeal.application, result=result, reason=reason, appeal=appeal, answer=answer, by=me(request))
    messages.success(request, _("Result changed. We’re letting the student know."))


def _page(request: HttpRequest, appeal: Appeal, form: AppealAnswerForm, more: dict[str, object]) -> HttpResponse:
    context = {
        "appeal": appeal,
        "application": appeal.application,
        "form": form,
        "owner_form": AppealOwnerForm(people=roles.coordinators(), owner=appeal.task.owner if appeal.task else None),
        "today": timezone.localdate(),
        "can_undo": actions.can_undo(appeal),
        **more,
    }
    return render(request, "applications/release/appeal_detail.html", context)


@require_POST
def appeal_assign(request: HttpRequest, code: str) -> HttpResponse:
    appeal = _appeal(request, code)
    form = AppealOwnerForm(request.POST, people=roles.coordinators())
    if form.is_valid():
        with rule_message(request, _("Saved.")):
            actions.assign(appeal, form.cleaned_data["owner"], by=me(request))
    else:
        messages.error(request, _("Choose someone from the office."))
    return redirect(appeal)


@require_POST
def appeal_undo(request: HttpRequest, code: str) -> HttpResponse:
    appeal = _appeal(request, code)
    with rule_message(request, _("Undone. The student wasn’t told.")):
        actions.undo(appeal, by=me(request))
    return redirect(appeal)


def _appeal(request: HttpRequest, code: str) -> Appeal:
    require(permissions.can_decide(me(request)))
    rows = Appeal.objects.visible_to(request.user).select_related(
        *("application__student", "application__cycle", "application__college"),
        *("decision__decided_by", "task__owner", "answered_by", "statement__heard_by", "statement__recorded_by"),
    )
    appeal = get_object_or_404(rows, code=code)
    require(permissions.can_answer_appeal(request.user, appeal.application))
    opened(request, appeal.application, What.DECISION)
    return appeal

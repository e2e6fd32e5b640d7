"""The office withdraws an application for its student, and undoes it within a day."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications import permissions
from applications.apply.actions import application as actions
from applications.base import withdrawals
from applications.base.opening import What, opened
from applications.base.standings import standing_of
from applications.models import Application, Statement
from applications.release import promotions
from applications.release.actions import statements
from applications.release.forms import StatementForm, WithdrawForForm
from applications.standing import Standing
from applications.states import Status
from exchange.base import roles
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message

LEFT = frozenset({Standing.AWAY, Standing.STAYED, Standing.HOME})


@require_http_methods(["GET", "POST"])
def application_withdraw_for(request: HttpRequest, code: str) -> HttpResponse:
    """The page says what would happen: the seat, tasks, who is next. After the departure it says what to do instead."""
    application = application_of(request, code)
    where = standing_of(application)
    if where in LEFT:
        text = _(
            "The group has left, so this isn’t a withdrawal. Correct the record on the student’s trip page instead."
        )
        messages.error(request, text)
        return redirect(application)
    people, language = roles.staff_for(application.college_id), application.person.language
    form = WithdrawForForm(request.POST or None, people=people, by=me(request), language=language)
    if request.method == "POST" and is_valid(form, application, Statement.What.WITHDRAW):
        with refusal_in(form):
            statements.record(application, Statement.What.WITHDRAW, by=me(request), **form.cleaned_data)
            messages.success(request, _("Application withdrawn. We’re letting the student know."))
            return redirect(application)
    elif not permissions.can_withdraw_for(me(request), application, where):
        return redirect(application)
    has_spot = application.status == Status.CONFIRMED
    context = {
        "application": application,
        "form": form,
        "lines": withdrawals.lines(application),
        "has_spot": has_spot,
        "hours": actions.undo_hours(),
        "next": promotions.next_in_line(application.cycle) if has_spot else None,
    }
    return render(request, "applications/release/withdraw_for.html", context)


def is_valid(form: WithdrawForForm | StatementForm, application: Application, what: str) -> bool:
    """Also whether the student can have said it on that day, before anything else is said about it."""
    form.is_valid()
    if day := form.cleaned_data.get("heard_on"):
        _code, text = statements.day_problem(application, what, day)
        if text:
            form.add_error("heard_on", text)
    return not form.errors


@require_POST
def application_withdraw_undo(request: HttpRequest, code: str) -> HttpResponse:
    application = application_of(request, code)
    with rule_message(request, _("Undone. The student is where they were before, and we’re letting them know.")):
        actions.undo_withdraw_for(application, by=me(request))
    return redirect(application)


def application_of(request: HttpRequest, code: str) -> Application:
    require(permissions.can_decide(me(request)))
    application = get_object_or_404(Application.objects.visible_to(me(request)).with_people(), code=code)
    require(not permissions.is_own(me(request), application))
    opened(request, application, What.APPLICATION)
    return application

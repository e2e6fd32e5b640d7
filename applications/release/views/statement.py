"""What a student told staff: recorded by the office, read and objected to by the student, undone within a day."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from applications import permissions
from applications.apply.actions.application import undo_hours
from applications.apply.forms.help import ObjectionForm
from applications.models import Application, Statement
from applications.release.actions import appeals
from applications.release.actions import statements as actions
from applications.release.forms import AppealSaidForm, StatementForm
from applications.release.views.withdrawal import application_of, is_valid
from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.templatetags.ui import day_year
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message

What = Statement.What
TITLES = {
    What.CONFIRM: gettext_lazy("Confirm the spot for the student?"),
    What.DECLINE: gettext_lazy("Give up the spot for the student?"),
    What.HIGHER: gettext_lazy("Ask for a city higher on the student’s list?"),
    What.TRIP: gettext_lazy("Change the trip for the student?"),
    What.APPEAL: gettext_lazy("Record that the student asks us to look at the decision again?"),
}
TEXTS = {
    What.CONFIRM: gettext_lazy("They’ll have their spot, just as if they had confirmed it here."),
    What.DECLINE: gettext_lazy("The spot opens for the next student on the waitlist."),
    What.HIGHER: gettext_lazy(
        "The next placement run can move them up if a spot opens. Until then they keep their city."
    ),
    What.TRIP: gettext_lazy(
        "They get a spot on the other trip right away. Their family gets a message, too, and the office gets tasks for"
        " both trips."
    ),
    What.APPEAL: gettext_lazy(
        "It becomes a task with a deadline, just as if they had asked here. The day they told us is the one that"
        " counts. They can ask once."
    ),
}


@require_http_methods(["GET", "POST"])
def statement_record(request: HttpRequest, code: str, what: str) -> HttpResponse:
    """The office does for the student what they said by phone, in person or in writing."""
    application = application_of(request, code)
    if what == What.WITHDRAW:
        return redirect("applications:application-withdraw-for", code=application.code)
    if request.method == "POST" and actions.just_recorded(application, what, said=request.POST, by=me(request)):
        return _recorded(request, application)
    if what not in actions.possible(application):
        messages.error(request, _("This can’t be done at this stage. Nothing was changed."))
        return redirect(application)
    if why := actions.kind_of(what).obstacle(application, me(request)):
        return _not_now(request, application, what, why)
    form = _form(request, application, what)
    warnings: list[str] = []
    if request.method == "POST" and is_valid(form, application, what):
        warnings = _unread(request, application, what, form.cleaned_data)
        if not warnings and _is_recorded(request, application, what, form):
            return _recorded(request, application)
    context = {
        "application": application,
        "form": form,
        "title": TITLES[What(what)],
        "text": _text(application, what),
        "hours": undo_hours(),
        "warnings": warnings,
        "warned": actions.mark_of_warnings(application, warnings),
    }
    return render(request, "applications/release/statement_record.html", context)


def _recorded(request: HttpRequest, application: Application) -> HttpResponse:
    messages.success(request, _("Recorded. The student gets a message and can object."))
    return redirect(application)


def _form(request: HttpRequest, application: Application, what: str) -> StatementForm:
    make = actions.kind_of(what).form or (AppealSaidForm if what == What.APPEAL else StatementForm)
    people = roles.staff_for(application.college_id)
    form: StatementForm = make(request.POST or None, application=application, people=people, by=me(request))
    return form


def _unread(request: HttpRequest, application: Application, what: str, said: dict[str, Any]) -> list[str]:
    """What the office should read before it's done, unless the page has said just that."""
    lines = list(actions.kind_of(what).warnings(application, said, me(request)))
    return [] if request.POST.get("warned") == actions.mark_of_warnings(application, lines) else lines


def _is_recorded(request: HttpRequest, application: Application, what: str, form: StatementForm) -> bool:
    """Else the form has the error."""
    try:
        actions.record(application, what, by=me(request), **form.cleaned_data)
    except RuleViolation as violation:
        form.add_error(None, violation.message)
    return not form.errors


def _not_now(request: HttpRequest, application: Application, what: str, why: str) -> HttpResponse:
    """Why it can't be done now, and what can be done instead."""
    context = {
        "application": application,
        "title": What(what).label,
        "why": why,
        "can_wish": What.HIGHER in actions.possible(application),
        "wish": What.HIGHER,
    }
    return render(request, "applications/release/statement_not_now.html", context)


def _text(application: Application, what: str) -> str:
    """What recording it does; of an appeal with the last day."""
    said = str(TEXTS[What(what)])
    until = appeals.way_of(application).until if what == What.APPEAL else None
    return f"{said} {_('The last day is %(day)s.') % {'day': day_year(until)}}" if until else said


@require_POST
def statement_undo(request: HttpRequest, code: str) -> HttpResponse:
    statement = get_object_or_404(Statement.objects.visible_to(request.user).select_related("application"), code=code)
    application = application_of(request, statement.application.code)
    with rule_message(request, _("Undone. We’re letting the student know.")):
        actions.undo(statement, by=me(request))
    return redirect(application)


@require_http_methods(["GET", "POST"])
def statement_detail(request: HttpRequest, code: str) -> HttpResponse:
    """The student reads what was recorded for them, and says if it's wrong."""
    rows = Statement.objects.visible_to(request.user).select_related("application__cycle", "heard_by", "thread")
    statement = get_object_or_404(rows, code=code)
    require(permissions.is_own(request.user, statement.application))
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            thread = actions.object_to(statement, form.cleaned_data["body"], by=me(request))
            messages.success(request, _("Sent. The exchange team looks at it today or on the next working day."))
            return redirect(thread)
    context = {**actions.words_of(statement), "application": statement.application, "form": form}
    return render(request, "applications/release/statement_detail.html", context)

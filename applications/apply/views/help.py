"""Views of help with consent: the student's page, and the helper's."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from applications import permissions
from applications.apply import help_record
from applications.apply.actions import help as actions
from applications.apply.forms.help import HelpCodeForm
from applications.models import Application, HelpSession
from exchange.reference import facts
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message

RECENT = 20  # sessions on the helper's page


@never_cache
@require_http_methods(["GET", "POST"])
def help_offer(request: HttpRequest, code: str) -> HttpResponse:
    """The student's page. GET shows the code; only POST makes one."""
    application = _own(request, code)
    if request.method == "POST":
        with rule_message(request):
            actions.offer(application, by=me(request))
        return redirect("applications:help-offer", code=code)
    granted = list(
        application.help_sessions.granted().select_related("helper").prefetch_related("helper__roles__college")
    )
    offered = application.help_sessions.offered().first()
    numbers = facts.numbers("help.code_minutes", "help.hours")
    context = {
        "application": application,
        "running": next((each for each in granted if each.is_running), None),
        "before": [each for each in granted if not each.is_running],
        "offered": offered,
        "digits": actions.digits_of(offered) if offered else "",
        "minutes": int(numbers["help.code_minutes"]),
        "hours": int(numbers["help.hours"]),
        "changes": help_record.changes_of(application, granted),
        "can_offer": application.accepts_changes and not application.is_test,
    }
    return render(request, "applications/apply/help_offer.html", context)


@require_POST
def help_stop(request: HttpRequest, code: str) -> HttpResponse:
    """The student or the helper ends the help. Other applications are 404 for the helper."""
    application = _of_either(request, code)
    actions.stop(application, by=me(request))
    if permissions.is_own(request.user, application):
        messages.success(request, _("Help stopped. Only you can write here now."))
        return redirect("applications:help-offer", code=code)
    messages.success(request, _("You’ve ended your help. We’ll tell the student how many changes you made."))
    return redirect("applications:help-begin")


@never_cache
@sensitive_post_parameters("digits")
@require_http_methods(["GET", "POST"])
def help_begin(request: HttpRequest) -> HttpResponse:
    """The helper's page: a form for the code, and the running sessions."""
    require(permissions.can_help(request.user))
    form = HelpCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form, "digits"):
            session = actions.begin(form.cleaned_data["digits"], by=me(request))
            return redirect("applications:application-overview", code=session.application.code)
    mine = HelpSession.objects.visible_to(request.user).helped_by(request.user)
    mine = mine.select_related("application__student", "application__college", "application__cycle")
    recent = list(mine[:RECENT])
    context = {
        "form": form,
        "running": [each for each in recent if each.is_running and each.application.is_open_for_editing],
        "before": [each for each in recent if not each.is_running],
    }
    return render(request, "applications/apply/help_begin.html", context)


def _own(request: HttpRequest, code: str) -> Application:
    """The student's application; 404 outside the person's scope, 403 for staff: only the student can consent."""
    rows = Application.objects.visible_to(request.user).with_people()
    application = get_object_or_404(rows, code=code)
    require(permissions.can_let_help(request.user, application))
    return application


def _of_either(request: HttpRequest, code: str) -> Application:
    """The student's own application, or one in which the person helps or helped; 403 for others who may see it."""
    helped = HelpSession.objects.visible_to(request.user).filter(application__code=code)
    if session := helped.helped_by(request.user).select_related("application").first():
        return session.application
    return _own(request, code)

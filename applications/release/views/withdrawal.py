"""The office withdraws an application for its student."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from applications import permissions
from applications.apply.actions import application as actions
from applications.base.opening import What, opened
from applications.base.standings import standing_of
from applications.models import Application
from applications.release.forms import WithdrawForForm
from exchange.web.shortcuts import me, require, rule_message


@require_http_methods(["GET", "POST"])
def application_withdraw_for(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_decide(me(request)))
    rows = Application.objects.visible_to(me(request)).with_people()
    application = get_object_or_404(rows, code=code)
    require(not permissions.is_own(me(request), application))
    opened(request, application, What.APPLICATION)
    form = WithdrawForForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("Application withdrawn. We’re letting the student know.")):
            actions.withdraw_for(application, by=me(request), **form.cleaned_data)
        return redirect(application)
    if not permissions.can_withdraw_for(me(request), application, standing_of(application)):
        return redirect(application)
    context = {"application": application, "form": form}
    return render(request, "applications/release/withdraw_for.html", context)

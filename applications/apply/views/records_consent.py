"""The page on which a student signs, reads and takes back the consent for college records."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications import permissions
from applications.apply.access import Role, Writer, for_writers
from applications.apply.actions import records_consent as actions
from applications.apply.actions import reminder
from applications.apply.forms.records_consent import SignForm
from applications.base.consents import ASKED_IN, Words, consent_of
from applications.models import Application
from exchange.web.shortcuts import me, require, rule_message


@require_http_methods(["GET", "POST"])
@for_writers(roles=(Role.OWNER,))
def records_consent(request: HttpRequest, writer: Writer) -> HttpResponse:
    application = writer.application
    form = SignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("Signed. Your college can confirm your enrollment now.")):
            actions.sign(application, typed_name=form.cleaned_data["typed_name"], by=me(request))
        return redirect("applications:records-consent", code=application.code)
    consent = consent_of(application)
    latest = consent.latest
    context = {
        "application": application,
        "consent": consent,
        "signed_words": Words.of(latest.text, application, latest.college.name) if latest else None,
        "form": form if not consent.is_signed and application.status in ASKED_IN and consent.text else None,
        "has_answer": hasattr(application, "endorsement"),
    }
    return render(request, "applications/apply/records_consent.html", context)


@require_POST
@for_writers(roles=(Role.OWNER,))
def records_consent_withdraw(request: HttpRequest, writer: Writer) -> HttpResponse:
    with rule_message(request):
        if actions.withdraw(writer.application, by=me(request)):
            messages.success(request, _("You withdrew your permission. No one can see what your college told us."))
    return redirect("applications:records-consent", code=writer.application.code)


@require_POST
def records_consent_ask(request: HttpRequest, code: str) -> HttpResponse:
    """The advisor asks the student to sign."""
    application = get_object_or_404(Application.objects.answered_for_by(me(request)), code=code)
    require(permissions.can_endorse(me(request), application))
    with rule_message(request, _("Sent. They’ll get a message with a link to sign.")):
        reminder.ask_for_consent(application, by=me(request))
    return redirect("applications:endorsement-record", code=code)

"""A student's own page about the time afterward: the permission for college records, and what they say themselves."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from applications.apply.forms.records_consent import SignForm
from applications.base.consents import Words
from applications.models import Application
from exchange.models import ConsentText
from exchange.web.shortcuts import me, rule_message
from travel.models import FollowUpConsent, Placement, SelfReport
from travel.outcomes.following import actions
from travel.outcomes.following.actions import SAYS
from travel.outcomes.following.matching import ASKED_IN

YES_NO = (("", gettext_lazy("I’d rather not say")), ("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")))


class SelfReportForm(forms.Form):
    use_required_attribute = False
    enrolled = forms.ChoiceField(
        label=gettext_lazy("Are you enrolled in college now?"), choices=YES_NO, required=False, widget=forms.RadioSelect
    )
    award = forms.ChoiceField(
        label=gettext_lazy("Have you earned a certificate or degree since the trip?"),
        choices=YES_NO,
        required=False,
        widget=forms.RadioSelect,
    )
    transferred = forms.ChoiceField(
        label=gettext_lazy("Have you transferred to a four-year college?"),
        choices=YES_NO,
        required=False,
        widget=forms.RadioSelect,
    )

    def said(self) -> dict[str, bool | None]:
        return {name: {"yes": True, "no": False}.get(self.cleaned_data[name]) for name in SAYS}


def _own(request: HttpRequest, code: str) -> Application:
    own = Application.objects.visible_to(me(request)).filter(student=me(request))
    return get_object_or_404(own.select_related("cycle", "college"), code=code)


def _placement(request: HttpRequest, application: Application) -> Placement | None:
    back = Placement.objects.visible_to(me(request)).filter(application=application, returned_at__isnull=False)
    return back.select_related("application", "trip__city").first()


@require_http_methods(["GET", "POST"])
def follow_up_own(request: HttpRequest, code: str) -> HttpResponse:
    application = _own(request, code)
    form = SignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("Signed. Thank you.")):
            actions.sign(application, typed_name=form.cleaned_data["typed_name"], by=me(request))
        return redirect("travel:follow-up-own", code)
    return _page(request, application, form)


def _page(request: HttpRequest, application: Application, form: SignForm) -> HttpResponse:
    consents = FollowUpConsent.objects.visible_to(me(request)).filter(application=application)
    latest = consents.select_related("text", "college").first()
    is_signed = latest is not None and latest.withdrawn_at is None
    words = ConsentText.objects.filter(key=FollowUpConsent.TEXT, is_current=True).first()
    may_sign = not is_signed and words and application.status in ASKED_IN and application.college_id
    placement = _placement(request, application)
    context: dict[str, Any] = {
        "application": application,
        "latest": latest,
        "is_signed": is_signed,
        "signed_words": Words.of(latest.text, application, latest.college.name) if latest else None,
        "words": Words.of(words, application) if words else None,
        "form": form if may_sign else None,
        "placement": placement,
        "report": _report_form(request, application) if placement else None,
    }
    return render(request, "travel/outcomes/follow_up_own.html", context)


def _report_form(request: HttpRequest, application: Application) -> SelfReportForm:
    there = SelfReport.objects.visible_to(me(request)).filter(application=application).first()
    words = {True: "yes", False: "no", None: ""}
    return SelfReportForm(initial={name: words[getattr(there, name, None)] for name in SAYS})


@require_POST
def follow_up_withdraw(request: HttpRequest, code: str) -> HttpResponse:
    application = _own(request, code)
    with rule_message(request):
        if actions.withdraw(application, by=me(request)):
            messages.success(request, _("You withdrew your permission. What your college sent about you is deleted."))
    return redirect("travel:follow-up-own", code)


@require_POST
def follow_up_say(request: HttpRequest, code: str) -> HttpResponse:
    application = _own(request, code)
    placement = _placement(request, application)
    if placement is None:
        raise Http404
    form = SelfReportForm(request.POST)
    if form.is_valid():
        with rule_message(request, success=_("Saved.")):
            actions.say(placement, **form.said(), by=me(request))
    else:
        messages.error(request, _("We couldn’t read that. Please choose again."))
    return redirect("travel:follow-up-own", code)

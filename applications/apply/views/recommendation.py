"""Views for the referee, who has a private link and no account; and for student and staff about the referee.

A GET never changes anything, because mail scanners open every link.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications import permissions
from applications.apply.actions import recommendation as actions
from applications.apply.forms.recommendation import DeclineForm, LetterForm, RefereeForm, RevokeForm
from applications.base.opening import What, opened
from applications.models import Application, Recommendation
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.guests.pages import behind
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message

TEMPLATES = "applications/apply/recommendation_"
WORDS = ("letter", "note")  # what a referee types


# --- The referee ------------------------------------------------------------------------------------


@behind(Recommendation, *WORDS, typed="letter")
def recommendation_write(request: HttpRequest, recommendation: Recommendation) -> HttpResponse:
    """Write the letter. Two buttons, save for later and check before sending; both save the draft."""
    form = LetterForm(request.POST or None, initial={"letter": recommendation.draft, "seen": recommendation.seen})
    stored = ""
    if request.method == "POST" and form.is_valid():
        goes_on = request.POST.get("act") == "check"
        try:
            saved = actions.save_draft(
                recommendation, draft=form.cleaned_data["letter"], seen=form.cleaned_data["seen"]
            )
        except RuleViolation as violation:
            if violation.code != "changed_elsewhere":
                return redirect("applications:recommendation-write", token=recommendation.link)
            messages.error(request, violation.message)
            recommendation.refresh_from_db()
            stored = recommendation.draft
            form = LetterForm({**request.POST.dict(), "seen": recommendation.seen})
        else:
            if saved.draft.strip() and goes_on:
                return redirect("applications:recommendation-send", token=saved.link)
            if not goes_on:
                messages.success(request, _("Saved. Come back with the same link, on any phone or computer."))
                return redirect("applications:recommendation-write", token=saved.link)
            form.ask_for_words()
    return _page(request, "write", recommendation, form=form, stored=stored)


@behind(Recommendation, *WORDS, typed="letter")
def recommendation_send(request: HttpRequest, recommendation: Recommendation) -> HttpResponse:
    """Check the saved draft and send it, which ends the link."""
    if not recommendation.draft.strip():
        return redirect("applications:recommendation-write", token=recommendation.link)
    if request.method == "POST":
        if request.POST.get("seen") != recommendation.seen:
            messages.error(request, _("The letter has changed since then. Read it again before you send it."))
            return redirect("applications:recommendation-send", token=recommendation.link)
        with rule_message(request):
            actions.send_letter(recommendation, letter=recommendation.draft)
        return redirect("applications:recommendation-write", token=recommendation.link)
    return _page(request, "send", recommendation)


@behind(Recommendation, *WORDS, typed="letter")
def recommendation_decline(request: HttpRequest, recommendation: Recommendation) -> HttpResponse:
    form = DeclineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request):
            actions.refuse(recommendation, refused=Recommendation.Refused.DECLINED, note=form.cleaned_data["note"])
        return redirect("applications:recommendation-write", token=recommendation.link)
    return _page(request, "decline", recommendation, form=form)


@behind(Recommendation, *WORDS, typed="letter")
def recommendation_wrong_person(request: HttpRequest, recommendation: Recommendation) -> HttpResponse:
    """Report a wrong address; without a note to the student, who doesn't know this person."""
    if request.method == "POST":
        with rule_message(request):
            actions.refuse(recommendation, refused=Recommendation.Refused.WRONG_PERSON)
        return redirect("applications:recommendation-write", token=recommendation.link)
    return _page(request, "wrong_person", recommendation)


def _page(request: HttpRequest, name: str, recommendation: Recommendation, **more: object) -> HttpResponse:
    context = {
        "recommendation": recommendation,
        "application": recommendation.application,
        "student": recommendation.application.student,
        "form": None,
        **more,
    }
    return render(request, f"{TEMPLATES}{name}.html", context)


# --- The student ------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def recommendation_replace(request: HttpRequest, code: str) -> HttpResponse:
    """Ask someone else after the application was submitted; a draft has a page of the form for it."""
    application = _visible(request, code)
    require(permissions.can_edit_application(request.user, application))
    recommendation = application.recommendation
    if application.status == Status.DRAFT:
        return redirect("applications:application-overview", code=code)
    form = RefereeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            actions.replace(application, form.referee, by=me(request))
            messages.success(
                request,
                _("Saved. %(name)s will get our message in a few minutes.") % {"name": form.referee.referee_name},
            )
            return redirect(_home_of(application), code=code)
    context = {"application": application, "recommendation": recommendation, "form": form}
    return render(request, f"{TEMPLATES}replace.html", context)


def _home_of(application: Application) -> str:
    """The student's page that shows the state of the recommendation."""
    if application.status == Status.RETURNED:
        return "applications:application-overview"
    return "applications:application-receipt"


# --- The office and the advisor ---------------------------------------------------------------------


@require_POST
def recommendation_send_again(request: HttpRequest, code: str) -> HttpResponse:
    application = _visible(request, code)
    require(permissions.can_manage_referee(request.user, application))
    with rule_message(request, _("The recommender will get the link again in a few minutes.")):
        actions.send_again(application, by=me(request))
    return redirect(application)


@require_http_methods(["GET", "POST"])
def recommendation_revoke(request: HttpRequest, code: str) -> HttpResponse:
    application = _visible(request, code)
    require(permissions.can_manage_referee(request.user, application))
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("The link is off, and the student knows.")):
            actions.revoke(application, by=me(request), reason=form.cleaned_data["reason"])
        return redirect(application)
    context = {"application": application, "recommendation": application.recommendation, "form": form}
    return render(request, f"{TEMPLATES}revoke.html", context)


def _visible(request: HttpRequest, code: str) -> Application:
    rows = Application.objects.visible_to(request.user).with_people()
    application = get_object_or_404(rows.select_related("recommendation"), code=code, recommendation__isnull=False)
    return opened(request, application, What.APPLICATION)

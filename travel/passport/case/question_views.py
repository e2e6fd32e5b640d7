"""Views of the questions on the way to a passport, one per screen, and of the page to read in private."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from applications.models import Application
from exchange.web.shortcuts import me, rule_message
from travel.models import TravelAnswers
from travel.passport.case import actions, guidance
from travel.passport.case.question_forms import PassportQuestions
from travel.passport.case.views import advisors_of, case_of, own_application, page_of_passport
from travel.passport.plan import planning
from travel.passport.way.pictures import OF_ANSWERS
from travel.passport.way.route import Answers, TravelOn

CHANGE = "change:"


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def passport_route(request: HttpRequest, code: str) -> HttpResponse:
    """Each POST carries the answers so far; nothing is stored until the last one, or until the student asks to talk."""
    application = own_application(request, code)
    case = case_of(application)
    if case and not planning.can_answer(case):
        messages.info(
            request, _("You’ve already applied, so this can’t be changed. Ask your advisor if something changed.")
        )
        return redirect(page_of_passport(application))
    known = planning.judged_by(application, case.trip if case else None, case)
    move = request.POST.get("move", "")
    if move == "talk":
        return _keep(request, application, Answers(TravelOn.RATHER_TALK))
    if request.method == "GET":
        return _ask(request, application, _as_answered(request, application, known))
    form = PassportQuestions(request.POST, **known)
    shown = request.POST.get("shown", "")
    if move.startswith(CHANGE) or (move == "back" and shown):
        name = move.removeprefix(CHANGE) if move.startswith(CHANGE) else form.before(shown)
        return _ask(request, application, form, page=name if name in form.fields else None)
    if form.answers and not form.errors and (move == "keep" if form.clashes() else form.current is None):
        return _keep(request, application, form.answers)
    if shown and form.current == shown and not form.errors.get(shown):
        form.add_error(shown, _("Choose an answer. “I’m not sure” is fine."))
    return _ask(request, application, form, page=shown if form.errors.get(shown) else None)


def _as_answered(request: HttpRequest, application: Application, known: dict[str, Any]) -> PassportQuestions:
    kept = TravelAnswers.objects.visible_to(request.user).filter(application=application).first()
    return PassportQuestions.of(kept.answers, **known) if kept else PassportQuestions(**known)


def _ask(
    request: HttpRequest, application: Application, form: PassportQuestions, page: str | None = None
) -> HttpResponse:
    """Show this question; without one, what contradicts, then the next question, then all answers."""
    clashes = [] if page else form.clashes()
    page = page or (None if clashes else form.current)
    case = case_of(application)
    to_report = form.answers is not None and form.answers.is_gone and not (case and case.reported_at)
    context = {
        "application": application,
        "form": form,
        "page": form[page] if page else None,
        "number": form.asked.index(page) + 1 if page in form.asked else 1,
        "hidden": list(form.hidden(but=page)),
        "pictures": OF_ANSWERS,
        "ties": guidance.rows(*guidance.FAMILY_TIES) if page == "travel_on" else [],
        "report": guidance.papers(guidance.REPORT_LOST) if to_report else [],
        "lines": [] if page else form.lines(),
        "clashes": clashes,
    }
    return render(request, "travel/passport/passport_route.html", context)


def _keep(request: HttpRequest, application: Application, answers: Answers) -> HttpResponse:
    with rule_message(request, success=_("Saved. Only you can read your answers, and an advisor if you choose one.")):
        actions.answer_route(application, answers, by=me(request))
    return redirect(page_of_passport(application))


@never_cache
@require_GET
def passport_stops(request: HttpRequest) -> HttpResponse:
    """What can stop a passport, and whom to call. Stores nothing, not even that somebody looked."""
    mine = Application.objects.visible_to(request.user).filter(student=me(request), college__isnull=False)
    application = mine.select_related("college").order_by("-created_at").first()
    context = {
        "rows": guidance.rows(*guidance.WHAT_CAN_STOP),
        "advisors": advisors_of(application) if application else [],
        "college": application.college.short_name if application and application.college else "",
    }
    return render(request, "travel/passport/passport_stops.html", context)

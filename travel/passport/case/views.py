"""Views of a passport case: the student's page, and what advisors and the office see of it."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from applications.base.opening import What, opened
from applications.models import Application
from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.base.office import office
from exchange.models import User
from exchange.reference import facts
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.sources import Source
from travel.base.trip_stage import Tense
from travel.models import (
    EntryRule,
    FeasibleCities,
    Guidance,
    PassportBooking,
    PassportCase,
    Placement,
    TicketName,
    TravelAnswers,
    Trip,
)
from travel.partners import entry_rules
from travel.passport.case import actions, duties, guidance, talk, talks
from travel.passport.case import where_to_apply as passport_days
from travel.passport.case.actions import Route
from travel.passport.case.forms import ChooseAdvisorForm, FeasibleCitiesForm, TalkForm
from travel.passport.case.next_step import NextStep, next_step
from travel.passport.case.outlook import outlook_of, step_of
from travel.passport.case.question_forms import PassportQuestions
from travel.passport.case.stage_forms import PassportCheckForm, StageForm
from travel.passport.case.visits import booking_of
from travel.passport.plan import planning
from travel.passport.plan.planning import URGENT_DAYS
from travel.passport.way import proofs
from travel.passport.way.pictures import PAYMENTS, PHOTO_RIGHT, PHOTOS_WRONG
from travel.passport.way.route import Answers, TravelOn, answers_from_json
from travel.states import (
    BEFORE_APPLYING,
    HAS_PASSPORT,
    SEEN,
    STAGE_TONES,
    URGENCY_TONES,
    WAITING,
    PassportStage,
    Urgency,
)

ELSEWHERE = (TravelOn.OTHER_COUNTRY, TravelOn.OTHER_DOCUMENT)
FALLS_SHORT = frozenset({"expires_too_soon", "too_few_pages", "pages_needed"})


def _application(request: HttpRequest, code: str) -> Application:
    """An application this person may see that has, or may have, a passport case; else 404."""
    related = (
        "student",
        "college",
        "cycle",
        "placement__trip__city",
        "passport_case__trip__city",
        "passport_case__facility",
    )
    visible = Application.objects.visible_to(request.user).select_related(*related)
    application = opened(request, get_object_or_404(visible, code=code), What.PASSPORT)
    return get_object_or_404(visible, pk=application.pk if permissions.has_passport_page(application) else None)


def case_of(application: Application) -> PassportCase | None:
    return getattr(application, "passport_case", None)


def own_application(request: HttpRequest, code: str) -> Application:
    application = _application(request, code)
    require(permissions.can_prepare(request.user, application))
    return application


def page_of_passport(application: Application) -> str:
    return reverse("travel:passport-detail", kwargs={"code": application.code})


# --- The student ------------------------------------------------------------------------------------


@require_GET
def passport_detail(request: HttpRequest, code: str) -> HttpResponse:
    application = _application(request, code)
    if permissions.can_prepare(request.user, application):
        return _own_page(request, application)
    return _staff_page(request, application)


def _own_page(request: HttpRequest, application: Application, stage_form: StageForm | None = None) -> HttpResponse:
    today, case = timezone.localdate(), case_of(application)
    mine = TravelAnswers.objects.visible_to(request.user).select_related("advisor", "talk_with")
    answers = mine.filter(application=application).first()
    said = answers_from_json(answers.answers) if answers else None
    placement = case.placement if case else None
    booking = booking_of(application)
    outlook, step = step_of(application, case, today, booking)
    dated, first = outlook.case, _first(placement, case, today, booking) if step else None
    context: dict[str, Any] = {
        "application": application,
        "placement": placement,
        "case": case,
        "trip": dated.trip if dated else None,
        "step": replace(step, label=_("Next for your passport")) if step and first else step,
        "first": first,
        "outlook": outlook,
        "advisors": advisors_of(application),
        "advisor_form": ChooseAdvisorForm(application=application, answers=answers) if answers else None,
        "cities": _cities(me(request), application),
    }
    if case:
        context |= _advice(case, said, stage_form)
        context |= _talk(application, case, answers)
        context["counter"] = passport_days.counter_of(case, me(request))
        context["vouchers"] = vouchers = passport_days.paid_by_program(application)
        context["costs"] = guidance.fees(case, guidance.promised_in(case), vouchers)
        if case.stage in HAS_PASSPORT and case.route != Route.VALID and not context["fit_note"]:
            # how to get one, what it costs and who pays is behind them
            context |= {"is_over": True, "advice": {}, "photo": None, "costs": None, "vouchers": []}
    return render(request, "travel/passport/passport_detail.html", context)


def _first(
    placement: Placement | None, case: PassportCase | None, today: date, booking: PassportBooking | None
) -> NextStep | None:
    """What home names as the next step, where that's none of the passport."""
    if placement is None or placement.tense != Tense.BEFORE:
        return None
    items = duties.shown_to(case, placement.checklist_items.select_related("step"))
    found = next_step(placement, case, items, today, booking)
    return found if found and not found.is_passport else None


def _talk(application: Application, case: PassportCase, answers: TravelAnswers | None) -> dict[str, Any]:
    """Whom the student talks with, where the answers led to a talk."""
    if answers is None or answers.talk_asked_at is None or case.stage not in BEFORE_APPLYING:
        return {}
    form = TalkForm(application=application, answers=answers)
    return {"talk": answers, "talk_form": form, "office": office()}


def _advice(case: PassportCase, said: Answers | None, stage_form: StageForm | None) -> dict[str, Any]:
    trip = case.trip
    rule = (
        EntryRule.objects.filter(city=trip.city_id, document=EntryRule.Document.US_PASSPORT).first() if trip else None
    )
    elsewhere = said is not None and said.travel_on in ELSEWHERE
    form = stage_form or StageForm(current=case.stage, elsewhere=elsewhere)
    shows_rule = rule and case.placement and case.route not in (Route.TALK, Route.UNKNOWN)
    advice, way = guidance.by_topic(case, said), planning.way_of(case)
    return {
        "fit_note": guidance.fit_note(case, rule),
        "advice": advice,
        "paper_sources": guidance.sources(advice[Guidance.Topic.PAPER]),
        "by_mail": way in (Route.DS82, Route.DS5504),
        "photo": guidance.photo(way),
        "photo_right": PHOTO_RIGHT,
        "photos_wrong": PHOTOS_WRONG,
        "payments": PAYMENTS,
        "entry_lines": entry_rules.entry_lines(rule) if shows_rule else [],
        "entry_extras": guidance.entry_extras(trip) if shows_rule else [],
        "entry_rule": rule if shows_rule else None,
        "entry_source": Source.of(rule) if rule and shows_rule else None,
        "stage_form": form if form.stages else None,
        "folds_stage": case.stage == PassportStage.IN_HAND and not form.is_bound,
        "stage_tone": STAGE_TONES[PassportStage(case.stage)],
        "can_answer": planning.can_answer(case),
        "can_report": actions.can_tell(case, "reported"),
        "elsewhere": elsewhere,
    }


def _cities(user: User, application: Application) -> FeasibleCities | None:
    """The list of cities, unless it holds every city and so says nothing."""
    found = FeasibleCities.objects.visible_to(user).filter(application=application, is_everywhere=False)
    return found.prefetch_related("cities").first()


def advisors_of(application: Application) -> list[User]:
    """Two advisors of the home college at most, whom the student can ask."""
    return list(roles.advisors_at(application.college_id)[:2])


@require_POST
def passport_advisor(request: HttpRequest, code: str) -> HttpResponse:
    """The student chooses who may read the answers, or takes that back."""
    application = own_application(request, code)
    answers = get_object_or_404(TravelAnswers.objects.visible_to(request.user), application=application)
    form = ChooseAdvisorForm(request.POST, application=application, answers=answers)
    if form.is_valid():
        with rule_message(request, success=_("Saved.")):
            actions.choose_advisor(application, form.cleaned_data["advisor"], by=me(request))
    return redirect(page_of_passport(application))


@require_POST
def passport_talk(request: HttpRequest, code: str) -> HttpResponse:
    """The student chooses whom to talk with, and how to be reached."""
    application = own_application(request, code)
    answers = get_object_or_404(TravelAnswers.objects.visible_to(request.user), application=application)
    form = TalkForm(request.POST, application=application, answers=answers)
    if not form.is_valid():
        messages.error(request, _("Choose an advisor and how they should reach you. Nothing was changed."))
        return redirect(page_of_passport(application))
    with rule_message(request, success=_("Saved. We’ve let your advisor know.")):
        talk.ask(application, by=me(request), **form.cleaned_data)
    return redirect(page_of_passport(application))


@require_GET
def passport_elsewhere(request: HttpRequest) -> HttpResponse:
    """What somebody needs who travels on another document. Asks nothing and stores nothing, for anyone to read."""
    mine = Application.objects.visible_to(request.user).filter(student=me(request), college__isnull=False)
    application = mine.select_related("college").order_by("-created_at").first()
    context = {
        "rows": guidance.rows(*guidance.ELSEWHERE_PAGE),
        "advisors": advisors_of(application) if application else [],
        "college": application.college.short_name if application and application.college else "",
    }
    return render(request, "travel/passport/passport_elsewhere.html", context)


@require_http_methods(["GET", "POST"])
def passport_certificate(request: HttpRequest, code: str) -> HttpResponse:
    """GET asks whether the proof of citizenship is missing; POST stores it (is_needed=no: it isn't)."""
    application = own_application(request, code)
    case = get_object_or_404(PassportCase.objects.visible_to(request.user), application=application)
    proof = proofs.of(application)
    if request.method == "POST":
        is_needed = request.POST.get("is_needed") != "no"
        done = _("Great. We’ve moved your dates.")
        if is_needed:
            done = (
                _("We’ve moved your dates. Order it this week.")
                if proof.is_ordered
                else _("We’ve let an advisor know.")
            )
        with rule_message(request, success=done):
            actions.set_certificate(case, is_needed=is_needed, by=me(request))
        return redirect(page_of_passport(application))
    context = {
        "application": application,
        "case": case,
        "proof": proof,
        "advice": guidance.certificate() if proof.is_ordered else guidance.papers(proof.guidance),
        "costs": guidance.certificate_fee(case) if proof.is_ordered else None,
    }
    return render(request, "travel/passport/passport_certificate.html", context)


@require_POST
def passport_stage(request: HttpRequest, code: str) -> HttpResponse:
    """The student moves the stage; staff record that they saw the passport, or take that back."""
    application = _application(request, code)
    case = get_object_or_404(PassportCase.objects.visible_to(request.user), application=application)
    if not permissions.can_prepare(request.user, application):
        return _check_passport(request, application, case)
    form = StageForm(request.POST, current=case.stage)
    if request.POST.get("stage") == case.stage:  # the form was sent twice by a slow phone
        return redirect(page_of_passport(application))
    if not form.is_valid():
        return _own_page(request, application, form)
    with rule_message(request, success=_("Saved. Your dates are up to date.")):
        actions.move_stage(case, by=me(request), **form.cleaned_data)
    return redirect(page_of_passport(application))


@require_POST
def passport_told(request: HttpRequest, code: str, what: str) -> HttpResponse:
    """The student has signed the passport, or reported the lost one."""
    application = own_application(request, code)
    case = get_object_or_404(PassportCase.objects.visible_to(request.user), application=application)
    with rule_message(request, success=_("Saved.")):
        actions.tell(case, what, by=me(request))
    return redirect(page_of_passport(application))


# --- The staff --------------------------------------------------------------------------------------


def _staff_page(request: HttpRequest, application: Application, **forms: Form) -> HttpResponse:
    require(permissions.can_check_passport(request.user, application))
    case = get_object_or_404(PassportCase.objects.visible_to(request.user), application=application)
    if case.placement and not forms:
        return redirect("travel:checklist-detail", code=case.placement.code)
    context = {"application": application, "trip": case.trip, **staff_case(request, case, **forms)}
    return render(request, "travel/passport/passport_staff.html", context)


def staff_case(
    request: HttpRequest,
    case: PassportCase,
    check_form: Form | None = None,
    cities_form: Form | None = None,
) -> dict[str, Any]:
    """What staff see of a passport: stage, dates, slack, and where the student can go. Never a reason."""
    today, application = timezone.localdate(), case.application
    next_on = planning.next_on(case)
    slack = planning.slack(case, today)
    may_mark = permissions.can_mark_cities(request.user, application)
    marked = FeasibleCities.objects.visible_to(request.user).filter(application=application).first()
    answers = TravelAnswers.objects.visible_to(request.user).filter(application=application).exists()
    return {
        "case": case,
        "application": application,
        "next_on": next_on,
        "slack": slack_label(slack),
        "slack_tone": slack_tone(case, slack, int(facts.number(URGENT_DAYS))),
        "stage_tone": STAGE_TONES[PassportStage(case.stage)],
        "urgency_tone": URGENCY_TONES[Urgency(case.urgency)],
        "check_form": check_form
        or (PassportCheckForm(pages=_pages(case.trip)) if case.stage in HAS_PASSPORT else None),
        "valid_until": _valid_until(case.trip),
        "is_checked": case.stage in SEEN,
        "ticket": _ticket(request, case) if case.stage in SEEN else None,
        "marked": marked,
        "cities_form": (cities_form or FeasibleCitiesForm(application=application, marked=marked))
        if may_mark
        else None,
        "reads_answers": answers,
        "talk": TravelAnswers.objects.filter(application=application).defer("answers").first()
        if talks.is_mine(me(request), application)
        else None,
        "city_rows": () if case.placement or case.stage in HAS_PASSPORT else outlook_of(application, case, today).rows,
    }


def _ticket(request: HttpRequest, case: PassportCase) -> TicketName | None:
    visible = TicketName.objects.visible_to(request.user).filter(placement__application=case.application_id)
    return visible.select_related("matched_by").first()


def _valid_until(trip: Trip | None) -> date | None:
    return planning.validity(trip, _entry_rule(trip)).needed_until if trip else None


def _pages(trip: Trip | None) -> int:
    rule = _entry_rule(trip)
    return rule.blank_pages if rule else 0


def _entry_rule(trip: Trip | None) -> EntryRule | None:
    if trip is None:
        return None
    return EntryRule.objects.filter(city=trip.city_id, document=EntryRule.Document.US_PASSPORT).first()


def _check_passport(request: HttpRequest, application: Application, case: PassportCase) -> HttpResponse:
    require(permissions.can_check_passport(request.user, application))
    if "undo" in request.POST:
        if case.stage in SEEN:
            with rule_message(request, success=_("Undone.")):
                actions.move_stage(case, PassportStage.IN_HAND, by=me(request))
        return redirect(page_of_passport(application))
    form = PassportCheckForm(request.POST, pages=_pages(case.trip))
    if not form.is_valid():
        return _staff_page(request, application, check_form=form)
    values = {**form.cleaned_data, "is_enough": not form.cleaned_data["is_not_enough"]}
    del values["is_not_enough"]
    try:
        found = actions.check(case, by=me(request), **values)
    except RuleViolation as violation:
        field = "blank_pages" if "pages" in violation.code else "expires_on"
        form.add_error(field if violation.code in FALLS_SHORT else None, violation.message)
        form.offers_not_enough = violation.code in FALLS_SHORT - {"pages_needed"} and case.placement is not None
        return _staff_page(request, application, check_form=form)
    said = _("Saved: you’ve seen the passport.")
    if found.stage not in SEEN:
        said = _("Saved. We’ll tell the student, and they’ll see how to get another passport.")
    messages.success(request, said)
    return redirect(page_of_passport(application))


@require_POST
def passport_cities(request: HttpRequest, code: str) -> HttpResponse:
    """An advisor of the home college marks where the student can go; never why."""
    application = _application(request, code)
    require(permissions.can_mark_cities(request.user, application))
    form = FeasibleCitiesForm(request.POST, application=application)
    if not form.is_valid():
        return _staff_page(request, application, cities_form=form)
    with rule_message(request, success=_("Saved. The student’s dates now go by these cities.")):
        actions.mark_cities(application, by=me(request), **form.values)
    return redirect(page_of_passport(application))


@require_POST
def passport_talked(request: HttpRequest, code: str) -> HttpResponse:
    """The advisor who was asked says that the talk took place."""
    application = _application(request, code)
    require(permissions.can_mark_cities(request.user, application))
    with rule_message(request, success=_("Saved: you’ve talked. Mark the cities if you haven’t yet.")):
        talk.note(application, by=me(request))
    return redirect(page_of_passport(application))


@require_POST
def passport_answers(request: HttpRequest, code: str) -> HttpResponse:
    """Shows the chosen advisor the sealed answers; by POST, because each look is recorded."""
    application = _application(request, code)
    answers = get_object_or_404(
        TravelAnswers.objects.visible_to(request.user).exclude(application__student=me(request)),
        application=application,
    )
    opened(request, application, What.ANSWERS)
    answers = actions.read_answers(answers, by=me(request))
    case = case_of(application)
    known = planning.judged_by(application, case.trip if case else None, case)
    form = PassportQuestions.of(answers.answers, **known)
    context = {"application": application, "lines": form.lines(), "clashes": form.clashes()}
    return render(request, "travel/passport/passport_answers.html", context)


# --- Days left --------------------------------------------------------------------------------------


def slack_label(slack: int | None) -> str:
    if slack is None:
        return ""
    if slack < 0:
        return ngettext("%(count)s day late", "%(count)s days late", -slack) % {"count": -slack}
    return ngettext("%(count)s day", "%(count)s days", slack) % {"count": slack}


def slack_tone(case: PassportCase, slack: int | None, urgent_days: int) -> str:
    """Red where time is short: a missed date, or a step to do with the last safe day near."""
    if slack is None:
        return "good"
    last = case.last_safe_on if case.stage not in WAITING else None
    is_short = last is not None and (last - timezone.localdate()).days < urgent_days
    return "stop" if slack < 0 or is_short else URGENCY_TONES[Urgency(case.urgency)]

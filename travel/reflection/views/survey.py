"""The page on which a traveler answers the survey after the trip."""

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from applications.apply.actions.draft import Saved
from applications.apply.forms.changes import Unreadable, fingerprint
from applications.apply.views.draft import saved_text
from applications.base.merge import FieldState
from exchange.base.errors import RuleViolation
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, too_much_text
from travel import permissions
from travel.models import Placement, SurveyItem, SurveyResponse
from travel.reflection.actions import survey as answering
from travel.reflection.survey import Days, is_asked
from travel.reflection.survey_forms import SurveyForm, read_changes


def _asked(request: HttpRequest, code: str) -> tuple[Placement, list[SurveyItem]]:
    visible = Placement.objects.visible_to(request.user).select_related("trip__city", "trip__cycle", "application")
    placement = get_object_or_404(visible, code=code)
    require(permissions.can_reflect(request.user, placement))
    return placement, list(placement.trip.cycle.survey_items.all())


@require_http_methods(["GET", "POST"])
def survey(request: HttpRequest, code: str) -> HttpResponse:
    """All items on one page. Saved by script, rating by rating; without script by the button."""
    placement, items = _asked(request, code)
    days = Days.load() if items else None
    is_open = bool(days and is_asked(placement) and days.is_open(placement.trip))
    response = SurveyResponse.objects.visible_to(request.user).filter(placement=placement).first()
    initial = answering.ratings_of(response)
    form = SurveyForm(request.POST or None, items=items, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            for saved in answering.save_changes(placement, form.changes(timezone.now()), by=me(request)):
                if saved.violation:
                    raise saved.violation
            messages.success(request, _("Thank you. Your answers are saved."))
            return redirect("travel:reflection-list")
    context: dict[str, Any] = {
        "form": form,
        "placement": placement,
        "is_asked": is_asked(placement) and bool(items),
        "is_open": is_open,
        "opens_on": days.opens_on(placement.trip) if days else None,
        "last_on": days.last_on(placement.trip) if days else None,
        "today": timezone.localdate(),
        "base_json": _base(form, response, initial),
        "save_href": reverse("travel:survey-save", kwargs={"code": placement.code}),
        "next_href": reverse("travel:reflection-list"),
        "saved": saved_text(response.changed_at) if response and response.changed_at and not form.is_bound else "",
    }
    return render(request, "travel/reflection/survey.html", context)


def _base(form: SurveyForm, response: SurveyResponse | None, values: dict[str, str]) -> str:
    """JSON for the hidden input `base`: what the page shows of each rating, to compare the posted page with."""
    states = response.states_of() if response else {}
    rows = {
        key: {"seen": dict(states.get(key, FieldState()).seen), "was": fingerprint(values.get(key, ""))}
        for key in form.fields
    }
    return json.dumps(rows, separators=(",", ":"))


@login_not_required  # a session that has ended gets JSON, not a redirect
@sensitive_post_parameters()
@require_POST
def survey_save(request: HttpRequest, code: str) -> HttpResponse:
    """Single ratings as data; the answer says what became of each, as `reflection_save` does."""
    if not request.user.is_authenticated:
        told = _("Sign in to continue. What you answered is on this phone.")
        return _no("sign_in", told, 401, href=reverse("account_login"))
    placement, items = _asked(request, code)
    try:
        changes, refused = read_changes(items, request.body)
        saved = answering.save_changes(placement, changes, by=me(request))
    except RequestDataTooBig:
        return _no("too_large", too_much_text(), 413)
    except Unreadable:
        text = _("We couldn’t read this. Open the page again. What you answered is still on this phone.")
        return _no("unreadable", text, 400)
    except RuleViolation as violation:
        return _no(violation.code, violation.message, 409)
    results = [_result(each) for each in (*saved, *refused)]
    return JsonResponse({"saved": saved_text(timezone.now()) if saved else "", "results": results})


def _no(code: str, message: Any, status: int, **more: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": str(message), **more}, status=status)


def _result(saved: Saved) -> dict[str, object]:
    said: dict[str, object] = {"key": saved.key, "number": saved.number}
    if saved.violation:
        return {**said, "ok": False, "code": saved.violation.code, "message": str(saved.violation.message)}
    return {**said, "ok": True, "seen": dict(saved.state.seen), "rival_html": ""}

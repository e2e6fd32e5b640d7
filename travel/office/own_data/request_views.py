"""Pages on which a student asks to correct or delete their data, and the office answers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.base import roles
from exchange.models import DataRequest
from exchange.reference import facts
from exchange.web.edited import refusal_in
from exchange.web.proofs import ask_for_proof, is_fresh
from exchange.web.shortcuts import me, page_of, require, rule_message
from travel.office.own_data import requests as actions
from travel.office.own_data.forms import DataAnswerForm, DataRequestForm


@require_http_methods(["GET", "POST"])
def request_own(request: HttpRequest) -> HttpResponse:
    """The person's own requests, and a form for a new one. A deletion needs a fresh proof: phones lie on tables."""
    require(roles.is_student(request.user))
    form = DataRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["kind"] == DataRequest.Kind.DELETION and not is_fresh(request):
            return ask_for_proof(request, then=request.path)
        with rule_message(request, _("We got it. You’ll get a message with our answer.")):
            actions.ask(me(request), **form.cleaned_data)
        return redirect("travel:data-requests")
    context = {
        "form": form,
        "requests": DataRequest.objects.visible_to(me(request)).filter(asked_by=me(request)).order_by("-asked_at"),
        "days": facts.number("request.answer_days"),
    }
    return render(request, "travel/office/data_requests.html", context)


@require_POST
def request_drop(request: HttpRequest, code: str) -> HttpResponse:
    asked = get_object_or_404(DataRequest.objects.visible_to(me(request)), code=code)
    require(asked.asked_by_id == me(request).pk)
    with rule_message(request, _("Canceled. Nothing was changed.")):
        actions.drop(asked, by=me(request))
    return redirect("travel:data-requests")


@require_safe
def request_list(request: HttpRequest) -> HttpResponse:
    """For the office: open ones first, the most urgent on top."""
    require(roles.is_coordinator(request.user))
    rows = DataRequest.objects.visible_to(me(request)).select_related("asked_by")
    open_ones = rows.open()
    closed = rows.exclude(pk__in=rows.open().values("pk")).order_by("-asked_at")
    context = {"open": open_ones, "page_obj": page_of(closed, request), "today": timezone.localdate()}
    return render(request, "travel/office/data_request_list.html", context)


@require_http_methods(["GET", "POST"])
def request_answer(request: HttpRequest, code: str) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    asked = get_object_or_404(DataRequest.objects.visible_to(me(request)).select_related("asked_by"), code=code)
    require(asked.asked_by_id != me(request).pk)
    form = DataAnswerForm(request.POST or None, asked=asked)
    if request.method == "POST" and asked.is_open and form.is_valid():
        if not is_fresh(request):
            return ask_for_proof(request, then=request.path)
        with refusal_in(form):
            actions.answer(asked, **form.cleaned_data, by=me(request))
            return redirect("travel:data-request-list")
    applications = list(asked.asked_by.applications.select_related("cycle", "college").order_by("-created_at"))
    context = {
        "asked": asked,
        "form": form if asked.is_open else None,
        "applications": applications,
        "newest": applications[0] if applications else None,
        "today": timezone.localdate(),
    }
    return render(request, "travel/office/data_request_answer.html", context)

"""Views in which the office writes the first-flight guide."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base import actions as rows
from travel.base.views import edit
from travel.models import GuideTip, Trip
from travel.models.placement import TripQuerySet
from travel.prepare.guide.forms import TipForm


def _back() -> tuple[str, str]:
    return reverse("travel:guide-tip-list"), _("First-flight guide")


def _trips(request: HttpRequest) -> TripQuerySet:
    there = Trip.objects.visible_to(request.user).filter(returned_at__isnull=True, closed_at__isnull=True)
    return there.select_related("city")


@require_safe
def guide_tip_list(request: HttpRequest) -> HttpResponse:
    """Every tip, step by step."""
    require(permissions.can_manage_partners(request.user))
    by_step: dict[str, list[GuideTip]] = {step: [] for step in GuideTip.Step.values}
    for tip in GuideTip.objects.visible_to(request.user).select_related("trip__city"):
        by_step[tip.step].append(tip)
    context = {"steps": [(GuideTip.Step(step), tips) for step, tips in by_step.items()]}
    return render(request, "travel/prepare/guide_tip_list.html", context)


@require_http_methods(["GET", "POST"])
def guide_tip_add(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    initial = {"as_of": timezone.localdate(), "step": request.GET.get("step", "")}
    form = TipForm(request.POST or None, trips=_trips(request), initial=initial)
    return edit(
        request,
        form,
        lambda said: rows.add(GuideTip, said.values, under=None, by=me(request)),
        back=_back(),
        title=_("New tip"),
        label=_("First-flight guide"),
    )


def _tip(request: HttpRequest, code: str) -> GuideTip:
    require(permissions.can_manage_partners(request.user))
    return get_object_or_404(GuideTip.objects.visible_to(request.user).select_related("trip"), code=code)


@require_http_methods(["GET", "POST"])
def guide_tip_edit(request: HttpRequest, code: str) -> HttpResponse:
    tip = _tip(request, code)
    form = TipForm(request.POST or None, trips=_trips(request), initial=TipForm.initial_of(tip))
    return edit(
        request,
        form,
        lambda said: rows.change(tip, said.values, seen=said.cleaned_data["seen"], by=me(request)),
        back=_back(),
        title=tip.title,
        label=tip.get_step_display(),
        remove=reverse("travel:guide-tip-remove", kwargs={"code": code}),
    )


@require_POST
def guide_tip_remove(request: HttpRequest, code: str) -> HttpResponse:
    tip = _tip(request, code)
    with rule_message(request, _("Removed.")):
        rows.remove(tip, by=me(request))
    return redirect(_back()[0])

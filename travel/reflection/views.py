"""The list of reflections, and the page on which a student writes one."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from applications.standing import Act, may
from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.web.shortcuts import me, page_of, require
from travel import permissions
from travel.abroad.actions import lines as own_lines
from travel.base.trip_stage import placed_standing
from travel.models import Placement, Reflection, TripLine
from travel.reflection import actions
from travel.reflection.forms import ReflectionForm


@require_safe
def reflection_list(request: HttpRequest) -> HttpResponse:
    """A student's own reflections and open prompts; for staff, those shared with them."""
    require(permissions.can_list_reflections(request.user))
    if roles.is_student(request.user):
        return _own(request)
    shared = Reflection.objects.visible_to(request.user).select_related(
        "prompt", "placement__application__student", "placement__application__college", "placement__trip__city"
    )
    return render(request, "travel/reflection/list.html", {"page_obj": page_of(shared, request)})


def _own(request: HttpRequest) -> HttpResponse:
    placements = (
        Placement.objects.visible_to(request.user)
        .filter(application__student=me(request))
        .select_related("trip__city", "application")
    )
    placements = placements.prefetch_related("reflections", "application__cycle__reflection_prompts")
    rows = []
    for placement in placements:
        written = {reflection.prompt_id: reflection for reflection in placement.reflections.all()}
        for prompt in placement.application.cycle.reflection_prompts.all():
            opens_on = prompt.opens_on(placement.trip)
            rows.append(
                {
                    "placement": placement,
                    "prompt": prompt,
                    "reflection": written.get(prompt.pk),
                    "opens_on": opens_on,
                    "is_open": opens_on <= timezone.localdate(),
                    "may_write": may(placed_standing(placement), Act.REFLECT),
                }
            )
    return render(request, "travel/reflection/own.html", {"rows": rows, "placements": placements})


@require_http_methods(["GET", "POST"])
def reflection_write(request: HttpRequest, code: str, prompt: str) -> HttpResponse:
    """One prompt with the student's text and who may read it."""
    visible = Placement.objects.visible_to(request.user).with_people()
    placement = get_object_or_404(visible, code=code)
    require(permissions.can_reflect(request.user, placement))
    asked = get_object_or_404(placement.application.cycle.reflection_prompts, key=prompt)
    written = placement.reflections.filter(prompt=asked).first()
    initial = {"text": written.text, "privacy": written.privacy, "quote": written.quote} if written else {}
    lines = own_lines.of(placement, me(request))
    if "copy" in request.POST:  # a line from the trip goes into what was typed; nothing is saved yet
        form = ReflectionForm(initial=with_line(request.POST, lines))
    else:
        form = ReflectionForm(request.POST or None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            actions.write(placement, asked, **form.cleaned_data, by=me(request))
        except RuleViolation as violation:  # the page keeps the typed text
            form.add_error(None, violation.message)
        else:
            return redirect("travel:reflection-list")
    context: dict[str, Any] = {
        "form": form,
        "placement": placement,
        "prompt": asked,
        "opens_on": asked.opens_on(placement.trip),
        "lines": lines,
        "is_copied": "copy" in request.POST,
    }
    context["is_open"] = context["opens_on"] <= timezone.localdate()
    context["may_write"] = may(placed_standing(placement), Act.REFLECT)
    return render(request, "travel/reflection/write.html", context)


def with_line(typed: Mapping[str, str], lines: Iterable[TripLine]) -> dict[str, str]:
    """What was typed, with the chosen line of the trip below it."""
    chosen = next((line.text for line in lines if line.code == typed.get("copy")), "")
    text = "\n\n".join(part for part in (typed.get("text", "").rstrip(), chosen) if part)
    return {"text": text, "privacy": typed.get("privacy", ""), "quote": typed.get("quote", "")}

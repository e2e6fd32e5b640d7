"""Views of a cycle's setup: the checklist before departure and the reflection prompts, for coordinators."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.cycle import parts
from applications.cycle.actions.form_edit import key_from
from applications.cycle.views.setup import PREPARATION, cycle_of, frame
from applications.models import Cycle
from exchange.web.shortcuts import me, rule_message
from travel.base import actions as rows
from travel.base.views import edit
from travel.models import ChecklistStep, ReflectionPrompt
from travel.office.forms import PromptForm, StepForm
from travel.prepare.actions import steps
from travel.reflection import actions as reflection


def _back(cycle: Cycle) -> tuple[str, str]:
    return reverse("travel:cycle-preparation", kwargs={"code": cycle.code}), _("Before and after the trip")


@require_safe
def cycle_preparation(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    texts = cycle.form_texts.filter(Q(is_current=True) | Q(published_at=None))
    context = {"steps": cycle.checklist_steps.all(), "prompts": cycle.reflection_prompts.all(), "texts": texts}
    return render(request, "travel/office/cycle_preparation.html", frame(cycle, PREPARATION) | context)


@require_POST
def cycle_preparation_fill(request: HttpRequest, code: str) -> HttpResponse:
    """Add the standard steps and prompts to a cycle that has none of them."""
    cycle = cycle_of(request, code)
    with rule_message(request, success=_("Added. Now change what’s different this time.")):
        parts.create(cycle, by=me(request))
    return redirect(_back(cycle)[0])


# --- Steps ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def checklist_step_add(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    there = list(cycle.checklist_steps.all())
    form = StepForm(request.POST or None, initial={"order": _next(there)})
    return edit(
        request,
        form,
        lambda said: steps.add_step(cycle, _with_key(said.values, "title_en", there), by=me(request)),
        back=_back(cycle),
        title=_("New step"),
        label=cycle.name,
    )


@require_http_methods(["GET", "POST"])
def checklist_step_edit(request: HttpRequest, code: str, key: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    step = get_object_or_404(cycle.checklist_steps, key=key)
    form = StepForm(request.POST or None, initial=StepForm.initial_of(step))
    return edit(
        request,
        form,
        lambda said: steps.change_step(step, said.values, seen=said.cleaned_data["seen"], by=me(request)),
        back=_back(cycle),
        title=step.title,
        label=cycle.name,
        text=_("If the due date changes, everyone with a spot gets new dates."),
        remove=reverse("travel:checklist-step-remove", kwargs={"code": cycle.code, "key": key}),
    )


@require_POST
def checklist_step_remove(request: HttpRequest, code: str, key: str) -> HttpResponse:
    return _remove(request, code, key, ChecklistStep, steps.remove_step)


# --- Prompts ----------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def reflection_prompt_add(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    there = list(cycle.reflection_prompts.all())
    form = PromptForm(request.POST or None, initial={"order": _next(there)})

    def add(said: PromptForm) -> ReflectionPrompt:
        values = _with_key(said.values, "text_en", there)
        return rows.add(ReflectionPrompt, {**values, "cycle": cycle}, under=cycle, by=me(request))

    return edit(request, form, add, back=_back(cycle), title=_("New prompt"), label=cycle.name)


@require_http_methods(["GET", "POST"])
def reflection_prompt_edit(request: HttpRequest, code: str, key: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    prompt = get_object_or_404(cycle.reflection_prompts, key=key)
    form = PromptForm(request.POST or None, initial=PromptForm.initial_of(prompt))
    return edit(
        request,
        form,
        lambda said: rows.change(prompt, said.values, seen=said.cleaned_data["seen"], by=me(request)),
        back=_back(cycle),
        title=prompt.text,
        label=cycle.name,
        remove=reverse("travel:reflection-prompt-remove", kwargs={"code": cycle.code, "key": key}),
    )


@require_POST
def reflection_prompt_remove(request: HttpRequest, code: str, key: str) -> HttpResponse:
    return _remove(request, code, key, ReflectionPrompt, reflection.remove_prompt)


def _remove(request: HttpRequest, code: str, key: str, model: Any, act: Callable[..., None]) -> HttpResponse:
    cycle = cycle_of(request, code)
    row = model.objects.filter(cycle=cycle, key=key).first()
    if row is not None:  # otherwise a second tap
        with rule_message(request, success=_("Removed.")):
            act(row, by=me(request))
    return redirect(_back(cycle)[0])


def _next(there: list[Any]) -> int:
    return max((row.order for row in there), default=0) + 1


def _with_key(values: dict[str, Any], title: str, there: list[Any]) -> dict[str, Any]:
    """The values with the key of the same row, if this is a second tap, or with a new one."""
    same = next((row for row in there if not rows.differing(row, values)), None)
    key = same.key if same else key_from(values[title], {row.key for row in there})
    return {**values, "key": key}

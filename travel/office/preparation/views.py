"""Views of a cycle's setup: the checklist before departure and the reflection prompts, for coordinators."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.cycle import parts
from applications.cycle.actions.form_edit import key_from
from applications.cycle.views.setup import PREPARATION, cycle_of, frame
from applications.models import Cycle
from exchange.base.errors import RuleViolation
from exchange.web.notices import BEFORE
from exchange.web.shortcuts import me, rule_message
from travel.base import actions as rows
from travel.base.views import edit
from travel.models import ChecklistStep, ReflectionPrompt
from travel.office.preparation.forms import HowForm, PreviewForm, PromptForm, StepForm, TripPreviewForm
from travel.passport.plan import step_times
from travel.prepare.checklist import preview, step_change, steps
from travel.prepare.checklist.step_change import How
from travel.reflection.actions import prompts as reflection
from travel.reflection.forms import ReflectionForm

MOVES_SHOWN = 40  # of a change that moves many dates


def _back(cycle: Cycle) -> tuple[str, str]:
    return reverse("travel:cycle-preparation", kwargs={"code": cycle.code}), _("Before and after the trip")


@require_safe
def cycle_preparation(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    there = list(cycle.checklist_steps.in_use().prefetch_related("trips__city"))
    context = {
        "steps": there,
        "titles": {step.key: step.title for step in there},
        "prompts": cycle.reflection_prompts.prefetch_related("trips__city"),
        "survey_items": list(cycle.survey_items.all()),
        "money_rules": list(cycle.money_rules.in_use().prefetch_related("trips__city")),
        "too_late": step_times.problems(cycle, cycle.trips.ahead().select_related("city")),
        "texts": cycle.form_texts.filter(Q(is_current=True) | Q(published_at=None)),
    }
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
    form = StepForm(request.POST or None, cycle=cycle)

    def add(said: StepForm) -> ChecklistStep:
        values = _with_key(said.values, "title_en", there)
        same = next((row for row in there if row.key == values["key"]), None)
        values["order"] = same.order if same else _next(there)
        return steps.add_step(cycle, values, by=me(request), trips=said.cleaned_data["trips"])

    return edit(request, form, add, back=_back(cycle), title=_("New step"), label=cycle.name)


@require_http_methods(["GET", "POST"])
def checklist_step_edit(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """A change that touches students is saved only with `how`, from the page that says whom it touches."""
    cycle = cycle_of(request, code)
    step = get_object_or_404(cycle.checklist_steps.in_use().select_related("cycle"), key=key)
    form = StepForm(request.POST or None, initial=StepForm.initial_of(step), cycle=cycle, step=step)
    how = HowForm(request.POST if "how" in request.POST else None, can_ask_again=step.is_by_hand or step.asks_file)
    if request.method == "POST" and form.is_valid() and not (how.is_bound and how.is_valid()):
        page = _weigh(request, step, form, how)
        if page is not None:
            return page
    return edit(
        request,
        form,
        lambda said: steps.change_step(
            step,
            said.values,
            seen=said.cleaned_data["seen"],
            by=me(request),
            trips=said.cleaned_data["trips"],
            how=How(how.cleaned_data["how"]) if how.is_bound else How.EVERYONE,
        ),
        back=_back(cycle),
        title=step.title,
        label=cycle.name,
        text=_("Before a change is saved, you’ll see which students it affects."),
        remove=reverse("travel:checklist-step-remove", kwargs={"code": cycle.code, "key": key}),
    )


def _weigh(request: HttpRequest, step: ChecklistStep, form: StepForm, how: HowForm) -> HttpResponse | None:
    """The page that says whom the change affects; None if it affects nobody, or can't be made."""
    values, trips = form.values, form.cleaned_data["trips"]
    if not rows.differing(step, values) and set(trips) == set(step.trips.all()):
        return None
    try:
        step_change.check_order(step.cycle, values, step)
    except RuleViolation:
        return None  # the form says so
    effect = step_change.effect_of(step, values, trips)
    if not effect.students and not effect.loses:
        return None
    context = {
        "cycle": step.cycle,
        "step": step,
        "effect": effect,
        "moves": effect.moves[:MOVES_SHOWN],
        "more": max(0, len(effect.moves) - MOVES_SHOWN),
        "how": how,
        "given": [(name, value) for name, found in request.POST.lists() if name in form.fields for value in found],
    }
    return render(request, "travel/office/checklist_step_change.html", context)


@require_POST
def checklist_step_move(request: HttpRequest, code: str, key: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    step = get_object_or_404(cycle.checklist_steps.in_use().select_related("cycle"), key=key)
    steps.move_step(step, up=request.POST.get("to") == "up", by=me(request))
    return redirect(f"{_back(cycle)[0]}#step-{key}")


@require_POST
def checklist_step_remove(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Asks first if students have the step."""
    cycle = cycle_of(request, code)
    step = cycle.checklist_steps.in_use().select_related("cycle").filter(key=key).first()
    if step is None:  # a second tap
        messages.info(request, BEFORE)
        return redirect(_back(cycle)[0])
    items = step.items.order_by()
    if items.exists() and "sure" not in request.POST:
        done = items.filter(done_at__isnull=False).count()
        context = {"cycle": cycle, "step": step, "done": done, "open": items.open().count()}
        return render(request, "travel/office/checklist_step_remove.html", context)
    with rule_message(request, success=_("Removed.")):
        steps.remove_step(step, by=me(request))
    return redirect(_back(cycle)[0])


@require_safe
def checklist_preview(request: HttpRequest, code: str) -> HttpResponse:
    """The list of one student who leaves on a chosen day, with every date."""
    cycle = cycle_of(request, code)
    first = cycle.trips.select_related("city").first()
    start = {"trip": first.code, "leaves_on": first.leaves_on} if first else {}
    form = PreviewForm(request.GET or start, cycle=cycle)
    found = None
    if form.is_valid():
        said = form.cleaned_data
        found = preview.preview(cycle, said["trip"], said["leaves_on"], is_minor=said["is_minor"])
    context = {"form": form, "found": found, "today": timezone.localdate(), "label": cycle.name}
    return render(request, "travel/office/checklist_preview.html", frame(cycle, PREPARATION) | context)


# --- Prompts ----------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def reflection_prompt_add(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    there = list(cycle.reflection_prompts.all())
    form = PromptForm(request.POST or None, initial={"order": _next(there)}, cycle=cycle)

    def add(said: PromptForm) -> ReflectionPrompt:
        values = _with_key(said.values, "text_en", there)
        return reflection.add_prompt(cycle, values, trips=said.cleaned_data["trips"], by=me(request))

    return edit(request, form, add, back=_back(cycle), title=_("New prompt"), label=cycle.name)


@require_http_methods(["GET", "POST"])
def reflection_prompt_edit(request: HttpRequest, code: str, key: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    prompt = get_object_or_404(cycle.reflection_prompts, key=key)
    form = PromptForm(request.POST or None, initial=PromptForm.initial_of(prompt), cycle=cycle)

    def change(said: PromptForm) -> ReflectionPrompt:
        words = said.cleaned_data
        return reflection.change_prompt(prompt, said.values, trips=words["trips"], seen=words["seen"], by=me(request))

    return edit(
        request,
        form,
        change,
        back=_back(cycle),
        title=prompt.text,
        label=cycle.name,
        remove=reverse("travel:reflection-prompt-remove", kwargs={"code": cycle.code, "key": key}),
    )


@require_POST
def reflection_prompt_remove(request: HttpRequest, code: str, key: str) -> HttpResponse:
    return _remove(request, code, key, ReflectionPrompt, reflection.remove_prompt)


@require_safe
def reflection_prompt_preview(request: HttpRequest, code: str) -> HttpResponse:
    """The prompts as the students of one trip see them, with their days."""
    cycle = cycle_of(request, code)
    first = cycle.trips.first()
    form = TripPreviewForm(request.GET or ({"trip": first.code} if first else {}), cycle=cycle)
    shown = []
    if form.is_valid():
        trip = form.cleaned_data["trip"]
        for prompt in ReflectionPrompt.objects.of_trip(trip):
            answer = ReflectionForm(prompt=prompt, auto_id=f"{prompt.key}_%s")
            boxes = [answer[name] for name in prompt.questions]
            shown.append(
                {"prompt": prompt, "opens_on": prompt.opens_on(trip), "due_on": prompt.due_on(trip), "boxes": boxes}
            )
    context = {"form": form, "shown": shown, "label": cycle.name}
    return render(request, "travel/office/prompt_preview.html", frame(cycle, PREPARATION) | context)


def _remove(request: HttpRequest, code: str, key: str, model: Any, act: Callable[..., None]) -> HttpResponse:
    cycle = cycle_of(request, code)
    row = model.objects.filter(cycle=cycle, key=key).first()
    with rule_message(request, success=_("Removed.")):
        if row is not None:  # otherwise a second tap
            act(row, by=me(request))
    return redirect(_back(cycle)[0])


def _next(there: list[Any]) -> int:
    return max((row.order for row in there), default=0) + 1


def _with_key(values: dict[str, Any], title: str, there: list[Any]) -> dict[str, Any]:
    """The values with the key of the same row, if this is a second tap, or with a new one."""
    same = next((row for row in there if not rows.differing(row, values)), None)
    key = same.key if same else key_from(values[title], {row.key for row in there})
    return {**values, "key": key}

"""Views of a cycle's eligibility rules and rubric for coordinators."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.base import form_changes
from applications.cycle.actions import criteria as actions
from applications.cycle.forms.setup_criteria import CriterionForm, InterviewCriterionForm, RuleForm
from applications.cycle.views.setup import address, cycle_of, frame
from applications.models import Cycle, EligibilityRule, Question, RubricCriterion
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, rule_message

Kind = RubricCriterion.Kind


def _questions(cycle: Cycle) -> list[Question]:
    """The questions of the unpublished form version, else of the published one."""
    form = form_changes.draft_form(cycle) or form_changes.current_form(cycle)
    return form_changes.questions_of(form) if form else []


# --- Who can apply ----------------------------------------------------------------------------------


@require_safe
def rule_list(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    labels = {question.key: question.label for question in _questions(cycle)}
    rules = list(cycle.rules.all())
    context = {
        "rows": [
            {
                "rule": rule,
                "question": labels.get(rule.question_key, ""),
                "is_first": place == 0,
                "is_last": place == len(rules) - 1,
            }
            for place, rule in enumerate(rules)
        ]
    }
    return render(request, "applications/cycle/setup_rules.html", frame(cycle, "rules") | context)


@require_http_methods(["GET", "POST"])
def rule_add(request: HttpRequest, code: str) -> HttpResponse:
    return _rule_page(request, cycle_of(request, code), None)


@require_http_methods(["GET", "POST"])
def rule_edit(request: HttpRequest, code: str, key: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    return _rule_page(request, cycle, get_object_or_404(cycle.rules, key=key))


def _rule_page(request: HttpRequest, cycle: Cycle, rule: EligibilityRule | None) -> HttpResponse:
    questions = _questions(cycle)
    initial = RuleForm.initial_of(rule, questions) | {"seen": actions.rule_fingerprint(rule)} if rule else {}
    form = RuleForm(request.POST or None, questions=questions, kept=rule.question_key if rule else "", initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            actions.save_rule(
                cycle, form.values, key=rule.key if rule else "", seen=form.cleaned_data["seen"], by=me(request)
            )
            messages.success(request, _("Saved."))
            return redirect(address("rules", cycle))
    return render(request, "applications/cycle/setup_rule.html", frame(cycle, "rules") | {"form": form, "rule": rule})


@require_POST
def rule_move(request: HttpRequest, code: str, key: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request):
        actions.move_rule(cycle, key, up=request.POST.get("to") == "up", by=me(request))
    return redirect(address("rules", cycle))


@require_POST
def rule_remove(request: HttpRequest, code: str, key: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request):
        actions.remove_rule(cycle, key, by=me(request))
    return redirect(address("rules", cycle))


# --- What readers score -----------------------------------------------------------------------------


@require_safe
def rubric(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    every = list(cycle.all_criteria.prefetch_related("levels"))
    parts = [_part(cycle, every, Kind.READING)]
    if cycle.has_interviews or any(each.kind == Kind.INTERVIEW for each in every):
        parts.append(_part(cycle, every, Kind.INTERVIEW))
    context = {"versions": cycle.rubric_versions.all(), "parts": parts}
    return render(request, "applications/cycle/setup_rubric.html", frame(cycle, "rubric") | context)


def _part(cycle: Cycle, every: list[RubricCriterion], kind: Kind) -> dict[str, Any]:
    """The readers' rubric, or the interviews' own."""
    labels = {question.key: question.label for question in _questions(cycle)}
    criteria = [each for each in every if each.kind == kind]
    return {
        "kind": kind,
        "is_used": actions.scoring_began(cycle, kind),
        "rows": [
            {
                "criterion": criterion,
                "levels": criterion.levels.all(),
                "question": criterion.ask or labels.get(criterion.question_key, ""),
                "is_first": place == 0,
                "is_last": place == len(criteria) - 1,
            }
            for place, criterion in enumerate(criteria)
        ],
    }


@require_http_methods(["GET", "POST"])
def criterion_add(request: HttpRequest, code: str) -> HttpResponse:
    """`kind`: interview, else a criterion of readers."""
    kind = Kind.INTERVIEW if request.GET.get("kind") == Kind.INTERVIEW else Kind.READING
    return _criterion_page(request, cycle_of(request, code), None, kind)


@require_http_methods(["GET", "POST"])
def criterion_edit(request: HttpRequest, code: str, key: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    criterion = cycle.all_criteria.filter(key=key).prefetch_related("levels").first()
    if criterion is None:
        raise Http404
    return _criterion_page(request, cycle, criterion, Kind(criterion.kind))


def _criterion_page(request: HttpRequest, cycle: Cycle, criterion: RubricCriterion | None, kind: Kind) -> HttpResponse:
    is_used = actions.scoring_began(cycle, kind)
    if is_used and criterion is None and request.method == "GET":
        with rule_message(request):
            actions.check_shape_may_change(cycle, kind)
        return redirect(address("rubric", cycle))
    initial = (
        CriterionForm.initial_of(criterion) | {"seen": actions.criterion_fingerprint(criterion)} if criterion else {}
    )
    form = (InterviewCriterionForm if kind == Kind.INTERVIEW else CriterionForm)(
        request.POST or None,
        questions=_questions(cycle),
        kept=criterion.question_key if criterion else "",
        is_used=is_used,
        initial=initial,
    )
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            actions.save_criterion(
                cycle,
                form.values,
                levels=form.levels,
                samples=form.samples,
                kind=kind,
                reason=form.cleaned_data.get("reason", ""),
                key=criterion.key if criterion else "",
                seen=form.cleaned_data["seen"],
                by=me(request),
            )
            messages.success(request, _("Saved."))
            return redirect(address("rubric", cycle))
    context = {"form": form, "criterion": criterion, "is_used": is_used, "kind": kind}
    return render(request, "applications/cycle/setup_criterion.html", frame(cycle, "rubric") | context)


@require_POST
def criterion_move(request: HttpRequest, code: str, key: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request):
        actions.move_criterion(cycle, key, up=request.POST.get("to") == "up", by=me(request))
    return redirect(address("rubric", cycle))


@require_POST
def criterion_remove(request: HttpRequest, code: str, key: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request):
        actions.remove_criterion(cycle, key, by=me(request))
    return redirect(address("rubric", cycle))

"""A cycle's rules of money, under Set up: added as drafts, published, stopped."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from applications.cycle.actions.form_edit import key_from
from applications.cycle.views.setup import cycle_of
from applications.models import Cycle
from exchange.base.errors import RuleViolation
from exchange.web.shortcuts import me, rule_message
from travel.base import actions as rows
from travel.base.views import edit
from travel.models import MoneyRule
from travel.prepare.money import actions
from travel.prepare.money.forms import HowForm, MoneyRuleForm


def _back(cycle: Cycle) -> tuple[str, str]:
    return f"{reverse('travel:cycle-preparation', args=[cycle.code])}#money", _("Before and after the trip")


@require_http_methods(["GET", "POST"])
def money_rule_add(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    there = list(cycle.money_rules.all())
    form = MoneyRuleForm(request.POST or None, cycle=cycle, initial={"is_for_everyone": True, "days": 30})

    def add(said: MoneyRuleForm) -> MoneyRule:
        same = next((row for row in there if not rows.differing(row, said.values)), None)
        key = same.key if same else key_from(said.values["title_en"], {row.key for row in there})
        order = same.order if same else max((row.order for row in there), default=0) + 1
        values = {**said.values, "key": key, "order": order}
        return actions.add_rule(cycle, values, by=me(request), trips=said.cleaned_data["trips"])

    return edit(request, form, add, back=_back(cycle), title=_("New money for students"), label=cycle.name)


@require_http_methods(["GET", "POST"])
def money_rule_edit(request: HttpRequest, code: str, rule: str) -> HttpResponse:
    """A draft can change. Of a published one, only how it reaches the student."""
    cycle, row = _rule(request, code, rule)
    page: dict[str, Any] = {"back": _back(cycle), "title": row.title, "label": cycle.name}
    if row.retired_at is None:
        page["remove"] = reverse("travel:money-rule-remove", args=[cycle.code, row.code])
    if row.published_at:
        how = HowForm(request.POST or None, initial=HowForm.initial_of(row))
        text = _(
            "This was promised to students, so the amount stays. To pay a different amount, stop it and add a new one."
        )
        return edit(
            request,
            how,
            lambda said: actions.change_words(row, said.values, seen=said.cleaned_data["seen"], by=me(request)),
            text=text,
            **page,
        )
    form = MoneyRuleForm(request.POST or None, cycle=cycle, initial=MoneyRuleForm.initial_of(row))
    return edit(
        request,
        form,
        lambda said: actions.change_rule(
            row, said.values, seen=said.cleaned_data["seen"], by=me(request), trips=said.cleaned_data["trips"]
        ),
        **page,
    )


def _rule(request: HttpRequest, code: str, rule: str) -> tuple[Cycle, MoneyRule]:
    cycle = cycle_of(request, code)
    return cycle, get_object_or_404(cycle.money_rules.prefetch_related("trips"), code=rule)


@require_POST
def money_rule_publish(request: HttpRequest, code: str, rule: str) -> HttpResponse:
    cycle, row = _rule(request, code, rule)
    try:
        count = actions.publish_rule(row, by=me(request))
    except RuleViolation as violation:
        messages.error(request, violation.message)
    else:
        text = ngettext(
            "Promised to %(count)s student, and to everyone placed later.",
            "Promised to %(count)s students, and to everyone placed later.",
            count,
        )
        if row.is_voucher:
            text = _("Promised. Students read it wherever they see this fee.")
        elif not row.is_for_everyone:
            text = _("Ready. Give it to students on the trip’s page.")
        messages.success(request, text % {"count": count})
    return redirect(_back(cycle)[0])


@require_POST
def money_rule_remove(request: HttpRequest, code: str, rule: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    row = cycle.money_rules.filter(code=rule).first()
    done = _("Removed. What was promised stays promised.")
    if row and row.is_voucher:
        done = _(
            "Removed. Vouchers that students already have stay theirs. Students who read about it and don’t have"
            " one see on their money page that it was stopped."
        )
    with rule_message(request, success=done):
        if row is not None:  # otherwise a second tap
            actions.remove_rule(row, by=me(request))
    return redirect(_back(cycle)[0])

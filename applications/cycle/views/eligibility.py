"""The page "Can I apply?": the cycle's eligibility rules as questions, without an account. No answer is stored."""

from datetime import date

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from applications import permissions
from applications.apply.access import own_application
from applications.base import conditions, costs, eligibility
from applications.base.conditions import Condition
from applications.base.typed_dates import read_date
from applications.cycle.forms.eligibility import EligibilityForm
from applications.cycle.views.cycle import last_time_of, stage_of
from applications.models import Cycle, EligibilityRule
from exchange.models import College

Result = eligibility.Result


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])  # answers by POST, because servers log query strings
def cycle_eligibility(request: HttpRequest, code: str) -> HttpResponse:
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    rules = [rule for rule in cycle.rules.all() if rule.ask]
    mine = own_application(request, cycle)
    # without any field, as from a bookmarklet or a robot, it is as if nothing was answered
    form = EligibilityForm(cycle, rules, request.POST if request.method == "POST" else None)
    results: list[dict[str, object]] = []
    if request.method == "POST":
        form.is_valid()  # an invalid choice counts as no answer
        results = [_result(cycle, each, form) for each in conditions.judge(cycle, form.values) if each.rule.ask]
    flagged = [each for each in results if each["result"] != Result.MEETS]
    context = {
        "cycle": cycle,
        "form": form,
        "rows": form.rows,
        "leaves_on": _leaves_on(rules),
        "results": results,
        "flagged": flagged,
        "met": [each for each in results if each["result"] == Result.MEETS],
        "overall": _overall(results, flagged),
        "not_asked": [rule for rule in cycle.rules.all() if not rule.ask],
        "contact": _contact(form) if results else None,
        "covered": cycle.covered.splitlines(),
        "costs": costs.usual(cycle),
        "student_pays": cycle.student_pays.splitlines(),
        "mine": mine,
        "last_time": None if mine else last_time_of(request.user, cycle),
        "can_start": permissions.can_start(request.user),
        **stage_of(cycle),
    }
    return render(request, "applications/cycle/eligibility.html", context)


def _result(cycle: Cycle, condition: Condition, form: EligibilityForm) -> dict[str, object]:
    label, tone = _standing(condition)
    met = condition.result == Result.MEETS
    return {
        "rule": condition.rule,
        "label": label,
        "tone": tone,
        "result": condition.result,
        "advice": "" if met else _advice(condition, form),
        "ask_href": "" if met else _ask(cycle, condition),
    }


def _standing(condition: Condition) -> tuple[str, str]:
    """What the student reads beside the rule, and its tone."""
    if condition.result == Result.MEETS:
        return _("You meet this"), "good"
    if condition.result == Result.DOES_NOT_MEET:
        return _("Not yet"), "stop"
    return (_("Ask an advisor") if condition.is_clear else _("Not sure yet")), "wait"


def _advice(condition: Condition, form: EligibilityForm) -> str:
    """What to do. Somebody who isn't sure is told how to find out, never what to change."""
    rule = condition.rule
    if condition.is_clear:
        exceptions = _("An advisor can tell you if an exception fits you.")
        may_fit = condition.result == Result.ASK_AN_ADVISOR
        return " ".join(text for text in (str(rule.change), exceptions if may_fit else "") if text)
    if problem := form.problems.get(rule.key):
        return problem
    return str(rule.unsure) or _("That’s fine. An advisor can help you find out.")


def _ask(cycle: Cycle, condition: Condition) -> str:
    """The address to ask an advisor about the rule, which needs an account."""
    return f"{reverse('applications:thread-new')}?{urlencode({'cycle': cycle.code, 'about': condition.rule.key})}"


def _overall(results: list[dict[str, object]], flagged: list[dict[str, object]]) -> dict[str, str]:
    if not results:
        return {}
    if not flagged:
        return {"title": _("You can apply."), "text": _("You meet every rule we ask about here."), "tone": "good"}
    title = ngettext(
        "%(count)s of %(total)s rules needs another look.",
        "%(count)s of %(total)s rules need another look.",
        len(flagged),
    ) % {"count": len(flagged), "total": len(results)}
    text = _(
        "This isn’t a no. See what each one means and what you can do. A person reads every application, and no"
        " computer turns anyone away."
    )
    return {"title": title, "text": text, "tone": "wait"}


def _leaves_on(rules: list[EligibilityRule]) -> date | None:
    """The first departure, from the value of the rule about age."""
    days = (read_date(rule.value.get("on")) for rule in rules if isinstance(rule.value, dict))
    return next((day for day in days if day), None)


def _contact(form: EligibilityForm) -> College | None:
    """The chosen college, if it has named an advisor to write to."""
    code = form.values.get("college")
    if not isinstance(code, str) or not code:
        return None
    rows = College.objects.select_related("named_advisor").filter(named_advisor__is_active=True)
    return rows.filter(code=code).first()

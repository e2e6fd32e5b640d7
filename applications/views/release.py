"""The committee looks at what a release would say, and releases."""

from collections import Counter

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from applications import permissions, ranking, results
from applications.actions import releasing
from applications.models import Cycle, Decision
from applications.states import RESULTS, TONES, Status
from applications.views.selection import list_of
from exchange.web import page_of, require, rule_message


@require_safe
def selection_preview(request, code: str) -> HttpResponse:
    """Exactly who gets what, and the message each will get, before anything happens."""
    require(permissions.can_decide(request.user))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    plan = releasing.plan_release(cycle)
    page = page_of(plan.decisions, request)
    counts = Counter(decision.result for decision in plan.decisions)
    taken = ranking.counts_of(cycle).taken
    context = {
        "cycle": cycle,
        "plan": plan,
        "counts": [{"label": status.label, "count": counts[status], "tone": TONES[status]} for status in RESULTS],
        "over": max(0, taken - cycle.seats) if cycle.seats else 0,
        "page_obj": page,
        "rows": [
            {
                "decision": decision,
                "tone": TONES[Status(decision.result)],
                "messages": releasing.preview_message(decision, plan.answer_by),
                "page_says": _page_says(decision),
            }
            for decision in page
        ],
        "list_href": list_of(cycle),
    }
    return render(request, "applications/selection/selection_preview.html", context)


def _page_says(decision: Decision) -> str:
    """The first words of the student's page after the release, in their language."""
    with translation.override(decision.application.student.language):
        return str(results.HEADINGS[Status(decision.result)])


@require_POST
def selection_release(request, code: str) -> HttpResponse:
    require(permissions.can_decide(request.user))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    with rule_message(request):
        told = len(releasing.release(cycle, by=request.user, fingerprint=request.POST.get("fingerprint", "")).decisions)
        messages.success(request, _released(told))
        return redirect(list_of(cycle))
    return redirect("applications:selection-preview", code=cycle.code)


def _released(told: int) -> str:
    if not told:
        return _("There was nothing left to release. Nobody was told twice.")
    return ngettext("Released: %(count)s student was told.", "Released: %(count)s students were told.", told) % {
        "count": told
    }

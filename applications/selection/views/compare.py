"""The page with two candidates side by side."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from applications import permissions
from applications.base import answers
from applications.base.opening import What, opened
from applications.base.sections import REFEREE_SECTION
from applications.endorse.views.endorsement import ENDORSEMENT_TONES
from applications.interview import interviews
from applications.models import Application, Cycle
from applications.scores import comparing
from applications.selection import ranking
from applications.selection.board import most_points
from applications.selection.views.notes import notes_of
from applications.selection.views.selection import scored
from applications.states import TONES
from exchange.reference import facts
from exchange.web.shortcuts import me, require


@require_safe
def selection_compare(request: HttpRequest, code: str) -> HttpResponse:
    """`a` and `b`, or the first two ticked rows of the list, by code."""
    require(permissions.can_decide(me(request)))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    asked = [*request.GET.getlist("applications"), request.GET.get("a"), request.GET.get("b")]
    codes = list(dict.fromkeys(each for each in asked if each))[:2]
    sent = Application.objects.visible_to(me(request)).in_the_cycle()
    rows = ranking.with_committee_facts(sent.filter(cycle=cycle, code__in=codes), me(request))
    found = {row.code: row for row in rows}
    chosen = [found[code] for code in codes if code in found]
    require(not any(permissions.is_own(me(request), row) for row in chosen))
    for row in chosen:
        opened(request, row, What.DECISION)
    if len(chosen) < 2:
        messages.error(request, _("Choose two candidates in this cycle to compare side by side."))
        return redirect(_list_of(cycle))
    compared = comparing.compare(cycle, facts.numbers(*comparing.FACTS))
    standings = interviews.standings_of(chosen)
    sides = [_side(request, row, compared) | {"standing": standings.get(row.pk)} for row in chosen]
    context = {
        "cycle": cycle,
        "sides": sides,
        "compared": compared,
        "rows": _by_question(sides),
        "tones": TONES,
        "list_href": _list_of(cycle),
        "swap_query": f"a={chosen[1].code}&b={chosen[0].code}",
        "here": request.get_full_path(),
        "most": most_points(cycle),
        "has_interviews": any(side["interviews"] for side in sides),
        "endorsement_tones": ENDORSEMENT_TONES,
    }
    return render(request, "applications/selection/compare.html", context)


def _list_of(cycle: Cycle) -> str:
    return f"{reverse('applications:selection-list')}?cycle={cycle.code}"


def _side(request: HttpRequest, application: Any, compared: comparing.Comparison) -> dict[str, Any]:
    """One candidate. `application`: Any, because it has the annotations of `with_committee_facts`."""
    is_open = application.own_reading_open
    return {
        "application": application,
        **scored(application),
        "compared": None if is_open else compared.of(application.pk),
        "decision": application.all_decisions[0] if application.all_decisions else None,
        "answers": _for_readers(application),
        "language": application.answer_language,
        **notes_of(me(request), application),
    }


def _for_readers(application: Application) -> list[answers.Item]:
    """The answers that readers may see: answers for the office only are not compared."""
    return [
        item
        for part in answers.parts_of(application)
        if part.key != REFEREE_SECTION
        for item in part.items
        if item.question.audience == "readers" and item.is_answered
    ]


def _by_question(sides: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each question once, in the order of the form, with each candidate's answer, or None."""
    said = [{item.key: item for item in side["answers"]} for side in sides]
    labels = {key: item.question.label for answered in said for key, item in answered.items()}
    return [
        {
            "key": key,
            "label": label,
            "items": [(side, answered.get(key)) for side, answered in zip(sides, said, strict=True)],
        }
        for key, label in labels.items()
    ]

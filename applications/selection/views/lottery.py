"""Pages of lotteries: the office's pages, and the public page and file with which anyone can check a draw."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from applications import permissions
from applications.models import Cycle, Lottery
from applications.selection import zones
from applications.selection.actions import lottery as actions
from applications.selection.forms.lottery import CallOffForm, CorrectionForm, PublicDrawForm, ResultForm, ZoneForm
from applications.selection.scores_file import with_the_student
from applications.states import Status
from exchange.templatetags.ui import clock, day_year
from exchange.web.shortcuts import me, require, rule_message

STAGE_TONES = {
    Lottery.Stage.ANNOUNCED: "wait",
    Lottery.Stage.COMMITTED: "now",
    Lottery.Stage.DRAWN: "good",
    Lottery.Stage.PUBLISHED: "good",
    Lottery.Stage.CALLED_OFF: "stop",
}
ANNOUNCED, COMMITTED, DRAWN, PUBLISHED, CALLED_OFF = Lottery.Stage
# Applications in these states keep their place and take no seat
OUT = (Status.WITHDRAWN, Status.DECLINED, Status.RETURNED)


# --- The committee ----------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def selection_lottery(request: HttpRequest, code: str) -> HttpResponse:
    """The lotteries of one cycle. POST announces one, or changes the zone until its fingerprint is public."""
    require(permissions.can_decide(me(request)))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    lotteries = list(Lottery.objects.visible_to(me(request)).filter(cycle=cycle))
    running = next((each for each in lotteries if each.stage in (ANNOUNCED, COMMITTED)), None)
    own_open = actions.own_open(cycle, me(request))
    # people with open readings see no seat line, because it would tell the others' scores
    close = None if own_open else zones.close_now(cycle)
    form = ZoneForm(request.POST or None, initial=_zone_of(running) or zones.proposal(cycle, close))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        with rule_message(request, success=_("Announced. Check who’s in it, then publish the fingerprint.")):
            return redirect(
                actions.announce(
                    cycle,
                    low=said["score_from"],
                    high=said["score_to"],
                    seats=said["seats"],
                    reason=said["reason"],
                    by=me(request),
                )
            )
    context = {
        "cycle": cycle,
        "lotteries": [{"row": each, "tone": STAGE_TONES[each.stage]} for each in lotteries],
        "running": running,
        "own_open": actions.labels_of(own_open),
        "close": close,
        "form": None if own_open or (running and running.committed_at) else form,
    }
    return render(request, "applications/selection/lottery_list.html", context)


def _zone_of(lottery: Lottery | None) -> dict[str, object] | None:
    fields = ("kind", "score_from", "score_to", "seats", "reason")
    return {field: getattr(lottery, field) for field in fields} if lottery else None


@require_http_methods(["GET", "POST"])
def selection_lottery_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One lottery, with names. POST: `act` is commit, draw, correct, publish or call_off."""
    lottery = _for_the_committee(request, code)
    forms: dict[str, Form] = {
        "commit": PublicDrawForm(),
        "draw": ResultForm(),
        "correct": CorrectionForm(),
        "call_off": CallOffForm(),
    }
    act = request.POST.get("act", "")
    if request.method == "POST":
        if act in forms:
            forms[act] = type(forms[act])(request.POST)
        if act not in forms or forms[act].is_valid():
            _act(request, lottery, act, forms)
            return redirect(lottery)
    context = {
        "lottery": lottery,
        "cycle": lottery.cycle,
        "stage": lottery.stage,
        "tone": STAGE_TONES[lottery.stage],
        "rows": _rows(lottery),
        "facts": _facts(lottery),
        "untold": actions.untold(lottery) if lottery.stage == DRAWN else 0,
        "back": _back(lottery) if lottery.stage == DRAWN else "",
        "forms": forms,
        "can_correct": lottery.stage == DRAWN and bool(lottery.public_draw) and not actions.is_told(lottery),
        "public_href": request.build_absolute_uri(public_address(lottery)),
    }
    return render(request, "applications/selection/lottery_detail.html", context)


def _back(lottery: Lottery) -> str:
    count = actions.back_with_students(lottery)
    return with_the_student(count) if count else ""


def _for_the_committee(request: HttpRequest, code: str) -> Lottery:
    """The lottery. 403 for all but the office, and for office staff who are an entry or must still read one, because
    the zone tells the scores."""
    require(permissions.can_decide(me(request)))
    lotteries = Lottery.objects.visible_to(me(request)).select_related("cycle", "announced_by")
    lottery = get_object_or_404(lotteries, code=code)
    entries = actions.entries_of(lottery)
    require(not entries.filter(student=me(request)).exists())
    require(not entries.filter(assignments__in=actions.own_open(lottery.cycle, me(request))).exists())
    return lottery


def _act(request: HttpRequest, lottery: Lottery, act: str, forms: Mapping[str, Form]) -> None:
    typed = forms[act].cleaned_data if act in forms else {}
    if act == "commit":
        with rule_message(request, success=_("The fingerprint is public. Nothing in this lottery can be changed now.")):
            actions.commit(lottery, public_draw=typed["public_draw"], on=typed["public_draw_on"], by=me(request))
    elif act == "draw":
        with rule_message(request, success=_("Drawn. This is the order. You still decide each result.")):
            actions.draw(lottery, result=typed["result"], by=me(request))
    elif act == "correct":
        with rule_message(request, success=_("Corrected. This is the order now. What was typed before stays public.")):
            actions.correct(lottery, result=typed["result"], reason=typed["reason"], by=me(request))
    elif act == "publish":
        with rule_message(request, success=_("Published. Anyone can check the draw now.")):
            actions.publish(lottery, by=me(request))
    elif act == "call_off":
        with rule_message(request, success=_("Lottery canceled.")):
            actions.call_off(lottery, reason=typed["reason"], by=me(request))


def _rows(lottery: Lottery) -> list[dict[str, Any]]:
    """The entries, in the order of the draw once there is one. The first of those still in the running are within the
    seats."""
    people = actions.entries_of(lottery).select_related("student", "college")
    applications = {each.code: each for each in people}
    rows, taken = [], 0
    for place, code in enumerate((lottery.order or lottery.entries).split(), start=1):
        application = applications.get(code)
        is_in = application is not None and application.status not in OUT
        taken += is_in
        rows.append(
            {
                "code": code,
                "application": application,
                "place": place if lottery.drawn_at else None,
                "has_seat": bool(lottery.drawn_at) and is_in and taken <= lottery.seats,
            }
        )
    return rows


def _facts(lottery: Lottery) -> list[dict[str, object]]:
    """Facts that are public at every stage: no codes."""
    facts: list[dict[str, object]] = [
        *_who_is_in(lottery),
        {"label": _("Candidates"), "value": len(lottery.entries.split())},
        {"label": _("Spots"), "value": lottery.seats},
        {"label": _("Why it’s a tie"), "value": lottery.reason},
        *_public_draw(lottery),
    ]
    steps = [
        (_("Announced"), lottery.announced_at),
        (_("Fingerprint published"), lottery.committed_at),
        (_("Result entered"), lottery.drawn_at),
        (_("List published"), lottery.published_at),
        (_("Canceled"), lottery.called_off_at),
    ]
    facts += [{"label": label, "value": f"{day_year(at)}, {clock(at)}"} for label, at in steps if at]
    if lottery.called_off_at:
        facts.append({"label": _("Why it was canceled"), "value": lottery.called_off_reason})
    return facts


def _public_draw(lottery: Lottery) -> list[dict[str, object]]:
    facts: list[dict[str, object]] = []
    if lottery.public_draw_on:
        facts += [
            {"label": _("Public draw"), "value": lottery.public_draw},
            {"label": _("Day of the draw"), "value": day_year(lottery.public_draw_on)},
        ]
    if lottery.result:
        facts.append({"label": _("Result"), "value": lottery.result})
    if lottery.former_results:
        former = ", ".join(lottery.former_results.split())
        facts.append({"label": _("Typed before a correction"), "value": former})
    return facts


def _who_is_in(lottery: Lottery) -> list[dict[str, object]]:
    """The rule of the zone in words; the same text is part of the hash."""
    if lottery.score_from is not None and lottery.score_to is not None:
        return [{"label": _("Average scores"), "value": _scores(lottery.score_from, lottery.score_to)}]
    terms = lottery.terms
    score = _("adjusted score") if terms["score"] == "adjusted" else _("raw average score")
    return [
        {
            "label": _("Who’s in it"),
            "value": _("Candidates too close to call: the range around their score includes the cutoff"),
        },
        {
            "label": _("Score that counts"),
            "value": _("%(score)s; the range contains the true score in %(percent)s of 100 cases")
            % {"score": score, "percent": terms["percent"]},
        },
        {"label": _("Cutoff score"), "value": _("%(line)s points") % {"line": terms["line"]}},
        {"label": _("Too close to call in the whole cycle"), "value": terms["marked"]},
    ]


def _scores(low: Decimal, high: Decimal) -> str:
    if low == high:
        return _("exactly %(score)s") % {"score": low}
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


# --- Public -----------------------------------------------------------------------------------------


def public_address(lottery: Lottery) -> str:
    return reverse("applications:lottery-public", kwargs={"code": lottery.code})


@login_not_required
@require_safe
def lottery_public(request: HttpRequest, code: str) -> HttpResponse:
    """The public page: the hash and the public draw at first; the codes only once every candidate has been told."""
    visible = Lottery.objects.visible_to(request.user)
    lottery = get_object_or_404(visible.select_related("cycle"), code=code)
    # all whose fingerprint was public, so that none can be hidden
    others = visible.filter(cycle=lottery.cycle, committed_at__isnull=False).exclude(pk=lottery.pk)
    context = {
        "lottery": lottery,
        "cycle": lottery.cycle,
        "stage": lottery.stage,
        "tone": STAGE_TONES[lottery.stage],
        "facts": _facts(lottery),
        "order": lottery.order.split() if lottery.published_at else [],
        "others": [{"row": each, "tone": STAGE_TONES[each.stage], "href": public_address(each)} for each in others],
    }
    return render(request, "applications/selection/lottery_public.html", context)


@login_not_required
@require_safe
def lottery_file(request: HttpRequest, code: str) -> HttpResponse:
    """The list as it was frozen, codes only: public once it is published, before that for the office."""
    lottery = get_object_or_404(Lottery.objects.visible_to(request.user), code=code)
    require(permissions.can_open_entries(request.user, lottery))
    if not lottery.published_at:
        lottery = _for_the_committee(request, code)
    response = HttpResponse(lottery.draw.text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="lottery-{lottery.code}.txt"'
    return response

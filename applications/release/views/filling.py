"""Pages on which the office offers every open spot in one act, undoes that, and sees how far it has come."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.models import Application, Cycle, ScheduledRelease
from applications.release import promotions
from applications.release.actions import filling as actions
from applications.release.actions import scheduling
from applications.release.views.offer_office import office_of
from exchange.messages import batches, outbox
from exchange.models import Language, Message
from exchange.web.shortcuts import me, require, rule_message


@require_http_methods(["GET", "POST"])
def selection_fill(request: HttpRequest, code: str) -> HttpResponse:
    """GET shows everyone who gets an offer, with the message; `spots`: the first so many. POST confirms exactly that;
    `act=choose` shows those who are checked."""
    require(permissions.can_decide(me(request)))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    if request.method == "POST":
        return _choose(request, cycle) if request.POST.get("act") == "choose" else _confirm(request, cycle)
    waiting = scheduling.waiting_of(cycle, actions.KIND)
    if waiting:
        return redirect(scheduling.page_of(waiting))
    filling = actions.plan(cycle, most=_spots(request.GET.get("spots", "")))
    if not filling.proposals:
        return redirect(office_of(cycle))
    if any(row.student_id == me(request).pk for row in filling.people):
        messages.error(request, _("Your own application is one of these. Someone else has to do this."))
        return redirect(office_of(cycle))
    drafts = actions.drafts(filling)
    context = {
        "cycle": cycle,
        "filling": filling,
        "rows": _rows(filling, drafts),
        "languages": languages_of(filling.people),
        "unreachable": [row for row, some in zip(filling.people, drafts, strict=True) if not some],
        "too_late": _too_late(filling),
        "short": filling.free - len(filling.proposals) if filling.most is None else 0,
        "texts_wait": _texts_wait(drafts),
        "minutes": int(actions.HOLD.total_seconds() // 60),
        "back_href": office_of(cycle),
    }
    return render(request, "applications/release/selection_fill.html", context)


def _spots(typed: str) -> int | None:
    """How many spots to offer; None: every open one."""
    return int(typed) if re.fullmatch(r"[1-9]\d{0,3}", typed, re.ASCII) else None


def _choose(request: HttpRequest, cycle: Cycle) -> HttpResponse:
    page = reverse("applications:selection-fill", args=[cycle.code])
    with rule_message(request):
        count = actions.first_of(actions.plan(cycle), request.POST.getlist("who"))
        return redirect(f"{page}?spots={count}")
    return redirect(page)


def _confirm(request: HttpRequest, cycle: Cycle) -> HttpResponse:
    most = _spots(request.POST.get("spots", ""))
    with rule_message(request):
        seen = request.POST.get("seen", "")
        return redirect(scheduling.page_of(actions.confirm(cycle, seen=seen, most=most, by=me(request))))
    return redirect(request.get_full_path())


def _rows(filling: actions.Filling, drafts: Sequence[list[Message]]) -> list[dict[str, Any]]:
    outlooks = promotions.outlook_of(filling.people)
    return [
        {
            "proposal": proposal,
            "application": proposal.application,
            "outlook": outlooks.get(proposal.application.pk),
            "messages": some,
            "replaces": filling.templates[proposal.application.pk] != "applications/offer_from_waitlist",
        }
        for proposal, some in zip(filling.proposals, drafts, strict=True)
    ]


def _too_late(filling: actions.Filling) -> list[Application]:
    """Students for whom the last safe day of every possible trip has passed."""
    outlooks = promotions.outlook_of(filling.people)
    late = {pk for pk, outlook in outlooks.items() if outlook.days and all(day.is_past for day in outlook.days)}
    return [row for row in filling.people if row.pk in late]


def _texts_wait(drafts: Sequence[list[Message]]) -> Any:
    """When quiet hours let the texts go, if there are any and they have to wait."""
    has_texts = any(message.channel == Message.Channel.TEXT for some in drafts for message in some)
    return outbox.by_day(timezone.now() + actions.HOLD) if has_texts else None


def languages_of(people: Sequence[Application]) -> list[str]:
    """How many read which language: "5 in English"."""
    counts = Counter(row.person.language for row in people)
    words = {Language.ENGLISH: _("%(count)s in English"), Language.SPANISH: _("%(count)s in Spanish")}
    return [words[language] % {"count": counts[language]} for language in Language if counts[language]]


@require_safe
def selection_filled(request: HttpRequest, code: str) -> HttpResponse:
    """What was confirmed: until it goes with its undo, then how far the messages have come, or why it didn't go."""
    require(permissions.can_decide(me(request)))
    found = ScheduledRelease.objects.visible_to(me(request)).filter(kind=actions.KIND)
    scheduled = get_object_or_404(found.select_related("cycle", "set_by", "canceled_by"), code=code)
    codes = scheduled.details["codes"]
    rows = Application.objects.visible_to(me(request)).filter(code__in=codes).select_related("student", "college")
    people = {row.code: row for row in rows}
    mail = batches.by_recipient(scheduled, [row.student_id for row in rows]) if scheduled.started_at else {}
    context = {
        "scheduled": scheduled,
        "cycle": scheduled.cycle,
        "count": len(codes),
        "rows": [
            {"application": people[each], "messages": mail.get(people[each].student_id, [])}
            for each in codes
            if each in people
        ],
        "batch": batches.batch_of(scheduled) if scheduled.started_at else None,
        "back_href": office_of(scheduled.cycle),
    }
    return render(request, "applications/release/selection_filled.html", context)


def filled_href(scheduled: ScheduledRelease) -> str:
    return reverse("applications:selection-filled", args=[scheduled.code])


@require_POST
def scheduled_cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Takes back a release of any kind before its first message."""
    found = ScheduledRelease.objects.visible_to(me(request)).select_related("cycle")
    require(permissions.can_decide(me(request)))
    scheduled = get_object_or_404(found, code=code)
    require(scheduling.is_allowed(me(request), scheduled.kind))
    with rule_message(request, _("Canceled. No one was told anything.")):
        scheduling.cancel(scheduled, by=me(request))
    return redirect(scheduling.page_of(scheduled))

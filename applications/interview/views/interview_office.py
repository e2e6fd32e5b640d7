"""Pages on which the office opens time slots, invites students, and sees where each interview stands."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.base import hidden_scores
from applications.interview import interviews, open_times
from applications.interview.actions import interview as actions
from applications.interview.actions import interview_slots as slot_actions
from applications.interview.forms import InviteForm, SlotForm, SlotRowForm
from applications.models import Application, Cycle, Interview, InterviewSlot
from exchange.models import User
from exchange.reference import facts
from exchange.templatetags.ui import zone_city
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message


def _cycle_of(request: HttpRequest, code: str) -> Cycle:
    """The cycle. 403 for everyone but a coordinator; 404 if the cycle has no interviews."""
    require(permissions.can_decide(me(request)))
    return get_object_or_404(Cycle.objects.visible_to(me(request)).filter(has_interviews=True), code=code)


def _home(cycle: Cycle) -> str:
    return reverse("applications:selection-interviews", kwargs={"code": cycle.code})


@require_safe
def interview_overview(request: HttpRequest, code: str) -> HttpResponse:
    cycle = _cycle_of(request, code)
    invited = (
        Interview.objects.visible_to(me(request))
        .filter(application__cycle=cycle)
        .select_related("application__student", "application__college", "slot")
        .prefetch_related("slot__interviewers")
        .order_by("slot__starts_at", "book_by", "pk")
    )
    owed = _owed(request, cycle)
    rows: list[dict[str, Any]] = [
        {
            "interview": each,
            "owed_by": owed.get(each.application_id, ()),
            "standing": interviews.standing_of(each),
            "can_settle": each.slot is not None and each.slot.has_begun and each.called_off_at is None,
            "seen": actions.mark_of(each),
            "can_call_off": each.called_off_at is None and not each.outcome,
            "is_overdue": interviews.is_overdue(each),
        }
        for each in invited
    ]
    slots = cycle.interview_slots.filter(called_off_at__isnull=True).select_related("interview__application__student")
    days = interviews.by_day(slots.prefetch_related("interviewers"))
    context = {
        "cycle": cycle,
        "rows": rows,
        "days": days,
        "gaps": open_times.gaps_of(cycle),
        "zone": zone_city(),
    }
    return render(request, "applications/interview/overview.html", context)


def _owed(request: HttpRequest, cycle: Cycle) -> dict[int, list[User]]:
    """By application, the interviewers who have not scored it. Where the signed-in person is one of them, the others
    are left out."""
    owed = interviews.unscored().filter(application__cycle=cycle).select_related("reader").order_by("reader__full_name")
    mine = {each.application_id for each in owed if each.reader == me(request)}
    found: dict[int, list[User]] = {}
    for each in owed:
        if each.application_id not in mine or each.reader == me(request):
            found.setdefault(each.application_id, []).append(each.reader)
    return found


@require_http_methods(["GET", "POST"])
def interview_plan(request: HttpRequest, code: str) -> HttpResponse:
    cycle = _cycle_of(request, code)
    form = SlotRowForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            slots = slot_actions.plan(cycle, starts=form.starts, **form.values, by=me(request))
            text = ngettext("%(count)s time is open.", "%(count)s times are open.", len(slots))
            messages.success(request, text % {"count": len(slots)})
            return redirect(_home(cycle))
    context = {"cycle": cycle, "form": form, "slot": None, "zone": zone_city()}
    return render(request, "applications/interview/slot.html", context)


@require_http_methods(["GET", "POST"])
def interview_slot(request: HttpRequest, code: str) -> HttpResponse:
    slot = _slot_of(request, code)
    form = SlotForm.of(slot, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            seen = form.cleaned_data["seen"]
            slot_actions.change(slot, starts_at=form.starts_at, **form.values, by=me(request), seen=seen)
            messages.success(request, _("Saved."))
            return redirect(_home(slot.cycle))
    booked = getattr(slot, "interview", None)
    context = {"cycle": slot.cycle, "form": form, "slot": slot, "booked": booked, "zone": zone_city()}
    return render(request, "applications/interview/slot.html", context)


@require_POST
def interview_slot_call_off(request: HttpRequest, code: str) -> HttpResponse:
    slot = _slot_of(request, code)
    with rule_message(request, _("Canceled. We’ll ask the student who booked it to book again.")):
        slot_actions.call_off(slot, by=me(request))
    return redirect(_home(slot.cycle))


def _slot_of(request: HttpRequest, code: str) -> InterviewSlot:
    require(permissions.can_decide(me(request)))
    cycles = Cycle.objects.visible_to(me(request)).filter(has_interviews=True)
    open_slots = InterviewSlot.objects.filter(cycle__in=cycles, called_off_at__isnull=True)
    slot = get_object_or_404(open_slots.select_related("cycle", "interview__application"), code=code)
    require(not hasattr(slot, "interview") or not permissions.is_own(me(request), slot.interview.application))
    return slot


@require_http_methods(["GET", "POST"])
def interview_invite(request: HttpRequest, code: str) -> HttpResponse:
    """GET: all who are in the running, highest mean first, with checkboxes. POST `applications` (codes): these, and who
    of them would have a time. With `book_on`, too: invites them."""
    cycle = _cycle_of(request, code)
    if "all" in request.POST:  # of the ranked list, where this is for rows that are checked
        messages.error(
            request, _("Only students you check can be invited. Uncheck “All on this list”, then check them.")
        )
        return redirect(f"{reverse('applications:selection-list')}?cycle={cycle.code}")
    running = interviews.candidates(cycle, me(request))
    ticked = set(request.POST.getlist("applications"))
    chosen = list(running.filter(code__in=ticked)) if ticked else []
    if len(chosen) < len(ticked):
        messages.warning(
            request, _("Some of those you selected are no longer being considered, so they aren’t listed.")
        )
    elif request.method == "POST" and not chosen:
        messages.error(request, _("Select the students you want to meet."))
    if chosen:
        return _invite_chosen(request, cycle, chosen)
    page = page_of(running, request, per_page=100)
    context = {"page_obj": page, "query": query_without_page(request), "waiting": len(open_times.waiting(cycle))}
    return render(request, "applications/interview/invite.html", context | _listed(request, cycle, page))


def _invite_chosen(request: HttpRequest, cycle: Cycle, chosen: list[Application]) -> HttpResponse:
    asked = [each for each in chosen if interviews.can_be_invited(getattr(each, "interview", None))]
    outlook = open_times.Outlook(cycle, asked)
    days = int(facts.number(interviews.BOOK_DAYS))
    last = outlook.last_day(timezone.localdate() + timedelta(days=days))
    form = InviteForm(request.POST if "book_on" in request.POST else None, initial={"book_on": last})
    if form.is_bound and form.is_valid():
        with rule_message(request):
            new = actions.invite(cycle, chosen, book_by=form.book_by, by=me(request))
            text = ngettext("%(count)s student was invited.", "%(count)s students were invited.", len(new))
            messages.success(request, text % {"count": len(new)})
            return redirect(_home(cycle))
    gone = {row.application.pk for row in outlook.without}
    listed = [each for each in chosen if each.pk not in gone]
    context = {
        "form": form,
        "chosen": chosen,
        "asked": len(asked),
        "having": len(asked) - len(outlook.without),
        "without": outlook.without,
        "is_too_soon": bool(asked) and last is None,
        "ticked": {each.code for each in listed},
    }
    return render(request, "applications/interview/invite.html", context | _listed(request, cycle, listed))


def _listed(request: HttpRequest, cycle: Cycle, applications: Sequence[Application]) -> dict[str, Any]:
    """What both steps show of each student, and of the times."""
    return {
        "cycle": cycle,
        "applications": applications,
        "hidden": hidden_scores.to_read(me(request), applications),
        "standings": interviews.standings_of(applications),
        "free": open_times.free_in(cycle).count(),
        "zone": zone_city(),
    }


@require_POST
def interview_call_off(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_decide(me(request)))
    interview = get_object_or_404(_all(request), code=code)
    with rule_message(request, _("Canceled. The student will be told, and the time is open again.")):
        actions.call_off(interview, by=me(request))
    return redirect(_home(interview.application.cycle))


def _all(request: HttpRequest) -> QuerySet[Interview]:
    visible = Interview.objects.visible_to(me(request)).filter(application__cycle__has_interviews=True)
    return visible.exclude(application__student=me(request)).select_related("application__cycle")

"""Pages for reserves: seats kept for groups, what they would change, and a proposal of results."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from applications import permissions
from applications.cycle.actions import levers as levers_setup
from applications.models import Cycle
from applications.scores import comparing
from applications.selection import committee, levers, ranking
from applications.selection.actions import committee as actions
from applications.selection.actions import proposal
from applications.selection.forms.committee import DraftForm, LeverForm, ReservesForm
from applications.selection.reserves import TooHardError
from exchange.reference import facts
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message


def _cycle(request: HttpRequest, code: str) -> Cycle:
    require(permissions.can_decide(me(request)))
    return get_object_or_404(Cycle.objects.public(), code=code)


@require_http_methods(["GET", "POST"])
def selection_reserves(request: HttpRequest, code: str) -> HttpResponse:
    """GET tries seats without saving anything; POST saves them, with a reason."""
    cycle = _cycle(request, code)
    names, saved = committee.Names(cycle), committee.saved_floors(cycle)
    saves = request.method == "POST"
    kept_now = _saved_data(cycle, saved)
    tried = request.POST if saves else {"seen": kept_now["seen"]} | request.GET.dict() if request.GET else kept_now
    form = ReservesForm(tried, groups=names.groups, seats=cycle.seats or 0, saved=kept_now, saves=saves)
    if form.is_valid() and saves:
        kept = [(group, form.floors[group.key]) for group in names.groups if group.key in form.floors]
        said, scores_by = form.cleaned_data, form.rule.basis
        with refusal_in(form):
            actions.save_reserves(
                cycle, kept, reason=said["reason"], scores_by=scores_by, seen=said["seen"], by=me(request)
            )
            messages.success(request, _("Saved. A draft of results will use these reserved spots."))
            return redirect("applications:selection-reserves", code=cycle.code)
    compared = comparing.compare(cycle, facts.numbers(*comparing.FACTS))
    context = {
        "cycle": cycle,
        "form": form,
        "rows": form.rows(districts=False),
        "districts": form.rows(districts=True),
        "has_levers": any(group.lever for group in names.groups),
        "compared": compared,
        "is_by_the_mean": form.rule.basis == committee.Basis.ADJUSTED and not compared.is_adjusted,
        "is_saved": form.is_valid() and form.floors == saved,
        "saved": saved,
        "standing": proposal.newest_of(cycle),
        **_outcome(request, cycle, form, compared, names),
    }
    context["draft_query"] = _draft_query(form) if context["is_saved"] else ""
    return render(request, "applications/selection/reserves.html", context)


def _saved_data(cycle: Cycle, saved: dict[str, int]) -> dict[str, object]:
    first = cycle.reserves.first()
    seen = actions.reserves_seen(cycle)
    return {**saved, "basis": cycle.scores_by, "reason": first.reason if first else "", "seen": seen}


def _draft_query(form: ReservesForm) -> str:
    minimum = form.cleaned_data.get("minimum")
    return f"basis={form.rule.basis}" + (f"&minimum={minimum}" if minimum is not None else "")


def _outcome(
    request: HttpRequest,
    cycle: Cycle,
    form: ReservesForm,
    compared: comparing.Comparison,
    names: committee.Names,
) -> dict[str, Any]:
    """Context with the result, or with the reason why there is none (`blocked`)."""
    if not cycle.seats:
        return {"blocked": _("This cycle doesn’t have a number of spots yet. Set it in the cycle’s setup first.")}
    if committee.hidden_count(cycle, me(request)):
        return {"blocked": _("Lock your own readings in this cycle first. This page would show how others scored.")}
    try:
        room = committee.what_if(cycle, form.rule, compared)
    except TooHardError:
        return {
            "blocked": _(
                "There are too many groups with reserved spots to calculate at once. Reserve spots for fewer groups."
            )
        }
    return {
        "room": room,
        "outcome": room.outcome,
        "left": max(0, cycle.seats - room.taken),
        "enters": [
            _line(room, entry.code) | {"groups": [names[group] for group in entry.groups]}
            for entry in room.outcome.enters
        ],
        "leaves": [_line(room, code) for code in room.outcome.leaves],
        "floors": [{"name": names[each.group], "filled": each} for each in room.outcome.floors],
    }


def _line(room: committee.Room, code: str) -> dict[str, Any]:
    application = room.applications[code]
    read = ranking.read_in_words(application, application.cycle)
    return {"application": application, "score": room.scores[code], "partly_read": read}


@require_POST
def selection_levers(request: HttpRequest, code: str) -> HttpResponse:
    """Creates the standard definitions for a cycle that has none."""
    cycle = _cycle(request, code)
    if not levers_setup.create_levers(cycle, by=me(request)):
        messages.error(request, _("This cycle’s form doesn’t ask any of the questions these definitions use."))
    return redirect("applications:selection-reserves", code=cycle.code)


@require_http_methods(["GET", "POST"])
def selection_lever(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Which answers count in one group, and its definition in both languages."""
    cycle = _cycle(request, code)
    lever = get_object_or_404(cycle.levers.select_related("cycle"), kind=kind)
    initial = {name: getattr(lever, name) for name in levers_setup.LEVER_FIELDS[2:]}
    initial["seen"] = actions.lever_seen(lever)
    form = LeverForm(request.POST or None, initial=initial, options=levers.options(lever))
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            actions.change_lever(lever, **form.cleaned_data, by=me(request))
            messages.success(request, _("Saved. The counts next to the groups now use it."))
            return redirect("applications:selection-reserves", code=cycle.code)
    question = levers.question_of(lever)
    context = {"cycle": cycle, "lever": lever, "form": form, "question": question}
    return render(request, "applications/selection/lever.html", context)


@require_http_methods(["GET", "POST"])
def selection_draft(request: HttpRequest, code: str) -> HttpResponse:
    """GET shows the proposal's counts and names; POST records a private result for each of them."""
    cycle = _cycle(request, code)
    posted = request.method == "POST"
    form = DraftForm(request.POST if posted else {"waitlist": 0} | request.GET.dict())
    room_href = reverse("applications:selection-reserves", kwargs={"code": cycle.code})
    if not form.is_valid() and not posted:
        return redirect(room_href)
    said = form.cleaned_data
    floors = committee.saved_floors(cycle)
    asked = committee.CommitteeRule(committee.Basis(said.get("basis") or "raw"), floors, said.get("minimum"))
    if posted and form.is_valid() and _keep_draft(request, cycle, asked, said):
        return redirect(f"{reverse('applications:selection-list')}?cycle={cycle.code}&decided=yes")
    context: dict[str, Any] = {"cycle": cycle, "form": form, "room_href": room_href}
    if not cycle.seats or committee.hidden_count(cycle, me(request)):
        return redirect(room_href)
    compared = comparing.compare(cycle, facts.numbers(*comparing.FACTS))
    try:
        room = committee.what_if(cycle, asked, compared)
    except TooHardError:
        return redirect(room_href)
    names = committee.Names(cycle)
    context |= {
        "compared": compared,
        "rule": proposal.rule_in_words(cycle, committee.counted_by(asked, compared)),
        "chosen": [_line(room, code) for code in room.outcome.chosen],
        "because": {entry.code: ", ".join(names[group] for group in entry.groups) for entry in room.outcome.enters},
        "waiting": len(room.outcome.waiting),
        "partly_read": len(room.partly_read),
        "fingerprint": room.fingerprint(),
    }
    return render(request, "applications/selection/proposal.html", context)


def _keep_draft(request: HttpRequest, cycle: Cycle, asked: committee.CommitteeRule, said: Mapping[str, Any]) -> bool:
    with rule_message(request):
        count = proposal.draft(
            cycle,
            asked,
            waitlist=said["waitlist"] or 0,
            fingerprint=request.POST.get("fingerprint", ""),
            by=me(request),
            partly_read=said["partly_read"],
        )
        text = ngettext(
            "%(count)s result is saved as a draft. No one is told until you release results.",
            "%(count)s results are saved as a draft. No one is told until you release results.",
            count,
        )
        messages.success(request, text % {"count": count})
        return True
    return False


@require_POST
def selection_draft_undo(request: HttpRequest, code: str) -> HttpResponse:
    cycle = _cycle(request, code)
    with rule_message(request):
        count = proposal.undo_draft(cycle, by=me(request))
        text = ngettext("%(count)s result was removed.", "%(count)s results were removed.", count)
        messages.success(request, text % {"count": count})
    return redirect("applications:selection-reserves", code=cycle.code)

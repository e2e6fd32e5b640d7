"""Pages on which the committee ranks applications and decides."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from applications import permissions
from applications.base.consents import consent_of
from applications.base.opening import What, opened
from applications.endorse.views.endorsement import ENDORSEMENT_TONES
from applications.interview import interviews
from applications.models import Application, Cycle, Review
from applications.scores import comparing
from applications.selection import ranking
from applications.selection.actions import lottery, selection
from applications.selection.board import board_of, counts_of, most_points
from applications.selection.forms.selection import BulkDecisionForm, DecisionForm, SelectionFilterForm
from applications.selection.views.notes import notes_of
from applications.states import MOVES, RESULTS, TONES, Status
from exchange.background.cached_figures import RecentEvents
from exchange.models import User
from exchange.reference import facts
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message

TAGS = {"tones": TONES, "endorsement_tones": ENDORSEMENT_TONES}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LABELS = {status.value: status.label for status in Status}


@require_http_methods(["GET", "POST"])  # POST: a bulk form with errors
def selection_list(request: HttpRequest, bulk: BulkDecisionForm | None = None) -> HttpResponse:
    """The ranked list of one cycle. `bulk`: the bulk form with errors, shown again with its ticks."""
    require(permissions.can_decide(me(request)))
    seen_at, cycles = _moment(), list(Cycle.objects.public())  # the time before any query
    cycle = _asked_for(request, cycles)
    if cycle is None:
        return render(request, "applications/selection/selection_list.html", {})
    recent = RecentEvents()
    board = board_of(cycle, by=me(request), recent=recent)
    form = SelectionFilterForm.read(request.GET, cycle=cycle, cycles=cycles, colleges=board.colleges)
    counts, stage = counts_of(cycle, by=me(request), recent=recent), form.cleaned_data["stage"] or Status.SUBMITTED
    numbers = facts.numbers("selection.spread_flag", *comparing.FACTS)
    compared = comparing.compare(cycle, numbers, board.fingerprint)
    applications = _filtered(form, cycle, me(request), compared, numbers)
    count, hidden = None if form.narrows else counts.told[stage], board.hidden_for(me(request))
    ranked = ranking.ranked_list(applications, user=me(request), count=count, hidden=hidden)
    page = page_of(ranked, request)
    start = None if form.narrows else (page.number - 1) * page.paginator.per_page
    flag, bulk = numbers["selection.spread_flag"], bulk or BulkDecisionForm(cycle=cycle)
    rows = ranking.rows_of(list(page), spread_flag=flag, start=start, comparison=compared, hidden=hidden)
    context = {
        "cycle": cycle,
        "counts": counts,
        "summary": _summary(cycle, counts),
        "form": form,
        "page_obj": page,
        "rows": rows,
        **_reads(rows, cycle),
        "compared": compared,
        "most": board.most,
        "bulk": bulk if Status.NOT_SELECTED in MOVES[Status(stage)] else None,
        "ticked": bulk.ticked(),
        "seen_at": seen_at,
        "query": query_without_page(request),
        "lottery_places": board.places,
        "standings": interviews.standings_on(page.object_list) if cycle.has_interviews else {},
        **TAGS,
    }
    return render(request, "applications/selection/selection_list.html", context)


def _reads(rows: Sequence[ranking.RankedRow], cycle: Cycle) -> dict[str, dict[int, str]]:
    """By the number of locked readings, formatted once instead of in each row: `read_of` "2 of 3", and `partly` "1 of 3
    read" where the score can still change."""
    some = {row.application.reads_locked: row.application for row in rows}
    read_of = {done: _("%(done)s of %(total)s") % {"done": done, "total": cycle.reads_each} for done in some}
    return {"read_of": read_of, "partly": {done: ranking.read_in_words(each, cycle) for done, each in some.items()}}


def _asked_for(request: HttpRequest, cycles: list[Cycle]) -> Cycle | None:
    """The cycle in the URL, else the newest running one, else the newest."""
    asked = next((each for each in cycles if each.code == request.GET.get("cycle")), None)
    return asked or next((each for each in cycles if each.closed_out_at is None), cycles[0] if cycles else None)


def _filtered(
    form: SelectionFilterForm, cycle: Cycle, user: User, compared: comparing.Comparison, numbers: Mapping[str, Any]
) -> QuerySet[Application]:
    applications = form.filter(cycle.applications.all())
    if form.cleaned_data["decided"] or form.cleaned_data["read"]:
        applications = applications.exclude(student=user)  # decisions on the own application, and its reads, are hidden
    if form.cleaned_data["look"]:
        applications = _to_look_at(applications, form.cleaned_data["look"], user, compared, numbers)
    return applications


def _to_look_at(
    applications: QuerySet[Application],
    look: str,
    user: User,
    compared: comparing.Comparison,
    numbers: Mapping[str, Any],
) -> QuerySet[Application]:
    """Applications whose readers are far apart, or that are too close to the seat line. Without those whose scores this
    person may not see yet."""
    if look == "close":
        applications = applications.filter(pk__in=compared.close_keys())
    else:
        applications = applications.filter(reads_locked__gt=1, score_spread__gte=numbers["selection.spread_flag"])
    return comparing.with_visible_scores(applications, user)


def _summary(cycle: Cycle, counts: ranking.Counts) -> list[dict[str, Any]]:
    """Cards with the committee's progress, each with a link to its rows."""
    address = f"{reverse('applications:selection-list')}?cycle={cycle.code}"
    of_seats = f"{counts.taken}/{cycle.seats}" if cycle.seats else str(counts.taken)
    over = cycle.seats is not None and counts.taken > cycle.seats
    cards: list[dict[str, Any]] = [
        {
            "label": _("spots taken"),
            "count": of_seats,
            "owed": _("%(count)s confirmed") % {"count": counts.told[Status.CONFIRMED]},
            "owed_href": f"{address}&stage={Status.CONFIRMED.value}",
            "tone": "stop" if over else "now",
        },
        {"label": _("to decide"), "count": counts.undecided, "href": f"{address}&decided=no"},
    ]
    for status in RESULTS:
        told = counts.told[status]
        cards.append(
            {
                "label": _("%(result)s, not released yet") % {"result": status.plural},
                "count": counts.decided[status],
                "href": f"{address}&decided={status.value}",
                "owed": _("%(count)s released") % {"count": told} if told else "",
                "owed_href": f"{address}&stage={status.value}",
                "tone": "good",
            }
        )
    return cards


@require_http_methods(["GET", "POST"])  # signing in again after a timeout leads here by GET
def decision_bulk(request: HttpRequest, code: str) -> HttpResponse:
    """POST records one result for the ticked rows. The URL keeps the list's filters."""
    require(permissions.can_decide(me(request)))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    if request.method != "POST":
        return redirect(list_of(cycle))
    form = BulkDecisionForm(request.POST, cycle=cycle)
    if not form.is_valid():
        return selection_list(request, bulk=form)
    said = form.cleaned_data
    with rule_message(request):
        decided = selection.decide_many(
            said["applications"],
            result=said["result"],
            reason=said["reason"],
            by=me(request),
            seen_at=_seen_at(request),
        )
        messages.success(request, _decided(len(decided), str(LABELS[said["result"]])))
    query = query_without_page(request)
    return redirect(f"{reverse('applications:selection-list')}?{query or f'cycle={cycle.code}'}")


def _seen_at(request: HttpRequest) -> datetime | None:
    """When the form's page was rendered; None if that is missing or invalid, and then nothing is compared."""
    try:
        return EPOCH + timedelta(microseconds=int(request.POST.get("seen_at", "")))
    except (ValueError, OverflowError):
        return None


def _moment() -> str:
    """The current time for a hidden field, in microseconds since EPOCH: a number that nobody takes for a score."""
    return str((timezone.now() - EPOCH) // timedelta(microseconds=1))


def _decided(count: int, result: str) -> str:
    return ngettext(
        "Saved for %(count)s application: %(result)s. No one is told until you release results.",
        "Saved for %(count)s applications: %(result)s. No one is told until you release results.",
        count,
    ) % {"count": count, "result": result}


def list_of(cycle: Cycle) -> str:
    return f"{reverse('applications:selection-list')}?cycle={cycle.code}"


@require_http_methods(["GET", "POST"])
def decision_record(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_decide(me(request)))
    seen_at = _moment()  # before any query
    sent = Application.objects.visible_to(me(request)).in_the_cycle()
    rows = ranking.with_committee_facts(sent, me(request)).select_related("cycle")
    application: Any = get_object_or_404(rows, code=code)  # Any: it has annotations
    require(not permissions.is_own(me(request), application))
    opened(request, application, What.DECISION)
    private = next((each for each in application.all_decisions if each.released_at is None), None)
    if request.POST.get("act") == "undo":
        return _undo(request, application)
    drawn = lottery.places_of(application.cycle).get(application.code)
    initial = {"reason": f"{drawn.reason} "} if drawn else None
    if private:
        initial = {field: getattr(private, field) for field in ("result", "waitlist_position", "reason")}
    form = DecisionForm(request.POST or None, initial=initial)
    if request.method == "POST":
        if not form.is_valid():
            seen_at = request.POST.get("seen_at", "")  # the page shows what was typed, not what a colleague recorded
        elif _decide(request, application, form):
            return redirect(list_of(application.cycle))
    context = {
        "application": application,
        "consent": consent_of(application),
        "form": form if Status.NOT_SELECTED in MOVES[Status(application.status)] else None,
        "private": private,
        "seen_at": seen_at,
        "drawn": drawn,
        "decisions": [
            {"row": each, "tone": TONES[Status(each.result)]} for each in application.all_decisions if each.released_at
        ],
        "most": most_points(application.cycle),
        "readings": [] if application.own_reading_open else readings_of(application),
        "endorsement_tones": ENDORSEMENT_TONES,
        "list_href": list_of(application.cycle),
        "standing": interviews.standings_of([application]).get(application.pk),
        **notes_of(me(request), application),
    }
    return render(request, "applications/selection/decision_record.html", context)


def _undo(request: HttpRequest, application: Application) -> HttpResponse:
    with rule_message(request, success=_("Removed. There’s no result now.")):
        selection.undo(application, by=me(request), seen_at=_seen_at(request))
        return redirect(list_of(application.cycle))
    return redirect("applications:decision-record", code=application.code)


def _decide(request: HttpRequest, application: Application, form: DecisionForm) -> bool:
    with rule_message(request, success=_("Saved. No one is told until you release results.")):
        selection.decide(application, by=me(request), seen_at=_seen_at(request), **form.cleaned_data)
        return True
    return False


def readings_of(application: Application) -> list[dict[str, Any]]:
    """Each locked reading with its points and reader. For the office only: students never see who read."""
    locked = (
        Review.objects.filter(assignment__application=application, locked_at__isnull=False)
        .select_related("assignment__reader")
        .prefetch_related("ratings__criterion", "assignment__reader__roles__college")
        .order_by("locked_at")
    )
    return [
        {
            "review": each,
            "reader": each.assignment.reader,
            "colleges": ", ".join(
                role.college.short_name for role in each.assignment.reader.roles.all() if role.college
            ),
            "points": sorted(
                ((rating.criterion, rating.points) for rating in each.ratings.all()),
                key=lambda pair: (pair[0].order, pair[0].pk),
            ),
            "total": sum(rating.points for rating in each.ratings.all()),
        }
        for each in locked
    ]

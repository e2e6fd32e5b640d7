"""The committee ranks and decides."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from applications import permissions
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
from exchange.reference import facts
from exchange.web.shortcuts import page_of, query_without_page, require, rule_message

TAGS = {"tones": TONES, "endorsement_tones": ENDORSEMENT_TONES}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LABELS = {status.value: status.label for status in Status}


@require_http_methods(["GET", "POST"])  # POST: the bulk form that did not add up
def selection_list(request, bulk: BulkDecisionForm | None = None) -> HttpResponse:
    """The ranked list of one cycle. With `bulk`, the form that did not add up and its ticks."""
    require(permissions.can_decide(request.user))
    seen_at, cycles = _moment(), list(Cycle.objects.public())  # the moment before anything is read
    cycle = _asked_for(request, cycles)
    if cycle is None:
        return render(request, "applications/selection/selection_list.html", {})
    recent = RecentEvents()
    board = board_of(cycle, by=request.user, recent=recent)
    form = SelectionFilterForm.read(request.GET, cycle=cycle, cycles=cycles, colleges=board.colleges)
    counts, stage = counts_of(cycle, by=request.user, recent=recent), form.cleaned_data["stage"] or Status.SUBMITTED
    numbers = facts.numbers("selection.spread_flag", *comparing.FACTS)
    compared = comparing.compare(cycle, numbers, board.fingerprint)
    applications = _filtered(form, cycle, request.user, compared, numbers)
    count, covered = None if form.narrows else counts.told[stage], board.covered_for(request.user)
    ranked = ranking.ranked_list(applications, user=request.user, count=count, covered=covered)
    page = page_of(ranked, request)
    start = None if form.narrows else (page.number - 1) * page.paginator.per_page
    flag, bulk = numbers["selection.spread_flag"], bulk or BulkDecisionForm(cycle=cycle)
    rows = ranking.rows_of(page.object_list, spread_flag=flag, start=start, comparison=compared, covered=covered)
    context = {
        "cycle": cycle,
        "counts": counts,
        "summary": _summary(cycle, counts),
        "form": form,
        "page_obj": page,
        "rows": rows,
        "read_of": _read_of(rows, cycle),
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


def _read_of(rows: Sequence[ranking.Row], cycle: Cycle) -> dict[int, str]:
    """By the number of locked readings, in words: written once rather than in each of the rows."""
    total = cycle.reads_each
    numbers = {row.application.reads_locked for row in rows}
    return {done: _("%(done)s of %(total)s") % {"done": done, "total": total} for done in numbers}


def _asked_for(request, cycles: list[Cycle]) -> Cycle | None:
    """The one in the address, else the newest that runs, else the newest."""
    asked = next((each for each in cycles if each.code == request.GET.get("cycle")), None)
    return asked or next((each for each in cycles if each.closed_out_at is None), cycles[0] if cycles else None)


def _filtered(form: SelectionFilterForm, cycle: Cycle, user, compared: comparing.Comparison, numbers):
    applications = form.filter(cycle.applications.all())
    if form.cleaned_data["decided"] or form.cleaned_data["read"]:
        applications = applications.exclude(student=user)  # what was decided on the own one, or read of it, is covered
    if form.cleaned_data["look"]:
        applications = _to_look_at(applications, form.cleaned_data["look"], user, compared, numbers)
    return applications


def _to_look_at(applications, look: str, user, compared: comparing.Comparison, numbers):
    """Readers far apart, or too close to the seat line; never one whose scores this person must not see yet."""
    if look == "close":
        applications = applications.filter(pk__in=compared.close_keys())
    else:
        applications = applications.filter(reads_locked__gt=1, score_spread__gte=numbers["selection.spread_flag"])
    return comparing.uncovered(applications, user)


def _summary(cycle: Cycle, counts: ranking.Counts) -> list[dict]:
    """Where the committee stands, each with the rows behind it."""
    address = f"{reverse('applications:selection-list')}?cycle={cycle.code}"
    of_seats = f"{counts.taken}/{cycle.seats}" if cycle.seats else str(counts.taken)
    over = cycle.seats is not None and counts.taken > cycle.seats
    cards: list[dict] = [
        {
            "label": _("seats taken"),
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
                "label": _("%(result)s, not told yet") % {"result": status.label},
                "count": counts.decided[status],
                "href": f"{address}&decided={status.value}",
                "owed": _("%(count)s told") % {"count": told} if told else "",
                "owed_href": f"{address}&stage={status.value}",
                "tone": "good",
            }
        )
    return cards


@require_http_methods(["GET", "POST"])  # signing in again leads back here by GET
def decision_bulk(request, code: str) -> HttpResponse:
    """POST: one result for the ticked rows. The address keeps the filters of the list."""
    require(permissions.can_decide(request.user))
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
            by=request.user,
            seen_at=_seen_at(request),
        )
        messages.success(request, _decided(len(decided), LABELS[said["result"]]))
    query = query_without_page(request)
    return redirect(f"{reverse('applications:selection-list')}?{query or f'cycle={cycle.code}'}")


def _seen_at(request) -> datetime | None:
    """When the page was made whose form this is. Nothing where that cannot be read: then nothing is compared."""
    try:
        return EPOCH + timedelta(microseconds=int(request.POST.get("seen_at", "")))
    except (ValueError, OverflowError):
        return None


def _moment() -> str:
    """Now, for a hidden field: microseconds in one number, which nobody takes for a score."""
    return str((timezone.now() - EPOCH) // timedelta(microseconds=1))


def _decided(count: int, result: str) -> str:
    return ngettext(
        "Kept for %(count)s application: %(result)s. Nobody is told before you release.",
        "Kept for %(count)s applications: %(result)s. Nobody is told before you release.",
        count,
    ) % {"count": count, "result": result}


def list_of(cycle: Cycle) -> str:
    return f"{reverse('applications:selection-list')}?cycle={cycle.code}"


@require_http_methods(["GET", "POST"])
def decision_record(request, code: str) -> HttpResponse:
    require(permissions.can_decide(request.user))
    seen_at = _moment()  # before anything is read
    rows = ranking.with_committee_facts(Application.objects.visible_to(request.user), request.user)
    application = get_object_or_404(rows.in_the_cycle().select_related("cycle"), code=code)
    require(not permissions.is_own(request.user, application))
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
            seen_at = request.POST.get("seen_at", "")  # the page shows what was typed, not what a colleague kept
        elif _decide(request, application, form):
            return redirect(list_of(application.cycle))
    context = {
        "application": application,
        "form": form if Status.NOT_SELECTED in MOVES[Status(application.status)] else None,
        "private": private,
        "seen_at": seen_at,
        "drawn": drawn,
        "decisions": [
            {"row": each, "tone": TONES[Status(each.result)]} for each in application.all_decisions if each.released_at
        ],
        "most": most_points(application.cycle),
        "readings": [] if application.own_reading_open else _readings(application),
        "endorsement_tones": ENDORSEMENT_TONES,
        "list_href": list_of(application.cycle),
        "standing": interviews.standings_of([application]).get(application.pk),
        **notes_of(request.user, application),
    }
    return render(request, "applications/selection/decision_record.html", context)


def _undo(request, application: Application) -> HttpResponse:
    with rule_message(request, success=_("Taken back. There is no result now.")):
        selection.undo(application, by=request.user, seen_at=_seen_at(request))
        return redirect(list_of(application.cycle))
    return redirect("applications:decision-record", code=application.code)


def _decide(request, application: Application, form: DecisionForm) -> bool:
    with rule_message(request, success=_("Kept. Nobody is told before you release.")):
        selection.decide(application, by=request.user, seen_at=_seen_at(request), **form.cleaned_data)
        return True
    return False


def _readings(application: Application) -> list[dict]:
    """Each locked reading with its points; the office sees who read, the student never does."""
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

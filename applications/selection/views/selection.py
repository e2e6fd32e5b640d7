"""Pages on which the committee ranks applications and decides."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from applications import permissions
from applications.base.bulk_acts import acts_on, remember
from applications.base.consents import consent_of
from applications.base.opening import What, opened
from applications.endorse.views.endorsement import ENDORSEMENT_TONES
from applications.interview import interviews
from applications.models import Application, Cycle, Review
from applications.reading import talk
from applications.reading.reader_rows import QUICK
from applications.selection import ranking
from applications.selection.actions import lottery, selection, several
from applications.selection.board import most_in_an_interview, most_points
from applications.selection.columns import RANKED
from applications.selection.forms.selection import BulkDecisionForm, DecisionForm, SelectionFilterForm
from applications.selection.listed import Listed
from applications.selection.views.notes import notes_of
from applications.states import MOVES, RESULTS, TONES, Status
from exchange.reference import facts
from exchange.web.list_files import asked_file
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message
from exchange.web.worklist import FILE_ROWS, Worklist, worklist

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
        return render(request, "applications/selection/selection_none.html")
    found = Listed.read(request.GET, cycle, cycles, me(request))
    page = page_of(found.ranked, request)
    bulk = bulk or BulkDecisionForm(cycle=cycle)
    rows = found.rows(list(page), ahead=(page.number - 1) * page.paginator.per_page)
    shown = _worklist(request, found.form, page)
    context = {
        "cycle": cycle,
        "counts": found.counts,
        "progress": _progress(cycle, found.counts),
        "results": _results(cycle, found.counts),
        "form": found.form,
        "page_obj": page,
        "rows": rows,
        **_reads(rows, cycle),
        "compared": found.compared,
        "tie": found.tie,
        "most": found.board.most,
        "bulk": bulk if Status.NOT_SELECTED in MOVES[found.stage] else None,
        "ticked": bulk.ticked(),
        "seen_at": seen_at,
        "list": shown,
        "acts_query": _of_cycle(shown.query, cycle),
        "lottery_places": found.board.places,
        "standings": interviews.standings_on(page.object_list) if cycle.has_interviews else {},
        "most_met": most_in_an_interview(cycle) if cycle.has_interviews else 0,
        **TAGS,
    }
    return render(request, "applications/selection/selection_list.html", context)


def _worklist(request: HttpRequest, form: SelectionFilterForm, page: Page[Any]) -> Worklist:
    return worklist(
        request,
        title=_("Selection"),
        columns=RANKED,
        form=form,
        page=page,
        kept=("cycle", "stage"),
        acts=acts_on(several.PLACE, request),
        has_peek=True,
    )


def _of_cycle(query: str, cycle: Cycle) -> str:
    """The filters with the cycle that is shown: without one, the list may be another cycle's when an act begins."""
    named = QueryDict(query, mutable=True)
    named["cycle"] = cycle.code
    return named.urlencode()


@require_POST
def selection_file(request: HttpRequest, code: str) -> HttpResponseBase:
    """What the list has, as a file. `query`: its address; `format`: csv or xlsx."""
    require(permissions.can_decide(me(request)))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    asked = asked_file(request, f"{reverse('applications:selection-list')}?cycle={cycle.code}")
    if isinstance(asked, HttpResponse):
        return asked
    rows = list(Listed.read(asked.query, cycle, [cycle], me(request)).all_rows(FILE_ROWS))
    selection.record_download([row.application for row in rows], query=asked.recorded, by=me(request))
    return RANKED.file(rows, asked.form, name=_("ranked list"))


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


def _progress(cycle: Cycle, counts: ranking.Counts) -> list[dict[str, Any]]:
    """How far the committee is, each figure with a link to its rows."""
    address = list_of(cycle)
    of_seats = f"{counts.taken}/{cycle.seats}" if cycle.seats else str(counts.taken)
    return [
        {
            "label": _("spots taken"),
            "count": of_seats,
            "owed": _("%(count)s confirmed") % {"count": counts.told[Status.CONFIRMED]},
            "owed_href": f"{address}&stage={Status.CONFIRMED.value}",
        },
        {"label": _("to decide"), "count": counts.undecided, "href": f"{address}&decided=no"},
    ]


def _results(cycle: Cycle, counts: ranking.Counts) -> list[dict[str, Any]]:
    """How many have each result that isn't released yet, and how many were told it."""
    address = list_of(cycle)
    return [
        {
            "label": status.plural,
            "count": counts.decided[status],
            "href": f"{address}&decided={status.value}",
            "owed": _("%(count)s released") % {"count": counts.told[status]} if counts.told[status] else "",
            "owed_href": f"{address}&stage={status.value}",
        }
        for status in RESULTS
    ]


@require_http_methods(["GET", "POST"])  # signing in again after a timeout leads here by GET
def decision_bulk(request: HttpRequest, code: str) -> HttpResponse:
    """POST records one result for the ticked rows. The URL keeps the list's filters."""
    require(permissions.can_decide(me(request)))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    if request.method != "POST":
        return redirect(list_of(cycle))
    form = BulkDecisionForm(request.POST, cycle=cycle, by=me(request), seen_at=_seen_at(request))
    if not form.is_valid():
        return selection_list(request, bulk=form)
    said, query = form.cleaned_data, query_without_page(request)
    with rule_message(request):
        decided, bulk = several.decide_checked(
            said["applications"],
            result=said["result"],
            reason=said["reason"],
            by=me(request),
            seen_at=_seen_at(request),
            query=query or f"cycle={cycle.code}",
        )
        if bulk:
            remember(bulk, request)
        messages.success(request, _decided(len(decided), str(LABELS[said["result"]])))
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
        "decisions": _released(application),
        "most": most_points(application.cycle),
        **scored(application),
        "endorsement_tones": ENDORSEMENT_TONES,
        "list_href": list_of(application.cycle),
        "standing": interviews.standings_of([application]).get(application.pk),
        **notes_of(me(request), application),
    }
    return render(request, "applications/selection/decision_record.html", context)


def _released(application: Any) -> list[dict[str, Any]]:
    told = [each for each in application.all_decisions if each.released_at]
    return [{"row": each, "tone": TONES[Status(each.result)]} for each in told]


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


def scored(application: Any) -> dict[str, Any]:
    """What readers gave and wrote to each other, with their names, and interviewers; nothing of it to whoever still
    scores. `application`: with `own_reading_open`."""
    if application.own_reading_open:
        return {"readings": [], "remarks": [], "interviews": []}
    met = readings_of(application, in_interviews=True)
    said = talk.said_about(application)
    return {
        "readings": readings_of(application),
        "remarks": [{"who": str(each.by), "at": each.said_at, "body": each.text} for each in said],
        "interviews": met,
        "most_met": most_in_an_interview(application.cycle) if met else 0,
    }


def readings_of(application: Application, *, in_interviews: bool = False) -> list[dict[str, Any]]:
    """Each reader's locked reading, or each interviewer's, with its points. For the office only: students never see who
    read."""
    locked = (
        Review.objects.filter(
            assignment__application=application, assignment__is_interview=in_interviews, locked_at__isnull=False
        )
        .select_related("assignment__reader")
        .prefetch_related("ratings__criterion", "assignment__reader__roles__college")
        .order_by("locked_at")
    )
    least = int(facts.number(QUICK))
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
            "quick": _quick(each, least),
        }
        for each in locked
    ]


def _quick(review: Review, least: int) -> str:
    """How soon it was locked, where that is too soon to have read it; "" otherwise, and after an interview."""
    seconds = review.seconds_open
    if seconds is None or seconds >= least or review.assignment.is_interview:
        return ""
    return ngettext(
        "locked %(count)s second after opening it", "locked %(count)s seconds after opening it", seconds
    ) % {"count": seconds}

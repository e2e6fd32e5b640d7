"""Pages on which the office draws readers, reviews, changes and releases the draft, and follows the reading."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Page
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.models import Assignment, Cycle
from applications.reading import assignment_plan, comparability, reader_rows, readers
from applications.reading.actions import assigning
from applications.reading.assignment import Apart
from applications.reading.forms.readers import ChangeReaderForm, ReaderFilterForm, SeedForm
from applications.reading.reader_rows import MINUTES_MOST, ReaderRow, with_pace
from exchange.background.cached_figures import RecentEvents, cached, cached_for
from exchange.base.errors import RuleViolation
from exchange.models import User
from exchange.reference import facts
from exchange.web.list_files import asked_file
from exchange.web.shortcuts import me, page_of, require, rule_message
from exchange.web.worklist import worklist

OUTLOOK_SECONDS = 20  # its page waits for the rest of the calculation
APART = {
    Apart.TOO_FEW_FILES: gettext_lazy("There are too few applications to connect this many readers."),
    Apart.BARRED: gettext_lazy(
        "No one application can be read by someone from each group, because of their colleges or ties."
    ),
    Apart.NO_WAY: gettext_lazy("Reader limits and the readings already assigned leave no other way."),
}


def reading_progress(request: HttpRequest) -> HttpResponse:
    """The office's page about the reading: applications without readers, the draft, and each reader.

    For the cycle in the URL, else the running one.
    """
    asked = request.GET.get("cycle")
    cycle = get_object_or_404(Cycle.objects.public(), code=asked) if asked else Cycle.objects.running().first()
    recent = RecentEvents()
    figures = reader_rows.figures_of(cycle, by=me(request), recent=recent) if cycle else None
    numbers = facts.numbers(*reader_rows.NUMBERS) if cycle else {}
    form, late = ReaderFilterForm(request.GET), 0
    page: Page[Any] = page_of([], request)
    if cycle and figures:
        page, late = _page(request, f"readers-sorted:{cycle.pk}", form, figures.by_reader, numbers, recent)
    open_key = figures.plan_key if figures else ""
    if open_key and comparability.holds(open_key, numbers[comparability.LEAST]):
        open_key = ""
    title, columns = _("Reading progress"), reader_rows.COLUMNS
    context = {
        "cycle": cycle,
        "outlook": _outlook(cycle, open_key, by=me(request), recent=recent) if cycle and open_key else None,
        "list": worklist(
            request, title=title, columns=columns, form=form, page=page, kept=("cycle",), has_peek=cycle is not None
        ),
        "readers": with_pace(list(page), cycle, most=numbers[MINUTES_MOST], by=me(request), recent=recent)
        if cycle
        else [],
        "lacking": figures.lacking if figures else 0,
        "drafted": figures.drafted if figures else 0,
        "late": late,
        "reports": figures.reports if figures else reader_rows.reports_to_settle(me(request)),
        "clear_href": f"?cycle={cycle.code}" if cycle else "?",
    }
    return render(request, "applications/reading/reading_progress.html", context)


def _page(
    request: HttpRequest,
    name: str,
    form: ReaderFilterForm,
    counts: Mapping[int, Mapping[str, Any]],
    numbers: Mapping[str, int | Decimal],
    recent: RecentEvents,
) -> tuple[Page[Any], int]:
    """The rows of a page, and how many of all are late. Who comes after whom is kept until somebody does something, so
    that not hundreds are read to show fifty."""

    read: list[ReaderRow] = []

    def in_order() -> tuple[list[int], int]:
        read.extend(reader_rows.rows_of(counts, numbers))
        return [row.person.pk for row in form.listed(read)], sum(row.is_late for row in read)

    keys, late = cached_for(request, name, in_order, recent=recent)
    page = page_of(keys, request)
    shown = list(page)
    rows = {row.person.pk: row for row in read or reader_rows.rows_of(counts, numbers, shown)}
    page.object_list = [rows[key] for key in shown if key in rows]
    return page, late


def _outlook(cycle: Cycle, plan_key: str, *, by: User, recent: RecentEvents) -> comparability.Outlook | None:
    """Reading the plan of a large cycle takes seconds; it is read again once somebody acts or its figure is there."""
    key = f"outlook:{plan_key}:{comparability.is_known(plan_key)}:{get_language()}"
    found = cached(key, lambda: comparability.outlook(cycle), by=by, seconds=OUTLOOK_SECONDS, recent=recent)
    return found.value


@require_safe
def reader_peek(request: HttpRequest, code: str, cycle: str) -> HttpResponse:
    """One reader beside the list: a part of a page, which list.js puts there."""
    of_cycle, recent = _cycle_of(request, cycle), RecentEvents()
    numbers = facts.numbers(*reader_rows.NUMBERS)
    figures = reader_rows.figures_of(of_cycle, by=me(request), recent=recent)
    row = next((each for each in reader_rows.rows_of(figures.by_reader, numbers) if each.person.code == code), None)
    if row is None:
        raise Http404
    (paced,) = with_pace([row], of_cycle, most=numbers[MINUTES_MOST], by=me(request), recent=recent)
    context = {
        "person": reader_rows.account_of(row),
        "row": row,
        "cycle": of_cycle,
        "facts": reader_rows.facts_of(paced),
    }
    return render(request, "applications/reading/reader_peek.html", context)


@require_POST
def reader_file(request: HttpRequest, code: str) -> HttpResponseBase:
    """What the list of readers has, as a file. `query`: its address; `format`: csv or xlsx."""
    cycle = _cycle_of(request, code)
    asked = asked_file(request, progress_of(cycle))
    if isinstance(asked, HttpResponse):
        return asked
    numbers = facts.numbers(*reader_rows.NUMBERS)
    rows = reader_rows.rows_of(reader_rows.figures_of(cycle, by=me(request)).by_reader, numbers)
    shown = ReaderFilterForm(asked.query).listed(rows)
    found = with_pace(shown, cycle, most=numbers[MINUTES_MOST], by=me(request))
    assigning.record_download(cycle, rows=len(found), query=asked.recorded, by=me(request))
    return reader_rows.COLUMNS.file(found, asked.form, name=_("readers"))


def progress_of(cycle: Cycle) -> str:
    """The URL of that page for this cycle."""
    return f"{reverse('applications:review-list')}?cycle={cycle.code}"


def _cycle_of(request: HttpRequest, code: str) -> Cycle:
    require(permissions.can_assign_readers(me(request)))
    return get_object_or_404(Cycle.objects.public(), code=code)


@require_POST
def assignment_draw(request: HttpRequest, code: str) -> HttpResponse:
    cycle = _cycle_of(request, code)
    with rule_message(request):
        added = len(assigning.draw_readers(cycle, by=me(request)).added)
        if added or assigning.draft_of(cycle).exists():
            messages.add_message(request, messages.SUCCESS if added else messages.INFO, _drawn(added))
            return redirect("applications:assignment-draft", code=cycle.code)
        messages.info(request, _("Every submitted application already has its readers."))
    return redirect(progress_of(cycle))


def _drawn(added: int) -> str:
    if not added:
        return _("No readings are missing. Here’s the draft you haven’t assigned yet.")
    return ngettext(
        "%(count)s reading was drawn. The reader hasn’t been notified yet. Check it, then assign it.",
        "%(count)s readings were drawn. Readers haven’t been notified yet. Check them, then assign them.",
        added,
    ) % {"count": added}


@require_safe
def assignment_draft_look(request: HttpRequest, code: str) -> HttpResponse:
    cycle = _cycle_of(request, code)
    look = assignment_plan.look_at(cycle)
    drafted = cycle.applications.filter(pk__in=assigning.draft_of(cycle).order_by().values("application"))
    page = page_of(drafted.order_by("code").select_related("college"), request)
    on_page = readers.given(cycle).filter(application__in=[each.pk for each in page])
    by_file: dict[int, list[Assignment]] = {}
    for each in on_page.select_related("reader", "review").order_by("pk"):
        by_file.setdefault(each.application_id, []).append(each)
    context = {
        "cycle": cycle,
        "look": look,
        "apart": APART[look.apart] if look.apart else "",
        "outlook": comparability.outlook(cycle),
        "page_obj": page,
        "files": [{"application": each, "readings": by_file.get(each.pk, [])} for each in page],
        "lacking": readers.lacking_readers(cycle).count(),
        "fingerprint": assigning.draft_fingerprint(cycle),
        "form": SeedForm(),
    }
    return render(request, "applications/reading/assignment_plan.html", context)


@require_POST
def assignment_draw_again(request: HttpRequest, code: str) -> HttpResponse:
    cycle = _cycle_of(request, code)
    form = SeedForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Enter the seed as a whole number, or leave it empty."))
    else:
        with rule_message(request, success=_("Readers drawn again.")):
            assigning.draw_again(cycle, by=me(request), seed=form.cleaned_data["seed"])
    return redirect("applications:assignment-draft", code=cycle.code)


@require_POST
def assignment_add(request: HttpRequest, code: str) -> HttpResponse:
    """Adds the readings with which scores can be adjusted to the draft."""
    cycle = _cycle_of(request, code)
    with rule_message(request):
        added = assigning.add_readings(cycle, by=me(request))
        text = ngettext(
            "%(count)s reading was added to the draft. The reader hasn’t been notified yet.",
            "%(count)s readings were added to the draft. Readers haven’t been notified yet.",
            added,
        )
        messages.success(request, text % {"count": added})
        return redirect("applications:assignment-draft", code=cycle.code)
    return redirect(progress_of(cycle))


@require_POST
def assignment_discard(request: HttpRequest, code: str) -> HttpResponse:
    cycle = _cycle_of(request, code)
    assigning.discard_draft(cycle, by=me(request))
    messages.success(request, _("Draft deleted. Readings already assigned stay."))
    return redirect(progress_of(cycle))


@require_POST
def assignment_release(request: HttpRequest, code: str) -> HttpResponse:
    cycle = _cycle_of(request, code)
    try:
        released = assigning.release_draft(cycle, by=me(request), seen=request.POST.get("seen", ""))
    except RuleViolation as violation:
        messages.error(request, violation.message)
        is_gone = violation.code == "nothing_to_release"
        return redirect(progress_of(cycle)) if is_gone else redirect("applications:assignment-draft", code=code)
    messages.success(request, _told(released))
    return redirect(progress_of(cycle))


def _told(released: assigning.Released) -> str:
    said = ngettext(
        "%(count)s reading assigned. The reader gets one message.",
        "%(count)s readings assigned. Each reader gets one message.",
        released.count,
    ) % {"count": released.count}
    if not released.left_out:
        return said
    left = ngettext(
        "%(count)s reading was left out because it’s no longer allowed. Draw again to replace it.",
        "%(count)s readings were left out because they’re no longer allowed. Draw again to replace them.",
        released.left_out,
    )
    return f"{said} {left % {'count': released.left_out}}"


@require_http_methods(["GET", "POST"])
def assignment_change(request: HttpRequest, code: str) -> HttpResponse:
    """Gives a draft assignment to another reader: lists who can take it over, and why the others cannot."""
    require(permissions.can_assign_readers(me(request)))
    visible = Assignment.objects.visible_to(me(request)).select_related(
        "reader", "application__cycle", "application__college"
    )
    assignment = get_object_or_404(visible, code=code)
    cycle = assignment.application.cycle
    pool = readers.pool_of(cycle)
    refusals = {
        member.person.pk: assigning.why_not(pool, assignment, member.person) for member in pool.members.values()
    }
    able = [member for member in pool.members.values() if refusals[member.person.pk] is None]
    able.sort(key=lambda member: (pool.loads[member.person.code], str(member.person)))
    form = ChangeReaderForm(
        request.POST or None,
        people=User.objects.filter(pk__in=[member.person.pk for member in able]).order_by("full_name", "pk"),
        labels={member.person.pk: _label(member, pool.loads[member.person.code]) for member in able},
    )
    if request.method == "POST" and form.is_valid():
        with rule_message(request, success=_("Reader changed.")):
            assigning.change_reader(assignment, form.cleaned_data["reader"], by=me(request))
        return redirect("applications:assignment-draft", code=cycle.code)
    barred = [(member.person, refusals[member.person.pk]) for member in pool.members.values()]
    context = {
        "assignment": assignment,
        "cycle": cycle,
        "form": form,
        "has_choice": bool(able) and assignment.released_at is None,
        "refused": [
            {"label": person, "value": refusal.message}
            for person, refusal in sorted(barred, key=lambda pair: str(pair[0]))
            if refusal and person != assignment.reader
        ],
    }
    return render(request, "applications/reading/assignment_change.html", context)


def _label(member: readers.PoolMember, load: int) -> str:
    return ngettext("%(name)s · has %(count)s application", "%(name)s · has %(count)s applications", load) % {
        "name": member.person,
        "count": load,
    }

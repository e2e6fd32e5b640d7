"""The office's pages of the list: who waits, how many from which source, and a QR code for each source."""

import io
from collections.abc import Mapping
from typing import Any

import segno
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.base.paging import Kept, KeysFirst, keys_of
from applications.cycle import interest_list as listing
from applications.cycle.actions import interest as actions
from applications.cycle.forms.interest import SourceForm
from applications.cycle.interest_list import InterestFilterForm
from applications.models import Cycle, Interest, InterestSource
from exchange.background.cached_figures import RecentEvents, cached, cached_for
from exchange.models import Language
from exchange.web.list_files import QUERY_MOST, asked_file
from exchange.web.shortcuts import me, page_of, require
from exchange.web.worklist import FILE_ROWS, SORT, worklist

KINDS = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
IN_PRINT = 20  # of a dot in a picture: sharp on a poster
WAITS = Q(people__confirmed_at__isnull=False, people__told_at__isnull=True)
TOLD = Q(people__told_at__isnull=False)


@require_safe
def interest_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_set_up(request.user))
    cycles = list(Cycle.objects.public())
    form = _filters(request, request.GET, cycles)
    people = Interest.objects.visible_to(request.user)
    recent = RecentEvents()
    counted = cached(
        "interest-counts", lambda: listing.counts_of(people), by=me(request), always_cache=True, recent=recent
    )
    counts = counted.value
    page = page_of(_in_parts(request, form, counts, recent), request)
    cycle = _next(cycles)
    context = {
        "list": worklist(
            request, title=_("Interest list"), columns=listing.COLUMNS, form=form, page=page, has_peek=True
        ),
        "page_obj": page,
        "figures": _figures(counts),
        "counts": counts,
        "opened": cycle if cycle and cycle.has_opened else None,
        "upcoming": cycle if cycle and not cycle.has_opened else None,
        "clear_href": reverse("applications:interest-list"),
    }
    return render(request, "applications/cycle/interest_list.html", context)


def _next(cycles: list[Cycle]) -> Cycle | None:
    """Of the published ones, the first that isn't over for whoever wants to apply."""
    running = [each for each in cycles if each.closed_out_at is None and each.closes_at > timezone.now()]
    return min(running, key=lambda each: each.opens_at, default=None)


def _filters(request: HttpRequest, query: QueryDict, cycles: list[Cycle]) -> InterestFilterForm:
    sources = InterestSource.objects.visible_to(request.user).select_related("college")
    return InterestFilterForm(query, sources=list(sources), cycles=cycles)


def _in_parts(
    request: HttpRequest, form: InterestFilterForm, counts: Mapping[str, int], recent: RecentEvents
) -> KeysFirst | Kept:
    """Those whom the filters find, for pages. `counts`: of all, by state."""
    rows, sort, chosen = listing.found(form, me(request)), form.cleaned_data.get(SORT), form.chosen
    in_order = listing.COLUMNS.sorted(rows, sort)
    if listing.COLUMNS.is_computed(sort):
        keys = cached_for(request, "interest-sorted", lambda: keys_of(in_order), recent=recent)
        return Kept(rows, keys, dress=_dressed)
    if "q" in chosen:  # which counts what it finds
        return KeysFirst(in_order, dress=_dressed, is_search=True)
    if chosen - {"state"}:
        count = cached_for(request, "interest", rows.order_by().count, recent=recent)
    else:
        count = counts[form.cleaned_data["state"]] if chosen else sum(counts.values())
    return KeysFirst(in_order, dress=_dressed, count=count)


def _dressed(people: QuerySet[Interest]) -> QuerySet[Interest]:
    return people.select_related("source__college", "cycle")


def _figures(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """How many there are in each state, with a link to them."""
    return [{"label": state.label, "count": counts[state], "href": f"?state={state.value}"} for state in listing.STATES]


@require_POST
def interest_file(request: HttpRequest) -> HttpResponseBase:
    """What the list has. `query`: its address; `format`: csv or xlsx."""
    require(permissions.can_set_up(request.user))
    asked = asked_file(request, reverse("applications:interest-list"))
    if isinstance(asked, HttpResponse):
        return asked
    form = _filters(request, asked.query, list(Cycle.objects.public()))
    in_order = listing.COLUMNS.sorted(listing.found(form, me(request)), form.cleaned_data.get(SORT))
    rows = list(_dressed(in_order)[:FILE_ROWS])
    listing.record_download(rows, query=asked.recorded, by=me(request))
    return listing.COLUMNS.file(rows, asked.form, name=_("interest list"))


@require_safe
def interest_person(request: HttpRequest, code: str) -> HttpResponse:
    """One address: what is known of it, when it goes, and deleting it before."""
    return _person(request, code, "applications/cycle/interest_person.html")


@require_safe
def interest_peek(request: HttpRequest, code: str) -> HttpResponse:
    """The same beside the list: a part of a page, which list.js puts there."""
    return _person(request, code, "applications/cycle/interest_peek.html")


def _person(request: HttpRequest, code: str, template: str) -> HttpResponse:
    require(permissions.can_set_up(request.user))
    person = get_object_or_404(_dressed(Interest.objects.visible_to(request.user)), code=code)
    context = {
        "person": person,
        "facts": listing.facts_of(person),
        "stay": listing.stay_of(person),
        "query": request.GET.urlencode(),
        "back_href": _list(request.GET.urlencode()),
    }
    return render(request, template, context)


def _list(query: str) -> str:
    """Its address with these filters. `query`: as the address has it."""
    given = QueryDict(query[:QUERY_MOST]).urlencode()
    return reverse("applications:interest-list") + (f"?{given}" if given else "")


@require_http_methods(["GET", "HEAD", "POST"])
def interest_codes(request: HttpRequest) -> HttpResponse:
    """The QR codes, and how many people each has brought. Sent, it makes one."""
    require(permissions.can_set_up(request.user))
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        source = actions.make_source(form.cleaned_data["name"], form.cleaned_data["college"], by=me(request))
        messages.success(request, _("Here’s the code to print."))
        return redirect(source)
    sources = InterestSource.objects.visible_to(request.user).select_related("college")
    context = {
        "form": form,
        "sources": sources.annotate(waiting=Count("people", filter=WAITS), told=Count("people", filter=TOLD)),
        "heard": listing.heard_of(Interest.objects.visible_to(request.user)),
    }
    return render(request, "applications/cycle/interest_codes.html", context)


@require_safe
def interest_source(request: HttpRequest, code: str) -> HttpResponse:
    source = _source(request, code)
    context = {"source": source, "qr": _drawing(source), "is_office": permissions.can_set_up(request.user)}
    return render(request, "applications/cycle/interest_source.html", context)


@require_safe
def interest_poster(request: HttpRequest, code: str) -> HttpResponse:
    """A page to print, in both languages."""
    source = _source(request, code)
    words = []
    for language in Language.values:
        with translation.override(language):
            title = _("Study abroad with your community college")
            text = _(
                "Scan this to apply. Not open yet? Leave your email or phone, and we’ll write once, when it opens."
            )
            words.append({"language": language, "title": title, "text": text})
    context = {"source": source, "qr": _drawing(source), "words": words}
    return render(request, "applications/cycle/interest_poster.html", context)


@require_safe
def interest_code(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """The QR code alone, as a file."""
    source = _source(request, code)
    if kind not in KINDS:
        raise Http404
    file = io.BytesIO()
    segno.make_qr(source.link, error="q").save(file, kind=kind, scale=IN_PRINT, border=4)
    response = HttpResponse(file.getvalue(), content_type=KINDS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="qr-{source.code.lower()}.{kind}"'
    return response


@require_POST
def interest_source_end(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_set_up(request.user))
    actions.end_source(_source(request, code), by=me(request))
    messages.success(request, _("This code no longer counts. It still opens the list."))
    return redirect("applications:interest-codes")


@require_POST
def interest_remove(request: HttpRequest, code: str) -> HttpResponse:
    """`query`: of the list from which the address was opened."""
    require(permissions.can_set_up(request.user))
    actions.remove(get_object_or_404(Interest.objects.visible_to(request.user), code=code), by=me(request))
    messages.success(request, _("The address is off the list and deleted."))
    return redirect(_list(request.POST.get("query", "")))


def _source(request: HttpRequest, code: str) -> InterestSource:
    require(permissions.can_open_endorsements(me(request)))
    return get_object_or_404(InterestSource.objects.visible_to(request.user).select_related("college"), code=code)


def _drawing(source: InterestSource) -> str:
    return segno.make_qr(source.link, error="q").svg_data_uri(scale=6, border=4, light="white")

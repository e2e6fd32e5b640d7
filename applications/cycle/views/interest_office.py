"""The office's pages of the list: who waits, how many from which source, and a QR code for each source."""

import io

import segno
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.base.searching import interest_called
from applications.cycle.actions import interest as actions
from applications.cycle.forms.interest import SearchForm, SourceForm
from applications.models import Cycle, Interest, InterestSource
from exchange.models import Language
from exchange.web.shortcuts import me, page_of, require

KINDS = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
IN_PRINT = 20  # of a dot in a picture: sharp on a poster
WAITS = Q(people__confirmed_at__isnull=False, people__told_at__isnull=True)
TOLD = Q(people__told_at__isnull=False)


@require_http_methods(["GET", "POST"])
def interest_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_set_up(request.user))
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        source = actions.make_source(form.cleaned_data["name"], form.cleaned_data["college"], by=me(request))
        messages.success(request, _("Here’s the code to print."))
        return redirect(source)
    people = Interest.objects.visible_to(request.user)
    counts = people.aggregate(
        waiting=Count("pk", filter=Q(confirmed_at__isnull=False, told_at__isnull=True)),
        unconfirmed=Count("pk", filter=Q(confirmed_at__isnull=True)),
        told=Count("pk", filter=Q(told_at__isnull=False)),
    )
    search = SearchForm(request.GET)
    typed = search.cleaned_data["q"] if search.is_valid() else ""
    shown = people.filter(pk__in=interest_called(typed).values("pk")) if typed else people
    sources = InterestSource.objects.visible_to(request.user).select_related("college")
    cycle = Cycle.objects.running().filter(closes_at__gt=timezone.now()).order_by("opens_at").first()
    context = {
        "form": form,
        "search": search,
        "q": typed,
        "page_obj": page_of(shown.select_related("source"), request, count=None if typed else sum(counts.values())),
        "counts": counts,
        "sources": sources.annotate(waiting=Count("people", filter=WAITS), told=Count("people", filter=TOLD)),
        "heard": _heard(people),
        "opened": cycle if cycle and cycle.has_opened else None,
        "upcoming": cycle if cycle and not cycle.has_opened else None,
    }
    return render(request, "applications/cycle/interest_list.html", context)


def _heard(people: QuerySet[Interest]) -> list[tuple[str, int]]:
    """What those without a QR code said, most frequent first."""
    rows = people.filter(source__isnull=True, confirmed_at__isnull=False).values_list("heard")
    labels = dict(Interest.Heard.choices)
    counted = rows.order_by().annotate(count=Count("pk")).order_by("-count", "heard")
    return [(str(labels.get(heard, _("They didn’t say"))), count) for heard, count in counted]


@require_safe
def interest_source(request: HttpRequest, code: str) -> HttpResponse:
    source = _source(request, code)
    return render(request, "applications/cycle/interest_source.html", {"source": source, "qr": _drawing(source)})


@require_safe
def interest_poster(request: HttpRequest, code: str) -> HttpResponse:
    """A page to print, in both languages."""
    source = _source(request, code)
    words = []
    for language in Language.values:
        with translation.override(language):
            title = _("Study abroad with your community college")
            text = _("Scan this and leave your email or phone. We’ll write once, when applications open.")
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
    actions.end_source(_source(request, code), by=me(request))
    messages.success(request, _("This code no longer counts. It still opens the list."))
    return redirect("applications:interest-list")


@require_POST
def interest_remove(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_set_up(request.user))
    actions.remove(get_object_or_404(Interest.objects.visible_to(request.user), code=code), by=me(request))
    messages.success(request, _("The address is off the list and deleted."))
    return redirect("applications:interest-list")


def _source(request: HttpRequest, code: str) -> InterestSource:
    require(permissions.can_set_up(request.user))
    return get_object_or_404(InterestSource.objects.visible_to(request.user).select_related("college"), code=code)


def _drawing(source: InterestSource) -> str:
    return segno.make_qr(source.link, error="q").svg_data_uri(scale=6, border=4, light="white")

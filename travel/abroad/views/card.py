"""The traveler's card: when and where, whom to call, what to show; also without a connection.

Behind a private link; signed in it's the first page from a week before departure until home
(`travel.office.home.views`).
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exchange.base.errors import RuleViolation
from exchange.base.home import home_zone
from exchange.base.office import office
from exchange.guests import pages
from exchange.web.workers import worker
from travel.abroad.actions import lines
from travel.abroad.actions.help import ask_for_help
from travel.abroad.card import card_of
from travel.abroad.line_forms import LineForm
from travel.models import AbroadLink, Placement
from travel.models.trip_line import LINE_MAX

WORKER = "exchange/js/card-worker.js"
FILES = (
    "exchange/css/app.css",
    "exchange/css/card.css",
    "exchange/fonts/bricolage-grotesque-700.woff2",
    "exchange/js/app.js",
    "exchange/js/card.js",
    "exchange/js/card-line.js",
    "exchange/js/packing.js",
)


@dataclass(frozen=True, slots=True)
class Ways:
    """Addresses of one traveler's pages: behind the private link, or signed in."""

    card: str
    help: str
    line: str
    guide: str
    packing: str


def ways_by_link(token: str) -> Ways:
    names = ("abroad-card", "abroad-help", "abroad-line", "abroad-guide", "abroad-packing")
    return Ways(*(reverse(f"travel:{name}", args=[token]) for name in names))


def own_ways(placement: Placement) -> Ways:
    names = ("own-card", "own-help", "own-line", "own-guide", "own-packing")
    return Ways(*(reverse(f"travel:{name}", args=[placement.code]) for name in names))


@pages.behind(AbroadLink)
def abroad_card(request: HttpRequest, link: AbroadLink) -> HttpResponse:
    """No name and no page of the portal behind it. Opening it changes nothing and is not noted."""
    return card_page(request, link.placement, ways_by_link(link.link))


def card_page(request: HttpRequest, placement: Placement, ways: Ways, **more: Any) -> HttpResponse:
    """`more`: what only the signed-in traveler sees, `is_own` and `ahead`: their journey, until the departure."""
    mine = placement.checklist_items.kept().of_students()
    context = {
        "card": card_of(placement),
        "placement": placement,
        "ways": ways,
        "office": office(),
        "now": timezone.now(),
        "home_zone": home_zone().key,
        "line_max": LINE_MAX,
        "line_key": phone_key("travel.line", placement),
        "packing_key": phone_key("travel.packing", placement),
        "steps": [item.step for item in mine.select_related("step").order_by("step__order")],
    }
    return render(request, "travel/abroad/abroad_card.html", context | more)


@pages.behind(AbroadLink)
def abroad_help(request: HttpRequest, link: AbroadLink) -> HttpResponse:
    """POST tells the leaders and the office. The card's numbers are what helps at once; this comes on top."""
    return ask(request, link.placement, ways_by_link(link.link))


def ask(request: HttpRequest, placement: Placement, ways: Ways) -> HttpResponse:
    if request.method == "POST":
        ask_for_help(placement)
        messages.success(request, _("We’ve emailed your leaders and our office that you need help. Call, too."))
    return redirect(ways.card)


@pages.behind(AbroadLink, "text")
def abroad_line(request: HttpRequest, link: AbroadLink) -> HttpResponse:
    """POST keeps the traveler's own line of a day. It's never shown here: whoever has the link can't read it.

    The card's script gets JSON: {"message": why it wasn't kept}, or {}.
    """
    return write_line(request, link.placement, ways_by_link(link.link))


def write_line(request: HttpRequest, placement: Placement, ways: Ways) -> HttpResponse:
    if request.method != "POST":
        return redirect(ways.card)
    form = LineForm(request.POST)
    problem = "" if form.is_valid() else form.problem
    if not problem:
        try:
            lines.write(placement, **form.values)
        except RuleViolation as violation:
            problem = str(violation.message)
    if request.accepts("text/html"):
        if problem:
            messages.error(request, problem)
        else:
            messages.success(request, _("Saved. To read it, sign in and open your reflections."))
        return redirect(ways.card + "#line")
    return JsonResponse({"message": problem} if problem else {}, status=409 if problem else 200)


def phone_key(of: str, placement: Placement) -> str:
    """Under which the phone keeps what it couldn't send: the same for each link of the seat, and says nothing of it."""
    return salted_hmac(of, str(placement.pk), algorithm="sha256").hexdigest()[:16]


@login_not_required
@require_safe
@never_cache
def card_worker(request: HttpRequest) -> HttpResponse:
    """The service worker of the cards. Its address is in their folder, so it has to do with no other page."""
    offline = _("There’s no signal, and this page isn’t on this phone yet. Open it once while you’re online.")
    return worker(WORKER, [static(name) for name in FILES], OFFLINE=offline, SIGN_IN=reverse("account_login"))

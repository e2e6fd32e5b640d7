"""Pages on which the student reads the offer and answers it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from applications import permissions
from applications.base import costs
from applications.base.opening import What, opened
from applications.base.standings import standing_of
from applications.models import Offer
from applications.release.actions import offer as offers
from applications.release.trips_ahead import trips_ahead
from applications.standing import BEGUN, Act, may
from applications.states import Status
from exchange.web.shortcuts import me, require, rule_message


@require_safe
def offer_detail(request: HttpRequest, code: str) -> HttpResponse:
    offer = _offer(request, code)
    application = offer.application
    is_own = permissions.can_answer_offer(me(request), offer)
    where = standing_of(application, offer=offer)
    withdraws = is_own and offer.reply == Offer.Reply.CONFIRMED and may(where, Act.WITHDRAW)
    context = {
        **_terms(offer),
        "application": application,
        "can_answer": is_own and may(where, Act.CONFIRM),
        "is_own": is_own,
        "has_begun": where in BEGUN,
        "withdraw_href": reverse("applications:application-withdraw", args=[application.code]) if withdraws else "",
        "shows_terms": may(where, Act.CONFIRM) or application.status == Status.CONFIRMED,
    }
    return render(request, "applications/release/offer_detail.html", context)


@require_http_methods(["GET", "POST"])
def offer_confirm(request: HttpRequest, code: str) -> HttpResponse:
    return _answer(request, code, Act.CONFIRM, offers.confirm)


@require_http_methods(["GET", "POST"])
def offer_decline(request: HttpRequest, code: str) -> HttpResponse:
    return _answer(request, code, Act.DECLINE, offers.decline)


def _answer(request: HttpRequest, code: str, act: Act, do: Callable[..., Offer]) -> HttpResponse:
    """GET asks for confirmation, POST acts. Redirects to the offer if it can no longer be answered."""
    offer = _offer(request, code)
    require(permissions.can_answer_offer(me(request), offer))
    if request.method == "POST":
        with rule_message(request):
            if do(offer, by=me(request)).reply == Offer.Reply.CONFIRMED:
                messages.success(request, _("Your spot is confirmed. We’re glad you’re coming!"))
                return redirect("home")  # which leads to what is most urgent now
        return redirect(offer)
    if not may(standing_of(offer.application, offer=offer), act):
        return redirect(offer)
    context = {**_terms(offer), "declines": act == Act.DECLINE}
    return render(request, "applications/release/offer_answer.html", context)


def _terms(offer: Offer) -> dict[str, object]:
    """What the student says yes to: which trips, and what it costs."""
    cycle = offer.application.cycle
    return {
        "offer": offer,
        "cycle": cycle,
        "covered": cycle.covered.splitlines(),
        "costs": costs.usual(cycle),
        "student_pays": cycle.student_pays.splitlines(),
        "ahead": trips_ahead(offer.application),
    }


def _offer(request: HttpRequest, code: str) -> Offer:
    offers = Offer.objects.visible_to(me(request))
    related = "application__cycle", "application__student", "application__college"
    offer = get_object_or_404(offers.select_related(*related), code=code)
    opened(request, offer.application, What.DECISION)
    return offer

"""The office's pages after a release: offers that are unanswered or overdue, calls, and who is next for a free seat."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from applications import permissions
from applications.base import waitlist
from applications.base.opening import What, opened
from applications.models import Cycle, Offer, OfferCall, ScheduledRelease
from applications.release import promotions
from applications.release.actions import offer as offers
from applications.release.actions import scheduling
from applications.release.forms import ExtendForm
from applications.states import Status
from exchange.messages import outbox as mail
from exchange.web.shortcuts import me, page_of, require, rule_message

LISTED_MOST = 200  # only students near the top can be offered a seat


@require_safe
def selection_offers(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_decide(me(request)))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    now = timezone.now()
    waiting = (
        Offer.objects.visible_to(me(request))
        .unanswered()
        .filter(application__cycle=cycle, application__status=Status.SELECTED)
        .select_related("application__student", "application__college", "call")
        .order_by("answer_by", "application__code")
    )
    over = list(waiting.filter(answer_by__lt=now)[:200])
    open_calls = OfferCall.objects.visible_to(me(request)).open().filter(offer__application__cycle=cycle)
    free = waitlist.open_spots(cycle)
    listed = waitlist.told(cycle.pk)
    on_list = list(listed.select_related("application__student", "application__college")[:LISTED_MOST])
    waiting_count = listed.count()
    outlooks = promotions.outlook_of([decision.application for decision in on_list])
    proposal = promotions.next_in_line(cycle) if free else None
    context = {
        "cycle": cycle,
        "over": over,
        "page_obj": page_of(waiting.filter(answer_by__gte=now), request),
        "calls": open_calls.count(),
        "free": free,
        "spoken_for": waitlist.spoken_for(cycle).count() if cycle.seats is not None else 0,
        "taken": cycle.applications.filter(status__in=waitlist.TAKEN).count(),
        "on_list": waiting_count,
        "fillable": min(free, waiting_count),
        "filling": scheduling.waiting_of(cycle, ScheduledRelease.Kind.SPOTS),
        "waiting_list": [(decision, outlooks.get(decision.application_id)) for decision in on_list],
        "proposal": proposal,
        "proposed": outlooks.get(proposal.application.pk) if proposal else None,
    }
    return render(request, "applications/release/selection_offers.html", context)


def _offer(request: HttpRequest, code: str) -> Offer:
    require(permissions.can_decide(me(request)))
    found = Offer.objects.visible_to(me(request)).select_related("application__student", "application__cycle")
    offer = get_object_or_404(found, code=code)
    require(not permissions.is_own(me(request), offer.application))
    opened(request, offer.application, What.DECISION)
    return offer


def office_of(cycle: Cycle) -> str:
    return reverse("applications:selection-offers", args=[cycle.code])


@require_http_methods(["GET", "POST"])
def offer_lapse(request: HttpRequest, code: str) -> HttpResponse:
    """GET shows the message that the student will get; POST ends the offer."""
    offer = _offer(request, code)
    application = offer.application
    if request.method == "POST":
        with rule_message(request, _("The spot is open. We’re letting the student know.")):
            offers.let_lapse(offer, by=me(request))
        return redirect(office_of(application.cycle))
    if offer.answered_at or not offer.is_lapsed:
        return redirect(office_of(application.cycle))
    sent = {"application": application, "cycle": application.cycle, "answer_by": offer.answer_by}
    context = {
        "application": application,
        "title": _("Let the offer lapse?"),
        "text": _("The spot opens up for the next student. You can’t undo this, but you can give more time instead."),
        "action": _("Let it lapse and tell the student"),
        "other_href": reverse("applications:offer-extend", args=[offer.code]),
        "other_label": _("Give more time"),
        "drafts": mail.preview("applications/offer_lapsed", to=application.person, context=sent),
        "back_href": office_of(application.cycle),
        "is_danger": True,
    }
    return render(request, "applications/release/tell_one.html", context)


@require_http_methods(["GET", "POST"])
def offer_extend(request: HttpRequest, code: str) -> HttpResponse:
    offer = _offer(request, code)
    form = ExtendForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("The student has more time. We’re letting them know.")):
            offers.extend(offer, **form.cleaned_data, by=me(request), seen=request.POST.get("seen", ""))
            return redirect(office_of(offer.application.cycle))
    context = {
        "form": form,
        "offer": offer,
        "seen": offers.mark_of(offer),
        "application": offer.application,
        "back_href": office_of(offer.application.cycle),
    }
    return render(request, "applications/release/offer_extend.html", context)

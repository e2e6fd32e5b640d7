"""Break-glass: a reason, then one traveler's card for some minutes; and the office's list of all uses with a review."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.base.opening import What, opened
from exchange.base import roles
from exchange.models.reference import whole
from exchange.people.second import second
from exchange.reference import facts
from exchange.web.edited import refusal_in
from exchange.web.proofs import require_fresh
from exchange.web.shortcuts import me, page_of, query_without_page, require
from travel import permissions
from travel.abroad.actions import break_glass as actions
from travel.abroad.incident_forms import BreakGlassForm, ReviewForm
from travel.base.actions import fingerprint
from travel.models import BreakGlass


@require_safe
def break_glass_list(request: HttpRequest) -> HttpResponse:
    """Every use, without the reason; those that wait for a review first."""
    require(roles.is_coordinator(request.user))
    uses = BreakGlass.objects.visible_to(request.user).with_people()
    waiting, done = uses.waiting(), uses.filter(reviewed_at__isnull=False)
    context = {
        "waiting": waiting,
        "page_obj": page_of(done.order_by("-reviewed_at", "-pk"), request),
        "query": query_without_page(request),
        "me": me(request),
    }
    return render(request, "travel/abroad/break_glass_list.html", context)


@never_cache
@sensitive_post_parameters("reason")
@require_http_methods(["GET", "HEAD", "POST"])
def break_glass(request: HttpRequest) -> HttpResponse:
    """Whose card and why. Sent after a fresh proof, it leads to the card."""
    rows = actions.reachable_by(request.user).with_people()
    placements = list(rows.order_by("trip__city__name_en", "application__student__full_name", "pk"))
    require(roles.is_coordinator(request.user) or bool(placements))
    require_fresh(request)
    form = BreakGlassForm(request.POST or None, placements=placements)
    if request.method == "POST" and form.is_valid():
        chosen = form.rows[form.cleaned_data["who"]]
        with refusal_in(form, "reason"):
            use = actions.begin(chosen, reason=form.cleaned_data["reason"], by=me(request))
            return redirect(use)
    fact = facts.current(actions.MINUTES)[actions.MINUTES]
    is_unsure = permissions.can_check_in(request.user) and not fact.is_reliable
    context = {"form": form if placements else None, "minutes": whole(fact.value), "is_unsure": is_unsure}
    return render(request, "travel/abroad/break_glass.html", context)


@never_cache
@require_safe
def break_glass_use(request: HttpRequest, code: str) -> HttpResponse:
    """For the person who gave the reason: the card, while the time runs. For another coordinator: the review."""
    use = _use(request, code)
    require_fresh(request)
    card = None
    if actions.may_open(use, me(request)):
        card = actions.open_card(use, by=me(request))
        is_office = roles.is_coordinator(request.user)
        opened(request, use.placement.application, What.CARD, is_other_leader=not is_office)
    may_review = second.why_not(use, me(request)) is None
    form = ReviewForm(initial={"review": use.review, "text": use.review_text}) if may_review else None
    return render(request, "travel/abroad/break_glass_use.html", _context(request, use, card=card, form=form))


@sensitive_post_parameters("text")
@require_POST
def break_glass_review(request: HttpRequest, code: str) -> HttpResponse:
    use = _use(request, code)
    require(roles.is_coordinator(request.user))
    require_fresh(request)
    form = ReviewForm(request.POST)
    if form.is_valid():
        with refusal_in(form):
            said = form.cleaned_data
            seen = request.POST.get("seen", "")
            actions.review(use, result=said["review"], text=said["text"], by=me(request), seen=seen)
            messages.success(request, _("Saved."))
            return redirect("travel:break-glass-list")
    return render(request, "travel/abroad/break_glass_use.html", _context(request, use, form=form), status=400)


def _context(request: HttpRequest, use: BreakGlass, **more: object) -> dict[str, object]:
    by = me(request)
    is_mine, is_office = use.by_id == by.pk, roles.is_coordinator(by)
    why = second.why_not(use, by) if is_office else None
    return {
        "use": use,
        "is_mine": is_mine,
        "is_office": is_office,
        "why_not": why[1] if why else "",
        "second_path": second.address_of(use),
        "seen": fingerprint(use, actions.JUDGED),
        **more,
    }


def _use(request: HttpRequest, code: str) -> BreakGlass:
    return get_object_or_404(BreakGlass.objects.visible_to(request.user).with_people(), code=code)

"""Public pages of the list of people who want to know when applications open: leave an address, confirm, be removed."""

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from applications.cycle.actions import interest as actions
from applications.cycle.forms.interest import InterestForm
from applications.models import Cycle
from exchange.base.errors import RuleViolation
from exchange.base.links import for_guests
from exchange.models import User


@login_not_required
@never_cache
@sensitive_post_parameters("contact")
@require_http_methods(["GET", "HEAD", "POST"])
def interest(request: HttpRequest, code: str = "") -> HttpResponse:
    """`code`: of the QR code that led here. One that has ended, or that nobody made, opens the same page."""
    if opened := actions.open_cycle():
        if request.method == "POST":  # it opened while they were writing
            messages.info(
                request, _("Applications are open now, so you don’t need to wait. We didn’t keep your address.")
            )
        return redirect(opened)
    source = actions.source_of(code) if code else None
    form = InterestForm(request.POST or None, has_source=bool(source), initial={"contact": _own(request)})
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "upcoming": Cycle.objects.upcoming().first()}
        return render(request, "applications/cycle/interest.html", context)
    email, phone = form.cleaned_data["contact"]
    for limit in ("leave_interest", *(["text_code"] if phone else [])):
        refused: HttpResponse | None = consume_or_429(request, action=limit)
        if refused:
            return refused
    is_proved = _is_proved(request, email, phone)
    heard, language = form.cleaned_data.get("heard", ""), (get_language() or "en")[:2]
    try:
        actions.leave(email=email, phone=phone, language=language, source=source, heard=heard, is_proved=is_proved)
    except RuleViolation as violation:
        form.add_error(None, violation.message)
        return render(request, "applications/cycle/interest.html", {"form": form})
    return redirect("applications:interest-listed" if is_proved else "applications:interest-sent")


def _own(request: HttpRequest) -> str:
    return (request.user.email or "") if isinstance(request.user, User) else ""


def _is_proved(request: HttpRequest, email: str, phone: str) -> bool:
    """Whether the address is the one with which this person signs in."""
    user = request.user
    if not isinstance(user, User):
        return False
    is_phone = bool(phone and user.phone and user.phone_verified_at and user.phone.as_e164 == phone)
    return bool(email and user.email == email) or is_phone


@login_not_required
@require_safe
def interest_sent(request: HttpRequest) -> HttpResponse:
    """The same for an address that is on the list already: nobody can find out who is."""
    return render(request, "applications/cycle/interest_sent.html", {})


@login_not_required
@require_safe
def interest_listed(request: HttpRequest) -> HttpResponse:
    return render(request, "applications/cycle/interest_sent.html", {"is_listed": True})


@for_guests()
def interest_link(request: HttpRequest, token: str) -> HttpResponse:
    """The private link in a message: confirm, or be removed. Opening it changes nothing."""
    row = actions.of_link(token)
    if row is None:
        return render(request, "applications/cycle/interest_gone.html", status=404)
    if request.method == "POST" and request.POST.get("do") == "remove":
        actions.remove(row, by=None)
        return render(request, "applications/cycle/interest_gone.html", {"is_removed": True})
    if request.method == "POST":
        actions.confirm(row)
        return redirect(request.path)
    opened = actions.open_cycle()
    return render(request, "applications/cycle/interest_link.html", {"interest": row, "opened": opened})

"""The pages of a guardian, a leader or a host who signs, behind a private link instead of an account.

A GET changes nothing. The pages are in the signer's language until they choose another, and speak formally. A
guardian's pages don't open in the student's own session: another person has to sign on another phone.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import pgettext

from exchange.base.errors import RuleViolation
from exchange.base.paragraphs import blocks
from exchange.guests.pages import behind
from travel.models import SignedForm, SigningLink
from travel.prepare.signing import actions as signing
from travel.prepare.signing.required import FormState, forms_of, forms_of_contact
from travel.prepare.signing.views import asks, blank, send_file, signed_or_page

View = Callable[..., HttpResponse]


def for_signers(view: View) -> Callable[..., HttpResponse]:
    """Opens the view for anyone with a link that works, unless they're signed in as the student themselves."""

    @behind(SigningLink, "typed_name")
    @wraps(view)
    def opened_page(request: HttpRequest, link: SigningLink, **kwargs: Any) -> HttpResponse:
        if link.placement and link.placement.application.student_id == request.user.pk:
            with translation.override(request.LANGUAGE_CODE):
                return render(request, "travel/prepare/signing_own_phone.html", {"link": link}, status=403)
        return view(request, link, **kwargs)

    return opened_page


def _states(link: SigningLink) -> list[FormState]:
    """The forms of this signer; a guardian's signature stands where one's own would."""
    if link.contact:
        return forms_of_contact(link.contact)
    if link.placement is None:
        return []
    return [FormState(text=state.text, own=state.guardian) for state in forms_of(link.placement).for_guardian]


def _state(link: SigningLink, key: str) -> tuple[FormState, list[FormState]]:
    states = _states(link)
    state = next((each for each in states if each.text.key == key), None)
    if state is None:
        raise Http404
    return state, states


@for_signers
def signing_list(request: HttpRequest, link: SigningLink) -> HttpResponse:
    states = _states(link)
    context = {
        "link": link,
        "trip": link.placement.trip if link.placement else None,
        "student": link.placement.application.student if link.placement else None,
        "states": states,
        "done": sum(state.is_signed for state in states),
    }
    return render(request, "travel/prepare/signing_list.html", context)


@for_signers
def signing_form(request: HttpRequest, link: SigningLink, key: str) -> HttpResponse:
    state, states = _state(link, key)
    page: dict[str, Any] = {"form": blank(state, for_guest=True) if asks(state) else None}
    if request.method == "POST":
        act = signing.sign_as_contact if link.contact else signing.sign_as_guardian
        page = signed_or_page(request, state, link.signer_name, act=lambda said: act(link, key, said), for_guest=True)
        if page["is_signed"]:
            return redirect("travel:signing-form", token=link.link, key=key)
        state, states = _state(link, key)
        if "typed" in page:
            page["form"] = blank(state, for_guest=True, typed=page["typed"])
    context = page | {
        "link": link,
        "student": link.placement.application.student if link.placement else None,
        "state": state,
        "blocks": blocks(state.text.body),
        "number": [each.text.key for each in states].index(key) + 1,
        "total": len(states),
        "steps": ["done" if each.is_signed else "now" if each.text.key == key else "" for each in states],
        "next_form": next((each for each in states if not each.is_signed and each.text.key != key), None),
        "known": link.signer_name,
    }
    return render(request, "travel/prepare/signing_form.html", context)


@for_signers
def signing_withdraw(request: HttpRequest, link: SigningLink, key: str) -> HttpResponse:
    """POST withdraws a guardian's yes to an optional form; a GET only leads back to it."""
    state, _states_there = _state(link, key)
    if request.method == "POST" and state.own:
        try:
            signing.withdraw(state.own, by=None, link=link)
        except RuleViolation as violation:
            messages.error(request, violation.message)
        else:
            messages.success(request, pgettext("to guests", "Withdrawn. From now on your answer is no."))
    return redirect("travel:signing-form", token=link.link, key=key)


@for_signers
def signing_file(request: HttpRequest, link: SigningLink, key: str) -> HttpResponse:
    state, _states_there = _state(link, key)
    signed: SignedForm | None = state.own
    if signed is None:
        raise Http404
    return send_file(signed)

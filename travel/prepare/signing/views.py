"""The student's pages of the forms before departure: the list, one form, and the guardian who signs as well."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.base.opening import What, opened
from applications.standing import Act, may
from exchange.base.errors import RuleViolation
from exchange.base.paragraphs import blocks
from exchange.files import storage
from exchange.models import Language
from exchange.reference import facts
from exchange.templatetags.ui import day_year
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.trip_stage import placed_standing
from travel.models import FormText, GuardianCall, Placement, SignedForm, SigningLink, Trip
from travel.passport.plan.of_age import ADULT_AGE
from travel.prepare.signing import actions as signing
from travel.prepare.signing import guardian
from travel.prepare.signing.forms import AgeForm, GuardianCallForm, GuardianForm, SignForm
from travel.prepare.signing.required import Forms, FormState, forms_of, forms_of_many


def _own(request: HttpRequest, code: str) -> Placement:
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_sign_forms(request.user, placement))
    return placement


def state_tag(state: FormState) -> tuple[str, str]:
    """(text, tone) of one form."""
    if state.own is None:
        return (_("sign again"), "wait") if state.was_signed else (_("to sign"), "wait")
    if state.text.is_optional and not state.own.is_yes:
        return _("answered: no"), "good"
    if not state.is_done:
        return _("waiting for parent or guardian"), "wait"
    return _("signed"), "good"


# --- The list ---------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def form_list(request: HttpRequest, code: str) -> HttpResponse:
    """All forms, and, where nobody knows, the question whether the student will be of age. POST answers it."""
    placement = _own(request, code)
    forms = forms_of(placement)
    age = int(facts.number(ADULT_AGE))
    question = _("Will you be %(age)s or older on %(day)s?")
    question %= {"age": age, "day": day_year(placement.trip.leaves_on)}
    form = AgeForm(request.POST or None, question=question)
    if request.method == "POST" and form.is_valid():
        with rule_message(request, success=_("Saved.")):
            signing.say_age(placement, is_of_age=form.cleaned_data["is_of_age"], by=me(request))
        return redirect("travel:form-list", code=code)
    link = SigningLink.objects.filter(placement=placement).first() if forms.for_guardian else None
    context = {
        "placement": placement,
        "trip": placement.trip,
        "forms": forms,
        "is_open": may(placed_standing(placement), Act.CHECKLIST),
        "items": [_item(placement, state) for state in forms.states],
        "steps": ["done" if state.is_signed else "" for state in forms.states],
        "adult_age": age,
        "age_form": form if forms.asks_age else None,
        "guardian": link,
        "guardian_done": sum(state.guardian is not None for state in forms.for_guardian),
    }
    return render(request, "travel/prepare/form_list.html", context)


def _item(placement: Placement, state: FormState) -> dict[str, str]:
    label, tone = state_tag(state)
    href = reverse("travel:form-sign", kwargs={"code": placement.code, "key": state.text.key})
    return {"title": state.text.title, "href": href, "hint": "", "status_label": label, "tone": tone}


# --- One form ---------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def form_sign(request: HttpRequest, code: str, key: str) -> HttpResponse:
    placement = _own(request, code)
    forms = forms_of(placement)
    state = forms.of(key)
    if state is None:
        raise Http404
    known = placement.application.person.full_name
    is_open = may(placed_standing(placement), Act.CHECKLIST)
    page: dict[str, Any] = {"form": blank(state) if is_open and asks(state) else None}
    if request.method == "POST" and is_open:
        page = signed_or_page(
            request, state, known, act=lambda said: signing.sign(placement, key, said, by=me(request)), for_guest=False
        )
        if page["is_signed"]:
            return redirect("travel:form-sign", code=code, key=key)
        forms = forms_of(placement)  # the words may have changed meanwhile
        state = forms.of(key) or state
        if "typed" in page:
            page["form"] = blank(state, typed=page["typed"])
    upcoming = next((each for each in forms.states if not each.is_signed and each.text.key != key), None)
    context = page | {
        "placement": placement,
        "trip": placement.trip,
        "state": state,
        "blocks": blocks(state.text.body),
        "number": [each.text.key for each in forms.states].index(key) + 1,
        "total": len(forms.states),
        "steps": _steps(forms, key),
        "next_form": upcoming,
        "known": known,
    }
    return render(request, "travel/prepare/form_sign.html", context)


def _steps(forms: Forms, key: str) -> list[str]:
    return [
        " ".join(word for word, is_so in (("done", each.is_signed), ("now", each.text.key == key)) if is_so)
        for each in forms.states
    ]


def asks(state: FormState) -> bool:
    """Whether the form is still to be signed. A no can become a yes at any time."""
    return state.own is None or (state.text.is_optional and not state.own.is_yes)


def blank(state: FormState, *, for_guest: bool = False, typed: str = "") -> SignForm:
    """A form to sign these words, which remembers which ones were shown and in which language."""
    shown = {"seen": state.text.code, "language": (get_language() or Language.ENGLISH)[:2], "typed_name": typed}
    return SignForm(text=state.text, for_guest=for_guest, initial=shown)


def signed_or_page(request: HttpRequest, state: FormState, known: str, *, act: Any, for_guest: bool) -> dict[str, Any]:
    """Sign what was posted. Otherwise what the page shows instead: the form again, and a notice or a question."""
    asks_name = "is_my_name" in request.POST
    form = SignForm(request.POST, text=state.text, for_guest=for_guest, asks_name=asks_name)
    page: dict[str, Any] = {"form": form, "is_signed": False}
    if not form.is_valid():
        return page
    try:
        act(form.signature)
    except RuleViolation as violation:
        if violation.code == "other_name":
            page["form"] = SignForm(request.POST, text=state.text, for_guest=for_guest, asks_name=True)
            page["other_name"] = form.signature.name
        else:
            page |= {"notice": violation.message, "form": None}
        if violation.code == "newer_words":  # what was typed is kept, under the new words
            page["typed"] = form.signature.name
        return page
    messages.success(request, _("Signed."))
    return page | {"is_signed": True}


@require_POST
def form_withdraw(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Withdraw a yes to an optional form."""
    placement = _own(request, code)
    mine = SignedForm.objects.visible_to(request.user).filter(placement=placement, signed_as=SignedForm.By.STUDENT)
    signed = get_object_or_404(mine.in_force().filter(text__key=key, text__is_current=True))
    with rule_message(request, success=_("Withdrawn. From now on your answer is no.")):
        signing.withdraw(signed, by=me(request))
    return redirect("travel:form-sign", code=code, key=key)


@require_safe
def signed_file(request: HttpRequest, code: str) -> HttpResponse:
    """The PDF of a signature: for the student and the office."""
    signed = get_object_or_404(
        SignedForm.objects.visible_to(request.user).select_related("text", "placement__application"), code=code
    )
    if signed.placement:
        opened(request, signed.placement.application, What.TRIP)
    return send_file(signed)


def send_file(signed: SignedForm) -> HttpResponse:
    if not signed.file:
        raise Http404
    response: Any = storage.send(signed.file, f"{signed.text.key}-{signed.code}.pdf", content_type="application/pdf")
    return cast(HttpResponse, response)


# --- The guardian -----------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def guardian_page(request: HttpRequest, code: str) -> HttpResponse:
    """Who signs as parent or guardian, and how they're reached: a link to their phone or email, or a call.

    The link itself is on no page of the student: whoever has it signs for the guardian.
    """
    placement = _own(request, code)
    forms = forms_of(placement)
    if not forms.for_guardian:
        return redirect("travel:form-list", code=code)
    link = SigningLink.objects.filter(placement=placement).first()
    if link:
        link.placement = placement
    initial = {name: getattr(link, name) for name in ("name", "email", "phone", "reach", "language")} if link else {}
    form = GuardianForm(request.POST or None, initial=initial or {"language": get_language()})
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            guardian.name_guardian(placement, **form.cleaned_data, by=me(request))
            return redirect("travel:guardian", code=code)
    context = {
        "placement": placement,
        "trip": placement.trip,
        "forms": forms,
        "done": sum(state.guardian is not None for state in forms.for_guardian),
        "link": link,
        "works": link is not None and link.is_open,
        "form": form,
    }
    return render(request, "travel/prepare/guardian.html", context)


@require_POST
def guardian_send(request: HttpRequest, code: str) -> HttpResponse:
    placement = _own(request, code)
    try:
        was_sent = guardian.send_again(placement, by=me(request))
    except RuleViolation as violation:
        messages.error(request, violation.message)
    else:
        said = _("Sent again.") if was_sent else _("We sent it less than an hour ago. Give it a moment.")
        messages.success(request, said)
    return redirect("travel:guardian", code=code)


@require_POST
def guardian_end(request: HttpRequest, code: str) -> HttpResponse:
    placement = _own(request, code)
    with rule_message(request, success=_("The link no longer works.")):
        guardian.end(placement, by=me(request))
    return redirect("travel:guardian", code=code)


# --- The office -------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def guardian_call(request: HttpRequest, code: str) -> HttpResponse:
    """What to read to a guardian whom no message reaches, in their language, and the form that records the answers."""
    require(permissions.can_call_guardian(request.user))
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    link = SigningLink.objects.visible_to(request.user).filter(placement=placement, stopped_at=None).first()
    opened(request, placement.application, What.TRIP)
    language = request.GET.get("language") or (link.language if link else "")
    language = language if language in Language.values else Language.ENGLISH
    texts = [state.text for state in forms_of(placement).for_guardian if state.guardian is None]
    form = GuardianCallForm(request.POST or None, texts=texts, language=language)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            call = signing.record_call(placement, form.call, by=me(request))
            messages.success(request, _call_recorded(call.signed.count()))
            return redirect("travel:guardian-call", code=code)
    context = {
        "placement": placement,
        "trip": placement.trip,
        "link": link if link and not link.has_address else None,
        "form": form,
        "language": language,
        "languages": Language.choices,
        "texts": [(*_in_language(text, language), form[f"answer_{text.code}"]) for text in texts],
        "fields": [form[name] for name in ("spoke_with", "number", "said")],
        "calls": GuardianCall.objects.visible_to(request.user).filter(placement=placement).select_related("called_by"),
    }
    return render(request, "travel/prepare/guardian_call.html", context)


def _in_language(text: FormText, language: str) -> tuple[str, Any]:
    return getattr(text, f"title_{language}"), blocks(getattr(text, f"body_{language}"))


def _call_recorded(count: int) -> str:
    if not count:
        return _("The call is recorded. Nothing is signed yet.")
    signed = ngettext("%(count)s form is signed.", "%(count)s forms are signed.", count) % {"count": count}
    return f"{_('The call is recorded.')} {signed}"


@require_safe
def trip_forms(request: HttpRequest, code: str) -> HttpResponse:
    """Who of a trip has signed what."""
    require(permissions.can_open_signatures(request.user))
    trip = get_object_or_404(Trip.objects.visible_to(request.user).select_related("city", "cycle"), code=code)
    going = Placement.objects.visible_to(request.user).active().filter(trip=trip).with_people()
    rows = forms_of_many(trip, going.order_by("application__student__full_name", "pk"))
    texts = list(FormText.objects.current().filter(cycle=trip.cycle_id, signer=FormText.Signer.STUDENT))
    no_address = SigningLink.objects.filter(placement__in=going, stopped_at=None, email="", phone="")
    to_call = set(no_address.values_list("placement_id", flat=True))
    context = {
        "trip": trip,
        "texts": texts,
        "rows": [
            {
                "forms": row,
                "cells": [(state, *state_tag(state)) for state in row.states],
                "calls": row.placement.pk in to_call and any(not state.guardian for state in row.for_guardian),
            }
            for row in rows
        ],
        "complete": sum(row.is_done for row in rows),
    }
    return render(request, "travel/prepare/trip_forms.html", context)

"""Readers' limits, edited by themselves or the office; readers who are not advisors; moving a reader's files."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from applications import permissions
from applications.models import Cycle
from applications.reading import readers
from applications.reading.actions import reader_profile, reassigning
from applications.reading.forms.readers import AddReaderForm, MoveForm, OwnReadingForm, ReaderProfileForm
from applications.reading.views.assigning import progress_of
from exchange.base.errors import RuleViolation
from exchange.models import User
from exchange.reference import facts
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message


def _initial(person: User) -> dict[str, Any]:
    profile = getattr(person, "reader_profile", None)
    if profile is None:
        return {"is_reading": True, "seen": reader_profile.fingerprint(None)}
    fields = {name: getattr(profile, name) for name in reader_profile.FIELDS}
    return fields | {"seen": reader_profile.fingerprint(profile)}


@require_http_methods(["GET", "POST"])
def reader_own(request: HttpRequest) -> HttpResponse:
    """A reader sets how many files they take, and in which languages."""
    person = me(request)
    require(readers.people_who_read().filter(pk=person.pk).exists())
    return _profile_page(request, person, OwnReadingForm)


@require_http_methods(["GET", "POST"])
def reader_profile_edit(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_assign_readers(me(request)))
    person = get_object_or_404(readers.known_readers(), code=code)
    return _profile_page(request, person, ReaderProfileForm)


def _profile_page(request: HttpRequest, person: User, form_class: type[ReaderProfileForm]) -> HttpResponse:
    form = form_class(request.POST or None, initial=_initial(person))
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            reader_profile.save_profile(person, by=me(request), **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("applications:review-list")
    context = {
        "form": form,
        "person": person,
        "is_own": form_class is OwnReadingForm,
        "usual": int(facts.number("review.reads_max")),
    }
    return render(request, "applications/reading/reader_profile.html", context)


@require_http_methods(["GET", "POST"])
def reader_add(request: HttpRequest) -> HttpResponse:
    """Adds a reader who is not an advisor."""
    require(permissions.can_assign_readers(me(request)))
    form = AddReaderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form, "email"):
            person = reader_profile.add_reader(form.cleaned_data["email"], by=me(request))
            messages.success(request, _("%(name)s is now a reader. Set how much they can take.") % {"name": person})
            return redirect("applications:reader-profile", code=person.code)
    return render(request, "applications/reading/reader_add.html", {"form": form})


@require_http_methods(["GET", "POST"])
def reader_move(request: HttpRequest, code: str, cycle: str) -> HttpResponse:
    """A preview of who would take a reader's unread files; POST moves them."""
    require(permissions.can_assign_readers(me(request)))
    found = get_object_or_404(Cycle.objects.public(), code=cycle)
    person = get_object_or_404(readers.known_readers(), code=code)
    if request.method == "POST":
        return _move(request, found, person)
    try:
        plan = reassigning.plan_move(found, person, seed=secrets.randbelow(2**31))
    except RuleViolation as violation:
        plan, refusal = None, violation.message
    else:
        refusal = ""
    context = {
        "cycle": found,
        "person": person,
        "plan": plan,
        "refusal": refusal,
        "form": MoveForm(initial={"seed": plan.seed, "seen": plan.fingerprint}) if plan else None,
    }
    return render(request, "applications/reading/reader_move.html", context)


def _move(request: HttpRequest, cycle: Cycle, person: User) -> HttpResponse:
    form = MoveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Check who takes what first."))
        return redirect("applications:reader-move", code=person.code, cycle=cycle.code)
    with rule_message(request):
        count = reassigning.move_unread(cycle, person, by=me(request), **form.cleaned_data)
        text = ngettext("%(count)s application moved.", "%(count)s applications moved.", count)
        messages.success(request, text % {"count": count})
        return redirect(progress_of(cycle))
    return redirect("applications:reader-move", code=person.code, cycle=cycle.code)

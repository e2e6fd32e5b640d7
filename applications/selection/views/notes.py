"""The committee's notes about a candidate."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications import permissions
from applications.models import Application, CommitteeNote
from applications.selection.actions import committee
from applications.selection.forms.committee import NoteForm
from exchange.models import User
from exchange.web.shortcuts import me, require, rule_message


def notes_of(user: User, application: Application) -> dict[str, Any]:
    """Context for a page about one application: its notes, and the newest one if this person can still delete it."""
    return {
        "notes": CommitteeNote.objects.visible_to(user).filter(application=application).select_related("by"),
        "fresh_note": committee.fresh_note(application, user),
        "note_form": NoteForm(auto_id=f"id_{application.code}_%s"),
    }


@require_POST
def decision_note(request: HttpRequest, code: str) -> HttpResponse:
    """Adds a note or deletes the newest, then redirects to the page on which it was written."""
    require(permissions.can_decide(me(request)))
    application = get_object_or_404(Application.objects.visible_to(me(request)).in_the_cycle(), code=code)
    require(not permissions.is_own(me(request), application))
    if request.POST.get("act") == "undo":
        with rule_message(request, success=_("Note removed.")):
            committee.take_back_note(application, by=me(request))
        return redirect(_back(request, application))
    form = NoteForm(request.POST)
    if form.is_valid():
        with rule_message(request, success=_("Note saved.")):
            committee.add_note(application, text=form.cleaned_data["text"], by=me(request))
        return redirect(_back(request, application))
    context = {"application": application, "form": form, "next": request.POST.get("next", "")}
    return render(request, "applications/selection/note.html", context)


def _back(request: HttpRequest, application: Application) -> str:
    address = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return address
    return reverse("applications:decision-record", kwargs={"code": application.code})

"""What the committee writes down about a candidate."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications import permissions
from applications.models import Application, CommitteeNote
from applications.selection.actions import committee
from applications.selection.forms.committee import NoteForm
from exchange.web.shortcuts import require, rule_message


def notes_of(user, application: Application) -> dict:
    """For a page about one application: what the committee wrote, and whether the newest can be taken back."""
    return {
        "notes": CommitteeNote.objects.visible_to(user).filter(application=application).select_related("by"),
        "fresh_note": committee.fresh_note(application, user),
        "note_form": NoteForm(auto_id=f"id_{application.code}_%s"),
    }


@require_POST
def decision_note(request, code: str) -> HttpResponse:
    """Add a note, or take the newest back; then back to the page it was written on."""
    require(permissions.can_decide(request.user))
    application = get_object_or_404(Application.objects.visible_to(request.user).in_the_cycle(), code=code)
    require(not permissions.is_own(request.user, application))
    if request.POST.get("act") == "undo":
        with rule_message(request, success=_("Taken back.")):
            committee.take_back_note(application, by=request.user)
        return redirect(_back(request, application))
    form = NoteForm(request.POST)
    if form.is_valid():
        with rule_message(request, success=_("The note is kept.")):
            committee.add_note(application, text=form.cleaned_data["text"], by=request.user)
        return redirect(_back(request, application))
    context = {"application": application, "form": form, "next": request.POST.get("next", "")}
    return render(request, "applications/selection/note.html", context)


def _back(request, application: Application) -> str:
    address = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return address
    return reverse("applications:decision-record", kwargs={"code": application.code})

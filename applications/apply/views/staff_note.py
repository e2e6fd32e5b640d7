"""Notes of the office on a student: added and edited on a page of their own, read on the student's file."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications import permissions
from applications.apply.actions import staff_note as actions
from applications.apply.forms.staff_note import StaffNoteEditForm, StaffNoteForm
from applications.base.opening import What, opened
from applications.models import Application, StaffNote
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message


@require_http_methods(["GET", "POST"])
def staff_note_add(request: HttpRequest, code: str) -> HttpResponse:
    application = get_object_or_404(Application.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_keep_notes(request.user, application))
    opened(request, application, What.APPLICATION)
    form = StaffNoteForm(request.POST or None, by=me(request))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        with refusal_in(form):
            actions.write(application, said["body"], due_on=said["due_on"], owner=said["owner"], by=me(request))
            messages.success(request, _("Saved. Only the office sees it."))
            return redirect(f"{application.get_absolute_url()}#notes")
    context = {
        "application": application,
        "form": form,
        "title": _("Add a note"),
        "label": _("Save note"),
    }
    return render(request, "applications/apply/_office_act.html", context)


@require_http_methods(["GET", "POST"])
def staff_note_edit(request: HttpRequest, code: str) -> HttpResponse:
    note = _note(request, code)
    application = note.application
    require(permissions.can_keep_notes(request.user, application))
    opened(request, application, What.APPLICATION)
    form = StaffNoteEditForm(request.POST or None, initial={"body": note.body, "seen": actions.fingerprint(note)})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        with refusal_in(form):
            actions.edit(note, said["body"], seen=said["seen"], by=me(request))
            messages.success(request, _("Saved. Only the office sees it."))
            return redirect(f"{application.get_absolute_url()}#notes")
    context = {
        "application": application,
        "form": form,
        "title": _("Edit a note"),
        "text": _("What it says now stays in its history."),
        "label": _("Save note"),
    }
    return render(request, "applications/apply/_office_act.html", context)


def _note(request: HttpRequest, code: str) -> StaffNote:
    rows = StaffNote.objects.visible_to(request.user).select_related("application__student")
    return get_object_or_404(rows, code=code)


@require_POST
def staff_note_take_back(request: HttpRequest, code: str) -> HttpResponse:
    note = _note(request, code)
    require(note.author_id == me(request).pk)
    with rule_message(request, success=_("Note removed.")):
        actions.take_back(note, seen=request.POST.get("seen", ""), by=me(request))
    return redirect(f"{note.application.get_absolute_url()}#notes")

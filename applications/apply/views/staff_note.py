"""Notes of the office on a student: added on a page of their own, read on the student's file."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications import permissions
from applications.apply.actions import staff_note as actions
from applications.apply.forms.staff_note import StaffNoteForm
from applications.base.opening import What, opened
from applications.models import Application, StaffNote
from exchange.base.errors import RuleViolation
from exchange.web.shortcuts import me, require


@require_http_methods(["GET", "POST"])
def staff_note_add(request: HttpRequest, code: str) -> HttpResponse:
    application = get_object_or_404(Application.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_keep_notes(request.user, application))
    opened(request, application, What.APPLICATION)
    form = StaffNoteForm(request.POST or None, by=me(request))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.write(application, said["body"], due_on=said["due_on"], owner=said["owner"], by=me(request))
        except RuleViolation as violation:
            form.add_error(None, violation.message)
        else:
            messages.success(request, _("Saved. Only the office sees it."))
            return redirect(f"{application.get_absolute_url()}#notes")
    context = {
        "application": application,
        "form": form,
        "title": _("Add a note"),
        "label": _("Save note"),
    }
    return render(request, "applications/apply/_office_act.html", context)


@require_POST
def staff_note_take_back(request: HttpRequest, code: str) -> HttpResponse:
    note = get_object_or_404(StaffNote.objects.visible_to(request.user).select_related("application"), code=code)
    require(note.author_id == me(request).pk)
    actions.take_back(note, by=me(request))
    messages.success(request, _("Note removed."))
    return redirect(f"{note.application.get_absolute_url()}#notes")

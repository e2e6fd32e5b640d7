"""Conflicts of interest: "I know this student" on the reading page, its undo, and the office's page."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications import permissions
from applications.base.opening import What, opened
from applications.models import Application, Assignment
from applications.reading import reader_stack, readers
from applications.reading.actions import conflict
from applications.reading.forms.conflict import ConflictForm, KeepAwayForm
from exchange.models import Event
from exchange.web.shortcuts import me, require, rule_message


@require_http_methods(["GET", "POST"])
def review_conflict(request: HttpRequest, code: str) -> HttpResponse:
    """GET asks for confirmation, POST declares the conflict; afterwards the page says what happened."""
    visible = Assignment.objects.visible_to(me(request)).select_related("application__cycle", "reader", "review")
    assignment = visible.filter(code=code).first()
    if assignment is None:
        return _declared(request, code)
    require(permissions.can_declare_conflict(me(request), assignment))
    form = ConflictForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request):
            conflict.declare(assignment, relation=form.relation_said, by=me(request))
            return redirect("applications:review-conflict", code=code)
        return redirect("applications:review-list")
    context = {"assignment": assignment, "form": form}
    return render(request, "applications/reading/conflict.html", context)


def _said(request: HttpRequest, code: str) -> Event:
    said = conflict.declared_by(me(request), code)
    if said is None:
        raise Http404
    return said


def _declared(request: HttpRequest, code: str) -> HttpResponse:
    said = _said(request, code)
    if request.method == "POST":
        return redirect("applications:review-conflict", code=code)  # the same declaration, sent twice
    context = {
        "code": code,
        "label": Assignment(code=code).candidate_label,
        "is_replaced": bool(said.changes["replacement"]),
        "was_locked": "points" in said.changes,
        "can_undo": conflict.can_undo(said),
        "next": reader_stack.next_unread(me(request)),
    }
    return render(request, "applications/reading/conflict_declared.html", context)


@require_POST
def review_conflict_undo(request: HttpRequest, code: str) -> HttpResponse:
    said = _said(request, code)
    with rule_message(request, success=_("Undone. The candidate is back on your list.")):
        return redirect(conflict.undo(said, by=me(request)))
    return redirect("applications:review-conflict", code=code)


@require_http_methods(["GET", "POST"])
def application_keep_away(request: HttpRequest, code: str) -> HttpResponse:
    """The office records that a reader knows the student, or deletes such a record."""
    application = get_object_or_404(
        Application.objects.visible_to(me(request)).select_related("student", "cycle", "college"), code=code
    )
    require(permissions.can_keep_away(me(request), application))
    opened(request, application, What.APPLICATION)
    known = conflict.known_about(application)
    if request.POST.get("act") == "lift":
        said = get_object_or_404(known, reader__code=request.POST.get("reader", ""))
        conflict.lift(application, said.reader, by=me(request))
        messages.success(request, _("%(name)s can be assigned this application again.") % {"name": said.reader})
        return redirect("applications:application-keep-away", code=code)
    people = readers.people_who_read().exclude(conflicts__in=known).order_by("full_name", "pk")
    form = KeepAwayForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        person = form.cleaned_data["reader"]
        with rule_message(request, success=_("%(name)s won’t be assigned this application.") % {"name": person}):
            conflict.keep_away(application, person, relation=form.cleaned_data["relation"], by=me(request))
        return redirect("applications:application-keep-away", code=code)
    context = {"application": application, "known": known, "form": form}
    return render(request, "applications/reading/keep_away.html", context)

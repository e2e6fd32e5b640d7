"""“I know this student”: one tap on the reader's desk, and one way back for a mistaken one."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications import permissions, reading
from applications.actions import conflict
from applications.forms.conflict import ConflictForm
from applications.models import Application, Assignment
from exchange.models import Event
from exchange.web import me, require, rule_message


@require_http_methods(["GET", "POST"])
def review_conflict(request, code: str) -> HttpResponse:
    """Asks, where the tap was on a link; does it on a post; afterwards says what happened."""
    visible = Assignment.objects.visible_to(request.user).select_related("application__cycle", "reader", "review")
    assignment = visible.filter(code=code).first()
    if assignment is None:
        return _declared(request, code)
    require(permissions.can_declare_conflict(request.user, assignment))
    form = ConflictForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request):
            conflict.declare(assignment, relation=form.relation_said, by=request.user)
            return redirect("applications:review-conflict", code=code)
        return redirect("applications:review-list")
    context = {"assignment": assignment, "form": form}
    return render(request, "applications/review/conflict.html", context)


def _said(request, code: str) -> Event:
    said = conflict.declared_by(me(request), code)
    if said is None:
        raise Http404
    return said


def _declared(request, code: str) -> HttpResponse:
    said = _said(request, code)
    if request.method == "POST":
        return redirect("applications:review-conflict", code=code)  # the same tap, sent twice
    context = {
        "code": code,
        "label": Application.objects.get(pk=said.target_id).candidate_label,
        "is_replaced": bool(said.changes["replacement"]),
        "was_locked": "points" in said.changes,
        "can_undo": conflict.can_undo(said),
        "next": reading.next_unread(me(request)),
    }
    return render(request, "applications/review/conflict_declared.html", context)


@require_POST
def review_conflict_undo(request, code: str) -> HttpResponse:
    said = _said(request, code)
    with rule_message(request, success=_("Taken back. The candidate is in your stack again.")):
        return redirect(conflict.undo(said, by=me(request)))
    return redirect("applications:review-conflict", code=code)

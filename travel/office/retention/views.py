"""The office's page on what is kept how long, what would go tonight, and what a legal hold keeps."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications.models import LegalHold
from exchange.base import roles
from exchange.models import Event, RetentionRule
from exchange.reference.retention import kept
from exchange.web.shortcuts import me, require, rule_message
from travel.office.retention import holds as actions
from travel.office.retention import purge
from travel.office.retention.forms import HoldForm


@require_http_methods(["GET", "POST"])
def retention_list(request: HttpRequest) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    form = HoldForm(request.POST or None, user=me(request))
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("This is kept until you lift the hold.")):
            actions.place(**form.cleaned_data, by=me(request))
        return redirect("travel:retention")
    due = {each.key: each.count for each in purge.run(dry_run=True)}
    last = _last()
    rows = [{"kept": each, "due": due.get(each.rule.key), "last": last.get(each.rule.pk)} for each in kept()]
    holds = LegalHold.objects.visible_to(me(request)).active().select_related("cycle", "student", "placed_by")
    return render(request, "travel/office/retention.html", {"rows": rows, "holds": holds, "form": form})


def _last() -> dict[int, Event]:
    """The newest removal by rule. One query."""
    label = RetentionRule._meta.label_lower
    events = Event.objects.filter(action="retention.purge", target_model=label).order_by("target_id", "-at", "-pk")
    found: dict[int, Event] = {}
    for event in events[:500]:
        found.setdefault(event.target_id, event)
    return found


@require_POST
def hold_lift(request: HttpRequest, code: str) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    hold = get_object_or_404(LegalHold.objects.visible_to(me(request)), code=code)
    with rule_message(request, _("The hold is lifted. What’s past its time goes tonight.")):
        actions.lift(hold, by=me(request))
    return redirect("travel:retention")

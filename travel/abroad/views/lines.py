"""The student's own lines from the trip: read, added, corrected and removed by them alone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.abroad.actions import lines as actions
from travel.abroad.line_forms import NewLineForm, OwnLineForm
from travel.models import Placement, TripLine


@never_cache
@sensitive_post_parameters("text")
@require_http_methods(["GET", "HEAD", "POST"])
def trip_lines(request: HttpRequest, code: str) -> HttpResponse:
    """All lines by day, and a form for a day that has none."""
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_reflect(request.user, placement))
    found = actions.of(placement, me(request))
    taken = {line.on for line in found}
    free = [day for day in reversed(actions.days_of(placement)) if day not in taken]
    form = NewLineForm(request.POST or None, days=free)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            actions.write(placement, form.cleaned_data["on"], form.cleaned_data["text"], by=me(request))
            return redirect("travel:trip-lines", code=code)
    context = {"placement": placement, "lines": found, "form": form if free else None}
    return render(request, "travel/abroad/trip_lines.html", context)


@never_cache
@sensitive_post_parameters("text")
@require_http_methods(["GET", "HEAD", "POST"])
def trip_line(request: HttpRequest, code: str) -> HttpResponse:
    line = _own(request, code)
    form = OwnLineForm(request.POST or None, initial={"text": line.text})
    if request.method == "POST" and form.is_valid():
        with rule_message(request, success=_("Saved.")):
            actions.change(line, form.cleaned_data["text"], by=me(request))
        return redirect("travel:trip-lines", code=line.placement.code)
    return render(request, "travel/abroad/trip_line.html", {"line": line, "form": form})


@require_POST
def trip_line_remove(request: HttpRequest, code: str) -> HttpResponse:
    line = _own(request, code)
    with rule_message(request, success=_("Deleted.")):
        actions.remove(line, by=me(request))
    return redirect("travel:trip-lines", code=line.placement.code)


def _own(request: HttpRequest, code: str) -> TripLine:
    rows = TripLine.objects.visible_to(request.user).select_related("placement__trip__city")
    return get_object_or_404(rows, code=code)

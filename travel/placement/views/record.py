"""The office corrects whether one student went on the trip."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from applications.base.opening import What, opened
from applications.standing import Act, may
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.trip_stage import placed_standing
from travel.models import Placement
from travel.placement.actions.record import correct_record, recorded
from travel.placement.forms.record import RecordForm


@require_http_methods(["GET", "POST"])
def placement_record(request: HttpRequest, code: str) -> HttpResponse:
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_correct_record(request.user, placement))
    opened(request, placement.application, What.TRIP)
    if not may(placed_standing(placement), Act.RECORD):
        return redirect(placement)
    form = RecordForm(placement, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("The record is corrected, and we’re telling the student.")):
            correct_record(placement, **form.cleaned_data, by=me(request))
        return redirect(placement)
    context = {"placement": placement, "trip": placement.trip, "form": form, "now": recorded(placement).label}
    return render(request, "travel/placement/placement_record.html", context)

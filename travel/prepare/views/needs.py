"""Views of practical needs: the student's answers, and the office's note of a talk."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from applications.standing import Act, may
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.trip_stage import placed_standing
from travel.models import Placement, PracticalNeeds
from travel.prepare.actions import needs as actions
from travel.prepare.forms.needs import NeedsForm


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def placement_needs(request: HttpRequest, code: str) -> HttpResponse:
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_say_needs(request.user, placement))
    told = PracticalNeeds.objects.visible_to(request.user).filter(placement=placement).first()
    form = NeedsForm(request.POST if request.method == "POST" else None, initial=NeedsForm.initial_of(told))
    if request.method == "POST" and form.is_valid():
        with rule_message(
            request, success=_("Saved. We only tell your host how many students have each need, not who they are.")
        ):
            actions.say(placement, **form.cleaned_data, by=me(request))
        return redirect(placement)
    if not may(placed_standing(placement), Act.NEEDS):
        return redirect(placement)
    context = {"placement": placement, "trip": placement.trip, "form": form, "told": told}
    return render(request, "travel/prepare/placement_needs.html", context)


@require_POST
def placement_talked(request: HttpRequest, code: str) -> HttpResponse:
    """The office has called a student who wanted to talk."""
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_note_talk(request.user))
    with rule_message(request, success=_("Saved.")):
        actions.note_talk(placement, by=me(request))
    return redirect(placement.trip)

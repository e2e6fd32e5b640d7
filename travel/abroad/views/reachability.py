"""The traveler's page about how to reach them while they are away."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from exchange.base.errors import RuleViolation
from exchange.web.shortcuts import me, require
from travel import permissions
from travel.abroad.actions import reachability as actions
from travel.abroad.check_in_forms import ReachabilityForm
from travel.models import Placement, Reachability


@require_http_methods(["GET", "HEAD", "POST"])
def reachability(request: HttpRequest, code: str) -> HttpResponse:
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_work_on_checklist(request.user, placement))
    said = Reachability.objects.visible_to(request.user).filter(placement=placement).first()
    first = {"way": said.way, "phone": said.phone.as_international if said.phone else ""} if said else {}
    form = ReachabilityForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            actions.say(placement, way=form.cleaned_data["way"], phone=form.cleaned_data["phone"], by=me(request))
        except RuleViolation as violation:
            form.add_error("phone" if violation.code == "number_missing" else "way", violation.message)
        else:
            messages.success(request, _("Saved. You can change it any time, also while you’re away."))
            return redirect(placement)
    user = me(request)
    number = user.phone.as_international if user.phone and user.phone_verified_at else ""
    context = {"form": form, "placement": placement, "number": number}
    return render(request, "travel/abroad/reachability.html", context)

"""Pages for calls to students who have not answered an offer: the number, what to say, and the outcome."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from applications import permissions
from applications.base.opening import What, opened
from applications.models import Cycle, OfferCall
from applications.release.actions import calls
from applications.release.forms import CallForm
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message


@require_safe
def call_list(request: HttpRequest) -> HttpResponse:
    """The calls that are due. `owed=office`: only those that no advisor can make. `cycle`: only those of one cycle."""
    require(permissions.can_list_calls(me(request)))
    owed = OfferCall.objects.visible_to(me(request)).open()
    owed = owed.select_related("offer__application__student", "offer__application__college")
    is_offices = request.GET.get("owed") == "office"
    if is_offices:
        owed = owed.left_to_the_office()
    asked = request.GET.get("cycle")
    cycle = get_object_or_404(Cycle.objects.public(), code=asked) if asked else None
    if cycle:
        owed = owed.filter(offer__application__cycle=cycle)
    context = {
        "page_obj": page_of(owed.order_by("offer__answer_by", "pk"), request),
        "query": query_without_page(request),
        "is_offices": is_offices,
        "cycle": cycle,
        "now": timezone.now(),
    }
    return render(request, "applications/release/call_list.html", context)


@require_http_methods(["GET", "POST"])
def call_record(request: HttpRequest, code: str) -> HttpResponse:
    """Shows a call and records its outcome. `code`: the offer's."""
    people = "offer__application__student", "offer__application__college", "offer__application__cycle", "done_by"
    found = OfferCall.objects.visible_to(me(request)).select_related(*people)
    call = get_object_or_404(found, offer__code=code)
    application = call.offer.application
    require(not permissions.is_own(me(request), application))
    opened(request, application, What.DECISION)
    form = CallForm(request.POST or None, initial={"note": call.note})
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("Thank you. The call is recorded.")):
            calls.record_call(call, **form.cleaned_data, by=me(request))
        return redirect("applications:call-list")
    context = {"call": call, "offer": call.offer, "application": application, "form": form}
    return render(request, "applications/release/call_record.html", context)

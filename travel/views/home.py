from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from applications.access import drafts_of_browser
from applications.models import Cycle
from exchange import roles
from exchange.models import PartnerCity
from exchange.web import me, require
from travel.calls import calls_of
from travel.journey import journey_of
from travel.work import own_passports, passports_to_call, work_of


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The public front page; who is signed in goes to the page that says what now."""
    user = request.user
    if roles.is_coordinator(user):
        return redirect("travel:pipeline")
    if roles.is_advisor(user):
        return redirect("travel:work")
    if roles.is_director(user):
        return redirect("travel:outcomes")
    if roles.is_student(user):
        return redirect("travel:journey")
    drafts = drafts_of_browser(request)
    begun = {draft.cycle_id for draft in drafts}
    context = {
        "drafts": drafts,
        "cycles": Cycle.objects.open().exclude(pk__in=begun).prefetch_related("cities"),
        "cities": PartnerCity.objects.filter(is_offered=True),
    }
    response = render(request, "travel/home/home.html", context)
    if drafts:
        add_never_cache_headers(response)
    return response


@require_safe
def journey(request: HttpRequest) -> HttpResponse:
    """The student's first page: the ticket and the one next step."""
    require(roles.is_student(request.user))
    return render(request, "travel/journey/journey.html", {"journey": journey_of(request.user)})


@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """The advisor's first page: what is owed today, by kind."""
    require(roles.is_advisor(request.user))
    own = own_passports(me(request))
    calls = calls_of(passports_to_call(me(request)), own, by=me(request))
    return render(request, "travel/home/work.html", {"work": work_of(me(request)), "calls": calls})

"""The front page, and the first pages of students and advisors."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from applications.apply.access import drafts_of_browser
from applications.base import costs
from applications.models import Announcement, Cycle
from exchange.background.cached_figures import RecentEvents
from exchange.base import roles
from exchange.base.home import home as our_city
from exchange.messages import mailboxes
from exchange.models import PartnerCity
from exchange.web.proofs import reads_as_guest
from exchange.web.shortcuts import me, require
from travel.abroad.card import is_home
from travel.abroad.views.card import card_page, own_ways
from travel.abroad.views.pocket import own
from travel.base.trip_stage import Tense
from travel.models import Trip
from travel.office.home.advisor_work import own_passports, passports_to_call, work_of
from travel.office.home.duties import Duty
from travel.office.home.journey import journey_of
from travel.passport.calls.to_call import calls_of


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The public front page; a signed-in person is redirected to their own first page."""
    user = request.user
    if roles.is_coordinator(user):
        return redirect("travel:pipeline")
    if roles.is_advisor(user):
        return redirect("travel:work")
    if roles.is_director(user):
        return redirect("travel:outcomes")
    if roles.is_owner(user):
        return redirect("people")
    if reads_as_guest(request) and not me(request).applications.exists():
        return redirect("applications:review-list")
    if roles.is_student(user):
        return redirect("travel:journey")
    drafts = drafts_of_browser(request)
    begun = {draft.cycle_id for draft in drafts}
    to_come = Cycle.objects.open() | Cycle.objects.upcoming()
    cities = PartnerCity.objects.filter(is_offered=True)
    context = {
        "drafts": drafts,
        "cycles": [(cycle, costs.usual(cycle)) for cycle in Cycle.objects.open().exclude(pk__in=begun)],
        "announcements": Announcement.objects.visible_to(user).shown_to(user),
        "upcoming": Cycle.objects.upcoming().prefetch_related("rules"),
        "cities": cities.filter(cycles__in=to_come).distinct() or cities,
        "picture": our_city().picture,
    }
    response = render(request, "travel/office/home.html", context)
    if drafts:
        add_never_cache_headers(response)
    return response


@require_safe
def journey(request: HttpRequest) -> HttpResponse:
    """The student's first page: the ticket and the one next step; abroad it's the card."""
    require(roles.is_student(request.user))
    person = me(request)
    found = journey_of(person)
    if found.placement and is_home(found.placement):
        return redirect("travel:own-card", code=found.placement.code)
    context = {
        "journey": found,
        "mailbox": mailboxes.of(person.email or ""),
        "announcements": Announcement.objects.visible_to(person).shown_to(person),
    }
    return render(request, "travel/office/journey.html", context)


@never_cache
@require_safe
def own_card(request: HttpRequest, code: str) -> HttpResponse:
    """The traveler's first page from a week before departure until home; before the departure with the next step."""
    placement = own(request, code).placement
    if not is_home(placement):
        return redirect("travel:journey")
    person = me(request)
    more = {
        "is_own": True,
        "ahead": journey_of(person) if placement.tense == Tense.BEFORE else None,
        "announcements": Announcement.objects.visible_to(person).shown_to(person),
    }
    return card_page(request, placement, own_ways(placement), **more)


@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """The advisor's first page: the one thing to do now, then other work due today, by kind."""
    require(roles.is_advisor(request.user))
    person = me(request)
    recent = RecentEvents()  # both figures ask it
    calls = calls_of(passports_to_call(person, recent), own_passports(person), by=person)
    work = work_of(person, recent)
    owed = [duty for duty in work if duty.count]
    # travelers to find come before everything else, then calls
    is_first = owed and (owed[0].key in ("check_ins", "roll_calls") or not calls.cards)
    first = owed.pop(0) if is_first else None
    leads = list(Trip.objects.opened_by(person).filter(returned_at=None, closed_at=None).select_related("city"))
    context = {
        "work": work,
        "announcements": Announcement.objects.visible_to(person).shown_to(person),
        "calls": calls,
        "step": _step(first) if first else None,
        "others": owed,
        "leads": leads,
        "is_away": any(trip.departed_at for trip in leads),
    }
    return render(request, "travel/office/work.html", context)


def _step(duty: Duty) -> dict[str, str]:
    """The duty in the form that components/next_step.html takes."""
    return {
        "label": _("Do this first"),
        "title": duty.title,
        "why": duty.text,
        "action_label": duty.act,
        "action_href": duty.href,
    }

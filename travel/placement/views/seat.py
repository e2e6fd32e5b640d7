"""Views of a placement and its reasons, of students without a seat, and of the letters."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from applications.base.opening import What, opened
from applications.models import Cycle
from applications.standing import Act, Standing, may
from exchange.background import pdfs
from exchange.base import audit
from exchange.models import Language
from exchange.reference import facts
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.itinerary import has_itinerary
from travel.base.ticket import placement_ticket
from travel.base.trip_stage import Tense, placed_standing
from travel.models import (
    InsurancePolicy,
    PassportCase,
    Placement,
    PracticalNeeds,
    ReflectionPrompt,
    TripChange,
    Unplaced,
)
from travel.models.trip_change import told_change
from travel.partners.programme import shown_days
from travel.placement import documents, placing, placing_page
from travel.placement.actions import letters
from travel.placement.actions import placement as actions
from travel.placement.forms.placement import UpgradeForm
from travel.placement.matching import Reason
from travel.placement.moving import reason_of, staff_reason_of
from travel.placement.placing_words import REASONS, STAFF_REASONS, choice_label


def _placement(request: HttpRequest, code: str) -> Placement:
    rows = (
        Placement.objects.visible_to(request.user)
        .with_people()
        .select_related("entry_permission", "ticketing_details")
        .defer(SEALED)
    )
    placement = get_object_or_404(rows, code=code)
    opened(request, placement.application, What.TRIP)
    return placement


@require_GET
def placement_detail(request: HttpRequest, code: str) -> HttpResponse:
    placement = _placement(request, code)
    return _detail(request, placement)


TICKETING_DAYS, SEALED = "ticketing.ask_days", "ticketing_details__said"
HAS_LETTER = frozenset({Standing.PLACED, Standing.DUE, Standing.AWAY, Standing.HOME})
HAS_LINK = frozenset({Standing.PLACED, Standing.DUE, Standing.AWAY})
NOTICES = {
    Standing.WITHDRAWN: gettext_lazy("Your application was withdrawn, so you no longer have a spot on this trip."),
    Standing.STAYED: gettext_lazy(
        "Your record says you didn’t go on this trip. If that’s wrong, ask us to correct it."
    ),
}


def _change_of(placement: Placement) -> TripChange | None:
    """The newest decision about the trip that its students were told; whoever sees the seat may read it."""
    return told_change(placement.trip, placement.placed_at)


def _told(placement: Placement, change: TripChange | None) -> dict[str, Any]:
    """Why the office moved them, and whether only they can tell their family of that, or of the trip's change."""
    moved = reason_of(placement)
    return {"moved": moved, "tells_family": bool(change or moved) and _tells_family(placement)}


def _tells_family(placement: Placement) -> bool:
    """They made a link for somebody whose address we don't have."""
    return placement.family_links.filter(stopped_at=None, email="", phone="").exists()


def _title(placement: Placement, where: Standing) -> str:
    """In the tense of the trip's dates; neither tense fits a student who doesn't go."""
    city = {"city": placement.trip.city.name}
    if placement.trip.closed_at:
        return _("The trip to %(city)s is canceled") % city
    if where in NOTICES or placement.tense == Tense.AFTER:
        return _("Your trip to %(city)s") % city if where not in NOTICES else _("The trip to %(city)s") % city
    if placement.tense == Tense.BEFORE:
        return _("You’re going to %(city)s") % city
    return _("You’re in %(city)s") % city if where == Standing.AWAY else _("Your trip to %(city)s") % city


def _has_family_letter(placement: Placement, where: Standing) -> bool:
    return where in HAS_LETTER and placement.tense != Tense.AFTER


def _has_reflected(placement: Placement) -> bool:
    after = ReflectionPrompt.Moment.AFTER
    return placement.returned_at is not None and placement.reflections.finished().filter(prompt__moment=after).exists()


def _detail(request: HttpRequest, placement: Placement, form: UpgradeForm | None = None) -> HttpResponse:
    is_own = permissions.can_work_on_checklist(request.user, placement)
    where = placed_standing(placement)
    case = PassportCase.objects.visible_to(request.user).filter(application=placement.application_id).first()
    context: dict[str, Any] = {
        "placement": placement,
        "trip": placement.trip,
        "case": case,
        "choice": choice_label(placement.rank),
        "leaders": placement.trip.leaders.all(),
        "days": shown_days(placement.trip),
        "change": (change := _change_of(placement)),
        "why": _why_here(placement, change, REASONS if is_own else STAFF_REASONS),
        "has_link": where in HAS_LINK and (is_own or permissions.can_place(request.user)),
        "has_letter": where in HAS_LETTER,
    }
    if not is_own:
        context |= {"can_correct_record": _can_correct(request, placement, where), "moved": staff_reason_of(placement)}
        return render(request, "travel/placement/placement_staff.html", context)
    today = timezone.localdate()
    context |= {
        "title": _title(placement, where),
        **_told(placement, change),
        "notice": NOTICES.get(where, ""),
        "correction": audit.last("placement.correct_record", placement) if may(where, Act.RECORD) else None,
        "ticket": placement_ticket(placement, case, has_reflected=_has_reflected(placement)),
        "is_ahead": where == Standing.PLACED,
        "has_itinerary": where in HAS_LINK and has_itinerary(placement.trip),
        "has_family_letter": _has_family_letter(placement, where),
        "languages": [{"code": language.value, "name": language.label} for language in Language],
        "may_ask": placement.rank > 1 and may(where, Act.UPGRADE),
        "asked_until": placement.upgrade_until if (placement.upgrade_until or today) >= today else None,
        "form": form or UpgradeForm(),
        "may_say_needs": may(where, Act.NEEDS),
        "policies": InsurancePolicy.objects.visible_to(request.user).filter(trip=placement.trip_id),
        **_documents(placement, where),
        "told": PracticalNeeds.objects.visible_to(request.user).filter(placement=placement).first(),
    }
    return render(request, "travel/placement/placement_detail.html", context)


def _documents(placement: Placement, where: Standing) -> dict[str, Any]:
    """What the student said about a visa and for the ticket."""
    return {
        "entry": getattr(placement, "entry_permission", None),
        "ticketing": getattr(placement, "ticketing_details", None),
        "asks_ticketing": may(where, Act.CHECKLIST) and placement.trip.days_left <= facts.number(TICKETING_DAYS),
    }


def _can_correct(request: HttpRequest, placement: Placement, where: Standing) -> bool:
    return permissions.can_correct_record(request.user, placement) and may(where, Act.RECORD)


def _why_here(placement: Placement, change: TripChange | None, words: Mapping[str, object]) -> list[dict[str, Any]]:
    """A trip that goes elsewhere now says nothing about what the student had ranked."""
    return [] if change and "city" in change.after else _why(placement.explanation, words)


def _why(explanation: list[dict[str, Any]], words: Mapping[str, object]) -> list[dict[str, Any]]:
    rows = [row for row in explanation if row["reason"] in words]
    cities = placing_page.cities_of(row["city"] for row in rows)
    return [
        {
            "city": cities.get(row["city"]),
            "choice": choice_label(row["rank"]) if row["city"] else "",
            "reason": words[row["reason"]],
        }
        for row in rows
    ]


@require_POST
def placement_upgrade(request: HttpRequest, code: str) -> HttpResponse:
    """The student asks for an upgrade until a day, or drops the wish."""
    placement = _placement(request, code)
    require(permissions.can_work_on_checklist(request.user, placement))
    if "drop" in request.POST:
        with rule_message(request, success=_("You’ll keep the spot you have.")):
            actions.drop_upgrade(placement, by=me(request))
        return redirect(placement)
    form = UpgradeForm(request.POST)
    if not form.is_valid():
        return _detail(request, placement, form)
    with rule_message(request, success=_("Got it. Until that day, an open spot there can become yours.")):
        actions.ask_upgrade(placement, until=form.cleaned_data["until"], by=me(request))
    return redirect(placement)


@require_GET
def placement_none(request: HttpRequest, code: str) -> HttpResponse:
    """For a confirmed student without a seat: why, and what happens next."""
    rows = Unplaced.objects.visible_to(request.user).select_related("application__cycle", "application__student")
    unplaced = get_object_or_404(rows, application__code=code)
    require(permissions.can_open_no_seat(request.user, unplaced))
    reasons = {row["reason"] for row in unplaced.explanation}
    context = {
        "application": unplaced.application,
        "why": _why(unplaced.explanation, REASONS),
        "has_trips_ahead": unplaced.application.cycle.trips.ahead().exists(),
        "none_can_work": reasons <= {Reason.NOT_FEASIBLE, placing.NO_TRIP, placing.STAYS_HOME},
    }
    return render(request, "travel/placement/placement_none.html", context)


@require_GET
def placement_letter(request: HttpRequest, code: str) -> HttpResponseBase:
    """Only for who has a spot on the trip: the letter says so."""
    placement = _placement(request, code)
    if placed_standing(placement) not in HAS_LETTER:
        return _no_letter(request, placement)
    html, name = documents.placement_letter(placement), f"placement-{placement.code}.pdf"
    return _pdf(request, placement, html, filename=name, title=_("Placement letter"))


@require_GET
def placement_family(request: HttpRequest, code: str, language: str) -> HttpResponseBase:
    """The letter for the family, in the language that the student chooses, until the trip is over."""
    placement = _placement(request, code)
    if language not in Language.values:
        raise Http404
    if not _has_family_letter(placement, placed_standing(placement)):
        return _no_letter(request, placement)
    html, name = documents.family_letter(placement, language), f"family-{placement.code}-{language}.pdf"
    return _pdf(request, placement, html, filename=name, title=_("Letter for your family"))


def _no_letter(request: HttpRequest, placement: Placement) -> HttpResponse:
    messages.error(request, _("This letter would no longer be true, so we don’t make it."))
    return redirect(placement)


def _pdf(request: HttpRequest, placement: Placement, html: str, *, filename: str, title: str) -> HttpResponseBase:
    back, about = placement.get_absolute_url(), placement.application.code
    return pdfs.respond(request, html, filename=filename, title=title, back=back, about=about)


@require_POST
def placement_letters(request: HttpRequest, code: str) -> HttpResponse:
    """Starts the job that makes all letters of a cycle in one file, for the office to print."""
    require(permissions.can_place(request.user))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    back = f"{reverse('travel:trip-list')}?cycle={cycle.code}"
    with rule_message(request):
        return redirect(letters.start(cycle, by=me(request), back=back))
    return redirect(back)

"""Views of the permission to enter: the student's page and answers, the office's list of a trip and its notes."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.base import edit_lock
from applications.base.opening import What, opened
from applications.standing import Act, may
from exchange.reference import facts
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.sources import Source
from travel.base.trip_stage import placed_standing
from travel.base.views import edit
from travel.models import EntryPermission, EntryRule, Placement, Trip, VisaDay, VisaDayPerson
from travel.partners.entry_rules import entry_lines, rule_of
from travel.prepare.entry import actions
from travel.prepare.entry.forms import AppointmentForm, EntryFilterForm, NeedForm, ProgressForm, RecordForm
from travel.prepare.entry.state import BY_NEED, TROUBLE, Entry
from travel.prepare.entry.words import LABELS, SENTENCES, TONES

KEEP_DAYS = "entry.keep_days"
SEEN = ("state", "state_on", "valid_until")
# what a student can still move forward
TO_DO = frozenset({Entry.NEEDED, Entry.APPLIED, Entry.GRANTED, Entry.ENDS_EARLY, Entry.REFUSED})
# where an appointment can be noted
MAY_MEET = frozenset({Entry.UNSURE, Entry.NEEDED, Entry.APPLIED, Entry.ENDS_EARLY, Entry.REFUSED})


# --- The student ------------------------------------------------------------------------------------


@require_safe
def placement_entry(request: HttpRequest, code: str) -> HttpResponse:
    """What they need, where it stands, what's next, and who can see it."""
    placement = _own(request, code)
    row, rule = _row(request, placement), rule_of(placement.trip)
    state = actions.state_of(row, placement, rule_asks_nothing=rule is not None and rule.asks_nothing)
    context = {
        "placement": placement,
        "trip": placement.trip,
        "row": row,
        "state": state,
        "label": LABELS[state],
        "tone": TONES[state],
        "sentence": SENTENCES[state],
        "helper": actions.helper_of(placement, row.said_by if row else None) if state in TROUBLE else None,
        "is_trouble": state in TROUBLE,
        "is_open": may(placed_standing(placement), Act.NEEDS),
        "asks_need": row is None or row.state == EntryPermission.State.UNSURE,
        "has_steps": state in TO_DO,
        "may_meet": state in MAY_MEET,
        "rule_rows": [{"label": label, "value": value} for label, value in entry_lines(rule)],
        "rule": rule,
        "source": Source.of(rule) if rule else None,
        "visa_days": VisaDayPerson.objects.visible_to(request.user)
        .filter(placement=placement, day__called_off_at=None)
        .select_related("day")
        .order_by("day__starts_at"),
        "keep_days": facts.number(KEEP_DAYS),
    }
    return render(request, "travel/prepare/placement_entry.html", context)


@dataclass(frozen=True, slots=True)
class Part:
    """A form of its own page. `save` may raise RuleViolation."""

    title: Any
    text: Any
    form: Callable[..., forms.Form]
    initial: Callable[[EntryPermission | None], dict[str, Any]]
    save: Callable[[Placement, Any, Any], object]


def _said_before(row: EntryPermission | None) -> dict[str, Any]:
    return {"state": row.state, "on": row.state_on, "valid_until": row.valid_until} if row else {}


def _appointed(row: EntryPermission | None) -> dict[str, Any]:
    if row is None or row.appointment_at is None:
        return {}
    local = timezone.localtime(row.appointment_at)
    return {"on": local.date(), "at": local.time(), "place": row.appointment_place}


PARTS = {
    "need": Part(
        gettext_lazy("Do you need a visa or an authorization?"),
        gettext_lazy("We don’t ask which document you have, and we don’t store why you need something or don’t."),
        NeedForm,
        _said_before,
        lambda placement, form, by: actions.say(placement, actions.Said(form.cleaned_data["state"]), by=by),
    ),
    "progress": Part(
        gettext_lazy("Tell us what’s new"),
        gettext_lazy("You can change this any time."),
        ProgressForm,
        _said_before,
        lambda placement, form, by: actions.say(placement, form.said, by=by),
    ),
    "appointment": Part(
        gettext_lazy("Your appointment"),
        gettext_lazy("It goes into your calendar, if you use the calendar link of this portal."),
        AppointmentForm,
        _appointed,
        lambda placement, form, by: actions.appoint(
            placement, form.cleaned_data["starts_at"], form.cleaned_data["place"], by=by
        ),
    ),
}


@require_http_methods(["GET", "POST"])
def placement_entry_part(request: HttpRequest, code: str, part: str) -> HttpResponse:
    """One form: what they need, where it stands, or the appointment."""
    placement = _own(request, code)
    row, page = _row(request, placement), PARTS[part]
    form = page.form(request.POST if request.method == "POST" else None, initial=page.initial(row))
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            page.save(placement, form, me(request))
            messages.success(request, _("Saved."))
            return redirect("travel:placement-entry", code=placement.code)
    if not may(placed_standing(placement), Act.NEEDS):
        return redirect("travel:placement-entry", code=placement.code)
    rule = rule_of(placement.trip) if part == "need" else None
    context = {
        "placement": placement,
        "trip": placement.trip,
        "title": page.title,
        "text": page.text,
        "form": form,
        "official": Source.of(rule) if rule and rule.source_url else None,
        "has_appointment": part == "appointment" and row and row.appointment_at,
    }
    return render(request, "travel/prepare/placement_entry_part.html", context)


@require_POST
def placement_entry_no_appointment(request: HttpRequest, code: str) -> HttpResponse:
    placement = _own(request, code)
    with rule_message(request, success=_("Your appointment is removed.")):
        actions.drop_appointment(placement, by=me(request))
    return redirect("travel:placement-entry", code=placement.code)


def _row(request: HttpRequest, placement: Placement) -> EntryPermission | None:
    rows = EntryPermission.objects.visible_to(request.user).filter(placement=placement)
    return rows.select_related("said_by").first()


def _own(request: HttpRequest, code: str) -> Placement:
    rows = Placement.objects.visible_to(request.user).with_people().select_related("placed_by")
    placement = get_object_or_404(rows, code=code)
    require(permissions.can_say_entry(request.user, placement))
    return placement


# --- The office -------------------------------------------------------------------------------------


@require_safe
def trip_entry(request: HttpRequest, code: str) -> HttpResponse:
    """Who of a trip has what, those who need somebody first; and the trip's visa days."""
    require(permissions.can_manage_entry(request.user))
    trip = get_object_or_404(Trip.objects.visible_to(request.user).select_related("city", "cycle"), code=code)
    rule = rule_of(trip)
    everyone = _entries(request, trip, rule)
    form = EntryFilterForm(request.GET or None)
    chosen = form.cleaned_data["state"] if form.is_bound and form.is_valid() else ""
    counts = Counter(each["state"] for each in everyone)
    context = {
        "trip": trip,
        "rule": rule,
        "source": Source.of(rule) if rule else None,
        "form": form,
        "rows": [each for each in everyone if not chosen or each["state"] == chosen],
        "is_filtered": bool(chosen),
        "counts": [
            {"label": LABELS[state], "tone": TONES[state], "count": counts[state]} for state in BY_NEED if counts[state]
        ],
        "going": len(everyone),
        "days": VisaDay.objects.visible_to(request.user)
        .filter(trip=trip)
        .prefetch_related(Prefetch("people", _asked(request, trip))),
    }
    return render(request, "travel/prepare/trip_entry.html", context)


def _asked(request: HttpRequest, trip: Trip) -> Any:
    return VisaDayPerson.objects.visible_to(request.user).filter(placement__in=_going(request, trip))


def _going(request: HttpRequest, trip: Trip) -> Any:
    return Placement.objects.visible_to(request.user).active().filter(trip=trip)


def _entries(request: HttpRequest, trip: Trip, rule: EntryRule | None) -> list[dict[str, Any]]:
    going = _going(request, trip).select_related("application__student", "application__college", "entry_permission")
    found = []
    for placement in going.order_by("application__student__full_name", "pk"):
        placement.trip = trip
        row = getattr(placement, "entry_permission", None)
        state = actions.state_of(row, placement, rule_asks_nothing=rule is not None and rule.asks_nothing)
        found.append({"placement": placement, "row": row, "state": state, "label": LABELS[state], "tone": TONES[state]})
    return sorted(found, key=lambda each: BY_NEED.index(each["state"]))


@require_http_methods(["GET", "POST"])
def entry_record(request: HttpRequest, code: str) -> HttpResponse:
    """The office notes what a student said or showed."""
    require(permissions.can_manage_entry(request.user))
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    opened(request, placement.application, What.TRIP)
    row = _row(request, placement)
    seen = edit_lock.fingerprint(row or EntryPermission(), SEEN)
    form = RecordForm(request.POST or None, initial={**_said_before(row), "seen": seen})

    def save(form: RecordForm) -> None:
        edit_lock.check(form.cleaned_data["seen"], seen)
        actions.say(placement, form.said, by=me(request))

    return edit(
        request,
        form,
        save,
        back=(reverse("travel:trip-entry", args=[placement.trip.code]), _("Visas and authorizations")),
        title=placement.application.student,
        label=placement.trip.city.name,
        student=placement.application,
    )

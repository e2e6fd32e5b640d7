"""Actions on the host's link (sent, sent again, stopped) and on what the host proposes through it.

Anyone who holds the link can act. Each action checks the link again under lock, so that a page opened before the
link was stopped can't change anything.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.guests import links
from exchange.messages import outbox
from exchange.models import User
from travel.base import actions as rows
from travel.models import Contact, HostLink, Trip, TripDay

AGAIN_AFTER = timedelta(hours=1)
STOPPED = ("token", "stopped_at")


# --- What the office does ---------------------------------------------------------------------------


@transaction.atomic
def send(trip: Trip, contact: Contact, *, by: User, seen: str = "") -> HostLink:
    """Send this contact the link; a stopped one is replaced. Sent once within an hour.

    RuleViolation: not_of_this_host, no_address, trip_is_over; changed_meanwhile, if somebody has stopped it.
    """
    trip = rows.lock(trip)
    if contact.host_id != trip.host_id:
        raise RuleViolation("not_of_this_host", _("This person isn’t a contact of this trip’s host. Nothing was sent."))
    if not contact.email:
        raise RuleViolation("no_address", _("We don’t have an email address for this person. Add it first."))
    now = timezone.now()
    link = HostLink.objects.select_for_update(of=("self",)).filter(trip=trip, contact=contact).first() or HostLink()
    link.trip, link.contact = trip, contact
    if link.pk and not link.stopped_at and link.sent_at > now - AGAIN_AFTER:
        return link
    if link.pk:
        rows.check_shown(link, STOPPED, seen)
    links.issue(link, "host.send_link", link, by=by, is_kept=True)
    to = outbox.Guest(email=contact.email, language=contact.language, name=contact.name)
    outbox.queue("travel/host_asked", to=to, context={"link": link, "trip": trip})
    return link


def stop(link: HostLink, *, by: User) -> None:
    """Stop the link at once. What the host has written stays. Safe to repeat."""
    links.stop(link, "host.stop_link", link, by=by)


@transaction.atomic
def take_over(trip: Trip, *, seen: datetime | None, by: User) -> int:
    """Accept everything the host has proposed, so that students see it. Returns how many days changed.

    A day in the host's words loses its translation, which was of another text. `seen`: the newest proposal on the
    page; RuleViolation("changed_meanwhile") if the host has written since.
    """
    trip = rows.lock(trip)
    days = [day for day in TripDay.objects.select_for_update(of=("self",)).filter(trip=trip) if day.is_new]
    if not days:
        return 0
    if max(day.proposed_at for day in days if day.proposed_at) != seen:
        raise RuleViolation("changed_meanwhile", _("The host just wrote more. Read it first, then use it."))
    now = timezone.now()
    for day in days:
        day.text_en, day.text_es = "", ""
        setattr(day, f"text_{day.proposed_in}", day.proposed)
        day.taken_at = now
    TripDay.objects.bulk_update(days, ["text_en", "text_es", "taken_at"])
    audit.record("host.take_over", trip, by=by, changes={"days": [day.number for day in days]})
    return len(days)


@transaction.atomic
def write_days(trip: Trip, texts: Mapping[int, tuple[str, str]], *, by: User) -> int:
    """Store the office's own texts for some days, in English and Spanish. Returns how many days changed."""
    trip = rows.lock(trip)
    there = {day.number: day for day in TripDay.objects.select_for_update(of=("self",)).filter(trip=trip)}
    changed = []
    for number, (english, spanish) in texts.items():
        day = there.get(number) or TripDay(trip=trip, number=number)
        if not 1 <= number <= trip.length or (day.text_en, day.text_es) == (english, spanish):
            continue
        day.text_en, day.text_es = english, spanish
        day.taken_at = max(timezone.now(), day.proposed_at or timezone.now())
        day.save()
        changed.append(number)
    if changed:
        audit.record("trip.write_days", trip, by=by, changes={"days": changed})
    return len(changed)


# --- What the host does -----------------------------------------------------------------------------


@transaction.atomic
def propose(link: HostLink, texts: Mapping[int, str], *, seen: Mapping[int, str], language: str) -> list[int]:
    """Store the days that the host wrote; unchanged ones are left alone. Returns which changed.

    `seen`: what the page showed of each day. RuleViolation: ended, changed_meanwhile (then nothing is stored).
    """
    link, trip = _locked(link)
    there = {day.number: day for day in TripDay.objects.select_for_update(of=("self",)).filter(trip=trip)}
    now, changed = timezone.now(), []
    for number, text in texts.items():
        day = there.get(number) or TripDay(trip=trip, number=number)
        if not 1 <= number <= trip.length or day.proposed == text:
            continue
        if day.proposed != seen.get(number, day.proposed):
            raise RuleViolation(
                "changed_meanwhile",
                _("Someone else changed this day while you were writing. Compare, then save again."),
            )
        day.proposed, day.proposed_in, day.proposed_at = text, language, now
        day.save()
        changed.append(number)
    if changed:
        _written(link, "host.propose", {"days": changed})
    return changed


@transaction.atomic
def confirm_rooms(link: HostLink, *, beds: int, note: str = "") -> Trip:
    """Record the beds that the host keeps for the group. Safe to repeat. RuleViolation: ended, no_beds."""
    link, trip = _locked(link)
    if beds < 1:
        raise RuleViolation("no_beds", _("Enter the number of beds: at least one."))
    if (trip.beds, trip.beds_note) == (beds, note):
        return trip
    trip.beds, trip.beds_note, trip.beds_confirmed_at = beds, note, timezone.now()
    trip.save(update_fields=["beds", "beds_note", "beds_confirmed_at"])
    _written(link, "host.confirm_rooms", {"beds": beds})
    return trip


def _locked(link: HostLink) -> tuple[HostLink, Trip]:
    Trip.objects.select_for_update(of=("self",)).get(pk=link.trip_id)
    locked = links.locked(link)
    return locked, locked.trip


def _written(link: HostLink, action: str, changes: dict[str, object]) -> None:
    link.written_at = timezone.now()
    link.save(update_fields=["written_at"])
    audit.record(action, link.trip, by=None, changes={**changes, "link": link.code})

"""Actions on who may lead a group: proof that the office saw, the link to sign, assigned to the trip, taken off it."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.guests import links
from exchange.messages import outbox
from exchange.messages.phone_numbers import to_e164
from exchange.models import User
from travel.base import actions as rows
from travel.models import Clearance, Contact, SigningLink
from travel.prepare.clearance.lacking import cleared
from travel.prepare.signing.guardian import AGAIN_AFTER

SEEN = ("done_on", "seen_by_id", "seen_at")  # what an entry says, and what taking it back takes


@transaction.atomic
def record(contact: Contact, kind: str, done_on: date, *, by: User) -> Clearance:
    """Write down that somebody saw proof, instead of what was seen before. The same twice changes nothing.

    RuleViolation: in_future.
    """
    contact = rows.lock(contact)
    if done_on > timezone.localdate():
        raise RuleViolation("in_future", _("That day hasn’t come yet. Enter the day it was done."))
    row = Clearance.objects.filter(contact=contact, kind=kind).first()
    if row and row.done_on == done_on:
        return row
    row = row or Clearance(contact=contact, kind=kind)
    row.done_on, row.seen_by, row.seen_at = done_on, by, timezone.now()
    row.save()
    audit.record("clearance.record", contact, by=by, changes={"kind": kind, "done_on": done_on.isoformat()})
    return row


@transaction.atomic
def take_back(contact: Contact, kind: str, *, by: User, seen: str = "") -> None:
    """It was recorded by mistake, or is no longer true. Who leads a trip stays, and their page says what is missing.

    Safe to repeat. RuleViolation: changed_meanwhile, if it was recorded anew since the page with the button.
    """
    contact = rows.lock(contact)
    row = Clearance.objects.filter(contact=contact, kind=kind).first()
    if row:
        rows.check_shown(row, SEEN, seen)
        row.delete()
        audit.record("clearance.take_back", contact, by=by, changes={"kind": kind})


@transaction.atomic
def ask_to_sign(contact: Contact, *, by: User) -> SigningLink:
    """Send them the link to what they sign. Within an hour the same link isn't sent twice.

    RuleViolation: no_address, nothing_to_sign.
    """
    contact = rows.lock(contact)
    phone = to_e164(contact.phone) or ""
    if not (contact.email or phone):
        raise RuleViolation("no_address", _("Enter an email address or a phone number first."))
    if not cleared(contact).forms:
        raise RuleViolation("nothing_to_sign", _("There’s no published form for them. Publish it under Set up first."))
    now = timezone.now()
    link = SigningLink.objects.select_for_update(of=("self",)).filter(contact=contact).first()
    if link and link.is_open and link.sent_at and link.sent_at > now - AGAIN_AFTER:
        return link
    link = link or SigningLink(contact=contact)
    link.language, link.sent_at = contact.language, now
    links.issue(link, "clearance.ask", contact, by=by, is_kept=link.pk is not None and link.is_open)
    to = outbox.Guest(email=contact.email, phone=phone, language=contact.language, name=contact.name)
    outbox.queue("travel/contact_signs", to=to, context={"link": link, "contact": contact})
    return link


@transaction.atomic
def assign(contact: Contact, *, by: User) -> Contact:
    """Let a candidate lead the trip. Safe to repeat. RuleViolation: not_cleared, not_a_candidate, not_possible."""
    contact = Contact.objects.select_for_update(of=("self",)).select_related("candidate_for", "trip").get(pk=contact.pk)
    if contact.trip_id:
        return contact
    if contact.candidate_for is None:
        raise RuleViolation("not_a_candidate", _("This person isn’t meant for a trip."))
    if not cleared(contact).is_complete:
        raise RuleViolation("not_cleared", _("Something is still missing, so they don’t lead the trip yet."))
    trip = contact.candidate_for
    contact.trip, contact.candidate_for = trip, None
    rows.check(contact)
    contact.save(update_fields=["trip", "candidate_for"])
    audit.record("leader.assign", contact, by=by, changes={"trip": trip.code})
    return contact


@transaction.atomic
def take_off(contact: Contact, *, by: User) -> Contact:
    """They no longer lead the trip: a candidate again, and what a leader can open closes. Safe to repeat."""
    contact = Contact.objects.select_for_update(of=("self",)).select_related("trip").get(pk=contact.pk)
    if trip := contact.trip:
        contact.trip, contact.candidate_for = None, trip
        contact.save(update_fields=["trip", "candidate_for"])
        audit.record("leader.take_off", contact, by=by, changes={"trip": trip.code})
    return contact

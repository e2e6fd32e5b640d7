"""Actions on a partner city: its page, whether it is offered, its standing, hosts and contacts."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import PartnerCity, User
from travel.base import actions as rows
from travel.models import CityStanding, Contact, HostInstitution
from travel.partners.actions import go_decision

# what an address of a new contact can name; somebody for a trip begins as a candidate
OWNERS = {"host": "host", "consulate": "consulate", "sponsor": "sponsor", "trip": "candidate_for"}


@transaction.atomic
def add_city(values: Mapping[str, Any], *, by: User) -> PartnerCity:
    """RuleViolation: code_taken."""
    there = PartnerCity.objects.filter(code=values["code"]).first()
    if there and rows.differing(there, values):
        raise RuleViolation("code_taken", _("Another city already has this short name. Choose a different one."))
    return there or rows.add(PartnerCity, values, under=None, by=by)


@transaction.atomic
def offer(city: PartnerCity, *, is_offered: bool, by: User) -> PartnerCity:
    """Offer a city, or remove it from every list of choices and from the public list. Safe to repeat."""
    city = rows.lock(city)
    if city.is_offered != is_offered:
        city.is_offered = is_offered
        city.save(update_fields=["is_offered"])
        audit.record("partner.offer", city, by=by, changes={"is_offered": is_offered})
    return city


@transaction.atomic
def record_standing(city: PartnerCity, kind: str, values: Mapping[str, Any], *, by: User) -> CityStanding:
    """Add a dated row in place of the current one, which stays as history. The same twice is stored once.

    RuleViolation: older_than_current.
    """
    rows.lock(city)
    current = CityStanding.objects.current().filter(city=city, kind=kind).first()
    if current and not rows.differing(current, values):
        return current
    if current and values["as_of"] < current.as_of:
        raise RuleViolation(
            "older_than_current",
            _("What’s on record was checked after this date. Nothing was saved; check the date."),
        )
    new = CityStanding(city=city, kind=kind, **values)
    if current:  # two rows must never count as current: for a moment it points to the oldest, which replaced nothing
        new.superseded_by = CityStanding.objects.filter(city=city, kind=kind).order_by("pk").first()
    new.save()
    if current:
        CityStanding.objects.filter(pk=current.pk).update(superseded_by=new)
        new.superseded_by = None
        new.save(update_fields=["superseded_by"])
    was = {"was": current.value} if current else {}
    go_decision.open_for(new, by=by)
    audit.record("partner.record_standing", new, by=by, changes={"kind": kind, "is": new.value, **was})
    return new


def add_host(city: PartnerCity, values: Mapping[str, Any], *, by: User) -> HostInstitution:
    return rows.add(HostInstitution, {"city": city, **values}, under=city, by=by)


def add_contact(owner: str, of: Any, values: Mapping[str, Any], *, by: User) -> Contact:
    """`owner`: one of OWNERS; `of`: that row. A leader who has an account is added once.

    RuleViolation: leads_already.
    """
    account = values.get("user")
    if owner == "trip" and account and Contact.objects.filter(trip=of, user=account).exists():
        raise RuleViolation("leads_already", _("This person leads the trip already."))
    return rows.add(Contact, {OWNERS[owner]: of, **values}, under=of, by=by)

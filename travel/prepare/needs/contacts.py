"""Actions on emergency contacts: a student names two people to call."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.models import EmergencyContact, Placement
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist.evidence import Evidence
from travel.prepare.going import still_telling

PAGE = "contacts"  # key of the step of a checklist that asks for them


@transaction.atomic
def save(placement: Placement, number: int, *, said: Mapping[str, Any], by: User) -> EmergencyContact:
    """Store the first or second person to call, in place of the one before. Safe to repeat.

    RuleViolation: ("own_phone"), ("same_phone") as the other person, ("withdrawn"), ("trip_over").
    """
    placement = still_telling(placement)
    if placement.application.person.phone == said["phone"]:
        raise RuleViolation("own_phone", _("This is your own number. Give us theirs."))
    saved = {contact.number: contact for contact in EmergencyContact.objects.filter(placement=placement)}
    if any(each.words["phone"] == said["phone"] for other, each in saved.items() if other != number):
        raise RuleViolation("same_phone", _("You gave this number for the other person. Give us a different one."))
    contact = saved.get(number) or EmergencyContact(placement=placement, number=number)
    if contact.pk and contact.words == dict(said):
        return contact
    contact.said, contact.told_at = dict(said), timezone.now()
    contact.save()
    audit.record("emergency_contact.save", placement, by=by, changes={"number": number})
    if is_complete(placement):
        checklist.fulfil(placement, evidence=Evidence.PAGE, key=PAGE, by=by)
    return contact


def is_complete(placement: Placement) -> bool:
    """Whether both people are named."""
    return EmergencyContact.objects.filter(placement=placement).count() == len(EmergencyContact.NUMBERS)

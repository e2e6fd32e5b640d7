"""Opening students' needs and emergency contacts, for a purpose that the student can read.

Who may open them is judged before (`permissions.can_open_cards`, or the break-glass of an incident).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber

from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.models import AccessRecord, Event, User
from travel.models import (
    Access,
    BreakGlass,
    CardPurpose,
    Diet,
    EmergencyContact,
    NeedsPart,
    Placement,
    PracticalNeeds,
    Relation,
    Spoken,
    Trip,
)
from travel.models.needs import ASKED
from travel.partners.needs_words import AllergyLine, allergy_lines, labels

OPEN = "emergency_card.open"


@dataclass(frozen=True, slots=True)
class ContactLine:
    name: str
    relation: str
    phone: PhoneNumber
    language: str
    knows: bool


@dataclass(frozen=True, slots=True)
class EmergencyCard:
    """What a leader needs for one student. `told`: the parts the student has answered; the rest is unknown."""

    placement: Placement
    contacts: list[ContactLine]
    told: frozenset[str]
    diet: list[str]
    access: list[str]
    allergies: list[AllergyLine]
    support: str
    medicines: str
    health: str
    place: str = ""  # room and small group, on the roster

    @property
    def told_food(self) -> bool:
        return NeedsPart.FOOD in self.told

    @property
    def told_allergies(self) -> bool:
        return NeedsPart.ALLERGIES in self.told

    @property
    def told_health(self) -> bool:
        return NeedsPart.HEALTH in self.told


@dataclass(frozen=True, slots=True)
class CardLook:
    """One opening, as the student reads it."""

    at: datetime
    who: str
    what_for: str
    reason: str = ""  # of a break-glass, in the words of the person who opened it


def open_emergency_card(
    placement: Placement, *, by: User, purpose: str, broken: BreakGlass | None = None
) -> EmergencyCard:
    """One student's card; the opening is recorded, and under which break-glass. RuleViolation("no_purpose")."""
    return _open([placement], by=by, purpose=purpose, broken=broken)[0]


def open_emergency_cards(trip: Trip, *, by: User, purpose: str) -> list[EmergencyCard]:
    """The cards of everyone who goes, by name. RuleViolation("no_purpose")."""
    going = Placement.objects.active().filter(trip=trip).with_people()
    return _open(going.order_by("application__student__full_name", "pk"), by=by, purpose=purpose)


def open_roster(placements: Iterable[Placement], *, by: User | None, leader: str) -> list[EmergencyCard]:
    """The cards of these travelers for the list that their leaders carry. `leader`: who, without an account."""
    return _open(placements, by=by, purpose=CardPurpose.ROSTER, leader=leader)


@transaction.atomic
def _open(
    placements: Iterable[Placement],
    *,
    by: User | None,
    purpose: str,
    leader: str = "",
    broken: BreakGlass | None = None,
) -> list[EmergencyCard]:
    if purpose not in CardPurpose.values:
        raise RuleViolation("no_purpose", _("Say what you need it for."))
    as_leader = AccessRecord.As.OTHER_LEADER if broken else AccessRecord.As.LEADER
    opened_as = AccessRecord.As.OFFICE if by and roles.is_coordinator(by) else as_leader
    found = list(placements)
    needs = {row.placement_id: row for row in PracticalNeeds.objects.filter(placement__in=found)}
    contacts: dict[int, list[EmergencyContact]] = {}
    for contact in EmergencyContact.objects.filter(placement__in=found).order_by("number"):
        contacts.setdefault(contact.placement_id, []).append(contact)
    changes = {"purpose": str(purpose), "as": str(opened_as)} | ({"leader": leader} if leader else {})
    if broken:
        changes["break_glass"] = broken.code
    audit.record_many(OPEN, ((placement, changes) for placement in found), by=by)
    return [card_of(each, needs.get(each.pk), contacts.get(each.pk, [])) for each in found]


def card_of(placement: Placement, row: PracticalNeeds | None, contacts: Iterable[EmergencyContact]) -> EmergencyCard:
    """Only what was answered on a page that says who reads it; see `PracticalNeeds`."""
    told = frozenset(part for part in ASKED if row and row.is_said(part))
    said: dict[str, Any] = {}
    for part in told:
        said |= row.answers(part) if row else {}
    return EmergencyCard(
        placement=placement,
        contacts=[contact_line(contact) for contact in contacts],
        told=told,
        diet=labels(said.get("diet", ()), Diet),
        access=labels(said.get("access", ()), Access),
        allergies=allergy_lines(said.get("allergies", ())),
        support=said.get("support", ""),
        medicines=said.get("medicines", ""),
        health=said.get("health", ""),
    )


def contact_line(contact: EmergencyContact) -> ContactLine:
    words = contact.words
    return ContactLine(
        name=words["name"],
        relation=words["relation_words"] or str(Relation(words["relation"]).label),
        phone=PhoneNumber.from_string(words["phone"]),
        language=words["language_words"] or str(Spoken(words["language"]).label),
        knows=bool(words["knows"]),
    )


def looks_at(placement: Placement) -> list[CardLook]:
    """Every opening of this student's card, newest first."""
    events = Event.objects.filter(action=OPEN, target_model=Placement._meta.label_lower, target_id=placement.pk)
    reasons = {use.code: use.reason for use in placement.broken_glass.all()}
    return [
        CardLook(
            event.at,
            str(AccessRecord.As(event.changes["as"]).label),
            str(CardPurpose(event.changes["purpose"]).label),
            reasons.get(event.changes.get("break_glass", ""), ""),
        )
        for event in events.order_by("-at", "-pk")
    ]

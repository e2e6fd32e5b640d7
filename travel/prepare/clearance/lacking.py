"""What somebody still lacks before they may lead a group, or receive one. Reads only.

A background check and a training hold for a while (facts) and must hold until the group is home. The code of conduct
and the duty to report are forms that they sign themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from exchange.reference import facts
from travel.models import Clearance, Contact, SigningLink, Trip
from travel.prepare.signing.required import FormState, forms_of_contact

Kind = Clearance.Kind
LASTS = {Kind.BACKGROUND_CHECK: "clearance.check_days", Kind.TRAINING: "clearance.training_days"}


@dataclass(frozen=True, slots=True)
class Proof:
    """One kind of proof: `row` is what was seen, None if nothing. `until`: its last day. `needed_until`: if known."""

    kind: Clearance.Kind
    row: Clearance | None
    until: date | None
    needed_until: date | None

    @property
    def is_enough(self) -> bool:
        return self.until is not None and self.until >= (self.needed_until or timezone.localdate())

    @property
    def is_short(self) -> bool:
        """There is proof, but it ends too early."""
        return self.until is not None and not self.is_enough


@dataclass(frozen=True, slots=True)
class Cleared:
    """`forms`: what they sign; `link`: where they sign it, None if it was never made."""

    contact: Contact
    trip: Trip | None
    proofs: tuple[Proof, ...]
    forms: tuple[FormState, ...]
    link: SigningLink | None

    @property
    def is_complete(self) -> bool:
        """No form at all is no yes: until the cycle's forms are published, nobody could have signed them."""
        signed = bool(self.forms) and all(form.is_signed for form in self.forms)
        return signed and all(proof.is_enough for proof in self.proofs)

    @property
    def unsigned(self) -> list[FormState]:
        return [form for form in self.forms if not form.is_signed]


def cleared(contact: Contact) -> Cleared:
    return cleared_of([contact])[0]


def cleared_of(contacts: Iterable[Contact]) -> list[Cleared]:
    """Two queries for each contact (a trip has a handful), and four for all."""
    contacts = list(contacts)
    days = facts.numbers(*LASTS.values())
    seen = {
        (row.contact_id, row.kind): row
        for row in Clearance.objects.filter(contact__in=contacts).select_related("seen_by")
    }
    links = {link.contact_id: link for link in SigningLink.objects.filter(contact__in=contacts)}
    found = []
    for contact in contacts:
        trip = contact.trip or contact.candidate_for
        proofs = tuple(
            _proof(kind, seen.get((contact.pk, kind.value)), int(days[fact]), trip) for kind, fact in LASTS.items()
        )
        found.append(Cleared(contact, trip, proofs, tuple(forms_of_contact(contact)), links.get(contact.pk)))
    return found


def _proof(kind: Clearance.Kind, row: Clearance | None, days: int, trip: Trip | None) -> Proof:
    until = row.done_on + timedelta(days=days) if row else None
    return Proof(kind, row, until, trip.returns_on if trip else None)

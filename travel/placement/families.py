"""Who in a student's family hears of a change from us: those the student gave us an address for. Reads only.

A family link has an address if the student entered one for this; a guardian's signing link has the one it was sent to.
Nobody else is written to: emergency contacts were given for emergencies.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from exchange.messages import outbox
from travel.models import FamilyLink, Placement, SigningLink


@dataclass(frozen=True, slots=True)
class Relative:
    """`link`: what the message leads to, if they have one."""

    placement: Placement
    to: outbox.Guest
    link: FamilyLink | None = None


@dataclass(frozen=True, slots=True)
class Families:
    """`untold`: primary keys of placements with a link that works and has no address: those students tell them."""

    told: list[Relative] = field(default_factory=list)
    untold: frozenset[int] = frozenset()


def families_of(going: Collection[Placement]) -> Families:
    """One per person and placement, however many links they have. Two queries."""
    by_pk = {each.pk: each for each in going}
    told: list[Relative] = []
    known: set[tuple[int, str]] = set()
    untold: set[int] = set()
    for link in FamilyLink.objects.filter(placement__in=by_pk, stopped_at=None):
        link.placement = by_pk[link.placement_id]
        if not link.opens:
            continue
        if not (link.email or link.phone):
            untold.add(link.placement_id)
        elif _is_new(link, known):
            to = outbox.Guest(email=link.email, phone=str(link.phone), language=link.language)
            told.append(Relative(link.placement, to, link))
    for guardian in SigningLink.objects.filter(placement__in=by_pk, stopped_at=None, sent_at__isnull=False):
        if guardian.placement_id and _is_new(guardian, known):
            to = outbox.Guest(
                email=guardian.email, phone=str(guardian.phone), language=guardian.language, name=guardian.name
            )
            told.append(Relative(by_pk[guardian.placement_id], to))
    return Families(told, frozenset(untold))


def _is_new(row: FamilyLink | SigningLink, known: set[tuple[int, str]]) -> bool:
    """Whether none of its addresses has been counted for this placement; from now on they are."""
    addresses = {(row.placement_id or 0, str(address).lower()) for address in (row.email, row.phone) if address}
    is_new = bool(addresses) and not addresses & known
    known |= addresses
    return is_new

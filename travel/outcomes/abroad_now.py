"""What the mayor's office sees of trips that are abroad: whether everyone is accounted for, and what is undecided.

Without names, and without how many are missing: one person missing from one trip would be somebody. Reads only.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from travel.models import CheckIn, CheckInPerson, GoDecision, Trip, TripChange

DRILL = CheckIn.Kind.DRILL


@dataclass(frozen=True, slots=True)
class AbroadNow:
    """`check_ins`: open ones that are no drill. `all_found`: everyone in them is accounted for."""

    trips: int
    check_ins: int
    all_found: bool
    decisions: int

    @property
    def is_shown(self) -> bool:
        return bool(self.trips or self.check_ins or self.decisions)

    @property
    def answer(self) -> str:
        """Nobody is said to be safe whom no one has asked."""
        if not self.check_ins:
            return _("No check-in is open")
        return _("All accounted for") if self.all_found else _("Not all accounted for yet")

    @property
    def tone(self) -> str:
        if not self.check_ins:
            return "neutral"
        return "good" if self.all_found else "stop"


def abroad_now() -> AbroadNow:
    """Five queries."""
    away = Trip.objects.filter(departed_at__isnull=False, returned_at=None, closed_at=None)
    check_ins = CheckIn.objects.open().exclude(kind=DRILL)
    missing = CheckInPerson.objects.missing().exclude(check_in__kind=DRILL)
    advisories = GoDecision.objects.open().filter(trip__closed_at=None, trip__returned_at=None)
    # a trip whose cancellation is drafted and whose advisory waits is one decision
    trips = set(advisories.values_list("trip", flat=True)) | set(
        TripChange.objects.drafted().filter(trip__closed_at=None, trip__returned_at=None).values_list("trip", flat=True)
    )
    return AbroadNow(away.count(), check_ins.count(), not missing.exists(), len(trips))

"""A college says whether a trip counts for credit; its sheet is downloaded."""

from django.db import transaction

from exchange.base import audit
from exchange.models import College, User
from travel.base import actions as rows
from travel.models import Trip, TripCredit


@transaction.atomic
def say(trip: Trip, college: College, kind: str, activity: str, *, by: User) -> TripCredit:
    """Said again, the newer word counts. RuleViolation: not_possible, for an activity with credit or none without."""
    rows.lock(trip)
    row = TripCredit.objects.filter(trip=trip, college=college).first() or TripCredit(trip=trip, college=college)
    row.kind, row.activity, row.said_by = kind, activity, by
    rows.check(row)
    row.save()
    audit.record("tripcredit.say", row, by=by, changes={"kind": kind, "activity": activity})
    return row


@transaction.atomic
def record_file(college: College, year: int, *, people: int, by: User) -> None:
    """That somebody downloaded the college's sheet, which has so many names, of an academic year."""
    audit.record("open_doors.export", college, by=by, changes={"year": year, "people": people})

"""The demo's small incident on the trip that is abroad: reported by its leader, followed up, still open."""

from datetime import datetime, timedelta

from exchange.models import User
from travel.abroad.actions import incidents
from travel.demo.book import Draw
from travel.demo.past import past
from travel.models import Incident, Trip

REPORT = "A traveler left a backpack on the bus. The passport wasn’t in it, the medicine for allergies was."
WHERE = "Bus 36, between the market and the hotel"
NOTE = "The host called the bus company. They found the backpack and keep it at the last stop until noon."
FOLLOW_UP = "Ask in the morning whether the medicine is complete, and whether a doctor has to write a new prescription."


def write(draw: Draw, trip: Trip, *, handler: User, named_by: User, now: datetime) -> Incident | None:
    """`handler`: a coordinator whom `named_by` names. None: no leader signs in."""
    leader = trip.leaders.filter(user__isnull=False).select_related("user").order_by("pk").first()
    if leader is None or leader.user is None:
        return None
    with past(now - timedelta(hours=18), draw):
        incidents.name_handler(handler, by=named_by)
        incident = incidents.report(
            trip,
            severity=Incident.Severity.MINOR,
            happened_at=now - timedelta(hours=20),
            text=REPORT,
            where=WHERE,
            placements=trip.placements.order_by("pk")[:1],
            leaders=[leader],
            by=leader.user,
        )
        incidents.note(incident, NOTE, at=now - timedelta(hours=18), for_leaders=True, by=handler)
        incidents.follow_up(incident, FOLLOW_UP, owner=handler, due=(now + timedelta(days=1)).date(), by=handler)
    return incident

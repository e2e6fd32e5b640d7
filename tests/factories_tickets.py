"""Rows around a ticket: a duty, the ticket's name, a passport call, a requested document number."""

from tests.factories_travel import ChecklistItemFactory
from travel.models import DocumentNumber, PassportCall, Placement, TicketName


def ticket_rows(placement: Placement, by, number: str) -> None:
    """One row of each, all of one student."""
    ChecklistItemFactory(placement=placement)
    PassportCall.objects.create(application=placement.application, agreed="books", called_by=by)
    TicketName.objects.create(placement=placement, surnames="REYES", given="MARISOL", written_by=by)
    last_day = placement.trip.returns_on
    DocumentNumber.objects.create(placement=placement, purpose="airline", number=number, expires_on=last_day)

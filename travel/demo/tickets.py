"""Names on the tickets of the demo's first trip, compared or not, and a call of yesterday. No number of a document."""

from collections.abc import Iterable

from travel.demo.book import Book, at
from travel.demo.journeys import Journeys, Seat
from travel.models import PassportCall, TicketName
from travel.states import PassportStage

FIRST_TRIP = "hanoi"


def write(book: Book, journeys: Journeys, seats: Iterable[Seat]) -> None:
    """The office has written the names; an advisor has compared the first that was seen."""
    going = sorted((seat for seat in seats if seat.trip.city.code == FIRST_TRIP), key=lambda seat: seat.placement.code)
    seen = [seat for seat in going if seat.case and seat.case.stage == PassportStage.CHECKED]
    for seat in going:
        ticket = _ticket(book, journeys, seat)
        if seat in seen[:1]:
            _match(book, journeys, seat, ticket)
    _call(book, journeys, going)


def _ticket(book: Book, journeys: Journeys, seat: Seat) -> TicketName:
    given, *surnames = seat.candidate.person.full_name.upper().split()
    when = at(book.day(-2), 11, 15)
    name = {"surnames": " ".join(surnames), "given": given}
    ticket = TicketName(placement=seat.placement, written_at=when, written_by=journeys.office, **name)
    changes = {"is_new": True, "match_taken_back": False}
    book.record("ticket.write", seat.placement, by=journeys.office, when=when, changes=changes)
    return book.add(ticket)


def _match(book: Book, journeys: Journeys, seat: Seat, ticket: TicketName) -> None:
    when, advisor = at(book.day(-1), 10, 5), journeys.advisor(seat)
    ticket.how, ticket.matched_at, ticket.matched_by = TicketName.How.SAME, when, advisor
    if seat.case:
        seat.case.stage, seat.case.stage_changed_at = PassportStage.NAME_MATCHED, when
    book.record("ticket.match", seat.placement, by=advisor, when=when, changes={"how": "same"})


def _call(book: Book, journeys: Journeys, going: list[Seat]) -> None:
    waiting = [seat for seat in going if seat.case and seat.case.stage == PassportStage.GATHERING]
    for seat in waiting[:1]:
        when, agreed = at(book.day(-1), 15, 40), PassportCall.Agreed.LEFT_WORD
        application = seat.candidate.application
        book.add(
            PassportCall(
                application=application, agreed=agreed, called_on=when.date(), called_at=when, called_by=journeys.office
            )
        )
        book.record("passport.call", application, by=journeys.office, when=when, changes={"agreed": str(agreed)})

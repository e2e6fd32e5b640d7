"""Names on the tickets of the demo's first trip, compared or not, and a call of yesterday. No number of a document."""

from collections.abc import Iterable

from exchange.models import User
from travel.base.names import FullName
from travel.demo.book import Book, at
from travel.demo.past import past
from travel.models import PassportCall, Placement
from travel.passport.calls import actions as staff_call
from travel.passport.ticket_names import actions as ticket_name
from travel.states import PassportStage

FIRST_TRIP = "hanoi"


def write(book: Book, placements: Iterable[Placement], *, advisor: User, by: User) -> None:
    """The office has written the names; an advisor has compared the first that was seen."""
    going = sorted((each for each in placements if each.trip.city.code == FIRST_TRIP), key=lambda each: each.code)
    stages = {each.pk: each.application.passport_case.stage for each in going}
    with past(at(book.day(-2), 11, 15), book.draw):
        for placement in going:
            ticket_name.write(placement, _name(placement), by=by)
    with past(at(book.day(-1), 10, 5), book.draw):
        for placement in [each for each in going if stages[each.pk] == PassportStage.CHECKED][:1]:
            ticket_name.compare(placement, _name(placement), shown=_name(placement), by=advisor)
    with past(at(book.day(-1), 15, 40), book.draw):
        for placement in [each for each in going if stages[each.pk] == PassportStage.GATHERING][:1]:
            staff_call.record_call(placement.application, PassportCall.Agreed.LEFT_WORD, by=by)


def _name(placement: Placement) -> FullName:
    given, *surnames = placement.application.person.full_name.upper().split()
    return FullName(" ".join(surnames), given)

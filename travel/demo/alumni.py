"""The demo's alumni: some travelers of each finished summer agreed to hear from the office, and a few are asked."""

from datetime import date, timedelta
from random import Random

from django.utils import translation

from exchange.models import User
from travel.demo.book import Book, at
from travel.demo.past import past
from travel.models import AlumniAsk, AlumniConsent, OrientationSession, Placement
from travel.reflection.actions import alumni
from travel.reflection.alumni import subjects

AGREES, BOTH, ENDED = 0.4, 0.5, 0.1  # how likely somebody agrees, to both, and has stopped it since
WEEKS = (1, 9)  # after the return
ASKED = 3
ANSWERS = (AlumniAsk.Answer.YES, AlumniAsk.Answer.NO)  # of those who are asked to come; the others wait


def write(book: Book, seed: str, *, by: User) -> None:
    """Each traveler has dice of their own, as in `surveys`."""
    home = Placement.objects.filter(returned_at__isnull=False, trip__returned_at__isnull=False)
    for placement in home.select_related("trip", "application__student").order_by("code"):
        dice = Random(f"{seed} alumni {placement.code}")  # noqa: S311 -- made-up people
        day = placement.trip.home_on + timedelta(days=dice.randint(WEEKS[0] * 7, WEEKS[1] * 7))
        if dice.random() < AGREES and day < book.today:
            _agree(book, placement, day, dice)
    with past(at(book.day(-2), 16), book.draw):
        _ask(by)


def _agree(book: Book, placement: Placement, day: date, dice: Random) -> None:
    person = placement.application.person
    both = dice.random() < BOTH
    choice = {"orientation": both or dice.random() < BOTH}
    given = at(day, dice.randint(11, 21), dice.randrange(60))
    with past(given, book.draw), translation.override(person.language):
        consent = alumni.agree(placement, **choice, mentoring=both or not choice["orientation"], by=person)
    ended = day + timedelta(days=dice.randint(20, 200))
    if consent and dice.random() < ENDED and ended < book.today:
        with past(at(ended, 12), book.draw):
            alumni.end(consent, how=AlumniConsent.How.LINK, by=None)


def _ask(by: User) -> None:
    """A few are invited to the next orientation, and one is asked to mentor the group that leaves next."""
    session = OrientationSession.objects.ahead().order_by("starts_at").first()
    people = list(AlumniConsent.objects.in_force().order_by("given_at", "pk"))
    found = {bool(each.session): each for each in reversed(subjects(by))}
    if session and True in found:
        alumni.ask(found[True], [each for each in people if each.orientation][:ASKED], by=by)
    if False in found:
        alumni.ask(found[False], [each for each in people if each.mentoring][:1], by=by)
    for row, says in zip(AlumniAsk.objects.filter(session__isnull=False).order_by("pk"), ANSWERS, strict=False):
        alumni.answer(row, says, by=None)

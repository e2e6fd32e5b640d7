"""The demo's alumni: some travelers of each finished summer agreed to hear from the office, and a few are asked."""

from datetime import date, datetime, timedelta
from random import Random

from django.utils import translation

from exchange.models import Message, User
from exchange.reference import facts
from travel.demo.book import at
from travel.models import AlumniAsk, AlumniConsent, OrientationSession, Placement
from travel.reflection.actions import alumni
from travel.reflection.alumni import KEEP_DAYS, subjects

AGREES, BOTH, ENDED = 0.4, 0.5, 0.1  # how likely somebody agrees, to both, and has stopped it since
WEEKS = (1, 9)  # after the return
ASKED = 3
ANSWERS = (AlumniAsk.Answer.YES, AlumniAsk.Answer.NO)  # of those who are asked to come; the others wait


def write(seed: str, today: date, *, by: User) -> None:
    """Through the real actions, then dated back. Each traveler has dice of their own, as in `surveys`."""
    home = Placement.objects.filter(returned_at__isnull=False, trip__returned_at__isnull=False)
    for placement in home.select_related("trip", "application__student").order_by("code"):
        dice = Random(f"{seed} alumni {placement.code}")  # noqa: S311 -- made-up people
        day = placement.trip.home_on + timedelta(days=dice.randint(WEEKS[0] * 7, WEEKS[1] * 7))
        if dice.random() < AGREES and day < today:
            _agree(placement, day, today, dice)
    _ask(by, at(today - timedelta(days=2), 16))


def _agree(placement: Placement, day: date, today: date, dice: Random) -> None:
    person = placement.application.person
    both = dice.random() < BOTH
    choice = {"orientation": both or dice.random() < BOTH}
    with translation.override(person.language):
        consent = alumni.agree(placement, **choice, mentoring=both or not choice["orientation"], by=person)
    if consent is None:
        return
    given, lasts = at(day, dice.randint(11, 21), dice.randrange(60)), timedelta(days=int(facts.number(KEEP_DAYS)))
    AlumniConsent.objects.filter(pk=consent.pk).update(given_at=given, expires_at=given + lasts)
    ended = day + timedelta(days=dice.randint(20, 200))
    if dice.random() < ENDED and ended < today:
        alumni.end(consent, how=AlumniConsent.How.LINK, by=None)
        AlumniConsent.objects.filter(pk=consent.pk).update(ended_at=at(ended, 12))


def _ask(by: User, when: datetime) -> None:
    """A few are invited to the next orientation, and one is asked to mentor the group that leaves next. The messages
    are sent, as they would have been by now."""
    session = OrientationSession.objects.ahead().order_by("starts_at").first()
    people = list(AlumniConsent.objects.in_force().order_by("given_at", "pk"))
    found = {bool(each.session): each for each in reversed(subjects(by))}
    if session and True in found:
        alumni.ask(found[True], [each for each in people if each.orientation][:ASKED], by=by)
    if False in found:
        alumni.ask(found[False], [each for each in people if each.mentoring][:1], by=by)
    asked = AlumniAsk.objects.order_by("pk")
    for row, says in zip(asked.filter(session__isnull=False), ANSWERS, strict=False):
        alumni.answer(row, says, by=None)
    asked.update(asked_at=when)
    asked.exclude(answer="").update(answered_at=when + timedelta(hours=3))
    sent = {"queued_at": when, "claimed_at": when, "send_after": None, "sent_at": when + timedelta(minutes=1)}
    Message.objects.filter(still_due__startswith=f"{alumni.DUE_NAME}:").update(**sent)

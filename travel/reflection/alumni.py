"""Alumni who agreed to hear from the office, and what they can be asked now. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from exchange.base.roles import Person
from exchange.models import ConsentText, User
from exchange.templatetags.ui import full_day
from travel.models import AlumniAsk, AlumniConsent, OrientationSession, Trip
from travel.prepare.orientation.sessions import when

TEXT = "alumni"  # key of the words that they agree to
KEEP_DAYS = "alumni.keep_days"
SESSION, TRIP = "session", "trip"


def words() -> ConsentText | None:
    """The current words. One query."""
    return ConsentText.objects.filter(key=TEXT, is_current=True).first()


def consent_of(person: User) -> AlumniConsent | None:
    """The one in force."""
    return AlumniConsent.objects.in_force().filter(person=person).first()


def listed(user: Person) -> QuerySet[AlumniConsent]:
    """Everyone on the list, by name, with what they were asked about what is ahead. Two queries."""
    asks = AlumniAsk.objects.visible_to(user).standing().ahead().select_related("session", "trip__city")
    rows = AlumniConsent.objects.visible_to(user).in_force()
    return (
        rows.select_related("person", "placement__application__college", "placement__trip__city")
        .prefetch_related(Prefetch("asks", asks, to_attr="open_asks"))
        .order_by("person__full_name", "pk")
    )


# --- What they can be asked -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Subject:
    """A session to come to, or a trip whose group needs mentors. `key`: for a form."""

    key: str
    label: str
    session: OrientationSession | None = None
    trip: Trip | None = None

    def takes(self, consent: AlumniConsent) -> bool:
        """Whether this person agreed to be asked this."""
        return consent.orientation if self.session else consent.mentoring


def subjects(user: Person) -> list[Subject]:
    """Sessions that are ahead and trips that haven't left, the next ones first. Two queries."""
    sessions = OrientationSession.objects.visible_to(user).ahead().filter(cycle__closed_out_at__isnull=True)
    trips = Trip.objects.visible_to(user).filter(
        departed_at__isnull=True, closed_at__isnull=True, cycle__published_at__isnull=False
    )
    found = [
        Subject(f"{SESSION}:{each.code}", _("Orientation: %(when)s") % {"when": when(each)}, session=each)
        for each in sessions.select_related("cycle")
    ]
    found += [
        Subject(f"{TRIP}:{each.code}", _("Mentor the group: %(trip)s") % {"trip": _trip_words(each)}, trip=each)
        for each in trips.select_related("city").order_by("leaves_on", "pk")
    ]
    return found


def _trip_words(trip: Trip) -> str:
    return _("%(city)s, leaving %(day)s") % {"city": trip.city.name, "day": full_day(trip.leaves_on)}


def subject_words(ask: AlumniAsk) -> str:
    """What was asked, in the active language. Fetch the session and the trip's city with it."""
    if ask.session:
        return _("Orientation: %(when)s") % {"when": when(ask.session)}
    return _("Mentor the group: %(trip)s") % {"trip": _trip_words(ask.trip)} if ask.trip else ""


@dataclass(frozen=True, slots=True)
class AskRow:
    """One ask as a line: what, and how it stands."""

    ask: AlumniAsk
    what: str
    state: str | Promise
    tone: str


def ask_rows(asks: Iterable[AlumniAsk]) -> list[AskRow]:
    tones = {AlumniAsk.Answer.YES.value: "good", AlumniAsk.Answer.NO.value: "neutral"}
    return [
        AskRow(ask, subject_words(ask), ask.get_answer_display() or _("no answer yet"), tones.get(ask.answer, "wait"))
        for ask in asks
    ]


def open_asks(consent: AlumniConsent) -> list[AlumniAsk]:
    """What this person can still answer."""
    rows = AlumniAsk.objects.standing().ahead().filter(consent=consent)
    return list(rows.select_related("session", "trip__city").order_by("asked_at", "pk"))

"""Actions on orientation sessions: planned, changed, called off, reminded of; who came, by code or by tap."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock
from applications.models import Cycle
from exchange.base import audit
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.base.slots import Slot
from exchange.messages import outbox
from exchange.messages.reminders import Before, Reminder
from exchange.models import User
from exchange.reference import facts
from exchange.templatetags.ui import day_year
from travel.base import actions as rows
from travel.models import Attendance, OrientationSession, Placement, Trip
from travel.prepare.checklist import actions as checklist
from travel.prepare.orientation import sessions as orientation

# what travelers are told of when it changes
TOLD = frozenset({"starts_at", "place", "address"})
FIELDS = ("starts_at", "zone", "minutes", "place", "address", "note_en", "note_es")


# its time or place has changed, it's canceled or back on
SESSION_CHANGED: Slot[Callable[[OrientationSession], object]] = Slot("orientation session changed")


def _follow(session: OrientationSession) -> None:
    for follow in SESSION_CHANGED:
        follow(session)


# --- Planning ---------------------------------------------------------------------------------------


@transaction.atomic
def plan(cycle: Cycle, values: Mapping[str, Any], *, trips: Collection[Trip], by: User) -> OrientationSession:
    """Plan a session and tell its travelers. `trips`: empty for all of the cycle. A second press changes nothing.

    RuleViolation: past, not_possible.
    """
    rows.lock(cycle)
    same = {name: values[name] for name in ("starts_at", "place")}
    if there := cycle.orientation_sessions.held().filter(**same).first():
        return there
    session = OrientationSession(cycle=cycle, planned_by=by, **values)
    _check(session)
    session.reminded_at = _reminded(session)
    session.save()
    session.trips.set(trips)
    audit.record("orientation.plan", session, by=by, changes={"cycle": cycle.code})
    _tell(session, "travel/session_planned")
    return session


@transaction.atomic
def change(
    session: OrientationSession, values: Mapping[str, Any], *, trips: Collection[Trip], seen: str, by: User
) -> OrientationSession:
    """Change a session; its travelers are told if it's at another time or place, or newly for them.

    RuleViolation: changed_meanwhile, begun, past, not_possible.
    """
    session = _locked(session)
    before = {trip.pk for trip in session.trips.all()}
    changed = rows.differing(session, values)
    wanted = {trip.pk for trip in trips}
    if not changed and before == wanted:
        return session
    edit_lock.check(seen, fingerprint(session))
    _refuse_begun(session)
    had = set(orientation.invited(session).values_list("pk", flat=True))
    for name in changed:
        setattr(session, name, values[name])
    _check(session)
    moved = bool(TOLD & set(changed))
    if moved:
        session.version += 1
        session.reminded_at = _reminded(session)
    session.save()
    session.trips.set(trips)
    audit.record("orientation.change", session, by=by, changes={"fields": sorted(changed)})
    if moved:
        _tell(session, "travel/session_changed", only=had)
        _follow(session)
    _tell(session, "travel/session_planned", but=had)
    return session


@transaction.atomic
def call_off(session: OrientationSession, *, by: User) -> None:
    """It won't take place; its travelers are told. Safe to repeat. RuleViolation: begun."""
    session = _locked(session)
    if session.called_off_at:
        return
    _refuse_begun(session)
    session.called_off_at = timezone.now()
    session.version += 1
    session.save(update_fields=["called_off_at", "version"])
    audit.record("orientation.call_off", session, by=by)
    _tell(session, "travel/session_called_off")
    _follow(session)


@transaction.atomic
def bring_back(session: OrientationSession, *, by: User) -> None:
    """It takes place after all; its travelers are told. Safe to repeat. RuleViolation: begun, not_possible if another
    session was planned at that time and place."""
    session = _locked(session)
    if not session.called_off_at:
        return
    _refuse_begun(session)
    session.called_off_at = None
    rows.check(session)
    session.reminded_at = _reminded(session)
    session.version += 1
    session.save(update_fields=["called_off_at", "reminded_at", "version"])
    audit.record("orientation.bring_back", session, by=by)
    _tell(session, "travel/session_back")
    _follow(session)


def fingerprint(session: OrientationSession) -> str:
    return edit_lock.fingerprint(session, FIELDS, sorted(trip.pk for trip in session.trips.all()))


def _check(session: OrientationSession) -> None:
    if session.has_begun:
        raise RuleViolation("past", _("That time is already over. Choose one that’s still to come."))
    rows.check(session)


def _refuse_begun(session: OrientationSession) -> None:
    if session.has_begun:
        raise RuleViolation("begun", _("This session has already started, so it can’t be changed."))


def _locked(session: OrientationSession) -> OrientationSession:
    rows.lock(session.cycle)
    return OrientationSession.objects.select_for_update(of=("self",)).select_related("cycle").get(pk=session.pk)


# --- Telling ----------------------------------------------------------------------------------------


def _tell(
    session: OrientationSession, template: str, *, only: Collection[int] | None = None, but: Collection[int] = ()
) -> None:
    people = orientation.invited(session).exclude(pk__in=but)
    if only is not None:
        people = people.filter(pk__in=only)
    placements = list(people.select_related("application__student"))
    drafted = [
        (each.application.person, outbox.drafts(template, each.application.person, _context(session, each)))
        for each in placements
    ]
    outbox.queue_many(drafted, batch=key_of(session))


def _context(session: OrientationSession, placement: Placement) -> dict[str, Any]:
    return {"orientation": session, "placement": placement, "when": LazyWhen(session)}


class LazyWhen:
    """The time of a session, worded in the language of the message."""

    def __init__(self, session: OrientationSession) -> None:
        self.session = session

    def __str__(self) -> str:
        return orientation.when(self.session)


def _reminded(session: OrientationSession) -> Any:
    """Now, if travelers are told so shortly before it that no reminder is needed; else None."""
    days = (timezone.localdate(session.starts_at) - timezone.localdate()).days
    return timezone.now() if days <= int(facts.number(orientation.REMIND_DAYS)) else None


def _ahead() -> QuerySet[OrientationSession]:
    ahead = OrientationSession.objects.ahead().select_related("cycle").prefetch_related("trips")
    return ahead.annotate(expected=orientation.how_many_expected())


def _about(row: OrientationSession) -> str:
    said = {"place": row.place, "day": day_year(timezone.localdate(row.starts_at))}
    return _("orientation at %(place)s on %(day)s") % said


# to the travelers of a session who haven't been to another one
REMINDER = Reminder[Any](
    name="travel.orientation",
    template="travel/session_reminder",
    action="orientation.remind",
    offsets=(Before((orientation.REMIND_DAYS,), of=lambda row: row.starts_at, tag=lambda row: f"v{row.version}"),),
    rows=_ahead,
    people=lambda row: [
        each.application.person for each in orientation.invited(row).select_related("application__student")
    ],
    context=lambda row, person: _context(row, orientation.invited(row).get(application__student=person)),
    about=_about,
    count=lambda row: int(row.expected),
    mark="reminded_at",
    tells_of_nobody=True,
    is_one_a_day=False,
)


# --- Who came ---------------------------------------------------------------------------------------


@transaction.atomic
def attend(session: OrientationSession, placement: Placement, *, via: str, by: User) -> Attendance:
    """Record that a traveler came, and check off what asks for it. Safe to repeat.

    With the code only around the session's hours; staff also later, for who was there with a dead phone.
    RuleViolation: called_off, too_early, too_late, not_invited.
    """
    placement = (
        Placement.objects.select_for_update(of=("self",)).select_related("application", "trip").get(pk=placement.pk)
    )
    if there := Attendance.objects.filter(session=session, placement=placement).first():
        return there
    _refuse_closed_door(session, via)
    if not session.is_for(placement.trip) or placement.application.withdrawn_at or placement.trip.closed_at:
        text = _("This session is for another group. Nothing was saved. Talk to the person at the door.")
        raise RuleViolation("not_invited", text)
    row = Attendance.objects.create(session=session, placement=placement, via=via, by=by)
    audit.record("orientation.attend", placement, by=by, changes={"session": session.code, "via": via})
    checklist.fulfil(placement, evidence=orientation.EVIDENCE, key=orientation.KEY, by=by)
    return row


@transaction.atomic
def undo(session: OrientationSession, placement: Placement, *, by: User, shown: str = "") -> None:
    """They didn't come after all: what it checked off is open again, unless they came another time. Safe to repeat.

    `shown`: key of the entry that the list with the button showed; one recorded anew stays. RuleViolation:
    changed_meanwhile.
    """
    placement = Placement.objects.select_for_update(of=("self",)).get(pk=placement.pk)
    there = Attendance.objects.filter(session=session, placement=placement).first()
    if there is None:
        return
    if shown and shown != str(there.pk):
        raise RuleViolation("changed_meanwhile", edit_lock.shown_before())
    there.delete()
    audit.record("orientation.undo_attend", placement, by=by, changes={"session": session.code})
    if not orientation.has_been(placement):
        checklist.unfulfil(placement, evidence=orientation.EVIDENCE, key=orientation.KEY, by=by)


def _refuse_closed_door(session: OrientationSession, via: str) -> None:
    if session.called_off_at:
        raise RuleViolation("called_off", _("This session was canceled. Nothing was saved."))
    opens_at, closes_at = orientation.door_times(session)
    now = timezone.now()
    if now < opens_at:
        raise RuleViolation("too_early", _("The door isn’t open yet. Scan the code again when the session starts."))
    if via == Attendance.Via.CODE and now > closes_at:
        raise RuleViolation("too_late", _("This session is over. If you were there, tell your advisor."))

"""Actions on incidents: reported, written on, followed up, closed and opened again. Entries are only ever added.

Who may call them is judged before: `IncidentQuerySet.visible_to`, `Trip.objects.reported_on_by`.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models.hold import is_held
from exchange.base import audit, office_tasks, roles
from exchange.base.codes import key_of, new_code
from exchange.base.errors import RuleViolation
from exchange.base.home import home_zone
from exchange.messages import outbox
from exchange.models import Event, User
from exchange.people.second import same_person
from travel.base.task_rows import city_of, due_on
from travel.models import Contact, Incident, IncidentEntry, IncidentExport, IncidentHandler, Placement, Trip

Kind, Severity = IncidentEntry.Kind, Incident.Severity
ALERT, NAMED = "travel/incident_severe", "travel/incident_handler"
TO_READ, FOLLOW_UP = "travel.incident_read", "travel.incident_follow_up"
OPENED = "incident.open"
# the same words again within this time are a double tap
SAME_TAP = timedelta(minutes=2)
# somebody who looks again within this time is written down once
SAME_LOOK = timedelta(minutes=15)
# what may still be written about a closed incident
AFTER_THE_END = (Kind.CORRECTION, Kind.REOPENED)


@transaction.atomic
def report(
    trip: Trip,
    *,
    severity: str,
    happened_at: datetime,
    text: str,
    where: str,
    who: str = "",
    placements: Collection[Placement] = (),
    leaders: Collection[Contact] = (),
    by: User | None,
    leader: str = "",
    key: str = "",
) -> Incident:
    """A new incident. The office gets a task; of a severe one those who handle incidents are told at once.

    `leader`: the name of a leader without an account, instead of `by`. `key`: made with the form, so that a report that
    is sent twice is one; so is a double tap. RuleViolation: no_words, in_the_future.
    """
    Trip.objects.select_for_update(of=("self",)).get(pk=trip.pk)  # serializes a double tap
    now, text = timezone.now(), _needed(text)
    if happened_at > now:
        raise RuleViolation("in_the_future", _("This time is still to come. Enter when it happened."))
    if again := _reported(trip, happened_at, text, by, leader, key):
        return again
    incident = Incident.objects.create(
        trip=trip,
        severity=severity,
        happened_at=happened_at,
        zone=trip.city.time_zone or home_zone().key,
        reported_by=by,
        reported_by_name=leader,
        reported_at=now,
        key=key,
    )
    incident.placements.set(placements)
    incident.leaders.set(leaders)
    _reported_now(incident, {"text": text, "where": where.strip(), "who": who.strip()}, leader, by=by)
    return incident


def _reported_now(incident: Incident, said: Any, leader: str, *, by: User | None) -> None:
    """Write its first entry, and tell those who have to know. `said`: text, where, who."""
    IncidentEntry.objects.create(
        incident=incident,
        kind=Kind.REPORT,
        at=incident.happened_at,
        by=by,
        by_name=leader,
        said=said,
        severity=incident.severity,
    )
    about = {"severity": incident.severity} | ({"leader": leader} if leader else {})
    audit.record("incident.report", incident, by=by, changes=about)
    _to_read(incident, by=by)
    if incident.severity == Severity.SEVERE:
        _alert(incident)


def _reported(trip: Trip, happened_at: datetime, text: str, by: User | None, leader: str, key: str) -> Incident | None:
    """The incident of a double tap, or of a report that was sent before."""
    if key and (sent := Incident.objects.filter(trip=trip, key=key).first()):
        return sent
    lately = Incident.objects.filter(trip=trip, happened_at=happened_at, reported_at__gt=timezone.now() - SAME_TAP)
    return next((incident for incident in lately if _again(incident, Kind.REPORT, text, by, leader)), None)


def _to_read(incident: Incident, *, by: User | None) -> None:
    office_tasks.open(
        f"incident:{incident.code}:read",
        TO_READ,
        due_on=due_on() if incident.severity == Severity.MINOR else timezone.localdate(),
        path=incident.get_absolute_url(),
        params=city_of(incident.trip),
        source=key_of(incident),
        by=by,
    )


def note(
    incident: Incident, text: str, *, at: datetime | None = None, for_leaders: bool = False, by: User
) -> IncidentEntry:
    """RuleViolation: no_words, in_the_future, closed."""
    return _write(incident, Kind.NOTE, text, at=at, for_leaders=for_leaders, by=by)


def correct(entry: IncidentEntry, text: str, *, by: User) -> IncidentEntry:
    """What is right instead; the entry stays as it was. RuleViolation: no_words."""
    return _write(entry.incident, Kind.CORRECTION, text, for_leaders=entry.for_leaders, corrects=entry, by=by)


@transaction.atomic
def set_severity(incident: Incident, severity: str, text: str, *, by: User) -> IncidentEntry:
    """Severe from now on: those who handle incidents are told. RuleViolation: no_words, closed, same."""
    incident = _locked(incident)
    before = incident.severity
    if severity == before:
        raise RuleViolation("same", _("It already has this severity."))
    entry = _write(incident, Kind.SEVERITY, text, severity=severity, by=by)
    Incident.objects.filter(pk=incident.pk).update(severity=severity)
    if severity == Severity.SEVERE:
        _alert(incident)
    return entry


@transaction.atomic
def follow_up(incident: Incident, text: str, *, owner: User, due: date, by: User) -> IncidentEntry:
    """Something to do, by somebody who handles incidents, until a day. The task names neither people nor what happened.

    RuleViolation: no_words, closed, cannot_read.
    """
    incident = _locked(incident)
    if not IncidentHandler.objects.active().filter(user=owner).exists():
        raise RuleViolation("cannot_read", _("Choose someone who handles incidents. Others can’t read this page."))
    if again := _again(incident, Kind.FOLLOW_UP, text.strip(), by):
        return again
    task = office_tasks.open(
        f"incident:{incident.code}:{new_code()}",
        FOLLOW_UP,
        due_on=due,
        path=incident.get_absolute_url(),
        params=city_of(incident.trip),
        source=key_of(incident),
        owner=owner,
        by=by,
    )
    return _write(incident, Kind.FOLLOW_UP, text, task=task, by=by)


@transaction.atomic
def finish(entry: IncidentEntry, text: str, *, by: User) -> IncidentEntry:
    """A follow-up is done, with how. RuleViolation: no_words, closed."""
    written = _write(entry.incident, Kind.DONE, text, task=entry.task, by=by)
    if entry.task:
        office_tasks.finish(entry.task, by=by)
    return written


@transaction.atomic
def close(incident: Incident, outcome: str, *, by: User) -> IncidentEntry:
    """How it ended. RuleViolation: no_words, closed, open_follow_ups."""
    incident = _locked(incident)
    still = incident.entries.filter(kind=Kind.FOLLOW_UP, task__done_at__isnull=True, task__dropped_at__isnull=True)
    if still.exists():
        raise RuleViolation("open_follow_ups", _("A follow-up is still open. Finish it first, then close this."))
    entry = _write(incident, Kind.CLOSED, outcome, by=by)
    Incident.objects.filter(pk=incident.pk).update(closed_at=entry.written_at, closed_by=by)
    return entry


@transaction.atomic
def reopen(incident: Incident, why: str, *, by: User) -> IncidentEntry:
    """Undo the closing; its entry stays. RuleViolation: no_words, not_closed."""
    incident = _locked(incident)
    if incident.closed_at is None:
        raise RuleViolation("not_closed", _("This incident is open already."))
    entry = _write(incident, Kind.REOPENED, why, by=by)
    Incident.objects.filter(pk=incident.pk).update(closed_at=None, closed_by=None)
    return entry


@transaction.atomic
def _write(
    incident: Incident, kind: str, text: str, *, at: datetime | None = None, by: User, **more: Any
) -> IncidentEntry:
    incident = _locked(incident)
    now, text = timezone.now(), _needed(text)
    if at and at > now:
        raise RuleViolation("in_the_future", _("This time is still to come. Enter when it happened."))
    if again := _again(incident, kind, text, by):
        return again
    if incident.closed_at and kind not in AFTER_THE_END:
        raise RuleViolation("closed", _("This incident is closed. Open it again first."))
    said: Any = {"text": text}
    entry = IncidentEntry.objects.create(
        incident=incident, kind=kind, at=at or now, written_at=now, by=by, said=said, **more
    )
    audit.record(f"incident.{kind}", incident, by=by)
    return entry


def _again(incident: Incident, kind: str, text: str, by: User | None, leader: str = "") -> IncidentEntry | None:
    """The entry of a double tap."""
    lately = incident.entries.filter(kind=kind, by=by, by_name=leader, written_at__gt=timezone.now() - SAME_TAP)
    return next((entry for entry in lately if entry.text == text), None)


def _locked(incident: Incident) -> Incident:
    return Incident.objects.select_for_update(of=("self",)).select_related("trip__city").get(pk=incident.pk)


def _needed(text: str) -> str:
    if not text.strip():
        raise RuleViolation("no_words", _("Write what happened first."))
    return text.strip()


def _alert(incident: Incident) -> None:
    """Without a word of what happened: an inbox isn't a safe place. With nobody named, every coordinator is told."""
    handlers = [each.user for each in IncidentHandler.objects.active().select_related("user").distinct()]
    for person in handlers or roles.coordinators():
        context = {"incident": incident, "is_named": bool(handlers)}
        outbox.queue(ALERT, to=person, context=context, batch=key_of(incident), is_urgent=True)


# --- Who reads, who exported -------------------------------------------------------------------------


@transaction.atomic
def look(incident: Incident, *, by: User) -> None:
    """Write down that this person opened it: the page lists them. Again within SAME_LOOK changes nothing."""
    last = _looks(incident).filter(by=by).first()
    if last is None or last.at < timezone.now() - SAME_LOOK:
        audit.record(OPENED, incident, by=by)


def looks_at(incident: Incident) -> list[Event]:
    """Every opening, newest first. One query."""
    return list(_looks(incident).select_related("by"))


def _looks(incident: Incident) -> Any:
    label = Incident._meta.label_lower
    return Event.objects.filter(action=OPENED, target_model=label, target_id=incident.pk).order_by("-at", "-pk")


@transaction.atomic
def export(incident: Incident, language: str, *, by: User) -> IncidentExport:
    """Write down that a timeline leaves the portal; the file has what was written until then."""
    made = IncidentExport.objects.create(incident=incident, language=language, by=by)
    audit.record("incident.export", incident, by=by, changes={"language": language})
    return made


# --- Who handles incidents ---------------------------------------------------------------------------


@transaction.atomic
def name_handler(person: User, *, by: User) -> IncidentHandler:
    """From now on they read incidents. They and the others who do are told. Safe to repeat.

    RuleViolation: yourself, not_two, not_staff.
    """
    if person.pk == by.pk:
        raise RuleViolation("yourself", _("Someone else from the office has to name you."))
    if same_person.may_be_one(person, by):
        raise RuleViolation("not_two", same_person.why_not_second(person, by))
    person = User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if not (person.is_active and roles.is_coordinator(person)):
        raise RuleViolation("not_staff", _("Choose someone from the office."))
    row, is_new = IncidentHandler.objects.get_or_create(user=person, ended_at=None, defaults={"named_by": by})
    if is_new:
        audit.record("incident.name_handler", row, by=by)
        for each in _people(IncidentHandler.objects.active()):
            outbox.queue(NAMED, to=each, context={"handler": person, "writer": by})
    return row


@transaction.atomic
def end_handler(row: IncidentHandler, *, by: User) -> None:
    """They read no incident from now on. Safe to repeat."""
    if IncidentHandler.objects.filter(pk=row.pk, ended_at=None).update(ended_at=timezone.now(), ended_by=by):
        audit.record("incident.end_handler", row, by=by)


def _people(rows: Iterable[IncidentHandler]) -> list[User]:
    return list(User.objects.filter(pk__in=[row.user_id for row in rows]))


# --- In the end --------------------------------------------------------------------------------------


@transaction.atomic
def forget(*, days: int, dry_run: bool = False) -> int:
    """Delete incidents so many days after they were closed; an open one stays. Returns how many. Safe to repeat."""
    before = timezone.now() - timedelta(days=days)
    held = Placement.objects.filter(is_held("application__"))
    due = list(Incident.objects.filter(closed_at__lt=before).exclude(placements__in=held))
    if not dry_run:
        Incident.objects.filter(pk__in=[incident.pk for incident in due]).delete()
    return len(due)

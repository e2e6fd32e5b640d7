"""Actions on visa days: the office plans one, asks travelers to come, and notes who applied there."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.messages.reminders import Before, Reminder
from exchange.models import User
from travel.base import actions as rows
from travel.models import EntryPermission, Placement, Trip, VisaDay, VisaDayPerson
from travel.models.entry import VisaDayPersonQuerySet
from travel.prepare.entry import actions as entry
from travel.prepare.going import still_telling

TOLD = ("starts_at", "minutes", "place", "address", "note_en", "note_es")
ASKED_ANEW = ("starts_at", "place")  # who could come then may not be able to now
Answer = VisaDayPerson.Answer


@transaction.atomic
def plan(trip: Trip, values: Mapping[str, Any], people: Collection[Placement], *, by: User) -> VisaDay:
    """Announce a day, and ask these travelers to come. Sent twice, it's one day. RuleViolation: past, nobody."""
    _check(values, people)
    day = rows.add(VisaDay, {"trip": trip, **values}, under=trip, by=by)
    _ask(day, people, by=by)
    return day


@transaction.atomic
def change(day: VisaDay, values: Mapping[str, Any], people: Collection[Placement], *, seen: str, by: User) -> VisaDay:
    """Change the day or who comes. Each traveler whom it concerns is told once; a new time asks everyone anew.

    RuleViolation: past, nobody, called_off, changed_meanwhile, not_possible.
    """
    day = _locked(day)
    _check(values, people)
    changed = rows.differing(day, values)
    if changed:
        edit_lock.check(seen, rows.fingerprint(day, values))
        for name in changed:
            setattr(day, name, values[name])
        day.sequence += 1
        rows.check(day)
        day.save(update_fields=[*changed, "sequence"])
        audit.record("visaday.change", day, by=by, changes={"fields": sorted(changed)})
    there = list(_people(day))
    kept = {each.pk for each in people}
    for person in there:
        if person.placement_id not in kept:
            _tell(person, day, "travel/visa_day_off")
            person.delete()
        elif set(changed) & set(TOLD):
            if set(changed) & set(ASKED_ANEW):
                person.answer, person.answered_at, person.reminded_at = Answer.NONE, None, None
                person.save(update_fields=["answer", "answered_at", "reminded_at"])
            if person.answer != Answer.CANNOT:
                _tell(person, day, "travel/visa_day", is_changed=True)
    _ask(day, people, by=by)
    return day


@transaction.atomic
def call_off(day: VisaDay, *, by: User) -> VisaDay:
    """Cancel it and tell those who were asked to come. Safe to repeat."""
    day = rows.lock(day)
    if day.called_off_at:
        return day
    day.called_off_at, day.sequence = timezone.now(), day.sequence + 1
    day.save(update_fields=["called_off_at", "sequence"])
    audit.record("visaday.call_off", day, by=by)
    if day.starts_at > timezone.now():
        for person in _people(day):
            if person.answer != Answer.CANNOT:
                _tell(person, day, "travel/visa_day_off")
    return day


@transaction.atomic
def answer(person: VisaDayPerson, said: str, *, by: User) -> VisaDayPerson:
    """The student says whether they come. Safe to repeat. RuleViolation: over, no_answer, ("withdrawn")."""
    placement = still_telling(person.placement)
    person = VisaDayPerson.objects.select_for_update(of=("self",)).select_related("day").get(pk=person.pk)
    if said not in (Answer.COMING, Answer.CANNOT):
        raise RuleViolation("no_answer", _("Say whether you’re coming."))
    if not person.day.is_ahead:
        raise RuleViolation("over", _("This visa day is over or canceled. Nothing was changed."))
    if person.answer != said:
        person.answer, person.answered_at = said, timezone.now()
        person.save(update_fields=["answer", "answered_at"])
        audit.record("visa_day.answer", placement, by=by, changes={"day": person.day.code})
    return person


@transaction.atomic
def note_applied(day: VisaDay, applied: Collection[Placement], *, by: User) -> int:
    """Note that these travelers applied there; returns how many. RuleViolation("not_yet") before the day.

    What is further on stays: who was granted one meanwhile isn't put back.
    """
    on = timezone.localdate(day.starts_at)
    if on > timezone.localdate():
        raise RuleViolation("not_yet", _("That day hasn’t come yet. Nothing was changed."))
    State = EntryPermission.State  # noqa: N806 -- a class
    done = EntryPermission.objects.filter(placement__in=applied, state__in=(State.APPLIED, State.GRANTED))
    before = set(done.values_list("placement", flat=True))
    new = [placement for placement in applied if placement.pk not in before]
    for placement in new:
        entry.say(placement, entry.Said(State.APPLIED, on), by=by)
    return len(new)


def _coming() -> VisaDayPersonQuerySet:
    going = Placement.objects.active()
    coming = VisaDayPerson.objects.ahead().exclude(answer=Answer.CANNOT).filter(placement__in=going)
    return coming.select_related("day__trip__city", "placement__application__student").order_by("pk")


# from the day before; who was asked that late has just been told
REMINDER = Reminder[VisaDayPerson](
    name="travel.visa_day",
    template="travel/visa_day",
    action="visa_day.remind",
    offsets=(Before((1,), of=lambda row: row.day.starts_at, told=lambda row: row.asked_at),),
    rows=_coming,
    people=lambda row: [row.placement.application.person],
    context=lambda row, _person: _context(row, row.day, is_reminder=True),
    mark="reminded_at",
    logged=lambda row: row.placement,
    is_one_a_day=False,
)


def _ask(day: VisaDay, people: Iterable[Placement], *, by: User) -> None:
    there = set(VisaDayPerson.objects.filter(day=day).values_list("placement", flat=True))
    for placement in sorted(people, key=lambda each: each.pk):
        if placement.pk not in there:
            person = VisaDayPerson.objects.create(day=day, placement=placement)
            audit.record("visa_day.ask", placement, by=by, changes={"day": day.code})
            _tell(person, day, "travel/visa_day")


def _tell(person: VisaDayPerson, day: VisaDay, template: str, *, is_changed: bool = False) -> None:
    context = _context(person, day, is_changed=is_changed)
    outbox.queue(template, to=person.placement.application.person, context=context)


def _context(person: VisaDayPerson, day: VisaDay, **said: bool) -> dict[str, Any]:
    return {"placement": person.placement, "visa_day": day, "is_changed": False, "is_reminder": False, **said}


def _people(day: VisaDay) -> VisaDayPersonQuerySet:
    """Those who still go."""
    going = Placement.objects.active()
    found = VisaDayPerson.objects.filter(day=day, placement__in=going)
    return found.select_related("placement__application__student").order_by("pk")


def _check(values: Mapping[str, Any], people: Collection[Placement]) -> None:
    if values["starts_at"] <= timezone.now():
        raise RuleViolation("past", _("That time has passed. Choose a later one."))
    if not people:
        raise RuleViolation("nobody", _("Select who should come."))


def _locked(day: VisaDay) -> VisaDay:
    day = rows.lock(day)
    if day.called_off_at:
        raise RuleViolation("called_off", _("This visa day was canceled. Nothing was changed."))
    return day

"""Actions on a check-in: started, escalated by the clock, answered, noted by named people, closed.

Everything that happens is a step, and a person's state follows from their steps (`travel.abroad.accounting`). What the
clock does is written with its message in one transaction, and the database has each such step once, so two workers
send nothing twice.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base.edit_lock import shown_before
from applications.models.hold import is_held
from exchange.base import audit, roles
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.messages.phone_numbers import to_e164
from exchange.models import Message, User
from exchange.reference import facts
from travel.abroad import accounting, escalation
from travel.abroad.account import accounts_of, statements_of
from travel.abroad.accounting import Said, Statement
from travel.abroad.escalation import Act, Night, Ways
from travel.abroad.reaching import Reach, reach_of, reach_of_leaders
from travel.abroad.task_words import call_now
from travel.models import CheckIn, CheckInPerson, CheckInStep, Contact, Placement
from travel.models.check_in import WITH_TRIP

Kind, State = CheckInStep.Kind, CheckInPerson.State
WAITS = tuple(f"check_in.{name}_minutes" for name in ("text_again", "email", "call", "family"))
ASKS, ALERTS, LOOKS = "travel/check_in", "travel/check_in_help", "travel/check_in_look"
ASKS_LEADER = "travel/check_in_leader"
# the same people asked again within this time is a double tap
NAME_MAX = 120  # of `CheckInPerson.said_by_name`
SAME_TAP = timedelta(minutes=2)
LOOKS_EVERY = timedelta(minutes=10)
NAMED_IN_A_TEXT = 2  # `check_in_look.txt`; the email has all
# how long closing can be undone; afterward it's another check-in
REOPENS = timedelta(hours=24)
STILL_OPEN = (State.ASKED, State.NO_ANSWER, State.MISSING, State.DISPUTED)
NOT_THERE = (State.MISSING, State.DISPUTED)
MESSAGES = frozenset({Act.TEXT, Act.TEXT_AGAIN, Act.EMAIL})


# --- Started and closed ------------------------------------------------------------------------------


@transaction.atomic
def start(
    placements: Collection[Placement],
    *,
    leaders: Collection[Contact] = (),
    kind: str,
    why_en: str,
    why_es: str,
    by: User,
) -> CheckIn:
    """Ask these travelers and leaders whether they are safe. A double tap starts one. RuleViolation: nobody."""
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # serializes a double tap
    if not (placements or leaders):
        raise RuleViolation("nobody", _("Choose at least one person."))
    asked: set[tuple[int | None, int | None]] = {(each.pk, None) for each in placements}
    asked |= {(None, each.pk) for each in leaders}
    for recent in CheckIn.objects.open().filter(started_by=by, kind=kind, started_at__gt=timezone.now() - SAME_TAP):
        there: set[tuple[int | None, int | None]] = set(recent.people.values_list("placement", "leader"))
        if there == asked:
            return recent
    check_in = CheckIn.objects.create(kind=kind, why_en=why_en, why_es=why_es, started_by=by)
    reach = reach_of(placements, is_real=check_in.is_real)
    rows = [CheckInPerson(check_in=check_in, placement=each, number=_texted(reach[each.pk])) for each in placements]
    of_leaders = reach_of_leaders(leaders)
    rows += [
        CheckInPerson(
            check_in=check_in,
            leader=each,
            leader_name=each.name,
            leads=each.trip,
            number=_texted(of_leaders[each.pk]),
        )
        for each in leaders
    ]
    rows = CheckInPerson.objects.bulk_create(rows)
    _count_who_is_missed(rows)
    audit.record("check_in.start", check_in, by=by, changes={"kind": kind, "people": len(asked)})
    known = {each.pk: _reach_in(each, reach, of_leaders) for each in rows}
    escalate(check_in.pk, reach=known)
    return check_in


def _count_who_is_missed(people: Collection[CheckInPerson]) -> None:
    """Whom the last roll call misses is looked for from the beginning on."""
    accounts = accounts_of(people)
    missed = [each for each in people if accounts[each.pk].state in accounting.NOT_THERE]
    for person in missed:
        found = accounts[person.pk]
        person.state = State(found.state.value)
        person.state_at = found.statement.at if found.statement else person.state_at
    CheckInPerson.objects.bulk_update(missed, ["state", "state_at"])


def _texted(reach: Reach) -> str:
    return reach.number if reach.text else ""


def _reach_in(person: CheckInPerson, travelers: Mapping[int, Reach], leaders: Mapping[int, Reach]) -> Reach:
    if person.placement_id:
        return travelers[person.placement_id]
    # whoever no longer leads a trip: by their number, as it was
    return leaders.get(person.leader_id or 0) or Reach(person.number, bool(person.number), False, False, "")


@transaction.atomic
def close(check_in: CheckIn, *, by: User) -> CheckIn:
    """End it. Safe to repeat. RuleViolation: still_open, while somebody isn't accounted for and it's no drill."""
    check_in = CheckIn.objects.select_for_update(of=("self",)).get(pk=check_in.pk)
    if check_in.closed_at:
        return check_in
    counts = accounting.tally(check_in.people.values_list("state", flat=True))
    if counts.open and check_in.kind != CheckIn.Kind.DRILL:
        raise RuleViolation("still_open", _("Someone isn’t accounted for yet. Find them first, then close it."))
    check_in.closed_at, check_in.closed_by = timezone.now(), by
    check_in.save(update_fields=["closed_at", "closed_by"])
    audit.record("check_in.close", check_in, by=by, changes={"open": counts.open})
    return check_in


@transaction.atomic
def reopen(check_in: CheckIn, *, by: User) -> CheckIn:
    """Undo the closing: the clock goes on for whoever isn't accounted for. Safe to repeat. RuleViolation: too_late."""
    check_in = CheckIn.objects.select_for_update(of=("self",)).get(pk=check_in.pk)
    if check_in.closed_at is None:
        return check_in
    if not may_reopen(check_in):
        raise RuleViolation("too_late", _("This check-in was closed more than a day ago. Start a new one."))
    check_in.closed_at = check_in.closed_by = None
    check_in.reopened_at, check_in.reopened_by = timezone.now(), by
    check_in.save(update_fields=["closed_at", "closed_by", "reopened_at", "reopened_by"])
    audit.record("check_in.reopen", check_in, by=by)
    for person in check_in.people.order_by("pk"):  # what leaders tapped while it was closed
        settle(person)
    escalate(check_in.pk)
    return check_in


def may_reopen(check_in: CheckIn) -> bool:
    return check_in.closed_at is not None and check_in.closed_at > timezone.now() - REOPENS


@transaction.atomic
def forget(*, days: int, dry_run: bool = False) -> int:
    """Delete check-ins so many days after they were closed; one that is open or under a legal hold stays.

    Returns how many. Safe to repeat.
    """
    before = timezone.now() - timedelta(days=days)
    held = CheckInPerson.objects.filter(is_held("placement__application__"))
    due = CheckIn.objects.filter(closed_at__lt=before).exclude(pk__in=held.values("check_in"))
    found = list(due.values_list("pk", flat=True))
    if not dry_run:
        CheckIn.objects.filter(pk__in=found).delete()
    return len(found)


# --- The clock ---------------------------------------------------------------------------------------


def escalate_all(now: datetime | None = None) -> int:
    """Do what is due in every open check-in. Returns how many steps were taken."""
    return sum(escalate(pk, now) for pk in CheckIn.objects.open().values_list("pk", flat=True))


@transaction.atomic
def escalate(pk: int, now: datetime | None = None, *, reach: Mapping[int, Reach] | None = None) -> int:
    """Do what is due in one check-in, unless another worker is at it. Returns how many steps were taken.

    `reach`: how its people can be reached, if the caller knows.
    """
    now = now or timezone.now()
    locked = CheckIn.objects.select_for_update(skip_locked=True, of=("self",)).open().filter(pk=pk)
    check_in = locked.select_related("started_by").first()
    if check_in is None:
        return 0
    waiting = CheckInPerson.objects.filter(check_in=check_in, state__in=STILL_OPEN).select_for_update(of=("self",))
    people = list(waiting.select_related(*WITH_TRIP).order_by("pk"))
    round_ = _Round(check_in, now, _steps_of(people), _ways_of(people, reach))
    for person in people:
        round_.go_on(person)
    round_.save()
    return len(round_.steps)


@dataclass(slots=True)
class _Round:
    """One look of the clock at one check-in: collects steps and messages, then writes them."""

    check_in: CheckIn
    now: datetime
    before: Mapping[int, list[CheckInStep]]
    ways: Mapping[int, Ways]
    steps: list[CheckInStep] = field(default_factory=list)
    drafted: list[tuple[User | outbox.Guest, list[Message]]] = field(default_factory=list)
    to_call: list[CheckInPerson] = field(default_factory=list)
    waits: escalation.Waits = field(init=False)
    quiet: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        minutes = facts.numbers(*WAITS, *outbox.QUIET_HOURS)
        self.waits = escalation.Waits(*(int(minutes[key]) for key in WAITS))
        quiet_from, quiet_to = (int(minutes[key]) for key in outbox.QUIET_HOURS)
        self.quiet = quiet_from, quiet_to

    def go_on(self, person: CheckInPerson) -> None:
        before = self.before[person.pk]
        done = {Act(each.kind): each.at for each in before if each.kind in CheckInStep.ONCE}
        was_called = person.state == State.NO_ANSWER or any(each.kind == Kind.CALLED_NO_ANSWER for each in before)
        while step := escalation.next_step(
            self.check_in.started_at,
            self.ways[person.pk],
            self.waits,
            done,
            night=self._night(person),
            was_called=was_called,
        ):
            if step.at > self.now:
                return
            done[step.act] = self.now
            self._do(person, step.act)

    def _night(self, person: CheckInPerson) -> Night | None:
        if self.check_in.is_real:
            return None
        return Night(*self.quiet, person.zone)

    def _do(self, person: CheckInPerson, act: Act) -> None:
        message = None
        if act in MESSAGES:
            to, template = asked(person)
            context = {"check_in": self.check_in, "person": person, "again": act == Act.TEXT_AGAIN}
            address = person.email if act == Act.EMAIL else person.number
            message = outbox.drafts(template, to, context, address)[0]
            self.drafted.append((to, [message]))
        elif act == Act.CALL:
            self.to_call.append(person)
        self.steps.append(CheckInStep(person=person, kind=act.value, at=self.now, message=message))

    def save(self) -> None:
        outbox.queue_many(self.drafted, batch=key_of(self.check_in), is_prompt=True, is_urgent=self.check_in.is_real)
        for step in self.steps:
            # a number whose country gets no texts was left out of the outbox: the step counts as failed
            step.message = step.message if step.message and step.message.pk else None
        CheckInStep.objects.bulk_create(self.steps)
        if self.to_call:
            look(self.check_in, self.to_call, at_once=True)


def asked(person: CheckInPerson) -> tuple[User | outbox.Guest, str]:
    """Whom we write to, and in which words."""
    if person.placement:
        return person.placement.application.person, ASKS
    guest = outbox.Guest(email=person.email, phone=person.number, language=person.language, name=person.name)
    return guest, ASKS_LEADER


def _steps_of(people: Iterable[CheckInPerson]) -> Mapping[int, list[CheckInStep]]:
    found: defaultdict[int, list[CheckInStep]] = defaultdict(list)
    rows = CheckInStep.objects.filter(person__in=[each.pk for each in people]).select_related("message")
    for step in rows.defer("message__body", "message__html").order_by("at", "pk"):
        found[step.person_id].append(step)
    return found


def _ways_of(people: list[CheckInPerson], reach: Mapping[int, Reach] | None) -> Mapping[int, Ways]:
    """How each can be reached now: a STOP or a bounce since the start counts, a message that failed too."""
    reach = reach or _reach_now(people)
    steps = _steps_of(people)
    found = {}
    for person in people:
        known = reach[person.pk]
        if person.is_looked_for:  # a person is looked for, and not asked once more
            found[person.pk] = Ways(text=False, email=False)
            continue
        failed = frozenset(Act(each.kind) for each in steps[person.pk] if each.kind in MESSAGES and _failed(each))
        found[person.pk] = Ways(bool(person.number), known.email, known.stopped, failed)
    return found


def _reach_now(people: list[CheckInPerson]) -> Mapping[int, Reach]:
    travelers = reach_of([each.placement for each in people if each.placement], is_real=True)
    leaders = reach_of_leaders([each.leader for each in people if each.leader])
    return {each.pk: _reach_in(each, travelers, leaders) for each in people}


def _failed(step: CheckInStep) -> bool:
    message = step.message
    return message is None or message.failed_at is not None or message.dropped_at is not None


# --- Answers and notes -------------------------------------------------------------------------------


@transaction.atomic
def note(
    person: CheckInPerson,
    said: Said,
    *,
    by: User | None = None,
    leader: str = "",
    by_link: bool = False,
    words: str = "",
    at: datetime | None = None,
    shown: str = "",
) -> CheckInPerson:
    """Write down what a traveler says, or with `by` what a named person saw or heard. A double tap changes nothing.

    `leader`: the name of a leader without an account, instead of `by`. `at`: when they said it, else now. `shown`:
    number of the step whose words were read. Help is told to leaders and the office at once, also after the end.
    RuleViolation, for a note of staff: closed, yourself, changed_meanwhile.
    """
    person = _locked(person)
    if by or leader:
        _check_note(person, by, leader)
    live = statements_of([person])[person.pk]
    now = timezone.now()
    # who asks for help again after a while asks again
    asked_lately = any(each.said == Said.HELP and each.at > now - SAME_TAP for each in live)
    asks_again = said == Said.HELP and not asked_lately
    if live and _is_same(live[-1], said, by, leader, words) and not asks_again:
        return person
    if said == Said.READ and (person.state != State.UNCLEAR or shown != _last_words(person)):
        raise RuleViolation("changed_meanwhile", shown_before())
    step = CheckInStep(person=person, kind=said.value, at=min(at or now, now), by=by, by_link=by_link, words=words)
    step.by_name = leader
    step.save()
    before = person.state
    _set_state(person)
    _tell_of(person, said, before, asks_again)
    return person


def _tell_of(person: CheckInPerson, said: Said, before: str, asks_again: bool) -> None:
    """Alert, have somebody look, or escalate, as what was said and the state before it ask for."""
    if asks_again or (person.state == State.HELP and before != State.HELP):
        alert(person)
    elif said in (Said.UNCLEAR, Said.THANKS):
        is_new = person.state == State.UNCLEAR and before != State.UNCLEAR
        if is_new or said == Said.UNCLEAR:
            look(person.check_in, [person], at_once=is_new or person.is_looked_for)
    if said == Said.CALLED_NO_ANSWER:
        escalate(person.check_in_id)


def _last_words(person: CheckInPerson) -> str:
    """Number of the step that has them."""
    return str(person.steps.exclude(words="").order_by("at", "pk").values_list("pk", flat=True).last() or "")


def _is_same(last: Statement, said: Said, by: User | None, leader: str, words: str) -> bool:
    return (last.said, last.by_user, last.words) == (said, by.pk if by else None, words) and leader in ("", last.by)


@transaction.atomic
def settle(person: CheckInPerson) -> CheckInPerson:
    """Count what leaders tapped about this traveler in a roll call; whoever isn't here is looked for at once.

    Nothing happens once the check-in is closed.
    """
    # locked before its people, as `close` and the clock do it
    if not CheckIn.objects.select_for_update(of=("self",)).open().filter(pk=person.check_in_id).exists():
        return person
    person = _locked(person)
    before = person.state
    _set_state(person)
    if person.is_looked_for and before not in NOT_THERE:
        _look_for(person)
    return person


def _look_for(person: CheckInPerson) -> None:
    """Somebody is told at once, and once: not by the clock as well, whose turn it may be."""
    calls = person.steps.filter(kind=Kind.CALL)
    was_told = calls.exists()
    escalate(person.check_in_id)
    is_told = calls.exists()
    if was_told or not is_told:
        look(person.check_in, [person], at_once=True)
    if not is_told:
        CheckInStep.objects.create(person=person, kind=Kind.CALL)


@transaction.atomic
def take(person: CheckInPerson, *, by: User) -> CheckInPerson:
    """Say that one is calling this person, so that nobody else does. RuleViolation: closed."""
    person = _locked(person)
    if person.check_in.closed_at:
        raise RuleViolation("closed", _("This check-in is closed, so nothing was changed."))
    if person.caller_id != by.pk:
        person.caller = by
        person.save(update_fields=["caller"])
        CheckInStep.objects.create(person=person, kind=Kind.TAKEN, by=by)
    return person


@transaction.atomic
def undo(
    person: CheckInPerson,
    *,
    by: User | None,
    leader: str = "",
    shown: str = "",
) -> CheckInPerson:
    """Take back the last note that a person made.

    `shown`: number of the note that the board with the button showed last; a later one of somebody else stays.
    RuleViolation: closed, yourself, nothing_to_undo, changed_meanwhile.
    """
    person = _locked(person)
    _check_note(person, by, leader)
    kinds = [each.value for each in accounting.BY_A_PERSON]
    last = person.steps.filter(kind__in=kinds, undone_by__isnull=True).order_by("at", "pk").last()
    if last is None:
        raise RuleViolation("nothing_to_undo", _("There’s no note to undo."))
    if shown and shown != str(last.pk):
        raise RuleViolation("changed_meanwhile", shown_before())
    CheckInStep.objects.create(person=person, kind=Kind.UNDONE, by=by, by_name=leader, undoes=last)
    _set_state(person)
    return person


@transaction.atomic
def stopped(person: CheckInPerson) -> None:
    """They texted STOP: no more texts, and somebody calls now."""
    person = _locked(person)
    CheckInStep.objects.create(person=person, kind=Kind.STOPPED)
    escalate(person.check_in_id)


def is_self(person: CheckInPerson, by: User | None, leader: str) -> bool:
    """Whether a leader looks at their own row: they answer as everyone does, and somebody else saw them."""
    if person.leader is None:
        return False
    return person.leader.user_id == by.pk if by else person.leader.user_id is None and leader == person.leader_name


def _check_note(person: CheckInPerson, by: User | None, leader: str) -> None:
    if person.check_in.closed_at:
        raise RuleViolation("closed", _("This check-in is closed, so nothing was changed."))
    if is_self(person, by, leader):
        raise RuleViolation("yourself", _("Answer with your own link. Only someone else can say that they saw you."))


def _locked(person: CheckInPerson) -> CheckInPerson:
    rows = CheckInPerson.objects.select_for_update(of=("self",)).select_related("check_in__started_by", *WITH_TRIP)
    return rows.get(pk=person.pk)


def _set_state(person: CheckInPerson) -> None:
    """What follows from everything said; since when and by whom stands in the statement that bears the state."""
    found = accounts_of([person])[person.pk]
    person.state = State(found.state.value)
    person.state_at = found.statement.at if found.statement else person.check_in.started_at
    named = found.statement if found.state in accounting.ACCOUNTED else None  # who saw or called them, or read
    person.said_by_id = named.by_user if named else None
    person.said_by_name = named.by[:NAME_MAX] if named and not named.by_user else ""
    person.save(update_fields=["state", "state_at", "said_by", "said_by_name"])


# --- Who is told -------------------------------------------------------------------------------------


def alert(person: CheckInPerson) -> None:
    """Somebody needs help: leaders, the office and whoever started it know at once, by text and email.

    After the end it's a task as well, since no open check-in says so any longer.
    """
    if person.check_in.closed_at and person.placement:
        call_now(person.placement)
    context = {"check_in": person.check_in, "person": person}
    _tell(person.check_in, {person.trip.pk}, ALERTS, context, but=person.leader)


def look(check_in: CheckIn, people: Collection[CheckInPerson], *, at_once: bool) -> None:
    """These people need somebody: a roll call misses them, or there's no answer, or no clear one.

    `at_once`: nobody was told of them yet. What else they write is told once in a while, because the page has it all.
    """
    lately = Message.objects.filter(template=LOOKS, batch=key_of(check_in), queued_at__gt=timezone.now() - LOOKS_EVERY)
    if not at_once and lately.exists():
        return
    missed = [each.name for each in people if each.state in NOT_THERE]
    silent = [each.name for each in people if each.state not in NOT_THERE]
    context = {
        "check_in": check_in,
        "missed": missed,
        "silent": silent,
        "to_call": [*missed, *silent],
        "more": max(0, len(people) - NAMED_IN_A_TEXT),
    }
    _tell(check_in, {each.trip.pk for each in people}, LOOKS, context)


def _tell(
    check_in: CheckIn,
    trips: Collection[int],
    template: str,
    context: Mapping[str, Any],
    but: Contact | None = None,
) -> None:
    """The office, whoever started it, and the leaders but one, each with the board that opens for them."""
    leaders = [
        each for each in Contact.objects.filter(trip__in=trips).select_related("user", "leader_link") if each != but
    ]
    staff = {each.pk: each for each in roles.coordinators()} | {check_in.started_by_id: check_in.started_by}
    staff |= {each.user.pk: each.user for each in leaders if each.user}
    for person in staff.values():
        _queue(check_in, template, person, {**context, "href": check_in.get_absolute_url()})
    for each in leaders:
        phone = to_e164(each.phone) if each.phone else ""
        if not each.user and (each.email or phone):
            guest = outbox.Guest(email=each.email, phone=phone, language=each.language, name=each.name)
            _queue(check_in, template, guest, {**context, "href": _board_of(each, check_in)})


def _board_of(leader: Contact, check_in: CheckIn) -> str:
    """The board behind the link of a leader without an account, "" if they have none that works."""
    link = getattr(leader, "leader_link", None)
    if link is None or link.stopped_at or link.trip_id != leader.trip_id:
        return ""
    return reverse("travel:roster-check-in", args=[link.link, check_in.code])


def _queue(check_in: CheckIn, template: str, to: User | outbox.Guest, context: Mapping[str, Any]) -> None:
    outbox.queue(template, to=to, context=dict(context), batch=key_of(check_in), is_urgent=True)

"""The one account of who is safe: what people and leaders said since a check-in began, from its steps and the taps.

Check-in, roll call, home page and the director's page read it. Each statement keeps the time at which it was made, also
when a phone without a signal sends it an hour later. Reads only.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.templatetags.ui import clock, short_day
from travel.abroad import roll_call as merging
from travel.abroad.accounting import BY_TAPS, BY_THEMSELVES, Account, Said, State, Statement, account
from travel.abroad.roll_call import Mark, Tap
from travel.models import CheckInPerson, CheckInStep, Placement, RollCall, RollCallTap, Trip

KINDS = [each.value for each in Said]
OF_MARK = {Mark.HERE: Said.HERE, Mark.MISSING: Said.NOT_HERE, Mark.CONFLICT: Said.DISPUTED}

# after a name: who said it, to whom, by which way, and when
BY_TEXT = {
    Said.SAFE: gettext_lazy("told us by text that they’re safe, %(day)s, %(time)s"),
    Said.HELP: gettext_lazy("asked us for help by text, %(day)s, %(time)s"),
}
TOLD = {
    Said.SAFE: gettext_lazy("told us on their page that they’re safe, %(day)s, %(time)s"),
    Said.HELP: gettext_lazy("asked us for help on their page, %(day)s, %(time)s"),
    Said.UNCLEAR: gettext_lazy("wrote to us, %(day)s, %(time)s"),
    Said.THANKS: gettext_lazy("wrote to us, %(day)s, %(time)s"),
    Said.READ: gettext_lazy("%(who)s read what they wrote: they’re safe, %(day)s, %(time)s"),
    Said.SEEN: gettext_lazy("%(who)s saw them, %(day)s, %(time)s"),
    Said.CALLED_SAFE: gettext_lazy("told %(who)s on the phone that they’re safe, %(day)s, %(time)s"),
    Said.CALLED_HELP: gettext_lazy("told %(who)s on the phone that they need help, %(day)s, %(time)s"),
    Said.CALLED_NO_ANSWER: gettext_lazy("%(who)s called and got no answer, %(day)s, %(time)s"),
}


def told(statement: Statement) -> str:
    """What stands after the name of the person, in the time zone of the moment."""
    if statement.said in BY_TAPS:
        return _("in the roll call: %(taps)s") % {"taps": "; ".join(_tapped(tap) for tap in statement.taps)}
    words = {} if statement.by_link else BY_TEXT
    sentence = words.get(statement.said) or TOLD[statement.said]
    return str(sentence) % {"who": statement.by, "day": short_day(statement.at), "time": clock(statement.at)}


def _tapped(tap: Tap) -> str:
    words = {"who": tap.by, "day": short_day(tap.at), "time": clock(tap.at)}
    if tap.is_here:
        return _("%(who)s: here, %(day)s, %(time)s") % words
    return _("%(who)s: not here, %(day)s, %(time)s") % words


def statements_of(
    people: Collection[CheckInPerson], log: Mapping[int, Collection[CheckInStep]] | None = None
) -> dict[int, list[Statement]]:
    """By primary key of the person, the oldest first, without what was undone. Needs the check-ins.

    `log`: all steps of each person, if the caller has them. Two queries, else one.
    """
    log = log if log is not None else _log_of(people)
    travelers = [each.placement_id for each in people if each.placement_id]
    taps = _taps_of(travelers) if travelers else {}
    found = {}
    for person in people:
        said = _of_steps(log.get(person.pk, ()))
        tapped = taps.get(person.placement_id or 0)
        # who was here before is no answer; who was missed before is still to be found
        if tapped and (tapped.at >= person.check_in.started_at or tapped.said != Said.HERE):
            said.append(tapped)
        found[person.pk] = sorted(said, key=lambda each: each.at)
    return found


def _log_of(people: Collection[CheckInPerson]) -> Mapping[int, Collection[CheckInStep]]:
    found: defaultdict[int, list[CheckInStep]] = defaultdict(list)
    steps = CheckInStep.objects.filter(person__in=[each.pk for each in people], kind__in=[*KINDS, "undone"])
    for step in steps.select_related("by").order_by("at", "pk"):
        found[step.person_id].append(step)
    return found


def accounts_of(
    people: Collection[CheckInPerson], log: Mapping[int, Collection[CheckInStep]] | None = None
) -> dict[int, Account]:
    return {pk: account(some) for pk, some in statements_of(people, log).items()}


def waits_for_a_reader(person: CheckInPerson) -> bool:
    """They say that they're safe, and nobody has read yet what they wrote before. A query or two while unclear."""
    if person.state != State.UNCLEAR:
        return False
    own = [each.said for each in statements_of([person])[person.pk] if each.said in BY_THEMSELVES]
    return own[-1:] == [Said.SAFE]


def _of_steps(steps: Collection[CheckInStep]) -> list[Statement]:
    undone = {each.undoes_id for each in steps}
    return [
        Statement(Said(each.kind), each.at, each.who, each.by_id, each.by_link, each.words)
        for each in steps
        if each.kind in KINDS and each.pk not in undone
    ]


def _taps_of(travelers: Collection[int]) -> Mapping[int, Statement]:
    """By placement: what the last roll call says in which somebody tapped them.

    A phone that still has the one before finds nobody in it, whenever it's tapped; whom it misses later is missed.
    """
    by_call: defaultdict[int, dict[int, list[RollCallTap]]] = defaultdict(dict)
    rows = RollCallTap.objects.filter(placement__in=travelers).order_by("roll_call__on", "roll_call__number")
    for row in rows:
        by_call[row.placement_id].setdefault(row.roll_call_id, []).append(row)
    return {placement: _of_calls(list(calls.values())) for placement, calls in by_call.items()}


def _of_calls(calls: Sequence[list[RollCallTap]]) -> Statement:
    """`calls`: the taps about one traveler in each roll call, the oldest first."""
    last = of_taps(calls[-1])
    missed = [row for call in calls[:-1] for row in call if not row.is_here and row.at > last.at]
    return of_taps(missed) if missed else last


def of_taps(rows: Iterable[RollCallTap]) -> Statement:
    """What one roll call says about one traveler, since the last tap that stands."""
    rows = list(rows)
    (standing,) = merging.standings(as_tap(row) for row in rows).values()
    names = dict.fromkeys((tap.who, tap.by) for tap in standing.taps)
    last = standing.taps[-1]
    user = last.who if len(names) == 1 else None
    return Statement(OF_MARK[standing.mark], last.at, ", ".join(name for _who, name in names), user, taps=standing.taps)


def as_tap(row: RollCallTap) -> Tap:
    return Tap(row.key, str(row.placement_id), row.is_here, row.at, row.by_name, frozenset(row.over), row.by_id)


def beside_the_roll_call(travelers: Iterable[int], zone: tzinfo | None) -> dict[int, str]:
    """By placement: what an open check-in knows apart from taps, in a sentence. One query without one, else three."""
    asked = CheckInPerson.objects.filter(placement__in=list(travelers), check_in__closed_at__isnull=True)
    people = list(asked.select_related("check_in").order_by("pk"))
    found = {}
    with timezone.override(zone):
        for pk, statements in (statements_of(people) if people else {}).items():
            said = account([each for each in statements if each.said not in BY_TAPS]).statement
            if said:
                found[pk] = capfirst(told(said))
    return {person.placement_id or 0: found[person.pk] for person in people if person.pk in found}


@dataclass(frozen=True, slots=True)
class Seen:
    """The last roll call in which everyone was there. `by`: who tapped last, if it's a leader of the trip."""

    at: datetime
    by: str


def last_seen(trip: Trip) -> Seen | None:
    """Of today by the calendar there, and only while nobody is missed in it or in a check-in.

    None before the departure and after the return are recorded. Six queries.
    """
    calls = RollCall.objects.filter(trip=trip, on=timezone.localdate(timezone=trip.city.zone))
    call = calls.first()
    if call is None or call.missing or call.conflicts or CheckInPerson.objects.on([trip.pk]).missing().exists():
        return None
    if RollCall.objects.filter(trip=trip).unresolved().exists():
        return None
    if trip.departed_at is None or trip.returned_at:
        return None
    taps = call.taps.order_by("-at")
    with_group = Placement.objects.active().filter(trip=trip, returned_at=None, travelled_at__isnull=False)
    if with_group.exclude(pk__in=taps.filter(is_here=True).values("placement")).exists():
        return None
    last = taps.first()
    if last is None:
        return None
    leads = trip.leaders.filter(name=last.by_name).exists()
    return Seen(last.at, last.by_name if leads else "")

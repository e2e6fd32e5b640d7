"""The one account of who is safe: what people and leaders said since a check-in began, from its steps and the taps.

Check-in, roll call, home page and the director's page read it. Each statement keeps the time at which it was made, also
when a phone without a signal sends it an hour later. Reads only.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.templatetags.ui import clock, short_day
from travel.abroad import roll_call as merging
from travel.abroad.accounting import BY_TAPS, Account, Said, Statement, account
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
    since = min((each.check_in.started_at for each in people), default=None)
    travelers = [each.placement_id for each in people if each.placement_id]
    taps = _taps_of(travelers, since) if since and travelers else {}
    found = {}
    for person in people:
        began = person.check_in.started_at
        tapped = [each for each in taps.get(person.placement_id or 0, []) if each.at >= began]
        found[person.pk] = sorted([*_of_steps(log.get(person.pk, ())), *tapped], key=lambda each: each.at)
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


def _of_steps(steps: Collection[CheckInStep]) -> list[Statement]:
    undone = {each.undoes_id for each in steps}
    return [
        Statement(Said(each.kind), each.at, each.who, each.by_id, each.by_link, each.words)
        for each in steps
        if each.kind in KINDS and each.pk not in undone
    ]


def _taps_of(travelers: Collection[int], since: datetime) -> Mapping[int, list[Statement]]:
    """By placement: what each roll call says in which somebody tapped them since then."""
    by_call: defaultdict[tuple[int, int], list[RollCallTap]] = defaultdict(list)
    for row in RollCallTap.objects.filter(placement__in=travelers, roll_call__last_at__gte=since):
        by_call[row.placement_id, row.roll_call_id].append(row)
    found: defaultdict[int, list[Statement]] = defaultdict(list)
    for (placement, _call), rows in by_call.items():
        found[placement].append(of_taps(rows))
    return found


def of_taps(rows: Iterable[RollCallTap]) -> Statement:
    """What one roll call says about one traveler, since the last tap that stands."""
    rows = list(rows)
    (standing,) = merging.standings(as_tap(row) for row in rows).values()
    names = dict.fromkeys(tap.by for tap in standing.taps)
    last = standing.taps[-1]
    user = next(row.by_id for row in rows if row.key == last.key) if len(names) == 1 else None
    return Statement(OF_MARK[standing.mark], last.at, ", ".join(names), user, taps=standing.taps)


def as_tap(row: RollCallTap) -> Tap:
    return Tap(row.key, str(row.placement_id), row.is_here, row.at, row.by_name, frozenset(row.over))


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
    """The last roll call in which everyone was there. `by`: who tapped last."""

    at: datetime
    by: str


def last_seen(trip: Trip) -> Seen | None:
    """Of today by the calendar there, and only while nobody is missed in it or in a check-in. Three queries."""
    calls = RollCall.objects.filter(trip=trip, on=timezone.localdate(timezone=trip.city.zone))
    call = calls.first()
    if call is None or call.missing or call.conflicts or CheckInPerson.objects.on([trip.pk]).missing().exists():
        return None
    taps = call.taps.order_by("-at")
    with_group = Placement.objects.active().filter(trip=trip, returned_at=None)
    if trip.departed_at:
        with_group = with_group.filter(travelled_at__isnull=False)
    if with_group.exclude(pk__in=taps.filter(is_here=True).values("placement")).exists():
        return None
    last = taps.first()
    return Seen(last.at, last.by_name) if last else None

"""Reserves on the committee's page: who is in the running, and what seats kept for groups would change.

Read-only. `levers` knows who is in which group; `reserves` chooses (docs/adr/0015).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.base.waitlist import with_a_seat
from applications.models import Application, Cycle, Lever, Reserve
from applications.scores import comparing
from applications.selection import levers, ranking, reserves, zones
from applications.selection.actions import lottery
from exchange.models import College, User
from exchange.reference import facts

Basis = Cycle.Basis


@dataclass(frozen=True, slots=True)
class Group:
    """A group that seats can be kept for. `count`: how many submitted applications are in it."""

    key: str
    name: str
    definition: str
    count: int
    lever: Lever | None = None
    value: str = ""
    college: College | None = None


class Names:
    """The groups of a cycle, in the order in which reserves are filled, and their names by key."""

    KINDS: Mapping[str, object] = {
        Lever.Kind.FIRST_GENERATION: gettext_lazy("First generation in college"),
        Lever.Kind.NEED: gettext_lazy("Financial need"),
        Lever.Kind.FIRST_TRIP: gettext_lazy("First time abroad"),
    }

    def __init__(self, cycle: Cycle) -> None:
        self.cycle = cycle

    @cached_property
    def groups(self) -> list[Group]:
        counts = levers.counts_of(self.cycle)
        found: list[Group] = []
        districts: list[Group] = []
        for lever in levers.for_cycle(self.cycle):
            if lever.kind != Lever.Kind.DISTRICT:
                key = levers.group_key(lever)
                found.append(Group(key, str(self.KINDS[lever.kind]), lever.definition, counts.get(key, 0), lever))
                continue
            for value in map(str, lever.values):
                key, name = levers.group_key(lever, value), _("District %(number)s") % {"number": value}
                districts.append(Group(key, name, lever.definition, counts.get(key, 0), lever, value))
        for college in College.objects.order_by("name"):
            key = levers.group_key(None, college=college.code)
            found.append(Group(key, college.name, _("Studies at this college."), counts.get(key, 0), college=college))
        return found + districts

    def __getitem__(self, key: str) -> str:
        return next((group.name for group in self.groups if group.key == key), key)


def saved_floors(cycle: Cycle) -> dict[str, int]:
    """The seats of each group's reserve, in the order of filling."""
    rows = Reserve.objects.filter(cycle=cycle).select_related("lever", "college")
    return {levers.group_of_reserve(row): row.seats for row in rows}


def running(cycle: Cycle) -> QuerySet[Application]:
    """Applications that can still get a seat: submitted, scored, and without a result, released or not."""
    return zones.undecided(cycle)


def hidden_count(cycle: Cycle, user: User) -> int:
    """How many applications in the running have scores that this person may not see yet: a what-if would tell."""
    rows = running(cycle)
    return rows.count() - comparing.with_visible_scores(rows, user).count()


@dataclass(frozen=True, slots=True)
class CommitteeRule:
    """The committee's rule: which scores count, the lowest score for a seat, and the seats kept for groups."""

    basis: Basis
    floors: Mapping[str, int]
    minimum: Decimal | None = None


def counted_by(asked: CommitteeRule, compared: comparing.Comparison) -> CommitteeRule:
    """The rule with mean scores if scores are not adjusted, so that a rule by adjusted scores still works."""
    return asked if compared.is_adjusted else replace(asked, basis=Basis.RAW)


@dataclass(frozen=True, slots=True)
class Room:
    """The result of a rule. `scores`: by the application's code. `taken`: how many seats are taken already."""

    outcome: reserves.Outcome
    applications: Mapping[str, Application]
    scores: Mapping[str, float]
    taken: int

    @property
    def partly_read(self) -> list[Application]:
        """Those in the running with a score from fewer readings than planned."""
        return [each for each in self.applications.values() if ranking.is_partly_read(each, each.cycle)]

    def fingerprint(self) -> str:
        """Changes if anyone enters, leaves or changes place, so that a proposal is carried out as it was shown, or not
        at all."""
        text = " ".join((*self.outcome.chosen, "|", *self.outcome.waiting))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def what_if(cycle: Cycle, asked: CommitteeRule, compared: comparing.Comparison) -> Room:
    """Apply the rule. Raises TooHardError if there are too many reserves to calculate."""
    rows = list(running(cycle).select_related("student", "college", "cycle"))
    taken = list(with_a_seat(cycle).select_related("college"))
    groups = levers.groups_of([*rows, *taken])
    scores = _scores(rows, asked.basis, compared)
    outcome = reserves.choose(
        _members(rows, scores, _drawn(cycle, asked.basis, compared), groups),
        seats=cycle.seats or 0,
        floors=[reserves.Floor(group, seats) for group, seats in asked.floors.items() if seats],
        taken=[reserves.Member(row.code, None, groups[row.pk]) for row in taken],
        minimum=None if asked.minimum is None else float(asked.minimum),
    )
    return Room(outcome, {row.code: row for row in rows}, scores, len(taken))


def in_order(cycle: Cycle, applications: Sequence[Application]) -> list[Application]:
    """The applications in the order of a proposal: by the scores that the committee works by; entries of a lottery in
    the drawn order."""
    basis = Basis(cycle.scores_by)
    numbers = facts.numbers(*comparing.FACTS) if basis == Basis.ADJUSTED else {}
    compared = comparing.compare(cycle, numbers, at_once=True) if basis == Basis.ADJUSTED else None
    scores, drawn = _scores(applications, basis, compared), _drawn(cycle, basis, compared)
    rows = {row.code: row for row in applications}
    return [rows[member.code] for member in reserves.in_order(_members(applications, scores, drawn))]


type Drawn = Mapping[str, tuple[float, int]]


def _members(
    rows: Sequence[Application],
    scores: Mapping[str, float],
    drawn: Drawn,
    groups: Mapping[int, frozenset[str]] | None = None,
) -> list[reserves.Member]:
    """Input for `reserves`. Equal scores are ordered by the draw, then by the median, as on the ranked list."""
    alike = sorted(rows, key=lambda row: (drawn.get(row.code, (0, 0))[1], -(row.score_median or 0), row.code))
    order = {row.code: place for place, row in enumerate(alike)}
    return [
        reserves.Member(
            row.code,
            drawn[row.code][0] if row.code in drawn else scores[row.code],
            (groups or {}).get(row.pk, frozenset()),
            order[row.code],
        )
        for row in rows
    ]


def _scores(rows: Iterable[Application], basis: Basis, compared: comparing.Comparison | None) -> dict[str, float]:
    """Scores by the application's code: the mean, or the adjusted score if the basis asks for it and there is one."""
    found = {}
    for row in rows:
        score = float(row.score_mean or 0)
        if basis == Basis.ADJUSTED and compared and (figures := compared.of(row.pk)) and figures.adjusted is not None:
            score = round(figures.adjusted, 3)
        found[row.code] = score
    return found


def _drawn(cycle: Cycle, basis: Basis, compared: comparing.Comparison | None) -> Drawn:
    """(score, place in the draw) by the application's code. All entries of one lottery count as equal, with their
    common mean."""
    places = lottery.places_of(cycle)
    if not places:
        return {}
    entries = Application.objects.filter(cycle=cycle, code__in=places)
    scores = _scores(entries, basis, compared)
    zones: dict[int, list[str]] = {}
    for code, place in places.items():
        if code in scores:
            zones.setdefault(place.lottery.pk, []).append(code)
    alike = {pk: round(sum(scores[code] for code in codes) / len(codes), 3) for pk, codes in zones.items()}
    return {code: (alike[place.lottery.pk], place.number) for code, place in places.items() if code in scores}

"""The ranked list as its page and its file show it: whom the filters find, and figures that this person may see."""

import hashlib
from array import array
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Self

from django.db.models import QuerySet
from django.http import QueryDict

from applications.base.paging import Halves, Kept, keys_of
from applications.base.searching import found_by
from applications.models import Application, Cycle
from applications.scores import comparing
from applications.selection import ranking
from applications.selection.board import SPREAD_FLAG, Board, board_of, counts_of, shared_of, undecided_of
from applications.selection.columns import ADJUSTED, RANKED, UNADJUSTED
from applications.selection.forms.selection import SelectionFilterForm
from applications.selection.ranking import RankedRow
from applications.states import Status
from exchange.background.cached_figures import RecentEvents, cached
from exchange.models import User

AT_ONCE = 500  # rows of a file that are read together
BY_RANK = ("rank", "-mean")


@dataclass(frozen=True, slots=True)
class Listed:
    """`found`: the rows that the filters find; `ranked`: the same in order. `user`: whose view it is."""

    cycle: Cycle
    user: User
    form: SelectionFilterForm
    board: Board
    counts: ranking.Counts
    compared: comparing.Comparison
    found: QuerySet[Application]
    ranked: Halves | Kept
    recent: RecentEvents

    @classmethod
    def read(cls, query: QueryDict, cycle: Cycle, cycles: list[Cycle], user: User) -> Self:
        """`query`: of the list's address; what it can't be is no filter."""
        recent = RecentEvents()
        board = board_of(cycle, by=user, recent=recent)
        compared = comparing.compare(cycle, board.numbers, board.fingerprint)
        columns = RANKED if compared.is_adjusted else UNADJUSTED
        form = SelectionFilterForm.read(query, cycle=cycle, cycles=cycles, colleges=board.colleges, columns=columns)
        counts = counts_of(cycle, by=user, recent=recent)
        count = None if form.narrows else counts.told[form.cleaned_data["stage"] or Status.SUBMITTED]
        found = _filtered(form, cycle, user, compared, board)
        sort, hidden = columns.asked(form.cleaned_data["sort"]), board.hidden_for(user)
        ranked: Halves | Kept
        if columns.is_computed(sort):
            key = _key(form, compared, hidden, user)
            keys = cached(key, lambda: _keys(found, sort, compared, hidden), by=user, always_cache=True, recent=recent)
            ranked = Kept(found, keys.value, dress=lambda rows: ranking.with_committee_facts(rows, user))
        else:
            order = ranking.RANKING if sort in BY_RANK else columns.order(sort)
            ranked = ranking.ranked_list(found, user=user, order=order, count=count, hidden=hidden)
        return cls(cycle, user, form, board, counts, compared, found, ranked, recent)

    @property
    def is_whole(self) -> bool:
        """Whether the rows are all those of one status, in the order of their scores: then their ranks follow."""
        return not self.form.narrows and RANKED.asked(self.form.cleaned_data["sort"]) in BY_RANK

    @property
    def stage(self) -> Status:
        return Status(self.form.cleaned_data["stage"] or Status.SUBMITTED)

    @property
    def tie(self) -> ranking.Tie | None:
        """The tie for the last spot that is still to be given. None where adjusted scores decide: those who can't be
        told apart are then marked as too close to call. None for whoever may not see all scores, because the others'
        ties would tell the hidden ones."""
        by_adjusted = self.compared.is_adjusted and self.cycle.scores_by == Cycle.Basis.ADJUSTED
        if self.stage != Status.SUBMITTED or by_adjusted or self.board.hidden_for(self.user):
            return None
        spots = (self.cycle.seats or 0) - self.counts.taken
        if spots <= 0:
            return None
        has_results = self.counts.undecided < self.counts.submitted
        shared = undecided_of(self.cycle, by=self.user, recent=self.recent) if has_results else self._shared()
        return ranking.tie_at_the_end(shared, spots)

    def _shared(self) -> ranking.Shared:
        return shared_of(self.cycle, self.stage, by=self.user, recent=self.recent)

    def rows(self, applications: list[Application], *, ahead: int) -> list[RankedRow]:
        """`applications`: part of `ranked`, which begins after `ahead` others."""
        return ranking.rows_of(
            applications,
            spread_flag=self.board.numbers[SPREAD_FLAG],
            start=ahead if self.is_whole else None,
            comparison=self.compared,
            hidden=self.board.hidden_for(self.user),
            shared=self._shared,
            tie=self.tie,
        )

    def all_rows(self, most: int) -> Iterator[RankedRow]:
        """For a file: the first `most` rows."""
        for start in range(0, min(most, len(self.ranked)), AT_ONCE):
            yield from self.rows(self.ranked[start : min(start + AT_ONCE, most)], ahead=start)


def _filtered(
    form: SelectionFilterForm, cycle: Cycle, user: User, compared: comparing.Comparison, board: Board
) -> QuerySet[Application]:
    applications = form.filter(cycle.applications.all())
    if typed := form.cleaned_data["q"]:
        applications = applications.filter(found_by(typed, user))
    if form.cleaned_data["decided"] or form.cleaned_data["read"]:
        applications = applications.exclude(student=user)  # decisions on the own application, and its reads, are hidden
    if look := form.cleaned_data["look"]:
        applications = _to_look_at(applications, look, user, compared, board)
    return applications


def _to_look_at(
    applications: QuerySet[Application], look: str, user: User, compared: comparing.Comparison, board: Board
) -> QuerySet[Application]:
    """Applications whose readers are far apart, or that are too close to the seat line. Without those whose scores this
    person may not see yet."""
    if look == "close":
        applications = applications.filter(pk__in=compared.close_keys())
    else:
        applications = applications.filter(reads_locked__gt=1, score_spread__gte=board.numbers[SPREAD_FLAG])
    return comparing.with_visible_scores(applications, user)


def _key(form: SelectionFilterForm, compared: comparing.Comparison, hidden: Collection[int], user: User) -> str:
    """Of the cache: what the order of the keys depends on beside the events."""
    chosen = sorted((name, str(value)) for name, value in form.cleaned_data.items())
    asked = f"{chosen} {sorted(hidden)} {compared.worked_out_at}"
    return f"ranked:{user.pk}:{hashlib.sha256(asked.encode()).hexdigest()}"


def _keys(
    found: QuerySet[Application], sort: str, compared: comparing.Comparison, hidden: Collection[int]
) -> "array[int]":
    """In an order that no index has. As in every order that depends on scores, those whose scores this person may not
    see yet come last, in the order of their codes."""
    keys = keys_of(RANKED.sorted(found.exclude(pk__in=hidden) if hidden else found, sort))
    if sort.removeprefix("-") == ADJUSTED:
        keys = compared.in_order(keys, falls=sort.startswith("-"))
    return keys + keys_of(found.filter(pk__in=hidden).order_by("code")) if hidden else keys

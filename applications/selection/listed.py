"""The ranked list as its page and its file show it: whom the filters find, and figures that this person may see."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from django.db.models import QuerySet
from django.http import QueryDict

from applications.base.paging import Halves
from applications.base.searching import found_by
from applications.models import Application, Cycle
from applications.scores import comparing
from applications.selection import ranking
from applications.selection.board import SPREAD_FLAG, Board, board_of, counts_of, shared_of
from applications.selection.columns import RANKED
from applications.selection.forms.selection import SelectionFilterForm
from applications.selection.ranking import RankedRow
from applications.states import Status
from exchange.background.cached_figures import RecentEvents
from exchange.models import User

AT_ONCE = 500  # rows of a file that are read together


@dataclass(frozen=True, slots=True)
class Listed:
    """`ranked`: the rows that the filters find, in order. `user`: whose view it is."""

    cycle: Cycle
    user: User
    form: SelectionFilterForm
    board: Board
    counts: ranking.Counts
    compared: comparing.Comparison
    ranked: Halves
    recent: RecentEvents

    @classmethod
    def read(cls, query: QueryDict, cycle: Cycle, cycles: list[Cycle], user: User) -> Self:
        """`query`: of the list's address; what it can't be is no filter."""
        recent = RecentEvents()
        board = board_of(cycle, by=user, recent=recent)
        form = SelectionFilterForm.read(query, cycle=cycle, cycles=cycles, colleges=board.colleges)
        counts = counts_of(cycle, by=user, recent=recent)
        compared = comparing.compare(cycle, board.numbers, board.fingerprint)
        count = None if form.narrows else counts.told[form.cleaned_data["stage"] or Status.SUBMITTED]
        found = _filtered(form, cycle, user, compared, board)
        asked = form.cleaned_data["sort"]
        order = RANKED.order(asked) if RANKED.asked(asked) != RANKED.default else ranking.RANKING
        ranked = ranking.ranked_list(found, user=user, order=order, count=count, hidden=board.hidden_for(user))
        return cls(cycle, user, form, board, counts, compared, ranked, recent)

    @property
    def is_whole(self) -> bool:
        """Whether the rows are all those of one status, in the order of their scores: then their ranks follow."""
        return not self.form.narrows and RANKED.asked(self.form.cleaned_data["sort"]) == RANKED.default

    @property
    def stage(self) -> Status:
        return Status(self.form.cleaned_data["stage"] or Status.SUBMITTED)

    def rows(self, applications: list[Application], *, ahead: int) -> list[RankedRow]:
        """`applications`: part of `ranked`, which begins after `ahead` others."""
        return ranking.rows_of(
            applications,
            spread_flag=self.board.numbers[SPREAD_FLAG],
            start=ahead if self.is_whole else None,
            comparison=self.compared,
            hidden=self.board.hidden_for(self.user),
            shared=lambda: shared_of(self.cycle, self.stage, by=self.user, recent=self.recent),
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

"""The columns of the ranked list, and what it can be sorted by."""

from django.utils.translation import gettext_lazy as _

from applications.selection.ranking import RANKING, RankedRow
from exchange.web.worklist import Column, Columns


def _result(row: RankedRow) -> str:
    return row.decision.get_result_display() if row.decision else ""


RANKED = Columns(
    Column("rank", _("Rank"), cell=lambda row: row.rank),
    Column("student", _("Student"), ("student__full_name",), cell=lambda row: str(row.application.student)),
    Column("label", _("Candidate"), cell=lambda row: row.application.candidate_label),
    Column("college", _("College"), ("college__name", *RANKING), cell=lambda row: row.application.college.short_name),
    Column(
        "mean",
        _("Average"),
        ("score_mean", "score_median", "-code"),
        falls=True,
        cell=lambda row: row.application.score_mean if row.shows_scores else None,
    ),
    Column("median", _("Median"), cell=lambda row: row.application.score_median if row.shows_scores else None),
    Column(
        "spread",
        _("Spread"),
        ("score_spread", "score_mean", "score_median", "-code"),
        falls=True,
        cell=lambda row: row.application.score_spread if row.shows_scores else None,
    ),
    Column("adjusted", _("Adjusted"), cell=lambda row: row.adjusted),
    Column("read", _("Read"), cell=lambda row: row.application.reads_locked if row.shows_scores else None),
    Column("word", _("Endorsement"), cell=lambda row: row.word),
    Column("result", _("Result"), cell=_result),
    Column("place", _("Place on the waitlist"), cell=lambda row: row.decision and row.decision.waitlist_position),
    default="-mean",
)

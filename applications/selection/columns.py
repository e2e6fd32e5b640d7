"""The columns of the ranked list, and what it can be sorted by."""

from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from applications.models import Decision, Endorsement
from applications.selection.ranking import RANKING, RankedRow
from applications.states import Status
from exchange.web.worklist import Column, Columns, place_in

NEWEST = Decision.objects.filter(application=OuterRef("pk")).order_by("-decided_at", "-pk")
# as the committee writes them: selected, waitlisted, not selected
RESULT = Subquery(NEWEST.annotate(place=place_in(Status, "result")).values("place")[:1])
PLACE = Subquery(NEWEST.values("waitlist_position")[:1])
ADJUSTED = "adjusted"  # its figures are not in the database: `listed`


def _result(row: RankedRow) -> str:
    return row.decision.get_result_display() if row.decision else ""


RANKED = Columns(
    Column("rank", _("Rank"), RANKING, cell=lambda row: row.rank),
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
    Column(
        "median",
        _("Median"),
        ("middle", "score_mean", "-code"),
        falls=True,
        computed={"middle": F("score_median")},
        cell=lambda row: row.application.score_median if row.shows_scores else None,
    ),
    Column(
        "spread",
        _("Spread"),
        ("score_spread", "score_mean", "score_median", "-code"),
        falls=True,
        cell=lambda row: row.application.score_spread if row.shows_scores else None,
    ),
    Column(
        ADJUSTED,
        _("Adjusted"),
        RANKING,
        falls=True,
        computed={},
        cell=lambda row: row.adjusted,
    ),
    Column(
        "interview",
        _("Interview"),
        cell=lambda row: row.application.interview_mean if row.shows_scores else None,
    ),
    Column(
        "read",
        _("Read"),
        ("done", *RANKING),
        computed={"done": F("reads_locked")},
        cell=lambda row: row.application.reads_locked if row.shows_scores else None,
    ),
    Column(
        "word",
        _("Endorsement"),
        ("said", *RANKING),
        computed={"said": place_in(Endorsement.Result, "endorsement__result")},
        cell=lambda row: row.word,
    ),
    Column("result", _("Result"), ("told", "place", *RANKING), computed={"told": RESULT, "place": PLACE}, cell=_result),
    Column("place", _("Place on the waitlist"), cell=lambda row: row.decision and row.decision.waitlist_position),
    default="rank",
)
UNADJUSTED = RANKED.without(ADJUSTED)

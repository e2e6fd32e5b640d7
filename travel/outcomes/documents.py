"""Outcome figures as PDF: one function per document."""

from exchange.files.documents import render_pdf
from travel.outcomes import fairness_report
from travel.outcomes.fairness_figures import GroupCounts
from travel.outcomes.outcomes import Report
from travel.outcomes.report import page_of


def outcomes(report: Report) -> bytes:
    """A report's figures on one sheet, in the active language. The report must have outcomes."""
    return render_pdf("travel/outcomes/outcomes.html", {"page": page_of(report, for_print=True)}, is_report=True)


def fairness(counted: GroupCounts) -> bytes:
    """A cycle's groups as PDF, in the active language. There must be figures."""
    page = fairness_report.page_of(counted, for_print=True)
    return render_pdf("travel/outcomes/fairness.html", {"page": page}, is_report=True)

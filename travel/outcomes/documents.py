"""Outcome figures as HTML for print, one function per document, and the worker that draws their charts into the PDF.

A document holds its pictures as they are ordered, so it has all that the PDF is made from.
"""

import html
import json
import re
from collections.abc import Sequence

from exchange.background.jobs import Result, Work
from exchange.files.documents import for_print, pdf_of
from travel.base import charts
from travel.base.charts import Picture
from travel.outcomes import fairness_report
from travel.outcomes.groups import Groups
from travel.outcomes.report import Page
from travel.outcomes.survey import SurveyResult

KIND = "travel.report"
# what is inside stands in place of a chart that can't be drawn
PICTURE = re.compile(r'<div data-picture="([^"]*)">(.*?)</div>', re.DOTALL)


def outcomes(page: Page, survey: Sequence[SurveyResult] = ()) -> str:
    """A page's figures on one sheet, in the active language; of surveys, the newest. The page is made for print."""
    return for_print("travel/outcomes/outcomes.html", {"page": page, "survey": next(iter(survey), None)})


def fairness(counted: Groups) -> str:
    """A cycle's groups, in the active language. There must be figures."""
    page = fairness_report.page_of(counted, for_print=True)
    return for_print("travel/outcomes/fairness.html", {"page": page})


def make(work: Work) -> Result:
    """Make a report in a worker. `given`: its HTML."""
    work.output.write(pdf_of(with_pictures(work.job.given["html"])))
    return Result("report.pdf", "application/pdf")


def with_pictures(text: str) -> str:
    """The document with its pictures drawn."""
    orders = [match[1] for match in PICTURE.finditer(text)]
    pictures = {order: Picture(**json.loads(html.unescape(order))) for order in orders}
    svgs = charts.draw(list(pictures.values()))
    return PICTURE.sub(lambda match: svgs.get(pictures[match[1]].key, match[2]), text)

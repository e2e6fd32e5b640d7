"""PDFs of pages: made by a worker from the finished HTML, kept, and sent by the address that checks who may have it.

The first time, the address answers with a page that waits and then opens the file; afterward, with the file.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from exchange.background import jobs, results
from exchange.files import documents
from exchange.models import Job

KIND = "exchange.pdf"


def make(work: jobs.Work) -> jobs.Result:
    """Make a PDF in a worker. `given`: its HTML."""
    work.output.write(documents.pdf_of(work.job.given["html"]))
    return jobs.Result("document.pdf", "application/pdf")


def respond(
    request: HttpRequest,
    html: str,
    *,
    filename: str,
    title: str,
    back: str,
    about: str = "",
    kind: str = KIND,
    on_sent: Callable[[], None] = lambda: None,
) -> HttpResponse:
    """The PDF of this HTML, or a page that waits for it.

    `title`: what the document is, for the waiting page; `back`: where it was opened. `about`: as in `results.ask`.
    `kind`: what the worker does with the HTML. `on_sent`: called each time the file itself is sent.
    """
    key = jobs.key_of(documents.version(), html)
    job = results.ask(kind, key, given={"html": html}, about=about)
    if job.state == Job.State.DONE:
        answer = HttpResponse(results.read(job), content_type="application/pdf")
        answer["Content-Disposition"] = str(content_disposition_header(False, filename))
        on_sent()
        return answer
    context = {"job": job, "title": title, "back": back, "is_late": results.is_late(job)}
    return render(request, "exchange/background/pdf_waiting.html", context)

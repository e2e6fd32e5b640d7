"""Exports the list of applications: at once, or by a job if the list is long. Every export is in the audit log."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import get_language

from applications.base import disclosures
from applications.export.application_list import Export
from applications.models import Application, Disclosure
from exchange.background import jobs
from exchange.base import audit
from exchange.files import spreadsheets
from exchange.models import Job, User
from exchange.reference import facts

JOB = "applications.export"


@transaction.atomic
def export(applications: QuerySet[Application], form: str, *, query: str, back: str, by: User) -> Iterator[bytes] | Job:
    """The file in pieces, or the job that makes it. `form`: a key of `application_list.CONTENT_TYPES`.

    `query`: the list's filters, from which the job queries the applications again. `back`: the URL of the list.
    """
    made = Export(applications, get_language() or "en", by=by)
    count = len(made.pks)
    if form.endswith("xlsx") and count >= spreadsheets.ROWS_MAX:
        raise spreadsheets.too_large()
    changes = {"form": form, "query": audit.filters_of(query), "rows": count}
    if count <= facts.number("export.rows_at_once"):
        audit.record("application.export", by, by=by, changes=changes)
        disclosures.record(made.pks, Disclosure.Kind.LIST, by=by)
        return made.pieces(form)
    params = {"form": form, "query": query, "back": back}
    job, is_new = jobs.start(JOB, jobs.key_of(by.pk, form, query), by=by, params=params, total=count)
    if is_new:
        audit.record("application.export", by, by=by, changes=changes | {"job": job.code})
    return job

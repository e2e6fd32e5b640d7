"""The jobs of this app (see `exchange.background.jobs`). Each may be run again from the beginning."""

from collections.abc import Mapping

from django.http import QueryDict

from applications.apply.forms.application_office import on_the_list
from applications.base import disclosures
from applications.export.application_list import CONTENT_TYPES, Export, filename
from applications.models import Disclosure
from applications.release.actions import releasing
from exchange.background.jobs import Result, Work
from exchange.models import Job


def export(work: Work) -> Result:
    """Queries the list again, so that the file has what the person may see now."""
    form = work.params["form"]
    _rows, applications = on_the_list(QueryDict(work.params["query"]), work.by)
    made = Export(applications, work.job.language, work.progress, by=work.by)
    disclosures.record(made.pks, Disclosure.Kind.LIST, by=work.by)
    for piece in made.pieces(form):
        work.output.write(piece)
    return Result(filename(form), CONTENT_TYPES[form])


def release(work: Work) -> None:
    """Sends out a release. The release's own row is claimed first, so that nothing is done twice."""
    releasing.carry_out(work.params["release"], work.progress)


def release_failed(job: Job, why: Mapping[str, str]) -> None:
    releasing.give_up(job.params["release"], why)

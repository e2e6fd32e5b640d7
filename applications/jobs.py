"""Jobs of the applications (`exchange.background.jobs`). Each may run twice, from the beginning."""

from django.http import QueryDict

from applications.apply.forms.application_office import on_the_list
from applications.export.application_list import CONTENT_TYPES, Export, filename
from applications.release.actions import releasing
from exchange.background.jobs import Result, Work


def export(work: Work) -> Result:
    """The list is found again: it holds what the person may see now."""
    form = work.params["form"]
    _rows, applications = on_the_list(QueryDict(work.params["query"]), work.by)
    for piece in Export(applications, work.job.language, work.progress, by=work.by).pieces(form):
        work.output.write(piece)
    return Result(filename(form), CONTENT_TYPES[form])


def release(work: Work) -> None:
    """What must not happen twice is claimed by the release's own row."""
    releasing.carry_out(work.params["release"], work.progress)

"""Long work of the application, done in a worker (`exchange.jobs`); each may run twice, from the beginning."""

from django.http import QueryDict
from django.utils.translation import gettext as _

from applications import permissions
from applications.export import CONTENT_TYPES, Export, filename
from applications.forms.application_office import on_the_list
from exchange.errors import RuleViolation
from exchange.jobs import Result, Work


def export(work: Work) -> Result:
    """What the person may see is asked again: the wish may be older than a change of roles."""
    if not permissions.can_export(work.by):
        raise RuleViolation("not_allowed", _("Only the exchange team can export the list."))
    form = work.params["form"]
    _rows, applications = on_the_list(QueryDict(work.params["query"]), work.by)
    for piece in Export(applications, work.job.language, work.progress).pieces(form):
        work.output.write(piece)
    return Result(filename(form), CONTENT_TYPES[form])

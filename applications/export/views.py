"""Download of the list of applications: what the page lists, with all answers."""

from django.http import HttpRequest, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from applications import permissions
from applications.apply.forms.application_office import on_the_list
from applications.export import actions
from applications.export.application_list import CONTENT_TYPES, filename
from exchange.files.storage import HARMLESS
from exchange.models import Job
from exchange.web.proofs import ask_for_proof, is_fresh
from exchange.web.shortcuts import me, require, rule_message


@require_POST
def application_export(request: HttpRequest) -> HttpResponseBase:
    """`query`: the list's filters. `format`: csv, xlsx or json. A short list comes at once, a long one by a job."""
    require(permissions.can_export(me(request)))
    query, form = request.POST.get("query", "")[:2000], request.POST.get("format", "")
    back = reverse("applications:application-list") + (f"?{query}" if query else "")
    if form not in CONTENT_TYPES:
        return redirect(back)
    if not is_fresh(request):
        return ask_for_proof(request, then=back)
    _form, applications = on_the_list(QueryDict(query), me(request))
    with rule_message(request):
        made = actions.export(applications, form, query=query, back=back, by=me(request))
        if isinstance(made, Job):
            return redirect(made)
        headers = {**HARMLESS, "Content-Disposition": content_disposition_header(True, filename(form))}
        return StreamingHttpResponse(made, content_type=CONTENT_TYPES[form], headers=headers)
    return redirect(back)

"""Views to start with last year's answers, and to confirm those of one part."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications import permissions
from applications.apply.access import Role, Writer, for_writers
from applications.apply.actions import carry
from applications.base import answers
from applications.base.sections import sections_of
from applications.models import Cycle
from exchange.web.shortcuts import me, require, rule_message


@require_http_methods(["GET", "POST"])  # GET, because signing in again redirects here
def application_carry(request: HttpRequest, code: str) -> HttpResponse:
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    if request.method != "POST":
        return redirect(cycle)
    require(permissions.can_start(request.user))
    with rule_message(request, _("Your answers from last time are here. Check each one before you submit.")):
        application = carry.start(cycle, by=me(request))
        return redirect("applications:application-overview", code=application.code)
    return redirect(cycle)


@require_POST
@for_writers(roles=(Role.OWNER, Role.TESTER))
def application_still_true(request: HttpRequest, writer: Writer, section: str) -> HttpResponse:
    sections = sections_of(writer.application)
    found = next((each for each in sections if each.key == section), None)
    if found is None:
        raise Http404
    part = answers.part_of(writer.application, sections, found)
    with rule_message(request):
        carry.looked_at(writer.application, [item.key for item in part.carried], by=writer.by)
    return redirect("applications:application-check", code=writer.application.code)

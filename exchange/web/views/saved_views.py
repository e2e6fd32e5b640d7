"""Views of a list that somebody of staff keeps: saved and removed on the list's own page."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.web import actions
from exchange.web.shortcuts import me, require
from exchange.web.worklist import PAGE


@require_POST
def saved_view_save(request: HttpRequest) -> HttpResponse:
    """`next`: the address of the list as it is shown."""
    require(roles.is_staff_role(me(request)))
    path, query, place = _list(request.POST.get("next", ""))
    try:
        actions.save_view(place, name=request.POST.get("name", ""), query=query, by=me(request))
    except RuleViolation as violation:
        messages.error(request, violation.message)
    else:
        messages.success(request, _("Saved. It’s a tab of this list now, for you alone."))
    return redirect(f"{path}?{query}")


@require_POST
def saved_view_remove(request: HttpRequest, code: str) -> HttpResponse:
    path, _query, _place = _list(request.POST.get("next", ""))
    actions.remove_view(code, by=me(request))
    messages.success(request, _("View removed. Nothing on the list changed."))
    return redirect(path)


def _list(address: str) -> tuple[str, str, str]:
    """(path, query, name of the address). Http404 for what is no page of the portal."""
    parts = urlsplit(address)
    if parts.netloc or parts.scheme:
        raise Http404
    try:
        place = resolve(parts.path).view_name
    except Resolver404 as error:
        raise Http404 from error
    query = QueryDict(parts.query, mutable=True)
    query.pop(PAGE, None)
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    return parts.path, query.urlencode(), place

"""One student beside a list of staff: a part of a page, which list.js puts there."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from applications import permissions
from applications.base.opening import What, opened
from applications.models import Application
from exchange.web.shortcuts import me, require
from travel.office.activity.peek import RELATED, peek_of


@require_safe
def peek(request: HttpRequest, code: str) -> HttpResponse:
    rows = Application.objects.visible_to(request.user).with_people().select_related(*RELATED)
    application = get_object_or_404(rows, code=code)
    require(permissions.can_contact(request.user, application))
    opened(request, application, What.APPLICATION)
    return render(request, "travel/office/peek.html", peek_of(application, me(request)))

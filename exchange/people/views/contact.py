"""Whom to ask, for anybody: who cannot sign in has no other way to a person."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exchange.base import roles
from exchange.base.office import office
from exchange.models import College


@login_not_required
@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """The city's office, and by college the advisor whom the office has named for its students."""
    named = College.objects.filter(named_advisor__is_active=True, named_advisor__email__isnull=False)
    context = {
        "office": office(),
        "colleges": named.select_related("named_advisor"),
        "can_ask": roles.is_student(request.user),
    }
    return render(request, "exchange/people/contact.html", context)

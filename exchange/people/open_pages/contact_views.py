"""The contact page, open to everyone: a person who cannot sign in needs it most."""

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
    """The city's office, and for each college the advisor whom the office has named."""
    named = College.objects.filter(named_advisor__is_active=True, named_advisor__email__isnull=False)
    context = {
        "office": office(),
        "colleges": named.select_related("named_advisor"),
        "can_ask": roles.is_student(request.user),
    }
    return render(request, "exchange/people/contact.html", context)

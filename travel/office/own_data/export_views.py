"""The download of everything we hold about a person, for that person alone, right after they have signed in again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from exchange.web.proofs import require_fresh
from exchange.web.shortcuts import me
from travel.office.own_data import actions


@never_cache
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """GET says what is inside; the button starts the ZIP. A fresh proof protects a phone left on a table."""
    if request.method == "POST":
        require_fresh(request)
        return redirect(actions.start(me(request), back=reverse("travel:export")))
    return render(request, "travel/office/export.html")

"""The download of everything we hold about a person, for that person alone, right after they have signed in again."""

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from exchange.web.proofs import is_fresh
from exchange.web.shortcuts import me
from travel.office.actions import export as actions


@never_cache
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """GET says what is inside; the button starts the ZIP. Signing in again protects a phone left on a table."""
    user, page = me(request), reverse("travel:export")
    if request.method == "POST":
        return redirect(actions.start(user, back=page) if is_fresh(request) else page)
    here = urlencode({"next": page})
    context = {
        "is_fresh": is_fresh(request),
        "sign_in_href": f"{reverse('account_login')}?{here}",
        "ways": [
            {"href": f"{way['url']}?{here}", "label": way["description"]}
            for way in get_adapter(request).get_reauthentication_methods(user)
        ],
    }
    return render(request, "travel/office/export.html", context)

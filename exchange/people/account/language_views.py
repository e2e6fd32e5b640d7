"""The language switch: stays on the page, and remembers the choice."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from exchange.people.sign_in import accounts
from exchange.web.shortcuts import me, set_language_cookie


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        raise Http404
    if request.user.is_authenticated:
        accounts.set_language(me(request), language)
    response = redirect(_place(request))
    set_language_cookie(response, language)
    return response


def _place(request: HttpRequest) -> str:
    """The page where the person was, if it is on this site; another address would be an open redirect."""
    place = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(place, {request.get_host()}, require_https=request.is_secure())
    return place if is_ours else settings.LOGIN_REDIRECT_URL

"""Two gates that every request passes: its language, and the second factor of those who work here."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import resolve
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

from exchange import roles


class LanguageMiddleware(MiddlewareMixin):
    """The language of the cookie, else of the browser. Signing in sets the cookie from the account."""

    def process_request(self, request: HttpRequest) -> None:
        language = translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response.headers.setdefault("Content-Language", translation.get_language() or "en")
        return response


class StaffSecondFactorMiddleware(MiddlewareMixin):
    """Staff without a second factor can only set one up, change the language or sign out."""

    OPEN = ("mfa_", "account_", "usersessions_", "set-language", "healthz", "readyz")

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if not settings.STAFF_SECOND_FACTOR or not roles.is_staff_role(request.user):
            return None
        name = resolve(request.path_info).url_name or ""
        if name.startswith(self.OPEN) or is_mfa_enabled(request.user):
            return None
        return redirect("mfa_index")

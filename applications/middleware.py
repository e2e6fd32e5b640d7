"""A draft begun before signing in goes to the account that signs in on the same browser."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from applications import permissions
from applications.access import KEY_COOKIE
from applications.actions import draft as actions
from applications.models import Application
from exchange.errors import RuleViolation


class AttachDraftMiddleware(MiddlewareMixin):
    """Costs nothing without the cookie. The cookie goes once the draft is the account's own."""

    def process_view(self, request: HttpRequest, view, args, kwargs) -> None:
        keys = {name: value for name, value in request.COOKIES.items() if name.startswith(KEY_COOKIE)}
        request.done_with_keys = []
        if keys and permissions.can_start(request.user):
            for name, key in keys.items():
                self._attach(request, name, key)

    def _attach(self, request: HttpRequest, name: str, key: str) -> None:
        found = Application.objects.filter(code=name.removeprefix(KEY_COOKIE), draft_key=actions.hash_key(key)).first()
        if found is None:  # sent meanwhile, or never ours
            request.done_with_keys.append(name)
            return
        was_new = found.student_id is None and found.merged_into_id is None
        try:
            actions.attach(found, by=request.user)
        except RuleViolation as violation:
            if violation.code == "already_sent":  # the browser keeps its key: the words can still be read there
                if not request.session.get(name):
                    messages.warning(request, violation.message)
                request.session[name] = "told"
                return
        else:
            if was_new:
                messages.success(request, _("What you wrote on this phone before signing in is in your application."))
        request.done_with_keys.append(name)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        for name in getattr(request, "done_with_keys", ()):
            response.delete_cookie(name)
        return response

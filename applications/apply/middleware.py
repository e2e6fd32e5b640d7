"""Middleware that gives a visitor's draft to the account that signs in with the same browser."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from applications import permissions
from applications.apply import unplaced_answers
from applications.apply.access import forget_key, keys_of
from applications.apply.actions import draft as actions
from applications.models import Application
from exchange.base.errors import RuleViolation
from exchange.models import User

DONE = "exchange.draft_keys_done"  # key in the request's META: the drafts whose cookies the response deletes


class AttachDraftMiddleware(MiddlewareMixin):
    """Does nothing without a draft's cookie; deletes the cookie once the account has the draft."""

    def process_view(self, request: HttpRequest, _view: object, _args: object, _kwargs: object) -> None:
        keys = keys_of(request)
        if keys and isinstance(request.user, User) and permissions.can_start(request.user):
            request.META[DONE] = [code for code, key in keys.items() if _is_done(request, request.user, code, key)]

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        done = request.META.get(DONE, ())
        if request.method == "POST" and request.path == reverse("account_logout"):
            done = keys_of(request)  # of drafts that were not merged: the next user of the phone must not read them
        for code in done:
            forget_key(request, response, code)
        return response


def _is_done(request: HttpRequest, user: User, code: str, key: str) -> bool:
    """Attach the draft with this key to the account. Returns whether the browser's cookie can be deleted."""
    found = Application.objects.filter(code=code, draft_key=actions.hash_key(key)).first()
    if found is None:  # submitted meanwhile, or not a key of ours
        return True
    was_new = found.student_id is None and found.merged_into_id is None
    try:
        actions.attach(found, by=user)
    except RuleViolation as violation:
        if violation.code == "not_yours":
            return True
        told = f"draft-{code}"
        if not request.session.get(told):
            messages.warning(request, violation.message)
        request.session[told] = "told"
        return False  # submitted already, or closed: the draft can still be read with its key
    if was_new:
        messages.success(request, _("What you wrote on this phone before you signed in is now in your application."))
        if unplaced_answers.is_left(found):  # never leave answers behind without saying so
            messages.warning(request, unplaced_answers.TOLD)
    return True

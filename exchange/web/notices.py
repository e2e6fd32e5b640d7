"""Django's one-time notices: in a cookie that only this very host can set, and true of an act that did nothing."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.messages import SUCCESS
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy

from exchange.base.writes import written

BEFORE = gettext_lazy("This was already done, so nothing more was changed.")


class NoticeCookie(CookieStorage):
    cookie_name = "__Host-messages" if settings.HTTPS else "messages"


class NoticeStorage(FallbackStorage):
    storage_classes = (NoticeCookie, SessionStorage)
    _queued_messages: list[Message]  # what this request added

    def claim_no_success(self) -> None:
        """Say once, instead of what this request's acts said when they were done, that they were done before."""
        kept = [each for each in self._queued_messages if each.level != SUCCESS]
        if len(kept) < len(self._queued_messages):
            self._queued_messages[:] = [*kept, Message(SUCCESS, str(BEFORE))]


class AlreadyDoneMiddleware:
    """Nobody reads that they approved, canceled or removed what a colleague had approved, canceled or removed before.

    Our acts change nothing the second time (a page from before, a second tap), and the view can't know that. So what
    a signed-in person sends says that it was done if it changed a row, or the session. The last of all: what the
    others write, as who opened what, isn't the person's act.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST" or not request.user.is_authenticated:
            return self.get_response(request)
        with written(connection) as tables:
            response = self.get_response(request)
        if not tables and not request.session.modified:
            request._messages.claim_no_success()  # type: ignore[attr-defined]
        return response

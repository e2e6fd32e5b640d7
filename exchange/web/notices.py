"""Django's one-time notices, in a cookie that only this very host can set."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class NoticeCookie(CookieStorage):
    cookie_name = "__Host-messages" if settings.HTTPS else "messages"


class NoticeStorage(FallbackStorage):
    storage_classes = (NoticeCookie, SessionStorage)

"""The context of every page's frame; lazy where it costs anything."""

import time

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from exchange.base import roles
from exchange.web import session_ends

OTHER_LANGUAGE = {"en": ("es", "ES", "Español"), "es": ("en", "EN", "English")}


def site(request: HttpRequest) -> dict[str, object]:
    code, short, name = OTHER_LANGUAGE[(get_language() or "en")[:2]]
    return {
        "is_demo": settings.DEMO,
        "code_minutes": settings.CODE_MINUTES,
        "texts_are_on": bool(settings.TEXT_BACKEND),
        "other_language": {"code": code, "short": short, "name": name},
        "session_ending": SimpleLazyObject(lambda: _session_ending(request)),
        "navigation": SimpleLazyObject(lambda: roles.navigation(request.user)),
        "finds_people": SimpleLazyObject(lambda: roles.finds_people(request.user)),
    }


def _session_ending(request: HttpRequest) -> dict[str, object]:
    """For the warning before a session ends; empty where that is far away, or nobody is signed in."""
    end = session_ends.next_end(request.session, time.time()) if request.user.is_authenticated else None
    if end is None or end[1] > session_ends.FAR:
        return {}
    return {"seconds": int(end[1]), "warned": session_ends.WARNED, "minutes": session_ends.WARNED // 60}

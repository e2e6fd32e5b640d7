"""The context of every page's frame; lazy where it costs anything."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from exchange.base import roles

OTHER_LANGUAGE = {"en": ("es", "ES", "Español"), "es": ("en", "EN", "English")}


def site(request: HttpRequest) -> dict[str, object]:
    code, short, name = OTHER_LANGUAGE[(get_language() or "en")[:2]]
    return {
        "is_demo": settings.DEMO,
        "code_minutes": settings.CODE_MINUTES,
        "texts_are_on": bool(settings.TEXT_BACKEND),
        "other_language": {"code": code, "short": short, "name": name},
        "navigation": SimpleLazyObject(lambda: roles.navigation(request.user)),
    }

"""The context of every page's frame; lazy where it costs anything."""

import time

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from exchange.base import roles, sections
from exchange.base.sections import Page, Section
from exchange.web import session_ends
from exchange.web.how_this_works import Explanation, explanation_of
from exchange.web.proofs import reads_as_guest

OTHER_LANGUAGE = {"en": ("es", "ES", "Español"), "es": ("en", "EN", "English")}


def site(request: HttpRequest) -> dict[str, object]:
    code, short, name = OTHER_LANGUAGE[(get_language() or "en")[:2]]
    return {
        "is_demo": settings.DEMO,
        "code_minutes": settings.CODE_MINUTES,
        "texts_are_on": bool(settings.TEXT_BACKEND),
        "other_language": {"code": code, "short": short, "name": name},
        "session_ending": SimpleLazyObject(lambda: _session_ending(request)),
        "navigation": SimpleLazyObject(lambda: _sections(request)),
        "nav_section": SimpleLazyObject(lambda: _section(request)),
        "nav_row": SimpleLazyObject(lambda: _row(request, _section(request))),
        "finds_people": SimpleLazyObject(lambda: roles.finds_people(request.user)),
        "how": SimpleLazyObject(lambda: _how(request)),
    }


def _sections(request: HttpRequest) -> tuple[Section, ...]:
    return sections.sections_of(request.user, is_guest_reader=reads_as_guest(request))


def _section(request: HttpRequest) -> Section | None:
    match = request.resolver_match
    return sections.here(_sections(request), match.view_name, match.url_name or "") if match else None


def _row(request: HttpRequest, section: Section | None) -> list[Page]:
    return section.row(request.resolver_match.view_name) if section and request.resolver_match else []


def _session_ending(request: HttpRequest) -> dict[str, object]:
    """For the warning before a session ends; empty where that is far away, or nobody is signed in."""
    end = session_ends.next_end(request.session, time.time()) if request.user.is_authenticated else None
    if end is None or end[1] > session_ends.FAR:
        return {}
    return {"seconds": int(end[1]), "warned": session_ends.WARNED, "minutes": session_ends.WARNED // 60}


def _how(request: HttpRequest) -> Explanation | None:
    """What the page is for, if staff opened it; readers without a role have no pages that students open as well."""
    match = request.resolver_match
    how = explanation_of(match.view_name, get_language() or "en") if match and request.user.is_authenticated else None
    return how if how and (not how.is_also_students or roles.is_staff_role(request.user)) else None

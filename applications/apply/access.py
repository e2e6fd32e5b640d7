"""Who may write in an application: its student, a visitor with a draft's key, a helper with consent, a tester.

The decorator `for_writers` guards every view that writes. Only this module lets in somebody without an account: the
browser in which a draft was started has the draft's key in a cookie.
"""

import functools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, overload

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from applications import permissions
from applications.apply import resubmit
from applications.apply.actions.draft import hash_key
from applications.base.opening import What, opened
from applications.models import Application, Cycle, HelpSession
from applications.states import Status
from exchange.models import User
from exchange.web.shortcuts import signed_out_with_words

KEY_COOKIE = "draft-"  # followed by the application's code
OWN_HOST = "__Host-"  # before it, where cookies are secure: no other host of the domain can plant a draft
SHOWN = ("college", "recommendation")  # relations that pages about the whole application show
KEYS_LOOKED_AT = 20  # per browser
KEY_LASTS = 60 * 60 * 24 * 120  # seconds; longer than a cycle is open

type View = Callable[..., HttpResponseBase]


class Role(StrEnum):
    OWNER = "owner"  # the student
    VISITOR = "visitor"  # has the key of a draft that belongs to no account yet
    KEYHOLDER = "keyholder"  # has the key of a draft that belongs to an account now: can send late changes, not read
    HELPER = "helper"  # an advisor, with the student's consent, for a few hours
    TESTER = "tester"  # a coordinator who tests the form


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes in which application. `by`: the account, None for a visitor. `key`: the draft's key in the cookie."""

    application: Application
    by: User | None
    role: Role
    key: str = field(default="", repr=False)

    @property
    def is_owner(self) -> bool:
        return self.role == Role.OWNER

    @property
    def is_visitor(self) -> bool:
        return self.role == Role.VISITOR

    @property
    def is_helper(self) -> bool:
        return self.role == Role.HELPER

    @property
    def is_tester(self) -> bool:
        return self.role == Role.TESTER


class SignInFirst(Exception):  # noqa: N818 -- not an error: it leads to the sign-in page
    """Nobody is signed in, and the browser has no valid key."""


class HelpOver(Exception):  # noqa: N818 -- not an error: the helper's page stayed open longer than the session
    """The person helped with this application, and the session was ended or has expired."""


def writer_of(request: HttpRequest, code: str, *, also: tuple[str, ...] = SHOWN) -> Writer:
    """Who the request writes as, in the application with this code.

    Raises SignInFirst, HelpOver, Http404 outside the person's scope, PermissionDenied for staff who may only read.
    `also`: more relations that the page shows, to be read in the same query.
    """
    rows = Application.objects.select_related("cycle", "form", *also)
    try:
        application: Application | None = rows.get(code=code)  # takes half the time of `first`, which sorts
    except Application.DoesNotExist:
        application = None
    user = request.user if isinstance(request.user, User) else None
    holds_key = application is not None and _holds_key(request, application)
    if application and application.merged_into_id:
        application = rows.get(pk=application.merged_into_id)
    if user is None:
        if application is None or not holds_key:
            raise SignInFirst
        if application.student_id and application.status != Status.DRAFT:
            raise SignInFirst  # once submitted, an application that is returned for a fix needs the account
        role = Role.KEYHOLDER if application.student_id else Role.VISITOR
        return Writer(application, None, role, key=_key_of(request, code))
    if application is None:
        raise Http404
    if application.student_id == user.pk:
        application.student = user  # saves the query
        return Writer(application, user, Role.TESTER if application.is_test else Role.OWNER)
    if application.student_id is None and holds_key:
        return Writer(application, None, Role.VISITOR, key=_key_of(request, code))
    if permissions.can_help(user) and (helped := HelpSession.objects.helped_by(user).filter(application=application)):
        if any(session.is_running for session in helped):
            return Writer(application, user, Role.HELPER)
        raise HelpOver
    if Application.objects.visible_to(user).filter(pk=application.pk).exists():
        raise PermissionDenied
    raise Http404


def drafts_of_browser(request: HttpRequest) -> list[Application]:
    """Visitor's drafts that were started in this browser, newest first, so that a returning visitor finds them."""
    if request.user.is_authenticated:
        return []  # signing in merged them into the account; its pages show what could not be merged
    codes = list(keys_of(request))
    if not codes:
        return []
    rows = Application.objects.filter(
        code__in=codes[:KEYS_LOOKED_AT], student=None, merged_into=None, status=Status.DRAFT
    )
    return [each for each in rows.select_related("cycle").order_by("-pk") if _holds_key(request, each)]


def own_application(request: HttpRequest, cycle: Cycle) -> Application | None:
    """The person's application in this cycle, or the visitor's draft that was started in this browser."""
    if not request.user.is_authenticated:
        return next((each for each in drafts_of_browser(request) if each.cycle_id == cycle.pk), None)
    return Application.objects.visible_to(request.user).filter(cycle=cycle, student=request.user).first()


def cookies_of(request: HttpRequest) -> dict[str, str]:
    """Each cookie with a key, and the code of its draft; last those with `OWN_HOST`, so that they count.

    The others were set before there was such a name, or where cookies aren't secure.
    """
    return {
        name: name.removeprefix(prefix)
        for prefix in (KEY_COOKIE, f"{OWN_HOST}{KEY_COOKIE}")
        for name in request.COOKIES
        if name.startswith(prefix)
    }


def keys_of(request: HttpRequest) -> dict[str, str]:
    """The key of each draft that this browser may write in, by the draft's code."""
    return {code: request.COOKIES[name] for name, code in cookies_of(request).items()}


def forget_key(request: HttpRequest, response: HttpResponse, code: str) -> None:
    for name, each in cookies_of(request).items():
        if each == code:
            response.delete_cookie(name)


def _key_of(request: HttpRequest, code: str) -> str:
    return keys_of(request).get(code, "")


def _holds_key(request: HttpRequest, application: Application) -> bool:
    key = _key_of(request, application.code)
    return bool(key and application.draft_key) and secrets.compare_digest(hash_key(key), application.draft_key or "")


@overload
def for_writers(view: View) -> View: ...


@overload
def for_writers(
    view: None = None, *, json: bool = False, roles: tuple[Role, ...] = (), also: tuple[str, ...] = SHOWN
) -> Callable[[View], View]: ...


def for_writers(
    view: View | None = None,
    *,
    json: bool = False,
    roles: tuple[Role, ...] = (),
    also: tuple[str, ...] = SHOWN,
) -> View | Callable[[View], View]:
    """Decorator for views: the view gets a `Writer` in place of the application's code.

    `json`: accepts late changes of a keyholder, and answers in JSON that the person must sign in. `roles`: only these
    are let in, others get 403; without it all but a keyholder. `also`: as in `writer_of`.
    """
    if view is None:
        return functools.partial(for_writers, json=json, roles=roles, also=also)

    @login_not_required
    @functools.wraps(view)
    def wrapped(request: HttpRequest, code: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            writer = writer_of(request, code, also=() if json else also)
            if writer.role == Role.KEYHOLDER and not json:
                raise SignInFirst
        except SignInFirst:
            return _sign_in(request, json=json)
        except HelpOver:
            return _help_over(request, json=json)
        if roles and writer.role not in roles:
            raise PermissionDenied
        if writer.application.code != code and not json:  # the visitor's draft was merged into this one
            return redirect("applications:application-overview", code=writer.application.code)
        if writer.is_helper:
            opened(request, writer.application, What.APPLICATION, is_helper=True)
        response = view(request, writer, *args, **kwargs)
        add_never_cache_headers(response)  # Django does so for sessions only, and a visitor's draft is private too
        return response

    return wrapped


def _sign_in(request: HttpRequest, *, json: bool) -> HttpResponse:
    if not json:
        if not resubmit.keep(request) and (page := signed_out_with_words(request)):
            return page
        return redirect_to_login(request.get_full_path())
    answer = {
        "code": "sign_in",
        "message": _("Sign in to continue. What you wrote is on this phone."),
        "href": reverse("account_login"),
    }
    return JsonResponse(answer, status=401)


def _help_over(request: HttpRequest, *, json: bool) -> HttpResponse:
    told = _(
        "Your time helping with this application has ended. Nothing you typed after that was saved. The student"
        " can give you a new code."
    )
    if json:
        return JsonResponse({"code": "help_over", "message": told}, status=409)
    messages.error(request, told)
    return redirect("applications:help-begin")


def give_key(response: HttpResponse, application: Application, key: str) -> None:
    """Set the cookie with the draft's key, so that this browser can edit the draft without an account."""
    response.set_cookie(
        f"{OWN_HOST if settings.SESSION_COOKIE_SECURE else ''}{KEY_COOKIE}{application.code}",
        key,
        max_age=KEY_LASTS,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )

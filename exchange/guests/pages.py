"""Opens pages behind private links, and says in one way, for every purpose, that a link has ended or isn't whole.

Opening a page changes nothing: mail scanners open every link. Only a POST does.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from exchange.base.links import for_guests, token_of
from exchange.base.office import office
from exchange.models.private_link import UNKNOWN, PrivateLink, Purpose

View = Callable[..., HttpResponse]
TYPED_MAX = 20_000  # characters given back


def behind[Link: PrivateLink](
    model: type[Link], *sensitive: str, purpose: Purpose | None = None, typed: str = ""
) -> Callable[[View], View]:
    """Decorator: the view gets the link in place of the address, if it works; else the page says why not.

    `purpose`: where the model has more than one. `typed`: the POST field whose words are given back if it's too late.
    """

    def decorated(view: View) -> View:
        @for_guests(*sensitive)
        @wraps(view)
        def opened(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
            link = look_up(request, model, token, purpose)
            if link and link.opens:
                return view(request, link, **kwargs)
            kept = request.POST.get(typed, "")[:TYPED_MAX]
            return ended(request, model, link, kept, address=token, purpose=purpose)

        return opened

    return decorated


def look_up[Link: PrivateLink](
    request: HttpRequest, model: type[Link], address: str, purpose: Purpose | None = None
) -> Link | None:
    """The link with this address, whatever its state; from here on the page speaks the language of who has it."""
    link = model.find(address, purpose)
    if link and link.speaks and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(link.speaks)
    return link


def ended(
    request: HttpRequest,
    model: type[PrivateLink],
    link: PrivateLink | None,
    typed: str = "",
    why: str = "",
    *,
    address: str = "",
    purpose: Purpose | None = None,
) -> HttpResponse:
    """It names nobody, because anyone may have an ended link. `typed`: what came too late, to be copied from here.

    `address`: what was opened, if there's no link.
    """
    purpose = purpose or model.PURPOSE
    why = why or (link.why_ended if link else _without_a_row(purpose, address))
    title, text = purpose.ended[why]
    typed = "" if why in purpose.kept else typed
    context = {"title": title, "text": text, "typed": typed, "way_on": purpose.way_on, "office": office()}
    context["opens_at"] = getattr(link, "opens_at", None) if why == "early" else None
    status = 200 if why in purpose.kept else 404 if why == UNKNOWN else 410
    return render(request, "exchange/guests/ended.html", context, status=status)


def _without_a_row(purpose: Purpose, address: str) -> str:
    return purpose.replaced if token_of(purpose.name, address) else UNKNOWN

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

from exchange.base.links import for_guests
from exchange.base.office import office
from exchange.models.private_link import UNKNOWN, PrivateLink

View = Callable[..., HttpResponse]


def behind[Link: PrivateLink](model: type[Link], *sensitive: str) -> Callable[[View], View]:
    """Decorator: the view gets the link in place of the address, if it works; else the page says why not."""

    def decorated(view: View) -> View:
        @for_guests(*sensitive)
        @wraps(view)
        def opened(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
            link = look_up(request, model, token)
            return view(request, link, **kwargs) if link and link.opens else ended(request, model, link)

        return opened

    return decorated


def look_up[Link: PrivateLink](request: HttpRequest, model: type[Link], address: str) -> Link | None:
    """The link with this address, whatever its state; from here on the page speaks the language of who has it."""
    link = model.find(address)
    if link and link.speaks and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(link.speaks)
    return link


def ended(
    request: HttpRequest, model: type[PrivateLink], link: PrivateLink | None, typed: str = "", why: str = ""
) -> HttpResponse:
    """It names nobody, because anyone may have an ended link. `typed`: what came too late, to be copied from here."""
    purpose = model.PURPOSE
    why = why or (link.why_ended if link else UNKNOWN)
    title, text = purpose.ended[why]
    context = {"title": title, "text": text, "typed": typed, "way_on": purpose.way_on, "office": office()}
    context["opens_at"] = getattr(link, "opens_at", None) if why == "early" else None
    status = 200 if why in purpose.kept else 404 if why == UNKNOWN else 410
    return render(request, "exchange/guests/ended.html", context, status=status)

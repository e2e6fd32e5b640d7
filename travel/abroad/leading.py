"""Who works with the roster of a trip: the office, or a leader, signed in or with a link and a code. Reads only.

The pages have one address for each trip and person: its key is the trip's code for people who signed in, and a leader's
signed link for those without an account.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from exchange.base import roles
from exchange.guests import pages
from exchange.models import Event, User
from exchange.people.sign_in import attempts
from exchange.reference import facts
from exchange.web.proofs import require_fresh
from exchange.web.shortcuts import me, signed_out_with_words
from travel.models import Contact, LeaderLink, Placement, Trip
from travel.models.roster import roster_ends
from travel.prepare.needs.opening import OPEN

PROOFS = "leader_links"  # session key: {code of the link: when its code was entered, in seconds since the epoch}
HOURS = "roster.session_hours"


@dataclass(frozen=True, slots=True)
class Leading:
    """`key`: what stands for it in addresses. `contact`: None for the office. `link`: of who isn't signed in."""

    trip: Trip
    key: str
    user: User | None
    contact: Contact | None
    link: LeaderLink | None = None

    @property
    def name(self) -> str:
        return str(self.contact or self.user)

    @property
    def leader(self) -> str:
        """The name to write down where there is no account."""
        return "" if self.user else self.name

    @property
    def is_office(self) -> bool:
        return self.contact is None

    @property
    def who(self) -> str:
        """Tells two leaders at one phone apart: what one of them tapped isn't sent by the other."""
        person = self.user or self.contact
        return str(person.code) if person else ""

    def travelers(self) -> QuerySet[Placement]:
        """Who has a seat; since the departure, who went and isn't home before the group. By name."""
        rows = Placement.objects.active().filter(trip=self.trip)
        rows = rows.select_related("application__student", "reachability")
        if self.trip.departed_at:
            with_group = Q(returned_at=None)
            if self.trip.returned_at:
                with_group |= Q(returned_at__gte=self.trip.returned_at)
            rows = rows.filter(with_group, travelled_at__isnull=False)
        return rows.order_by("application__student__full_name", "pk")


View = Callable[..., HttpResponse]


def for_leaders(view: View) -> Callable[..., HttpResponse]:
    """Opens the view for the office and the trip's leaders. 404 for everyone else, 410 for those who led it once."""

    @for_anyone
    @wraps(view)
    def opened(request: HttpRequest, key: str, **kwargs: Any) -> HttpResponse:
        if "." in key:
            return _by_link(request, key, lambda leading: view(request, leading, **kwargs))
        if not request.user.is_authenticated:
            return signed_out_with_words(request) or redirect_to_login(request.get_full_path())
        found = own(me(request), key)
        if found is None:
            return pages.ended(request, LeaderLink, None, why="former") if _has_led(me(request), key) else _unknown()
        if not found.is_office and found.trip.closed_at:
            return pages.ended(request, LeaderLink, None, why="canceled")
        if not found.is_office and timezone.now() > roster_ends(found.trip):
            return pages.ended(request, LeaderLink, None, why="over")
        return view(request, found, **kwargs)

    return opened


def for_anyone(view: View) -> Callable[..., HttpResponse]:
    """No sign-in, no cache, no search engine: the view decides who may come in."""

    @login_not_required
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return opened


def own(user: User, code: str) -> Leading | None:
    """The trip with this code, if the person leads it or works in the office."""
    contact = Contact.objects.select_related("trip__city", "trip__cycle").filter(trip__code=code, user=user).first()
    if contact and contact.trip:
        return Leading(contact.trip, code, user, contact)
    trip = (
        Trip.objects.select_related("city", "cycle").filter(code=code).first() if roles.is_coordinator(user) else None
    )
    return Leading(trip, code, user, None) if trip else None


def _by_link(request: HttpRequest, key: str, view: Callable[[Leading], HttpResponse]) -> HttpResponse:
    link = open_link(request, key)
    if isinstance(link, HttpResponse):
        return link
    hours = facts.number(HOURS)
    entered = request.session.get(PROOFS, {}).get(link.code, 0)
    # a code that opened an earlier link of this leader opens no new one
    if time.time() - entered > float(hours) * 3600 or entered < link.made_at.timestamp():
        return redirect("travel:roster-code", key=key)
    return view(Leading(link.trip, key, None, link.contact, link))


def open_link(request: HttpRequest, key: str) -> LeaderLink | HttpResponse:
    """The link, if it works, else the page that says why not. From here on the leader's language is spoken."""
    link = pages.look_up(request, LeaderLink, key)
    return link if link and link.opens else pages.ended(request, LeaderLink, link)


def remember(request: HttpRequest, link: LeaderLink) -> None:
    """This session has entered the link's code."""
    request.session.cycle_key()
    request.session[PROOFS] = {**request.session.get(PROOFS, {}), link.code: time.time()}


def forget(request: HttpRequest, link: LeaderLink) -> None:
    request.session[PROOFS] = {code: at for code, at in request.session.get(PROOFS, {}).items() if code != link.code}


def may_ask(request: HttpRequest, link: LeaderLink, *, dry_run: bool = False) -> bool:
    """Whether this network may have one more code sent: who only holds the link can't use up the leader's texts."""
    return _is_within(request, "leader_code", link, dry_run=dry_run)


def may_guess(request: HttpRequest, link: LeaderLink) -> bool:
    """Whether a code typed in this network is compared. Its wrong ones don't count against the leader, elsewhere."""
    return _is_within(request, "leader_code_guess", link)


def _is_within(request: HttpRequest, action: str, link: LeaderLink, *, dry_run: bool = False) -> bool:
    key = f"{link.token}:{attempts.place_of(request)}"
    return bool(ratelimit.consume(request, action=action, key=key, dry_run=dry_run))


def require_proof(request: HttpRequest, leading: Leading) -> None:
    """A fresh proof of somebody who signed in. The code of a link was one, for its hours."""
    if leading.user:
        require_fresh(request)


def _has_led(user: User, code: str) -> bool:
    """Whether the person has opened this trip's roster before: then they read why the page is closed."""
    seats = Placement.objects.filter(trip__code=code).values("pk")
    opened = Event.objects.filter(target_model=Placement._meta.label_lower, target_id__in=seats, action=OPEN, by=user)
    return opened.exists()


def _unknown() -> HttpResponse:
    raise Http404

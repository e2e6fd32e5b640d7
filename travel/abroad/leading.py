"""Who works with the roster of a trip: a leader with an account, or somebody of the office. Reads only."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from exchange.models import User
from exchange.web.shortcuts import me, signed_out_with_words
from travel.models import Contact, Placement, Trip


@dataclass(frozen=True, slots=True)
class Leading:
    """`key`: what stands for it in addresses. `contact`: None for the office."""

    trip: Trip
    key: str
    user: User | None
    contact: Contact | None

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

    def travelers(self) -> QuerySet[Placement]:
        """Who has a seat; since the departure, who went and isn't home before the group. By name."""
        rows = Placement.objects.active().filter(trip=self.trip).select_related("application__student")
        if self.trip.departed_at:
            with_group = Q(returned_at=None)
            if self.trip.returned_at:
                with_group |= Q(returned_at__gte=self.trip.returned_at)
            rows = rows.filter(with_group, travelled_at__isnull=False)
        return rows.order_by("application__student__full_name", "pk")


View = Callable[..., HttpResponse]


def for_leaders(view: View) -> Callable[..., HttpResponse]:
    """Opens the view for the trip's leaders and the office; signs nobody in. 404 for everyone else."""

    @login_not_required
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def opened(request: HttpRequest, key: str, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return signed_out_with_words(request) or redirect_to_login(request.get_full_path())
        return view(request, _own(me(request), key), **kwargs)

    return opened


def _own(user: User, code: str) -> Leading:
    trip = Trip.objects.opened_by(user).select_related("city", "cycle").filter(code=code).first()
    if trip is None:
        raise Http404
    return Leading(trip, code, user, trip.leaders.filter(user=user).first())

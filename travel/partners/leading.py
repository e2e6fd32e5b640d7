"""Who leads a trip, for the page of people, and what an advisor who leaves still leads."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy, ngettext

from exchange.models import User
from exchange.people.roles import handing_on, who
from exchange.people.roles.handing_on import Leaving, Part
from travel.models import Contact


def register_all() -> None:
    who.register(who.Holders("leader", gettext_lazy("trip leader"), leaders))
    handing_on.register(Part("trips", trips, _words, _stay))


def leaders() -> QuerySet[Any, Any]:
    """Primary keys of people with an account who lead a trip that isn't over."""
    return _ahead().values("user")


def _ahead() -> QuerySet[Contact]:
    return Contact.objects.filter(user__isnull=False, trip__returned_at=None, trip__closed_at=None, trip__isnull=False)


def trips(leaving: Leaving) -> list[int]:
    return [] if leaving.to else sorted(_ahead().filter(user=leaving.user).values_list("trip", flat=True))


def _words(leaving: Leaving, count: int) -> str:
    text = ngettext(
        "They still lead %(count)s trip. Choose another leader on the trip’s page, if needed.",
        "They still lead %(count)s trips. Choose other leaders on the trips’ pages, if needed.",
        count,
    )
    return text % {"count": count}


def _stay(leaving: Leaving, rows: list[int], by: User) -> None:
    """Leading a trip isn't part of a role: the office decides about it on the trip's page."""

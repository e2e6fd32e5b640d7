"""The pages of a trip, for its five tabs: one table for the row of tabs on each of them and the row below it.

A page is an address that takes the trip's code. Whoever may open none of a tab's pages doesn't see the tab.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from exchange.base.roles import Person
from travel import permissions
from travel.models import Trip


@dataclass(frozen=True, slots=True)
class Page:
    """`may`: whether a person may open it; `None`: only those who lead this trip, and the office."""

    name: str
    label: Promise
    may: Callable[[Person], bool] | None

    def is_open_to(self, user: Person, trip: Trip) -> bool:
        return permissions.can_open_cards(user, trip.leaders.all()) if self.may is None else self.may(user)


@dataclass(frozen=True, slots=True)
class Tab:
    """Leads to the first of its pages that a person may open."""

    label: Promise
    pages: tuple[Page, ...]


_office = permissions.can_manage_partners
TABS = (
    Tab(
        pgettext_lazy("tab of a trip", "Overview"),
        (Page("travel:trip-detail", pgettext_lazy("tab of a trip", "Overview"), permissions.can_list_trips),),
    ),
    Tab(
        _("Travelers"),
        (
            Page("travel:trip-travelers", _("Everyone"), permissions.can_open_roster),
            Page("travel:trip-names", _("Names on the tickets"), permissions.can_open_roster),
            Page("travel:trip-numbers", _("Document numbers"), permissions.can_book),
            Page("travel:trip-ticketing", _("List for the airline"), permissions.can_manage_ticketing),
            Page("travel:trip-entry", _("Visas and authorizations"), permissions.can_manage_entry),
            Page("travel:trip-forms", _("Signed forms"), permissions.can_open_signatures),
            Page("travel:trip-cards", _("Needs and contacts"), None),
            Page("travel:trip-insurance", _("Insurance"), None),
        ),
    ),
    Tab(
        pgettext_lazy("tab of a trip", "Plan"),
        (
            Page("travel:itinerary-office", _("Itinerary"), _office),
            Page("travel:trip-rooms", _("Rooms and groups"), permissions.can_plan_rooms),
            Page("travel:trip-host", _("Host"), _office),
            Page("travel:trip-leaders", _("Group leaders"), _office),
            Page("travel:packing-trip", _("Packing list"), _office),
        ),
    ),
    Tab(
        _("Money"),
        (
            Page("travel:trip-money", _("What students get"), permissions.can_keep_money),
            Page("travel:budget", _("Budget"), _office),
        ),
    ),
    Tab(
        _("On the trip"),
        (
            Page("travel:trip-abroad", _("The group"), permissions.can_move_trip),
            Page("travel:trip-card", _("Trip card"), _office),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """`tabs`: (label, URL name, whether the page belongs to it). `label`, `row`: that tab, and (label, URL name) of its
    pages; no row if it has one page."""

    tabs: list[tuple[Promise, str, bool]]
    label: Promise | str
    row: list[tuple[Promise, str]]


def shown(trip: Trip, user: Person, here: str) -> Shown:
    """What this person sees on the page with this URL name. At most one query, for an advisor, whether they lead it."""
    opened = [(tab.label, [page for page in tab.pages if page.is_open_to(user, trip)]) for tab in TABS]
    tabs = [(label, pages[0].name, here in {page.name for page in pages}) for label, pages in opened if pages]
    for label, pages in opened:
        if len(pages) > 1 and here in {page.name for page in pages}:
            return Shown(tabs, label, [(page.label, page.name) for page in pages])
    return Shown(tabs, "", [])

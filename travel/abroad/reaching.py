"""How each traveler and leader can be reached: what they said, what number and mailbox allow. Reads only."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from exchange.base import roles
from exchange.base.roles import Person
from exchange.messages import consent, text_limits
from exchange.messages.phone_numbers import to_e164
from exchange.models import Mailbox
from travel.models import Contact, Placement, Reachability, Trip
from travel.models.partner import address_of

Way = Reachability.Way


@dataclass(frozen=True, slots=True)
class Reach:
    """`number`: what we text, E.164, "" without one. `way`: the traveler's own word, "" if they said nothing."""

    number: str
    text: bool
    stopped: bool
    email: bool
    way: str


def trips_away() -> QuerySet[Trip]:
    """Trips whose travelers are away, or about to leave, or just back: the days on which their links open."""
    return Trip.objects.away()


def trips_to_check(user: Person) -> QuerySet[Trip]:
    """Those for which this person may start a check-in: all for the office, their own for a leader."""
    if roles.is_coordinator(user):
        return trips_away()
    return trips_away().filter(leaders__user=user) if user.is_authenticated else Trip.objects.none()


def countries_away() -> frozenset[str]:
    """Regions where travelers are now, so that a local number there gets texts (`exchange.messages.text_limits`)."""
    if not Reachability.objects.filter(way=Way.LOCAL_NUMBER).exists():
        return frozenset()  # asked before every text: without such a number there is nothing more to look up
    codes = trips_away().filter(placements__reachability__way=Way.LOCAL_NUMBER)
    return frozenset(codes.values_list("city__country_code", flat=True))


def reach_of(placements: Collection[Placement], *, is_real: bool) -> dict[int, Reach]:
    """By primary key. Needs the students. Five queries for any number of travelers.

    A number that said STOP gets nothing. Without a yes to texts, the account's number is used only when something
    happened; a local number was given for this, so it needs no other yes.
    """
    said = {row.placement_id: row for row in Reachability.objects.filter(placement__in=placements)}
    numbers = {each.pk: _number(each, said.get(each.pk)) for each in placements}
    known = {number for number in numbers.values() if number}
    stopped, countries = consent.stopped_among(known), text_limits.countries() if known else frozenset()
    asked = [(numbers[each.pk], student) for each in placements if (student := each.application.student)]
    agreed = consent.all_that_allow([pair for pair in asked if pair[0]])
    bounced = _bounced(student.email.lower() for _number, student in asked if student.email)
    found = {}
    for each in placements:
        number, student, row = numbers[each.pk], each.application.person, said.get(each.pk)
        is_local = row is not None and row.way == Way.LOCAL_NUMBER
        may_text = is_local or is_real or (number, student.pk) in agreed
        found[each.pk] = Reach(
            number=number,
            text=bool(number) and may_text and text_limits.takes(number, countries),
            stopped=number in stopped,
            email=bool(student.email) and (student.email or "").lower() not in bounced,
            way=row.way if row else "",
        )
    return found


def reach_of_leaders(leaders: Collection[Contact]) -> dict[int, Reach]:
    """By primary key. The office has a leader's number for the trip, so it needs no other yes; STOP counts.

    Needs the accounts. Four queries for any number of leaders.
    """
    numbers = {each.pk: _leaders_number(each) for each in leaders}
    known = {number for number in numbers.values() if number}
    stopped, countries = consent.stopped_among(known), text_limits.countries() if known else frozenset()
    addresses = {each.pk: address_of(each).lower() for each in leaders}
    bounced = _bounced(addresses.values())
    return {
        each.pk: Reach(
            number=(number := numbers[each.pk]),
            text=bool(number) and text_limits.takes(number, countries),
            stopped=number in stopped,
            email=bool(addresses[each.pk]) and addresses[each.pk] not in bounced,
            way="",
        )
        for each in leaders
    }


def _leaders_number(leader: Contact) -> str:
    user = leader.user
    own = str(user.phone.as_e164) if user and user.phone and user.phone_verified_at else ""
    return (to_e164(leader.phone) if leader.phone else "") or own


def _bounced(addresses: Iterable[str]) -> set[str]:
    rows = Mailbox.objects.filter(address__in=[each for each in addresses if each], bounced_at__isnull=False)
    return set(rows.values_list("address", flat=True))


def _number(placement: Placement, said: Reachability | None) -> str:
    if said and said.way == Way.DATA_ONLY:
        return ""
    if said and said.way == Way.LOCAL_NUMBER:
        return str(said.phone.as_e164)
    student = placement.application.person
    return str(student.phone.as_e164) if student.phone and student.phone_verified_at else ""

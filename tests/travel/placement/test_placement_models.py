import datetime as dt

import pytest
from django.utils import timezone

from tests.constraints import refused
from tests.factories_travel import HostInstitutionFactory, PlacementFactory, PlacementRunFactory, TripFactory, in_days

pytestmark = pytest.mark.django_db


def test_hostinstitution_once_per_city():
    host = HostInstitutionFactory()
    refused("hostinstitution_once_per_city", lambda: HostInstitutionFactory(city=host.city, name=host.name))


def test_trip_leaves_before_it_returns():
    refused("trip_leaves_before_it_returns", lambda: TripFactory(returns_on=in_days(200)))


@pytest.mark.parametrize("group", [0, 21])
def test_trip_has_seats_for_its_minimum_group(group):
    refused("trip_has_seats_for_its_minimum_group", lambda: TripFactory(minimum_group=group))


def test_trip_departs_before_it_has_returned():
    refused("trip_departs_before_it_has_returned", lambda: TripFactory(returned_at=timezone.now()))


@pytest.mark.parametrize("fields", [{"departed": True, "delayed_to": in_days(8)}, {"delayed_to": in_days(400)}])
def test_trip_delayed_past_its_planned_return(fields):
    refused("trip_delayed_past_its_planned_return", lambda: TripFactory(**fields))


def test_trip_city_once_per_cycle():
    trip = TripFactory()
    refused("trip_city_once_per_cycle", lambda: TripFactory(cycle=trip.cycle, city=trip.city, host=trip.host))


def test_placementrun_released_at_and_by_together():
    refused("placementrun_released_at_and_by_together", lambda: PlacementRunFactory(released_at=timezone.now()))


def test_placement_rank_from_one():
    refused("placement_rank_from_one", lambda: PlacementFactory(rank=0))


def test_placement_travelled_before_returned():
    refused("placement_travelled_before_returned", lambda: PlacementFactory(returned_at=timezone.now()))


@pytest.mark.parametrize(("leaves_in", "left"), [(5, 5), (0, 0), (-3, 0)])
def test_days_left_ends_at_nothing(leaves_in, left):
    trip = TripFactory.build(cycle=None, city=None, host=None, leaves_on=in_days(leaves_in), returns_on=in_days(20))
    assert trip.days_left == left
    assert trip.returns_on - trip.leaves_on > dt.timedelta()

"""The tables of a check-in refuse rows that can't be true."""

import pytest
from django.utils import timezone

from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_travel import PlacementFactory
from travel.models import CheckIn, CheckInPerson, CheckInStep, Reachability

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    check_in = CheckIn.objects.create(kind="real", why_en="A.", why_es="B.", started_by=UserFactory())
    return CheckInPerson.objects.create(check_in=check_in, placement=PlacementFactory())


def changed(row, **fields):
    return lambda person: type(row(person)).objects.filter(pk=row(person).pk).update(**fields)


def step(**fields):
    return lambda person: CheckInStep.objects.create(person=person, **fields)


def twice(person):
    CheckInPerson.objects.create(check_in=person.check_in, placement=person.placement)


def two_texts(person):
    step(kind="text")(person), step(kind="text")(person)


BAD_ROWS = {
    "checkin_closed_at_and_by_together": changed(lambda person: person.check_in, closed_at=timezone.now()),
    "checkin_says_why": changed(lambda person: person.check_in, why_es=""),
    "checkinperson_once_per_check_in": twice,
    "checkinperson_seen_by_a_name": changed(lambda person: person, state="seen"),
    "checkinstep_of_the_clock_once": two_texts,
    "checkinstep_note_has_a_name": step(kind="seen"),
    "checkinstep_undone_names_what": lambda person: step(kind="undone", by=UserFactory())(person),
    "reachability_local_number_only_where_there_is_one": lambda person: Reachability.objects.create(
        placement=person.placement, way="data", phone="+84912345678"
    ),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_database_refuses(name, person):
    refused(name, lambda: BAD_ROWS[name](person))

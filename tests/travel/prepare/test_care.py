"""The group's insurance, and what a city asks of travelers' health."""

import datetime as dt

import pytest
from django.urls import reverse

from exchange.base.errors import RuleViolation
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_travel import (
    ContactFactory,
    InsurancePolicyFactory,
    PlacementFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from travel.base import actions as rows
from travel.models import HealthRule, InsurancePolicy, PracticalNeeds, Trip

pytestmark = pytest.mark.django_db


@pytest.fixture
def trip():
    travel_facts()
    return TripFactory(leaves_on=in_days(60), returns_on=in_days(70))


@pytest.fixture
def ana(trip):
    return PlacementFactory(trip=trip, application__student__full_name="Ana Ruiz")


def page(name, *args):
    return reverse(f"travel:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


# --- insurance --------------------------------------------------------------------------------------


def typed(trip, **changes):
    return {
        **{"insurer": "Seven Seas", "name": "Groups", "number": "SG-1", "phone": "+1 213 555 0150"},
        **{"covers_en": "Doctors.", "covers_es": "Consultas."},
        **{"valid_from": trip.leaves_on.isoformat(), "valid_until": trip.returns_on.isoformat()},
        **changes,
    }


def test_the_office_enters_it_and_travelers_and_leaders_read_it(sign_in, trip, ana):
    leader = UserFactory()
    ContactFactory(host=None, trip=trip, user=leader)
    sign_in(UserFactory(coordinator=True)).post(page("insurance-add", trip.code), typed(trip))
    student = sign_in(ana.application.student)
    for answer in (
        student.get(ana.get_absolute_url()),
        student.get(page("trip-insurance", trip.code)),
        sign_in(leader).get(page("trip-insurance", trip.code)),
    ):
        shown = text(answer)
        assert "SG-1" in shown and "Doctors." in shown and "+1 213-555-0150" in shown


def test_nobody_else_reads_the_policy(sign_in, trip, ana):
    InsurancePolicyFactory(trip=trip)
    others = (PlacementFactory().application.student, UserFactory(advisor=ana.application.college))
    for person in (*others, UserFactory(director=True)):
        assert not InsurancePolicy.objects.visible_to(person).exists()
        assert sign_in(person).get(page("trip-insurance", trip.code)).status_code in (403, 404)


@pytest.mark.parametrize(
    ("field", "days", "message"),
    [("valid_from", 61, "The insurance has to begin by then."), ("valid_until", 69, "has to last until then.")],
)
def test_it_has_to_cover_every_day_of_the_trip(sign_in, trip, field, days, message):
    data = typed(trip, **{field: in_days(days).isoformat()})
    assert message in text(sign_in(UserFactory(coordinator=True)).post(page("insurance-add", trip.code), data))
    assert not InsurancePolicy.objects.exists()


def test_when_the_trip_moves_the_office_reads_that_it_is_not_covered(sign_in, trip):
    InsurancePolicyFactory(trip=trip)
    office = sign_in(UserFactory(coordinator=True))
    assert "doesn’t cover" not in text(office.get(page("trip-insurance", trip.code)))
    Trip.objects.update(returns_on=in_days(71))
    assert "It doesn’t cover all days of the trip." in text(office.get(page("trip-insurance", trip.code)))


def test_insurancepolicy_ends_after_it_begins(trip):
    refused(
        "insurancepolicy_ends_after_it_begins",
        lambda: InsurancePolicyFactory(trip=trip, valid_until=trip.leaves_on - dt.timedelta(days=1)),
    )


def test_insurancepolicy_number_once_per_trip(trip):
    policy = InsurancePolicyFactory(trip=trip)
    refused("insurancepolicy_number_once_per_trip", lambda: InsurancePolicyFactory(trip=trip, number=policy.number))
    values = {"trip": trip, "insurer": policy.insurer, "number": policy.number, "name": "Other", "phone": "+1"}
    days = {"valid_from": trip.leaves_on, "valid_until": trip.returns_on, "covers_en": "a", "covers_es": "b"}
    with pytest.raises(RuleViolation, match="already on the list"):
        rows.add(InsurancePolicy, values | days, under=trip, by=UserFactory(coordinator=True))


# --- vaccines and medicines -------------------------------------------------------------------------


def rule(**given):
    words = {"title_en": given["key"], "title_es": given["key"], "text_en": "Ask.", "text_es": "Pregunta."}
    dated = {"as_of": "2026-10-01", "review_on": "2099-01-01", "source_name": "CDC", "source_url": "https://cdc.gov/"}
    return HealthRule.objects.create(**{**dated, **words, "kind": "vaccine", **given})


def test_a_student_reads_what_the_city_asks_and_says_what_is_arranged(sign_in, ana):
    rule(key="measles", strength="recommended")
    rule(key="typhoid", strength="required", city=ana.trip.city, is_confirmed=False)
    rule(key="cholera", strength="required", city=TripFactory().city)
    client = sign_in(ana.application.student)
    address = page("placement-needs-part", ana.code, "arranged")

    shown = text(client.get(address))
    assert "measles (recommended)" in shown and "typhoid (required)" in shown and "cholera" not in shown
    assert "Check the official page" in shown or "isn’t confirmed" in shown

    client.post(address, {"typhoid": "2026-12-01", "measles": ""})

    assert PracticalNeeds.objects.get().needs["arranged"] == {"typhoid": "2026-12-01"}
    assert 'value="2026-12-01"' in text(client.get(address))

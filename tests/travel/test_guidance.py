"""Photo measures and what else may cost money: from dated rows, each with its day and its source."""

import datetime as dt

import pytest
from django.urls import reverse

from exchange.models import Fact
from tests.factories import FactFactory
from tests.factories_travel import PassportCaseFactory, PlacementFactory, travel_facts
from travel import guidance
from travel.models import PassportCase

pytestmark = pytest.mark.django_db
Route = PassportCase.Route


@pytest.fixture(autouse=True)
def numbers():
    travel_facts()
    for key, value in (("photo", 17), ("card", 30), ("birth_certificate", 32)):
        FactFactory(
            key=f"passport.fee.{key}",
            label_en=f"The {key}",
            value=value,
            unit=Fact.Unit.DOLLARS,
            as_of=dt.date(2026, 11, 20),
            source_name=f"Source of {key}",
            is_confirmed=key != "birth_certificate",
        )
    for key in guidance.PHOTO:
        unit = Fact.Unit.MILLIMETERS if key.endswith("_mm") else Fact.Unit.PIXELS
        FactFactory(key=key, label_en=key, value=51, unit=unit, source_name="The photo page")


@pytest.mark.parametrize(
    ("route", "needs", "expected"),
    [
        (Route.DS11, True, ["The photo: $17", "The card: $30", "The birth_certificate: about $32"]),
        (Route.DS11, False, ["The photo: $17", "The card: $30"]),
        (Route.DS82, None, ["The photo: $17", "The card: $30"]),
        (Route.DS5504, None, ["The photo: $17"]),
        (Route.VALID, None, []),
        (Route.TALK, None, []),
    ],
)
def test_what_else_may_be_paid_follows_the_route(route, needs, expected):
    lines = guidance.extras(PassportCaseFactory.build(route=route, needs_certificate=needs))
    assert [f"{line.label}: {line.value}" for line in lines] == expected


def test_photo_measures_are_for_those_who_need_a_picture():
    assert [line.value for line in guidance.photo(Route.DS11)] == ["51 millimeters"] * 3 + ["51 pixels"] * 2
    assert guidance.photo(Route.VALID) == []


def test_the_pages_show_them_with_their_day_and_source(sign_in):
    placement = PlacementFactory()
    PassportCaseFactory(placement=placement, route=Route.DS11, needs_certificate=True)
    client = sign_in(placement.application.student)
    page = client.get(reverse("travel:passport-detail", args=[placement.application.code])).text
    for text in ("You may also pay", "Source of photo", "November 20, 2026", "The photo page", "In numbers"):
        assert text in page
    page = client.get(reverse("travel:passport-certificate", args=[placement.application.code])).text
    assert "about $32" in page
    assert "Source of birth_certificate" in page

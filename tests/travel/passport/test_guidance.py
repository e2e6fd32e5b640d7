"""Photo requirements and possible extra costs: from dated rows, each with its as-of date and source."""

import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.urls import reverse
from django.utils import translation

from exchange.models import Fact
from exchange.templatetags.ui import full_day
from tests.factories import FactFactory
from tests.factories_travel import PassportCaseFactory, PlacementFactory, TripFactory, travel_facts
from travel.models import EntryRule, Guidance, PassportCase
from travel.passport.case import guidance
from travel.passport.way import pictures
from travel.passport.way.route import PAPER_KEYS, Answer, Answers, Born, Name, Paper, PhotoId, TravelOn
from travel.prepare.checklist import actions as checklist

pytestmark = pytest.mark.django_db
Route = PassportCase.Route


@pytest.fixture(autouse=True)
def numbers():
    travel_facts()
    Fact.objects.filter(key__startswith="passport.photo.").delete()
    for key, value in (("photo", 17), ("birth_certificate", 32)):
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


def test_photo_measures_are_for_those_who_need_a_picture():
    values = ["2 in (51 mm)" if key.endswith("_mm") else "51 pixels" for key in guidance.PHOTO]
    assert [line.value for line in guidance.photo(Route.DS11)] == values
    assert guidance.photo(Route.VALID) == []


@pytest.mark.parametrize(
    ("millimeters", "inches"), [(51, "2"), (25, "1"), (35, "1⅜"), (12, "½"), (1, "0"), (98, "3⅞"), (101, "4")]
)
def test_millimeters_stand_beside_the_inches_of_a_ruler(millimeters, inches):
    assert guidance.inches(Decimal(millimeters)) == inches


def test_the_pages_show_them_with_their_day_and_source(sign_in):
    placement = PlacementFactory()
    PassportCaseFactory(placement=placement, route=Route.DS11, needs_certificate=True)
    client = sign_in(placement.application.student)
    page = client.get(reverse("travel:passport-detail", args=[placement.application.code])).text
    for text in (
        "Total for your passport",
        "Source of photo",
        "November 20, 2026",
        "The photo page",
        "Size and measurements",
    ):
        assert text in page
    page = client.get(reverse("travel:passport-certificate", args=[placement.application.code])).text
    assert "about $32" in page
    assert "Source of birth_certificate" in page


# --- who gets what, and who pays ---------------------------------------------------------------------


def amounts(**case):
    found = guidance.fees(PassportCaseFactory.build(**case), {})
    return found and [f"{line.amount} {line.payee}" for line in found.lines]


STATE, ITSELF = "to the State Department, by check or money order", "paid separately at the counter"
PICTURE, COUNTY = (
    "$17 to the place that takes your photo",
    "about $32 to the county. Other counties and states set their own prices.",
)


@pytest.mark.parametrize(
    ("route", "service", "needs", "expected"),
    [
        (Route.DS11, "routine", False, [f"$130 {STATE}", f"$35 {ITSELF}", PICTURE]),
        (Route.DS11, "routine", True, [f"$130 {STATE}", f"$35 {ITSELF}", PICTURE, COUNTY]),
        (Route.LOST, "expedited", False, [f"$130 {STATE}", f"$35 {ITSELF}", PICTURE, f"$60 {STATE}"]),
        (Route.DS82, "expedited_fast", None, [f"$130 {STATE}", PICTURE, f"$60 {STATE}", f"$22.05 {STATE}"]),
        (Route.ONLINE, "routine", None, ["$130 to the State Department, on its website"]),
        # routine is too slow by now: by mail
        (Route.ONLINE, "expedited", None, [f"$130 {STATE}", PICTURE, f"$60 {STATE}"]),
        (Route.DS5504, "routine", None, [PICTURE]),
        (Route.VALID, "", None, None),
        (Route.TALK, "", None, None),
    ],
)
def test_each_fee_names_who_gets_it(route, service, needs, expected):
    assert amounts(route=route, service=service, needs_certificate=needs) == expected


def test_the_total_is_of_everything_the_route_needs():
    found = guidance.fees(
        PassportCaseFactory.build(route=Route.DS11, service="expedited_fast", needs_certificate=True), {}
    )
    assert found.total == "about $296.05"  # the certificate's price is not confirmed
    assert found.total_label == "Total with expedited service, because routine service would be too slow now"


def test_a_fee_past_its_review_is_no_confident_number():
    Fact.objects.filter(key="passport.fee.application").update(review_on=dt.date(2026, 1, 1))
    found = guidance.fees(PassportCaseFactory.build(route=Route.DS11), {})
    assert [line.amount for line in found.lines] == ["about $130", "$35", "$17"]
    assert found.total == "about $182"


def test_every_paper_that_somebody_may_need_ships_in_both_languages():
    call_command("load_reference", verbosity=0)
    rows = {row.key: row for row in Guidance.objects.filter(topic=Guidance.Topic.PAPER)}
    assert set(rows) >= PAPER_KEYS
    for key in (*PAPER_KEYS, *pictures.OF_PAPERS):
        assert rows[key].text_en
        assert rows[key].text_es
    assert len(guidance.rows(*guidance.WHAT_CAN_STOP, *guidance.FAMILY_TIES)) == 3


@pytest.mark.parametrize(
    "picture",
    {each.name: each for each in [*pictures.OF_PAPERS.values(), *pictures.OF_ANSWERS.values()]}.values(),
    ids=lambda p: p.name,
)
def test_every_drawing_is_there_light_and_described_in_both_languages(picture):
    found = finders.find(picture.path)
    assert found
    assert Path(found).stat().st_size < 2000
    with translation.override("es"):
        assert str(picture.alt).startswith("Dibujo")


def test_what_else_is_known_of_entering_the_city_stands_below_its_rule_each_with_its_source(sign_in):
    """A surcharge, a free authorization, its validity: rows of this city only."""
    Fact.objects.all().delete()
    call_command("load_reference", verbosity=0)
    rule = EntryRule.objects.get(city__code="giza")
    placement = PlacementFactory(trip__city=rule.city)
    PassportCaseFactory(placement=placement, route=Route.DS11, stage="gathering")
    page = sign_in(placement.application.student).get(placement.passport_case.get_absolute_url())
    (line,) = page.context["entry_extras"]
    assert (line.value, line.source.as_of) == ("$20", dt.date(2026, 1, 3))
    assert line.label in page.text and "The busy months" in page.text
    paris = EntryRule.objects.get(city__code="paris").city
    assert [each.value for each in guidance.entry_extras(TripFactory(city=paris))] == ["18 years", "3 years"]
    before = guidance.overdue(dt.date(2026, 12, 30))
    assert guidance.overdue(dt.date(2027, 1, 1)) >= before + 4  # ETIAS, for two cities, is due for review


# --- a state ID, and what holds before and after a city is known -------------------------------------------


@pytest.mark.parametrize(
    ("ahead", "says"),
    [
        (300, "If that’s your choice, apply for it by"),
        (125, "That’s too slow for your dates now, so bring your cards and the person who knows you."),
    ],
)
def test_the_weeks_of_a_state_id_are_stated_against_the_dates(ahead, says, sign_in):
    call_command("load_reference", verbosity=0)
    placement = PlacementFactory(trip__leaves_in=ahead)
    student = placement.application.student
    checklist.open_for(placement, by=placement.placed_by)
    without = Answers(TravelOn.US_NEED, had_passport=Answer.NO, born=Born.IN_US, papers=(Paper.CERTIFIED,))
    without = replace(without, name=Name.SAME, photo_id=PhotoId.STUDENT_ONLY, born_on=dt.date(2000, 1, 1))
    case = checklist.answer_route(placement.application, without, by=student)
    (row,) = [row for row in guidance.by_topic(case, without)["paper"] if row.key == "photo-id-missing"]
    assert "The ID card takes about 4 weeks to come in the mail." in row.text
    assert says in row.text
    assert (full_day(case.documents_by - dt.timedelta(days=28)) in row.text) == says.endswith("by")
    Fact.objects.filter(key=guidance.STATE_ID_DAYS).update(value=42)
    assert "about 6 weeks" in guidance.by_topic(case, without)["paper"][1].text
    Fact.objects.filter(key=guidance.STATE_ID_DAYS).delete()
    assert "weeks" not in guidance.by_topic(case, without)["paper"][1].text


def test_no_advice_speaks_of_ranking_cities_as_something_ahead():
    """The same rows are shown before and after the placement, when nobody ranks or chooses a city any longer."""
    call_command("load_reference", verbosity=0)
    rows = Guidance.objects.all()
    assert rows.count() > 60
    ahead = re.compile(r"before you (rank|choose)|antes de (ordenar|elegir)", re.IGNORECASE)
    assert [row.key for row in rows if ahead.search(f"{row.text_en} {row.text_es}")] == []

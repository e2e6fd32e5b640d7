"""The public pages of cities: open to everybody, honest about uncertain facts, light."""

import datetime as dt
import gzip

import pytest
from django.urls import reverse

from exchange.models import Event, PartnerCity
from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_applications import CycleFactory
from tests.factories_travel import CityStandingFactory, EntryRuleFactory, TripFactory, in_days
from travel.office.reference import loading as reference

pytestmark = pytest.mark.django_db
BYTES = 40_000  # compressed, like the form's pages on a phone: the page with its map


def page_of(client, city, **headers):
    response = client.get(reverse("travel:city-detail", kwargs={"code": city.code}), headers=headers)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def city():
    return PartnerCityFactory(
        name_en="Hanoi",
        name_es="Hanói",
        day_en="Soup for breakfast.",
        day_es="Sopa en el desayuno.",
        links=[{"url": "https://vietnam.travel/", "title_en": "Travel site", "title_es": "Sitio de viajes"}],
    )


def test_page_tells_the_story_in_the_language_of_the_reader(client, city):
    english, spanish = page_of(client, city), page_of(client, city, accept_language="es")
    assert "Soup for breakfast." in english and "Travel site" in english
    assert "Sopa en el desayuno." in spanish and "Sitio de viajes" in spanish and "Hanói" in spanish


def test_map_is_part_of_the_page_and_the_page_stays_light(client, city):
    page = page_of(client, city)
    assert page.count("<svg") >= 1 and "Hanoi" in page[page.index("<svg xmlns") :]
    assert len(gzip.compress(page.encode())) < BYTES


def test_value_that_somebody_looked_up_is_shown_with_its_day(client, city):
    CityStandingFactory(city=city, value="level_2", as_of=dt.date(2026, 11, 1))
    page = page_of(client, city)
    assert "Level 2" in page and "November 1, 2026" in page


@pytest.mark.parametrize("why", [{"is_confirmed": False}, {"review_on": dt.date(2026, 1, 1)}])
def test_value_that_is_not_sure_sends_to_the_official_page(client, city, why):
    CityStandingFactory(city=city, value="level_2", **why)
    page = page_of(client, city)
    assert "Level 2" not in page
    assert "Check the official page" in page and 'href="https://travel.state.gov/"' in page


def test_entry_rule_past_its_day_shows_no_number(client, city):
    EntryRuleFactory(city=city, review_on=dt.date(2026, 1, 1))
    page = page_of(client, city)
    assert "25 USD" not in page and "Check the official page" in page
    assert "privately" in page  # a visitor with other papers is offered a private talk


def test_dates_are_those_of_open_cycles(client, city):
    now = TripFactory(city=city, leaves_on=in_days(100), requirements_en="A long flight", requirements_es="Vuelo")
    closed = TripFactory(city=city, host=now.host, cycle=CycleFactory(closed=True), program_en="Last year’s")
    hidden = TripFactory(city=city, host=now.host, cycle=CycleFactory(published_at=None), program_en="A secret")
    page = page_of(client, city)
    assert now.cycle.name in page and "A long flight" in page
    assert closed.program not in page and hidden.program not in page


def test_page_of_a_city_that_is_not_offered_stays(client, city):
    PartnerCity.objects.update(is_offered=False)
    assert "We don’t have a trip to this city right now." in page_of(client, city)


def test_list_puts_first_what_can_be_chosen_now(client):
    PartnerCityFactory(name_en="Aachen")
    TripFactory(city=PartnerCityFactory(name_en="Zagreb"))
    page = client.get(reverse("travel:city-list")).content.decode()
    assert page.index("Zagreb") < page.index("Aachen")


def test_cycle_and_form_lead_to_the_page(client, city):
    cycle = CycleFactory(ready=True)
    cycle.cities.add(city)
    assert (
        reverse("travel:city-detail", kwargs={"code": city.code})
        in client.get(cycle.get_absolute_url()).content.decode()
    )


def test_loading_the_files_again_leaves_the_words_of_the_office(client):
    reference.load()
    city = PartnerCity.objects.get(code="hanoi")
    city.story_en = "What the office wrote."
    city.save()
    Event.objects.create(
        action="partnercity.change",
        target_model="exchange.partnercity",
        target_id=city.pk,
        by=UserFactory(coordinator=True),
    )
    reference.load()
    assert PartnerCity.objects.get(code="hanoi").story_en == "What the office wrote."

"""The office's pages about partners: superseded standings, agreements and their papers, sponsors, duties."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.cycle.forms.setup import BasicsForm
from exchange.base.counting import counted
from exchange.base.errors import RuleViolation
from exchange.models import Event, PartnerCity
from exchange.reference import references
from tests.factories import FactFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import CycleFactory, application_facts
from tests.factories_travel import (
    AgreementFactory,
    BudgetLineFactory,
    CityStandingFactory,
    ContactFactory,
    EntryRuleFactory,
    HostInstitutionFactory,
    HostLinkFactory,
    SponsorFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from travel.models import Agreement, CityStanding, Contact, Contribution, HostInstitution, Sponsor
from travel.partners import partners
from travel.partners.actions import host
from travel.partners.actions import partner as actions

pytestmark = pytest.mark.django_db
SAID = {
    "value": "level_3",
    "as_of": dt.date(2026, 11, 1),
    "review_on": dt.date(2099, 1, 1),
    "source_name": "Department of State",
    "source_url": "https://travel.state.gov/",
    "is_confirmed": True,
}


@pytest.fixture
def coordinator():
    application_facts()
    travel_facts()
    return UserFactory(coordinator=True)


@pytest.fixture
def office(client, coordinator):
    client.force_login(coordinator)
    return client


def address(name, **arguments):
    return reverse(f"travel:{name}", kwargs=arguments)


def shown(page):
    """What the page's form would post as it was opened."""
    form = page.context["form"]
    values = {field.html_name: field.value() for field in form}
    return {name: value for name, value in values.items() if value not in (None, False)}


# --- Rows of the office -----------------------------------------------------------------------------


def rows_to_edit():
    trip, sponsor = TripFactory(), SponsorFactory()
    gift = Contribution.objects.create(sponsor=sponsor, kind="money", amount="10.50", trip=trip)
    city = PartnerCityFactory(links=[{"url": "https://a.example/", "title_en": "A", "title_es": "B"}])
    return {
        "partner-edit": (city, city.code, "name_en", "Kyoto"),
        "host-edit": (trip.host, trip.host.code, "address", "Main Street 1"),
        "contact-edit": (contact := ContactFactory(), contact.code, "duty", "rooms"),
        "leader": (leader := ContactFactory(host=None, trip=trip), leader.code, "duty", "nurse"),
        "agreement-edit": (agreement := AgreementFactory(), agreement.code, "we_give_es", "Vuelos"),
        "sponsor-edit": (sponsor, sponsor.code, "note", "Reports in January"),
        "contribution-edit": (gift, gift.code, "what", "Grant"),
        "budget-line-edit": (line := BudgetLineFactory(planned="99.90"), line.code, "title", "Buses"),
        "trip-edit": (trip, trip.code, "flight_in", "AM 641"),
    }


@pytest.mark.parametrize(
    "name",
    [
        *("partner-edit", "host-edit", "contact-edit", "leader", "agreement-edit", "sponsor-edit"),
        *("contribution-edit", "budget-line-edit", "trip-edit"),
    ],
)
def test_row_is_changed_from_what_its_page_showed_and_by_one_person_at_a_time(office, name):
    row, code, field, value = rows_to_edit()[name]
    url = address("contact-edit" if name == "leader" else name, code=code)
    page = office.get(url)

    first = office.post(url, shown(page) | {field: value})
    late = office.post(url, shown(page) | {field: "Something else"})

    assert first.status_code == 302, first.context["form"].errors
    assert late.status_code == 200 and late.context["form"].non_field_errors()
    row.refresh_from_db()
    assert getattr(row, field) == value
    again = office.post(url, shown(office.get(url)))  # saved without a change: no event
    assert again.status_code == 302
    assert Event.objects.filter(action=f"{row._meta.model_name}.change").count() == 1


@pytest.mark.parametrize(
    ("name", "model", "data"),
    [
        ("host-add", HostInstitution, {"name": "Open College"}),
        ("agreement-add", Agreement, {"title": "T", "signed_on": "2026-01-01", "we_give_en": "a", "they_give_en": "b"}),
    ],
)
def test_double_tap_adds_one_row(office, name, model, data):
    url = address(name, code=PartnerCityFactory().code)
    for _each in range(2):
        assert office.post(url, data).status_code == 302
    assert model.objects.count() == 1
    assert Event.objects.filter(action=f"{model._meta.model_name}.add").count() == 1


def test_double_tap_adds_one_sponsor_one_gift_one_cost(office):
    trip = TripFactory()
    for _each in range(2):
        office.post(address("sponsor-add"), {"name": "Fund"})
        gift = {"kind": "money", "amount": "5000", "towards": f"trip:{trip.code}"}
        office.post(address("contribution-add", code=Sponsor.objects.get().code), gift)
        office.post(address("budget-line-add", code=trip.code), {"title": "Flights", "planned": "10"})
    assert Contribution.objects.get().trip == trip
    assert trip.budget_lines.count() == 1


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"kind": "money", "towards": ""}, "towards"),
        ({"kind": "money"}, "amount"),
        ({"kind": "in_kind"}, "what"),
        ({"kind": "money", "amount": "-5"}, "amount"),
    ],
)
def test_gift_says_how_much_or_what_and_towards_what(office, data, field):
    cycle = CycleFactory()
    url = address("contribution-add", code=SponsorFactory().code)
    page = office.post(url, {"towards": f"cycle:{cycle.code}", **data})
    assert field in page.context["form"].errors
    assert not Contribution.objects.exists()


def test_same_name_twice_is_said_in_words(office):
    host = HostInstitutionFactory(name="Open College", address="A street")
    page = office.post(address("host-add", code=host.city.code), {"name": "Open College", "address": "Another"})
    assert "already has a host with this name" in str(page.context["form"].non_field_errors())
    SponsorFactory(name="Fund")
    page = office.post(address("sponsor-add"), {"name": "Fund", "note": "Another"})
    assert "already a sponsor with this name" in str(page.context["form"].non_field_errors())


def test_contact_belongs_to_one(coordinator):
    trip = TripFactory()
    for owners in ({}, {"host": trip.host, "trip": trip}, {"trip": trip, "candidate_for": trip}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Contact.objects.create(name="A", **owners)


def test_new_city_needs_both_languages_of_a_text(office):
    data = {
        **dict.fromkeys(("name_en", "name_es", "country_en", "country_es", "languages_en", "languages_es"), "Lyon"),
        **{"code": "lyon", "country_code": "fr", "airport_code": "lys", "latitude": "45.7", "longitude": "4.8"},
        **{"time_zone": "Europe/Paris"},
        **{"story_en": "Two rivers.", "story_es": "Dos ríos.", "day_en": "Early."},
    }
    page = office.post(address("partner-add"), data)
    assert list(page.context["form"].errors) == ["day_es"]

    office.post(address("partner-add"), data | {"day_es": "Temprano."})
    city = PartnerCity.objects.get(code="lyon")
    assert (city.country_code, city.airport_code, city.zone) == ("FR", "LYS", ZoneInfo("Europe/Paris"))


def test_time_zone_of_a_city_is_one_of_the_world(office):
    city = PartnerCityFactory()
    url = address("partner-edit", code=city.code)
    page = office.post(url, shown(office.get(url)) | {"time_zone": "Europe/Lyon"})
    assert "time_zone" in page.context["form"].errors
    assert PartnerCityFactory.build(time_zone="").zone is None


@pytest.mark.parametrize("line", ["https://a.example/", "javascript:alert(1) | A | B", "https://a.example/ | A | "])
def test_link_of_a_city_is_an_address_and_two_titles(office, line):
    city = PartnerCityFactory()
    url = address("partner-edit", code=city.code)
    page = office.post(url, shown(office.get(url)) | {"links": line})
    assert "links" in page.context["form"].errors


# --- Offered or not ---------------------------------------------------------------------------------


def test_city_that_is_switched_off_is_on_no_list_of_choices(office):
    city, cycle = PartnerCityFactory(name_en="Kyoto"), CycleFactory()
    office.post(address("partner-offer", code=city.code), {"to": "off"})
    office.post(address("partner-offer", code=city.code), {"to": "off"})

    assert city not in BasicsForm(cycle=cycle).fields["cities"].queryset
    office.logout()
    assert "Kyoto" not in office.get(reverse("travel:city-list")).content.decode()
    assert "Kyoto" not in office.get(reverse("home")).content.decode()
    assert Event.objects.filter(action="partner.offer").count() == 1


# --- Standings --------------------------------------------------------------------------------------


def test_standing_takes_the_place_of_the_one_before_which_stays(coordinator):
    city = PartnerCityFactory()
    old = CityStandingFactory(city=city, value="level_1", as_of=dt.date(2026, 5, 1))
    new = actions.record_standing(city, "advisory", SAID, by=coordinator)
    again = actions.record_standing(city, "advisory", SAID, by=coordinator)

    old.refresh_from_db()
    assert old.superseded_by == new == again
    assert list(CityStanding.objects.current()) == [new]
    assert Event.objects.get(action="partner.record_standing").changes["was"] == "level_1"


def test_standing_is_not_replaced_by_an_older_one(coordinator):
    city = CityStandingFactory(as_of=dt.date(2026, 11, 20)).city
    with pytest.raises(RuleViolation) as found:
        actions.record_standing(city, "advisory", SAID, by=coordinator)
    assert found.value.code == "older_than_current"


@pytest.mark.parametrize(("kind", "value"), [("advisory", "active"), ("sister", "level_1"), ("advisory", "level_9x")])
def test_standing_has_a_value_of_its_kind(kind, value):
    with pytest.raises(IntegrityError), transaction.atomic():
        CityStandingFactory(kind=kind, value="ended" if value == "level_9x" else value)


def test_next_look_comes_after_this_one(office):
    url = address("standing-record", code=PartnerCityFactory().code, kind="advisory")
    data = SAID | {"as_of": "2026-11-01", "review_on": "2026-11-01"}
    assert "review_on" in office.post(url, data).context["form"].errors
    assert office.get(address("standing-record", code=PartnerCityFactory().code, kind="weather")).status_code == 404


# --- Duties of the office ---------------------------------------------------------------------------


def test_pipeline_names_what_is_owed_to_partners(coordinator):
    link = HostLinkFactory()
    cycle = link.trip.cycle
    assert not counted(partners.owed_now(cycle, 30)).total()
    AgreementFactory(ends_in=20)
    FactFactory(review_on=in_days(-1))
    EntryRuleFactory(review_on=in_days(-1))
    CityStandingFactory(review_on=in_days(-1))
    host.propose(link, {1: "A day", 2: "Another"}, seen={}, language="en")

    assert counted(partners.owed_now(cycle, 30)) == {"agreements": 1, "references": 3, "programmes": 1}
    assert len(references.overdue()) == 3
    assert not counted(partners.owed_now(CycleFactory(), 30))["programmes"]


def test_lists_ask_the_same_for_one_and_for_many(office, django_assert_num_queries):
    def fill():
        city = PartnerCityFactory(is_sister_city=True)
        CityStandingFactory(city=city)
        AgreementFactory(city=city, host=HostInstitutionFactory(city=city))
        Contribution.objects.create(sponsor=SponsorFactory(), kind="money", amount=5, cycle=CycleFactory())
        FactFactory(review_on=in_days(-1))
        return city

    city = fill()
    urls = [
        address("partner-list"),
        address("sponsor-list"),
        reverse("travel:reference-list"),
        reverse("travel:city-list"),
    ]
    urls.append(address("partner-detail", code=city.code))
    counts = []
    for url in urls:
        with CaptureQueriesContext(connection) as captured:
            office.get(url)
        counts.append(len(captured))
    for _each in range(3):
        fill()
        ContactFactory(host=HostInstitutionFactory(city=city, name=f"Host {_each}"))
        AgreementFactory(city=city)
    for url, count in zip(urls, counts, strict=True):
        with django_assert_num_queries(count):
            office.get(url)
    assert max(counts) <= 15

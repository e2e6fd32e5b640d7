"""The office's rows about partners: standings that are superseded, agreements and their papers, sponsors, duties."""

import datetime as dt
import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from applications.forms.setup import BasicsForm
from applications.models import Upload
from exchange import antivirus
from exchange.errors import RuleViolation
from exchange.models import Event, Fact, Message, PartnerCity
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
from travel import partners
from travel.actions import agreement as agreements
from travel.actions import host
from travel.actions import partner as actions
from travel.models import Agreement, AgreementFile, CityStanding, Contact, Contribution, HostInstitution, Sponsor
from travel.views.agreement import link_to

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
    """What the form of a page would send back as it was opened."""
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
    again = office.post(url, shown(office.get(url)))  # saved as it is: nothing to write down
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
    assert "a host of this name" in str(page.context["form"].non_field_errors())
    SponsorFactory(name="Fund")
    page = office.post(address("sponsor-add"), {"name": "Fund", "note": "Another"})
    assert "a sponsor of this name" in str(page.context["form"].non_field_errors())


def test_contact_belongs_to_one(coordinator):
    trip = TripFactory()
    for owners in ({}, {"host": trip.host, "trip": trip}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Contact.objects.create(name="A", **owners)


def test_new_city_needs_both_languages_of_a_text(office):
    data = {
        **dict.fromkeys(("name_en", "name_es", "country_en", "country_es", "languages_en", "languages_es"), "Lyon"),
        **{"code": "lyon", "country_code": "fr", "airport_code": "lys", "latitude": "45.7", "longitude": "4.8"},
        **{"story_en": "Two rivers.", "story_es": "Dos ríos.", "day_en": "Early."},
    }
    page = office.post(address("partner-add"), data)
    assert list(page.context["form"].errors) == ["day_es"]

    office.post(address("partner-add"), data | {"day_es": "Temprano."})
    city = PartnerCity.objects.get(code="lyon")
    assert (city.country_code, city.airport_code) == ("FR", "LYS")


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


# --- Agreements -------------------------------------------------------------------------------------


def test_office_is_told_once_before_an_agreement_ends(coordinator):
    soon, far = AgreementFactory(ends_in=100), AgreementFactory(ends_in=121)
    AgreementFactory(ends_in=5, is_over=True)
    AgreementFactory(ends_on=None)

    assert [agreements.remind_due(), agreements.remind_due()] == [1, 0]
    message = Message.objects.get(template="travel/agreement_ends")
    assert message.recipient == coordinator and soon.code in message.body
    Fact.objects.filter(key="agreement.remind_days").update(value=130)
    assert agreements.remind_due() == 1
    far.refresh_from_db()
    assert far.reminded_at


def test_new_last_day_is_reminded_of_anew(coordinator):
    agreement = AgreementFactory(ends_in=10)
    agreements.remind_due()
    agreements.change(agreement, {"ends_on": in_days(90)}, seen="", by=coordinator)
    assert agreements.remind_due() == 1


def test_agreement_ends_after_it_was_signed(office):
    agreement = AgreementFactory()
    url = address("agreement-edit", code=agreement.code)
    page = office.post(url, shown(office.get(url)) | {"ends_on": "2020-01-01"})
    assert "ends_on" in page.context["form"].errors


def photo(kind="PNG"):
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(content, kind)
    return content.getvalue()


def send(office, agreement, content, name="signed.png"):
    url = address("agreement-edit", code=agreement.code)
    return office.post(url, shown(office.get(url)) | {"file": SimpleUploadedFile(name, content)})


def test_paper_is_cleaned_kept_apart_and_opened_by_a_short_link(
    office, coordinator, sign_in, django_capture_on_commit_callbacks
):
    agreement = AgreementFactory()
    content = photo() + b"hidden words"
    with django_capture_on_commit_callbacks(execute=True):
        send(office, agreement, content)
        send(office, agreement, content)  # the same once more

    paper = agreement.files.get()
    assert paper.state == Upload.State.KEPT
    leads_to = office.get(address("agreement-download", code=paper.code)).headers["Location"]
    answer = office.get(leads_to)
    kept = b"".join(answer.streaming_content)
    assert b"hidden words" not in kept and kept.startswith(b"\x89PNG")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert sign_in(UserFactory(coordinator=True)).get(leads_to).status_code == 404
    assert sign_in(UserFactory(advisor=True)).get(leads_to).status_code == 404
    assert Event.objects.filter(action="agreement.open_file", by=coordinator).count() == 1


def test_link_to_a_paper_ends_soon(office, coordinator, monkeypatch):
    agreement = AgreementFactory()
    paper = AgreementFile.objects.create(
        code="a" * 32,
        agreement=agreement,
        original_name="a.png",
        content_type="image/png",
        size=1,
        digest="d",
        uploaded_by=coordinator,
        state="kept",
        checked_at=timezone.now(),
    )
    url = reverse("travel:agreement-file", kwargs={"token": link_to(paper, coordinator)})
    Fact.objects.filter(key="upload.link_seconds").update(value=-1)
    assert office.get(url).status_code == 404


def test_paper_that_is_no_paper_is_refused_in_words(office):
    agreement = AgreementFactory()
    page = send(office, agreement, b"MZ this is a program", name="signed.pdf")
    assert "file" in page.context["form"].errors
    assert not AgreementFile.objects.exists()


def test_paper_with_a_virus_is_not_kept(office, monkeypatch, settings, django_capture_on_commit_callbacks):
    monkeypatch.setattr(antivirus, "is_configured", lambda: True)
    monkeypatch.setattr(antivirus, "scan", lambda content: "Eicar")
    with django_capture_on_commit_callbacks(execute=True):
        send(office, AgreementFactory(), photo())
    paper = AgreementFile.objects.get()
    assert (paper.state, paper.refused_because, paper.file.name) == ("refused", "infected", "")
    assert office.get(address("agreement-download", code=paper.code)).status_code == 404


def test_paper_that_is_removed_leaves_no_file(office, django_capture_on_commit_callbacks):
    agreement = AgreementFactory()
    with django_capture_on_commit_callbacks(execute=True):
        send(office, agreement, photo())
    paper = agreement.files.get()
    name = paper.file.name
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        office.post(address("agreement-file-remove", code=paper.code))
    assert not default_storage.exists(name)


def test_paper_whose_task_was_lost_is_checked_after_all(office, django_capture_on_commit_callbacks):
    send(office, AgreementFactory(), photo())
    AgreementFile.objects.update(uploaded_at=timezone.now() - dt.timedelta(hours=1))
    assert agreements.look_after_files() == 1
    assert AgreementFile.objects.get().state == Upload.State.KEPT


# --- What is owed -----------------------------------------------------------------------------------


def test_pipeline_names_what_is_owed_to_partners(coordinator):
    assert partners.duties(by=coordinator) == []
    AgreementFactory(ends_in=20)
    FactFactory(review_on=in_days(-1))
    EntryRuleFactory(review_on=in_days(-1))
    CityStandingFactory(review_on=in_days(-1))
    link = HostLinkFactory()
    host.propose(link, {1: "A day", 2: "Another"}, seen={}, language="en")

    found = {duty.key: duty.count for duty in partners.duties(by=coordinator)}

    assert found == {"agreements": 1, "references": 3, "programmes": 1}
    assert len(partners.reference_due(may_open_admin=False)) == 3


def test_lists_ask_the_same_for_one_and_for_many(office, django_assert_num_queries):
    def fill():
        city = PartnerCityFactory(is_sister_city=True)
        CityStandingFactory(city=city)
        AgreementFactory(city=city, host=HostInstitutionFactory(city=city))
        Contribution.objects.create(sponsor=SponsorFactory(), kind="money", amount=5, cycle=CycleFactory())
        FactFactory(review_on=in_days(-1))
        return city

    city = fill()
    urls = [address("partner-list"), address("sponsor-list"), address("reference-due"), reverse("travel:city-list")]
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
    assert max(counts) <= 12

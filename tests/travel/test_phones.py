"""Every phone number is stored with its country, and every link that calls one begins with +; 112 is the exception."""

import re

import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st
from phonenumber_field.modelfields import PhoneNumberField

from exchange.base.phones import ShortNumber, href, readable
from exchange.messages.phone_numbers import PhoneField
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_counters import FacilityFactory
from tests.factories_travel import (
    ContactFactory,
    HelpNumberFactory,
    InsurancePolicyFactory,
    LocalCardFactory,
    PlacementFactory,
    TripFactory,
    travel_facts,
)
from travel.abroad.actions import check_in as check_ins
from travel.abroad.actions import link as links
from travel.abroad.forms import HelpNumberForm
from travel.models import CheckIn, FamilyLink, HelpNumber
from travel.partners.forms.partner import ContactForm
from travel.placement.documents import family_letter
from travel.prepare.family import actions as family

ROOT = settings.BASE_DIR
OURS = ("exchange", "applications", "travel")
# What somebody typed into a draft is theirs, and is read when it is used; 112 has no country (HelpNumber.dialed).
TYPED = {"applications.Recommendation.referee_phone", "travel.HelpNumber.phone"}
LINK = re.compile(r'href="tel:([^"]*)"')


# --- everywhere -----------------------------------------------------------------------------------------


def test_every_stored_phone_number_is_of_one_field():
    found = {
        f"{model._meta.label}.{field.name}": field
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if re.search(r"(^|_)phone$", field.name)
    }
    assert len(found) > 10
    assert {name for name, field in found.items() if not isinstance(field, PhoneNumberField)} == TYPED
    assert settings.PHONENUMBER_DEFAULT_REGION is None  # so that no field takes a number for one from here


def test_every_link_that_calls_comes_from_the_filter():
    """Templates and code: `tel:` is written in one place, and nothing else makes a link of a number."""
    files = [each for package in (*OURS, "templates") for each in (ROOT / package).rglob("*.*")]
    files = [each for each in files if each.suffix in (".html", ".txt", ".py", ".js")]
    assert len(files) > 1000
    written = {
        str(each.relative_to(ROOT))
        for each in files
        if re.search(r"""["'(]tel:|as_rfc3966|urlencode:'\\+'""", each.read_text())
    }
    assert written == {"exchange/base/phones.py"}
    short = {str(each.relative_to(ROOT)) for each in files if "ShortNumber(" in each.read_text()}
    assert short == {"exchange/base/phones.py", "travel/models/trip_card.py"}  # of the kinds of an emergency alone


@given(st.text(max_size=20) | st.from_regex(r"\A\+?[0-9 ()-]{2,16}\Z"))
def test_a_link_begins_with_the_country_or_there_is_none(typed):
    assert href(typed) == "" or re.fullmatch(r"tel:\+[0-9]+", href(typed))
    if not href(typed):
        assert readable(typed) == typed  # nothing is lost


@pytest.mark.parametrize(
    ("number", "link", "shown"),
    [
        ("+12135550172", "tel:+12135550172", "+1 213-555-0172"),
        ("+30 21 0555 0142", "tel:+302105550142", "+30 21 0555 0142"),
        ("213 555 0172", "", "213 555 0172"),
        (ShortNumber("112"), "tel:112", "112"),
        ("112", "", "112"),
        ("", "", ""),
        (None, "", ""),
    ],
)
def test_numbers_are_linked_and_shown(number, link, shown):
    assert (href(number), readable(number)) == (link, shown)


# --- pages, messages and documents ----------------------------------------------------------------------


@pytest.fixture
def away(db, settings):
    """A traveler abroad, with every number that a page can show."""
    settings.OFFICE_PHONE = "(213) 555-0148"
    application_facts()
    travel_facts()
    placement = PlacementFactory(trip=TripFactory(departed=True), checklist=True)
    trip, student = placement.trip, placement.application.student
    student.phone, student.phone_verified_at = "+1 213 555 0101", timezone.now()
    student.save()
    ContactFactory(host=None, trip=trip, name="Leilani", phone="+1 213 555 0172")
    HelpNumberFactory(city=trip.city, kind="emergency", phone="112", is_confirmed=True)
    HelpNumberFactory(
        city=trip.city, kind="embassy", phone="+302105550190", name_en="Embassy", name_es="Embajada", is_confirmed=True
    )
    InsurancePolicyFactory(trip=trip, phone="+1 213 555 0188")
    LocalCardFactory(trip=trip, phone="+302105550142")
    FacilityFactory(colleges=[placement.application.college])
    return placement


def pages(placement):
    """(who opens it, address); None: anyone with the link."""
    code, trip, application = placement.code, placement.trip.code, placement.application
    student, office = application.student, UserFactory(coordinator=True)
    card = links.make(placement, by=student)
    shared = family.make(
        placement,
        label="Mom",
        language="es",
        parts=[part.value for part in FamilyLink.Part],
        ends_on=None,
        by=student,
    )
    why = {"why_en": "Our daily roll call.", "why_es": "Nuestro pase de lista."}
    check_in = check_ins.start([placement], kind=CheckIn.Kind.ROLL_CALL, by=office, **why)
    yield None, reverse("travel:abroad-card", args=[card.link])
    yield None, reverse("travel:check-in-answer", args=[check_in.people.get().link])
    yield None, reverse("travel:family-page", args=[shared.link])
    for name, key in (("passport-detail", application.code), ("checklist-detail", code), ("placement-detail", code)):
        yield student, reverse(f"travel:{name}", args=[key])
    for name in ("contact", "travel:facility-list", "travel:journey"):
        yield student, reverse(name)
    for name, key in (
        ("check-in", check_in.code),
        ("trip-card", trip),
        ("trip-detail", trip),
        ("trip-travelers", trip),
        ("trip-insurance", trip),
        ("roster", trip),
        ("checklist-detail", code),
    ):
        yield office, reverse(f"travel:{name}", args=[key])
    yield office, reverse("travel:facility-list")
    yield office, reverse("person-detail", args=[student.code])


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_number_is_called_with_its_country_on_every_page_of_a_trip(away, sign_in, language):
    found = {}
    for person, address in pages(away):
        client = Client()
        if person:
            person.language = language
            person.save()
            client = sign_in(person)
        response = client.get(address, follow=True)
        assert response.status_code == 200, address
        found[address] = set(LINK.findall(response.text))
    emergency = set(HelpNumber.objects.filter(kind__in=HelpNumber.URGENT).values_list("phone", flat=True))
    numbers = set().union(*found.values())
    assert {number for number in numbers if not number.startswith("+")} == emergency == {"112"}
    assert numbers >= {"+12135550172", "+302105550190", "+12135550188", "+302105550142", "+12135550148"}
    assert numbers >= {"+12135550101", "+18185550100"}
    assert sum(1 for each in found.values() if each) >= 10


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_letter_has_numbers_that_a_family_elsewhere_can_call(away, language):
    shown = re.findall(r"[+(]?[0-9][0-9() -]{8,}[0-9]", family_letter(away, language))
    phones = [each for each in shown if "555" in each]
    assert "+1 213-555-0172" in phones and "+1 213-555-0148" in phones
    assert all(each.startswith("+") for each in phones)


# --- bad input ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "message"),
    [("en", "Start with + and the country code"), ("es", "Empiece con + y el código del país")],
)
def test_a_number_without_a_country_is_refused_kindly_and_kept_on_the_form(language, message):
    with translation.override(language):
        form = ContactForm({"name": "Eleni", "phone": "210 555 0142", "language": "en"}, owner="host")
        assert not form.is_valid()
        assert message in str(form.errors["phone"])
        assert 'value="210 555 0142"' in str(form["phone"])


@pytest.mark.parametrize("typed", ["+1 213", "+1 818 555 0100 ext. 4", "+999 1234567"])
def test_a_number_that_cannot_be_one_is_refused(typed):
    with pytest.raises(forms.ValidationError) as caught:
        PhoneField(needs_country=True).clean(typed)
    assert caught.value.code == "with_country"


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("emergency", "112", "112"),
        ("ambulance", "1669", "1669"),
        ("police", "+30 21 0555 0142", "+302105550142"),
        ("police", "210 555 0142", None),
        ("clinic", "1535", None),
        ("embassy", "+30 21 0555 0142", "+302105550142"),
    ],
)
def test_only_emergency_services_have_a_short_number(kind, typed, kept):
    said = {"kind": kind, "phone": typed, "name_en": "A", "name_es": "B", "as_of": "2026-11-01"}
    form = HelpNumberForm(said | {"review_on": "2099-01-01", "source_name": "Its page"})
    assert form.is_valid() == (kept is not None), form.errors
    if kept:
        assert form.cleaned_data["phone"] == kept
    else:
        assert set(form.errors) == {"phone"}

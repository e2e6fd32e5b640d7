"""Who may lead a group: proof that the office saw, what they sign, and nobody assigned without both."""

import datetime as dt
import re

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_travel import ContactFactory, FormTextFactory, TripFactory, travel_facts
from travel.models import Clearance, Contact, SigningLink
from travel.partners.actions import partner
from travel.prepare.clearance import actions
from travel.prepare.clearance.lacking import cleared
from travel.prepare.signing import actions as signing
from travel.prepare.signing.actions import Signature

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture(autouse=True)
def facts(db):
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def trip():
    """With the two forms that its leaders sign."""
    trip = TripFactory()
    for key in ("leader-conduct", "leader-duties"):
        FormTextFactory(cycle=trip.cycle, key=key, signer="leader", title_en=key)
    return trip


@pytest.fixture
def candidate(trip, office):
    values = {"name": "Pilar Arriaga", "duty": "", "email": "pilar@example.org", "phone": "", "language": "es"}
    return partner.add_contact("trip", trip, values | {"user": None}, by=office)


def prove(contact, office, *, days_ago=10):
    for kind in Clearance.Kind:
        actions.record(contact, kind, TODAY() - dt.timedelta(days=days_ago), by=office)


def sign_all(contact, office):
    link = actions.ask_to_sign(contact, by=office)
    for form in cleared(contact).forms:
        signing.sign_as_contact(link, form.text.key, Signature(form.text.code, "es", contact.name))
    return link


def test_nobody_leads_a_trip_before_everything_was_seen_and_signed(candidate, trip, office):
    assert not trip.leaders.exists()
    for prepare in (lambda: None, lambda: prove(candidate, office)):
        prepare()
        with pytest.raises(RuleViolation) as caught:
            actions.assign(candidate, by=office)
        assert caught.value.code == "not_cleared"
    sign_all(candidate, office)

    actions.assign(candidate, by=office)
    actions.assign(candidate, by=office)  # a double tap

    assert list(trip.leaders.all()) == [candidate] and not trip.leader_candidates.exists()
    assert Event.objects.filter(action="leader.assign").count() == 1


@pytest.mark.parametrize("kind", list(Clearance.Kind))
def test_proof_that_ends_before_the_group_is_home_is_not_enough(candidate, trip, office, kind):
    prove(candidate, office)
    sign_all(candidate, office)
    last = trip.returns_on - dt.timedelta(days=365)
    Clearance.objects.filter(kind=kind).update(done_on=last - dt.timedelta(days=1))
    assert not cleared(candidate).is_complete

    Clearance.objects.filter(kind=kind).update(done_on=last)

    assert cleared(candidate).is_complete


def test_without_published_forms_nobody_is_complete(candidate, trip, office):
    trip.cycle.form_texts.all().delete()
    prove(candidate, office)
    assert not cleared(candidate).is_complete
    with pytest.raises(RuleViolation) as caught:
        actions.ask_to_sign(candidate, by=office)
    assert caught.value.code == "nothing_to_sign"


def test_proof_names_who_saw_it_and_the_newest_replaces(candidate, office):
    other = UserFactory(coordinator=True)
    actions.record(candidate, "check", TODAY() - dt.timedelta(days=300), by=office)
    first = Clearance.objects.get()
    assert actions.record(candidate, "check", first.done_on, by=other).seen_by == office  # nothing new was seen
    actions.record(candidate, "check", TODAY(), by=other)

    row = Clearance.objects.get()
    assert (row.done_on, row.seen_by) == (TODAY(), other)
    with pytest.raises(RuleViolation) as caught:
        actions.record(candidate, "check", TODAY() + dt.timedelta(days=1), by=office)
    assert caught.value.code == "in_future"
    with pytest.raises(IntegrityError), transaction.atomic():
        Clearance.objects.create(contact=candidate, kind="check", done_on=TODAY(), seen_by=office)


def test_link_goes_out_in_their_language_once_an_hour(candidate, office):
    first = actions.ask_to_sign(candidate, by=office)
    actions.ask_to_sign(candidate, by=office)
    sent = Message.objects.filter(template="travel/contact_signs")
    assert sent.count() == 1 and sent.get().language == "es" and first.link in sent.get().body

    SigningLink.objects.update(expires_at=timezone.now() - dt.timedelta(days=1), sent_at=None)
    again = actions.ask_to_sign(candidate, by=office)

    assert again.token != first.token and again.is_open and sent.count() == 2
    Contact.objects.update(email="", phone="")
    with pytest.raises(RuleViolation) as caught:
        actions.ask_to_sign(candidate, by=office)
    assert caught.value.code == "no_address"


def test_candidate_signs_on_the_page_behind_the_link(candidate, trip, office):
    link = actions.ask_to_sign(candidate, by=office)
    text = trip.cycle.form_texts.get(key="leader-conduct")
    page = reverse("travel:signing-form", args=[link.link, text.key])
    guest = Client()
    assert "leader-conduct" in guest.get(reverse("travel:signing-list", args=[link.link])).text

    guest.post(page, {"seen": text.code, "language": "es", "has_read": "on", "typed_name": candidate.name})

    assert [form.text.key for form in cleared(candidate).unsigned] == ["leader-duties"]


def test_office_works_on_the_pages_from_a_new_name_to_the_trip(client, trip, office):
    client.force_login(office)
    given = {"name": "Walter Duong", "email": "walter@example.org", "language": "en"}
    client.post(reverse("travel:contact-add", args=["trip", trip.code]), given)
    candidate = Contact.objects.get(name="Walter Duong")
    page, leaders = reverse("travel:clearance", args=[candidate.code]), reverse("travel:trip-leaders", args=[trip.code])
    assert candidate.candidate_for == trip and "Walter Duong" in client.get(leaders).text
    for kind in Clearance.Kind:
        client.post(page, {"kind": kind.value, f"{kind.value}-done_on": TODAY().isoformat()})
    wrong = client.post(page, {"kind": "check", "check-done_on": "soon"})
    assert wrong.status_code == 200 and Clearance.objects.count() == 2
    refused = client.post(reverse("travel:leader-assign", args=[candidate.code]), follow=True)
    assert "Something is still missing" in refused.text
    sign_all(candidate, office)

    client.post(reverse("travel:leader-assign", args=[candidate.code]))
    assert list(trip.leaders.all()) == [candidate]
    client.post(reverse("travel:clearance-take-back", args=[candidate.code, "check"]))
    assert "Something is missing" in client.get(page).text and trip.leaders.exists()
    client.post(reverse("travel:leader-take-off", args=[candidate.code]))

    assert not trip.leaders.exists() and list(trip.leader_candidates.all()) == [candidate]


def test_undo_of_proof_that_was_recorded_anew_meanwhile_leaves_it(client, candidate, office):
    client.force_login(office)
    page = reverse("travel:clearance", args=[candidate.code])
    undo = reverse("travel:clearance-take-back", args=[candidate.code, "check"])
    colleague = UserFactory(coordinator=True)
    actions.record(candidate, "check", TODAY() - dt.timedelta(days=9), by=office)
    old = seen_on(client, page)
    actions.take_back(candidate, "check", by=colleague)
    assert "so nothing was changed" not in client.post(undo, {"seen": old}, follow=True).text
    actions.record(candidate, "check", TODAY() - dt.timedelta(days=9), by=colleague)

    assert "so nothing was changed" in client.post(undo, {"seen": old}, follow=True).text
    assert Clearance.objects.get().seen_by == colleague
    client.post(undo, {"seen": seen_on(client, page)})
    assert not Clearance.objects.exists()
    assert client.post(reverse("travel:clearance-take-back", args=[candidate.code, "other"])).status_code == 404


def seen_on(client, page):
    return re.search('name="seen" value="([0-9a-f]+)"', client.get(page).text)[1]


def test_somebody_who_leads_the_trip_is_not_added_twice(trip, office):
    account = UserFactory(advisor=True)
    ContactFactory(host=None, trip=trip, user=account)
    values = {"name": account.full_name, "duty": "", "email": account.email, "phone": "", "language": "en"}
    with pytest.raises(RuleViolation) as caught:
        partner.add_contact("trip", trip, values | {"user": account}, by=office)
    assert caught.value.code == "leads_already"


def test_hosts_sign_and_are_seen_too_but_lead_nothing(client, office):
    trip = TripFactory()
    FormTextFactory(cycle=trip.cycle, key="host-conduct", signer="host")
    host = ContactFactory(host=trip.host)
    prove(host, office)
    sign_all(host, office)
    client.force_login(office)

    page = client.get(reverse("travel:clearance", args=[host.code])).text

    assert cleared(host).is_complete and "Assign to the trip" not in page
    with pytest.raises(RuleViolation) as caught:
        actions.assign(host, by=office)
    assert caught.value.code == "not_a_candidate"

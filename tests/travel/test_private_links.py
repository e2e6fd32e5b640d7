"""Every declared purpose of private links, one by one; a new one is found by itself, as is a token without one."""

import datetime as dt
import html
import inspect
import re
from operator import attrgetter
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exchange.base import links as signatures
from exchange.guests import links, working
from exchange.models.private_link import DECLARED, UNKNOWN, LinkRow, LinkState, PrivateLink, Purpose, end_of
from tests.alumni import agreed
from tests.factories import UserFactory
from tests.factories_applications import RecommendationFactory
from tests.factories_travel import ContactFactory, PlacementFactory, SigningLinkFactory, TripFactory, travel_facts
from travel.abroad.actions import leader_link
from travel.abroad.actions import link as abroad_link
from travel.models import CheckIn, CheckInPerson, Trip
from travel.partners.actions import host
from travel.prepare.calendar import actions as calendar
from travel.prepare.family import actions as family

pytestmark = pytest.mark.django_db
SOURCES = [path for app in ("exchange", "applications", "travel") for path in (settings.BASE_DIR / app).rglob("*.py")]


@pytest.fixture(autouse=True)
def facts(db):
    travel_facts()


# Whole addresses of pages that do more than open something: one signs its owner in, the other takes them off a list
OF_THEIR_OWN = {"exchange.Invitation", "applications.Interest"}
NO_LINKS = {"travel.Certificate": "the credential itself, which its owner downloads"}


def soon():
    return TripFactory(
        leaves_on=timezone.localdate() + dt.timedelta(days=1), returns_on=timezone.localdate() + dt.timedelta(days=11)
    )


def of_traveler():
    placement = PlacementFactory(trip=soon())
    return abroad_link.make(placement, by=placement.application.student)


def of_family():
    placement = PlacementFactory(trip=soon())
    given = {"label": "Mom", "language": "en", "parts": ["dates"], "ends_on": None}
    return family.make(placement, **given, by=placement.application.student)


def of_host():
    trip = soon()
    return host.send(trip, ContactFactory(host=trip.host), by=UserFactory(coordinator=True))


def of_leader():
    contact = ContactFactory(host=None, trip=soon(), phone="+1 213 555 0111")
    return leader_link.make(contact, by=UserFactory(coordinator=True))


def of_guardian():
    placement = PlacementFactory(trip=soon())
    return SigningLinkFactory(placement=placement, expires_at=end_of(placement.trip.leaves_on))


def of_student():
    return calendar.make(UserFactory())


def of_alumna():
    return agreed(PlacementFactory(trip=soon()))


def of_check_in():
    placement = PlacementFactory(trip=soon())
    by = UserFactory(coordinator=True)
    check_in = CheckIn.objects.create(kind="drill", why_en="A drill", why_es="Un simulacro", started_by=by)
    return CheckInPerson.objects.create(check_in=check_in, placement=placement)


def of_referee():
    return RecommendationFactory(asked=True, application__submitted=True)


MADE = {
    "applications.recommendation": of_referee,
    "travel.alumni": of_alumna,
    "travel.calendar": of_student,
    "travel.check_in": of_check_in,
    "travel.abroad": of_traveler,
    "travel.family": of_family,
    "travel.host": of_host,
    "travel.leader": of_leader,
    "travel.signing": of_guardian,
}
PURPOSES = sorted(name for name, (purpose, model) in DECLARED.models.items() if purpose is model.PURPOSE)
ROWS = [name for name in PURPOSES if issubclass(DECLARED.models[name][1], LinkRow)]
OF_A_TRIP = [name for name in ROWS if name not in ("travel.signing", "travel.calendar")]


def trip_of(link):
    return getattr(link, "trip", None) or link.placement.trip


def status(link, address=None):
    return Client().get(reverse(link.PURPOSE.route, args=[address or link.link])).status_code


def everything():
    return {model: list(model._base_manager.order_by("pk").values()) for _purpose, model in DECLARED.all()}


def test_each_purpose_is_tried_here():
    assert set(MADE) == set(PURPOSES)


def test_a_column_with_a_token_belongs_to_a_declared_purpose():
    names = ("token", "digest", "key_hash", "link_key")
    found = {
        model._meta.label
        for model in apps.get_models()
        if any(each.name in names and each.get_internal_type() == "CharField" for each in model._meta.fields)
        and any(each.unique and each.name in names for each in model._meta.fields)
    }
    declared = {model._meta.label for _purpose, model in DECLARED.all()}
    assert declared <= found and found - declared - set(NO_LINKS) == OF_THEIR_OWN
    assert not declared & OF_THEIR_OWN


def test_an_address_that_is_signed_is_declared_or_says_why_not():
    """Not what `signing.dumps` seals for whoever is signed in."""
    signed = {path for path in SOURCES if re.search(r"\blinks\.sign\(|\b(Timestamp)?Signer\(\w*=", path.read_text())}
    mechanism = {Path(inspect.getfile(each)) for each in (signatures, PrivateLink)}
    others = signed - mechanism - {Path(inspect.getfile(model)) for _purpose, model in DECLARED.all()}
    assert [path for path in others if "no declared private link" not in path.read_text().lower()] == []
    assert len(others) == 5


@pytest.mark.parametrize("name", PURPOSES)
def test_it_works_until_its_end_and_then_says_so_and_writes_nothing(name, time_machine):
    link = MADE[name]()
    before = everything()
    assert status(link) in (200, 302) and everything() == before

    time_machine.move_to(link.ends_at + dt.timedelta(seconds=1))
    answer = Client().post(link.href)

    title, text = link.PURPOSE.ended["expired"]
    assert answer.status_code == 410 and str(title) in answer.text and str(text) in answer.text
    assert everything() == before


def listed():
    return {(link.PURPOSE.name, link.pk) for link in working.rows(working.working())}


def office():
    return UserFactory(coordinator=True)


WITHDRAWN = {"status": lambda: "withdrawn", "withdrawn_at": timezone.now}
CANCELED = {"closed_at": timezone.now, "closed_by": office, "closed_reason": lambda: "Storm"}
ENDED = {"stopped_at": timezone.now, "stopped_by": office}
# what keeps a link from opening, by purpose: on which row, and how it's written there
SHUT = [
    *((name, "placement.application", WITHDRAWN) for name in ("travel.abroad", "travel.family", "travel.signing")),
    *((name, "placement.trip", CANCELED) for name in ("travel.abroad", "travel.family", "travel.signing")),
    *((name, "trip", CANCELED) for name in ("travel.host", "travel.leader")),
    *((name, "", ENDED) for name in ROWS if name != "travel.calendar"),
    ("travel.signing", "placement.trip", {"departed_at": timezone.now}),
    ("travel.signing", "", {"email": str, "phone": str}),
    ("travel.host", "contact", {"host": lambda: TripFactory().host}),
    ("travel.leader", "contact", {"trip": TripFactory}),
    ("travel.calendar", "", {"stopped_at": timezone.now}),
    ("travel.calendar", "user", {"is_active": bool}),
    ("travel.alumni", "", {"ended_at": timezone.now, "ended_how": lambda: "page"}),
    ("applications.recommendation", "", {"received_at": timezone.now, "letter": lambda: "She will do well."}),
    ("applications.recommendation", "", {"refused": lambda: "declined", "refused_at": timezone.now}),
    ("applications.recommendation", "", {"requested_at": lambda: None}),
    ("applications.recommendation", "application", {"status": lambda: "not_selected"}),
]


@pytest.mark.parametrize("name", PURPOSES)
def test_the_office_finds_each_link_that_works_with_who_has_it(name, sign_in):
    link = MADE[name]()
    page = sign_in(UserFactory(coordinator=True)).get(reverse("people"), {"state": "links", "kind": name})
    assert [each.pk for each in page.context["rows"]] == [link.pk]
    assert (
        html.escape(link.holder) in page.text and str(link.PURPOSE.opens) in page.text and link.token not in page.text
    )
    if link.ended_on_page:
        assert page.client.get(link.ended_on_page).status_code == 200 and link.ended_on_page in page.text


@pytest.mark.parametrize(("name", "path", "changes"), SHUT)
def test_the_office_finds_those_that_open_something_and_no_other(name, path, changes):
    link = MADE[name]()
    assert listed() == {(name, link.pk)}
    row = attrgetter(path)(link) if path else link
    type(row)._base_manager.filter(pk=row.pk).update(**{field: make() for field, make in changes.items()})
    found = type(link)._default_manager.get(pk=link.pk)
    works = found.opens or found.link_state == LinkState.EARLY
    assert listed() == ({(name, link.pk)} if works else set())


@pytest.mark.parametrize("name", PURPOSES)
def test_the_office_finds_none_after_its_last_moment(name, time_machine):
    link = MADE[name]()
    time_machine.move_to(link.ends_at)
    assert listed() == set()


@pytest.mark.parametrize("name", ROWS)
def test_ended_or_replaced_it_opens_nothing_and_twice_is_once(name):
    link, office = MADE[name](), UserFactory(coordinator=True)
    former = link.link
    assert links.stop(link, "test.end", link, by=office) and not links.stop(link, "test.end", link, by=office)
    link.refresh_from_db()
    assert (link.stopped_by, status(link)) == (office if name != "travel.calendar" else None, 410)

    links.issue(link, "test.make", link, by=office)

    assert status(link) in (200, 302) and status(link, former) == 404
    with pytest.raises(links.RuleViolation, match="no longer works"):
        links.locked(type(link)(pk=link.pk, token="another"))


@pytest.mark.parametrize("name", PURPOSES)
def test_no_stored_value_and_no_link_of_another_purpose_opens_it(name):
    link = MADE[name]()
    stored = [str(value) for value in type(link).objects.values().get().values() if value]
    others = [signatures.sign(other, link.token) for other in DECLARED.models if other != name]
    assert {status(link, address) for address in [*others, f"{link.token}.x"]} == {404}
    # a leader's page takes what has no signature for the code of a trip, and asks to sign in
    bare = Client().get(reverse(link.PURPOSE.route, args=[link.token]))
    assert bare.status_code == 404 or bare["Location"].startswith(reverse("account_login"))
    assert link.link not in stored


@pytest.mark.parametrize("name", OF_A_TRIP)
@pytest.mark.parametrize("days", [30, -5])
def test_its_end_follows_the_dates_of_its_trip(name, days):
    link = MADE[name]()
    trip, before = trip_of(link), link.expires_at
    Trip.objects.filter(pk=trip.pk).update(returns_on=trip.returns_on + dt.timedelta(days=days))

    links.follow(Trip.objects.get(pk=trip.pk))

    link.refresh_from_db()
    there, was = (timezone.localdate(moment) for moment in (link.expires_at, before))
    assert there - was == dt.timedelta(days=days)


@pytest.mark.parametrize(("leaves_in", "ends_in"), [(5, 5), (60, 30)])
def test_a_guardians_ends_some_days_after_it_was_sent_but_not_after_the_departure(leaves_in, ends_in):
    link, today = of_guardian(), timezone.localdate()
    trip = link.placement.trip
    trip.leaves_on, trip.returns_on = (today + dt.timedelta(days=leaves_in + away) for away in (0, 10))
    trip.save()

    links.follow(trip)

    link.refresh_from_db()
    assert timezone.localdate(link.expires_at) == today + dt.timedelta(days=ends_in)


@pytest.mark.parametrize("name", ROWS)
def test_a_changed_number_of_days_moves_the_end(name):
    link = MADE[name]()
    before = link.expires_at
    for key in link.PURPOSE.facts:
        type(link)._default_manager.update(expires_at=before - dt.timedelta(days=1))
        links.follow_fact(key, None)
        assert type(link)._default_manager.get().expires_at == before


@pytest.mark.parametrize("name", PURPOSES)
def test_there_are_words_for_each_end(name):
    purpose, _model = DECLARED.models[name]
    assert {UNKNOWN, "expired"} | ({"stopped"} if name in ROWS else set()) <= set(purpose.ended)


GOOD = {
    "name": "test.x",
    "opens": "a page",
    "route": "x",
    "ended": {UNKNOWN: ("Title", "Text"), "expired": ("Title", "Text")},
}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"opens": ""}, "opens"),
        ({"ended": {}}, "expired"),
        ({"follows": "trip"}, "ends"),
        ({"facts": ("some.days",)}, "ends"),
        ({"replaced": "stopped"}, "stopped"),
        ({"name": "travel.host"}, "declared twice"),
    ],
)
def test_a_declaration_that_cannot_be_right_stops_the_start_with_its_name(wrong, said):
    model = type("SomeLink", (), {"PURPOSE": Purpose(**GOOD | wrong), "__module__": "somewhere"})
    with pytest.raises(ImproperlyConfigured, match="somewhere.SomeLink") as caught:
        DECLARED.add(model)
    assert said in str(caught.value) and "test.x" not in DECLARED.models


def test_a_model_without_a_purpose_stops_the_start():
    with pytest.raises(ImproperlyConfigured, match="declare its PURPOSE"):
        DECLARED.add(type("SomeLink", (), {}))

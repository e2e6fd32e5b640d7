"""The host's private link: what it shows, what it never shows, what it accepts, and every way to misuse it."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from applications.models import Application
from exchange.base import links
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_travel import (
    ContactFactory,
    HostInstitutionFactory,
    HostLinkFactory,
    PlacementFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from tests.itineraries import line, publish
from travel.base import actions as rows
from travel.base.legs import Kind
from travel.models import HostLink, Room, RoomPlan, RoomSeat, Trip, TripDay
from travel.partners.actions import host as actions
from travel.partners.programme import shown_days
from travel.prepare.itinerary import actions as itinerary

pytestmark = pytest.mark.django_db
PAGES = ("arrivals", "programme", "rooms")


@pytest.fixture
def coordinator():
    travel_facts()
    return UserFactory(coordinator=True)


@pytest.fixture
def link(coordinator):
    return HostLinkFactory(trip__leaves_on=in_days(60), trip__returns_on=in_days(64), contact__language="es")


def address(page, token):
    return reverse(f"travel:host-{page}", kwargs={"token": token})


def rows_now():
    return (list(HostLink.objects.values()), list(TripDay.objects.values()), list(Trip.objects.values()))


# --- What it shows ----------------------------------------------------------------------------------


def test_page_has_dates_and_numbers_and_no_names(client, link):
    Trip.objects.update(flight_in="AM 641, 17:40")
    for language in ("en", "es", "es"):
        PlacementFactory(
            trip=link.trip, application__student=UserFactory(full_name="Marisol Reyes Ortega", language=language)
        )
    ContactFactory(host=None, trip=link.trip, name="Pilar Arriaga")

    page = client.get(address("arrivals", link.link)).content.decode()

    assert "AM 641, 17:40" in page
    found = [int(number) for number in re.findall(r"<li>\s*(\d+) ", page)]
    assert found == [3, 1, 2, 1]  # students, leaders, readers of Spanish, of English
    for secret in ("Marisol", "Reyes", "Pilar", link.trip.code, str(link.contact)):
        assert secret not in page


def test_host_reads_how_many_share_a_room_once_it_is_published_and_never_who(client, link, coordinator):
    link.contact.language = "en"
    link.contact.save()
    room = Room.objects.create(trip=link.trip, number=3, beds=2, is_quiet=True)
    gone = UserFactory(full_name="Ana Reyes")
    for student in (gone, UserFactory(full_name="Marisol Reyes Ortega")):
        placement = PlacementFactory(trip=link.trip, application__student=student)
        RoomSeat.objects.create(room=room, placement=placement, kind="room")
    plan = RoomPlan.objects.create(trip=link.trip)
    assert "Room 3" not in client.get(address("arrivals", link.link)).content.decode()
    plan.published_at, plan.published_by = timezone.now(), coordinator
    plan.save()
    page = " ".join(client.get(address("arrivals", link.link)).content.decode().split())
    assert "Room 3: 2 people · quiet" in page and "Marisol" not in page
    Application.objects.filter(student=gone).update(status="withdrawn", withdrawn_at=timezone.now())
    assert "Room 3: 1 person" in " ".join(client.get(address("arrivals", link.link)).content.decode().split())


def test_host_learns_how_many_may_still_come(client, link):
    Trip.objects.update(seats=20)
    ContactFactory(host=None, trip=link.trip)
    client.cookies["language"] = "en"
    for page in ("arrivals", "rooms"):
        assert "we’ll be 21 people" in " ".join(client.get(address(page, link.link)).content.decode().split())


def test_those_who_withdrew_are_not_counted(client, link):
    seat = PlacementFactory(trip=link.trip)
    seat.application.status, seat.application.withdrawn_at = "withdrawn", timezone.now()
    seat.application.save()
    page = client.get(address("arrivals", link.link)).content.decode()
    assert re.findall(r"<li>\s*(\d+) ", page)[0] == "0"


def test_page_is_in_the_language_of_the_contact_until_the_host_chooses(client, link):
    page = client.get(address("arrivals", link.link))
    assert page.headers["Content-Language"] == "es"
    assert '<html lang="es"' in page.content.decode()

    client.cookies["language"] = "en"
    assert '<html lang="en"' in client.get(address("arrivals", link.link)).content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_page_is_kept_nowhere_and_found_by_no_search(client, link, page):
    response = client.get(address(page, link.link))
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert "no-store" in response.headers["Cache-Control"]


# --- Misuse -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("page", PAGES)
def test_reading_does_nothing(client, link, page, method):
    before, events = rows_now(), Event.objects.count()
    getattr(client, method)(address(page, link.link), {"beds": "5", "day_1": "A day", "seen_1": ""})
    assert rows_now() == before
    assert Event.objects.count() == events


def broken(link):
    token = link.token
    return {
        "unsigned": token,
        "cut": link.link[:-1],
        "other token": links.sign(HostLink.PURPOSE.name, "x" * 43),
        "other signature": f"{token}.{link.link.split('.')[-1][::-1]}",
        "of a referee": links.sign("applications.recommendation", token),
        "no link": "x",
    }


@pytest.mark.parametrize("how", ["unsigned", "cut", "other token", "other signature", "of a referee", "no link"])
@pytest.mark.parametrize("page", PAGES)
def test_link_that_we_did_not_make_opens_nothing(client, link, page, how):
    before = rows_now()
    for response in (
        client.get(address(page, broken(link)[how])),
        client.post(address(page, broken(link)[how]), {"beds": "5", "day_1": "A day", "seen_1": ""}),
    ):
        assert response.status_code == 404
        assert link.trip.city.name_en not in response.content.decode()
    assert rows_now() == before


def end(link, how, by):
    if how == "expired":
        HostLink.objects.update(expires_at=timezone.now() - dt.timedelta(minutes=1))
    if how == "stopped":
        actions.stop(link, by=by)
    if how == "home":
        Trip.objects.update(departed_at=timezone.now(), returned_at=timezone.now())
        HostLink.objects.update(expires_at=timezone.now())
    if how == "another host":
        Trip.objects.update(host=HostInstitutionFactory(city=link.trip.city, name="Another"))


@pytest.mark.parametrize("how", ["expired", "stopped", "home", "another host"])
@pytest.mark.parametrize("page", PAGES)
def test_link_that_ended_shows_and_takes_nothing(client, link, coordinator, page, how):
    end(link, how, coordinator)
    before = rows_now()
    for response in (
        client.get(address(page, link.link)),
        client.post(address(page, link.link), {"beds": "5", "day_1": "A day", "seen_1": ""}),
    ):
        assert response.status_code == 410
        said = response.content.decode()
        assert link.trip.city.name_en not in said and link.trip.host.name not in said
    assert rows_now() == before


@pytest.mark.parametrize("how", ["expired", "stopped", "home", "another host"])
def test_page_that_was_open_when_the_link_ended_can_do_nothing(link, coordinator, how):
    open_page = HostLink.objects.select_related("trip", "contact").get()
    end(link, how, coordinator)
    for act in (
        lambda: actions.propose(open_page, {1: "A day"}, seen={1: ""}, language="es"),
        lambda: actions.confirm_rooms(open_page, beds=5),
    ):
        with pytest.raises(RuleViolation) as found:
            act()
        assert found.value.code == "ended"
    assert not TripDay.objects.exists()


def test_stopped_link_stays_dead_when_a_new_one_goes_out(client, link, coordinator):
    old = link.link
    actions.stop(link, by=coordinator)
    new = actions.send(link.trip, link.contact, by=coordinator)

    assert new.pk == link.pk and new.link != old
    assert client.get(address("arrivals", old)).status_code == 404
    assert client.get(address("arrivals", new.link)).status_code == 200


def test_link_of_one_trip_opens_no_other(client, link):
    other = TripFactory(host=link.trip.host, city=link.trip.city, leaves_on=in_days(90))
    client.post(address("rooms", link.link), {"beds": "5", "note": "", "trip": other.code})
    other.refresh_from_db()
    assert other.beds is None


# --- Sending ----------------------------------------------------------------------------------------


def test_sending_tells_the_contact_in_their_language_once_within_the_hour(coordinator):
    contact = ContactFactory(language="es", name="Lourdes Favela")
    trip = TripFactory(host=contact.host, city=contact.host.city, leaves_on=in_days(60))
    for _each in range(2):
        actions.send(trip, contact, by=coordinator)

    message = Message.objects.get(template="travel/host_asked")
    assert (message.address, message.language) == (contact.email, "es")
    assert HostLink.objects.get().link in message.body


def test_link_works_until_a_week_after_the_group_is_home_however_far_that_is(coordinator, client):
    contact = ContactFactory()
    trip = TripFactory(host=contact.host, city=contact.host.city, leaves_on=in_days(300), returns_on=in_days(310))
    link = actions.send(trip, contact, by=coordinator)
    assert timezone.localdate(link.expires_at) == trip.home_on + dt.timedelta(days=7)
    Trip.objects.update(departed_at=timezone.now(), returned_at=timezone.now())
    assert client.get(address(PAGES[0], link.link)).status_code == 200  # the group has just come home
    HostLink.objects.update(expires_at=timezone.now())
    assert client.get(address(PAGES[0], link.link)).status_code == 410


def test_the_host_reads_whom_to_call_and_where_the_group_stays(client, link, coordinator):
    ContactFactory(host=None, trip=link.trip, name="Ruth Abebe", phone="+1 213 555 0199")
    zones = ("America/Mexico_City",) * 2
    hotel = line(Kind.STAY, (2, "14:00"), (3, "11:00"), zones=zones, to_name="Hotel Mirador", address="12 Av. Juárez")
    itinerary.add(link.trip, hotel, by=coordinator)
    publish(link.trip, coordinator)
    page = client.get(address(PAGES[0], link.link)).content.decode()
    assert "Ruth Abebe, con el grupo" in page
    assert 'href="tel:+12135550199"' in page
    assert "12 Av. Juárez" in page and "Hotel Mirador" in page


def test_link_is_sent_again_with_all_its_days(link, coordinator):
    token = link.token
    HostLink.objects.update(expires_at=timezone.now())
    again = actions.send(link.trip, link.contact, by=coordinator)
    assert again.is_open and again.token == token


@pytest.mark.parametrize(
    ("given", "code"),
    [({"email": "", "phone": "1"}, "no_address"), ({"host": "another"}, "not_of_this_host")],
)
def test_link_goes_to_people_of_this_host_with_an_address(coordinator, given, code):
    trip = TripFactory(leaves_on=in_days(60))
    if given.get("host"):
        given = {"host": HostInstitutionFactory()}
    contact = ContactFactory(**{"host": trip.host, **given})
    with pytest.raises(RuleViolation) as found:
        actions.send(trip, contact, by=coordinator)
    assert found.value.code == code
    assert not Message.objects.exists()


def test_contact_that_is_removed_takes_the_link_along(client, link, coordinator):
    rows.remove(link.contact, by=coordinator)
    assert client.get(address("arrivals", link.link)).status_code == 404


# --- What the host writes ---------------------------------------------------------------------------


def typed(page, **changes):
    """What the page would post: every field as shown, except these changes."""
    form = page.context["form"]
    return {field.html_name: field.value() or "" for field in form} | changes


def test_days_are_saved_line_by_line(client, link):
    page = client.get(address("programme", link.link))
    assert [name for name in typed(page) if name.startswith("day_")] == [f"day_{n}" for n in range(1, 6)]

    client.post(address("programme", link.link), typed(page, day_2="Taller de cuero"))
    page = client.get(address("programme", link.link))
    client.post(address("programme", link.link), typed(page, day_3="Universidad"))

    assert dict(TripDay.objects.values_list("number", "proposed")) == {2: "Taller de cuero", 3: "Universidad"}
    assert set(TripDay.objects.values_list("proposed_in", flat=True)) == {"es"}


def test_same_days_twice_are_saved_once(client, link):
    data = typed(client.get(address("programme", link.link)), day_2="Taller de cuero")
    client.post(address("programme", link.link), data)
    client.post(address("programme", link.link), data)
    assert Event.objects.filter(action="host.propose").count() == 1


def test_two_hosts_do_not_write_over_each_other(client, link):
    first = client.get(address("programme", link.link))
    client.post(address("programme", link.link), typed(first, day_1="Llegada", day_2="Taller"))
    answer = client.post(address("programme", link.link), typed(first, day_1="Cena", day_4="Sierra"))

    assert answer.status_code == 200
    assert dict(TripDay.objects.values_list("number", "proposed")) == {1: "Llegada", 2: "Taller"}
    said = answer.content.decode()
    assert "Llegada" in said and "Cena" in said and "Sierra" in said

    # the host has now seen both texts and saves again on purpose; days they never edited stay
    client.post(address("programme", link.link), typed(answer))
    found = dict(TripDay.objects.values_list("number", "proposed"))
    assert (found[1], found[4]) == ("Cena", "Sierra")


def test_day_that_the_stay_does_not_have_is_not_kept(link):
    assert actions.propose(link, {0: "a", 6: "b", 99: "c"}, seen={}, language="en") == []
    assert not TripDay.objects.exists()


def test_office_takes_over_with_one_act_and_students_see_it(link, coordinator):
    actions.propose(link, {1: "Llegada", 2: "Taller"}, seen={1: "", 2: ""}, language="es")
    trip = link.trip
    assert shown_days(trip) == []
    newest = TripDay.objects.latest("proposed_at").proposed_at

    assert actions.take_over(trip, seen=newest, by=coordinator) == 2
    assert actions.take_over(trip, seen=newest, by=coordinator) == 0
    trip = Trip.objects.get()
    with translation.override("en"):
        assert [(day.text, day.language) for day in shown_days(trip)] == [("Llegada", "es"), ("Taller", "es")]
    with translation.override("es"):
        assert [(day.text, day.language) for day in shown_days(trip)] == [("Llegada", ""), ("Taller", "")]


def test_day_in_another_language_is_marked_for_eyes_and_screen_readers(sign_in):
    travel_facts()
    placement = PlacementFactory()
    for number, texts in enumerate(({"text_es": "Taller de cuero"}, {"text_en": "Market", "text_es": "Mercado"})):
        TripDay.objects.create(trip=placement.trip, number=number + 1, **texts)
    client = sign_in(placement.application.student)
    page = " ".join(client.get(placement.get_absolute_url()).text.split())
    assert re.search(r'<dd[^>]* lang="es"> Taller de cuero', page)
    assert page.count("In Spanish") == 1 and "Market" in page and "Mercado" not in page
    client.cookies["language"] = "es"
    page = client.get(placement.get_absolute_url()).text
    assert "En inglés" not in page and 'lang="en"' not in page.partition("<main")[2].partition("</main>")[0].replace(
        'hreflang="en"', ""
    )


def test_what_the_office_has_not_seen_is_not_taken_over(link, coordinator):
    actions.propose(link, {1: "Llegada"}, seen={}, language="es")
    seen = TripDay.objects.get().proposed_at
    actions.propose(link, {2: "Taller"}, seen={}, language="es")
    with pytest.raises(RuleViolation) as found:
        actions.take_over(link.trip, seen=seen, by=coordinator)
    assert found.value.code == "changed_meanwhile"
    assert shown_days(Trip.objects.get()) == []


def test_day_that_changes_later_loses_its_old_translation(link, coordinator):
    actions.propose(link, {1: "Llegada"}, seen={}, language="es")
    actions.write_days(link.trip, {1: ("Arrival", "Llegada")}, by=coordinator)
    assert not TripDay.objects.get().is_new
    actions.propose(link, {1: "Cena"}, seen={1: "Llegada"}, language="es")
    assert TripDay.objects.get().text_en == "Arrival"  # until the office takes the proposal over

    actions.take_over(link.trip, seen=TripDay.objects.get().proposed_at, by=coordinator)
    day = TripDay.objects.get()
    assert (day.text_en, day.text_es) == ("", "Cena")


def test_programme_moves_with_the_trip(link, coordinator):
    actions.write_days(link.trip, {1: ("Arrival", "")}, by=coordinator)
    Trip.objects.update(leaves_on=in_days(70), returns_on=in_days(74))
    assert shown_days(Trip.objects.get())[0].on == in_days(70)


def test_beds_are_confirmed_and_seen_by_the_office(client, link, sign_in, coordinator):
    client.post(address("rooms", link.link), {"beds": "1", "note": "Planta baja"})
    PlacementFactory(trip=link.trip)
    PlacementFactory(trip=link.trip)

    office = sign_in(coordinator).get(reverse("travel:trip-host", kwargs={"code": link.trip.code})).content.decode()
    assert "Planta baja" in office
    assert "fewer beds than people" in office
    assert Event.objects.get(action="host.confirm_rooms").by is None


@pytest.mark.parametrize("beds", ["0", "-1", "", "many", "99999"])
def test_beds_that_are_no_number_are_asked_for_again(client, link, beds):
    answer = client.post(address("rooms", link.link), {"beds": beds, "note": ""})
    assert answer.status_code == 200
    assert answer.context["form"].errors["beds"]


def test_student_finds_the_days_beside_the_seat(link, coordinator, sign_in):
    seat = PlacementFactory(trip=link.trip)
    actions.write_days(link.trip, {2: ("Leather all day", "")}, by=coordinator)
    page = sign_in(seat.application.student).get(seat.get_absolute_url()).content.decode()
    assert "Leather all day" in page


def test_office_page_asks_the_same_for_one_and_for_many(link, coordinator, client, django_assert_num_queries):
    client.force_login(coordinator)
    office = reverse("travel:trip-host", kwargs={"code": link.trip.code})
    with django_assert_num_queries(10) as captured:
        client.get(office)
    for _each in range(3):
        HostLinkFactory(trip=link.trip)
        PlacementFactory(trip=link.trip)
    with django_assert_num_queries(len(captured)):
        client.get(office)

"""The traveler's card: the plan by the clock of the place, numbers that hold, words that somebody checked, help."""

import datetime as dt
import re
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exchange.models import Event, Message
from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import (
    ContactFactory,
    HelpNumberFactory,
    InsurancePolicyFactory,
    LocalCardFactory,
    PlacementFactory,
    in_days,
    travel_facts,
)
from tests.itineraries import line, publish
from travel.abroad import card
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as check_ins
from travel.abroad.actions import help as helping
from travel.abroad.actions import link as links
from travel.abroad.actions import setup
from travel.base import actions as rows
from travel.base.legs import Kind
from travel.models import CheckIn, HelpNumber, LocalCard, TripDay, TripLine
from travel.office.home.journey import journey_of
from travel.prepare.itinerary import actions as itinerary

pytestmark = pytest.mark.django_db

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NAMED = {"name_en": "Embassy", "name_es": "Embajada"}


@pytest.fixture(autouse=True)
def facts(db):
    travel_facts()


@pytest.fixture
def coordinator():
    return UserFactory(coordinator=True)


@pytest.fixture
def traveler():
    """On the fifth day of a trip."""
    return PlacementFactory(trip__leaves_on=in_days(-4), trip__returns_on=in_days(6))


def link_of(placement):
    return links.make(placement, by=placement.application.student)


def page(link):
    return Client().get(reverse("travel:abroad-card", args=[link.link]))


def day(trip, number, text):
    return TripDay.objects.create(trip=trip, number=number, text_en=text, text_es=text)


def own_page(placement, name="own-card"):
    return reverse(f"travel:{name}", args=[placement.code])


@pytest.mark.parametrize(("leaves", "is_card"), [(4, False), (3, True), (0, True), (-4, True), (-11, False)])
def test_the_card_is_the_travelers_first_page_from_some_days_before_until_home(sign_in, leaves, is_card):
    placement = PlacementFactory(trip__leaves_on=in_days(leaves), trip__returns_on=in_days(leaves + 10))
    ContactFactory(host=None, trip=placement.trip, name="Rosa Lim", phone="+1 213 555 0111")
    HelpNumberFactory(city=placement.trip.city, phone="115")
    student = sign_in(placement.application.student)
    first = student.get(reverse("home"), follow=True)
    assert (first.redirect_chain[-1][0] == own_page(placement)) == is_card
    assert ("tel:+12135550111" in first.text, "tel:115" in first.text) == (is_card, is_card)
    own = student.get(own_page(placement))
    assert (own.status_code, own.headers.get("Location")) == (
        (200, None) if is_card else (302, reverse("travel:journey"))
    )
    for name in ("own-packing", "own-guide"):
        back = own_page(placement) if is_card else reverse("travel:checklist-detail", args=[placement.code])
        assert f'href="{back}"' in student.get(own_page(placement, name)).text


def test_signed_in_the_card_says_the_next_step_until_the_departure(sign_in):
    placement = PlacementFactory(trip__leaves_on=in_days(3), trip__returns_on=in_days(9), checklist=True)
    step = f'id="next-step">{journey_of(placement.application.student).step.title}<'
    page_ahead = sign_in(placement.application.student).get(own_page(placement)).text
    assert step in page_ahead and "next-step" not in page(link_of(placement)).text
    placement.trip.leaves_on = in_days(0)
    placement.trip.save()
    assert "next-step" not in sign_in(placement.application.student).get(own_page(placement)).text


@pytest.mark.parametrize("what", ["home before", "home with the group", "withdrawn", "canceled", "left behind"])
def test_who_is_not_on_the_way_has_the_journey(sign_in, traveler, what):
    trip, now = traveler.trip, timezone.now()
    if what.startswith("home"):
        traveler.travelled_at, traveler.returned_at = now, now
        traveler.save()
    elif what == "withdrawn":
        traveler.application.status, traveler.application.withdrawn_at = "withdrawn", now
        traveler.application.save()
    elif what == "canceled":
        trip.closed_at, trip.closed_by, trip.closed_reason = now, UserFactory(), "A storm."
        trip.save()
    else:
        type(trip).objects.filter(pk=trip.pk).update(departed_at=now)
    if what == "home with the group":
        type(trip).objects.filter(pk=trip.pk).update(departed_at=now, returned_at=now)
    student = sign_in(traveler.application.student)
    assert student.get(own_page(traveler)).headers["Location"] == reverse("travel:journey")
    assert student.get(reverse("travel:journey")).status_code == 200


@pytest.mark.parametrize("days", [0, 3, 4])
def test_who_is_not_back_with_the_group_or_later_than_planned_keeps_the_card(sign_in, days):
    placement = PlacementFactory(trip__leaves_on=in_days(-10 - days), trip__returns_on=in_days(-days))
    left = timezone.now() - dt.timedelta(days=10 + days)
    home = timezone.now() - dt.timedelta(days=days)
    type(placement).objects.filter(pk=placement.pk).update(travelled_at=left)
    type(placement.trip).objects.filter(pk=placement.trip_id).update(departed_at=left, returned_at=home)
    answer = sign_in(placement.application.student).get(own_page(placement))
    assert answer.status_code == (200 if days < 4 else 302)  # as long as the link


def test_nobody_else_opens_the_card_of_a_traveler(sign_in, traveler, coordinator):
    for other in (PlacementFactory(trip=traveler.trip).application.student, coordinator):
        for name in ("own-card", "own-help", "own-line"):
            assert sign_in(other).get(own_page(traveler, name)).status_code in (403, 404)


def test_help_and_a_line_go_through_signed_in_as_well(sign_in, traveler):
    ContactFactory(host=None, trip=traveler.trip, name="Rosa Lim", email="rosa@example.gov")
    student = sign_in(traveler.application.student)
    text = student.get(own_page(traveler)).text
    assert f'action="{own_page(traveler, "own-help")}"' in text and f'action="{own_page(traveler, "own-line")}"' in text
    assert student.post(own_page(traveler, "own-help")).headers["Location"] == own_page(traveler)
    assert Message.objects.filter(template="travel/help_asked", address="rosa@example.gov").count() == 1
    said = {"on": traveler.trip.leaves_on.isoformat(), "text": "Noodles.", "version": "1", "device": "a"}
    student.post(own_page(traveler, "own-line"), said)
    assert TripLine.objects.get().placement == traveler


def test_card_says_what_is_next_by_the_clock_of_the_place(traveler):
    day(traveler.trip, 5, "8:30 am University visit\n2:30 pm Temple of Literature\nBring water")
    link = link_of(traveler)
    noon = dt.datetime.combine(traveler.trip.leaves_on + dt.timedelta(days=4), dt.time(12), HANOI)
    with mock.patch.object(timezone, "now", return_value=noon):
        text = page(link).text
    sign = re.search(r"data-next>(.*?)</div>", text, re.DOTALL)[1]
    assert "2:30 pm" in sign
    assert "Temple of Literature" in sign
    assert "Day 5 of 11" in sign
    assert "Bring water" in text
    starts = [dt.datetime.fromisoformat(each) for each in re.findall(r'data-starts="(.*?)"', text)]
    assert starts == [noon.replace(hour=8, minute=30), noon.replace(hour=14, minute=30)]


def test_every_day_is_on_the_page_so_that_tomorrow_needs_no_signal(traveler):
    for number in range(1, 12):
        day(traveler.trip, number, f"9 am Stop {number}")
    text = page(link_of(traveler)).text
    assert [number for number in range(1, 12) if f"Stop {number}<" in text] == list(range(1, 12))


def test_a_city_without_a_time_zone_states_no_local_time(traveler):
    traveler.trip.city.time_zone = ""
    traveler.trip.city.save()
    day(traveler.trip, 5, "2:30 pm Temple")
    text = page(link_of(traveler)).text
    assert "2:30 pm Temple" in text  # as written, on its day
    assert "data-starts" not in text


@pytest.mark.parametrize("fields", [{"is_confirmed": False}, {"review_on": in_days(-1)}])
def test_a_number_that_may_be_wrong_is_not_on_the_card_and_the_office_is_told(fields, traveler):
    HelpNumberFactory(city=traveler.trip.city, phone="115")
    HelpNumberFactory(city=traveler.trip.city, phone="999", kind=HelpNumber.Kind.POLICE, **fields)
    text = page(link_of(traveler)).text
    assert "tel:115" in text
    assert "tel:999" not in text
    HelpNumber.objects.filter(phone="115").delete()
    assert any("emergency number" in said for said in card.lacks(traveler.trip))


def test_words_for_a_driver_show_once_somebody_has_checked_them(traveler, coordinator):
    address = LocalCardFactory(trip=traveler.trip, checked_by_name="", checked_on=None)
    link = link_of(traveler)
    assert "Hoa Sen" not in page(link).text
    form = {"checked_by_name": "Lan Pham", "checked_on": timezone.localdate()}
    setup.change_card(address, form, seen=rows.fingerprint(address, form), by=coordinator)
    assert re.search(r'lang="vi">Khách sạn Hoa Sen', page(link).text)


def test_changed_words_have_to_be_checked_again(traveler, coordinator):
    address = LocalCardFactory(trip=traveler.trip)
    values = {"text": "Khách sạn khác", "checked_by_name": address.checked_by_name, "checked_on": address.checked_on}
    setup.change_card(address, values, seen=rows.fingerprint(address, values), by=coordinator)
    address.refresh_from_db()
    assert not address.is_checked
    assert "Khách sạn khác" not in page(link_of(traveler)).text


def test_allergy_cards_of_the_city_show_once_checked_and_to_everyone_alike(traveler):
    city = traveler.trip.city
    peanuts = {"kind": "allergy", "need": "peanuts", "trip": None}
    LocalCardFactory(**peanuts, city=city, text="Tôi bị dị ứng nặng với lạc")
    LocalCardFactory(**peanuts | {"need": "milk"}, city=city, text="Sữa", checked_by_name="", checked_on=None)
    LocalCardFactory(**peanuts, city=PartnerCityFactory(), text="Elsewhere")
    other = PlacementFactory(trip=traveler.trip)
    for placement in (traveler, other):
        text = page(link_of(placement)).text
        assert re.search(r'lang="vi">Tôi bị dị ứng', text) and "Peanuts" in text
        assert "Sữa" not in text and "Elsewhere" not in text


def test_insurance_of_the_group_is_on_the_card(traveler):
    InsurancePolicyFactory(trip=traveler.trip, phone="+1 312 555 0177", number="GRP-77")
    InsurancePolicyFactory(number="OTHER-1")
    text = page(link_of(traveler)).text
    assert "tel:+13125550177" in text and "GRP-77" in text
    assert "OTHER-1" not in text


def test_an_open_check_in_asks_on_the_card_until_it_is_answered(traveler, coordinator):
    application_facts()
    link = link_of(traveler)
    why = {"why_en": "Our daily roll call.", "why_es": "Nuestro pase de lista."}
    check_in = check_ins.start([traveler], kind=CheckIn.Kind.ROLL_CALL, by=coordinator, **why)
    person = check_in.people.get()
    asked = page(link).text
    assert "Our daily roll call." in asked and reverse("travel:check-in-answer", args=[person.link]) in asked

    check_ins.note(person, Said.SAFE, by_link=True)

    assert "Our daily roll call." not in page(link).text


def test_the_words_of_another_trip_are_not_shown(traveler):
    LocalCardFactory(text="Somewhere else")
    assert "Somewhere else" not in page(link_of(traveler)).text


def test_office_writes_numbers_and_words_on_the_trips_page(traveler, client, coordinator):
    client.force_login(coordinator)
    code = traveler.trip.code
    said = {"kind": "embassy", "phone": "+84 24 3850 5000", "as_of": "2026-11-01", "review_on": "2099-01-01"}
    said |= {"source_name": "Embassy", "is_confirmed": "on"}
    url = reverse("travel:help-number-add", args=[code])
    assert list(client.post(url, said).context["form"].errors) == ["name_en", "name_es"]
    client.post(url, said | {"name_en": "U.S. Embassy", "name_es": "Embajada de EE. UU."})
    number = HelpNumber.objects.get(city=traveler.trip.city)
    assert number.is_reliable
    assert "U.S. Embassy" in client.get(reverse("travel:trip-card", args=[code])).text

    words = {
        "language": "vi",
        "text": "Khách sạn",
        "meaning_en": "Hotel",
        "meaning_es": "Hotel",
        "checked_by_name": "Lan",
    }
    url = reverse("travel:local-card-add", args=[code, "address"])
    assert list(client.post(url, words).context["form"].errors) == ["checked_on"]
    client.post(url, words | {"checked_on": "2026-11-01"})
    written = LocalCard.objects.get(trip=traveler.trip)
    assert written.is_checked

    edit = reverse("travel:local-card-edit", args=[written.code])
    seen = client.get(edit).context["form"].initial["seen"]
    client.post(edit, words | {"checked_on": "2026-11-01", "text": "Nhà nghỉ", "seen": seen})
    written.refresh_from_db()
    assert (written.text, written.is_checked) == ("Nhà nghỉ", False)
    client.post(reverse("travel:local-card-remove", args=[written.code]))
    assert not LocalCard.objects.exists()


def test_help_tells_each_leader_and_the_office_once(traveler):
    trip = traveler.trip
    ContactFactory(host=None, trip=trip, email="rosa@example.gov")
    ContactFactory(host=None, trip=trip, email="", phone="+1 213 555 0111")
    leader = UserFactory(email="daniel@example.gov")
    ContactFactory(host=None, trip=trip, user=leader, email="other@example.gov")
    link = link_of(traveler)
    url = reverse("travel:abroad-help", args=[link.link])
    for _tap in range(2):
        assert Client().post(url).status_code == 302
    told = set(Message.objects.filter(template="travel/help_asked").values_list("address", flat=True))
    assert told == {"rosa@example.gov", "daniel@example.gov", "exchange@example.gov"}
    assert Message.objects.filter(template="travel/help_asked").count() == 3
    assert Event.objects.filter(action=helping.ASKED).count() == 1
    assert mail.outbox == []


def test_a_link_that_was_ended_calls_nobody(traveler):
    link = link_of(traveler)
    links.end(link, by=traveler.application.student)
    assert Client().post(reverse("travel:abroad-help", args=[link.link])).status_code == 410
    assert not Message.objects.filter(template="travel/help_asked").exists()


def test_card_takes_at_most_ten_queries_at_any_size(traveler):
    def fill():
        for number in range(1, 12):
            TripDay.objects.get_or_create(
                trip=traveler.trip, number=number, defaults={"text_en": "9 am A\n8 pm B", "text_es": "9 am A"}
            )
        for _each in range(3):
            ContactFactory(host=None, trip=traveler.trip)
            HelpNumberFactory(city=traveler.trip.city)
            LocalCardFactory(trip=traveler.trip)

    link = link_of(traveler)
    with CaptureQueriesContext(connection) as few:
        page(link)
    fill()
    fill()
    with CaptureQueriesContext(connection) as many:
        page(link)
    assert len(many) == len(few) <= 10


def test_worker_names_the_files_and_speaks_the_language_of_the_browser(client):
    texts = [client.get("/abroad/sw.js", headers={"Accept-Language": each}) for each in ("en", "es")]
    for response in texts:
        assert response.headers["Content-Type"].startswith("text/javascript")
        assert "card.js" in response.text
    assert texts[0].text != texts[1].text
    assert "No hay se" in texts[1].text


# --- The itinerary ----------------------------------------------------------------------------------


def test_flights_and_meeting_points_are_entries_of_their_days_once_published(traveler, coordinator):
    trip = traveler.trip
    day(trip, 7, "9:00 am Museum")
    link = link_of(traveler)
    taxi = line(Kind.RIDE, (2, "07:00"), (2, "08:00"), zones=(HANOI.key,) * 2, from_name="Hotel", to_name="Museum")
    itinerary.add(trip, taxi, by=coordinator)
    itinerary.add(trip, line(Kind.MEETING, (4, "20:00"), zones=(HANOI.key, ""), to_name="Lobby"), by=coordinator)
    link.refresh_from_db()
    assert not card.card_of(link.placement).has_itinerary

    publish(trip, coordinator)

    found = card.card_of(link.placement)
    assert [(each.on - trip.leaves_on).days + 1 for each in found.days] == [7, 9]
    assert [entry.title for each in found.days for entry in each.entries] == [
        "From Hotel to Museum",
        "Museum",
        "Meet at Lobby",
    ]
    assert "Meet at Lobby" in page(link).text


def test_legs_have_their_icon_and_stand_on_their_local_day_in_order(traveler, coordinator):
    trip = traveler.trip
    day(trip, 7, "9:00 am Museum\nBring water")
    zones, link = (HANOI.key,) * 2, link_of(traveler)
    note = {"note_en": "Bring your badge.", "note_es": "Trae tu gafete."}
    for each in (
        line(Kind.RIDE, (2, "07:00"), (2, "08:00"), zones=zones, from_name="Hotel", to_name="Museum", **note),
        line(Kind.STAY, (2, "14:00"), (3, "11:00"), zones=zones, to_name="Hotel Mai"),
        line(Kind.FLIGHT, (-4, "12:00"), (-4, "14:00"), zones=zones, number="VN 1", from_code="HAN", to_code="SGN"),
        line(Kind.MEETING, (3, "00:30"), zones=(HANOI.key, ""), to_name="Lobby"),
    ):
        itinerary.add(trip, each, by=coordinator)
    publish(trip, coordinator)
    link.refresh_from_db()
    assert card.card_of(link.placement).has_itinerary
    first, seventh, eighth = card.card_of(link.placement).days
    assert (first.number, first.on) == (1, in_days(-4))
    assert (seventh.number, seventh.on, seventh.words) == (7, in_days(2), ("Bring water",))
    assert (eighth.number, eighth.on, eighth.words, eighth.language, eighth.label) == (8, in_days(3), (), "", "")
    shown = [
        (each.icon, each.title, each.note, each.zone) for each in (*first.entries, *seventh.entries, *eighth.entries)
    ]
    assert shown == [
        ("plane", "Flight VN 1, HAN to SGN", "", HANOI.key),
        ("bus", "From Hotel to Museum", "Bring your badge.", HANOI.key),
        ("map-pin", "Museum", "", HANOI.key),
        ("bed", "Hotel Mai", "", HANOI.key),
        ("map-pin", "Meet at Lobby", "", HANOI.key),
    ]
    ride = seventh.entries[0]
    assert ride.ends_at - ride.starts_at == dt.timedelta(hours=1)


def test_a_card_has_what_is_on_now_what_is_next_and_whom_to_call(traveler, coordinator):
    trip = traveler.trip
    day(trip, 4, "6 pm Yesterday"), day(trip, 5, "8:30 am Visit\n2:30 pm Temple"), day(trip, 6, "9 am Tomorrow")
    ContactFactory(host=None, trip=trip, name="No Phone", phone="")
    rosa = ContactFactory(host=None, trip=trip, name="Rosa Lim", phone="+1 213 555 0111")
    urgent = HelpNumberFactory(city=trip.city)
    embassy = HelpNumberFactory(city=trip.city, kind=HelpNumber.Kind.EMBASSY, **NAMED)
    HelpNumberFactory(city=trip.city, is_confirmed=False)
    address = LocalCardFactory(trip=trip)
    link = link_of(traveler)
    noon = dt.datetime.combine(trip.leaves_on + dt.timedelta(days=4), dt.time(12), HANOI)
    found = card.card_of(link.placement, noon)
    assert (found.trip, found.zone, found.here, found.today.number) == (trip, HANOI, noon.date(), 5)
    assert (found.now.title, found.next.title, found.has_itinerary, found.asked) == ("Visit", "Temple", False, None)
    assert (found.first_leader, found.help.urgent, found.help.places) == (rosa, (urgent,), (embassy,))
    assert (found.addresses, found.allergies, found.help.policies) == ((address,), (), ())
    assert [each.name for each in found.leaders] == [each.name for each in trip.leaders.all()]
    assert found.is_during
    late = card.card_of(link.placement, noon + dt.timedelta(days=2))
    assert (late.today, late.next, late.now.title) == (None, None, "Tomorrow")
    ends = [(trip.leaves_on, -1), (trip.leaves_on, 0), (trip.home_on, 0), (trip.home_on, 1)]
    moments = [dt.datetime.combine(on + dt.timedelta(days=days), dt.time(12), HANOI) for on, days in ends]
    assert [card.card_of(link.placement, each).is_during for each in moments] == [False, True, True, False]


def test_words_of_a_day_in_the_other_language_are_marked_as_such(traveler):
    TripDay.objects.create(trip=traveler.trip, number=5, text_en="", text_es="9 am Visita\nLleva agua")
    [found] = card.card_of(traveler).days
    assert (found.language, found.words, [each.language for each in found.entries]) == ("es", ("Lleva agua",), ["es"])
    assert found.label == "In Spanish"


def test_a_day_without_a_clock_has_its_lines_as_words(traveler):
    traveler.trip.city.time_zone = ""
    traveler.trip.city.save()
    day(traveler.trip, 5, "9 am Visit\n \nBring water")
    found = card.card_of(traveler, dt.datetime.combine(in_days(0), dt.time(20), dt.UTC))
    assert (found.zone, found.days[0].words, found.days[0].entries) == (None, ("9 am Visit", "Bring water"), ())
    assert (found.here, found.now, found.next) == (in_days(0), None, None)


def test_the_newest_open_check_in_asks(traveler, coordinator):
    application_facts()
    why = {"why_en": "Roll call.", "why_es": "Pase de lista."}
    first, second = (check_ins.start([traveler], kind=kind, by=coordinator, **why) for kind in ("drill", "roll_call"))
    link = link_of(traveler)
    assert card.card_of(link.placement).asked == second.people.get()
    CheckIn.objects.filter(pk=first.pk).update(started_at=timezone.now() + dt.timedelta(minutes=1))
    assert card.card_of(link.placement).asked == first.people.get()


def test_the_office_reads_what_a_card_lacks_and_nothing_once_all_is_there(traveler):
    trip, city = traveler.trip, traveler.trip.city
    city.time_zone = ""
    kinds = ("emergency number", "embassy", "clinic", "local language", "group leader", "time zone")

    def lacking():
        trip.refresh_from_db()
        said = card.lacks(trip)
        return [kind for kind in kinds if any(kind in each for each in said)]

    city.save()
    ContactFactory(host=None, trip=trip, phone="")
    assert lacking() == list(kinds) and len(card.lacks(trip)) == len(kinds)
    HelpNumberFactory(city=city, kind=HelpNumber.Kind.FIRE)
    assert lacking() == list(kinds[1:])
    HelpNumberFactory(city=city, kind=HelpNumber.Kind.EMBASSY, **NAMED)
    HelpNumberFactory(city=city, kind=HelpNumber.Kind.CLINIC, **NAMED)
    assert lacking() == list(kinds[3:])
    LocalCardFactory(trip=trip, checked_by_name="", checked_on=None)
    LocalCardFactory(city=city, trip=None, kind="allergy", need="milk")
    assert lacking() == list(kinds[3:])
    LocalCardFactory(trip=trip)
    ContactFactory(host=None, trip=trip, phone="+1 213 555 0111")
    assert lacking() == ["time zone"]
    city.time_zone = HANOI.key
    city.save()
    assert lacking() == []


def test_an_allergy_has_a_name_and_other_is_none():
    labels = dict(card.allergies())
    assert "other" not in labels and str(labels["peanuts"]) == card.allergy_label("peanuts") == "Peanuts"
    assert card.allergy_label("unknown") == "unknown"


def test_other_words_undo_the_check_and_who_changed_them_is_known(traveler, coordinator):
    words = LocalCardFactory(trip=traveler.trip)
    checked = {"checked_by_name": words.checked_by_name, "checked_on": words.checked_on}
    for values, is_checked in (({"meaning_en": "Another hotel"}, True), ({"language": "fr"}, False)):
        form = values | checked
        setup.change_card(words, form, seen=rows.fingerprint(words, form), by=coordinator)
        words.refresh_from_db()
        assert words.is_checked == is_checked
    assert (words.checked_by_name, words.checked_on, words.language) == ("", None, "fr")
    both = {"text": "Khách sạn khác", "checked_by_name": "Ha Vu", "checked_on": in_days(-1)}
    setup.change_card(words, both, seen=rows.fingerprint(words, both), by=coordinator)
    words.refresh_from_db()
    assert (words.text, words.checked_by_name, words.checked_on) == ("Khách sạn khác", "Ha Vu", in_days(-1))
    assert {event.by for event in Event.objects.filter(target_id=words.pk, target_model="travel.localcard")} == {
        coordinator
    }

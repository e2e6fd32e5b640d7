"""Packing lists: by trip and weather, copied with the cycle; taps of two phones merged line by line."""

import datetime as dt
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory
from tests.factories_travel import (
    PackingItemFactory,
    PassportCaseFactory,
    PlacementFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from travel.abroad.actions import link as links
from travel.base import actions as rows
from travel.models import PackingItem, PackingMark, PackingWeather, StandardPackingItem
from travel.office.reference import loading as reference
from travel.placement.actions import trip as trip_actions
from travel.prepare.packing import actions
from travel.prepare.packing import lists as packing
from travel.prepare.packing.lists import Mark, merged, taps

NOON = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)

# --- Which tap counts (pure) ------------------------------------------------------------------------

MARKS = st.dictionaries(
    st.sampled_from("abc"),
    st.builds(Mark, st.booleans(), st.integers(0, 5).map(lambda minutes: NOON + dt.timedelta(minutes=minutes))),
)


@given(MARKS, MARKS)
def test_the_order_in_which_phones_send_makes_no_difference(one, other):
    assert merged(one, other) == merged(other, one)


@given(MARKS, MARKS, MARKS)
def test_any_number_of_phones_agree(one, two, three):
    assert merged(merged(one, two), three) == merged(one, merged(two, three))


@given(MARKS, MARKS)
def test_sending_again_changes_nothing_and_no_line_is_lost(one, other):
    now = merged(one, other)
    assert merged(now, other) == now == merged(now, one)
    assert now.keys() == one.keys() | other.keys()
    assert all(now[key].at == max(each[key].at for each in (one, other) if key in each) for key in now)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abx"), inner, max_size=3),
)


@given(JSON)
def test_whatever_a_phone_sends_gives_taps_of_known_lines_that_are_not_in_the_future(said):
    found = taps(said, NOON, {"a", "b"})
    assert set(found) <= {"a", "b"}
    assert all(mark.at <= NOON and isinstance(mark.is_packed, bool) for mark in found.values())


def test_a_tap_has_the_time_that_the_phone_waited():
    assert taps({"a": [True, 90_000], "z": [True, 0]}, NOON, {"a"}) == {
        "a": Mark(True, NOON - dt.timedelta(seconds=90))
    }


# --- On the page ------------------------------------------------------------------------------------


@pytest.fixture
def trip(db):
    travel_facts()
    return TripFactory(leaves_on=in_days(30), returns_on=in_days(40))


@pytest.fixture
def ana(trip):
    return PlacementFactory(trip=trip)


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


def item(trip, text, **more):
    return PackingItemFactory(cycle=trip.cycle, text_en=text, text_es=f"{text} (es)", **more)


def page(name, *args):
    return reverse(f"travel:{name}", args=args)


def words(response):
    return " ".join(response.content.decode().split())


def send(client, address, marks):
    return client.post(address, {"marks": json.dumps(marks)}, headers={"Accept": "application/json"})


def packed(placement):
    return sorted(mark.item.text_en for mark in PackingMark.objects.filter(placement=placement, is_packed=True))


def test_taps_are_kept_and_two_phones_merge(trip, ana, sign_in):
    hat, pen = item(trip, "Hat"), item(trip, "Pen")
    client, address = sign_in(ana.application.student), page("own-packing", ana.code)
    first = send(client, address, {hat.code: [True, 0], pen.code: [True, 1000]}).json()
    assert first["marks"] == {hat.code: True, pen.code: True}
    # another phone took the pen out a minute before, and says so only now
    assert send(client, address, {pen.code: [False, 60_000]}).json()["marks"][pen.code] is True
    assert send(client, address, {hat.code: [False, 0]}).json()["marks"][hat.code] is False
    assert packed(ana) == ["Pen"]
    shown = words(client.get(address))
    assert "data-packing-count>1</span> of 2" in shown and shown.count(" checked>") == 1


def test_without_script_the_form_keeps_what_changed_on_it(trip, ana, sign_in):
    hat, pen, shoes = (item(trip, name) for name in ("Hat", "Pen", "Shoes"))
    client, address = sign_in(ana.application.student), page("own-packing", ana.code)
    client.post(address, {"packed": [hat.code, pen.code]})
    assert packed(ana) == ["Hat", "Pen"]
    # a page opened with only the hat packed: the pen that came since stays
    client.post(address, {"was": [hat.code], "packed": [shoes.code]})
    assert packed(ana) == ["Pen", "Shoes"]


@pytest.mark.parametrize("marks", ["", "[", '"x"', '{"NOSUCH22": [true, 0]}', "[" * 2000])
def test_nonsense_changes_nothing(trip, ana, sign_in, marks):
    item(trip, "Hat")
    answer = sign_in(ana.application.student).post(page("own-packing", ana.code), {"marks": marks})
    assert answer.status_code == 302 and not PackingMark.objects.exists()


def test_nobody_else_sees_or_changes_it(trip, ana, office, sign_in):
    hat = item(trip, "Hat")
    ben = PlacementFactory(trip=trip)
    address = page("own-packing", ana.code)
    codes = {
        person: send(sign_in(person), address, {hat.code: [True, 0]}).status_code
        for person in (ben.application.student, office)
    }
    assert set(codes.values()) == {404, 403} and not PackingMark.objects.exists()
    send(sign_in(ana.application.student), address, {hat.code: [True, 0]})
    assert PackingMark.objects.visible_to(ana.application.student).count() == 1
    assert not PackingMark.objects.visible_to(office).exists()


def test_behind_the_link_it_is_the_same_list(trip, ana, client):
    hat = item(trip, "Hat")
    trip.leaves_on, trip.returns_on = in_days(1), in_days(9)
    trip.save()
    link = links.make(ana, by=ana.application.student)
    address = page("abroad-packing", link.link)
    assert send(client, address, {hat.code: [True, 0]}).status_code == 200
    assert packed(ana) == ["Hat"]
    assert address in client.get(page("abroad-card", link.link)).content.decode()
    links.end(link, by=ana.application.student)
    assert send(client, address, {hat.code: [False, 0]}).status_code == 410 and packed(ana) == ["Hat"]


def test_the_checklist_leads_to_it(trip, ana, sign_in):
    PassportCaseFactory(placement=ana)
    shown = sign_in(ana.application.student).get(page("checklist-detail", ana.code))
    assert page("own-packing", ana.code) in shown.content.decode()


def test_it_takes_the_same_queries_for_many_lines(trip, ana, sign_in):
    client, address = sign_in(ana.application.student), page("own-packing", ana.code)
    first = item(trip, "Hat")
    first.trips.add(trip)
    first.left_out.add(TripFactory(cycle=trip.cycle))

    def count(act):
        with CaptureQueriesContext(connection) as queries:
            act()
        return len(queries)

    send(client, address, {first.code: [True, 0]})
    few = count(lambda: client.get(address)), count(lambda: send(client, address, {first.code: [False, 0]}))
    more = [item(trip, f"Thing {number}") for number in range(20)]
    for each in more:
        each.trips.add(trip)
    many = (
        count(lambda: client.get(address)),
        count(lambda: send(client, address, {each.code: [True, 0] for each in more})),
    )
    assert many == few and few[0] <= 12


# --- By trip and weather ----------------------------------------------------------------------------


def lines(trip):
    return [row.text_en for row in packing.items_of(trip)]


def test_a_line_is_for_every_trip_for_some_or_for_all_but_some(trip, office):
    other = TripFactory(cycle=trip.cycle)
    item(trip, "Hat")
    item(trip, "Visa letter").trips.add(other)
    gift = item(trip, "Gift")
    actions.leave_out(gift, trip, is_left_out=True, by=office)
    assert (lines(trip), lines(other)) == (["Hat"], ["Hat", "Visa letter", "Gift"])
    actions.leave_out(gift, trip, is_left_out=False, by=office)
    assert lines(trip) == ["Hat", "Gift"]


@pytest.mark.parametrize(("months", "is_still_said"), [(0, True), (6, False)])
def test_weather_that_was_said_of_another_season_is_not_packed_for(months, is_still_said, trip, office):
    actions.set_weather(trip, ["hot"], by=office)
    leaves_on = trip.leaves_on + dt.timedelta(days=30 * months)
    values = {name: getattr(trip, name) for name in trip_actions.FIELDS}
    values |= {"leaves_on": leaves_on, "returns_on": leaves_on + dt.timedelta(days=9)}
    trip_actions.change(trip, values, seen=rows.fingerprint(trip, values), by=office)
    assert PackingWeather.objects.filter(trip=trip).exists() is is_still_said


def test_the_weather_of_a_trip_chooses_lines_and_until_then_it_is_named(trip, ana, office, sign_in):
    item(trip, "Hat", weather="hot")
    item(trip, "Coat", weather="cold")
    client = sign_in(ana.application.student)
    assert "(if it’s cold)" in words(client.get(page("own-packing", ana.code)))
    actions.set_weather(trip, ["cold", "nonsense"], by=office)
    shown = words(client.get(page("own-packing", ana.code)))
    assert lines(trip) == ["Coat"] and "Hat" not in shown and "(if it’s" not in shown
    actions.set_weather(trip, [], by=office)
    assert lines(trip) == []


@pytest.mark.django_db
def test_a_new_cycle_begins_with_the_standard_lines_and_a_copy_with_last_years(office):
    reference.load()
    first, second = CycleFactory(), CycleFactory()
    actions.create_items(first, office)
    actions.create_items(first, office)
    assert first.packing_items.count() == StandardPackingItem.objects.count() > 20
    first.packing_items.exclude(key="passport").delete()
    kept = first.packing_items.get()
    actions.change_item(kept, {"text_en": "Passport!"}, trips=[], seen="", by=office)
    actions.add_item(first, typed_values("Only there"), trips=[TripFactory(cycle=first)], by=office)
    actions.copy_items(first, second, office)
    assert [row.text_en for row in second.packing_items.all()] == ["Passport!"]


def typed_values(text):
    return {"key": text.lower().replace(" ", "-"), "group": "things", "weather": "", "text_en": text, "text_es": text}


def test_the_office_edits_the_list_of_a_trip(trip, office, sign_in):
    client = sign_in(office)
    item(trip, "Hat")
    said = {"group": "things", "weather": "", "text_en": "Big umbrella", "text_es": "Paraguas grande"}
    for _press in range(2):
        client.post(page("packing-add", trip.cycle.code), {**said, "trips": [trip.code]})
    umbrella = PackingItem.objects.get(text_en="Big umbrella")
    assert list(umbrella.trips.all()) == [trip]
    client.post(page("packing-trip", trip.code), {"weather": ["hot"]})
    hat = PackingItem.objects.get(text_en="Hat")
    client.post(page("packing-leave-out", trip.code, hat.code), {"leave_out": "1"})
    shown = words(client.get(page("packing-trip", trip.code)))
    assert "Big umbrella" in shown and "Put back" in shown and lines(trip) == ["Big umbrella"]
    client.post(page("packing-edit", umbrella.code), {**said, "text_en": "Umbrella", "trips": []})
    client.post(page("packing-remove", hat.code))
    assert [row.text_en for row in PackingItem.objects.all()] == ["Umbrella"]
    assert "Umbrella" in words(client.get(page("packing-list", trip.cycle.code)))


def test_packingitem_key_once_per_cycle(trip):
    first = item(trip, "Hat", key="hat")
    refused("packingitem_key_once_per_cycle", lambda: PackingItemFactory(cycle=first.cycle, key="hat"))


@pytest.mark.django_db
def test_standardpackingitem_key_once():
    said = {"key": "hat", "group": "clothes", "text_en": "Hat", "text_es": "Gorra"}
    StandardPackingItem.objects.create(**said)
    refused("standardpackingitem_key_once", lambda: StandardPackingItem.objects.create(**said))


def test_packingmark_once_per_line(trip, ana):
    said = {"placement": ana, "item": item(trip, "Hat"), "is_packed": True, "marked_at": timezone.now()}
    PackingMark.objects.create(**said)
    refused("packingmark_once_per_line", lambda: PackingMark.objects.create(**said))

"""The calendar feed of a student: read by another program, across daylight saving, with nothing private in it."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from exchange.base.calendar import Entry, calendar_feed
from exchange.models import Event, User
from tests.factories import UserFactory
from tests.factories_counters import SlotFactory
from tests.factories_travel import (
    ChecklistItemFactory,
    ChecklistStepFactory,
    PassportCaseFactory,
    PlacementFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from tests.itineraries import LEAVES, RETURNS, homebound, line, meeting, outbound, publish, stay
from travel.base.legs import Kind
from travel.models import CalendarFeed, ChecklistItem, EntryPermission, PassportBooking
from travel.models.checklist import StepFields
from travel.prepare.calendar import actions
from travel.prepare.itinerary import actions as itinerary


@pytest.fixture
def placement(db):
    travel_facts()
    trip = TripFactory(leaves_on=in_days(LEAVES), returns_on=in_days(RETURNS))
    placement = PlacementFactory(trip=trip, application__student__language="es")
    PassportCaseFactory(placement=placement)
    return placement


@pytest.fixture
def coordinator(db):
    return UserFactory(coordinator=True)


def read(feed):
    response = Client().get(reverse("travel:calendar-feed", args=[feed.link]))
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(response.content)


def events(calendar):
    return {str(event["UID"]): event for event in calendar.walk("VEVENT")}


def test_feed_holds_dates_and_legs_in_the_students_language(placement, coordinator):
    item = ChecklistItemFactory(placement=placement, step=ChecklistStepFactory(cycle=placement.trip.cycle))
    done = ChecklistItemFactory(placement=placement, done=True)
    for each in (outbound(confirmation="K4Z9QP"), homebound(), meeting(), stay(phone="+84 24 0000")):
        itinerary.add(placement.trip, each, by=coordinator)
    feed = actions.make(placement.application.student)
    assert len(events(read(feed))) == 1  # nothing is published yet

    publish(placement.trip, coordinator)

    found = events(read(feed))
    flight = next(event for event in found.values() if "VN 99" in event["SUMMARY"])
    assert len(found) == 5
    assert flight["SUMMARY"] == "Vuelo VN 99, de LAX a HAN"
    assert flight["LOCATION"] == "LAX"
    assert flight.start.astimezone(ZoneInfo("America/Los_Angeles")).hour == 23
    assert flight.end.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).hour == 6
    duty = next(event for uid, event in found.items() if uid.startswith(f"item-{item.pk}@"))
    assert (duty.start, duty["SUMMARY"]) == (item.do_by, item.step.title_es)
    assert not [uid for uid in found if uid.startswith(f"item-{done.pk}@")]


def test_feed_asks_students_for_their_own_steps_that_are_still_to_do(placement):
    """What the office or an advisor does is no order to the student, and a step that was closed is none to anybody."""
    owners = {owner: ChecklistStepFactory(cycle=placement.trip.cycle, owner=owner) for owner in StepFields.Owner}
    rows = {owner: ChecklistItemFactory(placement=placement, step=step) for owner, step in owners.items()}
    closed = ChecklistItemFactory(placement=placement, step=ChecklistStepFactory(cycle=placement.trip.cycle))
    ChecklistItem.objects.filter(pk=closed.pk).update(closed_at=timezone.now())

    found = {uid.split("@")[0] for uid in events(read(actions.make(placement.application.student)))}
    assert found == {f"item-{rows[owner].pk}" for owner in (StepFields.Owner.STUDENT, StepFields.Owner.FAMILY)}


def test_feed_holds_the_students_own_appointments_and_nobody_elses(placement):
    slot, at = SlotFactory(), timezone.now() + dt.timedelta(days=3)
    other = PlacementFactory(trip=placement.trip)
    mine, _theirs = (
        PassportBooking.objects.create(day=slot.day, slot=slot, application=each.application, booked_at=timezone.now())
        for each in (placement, other)
    )
    visa, _theirs = (
        EntryPermission.objects.create(placement=each, state="needed", appointment_at=at, appointment_place="Consulate")
        for each in (placement, other)
    )

    found = {uid.partition("@")[0] for uid in events(read(actions.make(placement.application.student)))}

    assert found == {f"entry-{visa.pk}", f"passport-{mine.code}"}


def test_feed_says_nothing_private(placement, coordinator):
    student = placement.application.student
    itinerary.add(placement.trip, outbound(confirmation="K4Z9QP"), by=coordinator)
    publish(placement.trip, coordinator)
    feed = actions.make(student)

    text = Client().get(reverse("travel:calendar-feed", args=[feed.link])).text.replace("\r\n ", "")

    for private in ("K4Z9QP", student.full_name, student.email, placement.application.code):
        assert private not in text


def test_a_moved_flight_keeps_its_name_and_rises(placement, coordinator):
    segment = itinerary.add(placement.trip, outbound(), by=coordinator)
    publish(placement.trip, coordinator)
    feed = actions.make(placement.application.student)
    before = events(read(feed))
    itinerary.change(segment, outbound(number="VN 7"), seen="", by=coordinator)
    assert [event["SEQUENCE"] for event in events(read(feed)).values()] == [1]  # not published yet
    publish(placement.trip, coordinator)

    after = events(read(feed))

    assert list(after) == list(before)
    [uid] = after
    assert (before[uid]["SEQUENCE"], after[uid]["SEQUENCE"]) == (1, 2)


def test_address_is_replaced_ended_and_opens_nothing_else(placement, sign_in):
    student = placement.application.student
    client = sign_in(student)
    client.post(reverse("travel:calendar-make"))
    first = CalendarFeed.objects.get()
    assert first.link in client.get(reverse("travel:calendar")).text
    client.post(reverse("travel:calendar-make"))
    second = CalendarFeed.objects.get()
    client.post(reverse("travel:calendar-end"))

    def status(link):
        return Client().get(reverse("travel:calendar-feed", args=[link])).status_code

    assert [status(link) for link in (first.link, second.link, "guess.guess")] == [404, 410, 404]
    acts = Event.objects.filter(action__startswith="calendar.").order_by("pk").values_list("action", flat=True)
    assert list(acts) == ["calendar.make", "calendar.make", "calendar.end"]
    actions.end(student)  # once more changes nothing
    assert Event.objects.filter(action="calendar.end").count() == 1


def test_feed_ends_with_its_time_and_with_the_account(placement):
    feed = actions.make(placement.application.student)
    CalendarFeed.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    address = reverse("travel:calendar-feed", args=[feed.link])
    assert Client().get(address).status_code == 410

    CalendarFeed.objects.update(expires_at=timezone.now() + dt.timedelta(days=1))
    User.objects.filter(pk=feed.user_id).update(is_active=False)
    assert Client().get(address).status_code == 410


def test_sixty_entries_take_as_many_queries_as_two(placement, coordinator, django_assert_num_queries):
    feed = actions.make(placement.application.student)
    address = reverse("travel:calendar-feed", args=[feed.link])

    def add(items, legs):
        for _each in range(items):
            ChecklistItemFactory(placement=placement, step=ChecklistStepFactory(cycle=placement.trip.cycle))
        for _each in range(legs):
            there = line(
                Kind.MEETING, (LEAVES, "08:00"), zones=("Asia/Ho_Chi_Minh", ""), to_name=f"Door {_each + items}"
            )
            itinerary.add(placement.trip, there, by=coordinator)
        publish(placement.trip, coordinator)

    add(1, 1)
    Client().get(address)
    with django_assert_num_queries(9):
        Client().get(address)
    add(30, 28)
    with django_assert_num_queries(9):
        response = Client().get(address)
    assert len(Calendar.from_ical(response.content).walk("VEVENT")) == 60


@pytest.mark.parametrize(
    ("zone", "changes_on"),
    [("America/Los_Angeles", "2027-03-14"), ("Europe/Berlin", "2027-10-31"), ("Pacific/Auckland", "2027-09-26")],
)
def test_another_program_reads_the_same_local_times_across_daylight_saving(zone, changes_on):
    place, day = ZoneInfo(zone), dt.date.fromisoformat(changes_on)
    starts = [
        dt.datetime.combine(day + dt.timedelta(days=days), dt.time(hour, 30), place)
        for days, hour in ((-1, 9), (0, 0), (0, 9), (1, 9))
    ]
    entries = [
        Entry(f"e{number}@x", 1, starts[0], "Flight", "office@example.gov", starts_at=start, minutes=600)
        for number, start in enumerate(starts)
    ]
    entries.append(Entry("day@x", 1, starts[0], "Due", "office@example.gov", day=day))

    calendar = Calendar.from_ical(calendar_feed(entries, name="Trip"))

    found = recurring_ical_events.of(calendar).between(day - dt.timedelta(days=3), day + dt.timedelta(days=4))
    timed = sorted((event for event in found if str(event["UID"]) != "day@x"), key=lambda event: str(event["UID"]))
    assert [event.start.astimezone(place).strftime("%m-%d %H:%M") for event in timed] == [
        start.strftime("%m-%d %H:%M") for start in starts
    ]
    assert all(event.end - event.start == dt.timedelta(hours=10) for event in timed)
    assert [event.start for event in recurring_ical_events.of(calendar).at(day) if str(event["UID"]) == "day@x"] == [
        day
    ]


def test_single_entries_are_files_of_their_own(placement, coordinator, sign_in):
    segment = itinerary.add(placement.trip, meeting(), by=coordinator)
    item = ChecklistItemFactory(placement=placement, step=ChecklistStepFactory(cycle=placement.trip.cycle))
    publish(placement.trip, coordinator)
    client = sign_in(placement.application.student)
    leg = reverse("travel:itinerary-leg", args=[placement.code, segment.code])
    duty = reverse("travel:checklist-item-calendar", args=[placement.code, item.step.key])

    assert leg in client.get(reverse("travel:itinerary", args=[placement.code])).text
    for address, name in ((leg, "Terminal B, door 3"), (duty, item.step.title_en)):
        [event] = Calendar.from_ical(client.get(address).content).walk("VEVENT")
        assert name in event["SUMMARY"]
    assert sign_in(UserFactory()).get(leg).status_code == 404

"""Another time zone of Your city while a cycle runs: what it moves is shown and confirmed first; nothing else moves."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps
from django.db import models
from django.urls import reverse
from django.utils import timezone

from applications.models import Cycle, Interview, InterviewSlot
from exchange.base import home
from exchange.models import Event, HomeCity, Message
from exchange.models.private_link import end_of
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory
from tests.factories_travel import travel_facts
from tests.travel.office.test_home_city import PORT
from tests.travel.test_private_links import MADE
from travel.models import OrientationSession, PassportDay, PassportSlot
from travel.office.city import zone_change
from travel.office.city.forms import HomeCityForm

pytestmark = pytest.mark.django_db
PAGE = reverse("travel:home-city")
TOLEDO = PORT | {"city_en": "Toledo", "city_es": "Toledo", "airport": "DTW"}
WEST, EAST = ZoneInfo("America/Los_Angeles"), ZoneInfo("America/New_York")
NOW = dt.datetime(2027, 1, 4, 12, tzinfo=WEST)
CLOSES = dt.datetime(2027, 1, 15, 23, 59, tzinfo=WEST)


@pytest.fixture(autouse=True)
def a_quiet_monday():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def toledo():
    """A portal of Ohio that has had California's clock until now."""
    row = HomeCity.objects.create(pk=HomeCity.ONLY, **TOLEDO | {"airport": "DTW", "time_zone": WEST.key})
    home.keep(HomeCity.objects.get())
    return row


@pytest.fixture
def coordinator(sign_in):
    return sign_in(UserFactory(coordinator=True))


@pytest.fixture
def cycle():
    return CycleFactory(opens_at=NOW - dt.timedelta(days=20), closes_at=CLOSES, name_en="Spring 2027")


def seen(row):
    return HomeCityForm.initial_of(row)["seen"]


def given(row, zone="America/New_York", **more):
    return TOLEDO | {"time_zone": zone, "seen": seen(row)} | more


def shown_key(page):
    return re.search(r'name="shown" value="(\w*)"', page.text)[1]


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def test_each_deadline_is_shown_before_and_after_and_nothing_moves_unasked(coordinator, toledo, cycle):
    page = coordinator.post(PAGE, given(toledo))
    text = words(page)
    assert "This time zone moves deadlines. Check each one below, then save again." in text
    assert "Applications close Spring 2027" in text and "Applications open" not in text  # it has begun
    assert "Jan 15, 2027, 11:59 pm PST Jan 15, 2027, 11:59 pm EST 3 hours earlier" in text
    cycle.refresh_from_db()
    assert cycle.closes_at == CLOSES and HomeCity.objects.get().time_zone == WEST.key
    unasked = coordinator.post(PAGE, given(toledo, shown=shown_key(page)))  # the box isn't checked
    assert "What the new time zone moves" in unasked.text and HomeCity.objects.get().time_zone == WEST.key


def test_confirmed_the_clock_time_stays_and_the_instant_moves(
    coordinator, toledo, cycle, django_capture_on_commit_callbacks
):
    key = shown_key(coordinator.post(PAGE, given(toledo)))
    with django_capture_on_commit_callbacks(execute=True):
        page = coordinator.post(PAGE, given(toledo, shown=key, is_sure="on"), follow=True)
    assert "Saved." in page.text and home.home_zone() == EAST
    opened = cycle.opens_at
    cycle.refresh_from_db()
    assert cycle.closes_at == dt.datetime(2027, 1, 16, 4, 59, tzinfo=dt.UTC) and cycle.opens_at == opened
    assert timezone.localtime(cycle.closes_at).replace(tzinfo=None) == CLOSES.replace(tzinfo=None)
    event = Event.objects.get(action="homecity.change_time_zone")
    assert event.changes == {"was": WEST.key, "is": EAST.key, "moved": 1} and event.by is not None
    moved = Event.objects.get(action="homecity.move")
    assert (moved.target_model, moved.target_id) == ("applications.cycle", cycle.pk)


def test_what_was_confirmed_is_what_moves(coordinator, toledo, cycle):
    """Somebody changed a date while the page was open: it's shown again."""
    key = shown_key(coordinator.post(PAGE, given(toledo)))
    Cycle.objects.update(closes_at=CLOSES + dt.timedelta(days=7))
    page = coordinator.post(PAGE, given(toledo, shown=key, is_sure="on"))
    assert "Jan 22, 2027, 11:59 pm EST" in words(page) and HomeCity.objects.get().time_zone == WEST.key
    other = coordinator.post(PAGE, given(toledo, "America/Chicago", shown=shown_key(page), is_sure="on"))
    assert "Jan 22, 2027, 11:59 pm CST 2 hours earlier" in words(other)


def test_two_people_at_the_form_move_nothing_twice(coordinator, toledo, cycle):
    before = given(toledo)
    key = shown_key(coordinator.post(PAGE, before))
    coordinator.post(PAGE, before | {"shown": key, "is_sure": "on"})
    coordinator.post(PAGE, before | {"shown": key, "is_sure": "on"})  # a double tap
    cycle.refresh_from_db()
    assert cycle.closes_at == dt.datetime(2027, 1, 16, 4, 59, tzinfo=dt.UTC)
    page = coordinator.post(PAGE, before | {"time_zone": "America/Denver", "shown": "", "is_sure": "on"})
    assert ("Time zone", "America/New York") in page.context["form"].theirs


def test_without_a_cycle_it_is_saved_at_once(coordinator, toledo):
    assert coordinator.post(PAGE, given(toledo)).status_code == 302
    assert HomeCity.objects.get().time_zone == EAST.key


def test_many_cycles_are_all_shown_in_order(coordinator, toledo, cycle):
    for number in (1, 2):
        day = dt.timedelta(days=100 * number)
        CycleFactory(opens_at=CLOSES + day, closes_at=CLOSES + 2 * day, name_en=f"Later {number}")
    text = words(coordinator.post(PAGE, given(toledo)))
    found = re.findall(r"Applications (?:open|close) (Spring 2027|Later \d)", text)
    assert found == ["Spring 2027", "Later 1", "Later 1", "Later 2", "Later 2"]
    assert "EDT 3 hours earlier" in text  # summer time in both


def test_to_a_zone_without_summer_time_and_back(toledo, cycle):
    summer = dt.datetime(2027, 7, 15, 23, 59, tzinfo=WEST)
    phoenix = ZoneInfo("America/Phoenix")
    assert zone_change.same_clock(CLOSES, WEST, phoenix).astimezone(dt.UTC).hour == 6
    assert zone_change.same_clock(summer, WEST, phoenix).astimezone(dt.UTC) == summer.astimezone(dt.UTC)
    skipped = dt.datetime(2027, 3, 14, 2, 30, tzinfo=phoenix)
    assert zone_change.same_clock(skipped, phoenix, EAST).time() == dt.time(3, 30)
    assert [move.after.hour for move in zone_change.moves(WEST, phoenix)] == [23]
    assert zone_change.moves(WEST, ZoneInfo("America/Tijuana")) == []  # the same clock by another name


def test_what_would_be_over_at_once_is_refused(coordinator, toledo, cycle):
    with time_machine.travel(CLOSES - dt.timedelta(hours=1), tick=True):
        page = coordinator.post(PAGE, given(toledo))
    assert (
        "“Applications close: Spring 2027” would be over at once: Jan 15, 2027, 11:59 pm EST has passed." in page.text
    )
    assert HomeCity.objects.get().time_zone == WEST.key


def test_times_that_stand_side_by_side_move_together(toledo, cycle):
    """None takes the time of its neighbor on the way, in either direction, and calendars learn of it."""
    day = dt.datetime(2027, 1, 20, 9, tzinfo=WEST)
    slots = [
        InterviewSlot.objects.create(cycle=cycle, starts_at=day + dt.timedelta(hours=hour), minutes=60, place="Hall")
        for hour in range(8)
    ]
    there = {"place": "Gym", "address": "1 Hall Way", "agents": "Staff of the post office"}
    passports = PassportDay.objects.create(on=day.date(), **there)
    for slot in slots:
        PassportSlot.objects.create(day=passports, starts_at=slot.starts_at, minutes=60, capacity=2)
    interview = Interview.objects.create(
        application=_application(cycle), invited_by=UserFactory(), book_by=day, slot=slots[3], booked_at=NOW
    )
    for old, new in ((WEST, EAST), (EAST, WEST)):
        found = zone_change.moves(old, new)
        zone_change.carry_out(old, new, shown=zone_change.key_of(found), by=UserFactory(coordinator=True))
        times = InterviewSlot.objects.order_by("starts_at").values_list("starts_at", flat=True)
        assert [each.astimezone(new).hour for each in times] == list(range(9, 17))
        assert list(passports.slots.values_list("starts_at", flat=True)) == list(times)
    interview.refresh_from_db()
    assert interview.sequence == 2


def test_a_text_that_waits_for_the_morning_waits_for_the_new_one(toledo):
    morning = dt.datetime(2027, 1, 5, 8, tzinfo=EAST)
    given = {"template": "x", "address": "x", "body": "x", "send_after": morning, "recipient": UserFactory()}
    text = Message.objects.create(channel=Message.Channel.TEXT, **given)
    email = Message.objects.create(channel=Message.Channel.EMAIL, subject="x", **given)
    zone_change.carry_out(EAST, WEST, shown="", by=UserFactory(coordinator=True))
    text.refresh_from_db()
    email.refresh_from_db()
    assert text.send_after == morning.replace(tzinfo=WEST) and email.send_after == morning


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_private_link_that_ends_with_a_day_ends_with_the_same_day(toledo, name):
    travel_facts()
    link = MADE[name]()
    is_counted = STAY[f"{link._meta.label}.{link.SIGNED_UNTIL}"] == COUNTED
    if name == "applications.recommendation":  # as `link_ends` does
        type(link).objects.update(expires_at=end_of(timezone.localdate() + dt.timedelta(days=20)))
    before, by = type(link).objects.get().ends_at, UserFactory()
    for old, new in ((WEST, EAST), (EAST, WEST)):
        zone_change.carry_out(old, new, shown=zone_change.key_of(zone_change.moves(old, new)), by=by)
        link = type(link).objects.get()
        if is_counted:
            assert link.ends_at == before
        else:
            assert link.ends_at.astimezone(new).replace(tzinfo=None) == before.astimezone(WEST).replace(tzinfo=None)


def test_a_link_whose_day_is_over_by_the_new_clock_ends_as_it_would_have(toledo):
    travel_facts()
    link = MADE["travel.host"]()
    with time_machine.travel(link.ends_at - dt.timedelta(hours=1), tick=False):
        key = zone_change.key_of(zone_change.moves(WEST, EAST))
        zone_change.carry_out(WEST, EAST, shown=key, by=UserFactory())
    assert type(link).objects.get().ends_at == link.ends_at


def test_what_names_its_own_time_zone_stays_and_the_page_says_so(coordinator, toledo, cycle):
    times = {"starts_at": CLOSES, "zone": WEST.key, "minutes": 60}
    session = OrientationSession.objects.create(cycle=cycle, place="Hall", planned_by=UserFactory(), **times)
    page = coordinator.post(PAGE, given(toledo))
    assert "Itineraries and orientation sessions name their own time zone, so they stay as they are." in words(page)
    coordinator.post(PAGE, given(toledo, shown=shown_key(page), is_sure="on"))
    session.refresh_from_db()
    assert HomeCity.objects.get().time_zone == EAST.key
    assert (session.starts_at, session.zone) == (CLOSES, WEST.key)


def _application(cycle):
    from tests.factories_applications import ApplicationFactory  # noqa: PLC0415

    return ApplicationFactory(cycle=cycle, submitted=True)


def test_the_airport_suggests_the_zone(coordinator):
    assert "The same as the airport’s" in coordinator.get(PAGE).text
    coordinator.post(PAGE, PORT | {"airport": "HNL"})
    assert HomeCity.objects.get().time_zone == "Pacific/Honolulu"


@pytest.mark.parametrize("zone", ["Ohio/Toledo", "UTC+3", "../etc/passwd"])
def test_a_zone_that_isnt_one_is_said_and_nothing_is_lost(coordinator, toledo, cycle, zone):
    page = coordinator.post(PAGE, given(toledo, zone, program_en="Glass City Abroad"))
    assert "That isn’t a time zone. Choose one from the list." in page.text and "Glass City Abroad" in page.text
    assert HomeCity.objects.get().time_zone == WEST.key


def test_the_page_in_spanish(coordinator, toledo, cycle):
    coordinator.cookies["language"] = "es"
    text = words(coordinator.post(PAGE, given(toledo)))
    assert "Qué cambia con la nueva zona horaria" in text and "3 horas antes" in text


# --- Nothing is forgotten ---------------------------------------------------------------------------

AHEAD = re.compile(r"(until|_by|_after|(expires|ends|due|starts|send|appointment|opens|closes)_at)$")
COUNTED, OWN = "so long after it began", "names its own time zone"
LINK = "a private link's last moment: moves unseen where it's the end of a day, because nobody chose it"
# Moments that may lie ahead and that another zone of the city doesn't move.
STAY = {
    "applications.HelpSession.code_expires_at": COUNTED,
    "applications.HelpSession.ends_at": COUNTED,
    "applications.Interest.expires_at": COUNTED,
    "applications.OfferCall.due_at": COUNTED,
    "applications.Recommendation.expires_at": LINK,
    "applications.Review.undo_until": COUNTED,
    "exchange.AccountMerge.alone_after": COUNTED,
    "exchange.AccountMerge.expires_at": COUNTED,
    "exchange.AccountReset.alone_after": COUNTED,
    "exchange.AccountReset.expires_at": COUNTED,
    "exchange.Invitation.expires_at": COUNTED,
    "exchange.Message.send_after": "nobody chose it; texts wait for the new morning",
    "travel.AbroadLink.expires_at": LINK,
    "travel.AlumniConsent.expires_at": COUNTED,
    "travel.BreakGlass.alone_after": COUNTED,
    "travel.BreakGlass.until": COUNTED,
    "travel.CalendarFeed.expires_at": COUNTED,
    "travel.CheckInPerson.link_until": COUNTED,
    "travel.FamilyLink.expires_at": LINK,
    "travel.HostLink.expires_at": LINK,
    "travel.ItinerarySegment.ends_at": OWN,
    "travel.ItinerarySegment.starts_at": OWN,
    "travel.LeaderLink.expires_at": LINK,
    "travel.OrientationSession.starts_at": OWN,
    "travel.SigningLink.expires_at": LINK,
}


def test_every_moment_ahead_is_by_the_citys_clock_or_says_why_not():
    columns = {
        f"{model._meta.label}.{field.name}"
        for name in ("applications", "exchange", "travel")
        for model in apps.get_app_config(name).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.DateTimeField) and AHEAD.search(field.name)
    }
    moved = {f"{column.model._meta.label}.{column.name}" for column in zone_change.BY_THE_CITYS_CLOCK}
    assert moved <= columns
    assert columns - moved == set(STAY)

"""Orientation sessions: planned, told, reminded of once; who came, by code or by tap; who missed all of them."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Event, Message
from tests.constraints import refused
from tests.factories import CollegeFactory, UserFactory
from tests.factories_travel import (
    ChecklistItemFactory,
    ChecklistStepFactory,
    PlacementFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from travel.models import Attendance, CalendarFeed, OrientationSession
from travel.prepare.checklist import actions as checklist
from travel.prepare.orientation import actions, door
from travel.prepare.orientation import sessions as orientation

pytestmark = pytest.mark.django_db
HOME = "America/Los_Angeles"
MINUTES = dt.timedelta(minutes=1)


@pytest.fixture
def office():
    travel_facts()
    return UserFactory(coordinator=True)


@pytest.fixture
def trip(office):
    return TripFactory(leaves_on=in_days(60), returns_on=in_days(70))


@pytest.fixture
def ana(trip):
    placement = PlacementFactory(trip=trip, application__student__full_name="Ana Ruiz", checklist=True)
    asked = {"evidence": "attendance", "evidence_key": "orientation"}
    ChecklistItemFactory(
        placement=placement, step=ChecklistStepFactory(cycle=trip.cycle, key="meet", title_en="Come", **asked)
    )
    return placement


def at(days, clock="10:00"):
    return dt.datetime.combine(in_days(days), dt.time.fromisoformat(clock), ZoneInfo(HOME)).astimezone(dt.UTC)


def values(starts_at, **more):
    blank = {"address": "200 North Main Street", "note_en": "", "note_es": ""}
    return {"starts_at": starts_at, "zone": HOME, "minutes": 90, "place": "City Hall, room 1060", **blank, **more}


def plan(trip, office, starts_at=None, *, trips=(), **more):
    return actions.plan(trip.cycle, values(starts_at or at(20), **more), trips=trips, by=office)


def under_way(trip, office, **more):
    """A session that began a minute ago."""
    session = plan(trip, office, timezone.now() + MINUTES, **more)
    OrientationSession.objects.filter(pk=session.pk).update(starts_at=timezone.now() - MINUTES)
    session.refresh_from_db()
    return session


def over(trip, office, **more):
    session = plan(trip, office, timezone.now() + MINUTES, **more)
    OrientationSession.objects.filter(pk=session.pk).update(starts_at=timezone.now() - dt.timedelta(days=2))
    session.refresh_from_db()
    return session


def page(name, *args):
    return reverse(f"travel:{name}", args=args)


def words(response):
    return " ".join(response.content.decode().split())


def told(template):
    return list(
        Message.objects.filter(template=f"travel/{template}", channel="email").values_list("recipient", flat=True)
    )


# --- Planning ---------------------------------------------------------------------------------------


def typed(**more):
    said = {"starts_on": f"{in_days(20)}", "starts_time": "10:00", "zone": HOME, "minutes": "90"}
    return {**said, "place": "City Hall", "address": "", "note_en": "", "note_es": "", **more}


def test_a_planned_session_is_told_to_its_travelers_once_and_shown_to_them(trip, ana, office, sign_in):
    stranger = PlacementFactory()
    client = sign_in(office)
    for _press in range(2):
        client.post(page("session-add", trip.cycle.code), typed(note_en="Bring an ID.", note_es="Trae una ID."))
    assert told("session_planned") == [ana.application.student.pk]
    session = OrientationSession.objects.get()
    assert session.starts_at == at(20)
    shown = words(sign_in(ana.application.student).get(page("orientation", ana.code)))
    assert "City Hall" in shown and "Bring an ID." in shown and "10:00 am, Los Angeles time" in shown
    nothing = words(sign_in(stranger.application.student).get(page("orientation", stranger.code)))
    assert "City Hall" not in nothing and "No date yet" in nothing


def test_a_time_is_said_by_the_clock_of_the_place_and_names_it():
    day = dt.datetime(2027, 2, 13, 18, 0, tzinfo=dt.UTC)

    here, there = (
        orientation.when(OrientationSession(starts_at=day, zone=zone))
        for zone in ("America/Los_Angeles", "America/New_York")
    )

    assert here == "Saturday, February 13 at 10:00 am, Los Angeles time"
    assert there == "Saturday, February 13 at 1:00 pm, New York time"


def test_a_session_for_one_trip_is_for_no_other(trip, ana, office):
    other = PlacementFactory(trip=TripFactory(cycle=trip.cycle, leaves_on=in_days(60), returns_on=in_days(70)))
    plan(trip, office, trips=[other.trip])
    assert told("session_planned") == [other.application.student.pk]
    assert [len(orientation.own_sessions(each)) for each in (ana, other)] == [0, 1]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"starts_on": "2020-01-04"}, "That time is already over."),
        ({"minutes": "5"}, "15"),
        ({"note_en": "Bring an ID."}, "Enter this in Spanish too."),
        ({"place": ""}, "There’s a problem"),
    ],
)
def test_wrong_input_is_said_and_nothing_is_told(trip, ana, office, sign_in, said, message):
    assert message in words(sign_in(office).post(page("session-add", trip.cycle.code), typed(**said)))
    assert not OrientationSession.objects.exists() and not Message.objects.exists()


def test_a_time_that_the_clocks_skip_is_refused(trip, office, sign_in):
    spring = typed(starts_on="2034-03-12", starts_time="02:30")
    assert "clocks go forward" in words(sign_in(office).post(page("session-add", trip.cycle.code), spring))


def test_a_move_is_told_a_new_note_is_not(trip, ana, office):
    session = plan(trip, office)
    kept = values(session.starts_at, note_en="Bring an ID.", note_es="Trae una ID.")
    actions.change(session, kept, trips=[], seen="", by=office)
    assert told("session_changed") == []
    actions.change(session, {**kept, "place": "Library"}, trips=[], seen="", by=office)
    assert told("session_changed") == [ana.application.student.pk]
    assert told("session_planned") == [ana.application.student.pk]  # only the first time
    session.refresh_from_db()
    assert (session.place, session.version) == ("Library", 2)


def test_who_gets_a_session_by_a_change_is_told_of_it_and_nobody_else_again(trip, ana, office):
    other = PlacementFactory(trip=TripFactory(cycle=trip.cycle, leaves_on=in_days(60), returns_on=in_days(70)))
    session = plan(trip, office, trips=[trip])
    assert told("session_planned") == [ana.application.student.pk]

    changed = actions.change(
        session, values(session.starts_at), trips=[trip, other.trip], seen=seen(session), by=office
    )

    assert sorted(told("session_planned")) == [ana.application.student.pk, other.application.student.pk]
    assert told("session_changed") == []
    event = Event.objects.get(action="orientation.change")
    assert (event.by, event.changes, event.target_id) == (office, {"fields": []}, session.pk)
    again = actions.change(changed, values(session.starts_at), trips=[trip, other.trip], seen="an old page", by=office)
    assert (again.version, Event.objects.filter(action="orientation.change").count()) == (1, 1)


def seen(session):
    return actions.fingerprint(session)


def test_two_editors_notice_each_other(trip, ana, office):
    session = plan(trip, office)
    seen = actions.fingerprint(session)
    actions.change(session, values(at(21)), trips=[], seen=seen, by=office)
    with pytest.raises(RuleViolation) as caught:
        actions.change(session, values(at(22)), trips=[], seen=seen, by=office)
    assert caught.value.code == "changed_meanwhile"


def test_a_session_that_is_called_off_is_told_and_leaves_calendars(trip, ana, office, sign_in):
    session = plan(trip, office)
    ics = page("session-calendar", ana.code, session.code)
    student = sign_in(ana.application.student)
    before = Calendar.from_ical(student.get(ics).content)
    sign_in(office).post(page("session-call-off", session.code))
    after = Calendar.from_ical(student.get(ics).content)
    assert told("session_called_off") == [ana.application.student.pk]
    assert (before["METHOD"], after["METHOD"]) == ("PUBLISH", "CANCEL")
    [first], [last] = before.walk("VEVENT"), after.walk("VEVENT")
    assert first["UID"] == last["UID"] and last["SEQUENCE"] > first["SEQUENCE"]
    assert first.start == session.starts_at and "City Hall" in first["LOCATION"]


def test_a_canceled_session_is_brought_back_and_everyone_is_told(trip, ana, office, sign_in):
    session, client = plan(trip, office), sign_in(office)
    ics = page("session-calendar", ana.code, session.code)
    actions.call_off(session, by=office)
    canceled = Calendar.from_ical(sign_in(ana.application.student).get(ics).content)
    assert "Undo: it’s back on" in words(client.get(session.get_absolute_url()))
    for _twice in range(2):
        client.post(page("session-bring-back", session.code))
    assert told("session_back") == [ana.application.student.pk]
    back = Calendar.from_ical(sign_in(ana.application.student).get(ics).content)
    assert back["METHOD"] == "PUBLISH"
    assert back.walk("VEVENT")[0]["SEQUENCE"] > canceled.walk("VEVENT")[0]["SEQUENCE"]
    assert "Undo: it’s back on" not in words(client.get(session.get_absolute_url()))


def test_a_canceled_session_stays_canceled_once_it_would_have_begun_or_another_took_its_place(trip, office):
    session = plan(trip, office)
    actions.call_off(session, by=office)
    other = plan(trip, office)
    with pytest.raises(RuleViolation) as caught:
        actions.bring_back(session, by=office)
    assert caught.value.code == "not_possible" and other.pk != session.pk
    OrientationSession.objects.filter(pk=session.pk).update(starts_at=at(-1))
    with pytest.raises(RuleViolation) as caught:
        actions.bring_back(session, by=office)
    assert caught.value.code == "begun"


def test_what_has_begun_is_not_changed(trip, office):
    session = under_way(trip, office)
    for act in (
        lambda: actions.change(session, values(at(22)), trips=[], seen="", by=office),
        lambda: actions.call_off(session, by=office),
    ):
        with pytest.raises(RuleViolation) as caught:
            act()
        assert caught.value.code == "begun"


def test_calendar_feed_has_the_session_until_the_traveler_was_at_another(trip, ana, office):
    student = ana.application.student
    feed = CalendarFeed.objects.create(user=student, expires_at=timezone.now() + dt.timedelta(days=9))
    session = plan(trip, office)

    def uids():
        read = Calendar.from_ical(Client().get(reverse("travel:calendar-feed", args=[feed.link])).content)
        return [str(event["UID"]) for event in read.walk("VEVENT") if str(event["UID"]).startswith("orientation-")]

    assert len(uids()) == 1 and session.code in uids()[0]
    first = under_way(trip, office, place="Annex")
    actions.attend(first, ana, via="code", by=student)
    assert [first.code in uid for uid in uids()] == [True]


# --- Reminders --------------------------------------------------------------------------------------


def test_a_reminder_is_sent_once_and_only_to_those_who_have_not_been(trip, ana, office):
    ben = PlacementFactory(trip=trip)
    first = under_way(trip, office, place="Annex")
    session = plan(trip, office)
    assert actions.REMINDER.send_all() == 0  # three weeks ahead
    OrientationSession.objects.filter(pk=session.pk).update(starts_at=timezone.now() + dt.timedelta(days=1))
    actions.attend(first, ben, via="staff", by=office)
    assert (actions.REMINDER.send_all(), actions.REMINDER.send_all()) == (1, 0)
    assert told("session_reminder") == [ana.application.student.pk]


def test_a_reminder_of_a_session_that_moved_is_not_sent(trip, ana, office):
    session = plan(trip, office)
    OrientationSession.objects.filter(pk=session.pk).update(starts_at=timezone.now() + dt.timedelta(days=1))
    actions.REMINDER.send_all()
    reminder = Message.objects.get(template="travel/session_reminder")
    session.refresh_from_db()
    actions.change(session, values(at(30)), trips=[], seen="", by=office)
    assert outbox.deliver(reminder.pk) is False
    reminder.refresh_from_db()
    assert reminder.dropped_at is not None


def test_who_is_told_the_day_before_needs_no_reminder(trip, ana, office):
    plan(trip, office, at(1))
    assert actions.REMINDER.send_all() == 0


# --- At the door ------------------------------------------------------------------------------------


def item(placement):
    return placement.checklist_items.get(step__key="meet")


def test_a_scan_before_signing_in_counts_after_it(trip, ana, office):
    session = under_way(trip, office)
    browser = Client()
    scan = browser.get(page("session-scan", door.code_at(session.code, timezone.now(), 60)))
    assert scan.url == page("session-here")
    assert "/login/" in browser.get(scan.url).url  # sends to sign-in first
    browser.force_login(ana.application.student)
    assert "I’m here" in words(browser.get(scan.url))
    assert not Attendance.objects.exists()  # opening changes nothing
    answer = browser.post(scan.url, follow=True)
    assert "You’re checked in." in words(answer)
    row = Attendance.objects.get()
    assert (row.session, row.placement, row.via, row.by) == (session, ana, "code", ana.application.student)
    assert (item(ana).done_at is not None, item(ana).done_via) == (True, "evidence")
    assert "Read and sign" not in words(answer) and "You came." in words(answer)


def test_a_photo_of_yesterdays_code_is_refused(trip, ana, office, sign_in):
    session = under_way(trip, office)
    client = sign_in(ana.application.student)
    old = door.code_at(session.code, timezone.now() - dt.timedelta(days=1), 60)
    answer = client.get(page("session-scan", old))
    assert answer.status_code == 410 and "This code has changed" in words(answer)
    client.post(page("session-here"))
    assert not Attendance.objects.exists()


def test_the_address_after_a_scan_is_worth_nothing_to_a_friend(trip, ana, office, sign_in):
    session = under_way(trip, office)
    sign_in(ana.application.student).get(page("session-scan", door.code_at(session.code, timezone.now(), 60)))
    friend = PlacementFactory(trip=trip)
    answer = sign_in(friend.application.student).post(page("session-here"))
    assert "Scan the code on the screen" in words(answer)
    assert not Attendance.objects.exists()


@pytest.mark.parametrize(
    ("days", "code"), [(3, "too_early"), (-3, "too_late")], ids=["days before", "days after, with a kept scan"]
)
def test_the_code_counts_only_around_the_session(trip, ana, office, days, code):
    session = plan(trip, office)
    OrientationSession.objects.filter(pk=session.pk).update(starts_at=timezone.now() + dt.timedelta(days=days))
    session.refresh_from_db()
    with pytest.raises(RuleViolation) as caught:
        actions.attend(session, ana, via="code", by=ana.application.student)
    assert caught.value.code == code
    assert item(ana).is_open


def test_the_session_of_another_group_is_refused(trip, ana, office):
    other = TripFactory(cycle=trip.cycle)
    session = under_way(trip, office, trips=[other])
    with pytest.raises(RuleViolation) as caught:
        actions.attend(session, ana, via="code", by=ana.application.student)
    assert caught.value.code == "not_invited"


def test_the_door_shows_a_code_that_changes_only_around_the_hours(trip, office, sign_in):
    client = sign_in(office)
    closed = door_of(client, plan(trip, office))
    assert "Code to scan at the door" not in closed and "http-equiv" not in closed
    shown = door_of(client, under_way(trip, office, place="Annex"))
    assert 'http-equiv="refresh" content="30"' in shown and "Code to scan at the door" in shown


def door_of(client, session):
    return words(client.get(page("session-door", session.code)))


# --- By tap -----------------------------------------------------------------------------------------


def test_staff_tap_a_name_and_take_it_back(trip, ana, office, sign_in):
    session = under_way(trip, office)
    client = sign_in(office)
    for _twice in range(2):
        client.post(page("session-mark", session.code), {"here": ana.code})
    assert Attendance.objects.get().via == "staff"
    assert item(ana).done_at is not None
    assert "1 of 1" in words(client.get(page("session-detail", session.code)))
    client.post(page("session-mark", session.code), {"undo": ana.code})
    assert not Attendance.objects.exists()
    assert item(ana).is_open and item(ana).asked_again_at is not None
    acts = Event.objects.filter(action__startswith="orientation.").order_by("pk").values_list("action", flat=True)
    assert list(acts) == ["orientation.plan", "orientation.attend", "orientation.undo_attend"]


def test_undo_of_a_tap_that_was_recorded_anew_meanwhile_leaves_it(trip, ana, office, sign_in):
    session = under_way(trip, office)
    actions.attend(session, ana, via="staff", by=office)
    client, colleague = sign_in(office), UserFactory(coordinator=True)
    mark = page("session-mark", session.code)
    old = entry_on(client, session, ana)
    actions.undo(session, ana, by=colleague)
    assert "so nothing was changed" not in words(client.post(mark, {"undo": ana.code, **old}, follow=True))
    actions.attend(session, ana, via="code", by=ana.application.student)

    assert "so nothing was changed" in words(client.post(mark, {"undo": ana.code, **old}, follow=True))
    assert Attendance.objects.get().by == ana.application.student and item(ana).done_at is not None
    client.post(mark, {"undo": ana.code, **entry_on(client, session, ana)})
    assert not Attendance.objects.exists()


def entry_on(client, session, placement):
    """What the list's form sends with the button beside this name."""
    name = f"entry-{placement.code}"
    return {name: re.search(f'name="{name}" value="([0-9]+)"', words(client.get(session.get_absolute_url())))[1]}


def test_undo_keeps_the_step_of_who_came_another_time(trip, ana, office):
    first, second = (under_way(trip, office, place=place) for place in ("A", "B"))
    for session in (first, second):
        actions.attend(session, ana, via="staff", by=office)
    actions.undo(second, ana, by=office)
    assert item(ana).done_at is not None


def test_an_advisor_marks_only_the_students_of_the_own_college(trip, ana, office, sign_in):
    session = under_way(trip, office)
    other = CollegeFactory()
    client = sign_in(UserFactory(advisor=other, full_name="Leo Park"))
    assert "Ana Ruiz" not in words(client.get(page("session-detail", session.code)))
    assert client.post(page("session-mark", session.code), {"here": ana.code}).status_code == 404
    own = sign_in(UserFactory(advisor=ana.application.college))
    assert own.post(page("session-mark", session.code), {"here": ana.code}).status_code == 302
    assert Attendance.objects.count() == 1


def test_nobody_marks_themselves_by_tap(trip, ana, office, sign_in):
    session = under_way(trip, office)
    assert (
        sign_in(ana.application.student).post(page("session-mark", session.code), {"here": ana.code}).status_code == 403
    )


def test_a_step_that_comes_later_is_done_for_who_has_been(trip, ana, office):
    actions.attend(under_way(trip, office), ana, via="staff", by=office)
    late = ChecklistItemFactory(
        placement=ana,
        step=ChecklistStepFactory(cycle=trip.cycle, key="again", evidence="attendance", evidence_key="orientation"),
    )
    checklist.settle(ana, by=office)
    late.refresh_from_db()
    assert late.done_at is not None


# --- Who missed it ----------------------------------------------------------------------------------


def test_who_missed_is_a_list_with_filters_and_a_second_session(trip, ana, office, sign_in):
    session = over(trip, office)
    ben = PlacementFactory(trip=trip, application__student__full_name="Ben Ochoa")
    elsewhere = PlacementFactory(
        trip=TripFactory(cycle=trip.cycle, leaves_on=in_days(60), returns_on=in_days(70)),
        application__student__full_name="Carla Diaz",
    )
    client = sign_in(office)
    actions.attend(session, ben, via="staff", by=office)
    shown = words(client.get(page("session-missed", trip.cycle.code)))
    assert "Ana Ruiz" in shown and "Carla Diaz" in shown and "Ben Ochoa" not in shown
    some = words(client.get(page("session-missed", trip.cycle.code), {"trip": elsewhere.trip.code}))
    assert "Ana Ruiz" not in some and "Carla Diaz" in some
    assert "Plan a second session" in shown
    assert "2 travelers missed it." in words(client.get(page("session-list")))

    form = client.get(page("session-add", trip.cycle.code), {"again": "1"}).context["form"]
    Message.objects.all().delete()
    said = {**form.initial, "minutes": str(form.initial["minutes"])}
    client.post(page("session-add", trip.cycle.code), said)
    again = OrientationSession.objects.ahead().get()
    local = [each.starts_at.astimezone(ZoneInfo(HOME)) for each in (session, again)]
    assert local[0].weekday() == local[1].weekday() and local[0].hour == local[1].hour
    assert set(told("session_planned")) == {each.application.student.pk for each in (ana, elsewhere)}
    after = words(client.get(page("session-missed", trip.cycle.code)))
    assert "Plan a second session" not in after and "City Hall" not in after


def test_nobody_has_missed_a_session_that_was_for_others_or_called_off(trip, ana, office):
    other = TripFactory(cycle=trip.cycle, leaves_on=in_days(60), returns_on=in_days(70))
    over(trip, office, trips=[other])
    off = plan(trip, office)
    actions.call_off(off, by=office)
    OrientationSession.objects.filter(pk=off.pk).update(starts_at=at(-5))
    assert list(orientation.missed(trip.cycle)) == []


def test_the_office_sees_for_each_session_who_is_expected_came_and_missed_all(trip, ana, office):
    other = TripFactory(cycle=trip.cycle, leaves_on=in_days(60), returns_on=in_days(70))
    ben, cyn = PlacementFactory(trip=trip), PlacementFactory(trip=other)
    PlacementFactory()  # of another cycle
    (first,) = [each for each in orientation.overview(office) if each.cycle == trip.cycle]
    assert (first.rows, first.missed) == ([], 0)

    begun, alone = under_way(trip, office), plan(trip, office, at(20), trips=[other])
    actions.attend(begun, ben, via="tap", by=office)
    expected = OrientationSession.objects.annotate(expected=orientation.how_many_expected())
    assert dict(expected.values_list("pk", "expected")) == {begun.pk: 3, alone.pk: 1}
    plan(trip, office, at(25))
    expected = dict(expected.values_list("pk", "expected"))
    assert sorted(expected.values()) == [1, 2, 3]  # who was at the first isn't expected at the last

    (shown,) = [each for each in orientation.overview(office) if each.cycle == trip.cycle]
    rows = {row.session.pk: row for row in shown.rows}
    assert (rows[begun.pk].came, rows[begun.pk].expected, rows[begun.pk].trips) == (1, 3, [])
    assert (rows[alone.pk].came, rows[alone.pk].expected, rows[alone.pk].trips) == (0, 1, [other])
    assert not rows[begun.pk].is_over and shown.missed == 0  # nobody has missed what isn't over

    OrientationSession.objects.filter(pk=begun.pk).update(starts_at=timezone.now() - dt.timedelta(hours=3))
    (shown,) = [each for each in orientation.overview(office) if each.cycle == trip.cycle]
    assert shown.missed == 2
    assert {row.is_over for row in shown.rows if row.session == begun} == {True}
    advisor = UserFactory(advisor=cyn.application.college)
    (shown,) = orientation.overview(advisor)
    assert [(row.expected, row.came) for row in shown.rows if row.session == begun] == [(1, 0)]


def test_only_a_session_that_is_over_for_these_trips_is_missed(trip, ana, office):
    other = TripFactory(cycle=trip.cycle, leaves_on=in_days(60), returns_on=in_days(70))
    PlacementFactory(trip=other)
    session = under_way(trip, office, trips=[other])
    OrientationSession.objects.filter(pk=session.pk).update(starts_at=timezone.now() - dt.timedelta(hours=3))
    plan(trip, office, at(20))  # still to come
    (shown,) = orientation.overview(office)
    assert shown.missed == 1


def test_staff_see_the_colleges_of_their_students(office):
    mine, other = CollegeFactory(), CollegeFactory()
    there = set(orientation.colleges_for(office))
    assert there >= {mine, other}
    assert set(orientation.colleges_for(UserFactory(advisor=mine))) == {mine}
    assert not orientation.colleges_for(UserFactory())


@pytest.mark.parametrize(("days_ago", "ahead"), [(0, 7), (1, 6), (3, 4), (4, 10), (7, 7), (10, 4), (11, 10)])
def test_another_session_is_proposed_for_the_same_weekday_in_four_days_or_more(days_ago, ahead):
    today = dt.date(2027, 3, 10)
    was = dt.datetime.combine(today - dt.timedelta(days=days_ago), dt.time(18))
    assert orientation.proposed_day(was, today) == today + dt.timedelta(days=ahead)


def test_nothing_is_proposed_before_the_first_is_over_or_while_another_is_planned(trip, office):
    assert orientation.proposal(trip.cycle) is None
    session = under_way(trip, office)
    assert orientation.proposal(trip.cycle) is None
    OrientationSession.objects.filter(pk=session.pk).update(starts_at=timezone.now() - dt.timedelta(hours=3))
    found = orientation.proposal(trip.cycle)
    assert found.like == session and found.starts_at > timezone.now()
    plan(trip, office, at(20))
    assert orientation.proposal(trip.cycle) is None


def test_pages_take_the_same_queries_for_many(trip, ana, office, sign_in):
    session = under_way(trip, office)
    client = sign_in(office)

    def count():
        found = []
        for address in (
            page("session-detail", session.code),
            page("session-list"),
            page("session-missed", trip.cycle.code),
        ):
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            found.append(len(queries))
        return found

    over(trip, office, trips=[trip])
    count()
    few = count()
    over(trip, office, place="Annex", trips=[trip])
    over(trip, office, place="Hall", trips=[trip])
    for _more in range(4):
        each = PlacementFactory(trip=trip)
        actions.attend(session, each, via="staff", by=office)
        PlacementFactory(trip=trip)
    assert [many - one for one, many in zip(few, count(), strict=True)] == [0, 0, 0]


# --- Rows -------------------------------------------------------------------------------------------


def test_orientationsession_once_at_a_place(trip, office):
    session = plan(trip, office)
    said = {"cycle": trip.cycle, "starts_at": session.starts_at, "place": session.place, "planned_by": office}
    refused(
        "orientationsession_once_at_a_place",
        lambda: OrientationSession.objects.create(**said, zone=HOME, minutes=60),
    )


def test_orientationsession_takes_time(trip, office):
    session = plan(trip, office)
    refused("orientationsession_takes_time", lambda: OrientationSession.objects.filter(pk=session.pk).update(minutes=5))


def test_attendance_once_per_session(trip, ana, office):
    session = under_way(trip, office)
    actions.attend(session, ana, via="staff", by=office)
    refused(
        "attendance_once_per_session",
        lambda: Attendance.objects.create(session=session, placement=ana, via="staff", by=office),
    )


def test_attendance_is_seen_by_its_student_the_own_college_and_the_office(trip, ana, office):
    actions.attend(under_way(trip, office), ana, via="staff", by=office)
    seeing = [office, ana.application.student, UserFactory(advisor=ana.application.college)]
    blind = [UserFactory(), UserFactory(advisor=CollegeFactory()), UserFactory(director=True)]
    assert [Attendance.objects.visible_to(person).count() for person in seeing] == [1, 1, 1]
    assert [Attendance.objects.visible_to(person).count() for person in blind] == [0, 0, 0]
    assert [OrientationSession.objects.visible_to(person).count() for person in (*seeing, blind[0])] == [1, 1, 1, 0]

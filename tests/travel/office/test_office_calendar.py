"""The office's calendar: what is on which day, and the private feed without names."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from applications.apply.actions import staff_note
from applications.models import Cycle, Decision, InterviewSlot, ScheduledRelease
from applications.release.actions import appeals, scheduling
from exchange.base import office_tasks
from exchange.models import Fact, OfficeTask, Role
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    DecisionFactory,
    OfferFactory,
    application_facts,
    review_facts,
)
from tests.factories_counters import PassportDayFactory, SlotFactory
from tests.factories_meeting import InterviewFactory, InterviewSlotFactory
from tests.factories_travel import PlacementFactory, TripFactory, travel_facts
from travel.models import (
    Attendance,
    CalendarFeed,
    OrientationSession,
    PassportBooking,
    PassportDay,
    VisaDay,
    VisaDayPerson,
)
from travel.office.calendar import entries as calendar
from travel.prepare.calendar import actions as feeds

pytestmark = pytest.mark.django_db
PAGE = reverse("travel:office-calendar")


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Renata Cruz")


@pytest.fixture
def application():
    return ApplicationFactory(submitted=True, cycle=CycleFactory(ready=True), student__full_name="Marisol Reyes")


def today(days=0):
    return timezone.localdate() + dt.timedelta(days=days)


def at(days):
    return timezone.make_aware(dt.datetime.combine(today(days), dt.time(17)))


def found(by, days=30):
    return {(item.kind, item.on) for item in calendar.items(today(-30), today(days), by=by)}


def feed_of(client):
    client.post(reverse("travel:office-calendar-make"))
    return reverse("travel:office-calendar-feed", args=[CalendarFeed.objects.get().office_link])


def lines(response):
    return {str(event["summary"]): event["dtstart"].dt for event in Calendar.from_ical(response.content).walk("VEVENT")}


def test_a_deadline_at_midnight_is_the_day_before_as_students_are_told(office, application):
    midnight = timezone.make_aware(dt.datetime.combine(today(3), dt.time(0)))
    Cycle.objects.filter(pk=application.cycle_id).update(published_at=at(-60), opens_at=at(-20), closes_at=midnight)
    on = {item.on for item in calendar.items(today(), today(9), by=office) if item.uid.startswith("closes")}
    assert on == {today(2)}


def test_it_has_deadlines_releases_passport_days_departures_follow_ups_and_notes(office, application):
    Cycle.objects.filter(pk=application.cycle_id).update(
        published_at=at(-60), opens_at=at(-20), closes_at=at(2), decisions_on=today(9)
    )
    PassportDay.objects.create(on=today(3), place="Student Union", address="1 Main Street", agents="City clerk")
    trip = TripFactory(cycle=application.cycle, leaves_on=today(5), returns_on=today(14))
    staff_note.write(application, "Call the host.", due_on=today(6), by=office)
    office_tasks.open("t", "applications.objection", due_on=today(7), person=application.student, by=office)

    assert found(office) >= {
        (calendar.DEADLINE, today(-20)),
        (calendar.DEADLINE, today(2)),
        (calendar.RELEASE, today(9)),
        (calendar.PASSPORT, today(3)),
        (calendar.DEPARTURE, today(5)),
        (calendar.DEPARTURE, trip.home_on),
        (calendar.NOTE, today(6)),
        (calendar.FOLLOW_UP, today(7)),
    }


def test_it_has_interviews_visa_days_orientation_and_scheduled_releases_without_names(office, application, sign_in):
    cycle, trip = application.cycle, TripFactory(cycle=application.cycle, leaves_on=today(60), returns_on=today(70))
    for number in range(2):
        slot = InterviewSlotFactory(cycle=cycle, starts_at=at(3) + dt.timedelta(hours=number))
        InterviewFactory(application=ApplicationFactory(cycle=cycle, submitted=True), slot=slot, booked_at=at(-1))
    InterviewSlotFactory(cycle=cycle, starts_at=at(4))  # nobody booked it
    VisaDay.objects.create(trip=trip, starts_at=at(5), minutes=60, place="Consulate", address="1 Main Street")
    meeting = {"zone": "America/New_York", "minutes": 60, "place": "Town Hall", "planned_by": office}
    night = at(6).replace(hour=23)  # in the city; the next day at the place
    OrientationSession.objects.create(cycle=cycle, starts_at=night, **meeting)
    release = ScheduledRelease.objects.create(
        kind="spots", cycle=cycle, due_at=at(2), details={"codes": []}, set_by=office
    )

    assert {each for each in found(office) if each[0] not in (calendar.DEADLINE, calendar.DEPARTURE)} >= {
        (calendar.INTERVIEW, today(3)),
        (calendar.VISA, today(5)),
        (calendar.ORIENTATION, today(7)),
        (calendar.RELEASE, today(2)),
    }
    assert not [on for kind, on in found(office) if kind == calendar.INTERVIEW and on == today(4)]
    client = sign_in(office)
    feed = lines(client.get(feed_of(client)))
    assert any(summary.startswith("2 interviews") for summary in feed)
    assert any(summary.startswith("Scheduled for 5:00 pm: Offers to the waitlist") for summary in feed)
    VisaDay.objects.update(called_off_at=timezone.now())
    OrientationSession.objects.update(called_off_at=timezone.now())
    InterviewSlot.objects.update(called_off_at=timezone.now())
    scheduling.cancel(release, by=office)
    gone = {calendar.INTERVIEW, calendar.VISA, calendar.ORIENTATION}
    assert not [kind for kind, on in found(office) if kind in gone or (kind == calendar.RELEASE and on == today(2))]


def test_it_has_the_last_day_to_appeal_and_the_day_of_an_answer(office, sign_in):
    application = ApplicationFactory(not_selected=True, student__full_name="Marisol Reyes")
    DecisionFactory(
        application=application, result="not_selected", decided_at=at(-4), released_at=at(-4), released_by=office
    )
    appeals.ask(application, "Look again.", by=application.student)

    assert [each for each in sorted(found(office)) if each[0] == calendar.APPEAL] == [
        (calendar.APPEAL, today(6)),
        (calendar.APPEAL, today(14)),
    ]
    client = sign_in(office)
    feed = client.get(feed_of(client))
    assert lines(feed)[f"Appeal: {application.student.code}"] == today(14) and "Marisol" not in feed.text
    Fact.objects.filter(key=appeals.DAYS).update(value=0)
    assert (calendar.APPEAL, today(6)) not in found(office)
    Decision.objects.update(appeal_days=7)
    assert (calendar.APPEAL, today(3)) in found(office), "those who were told seven days keep them"


def scene(office, size):
    """A cycle of `size` students at each step, with all its days within two weeks."""
    cycle = CycleFactory(ready=True, published_at=at(-60), opens_at=at(-20), closes_at=at(2), decisions_on=today(9))
    cycle.endorsements_due_on, cycle.readings_due_on = today(4), today(5)
    cycle.save()
    trip, other = (TripFactory(cycle=cycle, leaves_on=today(day), returns_on=today(day + 4)) for day in (6, 7))
    day = PassportDayFactory(on=today(8))
    visa_day = VisaDay.objects.create(trip=trip, starts_at=at(5), minutes=60, place="Consulate", address="1 Main")
    meeting = {"minutes": 60, "planned_by": office, "zone": "America/Los_Angeles", "cycle": cycle}
    for_all, for_one = (OrientationSession.objects.create(starts_at=at(3), place=place, **meeting) for place in "AB")
    for_one.trips.add(other)
    slot = SlotFactory(day=day, capacity=size)
    for _each in range(size):
        ApplicationFactory(cycle=cycle)
        ApplicationFactory(cycle=cycle, submitted=True)
        placement = PlacementFactory(trip=trip)
        VisaDayPerson.objects.create(day=visa_day, placement=placement)
        PassportBooking.objects.create(application=placement.application, day=day, slot=slot, booked_at=at(-1))
        told = {"decided_at": at(-4), "released_at": at(-4), "released_by": office}
        decision = DecisionFactory(application=ApplicationFactory(cycle=cycle, selected=True), **told)
        OfferFactory(decision=decision, answer_by=at(10))
        DecisionFactory(application=ApplicationFactory(cycle=cycle, not_selected=True), result="not_selected", **told)
    been, _missed = (PlacementFactory(trip=other) for _each in range(2))  # who was at one isn't expected at another
    Attendance.objects.create(session=for_all, placement=been, via="staff", by=office)
    return cycle


def test_days_say_how_many_they_concern_and_lead_to_their_list(office, sign_in):
    cycle = scene(office, 2)
    client = sign_in(office)
    found = {item.title: item for week in client.get(PAGE).context["weeks"] for day in week.days for item in day.items}
    said = {title.partition(f": {cycle.name}")[0]: item.concerns for title, item in found.items()}

    assert said == said | {
        "Applications close": "2 drafts",
        "Endorsements are due": "2 students without their college’s decision",
        "Scores are due": "2 need more readers",
        "Last day to release results": "2 students without a result",
        "Last day to answer an offer": "2 haven’t answered",
        "Last day to appeal": "2 can still appeal",
        "Orientation at 5:00 pm: A": "4 students",
        "Orientation at 5:00 pm: B": "1 student",
        "Visa day at 5:00 pm: Consulate": "2 students",
    }
    assert {item.concerns for item in found.values() if item.kind == calendar.PASSPORT} == {"2 booked"}
    assert {item.concerns for item in found.values() if item.kind == calendar.DEPARTURE} == {"2 students"}
    lists = [item.people for item in found.values() if item.people]
    assert len(lists) == 5
    assert [client.get(address).context["page_obj"].paginator.count for address in lists] == [2, 2, 2, 2, 2]


def test_who_has_appealed_cant_ask_again_and_a_day_that_is_over_counts_nobody(office):
    scene(office, 2)
    decision = Decision.objects.filter(result="not_selected").first()
    appeals.ask(decision.application, "Look again.", by=decision.application.student)
    (ends,) = [each for each in with_counts(office) if each.title.startswith("Last day to appeal")]
    assert (ends.on, ends.concerns) == (today(6), "1 can still appeal")

    Decision.objects.update(released_at=at(-11))
    (ended,) = [each for each in with_counts(office) if each.title.startswith("Last day to appeal")]
    assert (ended.on, ended.concerns, ended.people) == (today(-1), "", "")


def test_who_can_still_appeal_is_on_the_list_to_which_the_day_leads(office, sign_in):
    cycle = scene(office, 3)
    first, second, third = Decision.objects.filter(result="not_selected").order_by("pk")
    appeals.ask(first.application, "Look again.", by=first.application.student)
    Decision.objects.filter(pk=third.pk).update(appeal_days=12)
    own, longer = (each for each in with_counts(office) if each.title.startswith("Last day to appeal"))
    client = sign_in(office)

    for item, decision in ((own, second), (longer, third)):
        page = client.get(item.people)
        assert item.concerns == "1 can still appeal"
        assert list(page.context["page_obj"]) == [decision]
        assert page.context["last_days"] == {decision.pk: item.on}
        assert f"These are the students of {cycle.name} whose last day is" in page.text
    everyone = client.get(reverse("applications:appeal-possible"), {"until": "soon"})
    assert list(everyone.context["page_obj"]) == [second, third]

    told_again = {"decided_at": at(-1), "released_at": at(-1), "released_by": office}
    newer = DecisionFactory(application=third.application, result="waitlisted", waitlist_position=1, **told_again)
    type(third.application).objects.filter(pk=third.application_id).update(status="waitlisted")
    assert list(client.get(reverse("applications:appeal-possible")).context["page_obj"]) == [second, newer]
    Decision.objects.update(appeal_days=0)
    assert "No one can appeal right now" in client.get(reverse("applications:appeal-possible")).text


def with_counts(by):
    days = (today(-30), today(30))
    return calendar.items(*days, by=by, how_many=calendar.counts(*days, by))


def test_what_is_off_closed_or_done_is_not_on_it(office, application):
    day = PassportDay.objects.create(on=today(3), place="Student Union", address="1 Main Street", agents="City clerk")
    task = office_tasks.open("t", "applications.objection", due_on=today(7), person=application.student, by=office)
    Cycle.objects.update(closed_out_at=timezone.now())
    PassportDay.objects.filter(pk=day.pk).update(called_off_at=timezone.now())
    office_tasks.finish(task, by=office)

    assert found(office) == set()


def test_the_page_shows_four_weeks_turns_and_filters_by_kind(office, application, sign_in):
    staff_note.write(application, "Call the host.", due_on=today(1), by=office)
    office_tasks.open("t", "applications.objection", due_on=today(1), person=application.student, by=office)
    client = sign_in(office)

    page = client.get(PAGE)
    only = client.get(PAGE, {"kind": "notes"})
    then = client.get(PAGE, {"from": "2031-01-07"})

    assert len(page.context["weeks"]) == 4
    assert {item.kind for week in page.context["weeks"] for day in week.days for item in day.items} >= {
        "notes",
        "follow-ups",
    }
    assert {item.kind for week in only.context["weeks"] for day in week.days for item in day.items} == {"notes"}
    assert then.context["weeks"][0].monday == dt.date(2031, 1, 6)
    assert "?from=2030-12-09" in then.text and "?from=2031-02-03" in then.text


@pytest.mark.parametrize(
    "query", ["from=9999-12-31", "from=yesterday", "from=0001-01-01", "kind=%25", "kind=notes&from="]
)
def test_an_address_that_makes_no_sense_shows_this_week(office, sign_in, query):
    page = sign_in(office).get(f"{PAGE}?{query}")

    assert page.status_code == 200 and page.context["weeks"][0].monday == calendar.monday_of(today())


def test_a_late_task_is_on_today_and_says_since_when(office, application, sign_in):
    task = office_tasks.open("t", "applications.objection", due_on=today(), person=application.student, by=office)
    OfficeTask.objects.filter(pk=task.pk).update(due_on=today(-9))

    (item,) = [each for each in calendar.items(today(), today(), by=office) if each.kind == calendar.FOLLOW_UP]

    assert (item.on, item.late_since) == (today(), today(-9))
    assert "late since" in sign_in(office).get(PAGE).text


def test_the_feed_names_no_student_and_tells_no_note(office, application, sign_in):
    staff_note.write(application, "Asked for a quiet room.", due_on=today(2), by=office)
    office_tasks.open("t", "applications.objection", due_on=today(3), person=application.student, by=office)
    client = sign_in(office)
    address = feed_of(client)
    assert address.partition("/office-calendar/")[2] in client.get(PAGE).text

    feed = client.get(address)

    assert feed["Content-Type"].startswith("text/calendar")
    code = application.student.code
    assert {f"Note: {code}", f"Follow-up: {code}"} <= set(lines(feed))
    assert lines(feed)[f"Note: {code}"] == today(2)
    for word in ("Marisol", "Reyes", "quiet", application.student.email):
        assert word not in feed.text


def test_a_colleagues_tasks_are_on_the_page_and_not_in_the_feed(office, application, sign_in):
    colleague = UserFactory(coordinator=True, full_name="Ines Vega")
    staff_note.write(application, "Call.", due_on=today(1), owner=colleague, by=colleague)
    client = sign_in(office)

    assert "Ines Vega" in client.get(PAGE).text
    assert not any(summary.startswith("Note") for summary in lines(client.get(feed_of(client))))


def test_the_address_works_without_signing_in_until_it_is_renewed_or_ended(client, office, sign_in):
    desk = sign_in(office)
    first = feed_of(desk)
    assert client.get(first).status_code == 200
    second = feed_of(desk)
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)

    desk.post(reverse("travel:office-calendar-end"))

    assert client.get(second).status_code == 410
    assert client.get(reverse("travel:office-calendar-feed", args=["forged.token"])).status_code == 404


def test_who_leaves_the_office_and_a_student_have_no_such_feed(client, office, sign_in):
    address = feed_of(sign_in(office))
    Role.objects.filter(user=office).delete()
    assert client.get(address).status_code == 404

    student = UserFactory()
    made = CalendarFeed.objects.create(user=student, expires_at=timezone.now() + dt.timedelta(days=9))
    assert client.get(reverse("travel:office-calendar-feed", args=[made.office_link])).status_code == 404


def test_an_address_made_as_a_student_never_opens_the_offices_calendar_nor_the_other_way(client, sign_in):
    person = UserFactory()
    feed = feeds.make(person)
    person.roles.create(kind=Role.Kind.COORDINATOR)

    shown = sign_in(person).get(PAGE).context["address"]

    assert feed.link not in shown and feed.office_link in shown
    for name, link, status in (
        ("office-calendar-feed", feed.link, 404),
        ("office-calendar-feed", feed.office_link, 200),
        ("calendar-feed", feed.link, 200),
        ("calendar-feed", feed.office_link, 404),
    ):
        assert client.get(reverse(f"travel:{name}", args=[link])).status_code == status


def test_the_page_has_a_constant_number_of_queries(office, sign_in, django_assert_max_num_queries):
    for number in range(4):
        cycle = CycleFactory(ready=True, published_at=timezone.now())
        TripFactory(cycle=cycle, leaves_on=today(3), returns_on=today(9))
        row = ApplicationFactory(submitted=True, cycle=cycle)
        staff_note.write(row, f"Call {number}.", due_on=today(2), owner=office, by=office)
    client = sign_in(office)

    scene(office, 3)
    with django_assert_max_num_queries(10):
        client.get(PAGE)

"""Visa days: the office plans one, travelers answer, changes are told once, and who applied is noted."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from exchange.base import due
from exchange.base.errors import RuleViolation
from exchange.base.home import home_zone
from exchange.models import Message
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_travel import PlacementFactory, TripFactory, in_days, travel_facts
from travel.base.legs import instant
from travel.models import EntryPermission, VisaDay, VisaDayPerson
from travel.prepare.calendar import actions as calendar
from travel.prepare.entry import actions as entry
from travel.prepare.entry import visa_day as actions

pytestmark = pytest.mark.django_db


@pytest.fixture
def trip():
    travel_facts()
    return TripFactory(leaves_on=in_days(60), returns_on=in_days(70))


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def ana(trip):
    return PlacementFactory(trip=trip, application__student__full_name="Ana Ruiz")


@pytest.fixture
def ben(trip):
    return PlacementFactory(trip=trip, application__student__full_name="Ben Cruz")


def page(name, *args):
    return reverse(f"travel:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


def typed(*people, days=5, **more):
    return {
        **{"on": in_days(days).isoformat(), "at": "09:00", "minutes": 120, "place": "Consulate"},
        **{"address": "1 Wilshire Boulevard", "note_en": "Bring two photos.", "note_es": "Trae dos fotos."},
        **{"people": [each.code for each in people], **more},
    }


def values(days=5, clock=9):
    at = instant(dt.datetime.combine(in_days(days), dt.time(clock)), home_zone().key)
    texts = {"place": "Consulate", "address": "1 Wilshire Boulevard", "note_en": "", "note_es": ""}
    return {"starts_at": at, "minutes": 120, **texts}


@pytest.fixture
def day(trip, ana, ben, office):
    return actions.plan(trip, values(), [ana, ben], by=office)


def told(placement, template="travel/visa_day"):
    return Message.objects.filter(recipient=placement.application.student, template=template, channel="email").count()


def test_the_office_plans_a_day_and_a_student_answers(sign_in, trip, ana, ben, office):
    client = sign_in(office)
    entry.say(ben, entry.Said("not_needed"), by=ben.application.student)
    first = client.get(page("visa-day-add", trip.code)).context["form"].initial["people"]
    assert first == [ana.code]  # who needs nothing isn't selected
    client.post(page("visa-day-add", trip.code), typed(ana))
    client.post(page("visa-day-add", trip.code), typed(ana))  # a second tap
    day = VisaDay.objects.get()
    assert (told(ana), told(ben)) == (1, 0)

    student = sign_in(ana.application.student)
    shown = text(student.get(page("placement-entry", ana.code)))
    assert "1 Wilshire Boulevard" in shown and "Bring two photos." in shown
    student.post(page("visa-day-answer", ana.code, day.code), {"answer": "coming"})
    assert "You said you’re coming." in text(student.get(page("placement-entry", ana.code)))
    assert "coming" in text(client.get(day.get_absolute_url()))
    assert "1 student asked" in text(client.get(page("trip-entry", trip.code)))


def test_a_new_time_asks_everyone_again_and_tells_each_once(sign_in, day, ana, ben, office):
    actions.answer(day.people.get(placement=ana), "coming", by=ana.application.student)
    client = sign_in(office)
    shown = client.get(page("visa-day-edit", day.code))
    seen = shown.context["form"].initial["seen"]
    client.post(page("visa-day-edit", day.code), typed(ana, at="11:00", note_en="", note_es="", seen=seen))
    assert (told(ana), told(ben), told(ben, "travel/visa_day_off")) == (2, 1, 1)
    person = VisaDayPerson.objects.get()
    assert (person.placement, person.answer, person.answered_at) == (ana, "", None)
    # the same form once more changes nothing, and the old one is refused
    client.post(page("visa-day-edit", day.code), typed(ana, at="11:00", note_en="", note_es=""))
    assert told(ana) == 2
    stale = client.post(page("visa-day-edit", day.code), typed(ana, at="12:00", note_en="", note_es="", seen=seen))
    assert "Someone else saved this" in text(stale)


def test_a_new_note_keeps_the_answers(day, ana, ben, office):
    actions.answer(day.people.get(placement=ana), "cannot", by=ana.application.student)
    actions.change(day, values() | {"note_en": "Bring a pen."}, [ana, ben], seen="", by=office)
    assert day.people.get(placement=ana).answer == "cannot"
    assert (told(ana), told(ben)) == (1, 2)  # who can't come isn't told


def test_a_canceled_day_is_told_once_and_takes_no_answer(sign_in, day, ana, office):
    client = sign_in(office)
    client.post(page("visa-day-call-off", day.code))
    client.post(page("visa-day-call-off", day.code))
    assert told(ana, "travel/visa_day_off") == 1
    with pytest.raises(RuleViolation, match="over or canceled"):
        actions.answer(day.people.get(placement=ana), "coming", by=ana.application.student)
    with pytest.raises(RuleViolation, match="was canceled"):
        actions.change(day, values(), [ana], seen="", by=office)
    assert "Consulate" not in text(sign_in(ana.application.student).get(page("placement-entry", ana.code)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"on": "2020-01-01"}, "That time has passed."),
        ({"people": []}, "Select who should come."),
        ({"minutes": 5}, "greater than or equal to 10"),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_words(sign_in, trip, ana, office, changes, message):
    assert message in text(sign_in(office).post(page("visa-day-add", trip.code), typed(ana) | changes))
    assert not VisaDay.objects.exists()


def test_who_applied_there_is_noted_together(sign_in, day, ana, ben, office):
    entry.say(ben, entry.Said("granted", in_days(0)), by=ben.application.student)
    client = sign_in(office)
    with pytest.raises(RuleViolation, match="hasn’t come yet"):
        actions.note_applied(day, [ana], by=office)
    VisaDay.objects.update(starts_at=timezone.now() - dt.timedelta(hours=3))
    client.post(page("visa-day-applied", day.code), {"applied": [ana.code, ben.code]})
    states = dict(EntryPermission.objects.values_list("placement", "state"))
    assert states == {ana.pk: "applied", ben.pk: "granted"}


def test_reminders_come_the_day_before_once_and_not_to_who_cannot_come(day, ana, ben):
    VisaDayPerson.objects.update(asked_at=timezone.now() - dt.timedelta(days=4))
    assert actions.REMINDER.send_all() == 0
    VisaDay.objects.update(starts_at=timezone.now() + dt.timedelta(hours=20))
    actions.answer(day.people.get(placement=ben), "cannot", by=ben.application.student)
    assert [actions.REMINDER.send_all(), actions.REMINDER.send_all()] == [1, 0]
    message = Message.objects.exclude(still_due="").get()
    assert due.holds(message.still_due)
    VisaDay.objects.update(called_off_at=timezone.now())
    assert not due.holds(message.still_due)


def test_nobody_is_reminded_twice_or_of_a_day_that_is_far_off_or_not_theirs(trip, day, ana, ben, office):
    VisaDayPerson.objects.update(asked_at=timezone.now() - dt.timedelta(days=3))
    assert actions.REMINDER.send_all() == 0  # in five days
    VisaDay.objects.filter(pk=day.pk).update(starts_at=timezone.now() + dt.timedelta(hours=23))
    VisaDayPerson.objects.filter(placement=ben).update(answer="cannot", answered_at=timezone.now())
    before = {each: told(each) for each in (ana, ben)}
    assert actions.REMINDER.send_all() == 1
    assert told(ana) != before[ana] and told(ben) == before[ben]
    assert actions.REMINDER.send_all() == 0
    person = VisaDayPerson.objects.get(placement=ana)
    message = Message.objects.exclude(still_due="").get()
    assert person.reminded_at and message.recipient == ana.application.student and due.holds(message.still_due)
    VisaDay.objects.filter(pk=day.pk).update(starts_at=timezone.now() - dt.timedelta(hours=1))
    assert not due.holds(message.still_due)


def test_each_day_has_its_own_people(trip, day, ana, ben, office):
    cyn = PlacementFactory(trip=trip)
    other = actions.plan(trip, values(days=9), [cyn], by=office)
    assert [each.placement for each in VisaDayPerson.objects.filter(day=other)] == [cyn]
    actions.call_off(other, by=office)
    assert [told(each, "travel/visa_day_off") for each in (ana, ben, cyn)] == [0, 0, 1]


def test_appointments_and_visa_days_are_in_the_calendar_and_say_little(day, ana, office):
    student = ana.application.student
    entry.say(ana, entry.Said("needed"), by=student)
    entry.appoint(ana, timezone.now() + dt.timedelta(days=3), "11 Main Street", by=student)
    feed = calendar.make(student)

    def events():
        answer = Client().get(reverse("travel:calendar-feed", args=[feed.link]))
        return {str(each["LOCATION"]): each for each in Calendar.from_ical(answer.content).walk("VEVENT")}

    found = events()
    assert set(found) == {"11 Main Street", "Consulate, 1 Wilshire Boulevard"}
    assert not any("visa" in str(each["SUMMARY"]).lower() for each in found.values())
    consulate = found["Consulate, 1 Wilshire Boulevard"]
    assert (consulate.start, consulate.end - consulate.start) == (day.starts_at, dt.timedelta(minutes=day.minutes))
    assert abs(found["11 Main Street"].start - timezone.now() - dt.timedelta(days=3)) < dt.timedelta(minutes=1)
    actions.answer(day.people.get(placement=ana), "cannot", by=student)
    entry.drop_appointment(ana, by=student)
    assert events() == {}


def test_only_the_office_sees_a_day_and_only_its_own_people_answer(sign_in, day, ana, trip):
    other = PlacementFactory(trip=trip)
    for person in (ana.application.student, UserFactory(advisor=ana.application.college), UserFactory(director=True)):
        assert sign_in(person).get(day.get_absolute_url()).status_code in (403, 404)
    answer = sign_in(other.application.student).post(page("visa-day-answer", ana.code, day.code), {"answer": "coming"})
    assert answer.status_code == 404
    assert list(VisaDay.objects.visible_to(ana.application.student)) == [day]
    assert not VisaDay.objects.visible_to(other.application.student).exists()
    assert not VisaDayPerson.objects.visible_to(other.application.student).exists()


def test_visaday_once_per_time_and_place(day, trip):
    refused("visaday_once_per_time_and_place", lambda: VisaDay.objects.create(trip=trip, **values()))


def test_visaday_takes_time(trip):
    refused("visaday_takes_time", lambda: VisaDay.objects.create(trip=trip, **values() | {"minutes": 5}))


def test_visadayperson_once_per_day(day, ana):
    refused("visadayperson_once_per_day", lambda: VisaDayPerson.objects.create(day=day, placement=ana))


def test_visadayperson_answer_and_its_time_together(day):
    refused("visadayperson_answer_and_its_time_together", lambda: day.people.update(answer="coming"))

"""The pages of acceptance facilities, passport days and vouchers: permissions, contents and number of queries."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from tests.factories import CollegeFactory, FactFactory, UserFactory
from tests.factories_applications import CycleFactory
from tests.factories_counters import (
    FacilityFactory,
    PassportDayFactory,
    begun,
    booked,
    counter_facts,
    issued,
    traveler,
    waiting,
)
from tests.factories_travel import in_days
from travel.models import AcceptanceFacility, FeeVoucher, PassportBooking, PassportCase, PassportDay
from travel.office.own_data import export_tables
from travel.passport.days import actions as passport_day
from travel.passport.vouchers import actions as voucher
from travel.states import PassportStage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def facts():
    counter_facts()


@pytest.fixture
def college():
    return CollegeFactory(short_name="Pierce")


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True))


def url(name, **arguments):
    return reverse(f"travel:{name}", kwargs=arguments)


def text_of(client, *args, **kwargs):
    response = client.get(*args, **kwargs)
    assert response.status_code == 200
    return " ".join(response.text.split())


def queries(client, address) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return len(found)


# --- The photo --------------------------------------------------------------------------------------


def test_the_photo_page_takes_its_limits_from_the_facts(client):
    page = text_of(client, url("passport-photo"))
    assert json.dumps({"side_mm": 51.0, "head_min_mm": 25.0}).strip("{}").split(",")[0].replace('"', "&quot;") in page
    assert "Checked on" in page


def test_an_old_photo_rule_sends_to_the_official_page(client):
    FactFactory._meta.model.objects.filter(key="passport.photo.head_min_mm").update(review_on=in_days(-1))
    assert "Check the official page" in text_of(client, url("passport-photo"))


# --- Acceptance facilities --------------------------------------------------------------------------


def test_a_student_sees_the_near_ones_first_and_chooses(sign_in, college):
    far, near = FacilityFactory(name="Far Hall"), FacilityFactory(name="Near Office", colleges=[college])
    application = traveler(college)
    client = sign_in(application.student)
    page = text_of(client, url("facility-list"))
    assert page.index("Near Office") < page.index("Far Hall")
    assert page.count(">near your college<") == 1
    client.post(url("facility-choose", code=near.code))
    application.refresh_from_db()
    assert application.passport_case.facility == near
    assert "You’re going here." in text_of(client, url("facility-list"))
    client.post(url("facility-choose", code=near.code), {"undo": "1"})
    application.passport_case.refresh_from_db()
    assert application.passport_case.facility is None
    assert far.wait_days == 10


def test_an_old_wait_says_so_and_is_a_task(sign_in, college, office):
    FacilityFactory(wait_as_of=in_days(-61), colleges=[college])
    assert "Call to make sure" in text_of(sign_in(traveler(college).student), url("facility-list"))
    assert "1 wait is out of date" in text_of(office, url("facility-list"))
    CycleFactory()
    assert "1 acceptance facility to call about wait times" in text_of(office, url("pipeline"))
    advisor = sign_in(UserFactory(advisor=college))
    assert "1 acceptance facility to call" in text_of(advisor, url("work"))


def test_the_office_adds_changes_and_retires(office, college):
    said = {"name": "Library", "address": "1 Main", "colleges": [college.code], "hours_en": "9-5", "hours_es": "9-5"}
    said |= {"payment_en": "cash", "payment_es": "efectivo", "wait_days": "3", "takes_photos": "on"}
    assert office.post(url("facility-add"), said).status_code == 302
    assert office.post(url("facility-add"), said).status_code == 200
    facility = AcceptanceFacility.objects.get()
    assert (facility.takes_photos, facility.needs_appointment) == (True, False)
    office.post(url("facility-change", code=facility.code), said | {"name": "City Library"})
    office.post(url("facility-wait", code=facility.code), {"wait_days": "400"})
    facility.refresh_from_db()
    assert (facility.name, facility.wait_days) == ("City Library", 3)
    office.post(url("facility-wait", code=facility.code), {"wait_days": "8"})
    office.post(url("facility-retire", code=facility.code))
    facility.refresh_from_db()
    assert facility.wait_days == 8 and facility.retired_at
    assert office.get(url("facility-change", code=facility.code)).status_code == 404


# --- Passport days ----------------------------------------------------------------------------------


def test_a_student_books_on_the_phone_and_has_a_calendar_file(sign_in, college):
    day = PassportDayFactory(colleges=[college], slots=[1, 1])
    first, second = day.slots.all()
    application = traveler(college)
    client = sign_in(application.student)
    assert "2 of 2 appointments left" in text_of(client, url("passport-day-list"))
    book = url("passport-day-book", code=day.code, slot=first.code)
    assert "Yes, book it" in text_of(client, book)
    client.post(book)
    booking = PassportBooking.objects.get()
    calendar = client.get(url("passport-booking-calendar", code=booking.code))
    (event,) = Calendar.from_ical(calendar.content).walk("VEVENT")
    assert (event["dtstart"].dt, event["sequence"]) == (first.starts_at, 1)
    assert "Yes, change it" in text_of(client, url("passport-day-book", code=day.code, slot=second.code))
    client.post(url("passport-booking-bring", code=booking.code), {"papers": ["form", "id"]})
    assert text_of(client, day.get_absolute_url()).count("checked") == 2
    client.post(url("passport-booking-cancel", code=booking.code))
    (event,) = Calendar.from_ical(client.get(url("passport-booking-calendar", code=booking.code)).content).walk(
        "VEVENT"
    )
    assert (event["status"], event["sequence"]) == ("CANCELLED", 2)


def test_a_full_day_offers_the_waiting_list(sign_in, college):
    day = PassportDayFactory(colleges=[college], slots=[1])
    booked(day.slots.get(), traveler(college))
    client = sign_in(traveler(college).student)
    assert "Join the waitlist" in text_of(client, day.get_absolute_url())
    client.post(url("passport-day-wait", code=day.code))
    assert "You’re number 1 on the waitlist" in text_of(client, day.get_absolute_url())
    gone = client.get(url("passport-day-book", code=day.code, slot=day.slots.get().code))
    assert gone.headers["Location"] == day.get_absolute_url()


def test_a_day_of_another_college_is_not_there(sign_in, college):
    day = PassportDayFactory(colleges=[CollegeFactory()], slots=[1])
    client = sign_in(traveler(college).student)
    assert "No passport days are planned" in text_of(client, url("passport-day-list"))
    assert client.get(day.get_absolute_url()).status_code == 404


def test_the_passport_page_leads_to_all_of_it(sign_in, college):
    application = traveler(college)
    day = PassportDayFactory(colleges=[college], slots=[1])
    give = issued()
    voucher.give(give, application, by=UserFactory(coordinator=True))
    page = text_of(sign_in(application.student), url("passport-detail", code=application.code))
    for link in (day.get_absolute_url(), url("facility-list"), url("passport-photo")):
        assert f'href="{link}"' in page
    assert "The city pays this for you: passport application fee, $130.00, voucher MO-1001 (money order)." in page
    # the export of all their data has the voucher, too
    rows = export_tables.TABLES["travel.FeeVoucher"].rows(application.student)
    assert [row.number for row in rows] == ["MO-1001"]


@pytest.mark.parametrize("route", ["ds82", "online", "ds5504"])
def test_who_mails_the_form_is_not_invited_and_learns_why(sign_in, college, route):
    application = traveler(college, route=route)
    day = PassportDayFactory(colleges=[college], slots=[1])
    slot, client = day.slots.get(), sign_in(application.student)
    FacilityFactory(colleges=[college])
    own = text_of(client, url("passport-detail", code=application.code))
    assert day.get_absolute_url() not in own and url("facility-list") not in own
    for address in (url("passport-day-list"), day.get_absolute_url(), url("facility-list")):
        assert "You don’t need this. You’re applying by mail or online." in text_of(client, address)
    book = url("passport-day-book", code=day.code, slot=slot.code)
    assert book not in text_of(client, day.get_absolute_url())
    assert "I’ll go here" not in text_of(client, url("facility-list"))
    assert client.get(book).status_code == 302
    assert "Passport days are for students who apply in person" in client.post(book, follow=True).text
    assert not PassportBooking.objects.exists()


def test_who_mails_it_after_all_is_asked_to_give_the_place_back(sign_in, college):
    application = traveler(college)
    day = PassportDayFactory(colleges=[college], slots=[1])
    booking, other = booked(day.slots.get(), application), traveler(college)
    passport_day.wait(day, other, by=other.student)
    PassportCase.objects.filter(application=application).update(route="ds82")
    client = sign_in(application.student)
    assert "Give it up so someone else can have it." in text_of(client, url("passport-detail", code=application.code))
    assert "Please give up your spot" in text_of(client, day.get_absolute_url())
    client.post(url("passport-booking-cancel", code=booking.code))
    assert PassportBooking.objects.booked().get().application == other


def test_who_waits_in_line_and_then_mails_it_leaves_the_line(college):
    day = PassportDayFactory(colleges=[college], slots=[1])
    taken, mails, comes = booked(day.slots.get(), traveler(college)), traveler(college), traveler(college)
    for each in (mails, comes):
        passport_day.wait(day, each, by=each.student)
    PassportCase.objects.filter(application=mails).update(route="online")
    passport_day.cancel(taken, by=taken.application.student)
    assert PassportBooking.objects.active().get().application == comes


def test_an_advisor_sees_the_own_students_and_what_they_lack(sign_in, college):
    day = PassportDayFactory(colleges=[college, other := CollegeFactory()], slots=[5])
    mine, stranger = (booked(day.slots.get(), traveler(each)) for each in (college, other))
    client = sign_in(UserFactory(advisor=college))
    for page in (day.get_absolute_url(), url("passport-day-attendance", code=day.code)):
        text = text_of(client, page)
        assert str(mine.application.student) in text
        assert str(stranger.application.student) not in text
    assert "missing:" in text_of(client, day.get_absolute_url())
    passport_day.bring(mine, PassportBooking.Paper.values, by=mine.application.student)
    client.post(url("passport-booking-ready", code=mine.code))
    assert "ready to go" in text_of(client, day.get_absolute_url())
    assert client.post(url("passport-booking-ready", code=stranger.code)).status_code == 404


def test_the_list_at_the_door_marks_who_applied_and_who_lacked_what(office, college):
    day = PassportDayFactory(colleges=[college], slots=[5])
    first, second = booked(day.slots.get()), booked(day.slots.get())
    assert "The buttons show up on the day itself." in text_of(office, url("passport-day-attendance", code=day.code))
    begun(day)
    office.post(url("passport-booking-result", code=first.code), {"result": "applied"})
    office.post(url("passport-booking-result", code=second.code), {"result": "turned_away", "missing": ["id"]})
    office.post(url("passport-booking-result", code=second.code), {"result": "nonsense"})
    first.application.passport_case.refresh_from_db()
    second.refresh_from_db()
    assert first.application.passport_case.stage == PassportStage.APPLIED
    assert (second.result, second.missing) == ("turned_away", ["id"])
    assert "0 students don’t have a result yet" in text_of(office, url("passport-day-attendance", code=day.code))


def test_a_day_gone_by_without_results_is_a_task(office, college, sign_in):
    day = PassportDayFactory(colleges=[college], slots=[5])
    booked(day.slots.get(), traveler(college))
    begun(day, on=in_days(-1))
    assert "1 student went to a passport day. How did it go?" in text_of(office, url("pipeline"))
    assert "1 student went to a passport day" in text_of(sign_in(UserFactory(advisor=college)), url("work"))


def test_the_office_plans_opens_times_and_calls_off(office, college):
    said = {"on": str(in_days(9)), "place": "Union", "address": "1 Main", "agents": "Two", "colleges": [college.code]}
    office.post(url("passport-day-plan"), said)
    day = PassportDay.objects.get()
    times = {"begin": "09:00", "end": "10:30", "minutes": "30", "capacity": "2"}
    office.post(url("passport-day-times", code=day.code), times)
    assert [slot.capacity for slot in day.slots.all()] == [2, 2, 2]
    upside_down = office.post(url("passport-day-times", code=day.code), times | {"end": "08:00"})
    assert "It ends before it starts." in upside_down.text
    office.post(url("passport-day-change", code=day.code), said | {"place": "Gym"})
    day.refresh_from_db()
    assert day.place == "Gym"
    booked(day.slots.first())
    assert "1 student has a spot or is on the waitlist" in text_of(office, url("passport-day-call-off", code=day.code))
    office.post(url("passport-day-call-off", code=day.code))
    day.refresh_from_db()
    assert day.called_off_at


# --- Vouchers ---------------------------------------------------------------------------------------


def test_the_office_enters_gives_and_marks_vouchers(office):
    application = traveler()
    said = {"number": "mo-0099", "count": "3", "amount": "130", "fee": "application", "method": "money_order"}
    office.post(url("voucher-issue"), said | {"fund": "Mayor’s Fund"})
    first, *_rest = FeeVoucher.objects.all()
    assert [each.number for each in FeeVoucher.objects.all()] == ["MO-0099", "MO-0100", "MO-0101"]
    again = office.post(url("voucher-issue"), said | {"fund": "Mayor’s Fund"})
    assert "There’s already a voucher with the number MO-0099." in again.text
    office.post(url("voucher-give", code=first.code), {"student": application.code})
    office.post(url("voucher-mark", code=first.code), {"act": "used", "note": "Van Nuys"})
    office.post(url("voucher-mark", code=first.code), {"act": "used"})
    page = text_of(office, first.get_absolute_url())
    assert "It only works once." in page
    assert [entry.kind for entry in first.entries.all()] == ["issued", "given", "used"]
    ledger = b"".join(office.get(url("voucher-ledger")).streaming_content).decode()
    assert ledger.count("MO-00") + ledger.count("MO-01") == 5
    assert "Van Nuys" in ledger
    used = b"".join(office.get(url("voucher-ledger"), {"state": "used"}).streaming_content).decode()
    assert used.count("MO-0099") == 3 and "MO-0100" not in used


# --- Number of queries ------------------------------------------------------------------------------


def fill(count, college, cycle):
    day = PassportDayFactory(colleges=[college], slots=[count])
    for number in range(count):
        FacilityFactory(colleges=[college])
        application = traveler(college, cycle=cycle)
        booked(day.slots.get(), application)
        give = issued(f"{day.code}-{number}", fund=f"Fund {number}")
        voucher.give(give, application, by=UserFactory(coordinator=True))
    for _ in range(count):
        waiting(day, traveler(college, cycle=cycle))
    return day


@pytest.mark.parametrize("role", ["office", "advisor", "student"])
def test_pages_ask_as_much_for_three_as_for_one_and_ten_at_most(role, sign_in, college):
    cycle = CycleFactory()
    student = traveler(college, cycle=cycle)
    person = {
        "office": UserFactory(coordinator=True),
        "advisor": UserFactory(advisor=college),
        "student": student.student,
    }[role]
    names = {
        "office": ("facility-list", "passport-day-list", "voucher-list", "voucher-issue"),
        "advisor": ("facility-list", "passport-day-list"),
        "student": ("facility-list", "passport-day-list"),
    }[role]
    found = {}
    for count in (1, 3):
        day = fill(count, college, cycle)
        pages = [url(name) for name in names] + [day.get_absolute_url()]
        if role != "student":
            pages.append(url("passport-day-attendance", code=day.code))
        client = sign_in(person)
        client.get(url("facility-list"))
        found[count] = [queries(client, page) for page in pages]
    assert found[1] == found[3]
    assert max(found[3]) <= 10, found

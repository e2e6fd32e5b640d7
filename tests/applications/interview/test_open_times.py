"""Who is invited has a time: found before the invitation, kept while others book, and told to the office if gone."""

import datetime as dt
import threading

import pytest
from django.core.cache import cache
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from applications.interview import open_times
from applications.interview.actions import interview as actions
from applications.interview.actions import interview_slots as slot_actions
from applications.models import Application, Interview, InterviewSlot
from exchange.base.errors import RuleViolation
from exchange.models import Message, User
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, AssignmentFactory, application_facts, review_facts
from tests.factories_meeting import InterviewFactory, InterviewSlotFactory, booked, interview_cycle
from tests.factories_travel import travel_facts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers():
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Philippa Officeman")


@pytest.fixture
def cycle():
    return interview_cycle()


def in_days(days):
    return timezone.now() + dt.timedelta(days=days)


def candidate(cycle, name="Ana Ruiz", college=None):
    more = {"college": college} if college else {}
    return ApplicationFactory(submitted=True, answered=True, cycle=cycle, student=UserFactory(full_name=name), **more)


def slot_with(cycle, *people):
    return InterviewSlotFactory(cycle=cycle, interviewers=people)


def invite(cycle, office, *applications):
    return actions.invite(cycle, applications, book_by=in_days(1), by=office)


def names(rows):
    return [str(row.application.student) for row in rows]


def page(name, code, **more):
    return reverse(f"applications:{name}", kwargs={"code": code, **more})


def duty_of(client, cycle, key):
    """The line of the office's list, as it is now."""
    cache.clear()
    duties = client.get(reverse("travel:pipeline"), {"cycle": cycle.code}).context["duties"]
    return {duty.key: duty for duty in duties}.get(key)


# --- Before the invitation --------------------------------------------------------------------------


def test_whoever_would_have_no_time_is_not_invited_and_nobody_else_is_either(office, cycle):
    """Three are invited for three times, and two of the times are with an advisor of two of them: it was promised."""
    college = CollegeFactory()
    advisor = UserFactory(advisor=college, full_name="Rosa Ibarra")
    far, near, nearer = candidate(cycle), candidate(cycle, "Ben Soto", college), candidate(cycle, "Cy Diaz", college)
    slot_with(cycle, office), slot_with(cycle, advisor), slot_with(cycle, advisor)

    with pytest.raises(RuleViolation) as caught:
        invite(cycle, office, far, near, nearer)

    assert caught.value.code == "no_time"
    assert "Cy Diaz" in caught.value.message and "Ben Soto" not in caught.value.message
    assert not Interview.objects.exists() and not Message.objects.filter(template__contains="interview_invited")
    assert len(invite(cycle, office, far, near)) == 2


def test_why_somebody_would_have_no_time(office, cycle):
    college = CollegeFactory()
    advisor = UserFactory(advisor=college, full_name="Rosa Ibarra")
    person, other = candidate(cycle, "Ben Soto", college), candidate(cycle, "Dee Lee")

    (row,) = open_times.Outlook(cycle, [person]).without
    assert "No times are open." in row.line
    slot_with(cycle, advisor)
    (row,) = open_times.Outlook(cycle, [person]).without
    assert "No one with an open time can meet them. Rosa Ibarra: They advise at the applicant’s college." in row.line
    slot_with(cycle, office)
    AssignmentFactory(application=other, reader=advisor)
    (row,) = open_times.Outlook(cycle, [person, other]).without
    assert (row.application, row.times) == (other, 1)
    assert "The 1 time open to them is needed for another student." in row.line
    assert "Rosa Ibarra: They’re one of the application’s readers." in row.line


def test_without_a_college_there_are_no_parentheses(cycle):
    person = candidate(cycle)
    person.college = None

    assert open_times.WithoutTime(person, (), 0).line == "Ana Ruiz. No times are open."


@pytest.mark.parametrize("why", ["called off", "nobody left", "nobody active", "too soon", "taken"])
def test_what_is_no_time_for_anybody(office, cycle, why):
    slot = slot_with(cycle, office)
    if why == "called off":
        slot_actions.call_off(slot, by=office)
    elif why == "nobody left":
        slot.interviewers.clear()
    elif why == "nobody active":
        User.objects.filter(pk=office.pk).update(is_active=False)
    elif why == "too soon":
        InterviewSlot.objects.update(starts_at=timezone.now() + dt.timedelta(hours=20))
    else:
        booked(slot, application=candidate(cycle, "Eva Kim"))

    assert names(open_times.Outlook(cycle, [candidate(cycle)]).without) == ["Ana Ruiz"]


def test_who_was_invited_before_keeps_their_time(office, cycle):
    slot_with(cycle, office)
    invite(cycle, office, candidate(cycle))
    late = candidate(cycle, "Ben Soto")

    assert names(open_times.Outlook(cycle, [late]).without) == ["Ben Soto"]
    # who did not book in time needs none any longer
    Interview.objects.update(book_by=in_days(-1))
    assert not open_times.Outlook(cycle, [late]).without


def test_the_page_says_how_many_would_have_a_time_and_invites_those(sign_in, office, cycle):
    college = CollegeFactory()
    first, second = candidate(cycle), candidate(cycle, "Ben Soto", college)
    slot_with(cycle, office), slot_with(cycle, UserFactory(advisor=college, full_name="Rosa Ibarra"))
    third = candidate(cycle, "Cy Diaz", college)
    client, address = sign_in(office), page("selection-interviews-invite", cycle.code)
    everyone = [each.code for each in (first, second, third)]

    shown = client.post(address, {"applications": everyone}).text

    assert "2 of 3 would have a time." in shown
    assert not Interview.objects.exists()
    left = next(each for each in (second, third) if each.code not in shown)
    assert f"{left.student} ({college.short_name})" in shown
    day = timezone.localdate(in_days(1)).isoformat()
    kept = client.post(address, {"applications": everyone, "book_on": day}).text
    assert f"there’d be no time for {left.student}" in kept and day in kept and first.code in kept
    assert not Interview.objects.exists()
    client.post(address, {"applications": [code for code in everyone if code != left.code], "book_on": day})
    assert Interview.objects.count() == 2


def test_the_page_says_that_all_have_a_time_that_none_has_and_who_is_invited_already(sign_in, office, cycle):
    first, second = candidate(cycle), candidate(cycle, "Ben Soto")
    client, address = sign_in(office), page("selection-interviews-invite", cycle.code)

    none = client.post(address, {"applications": [first.code]}).text
    assert "0 of 1 would have a time." in none and "Invite everyone selected" not in none
    slot_with(cycle, office), slot_with(cycle, office)
    both = client.post(address, {"applications": [first.code, second.code]}).text
    assert "2 students can be invited, and there’s a time for each." in both
    invite(cycle, office, first)
    assert "They’re already invited" in client.post(address, {"applications": [first.code]}).text
    assert "1 invited student hasn’t booked yet." in client.get(address).text


def test_nothing_checked_and_whoever_withdrew_meanwhile_is_said(sign_in, office, cycle):
    first, gone = candidate(cycle), candidate(cycle, "Ben Soto")
    slot_with(cycle, office)
    client, address = sign_in(office), page("selection-interviews-invite", cycle.code)

    assert "Select the students you want to meet." in client.post(address).text
    Application.objects.filter(pk=gone.pk).update(status="withdrawn", withdrawn_at=timezone.now())
    shown = client.post(address, {"applications": [first.code, gone.code]}).text
    assert "no longer being considered" in shown and first.code in shown and gone.code not in shown


def test_whoever_waits_until_the_last_day_has_a_time_then(sign_in, office, cycle):
    """Two times, one of them earlier: the page offers the last day on which both still have one, and no later one."""
    soon, later = slot_with(cycle, office), slot_with(cycle, office)
    InterviewSlot.objects.filter(pk=soon.pk).update(starts_at=in_days(4))
    InterviewSlot.objects.filter(pk=later.pk).update(starts_at=in_days(12))
    both = [candidate(cycle), candidate(cycle, "Ben Soto")]
    client, address = sign_in(office), page("selection-interviews-invite", cycle.code)
    said = {"applications": [each.code for each in both]}

    last = timezone.localdate(in_days(2))
    assert f'value="{last}"' in client.post(address, said).text
    kept = client.post(address, said | {"book_on": str(last + dt.timedelta(days=1))}).text
    assert "the last to book could find no time. Let them book until Thu, Dec 3" in kept
    assert not Interview.objects.exists()
    client.post(address, said | {"book_on": str(last)})
    assert Interview.objects.count() == 2
    # the later time alone is enough for one of them
    Interview.objects.all().delete()
    client.post(address, {"applications": [both[0].code], "book_on": str(timezone.localdate(in_days(10)))})
    assert Interview.objects.count() == 1


def test_times_that_are_too_soon_for_everyone_are_said_before_anything_is_typed(sign_in, office, cycle):
    InterviewSlot.objects.filter(pk=slot_with(cycle, office).pk).update(starts_at=in_days(1.2))
    person = candidate(cycle)

    text = sign_in(office).post(page("selection-interviews-invite", cycle.code), {"applications": [person.code]}).text

    assert "too soon for everyone to book" in text and "Invite everyone selected" not in text
    with pytest.raises(RuleViolation) as caught:
        invite(cycle, office, person)
    assert caught.value.code == "too_soon"


# --- While others book ------------------------------------------------------------------------------


def test_nobody_books_the_time_that_another_has_until_their_last_day(office, cycle):
    """The other's last day is after the first time can be booked: the second one is kept for them."""
    soon, later = slot_with(cycle, office), slot_with(cycle, office)
    InterviewSlot.objects.filter(pk=soon.pk).update(starts_at=in_days(4))
    InterviewSlot.objects.filter(pk=later.pk).update(starts_at=in_days(12))
    hasty, slow = candidate(cycle), candidate(cycle, "Ben Soto")
    (first,) = actions.invite(cycle, [hasty], book_by=in_days(2), by=office)
    actions.invite(cycle, [slow], book_by=in_days(9), by=office)

    assert list(open_times.free_slots(first)) == [soon]


def test_a_time_that_lasts_is_not_kept_for_one_so_that_another_has_none(office, cycle):
    """Only the later time lasts until their last day, and the earlier one is with somebody who must not meet Ben."""
    college = CollegeFactory()
    soon, later = slot_with(cycle, UserFactory(advisor=college)), slot_with(cycle, office)
    InterviewSlot.objects.filter(pk=later.pk).update(starts_at=in_days(12))
    free, only = candidate(cycle), candidate(cycle, "Ben Soto", college)
    both = [InterviewFactory(application=each, book_by=in_days(9)) for each in (free, only)]

    assert list(open_times.free_slots(both[0])) == [soon]
    assert list(open_times.free_slots(both[1])) == [later]
    assert open_times.gaps_of(cycle).without == []


def test_the_only_time_of_one_is_not_shown_to_another_nor_booked_by_them(sign_in, office, cycle):
    college = CollegeFactory()
    free, only = candidate(cycle), candidate(cycle, "Ben Soto", college)
    for_both, for_one = slot_with(cycle, office), slot_with(cycle, UserFactory(advisor=college))
    one, _other = invite(cycle, office, free, only)

    shown = sign_in(free.student).get(one.get_absolute_url()).text

    assert page("interview-book", one.code, slot=for_one.code) in shown
    assert page("interview-book", one.code, slot=for_both.code) not in shown
    with pytest.raises(RuleViolation) as caught:
        actions.book(one, for_both, by=free.student)
    assert caught.value.code == "taken"
    # whoever gives the other time up makes it free for all
    Application.objects.filter(pk=only.pk).update(status="withdrawn", withdrawn_at=timezone.now())
    assert {slot.pk for slot in open_times.free_slots(one)} == {for_both.pk, for_one.pk}


def test_a_change_gives_the_first_time_to_the_others(office, cycle):
    college = CollegeFactory()
    free, only = candidate(cycle), candidate(cycle, "Ben Soto", college)
    first, second = slot_with(cycle, office), slot_with(cycle, UserFactory(advisor=college))
    one = actions.book(invite(cycle, office, free)[0], first, by=free.student)
    third = slot_with(cycle, office)
    invite(cycle, office, only)

    # the third is the other's only one as long as the first is taken, and not once it's given back
    assert {slot.pk for slot in open_times.free_slots(one)} == {second.pk, third.pk}
    actions.book(one, third, by=free.student)
    assert not open_times.gaps_of(cycle).without


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_the_third_a_time(office):
    """Each of the two bookings alone would leave one; both together would not."""
    cycle, college = interview_cycle(), CollegeFactory()
    advisor = UserFactory(advisor=college)
    pair, only = [candidate(cycle), candidate(cycle, "Cy Diaz")], candidate(cycle, "Ben Soto", college)
    shared = [slot_with(cycle, office), slot_with(cycle, office)]
    slot_with(cycle, advisor)
    both = invite(cycle, office, *pair, only)[:2]
    gate, given = threading.Barrier(2), []

    def press(interview, slot):
        try:
            gate.wait()
            actions.book(interview, slot, by=interview.application.student)
            given.append("booked")
        except RuleViolation as violation:
            given.append(violation.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press, args=pair) for pair in zip(both, shared, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(given) == ["booked", "taken"]
    assert not open_times.gaps_of(cycle).without


def test_in_a_shortage_a_student_sees_what_the_office_reads(sign_in, office, cycle):
    """Two were invited for two times, and one is canceled: it is whoever was invited last who has none."""
    first, last = candidate(cycle), candidate(cycle, "Ben Soto")
    slot, canceled = slot_with(cycle, office), slot_with(cycle, office)
    one, other = invite(cycle, office, first, last)
    slot_actions.call_off(canceled, by=office)

    assert names(open_times.gaps_of(cycle).without) == ["Ben Soto"]
    assert list(open_times.free_slots(one)) == [slot]
    assert not open_times.free_slots(other).exists()
    with pytest.raises(RuleViolation):
        actions.book(other, slot, by=last.student)


# --- When a time is gone afterwards -----------------------------------------------------------------


@pytest.mark.parametrize("how", ["called off", "interviewer changed", "interviewer closed", "moved to their college"])
def test_a_time_gone_since_is_a_duty_of_the_office_until_there_is_another(sign_in, office, cycle, how):
    college = CollegeFactory()
    person, reader = candidate(cycle), UserFactory(advisor=college, full_name="Rosa Ibarra")
    client = sign_in(office)
    slot = slot_with(cycle, reader)
    invite(cycle, office, person)
    assert not duty_of(client, cycle, "no_time")
    if how == "called off":
        slot_actions.call_off(slot, by=office)
    elif how == "interviewer changed":
        AssignmentFactory(application=person, reader=office)
        said = {"starts_at": slot.starts_at, "minutes": 20, "place": "x", "link": "", "interviewers": [office]}
        slot_actions.change(slot, by=office, **said)
    elif how == "interviewer closed":
        User.objects.filter(pk=reader.pk).update(is_active=False)
    else:
        Application.objects.filter(pk=person.pk).update(college=college)

    duty = duty_of(client, cycle, "no_time")

    assert duty.title == "1 student is invited to an interview and has no time to book"
    shown = client.get(duty.href).text
    assert "1 invited student has no time to book." in shown and "Ana Ruiz" in shown
    slot_with(cycle, UserFactory(coordinator=True))
    assert not duty_of(client, cycle, "no_time")


@pytest.mark.parametrize("how", ["left", "closed", "moved to their college"])
def test_a_booked_interview_that_nobody_may_hold_is_a_duty(sign_in, office, cycle, how):
    college = CollegeFactory()
    person, interviewer, client = candidate(cycle), UserFactory(advisor=college), sign_in(office)
    slot = slot_with(cycle, interviewer)
    interview = booked(slot, application=person)
    assert not duty_of(client, cycle, "not_held")
    if how == "left":
        slot.interviewers.clear()
    elif how == "closed":
        User.objects.filter(pk=interviewer.pk).update(is_active=False)
    else:
        Application.objects.filter(pk=person.pk).update(college=college)

    duty = duty_of(client, cycle, "not_held")

    assert duty.title == "1 booked interview needs another interviewer"
    shown = client.get(duty.href).text
    assert page("interview-slot", interview.slot.code) in shown.split("need another interviewer")[1]
    said = {"starts_at": slot.starts_at, "minutes": 20, "place": "x", "link": "", "interviewers": [office]}
    slot_actions.change(interview.slot, by=office, **said)
    assert not duty_of(client, cycle, "not_held")


# --- Whom they meet, and whom to call ---------------------------------------------------------------


def test_the_student_reads_who_interviews_and_whom_to_call(sign_in, cycle, settings):
    settings.OFFICE_PHONE = "+12135550123"
    people = [UserFactory(coordinator=True, full_name=name) for name in ("Noel Ames", "Rosa Ibarra")]
    nameless = UserFactory(coordinator=True, full_name="", preferred_name="", email="hidden@example.org")
    slot = slot_with(cycle, *people, nameless)
    interview = InterviewFactory(application=candidate(cycle))
    client = sign_in(interview.application.student)

    before = client.get(page("interview-book", interview.code, slot=slot.code)).text
    assert "With: Noel Ames, Rosa Ibarra" in before and "hidden@example.org" not in before
    actions.book(interview, slot, by=interview.application.student)

    shown = client.get(interview.get_absolute_url()).text
    assert "With: Noel Ames, Rosa Ibarra" in shown
    assert "If no one comes, call the exchange team:" in shown and "tel:+12135550123" in shown
    body = Message.objects.get(template="applications/interview_booked", channel="email").body
    assert "With: Noel Ames, Rosa Ibarra" in body and "If no one comes, call +1 213-555-0123." in body


def test_without_a_phone_the_student_reads_whom_to_write_to(sign_in, cycle, settings):
    settings.OFFICE_PHONE, settings.OFFICE_EMAIL = "", "team@example.org"
    interview = booked(application=candidate(cycle), slot=None)

    shown = sign_in(interview.application.student).get(interview.get_absolute_url()).text

    assert "If no one comes, write to the exchange team:" in shown and "mailto:team@example.org" in shown
    assert "If no one comes" not in Message.objects.get(template="applications/interview_booked", channel="email").body

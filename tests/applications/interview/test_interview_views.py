"""The pages of interviews: set up and invited by the office, booked by a student, scored by the interviewer."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.models import Interview, InterviewSlot, Review
from applications.reading.actions import review
from exchange.models import Fact, Message
from tests.applications.base.test_time_slots import read
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory
from tests.factories_meeting import InterviewFactory, InterviewSlotFactory, booked, interview_cycle

pytestmark = pytest.mark.django_db
POINTS = {"points_purpose": 4, "points_adapting": 5, "points_giving_back": 3}
ZONE = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Philippa Officeman")


def page(name, code, **more):
    return reverse(f"applications:{name}", kwargs={"code": code, **more})


def over(interview):
    InterviewSlot.objects.filter(pk=interview.slot_id).update(starts_at=timezone.now() - dt.timedelta(hours=1))


# --- The office -------------------------------------------------------------------------------------


def row_of_times(office, **changes):
    day = timezone.localdate() + dt.timedelta(days=5)
    said = {"day": day.isoformat(), "begin": "09:00", "end": "10:00", "minutes": 20, "pause": 10}
    return said | {"place": "City Hall", "link": "", "interviewers": [office.code]} | changes


def test_the_office_opens_times_in_a_row(sign_in, office):
    cycle, client = interview_cycle(), sign_in(office)
    assert "Los Angeles time" in client.get(page("selection-interviews-plan", cycle.code)).text

    client.post(page("selection-interviews-plan", cycle.code), row_of_times(office))

    times = [f"{slot.starts_at.astimezone(ZONE):%H:%M}" for slot in cycle.interview_slots.all()]
    assert times == ["09:00", "09:30"]
    assert "9:30 am" in client.get(page("selection-interviews", cycle.code)).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"end": "08:00"}, "It ends before it starts."),
        ({"place": ""}, "Say where: a place, or a video call link."),
        ({"interviewers": []}, "Choose at least one interviewer."),
        ({"minutes": 5, "pause": 0, "end": "23:00"}, "Make them longer, or allow less time."),
        ({"end": "09:10"}, "No interview fits between these times."),
        ({"day": "2020-01-01"}, "The first of these times has already passed."),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_is_kept(sign_in, office, changes, words):
    cycle = interview_cycle()

    answer = (
        sign_in(office).post(
            page("selection-interviews-plan", cycle.code), row_of_times(office, link="meet.example.gov/x", **changes)
        )
        if "place" not in changes
        else sign_in(office).post(page("selection-interviews-plan", cycle.code), row_of_times(office, **changes))
    )

    assert words in answer.text
    assert 'value="2' in answer.text
    assert not InterviewSlot.objects.exists()


def test_who_did_not_book_in_time_is_invited_again_and_told_nothing_else(sign_in, office):
    """The old invitation is not canceled first: that would send two messages that contradict each other."""
    cycle, client = interview_cycle(), sign_in(office)
    application = ApplicationFactory(submitted=True, cycle=cycle)
    InterviewSlotFactory(cycle=cycle)
    said = {"applications": [application.code], "book_on": (timezone.localdate() + dt.timedelta(days=1)).isoformat()}
    client.post(page("selection-interviews-invite", cycle.code), said)
    Interview.objects.update(book_by=timezone.now() - dt.timedelta(days=1))
    overview = client.get(page("selection-interviews", cycle.code)).text
    assert "didn’t book" in overview and "invite again" in overview and "can book until" not in overview

    client.post(page("selection-interviews-invite", cycle.code), said)

    assert Interview.objects.get().book_by > timezone.now()
    templates = [message.template for message in Message.objects.filter(recipient=application.student)]
    assert templates == ["applications/interview_invited"] * 2
    overview = client.get(page("selection-interviews", cycle.code)).text
    assert "invite again" not in overview and "can book until" in overview


def test_students_are_invited_from_the_list_that_is_ticked(sign_in, office):
    cycle = interview_cycle()
    first, second = (ApplicationFactory(submitted=True, cycle=cycle) for _ in range(2))
    client = sign_in(office)
    InterviewSlotFactory(cycle=cycle)

    # the committee's list posts only the codes
    shown = client.post(page("selection-interviews-invite", cycle.code), {"applications": [first.code]})
    assert first.code in shown.text and second.code not in shown.text
    assert not Interview.objects.exists()
    day = (timezone.localdate() + dt.timedelta(days=1)).isoformat()
    client.post(page("selection-interviews-invite", cycle.code), {"applications": [first.code], "book_on": day})

    interview = Interview.objects.get()
    assert interview.application == first
    assert f"{interview.book_by.astimezone(ZONE):%Y-%m-%d %H:%M:%S}" == f"{day} 23:59:59"
    assert "invited, hasn’t booked" in client.get(page("selection-interviews", cycle.code)).text
    assert Message.objects.filter(template="applications/interview_invited").count() == 1


def test_a_cycle_without_interviews_has_no_pages_for_them(sign_in, office):
    interview = booked()
    cycle = interview.application.cycle
    cycle.has_interviews = False
    cycle.save()
    client = sign_in(office)
    for name in ("selection-interviews", "selection-interviews-plan", "selection-interviews-invite"):
        assert client.get(page(name, cycle.code)).status_code == 404
    assert client.get(page("interview-slot", interview.slot.code)).status_code == 404
    assert sign_in(interview.application.student).get(interview.get_absolute_url()).status_code == 404
    assert "interview" not in sign_in(interview.application.student).get(reverse("travel:journey")).text.lower()


def test_the_switch_is_on_the_page_of_names_and_texts_and_stays_while_students_come(sign_in, office):
    interview = booked()
    cycle = interview.application.cycle
    client = sign_in(office)
    address = reverse("applications:cycle-setup-basics", kwargs={"code": cycle.code})
    shown = client.get(address)
    form = shown.context["form"]
    data = {bound.html_name: bound.value() for bound in form if bound.value() not in (None, "", False)}
    data.pop("has_interviews")

    answer = client.post(address, data)

    cycle.refresh_from_db()
    assert cycle.has_interviews
    assert "Cancel those before you turn interviews off." in answer.text


def test_the_overview_costs_the_same_for_many(sign_in, office, django_assert_max_num_queries):
    cycle = interview_cycle()
    for _ in range(6):
        slot = InterviewSlotFactory(cycle=cycle)
        booked(slot, application=ApplicationFactory(submitted=True, cycle=cycle))
    client = sign_in(office)
    with django_assert_max_num_queries(26):
        client.get(page("selection-interviews", cycle.code))
    with django_assert_max_num_queries(14):
        client.get(page("selection-interviews-invite", cycle.code))


# --- The student ------------------------------------------------------------------------------------


def test_a_student_sees_times_by_day_books_and_changes(sign_in):
    interview = InterviewFactory()
    cycle = interview.application.cycle
    first, second = (InterviewSlotFactory(cycle=cycle) for _ in range(2))
    client = sign_in(interview.application.student)
    assert "Book your interview" in client.get(reverse("travel:journey")).text
    shown = client.get(interview.get_absolute_url()).text
    assert page("interview-book", interview.code, slot=first.code) in shown
    assert "Los Angeles time" in shown

    asked = client.get(page("interview-book", interview.code, slot=first.code))
    assert "City Hall, room 1060" in asked.text
    assert not Interview.objects.get().is_booked
    client.post(page("interview-book", interview.code, slot=first.code))
    assert Interview.objects.get().slot == first
    assert "Come to your interview" in client.get(reverse("travel:journey")).text
    shown = client.get(interview.get_absolute_url()).text
    assert "until 24 hours before" in shown
    client.post(page("interview-book", interview.code, slot=second.code))

    assert Interview.objects.get().slot == second


def test_a_time_that_somebody_took_leads_back_to_the_others(sign_in):
    taken = booked()
    interview = InterviewFactory(
        application=ApplicationFactory(submitted=True, answered=True, cycle=taken.application.cycle)
    )
    other = InterviewSlotFactory(cycle=taken.application.cycle)
    client = sign_in(interview.application.student)

    answer = client.post(page("interview-book", interview.code, slot=taken.slot.code), follow=True)

    assert "This time is no longer available. Choose another one." in answer.text
    assert page("interview-book", interview.code, slot=other.code) in answer.text


def test_a_slot_of_another_cycle_is_not_found(sign_in):
    interview = InterviewFactory()
    other = InterviewSlotFactory()
    client = sign_in(interview.application.student)
    assert client.post(page("interview-book", interview.code, slot=other.code)).status_code == 404


def test_nobody_sees_or_books_the_interview_of_somebody_else(sign_in):
    interview = InterviewFactory()
    slot = InterviewSlotFactory(cycle=interview.application.cycle)
    client = sign_in(UserFactory())
    for address in (
        interview.get_absolute_url(),
        page("interview-book", interview.code, slot=slot.code),
        page("interview-calendar", interview.code),
        page("interview-score", interview.code),
    ):
        assert client.get(address).status_code == 404


def test_the_calendar_file_follows_what_happens(sign_in, office):
    interview = booked()
    client = sign_in(interview.application.student)

    first = client.get(page("interview-calendar", interview.code))
    sign_in(office).post(page("interview-call-off", interview.code))
    second = client.get(page("interview-calendar", interview.code))

    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    (before, booked_one), (after, called_off) = read(first.content), read(second.content)
    assert booked_one.start == interview.slot.starts_at.replace(microsecond=0)
    assert booked_one["UID"] == called_off["UID"]
    assert (before["METHOD"], after["METHOD"]) == ("PUBLISH", "CANCEL")
    assert called_off["SEQUENCE"] > booked_one["SEQUENCE"]


def test_there_is_no_calendar_file_before_a_time_is_booked(sign_in):
    interview = InterviewFactory()
    client = sign_in(interview.application.student)
    assert client.get(page("interview-calendar", interview.code)).status_code == 404


@pytest.mark.parametrize("what", ["missed", "held", "off", "late"])
def test_the_page_says_how_it_ended(sign_in, office, what):
    interview = booked()
    client = sign_in(interview.application.student)
    if what == "off":
        sign_in(office).post(page("interview-call-off", interview.code))
    elif what == "late":
        Interview.objects.update(slot=None, booked_at=None, book_by=timezone.now() - dt.timedelta(days=1))
    else:
        over(interview)
        sign_in(office).post(page("interview-settle", interview.code), {"outcome": what})
    words = {
        "missed": "We missed you.",
        "held": "Your interview is done.",
        "off": "There’s no longer an interview.",
        "late": "The last day to book has passed.",
    }
    assert words[what] in client.get(interview.get_absolute_url()).text


# --- The interviewer --------------------------------------------------------------------------------


def test_an_interviewer_sees_who_comes_and_scores_with_the_name(sign_in):
    interview = booked()
    over(interview)
    person = interview.slot.interviewers.get()
    client = sign_in(person)
    name = str(interview.application.student)
    assert name in client.get(reverse("applications:interview-list")).text
    shown = client.get(page("interview-score", interview.code)).text
    assert name in shown and "ate lunch in the library" in shown

    kept = client.post(page("interview-score", interview.code), {"act": "lock", "points_purpose": 4, "comment": "C."})
    assert "Choose the points before you lock." in kept.text
    client.post(page("interview-score", interview.code), {"act": "lock", "comment": "Calm.", **POINTS})

    interview.refresh_from_db()
    assert (Review.objects.get().locked_at is not None, interview.outcome) == (True, "held")
    assert "Locked on" in client.get(page("interview-score", interview.code)).text


def test_a_locked_interview_can_be_undone_for_a_minute(sign_in):
    interview = booked()
    Fact.objects.filter(key=review.UNDO_SECONDS).update(value=60)
    over(interview)
    client = sign_in(interview.slot.interviewers.get())
    address = page("interview-score", interview.code)
    client.post(address, {"act": "lock", "comment": "Calm.", **POINTS})
    (assignment,) = interview.application.assignments.all()
    undo = reverse("applications:review-unlock", args=[assignment.code])
    for shown in (client.get(address).text, client.get(reverse("applications:interview-list")).text):
        assert undo in shown and f"You locked your scores for {interview.application.student}." in shown

    shown = client.post(undo, follow=True)

    assert shown.redirect_chain[-1][0] == address
    assert "Unlocked. Your scores are as you left them." in shown.text and "Calm." in shown.text
    assert Review.objects.get().locked_at is None
    assert undo not in shown.text


def test_another_interviewers_scores_stay_covered(sign_in, office):
    interview = booked()
    over(interview)
    (assignment,) = interview.application.assignments.all()
    sign_in(assignment.reader).post(
        page("interview-score", interview.code), {"act": "save", "comment": "COMMENT-OF-A-READER", **POINTS}
    )

    assert "COMMENT-OF-A-READER" not in sign_in(office).get(page("interview-score", interview.code)).text


def test_who_does_not_interview_cannot_score(sign_in, office):
    interview = booked()
    assert sign_in(office).post(page("interview-score", interview.code), POINTS).status_code == 403


def test_a_student_who_joined_the_office_does_not_see_the_own_scoring(sign_in, office):
    interview = InterviewFactory(
        application=ApplicationFactory(submitted=True, student=office, cycle=interview_cycle())
    )
    assert sign_in(office).get(page("interview-score", interview.code)).status_code == 403


def test_the_committees_list_shows_where_interviews_stand(sign_in, office):
    interview = InterviewFactory()
    cycle = interview.application.cycle
    client = sign_in(office)
    address = f"{reverse('applications:selection-list')}?cycle={cycle.code}"

    shown = client.get(address).text
    assert "invited, hasn’t booked" in shown
    assert page("selection-interviews-invite", cycle.code) in shown
    cycle.has_interviews = False
    cycle.save()

    shown = client.get(address).text
    assert "invited, hasn’t booked" not in shown
    assert page("selection-interviews", cycle.code) not in shown

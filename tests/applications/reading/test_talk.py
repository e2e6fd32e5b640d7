"""Readers of one application see each other's scores and reasons, and write to each other, once their own are final and
if the cycle says so."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.cycle.actions import setup
from applications.models import Assignment, Cycle, ReaderRemark
from applications.reading import talk
from applications.reading.actions import conflict
from applications.reading.actions import talk as actions
from applications.reading.forms.review import ReviewForm
from applications.states import Status
from exchange.base import due
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.applications.reading.test_review_views import text_of
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, AssignmentFactory, ReviewFactory, review_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def application(db):
    review_facts()
    college = CollegeFactory(name="Riverbend College", short_name="Riverbend")
    found = ApplicationFactory(submitted=True, cycle__ready=True, college=college, student__full_name="Marisol Ortega")
    found.cycle.readers_talk = True
    found.cycle.save()
    return found


def given(application, *, locked=True, **more):
    """A reading, locked and final."""
    return ReviewFactory(assignment=AssignmentFactory(application=application), locked=locked, **more).assignment


def page_of(sign_in, assignment):
    return text_of(sign_in(assignment.reader).get(assignment.get_absolute_url()))


def said_to(sign_in, assignment, text):
    return sign_in(assignment.reader).post(
        reverse("applications:review-say", args=[assignment.code]), {"text": text}, follow=True
    )


def test_who_has_locked_sees_the_others_scores_and_reasons_without_names(sign_in, application):
    own, other = given(application), given(application, points=2, comment="Marisol from Riverbend says little.")
    waiting = given(application, locked=False, comment="Not yet mine to show.")

    page = page_of(sign_in, own)

    assert "Adapting 2" in page and "says little." in page
    assert "1 other reader’s scores aren’t final yet." in page
    assert "Marisol" not in page and "Riverbend" not in page and "Not yet mine" not in page
    for secret in (str(other.reader), str(waiting.reader), other.code, other.reader.code):
        assert secret not in page


def test_the_form_says_who_reads_the_comment(sign_in, application):
    own = given(application, locked=False)
    assert "Comment for the committee and the other readers" in page_of(sign_in, own)
    interview = AssignmentFactory(application=application, is_interview=True)
    assert str(ReviewForm(assignment=interview).fields["comment"].label) == "Comment for the committee"

    application.cycle.readers_talk = False
    application.cycle.save()
    page = page_of(sign_in, own)
    assert "Comment for the committee" in page and "and the other readers" not in page


def test_before_the_own_lock_is_final_nothing_shows(sign_in, application):
    other = given(application, points=2, comment="A concrete reason.")
    unlocked, undoable = given(application, locked=False), given(application)
    undoable.review.undo_until = timezone.now() + dt.timedelta(seconds=50)
    undoable.review.save()

    for own in (unlocked, undoable):
        assert "What the other readers gave" not in page_of(sign_in, own)
        said_to(sign_in, own, "Why two?")
        with pytest.raises(RuleViolation, match="once your own scores are final"):
            actions.say(own, text="Why two?", by=own.reader)
    assert not ReaderRemark.objects.exists()
    # nor does a reader see scores that can still be undone
    assert "2 other readers’ scores aren’t final yet." in page_of(sign_in, other)


def test_a_cycle_that_does_not_say_so_keeps_readings_apart(sign_in, application):
    own, _other = given(application), given(application, comment="A concrete reason.")
    application.cycle.readers_talk = False
    application.cycle.save()

    assert "What the other readers gave" not in page_of(sign_in, own)
    said_to(sign_in, own, "Why?")
    assert not ReaderRemark.objects.exists()


def test_readers_write_to_each_other_and_nothing_can_be_changed(sign_in, application):
    one, other = given(application), given(application)

    for _tap in range(2):
        said_to(sign_in, one, "Why a four, Marisol names a date?")
    assert "Write something first." in text_of(said_to(sign_in, one, " "))
    assert ReaderRemark.objects.count() == 1
    assert Event.objects.filter(action="review.say", by=one.reader).count() == 1
    page = page_of(sign_in, other)
    assert "names a date?" in page and "Marisol" not in page and str(one.reader) not in page
    assert "<strong>You (Reader 1)</strong>" in page_of(sign_in, one) and "<strong>Reader 1</strong>" in page
    for change in (lambda: ReaderRemark.objects.update(text="x"), lambda: ReaderRemark.objects.all().delete()):
        with pytest.raises(TypeError):
            change()


def test_what_is_refused_is_not_lost(sign_in, application):
    one = given(application)
    long = "Too long, every line of it.\r\n" * 80
    page = text_of(said_to(sign_in, one, long))
    assert "every line of it." in page and "What the other readers gave" in page and "at most 2000" in page
    lines = "a\r\n" * 999 + "aa"  # a line end counts once
    said_to(sign_in, one, lines)
    assert ReaderRemark.objects.get().text == lines.replace("\r\n", "\n")

    application.status = Status.SELECTED
    application.save()
    page = text_of(said_to(sign_in, one, "My last word."))
    assert "My last word." in page and "no longer being read" in page
    application.cycle.readers_talk = False
    application.cycle.save()
    page = text_of(said_to(sign_in, one, "My last word."))
    assert "My last word." in page and "once your own scores are final" in page


def test_numbers_stay_when_readers_come_and_go(sign_in, application):
    first, second, third = (given(application, comment=f"Reason {number}.") for number in (1, 2, 3))
    conflict.declare(second, by=second.reader)
    given(application, comment="Reason 4.")

    page = page_of(sign_in, first)
    assert "Reader 3: " in page and "Reader 4: " in page and "Reader 2" not in page and "Reader 1" not in page
    said_to(sign_in, third, "As above.")
    assert "<strong>You (Reader 3)</strong>" in page_of(sign_in, third)


def test_the_office_reads_it_with_names_but_not_before_its_own_lock(sign_in, application):
    one = given(application)
    said_to(sign_in, one, "Why a four?")
    office = UserFactory(coordinator=True)
    record = reverse("applications:decision-record", args=[application.code])

    page = text_of(sign_in(office).get(record))
    assert "What readers wrote to each other" in page and "Why a four?" in page
    assert f"<strong>{one.reader}</strong>" in page

    AssignmentFactory(application=application, reader=office)
    assert "Why a four?" not in text_of(sign_in(office).get(record))


def test_the_student_and_strangers_see_nothing(sign_in, application):
    one = given(application)
    said_to(sign_in, one, "Why a four?")

    assert "Why a four?" not in text_of(sign_in(application.student).get(application.get_absolute_url()))
    for person in (application.student, UserFactory(advisor=application.college), given(application).reader):
        answer = sign_in(person).post(reverse("applications:review-say", args=[one.code]), {"text": "Hello."})
        assert answer.status_code == 404
    assert ReaderRemark.objects.count() == 1


def test_who_turns_out_to_know_the_student_is_out_with_their_words(sign_in, application):
    one, other = given(application), given(application)
    said_to(sign_in, one, "She is my niece.")
    conflict.declare(one, by=one.reader)

    page = page_of(sign_in, other)
    assert "niece" not in page
    assert sign_in(one.reader).get(one.get_absolute_url()).status_code == 404
    record = reverse("applications:decision-record", args=[application.code])
    assert "She is my niece." in text_of(sign_in(UserFactory(coordinator=True)).get(record))


@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.SELECTED])
def test_after_the_result_or_a_withdrawal_it_can_be_read_and_no_more_written(sign_in, application, status):
    one = given(application)
    said_to(sign_in, one, "Why a four?")
    application.status = status
    application.withdrawn_at = timezone.now() if status == Status.WITHDRAWN else None
    application.save()

    page = page_of(sign_in, one)
    assert "Why a four?" in page and "Post to the readers" not in page and "What you post stays" not in page
    assert "No comments." not in page
    with pytest.raises(RuleViolation, match="no longer being read"):
        actions.say(Assignment.objects.get(pk=one.pk), text="One more.", by=one.reader)


def test_a_talk_in_which_nothing_was_said(sign_in, application):
    one = given(application)
    assert "No comments." not in page_of(sign_in, one)
    application.status = Status.SELECTED
    application.save()
    page = page_of(sign_in, one)
    assert "No comments." in page and "What you post stays" not in page


def test_one_reader_alone_and_an_interview(sign_in, application):
    own = given(application)
    assert "You’re the only reader." in page_of(sign_in, own)

    interview = AssignmentFactory(application=application, is_interview=True)
    ReviewFactory(assignment=interview, locked=True, comment="Spoke well.")
    assert talk.talk_of(interview.reader, interview) is None
    assert "Spoke well." not in page_of(sign_in, own)


def test_it_is_a_setting_of_the_cycle_off_at_first_and_copied(application):
    assert Cycle().readers_talk is False
    copy = setup.copy_cycle(application.cycle, by=UserFactory(coordinator=True))
    assert copy.readers_talk is True


# --- who is told ----------------------------------------------------------------------------------------


def told(reader):
    return Message.objects.filter(template="applications/remarks_written", recipient=reader, dropped_at=None)


def test_the_others_are_told_of_a_remark_under_their_own_label(application):
    one, other = given(application), given(application)
    still_reads, knows = given(application, locked=False), given(application)
    conflict.declare(knows, by=knows.reader)

    actions.say(one, text="Why a four?", by=one.reader)

    message = told(other.reader).get()
    assert message.subject == "New note about an application you read"
    assert other.candidate_label in message.body and other.get_absolute_url() in message.body
    assert "Why a four?" not in message.body and str(one.reader) not in message.body
    for reader in (one.reader, still_reads.reader, knows.reader):
        assert not told(reader).exists()


def test_a_conversation_is_one_message_a_day(application):
    one, other = given(application), given(application)
    second = ApplicationFactory(submitted=True, cycle=application.cycle, answered=True)
    mine, theirs = (
        given(second),
        ReviewFactory(assignment=AssignmentFactory(application=second, reader=other.reader), locked=True).assignment,
    )
    actions.say(one, text="Why a four?", by=one.reader)
    first = told(other.reader).get()
    Message.objects.filter(pk=first.pk).update(sent_at=timezone.now())

    actions.say(one, text="And the second answer?", by=one.reader)
    actions.say(mine, text="This one is close.", by=mine.reader)

    later = told(other.reader).exclude(pk=first.pk).get()
    assert later.send_after == first.queued_at + dt.timedelta(days=1)
    assert later.subject == "New notes about 2 applications you read"
    assert other.candidate_label in later.body and theirs.candidate_label in later.body


def test_a_remark_that_nobody_can_answer_any_more_is_not_announced(application):
    one, other = given(application), given(application)
    actions.say(one, text="Why a four?", by=one.reader)
    key = told(other.reader).get().still_due
    assert due.holds(key)

    application.status = Status.SELECTED
    application.save()
    assert not due.holds(key)
    application.status = Status.SUBMITTED
    application.save()
    Cycle.objects.update(readers_talk=False)
    assert not due.holds(key)

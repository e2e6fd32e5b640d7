"""All that acts on an application leave behind: rows, events, messages, tasks, and every refusal, word for word."""

import datetime as dt

import pytest
from django.utils import timezone

from applications.apply import results
from applications.apply.actions import application as acts
from applications.apply.actions import draft as drafts
from applications.apply.actions import help as helping
from applications.apply.actions import recommendation as letters
from applications.apply.actions import records_consent as records
from applications.apply.actions import staff_note as notes
from applications.apply.actions import thread as threads
from applications.models import (
    Answer,
    Application,
    CityPreference,
    DraftField,
    HelpSession,
    Note,
    Recommendation,
    RecordsConsent,
    SentCopy,
    StaffNote,
    StaffNoteVersion,
    Statement,
    Thread,
)
from exchange.models import Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    ConsentTextFactory,
    CycleFactory,
    DecisionFactory,
    ReviewFactory,
    application_facts,
    review_facts,
)
from tests.wholes import NAMES, is_as_written

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers(still):
    application_facts(), review_facts()


@pytest.fixture
def college(still):
    return CollegeFactory(name="Valley College", short_name="Valley")


@pytest.fixture
def office(still):
    return UserFactory(coordinator=True, full_name="Dana Office", email="dana@example.gov")


@pytest.fixture
def advisor(college):
    return UserFactory(advisor=college, full_name="Ada Advisor", email="ada@example.edu")


@pytest.fixture
def cycle(still):
    return CycleFactory(ready=True)


def person(name, language="en"):
    first = name.split()[0].lower()
    return UserFactory(full_name=name, preferred_name="", email=f"{first}@example.org", language=language)


def same(name, text):
    return is_as_written(name, text, changing=NAMES)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def sent(cycle, college, name="Ana Ruiz", **more):
    return ApplicationFactory(cycle=cycle, submitted=True, answered=True, college=college, student=person(name), **more)


# --- The form ---------------------------------------------------------------------------------------


def test_a_draft_is_written_and_sent(story, cycle, college, office):
    ana = person("Ana Ruiz", "es")
    story.act("not open", drafts.start, CycleFactory(upcoming=True), by=ana)
    story.act("no form", drafts.start, CycleFactory(), by=ana)
    draft = story.act("start", drafts.start, cycle, by=ana)
    story.act("start again", drafts.start, cycle, by=ana)
    story.act("too soon", acts.submit, draft, by=ana)
    story.act("write", drafts.save_answers, draft, {"major": "Law", "nothing": "x"}, by=ana)
    story.act("major", drafts.save_answers, draft, {"major": "Law"}, by=ana)
    story.act("major again", drafts.save_answers, draft, {"major": "Law"}, by=ana)
    story.act("cities", drafts.save_answers, draft, {"cities": [city.code for city in cycle.cities.all()][:2]}, by=ana)
    story.act("no city", drafts.save_answers, draft, {"cities": ["atlantis"]}, by=ana)
    whole = ApplicationFactory(cycle=cycle, answered=True, college=college, student=person("Ben Cruz"))
    story.act("send", acts.submit, whole, by=whole.student, signed_name="Ben Cruz")
    story.act("send again", acts.submit, whole, by=whole.student, signed_name="Ben Cruz")
    story.act("write after", drafts.save_answers, whole, {"major": "Art"}, by=whole.student)
    story.later(days=1)
    story.act("back without a note", acts.return_for_fix, whole, note=" ", by=office)
    story.act("back", acts.return_for_fix, whole, note=" Name your major. ", by=office, sections=["college"])
    story.act("back again", acts.return_for_fix, whole, note="Name your major.", by=office)
    story.act("unchanged", acts.submit, fresh(whole), by=whole.student)
    story.act("for a reason", acts.submit, fresh(whole), by=whole.student, reason="It is right.")
    story.later(hours=1)
    acts.return_for_fix(fresh(whole), note="Once more.", by=office)
    drafts.save_answers(fresh(whole), {"major": "Music"}, by=whole.student)
    story.act("fixed", acts.submit, fresh(whole), by=whole.student)
    story.act("go on too late", acts.go_on, fresh(whole), reason="Time.", by=office)
    acts.return_for_fix(fresh(whole), note="And again.", by=office)
    story.act("go on without a reason", acts.go_on, fresh(whole), reason=" ", by=office)
    story.act("go on", acts.go_on, fresh(whole), reason=" The readers wait. ", by=office)
    story.say("state", str(fresh(whole).status))
    assert same("form", story.text(Application, Answer, CityPreference, DraftField, SentCopy))


def test_somebody_is_late(story, cycle, office):
    late = ApplicationFactory(cycle=CycleFactory(closed=True), answered=True, student=person("Ana Ruiz"))
    open_one = ApplicationFactory(cycle=cycle, student=person("Ben Cruz"))
    story.act("in time", acts.ask_for_more_time, open_one, reason="I work.", by=open_one.student)
    story.act("why", acts.ask_for_more_time, late, reason=" ", by=late.student)
    story.act("ask", acts.ask_for_more_time, late, reason=" I was ill. ", by=late.student)
    story.act("ask again", acts.ask_for_more_time, fresh(late), reason="I was ill.", by=late.student)
    story.act("past", acts.reopen, fresh(late), until=timezone.now(), reason="Ill.", by=office)
    story.act("no words", acts.refuse_more_time, fresh(late), answer=" ", by=office)
    story.act("no", acts.refuse_more_time, fresh(late), answer=" The readings have started. ", by=office)
    story.act("no again", acts.refuse_more_time, fresh(late), answer="No.", by=office)
    story.later(hours=1)
    until = timezone.now() + dt.timedelta(days=2)
    story.act("no reason", acts.reopen, fresh(late), until=until, reason=" ", by=office)
    story.act("yes", acts.reopen, fresh(late), until=until, reason=" A doctor's note. ", by=office)
    story.act("yes again", acts.reopen, fresh(late), until=until, reason="A doctor's note.", by=office)
    story.act("write", drafts.save_answers, fresh(late), {"major": "Law"}, by=late.student)
    story.later(days=3)
    story.act("write too late", drafts.save_answers, fresh(late), {"major": "Art"}, by=late.student)
    assert same("late", story.text(Application))


def test_somebody_withdraws(story, cycle, college, office):
    ana, ben, cara = (sent(cycle, college, name) for name in ("Ana Ruiz", "Ben Cruz", "Cara Diaz"))
    story.act("not theirs to undo", acts.undo_withdraw_for, ana, by=office)
    story.act("herself", acts.withdraw, ana, by=ana.student, reason=" A job. ")
    story.act("again", acts.withdraw, fresh(ana), by=ana.student)
    story.act("not undone", acts.undo_withdraw_for, fresh(ana), by=office)
    told = {"heard": "phone", "heard_on": timezone.localdate(), "heard_by": office}
    story.act("the office", acts.withdraw_for, ben, by=office, reason="He called.", why="He moves away.", **told)
    story.act("the office again", acts.withdraw_for, fresh(ben), by=office, reason="He called.")
    story.say("can undo", acts.can_undo(fresh(ben)))
    story.later(hours=1)
    story.act("undone", acts.undo_withdraw_for, fresh(ben), by=office)
    story.act("undone again", acts.undo_withdraw_for, fresh(ben), by=office)
    story.act("the office", acts.withdraw_for, cara, by=office, reason="She wrote.")
    story.later(hours=acts.undo_hours() + 1)
    story.say("can undo", acts.can_undo(fresh(cara)))
    story.act("too late", acts.undo_withdraw_for, fresh(cara), by=office)
    assert same("withdrawn", story.text(Application, Statement))


# --- The letter -------------------------------------------------------------------------------------


def test_a_letter_is_asked_for_and_written(story, cycle, college, office):
    ana, ben = (sent(cycle, college, name) for name in ("Ana Ruiz", "Ben Cruz"))
    at = timezone.now()
    who = {"referee_name": "Lena Whit", "referee_email": "lena@example.edu", "relation": "Teacher"}
    asked = {"requested_at": at, "expires_at": at + dt.timedelta(days=14)}
    Recommendation.objects.update(**who, **asked)
    row, other = (Recommendation.objects.get(application=each) for each in (ana, ben))
    sam = letters.Referee("Sam Ito", "sam@example.org", "", "My boss")
    story.act("again too soon", letters.send_again, ana, by=ana.student)
    story.later(days=2)
    story.act("again", letters.send_again, ana, by=ana.student)
    story.act("draft", letters.save_draft, fresh(row), draft="Ana is", seen="")
    story.act("old page", letters.save_draft, fresh(row), draft="Ana was", seen="of before")
    story.act("one's own", letters.replace, ana, letters.Referee("Ana", "ana@example.org", "", "Me"), by=ana.student)
    story.act("replace", letters.replace, ana, sam, by=ana.student)
    story.act("replace by the same", letters.replace, ana, sam, by=ana.student)
    story.say("times", letters.times_asked(fresh(ana)))
    new = Recommendation.objects.get(application=ana)
    story.act("empty", letters.send_letter, new, letter=" ")
    story.act("send", letters.send_letter, new, letter=" Ana listens. ")
    story.act("send again", letters.send_letter, fresh(new), letter="Ana listens.")
    story.act("replace too late", letters.replace, ana, sam, by=ana.student)
    story.act("why", letters.revoke, ana, by=office, reason=" ")
    story.act("revoke", letters.revoke, ana, by=office, reason=" Not hers. ")
    story.act("declines", letters.refuse, other, refused="no_time", note=" Sorry. ")
    story.act("declines again", letters.refuse, fresh(other), refused="no_time")
    story.act("writes after", letters.send_letter, fresh(other), letter="Ben is.")
    story.act("correct", letters.replace, ben, sam, by=ben.student)
    story.later(days=20)
    story.act("too late", letters.send_letter, Recommendation.objects.get(application=ben), letter="Ben is.")
    letters.stop(fresh(ben))
    assert same("letter", story.text(Recommendation))


# --- Who helps, asks and notes ----------------------------------------------------------------------


def test_an_advisor_helps_with_the_form(story, cycle, college, advisor):
    draft = ApplicationFactory(cycle=cycle, answered=True, college=college, student=person("Ana Ruiz"))
    gone = sent(cycle, college, "Ben Cruz")
    story.act("sent already", helping.offer, gone, by=gone.student)
    session = helping.offer(draft, by=draft.student)
    digits = helping.digits_of(session)
    wrong = f"{(int(digits) + 1) % 1_000_000:06}"
    story.act("wrong", helping.begin, wrong, by=advisor)
    story.act("own code", helping.begin, digits, by=draft.student)
    story.act("begin", helping.begin, digits, by=advisor)
    story.act("twice", helping.begin, digits, by=advisor)
    story.act("write", drafts.save_answers, draft, {"major": "Law"}, by=advisor)
    story.later(minutes=5)
    story.act("stop", helping.stop, draft, by=draft.student)
    story.act("stop again", helping.stop, draft, by=draft.student)
    story.act("write after", drafts.save_answers, draft, {"major": "Art"}, by=advisor)
    story.act("offer", helping.offer, draft, by=draft.student)
    story.later(days=1)
    story.say("lapsed", helping.end_lapsed())
    story.say("lapsed again", helping.end_lapsed())
    for _try in range(12):
        story.act("guess", helping.begin, wrong, by=advisor)
    assert same("help", story.text(HelpSession))


def test_a_question_is_asked_passed_on_and_answered(story, cycle, college, office, advisor):
    ana = sent(cycle, college)
    student = ana.student
    story.act("nothing", threads.ask, " ", addressee="office", by=student)
    thread = story.act("ask", threads.ask, " When? ", addressee="office", by=student, application=ana)
    story.act("ask again", threads.ask, "When?", addressee="office", by=student, application=ana)
    story.act("pass on", threads.pass_on, thread, to="college", by=office)
    story.act("pass on again", threads.pass_on, fresh(thread), to="college", by=office)
    story.later(hours=2)
    story.act("answer", threads.write, fresh(thread), "In May.", by=advisor, seen=1)
    story.act("second answer", threads.write, fresh(thread), "In June.", by=office, seen=1)
    story.act("knows of it", threads.write, fresh(thread), "June, sorry.", by=office, seen=2)
    story.later(hours=2)
    story.act("more", threads.write, fresh(thread), "Thanks. Where?", by=student)
    story.act("double tap", threads.write, fresh(thread), "Thanks. Where?", by=student)
    story.act("take back", threads.pass_on, fresh(thread), to="office", by=office)
    story.act("write first", threads.begin, ana, "Please call.", by=office)
    story.act("write first again", threads.begin, ana, "Please call.", by=office)
    assert same("thread", story.text(Thread, Note))


def test_the_office_notes(story, cycle, college, office):
    ana, omar = sent(cycle, college), UserFactory(coordinator=True, full_name="Omar Office", email="omar@example.gov")
    day = timezone.localdate() + dt.timedelta(days=3)
    story.act("nothing", notes.write, ana, " ", by=office)
    story.act("past", notes.write, ana, "Call.", by=office, due_on=timezone.localdate() - dt.timedelta(days=1))
    first = story.act("note", notes.write, ana, " Call her. ", by=office)
    story.act("double tap", notes.write, ana, "Call her.", by=office)
    task = story.act("with a day", notes.write, ana, "Send the form.", by=office, due_on=day, owner=omar)
    seen = notes.fingerprint(fresh(first))
    story.act("edit", notes.edit, first, "Call her mother.", seen=seen, by=omar)
    story.act("old page", notes.edit, first, "Call.", seen=seen, by=office)
    story.act("the same", notes.edit, first, "Call her mother.", seen=notes.fingerprint(fresh(first)), by=office)
    story.act("empty", notes.edit, first, " ", seen=notes.fingerprint(fresh(first)), by=office)
    story.act("not one's own", notes.take_back, fresh(first), by=omar)
    story.act("take back", notes.take_back, fresh(task), by=office, seen=notes.fingerprint(fresh(task)))
    assert same("notes", story.text(StaffNote, StaffNoteVersion))


def test_the_college_may_tell(story, cycle, college, advisor):
    ConsentTextFactory()
    ana = ApplicationFactory(
        cycle=cycle, submitted=True, answered=True, college=college, signed=False, student=person("Ana Ruiz")
    )
    story.act("not hers", records.sign, ana, typed_name="Ana Ruiz", by=advisor)
    story.act("another name", records.sign, ana, typed_name="Bob", by=ana.student)
    story.act("sign", records.sign, ana, typed_name=" ana ruiz ", by=ana.student)
    story.act("sign again", records.sign, ana, typed_name="Ana Ruiz", by=ana.student)
    story.later(days=1)
    story.act("not hers", records.withdraw, ana, by=advisor)
    story.act("take back", records.withdraw, ana, by=ana.student)
    story.act("take back again", records.withdraw, ana, by=ana.student)
    assert same("records", story.text(RecordsConsent))


# --- What a student reads of the result -------------------------------------------------------------


@pytest.mark.parametrize("result", ["selected", "waitlisted", "not_selected"])
def test_a_result_as_its_student_reads_it(story, cycle, college, office, result):
    ana = sent(cycle, college)
    for number, purpose in enumerate((4, 2)):
        reader = UserFactory(advisor=CollegeFactory(), full_name=f"Reader {number}")
        given = {"purpose": purpose, "adapting": 5, "giving_back": 3}
        seat = AssignmentFactory(application=ana, reader=reader)
        ReviewFactory(assignment=seat, points=given, locked=True, feedback=f"Well {number}.")
    DecisionFactory(application=ana, result=result, released_at=timezone.now(), released_by=office)
    Application.objects.filter(pk=ana.pk).update(status=result)
    story.say("result", results.result_of(fresh(ana)))
    story.say("strongest", results.strongest_of(fresh(ana)))
    assert Message.objects.count() == 0 and same(f"result-{result}", story.text())

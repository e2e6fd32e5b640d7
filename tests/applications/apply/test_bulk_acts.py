"""One act on many students: chosen on a list, shown, confirmed, done by a worker, and undone once."""

import datetime as dt
from unittest import mock

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import application as applications
from applications.apply.actions import bulk_act as actions
from applications.apply.actions import staff_note
from applications.apply.views import bulk_act as views
from applications.models import Application, BulkAct, BulkRow, GroupMessage, StaffNote
from applications.states import Status
from exchange.base import office_tasks
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Message, OfficeTask, Role, TextConsent, User
from exchange.wording import own
from tests.constraints import refused
from tests.exchange.wording.test_texts import passage, write
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts, review_facts
from tests.factories_travel import travel_facts

pytestmark = pytest.mark.django_db
LIST, BEGIN = reverse("applications:application-list"), reverse("applications:bulk-act-begin")
TOMORROW = timezone.localdate() + dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Renata Cruz")


@pytest.fixture
def cycle():
    return CycleFactory(ready=True)


@pytest.fixture
def three(cycle):
    return [ApplicationFactory(cycle=cycle, submitted=True, student__full_name=name) for name in ("Ana", "Bea", "Cai")]


def begin(client, act, rows=(), **more):
    given = {"place": "applications", "act": act, "query": "", "row": [row.code for row in rows], **more}
    return client.post(BEGIN, given)


def begun(by, act, rows):
    return actions.draft(act, place="applications", query="", codes=[row.code for row in rows], takes_all=False, by=by)


def seen(client, bulk):
    return client.get(bulk.get_absolute_url()).context["seen"]


def pressed(client, bulk, at="", **more):
    """Press the button that returns them, as the page shows it. `at`: the query in its address."""
    section = client.get(bulk.get_absolute_url()).context["form"]["sections"].field.choices[0][0]
    given = {"seen": seen(client, bulk), "note_en": "Name your college.", "sections": [section], **more}
    return client.post(bulk.get_absolute_url() + at, given)


def confirmed(bulk, said):
    """As by a page that has shown the messages."""
    to_read = actions.confirm(bulk, said=said, seen=actions.mark_of(bulk))
    warned = actions.mark_of_warnings(bulk, to_read.warnings, to_read.previews)
    assert not actions.confirm(bulk, said=said, seen=actions.mark_of(bulk), warned=warned)


def returned(client, bulk, **more):
    """Press it, once more where the messages are shown, and let a worker do it."""
    page = pressed(client, bulk, **more)
    if page.status_code == 200 and page.context["drafts"]:
        page = pressed(client, bulk, warned=page.context["warned"], **more)
    actions.do_all()
    return page


def undone(client, bulk):
    client.post(reverse("applications:bulk-act-undo", args=[bulk.code]))
    actions.do_all()


def outcomes(bulk):
    return dict(bulk.rows.values_list("application__student__full_name", "outcome"))


def statuses(rows):
    return [type(row).objects.get(pk=row.pk).status for row in rows]


# --- From the list to what became of it -------------------------------------------------------------


def test_three_are_returned_and_back_again_by_one_undo(office, three, sign_in):
    client = sign_in(office)
    assert "Return for a fix" in client.get(LIST, follow=True).text
    page = begin(client, "return", three[:2])
    bulk = BulkAct.objects.get()
    assert page.url == bulk.get_absolute_url()
    assert statuses(three) == [Status.SUBMITTED] * 3, "nothing happens before it's confirmed"

    returned(client, bulk)
    assert statuses(three) == [Status.RETURNED, Status.RETURNED, Status.SUBMITTED]
    bulk.refresh_from_db()
    assert bulk.done_at
    assert bulk.said == {}, "the note isn't kept a second time"
    assert outcomes(bulk) == {"Ana": "done", "Bea": "done"}
    assert "Done for 2 students." in client.get(bulk.get_absolute_url()).text
    told = Message.objects.filter(template="applications/application_returned")
    assert told.count() == 2

    assert {row.return_note for row in Application.objects.filter(status=Status.RETURNED)} == {"Name your college."}

    undone(client, bulk)
    assert statuses(three) == [Status.SUBMITTED] * 3
    assert "Undone for 2 students." in client.get(bulk.get_absolute_url()).text
    before = Message.objects.count()
    undone(client, bulk)
    assert Message.objects.count() == before, "a second tap does nothing"


def test_the_list_leads_back_to_what_was_done_there_last_until_it_is_undone(office, three, sign_in):
    client = sign_in(office)
    begin(client, "return", three[:2])
    bulk = BulkAct.objects.get()
    assert "See or undo" not in client.get(LIST, follow=True).text, "nothing is done yet"
    returned(client, bulk)
    label = f'<a href="{bulk.get_absolute_url()}" data-list-last>See or undo: Return for a fix, 2 students</a>'
    assert label in " ".join(client.get(LIST, follow=True).text.split())
    assert label not in client.get(reverse("travel:checklist-list")).text, "another list"
    assert label not in sign_in(UserFactory(coordinator=True)).get(LIST, follow=True).text, "somebody else’s"

    undone(client, bulk)
    assert "See or undo" not in client.get(LIST, follow=True).text


def test_undo_after_the_next_step_leaves_it_and_says_so(office, three, sign_in):
    client, bulk = sign_in(office), begun(office, "return", three[:2])
    returned(client, bulk)
    applications.go_on(three[0], reason="It is fine.", by=office)
    undone(client, bulk)
    assert outcomes(bulk) == {"Ana": "stays", "Bea": "undone"}
    text = client.get(bulk.get_absolute_url()).text
    assert "Undone for 1 student." in text
    assert "1 student has moved ahead since" in text


def test_undo_leaves_what_a_colleague_has_returned_since(office, three, sign_in):
    client, bulk = sign_in(office), begun(office, "return", three[:2])
    returned(client, bulk)
    colleague = UserFactory(coordinator=True)
    applications.go_on(three[0], reason="It is fine.", by=colleague)
    applications.return_for_fix(three[0], note="Your transcript is missing.", by=colleague)

    undone(client, bulk)

    assert statuses(three) == [Status.RETURNED, Status.SUBMITTED, Status.SUBMITTED]
    assert outcomes(bulk) == {"Ana": "stays", "Bea": "undone"}
    row = bulk.rows.get(outcome="stays")
    assert row.why == "It’s since been returned again, so it stays with the student."
    assert row.why_es == "Después se devolvió de nuevo, así que sigue en manos de la persona."
    told = Message.objects.filter(template="applications/application_goes_on", recipient=three[0].student)
    assert told.count() == 1, "by the colleague, not by the undo"


def test_undo_of_a_return_from_before_its_event_was_kept(office, three, sign_in):
    client, bulk = sign_in(office), begun(office, "return", three[:1])
    returned(client, bulk)
    bulk.rows.update(kept={})

    undone(client, bulk)

    assert outcomes(bulk) == {"Ana": "undone"}


def test_whoever_it_cannot_be_done_to_is_named_before_and_left_out(office, cycle, three, sign_in):
    gone = ApplicationFactory(cycle=cycle, withdrawn=True, student__full_name="Dee")
    client, bulk = sign_in(office), begun(office, "return", [*three, gone])
    text = client.get(bulk.get_absolute_url()).text
    assert "1 student you checked is left out." in text
    assert "See what they’ll read" in text
    returned(client, bulk)
    assert outcomes(bulk) == {"Ana": "done", "Bea": "done", "Cai": "done", "Dee": "left_out"}


def test_why_someone_is_left_out_is_read_in_the_language_of_whoever_reads(office, cycle, three, sign_in):
    gone = ApplicationFactory(cycle=cycle, withdrawn=True, student__full_name="Dee")
    client, bulk = sign_in(office), begun(office, "return", [*three, gone])
    spanish = {"accept-language": "es"}
    before = "Ahora mismo no espera una decisión."
    assert before in client.get(bulk.get_absolute_url(), headers=spanish).text
    returned(client, bulk)
    applications.go_on(three[0], reason="It is fine.", by=office)
    applications.withdraw_for(three[1], reason="By phone.", by=office)
    undone(client, bulk)

    there = bulk.rows.get(application=three[1])
    assert (there.outcome, there.why) == (
        "stays",
        "It isn’t with the student now: it was submitted again, or a colleague went on without the fix.",
    )
    assert there.why_es and there.why_es != there.why
    page = client.get(bulk.get_absolute_url(), headers=spanish).text
    assert before in page
    assert there.why_es in page
    assert there.why in client.get(bulk.get_absolute_url()).text
    assert statuses(three) == [Status.SUBMITTED, Status.WITHDRAWN, Status.SUBMITTED], "asking twice changes nothing"


def test_a_sentence_from_before_is_shown_as_it_was_stored(office, three, sign_in):
    client, bulk = sign_in(office), begun(office, "return", three)
    returned(client, bulk)
    bulk.rows.filter(application=three[0]).update(outcome="left_out", why="Sin respuesta.", why_es="")

    assert "Sin respuesta." in client.get(bulk.get_absolute_url()).text


def test_rows_that_changed_meanwhile_are_shown_again_and_nothing_is_done(office, three, sign_in):
    client, bulk = sign_in(office), begun(office, "return", three)
    mark = seen(client, bulk)
    applications.withdraw_for(three[1], reason="By phone.", by=office)
    page = pressed(client, bulk, seen=mark)
    assert "The list has changed since you looked" in page.text
    assert "Bea" in page.text.split("No longer possible for")[1][:40]
    assert "Name your college." in page.text, "what was typed is still there"
    assert statuses(three) == [Status.SUBMITTED, Status.WITHDRAWN, Status.SUBMITTED]

    returned(client, bulk)
    assert statuses(three) == [Status.RETURNED, Status.WITHDRAWN, Status.RETURNED]


def test_a_page_that_was_overtaken_by_another_window_does_nothing(office, three, sign_in):
    client, bulk = sign_in(office), begun(office, "return", three)
    mark = seen(client, bulk)
    applications.withdraw_for(three[1], reason="By phone.", by=office)
    pressed(client, bulk)  # the other window has seen the new list
    page = pressed(client, bulk, seen=mark)
    assert "Someone else changed this" in page.text
    assert statuses(three)[0] == Status.SUBMITTED


def test_everyone_whom_the_filters_find(office, cycle, three, sign_in):
    ApplicationFactory(cycle=cycle, student__full_name="Draft")
    begin(sign_in(office), "return", query="status=submitted", all="yes")
    assert set(outcomes(BulkAct.objects.get())) == {"Ana", "Bea", "Cai"}


def test_nobody_checked_and_an_act_that_is_not_there_change_nothing(office, three, sign_in):
    client = sign_in(office)
    page = client.post(BEGIN, {"place": "applications", "act": "return"}, follow=True)
    assert "Check at least one student." in page.text
    begin(client, "delete", three)
    begin(client, "return", three, place="nowhere")
    assert not BulkAct.objects.exists()


# --- A note and a task ------------------------------------------------------------------------------


def test_assigning_gives_each_a_note_and_a_task_which_undo_takes_back(office, three, sign_in):
    colleague = UserFactory(coordinator=True)
    client, bulk = sign_in(office), begun(office, "assign", three)
    given = {"seen": seen(client, bulk), "body": "Call about the interview.", "owner": colleague.pk, "due_on": TOMORROW}
    client.post(bulk.get_absolute_url(), given)
    actions.do_all()
    tasks = OfficeTask.objects.filter(owner=colleague, done_at=None, dropped_at=None)
    assert StaffNote.objects.count() == tasks.count() == 3

    office_tasks.finish(StaffNote.objects.get(application=three[0]).task, by=colleague)
    staff_note.edit(StaffNote.objects.get(application=three[1]), "Called twice.", seen="", by=colleague)
    undone(client, bulk)
    assert {note.application for note in StaffNote.objects.all()} == {three[0], three[1]}
    assert tasks.count() == 1
    page = client.get(bulk.get_absolute_url()).text
    assert "Someone has followed up already" in page and "Someone has edited the note since" in page


def test_a_task_needs_a_day_that_is_not_over(office, three, sign_in):
    client, bulk = sign_in(office), begun(office, "assign", three)
    given = {"seen": seen(client, bulk), "body": "Call.", "due_on": TOMORROW - dt.timedelta(days=2)}
    assert "That day has passed." in client.post(bulk.get_absolute_url(), given).text
    assert not StaffNote.objects.exists()


# --- A message --------------------------------------------------------------------------------------


def test_a_message_goes_to_those_who_were_checked_and_to_nobody_else(office, three, sign_in):
    client = sign_in(office)
    page = begin(client, "message", three[:2])
    bulk = BulkAct.objects.get()
    assert page.url == f"{reverse('travel:group-message-new')}?chosen={bulk.code}"
    assert "Checked on a list" not in client.get(LIST, follow=True).text
    client.post(page.url, {"body_en": "Bring your card.", "body_es": ""})
    group = GroupMessage.objects.get()
    assert {row.application.student.full_name for row in group.recipients.all()} == {"Ana", "Bea"}
    BulkAct.objects.update(begun_at=timezone.now() - actions.KEPT - dt.timedelta(days=1))
    assert actions.forget() == 0, "the message still needs its list"
    GroupMessage.objects.update(called_off_at=timezone.now(), called_off_by=office)
    assert actions.forget() == 1


# --- Who may ----------------------------------------------------------------------------------------


def test_an_advisor_writes_to_their_own_and_returns_nobody(cycle, sign_in):
    college = CollegeFactory()
    advisor = UserFactory(advisor=college)
    mine = ApplicationFactory(cycle=cycle, submitted=True, college=college)
    other = ApplicationFactory(cycle=cycle, submitted=True)
    client = sign_in(advisor)
    assert "Return for a fix" not in client.get(LIST, follow=True).text
    begin(client, "return", [mine])
    assert not BulkAct.objects.exists()
    begin(client, "message", [mine, other])
    assert [row.application for row in BulkRow.objects.all()] == [mine]


def test_each_is_returned_with_the_note_in_their_language(office, three, sign_in):
    User.objects.filter(pk=three[0].student_id).update(language="es")
    client, bulk = sign_in(office), begun(office, "return", three)
    assert "Say what to fix in Spanish" in returned(client, bulk).text

    returned(client, bulk, note_es="Escribe tu college.")

    notes = {row.pk: row.return_note for row in Application.objects.filter(status=Status.RETURNED)}
    en, es = "Name your college.", "Escribe tu college."
    assert notes == {three[0].pk: es, three[1].pk: en, three[2].pk: en}


def test_only_the_languages_that_they_read_are_asked_for_and_who_changes_it_gets_the_one_there_is(
    office, three, sign_in
):
    bulk = begun(office, "return", three[:1])
    form = sign_in(office).get(bulk.get_absolute_url()).context["form"]
    assert ("note_en" in form.fields, "note_es" in form.fields) == (True, False)
    section = three[0].form.sections.first().key
    confirmed(bulk, {"note_en": "Fix it.", "sections": [section]})
    User.objects.filter(pk=three[0].student_id).update(language="es")
    actions.do_all()
    assert Application.objects.get(pk=three[0].pk).return_note == "Fix it."


def test_each_message_of_a_return_is_shown_in_its_language_before_anything_is_done(office, cycle, three, sign_in):
    student = three[0].student
    student.language, student.preferred_name = "es", "Ana"
    student.save()
    gone = ApplicationFactory(cycle=cycle, withdrawn=True)
    client, bulk = sign_in(office), begun(office, "return", [*three, gone])
    notes = {"note_es": "Di cuál es tu college."}

    page = pressed(client, bulk, **notes)

    assert "Nothing was done yet. Read the messages below, then confirm." in page.text
    assert "Return for a fix: 3 students" in page.text
    assert [(each.to, each.total, each.languages) for each in page.context["counts"]] == [("Student", 3, (2, 1))]
    assert set(page.context["drafts"]) == {row.pk for row in three}
    assert "<summary>Corrige una parte de tu solicitud:" in page.text
    assert statuses(three) == [Status.SUBMITTED] * 3
    assert not Message.objects.exists()

    other = [choice for choice, _title in page.context["form"]["sections"].field.choices][1]
    again = pressed(client, bulk, warned=page.context["warned"], **{**notes, "sections": [other]})
    assert again.context["drafts"], "other parts make other messages"

    returned(client, bulk, **notes)
    shown = [each for drafts in page.context["drafts"].values() for draft in drafts for each in draft.messages]
    assert {(each.address, each.subject, each.body) for each in shown} == {
        (each.address, each.subject, each.body) for each in Message.objects.all()
    }


@pytest.mark.parametrize("count", [2, 12])
def test_the_messages_of_a_return_take_as_many_queries_for_many(
    office, cycle, sign_in, django_assert_max_num_queries, count
):
    rows = [ApplicationFactory(cycle=cycle, submitted=True) for _ in range(count)]
    client, bulk = sign_in(office), begun(office, "return", rows)
    pressed(client, bulk)
    with django_assert_max_num_queries(40):
        pressed(client, bulk)


def test_the_messages_of_a_return_are_looked_at_page_by_page(office, three, sign_in, monkeypatch):
    monkeypatch.setattr(views, "WITH_MESSAGES", 2)
    client, bulk = sign_in(office), begun(office, "return", three)

    first = pressed(client, bulk)
    second = pressed(client, bulk, warned=first.context["warned"], page=2)

    assert list(first.context["drafts"]) == [row.pk for row in three[:2]]
    assert list(second.context["drafts"]) == [three[2].pk]
    assert "Page 2 of 2" in second.text and second.text.count("<summary>") == 1
    assert [(each.total, each.languages) for each in second.context["counts"]] == [(3, (3, 0))]
    assert "Name your college." in second.text, "what was typed is still there"
    assert not Message.objects.exists() and statuses(three) == [Status.SUBMITTED] * 3

    assert pressed(client, bulk, warned=second.context["warned"]).status_code == 302
    actions.do_all()
    pages = (first.context["drafts"], second.context["drafts"])
    shown = [each for page in pages for drafts in page.values() for draft in drafts for each in draft.messages]
    assert sorted((each.address, each.subject, each.body) for each in shown) == sorted(
        Message.objects.values_list("address", "subject", "body")
    )


def test_only_the_messages_of_the_page_are_written(office, cycle, sign_in, monkeypatch):
    monkeypatch.setattr(views, "WITH_MESSAGES", 2)
    rows = [ApplicationFactory(cycle=cycle, submitted=True) for _ in range(9)]
    client, bulk = sign_in(office), begun(office, "return", rows)
    with mock.patch.object(outbox, "drafts", wraps=outbox.drafts) as write:
        page = pressed(client, bulk)
        assert len(page.context["drafts"]) == 2
        assert write.call_count == 3, "and one to compare with"
        pressed(client, bulk, warned=page.context["warned"])
        assert write.call_count == 4
    assert statuses(rows) == [Status.SUBMITTED] * 9
    bulk.refresh_from_db()
    assert bulk.confirmed_at


def reworded(_row):
    which = passage("Please do it this week", applications.RETURNED)
    spanish = "Corrígela antes del viernes. Sigue contando como recibida el {day}."
    write(which, "Fix it by Friday. It still counts as received on {day}.", spanish, by=UserFactory(coordinator=True))
    own.forget()  # as other processes do a moment later


def reworded_text(row):
    """The words of the text message; only the student on the other page gets one."""
    which = passage("please fix “{part}” in your application", applications.RETURNED)
    spanish = "corrige “{part}” hoy y envíala de nuevo:"
    write(which, "fix “{part}” today and submit again:", spanish, by=UserFactory(coordinator=True))
    own.forget()


OFF_THE_PAGE = {
    "name": lambda row: User.objects.filter(pk=row.student_id).update(preferred_name="Cai Lin"),
    "address": lambda row: User.objects.filter(pk=row.student_id).update(email="cai@example.org"),
    "language": lambda row: User.objects.filter(pk=row.student_id).update(language="es"),
    "part": lambda row: row.form.sections.update(title_en="Your background"),
    "cycle": lambda row: type(row.cycle).objects.filter(pk=row.cycle_id).update(name_en="The year after"),
    "day": lambda row: Application.objects.filter(pk=row.pk).update(submitted_at=timezone.now() - dt.timedelta(days=9)),
    "text": reworded,
    "text message": reworded_text,
}


@pytest.mark.parametrize("what", OFF_THE_PAGE)
def test_a_message_that_would_be_another_than_the_one_shown_is_shown_again(office, three, sign_in, monkeypatch, what):
    """Also where it's on another page."""
    own.forget()
    monkeypatch.setattr(views, "WITH_MESSAGES", 2)
    reached = User.objects.filter(pk=three[2].student_id)
    reached.update(phone="+12135550177", phone_verified_at=timezone.now())
    TextConsent.objects.create(phone="+12135550177", user=reached.get(), agreed_at=timezone.now(), agreed_how="page")
    client, bulk = sign_in(office), begun(office, "return", three)
    notes = {"note_es": "Di cuál es tu college."}
    warned = pressed(client, bulk, **notes).context["warned"]

    OFF_THE_PAGE[what](three[2])

    again = pressed(client, bulk, warned=warned, **notes)
    assert again.status_code == 200 and again.context["counts"]
    assert statuses(three) == [Status.SUBMITTED] * 3
    assert pressed(client, bulk, warned=again.context["warned"], **notes).status_code == 302


def test_the_messages_begin_on_their_first_page(office, cycle, sign_in, monkeypatch):
    """Also where the button is pressed on another page of the students."""
    monkeypatch.setattr(views, "WITH_MESSAGES", 1)
    monkeypatch.setattr(views, "ON_A_PAGE", 1)
    rows = [ApplicationFactory(cycle=cycle, submitted=True, student__full_name=name) for name in ("Ana", "Bea")]
    gone = ApplicationFactory(cycle=cycle, withdrawn=True, student__full_name="Cai")
    client, bulk = sign_in(office), begun(office, "return", [*rows, gone])

    page = pressed(client, bulk, at="?page=3")

    assert list(page.context["drafts"]) == [rows[0].pk]
    assert "Page 1 of 3" in page.text


@pytest.mark.parametrize("act", ["return", "assign"])
def test_another_page_of_the_students_keeps_what_was_typed(office, three, sign_in, monkeypatch, act):
    monkeypatch.setattr(views, "ON_A_PAGE", 2)
    client, bulk = sign_in(office), begun(office, act, three)
    first, typed = client.get(bulk.get_absolute_url()), {"note_en": "Name your college.", "body": "Call them."}
    assert 'name="page"' in first.text and "Page 1 of 2" in first.text

    second = client.post(bulk.get_absolute_url(), {"seen": first.context["seen"], **typed, "page": 2})

    assert [row.application for row in second.context["page_obj"]] == three[2:]
    assert typed["note_en" if act == "return" else "body"] in second.text
    assert "There’s a problem" not in second.text, "it isn't sent yet"
    assert second.context["seen"] == first.context["seen"]
    bulk.refresh_from_db()
    assert bulk.is_draft


def test_those_to_whom_nothing_can_be_done_are_looked_at_page_by_page(office, cycle, sign_in, monkeypatch):
    monkeypatch.setattr(views, "ON_A_PAGE", 1)
    gone = [ApplicationFactory(cycle=cycle, withdrawn=True, student__full_name=name) for name in ("Ana", "Bea")]
    client, bulk = sign_in(office), begun(office, "return", gone)

    page = client.get(bulk.get_absolute_url(), {"page": 2})

    assert 'href="?page=1"' in page.text and [row.application for row in page.context["page_obj"]] == gone[1:]


def test_messages_that_have_changed_are_read_from_the_first_page_again(office, three, sign_in, monkeypatch):
    """Otherwise someone could confirm words on a page that they never opened."""
    monkeypatch.setattr(views, "WITH_MESSAGES", 2)
    client, bulk = sign_in(office), begun(office, "return", three)
    warned = pressed(client, bulk).context["warned"]
    User.objects.filter(pk=three[0].student_id).update(preferred_name="Anita")

    page = pressed(client, bulk, warned=warned, page=2)

    assert page.context["warned"] != warned
    assert list(page.context["drafts"]) == [row.pk for row in three[:2]] and "Hi Anita," in page.text
    assert list(pressed(client, bulk, warned=page.context["warned"], page=2).context["drafts"]) == [three[2].pk]


def test_nobody_is_returned_whose_form_has_none_of_the_parts(office, three, sign_in):
    """Returned with no part of their own form, all of it would be open."""
    other = ApplicationFactory(cycle=CycleFactory(ready=True), submitted=True, student__full_name="Dee")
    other.form.sections.update(key=Concat(Value("new-"), "key"))
    keys = [three[0].form.sections.first().key, other.form.sections.first().key]
    client, bulk = sign_in(office), begun(office, "return", [three[0], other])

    page = pressed(client, bulk, sections=keys[:1])

    assert "This doesn’t fit everyone you checked, so nothing was done yet." in page.text
    assert "Left out: Dee." in page.text and "Their form doesn’t have these parts." in page.text
    assert statuses([three[0], other]) == [Status.SUBMITTED] * 2
    returned(client, bulk, sections=keys[:1])
    assert outcomes(bulk) == {"Ana": "done", "Dee": "left_out"}
    assert statuses([three[0], other]) == [Status.RETURNED, Status.SUBMITTED]
    with pytest.raises(RuleViolation, match="doesn’t have these parts"):
        applications.return_for_fix(other, note="Fix it.", sections=keys[:1], by=office)

    both = begun(office, "return", [three[1], other])
    returned(client, both, sections=keys)
    open_again = Application.objects.filter(pk__in=[three[1].pk, other.pk]).values_list("pk", "return_sections")
    assert dict(open_again) == {three[1].pk: keys[:1], other.pk: keys[1:]}


def test_somebody_elses_act_is_not_there_and_students_have_none(office, three, sign_in):
    bulk = begun(office, "return", three)
    assert sign_in(UserFactory(coordinator=True)).get(bulk.get_absolute_url()).status_code == 404
    assert sign_in(three[0].student).get(bulk.get_absolute_url()).status_code == 403
    assert sign_in(three[0].student).post(BEGIN, {"place": "applications", "act": "message"}).status_code == 403


def test_a_role_that_ended_meanwhile_ends_the_act(office, three):
    bulk = begun(office, "return", three)
    section = three[0].form.sections.first().key
    confirmed(bulk, {"note_en": "Fix it.", "sections": [section]})
    Role.objects.filter(user=office).delete()
    actions.do_all()
    assert set(outcomes(bulk).values()) == {"left_out"}
    assert statuses(three) == [Status.SUBMITTED] * 3


def test_whoever_its_author_may_no_longer_see_is_counted_and_not_named(office, three, sign_in):
    client, bulk = sign_in(office), begun(office, "return", three)
    returned(client, bulk)
    draft = begun(office, "return", three)
    Role.objects.filter(user=office).delete()
    office.roles.create(kind=Role.Kind.ADVISOR, college=three[0].college)
    client = sign_in(User.objects.get(pk=office.pk))

    for each in (bulk, draft):
        page = client.get(each.get_absolute_url())
        assert [row.application for row in page.context["page_obj"]] == three[:1]
        assert "Ana" in page.text and "Bea" not in page.text and "Cai" not in page.text
        assert "2 students aren’t named here, because you may no longer see their files." in page.text
    assert "Done for 3 students." in client.get(bulk.get_absolute_url()).text
    Role.objects.filter(user=office).update(college=CollegeFactory())
    for each in (bulk, draft):
        page = client.get(each.get_absolute_url())
        assert not page.context["page_obj"] and "3 students aren’t named here" in page.text


def test_a_worker_that_died_goes_on_with_the_rest_and_repeats_nobody(office, three, monkeypatch):
    bulk = begun(office, "assign", three)
    said = {"body": "Call.", "owner": None, "due_on": TOMORROW.isoformat()}
    actions.confirm(bulk, said=said, seen=actions.mark_of(bulk))
    write = staff_note.write
    calls = []

    def dies(application, *args, **more):
        calls.append(application)
        if len(calls) == 2:
            raise SystemExit
        return write(application, *args, **more)

    monkeypatch.setattr(staff_note, "write", dies)
    with pytest.raises(SystemExit):
        actions.do_all()
    assert StaffNote.objects.count() == 1
    assert actions.do_all() == 2
    assert StaffNote.objects.count() == 3
    assert len(calls) == 4


def test_what_goes_wrong_with_one_student_stops_nobody_else(office, three, monkeypatch, sign_in):
    client, bulk = sign_in(office), begun(office, "assign", three)
    said = {"body": "Call.", "owner": None, "due_on": TOMORROW.isoformat()}
    actions.confirm(bulk, said=said, seen=actions.mark_of(bulk))
    write = staff_note.write

    def fails(application, *args, **more):
        if application == three[1]:
            raise LookupError
        return write(application, *args, **more)

    monkeypatch.setattr(staff_note, "write", fails)
    assert actions.do_all() == 2
    assert outcomes(bulk) == {"Ana": "done", "Bea": "left_out", "Cai": "done"}
    assert "Something went wrong on our side." in client.get(bulk.get_absolute_url()).text


# --- What is kept -----------------------------------------------------------------------------------


def test_old_lists_go_and_those_at_work_stay(office, three):
    begun(office, "return", three)
    working = begun(office, "assign", three)
    BulkAct.objects.filter(pk=working.pk).update(confirmed_at=timezone.now())
    BulkAct.objects.update(begun_at=timezone.now() - actions.KEPT - dt.timedelta(days=1))
    assert actions.forget() == 1
    assert list(BulkAct.objects.all()) == [working]


def test_constraints(office, three):
    now, bulk = timezone.now(), begun(office, "return", three)
    refused("bulkact_done_only_when_confirmed", lambda: BulkAct.objects.update(done_at=now))
    refused("bulkact_undone_only_when_done", lambda: BulkAct.objects.update(confirmed_at=now, undo_at=now))
    refused("bulkrow_once", lambda: BulkRow.objects.create(act=bulk, application=three[0]))


@pytest.mark.parametrize("count", [3, 30])
def test_the_pages_make_as_many_queries_for_many(office, cycle, sign_in, django_assert_max_num_queries, count):
    rows = [ApplicationFactory(cycle=cycle, submitted=True) for _ in range(count)]
    client, bulk = sign_in(office), begun(office, "return", rows)
    with django_assert_max_num_queries(10):
        client.get(bulk.get_absolute_url())
    returned(client, bulk)
    with django_assert_max_num_queries(10):
        client.get(bulk.get_absolute_url())


def test_the_same_tap_twice_confirms_once(office, three):
    bulk = begun(office, "assign", three)
    said = {"body": "Call.", "owner": None, "due_on": TOMORROW.isoformat()}
    mark = actions.mark_of(bulk)
    actions.confirm(bulk, said=said, seen=mark)
    actions.confirm(bulk, said=said, seen=mark)
    actions.do_all()
    assert StaffNote.objects.count() == 3
    with pytest.raises(IntegrityError), transaction.atomic():
        BulkRow.objects.create(act=bulk, application=three[0])

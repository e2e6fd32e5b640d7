"""The office says whose text from an unknown number is: it joins that student's thread, and that is undone."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import incoming
from applications.apply.actions import thread as threads
from applications.models import Note, Thread
from exchange.base.errors import RuleViolation
from exchange.models import Event, IncomingText, Message, Role
from exchange.web.notices import BEFORE
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, application_facts
from tests.releasing import words

pytestmark = pytest.mark.django_db
NUMBER = "+13105550199"


@pytest.fixture(autouse=True)
def facts(db):
    application_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Renata Cruz")


@pytest.fixture
def ana():
    return ApplicationFactory(student__full_name="Ana Ruiz", student__email="ana@example.edu")


@pytest.fixture
def text():
    return came()


def came(body="Is the bus at nine?", *, hours=3, **fields):
    at = timezone.now() - dt.timedelta(hours=hours)
    base = {"message_id": f"text-{body}", "went_to": "office", "number": NUMBER, "sent_at": at, "received_at": at}
    return IncomingText.objects.create(body=body, **(base | fields))


def page_of(text):
    return reverse("applications:text-attach", args=[text.code])


def chosen(client, text, application):
    return client.post(page_of(text), {"application": application.code}, follow=True)


def undo(client, text):
    return client.post(reverse("applications:text-detach", args=[text.code]), follow=True)


def test_a_student_is_found_from_the_texts_page_and_it_waits_in_their_thread(office, ana, text, sign_in):
    client = sign_in(office)
    assert page_of(text) in client.get(reverse("texts-unknown-detail", args=[text.code])).text
    assert page_of(text) in client.get(reverse("texts-unknown-peek", args=[text.code])).text
    page = words(client.get(page_of(text), {"q": "ana ru"}))
    assert "Is the bus at nine?" in page and "It’s from Ana Ruiz" in page

    answer = chosen(client, text, ana)

    note = Note.objects.get()
    thread = note.thread
    assert answer.redirect_chain[-1][0] == thread.get_absolute_url()
    assert "Added to Ana Ruiz’s questions" in words(answer)
    assert "by text message · added from an unknown number by Renata Cruz" in words(answer)
    assert (note.body, note.author, note.by_text) == ("Is the bus at nine?", ana.student, True)
    assert (thread.student, thread.application, thread.addressee) == (ana.student, ana, "office")
    assert thread.waiting_since == text.received_at, "it has waited since it came"
    text.refresh_from_db()
    assert (text.body, text.handled_by, text.user) == ("", office, ana.student)
    assert not IncomingText.objects.for_the_office().exists()
    assert Event.objects.get(action="thread.attach_text", target_id=thread.pk).by == office
    assert [each.recipient for each in Message.objects.filter(template="applications/thread_asked")] == [office]
    assert not Message.objects.filter(recipient=ana.student).exists(), "the student is told once it's answered"
    assert "1 text from a number we don’t know" not in words(client.get(reverse("home")))


def test_it_continues_the_thread_that_was_written_in_lately_and_is_answered_like_any_question(
    office, ana, text, sign_in
):
    thread = threads.begin(ana, "Bring your passport on Friday.", by=office)
    client = sign_in(office)

    chosen(client, text, ana)
    assert Thread.objects.get().waiting_since == text.received_at
    client.post(thread.get_absolute_url(), {"body": "At nine, yes.", "seen": "2"})

    assert not Thread.objects.get().is_waiting
    assert Message.objects.filter(template="applications/thread_answered", recipient=ana.student).exists()


def test_whose_account_has_the_number_is_offered_before_anyone_types(office, ana, text, sign_in):
    ana.student.phone = NUMBER  # typed, and never confirmed
    ana.student.save()
    page = words(sign_in(office).get(page_of(text)))
    assert "This number is on their account" in page and "It’s from Ana Ruiz" in page


@pytest.mark.parametrize(("typed", "said"), [("zebra", "No student fits."), ("", "Enter part of a name, an email,")])
def test_a_search_that_finds_nobody_says_what_to_type(office, ana, text, sign_in, typed, said):
    page = words(sign_in(office).get(page_of(text), {"q": typed}))
    assert said in page and "It’s from Ana Ruiz" not in page


def test_oneself_and_whom_nobody_here_may_see_cannot_be_chosen(office, text, sign_in):
    own = ApplicationFactory(student=office)
    client = sign_in(office)
    assert client.post(page_of(text), {"application": own.code}).status_code == 404
    assert client.post(page_of(text), {"application": "nosuch99"}).status_code == 404
    assert client.post(page_of(text)).status_code == 404
    assert not Note.objects.exists()


def test_a_second_tap_writes_it_once_and_a_colleague_who_comes_second_reads_so(office, ana, text, sign_in):
    client, other = sign_in(office), ApplicationFactory()
    chosen(client, text, ana)
    assert str(BEFORE) in words(chosen(client, text, ana))
    assert Note.objects.count() == 1

    assert "A colleague has taken care of this text" in words(chosen(client, text, other))
    assert "A colleague has taken care of this text" in words(client.get(page_of(text), follow=True))
    assert Note.objects.get().author == ana.student


def test_a_text_without_words_has_nothing_to_answer(office, ana):
    with pytest.raises(RuleViolation, match="no words"):
        incoming.attach(came("  "), ana, by=office)


# --- Undone ------------------------------------------------------------------------------------------


def test_undo_removes_it_and_brings_the_text_back_to_the_list(office, ana, text, sign_in):
    client = sign_in(office)
    text_page = reverse("applications:text-detach", args=[text.code])
    assert text_page in chosen(client, text, ana).text

    page = undo(client, text)

    assert "Undone. The text is back" in words(page) and "Is the bus at nine?" in words(page)
    text.refresh_from_db()
    assert (text.body, text.user, text.handled_at) == ("Is the bus at nine?", None, None)
    assert not Note.objects.exists() and not Thread.objects.exists()
    assert not Message.objects.filter(template="applications/thread_asked", dropped_at=None).exists()
    assert Event.objects.filter(action="thread.detach_text", by=office).exists()
    undo(client, text)
    bea = ApplicationFactory(student__full_name="Bea Cole")
    chosen(client, text, bea)
    assert Note.objects.get().author == bea.student


def test_undo_leaves_the_thread_as_it_was(office, ana, text):
    thread = threads.ask("Which gate?", addressee="office", by=ana.student, application=ana)
    asked = Thread.objects.get().waiting_since
    incoming.attach(text, ana, by=office)
    threads.write(thread, "Hello?", by=ana.student)

    incoming.detach(text, by=office)

    assert list(thread.notes.values_list("body", flat=True)) == ["Which gate?", "Hello?"]
    assert Thread.objects.get().waiting_since == asked


def test_what_the_student_wrote_after_it_still_waits(office, ana, text):
    thread = threads.begin(ana, "Bring your passport.", by=office)
    incoming.attach(text, ana, by=office)
    note = threads.write(thread, "Which gate?", by=ana.student)

    incoming.detach(text, by=office)

    assert Thread.objects.get().waiting_since == note.written_at


def test_the_same_words_that_the_student_asked_here_stay_theirs(office, ana, text):
    thread = threads.ask(text.body, addressee="office", by=ana.student, application=ana)
    incoming.attach(text, ana, by=office)
    assert thread.notes.count() == 1

    incoming.detach(text, by=office)

    text.refresh_from_db()
    assert (text.body, thread.notes.count()) == ("Is the bus at nine?", 1)


def _answered(office, monkeypatch):
    threads.write(Thread.objects.get(), "At nine.", by=office)


def _the_hours_passed(office, monkeypatch):
    monkeypatch.setattr(incoming, "undo_hours", lambda: 0)


@pytest.mark.parametrize(
    ("goes_on", "why"),
    [(_answered, "Someone has already answered it"), (_the_hours_passed, "The time to undo this has")],
)
def test_undo_after_the_next_step_leaves_it_and_says_why(goes_on, why, office, ana, text, sign_in, monkeypatch):
    client = sign_in(office)
    chosen(client, text, ana)
    goes_on(office, monkeypatch)
    assert (
        reverse("applications:text-detach", args=[text.code])
        not in client.get(Thread.objects.get().get_absolute_url()).text
    )

    page = words(undo(client, text))

    assert why in page
    assert Note.objects.filter(body="Is the bus at nine?").exists()
    assert IncomingText.objects.get().handled_by == office


@pytest.mark.parametrize("count", [1, 4])
def test_any_number_of_texts_costs_the_same(count, office, ana, django_assert_num_queries):
    notes = {incoming.attach(came(f"Question {number}?"), ana, by=office).pk for number in range(count)}
    thread = Thread.objects.get()
    with django_assert_num_queries(4):
        attached = incoming.attached_to(thread)
    assert {pk for pk, each in attached.items() if each.can_undo} == notes
    threads.write(thread, "At nine.", by=office)
    later = incoming.attach(came("And on Monday?"), ana, by=office)
    assert {pk for pk, each in incoming.attached_to(thread).items() if each.can_undo} == {later.pk}


# --- Their new number --------------------------------------------------------------------------------


def test_a_new_number_leads_to_the_page_that_changes_it_on_the_account(office, ana, text, sign_in):
    client = sign_in(office)
    page = chosen(client, text, ana)
    address = reverse("person-reset", args=[ana.student.code]) + "?phone=%2B13105550199"
    assert "Is +1 310-555-0199 their number now?" in words(page) and address in page.text

    form = client.get(address).context["form"]

    assert (form["kind"].value(), form["new_address"].value()) == ("phone", NUMBER)


def test_students_and_advisors_see_no_number_and_nothing_to_undo(office, ana, text, sign_in):
    thread = threads.begin(ana, "Which gate?", by=UserFactory(advisor=ana.college))
    incoming.attach(text, ana, by=office)
    assert Thread.objects.get() == thread
    for person in (ana.student, Role.objects.get(kind="advisor").user):
        page = sign_in(person).get(thread.get_absolute_url()).text
        assert "Is the bus at nine?" in page and "555-0199" not in page
        assert reverse("applications:text-detach", args=[text.code]) not in page
        assert ("added from an unknown number" in page) == (person != ana.student)

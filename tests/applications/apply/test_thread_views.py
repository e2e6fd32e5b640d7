"""The pages of threads: asking, answering, and the staff's list."""

import html
import io
import re

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from applications.apply.actions import thread as actions
from applications.apply.forms.help import NOTE_MAX
from applications.models import Disclosure, EligibilityRule, Note, Thread
from exchange.models import Event, Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts, review_facts
from tests.factories_help import ThreadFactory
from tests.factories_travel import travel_facts

pytestmark = pytest.mark.django_db
LIST, NEW = reverse("applications:thread-list"), reverse("applications:thread-new")


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()


@pytest.fixture
def college():
    return CollegeFactory()


@pytest.fixture
def advisor(college):
    return UserFactory(advisor=college, full_name="Ruth Delgado")


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


def words(response):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


# --- Asking -----------------------------------------------------------------------------------------


def test_student_whose_college_we_know_is_not_asked_for_it(sign_in, college, advisor):
    application = ApplicationFactory(college=college)
    client = sign_in(application.student)
    assert "college" not in client.get(NEW).context["form"].fields

    response = client.post(NEW, {"addressee": "advisor", "body": "Do night classes count?"}, follow=True)

    thread = Thread.objects.get()
    assert (thread.college, thread.application) == (college, application)
    assert "Sent. We’ll write to you when there’s an answer." in words(response)
    assert "Do night classes count?" in words(response)


def test_student_without_an_application_names_the_college(sign_in, college, advisor):
    client = sign_in(UserFactory())
    data = {"addressee": "advisor", "body": "Can I apply?"}

    response = client.post(NEW, data)
    assert response.context["form"].errors["college"] and "Can I apply?" in response.text
    assert not Thread.objects.exists()

    client.post(NEW, data | {"college": college.code})
    assert Thread.objects.get().college == college


def test_question_to_the_office_needs_no_college(sign_in):
    sign_in(UserFactory()).post(NEW, {"addressee": "office", "body": "When?", "college": ""})
    assert Thread.objects.get().addressee == "office"


def test_question_where_a_college_has_no_advisor_says_who_got_it(sign_in, college):
    client = sign_in(ApplicationFactory(college=college).student)
    response = client.post(NEW, {"addressee": "advisor", "body": "Hi"}, follow=True)
    assert "your college doesn’t have an advisor here yet" in words(response)


def test_question_begins_with_the_condition_it_is_about(sign_in):
    cycle = CycleFactory(ready=True, name_en="Spring 2027")
    rule = EligibilityRule.objects.filter(cycle=cycle).first()
    client = sign_in(UserFactory())

    form = client.get(NEW, {"cycle": cycle.code, "about": rule.key}).context["form"]

    assert form["body"].value().strip() == f"About Spring 2027: {rule.text}"


@pytest.mark.parametrize("query", [{"cycle": "nosuch"}, {"cycle": "<b>", "about": "<b>"}, {"about": "age"}, {}])
def test_what_the_address_cannot_name_begins_with_nothing(sign_in, query):
    assert sign_in(UserFactory()).get(NEW, query).context["form"]["body"].value() == ""


def test_cycle_that_is_not_public_is_not_named(sign_in):
    cycle = CycleFactory(published_at=None)
    assert sign_in(UserFactory()).get(NEW, {"cycle": cycle.code}).context["form"]["body"].value() == ""


def test_visitor_comes_back_to_the_question_after_signing_in(client):
    response = client.get(f"{NEW}?cycle=spring&about=units")
    assert response.status_code == 302
    assert "next=/questions/new/%3Fcycle%3Dspring%26about%3Dunits" in response.headers["Location"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("x" * (NOTE_MAX + 7), "7 characters too many"),
        ("   \n ", "Write something first."),
        ("a\0b", "This text has a hidden character"),
    ],
)
def test_question_that_cannot_be_kept_stays_on_the_page_with_the_reason(sign_in, body, told):
    response = sign_in(UserFactory()).post(NEW, {"addressee": "office", "body": body})
    assert told in words(response)
    assert not Thread.objects.exists()


def test_line_breaks_count_once_and_are_kept(sign_in):
    body = "a\r\n" * (NOTE_MAX // 2 - 1)
    sign_in(UserFactory()).post(NEW, {"addressee": "office", "body": body + "b"})
    assert Note.objects.get().body == body.replace("\r\n", "\n") + "b"


def test_markup_and_turned_text_are_shown_as_text(sign_in):
    client = sign_in(UserFactory())
    response = client.post(NEW, {"addressee": "office", "body": "<script>x</script> \u202eabc 🙂"}, follow=True)
    assert "<script>x" not in response.text and "&lt;script&gt;x" in response.text and "🙂" in response.text


def test_unknown_addressee_is_refused(sign_in):
    response = sign_in(UserFactory()).post(NEW, {"addressee": "mayor", "body": "Hi"})
    assert response.context["form"].errors["addressee"] and not Thread.objects.exists()


# --- Reading and writing on -------------------------------------------------------------------------


def test_student_reads_the_answer_and_writes_on(sign_in, college):
    thread = ThreadFactory(college=college, answered=True)
    client = sign_in(thread.student)

    assert "answered" in words(client.get(LIST))
    assert "Yes, they do." in words(client.get(thread.get_absolute_url()))
    client.post(thread.get_absolute_url(), {"body": "Thank you. And Saturdays?"})

    thread.refresh_from_db()
    assert thread.is_waiting and thread.notes.last().body == "Thank you. And Saturdays?"


def test_advisor_answers_in_the_portal(sign_in, college, advisor):
    thread = ThreadFactory(college=college, body="Do night classes count?")
    client = sign_in(advisor)

    assert "Do night classes count?" in words(client.get(LIST))
    page = client.get(thread.get_absolute_url()).text
    assert 'class="ex-head__brand"' in page
    assert "Write in English: the student reads the portal in English." in page
    response = client.post(thread.get_absolute_url(), {"body": "They do."}, follow=True)

    assert "The student will get a message with a link to it" in words(response)
    assert Event.objects.get(action="thread.answer").by == advisor
    assert "No one is waiting" in words(client.get(LIST))
    assert "Do night classes count?" in words(client.get(f"{LIST}?show=all"))


def test_answer_that_is_too_long_is_kept_on_the_page(sign_in, college, advisor):
    thread = ThreadFactory(college=college)
    response = sign_in(advisor).post(thread.get_absolute_url(), {"body": "y" * (NOTE_MAX + 1)})
    assert "1 character too many" in words(response) and "y" * NOTE_MAX in response.text
    assert thread.notes.count() == 1


def test_thread_that_went_to_the_office_is_not_the_advisor_s_any_more(sign_in, college, advisor, office):
    thread = ThreadFactory(college=college)
    address = reverse("applications:thread-pass", kwargs={"code": thread.code})
    assert sign_in(advisor).post(address, {"to": "office"}).status_code == 403

    response = sign_in(office).post(address, {"to": "office"}, follow=True)

    assert "The office will answer this one." in words(response)
    assert sign_in(advisor).get(thread.get_absolute_url()).status_code == 404
    assert sign_in(advisor).post(thread.get_absolute_url(), {"body": "Hi"}).status_code == 404
    assert sign_in(thread.student).get(thread.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("to", ["", "mayor", "student"])
def test_question_is_passed_to_nobody_else(sign_in, college, office, to):
    thread = ThreadFactory(college=college, office=True)
    address = reverse("applications:thread-pass", kwargs={"code": thread.code})
    assert sign_in(office).post(address, {"to": to}).status_code == 302
    thread.refresh_from_db()
    assert thread.addressee == "office"


def test_nobody_answers_by_reading_an_address(sign_in, college, advisor):
    thread = ThreadFactory(college=college)
    sign_in(advisor).get(f"{thread.get_absolute_url()}?body=Yes")
    assert thread.notes.count() == 1


# --- What waits -------------------------------------------------------------------------------------


def test_list_has_the_oldest_first_and_counts_what_the_person_owes(sign_in, college, advisor, office):
    newer = ThreadFactory(college=college)
    older = ThreadFactory(college=college, opened_at=newer.opened_at.replace(year=2026, month=1))
    ThreadFactory()  # another college's
    for_office = ThreadFactory(office=True)

    response = sign_in(advisor).get(LIST)
    assert list(response.context["page_obj"]) == [older, newer]
    assert response.context["owed"] == 2

    client = sign_in(office)
    assert client.get(LIST).context["page_obj"].paginator.count == 4
    assert list(client.get(f"{LIST}?to=me").context["page_obj"]) == [for_office]
    assert client.get(LIST).context["owed"] == 1
    assert client.get(f"{LIST}?to=advisor&show=all").context["page_obj"].paginator.count == 3
    assert client.get(f"{LIST}?to=nonsense&show=nonsense&page=99").status_code == 200


def test_answered_ones_come_last_however_the_wait_is_sorted(sign_in, office):
    newer = ThreadFactory(office=True)
    older = ThreadFactory(office=True, opened_at=newer.opened_at.replace(year=2026, month=1))
    answered = ThreadFactory(office=True)
    actions.write(answered, "On Monday.", by=office)
    client = sign_in(office)

    def found(sort):
        return list(client.get(f"{LIST}?show=all&sort={sort}").context["page_obj"])

    assert found("waiting") == found("to") == [older, newer, answered]
    assert found("-waiting") == found("-to") == [newer, older, answered]


def test_a_search_looks_in_answered_ones_too_and_says_so(sign_in, college, advisor, office):
    about = ApplicationFactory(college=college, submitted=True, student__full_name="Ana Ruiz")
    waiting = ThreadFactory(college=college, student=about.student, application=about)
    answered = ThreadFactory(college=college, student=about.student, answered=True)
    ThreadFactory(college=college, answered=True)
    for client in (sign_in(advisor), sign_in(office)):
        for typed in ("ana ruiz", about.code):
            page = client.get(LIST, {"q": typed, "show": ""})
            assert {*page.context["page_obj"]} == {waiting, answered}
            assert "This search looks in all conversations, answered ones too." in page.text
            only = client.get(f"{LIST}?{page.context['only_waiting']}")
            assert list(only.context["page_obj"]) == [waiting]
            assert "This search looks in all" not in only.text
        assert "No matches" in client.get(LIST, {"q": "nobody"}).text
        assert "This search looks in all" not in client.get(LIST).text


def test_the_file_has_the_newest_conversations_that_one_may_read(sign_in, college, advisor, office):
    travel_facts()
    review_facts()
    about = ApplicationFactory(college=college, submitted=True)
    day = timezone.now() - timezone.timedelta(days=1)
    for number in range(6):
        ThreadFactory(
            college=college,
            student=about.student,
            application=about,
            opened_at=day + timezone.timedelta(hours=number),
            body=f"Question {number}?",
        )
    ours = ThreadFactory(
        office=True, student=about.student, opened_at=timezone.now(), body="May I speak with the office?"
    )
    ThreadFactory(college=college, body="Of another student?")
    page = sign_in(office).get(about.get_absolute_url())
    shown = page.text
    openings = [thread.opening for thread in page.context["threads"]]
    assert openings == ["May I speak with the office?", "Question 5?", "Question 4?", "Question 3?"]
    assert f'href="{LIST}?q={about.code}&amp;show=all"' in shown
    assert "Of another student?" not in shown

    theirs = words(sign_in(advisor).get(about.get_absolute_url()))
    assert "Question 5?" in theirs and "May I speak with the office?" not in theirs
    assert ours.get_absolute_url() in sign_in(office).get(f"{LIST}?q={about.code}&show=all").text


def test_first_pages_say_what_is_owed_and_lead_to_it(sign_in, college, advisor, office):
    travel_facts()
    review_facts()
    waiting = ThreadFactory(college=college)
    ThreadFactory(college=college, answered=True)
    to_office = ThreadFactory(office=True)
    CycleFactory(ready=True)

    client = sign_in(advisor)
    duty = next(each for each in client.get(reverse("travel:work")).context["work"] if each.key == "questions")
    assert duty.count == 1
    assert list(client.get(duty.href).context["page_obj"]) == [waiting]

    client = sign_in(office)
    page = client.get(reverse("travel:pipeline"))
    assert "1 question to answer" in words(page)
    assert list(client.get(f"{LIST}?to=me").context["page_obj"]) == [to_office]


def test_student_finds_the_way_to_ask_from_the_journey_and_the_foot_of_each_page(sign_in):
    application = ApplicationFactory(cycle=CycleFactory(ready=True))
    client = sign_in(application.student)
    for address in (reverse("travel:journey"), reverse("applications:application-overview", args=[application.code])):
        response = client.get(address)
        assert f'href="{LIST}"' in response.text
        assert f'href="{reverse("contact")}"' in response.text.split("<footer", 1)[1]
        assert reverse("applications:help-offer", args=[application.code]) in response.text


# --- Queries ----------------------------------------------------------------------------------------


def queries_of(client, address, django_assert_max_num_queries) -> int:
    with django_assert_max_num_queries(20) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_lists_ask_the_same_number_of_queries_for_1_and_3_threads(
    sign_in, college, advisor, office, django_assert_max_num_queries
):
    student = UserFactory()
    clients = [sign_in(each) for each in (student, advisor, office)]
    counts = []
    for more in (1, 2):
        for _thread in range(more):
            ThreadFactory(student=student, college=college)
        counts.append([queries_of(client, f"{LIST}?show=all", django_assert_max_num_queries) for client in clients])
    assert counts[0] == counts[1]


def test_thread_asks_the_same_number_of_queries_for_1_and_3_notes(
    sign_in, college, advisor, django_assert_max_num_queries
):
    thread = ThreadFactory(college=college)
    client = sign_in(advisor)
    one = queries_of(client, thread.get_absolute_url(), django_assert_max_num_queries)
    for author in (advisor, UserFactory(advisor=college)):
        Note.objects.create(thread=thread, author=author, body="And this.")
    assert queries_of(client, thread.get_absolute_url(), django_assert_max_num_queries) == one


def test_what_the_student_wrote_while_the_answer_was_being_typed_still_waits(sign_in, college, advisor):
    thread = ThreadFactory(college=college)
    desk, address = sign_in(advisor), thread.get_absolute_url()
    shown = re.search(r'name="seen" value="(\d+)"', desk.get(address).text)[1]
    more = actions.write(thread, "And my brother?", by=thread.student)

    page = desk.post(address, {"body": "Yes, you can.", "seen": shown}, follow=True)
    thread.refresh_from_db()
    assert thread.waiting_since == more.written_at
    assert "The student has written more since then" in page.text

    shown = re.search(r'name="seen" value="(\d+)"', page.text)[1]
    desk.post(address, {"body": "He cannot.", "seen": shown})
    thread.refresh_from_db()
    assert not thread.is_waiting


# --- Staff write first ------------------------------------------------------------------------------


def begin(client, application, body="Can you come by on Tuesday?"):
    return client.post(reverse("applications:thread-begin", args=[application.code]), {"body": body})


@pytest.mark.parametrize(("role", "addressee"), [("advisor", "advisor"), ("office", "office")])
def test_staff_write_to_a_student_who_is_told_and_can_reply(sign_in, role, addressee):
    application = ApplicationFactory(submitted=True, answered=True)
    trait = {"advisor": {"advisor": application.college}, "office": {"coordinator": True}}[role]
    writer = UserFactory(full_name="Adaeze Okafor", **trait)
    client, student = sign_in(writer), sign_in(application.student)

    for _tap in range(2):
        response = begin(client, application)

    thread = Thread.objects.get()
    assert response.url == thread.get_absolute_url()
    assert (thread.addressee, thread.application, thread.is_waiting) == (addressee, application, False)
    mail = Message.objects.get()
    assert (mail.recipient, mail.subject) == (application.student, "A message from Adaeze Okafor")
    assert thread.get_absolute_url() in mail.body and "Tuesday" not in mail.body
    page = student.get(thread.get_absolute_url()).text
    assert "A message to you" in page and "Can you come by on Tuesday?" in page
    assert ">Your question<" not in page and ">answered<" not in page
    assert "From " in student.get(LIST).text and ">answered<" not in student.get(LIST).text
    assert "from you or a colleague" in client.get(f"{LIST}?show=all").text

    student.post(thread.get_absolute_url(), {"body": "Yes, at noon.", "seen": "1"})
    thread.refresh_from_db()
    assert thread.is_waiting
    assert Message.objects.get(template="applications/thread_asked").recipient == writer


def test_an_empty_message_is_not_sent(sign_in):
    application = ApplicationFactory(submitted=True, answered=True)
    response = begin(sign_in(UserFactory(coordinator=True)), application, body=" ")
    assert "Write something first." in response.text
    assert not Thread.objects.exists() and not Message.objects.exists()


def test_a_number_from_the_application_stands_in_for_a_missing_one_of_the_account(sign_in):
    application = ApplicationFactory(submitted=True, answered=True, answered__phone="213 555 0142")
    page = sign_in(UserFactory(coordinator=True)).get(application.get_absolute_url()).text
    assert 'href="tel:+12135550142"' in page
    application.answers.filter(question__key="phone").update(value="ask my sister")
    assert 'href="tel:' not in sign_in(UserFactory(coordinator=True)).get(application.get_absolute_url()).text


# --- The list of staff: files, and the student beside it ---------------------------------------------------


FILE = reverse("applications:thread-file")


def test_what_the_list_shows_is_a_file_without_the_rest_of_the_conversation(sign_in, college, advisor, office):
    sent = ApplicationFactory(college=college, submitted=True)
    asked = "Do night classes count? " + "And so on. " * 20 + "My landlord is unkind."
    thread = ThreadFactory(college=college, student=sent.student, application=sent, body=asked)
    actions.write(ThreadFactory(office=True), "I answered in private.", by=office)

    given = {"format": "csv", "query": "to=advisor&show=all"}
    text = sign_in(advisor).post(FILE, given).getvalue().decode("utf-8-sig")

    lines = text.splitlines()
    assert lines[0] == "Student,Question,College,For,Waiting since"
    assert len(lines) == 2
    assert lines[1].startswith(f"{sent.student},Do night classes count? And so on.")
    assert f"{college.short_name},the advisor,{timezone.localtime(thread.waiting_since):%Y-%m-%d}" in lines[1]
    assert "landlord" not in text
    event = Event.objects.get(action="thread.download")
    assert (event.by, event.changes) == (advisor, {"query": "to=advisor&show=all", "rows": 1})
    assert Disclosure.objects.filter(application=sent, by=advisor).exists()

    both = b"".join(sign_in(office).post(FILE, {"format": "xlsx", "query": "show=all"}).streaming_content)
    cells = [str(cell.value) for row in load_workbook(io.BytesIO(both)).active for cell in row]
    assert "answered" in cells
    assert not any("private" in cell or "landlord" in cell for cell in cells)
    assert sign_in(office).post(FILE, {"format": "exe", "query": "show=all"}).url == f"{LIST}?show=all"


def test_the_student_is_beside_the_list_where_it_is_about_an_application_the_person_may_see(
    sign_in, college, advisor, office
):
    here, elsewhere = ApplicationFactory(college=college, submitted=True), ApplicationFactory(submitted=True)
    for about in (here, elsewhere):
        ThreadFactory(college=college, student=about.student, application=about)
    ThreadFactory(college=college)  # about none
    peeks = {each.pk: f'data-peek="{reverse("travel:peek", args=[each.code])}"' for each in (here, elsewhere)}

    page = sign_in(office).get(LIST).text
    assert all(peek in page for peek in peeks.values())
    assert page.count("data-peek=") == 2
    assert 'id="peek"' in page

    page = sign_in(advisor).get(LIST).text
    assert peeks[here.pk] in page
    assert page.count("data-peek=") == 1, "another college's application stays out of sight"


def test_the_page_asks_ten_queries_however_many_wait(sign_in, college, office, django_assert_max_num_queries):
    for _number in range(5):
        about = ApplicationFactory(college=college, submitted=True)
        ThreadFactory(college=college, student=about.student, application=about)
    client = sign_in(office)
    client.get(LIST)  # what is read once per process
    with django_assert_max_num_queries(10):
        client.get(LIST, {"q": "a", "show": "all", "sort": "-name"})


def test_in_spanish_a_student_is_tu_and_staff_are_usted(sign_in, college, advisor):
    """Both read "You" before their own words in English."""
    application = ApplicationFactory(college=college, student__language="es")
    thread = actions.ask("¿Cuentan las clases de noche?", addressee="advisor", by=application.student, college=college)
    actions.write(thread, "Sí.", by=advisor)
    found = []
    for person in (application.student, advisor):
        client = sign_in(person)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
        page = words(client.get(thread.get_absolute_url()))
        found.append([word for word in ("Tú", "Usted") if re.search(rf"\b{word}\b", page)])
    assert found == [["Tú"], ["Usted"]]

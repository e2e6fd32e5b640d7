"""The referee's pages: a private link without an account, no act by GET, and what others see of a letter."""

import datetime as dt
import re
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import recommendation as actions
from applications.apply.actions.application import submit
from applications.models import Recommendation
from exchange.messages.outbox import Guest, drafts
from exchange.models import Event, Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, RecommendationFactory, application_facts

pytestmark = pytest.mark.django_db
PAGES = ("write", "send", "decline", "wrong-person")
SECRET = "She stayed late on Thursdays"


@pytest.fixture(autouse=True)
def facts():
    application_facts()


def page(recommendation, name="write"):
    return reverse(f"applications:recommendation-{name}", args=[recommendation.link])


def office(recommendation, name):
    return reverse(f"applications:recommendation-{name}", args=[recommendation.application.code])


def write(client, recommendation, letter, act="check", **more):
    return client.post(page(recommendation), {"letter": letter, "act": act, **more})


def send(client, recommendation, letter="She stays late."):
    write(client, recommendation, letter)
    recommendation.refresh_from_db()
    return client.post(page(recommendation, "send"), {"seen": recommendation.seen}, follow=True)


@pytest.fixture
def asked():
    student = UserFactory(full_name="Marisol Reyes Ortega", preferred_name="Mari")
    return RecommendationFactory(asked=True, application__submitted=True, application__student=student)


# --- The page ---------------------------------------------------------------------------------------


def test_page_shows_what_the_referee_needs_and_no_more(client, asked):
    text = client.get(page(asked)).text
    for said in (
        "A letter for Marisol Reyes Ortega, who goes by Mari",
        "Biology professor",
        "Please send it by",
        "Who reads it",
        "I can’t write this letter",
    ):
        assert said in text
    assert asked.application.student.email not in text


@pytest.mark.parametrize("name", PAGES)
def test_page_is_not_kept_by_browsers_nor_found_by_search(client, asked, name):
    Recommendation.objects.update(draft="x", draft_saved_at=timezone.now())
    response = client.get(page(asked, name))
    assert response.status_code == HTTPStatus.OK
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert response.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("name", PAGES)
def test_a_machine_that_opens_every_link_changes_nothing(client, name, method):
    recommendation = RecommendationFactory(begun=True, application__submitted=True)
    before = Recommendation.objects.values().get()
    for query in ({}, {"letter": "By address.", "act": "check", "seen": recommendation.seen, "note": "x"}):
        assert getattr(client, method)(page(recommendation, name), query).status_code == HTTPStatus.OK
    assert Recommendation.objects.values().get() == before
    assert (Event.objects.count(), Message.objects.count()) == (0, 0)


# --- Writing ----------------------------------------------------------------------------------------


def test_letter_is_saved_finished_later_looked_over_and_sent(client, asked):
    response = write(client, asked, "She stays", act="save", seen="")
    assert response.headers["Location"] == page(asked)
    asked.refresh_from_db()
    assert (asked.draft, asked.received_at) == ("She stays", None)

    text = client.get(page(asked)).text
    assert "She stays" in text and "Saved. Come back with the same link" in text and "Saved online" in text
    response = write(client, asked, "She stays late.", seen=asked.seen)
    assert response.headers["Location"] == page(asked, "send")
    assert "She stays late." in client.get(page(asked, "send")).text
    asked.refresh_from_db()
    assert asked.received_at is None  # GET only

    response = client.post(page(asked, "send"), {"seen": asked.seen}, follow=True)
    asked.refresh_from_db()
    assert (asked.letter, asked.draft) == ("She stays late.", "")
    assert "Thank you" in response.text and "She stays late." not in response.text


def test_letter_is_received_once(client, asked):
    send(client, asked)
    write(client, asked, "Another letter.")
    response = client.post(page(asked, "send"), {"seen": asked.seen})
    asked.refresh_from_db()
    assert (response.status_code, asked.letter, asked.draft) == (200, "She stays late.", "")
    assert Message.objects.filter(template="applications/recommendation_received").count() == 1


def test_a_letter_with_an_old_token_is_not_lost(asked):
    strict = Client(enforce_csrf_checks=True)
    strict.get(page(asked))
    answer = write(strict, asked, "She stays late.\nAlways.", "save", csrfmiddlewaretoken="x" * 64)
    assert answer.status_code == HTTPStatus.FORBIDDEN

    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', answer.text))
    assert strict.post(page(asked), fields).status_code == HTTPStatus.FOUND
    asked.refresh_from_db()
    assert asked.draft == "She stays late.\nAlways."


@pytest.mark.parametrize("letter", ["", "   \n "])
def test_empty_letter_is_asked_for_again(client, asked, letter):
    response = write(client, asked, letter)
    assert response.status_code == HTTPStatus.OK
    assert "Write a few sentences before you send it." in response.text
    assert client.post(page(asked, "send")).headers["Location"] == page(asked)
    asked.refresh_from_db()
    assert asked.received_at is None


@pytest.mark.parametrize("letter", ["x" * 20_001, "nul \x00"], ids=["book", "nul"])
def test_what_cannot_be_kept_stays_on_the_page(client, asked, letter):
    response = write(client, asked, letter)
    assert response.status_code == HTTPStatus.OK
    assert 'role="alert"' in response.text and letter[:100] in response.text
    asked.refresh_from_db()
    assert asked.draft == ""


def test_two_pages_do_not_write_over_each_other(client, asked):
    write(client, asked, "On the computer.", act="save", seen="")
    response = write(client, asked, "On the phone.", act="save", seen="")
    assert "On the computer." in response.text and "On the phone." in response.text
    asked.refresh_from_db()
    assert asked.draft == "On the computer."
    seen = re.search(r'name="seen" value="([^"]+)"', response.text)[1].replace("&#x2B;", "+")
    write(client, asked, "Both.", act="save", seen=seen)
    asked.refresh_from_db()
    assert asked.draft == "Both."


def test_what_is_sent_is_what_was_looked_at(client, asked):
    write(client, asked, "As I saw it.")
    asked.refresh_from_db()
    seen = asked.seen
    write(client, asked, "As changed elsewhere.", act="save", seen=seen)
    response = client.post(page(asked, "send"), {"seen": seen}, follow=True)
    assert "has changed since then" in response.text
    asked.refresh_from_db()
    assert asked.received_at is None


# --- Refusing ---------------------------------------------------------------------------------------


def test_declining_is_asked_once_more_and_then_ends_the_link(client, asked):
    assert "Can’t write this letter?" in client.get(page(asked, "decline")).text
    for _tap in range(2):
        response = client.post(page(asked, "decline"), {"note": "I am away."}, follow=True)
        assert response.status_code == HTTPStatus.OK
        assert "Thank you for telling us" in response.text
    asked.refresh_from_db()
    assert (asked.refused, asked.answer_note) == ("declined", "I am away.")
    assert Message.objects.count() == 1


def test_a_wrong_person_passes_it_back_without_a_word_to_the_student(client, asked):
    assert "textarea" not in client.get(page(asked, "wrong-person")).text
    client.post(page(asked, "wrong-person"), {"note": "Hello student"})
    asked.refresh_from_db()
    assert (asked.refused, asked.answer_note) == ("wrong_person", "")


# --- Links that do nothing --------------------------------------------------------------------------


def a_dead_link(kind):
    student = UserFactory(full_name="Marisol Reyes Ortega", preferred_name="Mari")
    status, trait = {
        "withdrawn": ("withdrawn", "begun"),
        "over": ("selected", "begun"),
        "expired": ("submitted", "expired"),
        "received": ("submitted", "received"),
        "refused": ("submitted", "declined"),
        "stopped": ("submitted", "begun"),
        "unknown": ("submitted", "begun"),
    }[kind]
    recommendation = RecommendationFactory(
        **{trait: True, f"application__{status}": True, "application__student": student}
    )
    links = [page(recommendation, name) for name in PAGES]
    if kind == "stopped":
        actions.revoke(recommendation.application, by=UserFactory(coordinator=True), reason="Wrong address")
    if kind == "unknown":
        links = [link.replace(recommendation.link, recommendation.link[:-1] + "x") for link in links]
    return links


@pytest.mark.parametrize(
    ("kind", "status", "said"),
    [
        ("unknown", 404, "copy all of it"),
        ("stopped", 410, "look for a newer message"),
        ("expired", 410, "advisor can send you the link again"),
        ("withdrawn", 410, "The letter is no longer needed"),
        ("over", 410, "The letter is no longer needed"),
        ("received", 200, "We have your letter"),
        ("refused", 200, "We won’t write to you about this again"),
    ],
)
def test_a_dead_link_says_what_to_do_takes_nothing_and_names_nobody(client, kind, status, said):
    links = a_dead_link(kind)
    before = Recommendation.objects.values().get()
    messages = Message.objects.count()
    for link in links:
        for response in (
            client.get(link),
            client.post(link, {"letter": "Late praise.", "act": "check", "seen": "", "note": "x"}),
        ):
            assert response.status_code == status
            assert said in response.text
            for private in ("Mari", "Reyes", "Whitcomb", "lena.", SECRET, "Biology", "away until June"):
                assert private not in response.text
    assert Recommendation.objects.values().get() == before
    assert Message.objects.count() == messages


def test_a_letter_that_comes_too_late_is_shown_for_copying(client):
    link = a_dead_link("expired")[0]
    assert "An hour of <b>work</b>" not in client.post(link, {"letter": "An hour of <b>work</b>"}).text
    assert "An hour of &lt;b&gt;work" in client.post(link, {"letter": "An hour of <b>work</b>"}).text


def test_a_link_that_was_never_sent_opens_nothing(client):
    recommendation = RecommendationFactory(application__submitted=True)
    assert client.get(page(recommendation)).status_code == HTTPStatus.GONE


def test_the_bare_token_is_no_link(client, asked):
    assert client.get(f"/recommendations/{asked.token}/").status_code == HTTPStatus.NOT_FOUND


# --- What others see --------------------------------------------------------------------------------

STUDENTS_PAGES = ("detail", "overview", "receipt", "check", "withdraw")


@pytest.mark.parametrize("status", ["submitted", "returned", "selected", "withdrawn"])
@pytest.mark.parametrize("trait", ["begun", "received"])
def test_the_letter_is_on_no_page_of_the_student_and_in_no_message(sign_in, status, trait):
    application = ApplicationFactory(answered=True, **{status: True})
    recommendation = application.recommendation
    given = {
        "begun": {"draft": SECRET, "draft_saved_at": timezone.now()},
        "received": {"letter": SECRET, "received_at": timezone.now()},
    }[trait]
    Recommendation.objects.filter(pk=recommendation.pk).update(requested_at=timezone.now(), **given)
    client = sign_in(application.student)
    addresses = [reverse(f"applications:application-{name}", args=[application.code]) for name in STUDENTS_PAGES]
    for address in [*addresses, office(recommendation, "replace"), reverse("home"), reverse("travel:journey")]:
        text = client.get(address, follow=True).text
        assert SECRET not in text
        assert recommendation.link not in text and recommendation.token not in text
    assert not Message.objects.filter(body__contains=SECRET).exists()


@pytest.mark.parametrize(
    ("trait", "said", "way"),
    [
        ("asked", "asked for a letter", True),
        ("begun", "has started writing", True),
        ("received", "has written to us about you", False),
        ("declined", "can’t write the letter", True),
        ("expired", "didn’t write in time", True),
    ],
)
@pytest.mark.parametrize("name", ["receipt", "detail"])
def test_student_sees_where_the_letter_stands(sign_in, name, trait, said, way):
    recommendation = RecommendationFactory(**{trait: True}, application__submitted=True)
    application = recommendation.application
    text = sign_in(application.student).get(reverse(f"applications:application-{name}", args=[application.code])).text
    assert said in text
    assert ("Ask someone else" in text) is way
    assert ("I am away until June." in text) is (trait == "declined")


def test_staff_see_where_it_stands_and_never_what_is_begun(sign_in):
    home = CollegeFactory()
    recommendation = RecommendationFactory(begun=True, application__submitted=True, application__college=home)
    for person in (UserFactory(coordinator=True), UserFactory(advisor=home)):
        text = sign_in(person).get(recommendation.application.get_absolute_url()).text
        assert "Has started writing" in text and "Send the link again" in text and "Turn off the link" in text
        assert recommendation.draft not in text and recommendation.token not in text


# --- What the student and the staff do --------------------------------------------------------------

SAM = {
    "referee_name": "Sam Ito",
    "referee_email": "sam.ito@example.org",
    "referee_phone": "213 555 0177",
    "relation": "My boss",
}


def test_student_asks_someone_else(sign_in, client, asked):
    application = asked.application
    mine = sign_in(application.student)
    old = page(asked)
    assert "Dr. Lena Whitcomb" in mine.get(office(asked, "replace")).text
    response = mine.post(office(asked, "replace"), SAM, follow=True)
    assert "Sam Ito will get our message in a few minutes." in response.text
    asked.refresh_from_db()
    assert client.get(old).status_code == HTTPStatus.GONE
    assert client.get(page(asked)).status_code == HTTPStatus.OK
    assert Message.objects.filter(channel="text", address="+12135550177").count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"referee_email": "sam.ito"}, "Write the whole email address"),
        ({"referee_email": ""}, "Write their email address."),
        ({"referee_name": ""}, "Write their name."),
        ({"referee_name": "www.example.org"}, 'role="alert"'),
        ({"referee_phone": "555"}, "with its area code"),
        ({"relation": "x" * 121}, 'role="alert"'),
        ({"referee_email": "OWN"}, "That’s your own address."),
    ],
)
def test_asking_someone_else_needs_somebody_whom_we_can_reach(sign_in, asked, change, said):
    student = asked.application.student
    if change.get("referee_email") == "OWN":
        change = {"referee_email": student.email.upper()}
    response = sign_in(student).post(office(asked, "replace"), SAM | change)
    assert response.status_code == HTTPStatus.OK
    assert said in response.text
    asked.refresh_from_db()
    assert asked.referee_name == "Dr. Lena Whitcomb"
    assert Message.objects.count() == 0


def test_a_draft_names_its_referee_in_the_form(sign_in):
    recommendation = RecommendationFactory()
    client = sign_in(recommendation.application.student)
    response = client.post(office(recommendation, "replace"), SAM)
    overview = reverse("applications:application-overview", args=[recommendation.application.code])
    assert response.headers["Location"] == overview
    assert Message.objects.count() == 0


def test_office_sends_again_and_stops(sign_in, client, asked):
    Recommendation.objects.update(requested_at=timezone.now() - dt.timedelta(days=2))
    coordinator = sign_in(UserFactory(coordinator=True))
    coordinator.post(office(asked, "send-again"))
    coordinator.post(office(asked, "send-again"))  # a second tap
    assert Message.objects.filter(template="applications/recommendation_asked").count() == 1

    assert "Say why" in coordinator.post(office(asked, "revoke"), {"reason": ""}).text
    coordinator.post(office(asked, "revoke"), {"reason": "A stranger has this address."})
    assert client.get(page(asked)).status_code == HTTPStatus.GONE
    assert Event.objects.get(action="recommendation.revoke").reason == "A stranger has this address."


@pytest.mark.parametrize("name", ["send-again", "revoke"])
def test_nobody_manages_the_own_referee(sign_in, name):
    person = UserFactory(coordinator=True)
    recommendation = RecommendationFactory(asked=True, application__submitted=True, application__student=person)
    response = sign_in(person).post(office(recommendation, name), {"reason": "x"})
    assert response.status_code == HTTPStatus.FORBIDDEN


# --- Who it is about --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("full", "called", "english", "spanish"),
    [
        (
            "Maria Guadalupe Lopez",
            "Lupe",
            "Maria Guadalupe Lopez, who goes by Lupe",
            "Maria Guadalupe Lopez, a quien le dicen Lupe",
        ),
        ("Marisol Reyes", "Marisol", "Marisol Reyes", "Marisol Reyes"),
        ("Marisol Reyes", "Mari", "Marisol Reyes, who goes by Mari", "Marisol Reyes, a quien le dicen Mari"),
        ("Marisol Reyes", "", "Marisol Reyes", "Marisol Reyes"),
    ],
)
def test_every_page_and_message_says_the_full_name_and_the_name_they_go_by(client, full, called, english, spanish):
    student = UserFactory(full_name=full, preferred_name=called)
    application = ApplicationFactory(answered=True, student=student)
    submit(application, by=student)
    mail = Message.objects.get(template="applications/recommendation_asked")
    assert mail.subject == f"A letter for {english} / Una carta para {spanish}"
    assert f"We’re writing about {english}." in mail.body
    assert f"Le escribimos sobre {spanish}." in mail.body
    recommendation = Recommendation.objects.get()
    Recommendation.objects.update(draft="x", draft_saved_at=timezone.now())
    for name in PAGES:
        assert english in client.get(page(recommendation, name)).text
        assert spanish in client.get(page(recommendation, name), headers={"Accept-Language": "es"}).text


@pytest.mark.parametrize("event", ["recommendation_reminder", "recommendation_no_longer_needed"])
def test_later_messages_say_the_full_name_as_well(event):
    student = UserFactory(full_name="Maria Guadalupe Lopez", preferred_name="Lupe")
    asked = RecommendationFactory(asked=True, application__submitted=True, application__student=student)
    guest = Guest(email="lena@example.edu")
    context = {"application": asked.application, "recommendation": asked, "is_named": True}
    (mail,) = drafts(f"applications/{event}", guest, context)
    # the subject is in both languages, and says the name once so that it isn't cut off
    assert mail.subject.startswith("Maria Guadalupe Lopez, who goes by Lupe: ")
    for text in ("Maria Guadalupe Lopez, who goes by Lupe", "Maria Guadalupe Lopez, a quien le dicen Lupe"):
        assert text in mail.body

"""The demo's sign-in page and its outbox exist in demo mode only."""

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.models import Message
from exchange.people.sign_in.demo_people import DEMO_PEOPLE
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

PAGES = [("demo", []), ("demo-outbox", []), ("demo-message", ["BCDFGHJK"])]


def message(**fields):
    common = {"channel": "email", "address": "ana@example.edu", "language": "en", "template": "exchange/sign_in_code"}
    common |= {"subject": "Your sign-in code", "body": "Your code is 123456", "html": "<head></head><p>123456</p>"}
    return Message.objects.create(**(common | fields))


@pytest.mark.parametrize(("name", "args"), PAGES)
def test_demo_page_is_404_in_production(client, settings, name, args):
    message(code="BCDFGHJK")
    assert client.get(reverse(name, args=args)).status_code == 200

    settings.DEMO = False

    assert client.get(reverse(name, args=args)).status_code == 404


def test_demo_sign_in_is_404_in_production(client, settings):
    UserFactory(email=DEMO_PEOPLE[0].email)
    settings.DEMO = False

    response = client.post(reverse("demo-sign-in", args=[DEMO_PEOPLE[0].key]))

    assert response.status_code == 404
    assert "_auth_user_id" not in client.session


def test_demo_names_each_person_with_what_to_try(client):
    for person in DEMO_PEOPLE:
        UserFactory(email=person.email, full_name=f"Name of {person.key}")

    page = client.get(reverse("demo"))

    for person in DEMO_PEOPLE:
        assert f"Name of {person.key}" in page.text
        assert str(person.try_this) in page.text
        assert f'action="{reverse("demo-sign-in", args=[person.key])}"' in page.text


def test_demo_without_people_says_how_to_get_them(client):
    assert "seed_demo" in client.get(reverse("demo")).text


def test_demo_sign_in_makes_one_that_person(client):
    users = [UserFactory(email=person.email, language="es") for person in DEMO_PEOPLE[:2]]

    for person, user in zip(DEMO_PEOPLE[:2], users, strict=True):
        response = client.post(reverse("demo-sign-in", args=[person.key]))

        assert response.url == reverse("home")
        assert response.cookies["language"].value == "es"
        assert client.session["_auth_user_id"] == str(user.pk)


def test_demo_person_can_add_a_passkey(client):
    UserFactory(email=DEMO_PEOPLE[0].email, confirmed=False)
    client.post(reverse("demo-sign-in", args=[DEMO_PEOPLE[0].key]))
    client.get(reverse("account_email"))

    assert client.get(reverse("mfa_add_webauthn")).status_code == 200


def test_demo_sign_in_refuses_get_and_unknown_people(client):
    UserFactory(email=DEMO_PEOPLE[0].email)

    assert client.get(reverse("demo-sign-in", args=[DEMO_PEOPLE[0].key])).status_code == 405
    assert client.post(reverse("demo-sign-in", args=["mayor"])).status_code == 404


def test_outbox_shows_the_newest_first_with_their_states(client):
    now = timezone.now()
    message(subject="An old one", queued_at=now - timezone.timedelta(days=1), sent_at=now)
    message(subject="A lost one", failed_at=now)
    message(channel="text", subject="", address="+12135550134", body="654321 is your code")

    page = client.get(reverse("demo-outbox"))

    shown = [(row["message"].subject, row["state_label"]) for row in page.context["rows"]]
    assert shown == [("", "waiting to be sent"), ("A lost one", "failed"), ("An old one", "sent")]
    assert "654321" in page.text


@pytest.mark.parametrize("who", ["maris", "MARISOL@", "reyes"])
def test_outbox_finds_a_person(client, who):
    marisol = UserFactory(email="marisol@example.edu", full_name="Marisol Reyes")
    message(recipient=marisol, address=marisol.email)
    message(subject="To somebody else")

    page = client.get(reverse("demo-outbox"), {"who": who})

    assert [row["message"].recipient for row in page.context["rows"]] == [marisol]


def test_outbox_has_the_same_query_count_with_3_and_30_rows(client, django_assert_num_queries):
    for _row in range(3):
        message(recipient=UserFactory())
    with django_assert_num_queries(2):
        client.get(reverse("demo-outbox"))
    for _row in range(27):
        message(recipient=UserFactory())
    with django_assert_num_queries(2):
        client.get(reverse("demo-outbox"))


def test_email_is_shown_as_its_receiver_sees_it(client):
    mail = message()

    page = client.get(reverse("demo-message", args=[mail.code]))
    frame = client.get(reverse("demo-message", args=[mail.code]) + "?mail")

    assert 'class="ex-outbox__mail"' in page.text and 'src="?mail"' in page.text
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert frame.text == '<head><base target="_top"></head><p>123456</p>'
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in frame.headers["Content-Security-Policy"]
    assert "script-src" not in frame.headers["Content-Security-Policy"]
    assert "default-src 'none'" in frame.headers["Content-Security-Policy"]


def test_text_is_shown_as_a_bubble(client):
    text = message(channel="text", subject="", html="", address="+12135550134", body="654321 is your code")

    page = client.get(reverse("demo-message", args=[text.code]))

    assert 'class="ex-bubble"' in page.text
    assert "iframe" not in page.text


def test_sign_in_page_leads_to_the_demo_and_the_outbox(client):
    page = client.get(reverse("account_login"))

    assert f'href="{reverse("demo")}"' in page.text
    assert f'href="{reverse("demo-outbox")}"' in page.text

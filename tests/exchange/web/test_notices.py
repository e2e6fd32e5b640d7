"""What is said after an act: that it was done if it changed something, and their own words if it had nowhere to go."""

import pytest
from django.contrib import messages
from django.contrib.messages import get_messages
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from exchange.web.notices import BEFORE, AlreadyDoneMiddleware, NoticeStorage
from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_travel import ContactFactory, travel_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    travel_facts()
    return UserFactory(coordinator=True)


def client_of(person):
    client = Client()
    client.force_login(person)
    return client


def said_by(view, person):
    request = RequestFactory().post("/")
    request.user, request.session = person, SessionStore()
    request._messages = NoticeStorage(request)
    AlreadyDoneMiddleware(lambda request: view(request) or HttpResponse())(request)
    return [(each.level, each.message) for each in get_messages(request)]


def test_the_second_of_two_people_reads_that_it_was_done_before(office):
    city = PartnerCityFactory()
    page = reverse("travel:partner-offer", args=[city.code])
    first, second = client_of(office), client_of(UserFactory(coordinator=True))
    said = f"Students can no longer choose {city.name}."
    assert said in first.post(page, follow=True).text

    answer = second.post(page, follow=True)

    assert str(BEFORE) in answer.text and said not in answer.text


def test_only_what_was_done_is_claimed_and_the_rest_is_still_said(office):
    def nothing(request):
        messages.error(request, "Choose a day.")
        messages.success(request, "Saved.")
        messages.success(request, "We told the student.")

    def something(request):
        UserFactory()
        messages.success(request, "Saved.")

    def in_the_session(request):
        request.session["seen"] = 1
        messages.success(request, "Welcome.")

    assert said_by(nothing, office) == [(messages.ERROR, "Choose a day."), (messages.SUCCESS, BEFORE)]
    assert said_by(something, office) == [(messages.SUCCESS, "Saved.")]
    assert said_by(in_the_session, office) == [(messages.SUCCESS, "Welcome.")]
    assert said_by(lambda request: None, office) == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_form_for_what_a_colleague_removed_gives_back_what_was_written(office, language):
    contact = ContactFactory()
    client = client_of(office)
    client.cookies["language"] = language
    page = reverse("travel:contact-edit", args=[contact.code])
    contact.delete()

    answer = client.post(page, {"name": "Lourdes", "duty": "Meets the group <at> the airport", "password": "a b"})

    assert answer.status_code == 404
    assert ("It may have been removed" if language == "en" else "Puede que se haya quitado") in answer.text
    assert "Meets the group &lt;at&gt; the airport" in answer.text and "a b" not in answer.text.split("<main")[1]
    assert "This is what you wrote" not in client.post(page, {"name": "Lourdes"}).text


def test_who_is_not_signed_in_and_who_only_looks_read_the_usual_page(office):
    page = reverse("travel:contact-edit", args=["AAAAAAAA"])
    assert "It may have been removed" not in client_of(office).get(page).text
    assert "It may have been removed" not in client_of(office).post("/no-such-page/", {"a": "b c"}).text

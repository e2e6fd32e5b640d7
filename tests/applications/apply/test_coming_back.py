"""A browser that was killed before it stored the cookie with a draft's key gets the key again."""

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application
from tests.applications.saving import at, save, sent
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor():
    """A browser that started without an account, and its application."""
    application_facts()
    client = Client()
    cycle = CycleFactory(ready=True)
    client.post(reverse("applications:application-start", args=[cycle.code]))
    client.application = Application.objects.get()
    return client


def bring(client, application, key, **headers):
    address = at("come-back", application)
    return client.post(address, key, content_type="text/plain", headers={"Sec-Fetch-Site": "same-origin"} | headers)


def test_a_browser_that_lost_the_cookie_gets_it_back_for_its_key(visitor):
    page = visitor.get(at("section", visitor.application, section="why")).content.decode()
    key = visitor.cookies[f"draft-{visitor.application.code}"].value
    assert f'data-draft-key="{key}"' in page
    killed = Client()
    assert bring(killed, visitor.application, key).status_code == 204
    assert killed.get(at("section", visitor.application, section="why")).status_code == 200


def test_a_wrong_key_or_another_site_gets_nothing(visitor):
    key = visitor.cookies[f"draft-{visitor.application.code}"].value
    other = Client()
    assert bring(other, visitor.application, "guessed").status_code == 404
    assert bring(other, visitor.application, "\x00" * 200).status_code == 404
    assert bring(other, visitor.application, key, **{"Sec-Fetch-Site": "cross-site"}).status_code == 404
    assert [name for name in other.cookies if name.startswith("draft-")] == []


def test_the_key_of_a_draft_with_an_account_comes_back_once_for_what_is_late(visitor):
    key = visitor.cookies[f"draft-{visitor.application.code}"].value
    visitor.force_login(UserFactory())
    visitor.get(reverse("home"), follow=True)
    killed = Client()
    assert bring(killed, visitor.application, key).status_code == 410
    assert save(killed, visitor.application, sent("major", "Law")).status_code == 200
    assert killed.get(at("overview", visitor.application)).url.startswith(reverse("account_login"))


def test_the_page_of_an_account_holds_no_key(visitor):
    draft = ApplicationFactory(cycle=visitor.application.cycle)
    student = Client()
    student.force_login(draft.student)
    assert "data-draft-key=" not in student.get(at("section", draft, section="why")).content.decode()

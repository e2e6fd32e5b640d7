"""The office's admin: corrections of reference rows are audited; history and people's keys are read-only."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.urls import reverse

from exchange.models import Event, Message
from tests.factories import CollegeFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True, is_staff=True, is_superuser=True))


def test_admin_sends_strangers_to_the_one_sign_in(client):
    response = client.get(reverse("admin:index"), follow=True)

    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert 'type="password"' not in response.text


def test_admin_is_closed_to_coordinators_without_the_right(sign_in):
    assert sign_in(UserFactory(coordinator=True)).get(reverse("admin:login")).status_code == 403


def test_admin_wants_the_second_step(office, settings):
    settings.STAFF_SECOND_FACTOR = True
    assert office.get(reverse("admin:index")).url == reverse("mfa_index")


def test_admin_shows_no_keys_sessions_or_passwords(office):
    apps = {model._meta.app_label for model in admin.site._registry}

    assert apps.isdisjoint({"account", "mfa", "usersessions", "auth"})
    assert office.get(reverse("admin:password_change")).status_code == 404


def test_correction_is_recorded(office):
    college = CollegeFactory(place="Wilmington")
    page = reverse("admin:exchange_college_change", args=[college.pk])
    fields = {name: getattr(college, name) for name in ("code", "name", "short_name", "mis_code")}

    office.post(page, {**fields, "place": "San Pedro"})

    college.refresh_from_db()
    assert college.place == "San Pedro"
    event = Event.objects.get(action="admin.change")
    assert (event.target_model, event.target_id) == ("exchange.college", college.pk)
    assert event.changes == {"fields": ["place"]}


def test_changed_email_takes_the_old_one_away(office):
    user = UserFactory(email="old@example.edu")
    fields = {"email": "new@example.edu", "full_name": "Ana Ruiz", "preferred_name": "Ana", "language": "en"}

    office.post(reverse("admin:exchange_user_change", args=[user.pk]), {**fields, "is_active": "on"})

    user.refresh_from_db()
    assert user.email == "new@example.edu"
    assert not EmailAddress.objects.filter(email="old@example.edu").exists()


def test_messages_are_listed_without_their_text(office):
    message = Message.objects.create(
        channel="text", address="+12135550134", language="en", template="exchange/sign_in_code", body="123456"
    )

    page = office.get(reverse("admin:exchange_message_change", args=[message.pk]))

    assert "+12135550134" in page.text
    assert "123456" not in page.text
    assert office.post(reverse("admin:exchange_message_delete", args=[message.pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", ["college", "partnercity", "fact", "role", "user", "event", "message"])
def test_every_list_opens_and_searches(office, model):
    assert office.get(reverse(f"admin:exchange_{model}_changelist"), {"q": "a"}).status_code == 200

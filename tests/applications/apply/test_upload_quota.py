"""Visitors may upload so many files an hour: the message is clear, nothing is lost, and signing in lifts the limit."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from applications.apply.actions import draft as draft_actions
from applications.apply.actions import upload_quota
from applications.models import Application, IncomingUpload, Question, Upload
from exchange.base.errors import RuleViolation
from exchange.models import Fact
from tests.applications.saving import at, page_fields, stored
from tests.applications.tus import PDF, code_of, create, send
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory, application_facts

pytestmark = pytest.mark.django_db
DRAFT, NETWORK = upload_quota.QUOTAS


def visitor(cycle, **more):
    """A browser that started a draft without an account."""
    client = Client(**more)
    client.post(reverse("applications:application-start", args=[cycle.code]))
    client.application = Application.objects.latest("pk")
    return client


@pytest.fixture
def cycle():
    application_facts(**{DRAFT: 2, NETWORK: 3})
    return CycleFactory(ready=True)


def test_the_third_file_of_a_draft_waits_and_the_message_says_what_to_do(cycle):
    client = visitor(cycle)
    assert [send(client, client.application).status_code for _file in range(2)] == [204, 204]
    refused = create(client, client.application, len(PDF))
    assert (refused.status_code, code_of(refused)) == (429, "too_many_for_now")
    assert "Sign in" in refused.json()["message"] and "an hour" in refused.json()["message"]
    assert Upload.objects.exists()  # earlier files stay
    assert not IncomingUpload.objects.filter(upload=None).exists()


def test_a_file_that_is_refused_for_its_size_costs_nothing(cycle):
    client = visitor(cycle)
    assert {create(client, client.application, 10**9).status_code for _try in range(3)} == {413}
    assert create(client, client.application, len(PDF)).status_code == 201


def test_many_drafts_from_one_network_share_its_quota(cycle):
    answers = [create(each, each.application, len(PDF)) for each in (visitor(cycle) for _draft in range(4))]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    elsewhere = visitor(cycle, REMOTE_ADDR="203.0.113.9")
    assert create(elsewhere, elsewhere.application, len(PDF)).status_code == 201


def test_after_the_hour_it_goes_on(cycle, monkeypatch):
    client = visitor(cycle)
    assert [create(client, client.application, len(PDF)).status_code for _file in range(3)] == [201, 201, 429]
    later = timezone.now() + dt.timedelta(hours=1)
    monkeypatch.setattr(upload_quota.timezone, "now", lambda: later)
    assert create(client, client.application, len(PDF)).status_code == 201


def test_whoever_signs_in_goes_on_at_once(cycle, sign_in):
    client = visitor(cycle)
    assert [create(client, client.application, len(PDF)).status_code for _file in range(3)] == [201, 201, 429]
    student = UserFactory()
    application = draft_actions.attach(client.application, by=student)
    mine = sign_in(student)
    assert {create(mine, application, len(PDF)).status_code for _file in range(5)} == {201}


def test_somebody_signed_in_has_a_ceiling_for_all_their_files(cycle, sign_in):
    Fact.objects.filter(key=upload_quota.PERSON).update(value=3)
    student = UserFactory()
    application = draft_actions.attach(visitor(cycle).application, by=student)
    mine = sign_in(student)
    assert [create(mine, application, len(PDF)).status_code for _file in range(3)] == [201, 201, 201]
    upload_quota.spend_of(UserFactory())  # somebody else has their own
    with pytest.raises(RuleViolation, match="Send it again in an hour"):
        upload_quota.spend_of(student)  # a receipt, say
    refused = create(mine, application, len(PDF))
    assert (refused.status_code, code_of(refused)) == (429, "too_many_for_now")
    with translation.override("es"), pytest.raises(RuleViolation, match="Vuelve a enviarlo en una hora"):
        upload_quota.spend_of(student)


def test_without_script_the_words_of_the_page_are_kept(cycle):
    client = visitor(cycle)
    assert [create(client, client.application, len(PDF)).status_code for _file in range(2)] == [201, 201]
    section = Question.objects.get(section__form=client.application.form, key="class_schedule").section.key
    file = SimpleUploadedFile("a.pdf", PDF)
    fields = page_fields(client, client.application, section) | {"major": "Nursing", "class_schedule": file}
    page = client.post(at("section", client.application, section=section), fields)
    assert "Sign in and send it again" in page.text
    assert stored(client.application, "major") == "Nursing"
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ],
)
def test_a_network_of_the_long_kind_is_one_household(one, other, are_same):
    assert (upload_quota.network_of(one) == upload_quota.network_of(other)) is are_same
    assert upload_quota.network_of("unix:") == ""

"""Attacks while a student applies: another person's key, another device, a shared phone."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.apply import saving
from applications.apply.actions import draft
from applications.apply.forms import changes
from applications.models import Application, DraftField
from applications.states import Status
from tests.applications.saving import at, page_fields, save, sent, stored
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, UploadFactory, application_facts
from tests.factories_help import HelpSessionFactory

pytestmark = pytest.mark.django_db

BEYOND = 10**16  # the highest number that a device may claim


@pytest.fixture
def visitor():
    """A browser that started without an account, and its application."""
    application_facts()
    client = Client()
    cycle = CycleFactory(ready=True)
    client.post(reverse("applications:application-start", args=[cycle.code]))
    client.application = Application.objects.get()
    return client


@pytest.fixture
def helped(sign_in):
    """A student and a helper who write in the same application."""
    application_facts()
    application = ApplicationFactory(cycle=CycleFactory(ready=True))
    session = HelpSessionFactory(application=application, granted=True)
    return application, sign_in(application.student), sign_in(session.helper)


def add_mine(visitor, **fields):
    """An account's application, into which the visitor's draft will be merged."""
    return ApplicationFactory(cycle=visitor.application.cycle, form=visitor.application.form, **fields)


# --- A forged version that would hide other people's text -------------------------------------------------


@pytest.mark.parametrize("device", ["portal", "stored", "helper-0a1b"])
def test_nobody_writes_under_the_portals_own_name(helped, device):
    application, student, helper = helped

    assert save(helper, application, sent("story_why", "Mine.", BEYOND, device)).status_code == 400

    draft.save_answers(application, {"story_why": "By the river."}, by=application.student)
    fields = page_fields(student, application, "why") | {"story_why": "By the sea."}
    student.post(at("section", application, section="why"), fields)
    assert stored(application, "story_why") == "By the sea."


@pytest.mark.parametrize(
    "forged", [{"device": "other", "seen": {"phone": BEYOND}}, {"device": "phone", "number": BEYOND}]
)
def test_a_helper_cannot_swallow_what_the_students_phone_writes_next(helped, forged):
    application, student, helper = helped
    save(student, application, sent("story_why", "By the river.", 1))

    save(helper, application, sent("story_why", "I know better.", **forged))
    save(student, application, sent("story_why", "By the sea.", 2, seen={"phone": 1}))

    texts = [version["value"] for version in DraftField.objects.get(key="story_why").versions]
    assert "By the sea." in str(texts)


def test_many_devices_do_not_lock_a_question(helped, monkeypatch):
    """With a tenth of the real limits: a page sends all the versions we keep, and the server must accept them."""
    assert saving.DEVICES_MAX <= changes.SEEN_MAX
    monkeypatch.setattr(saving, "DEVICES_MAX", saving.DEVICES_MAX // 10)
    monkeypatch.setattr(changes, "SEEN_MAX", changes.SEEN_MAX // 10)
    application, student, helper = helped
    seen = {}
    for number in range(45):
        device = f"d{number}"
        answer = save(helper, application, sent("story_why", f"Text {number}.", 1, device, seen=seen))
        seen = answer.json()["results"][0]["seen"]

    fields = page_fields(student, application, "why") | {"story_why": "By the river."}
    student.post(at("section", application, section="why"), fields)
    state = DraftField.objects.get(key="story_why").state

    assert (stored(application, "story_why"), len(state.versions)) == ("By the river.", 1)
    assert len(state.seen) <= saving.DEVICES_MAX


# --- A key whose draft belongs to an account now ----------------------------------------------------------


def test_a_key_tells_nothing_of_the_accounts_devices(visitor):
    elsewhere = Client()
    elsewhere.force_login(UserFactory())
    link = visitor.get(at("elsewhere", visitor.application)).context["link"].removeprefix("http://testserver")
    elsewhere.post(link)
    save(elsewhere, visitor.application, sent("story_why", "By the river.", 1, "secret-device"))

    late = save(visitor, visitor.application, sent("story_why", "Mine.", 1, "library"))

    assert late.json()["results"][0]["ok"]
    assert "secret-device" not in late.content.decode()


@pytest.mark.parametrize("joins", [True, False])
def test_a_key_writes_nothing_once_the_application_was_sent(visitor, joins):
    mine = add_mine(visitor) if joins else visitor.application
    draft.attach(visitor.application, by=mine.student if joins else UserFactory())
    Application.objects.filter(pk=mine.pk).update(
        status=Status.RETURNED, submitted_at=timezone.now(), return_note="Fix", college=ApplicationFactory().college
    )

    late = save(visitor, visitor.application, sent("story_why", "Mine.", 5, "library"))

    assert late.status_code == 401
    assert stored(mine, "story_why") != "Mine."


# --- A section that was not reopened ----------------------------------------------------------------------


def test_a_drafts_files_do_not_get_into_a_part_that_is_not_open(visitor):
    question = visitor.application.form.sections.filter(questions__kind="file").first().questions.get(kind="file")
    upload = UploadFactory(application=visitor.application, question=question)
    mine = add_mine(visitor, submitted=True)
    Application.objects.filter(pk=mine.pk).update(status=Status.RETURNED, return_note="Fix", return_sections=["why"])
    visitor.force_login(mine.student)

    visitor.get(reverse("home"))

    upload.refresh_from_db()
    assert upload.application == visitor.application
    assert not mine.uploads.filter(pk=upload.pk).exists()


# --- After the deadline, and on a shared phone ------------------------------------------------------------


def test_signing_in_too_late_does_not_throw_the_words_away(visitor):
    save(visitor, visitor.application, sent("story_why", "By the river."))
    mine = add_mine(visitor)
    visitor.application.cycle.closes_at = timezone.now() - dt.timedelta(hours=3)
    visitor.application.cycle.save()
    visitor.force_login(mine.student)

    page = visitor.get(reverse("home"), follow=True).content.decode()

    assert "closed" in page
    assert "By the river." in visitor.get(at("check", visitor.application)).content.decode()


def test_signing_out_leaves_no_key_on_a_shared_phone(visitor):
    save(visitor, visitor.application, sent("story_why", "By the river."))
    mine = add_mine(visitor, submitted=True)
    visitor.force_login(mine.student)
    assert "By the river." in visitor.get(at("check", visitor.application)).content.decode()

    visitor.post(reverse("account_logout"))

    response = visitor.get(at("check", visitor.application))
    assert response.status_code == 302 and response.url.startswith(reverse("account_login"))

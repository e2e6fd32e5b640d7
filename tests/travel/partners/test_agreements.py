"""Agreements and their papers: reminders in time, papers scanned, cleaned, private, opened by a short-lived link."""

import datetime as dt
import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from applications.models import Upload
from exchange.files import antivirus
from exchange.models import Event, Fact, Message
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import AgreementFactory, in_days, travel_facts
from travel.models import AgreementFile
from travel.partners.actions import agreement as agreements
from travel.partners.views.agreement import link_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator():
    application_facts()
    travel_facts()
    return UserFactory(coordinator=True)


@pytest.fixture
def office(client, coordinator):
    client.force_login(coordinator)
    return client


def address(name, **arguments):
    return reverse(f"travel:{name}", kwargs=arguments)


def shown(page):
    """What the page's form would post as it was opened."""
    values = {field.html_name: field.value() for field in page.context["form"]}
    return {name: value for name, value in values.items() if value not in (None, False)}


def test_office_is_told_once_before_an_agreement_ends(coordinator):
    soon, far = AgreementFactory(ends_in=100), AgreementFactory(ends_in=121)
    AgreementFactory(ends_in=5, is_over=True)
    AgreementFactory(ends_on=None)

    assert [agreements.REMINDER.send_all(), agreements.REMINDER.send_all()] == [1, 0]
    message = Message.objects.get(template="travel/agreement_ends")
    assert message.recipient == coordinator and soon.code in message.body
    Fact.objects.filter(key="agreement.remind_days").update(value=130)
    assert agreements.REMINDER.send_all() == 1
    far.refresh_from_db()
    assert far.reminded_at


def test_new_last_day_is_reminded_of_anew(coordinator):
    agreement = AgreementFactory(ends_in=10)
    agreements.REMINDER.send_all()
    agreements.change(agreement, {"ends_on": in_days(90)}, seen="", by=coordinator)
    assert agreements.REMINDER.send_all() == 1


def test_agreement_ends_after_it_was_signed(office):
    agreement = AgreementFactory()
    url = address("agreement-edit", code=agreement.code)
    page = office.post(url, shown(office.get(url)) | {"ends_on": "2020-01-01"})
    assert "ends_on" in page.context["form"].errors


def photo(kind="PNG"):
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(content, kind)
    return content.getvalue()


def send(office, agreement, content, name="signed.png"):
    url = address("agreement-edit", code=agreement.code)
    return office.post(url, shown(office.get(url)) | {"file": SimpleUploadedFile(name, content)})


def test_paper_is_cleaned_kept_apart_and_opened_by_a_short_link(
    office, coordinator, sign_in, django_capture_on_commit_callbacks
):
    agreement = AgreementFactory()
    content = photo() + b"hidden words"
    with django_capture_on_commit_callbacks(execute=True):
        send(office, agreement, content)
        send(office, agreement, content)  # repeated

    paper = agreement.files.get()
    assert paper.state == Upload.State.KEPT
    leads_to = office.get(address("agreement-download", code=paper.code)).headers["Location"]
    answer = office.get(leads_to)
    kept = b"".join(answer.streaming_content)
    assert b"hidden words" not in kept and kept.startswith(b"\x89PNG")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert sign_in(UserFactory(coordinator=True)).get(leads_to).status_code == 404
    assert sign_in(UserFactory(advisor=True)).get(leads_to).status_code == 404
    assert Event.objects.filter(action="agreement.open_file", by=coordinator).count() == 1


def test_link_to_a_paper_ends_soon(office, coordinator, monkeypatch):
    agreement = AgreementFactory()
    paper = AgreementFile.objects.create(
        code="a" * 32,
        agreement=agreement,
        original_name="a.png",
        content_type="image/png",
        size=1,
        digest="d",
        uploaded_by=coordinator,
        state="kept",
        checked_at=timezone.now(),
    )
    url = reverse("travel:agreement-file", kwargs={"token": link_to(paper, coordinator)})
    Fact.objects.filter(key="upload.link_seconds").update(value=-1)
    assert office.get(url).status_code == 404


def test_paper_that_is_no_paper_is_refused_in_words(office):
    agreement = AgreementFactory()
    page = send(office, agreement, b"MZ this is a program", name="signed.pdf")
    assert "file" in page.context["form"].errors
    assert not AgreementFile.objects.exists()


def test_paper_with_a_virus_is_not_kept(office, monkeypatch, settings, django_capture_on_commit_callbacks):
    monkeypatch.setattr(antivirus, "is_configured", lambda: True)
    monkeypatch.setattr(antivirus, "scan", lambda content: "Eicar")
    with django_capture_on_commit_callbacks(execute=True):
        send(office, AgreementFactory(), photo())
    paper = AgreementFile.objects.get()
    assert (paper.state, paper.refused_because, paper.file.name) == ("refused", "infected", "")
    assert office.get(address("agreement-download", code=paper.code)).status_code == 404


def test_paper_that_is_removed_leaves_no_file(office, django_capture_on_commit_callbacks):
    agreement = AgreementFactory()
    with django_capture_on_commit_callbacks(execute=True):
        send(office, agreement, photo())
    paper = agreement.files.get()
    name = paper.file.name
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        office.post(address("agreement-file-remove", code=paper.code))
    assert not default_storage.exists(name)


def test_paper_whose_task_was_lost_is_checked_after_all(office, django_capture_on_commit_callbacks):
    send(office, AgreementFactory(), photo())
    AgreementFile.objects.update(uploaded_at=timezone.now() - dt.timedelta(hours=1))
    assert agreements.look_after_files() == 1
    assert AgreementFile.objects.get().state == Upload.State.KEPT

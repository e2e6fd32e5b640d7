"""The page of an upload question without script; who may open a file, and by which link."""

import gzip
import re
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import application as application_actions
from applications.apply.actions import draft as draft_actions
from applications.apply.views.upload import link_to
from applications.base import answers
from applications.base.sections import forget_sections
from applications.models import Application, Question, Upload
from exchange.base.errors import RuleViolation
from exchange.models import Event, Fact
from tests.applications import upload_samples as samples
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, UploadFactory, application_facts

pytestmark = pytest.mark.django_db
KEY = "class_schedule"


@pytest.fixture(autouse=True)
def facts():
    application_facts()


@pytest.fixture
def draft():
    return ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)


def page_of(application):
    return reverse("applications:application-section", args=[application.code, "college"])


def send(client, application, *files, **more):
    data = {"college": application.college.code, "units": "12", "major": "Nursing", **more}
    return client.post(page_of(application), data | ({KEY: list(files)} if files else {}))


def classes(content=None, name="my classes.pdf"):
    return SimpleUploadedFile(name, content or samples.pdf())


def several(application, count):
    Question.objects.filter(section__form=application.form, key=KEY).update(files_max=count)
    forget_sections()


def test_the_heaviest_page_of_the_form_is_under_6_kb(sign_in, draft):
    """With its headers, as a phone gets it; what it names takes 34 KB at most (exchange/web/test_look.py)."""
    page = sign_in(draft.student).get(page_of(draft))
    headers = sum(len(name) + len(value) + 4 for name, value in page.headers.items())
    assert len(gzip.compress(page.content)) + headers < 6_000


# --- Sending with the form ---------------------------------------------------------------------------


def test_a_file_comes_with_the_form_and_is_checked(sign_in, draft, django_capture_on_commit_callbacks):
    client = sign_in(draft.student)
    with django_capture_on_commit_callbacks(execute=True):
        assert send(client, draft, classes()).status_code == 302
    upload = Upload.objects.get()
    assert (upload.original_name, upload.state) == ("my classes.pdf", "kept")
    page = client.get(page_of(draft)).text
    assert "my classes.pdf" in page and upload.url in page
    assert upload.file.name not in page


def test_a_file_that_is_being_checked_is_shown_and_has_no_link(sign_in, draft):
    client = sign_in(draft.student)
    send(client, draft, classes())
    upload = Upload.objects.get()
    page = client.get(page_of(draft)).text
    assert "being checked" in page and f'href="{upload.url}"' not in page
    check = client.get(reverse("applications:application-check", args=[draft.code])).text
    assert "my classes.pdf (being checked)" in check
    # it does not prevent submitting the application
    assert application_actions.submit(draft, by=draft.student).submitted_at


def test_a_refused_file_says_why_and_must_be_removed_before_sending(sign_in, draft):
    upload = UploadFactory(application=draft, refused=True, refused_because="infected", original_name="x.pdf")
    client = sign_in(draft.student)
    page = client.get(page_of(draft)).text
    assert "Our virus scanner flagged it." in page
    item = answers.by_key(answers.parts_of(draft))[KEY]
    assert "We couldn’t accept “x.pdf”." in item.problem
    with pytest.raises(RuleViolation, match="Class schedule"):
        application_actions.submit(draft, by=draft.student)
    send(client, draft, **{f"{KEY}_remove": upload.code})
    assert application_actions.submit(draft, by=draft.student).submitted_at


def test_limits_are_stated_beforehand(sign_in, draft):
    client = sign_in(draft.student)
    assert "You can add a photo or a PDF, up to 10 MB." in client.get(page_of(draft)).text
    assert not re.search(rf'name="{KEY}"[^>]*multiple', client.get(page_of(draft)).text)
    several(draft, 3)
    page = client.get(page_of(draft)).text
    assert "You can add up to 3 photos or PDFs, up to 10 MB each." in page
    assert re.search(rf'name="{KEY}"[^>]*multiple', page)


def test_several_files_come_at_once(sign_in, draft):
    several(draft, 3)
    client = sign_in(draft.student)
    send(client, draft, classes(name="a.pdf"), classes(samples.picture("PNG"), "b"), classes(name="c.pdf"))
    assert [upload.original_name for upload in draft.uploads.all()] == ["a.pdf", "b.png", "c.pdf"]
    item = answers.by_key(answers.parts_of(draft))[KEY]
    assert [upload.original_name for upload in item.value] == ["a.pdf", "b.png", "c.pdf"]

    first = draft.uploads.first()
    send(client, draft, classes(name="d.pdf"), **{f"{KEY}_remove": first.code})
    assert [upload.original_name for upload in draft.uploads.all()] == ["b.png", "c.pdf", "d.pdf"]


def test_one_too_many_is_refused_with_the_number(sign_in, draft):
    several(draft, 2)
    client = sign_in(draft.student)
    response = send(client, draft, classes(), classes(), classes())
    assert "Choose 2 files or fewer." in response.text
    send(client, draft, classes())
    response = send(client, draft, classes(), classes())
    assert "You can send up to 2 files here." in response.text
    assert draft.uploads.count() == 1


def test_of_several_the_bad_one_is_named(sign_in, draft):
    several(draft, 3)
    response = send(sign_in(draft.student), draft, classes(), classes(samples.HTML, "page.pdf"))
    assert "page.pdf: We take photos" in response.text
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (samples.PROGRAM, "This file is something else."),
        (samples.SVG, "This file is something else."),
        (samples.png(60_000, 60_000), "The limit is 40 megapixels."),
        (samples.pdf() + b"\0" * (1024 * 1024), "The limit is 1 MB."),
        (b"\xff\xd8\xff\xe0 not a picture", "We couldn’t open this file."),
    ],
    ids=["empty", "program", "svg", "bomb", "large", "broken"],
)
def test_a_refusal_names_the_limit_and_keeps_the_rest_of_the_page(sign_in, draft, content, told):
    Fact.objects.filter(key="upload.megabytes").update(value=1)
    old = UploadFactory(application=draft)
    response = send(sign_in(draft.student), draft, SimpleUploadedFile("classes.pdf", content), major="Law")
    assert response.status_code == 200
    assert told in response.text
    assert draft.answers.get(question__key="major").value == "Law"
    assert list(Upload.objects.all()) == [old]
    assert old.file.storage.exists(old.file.name)


def test_a_file_of_someone_else_cannot_be_removed(sign_in, draft):
    foreign = UploadFactory(application=ApplicationFactory(cycle=draft.cycle, form=draft.form))
    mine = UploadFactory(application=draft)
    send(sign_in(draft.student), draft, **{f"{KEY}_remove": [foreign.code, "nosuch", mine.code]})
    assert list(Upload.objects.all()) == [foreign]


def test_a_visitor_sees_the_file_but_no_link(client, draft):
    application, key = draft_actions.start_anonymous(draft.cycle, language="en")
    client.cookies[f"draft-{application.code}"] = key
    upload = UploadFactory(application=application)
    page = client.get(page_of(application)).text
    assert "classes.pdf" in page and f'href="{upload.url}"' not in page


# --- Opening -----------------------------------------------------------------------------------------


def body_of(response):
    """The whole body; the test client closes the file at its end."""
    return b"".join(response.streaming_content)


def test_a_file_opens_by_a_link_that_soon_ends(sign_in, draft, monkeypatch):
    upload = UploadFactory(application=draft, original_name="mis clases “otoño”.pdf")
    client = sign_in(draft.student)
    sent_on = client.get(upload.url)
    assert sent_on.status_code == 302 and urlsplit(sent_on.url).path.startswith("/files/")
    response = client.get(sent_on.url)
    assert body_of(response) == b"%PDF-1.7\n"
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert response.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''mis%20clases")
    assert "no-store" in response.headers["Cache-Control"]

    Fact.objects.filter(key="upload.link_seconds").update(value=0)
    monkeypatch.setattr("django.core.signing.time.time", lambda: timezone.now().timestamp() + 1)
    assert client.get(sent_on.url).status_code == 404


def test_a_link_works_for_the_person_who_asked_alone(sign_in, draft):
    upload = UploadFactory(application=draft)
    office = UserFactory(coordinator=True)
    link = sign_in(draft.student).get(upload.url).url
    assert sign_in(office).get(link).status_code == 404
    assert sign_in(UserFactory()).get(link).status_code == 404
    assert Client().get(link).status_code == 302  # redirects to sign-in


@pytest.mark.parametrize("token", ["x", "WyJhIiwxXQ:1:x", "a:b:c", "%00"])
def test_a_link_that_was_tampered_with_is_not_found(sign_in, draft, token):
    assert sign_in(draft.student).get(f"/files/{token}/").status_code == 404


def test_a_link_ends_with_the_right_to_look(sign_in, draft):
    Application.objects.filter(pk=draft.pk).update(status="submitted", submitted_at=timezone.now())
    upload = UploadFactory(application=draft)
    advisor = UserFactory(advisor=draft.college)
    client = sign_in(advisor)
    link = client.get(upload.url).url
    assert body_of(client.get(link)) == b"%PDF-1.7\n"
    advisor.roles.all().delete()
    assert client.get(link).status_code == 404


@pytest.mark.parametrize("state", ["received", "refused"])
@pytest.mark.parametrize("who", ["owner", "office"])
def test_what_is_not_kept_is_opened_by_nobody(sign_in, draft, state, who):
    upload = UploadFactory(application=draft, **{state: True})
    user = draft.student if who == "owner" else UserFactory(coordinator=True)
    assert sign_in(user).get(upload.url).status_code == 404
    assert sign_in(user).get(reverse("applications:upload-file", args=[link_to(upload, user)])).status_code == 404
    assert not Event.objects.filter(action="application.open_upload").exists()


def test_opening_goes_on_record(sign_in, draft):
    upload = UploadFactory(application=draft)
    office = UserFactory(coordinator=True)
    sign_in(office).get(upload.url)
    event = Event.objects.get(action="application.open_upload")
    assert (event.by, event.target_id, event.changes) == (office, upload.application_id, {"key": KEY})


@pytest.mark.parametrize("who", ["stranger", "advisor_elsewhere", "director", "advisor_of_a_draft"])
def test_outside_the_scope_is_404(sign_in, draft, who):
    upload = UploadFactory(application=draft)
    user = {
        "stranger": lambda: UserFactory(),
        "advisor_elsewhere": lambda: UserFactory(advisor=True),
        "director": lambda: UserFactory(director=True),
        "advisor_of_a_draft": lambda: UserFactory(advisor=draft.college),
    }[who]()
    assert sign_in(user).get(upload.url).status_code == 404


def test_the_office_sees_what_is_kept_and_what_is_being_checked(sign_in, draft):
    Application.objects.filter(pk=draft.pk).update(status="submitted", submitted_at=timezone.now())
    kept = UploadFactory(application=draft, original_name="kept.pdf")
    waits = UploadFactory(application=draft, received=True, original_name="waits.pdf")
    page = sign_in(UserFactory(coordinator=True)).get(draft.get_absolute_url()).text
    assert f'href="{kept.url}"' in page and "waits.pdf" in page
    assert waits.url not in page

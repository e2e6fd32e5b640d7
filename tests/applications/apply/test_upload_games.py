"""What a hostile or broken client tries during an upload: lengths, offsets, counts, names."""

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from applications.apply.actions import upload as actions
from applications.models import IncomingUpload, Upload
from exchange.base.errors import RuleViolation
from tests.applications import upload_samples as samples
from tests.applications.tus import PDF, PIECE, TUS, code_of, create, offset_of, patch, send
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts
from tests.test_attacks import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def facts():
    application_facts()


@pytest.fixture
def draft():
    return ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)


# --- Protocol abuse ----------------------------------------------------------------------------------


def test_a_claim_of_four_gigabytes_is_refused_before_a_byte_is_read(sign_in, draft, django_assert_max_num_queries):
    client = sign_in(draft.student)
    with django_assert_max_num_queries(9):
        refused = create(client, draft, 4 * 1024**3)
    assert refused.status_code == 413
    assert refused.json()["message"] == "This file is 4096.0 MB. The limit is 10 MB."
    assert not IncomingUpload.objects.exists()


class Unread:
    def read(self, *size):
        raise AssertionError("nobody should have read this")

    readline = read


def test_a_piece_of_four_gigabytes_is_not_read(sign_in, draft):
    client = sign_in(draft.student)
    address = create(client, draft, len(PDF)).headers["Location"]
    refused = client.generic(
        "PATCH",
        address,
        b"",
        HTTP_UPLOAD_OFFSET="0",
        CONTENT_LENGTH=str(4 * 1024**3),
        **(PIECE | {"wsgi.input": Unread()}),
    )
    assert (refused.status_code, code_of(refused)) == (413, "too_much")


@pytest.mark.parametrize("offset", ["5", "-1", "x", "", "99999999999999999999999", "1e3", "٣"])
def test_another_offset_than_the_next_is_a_conflict(sign_in, draft, offset):
    client = sign_in(draft.student)
    address = create(client, draft, len(PDF)).headers["Location"]
    assert patch(client, address, PDF, offset).status_code == 409
    assert offset_of(client, address) == 0


def test_a_piece_that_leaves_a_gap_is_not_kept(sign_in, draft):
    """The page asks for the offset first; the action must not rely on that."""
    create(sign_in(draft.student), draft, len(PDF))
    incoming = IncomingUpload.objects.get()
    with pytest.raises(RuleViolation) as caught:
        actions.take(incoming, PDF[100:], offset=100)
    assert caught.value.code == "wrong_offset"
    assert default_storage.listdir(f"incoming/{incoming.code}")[1] == []


def test_more_than_was_said_is_refused(sign_in, draft):
    client = sign_in(draft.student)
    address = create(client, draft, 10).headers["Location"]
    assert patch(client, address, PDF, 0).status_code == 413
    assert offset_of(client, address) == 0


def test_ten_million_pieces_of_one_byte_are_refused(sign_in, draft, monkeypatch):
    monkeypatch.setattr(actions, "PIECES_MAX", 3)
    client = sign_in(draft.student)
    address = create(client, draft, len(PDF)).headers["Location"]
    codes = [patch(client, address, PDF[i : i + 1], i).status_code for i in range(4)]
    assert codes == [204, 204, 204, 422]
    code = IncomingUpload.objects.get().code
    assert len(default_storage.listdir(f"incoming/{code}")[1]) == 3  # the fourth left no file behind


def test_begun_and_never_finished_makes_room(sign_in, draft, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(actions, "UNFINISHED_MAX", 3)
    client = sign_in(draft.student)
    first = create(client, draft, len(PDF)).headers["Location"]
    patch(client, first, PDF[:9], 0)
    folder = f"incoming/{IncomingUpload.objects.get().code}"
    with django_capture_on_commit_callbacks(execute=True):
        for _again in range(3):
            create(client, draft, len(PDF))
    assert IncomingUpload.objects.count() == 3
    assert client.head(first, **TUS).status_code == 404
    assert not default_storage.exists(folder)


def test_what_is_not_tus_is_told_the_version(sign_in, draft):
    client = sign_in(draft.student)
    address = create(client, draft, len(PDF)).headers["Location"]
    for response in (
        create(client, draft, 10, HTTP_TUS_RESUMABLE="0.2.2"),
        patch(client, address, PDF, 0, HTTP_TUS_RESUMABLE=""),
        client.head(address),
    ):
        assert (response.status_code, response.headers["Tus-Version"]) == (412, "1.0.0")
    assert patch(client, address, PDF, 0, CONTENT_TYPE="application/pdf").status_code == 415


@pytest.mark.parametrize("length", ["", "-5", "1.5", "many", "9" * 30])
def test_a_length_that_is_none_is_a_bad_request(sign_in, draft, length):
    assert create(sign_in(draft.student), draft, length).status_code == 400


@pytest.mark.parametrize("header", ["", "filename Zm9v", "question !!!", "question", "question Zm9v,,question"])
def test_metadata_that_is_none_is_refused(sign_in, draft, header):
    response = create(sign_in(draft.student), draft, 10, HTTP_UPLOAD_METADATA=header)
    assert response.status_code in (400, 422)
    assert not IncomingUpload.objects.exists()


@pytest.mark.parametrize("key", ["nosuch", "story_why", "referee_email", "../etc", "a\0b"])
def test_a_question_that_takes_no_file_is_refused(sign_in, draft, key):
    assert code_of(create(sign_in(draft.student), draft, 10, question=key)) == "unknown_question"


def test_an_empty_file_is_refused_kindly(sign_in, draft):
    refused = create(sign_in(draft.student), draft, 0)
    assert (refused.status_code, code_of(refused)) == (422, "empty")


def folders():
    return set(default_storage.listdir("incoming")[0]) if default_storage.exists("incoming") else set()


@pytest.mark.parametrize(
    ("content", "code"),
    [(samples.HTML, "wrong_type"), (samples.EICAR, "wrong_type"), (samples.png(60_000, 60_000), "too_many_pixels")],
    ids=["html", "eicar", "bomb"],
)
def test_what_a_look_refuses_is_gone_with_all_its_pieces(
    sign_in, draft, content, code, django_capture_on_commit_callbacks
):
    client, there_were = sign_in(draft.student), folders()
    with django_capture_on_commit_callbacks(execute=True):
        refused = send(client, draft, content, step=40, name="classes.pdf")
    assert (refused.status_code, code_of(refused)) == (422, code)
    assert refused.json()["message"]
    assert not Upload.objects.exists() and not IncomingUpload.objects.exists()
    assert folders() == there_were


def test_two_last_pieces_at_once_make_one_file(draft):
    incoming = actions.begin(draft, "class_schedule", name="a.pdf", size=len(PDF), by=draft.student)
    once = actions.take(incoming, PDF, offset=0)
    with pytest.raises(RuleViolation, match="missing"):
        actions.take(incoming, PDF, offset=0)
    first = actions.finish(once, draft, by=draft.student)
    assert actions.finish(once, draft, by=draft.student) == first
    assert draft.uploads.count() == 1


def test_two_pieces_for_one_place_never_share_a_file(draft, monkeypatch):
    """A bucket asks whether a name is free and then writes: the later of two would replace the piece that counts, and
    delete it when it's refused.
    """
    asked, save = [], default_storage.save
    monkeypatch.setattr(
        default_storage, "save", lambda name, *more, **terms: asked.append(name) or save(name, *more, **terms)
    )
    incoming = actions.begin(draft, "class_schedule", name="a.pdf", size=len(PDF), by=draft.student)
    once = actions.take(incoming, PDF, offset=0)
    with pytest.raises(RuleViolation, match="missing"):
        actions.take(incoming, PDF, offset=0)
    assert len(asked) == len(set(asked)) == 2
    assert actions.finish(once, draft, by=draft.student).size == len(PDF)


def test_a_piece_for_an_upload_that_another_request_dropped_is_sent_again(draft):
    incoming = actions.begin(draft, "class_schedule", name="a.pdf", size=len(PDF), by=draft.student)
    actions.drop_incoming(incoming)
    with pytest.raises(RuleViolation) as refused:
        actions.take(incoming, PDF, offset=0)
    assert refused.value.code == "gone"
    assert not default_storage.listdir(f"incoming/{incoming.code}")[1]


@pytest.mark.django_db(transaction=True)
def test_four_sendings_of_the_last_piece_at_once_make_one_file(sign_in, draft):
    client = sign_in(draft.student)
    address = create(client, draft, len(PDF)).headers["Location"]
    patch(client, address, PDF[:100], 0)
    again = [sign_in(draft.student) for _phone in range(4)]
    codes = at_once(*(lambda each=each: patch(each, address, PDF[100:], 100).status_code for each in again))
    assert sorted(codes) == [204, 409, 409, 409]
    upload = Upload.objects.get()
    assert upload.state == "kept"
    assert not default_storage.exists(f"incoming/{upload.code}")


# --- Names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("classes.pdf", "classes.pdf"),
        ("classes", "classes.pdf"),
        ("classes.html", "classes.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        (r"C:\fakepath\..\classes.jpg", "classes.pdf"),
        ("/", "file.pdf"),
        ("", "file.pdf"),
        (".pdf", "file.pdf"),
        ("....", "file.pdf"),
        ("my classes 🎓 otoño.pdf", "my classes 🎓 otoño.pdf"),
        ("\u202efdp.exe", "fdp.pdf"),
        ("a\u2066b\u2069\u200fc.pdf", "a b c.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ("line\r\nSet-Cookie: a=b.pdf", "line Set-Cookie: a=b.pdf"),
        ("half \ud83d emoji.pdf", "half emoji.pdf"),
        ("فصول.pdf", "فصول.pdf"),
        ("x" * 5000 + ".pdf", "x" * 100 + ".pdf"),
        ("'; DROP TABLE uploads; --.pdf", "'; DROP TABLE uploads; --.pdf"),
        ("<img src=x onerror=alert(1)>.pdf", "<img src=x onerror=alert(1)>.pdf"),
    ],
)
def test_a_name_keeps_its_words_and_nothing_that_misleads(given, shown):
    assert actions.shown_name(given, "application/pdf") == shown


@pytest.mark.parametrize("name", ["../../etc/passwd", "<script>alert(1)</script>.pdf", "\u202efdp.exe", "🎓" * 200])
def test_a_hostile_name_goes_through_the_whole_way(sign_in, draft, name):
    client = sign_in(draft.student)
    assert send(client, draft, name=name).status_code == 204
    upload = Upload.objects.get()
    assert upload.file.name.startswith("uploads/") and ".." not in upload.file.name
    page = client.get(reverse("applications:application-section", args=[draft.code, "college"])).text
    assert "<script>alert" not in page and "\u202e" not in page

"""A photo or PDF that shows that a step is done: sent from the phone, checked, opened on record, returned, deleted."""

import datetime as dt
import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from applications.models import Application, LegalHold
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import AccessRecord, Event, Message
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import (
    ChecklistItemFactory,
    ChecklistStepFactory,
    PassportCaseFactory,
    PlacementFactory,
    StepFileFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from travel.models import StepFile
from travel.office.retention import erasing
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist import files as step_files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers():
    application_facts()
    travel_facts()


@pytest.fixture
def placement():
    placement = PlacementFactory(trip=TripFactory(leaves_on=in_days(60), returns_on=in_days(70)))
    PassportCaseFactory(placement=placement)
    return placement


@pytest.fixture
def student(placement):
    return placement.application.student


@pytest.fixture
def phone(sign_in, student):
    return sign_in(student)


def asked_of(placement, **step):
    step = {"evidence": "file", **step}
    return ChecklistItemFactory(placement=placement, step=ChecklistStepFactory(cycle=placement.trip.cycle, **step))


@pytest.fixture
def item(placement):
    return asked_of(placement)


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True))


def advisor_of(placement):
    return UserFactory(advisor=placement.application.college)


def picture(color="white", tail=b"", name="letter.png"):
    content = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue() + tail)


def page(name, *parts):
    return reverse(f"travel:{name}", args=parts)


def send(client, item, file=None):
    return client.post(page("step-file-send", item.placement.code, item.step.key), {"file": file or picture()})


def opens(client, file):
    answer = client.get(page("step-file", file.code))
    return answer.status_code == 200 and b"".join(answer.streaming_content) == b"\x89PNG"


def text(answer):
    return " ".join(answer.content.decode().split())


def test_a_file_is_checked_cleaned_and_closes_the_step(phone, student, item, django_capture_on_commit_callbacks):
    assert "Only the exchange office can open it." in text(phone.get(item.get_absolute_url()))
    with django_capture_on_commit_callbacks(execute=True):
        send(phone, item, picture(tail=b"4111 1111 1111 1111"))
        item.refresh_from_db()
        assert item.is_open  # nobody has looked at the file yet
    item.refresh_from_db()
    assert (item.done_at is not None, item.done_by, item.done_via) == (True, student, "evidence")
    file = StepFile.objects.get()
    answer = phone.get(page("step-file", file.code))
    assert b"4111" not in b"".join(answer.streaming_content)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert not AccessRecord.objects.exists()  # one's own
    assert "letter.png" in text(phone.get(item.get_absolute_url()))


def test_the_step_is_not_checked_off_by_hand(phone, student, item):
    assert "I’ve done this" not in text(phone.get(item.get_absolute_url()))
    with pytest.raises(RuleViolation) as refused:
        checklist.mark_done(item, by=student)
    assert refused.value.code == "needs_evidence"


def test_the_same_file_twice_is_one_and_too_many_are_refused(phone, item, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        send(phone, item)
        send(phone, item)
    assert StepFile.objects.count() == 1
    for number in range(1, step_files.FILES_MAX):
        send(phone, item, picture((number, 0, 0)))
    answer = send(phone, item, picture("black"))
    assert "Remove one first." in text(answer) and StepFile.objects.count() == step_files.FILES_MAX


def test_what_is_no_photo_is_refused_beside_the_field(phone, item):
    answer = send(phone, item, SimpleUploadedFile("letter.png", b"MZ program"))
    assert "We take photos" in text(answer) and not StepFile.objects.exists()


def test_a_file_that_the_check_refuses_leaves_the_step_open_and_tells_the_student(
    monkeypatch, phone, student, item, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("exchange.files.antivirus.is_configured", lambda: True)
    monkeypatch.setattr("exchange.files.antivirus.scan", lambda content: "Eicar")
    student.language = "es"
    student.save()
    with django_capture_on_commit_callbacks(execute=True):
        send(phone, item)
    item.refresh_from_db()
    assert item.is_open and not StepFile.objects.get().file
    told = Message.objects.get(template="travel/step_file_returned", channel="email")
    assert item.step.title_es in told.body and "virus" in told.body
    monkeypatch.setattr("exchange.files.antivirus.scan", lambda content: "")
    with django_capture_on_commit_callbacks(execute=True):
        send(phone, item, picture("black"))
    item.refresh_from_db()
    assert item.done_at and StepFile.objects.get().state == "kept"  # the refused one went


def test_a_file_removed_before_its_check_stays_removed(phone, item, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        send(phone, item)
        name = StepFile.objects.get().file.name
        phone.post(page("step-file-remove", StepFile.objects.get().code))
    item.refresh_from_db()
    assert item.is_open and not StepFile.objects.exists() and not default_storage.exists(name)


def test_without_its_last_file_the_step_is_open_again(phone, item, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        send(phone, item)
        send(phone, item, picture("black"))
    first, second = StepFile.objects.all()
    phone.post(page("step-file-remove", first.code))
    item.refresh_from_db()
    assert item.done_at
    phone.post(page("step-file-remove", second.code))
    item.refresh_from_db()
    assert item.is_open and item.asked_again_at is None
    assert phone.post(page("step-file-remove", second.code)).status_code == 404


def test_staff_open_it_on_record_and_the_student_sees_who(sign_in, office, phone, student, placement, item):
    file = StepFileFactory(item=item)
    assert opens(office, file)
    assert Event.objects.filter(action="checklist.open_file").count() == 1
    assert AccessRecord.objects.get(student=student, what="file").about == placement.application.code
    assert phone.get(reverse("travel:opened")).status_code == 200


@pytest.mark.parametrize(
    ("step", "sees"), [({}, False), ({"advisor_sees": True}, True), ({"owner": "advisor"}, True)], ids=str
)
def test_an_advisor_opens_it_only_where_the_step_says_so_or_is_theirs(sign_in, placement, step, sees):
    file = StepFileFactory(item=asked_of(placement, **step))
    advisor = sign_in(advisor_of(placement))
    assert opens(advisor, file) is sees
    assert (file.original_name in text(advisor.get(file.item.get_absolute_url()))) is sees
    assert not opens(sign_in(UserFactory(advisor=True)), file)


def test_the_owner_of_a_step_sends_its_file_and_nobody_else(
    sign_in, phone, placement, django_capture_on_commit_callbacks
):
    item = asked_of(placement, owner="advisor")
    assert send(phone, item).status_code == 403
    advisor = sign_in(advisor_of(placement))
    assert "Send the photo or PDF" in text(advisor.get(reverse("travel:checklist-steps")))
    with django_capture_on_commit_callbacks(execute=True):
        send(advisor, item)
    item.refresh_from_db()
    assert item.done_at and item.done_by != placement.application.student


def test_a_returned_file_opens_the_step_with_a_reason_that_the_student_reads(
    office, phone, item, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        send(phone, item)
    file = StepFile.objects.get()
    answer = office.post(page("step-file-return", file.code), {f"{file.code}-reason": " "})
    assert "ex-error" in text(answer) and not Message.objects.exists()
    for _twice in range(2):
        office.post(page("step-file-return", file.code), {f"{file.code}-reason": "The date is cut off."})
    item.refresh_from_db()
    assert item.is_open and item.reminded_at is None
    assert "The date is cut off." in Message.objects.get(channel="email").body
    shown = text(phone.get(item.get_absolute_url()))
    assert "The date is cut off." in shown and "This has changed since" not in shown
    with django_capture_on_commit_callbacks(execute=True):
        send(phone, item)  # the same photo again is a new try
    item.refresh_from_db()
    assert item.done_at and StepFile.objects.get().returned_at is None


def test_what_staff_have_seen_stays(office, phone, placement):
    item = asked_of(placement, needs_verification=True, advisor_sees=True)
    file = StepFileFactory(item=item)
    checklist.fulfil_items([item], by=placement.application.student)
    listed = text(office.get(page("checklist-detail", placement.code)))
    assert "Open the file" in listed and "I’ve seen it" not in listed  # not without looking
    office.post(page("checklist-item-verify", placement.code, item.step.key))
    phone.post(page("step-file-remove", file.code))
    office.post(page("step-file-return", file.code), {f"{file.code}-reason": "No."})
    assert StepFile.objects.get().returned_at is None
    assert "Send another one" not in text(phone.get(item.get_absolute_url()))


def test_a_file_is_taken_only_when_the_step_can_be_done(phone, placement, item):
    first = asked_of(placement, evidence="checkbox")
    waiting = asked_of(placement, waits_for=[first.step.key])
    assert "Do this first" in text(send(phone, waiting))
    assert 'type="file"' not in text(phone.get(waiting.get_absolute_url()))
    assert "doesn’t need a file" in text(send(phone, first))
    placement.trip.departed_at = timezone.now()
    placement.trip.save()
    send(phone, item)
    assert not StepFile.objects.exists()


def test_a_step_asked_again_is_done_with_the_file_that_is_there(
    phone, student, item, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        send(phone, item)
    item.refresh_from_db()
    checklist.unfulfil_items([item], by=None)
    with django_capture_on_commit_callbacks(execute=True):
        send(phone, item)
    item.refresh_from_db()
    assert item.done_at and StepFile.objects.count() == 1


def test_files_go_after_the_return_and_at_once_with_who_drops_out(placement, item):
    file = StepFileFactory(item=item)
    assert step_files.forget(days=14) == 0
    placement.trip.returned_at = placement.trip.departed_at = timezone.now() - dt.timedelta(days=20)
    placement.trip.save()
    LegalHold.objects.create(cycle=placement.trip.cycle, reason="A claim.", placed_by=UserFactory(coordinator=True))
    assert step_files.forget(days=14) == 0
    LegalHold.objects.update(lifted_at=timezone.now(), lifted_by=UserFactory())
    assert step_files.forget(days=14, dry_run=True) == 1 and StepFile.objects.exists()
    assert step_files.forget(days=14) == 1 and step_files.forget(days=14) == 0
    assert not StepFile.objects.filter(pk=file.pk).exists()
    applications = Application.objects.filter(placement=StepFileFactory().item.placement)
    applications.update(status=Status.WITHDRAWN, withdrawn_at=timezone.now())
    assert step_files.forget(days=14) == 1


def test_erasing_deletes_file_and_row(item, django_capture_on_commit_callbacks):
    file = StepFileFactory(item=item)
    with django_capture_on_commit_callbacks(execute=True):
        erasing.erase([item.placement.application_id])
    assert not StepFile.objects.exists() and not default_storage.exists(file.file.name)


def test_a_file_whose_task_was_lost_is_checked_after_all(phone, item):
    send(phone, item)
    assert step_files.look_after_files() == 0
    StepFile.objects.update(uploaded_at=timezone.now() - dt.timedelta(hours=1))
    assert step_files.look_after_files() == 1
    assert StepFile.objects.get().state == "kept"

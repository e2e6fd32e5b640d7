"""The export of everything we hold about a person, for that person only: complete, readable, without others' words."""

import datetime as dt
import io
import json
import re
import zipfile
from urllib.parse import urlencode

import pytest
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import models
from django.urls import reverse
from django.utils import timezone

from applications.models import (
    Answer,
    Application,
    DraftField,
    HelpSession,
    Note,
    Question,
    Recommendation,
    Thread,
    Upload,
)
from exchange.base import audit
from exchange.models import ConsentText, Job, Mailbox, Message, TextConsent, User
from tests.alumni import agreed, asked
from tests.factories import CollegeFactory, UserFactory, finished_job
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    EndorsementFactory,
    OfferFactory,
    ReviewFactory,
    UploadFactory,
    application_facts,
    review_facts,
)
from tests.factories_meeting import InterviewFactory, InterviewSlotFactory
from tests.factories_money import PaymentFactory, ReceiptFactory
from tests.factories_tickets import ticket_rows
from tests.factories_travel import (
    PROMPTS,
    SURVEY,
    FormTextFactory,
    PassportCaseFactory,
    PlacementFactory,
    SigningLinkFactory,
    StepFileFactory,
    TripFactory,
    travel_facts,
)
from tests.signing import code_for, minutes_old
from tests.travel.stories import photo_of, project_of, quoted, told
from tests.wholes import is_as_written, whole
from travel.models import (
    AgeAnswer,
    BadgeKey,
    Certificate,
    EmergencyContact,
    EntryPermission,
    FamilyLink,
    FeasibleCities,
    FollowUpConsent,
    FollowUpImport,
    FollowUpRecord,
    GuardianCall,
    Photo,
    PracticalNeeds,
    Receipt,
    ReflectionField,
    ReflectionPrompt,
    Room,
    RoomSeat,
    RoomWish,
    SelfReport,
    SignedForm,
    StepFile,
    SurveyAnswer,
    SurveyItem,
    SurveyResponse,
    TicketingDetails,
    TravelAnswers,
    TripLine,
    VisaDay,
    VisaDayPerson,
)
from travel.office.own_data import actions, export, export_page
from travel.office.own_data.export_tables import LEFT_OUT, TABLES

pytestmark = pytest.mark.django_db
EXPORT = reverse("travel:export")
SECRETS = {
    "letter": "LETTER-OF-THE-REFEREE",
    "draft": "DRAFT-OF-THE-REFEREE",
    "comment": "COMMENT-OF-A-READER",
    "reason": "REASON-OF-THE-COMMITTEE",
    "note": "NOTE-OF-THE-COLLEGE",
    "code": "CODE-TO-SIGN-IN-123456",
    "number": "NUMBER-OF-THE-PASSPORT",
    "stranger": "ANSWER-OF-A-STRANGER",
    "reader": "Bartholomew Readerson",
    "office": "Philippa Officeman",
}


@pytest.fixture
def student():
    """A student with rows of every step and about every kind of person."""
    travel_facts()
    review_facts()
    college = CollegeFactory(name="Pierce College")
    student = UserFactory(full_name="Marisol Reyes", preferred_name="Mari", email="mari@example.edu")
    office = UserFactory(coordinator=True, full_name=SECRETS["office"])
    reader = UserFactory(advisor=True, full_name=SECRETS["reader"])
    application = ApplicationFactory(
        student=student, college=college, cycle=CycleFactory(ready=True), confirmed=True, answered=True
    )
    Recommendation.objects.filter(application=application).update(
        letter=SECRETS["letter"], draft=SECRETS["draft"], requested_at=timezone.now(), received_at=timezone.now()
    )
    review = ReviewFactory(
        assignment=AssignmentFactory(application=application, reader=reader),
        comment=SECRETS["comment"],
        feedback="Your third story made us see it.",
        locked_at=timezone.now(),
    )
    assert review.assignment.application == application
    decision = DecisionFactory(
        application=application,
        reason=SECRETS["reason"],
        decided_by=office,
        released_by=office,
        released_at=timezone.now(),
    )
    OfferFactory(application=application, decision=decision)
    EndorsementFactory(application=application, note=SECRETS["note"])
    slot = InterviewSlotFactory(cycle=application.cycle, interviewers=[reader], place="City Hall, room 1060")
    InterviewFactory(application=application, slot=slot, booked_at=timezone.now(), outcome="held", invited_by=office)
    UploadFactory(application=application, original_name="my classes.pdf", state="kept", checked_at=timezone.now())
    upload = application.uploads.get()
    placement = PlacementFactory(application=application, trip=TripFactory(cycle=application.cycle), placed_by=office)
    PassportCaseFactory(placement=placement, expires_on=dt.date(2036, 5, 4))
    TravelAnswers.objects.create(application=application, answers={"travel_on": "us_need"}, advisor=reader)
    FeasibleCities.objects.create(application=application, is_everywhere=True)
    words = {"name": "Rosa Lima", "phone": "+12135550140", "relation": "parent", "language": "es", "knows": True}
    EmergencyContact.objects.create(placement=placement, number=1, said=words)
    PracticalNeeds.objects.create(placement=placement, needs={"diet": ["no_pork"], "access": []})
    TicketingDetails.objects.create(placement=placement, said={"given": "MARISOL"})
    EntryPermission.objects.create(placement=placement, state="needed")
    day = VisaDay.objects.create(
        trip=placement.trip, starts_at=timezone.now(), minutes=60, place="Consulate", address="1 Main Street"
    )
    VisaDayPerson.objects.create(day=day, placement=placement)
    ticket_rows(placement, office, SECRETS["number"])
    _signed(placement)
    _reflect(placement, "The sea was louder than I thought.")
    Mailbox.objects.create(address=student.email, bounced_at=timezone.now())
    TextConsent.objects.create(phone="+12135550134", user=student, agreed_at=timezone.now(), agreed_how="page")
    for subject, is_secret in (("Your spot", False), (SECRETS["code"], True)):
        Message.objects.create(
            channel="email",
            recipient=student,
            address=student.email,
            language="en",
            template="x",
            subject=subject,
            body=f"Body of {subject}",
            is_secret=is_secret,
        )
    thread = Thread.objects.create(student=student, college=college, addressee="office")
    Note.objects.create(thread=thread, author=student, body="Can I bring my own pillow?")
    Note.objects.create(thread=thread, author=office, body="Yes, a small one.")
    HelpSession.objects.create(
        application=application,
        code_hash="HASH-OF-THE-HELP",
        code_expires_at=timezone.now(),
        helper=UserFactory(advisor=college, full_name="Ruth Delgado"),
        granted_at=timezone.now(),
        ends_at=timezone.now() + dt.timedelta(hours=1),
    )
    versions = [
        {"device": "a", "number": 1, "value": "Nursing", "typed_at": 2},
        {"device": "b", "number": 1, "value": "Marine life", "typed_at": 1},
    ]
    DraftField.objects.create(application=application, key="major", versions=versions, seen={"a": 1, "b": 1})
    _retired(application)
    audit.record("application.open_upload", application, by=reader, changes={"key": upload.question.key})
    audit.record("selection.decide", application, by=office, reason=SECRETS["reason"])
    audit.record("review.lock", application, by=reader)
    _stranger(application)
    return student


def _signed(placement):
    text = FormTextFactory(cycle=placement.trip.cycle)
    more = {"typed_name": "Marisol Reyes", "language": "en", "text_hash": "0" * 64}
    SignedForm.objects.create(text=text, placement=placement, signed_as="student", **more)
    SigningLinkFactory(placement=placement)
    call = {"number": "323 555 0134", "language": "es", "said": "No answer."}
    GuardianCall.objects.create(placement=placement, called_by=UserFactory(coordinator=True), **call)
    FamilyLink.objects.create(
        placement=placement, label="Mom", language="es", parts=["dates"], expires_at=timezone.now()
    )
    AgeAnswer.objects.create(placement=placement, is_of_age=False, asked_for=placement.trip.leaves_on)
    receipt = ReceiptFactory(promise__placement=placement, state="kept", checked_at=timezone.now())
    receipt.file.save("receipt.png", ContentFile(b"\x89PNG receipt"))
    StepFileFactory(item__placement=placement)
    PaymentFactory().lines.create(promise=receipt.promise, cents=1499)
    RoomWish.objects.create(placement=placement, said={"needs": ["quiet"]})
    RoomSeat.objects.create(
        room=Room.objects.create(trip=placement.trip, number=1, beds=2), placement=placement, kind="room"
    )


def _retired(application):
    old = CycleFactory(ready=True).form_versions.get()
    question = Question.objects.get(section__form=old, key="student_number")
    Answer.objects.create(application=application, question=question, value="OLD-88123456")


def _stranger(application):
    other = ApplicationFactory(
        cycle=application.cycle,
        form=application.form,
        submitted=True,
        answered=True,
        answered__major=SECRETS["stranger"],
    )
    placement = PlacementFactory(application=other, trip=TripFactory(cycle=application.cycle))
    _reflect(placement, SECRETS["stranger"])


def _reflect(placement, text):
    prompt, _created = ReflectionPrompt.objects.get_or_create(cycle=placement.trip.cycle, **PROMPTS[0])
    reflection = quoted(placement, prompt=prompt, text=text)
    photo_of(reflection, alt=text)
    project_of(placement, title=text)
    told(reflection, text=text)
    key = BadgeKey.objects.get_or_create(kid="x", defaults={"public": {}, "private": {}})[0]
    asked(agreed(placement))
    Certificate.objects.create(placement=placement, key=key, name=text, language="en", token=text)
    item = SurveyItem.objects.get_or_create(cycle=placement.trip.cycle, **SURVEY[0])[0]
    response = SurveyResponse.objects.create(placement=placement)
    SurveyAnswer.objects.create(response=response, item=item, before=2, now=4)
    application = placement.application
    about = {"cycle": application.cycle, "college": application.college or CollegeFactory(), "year": 2, "rows": 1}
    made = FollowUpImport.objects.create(**about, digest=text[:64], imported_by=UserFactory())
    FollowUpRecord.objects.create(imported=made, application=application, units=11, gpa="B")
    SelfReport.objects.create(application=application, transferred=True)
    signed = {"application": application, "college": made.college, "language": "en", "typed_name": text[:150]}
    FollowUpConsent.objects.create(**signed, text=ConsentText.objects.get(key=FollowUpConsent.TEXT))
    ReflectionField.objects.create(reflection=reflection, key="text", versions=[], seen={})
    TripLine.objects.create(placement=placement, on=placement.trip.leaves_on, device="a1b2c3d4", said={"text": text})


def zip_of(user):
    archive = io.BytesIO()
    export.write(user, archive)
    return zipfile.ZipFile(archive)


@pytest.fixture
def bundle(student):
    return zip_of(student)


def text_of(bundle, name="index.html"):
    return bundle.read(name).decode()


# --- Complete ---------------------------------------------------------------------------------------


def test_every_table_is_in_the_download_or_has_a_reason_but_not_both():
    assert set(TABLES) & set(LEFT_OUT) == set()
    for label, table in TABLES.items():
        columns = {field.name for field in apps.get_model(label)._meta.get_fields()}
        assert set(table.left_out) <= columns, label


def test_the_page_tells_all_of_it_in_words(bundle):
    page = text_of(bundle)
    for words in (
        *("Marisol Reyes", "mari@example.edu", "Nursing", "After the clinic job starts", "OLD-88123456"),
        *("Dr. Lena Whitcomb", "Your third story made us see it.", "my classes.pdf", "May 4, 2036"),
        *(
            "The sea was louder than I thought.",
            "Can I bring my own pillow?",
            "Yes, a small one.",
            "Body of Your spot",
        ),
        *(
            "Ruth Delgado",
            "A U.S. passport I need to get",
            "All cities",
            "Marine life",
            "file viewed · an advisor",
            "What isn’t included",
            *("GPA: 3.0 to 3.49", "Transferred to a four-year college: Yes"),
        ),
    ):
        assert words in page, words


def test_the_data_hold_every_table(bundle):
    data = json.loads(text_of(bundle, "data.json"))
    assert set(data["tables"]) == set(TABLES)
    empty = {label for label, rows in data["tables"].items() if not rows}
    never_here = {
        "account.EmailAddress",
        "usersessions.UserSession",
        "mfa.Authenticator",
        "exchange.Role",
        "exchange.PastRole",
    }
    never_here |= {"exchange.AccessRecord", "exchange.DataRequest", "applications.Disclosure"}
    never = (
        "Appeal ReaderProfile OfferCall IncomingUpload Reminder SentCopy Statement StaffNote StaffNoteVersion Interest"
    )
    unused = {f"applications.{each}" for each in (*never.split(), "WithheldEndorsement")}
    unused |= {f"travel.{each}" for each in ("ReflectionInvitation", "PassportBooking", "FeeVoucher", "VoucherEntry")}
    unused |= {f"travel.{each}" for each in ("Reachability", "CheckInPerson", "CheckInStep")}
    unused |= {f"travel.{each}" for each in ("Attendance", "PackingMark", "BreakGlass", "RollCallTap")}
    unused |= {"travel.Unplaced"}  # the student has a seat, so there is no such row
    assert empty <= never_here | unused
    retired = [row for row in data["tables"]["applications.Answer"] if not row["is_still_asked"]]
    assert [row["value"] for row in retired] == ["OLD-88123456"]


def test_files_and_letters_are_in_it(bundle, student):
    names = bundle.namelist()
    upload = student.applications.get().uploads.get()
    assert bundle.read(f"files/{upload.application.code}-{upload.pk}.pdf").startswith(b"%PDF")
    assert [bundle.read(name) for name in names if name.startswith("files/receipt-")] == [b"\x89PNG receipt"]
    assert [bundle.read(name) for name in names if name.startswith("files/checklist-")] == [b"\x89PNG"]
    letters = [name for name in names if name.startswith("letters/")]
    assert len(letters) == 2
    assert all(bundle.read(name).startswith(b"%PDF") for name in letters)
    page = text_of(bundle)
    assert all(f'href="{name}"' in page for name in names if name.startswith(("letters/", "files/")))


def test_a_file_that_is_gone_does_not_stop_the_rest(student):
    upload = student.applications.get().uploads.get()
    upload.file.storage.delete(upload.file.name)
    bundle = zip_of(student)
    assert not [name for name in bundle.namelist() if name.startswith(f"files/{upload.application.code}")]
    assert "my classes.pdf" in text_of(bundle)


# --- Nothing about others ---------------------------------------------------------------------------


def test_what_others_wrote_or_are_called_is_absent(bundle):
    everything = text_of(bundle) + text_of(bundle, "data.json")
    assert [name for name, secret in SECRETS.items() if secret in everything] == []


def test_keys_are_absent(bundle, student):
    everything = text_of(bundle) + text_of(bundle, "data.json")
    token = Recommendation.objects.get(application__student=student).token
    assert token not in everything
    assert "HASH-OF-THE-HELP" not in everything


def test_a_decision_is_absent_until_it_is_released(student):
    application = ApplicationFactory(student=student, cycle=CycleFactory(ready=True), submitted=True, answered=True)
    DecisionFactory(application=application, result="not_selected", reason="Later.")
    EndorsementFactory(application=application, result="not_endorsed", note="No.")
    bundle = zip_of(student)
    rows = json.loads(text_of(bundle, "data.json"))["tables"]
    assert application.code not in [row["application"] for row in rows["applications.Decision"]]
    (word,) = [row for row in rows["applications.Endorsement"] if row["application"] == application.code]
    assert word["result"] == "shared with the decision"
    assert "not_selected" not in text_of(bundle, "data.json")


def test_the_page_needs_no_network_and_no_script(bundle):
    page = text_of(bundle)
    assert "<script" not in page
    assert not re.search(r'(src|href)="(https?:)?//', page)
    assert '<html lang="en">' in page


def test_what_was_typed_is_shown_as_text(student):
    application = student.applications.get()
    application.answers.filter(question__key="major").update(value="<script>alert(1)</script>")
    page = text_of(zip_of(student))
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page


def test_it_is_in_the_language_of_the_person(student):
    student.language = "es"
    student.save()
    assert '<html lang="es">' in text_of(zip_of(student))


def test_somebody_new_gets_a_short_one():
    bundle = zip_of(UserFactory())
    assert bundle.namelist() == ["index.html", "data.json"]


# --- Only after a recent sign-in --------------------------------------------------------------------


def test_the_account_page_leads_to_it(sign_in):
    assert EXPORT in sign_in(UserFactory()).get(reverse("account-detail")).text


def test_a_fresh_sign_in_has_it_made_and_that_goes_on_record(sign_in, django_capture_on_commit_callbacks):
    application_facts()
    student = UserFactory()
    client = sign_in(student)
    assert "Download my data" in client.get(EXPORT).text
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(EXPORT).url
        assert "Waiting in line" in client.get(page).text
        assert client.post(EXPORT).url == page  # a second tap
    assert "It’s ready." in client.get(page).text
    response = client.get(f"{page}result/")
    assert response["Content-Type"] == "application/zip"
    assert "no-store" in response["Cache-Control"]
    bundle = zipfile.ZipFile(io.BytesIO(response.getvalue()))
    assert text_of(bundle).count("your data downloaded · you") == 1


def test_what_was_made_opens_only_to_a_fresh_sign_in_of_that_person(sign_in):
    application_facts()
    student = UserFactory()
    job = finished_job(student, kind=actions.JOB, params={"back": EXPORT})
    result = reverse("job-result", args=[job.code])
    client = minutes_old(sign_in(student), 16)
    back = urlencode({"next": job.get_absolute_url()})
    assert client.get(result).url == f"{reverse('account_reauthenticate')}?{back}"
    other = sign_in(UserFactory(coordinator=True))
    assert {other.get(address).status_code for address in (result, job.get_absolute_url())} == {404}


def test_each_piece_is_told(student):
    told = []
    export.write(student, io.BytesIO(), lambda done, total: told.append((done, total)))
    assert told == [(number, 8) for number in range(1, 9)]  # four files, two letters, the page, the data


def test_an_older_session_proves_it_first_and_then_has_it_made(sign_in):
    application_facts()
    student = UserFactory(email="ana@example.edu")
    client = minutes_old(sign_in(student), 16)
    assert "Download my data" in client.get(EXPORT).text
    way = client.post(EXPORT).url
    assert not Job.objects.exists()
    client.post(way, {"send": "email"})
    assert client.post(way, {"code": code_for("ana@example.edu")}).url == Job.objects.get().get_absolute_url()


def test_a_visitor_signs_in_first(client):
    assert client.get(EXPORT).status_code == 302
    assert Application.objects.count() == User.objects.count() == 0


def test_queries_do_not_grow_with_what_there_is(student, django_assert_max_num_queries):
    with django_assert_max_num_queries(160):
        export.data_of(student)


def test_models_are_models():
    assert all(issubclass(apps.get_model(label), models.Model) for label in {**TABLES, **LEFT_OUT})


def test_the_page_says_exactly_this(student):
    """All of it, because each line is somebody's only way to read it."""
    application = student.applications.get()
    files = {each.code: "files/CODE" for model in (Upload, StepFile, Receipt, Photo) for each in model.objects.all()}
    letters = {application.code: "letters/application.pdf", application.placement.code: "letters/placement.pdf"}
    sections = export_page.sections_of(student, files=files, letters=letters)
    assert is_as_written("my_data", whole(sections))


def test_a_file_says_why_it_was_refused_and_a_session_where_it_is():
    review_facts(), travel_facts()
    upload = UploadFactory(application=ApplicationFactory(answered=True, submitted=True), refused=True)
    student = upload.application.student
    UserSession.objects.create(user=student, ip="192.0.2.7", user_agent="Phone", session_key="x")
    sections = export_page.sections_of(student, files={}, letters={})
    lines = [
        (block.title, line.label, line.value) for each in sections for block in each.blocks for line in block.lines
    ]
    [(_title, label, device)] = [line for line in lines if line[0] == "Where you’re signed in"]
    assert device == "Phone (192.0.2.0)" and str(timezone.localdate().year) in label
    [(_title, _label, said)] = [line for line in lines if line[0] == "Your files"]
    assert said.endswith(f" · {upload.get_refused_because_display()}")


def test_of_the_log_a_person_reads_their_own_reasons_and_changes_alone(student):
    application, acts = student.applications.get(), ("application.withdraw", "application.save_answers")
    for by in (student, UserFactory(advisor=True)):
        for action in acts:
            audit.record(action, application, by=by, reason="Because.", changes={"keys": ["major"]})
    rows = [row for row in export.data_of(student)["tables"]["exchange.Event"] if row["action"] in acts]
    changes = {"keys": ["major"]}
    assert {(row["action"], row["by"]): (row.get("reason"), row.get("changes")) for row in rows} == {
        ("application.withdraw", "you"): ("Because.", changes),
        ("application.save_answers", "you"): ("Because.", changes),
        ("application.withdraw", "an advisor"): (None, None),
        ("application.save_answers", "an advisor"): (None, changes),
    }

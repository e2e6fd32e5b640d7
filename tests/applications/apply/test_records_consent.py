"""The student's consent that the college may tell the city about their enrollment: signed, missing, taken back."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import application as applying
from applications.apply.actions import records_consent as actions
from applications.apply.actions import reminder
from applications.base.consents import ConsentState, consent_of
from applications.endorse import actions as endorsing
from applications.endorse.actions import Word
from applications.models import Application, Endorsement, RecordsConsent, Reminder, WithheldEndorsement
from exchange.base import office_tasks
from exchange.base.errors import RuleViolation
from exchange.messages import consent, outbox
from exchange.models import Event, Message, OfficeTask
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    ConsentTextFactory,
    CycleFactory,
    DecisionFactory,
    EndorsementFactory,
    RecordsConsentFactory,
    application_facts,
    review_facts,
)

pytestmark = pytest.mark.django_db
YES = {"result": "endorsed", "is_enrolled": True, "units": 12, "in_good_standing": True, "note": ""}
ENTERED = {"result": "endorsed", "is_enrolled": "yes", "units": "12", "in_good_standing": "yes", "note": ""}


@pytest.fixture
def unsigned():
    ConsentTextFactory()
    return ApplicationFactory(submitted=True, signed=False)


def page(name, application):
    return reverse(f"applications:{name}", args=[application.code])


def new_version():
    ConsentTextFactory._meta.model.objects.update(is_current=False)
    return ConsentTextFactory(version=2)


def days_ago(number):
    return timezone.now() - dt.timedelta(days=number)


# --- Signing ------------------------------------------------------------------------------------------


def test_a_signature_says_who_what_when_and_in_which_language(unsigned):
    consent = actions.sign(unsigned, typed_name="  Ana Ruiz ", by=unsigned.student)

    assert (consent.typed_name, consent.language, consent.college) == ("Ana Ruiz", "en", unsigned.college)
    assert consent_of(unsigned).is_signed
    assert Event.objects.get().changes == {"version": 1, "language": "en", "college": unsigned.college.code}


def test_signing_twice_is_one_signature(unsigned):
    actions.sign(unsigned, typed_name="Ana Ruiz", by=unsigned.student)
    actions.sign(unsigned, typed_name="Ana Ruiz", by=unsigned.student)

    assert RecordsConsent.objects.count() == Event.objects.count() == 1


def test_nobody_signs_for_the_student(unsigned):
    with pytest.raises(RuleViolation) as raised:
        actions.sign(unsigned, typed_name="Ana Ruiz", by=UserFactory(coordinator=True))

    assert raised.value.code == "not_own"


def test_new_words_and_another_college_ask_again_and_the_old_signature_ends():
    application = ApplicationFactory(submitted=True)
    new_version()

    assert consent_of(application).state == ConsentState.OUTDATED
    assert not Application.objects.authorized().exists()

    actions.sign(application, typed_name="Ana Ruiz", by=application.student)

    assert list(Application.objects.authorized()) == [application]
    assert application.records_consents.filter(replaced_at__isnull=False).count() == 1
    Application.objects.filter(pk=application.pk).update(college=ApplicationFactory().college)
    application.refresh_from_db()
    assert consent_of(application).state == ConsentState.OUTDATED
    assert not Application.objects.authorized().filter(pk=application.pk).exists()


def test_the_form_asks_and_signs_with_the_button_that_submits(sign_in):
    ConsentTextFactory()
    application = ApplicationFactory(answered=True)
    client = sign_in(application.student)

    shown = client.get(page("application-check", application)).text
    client.post(page("application-submit", application), {"typed_name": "Marisol Reyes"})

    assert "Let your college tell us" in shown and application.college.name in shown
    assert application.records_consents.get().typed_name == "Marisol Reyes"


def test_submitting_without_a_signature_is_no_dead_end(sign_in, mailoutbox, django_capture_on_commit_callbacks):
    ConsentTextFactory()
    application = ApplicationFactory(answered=True)
    client = sign_in(application.student)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(page("application-submit", application), {"typed_name": ""})

    application.refresh_from_db()
    assert application.status == "submitted" and not application.records_consents.exists()
    assert page("records-consent", application) in client.get(page("application-receipt", application)).text
    assert page("records-consent", application) in client.get(page("application-detail", application)).text
    assert any("until you sign for it" in mail.body for mail in mailoutbox)


def test_a_missing_text_never_stops_an_application():
    application = ApplicationFactory(answered=True)

    applying.submit(application, by=application.student, signed_name="Marisol Reyes")

    assert not RecordsConsent.objects.exists()


def test_the_journey_asks_first(unsigned, sign_in):
    client = sign_in(unsigned.student)
    assert page("records-consent", unsigned) in client.get("/journey/").text

    client.post(page("records-consent", unsigned), {"typed_name": "Ana Ruiz"})

    assert page("records-consent", unsigned) not in client.get("/journey/").text


# --- Without it ---------------------------------------------------------------------------------------


def test_without_a_signature_no_endorsement_is_saved(unsigned):
    advisor = UserFactory(advisor=unsigned.college)

    with pytest.raises(RuleViolation) as one:
        endorsing.endorse(unsigned, by=advisor, **YES)
    with pytest.raises(RuleViolation) as several:
        endorsing.endorse_several(unsigned.cycle, {unsigned: Word(12, was_looked_at=True)}, by=advisor)

    assert one.value.code == several.value.code == "not_authorized"
    assert not Endorsement.objects.exists()


def test_the_advisor_sees_not_authorized_yet_and_cannot_answer(unsigned, sign_in):
    client = sign_in(UserFactory(advisor=unsigned.college))

    listed = client.get(reverse("applications:endorsement-list")).text
    record = client.get(page("endorsement-record", unsigned)).text
    client.post(page("endorsement-record", unsigned), ENTERED)

    assert "not authorized yet" in listed and "0 to do" in listed
    assert "Not authorized yet." in record and 'name="units"' not in record
    assert not Endorsement.objects.exists()


def test_the_several_page_leaves_out_who_has_not_signed(sign_in):
    review_facts()
    cycle = CycleFactory(ready=True)
    signed = ApplicationFactory(submitted=True, cycle=cycle, answered=True)
    unsigned = ApplicationFactory(submitted=True, cycle=cycle, college=signed.college, signed=False, answered=True)
    client = sign_in(UserFactory(advisor=signed.college))

    shown = client.get(reverse("applications:endorsement-several", args=[cycle.code])).text

    assert signed.code in shown and unsigned.code not in shown
    assert "1 student isn’t authorized yet" in shown


@pytest.fixture
def listed(sign_in):
    """A college's list with two applicants, of whom one hasn't signed. Returns the client, the preview and both."""
    review_facts()
    cycle = CycleFactory(ready=True)
    signed = ApplicationFactory(submitted=True, cycle=cycle, answered=True, answered__student_number="88001")
    unsigned = ApplicationFactory(
        submitted=True,
        cycle=cycle,
        college=signed.college,
        signed=False,
        answered=True,
        answered__student_number="88002",
    )
    client = sign_in(UserFactory(advisor=signed.college))
    rows = [
        f"8800{place},{each.student.email},{each.student.full_name},17" for place, each in ((1, signed), (2, unsigned))
    ]
    file = SimpleUploadedFile("list.csv", "\n".join(["Student ID,Email,Name,Units", *rows]).encode())
    data = {"college": signed.college.code, "file": file}
    return client, client.post(reverse("applications:enrollment-upload", args=[cycle.code]), data), signed, unsigned


def test_a_college_list_counts_who_has_not_signed_and_carries_nothing_about_them(listed):
    _client, preview, signed, unsigned = listed

    assert "1 student on the list isn’t authorized yet" in preview.text
    assert signed.code in preview.text and unsigned.code not in preview.text
    assert unsigned.student.email not in preview.text
    found = preview.context["preview"].found
    assert unsigned.code not in str(found)


def test_permission_taken_back_after_the_preview_saves_nothing(listed):
    client, preview, signed, _unsigned = listed
    actions.withdraw(signed, by=signed.student)
    data = {"college": signed.college.code, "list": preview.context["signed"], "take": [signed.code]}

    answer = client.post(reverse("applications:enrollment-confirm", args=[signed.cycle.code]), data)

    assert "not authorized" in answer.text
    assert not Endorsement.objects.exists()


# --- Taken back ---------------------------------------------------------------------------------------


def test_taking_it_back_seals_the_answer_and_keeps_the_scores():
    application = ApplicationFactory(submitted=True, endorsed=True, reads_locked=1, score_mean=12)

    actions.withdraw(application, by=application.student)

    application = Application.objects.get(pk=application.pk)
    withheld = WithheldEndorsement.objects.get()
    assert not hasattr(application, "endorsement") and application.score_mean == 12
    assert withheld.said["units"] == 12
    with connection.cursor() as cursor:
        cursor.execute("SELECT said FROM applications_withheldendorsement")
        assert "endorsed" not in cursor.fetchone()[0]
    assert consent_of(application).state == ConsentState.WITHDRAWN


def test_taking_it_back_in_the_middle_of_a_review_shows_the_records_to_nobody(sign_in):
    review_facts()
    application = ApplicationFactory(submitted=True, answered=True)
    EndorsementFactory(application=application, units=17, note="A note that must vanish.")
    DecisionFactory(application=application, result="selected", reason="Good.")
    office = sign_in(UserFactory(coordinator=True))
    pages = [page(name, application) for name in ("application-detail", "endorsement-record", "decision-record")]
    assert all("A note that must vanish." in office.get(each).text for each in pages)

    sign_in(application.student).post(page("records-consent-withdraw", application))

    for each in pages:
        shown = office.get(each).text
        assert "A note that must vanish." not in shown
        assert "withdrew the permission" in shown
    assert "Look at it again without the college’s answer." in office.get(pages[2]).text


def test_it_can_be_signed_again_and_the_college_answers_anew(unsigned):
    advisor = UserFactory(advisor=unsigned.college)
    actions.sign(unsigned, typed_name="Ana Ruiz", by=unsigned.student)
    endorsing.endorse(unsigned, by=advisor, **YES)
    actions.withdraw(unsigned, by=unsigned.student)
    with pytest.raises(RuleViolation):
        endorsing.endorse(unsigned, by=advisor, **YES)

    actions.sign(unsigned, typed_name="Ana Ruiz", by=unsigned.student)
    endorsing.endorse(unsigned, by=advisor, **YES)

    assert Endorsement.objects.filter(application=unsigned).exists()


def test_taking_it_back_twice_changes_nothing(unsigned):
    RecordsConsentFactory(application=unsigned)

    assert actions.withdraw(unsigned, by=unsigned.student)
    assert not actions.withdraw(unsigned, by=unsigned.student)
    assert Event.objects.filter(action="records_consent.withdraw").count() == 1


def test_an_answer_from_before_stays_is_flagged_and_cannot_be_changed(sign_in):
    review_facts()
    application = ApplicationFactory(submitted=True, signed=False, endorsed=True, answered=True)
    ConsentTextFactory()
    advisor = application.endorsement.endorsed_by

    shown = sign_in(advisor).get(page("endorsement-record", application)).text

    assert "From before we asked students for permission." in shown
    with pytest.raises(RuleViolation):
        endorsing.endorse(application, by=advisor, **(YES | {"units": 9}))
    own = sign_in(application.student).get(page("records-consent", application)).text
    assert "before we started asking" in own and "Withdraw my permission" in own


def test_the_page_in_spanish(unsigned, sign_in):
    client = sign_in(unsigned.student)
    client.cookies["language"] = "es"

    client.post(page("records-consent", unsigned), {"typed_name": "Ana Ruiz"})

    assert "Permite que tu college nos informe" in client.get(page("records-consent", unsigned)).text
    assert RecordsConsent.objects.get().language == "es"


def test_the_list_takes_as_many_queries_for_many_as_for_few(sign_in):
    application = ApplicationFactory(submitted=True)
    client = sign_in(UserFactory(advisor=application.college))
    address = reverse("applications:endorsement-list")
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(address)
    for signed in (True, False, False):
        ApplicationFactory(submitted=True, college=application.college, cycle=application.cycle, signed=signed)
    with CaptureQueriesContext(connection) as many:
        client.get(address)

    assert len(many) <= len(few)


# --- Asking -------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(unsigned):
    """Submitted the day before yesterday, without a signature."""
    application_facts()
    Application.objects.update(submitted_at=days_ago(2))
    return Application.objects.get(pk=unsigned.pk)


def asked():
    return Message.objects.filter(template="applications/reminder_consent")


def test_students_under_review_are_asked_once_for_these_words(waiting):
    assert (reminder.send_all(), reminder.send_all()) == (1, 0)
    assert asked().get().recipient == waiting.student
    assert page("records-consent", waiting) in asked().get().body

    Message.objects.update(queued_at=days_ago(2))
    assert reminder.send_all() == 0
    new_version()
    assert reminder.send_all() == 1


def test_a_text_that_asks_waits_until_morning_and_goes_before_the_email(waiting, monkeypatch):
    student = waiting.student
    student.phone, student.phone_verified_at = "+12135550134", timezone.now()
    student.save()
    consent.agree("+12135550134", how=consent.How.PAGE, by=student, user=student)
    morning = timezone.now() + dt.timedelta(hours=5)
    monkeypatch.setattr(outbox, "by_day", lambda moment: morning)

    reminder.send_all()

    found = {message.channel: message.send_after for message in asked()}
    assert found["text"] == morning < found["email"]


@pytest.mark.parametrize("case", ["signed", "withdrawn", "endorsed", "today", "draft"])
def test_nobody_else_is_asked(waiting, case):
    match case:
        case "signed":
            actions.sign(waiting, typed_name="Ana", by=waiting.student)
        case "withdrawn":
            actions.sign(waiting, typed_name="Ana", by=waiting.student)
            actions.withdraw(waiting, by=waiting.student)
        case "endorsed":
            EndorsementFactory(application=waiting)
        case "today":
            Application.objects.update(submitted_at=timezone.now())
        case "draft":
            waiting.delete()
            ApplicationFactory(college=waiting.college)

    reminder.send_all()

    assert not asked().exists()


def test_an_email_that_asks_is_not_sent_once_the_student_has_signed(waiting, mailoutbox):
    reminder.send_all()
    message = asked().get()
    actions.sign(waiting, typed_name="Ana", by=waiting.student)

    assert not outbox.deliver(message.pk)
    assert not mailoutbox


def test_an_advisor_asks_with_one_button_and_at_most_once_a_day(waiting, sign_in, mailoutbox):
    advisor = UserFactory(advisor=waiting.college, full_name="Adaeze Okafor")
    client = sign_in(advisor)
    assert "Ask them to sign" in client.get(page("endorsement-record", waiting)).text

    client.post(page("records-consent-ask", waiting))
    again = client.post(page("records-consent-ask", waiting), follow=True).text

    assert "already got a reminder today" in again
    assert "Adaeze Okafor" in asked().get().body
    assert outbox.deliver(asked().get().pk)
    assert reminder.send_all() == 0  # nor does the portal ask on that day

    Message.objects.update(queued_at=days_ago(1))
    Reminder.objects.update(occasion="asked yesterday")
    client.post(page("records-consent-ask", waiting))
    assert asked().count() == 2


def test_an_advisor_cannot_ask_who_withdrew(waiting, sign_in):
    actions.sign(waiting, typed_name="Ana", by=waiting.student)
    actions.withdraw(waiting, by=waiting.student)
    client = sign_in(UserFactory(advisor=waiting.college))

    assert "Ask them to sign" not in client.get(page("endorsement-record", waiting)).text
    refused = client.post(page("records-consent-ask", waiting), follow=True).text
    assert "There’s nothing to ask." in refused
    assert not asked().exists()


def test_an_advisor_of_another_college_asks_nobody(waiting):
    with pytest.raises(RuleViolation) as refused:
        reminder.ask_for_consent(waiting, by=UserFactory(advisor=True))
    assert refused.value.code == "not_own"


def test_taking_it_back_leaves_the_office_a_task(sign_in):
    application = ApplicationFactory(submitted=True, endorsed=True)
    actions.withdraw(application, by=application.student)

    (task,) = OfficeTask.objects.all()
    assert (
        office_tasks.words_of(task).title == f"{application.student} withdrew the permission for their college records"
    )
    assert (task.path, task.due_on) == (application.get_absolute_url(), timezone.localdate())


def test_taking_it_back_without_an_answer_or_after_the_result_leaves_none(unsigned):
    actions.sign(unsigned, typed_name="Ana", by=unsigned.student)
    told = ApplicationFactory(submitted=True, endorsed=True)
    Application.objects.filter(pk=told.pk).update(status="not_selected")

    assert actions.withdraw(unsigned, by=unsigned.student) and actions.withdraw(told, by=told.student)
    assert not OfficeTask.objects.exists()

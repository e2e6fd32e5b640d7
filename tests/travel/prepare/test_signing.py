"""Forms before departure are read and signed on a phone, by the student and, for someone under age, by a guardian."""

import datetime as dt
import hashlib
import io

import pytest
from allauth.account.models import EmailAddress
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from exchange.base import links
from exchange.base.errors import RuleViolation
from exchange.models import AccessRecord, Event, Message, OfficeTask
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_travel import (
    ChecklistItemFactory,
    ChecklistStepFactory,
    ContactFactory,
    FormTextFactory,
    PassportCaseFactory,
    PlacementFactory,
    SigningLinkFactory,
    TripFactory,
    born_on,
    in_days,
    travel_facts,
)
from travel.models import AgeAnswer, FormText, GuardianCall, SignedForm, SigningLink, Trip
from travel.prepare.signing import actions as signing
from travel.prepare.signing import form_texts, guardian
from travel.prepare.signing.actions import Signature
from travel.prepare.signing.required import forms_of
from travel.prepare.signing.rules import hash_of

pytestmark = pytest.mark.django_db
NAME = "Marisol Reyes Ortega"


@pytest.fixture(autouse=True)
def facts(db):
    travel_facts()


@pytest.fixture
def placement():
    return PlacementFactory(application__student__full_name=NAME)


def text_of(placement, key="agreement", **more):
    return FormTextFactory(cycle=placement.trip.cycle, key=key, **more)


def signed(placement, text, **more):
    signature = Signature(**{"seen": text.code, "language": "en", "typed_name": NAME} | more)
    return signing.sign(placement, text.key, signature, by=placement.application.student)


def page(placement, name="form-list", **more):
    return reverse(f"travel:{name}", kwargs={"code": placement.code, **more})


def guest(link, name="signing-list", **more):
    return reverse(f"travel:{name}", kwargs={"token": link.link, **more})


def posted(text, **more):
    return {"seen": text.code, "language": "en", "has_read": "on", "typed_name": NAME} | more


def minor(placement):
    """The student turns 18 the day after the departure."""
    after = placement.trip.leaves_on + dt.timedelta(days=1)
    born_on(placement.application, after.replace(year=after.year - 18).isoformat())
    return placement


# --- The student ------------------------------------------------------------------------------------


def test_student_reads_signs_and_sees_it_signed(sign_in, placement, django_capture_on_commit_callbacks):
    text, other = text_of(placement), text_of(placement, "conduct", title_en="Conduct")
    client = sign_in(placement.application.student)
    assert "0 of 2 signed" in client.get(page(placement)).text
    read = client.get(page(placement, "form-sign", key="agreement")).text
    assert "We promise you a safe trip." in read and "<li>Be kind.</li>" in read

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(page(placement, "form-sign", key="agreement"), posted(text))

    assert response.status_code == 302
    row = SignedForm.objects.get()
    assert (row.typed_name, row.language, row.signed_as, row.answer) == (NAME, "en", "student", "yes")
    assert row.text_hash == hash_of(text.title_en, text.body_en)
    after = client.get(page(placement, "form-sign", key="agreement")).text
    assert "Signed here" in after and NAME in after
    assert page(placement, "form-sign", key=other.key) in after
    assert reverse("travel:signed-file", args=[row.code]) in after
    assert "1 of 2 signed" in client.get(page(placement)).text
    assert Event.objects.get(action="signed_form.sign").by == placement.application.student


@pytest.mark.parametrize(("language", "title"), [("en", "Travel agreement"), ("es", "Acuerdo de viaje")])
def test_the_pdf_has_the_words_the_name_the_time_and_the_hash_and_its_own_checksum(
    placement, language, title, django_capture_on_commit_callbacks
):
    text = text_of(placement)
    with django_capture_on_commit_callbacks(execute=True):
        row = signed(placement, text, language=language)

    row.refresh_from_db()
    with row.file.open("rb") as file:
        content = file.read()
    reader = PdfReader(io.BytesIO(content))
    found = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    catalog = reader.trailer["/Root"]
    assert (catalog["/Lang"], bool(catalog["/MarkInfo"]["/Marked"])) == (language, True)
    body = getattr(text, f"body_{language}")
    for said in (title, NAME, row.code, body.split("\n")[0], timezone.localtime(row.signed_at).strftime("%-I:%M")):
        assert said in found
    assert hash_of(title, body) == row.text_hash
    assert row.text_hash in found.replace(" ", "")
    assert row.file_hash == hashlib.sha256(content).hexdigest()
    assert not signing.file_signature(row.pk)  # a second task does nothing


def test_a_lost_task_is_asked_again(placement, django_capture_on_commit_callbacks):
    row = signed(placement, text_of(placement))  # its task never ran
    assert signing.look_after_files() == 0
    SignedForm.objects.update(signed_at=timezone.now() - dt.timedelta(minutes=6))

    assert signing.look_after_files() == 1

    row.refresh_from_db()
    assert row.filed_at


def test_the_same_signature_twice_is_one(placement):
    text = text_of(placement)
    assert signed(placement, text).pk == signed(placement, text).pk
    assert Event.objects.filter(action="signed_form.sign").count() == 1


def test_a_name_without_accents_passes_and_another_is_asked_about_but_not_refused(sign_in, placement):
    text = text_of(placement)
    client = sign_in(placement.application.student)
    address = page(placement, "form-sign", key="agreement")

    asked = client.post(address, posted(text, typed_name="Mari R. <b>"))

    assert "Is “Mari R. &lt;b&gt;” your full name?" in asked.text
    assert not SignedForm.objects.exists()
    client.post(address, posted(text, typed_name="Mari R.", is_my_name="on"))
    assert SignedForm.objects.get().is_other_name
    plain = PlacementFactory(trip=placement.trip, application__student__full_name="José Núñez")
    assert not signed(plain, text, typed_name="JOSE NUNEZ").is_other_name


def test_a_form_is_not_signed_without_the_box_or_a_name(sign_in, placement):
    text = text_of(placement)
    client = sign_in(placement.application.student)
    address = page(placement, "form-sign", key="agreement")

    unread = client.post(address, posted(text, has_read=""))
    nameless = client.post(address, posted(text, typed_name="  "))

    assert "Read the form, then check the box." in unread.text and NAME in unread.text
    assert "Type your full name to sign." in nameless.text
    assert not SignedForm.objects.exists()


def test_signature_on_an_old_version_signs_nothing_and_keeps_what_was_typed(sign_in, placement):
    old = text_of(placement)
    client = sign_in(placement.application.student)
    client.get(page(placement, "form-sign", key="agreement"))
    office = UserFactory(coordinator=True)
    draft = form_texts.start_version(old, by=office)
    FormText.objects.filter(pk=draft.pk).update(body_en="The new promise.")
    form_texts.publish(draft, by=office)

    late = client.post(page(placement, "form-sign", key="agreement"), posted(old))

    assert "This form changed while it was open, so nothing was signed." in late.text
    assert "The new promise." in late.text and f'value="{NAME}"' in late.text and draft.code in late.text
    assert not SignedForm.objects.exists()
    client.post(page(placement, "form-sign", key="agreement"), posted(draft))
    assert SignedForm.objects.get().text == draft


def test_a_page_in_another_language_is_signed_in_that_language(sign_in, placement):
    text = text_of(placement)
    client = sign_in(placement.application.student)

    client.post(page(placement, "form-sign", key="agreement"), posted(text, language="es"))

    row = SignedForm.objects.get()
    assert (row.language, row.text_hash) == ("es", hash_of(text.title_es, text.body_es))


def test_no_is_an_answer_and_a_yes_is_withdrawn_with_one_tap(sign_in, placement):
    photos = text_of(placement, "photos", is_optional=True)
    client = sign_in(placement.application.student)
    address = page(placement, "form-sign", key="photos")
    assert "Choose yes or no." in client.post(address, posted(photos)).text

    client.post(address, posted(photos, answer="no"))
    assert forms_of(placement).is_done and not forms_of(placement).of("photos").allows
    client.post(address, posted(photos, answer="yes"))
    assert forms_of(placement).of("photos").allows
    client.post(page(placement, "form-withdraw", key="photos"))

    state = forms_of(placement).of("photos")
    assert state.is_done and not state.allows
    assert "Withdrawn: now no" in client.get(address).text
    assert client.post(page(placement, "form-withdraw", key="photos")).status_code == 404
    client.post(address, posted(photos, answer="yes"))
    assert forms_of(placement).of("photos").allows


def test_what_the_trip_needs_is_not_withdrawn(placement):
    row = signed(placement, text_of(placement))
    with pytest.raises(RuleViolation) as caught:
        signing.withdraw(row, by=placement.application.student)
    assert caught.value.code == "not_optional"


def test_nobody_signs_for_a_student_or_after_departure(placement):
    text = text_of(placement)
    signature = Signature(seen=text.code, language="en", typed_name=NAME)
    with pytest.raises(RuleViolation) as caught:
        signing.sign(placement, "agreement", signature, by=UserFactory(coordinator=True))
    assert caught.value.code == "not_own"
    Trip.objects.update(departed_at=timezone.now(), leaves_on=in_days(-1))
    with pytest.raises(RuleViolation) as caught:
        signing.sign(placement, "agreement", signature, by=placement.application.student)
    assert caught.value.code == "not_now"


def test_only_the_student_and_the_office_open_the_signed_form(sign_in, placement, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        row = signed(placement, text_of(placement))
    address = reverse("travel:signed-file", args=[row.code])
    advisor = UserFactory(advisor=placement.application.college)

    for user in (placement.application.student, UserFactory(coordinator=True)):
        response = sign_in(user).get(address)
        assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
        assert response.getvalue().startswith(b"%PDF")
    for user in (UserFactory(), advisor, UserFactory(director=True)):
        assert sign_in(user).get(address).status_code == 404


@pytest.mark.parametrize("is_in_a_bucket", [True, False])
def test_the_office_leaves_one_row_wherever_the_file_lies(
    sign_in, placement, django_capture_on_commit_callbacks, monkeypatch, is_in_a_bucket
):
    with django_capture_on_commit_callbacks(execute=True):
        row = signed(placement, text_of(placement))
    storage = type(storages["default"])
    monkeypatch.setattr(storage, "querystring_auth", is_in_a_bucket, raising=False)
    monkeypatch.setattr(storage, "url", lambda self, name, **signature: f"https://bucket.example/{name}")
    office = sign_in(UserFactory(coordinator=True))
    for _each in range(2):
        answer = office.get(reverse("travel:signed-file", args=[row.code]))
        assert answer.status_code == (302 if is_in_a_bucket else 200)
        assert b"".join(answer).startswith(b"" if is_in_a_bucket else b"%PDF")  # to its end, which closes it

    assert [opened.what for opened in AccessRecord.objects.all()] == ["trip"]


# --- New versions -----------------------------------------------------------------------------------


def test_a_new_version_asks_again_and_tells_who_signed(sign_in, placement, django_capture_on_commit_callbacks):
    old = text_of(placement)
    signed(placement, old)
    PlacementFactory(trip=placement.trip)  # has signed nothing, so there's nothing to sign again
    office = UserFactory(coordinator=True)
    client = sign_in(office)
    client.post(reverse("travel:form-text-version", args=[placement.trip.cycle.code, old.code]))
    draft = FormText.objects.get(published_at=None)
    address = reverse("travel:form-text-publish", args=[placement.trip.cycle.code, draft.code])
    assert "1 student signed the version before." in client.get(address).text

    client.post(address)

    assert forms_of(placement).done == 0 and forms_of(placement).states[0].was_signed
    message = Message.objects.get(template="travel/form_changed")
    assert message.recipient == placement.application.student
    own = sign_in(placement.application.student)
    assert "This form has a new version." in own.get(page(placement, "form-sign", key="agreement")).text
    signed(placement, draft)
    assert forms_of(placement).is_done
    ended = {row.text.version: row.replaced_at is not None for row in SignedForm.objects.select_related("text")}
    assert ended == {1: True, 2: False}


def test_nobody_is_asked_again_whose_group_has_left_or_who_signed_another_form(placement):
    text, other = text_of(placement), text_of(placement, key="photos")
    away, elsewhere = PlacementFactory(trip__cycle=placement.trip.cycle), PlacementFactory(trip=placement.trip)
    for each, what in ((placement, text), (away, text), (elsewhere, other)):
        signature = Signature(seen=what.code, language="en", typed_name=str(each.application.student))
        signing.sign(each, what.key, signature, by=each.application.student)
    assert set(form_texts.asked_again(text)) == {placement, away}
    trip = away.trip
    trip.departed_at = timezone.now()
    trip.save()
    assert form_texts.asked_again(text) == [placement]
    assert form_texts.asked_again(other) == [elsewhere]


def test_a_step_that_asks_for_a_form_is_done_while_everyone_who_must_has_signed_it(placement):
    text = text_of(minor(placement), needs_guardian=True)
    step = ChecklistStepFactory(cycle=placement.trip.cycle, evidence="signature", evidence_key="agreement")
    item, link = ChecklistItemFactory(placement=placement, step=step), asked(placement)

    def done():
        item.refresh_from_db()
        return item.done_at is not None

    signed(placement, text)
    assert not done()
    signing.sign_as_guardian(link, "agreement", Signature(text.code, "es", "Lucía Reyes"))
    assert done()
    SignedForm.objects.filter(signed_as="guardian").delete()
    signing.settle(placement, by=None)
    assert not done()


def test_a_cycle_lacks_forms_until_some_are_published(placement):
    cycle = placement.trip.cycle
    assert [(need.topic, need.text, need.stops) for need in form_texts.needs_of(cycle)] == [
        ("forms", "Add the forms that students sign before departure.", False)
    ]
    draft = text_of(placement, published_at=None, published_by=None, is_current=False)
    assert [(need.topic, need.text, need.stops) for need in form_texts.needs_of(cycle)] == [
        ("forms", "Publish the forms that students sign before departure.", False)
    ]
    form_texts.publish(draft, by=UserFactory(coordinator=True))
    assert list(form_texts.needs_of(cycle)) == []


def test_no_page_leads_to_words_that_are_not_published(sign_in, placement):
    """The step stays, says why, and leads there once the office has published them."""
    PassportCaseFactory(placement=placement)
    step = ChecklistStepFactory(cycle=placement.trip.cycle, evidence="signature", evidence_key="agreement")
    item = ChecklistItemFactory(placement=placement, step=step, do_by=in_days(1), last_safe_on=in_days(1))
    draft = text_of(placement, published_at=None, published_by=None, is_current=False)
    student, there = sign_in(placement.application.student), page(placement, "form-sign", key="agreement")
    pages = (item.get_absolute_url(), reverse("travel:journey"), page(placement, "checklist-detail"))

    assert not [address for address in pages if there in student.get(address).text]
    assert "isn’t ready to sign yet" in student.get(item.get_absolute_url()).text

    form_texts.publish(draft, by=UserFactory(coordinator=True))
    assert [address for address in pages if there in student.get(address).text] == list(pages)
    assert "isn’t ready to sign yet" not in student.get(item.get_absolute_url()).text
    assert student.get(there).status_code == 200


def test_published_words_never_change(sign_in, placement):
    text = text_of(placement)
    client = sign_in(UserFactory(coordinator=True))
    values = {"title_en": "Other", "title_es": "Otro", "body_en": "x", "body_es": "y", "signer": "student", "order": 1}

    client.post(reverse("travel:form-text-edit", args=[text.cycle.code, text.code]), values)
    client.post(reverse("travel:form-text-discard", args=[text.cycle.code, text.code]))

    text.refresh_from_db()
    assert text.title_en == "Travel agreement"
    for act in (
        lambda: form_texts.change_text(text, values, seen="", by=text.published_by),
        lambda: form_texts.discard(text, by=text.published_by),
    ):
        with pytest.raises(RuleViolation) as caught:
            act()
        assert caught.value.code == "published"


def test_the_office_writes_a_form_in_both_languages_and_publishes_it(sign_in):
    trip = TripFactory()
    client = sign_in(UserFactory(coordinator=True))
    values = {
        "title_en": "House rules",
        "title_es": "Reglas de la casa",
        "body_en": "Be home by ten.",
        "body_es": "Regresa antes de las diez.",
        "signer": "student",
        "order": 1,
    }
    client.post(reverse("travel:form-text-add", args=[trip.cycle.code]), values | {"body_es": ""})
    assert not FormText.objects.exists()
    client.post(reverse("travel:form-text-add", args=[trip.cycle.code]), values)
    text = FormText.objects.get()
    assert (text.key, text.published_at) == ("house_rules", None)

    preview = client.get(reverse("travel:form-text-publish", args=[trip.cycle.code, text.code])).text
    assert "Counsel hasn’t confirmed these words." in preview and "Regresa antes de las diez." in preview
    client.post(reverse("travel:form-text-publish", args=[trip.cycle.code, text.code]))

    text.refresh_from_db()
    assert text.is_current


def test_a_draft_is_signed_by_nobody(sign_in, placement):
    text_of(placement, draft=True)
    client = sign_in(placement.application.student)
    assert "There are no forms yet." in client.get(page(placement)).text
    assert client.get(page(placement, "form-sign", key="agreement")).status_code == 404


# --- A guardian -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days_after", "needed"), [(1, True), (0, False)])
def test_guardian_is_needed_for_someone_under_age_on_the_day_of_departure(placement, days_after, needed):
    text_of(placement, needs_guardian=True)
    text_of(placement, "own", needs_guardian=False)
    leaves = placement.trip.leaves_on + dt.timedelta(days=days_after)
    born_on(placement.application, leaves.replace(year=leaves.year - 18).isoformat())

    forms = forms_of(placement)

    assert forms.is_of_age is not needed
    assert [state.text.key for state in forms.for_guardian] == (["agreement"] if needed else [])
    assert not forms.asks_age


def test_age_is_asked_only_where_nobody_knows_and_only_a_yes_or_no_is_kept(sign_in, placement):
    text_of(placement, needs_guardian=True)
    client = sign_in(placement.application.student)
    assert "Will you be 18 or older on" in client.get(page(placement)).text

    client.post(page(placement), {"is_of_age": "no"})

    assert forms_of(placement).is_of_age is False
    assert "Will you be 18" not in client.get(page(placement)).text
    Trip.objects.update(leaves_on=in_days(400), returns_on=in_days(410))
    placement.trip.refresh_from_db()
    assert forms_of(placement).is_of_age is None  # half a year later it can be a yes
    kept = {field.name for field in AgeAnswer._meta.fields}
    assert kept == {"id", "placement", "is_of_age", "asked_for", "answered_at"}


def asked(placement, **more):
    given = {"name": "Lucía Reyes", "email": "lucia@example.org", "phone": "", "language": "es"} | more
    return guardian.name_guardian(placement, **given, by=placement.application.student)


def test_student_asks_the_guardian_who_signs_in_spanish_on_another_phone(sign_in, placement):
    text = text_of(minor(placement), needs_guardian=True)
    signed(placement, text)
    assert not forms_of(placement).is_done
    own = sign_in(placement.application.student)
    data = {"name": "Lucía Reyes", "email": "lucia@example.org", "phone": "213 555 0134", "language": "es"}
    own.post(page(placement, "guardian"), data)
    link = SigningLink.objects.get()
    shown = own.get(page(placement, "guardian")).text
    assert "Lucía Reyes" in shown and "We sent them a link" in shown
    sent = Message.objects.get(template="travel/guardian_asked", channel="email")
    assert (sent.address, sent.language) == ("lucia@example.org", "es") and link.link in sent.body

    phone = Client()
    read = phone.get(guest(link, "signing-form", key="agreement"))
    assert "Te prometemos un viaje seguro." in read.text and 'lang="es"' in read.text
    assert read.headers["X-Robots-Tag"] == "noindex" and "no-store" in read.headers["Cache-Control"]
    phone.post(guest(link, "signing-form", key="agreement"), posted(text, language="es", typed_name="Lucia Reyes"))

    row = SignedForm.objects.get(signed_as="guardian")
    assert (row.typed_name, row.language, row.is_other_name) == ("Lucia Reyes", "es", False)
    assert forms_of(placement).is_done
    assert "Todo está firmado" in phone.get(guest(link)).text
    assert phone.get(guest(link, "signing-file", key="agreement")).status_code == 404  # no task has made it yet
    signing.file_signature(row.pk)
    response = phone.get(guest(link, "signing-file", key="agreement"))
    assert response.getvalue().startswith(b"%PDF")


def test_a_guardians_page_does_not_open_in_the_students_own_session(sign_in, placement):
    text = text_of(minor(placement), needs_guardian=True)
    link = asked(placement)
    own = sign_in(placement.application.student)

    assert own.get(guest(link)).status_code == 403
    response = own.post(guest(link, "signing-form", key="agreement"), posted(text, typed_name="Lucía Reyes"))

    assert response.status_code == 403 and "Ask them to open our message on their own phone" in response.text
    assert not SignedForm.objects.exists()


@pytest.mark.parametrize(
    "own",
    [
        {"email": "MARISOL@example.edu"},
        {"email": "marisol+mom@example.edu"},
        {"email": "m.reyes@googlemail.com"},
        {"email": "", "phone": "+12135550134"},
        {"phone": "+12135550134"},
    ],
)
def test_guardians_address_is_not_the_students(placement, own):
    student = placement.application.student
    student.email, student.phone = "marisol@example.edu", "+12135550134"
    student.save()
    EmailAddress.objects.create(user=student, email="mreyes+school@gmail.com")
    text_of(minor(placement), needs_guardian=True)
    with pytest.raises(RuleViolation) as caught:
        asked(placement, **own)
    assert caught.value.code == "own_address"
    assert asked(placement, email="marisol.reyes@example.edu").has_address


def test_no_page_of_the_student_holds_the_guardians_link(sign_in, placement):
    text_of(minor(placement), needs_guardian=True)
    own = sign_in(placement.application.student)
    for given in ({}, {"email": "", "reach": "our home phone, 323 555 0134"}):
        link = asked(placement, **given)
        for name, more in (("guardian", {}), ("form-list", {}), ("form-sign", {"key": "agreement"})):
            shown = own.get(page(placement, name, **more)).text
            assert link.token not in shown and "<img" not in shown and "/sign/" not in shown


# --- A guardian whom no message reaches ---------------------------------------------------------------


def called(placement, text, **more):
    given = {
        "spoke_with": "Lucía Reyes",
        "number": "323 555 0134",
        "language": "es",
        "said": "She read it with us and agrees.",
        "answers": {text.code: "yes"},
    }
    return signing.Call(**given | more)


def test_without_an_address_nothing_is_sent_and_the_office_calls(sign_in, placement):
    text = text_of(minor(placement), needs_guardian=True)
    signed(placement, text)
    with pytest.raises(RuleViolation) as caught:
        asked(placement, email="")
    assert caught.value.code == "no_way"

    own = sign_in(placement.application.student)
    data = {"name": "Lucía Reyes", "language": "es", "reach": "our home phone, 323 555 0134, evenings"}
    own.post(page(placement, "guardian"), data)

    link, task = SigningLink.objects.get(), OfficeTask.objects.get()
    assert not Message.objects.filter(template="travel/guardian_asked").exists()
    assert (task.kind, task.person, task.path) == (
        "travel.guardian_call",
        placement.application.student,
        page(placement, "guardian-call"),
    )
    assert "our home phone, 323 555 0134, evenings" in own.get(page(placement, "guardian")).text
    assert Client().get(guest(link)).status_code == 410  # nobody but us knows the link, and it opens nothing
    with pytest.raises(RuleViolation) as caught:
        signing.sign_as_guardian(link, "agreement", Signature(text.code, "es", "Lucía Reyes"))
    assert caught.value.code == "ended"

    office = sign_in(UserFactory(coordinator=True))
    assert page(placement, "guardian-call") in office.get(reverse("travel:trip-forms", args=[placement.trip.code])).text
    read = office.get(page(placement, "guardian-call")).text
    assert "our home phone, 323 555 0134, evenings" in read and "Te prometemos un viaje seguro." in read
    answer = {"seen": text.code, "spoke_with": "Lucía Reyes Luna", "number": "323 555 0134", "said": "Agrees."}
    nobody = answer | {"spoke_with": "", "said": "No answer, try at 7."}
    silent = office.post(page(placement, "guardian-call"), nobody, follow=True).text
    assert "Nothing is signed yet." in silent and "No answer, try at 7." in silent
    assert OfficeTask.objects.open().exists()
    office.post(page(placement, "guardian-call"), answer | {f"answer_{text.code}": "yes"})

    row, call = SignedForm.objects.get(signed_as="guardian"), GuardianCall.objects.first()
    assert (row.typed_name, row.language, list(call.signed.all())) == ("Lucía Reyes Luna", "es", [row])
    assert (call.number, call.said) == ("323 555 0134", "Agrees.")
    assert row.text_hash == hash_of(text.title_es, text.body_es) and forms_of(placement).is_done
    assert [event.by for event in Event.objects.filter(action="guardian.call")] == [call.called_by] * 2
    assert not OfficeTask.objects.open().exists()
    signing.file_signature(row.pk)
    row.refresh_from_db()
    with row.file.open("rb") as file:
        pdf = " ".join(PdfReader(io.BytesIO(file.read())).pages[0].extract_text().split())
    assert str(call.called_by) in pdf and "323 555 0134" in pdf


def test_an_address_that_comes_later_ends_the_call(placement):
    text_of(minor(placement), needs_guardian=True)
    asked(placement, email="", reach="my aunt’s, 323 555 0134")
    assert OfficeTask.objects.open().count() == 1
    asked(placement)
    assert not OfficeTask.objects.open().exists()
    asked(placement, email="", reach="my aunt’s, 323 555 0134")
    assert OfficeTask.objects.open().count() == 1
    guardian.end(placement, by=placement.application.student)
    assert not OfficeTask.objects.open().exists()


def test_a_student_who_drops_out_has_nobody_called(placement):
    text_of(minor(placement), needs_guardian=True)
    asked(placement, email="", reach="my aunt’s, 323 555 0134")
    office = UserFactory(coordinator=True)
    guardian.WITHDRAWN.after(placement.application, office)
    assert not OfficeTask.objects.open().exists()
    guardian.WITHDRAWN.undone(placement.application, office)
    assert OfficeTask.objects.open().count() == 1


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("own_number", {"number": "(213) 555-0199"}),
        ("no_words", {"said": " "}),
        ("no_name", {"spoke_with": " "}),
        ("no_words", {"number": " "}),
        ("newer_words", {"answers": {"BCDFGHJK": "yes"}}),
    ],
)
def test_a_call_that_proves_nothing_signs_nothing(placement, code, more):
    student = placement.application.student
    student.phone = "+12135550199"
    student.save()
    text = text_of(minor(placement), needs_guardian=True)
    asked(placement, email="", reach="my aunt’s, 323 555 0134")
    with pytest.raises(RuleViolation) as caught:
        signing.record_call(placement, called(placement, text, **more), by=UserFactory(coordinator=True))
    assert (caught.value.code, SignedForm.objects.count(), GuardianCall.objects.count()) == (code, 0, 0)
    refused("guardiancall_has_words", lambda: GuardianCall.objects.create(placement=placement, called_by=student))


def test_only_the_office_calls_and_only_where_no_message_goes(placement):
    text = text_of(minor(placement), needs_guardian=True)
    asked(placement, email="", reach="my aunt’s, 323 555 0134")
    for by, code in (
        (placement.application.student, "not_office"),
        (UserFactory(advisor=placement.application.college), "not_office"),
        (UserFactory(coordinator=True, email=placement.application.student.email.replace("@", "+2@")), "own"),
    ):
        with pytest.raises(RuleViolation) as caught:
            signing.record_call(placement, called(placement, text), by=by)
        assert caught.value.code == code
    asked(placement)
    with pytest.raises(RuleViolation) as caught:
        signing.record_call(placement, called(placement, text), by=UserFactory(coordinator=True))
    assert caught.value.code == "no_call"
    assert not SignedForm.objects.exists()


def test_no_to_a_form_that_the_trip_needs_signs_nothing(placement):
    needed = text_of(minor(placement), needs_guardian=True)
    photos = text_of(placement, "photos", needs_guardian=True, is_optional=True)
    asked(placement, email="", reach="my aunt’s, 323 555 0134")
    said = called(placement, needed, answers={needed.code: "no", photos.code: "no"})
    signing.record_call(placement, said, by=UserFactory(coordinator=True))
    row = SignedForm.objects.get()
    assert (row.text, row.answer) == (photos, "no")
    assert OfficeTask.objects.open().exists()


def test_link_is_replaced_ended_and_expires(sign_in, placement):
    text_of(minor(placement), needs_guardian=True)
    first = asked(placement)
    second = asked(placement, email="tia@example.org")
    assert Client().get(guest(first)).status_code == 404
    assert Client().get(guest(second)).status_code == 200
    own = sign_in(placement.application.student)
    own.post(page(placement, "guardian-end"))
    ended = Client().get(guest(second))
    assert ended.status_code == 410 and NAME not in ended.text
    third = asked(placement, email="tia@example.org")
    SigningLink.objects.update(expires_at=timezone.now() - dt.timedelta(minutes=1))
    assert Client().get(guest(third)).status_code == 410


def test_a_page_that_was_open_when_the_link_ended_signs_nothing(placement):
    text = text_of(minor(placement), needs_guardian=True)
    link = asked(placement)
    guardian.end(placement, by=placement.application.student)
    with pytest.raises(RuleViolation) as caught:
        signing.sign_as_guardian(link, "agreement", Signature(text.code, "es", "Lucía Reyes"))
    assert caught.value.code == "ended"


def test_link_of_another_purpose_or_a_wrong_one_opens_nothing(placement):
    link = SigningLinkFactory(placement=placement)
    for token in (links.sign("travel.host", link.token), link.token, "x", f"{link.token}.x"):
        assert Client().get(reverse("travel:signing-list", args=[token])).status_code == 404


def test_opening_the_link_changes_nothing(placement):
    text_of(minor(placement), needs_guardian=True, is_optional=True)
    link = asked(placement)
    before, events = SigningLink.objects.values().get(), Event.objects.count()
    for name, more in (("signing-list", {}), ("signing-form", {"key": "agreement"})):
        assert Client().get(guest(link, name, **more)).status_code == 200
    assert Client().get(guest(link, "signing-withdraw", key="agreement")).status_code == 302
    assert (SigningLink.objects.values().get(), Event.objects.count()) == (before, events)


def test_guardian_withdraws_a_yes(placement):
    photos = text_of(minor(placement), "photos", needs_guardian=True, is_optional=True)
    signed(placement, photos)
    link = asked(placement)
    phone = Client()
    address = guest(link, "signing-form", key="photos")
    phone.post(address, posted(photos, typed_name="Lucía Reyes", answer="yes"))
    assert forms_of(placement).of("photos").allows

    phone.post(guest(link, "signing-withdraw", key="photos"))

    assert not forms_of(placement).of("photos").allows


def test_link_is_sent_again_at_most_once_an_hour_and_reminded_once(placement):
    text = text_of(minor(placement), needs_guardian=True)
    link = asked(placement)
    sent = Message.objects.filter(template="travel/guardian_asked")
    assert not guardian.send_again(placement, by=placement.application.student)
    SigningLink.objects.update(sent_at=timezone.now() - dt.timedelta(hours=2))
    assert guardian.send_again(placement, by=placement.application.student)
    assert (sent.count(), guardian.REMINDER.send_all()) == (2, 0)
    SigningLink.objects.update(sent_at=timezone.now() - dt.timedelta(days=6))
    assert (guardian.REMINDER.send_all(), guardian.REMINDER.send_all(), sent.count()) == (1, 0, 3)
    signing.sign_as_guardian(link, "agreement", Signature(text.code, "es", "Lucía Reyes"))
    SigningLink.objects.update(sent_at=timezone.now() - dt.timedelta(days=6), reminded_at=None)
    assert guardian.REMINDER.send_all() == 0


def test_the_guardian_is_written_to_by_name_in_their_language(placement):
    text_of(minor(placement), needs_guardian=True)
    link = asked(placement, phone="+12135550134")
    for channel, address in (("email", "lucia@example.org"), ("sms", "+12135550134")):
        sent = Message.objects.filter(template="travel/guardian_asked", channel=channel).first()
        assert sent is None or (sent.address, sent.language, sent.recipient) == (address, "es", None)
    sent = Message.objects.get(template="travel/guardian_asked", channel="email")
    assert "Lucía" in sent.body and link.link in sent.body
    assert link.sent_at and timezone.localdate(link.expires_at) <= placement.trip.leaves_on


def test_student_of_age_names_no_guardian(placement):
    text_of(placement, needs_guardian=True)
    signing.say_age(placement, is_of_age=True, by=placement.application.student)
    with pytest.raises(RuleViolation) as caught:
        asked(placement)
    assert caught.value.code == "not_asked"


# --- The office -------------------------------------------------------------------------------------


def test_office_sees_who_signed_with_the_same_number_of_queries(sign_in, placement, django_assert_max_num_queries):
    text = text_of(placement)
    text_of(placement, "conduct")
    signed(placement, text)
    for _number in range(4):
        PlacementFactory(trip=placement.trip)
    client = sign_in(UserFactory(coordinator=True))
    address = reverse("travel:trip-forms", args=[placement.trip.code])
    client.get(address)

    with django_assert_max_num_queries(13):
        shown = client.get(address).text

    assert "0 of 5 students have everything" in shown and NAME in shown
    for user, code in ((UserFactory(advisor=True), 403), (placement.application.student, 403)):
        assert sign_in(user).get(address).status_code == code


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("signedform_has_a_name", {"typed_name": ""}),
        ("signedform_of_a_placement_or_a_contact", {"signed_as": "contact"}),
        ("signedform_file_and_hash_together", {"file_hash": "0" * 64}),
        (
            "signedform_ends_once",
            {
                "withdrawn_at": timezone.now() + dt.timedelta(days=1),
                "replaced_at": timezone.now() + dt.timedelta(days=1),
            },
        ),
        ("signedform_ends_after_it_was_signed", {"withdrawn_at": timezone.now() - dt.timedelta(days=9)}),
    ],
)
def test_database_refuses_bad_signatures(placement, name, changes):
    row = signed(placement, text_of(placement))
    refused(name, lambda: SignedForm.objects.filter(pk=row.pk).update(**changes))


def test_database_keeps_one_signature_in_force(placement):
    row = signed(placement, text_of(placement))
    row.pk, row.code = None, "BCDFGHJK"
    refused("signedform_one_in_force", row.save)
    contact = ContactFactory()
    of_contact = SignedForm(text=row.text, contact=contact, signed_as="contact", typed_name="x", text_hash="0" * 64)
    of_contact.save()
    of_contact.pk, of_contact.code = None, "BCDFGHJM"
    refused("signedform_one_in_force_of_a_contact", of_contact.save)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("formtext_version_once", {"version": 1, "is_current": False}),
        ("formtext_one_current_version", {"version": 2}),
        ("formtext_current_is_published", {"key": "b", "published_at": None, "published_by": None}),
        ("formtext_published_at_and_by_together", {"key": "b", "published_by": None}),
        ("formtext_guardian_signs_with_a_student", {"key": "b", "signer": "host", "needs_guardian": True}),
    ],
)
def test_database_refuses_bad_words(placement, name, more):
    text_of(placement)
    refused(name, lambda: text_of(placement, **({"key": "agreement"} | more)))


def test_database_keeps_one_draft(placement):
    text_of(placement, draft=True)
    refused("formtext_one_draft", lambda: text_of(placement, draft=True, version=2))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("signinglink_of_a_guardian_or_a_contact", {"name": ""}),
        ("signinglink_stopped_at_and_by_together", {"stopped_at": timezone.now()}),
    ],
)
def test_database_refuses_bad_links(placement, name, changes):
    link = SigningLinkFactory(placement=placement)
    refused(name, lambda: SigningLink.objects.filter(pk=link.pk).update(**changes))

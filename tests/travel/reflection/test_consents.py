"""What a student agrees to for one answer: separate, dated, with the words they saw, and taken back with one tap."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation

from exchange.base.errors import RuleViolation
from tests.applications import upload_samples as samples
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import PlacementFactory
from tests.travel.stories import ALT, QUOTE, consent_texts, photo_of, quoted
from travel.models import Photo, Reflection, ReflectionConsent
from travel.reflection.actions import consents, photos, writing

pytestmark = pytest.mark.django_db


@pytest.fixture
def placement():
    return PlacementFactory(returned=True)


@pytest.fixture
def reflection(placement):
    return quoted(placement, kinds=())


@pytest.fixture
def student(placement):
    return placement.application.student


def address(reflection, name="share"):
    code, prompt = reflection.placement.code, reflection.prompt.key
    return reverse(f"travel:reflection-{name}", kwargs={"code": code, "prompt": prompt})


def test_each_is_a_record_with_its_words_language_and_time(reflection, student):
    with translation.override("es"):
        consents.agree(reflection, {"quote", "name"}, quote=QUOTE, by=student)
    rows = {row.kind: row for row in reflection.consents.all()}
    assert rows.keys() == {"quote", "name"}
    assert (rows["quote"].text.key, rows["quote"].text.version, rows["quote"].language) == ("story_quote", 1, "es")
    assert timezone.now() - rows["quote"].given_at < dt.timedelta(minutes=1)
    consents.agree(reflection, {"quote", "name"}, quote=QUOTE, by=student)
    assert reflection.consents.count() == 2


@pytest.mark.parametrize(
    ("kinds", "quote", "code"),
    [
        ({"name"}, QUOTE, "needs_quote"),
        ({"quote"}, "  ", "no_quote"),
        ({"quote", "picture"}, QUOTE, "no_picture"),
    ],
)
def test_consent_that_says_too_little_is_refused(reflection, student, kinds, quote, code):
    with pytest.raises(RuleViolation) as violation:
        consents.agree(reflection, kinds, quote=quote, by=student)
    assert violation.value.code == code and not reflection.consents.exists()


def test_only_an_answer_for_anyone_can_be_quoted(reflection, student):
    Reflection.objects.update(privacy="program", quote="")
    with pytest.raises(RuleViolation) as violation:
        consents.agree(reflection, {"quote"}, quote=QUOTE, by=student)
    assert violation.value.code == "not_public"


def test_taking_back_the_words_takes_picture_and_name_with_them(reflection, student):
    photo_of(reflection)
    consents.agree(reflection, {"quote", "picture", "name"}, quote=QUOTE, by=student)
    assert Reflection.objects.published().exists()
    assert consents.withdraw(reflection, "quote", by=student)
    assert not Reflection.objects.published().exists()
    assert not reflection.consents.in_force().exists() and reflection.consents.count() == 3
    assert not consents.withdraw(reflection, "quote", by=student)


def test_a_more_private_answer_ends_every_consent(reflection, student):
    consents.agree(reflection, {"quote"}, quote=QUOTE, by=student)
    writing.write(reflection.placement, reflection.prompt, {"privacy": "program"}, by=student)
    reflection.refresh_from_db()
    assert (reflection.privacy, reflection.quote) == ("program", "")
    assert not reflection.consents.in_force().exists()


def test_the_page_asks_separately_and_takes_back_with_one_tap(client, reflection, student):
    client.force_login(student)
    page = client.get(address(reflection)).text
    assert "Yes, you may quote these words" in page and "Yes, you may say my first name" in page
    assert "show this photo" not in page  # there is none
    client.post(address(reflection), {"quote": QUOTE, "may_quote": "on"})
    assert Reflection.objects.published().get().quote == QUOTE
    assert "You agreed on" in client.get(reverse("travel:reflection-list")).text
    client.post(address(reflection, "take-back"), {"kind": "quote"})
    assert not Reflection.objects.published().exists()
    assert "You agreed on" not in client.get(reverse("travel:reflection-list")).text


def test_a_name_is_shown_to_staff_only_with_consent(client, reflection, student):
    name = student.full_name
    client.force_login(UserFactory(coordinator=True))
    assert name not in client.get(reverse("travel:reflection-list")).text
    consents.agree(reflection, {"quote", "name"}, quote=QUOTE, by=student)
    assert name in client.get(reverse("travel:reflection-list")).text


# --- The photo --------------------------------------------------------------------------------------


def upload(client, reflection, content, name="market.jpg", alt=ALT):
    data = {"photo": SimpleUploadedFile(name, content), "alt": alt}
    return client.post(address(reflection, "photo"), data)


def test_a_photo_is_checked_cleaned_and_shown_with_its_words(
    client, reflection, student, django_capture_on_commit_callbacks
):
    application_facts()
    client.force_login(student)
    with django_capture_on_commit_callbacks(execute=True):
        assert upload(client, reflection, samples.photograph()).status_code == 302
    photo = Photo.objects.get()
    assert (photo.state, photo.alt) == ("kept", ALT)
    shown = client.get(address(reflection)).text
    assert f'alt="{ALT}"' in shown
    answer = client.get(reverse("travel:photo-file", args=[photo.code]))
    assert answer["Content-Type"] == "image/jpeg" and "no-store" in answer["Cache-Control"]
    assert b"Exif" in samples.photograph() and b"Exif" not in answer.content


@pytest.mark.parametrize(
    ("content", "words"), [(b"not a picture", "something else"), (samples.pdf(), "A PDF isn’t one")]
)
def test_what_is_no_picture_is_refused_in_words(client, reflection, student, content, words):
    application_facts()
    client.force_login(student)
    page = upload(client, reflection, content)
    assert words in page.text and not Photo.objects.exists()


def test_a_photo_needs_words(client, reflection, student):
    application_facts()
    client.force_login(student)
    assert "Some people can’t see it" in upload(client, reflection, samples.picture(), alt=" ").text
    assert not Photo.objects.exists()


def test_removing_the_photo_ends_the_consent_to_show_it(client, reflection, student):
    photo = photo_of(reflection)
    consents.agree(reflection, {"quote", "picture"}, quote=QUOTE, by=student)
    client.force_login(student)
    client.post(reverse("travel:photo-remove", args=[photo.code]))
    assert not Photo.objects.exists()
    assert {row.kind for row in ReflectionConsent.objects.in_force()} == {"quote"}


def test_nobody_sees_the_photo_of_a_private_answer(client, placement):
    photo = photo_of(quoted(placement, kinds=(), privacy="private", quote=""))
    client.force_login(UserFactory(coordinator=True))
    assert client.get(reverse("travel:photo-file", args=[photo.code])).status_code == 404


def test_a_photo_that_is_damaged_is_not_kept(reflection, student):
    application_facts()
    photo = photo_of(reflection, content=samples.picture()[:60])
    Photo.objects.filter(pk=photo.pk).update(state="received")
    photos.check_file(photo.pk)
    photo.refresh_from_db()
    assert (photo.state, photo.refused_because) == ("refused", "unreadable")


def test_without_words_there_is_nothing_to_agree_to(reflection, student):
    consent_texts()
    ReflectionConsent.objects.all().delete()
    type(consents.words()["quote"]).objects.filter(key="story_quote").delete()
    with pytest.raises(RuleViolation) as violation:
        consents.agree(reflection, {"quote"}, quote=QUOTE, by=student)
    assert violation.value.code == "no_words"

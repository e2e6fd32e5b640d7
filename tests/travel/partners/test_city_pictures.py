"""Pictures of cities: taken in like every file, light in each width, on the public pages, undone."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from exchange.base import home
from exchange.models import Event, HomeCity, PartnerCity
from tests.constraints import refused
from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_applications import application_facts
from travel.models import CityPicture, CityPictureWidth
from travel.partners.actions import picture as actions
from travel.partners.picture_sizes import LIMITS, sizes

pytestmark = pytest.mark.django_db
WORDS = {"alt_en": "Boats at a quay.", "alt_es": "Barcos en un muelle."}
GPS = 0x8825


def noise(size=(1800, 1200), kind="JPEG", **options) -> bytes:
    """The hardest picture to make small: every pixel by chance."""
    drawn = Image.effect_noise(size, 90).convert("RGB")
    written = io.BytesIO()
    drawn.save(written, kind, **options)
    return written.getvalue()


def plain(size, **options) -> bytes:
    """For the pages: a picture by chance takes seconds to make small."""
    written = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize(size).save(written, "JPEG", **options)
    return written.getvalue()


@pytest.fixture
def city():
    application_facts(**{"upload.megapixels": 40})
    return PartnerCityFactory()


@pytest.fixture
def office(client):
    person = UserFactory(coordinator=True)
    client.force_login(person)
    return person


@pytest.fixture
def send(client, city, office, django_capture_on_commit_callbacks):
    """`send(content, **words)`: what the page answers once a task has looked at the file."""

    def sent(content: bytes | None, *, to: str = "", **words):
        address = to or reverse("travel:partner-picture", args=[city.code])
        files = {} if content is None else {"picture": SimpleUploadedFile("IMG 1.jpg", content)}
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(address, {**WORDS, **words, **files}, follow=True)

    return sent


def act(client, city, what, capture):
    with capture(execute=True):
        return client.post(reverse("travel:partner-picture-act", args=[city.code]), {"act": what}, follow=True)


def fresh(city):
    return PartnerCity.objects.get(pk=city.pk)


# --- The widths -------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_each_width_stays_under_its_limit_whatever_is_in_the_picture(kind):
    drawn = sizes(noise(kind=kind))
    assert [each.width for each in drawn] == list(LIMITS)
    for each in drawn:
        assert len(each.content) <= LIMITS[each.width]
        with Image.open(io.BytesIO(each.content)) as image:
            assert (image.format, image.size) == ("WEBP", (each.width, each.height))


def test_a_small_picture_isnt_enlarged_and_a_tall_one_is_cut():
    assert [(each.width, each.height) for each in sizes(noise((300, 200)))] == [(300, 200)]
    assert [(each.width, each.height) for each in sizes(noise((500, 2000)))] == [(480, 600)]


# --- Taking it in -----------------------------------------------------------------------------------


def test_a_picture_is_checked_drawn_and_shown_in_both_languages_without_where_it_was_taken(client, city, send):
    exif = Image.Exif()
    exif[GPS] = {1: "N", 2: (34.0, 3.0, 0.0)}
    answer = send(plain((1800, 1200), exif=exif))
    assert "Saved. We’re checking the picture" in answer.text
    picture = CityPicture.objects.get()
    with picture.file.open("rb") as file, Image.open(file) as kept:
        assert not kept.getexif()
    shown = fresh(city).picture
    assert [shown.alt, shown.width, shown.height] == [WORDS["alt_en"], 960, 640]
    for language in ("en", "es"):
        for page in (reverse("travel:city-list"), reverse("travel:city-detail", args=[city.code])):
            seen = client.get(page, headers={"accept-language": language}).content.decode()
            assert f'alt="{WORDS[f"alt_{language}"]}"' in seen
            assert all(f"{width}w" in seen for width in LIMITS) and 'width="960"' in seen and 'height="640"' in seen
    assert 'loading="lazy"' in client.get(reverse("travel:city-list")).content.decode()
    client.logout()
    response = client.get(shown.src)
    assert response.headers["Content-Type"] == "image/webp" and "immutable" in response.headers["Cache-Control"]
    with Image.open(io.BytesIO(response.content)) as image:
        assert image.size == (960, 640) and not image.getexif()


def test_pages_ask_no_more_for_it(client, city, send):
    pages = [reverse("travel:city-list"), reverse("travel:city-detail", args=[city.code]), reverse("home")]
    client.logout()

    def counted():
        counts = []
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                client.get(page)
            counts.append(len(queries))
        return counts

    before = counted()
    client.force_login(UserFactory(coordinator=True))
    send(plain((900, 600)))
    client.logout()
    assert counted() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"MZ not a picture", "Choose a JPEG, PNG, HEIC or WebP picture."),
        (b"%PDF-1.7\n%%EOF", "Choose a JPEG, PNG, HEIC or WebP picture."),
        ("big", "This file is 41.0 MB. The limit is"),
    ],
)
def test_what_isnt_a_picture_is_refused_and_the_words_stay(city, send, content, message):
    send(plain((600, 400)))
    before = fresh(city).picture_data
    answer = send(b"\xff\xd8\xff" + b"\0" * 41 * 1024 * 1024 if content == "big" else content, alt_en="Other words.")
    assert message in answer.text
    assert 'value="Other words."' in answer.text
    assert fresh(city).picture_data == before and CityPicture.objects.count() == 1


def test_a_decompression_bomb_is_refused(city, send):
    written = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(written, "PNG")
    answer = send(written.getvalue())
    assert "This picture is too large to open." in answer.text
    assert not CityPicture.objects.exists()


def test_a_broken_picture_is_refused_by_the_task_and_the_one_before_stays(client, city, send):
    send(plain((600, 400)))
    before = fresh(city).picture_data
    send(noise((640, 400))[:3000])
    assert fresh(city).picture_data == before
    page = client.get(reverse("travel:partner-picture", args=[city.code])).content.decode()
    assert CityPicture.objects.filter(state="refused").count() == 1 and "ex-notice" in page
    send(plain((700, 400)))  # makes room
    assert not CityPicture.objects.filter(state="refused").exists()


def test_words_are_needed_in_both_languages_and_can_change_alone(client, city, send):
    answer = send(plain((600, 400)), alt_es=" ")
    assert "Say in a few words what the picture shows." in answer.text and not CityPicture.objects.exists()
    assert "Choose a picture." in send(None).text
    send(plain((600, 400)))
    send(None, alt_en="A quay at noon.")
    assert fresh(city).picture.alt == "A quay at noon."


def test_of_two_people_the_second_sees_what_the_first_saved_and_replaces_nothing(client, city, send):
    send(plain((600, 400)))
    page = reverse("travel:partner-picture", args=[city.code])
    seen = client.get(page).context["form"]["seen"].value()
    send(plain((700, 400)), alt_en="A ferry.")
    first = fresh(city).picture_data["code"]

    for content in (None, plain((800, 400))):
        answer = send(content, alt_en="A quay at noon.", seen=seen)
        assert ("What it shows, in English", "A ferry.") in answer.context["form"].theirs
        assert "A quay at noon." in answer.text
        assert (fresh(city).picture_data["code"], fresh(city).picture.alt) == (first, "A ferry.")
    send(None, alt_en="A quay at noon.", seen=answer.context["form"]["seen"].value())
    assert fresh(city).picture.alt == "A quay at noon."


# --- Replaced, removed, undone ----------------------------------------------------------------------


def test_replaced_and_removed_pictures_come_back(client, city, send, django_capture_on_commit_callbacks):
    send(plain((600, 400)))
    first = fresh(city).picture_data["code"]
    send(plain((700, 400)), alt_en="The second.")
    second = fresh(city).picture_data["code"]
    assert first != second and client.get(reverse("travel:city-picture", args=[first, 480])).status_code == 404
    answer = act(client, city, "back", django_capture_on_commit_callbacks)
    assert "The picture from before is back." in answer.text and fresh(city).picture_data["code"] == first
    answer = act(client, city, "remove", django_capture_on_commit_callbacks)
    assert "You can undo that on this page." in answer.text and fresh(city).picture is None
    assert "ex-picture" not in client.get(reverse("travel:city-detail", args=[city.code])).content.decode()
    act(client, city, "back", django_capture_on_commit_callbacks)
    assert fresh(city).picture_data["code"] == first
    acts = list(Event.objects.filter(action__startswith="city_picture.").values_list("action", flat=True))
    assert acts.count("city_picture.bring_back") == 2 and "city_picture.remove" in acts


@pytest.mark.parametrize("what", ["back", "remove"])
def test_undo_after_someone_elses_picture_says_so_and_theirs_stays(
    client, city, send, django_capture_on_commit_callbacks, what
):
    send(plain((600, 400)))
    send(plain((700, 400)))
    page, acts = (reverse(f"travel:partner-picture{end}", args=[city.code]) for end in ("", "-act"))
    seen = client.get(page).context["seen"]
    send(plain((800, 400)), alt_en="Someone else’s.")

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(acts, {"act": what, "seen": seen}, follow=True)

    assert "Someone else changed this since you opened the page." in answer.text
    assert fresh(city).picture.alt == "Someone else’s."


def test_after_its_time_it_is_deleted_with_its_files(client, city, send, django_capture_on_commit_callbacks):
    send(plain((600, 400)))
    act(client, city, "remove", django_capture_on_commit_callbacks)
    picture = CityPicture.objects.get()
    files = [row.file for row in (picture, *picture.widths.all())]
    CityPicture.objects.update(ended_at=picture.ended_at - actions.CAN_BRING_BACK * 2)
    with django_capture_on_commit_callbacks(execute=True):
        actions.look_after_files()
    assert not CityPicture.objects.exists() and not any(file.storage.exists(file.name) for file in files)
    assert "was deleted" in act(client, city, "back", django_capture_on_commit_callbacks).text


def test_a_picture_whose_task_was_lost_is_looked_at_again(city, office, django_capture_on_commit_callbacks):
    picture = actions.add(city, actions.look("a.jpg", plain((600, 400))), WORDS, by=office)
    CityPicture.objects.update(uploaded_at=picture.uploaded_at.replace(year=2020))
    assert actions.look_after_files() == 1
    actions.check_file(picture.pk)
    assert fresh(city).picture.alt == WORDS["alt_en"]
    assert actions.check_file(picture.pk).pk == picture.pk  # a second time does nothing
    assert CityPictureWidth.objects.count() == 1


def test_the_portals_own_city_has_one_on_the_home_page(client, send, city_of_tests):
    names = {field.attname: getattr(city_of_tests, field.attname) for field in HomeCity._meta.fields}
    HomeCity.objects.create(**names | {"id": HomeCity.ONLY})
    home.forget()
    send(plain((900, 600)), to=reverse("travel:home-picture"))
    client.logout()
    home.forget()
    assert f'alt="{WORDS["alt_en"]}"' in client.get(reverse("home")).content.decode()


# --- What the database refuses ----------------------------------------------------------------------


def test_what_the_database_refuses(city, office):
    columns = {"city": city, "uploaded_by": office, "size": 1, "content_type": "image/jpeg", "original_name": "a.jpg"}

    def picture(code, **more):
        return CityPicture.objects.create(**{**columns, **WORDS, "code": code, **more})

    def shown(code, **more):
        return picture(code, state="kept", shown_at=timezone.now(), **more)

    refused("citypicture_has_words_or_is_a_logo", lambda: picture("a", alt_es=""))
    refused("citypicture_refused_says_why", lambda: picture("b", state="refused"))
    refused("citypicture_shows_what_was_kept", lambda: picture("c", shown_at="2026-11-29T08:00:00Z"))
    first = shown("d")
    refused("citypicture_one_shown_per_city", lambda: shown("e"))
    shown("f", city=None)
    refused("citypicture_one_shown_of_the_own_city_per_kind", lambda: shown("g", city=None))
    shown("h", city=None, kind="logo", alt_en="", alt_es="")
    refused("citypicture_one_shown_of_the_own_city_per_kind", lambda: shown("i", city=None, kind="logo"))
    refused("citypicture_logo_is_of_the_own_city", lambda: picture("j", kind="logo"))
    CityPictureWidth.objects.create(picture=first, width=480, height=320)
    refused("citypicturewidth_each_once", lambda: CityPictureWidth.objects.create(picture=first, width=480, height=3))
    refused("citypicturewidth_has_a_size", lambda: CityPictureWidth.objects.create(picture=first, width=0, height=3))

"""The logo of the city: taken in like its pictures, light, on pages, emails, letters and posters, undone."""

import io

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image, ImageDraw

from applications.cycle.actions import interest
from exchange.base import home
from exchange.files.documents import for_print, pdf_of
from exchange.models import Event, HomeCity
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from travel.models import CityPicture
from travel.partners.actions import picture as actions
from travel.partners.picture_sizes import LOGO_LIMITS, logo_sizes

pytestmark = pytest.mark.django_db
BIG = 41 * 1024 * 1024


def png(drawn: Image.Image) -> bytes:
    written = io.BytesIO()
    drawn.save(written, "PNG")
    return written.getvalue()


def seal(size=(900, 300), colour="#0b5fa5") -> bytes:
    """A round seal on a transparent ground, with an empty border to its right."""
    drawn = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(drawn).ellipse((0, 0, size[1] - 1, size[1] - 1), fill=colour)
    return png(drawn)


def noise(size) -> bytes:
    """The hardest logo to make small: every pixel and its transparency by chance."""
    bands = [Image.effect_noise(size, 90) for _ in range(4)]
    return png(Image.merge("RGBA", bands))


@pytest.fixture
def row(city_of_tests):
    application_facts(**{"upload.megapixels": 40})
    names = {field.attname: getattr(city_of_tests, field.attname) for field in HomeCity._meta.fields}
    HomeCity.objects.create(**names | {"id": HomeCity.ONLY})
    home.forget()


@pytest.fixture
def office(client):
    person = UserFactory(coordinator=True)
    client.force_login(person)
    return person


@pytest.fixture
def send(client, row, office, django_capture_on_commit_callbacks):
    """`send(content)`: what the page answers once a task has looked at the file."""

    def sent(content: bytes | None):
        files = {} if content is None else {"picture": SimpleUploadedFile("seal.png", content)}
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(reverse("travel:home-logo"), files, follow=True)
        home.forget()
        return answer

    return sent


@pytest.fixture
def act(client, django_capture_on_commit_callbacks):
    def done(what):
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(reverse("travel:home-logo-act"), {"act": what}, follow=True)
        home.forget()
        return answer

    return done


def head_of(client) -> str:
    page = client.get(reverse("travel:city-list")).content.decode()
    return page[page.index('<header class="ex-head">') : page.index("</header>")]


# --- Its sizes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1000, 3000), (1000, 500)])
def test_each_size_stays_under_its_limit_whatever_is_in_the_logo(size):
    drawn = logo_sizes(noise(size))
    assert len(drawn) == len(LOGO_LIMITS)
    for each, (box, limit) in zip(drawn, LOGO_LIMITS.items(), strict=True):
        assert len(each.content) <= limit
        assert each.width <= box[0] and each.height <= box[1]
        with Image.open(io.BytesIO(each.content)) as image:
            assert (image.format, image.size) == ("PNG", (each.width, each.height))


def test_an_empty_border_is_cut_and_what_is_transparent_stays_so():
    small, large = logo_sizes(seal())
    assert (small.width, small.height, large.width, large.height) == (96, 96, 300, 300)
    with Image.open(io.BytesIO(large.content)) as image:
        assert image.convert("RGBA").getpixel((0, 0))[3] == 0


def test_a_small_logo_isnt_enlarged_and_has_one_size():
    assert [(each.width, each.height) for each in logo_sizes(seal((40, 20)))] == [(20, 20)]


# --- Where it is ------------------------------------------------------------------------------------


def test_without_a_logo_pages_emails_and_letters_are_as_before(client, row):
    assert "ex-logo" not in head_of(client) and "<svg" in head_of(client)
    assert "<img" not in render_to_string("emails/message.html", {"subject": "a", "body": "b"})
    assert "<img" not in for_print("base.html", {})


def test_it_is_at_the_head_of_pages_with_the_citys_name(client, send, office):
    send(seal())
    logo = HomeCity.objects.get().logo
    assert f'src="{logo.src}"' in head_of(client) and f'alt="{home.home().city}"' in head_of(client)
    client.logout()
    file = client.get(logo.src)
    assert file["Content-Type"] == "image/png" and len(file.content) <= min(LOGO_LIMITS.values())
    assert "immutable" in file["Cache-Control"] and "sandbox" in file["Content-Security-Policy"]


def test_no_page_asks_the_database_for_it(client, send):
    def asked():
        home.forget()
        client.get(reverse("travel:city-list"))  # keeps the row
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("travel:city-list"))
        return len(queries)

    client.logout()
    before = asked()
    client.force_login(UserFactory(coordinator=True))
    send(seal())
    client.logout()
    assert asked() == before and "ex-logo" in head_of(client)


def test_it_is_in_emails_with_the_address_of_the_site(send, settings):
    send(seal())
    html = render_to_string("emails/message.html", {"subject": "a", "body": "b"})
    assert f'src="{settings.SITE_URL}{HomeCity.objects.get().logo.src}"' in html
    assert f'alt="{home.home().city}"' in html and 'width="48"' in html


def pictures_of(html):
    return [image.image for page in pypdf.PdfReader(io.BytesIO(pdf_of(html))).pages for image in page.images]


def test_it_is_on_letters_and_a_letter_written_before_its_removal_can_still_be_made(send, act):
    send(seal())
    html = for_print("base.html", {})
    assert [image.size for image in pictures_of(html)] == [(300, 300)]
    send(seal(colour="#b3261e"))
    assert [image.size for image in pictures_of(html)] == [(300, 300)]
    act("remove")
    assert [image.size for image in pictures_of(html)] == [(1, 1)]
    assert pictures_of(for_print("base.html", {})) == []


# --- Bad input --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Choose a PNG. This file is something else."),
        (b"%PDF-1.7 ...", "Choose a PNG. This file is something else."),
        (b"", "The submitted file is empty."),
        ("big", "This file is 41.0 MB. The limit is"),
        (None, "Choose a PNG."),
    ],
)
def test_what_isnt_a_png_is_refused_and_the_logo_stays(send, content, message):
    send(seal())
    before = HomeCity.objects.get().logo_data
    answer = send(b"\x89PNG\r\n\x1a\n" + b"\0" * BIG if content == "big" else content)
    assert message in answer.text
    assert HomeCity.objects.get().logo_data == before and CityPicture.objects.count() == 1


def test_a_photo_that_is_good_as_a_picture_isnt_a_logo(send):
    written = io.BytesIO()
    Image.new("RGB", (600, 400), "red").save(written, "JPEG")
    assert "Choose a PNG. This file is something else." in send(written.getvalue()).text
    assert not CityPicture.objects.exists()


def test_a_decompression_bomb_is_refused(send):
    assert "This picture is too large to open." in send(png(Image.new("1", (30_000, 30_000)))).text
    assert not CityPicture.objects.exists()


def test_a_broken_one_is_refused_by_the_task_and_the_one_before_stays(client, send):
    send(seal())
    before = HomeCity.objects.get().logo_data
    send(noise((640, 400))[:3000])
    assert HomeCity.objects.get().logo_data == before
    assert CityPicture.objects.filter(state="refused", kind="logo").count() == 1
    assert "ex-notice" in client.get(reverse("travel:home-logo")).text


# --- Replaced, removed, undone ----------------------------------------------------------------------


def test_it_is_removed_and_brought_back_and_the_citys_picture_is_another_thing(client, send, act, office):
    actions.add(None, actions.look("a.png", seal()), {"alt_en": "A seal.", "alt_es": "Un sello."}, by=office)
    actions.check_file(CityPicture.objects.get().pk)
    send(seal())
    row = HomeCity.objects.get()
    assert row.picture and row.logo and CityPicture.objects.count() == 2
    assert "The logo is removed. You can undo that on this page." in act("remove").text
    row = HomeCity.objects.get()
    assert row.picture and row.logo is None and "<svg" in head_of(client)
    assert "The logo from before is back." in act("back").text
    assert HomeCity.objects.get().logo and "ex-logo" in head_of(client)
    assert list(
        Event.objects.filter(action__startswith="city_logo.").order_by("pk").values_list("action", flat=True)
    ) == [
        "city_logo.add",
        "city_logo.kept_file",
        "city_logo.show",
        "city_logo.remove",
        "city_logo.bring_back",
    ]


def test_the_poster_has_it(client, send, office):
    send(seal())
    source = interest.make_source("Fair", None, by=office)
    assert (
        HomeCity.objects.get().logo.large
        in client.get(reverse("applications:interest-poster", args=[source.code])).text
    )

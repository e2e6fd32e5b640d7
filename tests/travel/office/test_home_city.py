"""Whose portal it is: rows that the office writes, on every page, message and document; no code names a city."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.core import mail
from django.db import DatabaseError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.cycle.actions.cycle import create_rules
from exchange.base import home
from exchange.base.office import office
from exchange.messages import outbox
from exchange.models import Event, HomeCity, Message
from exchange.templatetags.ui import from_us
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory
from tests.services import ROOT
from travel.office.city import actions
from travel.office.reference import loading as reference

pytestmark = pytest.mark.django_db
PAGE = reverse("travel:home-city")
PORT = {
    "city_en": "Port Harbor",
    "city_es": "Puerto Abrigo",
    "program_en": "Harbor Abroad",
    "program_es": "Puerto al Mundo",
    "short_name": "Harbor Abroad",
    "office_name_en": "Harbor Office",
    "office_name_es": "",
    "office_email": "hello@harbor.example.gov",
    "office_phone": "+1 562 555 0123",
    "office_hours_en": "Monday to Friday, 9 to 4",
    "office_hours_es": "",
    "address": "1 Pier Road\nPort Harbor",
    "airport": "lgb",
    "latitude": "33.81770",
    "longitude": "-118.15160",
}


@pytest.fixture
def nothing_kept():
    """As a process that has just started."""
    home.forget()
    yield
    home.forget()


@pytest.fixture
def coordinator(sign_in):
    return sign_in(UserFactory(coordinator=True))


def test_what_the_office_writes_is_on_every_page_and_in_every_message(
    coordinator, client, nothing_kept, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        page = coordinator.post(PAGE, PORT, follow=True)
    assert "Saved." in page.text and "· Harbor Abroad</title>" in page.text
    contact = client.get(reverse("contact")).text
    assert "hello@harbor.example.gov" in contact and "Monday to Friday, 9 to 4" in contact and "1 Pier Road" in contact
    assert office().phone.as_e164 == "+15625550123"
    assert from_us() == "Harbor Abroad: "
    row = HomeCity.objects.get()
    assert (row.airport, row.latitude) == ("LGB", Decimal("33.81770"))
    assert Event.objects.filter(action="homecity.add", by__isnull=False).count() == 1


def test_a_message_is_from_the_program_at_the_portal_s_address(nothing_kept, settings):
    settings.DEFAULT_FROM_EMAIL = "Something else <exchange@example.gov>"
    home.keep(HomeCity(**PORT))
    student = UserFactory(email="student@example.edu")
    outbox.queue("exchange/account_exists", to=student)
    outbox.deliver(Message.objects.get().pk)
    assert mail.outbox[0].from_email == "Harbor Abroad <exchange@example.gov>"


def test_two_people_at_once_overwrite_nothing(coordinator, nothing_kept):
    coordinator.post(PAGE, PORT)
    seen = re.search(r'name="seen" value="([^"]+)"', coordinator.get(PAGE).text)[1]
    HomeCity.objects.update(program_en="Meanwhile Abroad")
    page = coordinator.post(PAGE, PORT | {"seen": seen, "program_en": "Mine"})
    assert HomeCity.objects.get().program_en == "Meanwhile Abroad" and 'value="Mine"' in page.text
    assert ("Program, in English", "Meanwhile Abroad") in page.context["form"].theirs


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"airport": "QQQ"}, "We don’t know an airport with these three letters."),
        ({"short_name": "Peñasco"}, "without accents"),
        ({"city_es": ""}, "Fill this in."),
        ({"office_phone": "12"}, "Check this phone number."),
        ({"latitude": "120"}, "90"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_lost(coordinator, wrong, said):
    page = coordinator.post(PAGE, PORT | wrong)
    assert said in page.text and "Pier Road" in page.text and not HomeCity.objects.exists()


@pytest.mark.parametrize("role", ["advisor", "director"])
def test_only_the_office_writes_it(sign_in, role):
    assert sign_in(UserFactory(**{role: True})).post(PAGE, PORT).status_code == 403
    assert not HomeCity.objects.exists()


def test_a_page_asks_the_database_once_in_half_a_minute(client, nothing_kept, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(home.time, "monotonic", lambda: now[0])

    def asked():
        from django.db import connection  # noqa: PLC0415 -- the default one, opened by the test

        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("contact"))
        return sum("homecity" in each["sql"] for each in queries)

    assert [asked(), asked()] == [1, 0]
    now[0] += home.SECONDS + 1
    assert asked() == 1


def test_an_error_page_has_a_name_without_a_database(nothing_kept, monkeypatch):
    def broken():
        raise DatabaseError

    monkeypatch.setattr(HomeCity.objects, "first", broken)
    assert home.home().program == "Student exchange"


def test_the_files_write_it_once_and_leave_the_office_s_alone(coordinator, nothing_kept):
    reference.load()
    row = HomeCity.objects.get()
    theirs = PORT | {"airport": "LGB", "time_zone": row.time_zone}
    actions.change(theirs, seen=_seen(row), by=UserFactory(coordinator=True))
    assert reference.load()["kept"] >= 1
    assert HomeCity.objects.get().program_en == "Harbor Abroad"


def _seen(row):
    from travel.office.city.forms import HomeCityForm  # noqa: PLC0415

    return HomeCityForm.initial_of(row)["seen"]


def test_a_new_cycle_s_requirements_name_the_city(nothing_kept):
    home.keep(HomeCity(**PORT))
    reference.load()
    home.keep(HomeCity(**PORT))
    rules = {rule.key: rule for rule in create_rules(CycleFactory(), departs_on=date(2027, 6, 1), by=None)}
    assert "colleges in Port Harbor" in rules["college"].text_en
    assert "Puerto Abrigo" in rules["college"].text_es


# --- No code names a city ---------------------------------------------------------------------------

NAMES = re.compile(
    r"[Ll]os[ _-]?[AaÁá]ngeles|LOS[ _]?ANGELES|[Ll]ong[ _-]?[Bb]each|\bLAX\b|[Aa]mbassadors|[Ee]mbajadores"
)
KINDS = {".py", ".html", ".txt", ".js", ".css", ".po", ".toml", ".xml", ".json", ".sh", ""}
CODE = ("applications", "exchange", "travel", "templates", "locale", "deploy", "script")
# what a city brings with it, and what names a time zone
REFERENCE = re.compile(
    r"travel/(reference/cities|demo|data)/|exchange/people/sign_in/demo_people\.py|exchange/static/.*/vendor/"
)
ALLOWED = {
    "exchange/settings.py": "the demo has a city",
    "exchange/migrations/0017_home_city_time_zone.py": "the clock that every portal had until then",
    "exchange/web/views/styleguide.py": "examples",
    "templates/exchange/web/styleguide.html": "examples",
}


def _ours(path):
    """Its text; of a catalog without the demo's sentences."""
    text = path.read_text(errors="ignore")
    if path.suffix != ".po":
        return text
    return "\n\n".join(part for part in text.split("\n\n") if "demo_people.py" not in part)


def test_no_code_names_a_city_or_a_program():
    paths = [path for folder in CODE for path in sorted((ROOT / folder).rglob("*")) if path.suffix in KINDS]
    names = {path.relative_to(ROOT).as_posix(): path for path in paths if path.is_file()}
    found = {
        name: hit[0]
        for name, path in names.items()
        if not REFERENCE.match(name) and name not in ALLOWED and (hit := NAMES.search(_ours(path)))
    }
    assert found == {}
    assert len(names) > 500

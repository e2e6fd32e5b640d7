"""The city's own clock (docs/adr/0002): its time zone is a row, and holds wherever the portal asks what time it is."""

import datetime as dt
import re
import threading
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import TruncDate
from django.http import QueryDict
from django.template import Context, Template
from django.urls import reverse
from django.utils import timezone

from applications.cycle.forms.setup import DatesForm
from applications.release.actions import releasing
from applications.release.forms import ReleaseTimeForm
from exchange.background import clock
from exchange.background.city_time import CityTime
from exchange.base import home
from exchange.celery import app
from exchange.keeping import log_closings
from exchange.messages import outbox
from exchange.models import Heartbeat, HomeCity
from exchange.templatetags import ui
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.factories_facts import application_facts
from tests.services import ROOT
from travel.office.group_messages.forms import GroupMessageForm

CITIES = {
    "Honolulu": "Pacific/Honolulu",
    "Phoenix": "America/Phoenix",  # no summer time
    "Toledo": "America/New_York",
    "San Juan": "America/Puerto_Rico",
}
# 11:59 pm of each day in UTC: winter, and the evenings before and after each of the two nights when clocks change
CLOSES = {
    "Honolulu": ("01-16T09:59", "03-14T09:59", "03-15T09:59", "11-07T09:59", "11-08T09:59"),
    "Phoenix": ("01-16T06:59", "03-14T06:59", "03-15T06:59", "11-07T06:59", "11-08T06:59"),
    "Toledo": ("01-16T04:59", "03-14T04:59", "03-15T03:59", "11-07T03:59", "11-08T04:59"),
    "San Juan": ("01-16T03:59", "03-14T03:59", "03-15T03:59", "11-07T03:59", "11-08T03:59"),
}
DAYS = ("2027-01-15", "2027-03-13", "2027-03-14", "2027-11-06", "2027-11-07")


def in_city(name):
    """This process's portal is of that city from now on."""
    names = {"city_en": name, "city_es": name, "program_en": f"{name} Abroad", "program_es": f"{name} al Mundo"}
    home.keep(HomeCity(**names, short_name=name, time_zone=CITIES[name]))


def utc(moment):
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M")


def querydict(said):
    data = QueryDict(mutable=True)
    data.update(said)
    return data


@pytest.fixture(params=CITIES)
def city(request):
    in_city(request.param)
    return request.param


# --- Deadlines --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_cycles_dates_are_by_the_citys_clock_on_every_day_of_the_year(city):
    for day, closes in zip(DAYS, CLOSES[city], strict=True):
        said = {"opens_on": "2026-12-01", "opens_time": "08:00", "closes_on": day, "closes_time": "23:59"}
        form = DatesForm(said | {"decisions_on": "2027-12-01", "answer_days": "7"})
        assert form.is_valid(), form.errors
        assert utc(form.dates.closes_at) == f"2027-{closes}"
        cycle = CycleFactory.build(opens_at=form.dates.opens_at, closes_at=form.dates.closes_at.astimezone(dt.UTC))
        assert DatesForm.initial_of(cycle)["closes_time"] == dt.time(23, 59)
        assert ui.deadline(cycle.closes_at).endswith(f" at 11:59 pm, {city} time")
        assert timezone.localdate(cycle.closes_at).isoformat() == day


@pytest.mark.django_db
def test_whatever_the_office_times_is_by_the_citys_clock(city):
    for day, closes in zip(DAYS, CLOSES[city], strict=True):
        expected = f"2027-{closes}"
        assert utc(releasing.end_of_day(dt.date.fromisoformat(day))) == expected
        schedule = ReleaseTimeForm(querydict({"on": day, "at": "23:59"}))
        assert schedule.is_valid() and utc(schedule.due_at) == expected
        message = GroupMessageForm({"body_en": "Hello", "send_on": day, "send_time": "23:59"})
        message.is_valid()
        assert utc(message.send_at) == expected


@pytest.mark.django_db
def test_a_receipt_bears_the_citys_hour_and_day(city, sign_in):
    application = ApplicationFactory(answered=True)
    with time_machine.travel(dt.datetime(2027, 1, 16, 4, 30, tzinfo=dt.UTC), tick=True):
        application.cycle.__class__.objects.update(
            opens_at=timezone.now() - dt.timedelta(days=9), closes_at=timezone.now() + dt.timedelta(days=9)
        )
        client = sign_in(application.student)
        page = client.post(reverse("applications:application-submit", args=[application.code]), follow=True).text
    day, hour = {
        "Honolulu": ("Friday, January 15", "6:30 pm"),
        "Phoenix": ("Friday, January 15", "9:30 pm"),
        "Toledo": ("Friday, January 15", "11:30 pm"),
        "San Juan": ("Saturday, January 16", "12:30 am"),
    }[city]
    assert f"{day} at {hour}, {city} time" in re.sub(r"\s+", " ", page)


# --- Messages ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_quiet_hours_are_the_citys():
    application_facts(**{"message.quiet_from": 21, "message.quiet_to": 8})
    evening = dt.datetime(2027, 1, 16, 3, 30, tzinfo=dt.UTC)  # 7:30 pm in California
    waits = {}
    for name in CITIES:
        in_city(name)
        first = outbox.by_day(evening)
        waits[name] = utc(first) if first else ""
    # 5:30 pm, 8:30 pm, 10:30 pm and 11:30 pm: after nine, texts wait until eight in the morning
    assert waits == {"Honolulu": "", "Phoenix": "", "Toledo": "2027-01-16T13:00", "San Juan": "2027-01-16T12:00"}


# --- Everywhere else --------------------------------------------------------------------------------


def test_today_is_the_citys_in_a_page_a_thread_a_task_and_a_command(city, monkeypatch):
    expected = {"Honolulu": 15, "Phoenix": 15, "Toledo": 15, "San Juan": 16}[city]
    with time_machine.travel(dt.datetime(2027, 1, 16, 4, 30, tzinfo=dt.UTC), tick=False):
        days = [timezone.localdate().day, int(Template("{% now 'j' %}").render(Context()))]
        thread = threading.Thread(target=lambda: days.append(timezone.localdate().day))
        thread.start()
        thread.join()
        monkeypatch.setattr(log_closings, "close", lambda **_wait: days.append(timezone.localdate().day) or [])
        app.tasks["exchange.close_log"].apply(throw=True)
        call_command("close_log")
    assert days == [expected] * 5


@pytest.mark.django_db
def test_the_database_counts_days_by_the_citys_clock(city):
    Heartbeat.objects.create(name="x", at=dt.datetime(2027, 1, 16, 4, 30, tzinfo=dt.UTC))
    day = dt.date(2027, 1, 16 if city == "San Juan" else 15)
    assert Heartbeat.objects.annotate(day=TruncDate("at")).get().day == day
    assert Heartbeat.objects.filter(at__date=day).exists()


@pytest.mark.django_db
def test_a_person_looking_from_another_zone_changes_nothing_for_the_next(client):
    in_city("Toledo")
    with timezone.override("Asia/Tokyo"):
        assert ui.clock(dt.datetime(2027, 1, 16, 4, 30, tzinfo=dt.UTC)) == "1:30 pm"
    assert ui.clock(dt.datetime(2027, 1, 16, 4, 30, tzinfo=dt.UTC)) == "11:30 pm"


@pytest.mark.django_db
def test_without_a_city_the_clock_is_the_technical_default_and_says_so():
    home.forget()
    assert home.home_zone() == ZoneInfo("UTC") == ZoneInfo(settings.TIME_ZONE)
    assert ui.deadline(dt.datetime(2027, 1, 16, 4, 30, tzinfo=dt.UTC)) == "Saturday, January 16 at 4:30 am, UTC time"


def test_a_zone_that_isnt_one_stops_no_page_and_is_told(caplog):
    home.keep(HomeCity(city_en="Toledo", time_zone="Ohio/Toledo"))
    assert timezone.get_current_timezone() == ZoneInfo("UTC")
    home._zone_of.cache_clear()
    timezone.localdate()
    assert "doesn't know Ohio/Toledo" in caplog.text


@pytest.mark.django_db
def test_what_fails_is_asked_again_soon(monkeypatch):
    """A process that could not ask must not write with another clock for half a minute."""
    now, row = [100.0], HomeCity(city_en="Toledo", time_zone="America/New_York")
    answers = iter([DatabaseError, row])

    def ask():
        answer = next(answers)
        if answer is DatabaseError:
            raise DatabaseError
        return answer

    monkeypatch.setattr(home.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(home, "_ask", ask)
    home.forget()
    assert home.home_zone().key == "UTC"
    now[0] += home.UNKNOWN_SECONDS + 0.1
    assert home.home_zone().key == "America/New_York"


@pytest.fixture
def no_such_table():
    """By its name in the database: a name changed in Django would stay in the columns that queries keep."""
    table = HomeCity._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO not_there")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE not_there RENAME TO {table}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.both
def test_a_transaction_goes_on_where_there_is_no_such_table_yet(no_such_table):
    """As during the first migration: what asks for today must not spoil it."""
    home.forget()
    with transaction.atomic():
        assert timezone.localdate()
        assert Heartbeat.objects.count() == 0


# --- Beat -------------------------------------------------------------------------------------------


def test_beats_hours_are_the_citys(city):
    """Nine in the morning, in winter, in summer, and on the days when clocks change."""
    nine = CityTime(hour=9, minute=0)
    nine.app = app
    offset = {"Honolulu": 10, "Phoenix": 7, "Toledo": 5, "San Juan": 4}[city]
    for day, summer in (("2027-01-15", 0), ("2027-03-14", 1), ("2027-07-01", 1), ("2027-11-07", 0)):
        hour = 9 + offset - (summer if city == "Toledo" else 0)
        due = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour), dt.UTC)
        yesterday = due - dt.timedelta(hours=20)
        with time_machine.travel(due - dt.timedelta(seconds=30), tick=False):
            is_due, wait = nine.is_due(yesterday)
            assert not is_due and 29 <= wait <= 31, (day, wait)
        with time_machine.travel(due + dt.timedelta(seconds=1), tick=False):
            assert nine.is_due(yesterday).is_due


@pytest.mark.django_db
def test_beat_follows_a_city_that_changes_its_zone(monkeypatch):
    monkeypatch.setattr(clock, "close_old_connections", lambda: None)
    in_city("Honolulu")
    sent = []
    with time_machine.travel(dt.datetime(2027, 1, 15, 13, 59, 50, tzinfo=dt.UTC), tick=False) as machine:
        beat = clock.Clock(app=app, lazy=True)
        beat.schedule.clear()
        beat.update_from_dict({"remind": {"task": "r", "schedule": CityTime(hour=9, minute=0)}})
        monkeypatch.setattr(clock.Clock, "producer", None)
        monkeypatch.setattr(beat, "apply_entry", lambda entry, producer=None: sent.append(entry.name))
        beat.tick()
        in_city("Toledo")  # nine there is in ten seconds
        monkeypatch.setattr(beat, "_looked_at", None)
        machine.shift(15)
        for _each in range(3):
            beat.tick()
    assert sent == ["remind"]


def test_every_hour_of_beat_is_the_citys():
    of_hours = [entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert all(isinstance(each, CityTime | float) for each in of_hours)
    assert sum(isinstance(each, CityTime) for each in of_hours) > 20


# --- No code has a clock of its own -----------------------------------------------------------------

OTHER_CLOCKS = re.compile(r"settings\.TIME_ZONE|get_default_timezone|CELERY_TIMEZONE|date\.today\(|import crontab\b")
ALLOWED = {
    "exchange/base/home.py": "where the city has no zone yet, and where Django learns of the city's",
    "exchange/background/city_time.py": "beat's hours in the city's zone",
}


def test_no_code_reads_another_clock_than_the_citys():
    paths = [path for name in ("applications", "exchange", "travel", "script") for path in (ROOT / name).rglob("*.py")]
    found = {
        path.relative_to(ROOT).as_posix(): hit[0] for path in paths if (hit := OTHER_CLOCKS.search(path.read_text()))
    }
    assert {name: hit for name, hit in found.items() if name not in ALLOWED} == {}
    assert set(ALLOWED) <= set(found) and len(paths) > 500

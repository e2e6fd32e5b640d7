"""Every remote service that takes our connection and never answers is given up after a limit of time."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from celery import Celery
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import DatabaseError, connection, connections

from exchange import postgresql, remote
from exchange.background import dispatch, open_cache
from exchange.base.outage import AwayError, Outage, Places
from exchange.files import antivirus, bucket
from exchange.messages import outbox, texts
from exchange.models import Message
from tests.exchange.test_settings import PRODUCTION, read_settings  # noqa: F401 -- a fixture
from tests.factories import FactFactory


@contextmanager
def within(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


@pytest.fixture
def hasty(monkeypatch):
    """Amazon's limits, short for a test."""
    monkeypatch.setattr(remote, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(remote, "READ_SECONDS", 0.3)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


@pytest.fixture(params=["redis://127.0.0.1:{port}/0", "amqp://127.0.0.1:{port}//"])
def frozen_broker(request, frozen_port, read_settings, monkeypatch):  # noqa: F811 -- the fixture imported above
    """The portal's Celery app as in production, with a broker that never answers."""
    production = read_settings(**PRODUCTION | {"CELERY_BROKER_URL": request.param.format(port=frozen_port)})
    app = Celery("portal", set_as_current=False)
    app.config_from_object({name: value for name, value in production.items() if "CELERY_" in name}, namespace="CELERY")
    if request.param.startswith("redis"):
        app.conf.broker_transport_options |= {"socket_connect_timeout": 0.3, "socket_timeout": 0.3}
    app.conf.broker_connection_timeout = 0.3
    monkeypatch.setattr(dispatch, "current_app", app)
    monkeypatch.setattr(dispatch, "broker", Outage("broker"))
    return app


def test_broker_that_never_answers_is_given_up_and_then_left_alone_for_a_while(frozen_broker):
    with within(2):
        assert dispatch.send("exchange.run_job", job_id=1) is False
    with within(0.2):  # a release that hands out 500 messages waits once
        assert [dispatch.send("exchange.run_job", job_id=pk) for pk in range(500)] == [False] * 500


@pytest.fixture
def frozen_cache(frozen_port, read_settings, settings, monkeypatch):  # noqa: F811 -- as above
    production = read_settings(**PRODUCTION | {"CACHE_URL": f"redis://127.0.0.1:{frozen_port}/1"})
    options = production["CACHES"]["default"]["OPTIONS"]
    assert 0 < options["socket_timeout"] <= 1 and 0 < options["socket_connect_timeout"] <= 1
    options |= {"socket_timeout": 0.3, "socket_connect_timeout": 0.3}
    settings.CACHES = production["CACHES"]
    monkeypatch.setattr(open_cache, "_outages", {})
    return caches["default"]


def test_cache_that_never_answers_is_replaced_by_the_process_memory(frozen_cache):
    with within(1):
        assert frozen_cache.get("figure", "nothing") == "nothing"
    with within(0.1):
        frozen_cache.set("figure", 7, 60)
        assert (frozen_cache.get("figure"), frozen_cache.get_many(["figure"])) == (7, {"figure": 7})
        assert (frozen_cache.add("lock", True, 60), frozen_cache.add("lock", True, 60)) == (True, False)
        frozen_cache.add("count", 0, 60)
        assert (frozen_cache.incr("count"), frozen_cache.incr("count")) == (1, 2)
        frozen_cache.delete("figure")
        assert frozen_cache.get("figure") is None


@pytest.mark.service
def test_cache_that_is_back_is_used_again(redis_url, settings, monkeypatch):
    settings.CACHES = {
        "default": {"BACKEND": "exchange.background.open_cache.OpenRedisCache", "LOCATION": redis_url, "OPTIONS": {}}
    }
    outage = Outage("cache", pause=60)
    monkeypatch.setattr(open_cache, "_outages", {redis_url: outage})
    outage.failed(OSError("away"))
    caches["default"].set("told", "in memory", 60)

    monkeypatch.setattr(outage, "_next_try", time.monotonic())

    assert caches["default"].get("told") is None  # Redis doesn't know what the process remembered
    caches["default"].set("told", "in Redis", 60)
    assert outage.may_try() and caches["default"].get("told") == "in Redis"


def test_storage_that_never_answers_is_given_up(
    frozen_port,
    read_settings,  # noqa: F811 -- as above
    settings,
    hasty,
    monkeypatch,
):
    production = read_settings(**PRODUCTION, AWS_S3_ENDPOINT_URL=f"http://127.0.0.1:{frozen_port}")
    settings.STORAGES = {**settings.STORAGES, "default": production["STORAGES"]["default"]}

    monkeypatch.setattr(bucket, "outage", Outage("File storage"))
    with within(8), pytest.raises(AwayError, match=r"[Tt]imeout"):
        storages["default"].save("uploads/a.pdf", ContentFile(b"%PDF-1.7"))
    with within(0.1), pytest.raises(AwayError):
        storages["default"].open("uploads/a.pdf")


def test_text_provider_that_never_answers_is_given_up(frozen_port, settings, hasty):
    settings.TEXT_BACKEND = texts.SNS
    settings.AWS_SNS_ENDPOINT_URL = f"http://127.0.0.1:{frozen_port}"

    with within(8), pytest.raises(OSError, match=r"[Tt]imeout"):
        texts.sns_backend("+12135550123", "Hi")
    with within(0.1), pytest.raises(AwayError):  # as a page would
        texts.opt_in("+12135550123")


@pytest.mark.django_db
def test_mail_server_that_never_answers_is_given_up_and_the_message_waits(
    frozen_port,
    read_settings,  # noqa: F811 -- as above
    settings,
):
    settings.MAILERS = read_settings(
        **PRODUCTION | {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(frozen_port), "EMAIL_USE_TLS": "false"}
    )["MAILERS"]
    assert 0 < settings.MAILERS["default"]["OPTIONS"]["timeout"] <= 30
    settings.MAILERS["default"]["OPTIONS"]["timeout"] = 0.3
    message = Message.objects.create(channel="email", address="ana@example.edu", subject="Hi", body="Hi", html="Hi")

    with within(3):
        assert not outbox.deliver(message.pk)

    assert Message.objects.waiting().filter(pk=message.pk, claimed_at=None, error__contains="timed out").exists()


@pytest.mark.django_db
def test_mail_provider_that_never_answers_is_given_up(frozen_port, read_settings, settings):  # noqa: F811 -- as above
    production = read_settings(
        **PRODUCTION
        | {
            "EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend",
            "ANYMAIL": f'{{"MAILGUN_API_KEY": "k", "MAILGUN_API_URL": "http://127.0.0.1:{frozen_port}/"}}',
        }
    )
    assert 0 < production["ANYMAIL"]["REQUESTS_TIMEOUT"] <= 30
    settings.MAILERS, settings.ANYMAIL = production["MAILERS"], production["ANYMAIL"] | {"REQUESTS_TIMEOUT": 0.3}
    message = Message.objects.create(channel="email", address="ana@example.edu", subject="Hi", body="Hi", html="Hi")

    with within(3):
        assert not outbox.deliver(message.pk)

    assert Message.objects.waiting().filter(pk=message.pk, claimed_at=None, error__contains="imed out").exists()


def test_amazons_mail_has_our_limits(read_settings):  # noqa: F811 -- as above
    production = read_settings(**PRODUCTION | {"EMAIL_BACKEND": "anymail.backends.amazon_ses.EmailBackend"})

    config = production["ANYMAIL"]["AMAZON_SES_CLIENT_PARAMS"]["config"]
    assert (config.connect_timeout, config.read_timeout) == (remote.CONNECT_SECONDS, remote.READ_SECONDS)


def test_virus_scanner_that_never_answers_is_given_up(frozen_port, settings, monkeypatch):
    monkeypatch.setattr(antivirus, "TIMEOUT", 0.3)
    settings.CLAMAV_ADDRESS = f"127.0.0.1:{frozen_port}"

    with within(3), pytest.raises(antivirus.ScannerError, match="timed out"):
        antivirus.scan(b"%PDF-1.7")
    with within(0.1), pytest.raises(antivirus.ScannerError, match="away"):  # a worker has other things to do
        antivirus.scan(b"%PDF-1.7")
    with within(3):
        assert antivirus.answers() is False


@pytest.fixture
def limited(transactional_db):
    """A second connection with limits of a second, as a web process or worker would have them."""
    assert connection.vendor == "postgresql"
    database = connections["default"].settings_dict
    options = dict(database["OPTIONS"])
    opened = []

    def open_with(limits: postgresql.Limits):
        new = connections.create_connection("default")
        new.settings_dict = {**database, "OPTIONS": dict(options)}
        postgresql.limit(new.settings_dict, limits)
        opened.append(new)
        return new

    yield open_with
    for each in opened:
        each.close()


@pytest.mark.once
def test_statement_that_takes_too_long_is_ended(limited):
    web = limited(postgresql.WEB._replace(statement=1))

    with within(4), pytest.raises(DatabaseError, match="statement timeout"), web.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(20)")


@pytest.mark.once
def test_row_that_another_holds_is_not_waited_for_endlessly(limited):
    FactFactory(key="a.number", value=1)
    holder, web = limited(postgresql.WORKER), limited(postgresql.WEB._replace(lock=1))
    holder.set_autocommit(False)
    with holder.cursor() as cursor:
        cursor.execute("UPDATE exchange_fact SET key = key")

    with within(4), pytest.raises(DatabaseError, match="lock timeout"), web.cursor() as cursor:
        cursor.execute("UPDATE exchange_fact SET key = key")

    holder.rollback()
    holder.set_autocommit(True)


@pytest.mark.once
def test_transaction_that_was_left_open_is_ended(limited):
    web = limited(postgresql.WEB._replace(idle_in_transaction=1))
    web.set_autocommit(False)
    with web.cursor() as cursor:
        cursor.execute("SELECT 1")
    time.sleep(1.5)

    with within(2), pytest.raises(DatabaseError, match="idle-in-transaction"), web.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_what_the_database_address_says_takes_precedence():
    database = {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"options": "-c statement_timeout=5s"}}
    postgresql.configure(database, prepares=True)
    postgresql.limit(database, postgresql.WEB)

    assert database["OPTIONS"]["options"].endswith("-c statement_timeout=5s")
    assert "-c lock_timeout=5s" in database["OPTIONS"]["options"]


def test_outage_lets_one_caller_try_after_each_pause():
    outage = Outage("service", pause=0.2)
    outage.failed(OSError("away"))
    assert [outage.may_try(), outage.may_try()] == [False, False]

    time.sleep(0.25)
    assert [outage.may_try(), outage.may_try()] == [True, False]

    outage.worked()
    assert [outage.may_try(), outage.may_try()] == [True, True]


# --- A share of the threads ------------------------------------------------------------------------------


@pytest.fixture
def one_place(monkeypatch):
    """A place for one of the four threads of a web process."""
    monkeypatch.setattr(Places, "threads", 4)
    return Places("service", share=1 / 4)


@contextmanager
def taken(places: Places) -> Iterator[threading.Event]:
    """Another thread has a place, until the event that is given is set."""
    leaves, entered = threading.Event(), threading.Event()

    def hold() -> None:
        with places.one():
            entered.set()
            leaves.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait(10)
    try:
        yield leaves
    finally:
        leaves.set()
        holder.join()


def test_who_finds_no_place_and_tries_again_by_itself_is_refused_at_once(one_place):
    with taken(one_place), within(0.1), pytest.raises(AwayError), one_place.one(waits=False):
        pytest.fail("two at once")
    with one_place.one(waits=False):
        pass  # left again


def test_who_finds_no_place_waits_for_a_moment_and_takes_it_as_it_is_left(one_place):
    with taken(one_place) as leaves:
        threading.Timer(0.1, leaves.set).start()
        with within(0.4), one_place.one():
            assert leaves.is_set()


def test_nobody_waits_for_those_who_have_been_in_there_for_long(one_place, monkeypatch):
    monkeypatch.setattr(one_place, "MOMENT", 0.2)
    with taken(one_place):
        with within(0.4), pytest.raises(AwayError), one_place.one():
            pytest.fail("two at once")
        with within(0.1), pytest.raises(AwayError) as refused, one_place.one():
            pytest.fail("two at once")
    assert 1 <= refused.value.after <= one_place.LONGEST


def test_outside_of_a_web_process_as_many_wait_as_ask(one_place, monkeypatch):
    monkeypatch.setattr(Places, "threads", None)
    inside = []
    with one_place.one(waits=False), one_place.one(waits=False):
        inside.append("both")
    assert inside == ["both"]

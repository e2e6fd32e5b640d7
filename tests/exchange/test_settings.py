"""A wrong deployment stops at the start, with the variable's name and the remedy."""

import importlib
import os
import re
import runpy
import ssl
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from types import SimpleNamespace
from unittest.mock import Mock

import kombu
import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse
from kombu.transport import pyamqp

from exchange import checks, environment
from exchange.web import notices
from tests.services import ROOT

PRODUCTION = {
    "SECRET_KEY": "a-key-of-at-least-fifty-characters-0123456789-abcdefghij",
    "ALLOWED_HOSTS": "exchange.example.gov",
    "SITE_URL": "https://exchange.example.gov",
    "DATABASE_URL": "postgres://portal:secret@db.example.gov/portal?sslmode=verify-full",
    "CELERY_BROKER_URL": "rediss://portal:secret@broker.example.gov:6379/0",
    "CACHE_URL": "rediss://portal:secret@broker.example.gov:6379/1",
    "EMAIL_HOST": "mail.example.gov",
    "CLAMAV_ADDRESS": "/run/clamav/clamd.ctl",
    "AWS_STORAGE_BUCKET_NAME": "exchange-private",
}
OTHER_KEY = "another-key-of-at-least-fifty-characters-0123456789-klmno"
READ = re.compile(r'env\.\w+\(\s*"([A-Z0-9_]+)"')


@pytest.fixture
def read_settings(monkeypatch, tmp_path):
    """`read_settings(**variables)` runs the settings file with exactly these variables."""

    def read(**variables: str) -> dict:
        for name in documented() - set(variables):
            monkeypatch.delenv(name, raising=False)
        for name, value in ({"DATA_DIR": str(tmp_path)} | variables).items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "exchange/settings.py"), run_name="settings_under_test")

    return read


def documented() -> set[str]:
    return set(re.findall(r"^#?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_env_example_lists_exactly_the_variables_that_are_read():
    assert documented() == set(READ.findall((ROOT / "exchange/settings.py").read_text()))


def test_env_example_asks_for_exactly_what_production_requires(read_settings):
    asked = set(re.findall(r"^([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    read_settings(**{name: PRODUCTION[name] for name in asked})  # they suffice

    for name in asked:  # and none can be left out
        with pytest.raises(ImproperlyConfigured, match=rf"^{name} is not set\. Set it to"):
            read_settings(**{key: value for key, value in PRODUCTION.items() if key != name})


def test_demo_needs_no_variable_and_keeps_its_key(read_settings, tmp_path):
    first, second = read_settings(DEMO="true"), read_settings(DEMO="true")

    assert first["SECRET_KEY"] == second["SECRET_KEY"] == (tmp_path / "secret-key").read_text()
    assert len(first["SECRET_KEY"]) >= 50
    assert first["DATABASES"]["default"]["NAME"] == tmp_path / "exchange.sqlite3"
    assert first["DATABASES"]["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in first["DATABASES"]["default"]["OPTIONS"]["init_command"]


def test_production_switches_each_part_by_environment(read_settings):
    production = read_settings(**PRODUCTION)

    assert production["DATABASES"]["default"]["ENGINE"] == "exchange.postgresql"
    assert production["STORAGES"]["default"]["OPTIONS"]["bucket_name"] == "exchange-private"
    assert production["BROKER_URL"] == "rediss://portal:secret@broker.example.gov:6379/0"
    assert production["MAILERS"]["default"]["OPTIONS"]["host"] == "mail.example.gov"
    assert production["CACHES"]["default"]["BACKEND"].endswith("RedisCache")
    assert production["TEXT_BACKEND"] == "exchange.messages.texts.sns_backend"
    assert production["STAFF_SECOND_FACTOR"] is True
    assert production["SESSION_COOKIE_SECURE"] and production["SECURE_HSTS_SECONDS"] == 365 * 86_400
    assert production["SECURE_HSTS_INCLUDE_SUBDOMAINS"] and production["SECURE_HSTS_PRELOAD"]


def test_only_the_host_itself_can_set_the_cookies_of_a_production(read_settings):
    names = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME")
    production, demo = read_settings(**PRODUCTION), read_settings(DEMO="true")

    assert [production[name] for name in names] == ["__Host-sessionid", "__Host-csrftoken", "__Host-language"]
    assert not any(
        production.get(f"{kind}_COOKIE_{part}")
        for kind in ("SESSION", "CSRF", "LANGUAGE")
        for part in ("DOMAIN", "PATH")
    )
    assert not any(name in demo for name in names[:2])  # Django's own: the demo has no HTTPS
    assert demo["LANGUAGE_COOKIE_NAME"] == "language"


def test_notices_are_in_a_cookie_that_only_the_host_itself_can_set(settings, rf):
    settings.HTTPS = settings.SESSION_COOKIE_SECURE = True
    storage = importlib.reload(notices).NoticeCookie(rf.get("/"))
    storage.add(20, "Saved.")
    response = HttpResponse()
    storage.update(response)

    cookie = response.cookies["__Host-messages"]
    assert (cookie["secure"], cookie["path"], cookie["domain"], cookie["httponly"]) == (True, "/", "", True)
    settings.HTTPS = False
    importlib.reload(notices)


ELSEWHERE = [
    ("DATABASE_URL", "postgres://portal:secret@db.example.gov/portal", "Add ?sslmode=verify-full"),
    ("DATABASE_URL", "postgres://portal:secret@db.example.gov/portal?sslmode=require", "Add ?sslmode=verify-full"),
    ("DATABASE_URL", "postgres://portal@/portal?host=db.example.gov", "Add ?sslmode=verify-full"),
    ("PURGE_DATABASE_URL", "postgres://purge:secret@db.example.gov/portal", "Add ?sslmode=verify-full"),
    ("CELERY_BROKER_URL", "redis://:secret@broker.example.gov:6379/0", "Begin it with rediss://"),
    ("CELERY_BROKER_URL", "amqp://portal:secret@broker.example.gov//", "Begin it with amqps://"),
    ("CACHE_URL", "redis://broker.example.gov:6379/1", "Begin it with rediss://"),
    ("CACHE_URL", "rediss://broker.example.gov:6379/1", "Give Redis a user and a password"),
    ("CELERY_BROKER_URL", "rediss://portal@broker.example.gov:6379/0", "Give Redis a user and a password"),
    ("AWS_S3_ENDPOINT_URL", "http://s3.example.gov:9000", "Begin it with https://"),
    ("AWS_SNS_ENDPOINT_URL", "http://10.0.0.7", "Begin it with https://"),
]


@pytest.mark.parametrize(("name", "address", "remedy"), ELSEWHERE)
def test_another_machine_is_reached_by_tls_only_and_no_password_is_told(read_settings, name, address, remedy):
    with pytest.raises(ImproperlyConfigured) as stopped:
        read_settings(**PRODUCTION | {name: address})

    said = str(stopped.value)
    assert said.startswith(f"{name} leads to ") and remedy in said and "secret" not in said


@pytest.mark.parametrize("checks", ["ssl_cert_reqs=none", "ssl_cert_reqs=CERT_OPTIONAL", "ssl_check_hostname=False"])
@pytest.mark.parametrize("name", ["CACHE_URL", "CELERY_BROKER_URL"])
def test_no_address_turns_off_what_is_checked(read_settings, name, checks):
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} says {checks.lower()}\. Take ssl_"):
        read_settings(**PRODUCTION | {name: f"{PRODUCTION[name]}?{checks}"})
    assert read_settings(**PRODUCTION | {name: f"{PRODUCTION[name]}?ssl_cert_reqs=required"})


def test_a_certificate_of_rabbitmq_is_checked_with_the_name_of_its_host(read_settings, monkeypatch):
    production = read_settings(**PRODUCTION | {"CELERY_BROKER_URL": "amqps://portal:secret@rabbit.example.gov//"})
    asked = {}
    monkeypatch.setattr(pyamqp.Transport, "Connection", lambda *_self, **given: asked.update(given) or Mock())
    kombu.Connection(production["CELERY_BROKER_URL"], ssl=production["CELERY_BROKER_USE_SSL"]).connect()

    assert asked["ssl"] == {"server_hostname": "rabbit.example.gov", "cert_reqs": ssl.CERT_REQUIRED}


def test_mail_goes_to_another_machine_by_tls_only(read_settings):
    with pytest.raises(
        ImproperlyConfigured, match=r"^EMAIL_HOST leads to mail.example.gov without TLS\. Remove EMAIL_"
    ):
        read_settings(**PRODUCTION, EMAIL_USE_TLS="false")
    assert read_settings(**PRODUCTION | {"DEMO": "true"}, EMAIL_USE_TLS="false")["DEMO"]


def test_mail_by_this_machine_goes_to_port_25_and_comes_from_the_sites_own_name(read_settings):
    site = {"SITE_URL": "https://abroad.example.gov", "ALLOWED_HOSTS": "abroad.example.gov"}
    here = read_settings(**PRODUCTION | site | {"EMAIL_HOST": "localhost"})
    there = read_settings(**PRODUCTION)
    options = [each["MAILERS"]["default"]["OPTIONS"] for each in (here, there)]
    assert [(each["port"], each["use_tls"]) for each in options] == [(25, False), (587, True)]
    assert here["DEFAULT_FROM_EMAIL"] == "exchange@abroad.example.gov"


@pytest.mark.parametrize("id", ["exchange.E004", "security.E023", "exchange.W003, models.E001"])
def test_no_error_can_be_silenced(read_settings, id):
    with pytest.raises(
        ImproperlyConfigured, match=r"^SILENCED_SYSTEM_CHECKS contains \w+\.E0\d\d, which is an error\. Take"
    ):
        read_settings(**PRODUCTION, SILENCED_SYSTEM_CHECKS=id)
    assert read_settings(**PRODUCTION, SILENCED_SYSTEM_CHECKS="exchange.W003")["SILENCED_SYSTEM_CHECKS"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", ""])
def test_this_machine_needs_no_tls(read_settings, host):
    here = {
        "DATABASE_URL": f"postgres://portal@{host}/portal" + ("" if host else "?host=/run/postgresql"),
        "CELERY_BROKER_URL": f"redis://{host or 'localhost'}:6379/0",
        "CACHE_URL": f"redis://{host or 'localhost'}:6379/1",
        "AWS_S3_ENDPOINT_URL": f"http://{host or 'localhost'}:9000",
        "EMAIL_HOST": host.strip("[]") or "localhost",
        "EMAIL_USE_TLS": "false",
    }
    assert read_settings(**PRODUCTION | here)["BROKER_URL"] == here["CELERY_BROKER_URL"]


def test_a_portal_scans_files_unless_it_is_said_aloud_that_it_does_not(read_settings):
    assert read_settings(**PRODUCTION)["CLAMAV_ADDRESS"] == PRODUCTION["CLAMAV_ADDRESS"]
    assert read_settings(**PRODUCTION | {"CLAMAV_ADDRESS": "off"})["CLAMAV_ADDRESS"] == ""


def test_statements_are_prepared_unless_a_pooler_stands_before_the_database(read_settings):
    prepares = read_settings(**PRODUCTION)["DATABASES"]["default"]["OPTIONS"]
    behind_a_pooler = read_settings(**PRODUCTION, DATABASE_PREPARES="false")["DATABASES"]["default"]["OPTIONS"]

    assert (prepares["server_side_binding"], prepares["prepare_threshold"]) == (True, 5)
    assert not {"server_side_binding", "prepare_threshold"} & set(behind_a_pooler)
    assert (behind_a_pooler["connect_timeout"], behind_a_pooler["options"]) == (5, "-c jit=off")


def test_only_a_benchmark_may_keep_nothing_in_its_cache(read_settings):
    counted_anew = {"CACHE_URL": "dummycache://", "BENCHMARK": "true"}
    assert read_settings(**PRODUCTION | counted_anew)["CACHES"]["default"]["BACKEND"].endswith("DummyCache")
    with pytest.raises(ImproperlyConfigured, match="CACHE_URL"):
        read_settings(**PRODUCTION | counted_anew | {"BENCHMARK": "false"})


def test_mail_can_go_through_a_provider_instead_of_smtp(read_settings):
    without_host = {key: value for key, value in PRODUCTION.items() if key != "EMAIL_HOST"}
    backend = "anymail.backends.postmark.EmailBackend"

    production = read_settings(**without_host, EMAIL_BACKEND=backend, ANYMAIL='{"POSTMARK_SERVER_TOKEN": "x"}')

    assert production["MAILERS"]["default"]["OPTIONS"] == {"provider": backend}
    assert production["ANYMAIL"]["POSTMARK_SERVER_TOKEN"] == "x"


@pytest.mark.parametrize(("said", "as_json"), [({}, True), ({"LOG_FORMAT": "words"}, False)])
def test_lines_of_production_are_json_unless_somebody_wants_to_read_them(read_settings, said, as_json):
    form = read_settings(**PRODUCTION, **said)["LOGGING"]["formatters"]["line"]
    assert (form["()"], form["as_json"]) == ("exchange.base.logs.formatter", as_json)


# --- Demo pages -------------------------------------------------------------------------------------


@pytest.fixture
def production_urls(settings):
    """The URL table as production builds it."""
    import_module("exchange.urls")  # first the demo's module, which the other tests use
    settings.DEMO = False
    spec = spec_from_file_location("production_urls", ROOT / "exchange/urls.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    settings.ROOT_URLCONF = module
    return module


DEMO_ADDRESSES = ["/demo/", "/demo/sign-in/coordinator/", "/demo/outbox/", "/demo/outbox/abcd2345/", "/styleguide/"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", DEMO_ADDRESSES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_demo_pages_do_not_exist_in_production(client, production_urls, address, method):
    assert getattr(client, method)(address).status_code == 404


def test_demo_pages_have_no_name_in_production(production_urls):
    for name in ("demo", "demo-outbox", "styleguide"):
        reverse(name, urlconf="exchange.urls")
        with pytest.raises(NoReverseMatch):
            reverse(name, urlconf=production_urls)


def test_sealing_keys_come_newest_first_and_only_if_one_is_set(read_settings):
    assert read_settings(**PRODUCTION)["SEALING_KEYS"] == []
    both = {"SEALING_KEY": OTHER_KEY, "SEALING_KEY_FALLBACKS": "old, older"}
    assert read_settings(**PRODUCTION, **both)["SEALING_KEYS"] == [OTHER_KEY, "old", "older"]


# --- Wrong values stop the start ------------------------------------------------------------------

KEY = PRODUCTION["SECRET_KEY"]
WRONG = [
    ({"DEMO": "yes"}, "DEMO is 'yes'. Set it to true or false."),
    ({"DEBUG": "1"}, "DEBUG is '1'. Set it to true or false."),
    ({"BENCHMARK": "on"}, "BENCHMARK is 'on'. Set it to true or false."),
    ({"DATA_DIR": "manage.py"}, "DATA_DIR names *manage.py, which is a file. Set it to a folder"),
    ({"SECRET_KEY": "short"}, "SECRET_KEY has 5 characters. Set it to at least 50 random ones"),
    ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY repeats a few characters. Set it to at least 50 random ones"),
    ({"SECRET_KEY_FILE": "/no/such/file"}, "SECRET_KEY_FILE names /no/such/file, which can't be read"),
    (
        {"SECRET_KEY_FALLBACKS": f"old, {KEY}"},
        "SECRET_KEY_FALLBACKS contains SECRET_KEY itself. Leave only former keys",
    ),
    ({"SEALING_KEY": KEY}, "SEALING_KEY is the same as SECRET_KEY, so neither can change alone. Set SEALING_KEY to"),
    ({"SEALING_KEY": "short"}, "SEALING_KEY has 5 characters. Set it to at least 50 random ones"),
    (
        {"SEALING_KEY": OTHER_KEY, "SEALING_KEY_FALLBACKS": OTHER_KEY},
        "SEALING_KEY_FALLBACKS contains SEALING_KEY itself. Leave only former keys there.",
    ),
    ({"SEALING_KEY_FALLBACKS": "old"}, "SEALING_KEY_FALLBACKS is set and SEALING_KEY is not. Set SEALING_KEY to"),
    ({"ALLOWED_HOSTS": "https://exchange.example.gov"}, "ALLOWED_HOSTS contains 'https://exchange.example.gov', which"),
    ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS contains '*', which is not a host name. Name each host"),
    ({"ALLOWED_HOSTS": "www.example.gov"}, "SITE_URL has the host exchange.example.gov, which ALLOWED_HOSTS doesn't"),
    ({"SITE_URL": "exchange.example.gov"}, "SITE_URL is 'exchange.example.gov'. Set it to an address such as https"),
    ({"SITE_URL": "https://exchange.example.gov/"}, "SITE_URL is 'https://exchange.example.gov/'. Set it to"),
    ({"SITE_URL": "http://exchange.example.gov"}, "SITE_URL is http. Set it to the https address"),
    ({"TRUSTED_PROXY_COUNT": "-1"}, "TRUSTED_PROXY_COUNT is '-1'. Set it to a whole number from 0 to 9."),
    ({"METRICS_NETWORKS": "here"}, "METRICS_NETWORKS is 'here'. Set it to networks such as 10.1.2.0/24"),
    ({"WATCH_PING_URL": "http://ping"}, "WATCH_PING_URL is 'http://ping'. Set it to something like https://ping."),
    ({"ALARM_URL": "http://chat"}, "ALARM_URL is 'http://chat'. Set it to something like https://chat."),
    ({"SENTRY_DSN": "https://sentry"}, "SENTRY_DSN is 'https://sentry'. Set it to something like https://key@sentry."),
    ({"ADVISORIES_URL": "http://osv"}, "ADVISORIES_URL is 'http://osv'. Set it to something like https://api.osv.dev"),
    ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is 'xml'. Set it to one of json, words."),
    ({"LOG_LEVEL": "verbose"}, "LOG_LEVEL is 'verbose'. Set it to one of DEBUG, INFO, WARNING, ERROR, CRITICAL."),
    (
        {"DATABASE_URL": "db.example.gov"},
        "DATABASE_URL doesn't begin with the kind of service that it is. Set it to post",
    ),
    ({"CONN_MAX_AGE": "a minute"}, "CONN_MAX_AGE is 'a minute'. Set it to a whole number from 0 to 86400."),
    ({"DATABASE_PREPARES": "no"}, "DATABASE_PREPARES is 'no'. Set it to true or false."),
    (
        {"CACHE_URL": "broker.example.gov:6379"},
        "CACHE_URL doesn't begin with the kind of service that it is. Set it to redis",
    ),
    ({"CELERY_BROKER_URL": "http://broker"}, "CELERY_BROKER_URL doesn't begin with the kind of service that it is."),
    ({"AWS_S3_REGION_NAME": "US West"}, "AWS_S3_REGION_NAME is 'US West'. Set it to something like us-west-2"),
    ({"AWS_S3_ENDPOINT_URL": "s3.example.gov"}, "AWS_S3_ENDPOINT_URL is 's3.example.gov'. Set it to something like"),
    (
        {"AWS_S3_ENDPOINT_URL": "https://s3.example.gov", "AWS_STORAGE_BUCKET_NAME": ""},
        "AWS_S3_ENDPOINT_URL is set and AWS_STORAGE_BUCKET_NAME is not. Set AWS_STORAGE_BUCKET_NAME to the bucket",
    ),
    ({"BACKUP_RECIPIENTS": "age1x"}, "BACKUP_RECIPIENTS is set and BACKUP_DIR is not. Set BACKUP_DIR to the folder"),
    ({"BACKUP_KEYS_DIR": "/keys"}, "BACKUP_KEYS_DIR is set and BACKUP_DIR is not. Set BACKUP_DIR to the folder"),
    ({"BACKUP_KEYS_RECIPIENTS": "age1x"}, "BACKUP_KEYS_RECIPIENTS is set and BACKUP_DIR is not. Set BACKUP_DIR to"),
    ({"HEAVY_MEMORY_MB": "much"}, "HEAVY_MEMORY_MB is 'much'. Set it to a whole number from"),
    ({"WORKER_MEMORY_MB": "much"}, "WORKER_MEMORY_MB is 'much'. Set it to a whole number from"),
    ({"EMAIL_PORT": "smtp"}, "EMAIL_PORT is 'smtp'. Set it to a whole number from 1 to 65535."),
    ({"EMAIL_PORT": "99999"}, "EMAIL_PORT is '99999'. Set it to a whole number from 1 to 65535."),
    ({"EMAIL_USE_TLS": "starttls"}, "EMAIL_USE_TLS is 'starttls'. Set it to true or false."),
    ({"ANYMAIL": "token"}, "ANYMAIL is not a JSON object. Write it like"),
    ({"ERROR_EMAILS": "it@example.gov, Ana"}, "ERROR_EMAILS contains 'Ana', which is not an email address. Set it to"),
    (
        {"SECURITY_CONTACT": "http://example.gov"},
        "SECURITY_CONTACT is 'http://example.gov'. Set it to an email address",
    ),
    ({"HOLIDAY_STATE": "California"}, "HOLIDAY_STATE is 'California'. Set it to something like CA, or remove it."),
    ({"AWS_SNS_REGION_NAME": "west!"}, "AWS_SNS_REGION_NAME is 'west!'. Set it to something like us-west-2"),
    ({"AWS_SNS_ENDPOINT_URL": "localhost"}, "AWS_SNS_ENDPOINT_URL is 'localhost'. Set it to something like"),
    ({"STAFF_SECOND_FACTOR": "ture"}, "STAFF_SECOND_FACTOR is 'ture'. Set it to true or false."),
]
# any text is right, or a system check looks at it (below, and test_start.py)
OF_CHECKS = {
    *("SILENCED_SYSTEM_CHECKS", "STATIC_ROOT", "OFFICE_NAME", "OFFICE_NAME_ES", "EMAIL_HOST"),
    *("EMAIL_BACKEND", "TEXT_BACKEND", "OFFICE_PHONE", "CLAMAV_ADDRESS", "BACKUP_DIR", "AWS_STORAGE_BUCKET_NAME"),
    *("PURGE_DATABASE_URL", "REFERENCE_CITY"),
    *("EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "DEFAULT_FROM_EMAIL", "OFFICE_EMAIL", "TEXT_INBOUND_TOPIC_ARN"),
    *("TEXT_EVENTS_TOPIC_ARN", "TEXT_SENDER", "TEXT_CONFIGURATION_SET"),
}


@pytest.mark.parametrize(("variables", "told"), WRONG, ids=[told.split(".")[0] for _, told in WRONG])
def test_a_wrong_value_stops_the_start_with_the_variable_and_the_remedy(read_settings, variables, told):
    complete = {key: value for key, value in PRODUCTION.items() if f"{key}_FILE" not in variables}
    with pytest.raises(ImproperlyConfigured) as stopped:
        read_settings(**complete | variables)

    message = str(stopped.value)
    assert re.match(re.escape(told).replace(r"\*", ".*" if "*manage" in told else r"\*"), message), message
    assert message.endswith(".") and KEY not in message


def test_every_variable_has_a_wrong_value_or_any_is_right():
    tried = {told.split()[0].removesuffix("_FILE") for _, told in WRONG}
    assert tried | OF_CHECKS == documented()
    assert not tried & OF_CHECKS


def test_a_value_may_come_from_a_file_with_a_line_end(read_settings, tmp_path, monkeypatch):
    (tmp_path / "key").write_text(f"{KEY}\n")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    rest = {key: value for key, value in PRODUCTION.items() if key != "SECRET_KEY"}

    assert read_settings(**rest)["SECRET_KEY"] == KEY


# --- System checks ----------------------------------------------------------------------------------


SMTP, SES = "django.core.mail.backends.smtp.EmailBackend", "anymail.backends.amazon_ses.EmailBackend"


def smtp(**changes) -> dict[str, object]:
    return {"port": 587, "username": "portal", "password": "secret", "use_tls": True} | changes


@pytest.fixture
def in_production(monkeypatch):
    """The settings of a complete production, as system checks see them."""
    complete = SimpleNamespace(
        DEMO=False,
        DEBUG=False,
        BENCHMARK=False,
        SITE_URL="https://exchange.example.gov",
        ALLOWED_HOSTS=["exchange.example.gov"],
        HTTPS=True,
        STAFF_SECOND_FACTOR=True,
        TEXT_BACKEND="exchange.messages.texts.sns_backend",
        BROKER_URL="redis://broker.example.gov:6379/0",
        DATABASES={"default": {"ENGINE": "exchange.postgresql"}},
        CACHES={"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}},
        STORAGES={"default": {"BACKEND": "storages.backends.s3.S3Storage"}},
        BACKUP_DIR="/var/backups/exchange",
        SECRET_KEY_FALLBACKS=[],
        SEALING_KEYS=[],
        OFFICE_NAME="Exchange team, Mayor's Office",
        OFFICE_PHONE="+1 213 555 0148",
        OFFICE_EMAIL="abroad@example.gov",
        DEFAULT_FROM_EMAIL="Mayor's Young Ambassadors <exchange@example.gov>",
        EMAIL_BACKEND_PATH=SMTP,
        EMAIL_HOST_NAME="mail.example.gov",
        MAILERS={"default": {"OPTIONS": smtp()}},
        ANYMAIL={"REQUESTS_TIMEOUT": 20},
        AWS_SNS_REGION_NAME="us-west-2",
        TEXT_INBOUND_TOPIC_ARN="arn:aws:sns:us-west-2:123456789012:texts-in",
        TEXT_EVENTS_TOPIC_ARN="",
        TEXT_SENDER="",
        TEXT_CONFIGURATION_SET="",
    )
    monkeypatch.setattr(checks, "settings", complete)
    return complete


def found() -> list[str]:
    return [
        message.id
        for check in (
            checks.messages_can_be_sent,
            checks.texts_can_be_sent,
            checks.production_is_not_a_demo,
            checks.production_is_complete,
        )
        for message in check(None)
    ]


def test_checks_find_nothing_in_a_complete_production(in_production):
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "id"),
    [
        ("TEXT_BACKEND", "exchange.messages.texts.no_such_backend", "exchange.E001"),
        ("DATABASES", {"default": {"ENGINE": "django.db.backends.sqlite3"}}, "exchange.E002"),
        ("BROKER_URL", "memory://", "exchange.E003"),
        ("DEBUG", True, "exchange.E004"),
        ("STAFF_SECOND_FACTOR", False, "exchange.E007"),
        ("BENCHMARK", True, "exchange.E008"),
        ("CACHES", {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}, "exchange.W002"),
        (
            "STORAGES",
            {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}},
            "exchange.W003",
        ),
        ("HTTPS", False, "exchange.W004"),
        ("BACKUP_DIR", "", "exchange.W009"),
        ("SECRET_KEY_FALLBACKS", ["old"], "exchange.W010"),
        ("OFFICE_NAME", "", "exchange.W006"),
        ("OFFICE_PHONE", "", "exchange.W007"),
        ("OFFICE_EMAIL", "exchange@example.gov", "exchange.W008"),
        ("DEFAULT_FROM_EMAIL", "exchange@localhost", "exchange.W022"),
        ("DEMO", True, "exchange.W005"),
    ],
)
def test_each_check_finds_its_fault(in_production, name, value, id):
    setattr(in_production, name, value)

    assert found() == [id]


PROVIDER = {"EMAIL_BACKEND_PATH": SES, "EMAIL_HOST_NAME": "", "ANYMAIL": {"WEBHOOK_SECRET": "exchange:" + "k" * 20}}


@pytest.mark.parametrize(
    ("changes", "id", "variable"),
    [
        ({"EMAIL_BACKEND_PATH": "no.such.backend", "EMAIL_HOST_NAME": ""}, "exchange.E020", "EMAIL_BACKEND"),
        ({"DEFAULT_FROM_EMAIL": "The exchange team"}, "exchange.E021", "DEFAULT_FROM_EMAIL"),
        ({"OFFICE_EMAIL": "abroad at example.gov"}, "exchange.E021", "OFFICE_EMAIL"),
        ({"MAILERS": {"default": {"OPTIONS": smtp(port=465)}}}, "exchange.E022", "EMAIL_PORT"),
        ({"MAILERS": {"default": {"OPTIONS": smtp(password="")}}}, "exchange.E023", "EMAIL_HOST_PASSWORD"),
        ({"MAILERS": {"default": {"OPTIONS": smtp(use_tls=False)}}}, "exchange.E024", "EMAIL_USE_TLS"),
        ({**PROVIDER, "EMAIL_HOST_NAME": "mail.example.gov"}, "exchange.E025", "EMAIL_HOST"),
        ({"ANYMAIL": {"POSTMARK_SERVER_TOKEN": "x"}}, "exchange.E026", "ANYMAIL"),
        ({**PROVIDER, "ANYMAIL": {"WEBHOOK_SECRET": "exchange:short"}}, "exchange.E027", "WEBHOOK_SECRET"),
        ({**PROVIDER, "ANYMAIL": {"WEBHOOK_SECRET": "k" * 40}}, "exchange.E027", "WEBHOOK_SECRET"),
        ({**PROVIDER, "ANYMAIL": {}}, "exchange.W020", "WEBHOOK_SECRET"),
        (
            {"EMAIL_BACKEND_PATH": "django.core.mail.backends.console.EmailBackend", "EMAIL_HOST_NAME": ""},
            "exchange.E028",
            "EMAIL_BACKEND",
        ),
        ({"TEXT_INBOUND_TOPIC_ARN": "texts-in"}, "exchange.E029", "TEXT_INBOUND_TOPIC_ARN"),
        ({"AWS_SNS_REGION_NAME": "us-east-1"}, "exchange.E029", "AWS_SNS_REGION_NAME"),
        ({"TEXT_BACKEND": ""}, "exchange.E030", "TEXT_BACKEND"),
        ({"TEXT_BACKEND": "exchange.messages.texts.file_backend"}, "exchange.E031", "TEXT_BACKEND"),
        ({"TEXT_INBOUND_TOPIC_ARN": ""}, "exchange.W021", "TEXT_INBOUND_TOPIC_ARN"),
        ({"TEXT_EVENTS_TOPIC_ARN": "events"}, "exchange.E029", "TEXT_EVENTS_TOPIC_ARN"),
        ({"TEXT_BACKEND": "exchange.messages.texts.messaging_backend"}, "exchange.E033", "TEXT_SENDER"),
    ],
)
def test_wrong_or_contradictory_settings_of_messages_are_named_with_the_remedy(in_production, changes, id, variable):
    for name, value in changes.items():
        setattr(in_production, name, value)

    assert found() == [id]
    sources = (checks.messages_can_be_sent, checks.production_is_not_a_demo, checks.production_is_complete)
    [message] = [each for check in sources for each in check(None)]
    assert variable in message.msg
    assert message.hint


@pytest.mark.parametrize(
    "changes", [PROVIDER, {"TEXT_BACKEND": "", "TEXT_INBOUND_TOPIC_ARN": ""}], ids=["a provider", "no texts"]
)
def test_other_ways_to_send_are_right_too(in_production, changes):
    for name, value in changes.items():
        setattr(in_production, name, value)
    assert found() == []


def test_texts_are_turned_off_by_one_word(read_settings):
    assert read_settings(**PRODUCTION, TEXT_BACKEND="off")["TEXT_BACKEND"] == ""


@pytest.mark.parametrize("value", ["{", "[]", "token"])
def test_a_provider_s_settings_that_are_no_object_are_refused(read_settings, value):
    with pytest.raises(ImproperlyConfigured, match="ANYMAIL is not a JSON object"):
        read_settings(**PRODUCTION, ANYMAIL=value)


@pytest.mark.django_db  # Django's own checks may use the database
def test_checks_are_registered(settings):
    settings.TEXT_BACKEND = "exchange.messages.texts.no_such_backend"
    settings.BACKUP_DIR = "/var/backups/exchange"  # and nobody who could open a backup

    assert "exchange.E009" in [message.id for message in run_checks()]
    assert "exchange.E001" in [message.id for message in run_checks()]
    assert "exchange.W005" in [message.id for message in run_checks(include_deployment_checks=True)]


def test_the_environment_of_the_tests_is_their_own():
    assert "exchange-tests-" in os.environ["DATA_DIR"]


def test_the_demos_key_is_whole_and_one_when_processes_start_at_once(tmp_path):
    """One of them read the file that another had made and not yet written, and had no key."""
    path = tmp_path / "data/secret-key"
    with ThreadPoolExecutor(8) as pool:
        found = {*pool.map(lambda _turn: environment.demo_secret(path), range(8))}

    assert len(found) == 1 and len(found.pop()) > 50
    assert [each.name for each in path.parent.iterdir()] == ["secret-key"]
    assert path.stat().st_mode & 0o777 == 0o600

"""System checks that report configuration errors at the start, each with its remedy.

`ExchangeConfig.ready` registers them. Errors stop `manage.py` commands, and `stop_if_wrong` stops the processes that
don't run commands: web, worker, beat. `manage.py check --deploy` shows warnings as well. The ids are stable, so that an
installation can silence a warning with SILENCED_SYSTEM_CHECKS; in production, no error (`exchange.environment`).
"""

from collections.abc import Iterator
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import NumberParseException

from exchange.base import personal
from exchange.environment import THIS_MACHINE
from exchange.files import antivirus
from exchange.keeping import destination
from exchange.messages import settings_checks

OURS = "exchange"  # the tag of the checks that every process runs


def stop_if_wrong() -> None:
    """For processes that don't run a management command. ImproperlyConfigured lists the errors and their remedies."""
    errors = [message for message in run_checks(tags=[OURS]) if message.is_serious() and not message.is_silenced()]
    if errors:
        raise ImproperlyConfigured("\n".join(str(error) for error in errors))


@register(OURS)
def messages_can_be_sent(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    return list(settings_checks.errors(settings))


@register(OURS)
def texts_can_be_sent(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    if not settings.TEXT_BACKEND:  # off
        return []
    try:
        import_string(settings.TEXT_BACKEND)
    except ImportError as error:
        return [
            Error(
                f"TEXT_BACKEND cannot be imported: {error}",
                hint="Set it to exchange.messages.texts.sns_backend, or to off.",
                id="exchange.E001",
            )
        ]
    return []


@register(OURS)
def personal_data_have_a_rule(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    return [
        Error(f"{model._meta.label} holds personal data without a rule.", hint=add, obj=model, id="exchange.E010")
        for model, add in personal.problems(apps.get_models())
    ]


@register(OURS)
def office_can_be_called(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    try:
        if settings.OFFICE_PHONE:
            PhoneNumber.from_string(settings.OFFICE_PHONE, region=settings.HOME_REGION)
    except NumberParseException:
        hint = "Set it to a number such as +1 213 555 0148, or remove it."
        return [Error("OFFICE_PHONE is not a phone number.", hint=hint, id="exchange.E006")]
    return []


@register(OURS)
def backups_can_be_taken(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    try:
        if destination.is_set_up():
            destination.destination()
    except destination.NotSetUpError as error:
        return [Error(str(error), hint="Or remove BACKUP_DIR, to take no backups.", id="exchange.E009")]
    return []


@register(OURS)
def uploads_can_be_scanned(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    try:
        if antivirus.is_configured():
            antivirus.address()
    except ValueError as error:
        hint = "Set it to scanner.example:3310 or /run/clamav/clamd.ctl, or remove it."
        return [Error(str(error), hint=hint, id="exchange.E005")]
    return []


@register(OURS)
def production_is_not_a_demo(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    return [] if settings.DEMO else list(_production_errors())


@register(Tags.security, deploy=True)
def production_is_complete(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    return list(_demo_warnings() if settings.DEMO else _production_warnings())


def _production_errors() -> Iterator[CheckMessage]:
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
        yield Error(
            "DATABASE_URL names SQLite, which only one machine can write to.",
            hint="Set DATABASE_URL to postgres://user:password@host/name, or DEMO=true to try the portal.",
            id="exchange.E002",
        )
    if settings.BROKER_URL.startswith("memory:"):
        yield Error(
            "CELERY_BROKER_URL names a broker that other processes cannot reach.",
            hint="Set it to redis://host:6379/0 or amqp://user:password@host//.",
            id="exchange.E003",
        )
    if settings.DEBUG:
        yield Error(
            "DEBUG is on: error pages would show personal data to anyone who runs into one.",
            hint="Remove DEBUG from the environment.",
            id="exchange.E004",
        )
    if not settings.STAFF_SECOND_FACTOR and not settings.BENCHMARK:
        yield Error(
            "Staff can sign in without a second factor.",
            hint="Remove STAFF_SECOND_FACTOR=false from the environment.",
            id="exchange.E007",
        )
    if not settings.BENCHMARK:
        yield from settings_checks.production_errors(settings)
    if settings.BENCHMARK and not _is_only_on_this_machine():
        yield Error(
            "BENCHMARK is on, and SITE_URL or ALLOWED_HOSTS names a host that other machines can reach.",
            hint="Remove BENCHMARK from the environment. It is for measurements on localhost, with made-up people.",
            id="exchange.E008",
        )


def _is_only_on_this_machine() -> bool:
    return {urlsplit(settings.SITE_URL).hostname, *settings.ALLOWED_HOSTS} <= THIS_MACHINE


def _production_warnings() -> Iterator[CheckMessage]:
    yield from settings_checks.production_warnings(settings)
    if settings.CACHES["default"]["BACKEND"].endswith("LocMemCache"):
        yield Warning(
            "Each web process counts sign-in attempts by itself, so the limits are looser than they say.",
            hint="Set CACHE_URL to redis://host:6379/1.",
            id="exchange.W002",
        )
    if settings.STORAGES["default"]["BACKEND"].endswith("FileSystemStorage"):
        yield Warning(
            "Uploads are stored in a folder on this machine; a second machine would not see them.",
            hint="Set AWS_STORAGE_BUCKET_NAME. If one machine does everything, SILENCED_SYSTEM_CHECKS=exchange.W003.",
            id="exchange.W003",
        )
    if settings.SECRET_KEY_FALLBACKS and not settings.SEALING_KEYS:
        yield Warning(
            "Former keys in SECRET_KEY_FALLBACKS also open sealed rows: removing one could lose those rows for good.",
            hint="Give sealing a key of its own first: deploy/README.md, “Changing the keys”.",
            id="exchange.W010",
        )
    if not settings.BACKUP_DIR:
        yield Warning(
            "No backups are set up: if the database or its disk fails, everything is lost.",
            hint="Set BACKUP_DIR and the three variables beside it in .env.example; deploy/README.md says how.",
            id="exchange.W009",
        )
    if not settings.HTTPS:
        yield Warning(
            "SITE_URL is not https: cookies and personal data would travel in the clear.",
            hint="Set SITE_URL to the https address of the site.",
            id="exchange.W004",
        )
    yield from _office_warnings()


def _office_warnings() -> Iterator[CheckMessage]:
    """What people need to answer a message: whom it comes from, a number, and a mailbox that somebody reads."""
    if not settings.OFFICE_NAME:
        yield Warning(
            "OFFICE_NAME is not set: emails are signed by “The exchange team”, which could be anyone's.",
            hint="Set it to a name such as Exchange team, Mayor's Office, and OFFICE_NAME_ES to the name in Spanish.",
            id="exchange.W006",
        )
    if not settings.OFFICE_PHONE:
        yield Warning(
            "OFFICE_PHONE is not set: emails and the contact page have no number to call.",
            hint="Set it to a number such as +1 213 555 0148.",
            id="exchange.W007",
        )
    if settings.OFFICE_EMAIL == parseaddr(settings.DEFAULT_FROM_EMAIL)[1]:
        yield Warning(
            "Replies to our emails go to the address that sends them.",
            hint="Set OFFICE_EMAIL to a mailbox that the office reads, or silence this if somebody reads that one.",
            id="exchange.W008",
        )


def _demo_warnings() -> Iterator[CheckMessage]:
    yield Warning(
        "DEMO is on: anyone who can reach this site can sign in as anyone.",
        hint="Remove DEMO from the environment of a real site.",
        id="exchange.W005",
    )

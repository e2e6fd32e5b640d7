"""What is wrong or contradictory in the settings of mail and texts, each with the variable's name and the remedy.

`exchange.checks` registers both. An error here means that nobody would get some message, and nobody would notice.
"""

import re
from collections.abc import Iterator
from email.utils import parseaddr
from typing import Any

from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.module_loading import import_string

SNS = "exchange.messages.texts.sns_backend"
MESSAGING = "exchange.messages.texts.messaging_backend"
TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[\w-]{1,256}", re.ASCII)
SECRET_MIN = 20  # characters of a webhook's password, which anyone may try to guess
IMPLICIT_TLS = 465
# they write messages down or throw them away
NOWHERE = ("console", "filebased", "locmem", "dummy")
OURS_IN_ANYMAIL = {"REQUESTS_TIMEOUT", "AMAZON_SES_CLIENT_PARAMS"}  # set by exchange.settings itself


def errors(settings: Any) -> Iterator[CheckMessage]:
    """Errors of any installation."""
    yield from _addresses(settings)
    backend = settings.EMAIL_BACKEND_PATH
    try:
        import_string(backend)
    except ImportError as error:
        yield Error(
            f"EMAIL_BACKEND cannot be imported: {error}",
            hint="Name a backend such as anymail.backends.amazon_ses.EmailBackend, or remove it to use EMAIL_HOST.",
            id="exchange.E020",
        )
    if backend.endswith("smtp.EmailBackend"):
        yield from _smtp(settings.MAILERS["default"]["OPTIONS"])
    elif settings.EMAIL_HOST_NAME:
        yield Error(
            "EMAIL_HOST and EMAIL_BACKEND contradict each other: only one of them sends the mail.",
            hint="Remove EMAIL_HOST to send through EMAIL_BACKEND, or EMAIL_BACKEND to send through the server.",
            id="exchange.E025",
        )
    yield from _anymail(settings)
    yield from _texts(settings)


def production_errors(settings: Any) -> Iterator[CheckMessage]:
    """Errors of an installation with real people."""
    kind = settings.EMAIL_BACKEND_PATH.split(".")[-2]
    if settings.EMAIL_BACKEND_PATH.startswith("django.core.mail.") and kind in NOWHERE:
        yield Error(
            "EMAIL_BACKEND keeps messages on this machine, so nobody gets any.",
            hint="Remove it and set EMAIL_HOST to your mail server, or name a provider's backend.",
            id="exchange.E028",
        )
    if settings.TEXT_BACKEND.endswith(".file_backend"):
        yield Error(
            "TEXT_BACKEND writes texts to files, so nobody gets any.",
            hint="Remove it to send through Amazon SNS, or set it to off.",
            id="exchange.E031",
        )


def production_warnings(settings: Any) -> Iterator[CheckMessage]:
    if parseaddr(settings.DEFAULT_FROM_EMAIL)[1].endswith("@localhost"):
        yield Warning(
            "DEFAULT_FROM_EMAIL is an address of this machine alone: other mail servers refuse what it sends.",
            hint="Set it to an address that your mail server may send from, such as exchange@example.gov.",
            id="exchange.W022",
        )
    if _is_anymail(settings) and not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        yield Warning(
            "Bounces and complaints are not heard: ANYMAIL has no WEBHOOK_SECRET.",
            hint="Add one, and have the provider post to /mail/events/ (deploy/README.md).",
            id="exchange.W020",
        )
    if settings.TEXT_BACKEND in (SNS, MESSAGING) and not settings.TEXT_INBOUND_TOPIC_ARN:
        yield Warning(
            "TEXT_INBOUND_TOPIC_ARN is not set: a STOP by text has no effect in the portal.",
            hint="Set it to the topic of incoming texts (deploy/README.md), or TEXT_BACKEND=off.",
            id="exchange.W021",
        )


def _addresses(settings: Any) -> Iterator[CheckMessage]:
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    for name, address in (("DEFAULT_FROM_EMAIL", sender), ("OFFICE_EMAIL", settings.OFFICE_EMAIL)):
        try:
            validate_email(address)
        except ValidationError:
            yield Error(
                f"{name} holds no email address.",
                hint="Set it to an address such as exchange@example.gov; DEFAULT_FROM_EMAIL may be Name <address>.",
                id="exchange.E021",
            )


def _smtp(options: dict[str, Any]) -> Iterator[CheckMessage]:
    if options["port"] == IMPLICIT_TLS:
        yield Error(
            "EMAIL_PORT=465 expects TLS from the first byte; the portal begins it with STARTTLS, and both would wait.",
            hint="Set EMAIL_PORT to 587, or to 25 for a server of your own.",
            id="exchange.E022",
        )
    if bool(options["username"]) != bool(options["password"]):
        yield Error(
            "Only one of EMAIL_HOST_USER and EMAIL_HOST_PASSWORD is set, so the portal can't sign in to the server.",
            hint="Set both, or remove both.",
            id="exchange.E023",
        )
    if options["password"] and not options["use_tls"]:
        yield Error(
            "EMAIL_USE_TLS=false would send EMAIL_HOST_PASSWORD in the clear.",
            hint="Remove EMAIL_USE_TLS=false, or the user and password.",
            id="exchange.E024",
        )


def _is_anymail(settings: Any) -> bool:
    return bool(settings.EMAIL_BACKEND_PATH.startswith("anymail."))


def _anymail(settings: Any) -> Iterator[CheckMessage]:
    if set(settings.ANYMAIL) - OURS_IN_ANYMAIL and not _is_anymail(settings):
        yield Error(
            "ANYMAIL is set, but EMAIL_BACKEND is none of its backends, so it has no effect.",
            hint="Set EMAIL_BACKEND to one such as anymail.backends.amazon_ses.EmailBackend, or remove ANYMAIL.",
            id="exchange.E026",
        )
    secret = settings.ANYMAIL.get("WEBHOOK_SECRET", "")
    user, _colon, password = secret.partition(":") if isinstance(secret, str) else ("", "", "")
    if secret and (not user or len(password) < SECRET_MIN):
        yield Error(
            "WEBHOOK_SECRET in ANYMAIL is not user:password, or can be guessed.",
            hint=f"Set it to a name, a colon and at least {SECRET_MIN} random characters.",
            id="exchange.E027",
        )


def _texts(settings: Any) -> Iterator[CheckMessage]:
    for name in ("TEXT_INBOUND_TOPIC_ARN", "TEXT_EVENTS_TOPIC_ARN"):
        topic = getattr(settings, name)
        if not topic:
            continue
        found = TOPIC.fullmatch(topic)
        if found is None or found[1] != settings.AWS_SNS_REGION_NAME:
            yield Error(
                f"{name} names no SNS topic of the region in AWS_SNS_REGION_NAME.",
                hint="Set both to one region: arn:aws:sns:us-west-2:<12 digits>:<name> and us-west-2, or remove it.",
                id="exchange.E029",
            )
        if not settings.TEXT_BACKEND:
            yield Error(
                f"{name} is set, but TEXT_BACKEND is off.",
                hint="Remove one of them.",
                id="exchange.E030",
            )
    if settings.TEXT_BACKEND == MESSAGING and not (settings.TEXT_SENDER and settings.TEXT_CONFIGURATION_SET):
        yield Error(
            "TEXT_BACKEND needs TEXT_SENDER and TEXT_CONFIGURATION_SET.",
            hint="Set both (deploy/README.md), or remove TEXT_BACKEND to send through Amazon SNS.",
            id="exchange.E033",
        )

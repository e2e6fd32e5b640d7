"""Reads environment variables for the settings, which may import no Django apps.

A value that can't be right stops the start: ImproperlyConfigured names the variable, what is wrong, and the remedy, in
one sentence or two. NAME_FILE gives the path of a file with the value of NAME. An empty value counts as not set.
Secret values are never repeated.
"""

import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

KEY_LENGTH = 50  # characters of a key that nobody can guess
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1", "[::1]", "testserver"})
HOST = re.compile(r"\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9a-fA-F:]+\]")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
ENDPOINT = re.compile(r"https?://[^\s/]+(/\S*)?")
BROKERS = ("redis", "rediss", "redis+socket", "amqp", "amqps", "memory")
CACHES = ("redis", "rediss", "locmemcache")
UNCHECKED = frozenset({"ssl_cert_reqs", "ssl_check_hostname"})  # of redis-py and kombu, in an address
CHECKED = frozenset({"required", "cert_required", "true"})
CHECKED_MODES = ("verify-ca", "verify-full")  # of libpq
DATABASES = ("postgres", "postgresql", "sqlite")


def wrong(name: str, what: str, remedy: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} {what}. {remedy}")


def text(name: str, default: str = "") -> str:
    """The variable's value, or that of the file that NAME_FILE names, without white space around it."""
    if path := os.environ.get(f"{name}_FILE", ""):
        try:
            found = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            remedy = "Set it to a text file that the portal's user may read."
            raise wrong(f"{name}_FILE", f"names {path}, which can't be read ({type(error).__name__})", remedy) from None
    else:
        found = os.environ.get(name, "").strip()
    return found or default


def required(name: str, remedy: str) -> str:
    if not (value := text(name)):
        raise wrong(name, "is not set", remedy)
    return value


def flag(name: str, default: bool) -> bool:
    """A misspelled value must not silently turn a protection off."""
    value = text(name, str(default)).lower()
    if value not in ("true", "false"):
        raise wrong(name, f"is {value!r}", "Set it to true or false.")
    return value == "true"


def whole(name: str, default: int, *, least: int, most: int) -> int:
    value = text(name, str(default))
    if not re.fullmatch(r"-?\d{1,9}", value) or not least <= int(value) <= most:
        raise wrong(name, f"is {value!r}", f"Set it to a whole number from {least} to {most}.")
    return int(value)


def one_of(name: str, default: str, choices: Iterable[str]) -> str:
    if (value := text(name, default)) not in choices:
        raise wrong(name, f"is {value!r}", f"Set it to one of {', '.join(choices)}.")
    return value


def like(name: str, default: str, pattern: re.Pattern[str], example: str) -> str:
    value = text(name, default)
    if value and not pattern.fullmatch(value):
        raise wrong(name, f"is {value!r}", f"Set it to something like {example}, or remove it.")
    return value


def listed(name: str, default: Iterable[str] = ()) -> list[str]:
    return [part.strip() for part in text(name).split(",") if part.strip()] or list(default)


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Addresses and networks, by commas; none without a value."""
    try:
        return [ip_network(part) for part in listed(name)]
    except ValueError:
        raise wrong(name, f"is {text(name)!r}", "Set it to networks such as 10.1.2.0/24, 192.0.2.7.") from None


def web_address(name: str, default: str = "") -> str:
    value = text(name, default)
    if value and not is_origin(value):
        remedy = "Set it to an address such as https://exchange.example.gov, without a path or a slash at its end."
        raise wrong(name, f"is {value!r}", remedy)
    return value


def is_origin(value: str) -> bool:
    """Whether it is http(s)://host or http(s)://host:port, and nothing more."""
    try:
        parts = urlsplit(value)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_bare = not (parts.path or parts.query or parts.fragment or parts.username)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_bare and has_port


def service(name: str, value: str, schemes: tuple[str, ...], example: str) -> str:
    """The address of a database, cache or broker, which may hold a password and so isn't repeated."""
    if not value.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        raise wrong(name, "doesn't begin with the kind of service that it is", f"Set it to {example}.")
    return value


def json_object(name: str) -> dict[str, Any]:
    try:
        value = json.loads(text(name, "{}"))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise wrong(name, "is not a JSON object", 'Write it like {"WEBHOOK_SECRET": "..."}, or remove it.')
    return value


def folder(name: str, default: Path) -> Path:
    value = Path(text(name, str(default))).resolve()
    if value.exists() and not value.is_dir():
        raise wrong(name, f"names {value}, which is a file", "Set it to a folder that the portal's user may write to.")
    return value


def demo_secret(path: Path) -> str:
    """A random key of this installation, created at the first start of the demo and stored beside its data.

    Two processes start at once there: the file appears with its key in it, and the first one counts.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        new = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        new.write_text(secrets.token_urlsafe(50))
        new.chmod(0o600)
        with suppress(FileExistsError):
            os.link(new, path)
        new.unlink()
    return path.read_text()


# --- What doesn't go together (mail and texts: exchange.messages.settings_checks) ---------------------


def agree(found: dict[str, Any]) -> None:
    """ImproperlyConfigured for the first of the settings that contradict each other; `found` has them by name."""
    checks = [_addresses, _keys, _parts]
    if not found["DEMO"]:
        checks += [_site, _production_keys, _networks, _silenced]
    for each in checks:
        for name, what, remedy in each(found):
            raise wrong(name, what, remedy)


type Wrongs = Iterator[tuple[str, str, str]]


def _site(found: dict[str, Any]) -> Wrongs:
    site, hosts = urlsplit(found["SITE_URL"]), found["ALLOWED_HOSTS"]
    host = f"[{site.hostname}]" if ":" in (site.hostname or "") else site.hostname or ""
    for each in hosts:
        if not HOST.fullmatch(each):
            remedy = "Name each host of the site, without https://, port, path or *, with commas between."
            yield "ALLOWED_HOSTS", f"contains {each!r}, which is not a host name", remedy
    if not validate_host(host, hosts):
        remedy = "Add it there, or correct SITE_URL: every link in a message would answer 400."
        yield "SITE_URL", f"has the host {host}, which ALLOWED_HOSTS doesn't contain", remedy
    if site.scheme == "http" and host not in THIS_MACHINE:
        remedy = "Set it to the https address: without it, cookies and personal data travel in the clear."
        yield "SITE_URL", "is http", remedy


def _keys(found: dict[str, Any]) -> Wrongs:
    if found["SEALING_KEY_FALLBACKS"] and not found["SEALING_KEY"]:
        yield "SEALING_KEY_FALLBACKS", "is set and SEALING_KEY is not", "Set SEALING_KEY to the newest key."
    for name in ("SECRET_KEY", "SEALING_KEY"):
        if found[name] and found[name] in found[f"{name}_FALLBACKS"]:
            yield f"{name}_FALLBACKS", f"contains {name} itself", "Leave only former keys there."
    if found["SEALING_KEY"] == found["SECRET_KEY"]:
        remedy = "Set SEALING_KEY to other random characters, as deploy/README.md says (“Changing the keys”)."
        yield "SEALING_KEY", "is the same as SECRET_KEY, so neither can change alone", remedy


def _networks(found: dict[str, Any]) -> Wrongs:
    """What is on another machine: databases, broker, cache, mail, files and texts by TLS only; a database's certificate
    is checked; no Redis without a password, and no address that turns checking off."""
    for name in ("DATABASE_URL", "PURGE_DATABASE_URL"):
        address = urlsplit(text(name))
        query = {key: values[-1] for key, values in parse_qs(address.query).items()}
        host = address.hostname or query.get("host", "")
        if address.scheme.startswith("postgres") and _is_elsewhere(host) and query.get("sslmode") not in CHECKED_MODES:
            remedy = (
                "Add ?sslmode=verify-full to it, and if the authority of its certificate isn't one that every system"
                " knows, &sslrootcert= with that authority's file."
            )
            yield name, f"leads to {host} without checking its certificate", remedy
    for name in ("CELERY_BROKER_URL", "CACHE_URL"):
        address = urlsplit(text(name))
        if address.scheme in ("redis", "amqp") and _is_elsewhere(address.hostname or ""):
            yield name, f"leads to {address.hostname} without TLS", f"Begin it with {address.scheme}s://."
        if address.scheme in ("redis", "rediss") and _is_elsewhere(address.hostname or "") and not address.password:
            remedy = "Give Redis a user and a password (ACL SETUSER), and write them before the host: user:password@."
            yield name, f"leads to {address.hostname} without a password", remedy
        query = {key.lower(): values[-1].lower() for key, values in parse_qs(address.query).items()}
        for key in UNCHECKED & set(query):
            if query[key] not in CHECKED and _is_elsewhere(address.hostname or ""):
                yield name, f"says {key}={query[key]}", f"Take {key} out: then the certificate is checked."
    for name in ("AWS_S3_ENDPOINT_URL", "AWS_SNS_ENDPOINT_URL"):
        address = urlsplit(text(name))
        if address.scheme == "http" and _is_elsewhere(address.hostname or ""):
            yield name, f"leads to {address.hostname} without TLS", "Begin it with https://."
    if _is_elsewhere(text("EMAIL_HOST")) and not flag("EMAIL_USE_TLS", default=True):
        remedy = "Remove EMAIL_USE_TLS=false. A mail server without TLS belongs on this machine: EMAIL_HOST=localhost."
        yield "EMAIL_HOST", f"leads to {text('EMAIL_HOST')} without TLS", remedy


def _is_elsewhere(host: str) -> bool:
    """Not this machine, by its own network or a socket's folder."""
    return bool(host) and not host.startswith("/") and host not in THIS_MACHINE


def _silenced(found: dict[str, Any]) -> Wrongs:
    """Warnings can be right for an installation, errors never: Django and we begin their numbers with an E."""
    for each in found["SILENCED_SYSTEM_CHECKS"]:
        if each.rpartition(".")[2].startswith(("E", "C")):
            remedy = "Take it out and do what the message says. Only warnings, such as exchange.W003, can be left out."
            yield "SILENCED_SYSTEM_CHECKS", f"contains {each}, which is an error", remedy


def _production_keys(found: dict[str, Any]) -> Wrongs:
    for name in ("SECRET_KEY", "SEALING_KEY"):
        key = found[name]
        if key and (len(key) < KEY_LENGTH or len(set(key)) < 10):
            what = f"has {len(key)} characters" if len(key) < KEY_LENGTH else "repeats a few characters"
            yield name, what, f"Set it to at least {KEY_LENGTH} random ones, such as from openssl rand -hex 32."


def _addresses(found: dict[str, Any]) -> Wrongs:
    for each in found["ADMINS"]:
        if not ADDRESS.fullmatch(each):
            remedy = "Set it to addresses such as it@example.gov, with commas between."
            yield "ERROR_EMAILS", f"contains {each!r}, which is not an email address", remedy
    contact = found["SECURITY_CONTACT"]
    if not ADDRESS.fullmatch(contact) and not (contact.startswith("https://") and urlsplit(contact).hostname):
        remedy = "Set it to an email address or to the https address of a form, or remove it."
        yield "SECURITY_CONTACT", f"is {contact!r}", remedy


def _parts(found: dict[str, Any]) -> Wrongs:
    """What is of use only together with another variable, which is missing."""
    backups = ("BACKUP_RECIPIENTS", "BACKUP_KEYS_DIR", "BACKUP_KEYS_RECIPIENTS")
    for name in backups:
        if found[name] and not found["BACKUP_DIR"]:
            remedy = "Set BACKUP_DIR to the folder for backups; none are taken without it."
            yield name, "is set and BACKUP_DIR is not", remedy
    if text("AWS_S3_ENDPOINT_URL") and not found["BUCKET"]:
        remedy = "Set AWS_STORAGE_BUCKET_NAME to the bucket, or remove AWS_S3_ENDPOINT_URL."
        yield "AWS_S3_ENDPOINT_URL", "is set and AWS_STORAGE_BUCKET_NAME is not", remedy

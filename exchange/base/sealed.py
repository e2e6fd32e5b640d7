"""Encrypts what a copy of the database must not reveal; only the portal's sealing key decrypts it (docs/adr/0030)."""

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, MultiFernet  # comes with allauth[mfa]
from django.conf import settings
from django.db import models


def keys() -> list[str]:
    """The sealing keys, the one that encrypts first. Without SEALING_KEY, those that sign."""
    return settings.SEALING_KEYS or [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def vault_of(*some: str) -> MultiFernet:
    """Encrypts with the first of these keys; decrypts with each."""
    digests = (hashlib.sha256(b"exchange.mfa" + key.encode()).digest() for key in some)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def vault() -> MultiFernet:
    """Encrypts with the sealing key; also decrypts with the older ones."""
    return vault_of(*keys())


def fingerprint(key: str) -> str:
    """Names a key without telling it, so that a backup can say which keys its rows need."""
    return hashlib.sha256(b"exchange.fingerprint" + key.encode()).hexdigest()[:16]


if TYPE_CHECKING:  # generic in the stubs, but not at runtime
    TextField = models.TextField[Any, Any]
else:
    TextField = models.TextField


class SealedJSONField(TextField):
    """JSON stored as cipher text. It cannot be searched or sorted by: the only lookup is isnull."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else json.loads(vault().decrypt(value.encode()))

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else vault().encrypt(json.dumps(value).encode()).decode()

    def to_python(self, value: Any) -> Any:
        return value

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

"""Addresses of the account's history and of the office's pages about accounts."""

from django.utils import timezone

from exchange.models import SignInAlert
from tests.urls import COORDINATOR, COORDINATOR_ACT, SIGNED_IN

ACCOUNTS_TABLE = [
    ("account-history", "GET", SIGNED_IN),
    ("people-history", "GET", COORDINATOR),
    ("people-alert-handled", "POST", COORDINATOR_ACT),
]
ACCOUNTS_NAMES = {name for name, _method, _expected in ACCOUNTS_TABLE}


def accounts_arguments(name):
    if name == "people-alert-handled":
        return {"code": SignInAlert.objects.create(kind="places", about="x", hour=timezone.now(), count=5).code}
    return {}

"""Addresses of the account's history and of the office's pages about accounts."""

import datetime as dt

from django.utils import timezone

from exchange.models import AccountReset, SignInAlert
from tests.factories import UserFactory
from tests.urls import COORDINATOR, COORDINATOR_ACT, SIGNED_IN, L

ACCOUNTS_TABLE = [
    ("account-history", "GET", SIGNED_IN),
    ("account-stay", "GET", (L,) + (302,) * 6),  # it answers scripts: test_staying_signed_in.py
    ("people-history", "GET", COORDINATOR),
    ("people-alert-handled", "POST", COORDINATOR_ACT),
    ("person-detail", "GET", COORDINATOR),
    ("person-end-sessions", "POST", COORDINATOR_ACT),
    ("person-reset", "GET", COORDINATOR),
    ("reset-confirm", "POST", COORDINATOR_ACT),
    ("reset-cancel", "POST", COORDINATOR_ACT),
]
ACCOUNTS_NAMES = {name for name, _method, _expected in ACCOUNTS_TABLE}


def accounts_arguments(name):
    if name == "people-alert-handled":
        return {"code": SignInAlert.objects.create(kind="places", about="x", hour=timezone.now(), count=5).code}
    if name.startswith("person-"):
        return {"code": UserFactory().code}
    if name.startswith("reset-"):
        until = timezone.now() + dt.timedelta(hours=1)
        asked_by = UserFactory(coordinator=True)
        return {
            "code": AccountReset.objects.create(
                user=UserFactory(), kind="email", new_address="a@example.org", asked_by=asked_by, expires_at=until
            ).code
        }
    return {}

"""Addresses of the account's history and of the office's pages about accounts."""

import datetime as dt

from django.utils import timezone

from exchange.base import links
from exchange.models import AccountMerge, AccountReset, Invitation, PastRole, SignInAlert
from exchange.models.invitation import PURPOSE
from exchange.people.roles import invitations
from tests.factories import CollegeFactory, UserFactory
from tests.urls import COORDINATOR, COORDINATOR_ACT, SIGNED_IN, L

ACCOUNTS_TABLE = [
    ("account-history", "GET", SIGNED_IN),
    ("account-stay", "GET", (L,) + (302,) * 6),  # it answers scripts: test_staying_signed_in.py
    ("saved-view-save", "POST", (L, 403, 403, 404, 404, 404, 404)),  # without a list's address
    ("saved-view-remove", "POST", (L, 404, 404, 404, 404, 404, 404)),
    ("people", "GET", COORDINATOR),
    ("people-file", "POST", COORDINATOR_ACT),
    ("people-history", "GET", COORDINATOR),
    ("people-invite", "GET", COORDINATOR),
    ("invitation-detail", "GET", COORDINATOR),
    ("invitation-send-again", "POST", COORDINATOR_ACT),
    ("invitation-end", "POST", COORDINATOR_ACT),
    ("invitation", "GET", (200,) + (403,) * 6),  # the link is for an address that none of them has
    ("role-end", "GET", COORDINATOR),
    ("role-move", "GET", COORDINATOR),
    ("role-undo", "POST", COORDINATOR_ACT),
    ("people-alert-handled", "POST", COORDINATOR_ACT),
    ("person-detail", "GET", COORDINATOR),
    ("person-peek", "GET", COORDINATOR),
    ("person-end-sessions", "POST", COORDINATOR_ACT),
    ("person-reset", "GET", COORDINATOR),
    ("person-merge", "GET", COORDINATOR),
    ("person-merge-preview", "GET", COORDINATOR),
    ("person-merge-task", "POST", COORDINATOR_ACT),
    ("merge-confirm", "POST", COORDINATOR_ACT),
    ("merge-undo", "POST", COORDINATOR_ACT),
    ("reset-confirm", "POST", COORDINATOR_ACT),
    ("second-detail", "GET", (L, 404, 404, 404, 404, 200, 200)),
    ("second-stop", "POST", (L, 404, 404, 404, 404, 400, 400)),
]
ACCOUNTS_NAMES = {name for name, _method, _expected in ACCOUNTS_TABLE}


def accounts_arguments(name, world):
    if name == "people-alert-handled":
        return {"code": SignInAlert.objects.create(kind="places", about="x", hour=timezone.now(), count=5).code}
    if name == "saved-view-remove":
        return {"code": "NOTHING1"}
    if name.startswith("invitation"):
        email = f"new{Invitation.objects.count()}@example.org"  # some tests walk over all pages in one database
        invitation = invitations.invite(email, "reader", by=UserFactory(coordinator=True))
        link = links.sign(PURPOSE, invitation.token)
        return {"link": link} if name == "invitation" else {"code": invitation.code}
    if name.startswith("role-"):
        return _of_role(name)
    if name.startswith("person-merge-"):
        return {"code": UserFactory().code, "other": world["people"]["owner"].code}
    if name.startswith("merge-"):
        until = timezone.now() + dt.timedelta(hours=1)
        people = {"kept": UserFactory(), "closed": UserFactory(), "asked_by": UserFactory(coordinator=True)}
        return {"code": AccountMerge.objects.create(reason="x", expires_at=until, **people).code}
    if name == "person-detail":
        return {"code": _waiting_with(world["people"]["owner"]).code}
    if name.startswith("person-"):
        return {"code": UserFactory().code}
    if name.startswith(("reset-", "second-")):
        until = timezone.now() + dt.timedelta(hours=1)
        asked_by = UserFactory(coordinator=True)
        reset = AccountReset.objects.create(
            user=UserFactory(), kind="email", new_address="a@example.org", asked_by=asked_by, expires_at=until
        )
        return {"code": reset.code, **({"kind": "reset"} if name.startswith("second-") else {})}
    return {}


def _waiting_with(owner):
    """The account that stays if a colleague confirms the merge. Some tests ask for it more than once."""
    waiting = AccountMerge.objects.waiting().filter(closed=owner).first()
    if waiting is None:
        until, by = timezone.now() + dt.timedelta(hours=1), UserFactory(coordinator=True)
        waiting = AccountMerge.objects.create(
            kept=UserFactory(), closed=owner, reason="x", asked_by=by, expires_at=until
        )
    return waiting.kept


def _of_role(name):
    college = CollegeFactory()
    advisor = UserFactory(advisor=college)
    if name == "role-undo":
        by = UserFactory(coordinator=True)
        return {"code": PastRole.objects.create(user=UserFactory(), kind="reader", ended_by=by).code}
    kind = {"kind": "advisor"} if name == "role-end" else {}
    return {"code": advisor.code, "college": college.code, **kind}

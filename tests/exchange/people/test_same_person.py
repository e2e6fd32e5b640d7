"""Two accounts of one person don't count as two, wherever something takes two."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import AccountMerge, AccountReset, Invitation
from exchange.people.merging import actions as merging
from exchange.people.second import resets as account_resets
from exchange.people.second import same_person
from tests.factories import UserFactory
from tests.factories_travel import PlacementFactory, travel_facts
from travel.abroad.actions import break_glass, incidents
from travel.models import BreakGlass

pytestmark = pytest.mark.django_db
LATER = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Ana.Lopez+city@Gmail.com", "analopez@googlemail.com", True),
        ("ana+office@example.edu", "ana@example.edu", True),
        ("a.na@example.edu", "ana@example.edu", False),  # elsewhere a dot can be another person's
        ("ana@example.edu", "ana@example.com", False),
        ("+tag@example.edu", "+other@example.edu", False),  # nothing before the plus, so it's no tag
    ],
)
def test_a_mailbox_is_compared_and_not_its_spelling(one, other, is_same):
    assert (same_person.mailbox(one) == same_person.mailbox(other)) is is_same


def one_mailbox(first, second):
    EmailAddress.objects.create(user=second, email=first.email.replace("@", "+2@"), verified=True)


def one_phone(first, second):
    """The number that one had before the office replaced it."""
    second.phone = "+12135550134"
    second.save()
    AccountReset.objects.create(
        **{"user": first, "kind": "phone", "new_address": "+12135550134", "reason": "x", "asked_by": UserFactory()},
        **{"expires_at": timezone.now(), "cancelled_at": timezone.now(), "cancelled_by": UserFactory()},
    )


def one_factor(first, second):
    for each in (first, second):
        Authenticator.objects.create(user=each, type="totp", data={"secret": encrypt("ABCD")})


def one_invited(first, second):
    now = timezone.now()
    more = {"invited_by": first, "accepted_by": second, "accepted_at": now, "expires_at": now}
    Invitation.objects.create(kind="coordinator", email=second.email, **more)


def reset(first, second):
    asked = {"kind": "factor", "reason": "lost", "asked_by": first, "expires_at": timezone.now() + LATER}
    account_resets.confirm(AccountReset.objects.create(user=UserFactory(), **asked), by=second)


def merge(first, second):
    asked = {"reason": "one person", "asked_by": first, "expires_at": timezone.now() + LATER}
    made = AccountMerge.objects.create(kept=UserFactory(), closed=UserFactory(), **asked)
    merging.confirm(made, seen="", by=second)


def review(first, second):
    opened = {"by": first, "said": {"reason": "x"}, "opened_at": timezone.now(), "until": timezone.now() + LATER}
    use = BreakGlass.objects.create(placement=PlacementFactory(), **opened)
    break_glass.review(use, result=BreakGlass.Review.FITTING, text="", by=second)


@pytest.mark.parametrize("act", [reset, merge, review])
@pytest.mark.parametrize("tie", [one_mailbox, one_phone, one_factor, one_invited])
def test_what_takes_two_is_done_by_two_people(act, tie):
    travel_facts()
    first, second = UserFactory(coordinator=True), UserFactory(coordinator=True)
    tie(first, second)
    for one, other in ((first, second), (second, first)):
        with pytest.raises(RuleViolation) as caught:
            act(one, other)
        assert caught.value.code == "not_two"


@pytest.mark.parametrize("tie", [one_mailbox, one_phone, one_factor])
def test_a_second_account_of_ones_own_names_nobody_for_incidents(tie):
    first, second = UserFactory(coordinator=True), UserFactory(coordinator=True)
    tie(first, second)
    with pytest.raises(RuleViolation) as caught:
        incidents.name_handler(first, by=second)
    assert caught.value.code == "not_two"


def test_nobody_resets_their_own_account_with_another():
    first, second = UserFactory(coordinator=True), UserFactory(coordinator=True)
    one_mailbox(first, second)
    asked = {"kind": "factor", "reason": "x", "asked_by": UserFactory(coordinator=True)}
    made = AccountReset.objects.create(user=first, expires_at=timezone.now() + LATER, **asked)
    with pytest.raises(RuleViolation) as caught:
        account_resets.confirm(made, by=second)
    assert caught.value.code == "own_account"


def test_the_page_says_why_it_takes_somebody_else(sign_in):
    first, second, student = UserFactory(coordinator=True), UserFactory(coordinator=True), UserFactory()
    asked = {"kind": "factor", "reason": "Lost her phone.", "asked_by": first}
    AccountReset.objects.create(user=student, expires_at=timezone.now() + LATER, **asked)
    page, confirm = reverse("person-detail", args=[student.code]), "I checked it. Confirm the reset"
    assert confirm in sign_in(second).get(page).text
    one_invited(first, second)
    shown = sign_in(second).get(page).text
    assert confirm not in shown and "one of you invited the other" in shown

"""The office ends sessions, and two of its people reset what somebody has lost."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import AccountReset, Event, Message
from exchange.people.account import history as account_history
from exchange.people.second import resets as account_resets
from tests.exchange.people.test_account import with_app
from tests.exchange.people.test_sessions import entered
from tests.factories import UserFactory
from tests.signing import ask_for_code, code_for, minutes_old, signed_in, type_code

pytestmark = pytest.mark.django_db

REASON = "Came to the office with a student ID"


@pytest.fixture
def ines():
    return UserFactory(coordinator=True, full_name="Ines Vega")


@pytest.fixture
def omar():
    return UserFactory(coordinator=True, full_name="Omar Diaz")


@pytest.fixture
def ana():
    return UserFactory(email="ana@example.edu", full_name="Ana Solis")


def page_of(user, name="person-detail"):
    return reverse(name, args=[user.code])


def asked(user, by, kind="email", new_address="new@example.com"):
    return account_resets.ask(user, kind, reason=REASON, new_address=new_address, by=by)


def refusal(act, *args, **kwargs):
    with pytest.raises(RuleViolation) as caught:
        act(*args, **kwargs)
    return caught.value.code


# --- Ending sessions -----------------------------------------------------------------------------------


def test_office_ends_anyones_sessions_alone_and_it_is_on_record(sign_in, ines, ana):
    phone = entered(Client(), ana)

    sign_in(ines).post(page_of(ana, "person-end-sessions"))

    assert phone.get(reverse("account-detail")).status_code == 302
    ended = account_history.in_words(list(account_history.own(ana)))[0]
    assert (str(ended.title), ended.details[0], ended.by) == (
        "Signed out on all devices",
        "to keep the account safe",
        "Ines Vega",
    )


@pytest.mark.parametrize("name", ["person-end-sessions", "person-reset"])
def test_older_session_of_the_office_must_prove_it(sign_in, ines, ana, name):
    office, phone = minutes_old(sign_in(ines), 16), entered(Client(), ana)

    data = {"kind": "email", "new_address": "new@example.com", "reason": REASON}
    assert office.post(page_of(ana, name), data).url.startswith(reverse("account_reauthenticate"))
    assert signed_in(phone)
    assert not AccountReset.objects.exists()


@pytest.mark.parametrize("traits", [{}, {"advisor": True}, {"director": True}, {"is_staff": True}])
def test_nobody_else_may(sign_in, ines, ana, traits):
    client, reset = sign_in(UserFactory(**traits)), asked(ana, ines)
    addresses = [page_of(ana, "person-end-sessions"), page_of(ana, "person-reset")]
    if "is_staff" not in traits:  # who sees accounts can be the second person: test_second.py
        addresses.append(reverse("reset-confirm", args=[reset.code]))
    for address in addresses:
        assert client.post(address).status_code == 403
    assert client.get(page_of(ana)).status_code == (200 if "is_staff" in traits else 403)


def test_own_account_is_not_changed_here(sign_in, ines):
    office = sign_in(ines)

    assert office.post(page_of(ines, "person-end-sessions")).status_code == 403
    assert office.get(page_of(ines, "person-reset")).status_code == 403
    assert "Sign them out" not in office.get(page_of(ines)).text


# --- A reset by two people -----------------------------------------------------------------------------


def test_one_asks_through_the_page_and_another_confirms_a_new_email(sign_in, ines, omar, ana):
    phone = entered(Client(), ana)
    SocialAccount.objects.create(user=ana, provider="a-college", uid="ana")
    sign_in(ines).post(
        page_of(ana, "person-reset"), {"kind": "email", "new_address": " New@Example.com", "reason": REASON}
    )
    ana.refresh_from_db()
    assert ana.email == "ana@example.edu"
    second = sign_in(omar)
    page = second.get(page_of(ana)).text
    for text in ("new@example.com", REASON, "Ines Vega", "I checked it. Confirm the reset"):
        assert text in page

    second.post(reverse("reset-confirm", args=[AccountReset.objects.get().code]))

    ana.refresh_from_db()
    assert ana.email == "new@example.com"
    assert not EmailAddress.objects.filter(email="ana@example.edu").exists()
    assert not SocialAccount.objects.exists()
    assert phone.get(reverse("account-detail")).status_code == 302
    new = Client()
    ask_for_code(new, "new@example.com")
    type_code(new, code_for("new@example.com"))
    assert signed_in(new) == str(ana.pk)


def test_lost_second_step_is_removed(ines, omar):
    colleague = UserFactory(advisor=True)
    with_app(colleague)

    account_resets.confirm(asked(colleague, ines, "factor", ""), by=omar)

    assert not Authenticator.objects.filter(user=colleague).exists()


def test_lost_phone_of_somebody_without_an_email_is_replaced(ines, omar):
    user = UserFactory(by_phone=True)
    account_resets.confirm(asked(user, ines, "phone", "+12135550177"), by=omar)

    client = Client()
    ask_for_code(client, "213 555 0177")
    type_code(client, code_for("+12135550177"))
    assert signed_in(client) == str(user.pk)


def test_person_is_told_at_every_address_before_and_after(ines, omar):
    user = UserFactory(email="ana@example.edu", phone="+12135550134")
    reset = asked(user, ines)
    told = Message.objects.filter(template="exchange/reset_asked").values_list("address", flat=True)
    assert set(told) == {"ana@example.edu", "+12135550134"}

    account_resets.confirm(reset, by=omar)
    told = Message.objects.filter(template="exchange/reset_done").values_list("address", flat=True)
    assert set(told) == {"ana@example.edu", "new@example.com", "+12135550134"}
    assert not any(REASON in message.body for message in Message.objects.all())


def test_each_act_is_an_event_and_only_the_office_reads_the_reason(sign_in, ines, omar, ana):
    account_resets.cancel(asked(ana, ines), "", omar)
    account_resets.confirm(asked(ana, ines), by=omar)

    actions = Event.objects.filter(target_id=ana.pk, action__startswith="account.reset").order_by("pk")
    assert [(event.action, event.by) for event in actions] == [
        ("account.reset_asked", ines),
        ("account.reset_cancelled", omar),
        ("account.reset_asked", ines),
        ("account.reset_done", omar),
    ]
    assert REASON in sign_in(omar).get(page_of(ana)).text
    ana.refresh_from_db()
    assert REASON not in sign_in(ana).get(reverse("account-history")).text


def test_person_sees_the_request_and_cancels_it(sign_in, ines, omar, ana):
    reset, owner = asked(ana, ines), sign_in(ana)
    assert "replace your email address" in owner.get(reverse("account-history")).text

    owner.post(reverse("second-stop", args=["reset", reset.code]), {"reason": "Not me."})

    assert refusal(account_resets.confirm, reset, by=omar) == "settled"
    assert "replace your email address" not in owner.get(reverse("account-history")).text
    ana.refresh_from_db()
    assert ana.email == "ana@example.edu"


# --- What is refused -----------------------------------------------------------------------------------


def test_who_asked_cannot_confirm(sign_in, ines, ana):
    reset, office = asked(ana, ines), sign_in(ines)
    assert "Confirm the reset" not in office.get(page_of(ana)).text

    page = office.post(reverse("reset-confirm", args=[reset.code]), follow=True).text

    assert "someone else confirms it" in page
    assert refusal(account_resets.confirm, reset, by=ines) == "same_person"


def test_confirming_takes_a_fresh_proof(sign_in, ines, omar, ana):
    reset = asked(ana, ines)

    answer = minutes_old(sign_in(omar), 16).post(reverse("reset-confirm", args=[reset.code]))

    assert answer.url.startswith(reverse("account_reauthenticate"))
    reset.refresh_from_db()
    assert reset.confirmed_at is None


def test_nobody_resets_or_confirms_their_own(ines, omar):
    assert refusal(asked, ines, ines) == "own_account"
    assert refusal(account_resets.confirm, asked(omar, ines), by=omar) == "own_account"


def test_only_the_office_asks_confirms_and_cancels(ines, ana):
    advisor = UserFactory(advisor=True)
    reset = asked(ana, ines)
    assert refusal(asked, ana, advisor) == "not_office"
    assert refusal(account_resets.confirm, reset, by=advisor) == "not_office"
    assert refusal(account_resets.cancel, reset, "", advisor) == "not_told"


def test_request_expires(sign_in, ines, omar, ana):
    reset = asked(ana, ines)
    AccountReset.objects.update(expires_at=timezone.now() - dt.timedelta(minutes=1))

    assert refusal(account_resets.confirm, reset, by=omar) == "expired"
    assert "A reset is waiting" not in sign_in(omar).get(page_of(ana)).text
    account_resets.confirm(asked(ana, ines), by=omar)  # it can be asked for again
    assert refusal(account_resets.confirm, reset, by=omar) == "settled"


def test_one_request_at_a_time_and_each_is_done_once(ines, omar, ana):
    reset = asked(ana, ines)
    assert refusal(asked, ana, omar, "email", "other@example.com") == "already_asked"

    account_resets.confirm(reset, by=omar)
    assert refusal(account_resets.confirm, reset, by=omar) == "settled"
    assert refusal(account_resets.cancel, reset, "", omar) == "settled"


@pytest.mark.parametrize(
    ("kind", "address", "code"),
    [
        ("factor", "", "no_factor"),
        ("email", "ana@example.edu", "same_address"),
        ("email", "ben@example.edu", "taken"),
        ("phone", "+12135550199", "taken"),
    ],
)
def test_what_cannot_be_done_is_refused(ines, ana, kind, address, code):
    UserFactory(email="ben@example.edu", phone="+12135550199")

    assert refusal(asked, ana, ines, kind, address) == code


def test_each_persons_open_request_is_their_own(ines, omar, ana):
    reset, ben = asked(ana, ines), UserFactory()
    assert account_resets.open_for(ana) == reset and account_resets.open_for(ben) is None
    theirs = asked(ben, omar, "phone", "+12135550188")
    assert (account_resets.open_for(ana), account_resets.open_for(ben)) == (reset, theirs)
    account_resets.confirm(theirs, by=ines)
    ben.refresh_from_db()
    assert (ben.phone.as_e164, ben.phone_verified_at) == ("+12135550188", None)
    assert account_resets.open_for(ben) is None
    AccountReset.objects.filter(pk=reset.pk).update(expires_at=timezone.now())
    assert account_resets.open_for(ana) is None
    newer = asked(ana, omar)  # the expired one makes room
    reset.refresh_from_db()
    assert (reset.cancelled_by, account_resets.open_for(ana)) == (omar, newer)
    account_resets.cancel(newer, "", ana)
    newer.refresh_from_db()
    assert newer.cancelled_by == ana and Event.objects.filter(action="account.reset_cancelled", by=ana).count() == 1


def test_an_address_that_is_only_another_of_an_account_is_taken_too(ines, ana):
    EmailAddress.objects.create(user=UserFactory(), email="New@example.com", verified=True)
    assert refusal(asked, ana, ines) == "taken"


def test_address_taken_in_the_meantime_changes_nothing(ines, omar, ana):
    reset = asked(ana, ines)
    UserFactory(email="new@example.com")

    assert refusal(account_resets.confirm, reset, by=omar) == "taken"
    ana.refresh_from_db()
    assert ana.email == "ana@example.edu"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"kind": "email", "new_address": "213 555 0134", "reason": "x"}, "new_address"),
        ({"kind": "phone", "new_address": "ana@example.edu", "reason": "x"}, "new_address"),
        ({"kind": "factor", "reason": ""}, "reason"),
        ({"kind": "password", "reason": "x"}, "kind"),
    ],
)
def test_form_names_what_is_missing_and_asks_for_nothing(sign_in, ines, ana, data, field):
    page = sign_in(ines).post(page_of(ana, "person-reset"), data)

    assert list(page.context["form"].errors) == [field]
    assert not AccountReset.objects.exists()


def test_admin_changes_no_address(sign_in, ana):
    office = sign_in(UserFactory(coordinator=True, is_staff=True, is_superuser=True))
    page = reverse("admin:exchange_user_change", args=[ana.pk])
    office.post(page, {"email": "new@example.com", "full_name": "Ana", "language": "en", "is_active": "on"})

    ana.refresh_from_db()
    assert (ana.email, ana.full_name) == ("ana@example.edu", "Ana")

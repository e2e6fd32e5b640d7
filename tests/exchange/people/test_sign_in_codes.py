"""What strangers can't do to somebody who signs in: use up codes, use up guesses, fill a mailbox."""

import datetime as dt
import time

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.core.internal.ratelimit import cache as limits
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from exchange.messages import mail_limits
from exchange.models import Event, Fact, Message, SignInAttempt, User
from exchange.people.sign_in import accounts, delays, known_devices
from exchange.people.sign_in import codes as sign_in_codes
from tests.exchange.people.test_sessions import entered
from tests.factories import CollegeFactory, UserFactory
from tests.signing import ask_for_code, code_for, newest, sign_up, signed_in, type_code

pytestmark = pytest.mark.django_db

ANA = "ana@example.edu"
CONFIRM = reverse("account_confirm_login_code")


@pytest.fixture(autouse=True)
def nothing_counted_yet():
    limits.clear()


@pytest.fixture
def ana():
    return UserFactory(email=ANA)


def out_again(client):
    client.post(reverse("account_logout"))
    return client


def stranger(number):
    return Client(REMOTE_ADDR=f"198.51.{number // 250}.{number % 250 + 1}")


def attack(requests=25, address=ANA):
    """From as many places, ask for a code each, and type wrong ones wherever a page takes one."""
    for number in range(requests):
        client = stranger(number)
        if ask_for_code(client, address).status_code == 302:
            for guess in range(6):
                type_code(client, f"{guess:06}")


def minutes_pass(minutes):
    """All attempts, and the codes that they sent, become older."""
    for attempt in SignInAttempt.objects.all():
        attempt.at = attempt.at.fromtimestamp(attempt.at.timestamp() - 60 * minutes, attempt.at.tzinfo)
        attempt.save()
    limits.clear()


# --- The attack ----------------------------------------------------------------------------------------


def test_after_many_requests_and_bad_codes_the_owner_signs_in_on_the_device_she_knows(ana):
    phone = out_again(entered(Client(), ana))
    attack()
    before = Message.objects.count()

    ask_for_code(phone, ANA)
    assert Message.objects.count() == before + 1  # a code of her own
    type_code(phone, code_for(ANA))

    assert signed_in(phone) == str(ana.pk)


def test_after_many_requests_she_signs_in_on_a_new_device_after_at_most_the_delay(ana):
    attack()
    new = Client()
    refused = ask_for_code(new, ANA)
    assert "Try again in 1 minute." in refused.context["form"].errors["login"][0]

    minutes_pass(1)
    attack(5)  # strangers ask first, as soon as anyone may
    assert ask_for_code(new, ANA).status_code == 302
    type_code(new, code_for(ANA))

    assert signed_in(new) == str(ana.pk)


def test_strangers_who_take_every_turn_take_none_of_hers(ana):
    attack()
    for minutes in (1, 2, 4, 8, 15, 15, 15):
        minutes_pass(minutes)
        attack(3)
        owner = Client()
        ask_for_code(owner, ANA)
        assert len(code_for(ANA)) == 8
        type_code(owner, code_for(ANA))
        assert signed_in(owner) == str(ana.pk)


def test_mailbox_gets_few_codes_however_many_are_asked_for(ana):
    for minute in range(60):
        minutes_pass(1)
        ask_for_code(stranger(minute), ANA)

    assert Message.objects.filter(address=ANA).count() <= 9


def test_code_that_is_on_its_way_stays_hers(ana):
    owner = Client()
    ask_for_code(owner, ANA)
    code = code_for(ANA)
    attack(20)

    type_code(owner, code)

    assert signed_in(owner) == str(ana.pk)


@pytest.mark.parametrize("address", ["nobody@example.edu", "+12135550188"])
def test_address_without_an_account_looks_the_same_under_attack(ana, address):
    def answers(to):
        limits.clear()
        found = []
        for number in range(6):
            if number in (4, 5):
                minutes_pass(1 if number == 4 else 0)
            response = ask_for_code(stranger(number), to)
            found.append((response.status_code, response.get("Location")))
        return found

    assert answers(address) == answers(ANA)
    sent = 0 if address.startswith("+") else Message.objects.filter(address=ANA).count()  # no texts to unknown numbers
    assert Message.objects.filter(address=address).count() == sent


def test_shared_code_is_said_to_be_the_newest_one(ana):
    attack(3)
    minutes_pass(1)
    ask_for_code(stranger(1), ANA)
    owner = Client()

    page = owner.get(ask_for_code(owner, ANA).url).text

    assert "We sent this address a code a few minutes ago, and it still works. Use the newest one." in page
    assert "Six-digit" not in page


def test_shared_code_expires_when_it_was_sent_not_when_it_was_asked_for(ana):
    attack(3)
    for minutes in (1, 2, 4, 8):
        minutes_pass(minutes)
        ask_for_code(stranger(minutes), ANA)
    minutes_pass(9)
    owner = Client()
    ask_for_code(owner, ANA)
    state = owner.session["account_login"]["state"]["stages"]["login_by_code"]["data"]

    assert state["at"] == pytest.approx(time.time() - 9 * 60, abs=30)


def test_six_digits_are_never_shared(ana):
    for number in range(3):
        ask_for_code(stranger(number), ANA)
        assert len(code_for(ANA)) == 6

    assert ask_for_code(Client(), ANA).status_code == 200


def test_guesses_from_one_place_do_not_use_up_those_of_another(ana):
    owner = Client()
    ask_for_code(owner, ANA)
    code = code_for(ANA)
    for _number in range(2):
        client = Client(REMOTE_ADDR="198.51.100.1")
        ask_for_code(client, ANA)
        for guess in range(6):
            type_code(client, f"{guess:06}")

    type_code(owner, code)
    assert signed_in(owner) == str(ana.pk)


def test_eleventh_guess_from_one_place_in_five_minutes_is_not_compared(ana):
    place = "198.51.100.1"
    for _number in range(2):
        client = Client(REMOTE_ADDR=place)
        ask_for_code(client, ANA)
        for guess in range(5):
            type_code(client, f"{guess:06}")
    client = Client(REMOTE_ADDR=place)
    ask_for_code(client, ANA)

    type_code(client, code_for(ANA))

    assert not signed_in(client)


def test_new_code_on_the_page_of_the_code_follows_the_same_rules(ana):
    clients = [stranger(number) for number in range(3)]
    for client in clients:
        ask_for_code(client, ANA)

    page = clients[0].post(CONFIRM, {"action": "resend"}, follow=True).text

    assert "Try again in 1 minute." in page
    assert Message.objects.count() == 3


# --- Known devices -------------------------------------------------------------------------------------


def test_known_device_that_asks_too_often_is_counted_with_the_others(ana):
    phone = out_again(entered(Client(), ana))
    for _time in range(4):
        ask_for_code(phone, ANA)
        out_again(phone)

    assert Message.objects.count() == 5
    assert SignInAttempt.objects.filter(kind="asked", is_known_device=True).count() == 3


def test_device_is_known_for_its_own_accounts_only(ana):
    phone = out_again(entered(Client(), ana))
    other = UserFactory(email="ben@example.edu")
    ask_for_code(phone, other.email)

    assert not SignInAttempt.objects.latest("pk").is_known_device


def test_two_people_on_one_phone_are_both_known(ana):
    ben = UserFactory(email="ben@example.edu")
    phone = Client()
    for person in (ana, ben):
        out_again(entered(phone, person))
    for person in (ana, ben):
        ask_for_code(phone, person.email)
        assert SignInAttempt.objects.latest("pk").is_known_device


def test_shared_device_is_not_remembered(ana, settings):
    assert settings.DEVICE_COOKIE_NAME not in entered(Client(), ana, shared="on").cookies
    assert settings.DEVICE_COOKIE_NAME in entered(Client(), ana).cookies


def test_ending_all_sessions_forgets_the_devices(ana):
    phone = entered(Client(), ana)
    accounts.end_sessions(ana, by=None, reason="role granted")
    ask_for_code(phone, ANA)

    assert not SignInAttempt.objects.latest("pk").is_known_device


@pytest.mark.parametrize("salt", ["", "another"])
def test_forged_cookie_counts_for_nothing(ana, settings, salt):
    mine = {"name": "x", "accounts": [known_devices._mark(ana)]}
    client = Client()
    client.cookies[settings.DEVICE_COOKIE_NAME] = signing.dumps(mine, salt=salt) if salt else "a:b:c"
    ask_for_code(client, ANA)

    assert not SignInAttempt.objects.get().is_known_device


def test_cookie_tells_nothing_and_scripts_cannot_read_it(ana, settings):
    cookie = entered(Client(), ana).cookies[settings.DEVICE_COOKIE_NAME]
    content = signing.loads(cookie.value, salt=known_devices.SALT)

    assert ANA not in str(content)
    assert ana.code not in str(content)
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_no_code_is_stored_with_the_attempt(ana):
    attack(3)
    minutes_pass(1)
    ask_for_code(Client(), ANA)
    attempt = SignInAttempt.objects.filter(digits=8).get()

    assert sign_in_codes._code_of(attempt) == code_for(ANA)
    assert code_for(ANA) not in str(SignInAttempt.objects.filter(pk=attempt.pk).values())
    assert code_for(ANA) not in str(list(Event.objects.values()))
    assert newest(ANA).is_secret


# --- Codes that confirm an address ---------------------------------------------------------------------


CONFIRM_EMAIL, CONFIRM_PHONE = reverse("account_email_verification_sent"), reverse("account_verify_phone")
NUMBER = "+12135550134"


def leave_the_address():
    """Accounts that others signed up for, and never confirmed, use another address now."""
    for user in User.objects.filter(preferred_name__in=["Eve", "Nadia"]):
        User.objects.filter(pk=user.pk).update(email=f"eve{user.pk}@example.edu", phone=None)
    EmailAddress.objects.filter(user__preferred_name__in=["Eve", "Nadia"]).delete()


def attack_sign_up(address, page, requests=25):
    for number in range(requests):
        client = stranger(number)
        if sign_up(client, address, name="Eve").status_code == 302:
            for guess in range(6):
                client.post(page, {"code": f"{guess:06}"})


@pytest.mark.parametrize(("address", "page"), [(ANA, CONFIRM_EMAIL), (NUMBER, CONFIRM_PHONE)])
def test_after_many_sign_ups_by_strangers_the_owner_gets_in_at_once(address, page):
    attack_sign_up(address, page)
    owner = Client()
    refused = sign_up(owner, address)
    assert refused.context["form"].errors["contact"] == [
        "We’ve sent this address several codes. Try again in 1 minute."
    ]

    # the first stranger made the account, and what was sent to the address says so
    ask_for_code(owner, address)
    type_code(owner, code_for(address))

    assert User.objects.get(pk=signed_in(owner)).preferred_name == "Eve"
    assert Message.objects.filter(address=address).count() == 3 + 1


@pytest.mark.parametrize("address", [ANA, NUMBER])
def test_sign_up_under_attack_looks_the_same_with_and_without_an_account(address):
    def answers(to):
        limits.clear()
        found = []
        for number in range(6):
            if number == 4:
                minutes_pass(1)
            response = sign_up(stranger(number), to)
            found.append((response.status_code, response.get("Location")))
        return found

    free = "free@example.edu" if "@" in address else "+12135550177"
    UserFactory(email=address) if "@" in address else UserFactory(by_phone=True, phone=address)

    assert answers(address) == answers(free)
    assert Message.objects.filter(address=address).count() == Message.objects.filter(address=free).count() == 4


def test_codes_of_sign_up_do_not_use_up_those_of_sign_in(ana):
    attack_sign_up(ANA, CONFIRM_EMAIL, requests=5)
    owner = Client()
    assert ask_for_code(owner, ANA).status_code == 302
    type_code(owner, code_for(ANA))

    assert signed_in(owner) == str(ana.pk)


@pytest.mark.parametrize(
    ("start", "data", "page"),
    [
        ("account_email", {"email": "new@example.edu", "action_add": ""}, CONFIRM_EMAIL),
        ("account_change_phone", {"phone": NUMBER}, CONFIRM_PHONE),
    ],
)
def test_person_on_a_device_she_knows_confirms_a_new_address_whatever_strangers_do(ana, start, data, page):
    address = data.get("email") or NUMBER
    phone = entered(Client(), ana)
    attack_sign_up(address, page, requests=10)
    leave_the_address()

    assert phone.post(reverse(start), data).status_code == 302
    phone.post(page, {"code": code_for(address)})

    ana.refresh_from_db()
    assert address in (ana.email, str(ana.phone))


@pytest.mark.parametrize(("address", "page"), [(ANA, CONFIRM_EMAIL), (NUMBER, CONFIRM_PHONE)])
def test_new_code_for_an_address_follows_the_same_rules(address, page):
    clients = [stranger(number) for number in range(3)]
    sign_up(clients[0], address)
    for client in clients[1:]:
        sign_up(client, address)
    sent = Message.objects.filter(address=address).count()

    refused = clients[0].post(page, {"action": "resend"}, follow=True).text
    minutes_pass(1)
    clients[0].post(page, {"action": "resend"})

    assert "Try again in 1 minute." in refused
    assert Message.objects.filter(address=address).count() == sent + 1
    clients[0].post(page, {"code": code_for(address)})
    assert signed_in(clients[0])


def test_shared_code_for_an_address_works_for_who_asks_again():
    client = Client()
    sign_up(client, ANA)
    for _number in range(2):
        sign_up(stranger(1), ANA)
    minutes_pass(1)
    client.post(CONFIRM_EMAIL, {"action": "resend"})
    code = code_for(ANA)
    page = client.post(CONFIRM_EMAIL, {"action": "resend"}, follow=True).text
    client.post(CONFIRM_EMAIL, {"code": code})

    assert len(code) == 8
    assert "We sent this address a code a few minutes ago, and it still works. Use the newest one." in page
    assert signed_in(client)


@pytest.mark.parametrize(("address", "page"), [(ANA, CONFIRM_EMAIL), (NUMBER, CONFIRM_PHONE)])
def test_guesses_at_codes_for_an_address_are_limited_per_place(address, page):
    place = "198.51.100.1"
    for _number in range(2):
        client = Client(REMOTE_ADDR=place)
        sign_up(client, address)
        for guess in range(5):
            client.post(page, {"code": f"{guess:06}"})
        leave_the_address()
    client = Client(REMOTE_ADDR=place)
    sign_up(client, address)

    client.post(page, {"code": code_for(address)})

    assert not signed_in(client)
    assert SignInAttempt.objects.filter(kind="failed").count() == 10


# --- The delay -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "seconds"), [(0, 0), (2, 0), (3, 60), (4, 120), (5, 240), (6, 480), (7, 900), (99, 900)]
)
def test_delay_doubles_up_to_the_longest(sent, seconds):
    assert delays.delay(sent, free=3, first=60, longest=900) == seconds


@given(st.integers(0, 10_000), st.integers(0, 9), st.floats(1, 600), st.floats(600, 7200), st.floats(0, 9000))
def test_wait_never_shrinks_with_more_codes_and_is_over_after_the_longest(sent, free, first, longest, since):
    limits_ = {"free": free, "first": first, "longest": longest}
    wait = delays.wait(sent, since, **limits_)

    assert 0 <= wait <= longest
    assert wait <= delays.wait(sent + 1, since, **limits_)
    assert delays.wait(sent, longest, **limits_) == 0


# --- An orientation behind one address -------------------------------------------------------------------------------


def arrive(students, seconds_apart):
    """Sign up one after the other behind one address; returns how many were sent a code, and the last page."""
    page, begins = None, timezone.now()
    for number in range(students):
        with time_machine.travel(begins + dt.timedelta(seconds=number * seconds_apart), tick=False):
            page = sign_up(Client(REMOTE_ADDR="192.0.2.7"), f"student{number}@example.edu", name="Ana")
    return Message.objects.filter(address__startswith="student").values("address").distinct().count(), page


@pytest.mark.parametrize(("campus_opened", "seconds_apart"), [(False, 3), (True, 0.2)])
def test_two_hundred_students_behind_one_address_sign_up_within_ten_minutes(campus_opened, seconds_apart):
    if campus_opened:
        CollegeFactory(orientation_on=timezone.localdate())
    assert arrive(200, seconds_apart)[0] == 200


@pytest.mark.parametrize("day", [None, dt.timedelta(days=1), -dt.timedelta(days=1)])
def test_who_comes_past_the_ceiling_of_a_network_reads_that_nothing_was_sent(day):
    CollegeFactory(orientation_on=day and timezone.localdate() + day)
    told, page = arrive(61, 0.1)
    assert told == 60
    (said,) = page.context["form"].errors["contact"]
    assert "haven’t sent you one" in said and "several codes" not in said


def test_what_one_recipient_gets_is_counted_on_the_day_of_an_orientation_too():
    CollegeFactory(orientation_on=timezone.localdate())
    for number in range(25):
        sign_up(stranger(number), ANA, name="Eve")
    assert Message.objects.filter(address=ANA).count() == 3


# --- Mail to addresses that no account has ----------------------------------------------------------


def ask_for_strangers(count, address="192.0.2.7", name="stranger"):
    """Try to sign in with that many unknown addresses from one network; returns the last answer."""
    response = None
    for number in range(count):
        response = ask_for_code(Client(REMOTE_ADDR=address), f"{name}{number}@example.org")
    return response


def written():
    return Message.objects.filter(template=mail_limits.UNKNOWN_ACCOUNT).count()


@pytest.mark.parametrize(("campus_opened", "most"), [(False, 20), (True, 30)])
def test_one_network_has_so_many_strangers_written_to_in_an_hour(campus_opened, most):
    if campus_opened:
        CollegeFactory(orientation_on=timezone.localdate())
    response = ask_for_strangers(30)
    assert written() == most
    assert response.url == reverse("account_confirm_login_code")  # which looks the same, and says how to sign up
    ask_for_strangers(1, "198.51.100.4", "another")
    assert written() == most + 1


def test_one_network_has_sixty_strangers_written_to_in_a_day():
    begins = timezone.now()
    for hour in range(6):
        with time_machine.travel(begins + dt.timedelta(hours=hour, minutes=hour), tick=False):
            ask_for_strangers(20, name=f"hour{hour}-")
    assert written() == 60


def test_a_stranger_gets_five_a_day_from_whatever_networks():
    begins = timezone.now()
    for number in range(12):
        with time_machine.travel(begins + dt.timedelta(hours=1.9 * number), tick=False):
            ask_for_code(stranger(number), "Somebody@example.org" if number % 2 else "somebody@example.org")
    assert written() == 5
    with time_machine.travel(begins + dt.timedelta(hours=26), tick=False):
        ask_for_code(stranger(50), "somebody@example.org")
    assert written() == 6


def test_all_strangers_together_have_a_ceiling_and_codes_have_none(ana):
    Fact.objects.filter(key=mail_limits.ALL_DAY).update(value=5)
    for number in range(8):
        ask_for_code(stranger(number), f"stranger{number}@example.org")
    assert written() == 5
    ask_for_code(stranger(60), ANA)
    assert Message.objects.filter(address=ANA, is_secret=True).count() == 1

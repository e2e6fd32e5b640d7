"""What happened in an account: what is recorded, who sees it, and what looks like an attack."""

import datetime as dt

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exchange.background.cached_figures import RecentEvents
from exchange.base import audit, office_tasks
from exchange.models import Event, Fact, Invitation, Message, OfficeTask, SignInAlert, SignInAttempt
from exchange.people.account import history as account_history
from exchange.people.sign_in import accounts, attempts
from tests.exchange.people.test_account import set_up_app
from tests.exchange.people.test_sessions import HOUR, entered, later
from tests.factories import UserFactory
from tests.signing import ask_for_code, code_for, minutes_old, type_code

pytestmark = pytest.mark.django_db

PAGE = reverse("account-history")
OFFICE = reverse("people-history")
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/131.0.0.0 Mobile Safari/537.36"


def happened(user):
    """(title, details) of each, oldest first."""
    return [
        (str(each.title), each.details) for each in reversed(account_history.in_words(list(account_history.own(user))))
    ]


def other_than(code):
    return "000000" if code != "000000" else "111111"


def test_sign_in_says_how_and_on_what_device(client):
    client.defaults["HTTP_USER_AGENT"] = ANDROID
    user = UserFactory(email="ana@example.edu")
    entered(client, user)

    assert happened(user) == [("Signed in", ["code by email", "Chrome on Android"])]
    page = client.get(PAGE).text
    assert "code by email · Chrome on Android" in page


def test_sign_in_by_text_says_so(client):
    user = UserFactory(by_phone=True)
    ask_for_code(client, user.phone.as_e164)
    type_code(client, code_for(user.phone.as_e164))

    assert happened(user)[-1] == ("Signed in", ["code by text", "A device we don’t recognize"])


def test_wrong_code_is_recorded_without_the_code(client):
    user = UserFactory(email="ana@example.edu")
    ask_for_code(client, user.email)
    right = code_for(user.email)
    type_code(client, other_than(right))

    assert [title for title, _details in happened(user)] == ["Wrong code entered"]
    event = Event.objects.get(action="account.wrong_code")
    assert event.by is None
    assert not any(code in str(event.changes) for code in (right, other_than(right)))


def test_wrong_code_of_a_reauthentication_is_recorded(sign_in):
    user = UserFactory(email="ana@example.edu")
    client = minutes_old(sign_in(user), 16)
    client.post(reverse("account_reauthenticate"), {"send": "email"})
    client.post(reverse("account_reauthenticate"), {"code": other_than(code_for(user.email))})

    assert [title for title, _details in happened(user)] == ["Wrong code entered"]


def test_factors_and_addresses_are_recorded(sign_in, django_capture_on_commit_callbacks):
    user = UserFactory(email="ana@example.edu")
    client = sign_in(user)
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(client)
        client.post(reverse("mfa_generate_recovery_codes"))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_deactivate_totp"))
    client.post(reverse("account_email"), {"action_add": "1", "email": "new@example.com"})
    type_code(client, code_for("new@example.com"), "account_email_verification_sent")

    titles = [title for title, _details in happened(user)]
    for title in (
        "App for sign-in codes added",
        "Recovery codes created",
        "New recovery codes created",
        "App for sign-in codes removed",
        "Email address changed",
    ):
        assert title in titles
    assert "new@example.com" not in str(list(Event.objects.values_list("changes", flat=True)))


@pytest.mark.parametrize(
    ("ends", "reason"),
    [
        (lambda client: client.post(reverse("account_logout")), []),
        (lambda client: later(client, 14 * 24 * HOUR).get(PAGE), ["the page wasn’t used for a while"]),
        (lambda client: later(client, 60 * 24 * HOUR).get(PAGE), ["time to sign in again"]),
    ],
)
def test_ended_session_says_why(client, ends, reason):
    user = UserFactory()
    entered(client, user)
    ends(client)

    title, details = happened(user)[-1]
    assert (title, details[:-1]) == ("Signed out", reason)


def test_sessions_ended_by_the_person_or_the_office_say_who(client):
    user, office = UserFactory(email="ana@example.edu"), UserFactory(coordinator=True, full_name="Ines Vega")
    entered(Client(), user)
    entered(client, user)
    client.post(reverse("usersessions_list"))
    accounts.end_sessions(user, by=office, reason="account changed")

    ended = account_history.in_words(list(account_history.own(user)))[:2]
    assert [(str(each.title), each.by) for each in ended] == [
        ("Signed out on all devices", "Ines Vega"),
        ("Signed out on all other devices", ""),
    ]
    entered(client, user)
    page = client.get(PAGE).text
    assert "Done by the exchange team" in page
    assert "Ines Vega" not in page


def test_person_sees_only_their_own_and_in_pages(sign_in):
    ana, ben = UserFactory(), UserFactory()
    for _time in range(30):
        Event.objects.create(action="person.set_language", target_model="exchange.user", target_id=ana.pk, by=ana)
    Event.objects.create(action="person.sign_up", target_model="exchange.user", target_id=ben.pk, by=ben)

    assert sign_in(ana).get(PAGE).text.count("Language changed") == 25
    assert sign_in(ana).get(PAGE, {"page": 2}).text.count("Language changed") == 5
    assert "Account created" not in sign_in(ana).get(PAGE).text


def test_spanish_page_is_in_spanish(client):
    user = UserFactory(language="es")
    entered(client, user)

    page = client.get(PAGE).text
    assert "Qué pasó en tu cuenta" in page
    assert "código por correo" in page


def test_office_searches_by_person_address_kind_and_day(sign_in):
    office = sign_in(UserFactory(coordinator=True))
    ana = UserFactory(full_name="Ana Solis", email="solis@example.edu", phone="+12135550134")
    ben = UserFactory(full_name="Ben Okoro", email="ben@example.edu")
    for user, action in ((ana, "account.signed_in"), (ben, "account.signed_in"), (ana, "account.factor_removed")):
        Event.objects.create(action=action, target_model="exchange.user", target_id=user.pk, by=user)

    def found(**query):
        page = office.get(OFFICE, query)
        return [(str(each.person), str(each.title)) for each in page.context["happenings"]]

    both = [("Ana Solis", "Second step removed"), ("Ana Solis", "Signed in")]
    for who in ("ana so", "SOLIS@example.edu", "213 555 0134"):
        assert found(who=who) == both
    assert found(kind="account.signed_in") == [("Ben Okoro", "Signed in"), ("Ana Solis", "Signed in")]
    assert len(found(day=timezone.localdate().isoformat())) == 3
    assert found(day=(timezone.localdate() - dt.timedelta(days=1)).isoformat()) == []
    assert found(day="yesterday", who="ana") == []


def test_search_costs_the_same_for_many_rows(sign_in, django_assert_max_num_queries):
    office = sign_in(UserFactory(coordinator=True))
    for _time in range(20):
        user = UserFactory()
        Event.objects.create(action="account.signed_in", target_model="exchange.user", target_id=user.pk, by=user)

    with django_assert_max_num_queries(8):
        office.get(OFFICE)


def test_technical_staff_may_search_and_others_may_not(sign_in):
    assert sign_in(UserFactory(is_staff=True)).get(OFFICE).status_code == 200
    for traits in ({}, {"advisor": True}, {"director": True}):
        assert sign_in(UserFactory(**traits)).get(OFFICE).status_code == 403


def test_signing_in_and_out_recounts_no_figure(client):
    before = RecentEvents().mark
    entered(client, UserFactory())
    client.post(reverse("account_logout"))

    assert RecentEvents().mark == before


# --- Where from ----------------------------------------------------------------------------------------


def test_no_address_of_anyone_is_stored(client):
    user = UserFactory(email="ana@example.edu")
    client.defaults["REMOTE_ADDR"] = "203.0.113.77"
    ask_for_code(client, user.email)
    type_code(client, other_than(code_for(user.email)))
    type_code(client, code_for(user.email))

    stored = str([list(model.objects.values()) for model in (SignInAttempt, Event, UserSession)])
    assert "203.0.113.77" not in stored
    assert UserSession.objects.get().ip == "203.0.113.0"
    assert set(SignInAttempt.objects.values_list("address", flat=True)) == {attempts.hash_of(user.email, "address")}


def test_network_of_ipv6_is_kept_as_48_bits(client):
    client.defaults["REMOTE_ADDR"] = "2001:db8:1:2::77"
    entered(client, UserFactory())

    assert UserSession.objects.get().ip == "2001:db8:1::"


def test_keyed_hash_depends_on_the_key(settings):
    before = attempts.hash_of("ana@example.edu", "address")
    assert attempts.hash_of("ANA@example.edu", "address") == before
    assert attempts.hash_of("ana@example.edu", "place") != before
    settings.SECRET_KEY = "another key" * 6
    assert attempts.hash_of("ana@example.edu", "address") != before


def test_attempts_are_forgotten_after_their_days():
    now = timezone.now()
    for days in (29, 31):
        SignInAttempt.objects.create(kind="asked", address="a", place="p", at=now - dt.timedelta(days=days))

    assert attempts.forget() == 1
    assert SignInAttempt.objects.get().at == now - dt.timedelta(days=29)


# --- Patterns ------------------------------------------------------------------------------------------


def tried(address, place, kind="asked", **more):
    return SignInAttempt.objects.create(kind=kind, address=address, place=place, **more)


def test_many_addresses_from_one_place_alert_each_of_the_office_once_an_hour():
    for _each in range(2):
        UserFactory(coordinator=True)
    UserFactory(advisor=True)
    for number in range(20):
        tried(f"address-{number}", "place")

    now = timezone.now()
    assert [(alert.kind, alert.count, alert.user) for alert in attempts.watch(now)] == [("addresses", 20, None)]
    assert attempts.watch(now) == []
    assert SignInAlert.objects.get().hour == now.replace(minute=0, second=0, microsecond=0)
    assert Message.objects.filter(template="exchange/sign_in_alert").count() == 2
    next_hour = now.replace(minute=0, second=0) + dt.timedelta(minutes=59, seconds=59)
    SignInAttempt.objects.update(at=next_hour)
    assert len(attempts.watch(next_hour + dt.timedelta(seconds=1))) == 1


def test_class_that_signs_in_together_alerts_nobody():
    for number in range(30):
        for kind in ("asked", "done"):
            tried(f"address-{number}", "college", kind)

    assert attempts.watch() == []


@pytest.mark.parametrize(("places", "alerts"), [(4, 0), (5, 1)])
def test_one_address_from_many_places_names_the_account(places, alerts):
    user = UserFactory()
    for number in range(places):
        tried("address", f"place-{number}", user=user)

    assert [alert.user for alert in attempts.watch()] == [user] * alerts


def test_known_devices_and_older_attempts_do_not_count():
    for number in range(30):
        tried(f"address-{number}", "place", is_known_device=True)
        tried(f"address-{number}", "place", at=timezone.now() - dt.timedelta(hours=2))

    assert attempts.watch() == []


def test_limits_of_patterns_are_facts():
    Fact.objects.filter(key="sign_in.places_per_address").update(value=2)
    tried("address", "one")
    tried("address", "two")

    assert len(attempts.watch()) == 1


def test_requests_and_wrong_codes_through_the_pages_make_the_pattern(client):
    cache.clear()
    for number in range(5):
        client = Client(REMOTE_ADDR=f"198.51.100.{number}")
        ask_for_code(client, "ana@example.edu")
        type_code(client, "123")

    assert [(alert.kind, alert.count) for alert in attempts.watch()] == [("places", 5)]


def test_an_alert_is_a_task_of_the_office_with_an_owner_until_it_is_done(sign_in):
    for number in range(5):
        tried("ana@example.edu", f"place {number}")
    (alert,) = attempts.watch()
    (task,) = OfficeTask.objects.all()
    coordinator = UserFactory(coordinator=True, full_name="Rosa Delgado")
    office = sign_in(coordinator)
    assert office_tasks.words_of(task).title == "Looks like an attack: one account tried from 5 places"
    assert task.path == OFFICE and attempts.watch() == []

    office_tasks.assign(task, coordinator, by=coordinator)
    office.post(reverse("people-alert-handled", args=[alert.code]))
    task.refresh_from_db()
    assert task.done_by == coordinator


def test_an_alert_whose_task_is_done_is_off_the_page(sign_in):
    for number in range(5):
        tried("ana@example.edu", f"place {number}")
    attempts.watch()
    coordinator = UserFactory(coordinator=True)
    assert "one address was tried" in sign_in(coordinator).get(OFFICE).text.lower()

    office_tasks.finish(OfficeTask.objects.get(), by=coordinator)

    assert "one address was tried" not in sign_in(coordinator).get(OFFICE).text.lower()


def test_office_marks_an_alert_as_handled_once(sign_in):
    alert = SignInAlert.objects.create(kind="addresses", about="x", hour=timezone.now(), count=21)
    office = sign_in(UserFactory(coordinator=True))
    assert "21 addresses were tried" in office.get(OFFICE).text

    handled = reverse("people-alert-handled", args=[alert.code])
    office.post(handled)
    again = office.post(handled, follow=True)

    alert.refresh_from_db()
    assert alert.handled_by
    assert "already took care" in again.text
    assert "21 addresses were tried" not in again.text
    assert sign_in(UserFactory(is_staff=True)).post(handled).status_code == 403


# --- In words ------------------------------------------------------------------------------------------


def words(action, *, by=None, reason="", **changes):
    user = UserFactory()
    audit.record(action, user, by=user if by is None else by, reason=reason, changes=changes)
    (found,) = account_history.in_words(list(account_history.own(user)), shows_people=True)
    assert found.person == user
    return str(found.title), found.details, found.by, found.note


def test_each_happening_says_what_was_changed_how_and_by_whom():
    ines = UserFactory(coordinator=True, full_name="Ines Vega", preferred_name="")
    by = str(ines)
    assert words("person.set_phone", is_verified=True) == ("Phone number confirmed", [], "", "")
    assert words("person.set_phone", is_verified=False) == ("Phone number entered", [], "", "")
    assert words("account.factor_added", method="totp")[0] == "App for sign-in codes added"
    assert words("account.signed_in", methods=["email", "unknown", "totp"])[1] == [
        "code by email",
        "app for sign-in codes",
    ]
    assert words("account.reset_asked", by=ines, reason="Called us", kind="phone") == (
        "Reset requested",
        ["phone number"],
        by,
        "Called us",
    )
    assert words("account.reset_done", by=ines, reason="x", kind="email") == ("Reset done", ["email address"], by, "")
    assert words("role.move", by=ines, role="advisor", college="Harbor", to="Pierce")[1] == [
        "advisor",
        "Harbor",
        "Pierce",
    ]
    assert words("person.end_sessions", by=ines, reason="role ended", count=1)[1] == ["a role was removed", "1 device"]
    assert words("person.end_sessions", why="idle", count=3)[1] == ["the page wasn’t used for a while", "3 devices"]


def test_what_became_of_an_invitation_is_its_own_newest_first():
    ines = UserFactory(coordinator=True, full_name="Ines Vega")
    invitation, other = (
        Invitation.objects.create(kind="reader", email=f"{name}@example.edu", expires_at=timezone.now())
        for name in ("one", "other")
    )
    for action in ("invitation.invite", "invitation.send_again", "invitation.something_else"):
        audit.record(action, invitation, by=ines)
    audit.record("invitation.end", other, by=ines)
    found = account_history.of_invitation(invitation)
    assert [(str(each.title), each.by) for each in found] == [("Sent again", str(ines)), ("Invited", str(ines))]


def test_the_office_searches_by_name_kind_and_local_day():
    ana, ben = UserFactory(full_name="Ana Solis"), UserFactory(full_name="Ben Osei")
    for user in (ana, ben, ana):
        audit.record("person.set_language", user, by=user)
    audit.record("role.grant", ben, by=ben)
    everything, today = account_history.of_accounts(), timezone.localdate()
    keys = [event.pk for event in account_history.search(everything)]
    assert len(keys) == 4 and keys == sorted(keys, reverse=True)
    assert {event.target_id for event in account_history.search(everything, who="solis")} == {ana.pk}
    assert account_history.search(everything, kind="role.grant").count() == 1
    assert account_history.search(everything, day=today).count() == 4
    for days in (-1, 1):
        assert not account_history.search(everything, day=today + dt.timedelta(days=days)).exists()
    assert not account_history.visible_to(ana).exists()

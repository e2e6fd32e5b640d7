"""All that acts on accounts, roles and invitations leave behind: rows, events, messages, tasks, and every refusal."""

import time
from dataclasses import replace
from types import SimpleNamespace
from unittest import mock

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from applications.models import ReaderProfile
from exchange.base import audit, office_tasks
from exchange.models import (
    AccountMerge,
    AccountReset,
    Event,
    GrantKind,
    Invitation,
    OfficeTask,
    PastRole,
    Role,
    SignInAlert,
    SignInAttempt,
    SingleSignOn,
    TextConsent,
    User,
)
from exchange.people import searching
from exchange.people.account import events as account_events
from exchange.people.account import history as account_history
from exchange.people.colleges import named_advisor as colleges
from exchange.people.colleges import single_sign_on
from exchange.people.merging import actions as merging
from exchange.people.roles import comparing, granting, handing_on, invitations, role_changes, who
from exchange.people.roles.handing_on import Leaving
from exchange.people.roles.who import Filters
from exchange.people.second import resets as account_resets
from exchange.people.second import same_person, second
from exchange.people.sign_in import accounts, adapters, attempts, known_devices, networks
from exchange.people.sign_in import codes as sign_in_codes
from exchange.people.sign_in.adapters import AccountAdapter
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    application_facts,
    review_facts,
)
from tests.told_whole import steady
from tests.wholes import NAMES, is_as_written, whole

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers(still, db):
    application_facts(), review_facts()


def person(name, email="", **more):
    email = email or f"{name.split()[0].lower()}@example.gov"
    return UserFactory(full_name=name, preferred_name="", email=email, **more)


@pytest.fixture
def ines(still):
    return person("Ines Vega", coordinator=True)


@pytest.fixture
def omar(still):
    return person("Omar Diaz", coordinator=True)


@pytest.fixture
def theo(still):
    return person("Theo Lund", is_staff=True, is_superuser=True)


@pytest.fixture
def harbor(still):
    return CollegeFactory(name="Harbor College", short_name="Harbor", code="harbor")


@pytest.fixture
def pierce(still):
    return CollegeFactory(name="Pierce College", short_name="Pierce", code="pierce")


def same(name, text):
    return is_as_written(name, text, changing=NAMES)


# --- Invitations and roles ---------------------------------------------------------------------------


def test_invitations(story, ines, omar, theo, harbor, pierce):
    person("Dora Dean", director=True)

    def invite(email="ana@example.edu", kind="advisor", college=harbor, by=ines, **more):
        return invitations.invite(email, kind, college=college, by=by, **more)

    story.act("an owner by the office", invite, kind="owner", college=None)
    story.act("no college", invite, college=None)
    story.act("oneself", invite, "INES+x@example.gov", "reader", None)
    story.act("a colleague of whom nothing is said", invite, "new@example.gov", "coordinator", None, by=theo)
    first = story.act("advisor", invite, " Ana@Example.edu ", name=" Ana Solis ", language="es")
    story.act("twice", invite)
    story.act("elsewhere, not looked at", invite, college=pierce)
    remarks = comparing.look("ana@example.edu", "advisor", pierce)
    story.say("remarks", remarks)
    meant = comparing.fingerprint(remarks, "ana@example.edu")
    story.act("elsewhere, meant", invite, college=pierce, meant=meant, is_sent=False)
    both = {"name": "Cy Coe", "is_known": True}
    second_one = story.act("coordinator", invite, "cy@example.gov", "coordinator", None, by=theo, **both)
    owner = story.act("owner", invite, "olga@example.gov", "owner", None, by=theo, name="Olga O", is_known=True)
    server = story.act("on the server", invite, "root@example.gov", "director", None, by=None)
    story.later(hours=1)
    story.act("again", invitations.send_again, first, by=omar)
    story.act("again, by nobody who may", invitations.send_again, owner, by=ines)
    story.act("end", invitations.end, server, by=theo)
    story.act("end twice", invitations.end, server, by=theo)
    story.act("again after the end", invitations.send_again, server, by=theo)
    ana = story.act("account", invitations.open_account, first)
    story.act("account twice", invitations.open_account, first)
    story.say("for", [invitations.is_for(first, ana)])
    story.act("not proved", invitations.accept, first, by=ana)
    EmailAddress.objects.create(user=ana, email="ana@example.edu", verified=True, primary=True)
    story.say("for", [invitations.is_for(first, ana), invitations.is_for(second_one, ana)])
    story.act("accept", invitations.accept, first, by=ana, full_name=" Ana Solis Paz ")
    story.act("accept twice", invitations.accept, first, by=ana)
    first.refresh_from_db(), server.refresh_from_db()
    story.say("closed", [invitations.why_closed(*each) for each in ((first, ana), (first, ines), (server, ana))])
    cy = story.act("account", invitations.open_account, second_one)
    EmailAddress.objects.create(user=cy, email="cy@example.gov", verified=True, primary=True)
    story.act("accept", invitations.accept, second_one, by=cy)
    story.act("has it", invite, "ana@example.edu")
    story.later(days=40)
    story.say("closed", invitations.why_closed(owner, None))
    story.act("expired", invitations.open_account, owner)
    story.act("anew", invite, "olga@example.gov", "owner", None, by=theo, name="Olga O", is_known=True)
    late = story.act("reader", invite, "rea@example.edu", "reader", None, by=omar)
    rea = invitations.open_account(late)
    EmailAddress.objects.create(user=rea, email="rea@example.edu", verified=True, primary=True)
    Role.objects.filter(user=omar).delete()
    story.act("of somebody who left", invitations.accept, late, by=rea)
    User.objects.filter(pk=rea.pk).update(is_active=False)
    story.act("closed account", invitations.open_account, late)
    story.act("closed account", invite, "rea@example.edu", "reader", None)
    story.act("made in the admin", invitations.tell_of_owner, theo, by=ines)
    story.say(
        "link", [invitations.of_link(first.link.rstrip("/").rpartition("/")[2]) == first, invitations.of_link("x")]
    )
    histories = {str(each): account_history.of_invitation(each) for each in Invitation.objects.order_by("pk")}
    story.say("histories", histories)
    assert same("invitations", story.text(Invitation, Role))


def test_what_is_said_before_somebody_is_invited(ines, harbor, pierce):
    closed = person("Gone Away", "gone@example.edu", is_active=False)
    advisor = person("Ada Advisor", "ada@example.edu", advisor=harbor)
    EmailAddress.objects.create(user=advisor, email="Ada.Other@example.edu", verified=True)
    student = person("Sam Student", "sam@example.edu")
    ApplicationFactory(student=student, submitted=True)
    ends = timezone.now()
    Invitation.objects.create(kind="advisor", college=harbor, email="ada.other@example.edu", expires_at=ends)
    found = {"lookup": [comparing.account_of(each) == advisor for each in ("ada.other@example.edu", "x@example.edu")]}
    for email in ("gone@example.edu", "ADA.other@example.edu", "sam@example.edu", "ines@example.gov"):
        for kind, college in (("advisor", harbor), ("advisor", pierce), ("director", None), ("reader", None)):
            found[f"{email} {kind} {college or ''}"] = comparing.look(email, kind, college)
    found["addresses"] = sorted(comparing.addresses_of(advisor, "x@example.edu"))
    assert closed and same("remarks", steady(whole(found)))


def test_roles_end_move_and_come_back(story, ines, omar, theo, harbor, pierce):
    ana, ben = person("Ana Solis", advisor=harbor), person("Ben Osei", advisor=harbor)
    harbor = colleges.name_advisor(harbor, ana, by=ines)
    for number in range(2):
        office_tasks.open(f"k{number}", "exchange.second", due_on=timezone.localdate(), owner=omar, by=ines)
    ReaderProfile.objects.create(user=ana)
    cycle = CycleFactory()
    for college in (harbor, pierce):
        AssignmentFactory(reader=ana, application=ApplicationFactory(submitted=True, cycle=cycle, college=college))

    def end(user, kind, college=None, by=ines, **more):
        leaving = Leaving(user, kind, college, **more)
        return role_changes.end(leaving, seen=handing_on.fingerprint(leaving), by=by)

    def move(user, college, to, by=ines, **more):
        leaving = Leaving(user, GrantKind.ADVISOR, college, to=to, **more)
        return role_changes.move(leaving, seen=handing_on.fingerprint(leaving), by=by)

    leaving = Leaving(ana, GrantKind.ADVISOR, harbor, successor=ben)
    story.say("preview", handing_on.preview(leaving))
    story.say("preview to nobody", handing_on.preview(Leaving(ana, GrantKind.ADVISOR, harbor)))
    story.say("preview of a move", handing_on.preview(Leaving(ana, GrantKind.ADVISOR, harbor, to=pierce)))
    story.say("preview of the office", handing_on.preview(Leaving(omar, GrantKind.COORDINATOR, None, successor=ines)))
    for each in (leaving, Leaving(omar, GrantKind.COORDINATOR, None), Leaving(theo, GrantKind.OWNER, None)):
        story.say("successors", [str(one) for one in handing_on.successors(each)])
    story.act("by an advisor", end, ana, "advisor", harbor, by=ben)
    story.act("own", end, ines, "coordinator")
    story.act("has it not", end, ben, "advisor", pierce)
    story.act("old page", role_changes.end, leaving, seen="old", by=ines)
    story.act("same college", move, ana, harbor, harbor)
    moved = story.act("move", move, ana, harbor, pierce, successor=ben)
    story.say("can be undone", role_changes.can_be_undone(moved))
    story.act("own undo", role_changes.undo, moved, by=ana)
    story.later(minutes=5)
    story.act("undo", role_changes.undo, moved, by=omar)
    story.act("undo twice", role_changes.undo, moved, by=omar)
    ended = story.act("end", end, ana, "advisor", harbor, successor=ben)
    colleges.name_advisor(harbor, None, by=ines)
    story.act("undo, in part", role_changes.undo, ended, by=ines)
    left = story.act("the office", end, omar, "coordinator", by=theo, successor=ines)
    office_tasks.assign(OfficeTask.objects.order_by("pk")[0], None, by=ines)
    story.act("the last one", end, ines, "coordinator", by=theo)
    story.act("undo by the office", role_changes.undo, left, by=ines)
    story.act("undo", role_changes.undo, left, by=theo)
    owner = story.act("owner", end, theo, "owner", by=theo)
    other = person("Olga O", is_staff=True, is_superuser=True)
    owner = story.act("owner", end, other, "owner", by=theo)
    story.act("undo", role_changes.undo, owner, by=theo)
    rea = ReaderProfile.objects.create(user=person("Rea Ding")).user
    AssignmentFactory(reader=rea, application=ApplicationFactory(submitted=True, cycle=cycle, college=harbor))
    story.say("preview of a reader", handing_on.preview(Leaving(rea, GrantKind.READER, None)))
    reader = story.act("reader", end, rea, "reader", by=ines)
    if reader:
        story.act("undo", role_changes.undo, reader, by=ines)
    Role.objects.create(user=ben, kind="coordinator")
    Role.objects.create(user=ben, kind="director")
    story.act("end one of two", end, User.objects.get(pk=ben.pk), "coordinator", by=theo)
    late = story.act("end", end, ben, "advisor", harbor)
    story.later(days=10)
    story.act("too late", role_changes.undo, late, by=ines)
    story.say("words", [granting.words_of("advisor", harbor), granting.words_of("owner")])
    assert same("roles", story.text(PastRole, Role, ReaderProfile))


def test_who_signs_for_a_college(story, ines, harbor, pierce):
    ana, ben = person("Ana Solis", advisor=harbor), person("Ben Osei", advisor=harbor)
    story.say("first", str(colleges.advisor_of(harbor)))
    story.act("not theirs", colleges.name_advisor, pierce, ana, by=ines)
    story.act("ben", colleges.name_advisor, harbor, ben, by=ines)
    story.act("ben twice", colleges.name_advisor, harbor, ben, by=ines)
    harbor.refresh_from_db()
    story.act("ana", colleges.name_advisor, harbor, ana, by=ines)
    harbor.refresh_from_db()
    story.say("named", [str(colleges.advisor_of(each)) for each in (harbor, pierce, None)])
    User.objects.filter(pk=ana.pk).update(is_active=False)
    harbor.refresh_from_db()
    story.say("without ana", str(colleges.advisor_of(harbor)))
    text = story.text()
    assert same("colleges", "\n".join(line.partition("named_advisor=")[0] for line in text.splitlines()))


def test_who_can_do_what(ines, omar, theo, harbor, pierce):
    ana = person("Ana Solis", advisor=harbor)
    Role.objects.create(user=ana, kind="advisor", college=pierce)
    ReaderProfile.objects.create(user=person("Rea Ding"))
    person("Dora Dean", director=True)
    Invitation.objects.create(
        kind="advisor", college=harbor, email="new@example.edu", name="Nu", expires_at=timezone.now()
    )
    Invitation.objects.create(kind="director", email="dir@example.edu", expires_at=timezone.now(), invited_by=ines)
    past = PastRole.objects.create(user=omar, kind="advisor", college=harbor, ended_by=ines, handed={})
    PastRole.objects.create(user=ana, kind="director", ended_by=ines, handed={}, became=None)
    found = {"kinds": [" ".join(each) for each in who.kinds()]}
    for name, filters in {
        "all": Filters(),
        "advisors": Filters(kind="advisor"),
        "readers": Filters(kind="reader"),
        "owners": Filters(kind="owner"),
        "leaders": Filters(kind="leader"),
        "harbor": Filters(college="harbor"),
        "called": Filters(q="dea"),
    }.items():
        people = who.with_duties(who.active(filters)).order_by("full_name")
        found[name] = {
            "active": {str(row.person): "; ".join(row.does) for row in who.rows(list(people))},
            "invited": [f"{each} {each.kind}" for each in who.invited(ines, filters).order_by("pk")],
            "ended": [f"{each.user} {each.kind}" for each in who.ended(ines, filters).order_by("pk")],
        }
    found["one"] = who.row_of(ana).does
    found["cells"] = {
        state: [str(column.cell(row)) for column in who.COLUMNS[state].by_key.values()]
        for state, row in (
            (who.ACTIVE, who.row_of(ana)),
            (who.INVITED, Invitation.objects.earliest("pk")),
            (who.ENDED, past),
        )
    }
    who.record_download("active", 3, by=ines)
    event = Event.objects.get(action="people.download")
    found["download"] = [str(event.by), event.target_id == ines.pk, event.changes]
    assert same("who", steady(whole(found)))


# --- Two accounts, resets ----------------------------------------------------------------------------


def test_two_accounts_become_one(story, ines, omar, theo, harbor):
    ada = person("Ada Advisor", advisor=harbor)
    kept = person("Ana Solis", "ana@example.edu")
    closed = UserFactory(full_name="Ana S", preferred_name="", email="ana.s@example.edu", language="es")
    User.objects.filter(pk=closed.pk).update(phone="+12135550177", phone_verified_at=timezone.now())
    closed.refresh_from_db()
    EmailAddress.objects.create(user=closed, email="second@example.edu", verified=True)
    EmailAddress.objects.create(user=closed, email="typed@example.edu", verified=False)
    ApplicationFactory(student=closed, submitted=True, college=harbor)
    found = merging.look(kept, closed)
    story.say("look", replace(found, openings=[each.what for each in found.openings]))
    story.say("look at one", merging.look(kept, kept).stops)
    story.say("look at staff", merging.look(kept, ada).stops)
    unconfirmed = UserFactory(
        full_name="Ana U", preferred_name="", email="u@example.edu", confirmed=False, phone="+12135550178"
    )
    story.say("look at what was never confirmed", merging.look(kept, unconfirmed))

    def ask(one=kept, other=closed, by=ines, reason="She called."):
        return merging.ask(one, other, reason=reason, seen=merging.look(one, other).fingerprint, by=by)

    def confirm(merge, by):
        merging.confirm(merge, seen=merging.look(merge.kept, merge.closed).fingerprint, by=by)

    story.act("by an advisor", ask, by=ada)
    story.act("staff", ask, other=ada)
    story.act("old page", merging.ask, kept, closed, reason="x", seen="old", by=ines)
    story.act("nothing to settle", merging.leave_to_office, kept, closed, by=ines)
    merge = story.act("ask", ask)
    story.act("ask twice", ask, by=omar)
    story.say("open", [bool(merging.open_for(each)) for each in (kept, closed, ines)])
    story.say("may", [str(each) for each in second.who_may(merge)])
    story.say("why not", [second.why_not(merge, each) for each in (ines, omar, theo, ada, closed)])
    story.say("told", [second.is_told(merge, each) for each in (ines, omar, theo, ada, closed, unconfirmed)])
    story.act("alone", confirm, merge, ines)
    story.act("stop by a stranger", merging.cancel, merge, "x", unconfirmed)
    story.act("stop", merging.cancel, merge, "Not me", closed)
    story.act("stop twice", merging.cancel, merge, "Not me", closed)
    story.later(minutes=5)
    merge = story.act("ask again", ask)
    story.act("confirm", confirm, merge, omar)
    story.act("confirm twice", confirm, merge, omar)
    merge.refresh_from_db()
    story.say("can be undone", merging.can_be_undone(merge))
    story.act("undo by an advisor", merging.undo, merge, by=ada)
    emails = EmailAddress.objects.filter(user=kept).order_by("pk").values_list("email", "primary", "verified")
    story.say("addresses", [list(map(str, each)) for each in emails])
    again = User.objects.get(pk=kept.pk)
    story.say("same", [same_person.why_one(again, each) or "-" for each in (closed, unconfirmed, omar)])
    story.say("second", [same_person.why_not_second(again, each) for each in (closed, omar)])
    story.later(minutes=5)
    story.act("undo", merging.undo, merge, by=ines)
    story.act("undo twice", merging.undo, merge, by=ines)
    emails = EmailAddress.objects.order_by("pk").values_list("user__full_name", "email", "primary", "verified")
    story.say("addresses", [list(map(str, each)) for each in emails])
    merge = story.act("once more", ask)
    story.later(days=3, hours=1)
    story.say("why not", [second.why_not(merge, each) for each in (ines, omar)])
    story.act("alone, after a while", confirm, merge, ines)
    merge.refresh_from_db()
    story.later(days=9)
    story.act("too late", merging.undo, merge, by=ines)
    late = story.act("another", ask, kept, unconfirmed)
    story.later(days=30)
    story.act("expired", confirm, late, omar)
    story.act("expired", second.drop_expired)
    story.say("open", [bool(merging.open_for(each)) for each in (kept, unconfirmed)])
    people = User.objects.order_by("pk").values_list("full_name", "email", "phone", "is_active")
    story.say("people", [" ".join(map(str, each)) for each in people])
    text = story.text(AccountMerge)
    assert same("merging", "\n".join(line for line in text.splitlines() if not line.startswith("    moved: ")))


def test_resets(story, ines, omar, theo, harbor):
    ana, ada = person("Ana Solis", "ana@example.edu"), person("Ada Advisor", advisor=harbor)
    SocialAccount.objects.create(user=ana, provider="harbor", uid="1")

    def ask(kind="email", address="new@example.com", user=ana, by=ines):
        return account_resets.ask(user, kind, reason="She came.", new_address=address, by=by)

    story.act("by an advisor", ask, by=ada)
    story.act("own", ask, user=ines)
    story.act("no factor", ask, "factor", "")
    story.act("same", ask, address="ana@example.edu")
    story.act("taken", ask, address="ADA@example.gov")
    first = story.act("email", ask)
    story.act("email twice", ask, by=omar)
    story.say("open", [bool(account_resets.open_for(each)) for each in (ana, ada)])
    story.say("may", [str(each) for each in second.who_may(first)])
    story.say("why not", [second.why_not(first, each) for each in (ines, omar, theo, ada, ana)])
    story.act("alone", account_resets.confirm, first, by=ines)
    story.act("stop", account_resets.cancel, first, "Not me", ana)
    story.act("stop twice", account_resets.cancel, first, "Not me", ana)
    story.later(minutes=1)
    again = story.act("email", ask)
    story.act("confirm", account_resets.confirm, again, by=omar)
    story.act("confirm twice", account_resets.confirm, again, by=omar)
    story.say("left", [EmailAddress.objects.filter(user=ana).count(), SocialAccount.objects.count()])
    ana.refresh_from_db()
    phone = story.act("phone", ask, "phone", "+12135550144")
    User.objects.filter(pk=ada.pk).update(phone="+12135550144")
    story.act("taken meanwhile", account_resets.confirm, phone, by=omar)
    User.objects.filter(pk=ada.pk).update(phone=None)
    Role.objects.filter(user=ines).delete()
    story.act("asker left", account_resets.confirm, phone, by=omar)
    Role.objects.create(user=ines, kind="coordinator")
    ines = User.objects.get(pk=ines.pk)
    story.later(days=3, hours=1)
    story.act("alone, after a while", account_resets.confirm, phone, by=ines)
    Authenticator.objects.create(user=ada, type="recovery_codes", data={})
    factor = story.act("factor", ask, "factor", "", ada, ines)
    story.say("may", [str(each) for each in second.who_may(factor)])
    story.later(days=30)
    story.act("expired", account_resets.confirm, factor, by=omar)
    story.act("anew", ask, "factor", "", ada, ines)
    story.act("erased", second.end_those_of, [ada.pk])
    people = User.objects.order_by("pk").values_list("full_name", "email", "phone", "phone_verified_at")
    story.say("people", [" ".join(map(str, each)) for each in people])
    assert same("resets", story.text(AccountReset))


# --- Accounts ----------------------------------------------------------------------------------------


def test_ones_own_account(story, ines):
    old = UserFactory(full_name="Old Owner", email="old@example.edu", phone="+12135550122")
    by_phone = UserFactory(full_name="By Phone", email=None, phone="+12135550133")
    new = User(full_name="New One")
    given = {"email": "new@example.edu", "phone": "+12135550122", "preferred_name": "Nu", "language": "es"}
    story.act("sign up", accounts.sign_up, new, **given)
    story.act("profile", accounts.update_profile, new, full_name="New One", preferred_name="N", language="en")
    story.act("profile twice", accounts.update_profile, new, full_name="New One", preferred_name="N", language="en")
    story.act("language", accounts.set_language, new, "es")
    story.act("language twice", accounts.set_language, new, "es")
    story.act("phone", accounts.set_phone, new, "+12135550123", is_verified=True)
    story.later(minutes=1)
    story.act("phone again", accounts.set_phone, new, "+12135550123", is_verified=True)
    story.act("phone by allauth", AccountAdapter().set_phone, new, "+12135550125", False)
    story.say("number", AccountAdapter().get_phone(new))
    story.act("phone by allauth", AccountAdapter().set_phone, new, "+12135550125", True)
    story.say("number", AccountAdapter().get_phone(new))
    story.act("phone, not confirmed", accounts.set_phone, new, "+12135550124", is_verified=False)
    for key in ("a", "b"):
        UserSession.objects.create(user=new, session_key=key, ip="192.0.2.77", user_agent="x")
    networks = list(UserSession.objects.values_list("ip", flat=True))
    story.act("end sessions", accounts.end_sessions, new, by=ines, reason="ended by the office")
    story.say("sessions", [UserSession.objects.count(), *networks])
    for each in (old, by_phone, new):
        each.refresh_from_db()
        story.say(each.full_name, [str(each.phone), each.phone_verified_at, each.language, each.preferred_name])
    assert same("accounts", story.text())


def test_what_happened_in_accounts_in_words(ines, omar, harbor, still):
    ana = person("Ana Solis", "ana@example.edu")
    phone = {"browser": "Chrome", "system": "Android"}
    for number, action in enumerate(account_history.TITLES):
        audit.record(action, ana, by=(ana, ines, None)[number % 3], reason="time", changes=phone)
        still.shift(1)
    for action, changes in (
        ("account.signed_in", {"methods": ["email", "totp", "x"], "browser": "", "system": ""}),
        ("account.signed_out", {"why": "idle"}),
        ("account.wrong_code", {"method": "code"}),
        ("account.wrong_code", {"method": "x"}),
        ("account.factor_added", {"method": "totp"}),
        ("account.factor_removed", {"method": "webauthn"}),
        ("person.set_phone", {"is_verified": True}),
        ("person.set_phone", {"is_verified": False}),
        ("account.reset_done", {"kind": "factor"}),
        ("person.end_sessions", {"count": 1}),
        ("person.end_sessions", {"count": 2}),
        ("role.move", {"role": "advisor", "college": "Harbor College", "to": "Pierce College"}),
        ("role.end", {"role": "director", "college": ""}),
    ):
        audit.record(action, ana, by=omar, changes=changes)
    audit.record("account.signed_in", omar, by=omar)
    audit.record("application.submit", ana, by=ana)
    own = list(account_history.own(ana))
    found = {"own": account_history.in_words(own), "all": len(account_history.visible_to(ines))}
    found["nobody"] = [len(account_history.visible_to(each)) for each in (ana, AnonymousUser())]
    today = timezone.localdate()
    events = account_history.visible_to(ines)
    found["found"] = [
        len(account_history.search(events, **asked))
        for asked in (
            {},
            {"who": "Solis"},
            {"who": "Nobody"},
            {"kind": "role.end"},
            {"day": today},
            {"day": today.replace(day=2)},
            {"who": "omar", "kind": "account.signed_in", "day": today},
        )
    ]
    newest = account_history.in_words(list(account_history.search(events, who="Solis"))[:2], shows_people=True)
    found["with people"] = [[str(each.title), str(each.person), each.by, each.note] for each in newest]
    assert same("history", steady(whole(found)))


def test_searching_for_people():
    people = [
        person("José Núñez", "jose@example.edu", phone="+12135550144"),
        person("Ana Solís", "ana.nunez@example.edu"),
        person("Ben 100%", "ben@example.edu"),
    ]
    typed = (
        "nunez",
        "JOSE n",
        "ana.nunez@example.edu",
        "ana.n@example.edu",
        "100%",
        "%",
        "0144",
        "144",
        "(213) 555-0144",
    )
    typed += ("(213) 555-0144", "", "a b c d e f g", "nunez 0144", "jose@example", "555 0144")
    found = {each: " | ".join(sorted(map(str, searching.people_called(each)))) for each in typed}
    found |= {f"digits of {each}": searching.digits_of(each) or "none" for each in typed}
    found |= {f"words of {each}": searching.words_of(each) for each in typed}
    among = searching.people_called("nunez", User.objects.filter(pk=people[0].pk))
    found["among"] = " | ".join(map(str, among))
    assert same("searching", steady(whole(found)))


# --- Signing in --------------------------------------------------------------------------------------


def request_from(address, cookies=None, user=None, agent=""):
    request = RequestFactory().post("/", REMOTE_ADDR=address, HTTP_USER_AGENT=agent)
    request.session, request.user = SessionStore(), user or AnonymousUser()
    request._messages = FallbackStorage(request)
    request.COOKIES.update(cookies or {})
    return request


def test_codes_and_attempts(story, ines, omar, still):
    ana = person("Ana Solis", "ana@example.edu")
    page = HttpResponse()
    known_devices.remember(request_from("192.0.2.1"), page, ana)
    cookies = {key: value.value for key, value in page.cookies.items()}
    story.say("cookie", [[value["max-age"], value["httponly"], value["samesite"]] for value in page.cookies.values()])
    story.say(
        "known", [bool(known_devices.name_for(request_from("192.0.2.1", cookies), each)) for each in (ana, omar, None)]
    )
    for number in range(7):
        granted = sign_in_codes.grant(request_from("192.0.2.9"), "ana@example.edu", ana)
        said = [len(granted.code), granted.is_new, round(granted.wait), granted.refusal if granted.wait else ""]
        story.say(f"stranger {number}", said)
        story.later(seconds=20)
    granted = sign_in_codes.grant(request_from("192.0.2.1", cookies), "ana@example.edu", ana)
    story.say("known device", [len(granted.code), granted.is_new, granted.confirms])
    confirms = sign_in_codes.to_confirm(request := request_from("192.0.2.1", user=ana), "b@example.edu")
    story.say("to confirm", [len(confirms.code), confirms.confirms, sign_in_codes.is_decided(request, "b@example.edu")])
    story.say("decided once", sign_in_codes.to_confirm(request, "b@example.edu") == confirms)
    guesses = {"stranger": request_from("192.0.2.50"), "known": request_from("192.0.2.51", cookies)}
    allowed = dict.fromkeys(guesses, 0)
    for _round in range(6):
        for name, request in guesses.items():
            allowed[name] += sum(sign_in_codes.may_guess(request, "ana@example.edu", ana) for _guess in range(12))
        story.later(minutes=6)
    story.say("guesses", allowed)
    with mock.patch.object(networks, "may", lambda request, action, dry_run=False: action != "text_code"):
        story.say(
            "no texts left", sign_in_codes.grant(request_from("192.0.2.60"), "+12135550188", None).is_without_texts
        )
        story.say("but email", sign_in_codes.grant(request_from("192.0.2.60"), "c@example.edu", None).is_new)
    with mock.patch.object(networks, "may", lambda request, action, dry_run=False: False):
        story.say("crowded", sign_in_codes.grant(request_from("192.0.2.60"), "d@example.edu", None).is_crowded)
    for grant in (
        sign_in_codes.Grant(wait=60),
        sign_in_codes.Grant(wait=150, confirms=True),
        sign_in_codes.Grant(wait=10, is_crowded=True),
        sign_in_codes.Grant(wait=10, is_without_texts=True),
    ):
        story.say("refusal", grant.refusal)
    for number in range(30):
        attempts.note(request_from("198.51.100.7"), SignInAttempt.Kind.ASKED, f"s{number}@example.edu", None)
        attempts.note(request_from(f"203.0.113.{number}"), SignInAttempt.Kind.ASKED, "ana@example.edu", ana)
    story.say("alerts", [[each.kind, each.count, str(each.user)] for each in attempts.watch()])
    story.say("alerts again", [each.kind for each in attempts.watch()])
    alert = SignInAlert.objects.order_by("pk")[0]
    story.act("handle", attempts.handle, alert, by=ines)
    story.act("handle twice", attempts.handle, alert, by=omar)
    story.say("open", [each.kind for each in attempts.open_alerts()])
    story.later(hours=2)
    story.say("later", [each.kind for each in attempts.watch()])
    kinds = SignInAttempt.objects.values_list("kind", "is_known_device").order_by("kind", "is_known_device").distinct()
    story.say("kinds", [" ".join(map(str, each)) for each in kinds])
    story.later(days=400)
    story.say("forgotten", attempts.forget() > 0)
    assert same("signing_in", story.text(SignInAlert))


def test_what_allauth_asks_of_us(story, ines):
    """Which messages it sends, how long a session lasts, how somebody proves who they are."""
    by_phone = UserFactory(full_name="Phil Phone", preferred_name="", by_phone=True)
    User.objects.filter(pk=by_phone.pk).update(phone="+12135550151")
    by_phone.refresh_from_db()
    ana = person("Ana Solis", "ana@example.edu")
    with_app = person("Tom Totp", "tom@example.edu")
    Authenticator.objects.create(user=with_app, type="totp", data={"secret": "x"})
    for each in (ana, with_app):
        Authenticator.objects.create(user=each, type="webauthn", data={"name": "k", "credential": {}})

    def of(user=None, address="192.0.2.80"):
        request = request_from(address, user=user)
        adapter = adapters.AccountAdapter()
        adapter.request = request
        return adapter, request

    for prefix in adapters.MAILS:
        code = {"code": "123456"} if "code" in prefix or "confirmation" in prefix else {}
        for email in ("ana@example.edu", "nobody@example.edu"):
            story.act(f"mail {prefix}", of()[0].send_mail, prefix, email, code)
    for prefix in (*adapters.CHANGES, "account/email/other"):
        story.act(f"change {prefix}", of(ana)[0].send_notification_mail, prefix, ana, email="ana@example.edu")
    adapter, request = of(by_phone)
    story.act("text to sign in", adapter.send_verification_code_sms, by_phone, "+12135550151", "654321")
    story.act("text to nobody", adapter.send_unknown_account_sms, "+12135550159")
    story.act("text to a known one", adapter.send_account_already_exists_sms, "+12135550151")
    story.act("text once more", adapter.send_account_already_exists_sms, "+12135550151")
    story.say("code", len(adapter.generate_phone_verification_code(user=by_phone, phone="+12135550152")))
    request.session[adapters.TEXTS_SESSION_KEY] = "+12135550151"
    story.act("phone confirmed", adapter.set_phone_verified, by_phone, "+12135550151")
    UserSession.objects.create(user=ana, session_key="a", ip="192.0.2.1", user_agent="x")
    UserSession.objects.create(user=ana, session_key="b", ip="192.0.2.1", user_agent="x")
    User.objects.filter(pk=ana.pk).update(phone="+12135550153", phone_verified_at=timezone.now())
    ana.refresh_from_db()
    adapter, request = of(ana)
    story.act("phone changed", adapter.set_phone_verified, ana, "+12135550154")
    story.say("said", [str(each) for each in request._messages])
    phones = ("+12135550151", "+12135550154", "+12135550199")
    story.say("by phone", [str(adapter.get_user_by_phone(each)) for each in phones])
    people = [ana, with_app, by_phone, ines, AnonymousUser()]
    ways = {str(each): [way["id"] for way in adapter.get_reauthentication_methods(each)] for each in people}
    story.say("proofs", ways)
    story.say("two steps", {str(each): adapters.has_second_step(each) for each in people})
    for user, is_shared in ((ana, False), (ana, True), (ines, False), (ines, True)):
        request = request_from("192.0.2.81", user=user)
        if is_shared:
            request.session[adapters.SHARED_SESSION_KEY] = True
        found = [adapters.limit_session(request, user), request.session.get_expire_at_browser_close()]
        story.say(f"session of {user}", [*found, *_lasting(request.session)])
        story.later(hours=1)
        adapters.extend_session(request)
        story.say("longer", _lasting(request.session))
    for user in (ana, ines):
        request = request_from("192.0.2.82", user=user)
        adapters.offer_passkey(request, user)
        story.say(f"offered to {user}", [str(each) for each in request._messages])
    mfa = adapters.MFAAdapter()
    story.say("names", [mfa.generate_authenticator_name(each, "webauthn") for each in (ines, ana)])
    story.say("sealed", [mfa.decrypt(mfa.encrypt("secret")), mfa.encrypt("secret") == "secret", mfa._get_site_name()])
    assert same("allauth", story.text(TextConsent))


def _lasting(session):
    """What it says of its end, in seconds from now."""
    said = dict(session.items()) | {"seen_at": round(session["seen_at"] - time.time())}
    said["session_ends"] = said["session_ends"] | {"at": round(said["session_ends"]["at"] - time.time())}
    return [f"{key}={value}" for key, value in sorted(said.items())]


def test_a_colleges_sign_in(harbor, pierce, ines, theo):
    oidc = SingleSignOn.objects.create(
        college=harbor, protocol="oidc", is_on=True, domains="harbor.example.edu", server_url="https://id.example.edu",
        client_id="portal", client_secret="secret", hosts="a.example.edu b.example.edu",
    )  # fmt: skip
    saml = SingleSignOn(
        college=pierce, protocol="saml", entity_id="x", server_url="https://s.example.edu", certificate="C"
    )
    found = {}
    for name, row in (("oidc", oidc), ("saml", saml)):
        app = single_sign_on.app_of(row)
        names = ("provider", "provider_id", "name", "client_id", "secret", "settings")
        found[name] = {key: getattr(app, key) for key in names}
    saml.uid_attribute = "mail"
    found["saml, other names"] = single_sign_on.app_of(saml).settings["attribute_mapping"]
    adapter = single_sign_on.SingleSignOnAdapter()
    asked = [{}, {"provider": "harbor"}, {"provider": "openid_connect"}, {"provider": "x"}, {"client_id": "portal"}]
    found["apps"] = [len(adapter.list_apps(None, **each)) for each in [*asked, {"client_id": "x"}]]
    for code, error in (("nowhere", "unknown"), ("harbor", "cancelled")):  # neither has a page of its own
        adapter.on_authentication_error(None, SimpleNamespace(app=SimpleNamespace(provider_id=code)), error=error)
    both = person("Bo Both", advisor=harbor)
    Role.objects.create(user=both, kind="advisor", college=pierce)
    people = [person("Sam Student", "sam@example.edu"), person("Ada Advisor", advisor=harbor), both, ines, theo]
    found["beyond"] = {str(each): single_sign_on.reaches_beyond(User.objects.get(pk=each.pk), oidc) for each in people}
    found["account events"] = sorted(each for each in vars(account_events) if each.isupper())
    assert same("college_sign_in", steady(whole(found)))

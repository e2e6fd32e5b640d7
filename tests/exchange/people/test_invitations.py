"""Invitations: made by whoever may give the role, accepted by whoever proves the address, and by nobody else."""

import datetime as dt
import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.models import Event, GrantKind, Invitation, Message, Role, User
from exchange.models.invitation import OF_TWO
from exchange.people.roles import comparing, invitations
from tests.exchange.people.test_sessions import entered
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import review_facts
from tests.services import free_port
from tests.signing import code_for, minutes_old, newest, signed_in

pytestmark = pytest.mark.django_db

ADDRESS = "new.advisor@example.edu"


@pytest.fixture
def ines():
    return UserFactory(coordinator=True, full_name="Ines Vega")


@pytest.fixture
def owner():
    return UserFactory(is_staff=True, is_superuser=True, full_name="Theo Lund")


@pytest.fixture
def college():
    return CollegeFactory(name="Harbor College", short_name="Harbor", code="harbor")


def invited(by, kind="director", college=None, email=ADDRESS, **more):
    who = {"name": "Nadia Haddad", "is_known": True} if kind in OF_TWO else {}
    return invitations.invite(email, kind, college=college, by=by, **who | more)


def path_of(invitation):
    return "/" + invitation.link.split("/", 3)[3]


def refusal(act, *args, **kwargs):
    with pytest.raises(RuleViolation) as caught:
        act(*args, **kwargs)
    return caught.value.code


def proved(client, invitation):
    """Ask for the code on the page of the invitation, and type it."""
    page = client.post(path_of(invitation)).url
    assert "no code will come" not in client.get(page).text
    return client.post(page, {"code": code_for(invitation.email)})


def accept(client, invitation, name="Nadia Haddad"):
    return client.post(path_of(invitation), {"full_name": name})


# --- What the actions themselves hold ---------------------------------------------------------------------


def test_an_invitation_says_who_invites_whom_to_what_and_until_when(ines, college):
    made = invited(ines, "advisor", college, email=" New.Advisor@Example.EDU ", name=" Nadia Haddad ", language="es")
    assert (made.email, made.name, made.language, made.invited_by) == (ADDRESS, "Nadia Haddad", "es", ines)
    assert made.expires_at - made.invited_at == dt.timedelta(days=14)
    assert made.sent_at and newest(ADDRESS).subject != ""
    assert (newest(ADDRESS).language, newest(ADDRESS).recipient) == ("es", None)
    assert "Nadia" in newest(ADDRESS).body
    event = Event.objects.get(action="invitation.invite")
    assert (event.by, event.target_id) == (ines, made.pk)
    assert event.changes == {"role": "advisor", "college": "Harbor College"}
    assert invitations.of_link(made.link.strip("/").rpartition("/")[2]) == made
    assert not invited(ines, "reader", email="by.hand@example.edu", is_sent=False).sent_at
    assert newest("by.hand@example.edu") is None


def test_what_expired_makes_room_for_the_same_only(ines, owner, college):
    other = CollegeFactory()
    old = [
        invited(ines, "advisor", college),
        invited(ines, "advisor", other, meant=meant_for("advisor", other)),
        invited(owner, "director"),
        invited(owner, "director", email="someone@example.edu"),
    ]
    Invitation.objects.update(expires_at=timezone.now())
    invited(ines, "advisor", college)
    ended = Invitation.objects.filter(ended_at__isnull=False)
    assert [(each, each.ended_by) for each in ended] == [(old[0], ines)]


def meant_for(kind, college):
    return comparing.fingerprint(comparing.look(ADDRESS, kind, college), ADDRESS)


def test_an_address_counts_only_where_it_is_confirmed_and_the_persons(owner):
    invitation = invited(owner)
    ana = UserFactory()
    assert not invitations.is_for(invitation, ana)
    row = EmailAddress.objects.create(user=ana, email=ADDRESS, verified=False)
    assert not invitations.is_for(invitation, ana)
    row.verified = True
    row.save()
    assert invitations.is_for(invitation, ana) and not invitations.is_for(invitation, owner)


def test_the_account_is_made_once_with_what_the_invitation_says(owner):
    invitation = invited(owner, name="Nadia Haddad", language="es")
    person = invitations.open_account(invitation)
    assert (person.email, person.full_name, person.language) == (ADDRESS, "Nadia Haddad", "es")
    assert not person.has_usable_password() and not person.role_rows
    event = Event.objects.get(action="person.sign_up")
    assert event.by == person and event.target_id == person.pk
    assert invitations.open_account(invitation) == person
    person.is_active = False
    person.save()
    assert refusal(invitations.open_account, invitation) == "closed_account"


def test_why_a_link_gives_nothing(owner):
    invitation, ana = invited(owner), UserFactory(email=ADDRESS)
    assert invitations.why_closed(invitation, ana) == ""
    invitations.accept(invitation, by=ana, full_name=" Nadia Haddad ")
    ana.refresh_from_db()
    invitation.refresh_from_db()
    assert ana.full_name == "Nadia Haddad" and invitation.accepted_by == ana and roles.is_director(again(ana))
    granted = Event.objects.get(action="role.grant")
    assert (granted.by, granted.target_id, granted.changes["role"]) == (owner, ana.pk, "director")
    assert newest(owner.email).template == "exchange/invitation_accepted"
    assert [invitations.why_closed(invitation, user) for user in (ana, owner, None)] == ["yours", "used", "used"]
    for act in (invitations.end, invitations.send_again):
        with pytest.raises(RuleViolation, match="already accepted or ended"):
            act(invitation, by=owner)
    assert refusal(invitations.open_account, invitation) == "not_open"

    other = invited(owner, email="ben@example.edu")
    other.expires_at = timezone.now()
    assert invitations.why_closed(other, None) == "expired"
    invitations.end(other, by=owner)
    other.refresh_from_db()
    assert (invitations.why_closed(other, None), other.ended_by) == ("ended", owner)
    assert Event.objects.get(action="invitation.end").by == owner


def again(user):
    return User.objects.get(pk=user.pk)


# --- Inviting ------------------------------------------------------------------------------------------


def test_an_advisor_is_added_with_three_clicks(sign_in, ines, college):
    office = sign_in(ines)
    first_page = office.get(reverse("home"), follow=True).text
    assert f'href="{reverse("people")}"' in first_page  # one
    assert f'href="{reverse("people-invite")}"' in office.get(reverse("people")).text  # two

    data = {"email": ADDRESS, "kind": "advisor", "college": "harbor", "language": "en", "how": "email"}
    answer = office.post(reverse("people-invite"), data)  # three

    invitation = Invitation.objects.get()
    assert answer.url == invitation.get_absolute_url()
    assert (invitation.kind, invitation.college, invitation.invited_by) == ("advisor", college, ines)
    message = newest(ADDRESS)
    assert message.template == "exchange/invitation"
    assert invitation.link in message.body
    assert Event.objects.filter(action="invitation.invite", target_id=invitation.pk, by=ines).count() == 1


def test_a_link_to_pass_on_is_shown_and_not_sent(sign_in, ines, college):
    data = {"email": ADDRESS, "kind": "advisor", "college": "harbor", "language": "es", "how": "link"}
    page = sign_in(ines).post(reverse("people-invite"), data, follow=True)

    assert Invitation.objects.get().link in page.text
    assert not Message.objects.filter(address=ADDRESS).exists()


def test_an_advisor_needs_a_college_and_nobody_else_has_one(sign_in, ines, college):
    office = sign_in(ines)
    data = {"email": ADDRESS, "kind": "advisor", "language": "en", "how": "email"}
    assert "Choose the college where they advise." in office.post(reverse("people-invite"), data).text

    office.post(reverse("people-invite"), {**data, "kind": "reader", "college": "harbor"})
    assert Invitation.objects.get().college is None


def test_coordinators_give_what_is_below_them_and_the_owner_everything(ines, owner):
    assert roles.grantable_by(ines) == [GrantKind.ADVISOR, GrantKind.READER]
    assert roles.grantable_by(owner) == list(GrantKind)
    for traits in ({}, {"advisor": True}, {"director": True}):
        assert roles.grantable_by(UserFactory(**traits)) == []
    assert refusal(invited, ines, "coordinator") == "may_not"
    assert refusal(invited, ines, "owner") == "may_not"
    assert invited(owner, "coordinator").kind == "coordinator"


def test_a_form_with_a_role_that_one_may_not_give_invites_nobody(sign_in, ines):
    data = {"email": ADDRESS, "kind": "coordinator", "language": "en", "how": "email"}
    sign_in(ines).post(reverse("people-invite"), data)

    assert not Invitation.objects.exists()


def test_inviting_takes_a_fresh_proof(sign_in, ines, college):
    data = {"email": ADDRESS, "kind": "advisor", "college": "harbor", "language": "en", "how": "email"}

    answer = minutes_old(sign_in(ines), 16).post(reverse("people-invite"), data)

    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert not Invitation.objects.exists()


def test_who_has_the_role_or_is_invited_to_it_is_not_invited_again(ines, college):
    UserFactory(advisor=college, email="adviser@example.edu")
    assert refusal(invited, ines, "advisor", college, email="Adviser@example.edu") == "has_it"

    invited(ines, "advisor", college)
    assert refusal(invited, ines, "advisor", college) == "already_invited"
    assert refusal(invited, ines, "reader", email="ADVISER@example.edu") == "has_it"  # an advisor reads anyway


def test_an_expired_invitation_makes_room_for_a_new_one(ines, college):
    old = invited(ines, "advisor", college)
    Invitation.objects.update(expires_at=timezone.now() - dt.timedelta(minutes=1))

    new = invited(ines, "advisor", college)

    old.refresh_from_db()
    assert (old.ended_at is not None, new.is_open) == (True, True)


# --- Compared with the people there are ------------------------------------------------------------------


def form_of(college="harbor", kind="advisor", email=ADDRESS, **more):
    given = {"email": email, "name": "Nadia Haddad", "kind": kind, "college": college, "language": "es"}
    return {**given, "how": "email", **more}


def meant_on(page):
    return re.search(r'name="meant"\s+value="(\w+)"', page.text)[1]


def test_who_has_the_role_is_said_before_anything_is_sent_with_a_link_to_them(sign_in, ines, college):
    person = UserFactory(advisor=college, full_name="Nadia Haddad")
    EmailAddress.objects.create(user=person, email="N.Haddad@work.example", verified=True)

    page = sign_in(ines).post(reverse("people-invite"), form_of(email="n.haddad@WORK.example"))

    assert "Nadia Haddad already has that role." in page.text
    assert f'href="{reverse("person-detail", args=[person.code])}"' in page.text
    assert 'name="meant"' not in page.text
    assert page.context["form"]["language"].value() == "es"  # kept as it was typed
    assert not Invitation.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize("address", [ADDRESS, "other@example.edu"])
def test_the_same_invitation_is_offered_again_instead_of_a_second(sign_in, ines, college, address):
    person = UserFactory(email="other@example.edu")
    EmailAddress.objects.create(user=person, email=ADDRESS, verified=True)
    first, office = invited(ines, "advisor", college), sign_in(ines)

    page = office.post(reverse("people-invite"), form_of(email=address))

    assert Invitation.objects.get() == first
    again = reverse("invitation-send-again", args=[first.code])
    assert f'action="{again}"' in page.text
    office.post(again)
    assert Message.objects.filter(template="exchange/invitation", address=ADDRESS).count() == 2


def test_an_advisor_of_another_college_is_moved_or_invited_to_both(sign_in, ines, college):
    first, office = CollegeFactory(name="Valley College", code="valley"), sign_in(ines)
    person = UserFactory(advisor=first, full_name="Nadia Haddad", email=ADDRESS)

    page = office.post(reverse("people-invite"), form_of())
    assert "Nadia Haddad advises at Valley College already." in page.text
    move = reverse("role-move", args=[person.code, "valley"]) + "?to=harbor"
    assert f'href="{move}"' in page.text
    assert office.get(move).context["form"]["to"].value() == "harbor"
    assert not Invitation.objects.exists()

    office.post(reverse("people-invite"), form_of(meant=meant_on(page)))
    event = Event.objects.get(action="invitation.invite")
    assert (event.target_id, event.changes["known"]) == (Invitation.objects.get(college=college).pk, ["elsewhere"])


def test_an_address_that_another_college_has_invited_is_asked_about(sign_in, ines, college):
    first, office = CollegeFactory(name="Valley College"), sign_in(ines)
    invitation = invited(ines, "advisor", first)

    page = office.post(reverse("people-invite"), form_of())

    assert "already invited to advise at Valley College" in page.text
    assert f'href="{invitation.get_absolute_url()}"' in page.text
    office.post(reverse("people-invite"), form_of(meant=meant_on(page)))
    assert Invitation.objects.open().filter(email=ADDRESS).count() == 2


def test_what_was_meant_for_one_address_is_not_meant_for_another(sign_in, ines, college):
    first, office = CollegeFactory(name="Valley College"), sign_in(ines)
    for address in (ADDRESS, "two@example.edu"):
        UserFactory(advisor=first, email=address)
    meant = meant_on(office.post(reverse("people-invite"), form_of()))

    page = office.post(reverse("people-invite"), form_of(email="two@example.edu", meant=meant))

    assert meant_on(page) != meant
    assert not Invitation.objects.exists()
    assert refusal(invited, ines, "advisor", college) == "look_first"


def test_an_address_that_nobody_has_proved_belongs_to_nobody(ines, college):
    person = UserFactory(advisor=college, email="adviser@example.edu")
    EmailAddress.objects.create(user=person, email=ADDRESS, verified=False)

    assert invited(ines, "advisor", college).is_open


def test_nobody_invites_themselves(sign_in, ines, owner, college):
    EmailAddress.objects.create(user=owner, email="second@example.edu", verified=True)
    first = CollegeFactory(name="Valley College")
    Role.objects.create(user=ines, kind="advisor", college=first)
    for by, email, given in (
        (owner, owner.email, {"kind": "coordinator"}),
        (owner, "Second@example.edu", {"kind": "director"}),
        (ines, ines.email, {"kind": "advisor", "college": "harbor"}),
    ):
        page = sign_in(by).post(reverse("people-invite"), form_of(email=email, how="link", **given))
        assert page.context["form"].errors["email"] == ["You can’t invite yourself to a role. Ask a colleague."]
        assert "Invite them anyway" not in page.text
    assert not Invitation.objects.exists()


def test_a_second_address_of_ones_own_is_nobody_else(sign_in, owner):
    User.objects.filter(pk=owner.pk).update(email="theo.lund@gmail.com")
    owner.refresh_from_db()
    for email in ("theo.lund+office@gmail.com", "t.h.e.o.lund@googlemail.com"):
        assert refusal(invited, owner, "coordinator", email=email) == "own_role"
    assert refusal(invited, owner, "coordinator", is_known=False) == "who_is_it"
    assert refusal(invited, owner, "owner", name=" ") == "who_is_it"
    page = sign_in(owner).post(reverse("people-invite"), form_of(kind="coordinator", college=""))
    assert "check the box to say that you know them" in page.context["form"].errors["is_known"][0]
    sign_in(owner).post(reverse("people-invite"), form_of(kind="coordinator", college="", is_known="on"))
    assert Invitation.objects.get().name == "Nadia Haddad"


def test_the_second_step_of_the_inviter_makes_it_one_person(owner):
    invitation = invited(owner, "coordinator")
    person = UserFactory(email=ADDRESS)
    Authenticator.objects.create(user=person, type="totp", data={"secret": encrypt("ABCD")})
    Authenticator.objects.create(user=owner, type="totp", data={"secret": encrypt("ABCD")})
    assert refusal(invitations.accept, invitation, by=person) == "own_role"
    assert not person.roles.exists()


def test_whoever_holds_either_role_is_told_of_the_next(owner, ines):
    UserFactory(is_active=False, coordinator=True)
    invited(owner, "director", email="mayor@example.edu")
    assert not Message.objects.filter(template="exchange/role_of_two").exists()
    invitation = invited(owner, "coordinator")
    told = Message.objects.filter(template="exchange/role_of_two")
    assert {each.recipient for each in told} == {owner, ines}
    assert "Theo Lund invited Nadia Haddad (new.advisor@example.edu) as coordinator." in told[0].body
    assert invitation.get_absolute_url() in told[0].body

    person = UserFactory(email=ADDRESS, full_name="Nadia Haddad")
    invitations.accept(invitation, by=person)
    assert [each.recipient for each in told.exclude(body__contains="Theo Lund invited")] == [ines]
    assert newest(owner.email).template == "exchange/invitation_accepted"


# --- Accepting -----------------------------------------------------------------------------------------


def test_a_stranger_proves_the_address_accepts_and_works(client, owner):
    invitation = invited(owner, name="Nadia")
    page = client.get(path_of(invitation))
    assert "n•••@example.edu" in page.text
    assert ADDRESS not in page.text

    assert proved(client, invitation).url == path_of(invitation)
    assert not Role.objects.filter(kind="director").exists()
    answer = accept(client, invitation)

    person = User.objects.get(email=ADDRESS)
    assert (person.full_name, person.roles.get().kind) == ("Nadia Haddad", "director")
    assert answer.url == reverse("home")
    assert signed_in(client)
    invitation.refresh_from_db()
    assert invitation.accepted_by == person
    event = Event.objects.get(action="role.grant", target_id=person.pk)
    assert (event.by, event.changes) == (owner, {"role": "director", "college": ""})
    assert newest(owner.email).template == "exchange/invitation_accepted"


def test_accepting_ends_other_sessions_and_this_one_gets_the_limits_of_staff(client, owner):
    person = UserFactory(email=ADDRESS)
    phone = entered(Client(), person)
    invitation = invited(owner)
    proved(client, invitation)

    accept(client, invitation)

    assert not signed_in(phone)
    assert client.session["handles_records"] is True
    assert signed_in(client)


def test_the_new_role_needs_a_second_step_at_once(client, owner, settings):
    settings.STAFF_SECOND_FACTOR = True
    invitation = invited(owner)
    proved(client, invitation)

    page = client.get(accept(client, invitation).url)

    assert page.url.startswith(reverse("mfa_index"))


def test_a_second_use_by_another_grants_nothing_and_says_so(client, owner):
    invitation = invited(owner)
    proved(client, invitation)
    accept(client, invitation)

    assert "already accepted" in client.get(path_of(invitation)).text
    other = entered(Client(), UserFactory())
    for answer in (other.get(path_of(invitation)), accept(other, invitation)):
        assert answer.status_code == 410
        assert "already used" in answer.text
    assert Role.objects.filter(kind="director").count() == 1


def test_someone_else_who_is_signed_in_gets_nothing(sign_in, owner):
    invitation, other = invited(owner), UserFactory()

    answer = accept(sign_in(other), invitation)

    assert answer.status_code == 403
    assert "for someone else" in answer.text
    assert not other.roles.exists()
    assert refusal(invitations.accept, invitation, by=other) == "someone_else"


def test_an_address_that_was_only_typed_proves_nothing(owner):
    invitation, person = invited(owner), UserFactory(email=ADDRESS, confirmed=False)
    assert refusal(invitations.accept, invitation, by=person) == "someone_else"

    EmailAddress.objects.create(user=person, email=ADDRESS, verified=True)
    invitations.accept(invitation, by=person)
    assert person.roles.exists()


@pytest.mark.parametrize("how", ["ended", "expired"])
def test_a_link_that_ended_or_expired_grants_nothing(client, owner, how):
    invitation = invited(owner)
    proved(client, invitation)
    if how == "ended":
        invitations.end(invitation, by=owner)
    else:
        Invitation.objects.update(expires_at=timezone.now() - dt.timedelta(minutes=1))

    answer = accept(client, invitation)

    assert answer.status_code == 410
    assert "Nothing was changed" in answer.text
    assert not Role.objects.filter(kind="director").exists()


def test_a_link_that_we_did_not_sign_is_not_known(client):
    answer = client.get(reverse("invitation", args=["made.up"]))

    assert (answer.status_code, "We can’t find this invitation" in answer.text) == (404, True)


def test_nothing_is_granted_in_the_name_of_who_may_not_any_more(ines, college):
    invitation, person = invited(ines, "advisor", college), UserFactory(email=ADDRESS)
    ines.roles.all().delete()

    assert refusal(invitations.accept, Invitation.objects.get(pk=invitation.pk), by=person) == "withdrawn"
    assert not person.roles.exists()


def test_whoever_invited_an_address_gets_no_role_by_making_it_theirs(client, owner):
    invitation = invited(owner, "coordinator")
    EmailAddress.objects.create(user=owner, email=ADDRESS, verified=True)

    answer = accept(entered(client, owner), invitation)

    assert "You can’t invite yourself to a role" in client.get(answer.url).text
    assert refusal(invitations.accept, invitation, by=owner) == "own_role"
    invitation.refresh_from_db()
    assert (invitation.is_open, owner.roles.exists()) == (True, False)


def test_a_closed_account_is_not_opened_by_an_invitation(client, owner):
    person = UserFactory(email=ADDRESS, is_active=False)
    assert refusal(invited, owner) == "closed_account"
    User.objects.filter(pk=person.pk).update(is_active=True)
    invitation = invited(owner)
    User.objects.filter(pk=person.pk).update(is_active=False)

    page = client.post(path_of(invitation), follow=True)

    assert "is closed" in page.text
    assert not Message.objects.filter(template="exchange/sign_in_code").exists()


def test_accepting_takes_a_fresh_proof(sign_in, owner):
    person = UserFactory(email=ADDRESS)
    invitation = invited(owner)

    answer = accept(minutes_old(sign_in(person), 16), invitation)

    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert not person.roles.exists()


def test_an_owner_is_made_by_invitation_and_finds_their_pages(client, owner):
    invitation = invited(owner, "owner")
    proved(client, invitation)
    accept(client, invitation)

    person = User.objects.get(email=ADDRESS)
    assert (person.is_staff, person.is_superuser) == (True, True)
    page = client.get(reverse("home"), follow=True)
    assert page.redirect_chain[-1][0] == reverse("people")
    for name in ("people-history", "status", "admin:index", "people-invite"):
        assert f'href="{reverse(name)}"' in page.text


def test_a_reader_is_invited_and_reads_without_a_role(client, ines):
    review_facts()
    invitation = invited(ines, "reader")
    proved(client, invitation)
    accept(client, invitation)

    person = User.objects.get(email=ADDRESS)
    assert roles.is_guest_reader(person)
    first_page = client.get(reverse("home"), follow=True)
    assert first_page.redirect_chain[-1][0] == reverse("applications:review-list")
    assert f'href="{reverse("applications:review-list")}"' in first_page.text
    assert "reader" in re.sub(r"\s+", " ", entered(Client(), ines).get(reverse("people") + "?kind=reader").text)


# --- Sending again, ending -------------------------------------------------------------------------------


def test_sent_again_it_works_as_long_as_a_new_one(sign_in, ines, college):
    invitation = invited(ines, "advisor", college)
    Invitation.objects.update(expires_at=timezone.now() - dt.timedelta(days=1))

    sign_in(ines).post(reverse("invitation-send-again", args=[invitation.code]))

    invitation.refresh_from_db()
    assert not invitation.is_expired(timezone.now())
    assert Message.objects.filter(address=ADDRESS, template="exchange/invitation").count() == 2


def test_an_invitation_that_was_ended_by_mistake_is_made_again_from_its_page(sign_in, ines, college):
    invitation = invitations.invite(
        kind="advisor", college=college, email="new@example.edu", name="Ana Bui", language="en", is_sent=True, by=ines
    )
    client, page = sign_in(ines), reverse("invitation-detail", args=[invitation.code])
    assert "Invite again" not in client.get(page).text
    invitations.end(invitation, by=ines)

    link = re.search(r'href="([^"]+)"[^>]*>\s*<span>Invite again', client.get(page).text)[1].replace("&amp;", "&")
    shown = client.get(link).context["form"]
    given = {name: str(shown[name].value()) for name in ("kind", "college", "email", "name")}
    assert given == {"kind": "advisor", "college": college.code, "email": "new@example.edu", "name": "Ana Bui"}


def test_a_coordinator_ends_their_own_kinds_only(sign_in, ines, owner, college):
    mine, theirs = invited(ines, "advisor", college), invited(owner, "coordinator")
    office = sign_in(ines)
    for each in (mine, theirs):
        office.post(reverse("invitation-end", args=[each.code]))
        each.refresh_from_db()

    assert (mine.is_open, theirs.is_open) == (False, True)
    assert refusal(invitations.send_again, mine, by=ines) == "settled"


def test_the_page_of_an_invitation_says_what_became_of_it(sign_in, ines, college):
    invitation = invited(ines, "advisor", college)
    office = sign_in(ines)
    assert "Waiting for an answer" in office.get(invitation.get_absolute_url()).text

    invitations.end(invitation, by=ines)

    page = office.get(invitation.get_absolute_url()).text
    assert "Ended on" in page
    assert invitation.link not in page


# --- The first people --------------------------------------------------------------------------------------


def test_start_invites_the_first_coordinator_and_again_gives_the_same_link(client, capsys):
    call_command("start", ADDRESS)
    call_command("start", ADDRESS)

    invitation = Invitation.objects.get()
    assert (invitation.kind, invitation.invited_by) == ("coordinator", None)
    assert capsys.readouterr().out.count(invitation.link) == 2
    proved(client, invitation)
    accept(client, invitation)
    assert roles.is_coordinator(User.objects.get(email=ADDRESS))
    with pytest.raises(CommandError, match="already has that role"):
        call_command("start", ADDRESS)


def test_start_says_what_came_of_a_test_message(capsys, settings, monkeypatch):
    call_command("start", ADDRESS)
    assert "test message" not in capsys.readouterr().out  # a demo has no mail server

    settings.DEMO = False
    sent = []
    monkeypatch.setattr(EmailMessage, "send", lambda mail: sent.append(mail.to))
    call_command("start", ADDRESS)
    assert f"A test message to {ADDRESS} was taken by the mail server." in capsys.readouterr().out
    assert sent == [[ADDRESS]]

    monkeypatch.undo()
    nobody_listens = {"host": "localhost", "port": free_port()}
    settings.MAILERS = {
        "default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": nobody_listens}
    }
    call_command("start", ADDRESS)
    said = capsys.readouterr().out
    assert Invitation.objects.get().link in said
    assert f"A test message to {ADDRESS} was NOT sent: [Errno 111] Connection refused" in said and "EMAIL_HOST" in said


def test_a_technical_owner_from_the_server_has_a_colleague_make_them_coordinator(client, owner):
    call_command("start", ADDRESS, "--as", "owner")
    invitation = Invitation.objects.get()
    proved(client, invitation)
    accept(client, invitation)
    person = User.objects.get(email=ADDRESS)

    assert refusal(invited, person, "coordinator") == "own_role"
    second = invited(owner, "coordinator")
    invitations.accept(second, by=person)

    assert roles.is_coordinator(User.objects.get(pk=person.pk))


def test_start_makes_a_technical_owner():
    call_command("start", ADDRESS, "--as", "owner", "--language", "es")

    assert (Invitation.objects.get().kind, newest(ADDRESS).language) == ("owner", "es")

"""What a role that is given, taken or given back refuses; what an invitation says beforehand; who can take over."""

import pytest
from django.urls import reverse

from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.models import GrantKind, OfficeTask, Role, User
from exchange.people.roles import comparing, granting, handing_on
from exchange.people.roles.comparing import Remark
from exchange.people.roles.handing_on import Leaving
from tests.factories import CollegeFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Ines Vega")


@pytest.fixture
def harbor():
    return CollegeFactory(name="Harbor College", short_name="Harbor", code="harbor")


def refused(act):
    with pytest.raises(RuleViolation) as caught:
        act()
    return caught.value.code, str(caught.value)


def again(user):
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("kind", ["advisor", "coordinator", "director"])
def test_a_role_is_held_once_and_taken_once(office, harbor, kind):
    user, college = UserFactory(), harbor if kind == "advisor" else None
    held = ("has_it", "This person already has that role.")
    row = granting.give(user, kind, college, by=office)
    assert (row.user, row.kind, row.college) == (user, kind, college)
    assert refused(lambda: granting.give(user, kind, college, by=office)) == held
    assert refused(lambda: granting.give_back(user, kind, college, {}, by=office)) == held

    assert granting.take(user, kind, college, by=office) == {}
    assert not Role.objects.filter(user=user).exists()
    assert refused(lambda: granting.take(user, kind, college, by=office)) == (
        "has_it_not",
        "This person no longer has that role. Nothing was changed.",
    )
    assert granting.give_back(user, kind, college, {}, by=office).college == college


def test_an_owners_rights_are_no_row_and_come_and_go_in_the_same_way(office):
    user = UserFactory()
    assert granting.give(user, GrantKind.OWNER, None, by=office) is None
    assert (again(user).is_staff, again(user).is_superuser) == (True, True)
    assert refused(lambda: granting.give_back(again(user), GrantKind.OWNER, None, {}, by=office))[0] == "has_it"
    assert granting.take(again(user), GrantKind.OWNER, None, by=office) == {}
    assert (again(user).is_staff, again(user).is_superuser) == (False, False)
    granting.give_back(again(user), GrantKind.OWNER, None, {}, by=office)
    assert again(user).is_staff


def test_who_can_take_over_is_of_the_same_role_and_not_the_person_themselves(office, harbor):
    other = UserFactory(coordinator=True, full_name="Omar Diaz")
    ana, bea = UserFactory(advisor=harbor), UserFactory(advisor=harbor)
    UserFactory(advisor=CollegeFactory())

    assert handing_on.successors(Leaving(office, "coordinator", None)) == [other]
    assert handing_on.successors(Leaving(ana, "advisor", harbor)) == [bea]
    assert handing_on.successors(Leaving(UserFactory(director=True), "director", None)) == []


def test_a_preview_says_how_many_tasks_go_to_whom(office):
    other = UserFactory(coordinator=True, full_name="Omar Diaz", preferred_name="")
    rows = [
        OfficeTask.objects.create(key=key, kind="applications.consent_withdrawn", due_on="2027-01-04", owner=office)
        for key in "xy"
    ]
    assert handing_on.preview(Leaving(office, "coordinator", None, successor=other)) == [f"2 open tasks go to {other}."]
    rows[0].delete()
    assert handing_on.preview(Leaving(office, "coordinator", None)) == ["1 open task goes to the exchange team."]
    assert handing_on.preview(Leaving(other, "coordinator", None)) == []


def test_an_invitation_says_what_is_known_of_the_account(office, harbor):
    ana = UserFactory(advisor=harbor, full_name="Ana Solis", preferred_name="", email="ana@example.edu")
    page = reverse("person-detail", args=[ana.code])
    opens = {"href": page, "link": f"Open the account of {ana}"}
    pierce = CollegeFactory(name="Pierce College", short_name="Pierce", code="pierce")

    def said(kind, college=None):
        return comparing.look(" Ana@Example.edu", kind, college)

    assert said("advisor", harbor) == [
        Remark("has_it", f"{ana} already has that role. There’s nothing to invite them to.", stops=True, **opens)
    ]
    (elsewhere,) = said("advisor", pierce)
    assert (elsewhere.key, elsewhere.stops, elsewhere.link) == ("elsewhere", False, f"Move {ana} to Pierce")
    assert elsewhere.href == reverse("role-move", args=[ana.code, "harbor"]) + "?to=pierce"
    assert elsewhere.text.startswith(f"{ana} advises at Harbor College already. If they’ve left it for Pierce College,")
    assert said("director") == []
    roles_of_reader = said("reader")
    assert [each.key for each in roles_of_reader] == (["has_it"] if roles.can_read(ana) else [])

    User.objects.filter(pk=ana.pk).update(is_active=False)
    (closed,) = said("director")
    assert (closed.key, closed.stops, closed.href, closed.link) == ("closed_account", True, page, opens["link"])
    assert comparing.look("nobody@example.edu", "director", None) == []


def test_only_what_must_be_meant_is_asked_back(office, harbor):
    remarks = [Remark("elsewhere", "One.", stops=False), Remark("has_it", "Two.", stops=True)]
    shown = comparing.fingerprint(remarks, "ana@example.edu")

    assert shown == comparing.fingerprint(remarks[:1], " ANA@example.edu ")
    assert shown != comparing.fingerprint(remarks[:1], "bea@example.edu")
    assert shown != comparing.fingerprint([Remark("elsewhere", "Other.", stops=False)], "ana@example.edu")
    assert comparing.fingerprint(remarks[1:], "ana@example.edu") == ""

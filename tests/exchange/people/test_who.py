"""Who is on the lists of people: those who may do something, those invited, and whose role ended."""

import datetime as dt

import pytest
from django.utils import timezone

from applications.models import ReaderProfile
from exchange.models import Event, Invitation, PastRole
from exchange.people.roles import who
from exchange.people.roles.who import Filters
from tests.factories import CollegeFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def harbor():
    return CollegeFactory(name="Harbor College", short_name="Harbor", code="harbor")


@pytest.fixture
def ines():
    return UserFactory(coordinator=True, full_name="Ines Vega")


def active(**filters):
    return {str(person) for person in who.active(Filters(**filters))}


def test_people_who_may_do_something_are_listed_once_and_students_are_not(ines, harbor):
    ana = UserFactory(advisor=harbor, coordinator=True, full_name="Ana Solis", preferred_name="")
    UserFactory(advisor=harbor, full_name="Gone Away", is_active=False)
    UserFactory(full_name="A Student")
    owner = UserFactory(is_staff=True, full_name="Theo Lund")
    reader = ReaderProfile.objects.create(user=UserFactory(full_name="Rea Ding")).user
    assert sorted(map(str, who.active(Filters()))) == sorted(map(str, (ines, ana, owner, reader)))


def test_the_list_is_narrowed_by_kind_college_and_name(ines, harbor):
    ana = UserFactory(advisor=harbor, full_name="Ana Solis")
    other = UserFactory(advisor=True, full_name="Ben Osei", preferred_name="")
    owner = UserFactory(is_staff=True, full_name="Theo Lund")
    reader = ReaderProfile.objects.create(user=UserFactory(full_name="Rea Ding")).user
    assert active(kind="advisor") == {str(ana), str(other)}
    assert active(kind="coordinator") == {str(ines)}
    assert active(kind="owner") == {str(owner)}
    assert active(kind="reader") == {str(reader)}
    assert active(kind="nothing") == set()
    assert active(college="harbor") == {str(ana)}
    assert active(q="osei") == active(q="ben osei") == {str(other)}
    assert active(q="ana osei") == set()
    assert active(kind="advisor", q="vega") == set()


def test_each_line_says_all_that_somebody_may_do(harbor):
    owner = UserFactory(is_staff=True, coordinator=True, advisor=harbor)
    assert who.row_of(owner).does == ["advisor, Harbor", "coordinator", "technical owner"]
    reader = ReaderProfile.objects.create(user=UserFactory()).user
    assert [each.lower() for each in who.row_of(reader).does] == ["reader"]
    assert who.row_of(UserFactory()).does == []
    assert {"advisor", "reader", "coordinator", "director", "owner"} <= {kind for kind, _label in who.kinds()}


def invitation(kind, email, ines, **more):
    return Invitation.objects.create(kind=kind, email=email, invited_by=ines, expires_at=timezone.now(), **more)


def test_invitations_are_narrowed_and_shown_to_those_who_give_roles(ines, harbor):
    pierce = CollegeFactory(code="pierce")
    here = invitation("advisor", "new@harbor.example", ines, college=harbor, name="Nadia Haddad")
    there = invitation("advisor", "new@pierce.example", ines, college=pierce)
    director = invitation("director", "new@city.example", ines)
    invitation("director", "ended@city.example", ines, ended_at=timezone.now(), ended_by=ines)

    def found(**filters):
        return set(who.invited(ines, Filters(**filters)))

    assert found() == {here, there, director}  # also when it has expired
    assert found(kind="advisor") == {here, there}
    assert found(college="harbor") == {here}
    assert found(kind="director", college="harbor") == set()
    assert found(q="haddad") == found(q="@harbor") == {here}
    assert not who.invited(UserFactory(director=True), Filters()).exists()


def test_roles_that_ended_are_narrowed_and_one_given_back_is_not_among_them(ines, harbor):
    ana, ben = UserFactory(full_name="Ana Solis"), UserFactory(full_name="Ben Osei")
    of_ana = PastRole.objects.create(user=ana, kind="advisor", college=harbor, ended_by=ines)
    of_ben = PastRole.objects.create(user=ben, kind="coordinator", ended_by=ines)
    PastRole.objects.create(user=ben, kind="director", ended_by=ines, undone_at=timezone.now(), undone_by=ines)

    def found(**filters):
        return set(who.ended(ines, Filters(**filters)))

    assert found() == {of_ana, of_ben}
    assert found(kind="coordinator") == {of_ben}
    assert found(college="harbor") == found(q="solis") == {of_ana}
    assert found(kind="coordinator", college="harbor") == set()
    assert not who.ended(UserFactory(), Filters()).exists()


def test_a_download_is_on_record_with_how_much_it_has(ines):
    who.record_download(who.ENDED, 12, by=ines)
    event = Event.objects.get()
    assert (event.action, event.by, event.target_id) == ("people.download", ines, ines.pk)
    assert event.changes == {"list": "ended", "rows": 12}
    assert timezone.now() - event.at < dt.timedelta(minutes=1)

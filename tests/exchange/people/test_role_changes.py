"""Ending a role and moving to another college: the preview, what is handed on, the end of sessions, and the undo."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import Assignment, ReaderProfile
from exchange.base import office_tasks, roles
from exchange.base.errors import RuleViolation
from exchange.models import Event, GrantKind, OfficeTask, PastRole, Role, User
from exchange.people.colleges import named_advisor as colleges
from exchange.people.roles import handing_on, role_changes
from exchange.people.roles.handing_on import Leaving
from tests.exchange.people.test_sessions import entered
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, AssignmentFactory, CycleFactory, ReviewFactory
from tests.signing import minutes_old, newest, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines():
    return UserFactory(coordinator=True, full_name="Ines Vega")


@pytest.fixture
def owner():
    return UserFactory(is_staff=True, is_superuser=True)


@pytest.fixture
def harbor():
    return CollegeFactory(name="Harbor College", short_name="Harbor", code="harbor")


@pytest.fixture
def pierce():
    return CollegeFactory(name="Pierce College", short_name="Pierce", code="pierce")


@pytest.fixture
def ana(harbor):
    return UserFactory(advisor=harbor, full_name="Ana Solis")


@pytest.fixture
def omar(harbor):
    return UserFactory(advisor=harbor, full_name="Omar Diaz")


def again(user):
    return User.objects.get(pk=user.pk)


def end(leaving, by):
    return role_changes.end(leaving, seen=handing_on.fingerprint(leaving), by=by)


def move(leaving, by):
    return role_changes.move(leaving, seen=handing_on.fingerprint(leaving), by=by)


def refusal(act, *args, **kwargs):
    with pytest.raises(RuleViolation) as caught:
        act(*args, **kwargs)
    return caught.value.code


def reading(reader, college, cycle, **more):
    return AssignmentFactory(
        reader=reader, application=ApplicationFactory(submitted=True, cycle=cycle, college=college), **more
    )


def address(name, user, *more):
    return reverse(name, args=[user.code, *more])


# --- Ending --------------------------------------------------------------------------------------------


def test_through_the_pages_an_advisors_role_ends_after_a_preview(sign_in, ines, ana, omar, harbor):
    colleges.name_advisor(harbor, ana, by=ines)
    phone, office = entered(Client(), ana), sign_in(ines)
    page = address("role-end", ana, "advisor", "harbor")
    assert page in office.get(address("person-detail", ana)).text

    preview = office.get(page, {"seen": "x", "successor": omar.code}).text
    for text in ("Harbor College are signed by Omar Diaz", "signed out on all devices", "its other advisors"):
        assert text in preview
    leaving = Leaving(again(ana), "advisor", again_college(harbor), successor=omar)
    data = {"seen": handing_on.fingerprint(leaving), "successor": omar.code}
    office.post(page, data)

    assert not ana.roles.exists()
    assert not signed_in(phone) or phone.get(reverse("account-detail")).status_code == 302
    assert again_college(harbor).named_advisor == omar
    assert newest(ana.email).template == "exchange/role_ended"
    event = Event.objects.get(action="role.end")
    assert (event.by, event.changes["college"]) == (ines, "Harbor College")
    assert "Role ended" in office.get(address("person-detail", ana)).text


def again_college(college):
    return type(college).objects.get(pk=college.pk)


def test_a_college_without_another_advisor_is_said_beforehand(sign_in, ines, ana, harbor):
    page = sign_in(ines).get(address("role-end", ana, "advisor", "harbor")).text

    assert "Harbor College has no other advisor" in page


def test_who_may_not_read_any_more_gives_unread_files_back(ines, ana, harbor, pierce):
    cycle = CycleFactory()
    unread = reading(ana, pierce, cycle)
    read = reading(ana, pierce, cycle)
    ReviewFactory(assignment=read, locked=True)
    ReaderProfile.objects.create(user=ana, reads_spanish=True, reads_most=7)
    leaving = Leaving(ana, "advisor", harbor)
    assert any("1 application that they haven’t read" in text for text in handing_on.preview(leaving))

    past = end(leaving, ines)

    assert list(Assignment.objects.all()) == [read]
    assert not roles.can_read(again(ana))
    assert Event.objects.filter(action="review.unassign", target_id=unread.application_id).exists()
    role_changes.undo(past, by=ines)
    assert ReaderProfile.objects.get(user=ana).reads_most == 7


def test_an_advisor_of_two_colleges_reads_on(ines, ana, harbor, pierce):
    Role.objects.create(user=ana, kind="advisor", college=CollegeFactory())
    mine = reading(ana, pierce, CycleFactory())

    end(Leaving(ana, "advisor", harbor), ines)

    assert Assignment.objects.filter(pk=mine.pk).exists()


def test_a_coordinators_open_tasks_go_to_the_successor_and_back_with_an_undo(owner, ines):
    omar = UserFactory(coordinator=True)
    task = OfficeTask.objects.create(
        key="x", kind="applications.consent_withdrawn", due_on=timezone.localdate(), owner=ines
    )
    past = end(Leaving(ines, "coordinator", None, successor=omar), owner)
    task.refresh_from_db()
    assert (task.owner, roles.is_coordinator(again(ines))) == (omar, False)

    role_changes.undo(past, by=owner)

    task.refresh_from_db()
    assert (task.owner, roles.is_coordinator(again(ines))) == (ines, True)


def test_a_task_that_was_reassigned_meanwhile_stays_where_it_is_and_the_undo_says_so(owner, ines):
    omar = UserFactory(coordinator=True)
    task = OfficeTask.objects.create(
        key="x", kind="applications.consent_withdrawn", due_on=timezone.localdate(), owner=ines
    )
    past = end(Leaving(ines, "coordinator", None), owner)
    office_tasks.assign(task, omar, by=omar)

    assert role_changes.undo(past, by=owner) == ["1 open task has been reassigned since, so it stays where it is."]

    task.refresh_from_db()
    assert task.owner == omar


def test_a_task_that_is_with_its_first_owner_again_was_not_reassigned(owner, ines):
    omar = UserFactory(coordinator=True)
    back, closed = (
        OfficeTask.objects.create(
            key=key, kind="applications.consent_withdrawn", due_on=timezone.localdate(), owner=ines
        )
        for key in "xy"
    )
    past = end(Leaving(ines, "coordinator", None, successor=omar), owner)
    OfficeTask.objects.filter(pk=back.pk).update(owner=ines)
    office_tasks.finish(closed, by=omar)

    assert role_changes.undo(past, by=owner) == []

    assert OfficeTask.objects.get(pk=back.pk).owner == ines
    assert OfficeTask.objects.get(pk=closed.pk).owner == omar


def test_an_undo_is_on_record_and_signs_the_person_out_because_their_rights_changed(owner, ines):
    past = end(Leaving(ines, "coordinator", None, successor=UserFactory(coordinator=True)), owner)
    phone = entered(Client(), again(ines))
    assert signed_in(phone)

    role_changes.undo(past, by=owner)

    assert not signed_in(phone)
    past.refresh_from_db()
    assert (past.undone_by, past.undone_at is not None) == (owner, True)
    event = Event.objects.get(action="role.undo")
    assert (event.by, event.target_id, event.changes) == (owner, ines.pk, {"role": "coordinator", "college": ""})
    ended = Event.objects.filter(action="person.end_sessions", target_id=ines.pk, by=owner).order_by("pk")
    assert [each.reason for each in ended] == ["role ended", "role granted"]
    assert refusal(role_changes.undo, past, by=owner) == "too_late"


def test_the_last_coordinator_stays_and_nobody_ends_their_own(owner, ines, ana, harbor):
    assert refusal(end, Leaving(ines, "coordinator", None), owner) == "last_one"
    assert refusal(end, Leaving(owner, "owner", None), owner) == "own_role"


def test_nobody_gives_themselves_an_ended_role_back(sign_in, ines, owner, harbor):
    Role.objects.create(user=ines, kind="advisor", college=harbor)
    past = end(Leaving(again(ines), "advisor", harbor), UserFactory(coordinator=True))
    undo, office = reverse("role-undo", args=[past.code]), sign_in(again(ines))
    assert undo not in office.get(address("person-detail", ines)).text

    assert "You can’t change your own role." in office.post(undo, follow=True).text
    assert refusal(role_changes.undo, past, by=again(ines)) == "own_role"
    assert not roles.advisor_college_ids(again(ines))

    role_changes.undo(past, by=owner)
    assert roles.advisor_college_ids(again(ines))


def test_a_coordinator_ends_advisors_and_readers_and_no_one_else(sign_in, ines, owner):
    other, director = UserFactory(coordinator=True), UserFactory(director=True)
    assert refusal(end, Leaving(other, "coordinator", None), ines) == "may_not"

    office = sign_in(ines)
    for user, kind in ((other, "coordinator"), (director, "director"), (owner, "owner")):
        assert office.post(address("role-end", user, kind, "-"), {"seen": ""}).status_code == 403
    assert "End this role" not in office.get(address("person-detail", director)).text


def test_a_preview_that_no_longer_holds_ends_nothing(sign_in, ines, ana, harbor):
    seen = handing_on.fingerprint(Leaving(ana, "advisor", harbor))
    reading(ana, CollegeFactory(), CycleFactory())

    page = sign_in(ines).post(address("role-end", ana, "advisor", "harbor"), {"seen": seen}).text

    assert "Something changed while you were looking" in page
    assert ana.roles.exists()


def test_ending_takes_a_fresh_proof(sign_in, ines, ana, harbor):
    answer = minutes_old(sign_in(ines), 16).post(address("role-end", ana, "advisor", "harbor"), {"seen": ""})

    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert ana.roles.exists()


def test_an_owner_ends_another_owners_rights(owner):
    other = UserFactory(is_staff=True, is_superuser=True)

    past = end(Leaving(other, "owner", None), owner)

    assert (again(other).is_staff, again(other).is_superuser) == (False, False)
    role_changes.undo(past, by=owner)
    assert again(other).is_superuser


def test_a_reader_without_a_role_reads_no_more(ines):
    reader = UserFactory()
    ReaderProfile.objects.create(user=reader, reads_spanish=True)
    mine = reading(reader, CollegeFactory(), CycleFactory())

    past = end(Leaving(reader, "reader", None), ines)

    assert not Assignment.objects.filter(pk=mine.pk).exists()
    assert not roles.can_read(again(reader))
    role_changes.undo(past, by=ines)
    assert again(reader).reader_profile.reads_spanish


# --- Moving to another college ---------------------------------------------------------------------------


def test_an_advisor_moves_through_the_pages(sign_in, ines, ana, harbor, pierce):
    cycle = CycleFactory()
    of_new, of_third = reading(ana, pierce, cycle), reading(ana, CollegeFactory(), cycle)
    office, page = sign_in(ines), address("role-move", ana, "harbor")
    preview = office.get(page, {"seen": "x", "to": "pierce"}).text
    assert "1 application from Pierce College that they haven’t read" in preview
    leaving = Leaving(ana, "advisor", harbor, to=pierce)

    office.post(page, {"seen": handing_on.fingerprint(leaving), "to": "pierce"})

    assert [role.college for role in ana.roles.all()] == [pierce]
    assert list(Assignment.objects.all()) == [of_third]
    assert of_new.application.college == pierce
    assert newest(ana.email).template == "exchange/role_moved"
    assert Event.objects.get(action="role.move").changes == {
        "role": "advisor",
        "college": "Harbor College",
        "to": "Pierce College",
    }


def test_a_move_is_undone_with_the_signature(ines, ana, harbor, pierce):
    colleges.name_advisor(harbor, ana, by=ines)
    past = move(Leaving(ana, "advisor", again_college(harbor), to=pierce), ines)
    assert again_college(harbor).named_advisor is None

    role_changes.undo(past, by=ines)

    assert [role.college for role in again(ana).roles.all()] == [harbor]
    assert again_college(harbor).named_advisor == ana


def test_what_the_next_step_settled_is_not_undone(ines, ana, omar, harbor, pierce):
    colleges.name_advisor(harbor, ana, by=ines)
    past = end(Leaving(ana, "advisor", again_college(harbor)), ines)
    colleges.name_advisor(again_college(harbor), omar, by=ines)
    stays = role_changes.undo(past, by=ines)
    assert again_college(harbor).named_advisor == omar
    assert stays == [f"Reminders to students at Harbor College are still signed by {omar}."]

    moved = move(Leaving(again(ana), "advisor", harbor, to=pierce), ines)
    end(Leaving(again(ana), "advisor", pierce), ines)
    assert refusal(role_changes.undo, moved, by=ines) == "too_late"


def test_an_undo_comes_in_time_or_not_at_all(ines, ana, harbor):
    past = end(Leaving(ana, "advisor", harbor), ines)
    PastRole.objects.update(ended_at=timezone.now() - dt.timedelta(hours=25))

    assert refusal(role_changes.undo, past, by=ines) == "too_late"
    assert not ana.roles.exists()


def test_a_move_to_where_they_are_is_refused(ines, ana, harbor):
    assert refusal(move, Leaving(ana, "advisor", harbor, to=harbor), ines) == "same_college"


def test_every_part_says_what_becomes_of_it(ines):
    assert office_tasks.kinds()["applications.interviewer_left"]
    assert {"reminders", "tasks", "readings", "limits", "interviews", "trips"} <= set(handing_on._parts)
    assert GrantKind.READER in {kind for kind, _label in role_kinds()}


def role_kinds():
    from exchange.people.roles import who  # noqa: PLC0415

    return who.kinds()

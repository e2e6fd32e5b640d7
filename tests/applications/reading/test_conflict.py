"""“I know this student”: reassigned at once, reversible once, and what happens to locked scores."""

import pytest
from django.urls import reverse

from applications.cycle.forms.setup import NewCycleForm
from applications.models import Assignment, ConflictOfInterest, Recommendation
from applications.reading import readers
from applications.reading.actions import assigning, conflict, reader_profile, reassigning
from applications.reading.readers import Tie
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    ReviewFactory,
    review_facts,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def given():
    """Two readers assigned to one application, and a third who is free."""
    review_facts()
    cycle = CycleFactory(ready=True, reads_each=2)
    application = ApplicationFactory(submitted=True, answered=True, cycle=cycle)
    people = [UserFactory(advisor=True) for _ in range(3)]
    rows = [AssignmentFactory(application=application, reader=person) for person in people[:2]]
    return cycle, application, people, rows


def test_declaring_gives_it_to_the_next_reader_at_once_and_tells_them(given):
    _cycle, application, people, rows = given

    declared = conflict.declare(rows[0], by=people[0])

    assert declared.replaced
    assert {each.reader for each in application.assignments.all()} == {people[1], people[2]}
    assert application.assignments.get(reader=people[2]).released_at
    assert [message.recipient for message in Message.objects.all()] == [people[2]]
    assert Event.objects.get(action=conflict.DECLARE).changes["replacement"] == people[2].code


def test_where_nobody_is_left_the_office_is_told_and_it_lacks_a_reader(given):
    cycle, application, people, rows = given
    office = UserFactory(coordinator=True)
    reader_profile.save_profile(people[2], reads_spanish=False, reads_most=None, is_reading=False, by=people[2])

    assert not conflict.declare(rows[0], by=people[0]).replaced

    assert list(readers.lacking_readers(cycle)) == [application]
    assert Message.objects.get(template="applications/reading_put_aside").recipient == office


def test_where_two_are_missing_and_one_is_free_that_one_has_it_and_the_office_sees_to_the_other(given):
    cycle, application, people, rows = given
    office = UserFactory(coordinator=True)
    cycle.reads_each = 3
    cycle.save(update_fields=["reads_each"])

    assert conflict.declare(rows[0], by=people[0]).replaced

    assert {each.reader for each in application.assignments.all()} == {people[1], people[2]}
    assert list(readers.lacking_readers(cycle)) == [application]
    assert Message.objects.get(template="applications/reading_put_aside").recipient == office
    conflict.undo(conflict.declared_by(people[0], rows[0].code), by=people[0])
    assert {each.reader for each in application.assignments.all()} == {people[0], people[1]}


def test_one_reader_too_many_is_not_replaced_and_nobody_is_told(given):
    cycle, application, people, rows = given
    AssignmentFactory(application=application, reader=UserFactory(advisor=True))
    UserFactory(coordinator=True)

    assert not conflict.declare(rows[0], by=people[0]).replaced

    assert not readers.lacking_readers(cycle).exists()
    assert not Message.objects.exists()


def test_locked_scores_are_put_aside_and_count_no_more(given):
    _cycle, application, people, rows = given
    ReviewFactory(assignment=rows[0], locked=True, points=5)
    ReviewFactory(assignment=rows[1], locked=True, points=2)
    UserFactory(coordinator=True)
    rows[0].refresh_from_db()

    assert conflict.declare(rows[0], by=people[0]).was_locked

    application.refresh_from_db()
    assert (application.reads_locked, application.score_mean) == (1, 6)
    assert set(Event.objects.get(action=conflict.DECLARE).changes["points"].values()) == {5}
    assert Message.objects.filter(template="applications/reading_put_aside").exists()


def test_a_mistaken_tap_can_be_undone_once(given):
    _cycle, application, people, rows = given
    code = rows[0].code
    conflict.declare(rows[0], by=people[0])

    again = conflict.undo(conflict.declared_by(people[0], code), by=people[0])

    assert (again.code, again.reader) == (code, people[0])
    assert {each.reader for each in application.assignments.all()} == set(people[:2])
    assert not ConflictOfInterest.objects.exists()
    conflict.declare(again, by=people[0])
    with pytest.raises(RuleViolation) as caught:
        conflict.undo(conflict.declared_by(people[0], code), by=people[0])
    assert caught.value.code == "too_late"


def test_it_stays_with_whoever_has_begun(given):
    _cycle, application, people, rows = given
    code = rows[0].code
    conflict.declare(rows[0], by=people[0])
    ReviewFactory(assignment=application.assignments.get(reader=people[2]))

    with pytest.raises(RuleViolation):
        conflict.undo(conflict.declared_by(people[0], code), by=people[0])


def test_one_tap_on_the_page_and_the_way_back(given, sign_in):
    _cycle, application, people, rows = given
    client = sign_in(people[0])
    page = reverse("applications:review-conflict", args=[rows[0].code])

    assert client.get(page).status_code == 200
    done = client.post(page, follow=True)
    assert "Undo: I don’t know them" in done.content.decode()
    assert client.post(page).status_code == 302
    assert ConflictOfInterest.objects.count() == 1
    client.post(reverse("applications:review-conflict-undo", args=[rows[0].code]))
    assert Assignment.objects.filter(application=application, reader=people[0]).exists()
    assert sign_in(people[1]).get(page).status_code in (404, 403)


def test_one_tap_in_the_list_for_each_that_is_not_locked(given, sign_in):
    cycle, _application, people, rows = given
    locked = AssignmentFactory(
        application=ApplicationFactory(submitted=True, answered=True, cycle=cycle), reader=people[0]
    )
    ReviewFactory(assignment=locked, locked=True)
    client = sign_in(people[0])
    page = client.get(reverse("applications:review-list")).content.decode()
    tap, asks = (reverse("applications:review-conflict", args=[row.code]) for row in (rows[0], locked))

    assert f'<form method="post" action="{tap}">' in page
    assert f'<a href="{asks}">' in page and f'action="{asks}"' not in page
    assert reverse("applications:reader-own") in page
    assert "Undo: I don’t know them" in client.post(tap, follow=True).content.decode()
    assert ConflictOfInterest.objects.get().application == rows[0].application


def test_who_was_asked_to_read_finds_the_list_before_anything_is_in_it(sign_in):
    review_facts()
    person = UserFactory()
    assert sign_in(person).get(reverse("applications:review-list")).status_code == 403
    reader_profile.add_reader(person.email, by=UserFactory(coordinator=True))
    person.refresh_from_db()  # who becomes a reader signs in again
    assert (
        reverse("applications:reader-own") in sign_in(person).get(reverse("applications:review-list")).content.decode()
    )


def test_ties_are_found_from_every_source(given):
    cycle, application, people, _rows = given
    Assignment.objects.all().delete()
    Recommendation.objects.filter(application=application).delete()
    Recommendation.objects.create(application=application, referee_name="X", referee_email=people[0].email.upper())
    essay = application.answers.get(question__key="story_new")
    essay.value = f"My teacher {people[1].full_name.upper()} told me to go."
    essay.save()
    own = UserFactory(advisor=application.college)

    ties = readers.pool_of(cycle).ties

    assert ties[application.code, people[0].code] is Tie.REFEREE
    assert ties[application.code, people[1].code] is Tie.NAMED
    assert ties[application.code, own.code] is Tie.OWN_COLLEGE
    assert (application.code, people[2].code) not in ties


# --- Spanish, limits, the draft ---------------------------------------------------------------------


def test_spanish_goes_to_readers_of_spanish_or_says_so():
    review_facts()
    cycle = CycleFactory(ready=True, reads_each=2)
    ApplicationFactory(submitted=True, cycle=cycle, answer_language="es")
    people = [UserFactory(advisor=True) for _ in range(3)]
    office = UserFactory(coordinator=True)
    reader_profile.save_profile(people[0], reads_spanish=True, reads_most=5, is_reading=True, by=people[0])

    with pytest.raises(RuleViolation) as caught:
        assigning.draw_readers(cycle, by=office)
    assert "1 more reader who reads Spanish" in caught.value.message

    reader_profile.save_profile(people[1], reads_spanish=True, reads_most=5, is_reading=True, by=people[1])
    plan = assigning.draw_readers(cycle, by=office)
    assert {reader for _code, reader in plan.pairs} == {people[0].code, people[1].code}


def test_a_draft_is_changed_within_the_rules_and_only_what_was_seen_is_given_out():
    review_facts()
    cycle = CycleFactory(ready=True, reads_each=2)
    application = ApplicationFactory(submitted=True, cycle=cycle)
    people = [UserFactory(advisor=True) for _ in range(3)]
    office, own = UserFactory(coordinator=True), UserFactory(advisor=application.college)
    assigning.draw_readers(cycle, by=office)
    seen = assigning.draft_fingerprint(cycle)
    row = application.assignments.first()
    (free,) = set(people) - {each.reader for each in application.assignments.all()}

    with pytest.raises(RuleViolation) as caught:
        assigning.change_reader(row, own, by=office)
    assert caught.value.code == "tied"
    assigning.change_reader(row, free, by=office)
    with pytest.raises(RuleViolation) as caught:
        assigning.release_draft(cycle, by=office, seen=seen)
    assert caught.value.code == "changed_meanwhile"
    assigning.release_draft(cycle, by=office, seen=assigning.draft_fingerprint(cycle))
    with pytest.raises(RuleViolation) as caught:
        assigning.release_draft(cycle, by=office)
    assert caught.value.code == "nothing_to_release"
    assert Message.objects.count() == 2


def test_what_came_between_the_draw_and_the_release_is_left_out():
    review_facts()
    cycle = CycleFactory(ready=True, reads_each=2)
    application = ApplicationFactory(submitted=True, cycle=cycle)
    _people, office = [UserFactory(advisor=True) for _ in range(2)], UserFactory(coordinator=True)
    assigning.draw_readers(cycle, by=office)
    known = application.assignments.first().reader
    ConflictOfInterest.objects.create(application=application, reader=known, declared_by=known)

    released = assigning.release_draft(cycle, by=office)

    assert (released.count, released.left_out) == (1, 1)
    assert list(readers.lacking_readers(cycle)) == [application]


def test_a_late_reader_s_files_move_as_the_preview_said(given):
    cycle, application, people, rows = given
    office = UserFactory(coordinator=True)
    plan = reassigning.plan_move(cycle, people[0], seed=3)
    assert [(move.application, move.to) for move in plan.moves] == [(application, (people[2],))]

    assert reassigning.move_unread(cycle, people[0], by=office, seed=3, seen=plan.fingerprint) == 1

    assert {each.reader for each in application.assignments.all()} == {people[1], people[2]}
    templates = {message.recipient: message.template for message in Message.objects.all()}
    assert templates == {people[0]: "applications/readings_moved", people[2]: "applications/readings_assigned"}
    with pytest.raises(RuleViolation):
        reassigning.move_unread(cycle, people[0], by=office, seed=3, seen=plan.fingerprint)


def test_what_is_only_drawn_for_a_late_reader_stays_in_the_draft(given):
    cycle, application, people, _rows = given
    office, other = UserFactory(coordinator=True), ApplicationFactory(submitted=True, answered=True, cycle=cycle)
    drawn = AssignmentFactory(application=other, reader=people[0], released_at=None)
    plan = reassigning.plan_move(cycle, people[0], seed=3)

    assert reassigning.move_unread(cycle, people[0], by=office, seed=3, seen=plan.fingerprint) == 1

    drawn.refresh_from_db()
    assert (drawn.reader, drawn.released_at) == (people[0], None)
    assert {each.reader for each in application.assignments.all()} == {people[1], people[2]}


def test_a_reader_who_left_can_be_relieved_and_locked_scores_stay(given):
    cycle, application, people, rows = given
    ReviewFactory(assignment=rows[1], locked=True)
    for person in people[:2]:
        person.roles.all().delete()

    plan = reassigning.plan_move(cycle, people[0], seed=1)

    assert plan.moves[0].to == (people[2],)
    with pytest.raises(RuleViolation) as caught:
        reassigning.plan_move(cycle, people[1], seed=1)
    assert caught.value.code == "nothing_to_move"


def test_a_second_digest_of_the_day_waits(given):
    cycle, application, people, rows = given
    conflict.declare(rows[0], by=people[0])
    other = ApplicationFactory(submitted=True, answered=True, cycle=cycle)
    row = AssignmentFactory(application=other, reader=people[0])
    AssignmentFactory(application=other, reader=people[1])
    conflict.declare(row, by=people[0])

    first, second = Message.objects.filter(recipient=people[2]).order_by("pk")
    assert (first.send_after, second.subject) == (None, "1 application to read")
    assert second.send_after > first.queued_at


# --- Pages ------------------------------------------------------------------------------------------


def test_pages_of_the_draft_and_the_readers_take_a_fixed_number_of_queries(
    given, sign_in, django_assert_max_num_queries
):
    cycle, _application, people, _rows = given
    client = sign_in(UserFactory(coordinator=True))
    for _ in range(3):
        ApplicationFactory(submitted=True, answered=True, cycle=cycle)
    assigning.draw_readers(cycle, by=people[0])
    client.get(reverse("applications:assignment-draft", args=[cycle.code]))  # a worker calculates the plan's outlook
    with django_assert_max_num_queries(24):
        page = client.get(reverse("applications:assignment-draft", args=[cycle.code])).content.decode()
    assert "Only the office sees them" in page
    client.get(reverse("applications:review-list"))  # counts, which are kept until somebody acts
    with django_assert_max_num_queries(10):
        page = client.get(reverse("applications:review-list")).content.decode()
    assert "drawn" in page


def test_a_reader_says_what_they_take_and_the_office_adds_one(sign_in):
    review_facts()
    reader, other = UserFactory(advisor=True), UserFactory()
    page = reverse("applications:reader-own")
    sign_in(reader).post(page, {"reads_spanish": "on", "reads_most": "12", "is_reading": "on"})
    assert (reader.reader_profile.reads_most, reader.reader_profile.reads_spanish) == (12, True)

    office = sign_in(UserFactory(coordinator=True))
    wrong = office.post(reverse("applications:reader-add"), {"email": "nobody@example.edu"})
    assert "No account uses nobody@example.edu" in wrong.content.decode()
    office.post(reverse("applications:reader-add"), {"email": other.email})
    assert other in readers.people_who_read()


@pytest.mark.parametrize(("count", "is_good"), [(0, False), (1, False), (2, True), (4, True), (5, False)])
def test_a_cycle_has_two_to_four_readers_for_each_application(count, is_good):
    review_facts()
    form = NewCycleForm({"reads_each": count})
    assert ("reads_each" not in form.errors) == is_good

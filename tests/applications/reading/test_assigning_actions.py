from collections import Counter

import pytest

from applications.models import Assignment, ReaderProfile
from applications.reading import readers
from applications.reading.actions import assigning
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, AssignmentFactory, CycleFactory, review_facts

pytestmark = pytest.mark.django_db


def draw_setting(readers=4, applications=3, **facts):
    review_facts(**facts)
    cycle = CycleFactory(ready=True, reads_each=2)
    people = [UserFactory(advisor=True) for _ in range(readers)]
    college = people[0].roles.get().college
    rows = [ApplicationFactory(submitted=True, cycle=cycle, college=college) for _ in range(applications)]
    return cycle, people, rows


def test_draw_gives_each_application_readers_of_other_colleges():
    cycle, people, rows = draw_setting()
    ApplicationFactory(cycle=cycle)
    ApplicationFactory(cycle=cycle, withdrawn=True)

    assigning.draw_readers(cycle, by=UserFactory(coordinator=True), seed=7)

    assert Counter(Assignment.objects.values_list("application", flat=True)) == {row.pk: 2 for row in rows}
    assert not Assignment.objects.filter(reader=people[0]).exists()


def test_release_tells_each_reader_once_and_records_the_draw():
    cycle, people, _rows = draw_setting()
    by = UserFactory(coordinator=True)

    assigning.draw_readers(cycle, by=by, seed=7)
    assert not Message.objects.exists()
    assert not Assignment.objects.to_read_by(people[1]).exists()
    released = assigning.release_draft(cycle, by=by, seen=assigning.draft_fingerprint(cycle))

    told = Message.objects.filter(template="applications/readings_assigned")
    assert (released.count, released.readers, released.left_out) == (6, 3, 0)
    assert sorted(message.recipient_id for message in told) == sorted(person.pk for person in people[1:])
    assert {message.subject for message in told} == {"2 applications to read"}
    assert Assignment.objects.to_read_by(people[1]).count() == 2
    event = Event.objects.get(action="review.assign_readers")
    assert event.changes["seed"] == 7
    assert event.changes["loads"] == {people[0].code: 0} | {person.code: 2 for person in people[1:]}


def test_draw_keeps_what_is_there_and_a_repeat_adds_nothing():
    cycle, people, rows = draw_setting()
    kept = AssignmentFactory(application=rows[0], reader=people[1])
    by = UserFactory(coordinator=True)

    assigning.draw_readers(cycle, by=by)
    repeated = assigning.draw_readers(cycle, by=by)

    assert Assignment.objects.filter(pk=kept.pk).exists()
    assert Assignment.objects.count() == 6
    assert repeated.added == ()
    assert Event.objects.filter(action="review.assign_readers").count() == 1


def test_draw_draws_the_same_from_the_same_seed():
    cycle, _people, _rows = draw_setting(readers=8, applications=6)
    by = UserFactory(coordinator=True)

    first = assigning.draw_readers(cycle, by=by, seed=3).pairs
    Assignment.objects.all().delete()
    second = assigning.draw_readers(cycle, by=by, seed=3).pairs
    Assignment.objects.all().delete()

    assert first == second
    assert first != assigning.draw_readers(cycle, by=by, seed=4).pairs


def test_draw_leaves_coordinators_and_former_advisors_out():
    cycle, people, rows = draw_setting(readers=3, applications=1)
    both = UserFactory(advisor=True, coordinator=True)
    gone = UserFactory(advisor=True, is_active=False)

    assigning.draw_readers(cycle, by=both)

    readers = set(Assignment.objects.filter(application=rows[0]).values_list("reader", flat=True))
    assert readers == {people[1].pk, people[2].pk}
    assert gone.pk not in readers


def test_draw_knows_every_college_someone_advises_for():
    cycle, people, _rows = draw_setting(readers=3)
    for person in people[1:]:
        second = UserFactory._meta.model.objects.get(pk=person.pk)
        second.roles.create(kind="advisor", college=people[0].roles.get().college)

    with pytest.raises(RuleViolation) as caught:
        assigning.draw_readers(cycle, by=UserFactory(coordinator=True))

    assert caught.value.code == "not_enough_readers"


def test_draw_says_what_is_missing_and_assigns_nothing():
    cycle, people, _rows = draw_setting(readers=2)

    with pytest.raises(RuleViolation) as caught:
        assigning.draw_readers(cycle, by=UserFactory(coordinator=True))

    college = people[0].roles.get().college
    assert caught.value.code == "not_enough_readers"
    assert "3 readings are missing" in caught.value.message
    assert f"Applications from {college} need 1 more reader who advises elsewhere." in caught.value.message
    # their limit is not what is missing
    assert "can take" not in caught.value.message and "limit" not in caught.value.message
    assert not Assignment.objects.exists()


def test_draw_names_readers_who_are_at_their_limit():
    cycle, people, _rows = draw_setting(readers=3, **{"review.reads_max": 2})

    with pytest.raises(RuleViolation) as caught:
        assigning.draw_readers(cycle, by=UserFactory(coordinator=True))

    assert "2 readings are missing" in caught.value.message
    assert "Your 3 readers can take 6 in all, but you need 8." in caught.value.message
    assert str(people[1]) in caught.value.message
    assert str(people[0]) not in caught.value.message


def test_applications_in_spanish_ask_for_readers_of_spanish():
    """An advisor of another college who reads no Spanish would not help."""
    cycle, people, rows = draw_setting(readers=1, applications=1)
    rows[0].answer_language = "es"
    rows[0].save()
    with pytest.raises(RuleViolation) as caught:
        assigning.draw_readers(cycle, by=UserFactory(coordinator=True))
    college = people[0].roles.get().college
    assert (
        f"Applications in Spanish from {college} need 2 more readers who read Spanish and advise elsewhere."
        in caught.value.message
    )


def test_readers_who_take_no_more_are_not_asked_for_more():
    cycle, people, _rows = draw_setting(readers=3)
    ReaderProfile.objects.create(user=people[1], is_reading=False)
    with pytest.raises(RuleViolation) as caught:
        assigning.draw_readers(cycle, by=UserFactory(coordinator=True))
    assert str(people[1]) not in caught.value.message
    assert "need 1 more reader who advises elsewhere" in caught.value.message


def test_draw_needs_a_rubric():
    review_facts()

    with pytest.raises(RuleViolation) as caught:
        assigning.draw_readers(CycleFactory(), by=UserFactory(coordinator=True))

    assert caught.value.code == "no_rubric"


def test_lacking_readers_counts_only_submitted_ones():
    cycle = CycleFactory(reads_each=1)
    lacking = ApplicationFactory(submitted=True, cycle=cycle)
    ApplicationFactory(cycle=cycle, college=CollegeFactory())
    AssignmentFactory(application=ApplicationFactory(submitted=True, cycle=cycle))

    assert list(readers.lacking_readers(cycle)) == [lacking]

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest

from applications import scoring
from applications.actions import review
from applications.models import Assignment, Endorsement, Review
from applications.reading import minutes_each
from applications.states import Status
from exchange.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    ReviewFactory,
    review_facts,
)

pytestmark = pytest.mark.django_db
FULL = {"purpose": 4, "adapting": 5, "giving_back": 3}


def endorse(application, by, **changes):
    said = {"result": Endorsement.Result.ENDORSED, "is_enrolled": True, "units": 12, "note": ""} | changes
    return review.endorse(application, by=by, **said)


def read(assignment, act=review.lock_review, points=FULL, comment="", feedback=""):
    return act(assignment, points=points, comment=comment, feedback=feedback, by=assignment.reader)


# --- Endorsing --------------------------------------------------------------------------------------


def test_endorse_records_what_the_college_says():
    application = ApplicationFactory(submitted=True)
    advisor = UserFactory(advisor=application.college)

    endorsement = endorse(application, advisor)

    assert (endorsement.result, endorsement.units, endorsement.endorsed_by) == ("endorsed", 12, advisor)
    assert Event.objects.get().action == "review.endorse"


def test_endorse_can_be_corrected_and_repeated():
    application = ApplicationFactory(submitted=True)
    advisor = UserFactory(advisor=application.college)

    endorse(application, advisor)
    endorse(application, advisor)
    endorse(application, advisor, result=Endorsement.Result.ASK_THE_OFFICE, note="Dropped a class.")

    assert Endorsement.objects.get().result == "ask_the_office"
    assert [event.changes["before"] for event in Event.objects.order_by("pk")] == ["", "endorsed"]


@pytest.mark.parametrize("trait", ["returned", "withdrawn", "selected", "waitlisted", "not_selected", "confirmed"])
def test_endorse_is_closed_when_it_is_not_with_the_committee(trait):
    application = ApplicationFactory(**{trait: True})

    with pytest.raises(RuleViolation) as caught:
        endorse(application, UserFactory(advisor=application.college))

    assert caught.value.code == "not_to_endorse"
    assert not Endorsement.objects.exists()


def test_endorse_stays_open_while_a_decision_is_private():
    decision = DecisionFactory()

    endorse(decision.application, UserFactory(advisor=decision.application.college))

    assert Endorsement.objects.count() == 1


# --- Assigning readers ------------------------------------------------------------------------------


def draw_setting(readers=4, applications=3, **facts):
    review_facts(**facts)
    cycle = CycleFactory(ready=True, reads_each=2)
    people = [UserFactory(advisor=True) for _ in range(readers)]
    college = people[0].roles.get().college
    rows = [ApplicationFactory(submitted=True, cycle=cycle, college=college) for _ in range(applications)]
    return cycle, people, rows


def test_assign_readers_gives_each_application_readers_of_other_colleges():
    cycle, people, rows = draw_setting()
    ApplicationFactory(cycle=cycle)
    ApplicationFactory(cycle=cycle, withdrawn=True)

    review.assign_readers(cycle, by=UserFactory(coordinator=True), seed=7)

    assert Counter(Assignment.objects.values_list("application", flat=True)) == {row.pk: 2 for row in rows}
    assert not Assignment.objects.filter(reader=people[0]).exists()


def test_assign_readers_tells_each_reader_once_and_records_the_draw():
    cycle, people, _rows = draw_setting()

    review.assign_readers(cycle, by=UserFactory(coordinator=True), seed=7)

    told = Message.objects.filter(template="applications/readings_assigned")
    assert sorted(message.recipient_id for message in told) == sorted(person.pk for person in people[1:])
    assert {message.subject for message in told} == {"2 candidates to read"}
    event = Event.objects.get(action="review.assign_readers")
    assert event.changes["seed"] == 7
    assert event.changes["loads"] == {people[0].code: 0} | {person.code: 2 for person in people[1:]}


def test_assign_readers_keeps_what_is_there_and_a_repeat_adds_nothing():
    cycle, people, rows = draw_setting()
    kept = AssignmentFactory(application=rows[0], reader=people[1])
    by = UserFactory(coordinator=True)

    review.assign_readers(cycle, by=by)
    repeated = review.assign_readers(cycle, by=by)

    assert Assignment.objects.filter(pk=kept.pk).exists()
    assert Assignment.objects.count() == 6
    assert repeated.added == ()
    assert Event.objects.filter(action="review.assign_readers").count() == 1


def test_assign_readers_draws_the_same_from_the_same_seed():
    cycle, _people, _rows = draw_setting(readers=8, applications=6)
    by = UserFactory(coordinator=True)

    first = review.assign_readers(cycle, by=by, seed=3).pairs
    Assignment.objects.all().delete()
    second = review.assign_readers(cycle, by=by, seed=3).pairs
    Assignment.objects.all().delete()

    assert first == second
    assert first != review.assign_readers(cycle, by=by, seed=4).pairs


def test_assign_readers_leaves_coordinators_and_former_advisors_out():
    cycle, people, rows = draw_setting(readers=3, applications=1)
    both = UserFactory(advisor=True, coordinator=True)
    gone = UserFactory(advisor=True, is_active=False)

    review.assign_readers(cycle, by=both)

    readers = set(Assignment.objects.filter(application=rows[0]).values_list("reader", flat=True))
    assert readers == {people[1].pk, people[2].pk}
    assert gone.pk not in readers


def test_assign_readers_knows_every_college_someone_advises_for():
    cycle, people, _rows = draw_setting(readers=3)
    for person in people[1:]:
        second = UserFactory._meta.model.objects.get(pk=person.pk)
        second.roles.create(kind="advisor", college=people[0].roles.get().college)

    with pytest.raises(RuleViolation) as caught:
        review.assign_readers(cycle, by=UserFactory(coordinator=True))

    assert caught.value.code == "not_enough_readers"


def test_assign_readers_says_what_is_missing_and_assigns_nothing():
    cycle, people, _rows = draw_setting(readers=2)

    with pytest.raises(RuleViolation) as caught:
        review.assign_readers(cycle, by=UserFactory(coordinator=True))

    college = people[0].roles.get().college
    assert caught.value.code == "not_enough_readers"
    assert "3 readings are missing" in caught.value.message
    assert f"Students of {college} need 1 more reader who advises at another college." in caught.value.message
    assert not Assignment.objects.exists()


def test_assign_readers_names_readers_who_are_at_their_limit():
    cycle, people, _rows = draw_setting(readers=3, **{"review.reads_max": 2})

    with pytest.raises(RuleViolation) as caught:
        review.assign_readers(cycle, by=UserFactory(coordinator=True))

    assert "2 readings are missing" in caught.value.message
    assert "The 3 readers can take 6 in all; 8 would do." in caught.value.message
    assert str(people[1]) in caught.value.message
    assert str(people[0]) not in caught.value.message


def test_assign_readers_needs_a_rubric():
    review_facts()

    with pytest.raises(RuleViolation) as caught:
        review.assign_readers(CycleFactory(), by=UserFactory(coordinator=True))

    assert caught.value.code == "no_rubric"


# --- Scoring ----------------------------------------------------------------------------------------


def test_save_review_keeps_an_incomplete_draft_without_scoring():
    assignment = AssignmentFactory()

    read(assignment, review.save_review, points={"purpose": 4}, feedback="Go on.")
    read(assignment, review.save_review, points={"purpose": 2, "adapting": 3}, comment="Hm.")

    kept = Review.objects.get()
    assert {each.criterion.key: each.points for each in kept.ratings.all()} == {"purpose": 2, "adapting": 3}
    assert (kept.comment, kept.feedback, kept.locked_at) == ("Hm.", "", None)
    assignment.application.refresh_from_db()
    assert assignment.application.reads_locked == 0


def test_lock_review_works_out_the_figures_of_all_locked_reads():
    application = ApplicationFactory(submitted=True, answered=True, cycle__ready=True)
    first, second = AssignmentFactory.create_batch(2, application=application)
    ReviewFactory(assignment__application=application, points=1)  # begun, not locked

    read(first, points=FULL)
    read(second, points={"purpose": 2, "adapting": 2, "giving_back": 3})

    application.refresh_from_db()
    assert application.reads_locked == 2
    assert (application.score_mean, application.score_median, application.score_spread) == (
        Decimal("9.5"),
        Decimal("9.5"),
        Decimal("5"),
    )


def test_lock_review_needs_every_criterion():
    assignment = AssignmentFactory()

    with pytest.raises(RuleViolation) as caught:
        read(assignment, points={"purpose": 4})

    assert caught.value.code == "incomplete"
    assert "Adapting, Giving back" in caught.value.message
    assert not Review.objects.exists()


def test_lock_review_twice_changes_nothing():
    assignment = AssignmentFactory()

    read(assignment, points=FULL)
    read(assignment, points={"purpose": 1, "adapting": 1, "giving_back": 1})

    assignment.application.refresh_from_db()
    assert assignment.application.score_mean == 12
    assert Event.objects.filter(action="review.lock").count() == 1


def test_save_review_refuses_what_is_locked():
    assignment = ReviewFactory(locked=True).assignment

    with pytest.raises(RuleViolation) as caught:
        read(assignment, review.save_review, points={"purpose": 1})

    assert caught.value.code == "locked"


@pytest.mark.parametrize("act", [review.save_review, review.lock_review])
@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.SELECTED, Status.RETURNED])
def test_reading_stops_when_the_application_leaves_the_running(act, status):
    trait = {Status.WITHDRAWN: "withdrawn", Status.SELECTED: "selected", Status.RETURNED: "returned"}[status]
    assignment = AssignmentFactory(application=ApplicationFactory(answered=True, **{trait: True}))

    with pytest.raises(RuleViolation) as caught:
        read(assignment, act)

    assert caught.value.code == "not_in_the_running"


@pytest.mark.parametrize("points", [{"purpose": 6}, {"charm": 3}])
def test_points_outside_the_rubric_are_refused(points):
    with pytest.raises(RuleViolation) as caught:
        read(AssignmentFactory(application__cycle__ready=True), review.save_review, points=points)

    assert caught.value.code == "unknown_points"


def test_stored_figures_are_those_of_the_pure_module():
    application = ApplicationFactory(submitted=True, answered=True, cycle__ready=True)
    for points in (2, 5, 4):
        ReviewFactory(locked=True, assignment__application=application, points=points)

    application.refresh_from_db()
    scores = [scoring.Score("a", str(points), key, points) for points in (2, 5, 4) for key in FULL]
    (expected,) = scoring.summarise(scores, dict.fromkeys(FULL, 1))
    assert float(application.score_mean) == pytest.approx(expected.mean, abs=0.0005)
    assert float(application.score_spread) == expected.spread


def test_pace_is_one_s_own_once_there_is_enough():
    took = [dt.timedelta(minutes=each) for each in (9, 11, 300)]

    assert minutes_each(took, usual=15) == 11
    assert minutes_each(took[:2], usual=15) == 15
    assert minutes_each([dt.timedelta(seconds=2)] * 3, usual=15) == 1


def test_lacking_readers_counts_only_submitted_ones():
    cycle = CycleFactory(reads_each=1)
    lacking = ApplicationFactory(submitted=True, cycle=cycle)
    ApplicationFactory(cycle=cycle, college=CollegeFactory())
    AssignmentFactory(application=ApplicationFactory(submitted=True, cycle=cycle))

    assert list(review.lacking_readers(cycle)) == [lacking]

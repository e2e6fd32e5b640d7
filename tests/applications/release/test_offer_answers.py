import pytest

from applications.apply import results
from applications.apply.actions import application as application_actions
from applications.models import Cycle, Decision
from applications.release.actions import offer as offers
from applications.scores import scoring
from applications.selection import ranking
from applications.selection.actions import selection
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    DecisionFactory,
    OfferFactory,
    ReviewFactory,
    application_facts,
)
from tests.releasing import release_now

pytestmark = pytest.mark.django_db
REASON = "Agreed by all readers."


@pytest.fixture
def coordinator():
    application_facts()
    return UserFactory(coordinator=True)


def decide(application, by, result=Status.SELECTED, **more):
    return selection.decide(application, result=result, reason=REASON, by=by, **more)


release = release_now


@pytest.fixture
def decided(coordinator):
    """A cycle with one decision of each kind and one application without a decision."""
    cycle = CycleFactory()
    for result in (Status.SELECTED, Status.WAITLISTED, Status.NOT_SELECTED):
        decide(ApplicationFactory(submitted=True, cycle=cycle), coordinator, result)
    ApplicationFactory(submitted=True, cycle=cycle)
    return cycle


# --- Answering --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("act", "status"), [(offers.confirm, "confirmed"), (offers.decline, "declined")])
def test_answering_moves_the_application_and_repeats_change_nothing(act, status):
    offer = OfferFactory()
    student = offer.application.student

    act(offer, by=student)
    act(offer, by=student)

    offer.refresh_from_db()
    assert (offer.reply, offer.application.status) == (status, status)
    assert offer.answered_at is not None
    assert Message.objects.get().template == f"applications/offer_{status}"
    assert Event.objects.count() == 1


@pytest.mark.parametrize(("first", "second"), [("confirm", "decline"), ("decline", "confirm")])
def test_an_answer_stays(first, second):
    offer = OfferFactory()
    getattr(offers, first)(offer, by=offer.application.student)

    with pytest.raises(RuleViolation) as caught:
        getattr(offers, second)(offer, by=offer.application.student)

    assert caught.value.code == "already_answered"


@pytest.mark.parametrize("act", [offers.confirm, offers.decline])
def test_after_the_deadline_the_answer_is_refused_kindly(act):
    offer = OfferFactory(lapsed=True)

    with pytest.raises(RuleViolation) as caught:
        act(offer, by=offer.application.student)

    assert caught.value.code == "lapsed"
    assert "Los Angeles time" in caught.value.message
    offer.application.refresh_from_db()
    assert offer.application.status == Status.SELECTED


def test_an_offer_of_a_withdrawn_application_cannot_be_confirmed():
    offer = OfferFactory()
    application_actions.withdraw(offer.application, by=offer.application.student)

    with pytest.raises(RuleViolation) as caught:
        offers.confirm(offer, by=offer.application.student)

    assert caught.value.code == "not_now"


# --- The ranked list and what a student is told -----------------------------------------------------


def test_the_ranked_list_has_the_order_and_ranks_of_the_pure_module():
    cycle = CycleFactory()
    figures = [(12, 12), (9, 10), (9, 9), (9, 10), (14, 14), None, None]
    rows = {}
    for each in figures:
        scored = {"reads_locked": 2, "score_mean": each[0], "score_median": each[1], "score_spread": 4} if each else {}
        row = ApplicationFactory(submitted=True, cycle=cycle, **scored)
        rows[row.code] = each
    expected = scoring.rank(
        [
            scoring.Summary(code, 2 if each else 0, *(each or (None, None)), 4 if each else None, {}, ())
            for code, each in rows.items()
        ],
        disagreement_at=4,
    )

    ranked = ranking.ranked_list(cycle.applications.submitted(), user=UserFactory(coordinator=True))
    listed = [row for start in range(0, 8, 2) for row in ranked[start : start + 2]]

    assert ranked.count() == 7
    assert [row.code for row in listed] == [each.summary.application for each in expected]
    for start in (None, 0):
        ranks = ranking.ranks_of(listed, start=start)
        assert [ranks.get(row.pk) for row in listed] == [each.rank for each in expected]
    later = ranking.ranks_of(listed[3:], start=3)
    assert [later.get(row.pk) for row in listed[3:]] == [each.rank for each in expected][3:]


def test_a_rank_leaves_out_who_is_hidden_among_those_who_are_ranked():
    cycle = CycleFactory()
    first, second, third = (
        ApplicationFactory(submitted=True, cycle=cycle, reads_locked=2, score_mean=mean, score_median=mean)
        for mean in (14, 12, 10)
    )
    told = ApplicationFactory(waitlisted=True, cycle=cycle, reads_locked=2, score_mean=14, score_median=14)

    assert ranking.ranks_of([third]) == {third.pk: 3}
    assert ranking.ranks_of([third], hidden={first.pk, told.pk}) == {third.pk: 2}
    assert ranking.ranks_of([third, second], hidden={told.pk}) == {third.pk: 3, second.pk: 2}


def test_counts_tell_private_results_from_told_ones(decided, coordinator):
    OfferFactory(decision=DecisionFactory(released=True, application__cycle=decided))
    ApplicationFactory(confirmed=True, cycle=decided)

    counts = ranking.counts_of(decided)

    assert counts.decided == {"selected": 1, "waitlisted": 1, "not_selected": 1}
    assert (counts.told["selected"], counts.submitted, counts.undecided) == (1, 4, 1)
    assert counts.taken == 3


def test_nothing_is_told_before_the_release(decided, coordinator):
    application = Decision.objects.get(result="not_selected").application
    Cycle.objects.update(reads_each=1)
    ReviewFactory(locked=True, assignment__application=application)

    assert results.result_of(application) is None
    release(decided, coordinator)
    application.refresh_from_db()

    told = results.result_of(application)
    assert told.status == "not_selected"
    assert told.feedback == ("Your library story shows how you find your way in.",)


def test_feedback_is_only_what_was_locked_and_written():
    application = ApplicationFactory(not_selected=True)
    ReviewFactory(locked=True, assignment__application=application, feedback="")
    ReviewFactory(assignment__application=application, feedback="Only a draft.")

    assert results.feedback_for(application) == ()


def test_a_student_on_the_waiting_list_is_told_the_place():
    decision = DecisionFactory(released=True, result=Status.WAITLISTED, waitlist_position=3)
    ahead = DecisionFactory(
        released=True, result=Status.WAITLISTED, waitlist_position=2, application__cycle=decision.application.cycle
    )

    assert results.result_of(decision.application).waitlist_position == 2
    application_actions.withdraw(ahead.application, by=ahead.application.student)
    assert results.result_of(decision.application).waitlist_position == 1

import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from applications.apply.actions import application as application_actions
from applications.models import Application, Decision, Offer
from applications.release.actions import offer as offers
from applications.release.actions import releasing
from applications.selection.actions import selection
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.messages import consent
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    DecisionFactory,
    OfferFactory,
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


# --- Deciding ---------------------------------------------------------------------------------------


def test_decide_keeps_a_private_result(coordinator):
    application = ApplicationFactory(submitted=True)

    decide(application, coordinator)

    decision = Decision.objects.get()
    assert (decision.result, decision.reason, decision.released_at) == ("selected", REASON, None)
    application.refresh_from_db()
    assert application.status == Status.SUBMITTED
    assert not Message.objects.exists()
    assert Event.objects.get().changes == {"before": "", "result": "selected", "position": None}


def test_decide_can_be_changed_and_a_repeat_writes_nothing(coordinator):
    application = ApplicationFactory(submitted=True)

    decide(application, coordinator)
    decide(application, coordinator)
    decide(application, coordinator, Status.NOT_SELECTED)

    assert Decision.objects.get().result == "not_selected"
    assert Event.objects.count() == 2


@pytest.mark.parametrize("trait", ["returned", "withdrawn", "selected", "not_selected", "confirmed", "declined"])
def test_decide_follows_the_moves_of_an_application(coordinator, trait):
    with pytest.raises(RuleViolation) as caught:
        decide(ApplicationFactory(**{trait: True}), coordinator, Status.WAITLISTED)

    assert caught.value.code == "move_not_allowed"
    assert not Decision.objects.exists()


def test_someone_on_the_waiting_list_can_be_selected_later(coordinator):
    waiting = DecisionFactory(released=True, result=Status.WAITLISTED, waitlist_position=1).application

    decide(waiting, coordinator)
    release(waiting.cycle, coordinator)

    waiting.refresh_from_db()
    assert waiting.status == Status.SELECTED
    assert waiting.offers.count() == 1


def test_waiting_list_places_are_given_in_order_and_not_twice(coordinator):
    cycle = CycleFactory()
    first, second, third = ApplicationFactory.create_batch(3, submitted=True, cycle=cycle)
    decide(first, coordinator, Status.WAITLISTED)
    decide(second, coordinator, Status.WAITLISTED, waitlist_position=4)

    assert decide(third, coordinator, Status.WAITLISTED).waitlist_position == 5
    with pytest.raises(RuleViolation) as caught:
        decide(third, coordinator, Status.WAITLISTED, waitlist_position=4)

    assert caught.value.code == "position_taken"
    assert second.candidate_label in caught.value.message


def test_waiting_list_places_that_were_told_stay_taken(coordinator):
    told = DecisionFactory(released=True, result=Status.WAITLISTED, waitlist_position=1).application
    other = ApplicationFactory(submitted=True, cycle=told.cycle)

    assert decide(other, coordinator, Status.WAITLISTED).waitlist_position == 2


def test_decide_many_is_all_or_nothing(coordinator):
    cycle = CycleFactory()
    rows = [ApplicationFactory(submitted=True, cycle=cycle), ApplicationFactory(confirmed=True, cycle=cycle)]

    with pytest.raises(RuleViolation):
        selection.decide_many(rows, result=Status.SELECTED, reason=REASON, by=coordinator)

    assert not Decision.objects.exists()


def test_decide_many_orders_the_waiting_list_by_score(coordinator):
    cycle = CycleFactory()
    scored = {
        mean: ApplicationFactory(
            submitted=True, cycle=cycle, reads_locked=1, score_mean=mean, score_median=mean, score_spread=0
        )
        for mean in (8, 12, 10)
    }

    selection.decide_many(scored.values(), result=Status.WAITLISTED, reason=REASON, by=coordinator)

    places = {mean: row.decisions.get().waitlist_position for mean, row in scored.items()}
    assert places == {12: 1, 10: 2, 8: 3}


def test_undo_takes_back_only_what_nobody_was_told(coordinator):
    private, told = DecisionFactory(), DecisionFactory(released=True)

    selection.undo(private.application, by=coordinator)
    selection.undo(told.application, by=coordinator)

    assert list(Decision.objects.all()) == [told]
    assert Event.objects.get().action == "selection.undo"


# --- Releasing --------------------------------------------------------------------------------------


@pytest.fixture
def decided(coordinator):
    """A cycle with one decision of each kind and one application without a decision."""
    cycle = CycleFactory()
    for result in (Status.SELECTED, Status.WAITLISTED, Status.NOT_SELECTED):
        decide(ApplicationFactory(submitted=True, cycle=cycle), coordinator, result)
    ApplicationFactory(submitted=True, cycle=cycle)
    return cycle


def test_release_moves_everyone_and_makes_offers_for_the_selected(decided, coordinator):
    release(decided, coordinator)

    assert sorted(decided.applications.values_list("status", flat=True)) == [
        "not_selected",
        "selected",
        "submitted",
        "waitlisted",
    ]
    assert Offer.objects.get().application.status == Status.SELECTED
    assert not Decision.objects.unreleased().exists()
    assert set(Decision.objects.values_list("released_by", flat=True)) == {coordinator.pk}


def test_release_gives_until_the_end_of_the_last_day_in_los_angeles(decided, coordinator, settings):
    release(decided, coordinator)

    until = timezone.localtime(Offer.objects.get().answer_by)
    assert until.date() == timezone.localdate() + dt.timedelta(days=decided.answer_days)
    assert until.strftime("%H:%M:%S %Z") in ("23:59:59 PST", "23:59:59 PDT")


def test_release_tells_each_student_once_in_their_language(decided, coordinator):
    spanish = Decision.objects.get(result="not_selected").application.student
    spanish.language = "es"
    spanish.save()

    release(decided, coordinator)

    told = Message.objects.filter(template="applications/decision_released")
    students = {row.student_id for row in decided.applications.exclude(status=Status.SUBMITTED)}
    assert sorted(message.recipient_id for message in told) == sorted(students)
    assert told.get(recipient=spanish).language == "es"


def test_the_message_does_not_tell_the_result(decided, coordinator):
    release(decided, coordinator)

    bodies = {
        message.body.replace(message.recipient.called, "").split("applications/")[0] + message.body.split("/\n")[-1]
        for message in Message.objects.filter(channel="email")
    }
    assert len(bodies) == 1


def test_the_preview_is_what_is_sent(decided, coordinator):
    """Counts messages, not people: a confirmed phone gets a text only if its number agreed to texts."""
    for decision, (number, texts) in zip(
        Decision.objects.order_by("pk"), [("31", True), ("32", False), ("33", None)], strict=True
    ):
        student = decision.application.student
        student.phone, student.phone_verified_at = f"+121355501{number}", timezone.now()
        student.save()
        if texts is not None:
            said = consent.agree if texts else consent.stop
            said(f"+121355501{number}", how="page", by=student, user=student)
    plan = releasing.plan_release(decided)
    previewed = releasing.preview_messages(plan.decisions, plan.answer_by)
    assert not Message.objects.exists()

    release(decided, coordinator)

    def said_by(rows):
        return sorted((each.recipient_id, each.channel, each.address, each.subject, each.body) for each in rows)

    assert said_by(Message.objects.all()) == said_by(each for some in previewed for each in some)
    assert [each.address for each in Message.objects.filter(channel="text")] == ["+12135550131"]


def test_release_twice_tells_nobody_twice(decided, coordinator):
    kept = release(decided, coordinator)

    releasing.start(kept, by=coordinator)
    releasing.carry_out(kept.code)

    assert (Message.objects.count(), Offer.objects.count()) == (3, 1)
    with pytest.raises(RuleViolation) as caught:
        releasing.keep_dry_run(decided, by=coordinator)
    assert caught.value.code == "nothing_to_release"


def test_release_leaves_out_who_took_the_application_back(decided, coordinator):
    gone = Decision.objects.get(result="selected").application
    application_actions.withdraw(gone, by=gone.student)
    Message.objects.all().delete()

    left_out = releasing.plan_release(decided).left_out
    release(decided, coordinator)

    assert [each.application for each in left_out] == [gone]
    gone.refresh_from_db()
    assert gone.status == Status.WITHDRAWN
    assert not Offer.objects.exists()
    assert gone.student_id not in Message.objects.values_list("recipient", flat=True)


def test_release_leaves_other_cycles_alone(decided, coordinator):
    other = DecisionFactory()

    release(decided, coordinator)

    other.refresh_from_db()
    assert other.released_at is None


def test_release_is_on_record(decided, coordinator):
    release(decided, coordinator)

    events = Event.objects.filter(action="selection.release")
    assert events.get(target_model="applications.cycle").changes["counts"] == {
        "selected": 1,
        "waitlisted": 1,
        "not_selected": 1,
    }
    assert events.filter(target_model="applications.application").count() == 3


@pytest.mark.django_db(transaction=True)
def test_confirm_and_decline_at_once_leave_one_answer():
    offer = OfferFactory()
    start, done, refused = threading.Barrier(2), [], []

    def answer(act):
        try:
            start.wait(timeout=10)
            done.append(act(offer, by=offer.application.student).reply)
        except RuleViolation as violation:
            refused.append(violation.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=answer, args=[act]) for act in (offers.confirm, offers.decline)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    offer.refresh_from_db()
    assert (len(done), refused) == (1, ["already_answered"])
    assert offer.reply == done[0] == Application.objects.get().status

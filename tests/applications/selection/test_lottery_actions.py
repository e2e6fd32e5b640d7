"""A lottery is announced, committed, drawn and published, in this order, each step once; the draw decides nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from applications.base import lottery as rule
from applications.models import Application, Decision, Lottery
from applications.selection import zones
from applications.selection.actions import lottery as actions
from applications.selection.actions import selection
from exchange.base.errors import RuleViolation
from exchange.figures import releases
from exchange.figures.counts import Key, Range
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    ReviewFactory,
    application_facts,
)
from tests.factories_lottery import PUBLIC_DRAW, REASON, RESULT, lottery_of, on_its_day, scored, tie, tomorrow
from tests.releasing import release_now

pytestmark = pytest.mark.django_db
ANNOUNCED, COMMITTED, DRAWN, PUBLISHED, CALLED_OFF = Lottery.Stage
OTHER = "1 2 3 4 5, Mega 6"


@pytest.fixture
def office():
    application_facts()
    return UserFactory(coordinator=True)


def announce(cycle, by, low="11.333", high="11.333", seats=2, reason=REASON):
    return actions.announce(cycle, low=Decimal(low), high=Decimal(high), seats=seats, reason=reason, by=by)


def commit(lottery, by, **more):
    return actions.commit(lottery, **{"public_draw": PUBLIC_DRAW, "on": tomorrow(), "by": by} | more)


def draw(lottery, by, result=RESULT):
    return actions.draw(lottery, result=result, by=by)


def on_draw_day():
    return on_its_day(lottery_of(stage=COMMITTED))


def refused(act, *args, **more):
    before = list(Lottery.objects.values()), Event.objects.count()
    with pytest.raises(RuleViolation) as caught:
        act(*args, **more)
    assert (list(Lottery.objects.values()), Event.objects.count()) == before
    return caught.value.code


# --- Announcing -------------------------------------------------------------------------------------


def test_announce_freezes_who_is_in_the_zone(office):
    cycle = tie(3)
    scored(cycle, Decimal("11.334"))
    scored(cycle, Decimal("11.332"))
    ApplicationFactory(submitted=True, cycle=cycle)
    tie(2)  # another cycle
    scored(cycle, Decimal("11.333"), withdrawn=True)
    DecisionFactory(application=scored(cycle, Decimal("11.333")))

    lottery = announce(cycle, office)

    inside = cycle.applications.filter(score_mean=Decimal("11.333"), status="submitted", decisions=None)
    assert lottery.entries == "".join(f"{code}\n" for code in sorted(inside.values_list("code", flat=True)))
    assert len(lottery.entries.split()) == 3
    assert lottery.zone == "mean from 11.333 to 11.333 seats 2"
    assert lottery.entries_hash == rule.sha256(f"lottery {lottery.code}\nzone {lottery.zone}\n{lottery.entries}")
    event = Event.objects.get()
    assert (event.action, event.reason, event.by) == ("lottery.announce", REASON, office)
    assert (lottery.stage, lottery.public_draw) == (ANNOUNCED, "")


def test_both_ends_of_the_zone_are_in_it(office):
    cycle = CycleFactory()
    low, high = scored(cycle, Decimal("10.5")), scored(cycle, Decimal("11.333"))
    assert set(announce(cycle, office, low="10.5", seats=1).entries.split()) == {low.code, high.code}


def test_all_scores_equal_puts_everybody_in(office):
    cycle = tie(8)
    assert len(announce(cycle, office, seats=3).entries.split()) == 8


def test_announcing_again_changes_the_zone_until_the_fingerprint_is_public(office):
    cycle = tie(3)
    first = announce(cycle, office)
    announce(cycle, office)  # unchanged
    assert Event.objects.count() == 1
    scored(cycle, Decimal("10.5"))

    changed = announce(cycle, office, low="10.5")

    assert changed.pk == first.pk
    assert len(changed.entries.split()) == 4
    assert changed.entries_hash != first.entries_hash
    commit(changed, office)
    assert refused(announce, cycle, office) == "already_committed"


@pytest.mark.parametrize(
    ("zone", "code"),
    [
        ({"low": "1", "high": "2"}, "nobody"),
        ({"low": "12", "high": "11"}, "zone_upside_down"),
        ({"seats": 3}, "nothing_to_draw"),
        ({"seats": 4}, "nothing_to_draw"),
    ],
)
def test_announce_refuses_a_zone_with_nothing_to_draw(office, zone, code):
    assert refused(announce, tie(3), office, **zone) == code


def test_one_entry_is_nothing_to_draw(office):
    assert refused(announce, tie(1), office, seats=1) == "nothing_to_draw"


def test_announce_waits_for_readings(office):
    cycle = tie(3)
    assignment = AssignmentFactory(application=cycle.applications.first())
    assert refused(announce, cycle, office) == "reading_open"
    ReviewFactory(assignment=assignment, locked=True)
    cycle.applications.update(score_mean=Decimal("11.333"))
    announce(cycle, office)


def test_nobody_runs_a_lottery_that_they_are_in(office):
    cycle = tie(3)
    scored(cycle, Decimal("11.333"), student=office)
    assert refused(announce, cycle, office) == "own_application"
    lottery = announce(cycle, UserFactory(coordinator=True))
    assert refused(commit, lottery, office) == "own_application"


@pytest.mark.parametrize("zone", [("11.333", "11.333"), ("12", "13"), ("1", "2"), ("1", "15"), ("11", "11.1")])
def test_no_zone_tells_a_reader_where_a_covered_mean_lies(office, zone):
    """Until they lock their own review, every zone gets the same answer: trying zones reveals nothing."""
    cycle = tie(3)
    unread = AssignmentFactory(application=scored(cycle, Decimal("12.5")), reader=office)

    with pytest.raises(RuleViolation) as caught:
        announce(cycle, office, *zone, seats=1)

    assert caught.value.code == "own_reading_open"
    assert unread.candidate_label in caught.value.message
    announce(cycle, UserFactory(coordinator=True), seats=1)


@pytest.mark.parametrize("zone", [("11.333", "11.333"), ("12", "13"), ("1", "2")])
def test_no_zone_tells_the_own_score_of_who_applied(office, zone):
    cycle = tie(3)
    scored(cycle, Decimal("12.5"), student=office)
    assert refused(announce, cycle, office, *zone, seats=1) == "own_application"


# --- The fingerprint and the public draw ------------------------------------------------------------


def test_commit_publishes_one_hash_of_the_list_and_the_named_draw(office):
    before = lottery_of()
    lottery = commit(before, office, public_draw="  California  Lottery,\nSuperLotto Plus ")

    assert (lottery.stage, lottery.public_draw, lottery.public_draw_on) == (COMMITTED, PUBLIC_DRAW, tomorrow())
    head = f"lottery {lottery.code}\nzone {lottery.zone}\ndraw {tomorrow():%Y-%m-%d} {PUBLIC_DRAW}\n"
    assert lottery.entries_hash == rule.sha256(head + before.entries)
    event = Event.objects.get(action="lottery.commit")
    assert (event.by, event.changes["entries_hash"]) == (office, lottery.entries_hash)


@pytest.mark.parametrize("days", [0, -1])
def test_a_draw_whose_result_may_be_known_is_refused(office, days):
    assert refused(commit, lottery_of(), office, on=timezone.localdate() + timedelta(days=days)) == "draw_not_ahead"


def test_how_many_are_in_it_is_a_published_figure_from_then_on(office):
    lottery = commit(lottery_of(), office)
    number = len(lottery.entries.split())
    key = Key(lottery.cycle.code, "in_lottery", "lottery", lottery.code)
    assert releases.told(lottery.cycle.code) == {key: Range(number, number)}


def test_the_named_draw_is_never_replaced(office):
    first = commit(lottery_of(), office)
    second = commit(first, UserFactory(coordinator=True), public_draw="Another lottery", on=tomorrow() + timedelta(9))
    assert (second.public_draw, second.public_draw_on, second.committed_by) == (PUBLIC_DRAW, tomorrow(), office)
    assert second.entries_hash == first.entries_hash
    assert Event.objects.filter(action="lottery.commit").count() == 1


@pytest.mark.parametrize("change", [{"score_mean": Decimal("9")}, {"status": "returned", "return_note": "Fix it."}])
def test_commit_refuses_a_zone_that_moved(office, change):
    lottery = lottery_of()
    Application.objects.filter(code=lottery.entries.split()[0]).update(**change)
    assert refused(commit, lottery, office) == "zone_moved"
    assert announce(lottery.cycle, office).entries != lottery.entries


def test_commit_refuses_when_somebody_came_in(office):
    lottery = lottery_of()
    scored(lottery.cycle, Decimal("11.333"))
    assert refused(commit, lottery, office) == "zone_moved"


# --- Drawing ----------------------------------------------------------------------------------------


def test_draw_keeps_an_order_that_anyone_can_repeat(office):
    lottery = draw(on_draw_day(), office)

    assert (lottery.stage, lottery.result) == (DRAWN, "7-14-25-36-41-3")
    assert rule.faults_of(lottery.draw, lottery.entries_hash) == []
    assert Event.objects.get(action="lottery.draw").changes == {"typed": RESULT, "result": lottery.result}
    assert not Decision.objects.exists()
    assert not Message.objects.exists()
    assert Application.objects.filter(status="submitted").count() == 6


def test_draw_happens_once_whatever_the_second_result(office):
    first = draw(on_draw_day(), office)
    second = draw(first, UserFactory(coordinator=True), OTHER)
    assert (second.order, second.result, second.drawn_by) == (first.order, first.result, office)
    assert Event.objects.filter(action="lottery.draw").count() == 1


def test_draw_needs_the_fingerprint_first(office):
    assert refused(draw, lottery_of(), office) == "not_committed"


def test_draw_waits_for_the_day_of_the_public_draw(office):
    assert refused(draw, lottery_of(stage=COMMITTED), office) == "too_early"


@pytest.mark.parametrize("result", ["", "123", "no numbers"])
def test_draw_needs_a_result(office, result):
    assert refused(draw, on_draw_day(), office, result) == "bad_result"


@pytest.mark.parametrize("change", [{"public_draw": "Another lottery"}, {"zone": "mean from 1.000 to 2.000 seats 2"}])
def test_what_was_changed_behind_the_portal_s_back_is_not_drawn(office, change):
    lottery = on_draw_day()
    Lottery.objects.filter(pk=lottery.pk).update(**change)
    assert refused(draw, lottery, office) == "entries_changed"


def test_entries_changed_behind_the_portal_s_back_are_not_drawn(office):
    lottery = on_draw_day()
    Lottery.objects.filter(pk=lottery.pk).update(entries=lottery.entries.replace(lottery.entries[:8], "ZZZZZZZZ"))
    assert refused(draw, lottery, office) == "entries_changed"


def test_scores_and_states_that_change_after_the_commitment_change_nothing(office):
    lottery = on_draw_day()
    lottery.cycle.applications.update(score_mean=Decimal("3"))
    scored(lottery.cycle, Decimal("11.333"))
    Application.objects.filter(code=lottery.entries.split()[0]).update(status="returned", return_note="Fix it.")

    drawn = draw(lottery, office)

    assert (drawn.entries, drawn.entries_hash) == (lottery.entries, lottery.entries_hash)
    assert sorted(drawn.order.split()) == lottery.entries.split()


def test_nobody_is_drawn_a_second_time(office):
    first = lottery_of(stage=DRAWN)
    assert refused(announce, first.cycle, office) == "drawn_before"
    tie(3, mean="8", cycle=first.cycle)
    assert announce(first.cycle, office, low="8", high="8").pk != first.pk


# --- A result that was typed wrong ------------------------------------------------------------------


def correct(lottery, by, result=OTHER, reason="Two numbers were swapped."):
    return actions.correct(lottery, result=result, reason=reason, by=by)


def test_a_correction_gives_the_order_of_the_right_result_and_leaves_a_trace(office):
    drawn = lottery_of(stage=DRAWN)
    lottery = correct(drawn, office)

    assert (lottery.result, lottery.former_results) == ("1-2-3-4-5-6", "7-14-25-36-41-3\n")
    assert tuple(lottery.order.split()) == rule.order_of(lottery.entries.split(), "1-2-3-4-5-6")
    assert rule.faults_of(lottery.draw, lottery.entries_hash) == []
    event = Event.objects.get(action="lottery.correct")
    assert (event.by, event.reason) == (office, "Two numbers were swapped.")
    assert event.changes["result"] == [drawn.result, lottery.result]

    again = correct(lottery, office, RESULT)
    assert again.former_results.split() == ["7-14-25-36-41-3", "1-2-3-4-5-6"]


def test_the_same_result_is_no_correction(office):
    lottery = correct(lottery_of(stage=DRAWN), office, "7-14-25-36-41-3")
    assert lottery.former_results == "" and not Event.objects.filter(action="lottery.correct").exists()


def test_a_result_stays_once_somebody_was_told_by_its_order(office):
    lottery = lottery_of(stage=DRAWN)
    DecisionFactory(application=actions.entries_of(lottery).first())
    correct(lottery, office)  # decided, and not told yet
    Decision.objects.update(released_at=timezone.now(), released_by=office)
    assert refused(correct, lottery, office, RESULT) == "told"


def test_there_is_nothing_to_correct_before_the_draw(office):
    assert refused(correct, on_draw_day(), office) == "not_drawn"


# --- Publishing, and calling off --------------------------------------------------------------------


def test_publish_waits_until_everybody_was_told(office):
    lottery = lottery_of(stage=DRAWN)
    assert actions.untold(lottery) == 6
    assert refused(actions.publish, lottery, by=office) == "not_told_yet"
    selection.decide_many(actions.entries_of(lottery), result="not_selected", reason="Lottery.", by=office)
    assert refused(actions.publish, lottery, by=office) == "not_told_yet"
    release_now(lottery.cycle, office)

    published = actions.publish(lottery, by=office)
    again = actions.publish(lottery, by=UserFactory(coordinator=True))

    assert published.stage == PUBLISHED
    assert again.published_by == office


def test_publish_waits_for_what_is_back_with_its_student_and_says_so(office, sign_in):
    lottery = lottery_of(stage=DRAWN)
    actions.entries_of(lottery).update(status="not_selected")
    one = actions.entries_of(lottery).filter(code=lottery.order.split()[0])
    one.update(status="returned", return_note="Fix it.")

    assert refused(actions.publish, lottery, by=office) == "with_the_student"
    page = sign_in(office).get(lottery.get_absolute_url()).text
    assert "1 application was sent back for a fix." in page
    assert "no result yet" not in page and 'value="publish"' not in page

    one.update(status="withdrawn", withdrawn_at=lottery.drawn_at)
    assert 'value="publish"' in sign_in(office).get(lottery.get_absolute_url()).text
    assert actions.publish(lottery, by=office).stage == PUBLISHED


def test_publish_needs_a_draw(office):
    assert refused(actions.publish, lottery_of(stage=COMMITTED), by=office) == "not_drawn"


@pytest.mark.parametrize("stage", [ANNOUNCED, COMMITTED])
def test_call_off_keeps_the_row(office, stage):
    lottery = lottery_of(stage=stage)

    ended = actions.call_off(lottery, reason="The zone was wrong.", by=office)
    actions.call_off(lottery, reason="Another reason.", by=office)

    assert (ended.stage, ended.entries) == (CALLED_OFF, lottery.entries)
    assert Event.objects.get(action="lottery.call_off").reason == "The zone was wrong."
    for act in (commit, draw, correct):
        assert refused(act, lottery, office) == "called_off"
    assert refused(actions.publish, lottery, by=office) == "called_off"
    assert announce(lottery.cycle, office).pk != lottery.pk


def test_from_the_day_of_the_draw_on_nobody_cancels_what_they_may_not_like(office):
    assert refused(actions.call_off, on_draw_day(), reason="No.", by=office) == "draw_day"


def test_one_whose_secret_was_locked_by_the_release_before_can_only_be_canceled(office):
    lottery = lottery_of(stage=COMMITTED)
    Lottery.objects.update(public_draw="", public_draw_on=None)
    assert refused(draw, lottery, office) == "not_committed"
    assert actions.call_off(lottery, reason="It was for dice.", by=office).stage == CALLED_OFF


@pytest.mark.parametrize("stage", [DRAWN, PUBLISHED])
def test_what_is_drawn_is_never_called_off(office, stage):
    assert refused(actions.call_off, lottery_of(stage=stage), reason="No.", by=office) == "already_drawn"


# --- For the committee's list -----------------------------------------------------------------------


def test_places_are_those_of_drawn_lotteries():
    lottery = lottery_of(stage=DRAWN)
    lottery_of(stage=COMMITTED)

    places = actions.places_of(lottery.cycle)

    assert [places[code].number for code in lottery.order.split()] == [1, 2, 3, 4, 5, 6]
    assert places[lottery.order.split()[1]].reason.endswith(", position 2 of 6.")


def test_tie_at_the_cut_finds_the_equal_scores_around_the_last_seat():
    cycle = tie(3, cycle=CycleFactory(seats=3))
    assert zones.tie_at_the_cut(cycle) is None  # there is a seat for each
    scored(cycle, Decimal("13"))
    zone = {"score_from": Decimal("11.333"), "score_to": Decimal("11.333")}
    assert zones.tie_at_the_cut(cycle) == zone | {"seats": 2}
    DecisionFactory(application=scored(cycle, Decimal("14")))  # selected: one seat fewer
    assert zones.tie_at_the_cut(cycle) == zone | {"seats": 1}
    scored(cycle, Decimal("12"))
    assert zones.tie_at_the_cut(cycle) is None  # the last seat falls between two scores


def test_tie_at_the_cut_without_seats_or_scores_finds_none():
    assert zones.tie_at_the_cut(CycleFactory()) is None
    assert zones.tie_at_the_cut(CycleFactory(seats=4)) is None

"""The office edits a checklist that students already have: who is affected is shown first, and moved on purpose."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory
from tests.factories_money import MoneyRuleFactory
from tests.factories_travel import (
    ChecklistStepFactory,
    EntryRuleFactory,
    PlacementFactory,
    TripFactory,
    standard_rows,
    travel_facts,
)
from travel.models import ChecklistItem, ChecklistStep, MoneyRule, StandardStep
from travel.passport.plan import step_order
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist import evidence, preview, step_change, steps
from travel.prepare.checklist.step_change import How

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers():
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def trip():
    trip = TripFactory(cycle=CycleFactory())
    EntryRuleFactory(city=trip.city)
    return trip


@pytest.fixture
def bank(trip):
    return ChecklistStepFactory(cycle=trip.cycle, key="bank", order=1, days_before=30, title_en="Call your bank")


@pytest.fixture
def pair(trip, bank, office):
    """Two students who have the step; the first has done it."""
    pair = [PlacementFactory(trip=trip), PlacementFactory(trip=trip)]
    for placement in pair:
        checklist.open_for(placement, by=office)
    checklist.mark_done(item(pair[0]), by=pair[0].application.student)
    return pair


def item(placement, key="bank"):
    return placement.checklist_items.get(step__key=key, closed_at=None)


def change(step, office, how=How.EVERYONE, trips=None, **values):
    seen = steps.rows.fingerprint(step, values)
    return steps.change_step(step, values, seen=seen, by=office, how=how, trips=trips)


def page(step, name="edit"):
    return reverse(f"travel:checklist-step-{name}", args=[step.cycle.code, step.key])


def posted(client, step, **changes):
    form = client.get(page(step)).context["form"]
    given = {field.name: field.value() for field in form}
    return client.post(page(step), {name: "" if value is None else value for name, value in (given | changes).items()})


# --- the page before the change ---------------------------------------------------------------------


def test_a_change_says_whom_it_affects_and_how_dates_move_and_saves_nothing(sign_in, office, pair, bank):
    answer = posted(sign_in(office), bank, days_before=20, needs_verification="", advisor_sees="")
    assert "This affects 2 students" in answer.text
    assert "1 has already done it." in answer.text
    effect = answer.context["effect"]
    day = pair[1].trip.leaves_on - dt.timedelta(days=20)
    assert [(move.placement, move.will) for move in effect.moves] == [(pair[1], day)]
    assert effect.done == [pair[0]]
    bank.refresh_from_db()
    assert bank.days_before == 30


@pytest.mark.parametrize("how", How)
def test_the_choice_is_what_happens(sign_in, office, pair, bank, how, django_capture_on_commit_callbacks):
    given = {"days_before": 20, "needs_verification": "", "advisor_sees": "", "how": how}
    with django_capture_on_commit_callbacks(execute=True):
        assert posted(sign_in(office), bank, **given).status_code == 302
    checklist.recompute_all()
    later = PlacementFactory(trip=pair[0].trip)
    checklist.open_for(later, by=office)
    leaves = pair[0].trip.leaves_on
    days = [(leaves - item(placement).do_by).days for placement in (pair[1], later)]
    assert days == ([30, 20] if how == How.NEW else [20, 20])
    assert (item(pair[0]).done_at is None) == (how == How.AGAIN)
    assert (item(pair[0]).asked_again_at is not None) == (how == How.AGAIN)
    assert Event.objects.filter(action="checklist.ask_again").exists() == (how == How.AGAIN)
    assert Event.objects.filter(action="checkliststep.change", by=office).count() == 1


def test_only_those_who_have_not_left_are_asked_again(office, pair, bank):
    away = PlacementFactory(trip=TripFactory(cycle=bank.cycle))
    checklist.open_for(away, by=office)
    checklist.mark_done(item(away), by=away.application.student)
    away.trip.departed_at = timezone.now()
    away.trip.save()
    change(bank, office, How.AGAIN, title_en="Call your bank today")
    assert item(pair[0]).done_at is None and item(pair[0]).asked_again_at
    assert item(away).done_at and not item(away).asked_again_at
    assert Event.objects.get(action="checklist.ask_again").changes == {"students": 1}


def test_opening_lists_again_does_not_give_the_new_version_to_those_who_keep_the_old(office, pair, bank):
    change(bank, office, How.NEW, title_en="Call your bank today")
    steps.add_step(pair[0].trip.cycle, fields("plug"), by=office)
    for placement in pair:
        assert placement.checklist_items.filter(step__key="bank").count() == 1
        assert item(placement).step.title_en == "Call your bank"
        assert item(placement, "plug")


def fields(key, **more):
    words = {"title_en": key, "title_es": key, "why_en": "So.", "why_es": "Así."}
    return {"key": key, "order": 9, "timing": "before_departure", "days_before": 9, **words, **more}


def test_a_date_that_has_passed_is_named_and_the_student_sees_today(sign_in, office, pair, bank):
    answer = posted(sign_in(office), bank, days_before=300, needs_verification="", advisor_sees="")
    assert answer.context["effect"].moves[0].is_past
    assert "the student sees “Today”" in answer.text


def test_a_change_that_touches_nobody_is_saved_at_once(sign_in, office, trip, bank):
    assert posted(sign_in(office), bank, days_before=20, needs_verification="", advisor_sees="").status_code == 302
    bank.refresh_from_db()
    assert bank.days_before == 20


def test_a_step_for_another_trip_is_closed_and_comes_back(office, pair, bank):
    elsewhere = TripFactory(cycle=bank.cycle)
    effect = step_change.effect_of(bank, {}, [elsewhere])
    assert (effect.loses, effect.done) == ([pair[1]], [pair[0]])
    change(bank, office, trips=[elsewhere])
    closed = pair[1].checklist_items.get(step=bank)
    assert closed.closed_at is not None
    assert item(pair[0]).done_at is not None
    change(bank, office, trips=[])
    assert item(pair[1]).is_open


def test_effect_takes_the_same_queries_for_two_students_and_for_five(pair, bank, office, django_assert_max_num_queries):
    for _more in range(3):
        checklist.open_for(PlacementFactory(trip=bank.cycle.trips.first()), by=office)
    with django_assert_max_num_queries(8):
        assert step_change.effect_of(bank, {"days_before": 10}, []).students == 5


# --- order and removal ------------------------------------------------------------------------------


def test_circular_steps_are_refused_by_name(sign_in, office, trip, bank):
    card = ChecklistStepFactory(cycle=trip.cycle, key="card", title_en="Get a card", waits_for=["bank"])
    with pytest.raises(RuleViolation) as caught:
        change(bank, office, timing="after_step", days_before=None, after="card", days_after=2)
    assert caught.value.code == "circular"
    assert "Call your bank → Get a card → Call your bank" in str(caught.value)
    answer = posted(sign_in(office), bank, waits_for=["card"], needs_verification="", advisor_sees="")
    assert "Call your bank → Get a card → Call your bank" in answer.text
    with pytest.raises(RuleViolation):
        steps.add_step(trip.cycle, fields("self", waits_for=["self"]), by=office)
    assert not ChecklistStep.objects.filter(key="self").exists()
    assert card.cycle.checklist_steps.get(key="bank").waits_for == []


def test_removing_a_step_that_students_have_asks_first_and_keeps_what_is_done(sign_in, office, pair, bank):
    client = sign_in(office)
    answer = client.post(page(bank, "remove"))
    assert "1 student has done it. That stays on record." in answer.text
    assert item(pair[1]).is_open
    client.post(page(bank, "remove"), {"sure": "1"})
    bank.refresh_from_db()
    assert bank.retired_at is not None
    assert pair[0].checklist_items.get().done_at is not None
    assert pair[1].checklist_items.get().closed_at is not None
    assert Event.objects.get(action="checklist.retire_step").changes == {"closed": 1}
    later = PlacementFactory(trip=pair[0].trip)
    checklist.open_for(later, by=office)
    assert not later.checklist_items.exists()
    assert client.post(page(bank, "remove"), {"sure": "1"}).status_code == 302


def test_a_step_that_others_follow_is_not_removed(office, trip, bank):
    ChecklistStepFactory(cycle=trip.cycle, key="card", title_en="Get a card", waits_for=["bank"])
    with pytest.raises(RuleViolation) as caught:
        steps.remove_step(bank, by=office)
    assert "Get a card" in str(caught.value)


def test_steps_move_up_and_down(sign_in, office, trip, bank):
    card = ChecklistStepFactory(cycle=trip.cycle, key="card", order=2)
    client = sign_in(office)
    client.post(page(card, "move"), {"to": "up"})
    assert [step.key for step in trip.cycle.checklist_steps.all()] == ["card", "bank"]
    client.post(page(card, "move"), {"to": "up"})
    client.post(page(card, "move"), {"to": "down"})
    assert [step.key for step in trip.cycle.checklist_steps.all()] == ["bank", "card"]


# --- the form and the preview -----------------------------------------------------------------------


def test_the_form_keeps_every_part_of_a_step(sign_in, office, trip, bank):
    words = {"title_en": "Sign", "title_es": "Firma", "why_en": "So.", "why_es": "Así."}
    rules = {"timing": "after_step", "after": "bank", "days_after": 5, "waits_for": ["bank"], "owner": "family"}
    more = {"audience": "under_18", "trips": [trip.code], "proof": "text", "advisor_sees": "on"}
    sign_in(office).post(reverse("travel:checklist-step-add", args=[trip.cycle.code]), words | rules | more)
    step = trip.cycle.checklist_steps.get(key="sign")
    assert (step.after, step.days_after, step.days_before, step.waits_for) == ("bank", 5, None, ["bank"])
    assert (step.owner, step.evidence, step.audience, step.advisor_sees) == ("family", "text", "under_18", True)
    assert list(step.trips.all()) == [trip]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"timing": "after_step"}, "after"),
        ({"timing": "after_step", "after": "bank"}, "days_after"),
        ({"timing": "apply", "proof": "text"}, "proof"),
    ],
)
def test_a_step_that_does_not_fit_together_is_not_saved(sign_in, office, trip, bank, given, field):
    words = {"title_en": "Sign", "title_es": "Firma", "why_en": "So.", "why_es": "Así."}
    usual = {"owner": "student", "audience": "everyone", "proof": "checkbox"}
    page = reverse("travel:checklist-step-add", args=[trip.cycle.code])
    assert field in sign_in(office).post(page, words | usual | given).context["form"].errors


def test_the_preview_is_the_dated_list_and_names_what_is_past(sign_in, office, trip, bank):
    ChecklistStepFactory(cycle=trip.cycle, key="card", order=2, waits_for=["bank"], days_before=10)
    ChecklistStepFactory(cycle=trip.cycle, key="guardian", order=3, audience="under_18", days_before=10)
    day = timezone.localdate() + dt.timedelta(days=20)
    found = preview.preview(trip.cycle, trip, day, is_minor=False)
    assert [(line.step.key, line.is_past) for line in found.lines] == [("bank", True), ("card", False)]
    assert found.lines[1].dates.do_by == day - dt.timedelta(days=10)
    assert [step.key for step in found.left_out] == ["guardian"]
    address = reverse("travel:checklist-preview", args=[trip.cycle.code])
    answer = sign_in(office).get(address, {"trip": trip.code, "leaves_on": day.isoformat()})
    assert "1 date has already passed." in answer.text
    assert sign_in(office).get(address).status_code == 200
    assert preview.preview(trip.cycle, None, day, is_minor=True).left_out == []


def test_the_preview_has_the_step_about_money_once_it_is_promised_on_that_trip(trip):
    step = ChecklistStepFactory(cycle=trip.cycle, key="meals", audience="stipend")
    day = timezone.localdate() + dt.timedelta(days=20)

    def left_out(shown=trip):
        return preview.preview(trip.cycle, shown, day, is_minor=False).left_out

    rule = MoneyRuleFactory(cycle=trip.cycle, draft=True)
    assert left_out() == [step]
    MoneyRule.objects.update(published_at=timezone.now())
    assert left_out() == left_out(None) == []
    rule.trips.set([TripFactory(cycle=trip.cycle)])
    assert left_out() == [step] and left_out(None) == []


def test_copying_a_list_keeps_order_owners_and_evidence(office, trip, bank):
    ChecklistStepFactory(
        cycle=trip.cycle, key="sign", evidence="signature", evidence_key="agreement", owner="family", waits_for=["bank"]
    )
    retired = ChecklistStepFactory(cycle=trip.cycle, key="old", retired_at=timezone.now())
    cycle = CycleFactory()
    steps.copy_steps(trip.cycle, cycle, office)
    copied = cycle.checklist_steps.get(key="sign")
    assert (copied.evidence, copied.evidence_key, copied.owner) == ("signature", "agreement", "family")
    assert copied.waits_for == ["bank"]
    assert not cycle.checklist_steps.filter(key=retired.key).exists()
    assert not ChecklistItem.objects.filter(step__cycle=cycle).exists()


# --- the standard list ------------------------------------------------------------------------------


def test_the_standard_list_has_no_circle_names_only_its_own_steps_and_fits_every_rule():
    standard_rows()
    there = {step.key: step for step in StandardStep.objects.all()}
    assert 25 <= len(there) <= 32
    assert step_order.circle(step_change.needs(there.values())) == []
    named = {key for step in there.values() for key in (*step.waits_for, *filter(None, [step.after]))}
    assert named <= there.keys()
    assert {step.owner for step in there.values()} == set(StandardStep.Owner)
    for step in there.values():
        step.full_clean()
        place = evidence.place_of(step)
        assert step.is_students or step.evidence == "checkbox" or place.office  # the office is led to where it's done

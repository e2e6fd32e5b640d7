import datetime as dt

import pytest
from django.utils import timezone

from exchange.base.errors import RuleViolation
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_travel import (
    ChecklistItemFactory,
    ChecklistStepFactory,
    EntryRuleFactory,
    GuidanceFactory,
    PassportCaseFactory,
    PlacementFactory,
    TripFactory,
    in_days,
)
from travel.models import ChecklistStep, EntryRule, Guidance, PassportCase, StandardStep
from travel.passport.plan import planning
from travel.passport.plan.timeline import Level, Stage
from travel.states import MOVES, SEEN, STAGE_TONES, URGENCY_TONES, PassportStage, Urgency, check_move

pytestmark = pytest.mark.django_db


def test_entryrule_one_per_city_and_document():
    rule = EntryRuleFactory()
    refused("entryrule_one_per_city_and_document", lambda: EntryRuleFactory(city=rule.city))


def test_entryrule_fee_has_a_currency():
    refused("entryrule_fee_has_a_currency", lambda: EntryRuleFactory(currency=""))


def test_guidance_key_once_per_topic():
    row = GuidanceFactory()
    refused("guidance_key_once_per_topic", lambda: GuidanceFactory(key=row.key))
    assert GuidanceFactory(key=row.key, topic=Guidance.Topic.PHOTO).pk


def test_checkliststep_key_once_in_use():
    step = ChecklistStepFactory()
    refused(
        "checkliststep_key_once_in_use",
        lambda: ChecklistStep.objects.create(cycle=step.cycle, key=step.key, order=2, days_before=1),
    )


@pytest.mark.parametrize(("timing", "days"), [("before_departure", None), ("apply", 3)])
def test_checkliststep_days_where_counted_from_departure(timing, days):
    refused(
        "checkliststep_days_where_counted_from_departure",
        lambda: ChecklistStepFactory(timing=timing, days_before=days),
    )


def test_checklistitem_step_once():
    item = ChecklistItemFactory()
    refused("checklistitem_step_once", lambda: ChecklistItemFactory(placement=item.placement, step=item.step))


def test_checklistitem_do_by_not_after_last_safe():
    refused(
        "checklistitem_do_by_not_after_last_safe",
        lambda: ChecklistItemFactory(do_by=in_days(2), last_safe_on=in_days(1)),
    )


@pytest.mark.parametrize("fields", [{"done_at": timezone.now()}, {"done_via": "evidence"}])
def test_checklistitem_done_by_someone_or_via_evidence(fields):
    refused("checklistitem_done_by_someone_or_via_evidence", lambda: ChecklistItemFactory(**fields))
    assert ChecklistItemFactory(done_at=timezone.now(), done_via="evidence").pk


def test_checklistitem_closed_only_while_open():
    refused("checklistitem_closed_only_while_open", lambda: ChecklistItemFactory(done=True, closed_at=timezone.now()))


@pytest.mark.parametrize("model", ["checkliststep", "standardstep"])
@pytest.mark.parametrize("fields", [{"evidence": "page"}, {"evidence_key": "contacts"}])
def test_a_step_names_the_key_of_its_evidence(model, fields):
    refused(f"{model}_key_of_the_evidence", lambda: step_of(model, **fields))


@pytest.mark.parametrize("model", ["checkliststep", "standardstep"])
@pytest.mark.parametrize(
    "fields",
    [
        {"after": "apply"},
        {"days_after": 3},
        {"timing": "after_step", "days_before": None, "days_after": 3},
        {"timing": "after_step", "days_before": None, "after": "apply"},
    ],
)
def test_a_step_that_follows_another_says_which_and_by_how_many_days(model, fields):
    refused(f"{model}_follows_a_step_by_days", lambda: step_of(model, **fields))


def step_of(model, **fields):
    fields = {"days_before": 30, **fields}
    if model == "checkliststep":
        return ChecklistStepFactory(**fields)
    return StandardStep.objects.create(key="new", order=1, title_en="Go", title_es="Ve", **fields)


def test_checklistitem_verified_at_and_by_together():
    refused(
        "checklistitem_verified_at_and_by_together",
        lambda: ChecklistItemFactory(done=True, verified_at=timezone.now()),
    )


def test_checklistitem_verified_only_when_done():
    refused(
        "checklistitem_verified_only_when_done",
        lambda: ChecklistItemFactory(verified_at=timezone.now(), verified_by=UserFactory()),
    )


@pytest.mark.parametrize("fields", [{"stage": "checked"}, {"stage": "in_hand", "checked_at": timezone.now()}])
def test_passportcase_checked_at_by_and_stage_together(fields):
    refused("passportcase_checked_at_by_and_stage_together", lambda: PassportCaseFactory(**fields))


# --- stages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", PassportStage)
@pytest.mark.parametrize("target", PassportStage)
def test_every_pair_of_stages(source, target):
    case = PassportCase(stage=source)
    if target in MOVES[source]:
        case.move_to(target)
        assert case.stage == target
        return
    with pytest.raises(RuleViolation) as caught:
        check_move(source, target)
    assert caught.value.code == "move_not_allowed"


def test_every_stage_can_be_reached_and_has_its_tone_and_its_place_in_the_plan():
    assert set(MOVES) == set(STAGE_TONES) == set(planning.STAGES) == set(PassportStage)
    assert set().union(*MOVES.values()) | {PassportStage.NOT_STARTED} == set(PassportStage)
    assert set(planning.STAGES.values()) <= set(Stage)


def test_every_urgency_is_a_level_of_the_plan_and_has_its_tone():
    assert {each.value for each in Urgency} == {each.value for each in Level}
    assert set(URGENCY_TONES) == set(Urgency)


# --- who is late ------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", PassportStage)
@pytest.mark.parametrize("needs_certificate", [True, False])
def test_next_on_in_the_database_is_next_on_of_the_row(stage, needs_certificate):
    checked = {"checked_at": timezone.now(), "checked_by": UserFactory()} if stage in SEEN else {}
    case = PassportCaseFactory(
        stage=stage,
        needs_certificate=needs_certificate,
        order_certificate_by=in_days(3) if needs_certificate else None,
        **checked,
    )
    assert PassportCase.objects.with_next_on().get().next_on == planning.next_on(case)


def test_late_is_a_date_gone_by_of_the_passport_or_of_a_duty():
    today = timezone.localdate()
    trip = TripFactory()
    fine, passport, plan, duty, done, finished = (PlacementFactory(trip=trip) for _ in range(6))
    yesterday = today - dt.timedelta(days=1)
    PassportCaseFactory(placement=fine, documents_by=today)
    PassportCaseFactory(placement=passport, documents_by=yesterday)
    PassportCaseFactory(placement=plan, urgency=Urgency.NOT_FEASIBLE)
    for placement, is_done in ((duty, False), (done, True)):
        PassportCaseFactory(placement=placement)
        ChecklistItemFactory(placement=placement, do_by=yesterday, last_safe_on=yesterday, done=is_done)
    PassportCaseFactory(
        placement=finished,
        stage="checked",
        checked_at=timezone.now(),
        checked_by=UserFactory(),
        urgency=Urgency.LATE,
        in_hand_by=yesterday,
    )
    assert {case.placement for case in PassportCase.objects.late(today)} == {passport, plan, duty}


def test_an_entry_rule_past_its_review_is_not_stated_as_sure():
    assert EntryRuleFactory().is_reliable
    assert not EntryRuleFactory(is_confirmed=False).is_reliable
    assert not EntryRule.objects.get(pk=EntryRuleFactory(review_on=in_days(-1)).pk).is_reliable

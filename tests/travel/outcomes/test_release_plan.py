"""Releases of one to three years, attacked by integer programs over everything published."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from django.core.management import call_command

from exchange.figures.counts import Key, Range, Rules, Why
from travel.outcomes.cohorts import cohort
from travel.outcomes.population import By, CycleCounts, Mark, Stage, late_key, lottery_key, mark_key, stage_key
from travel.outcomes.release_plan import attack, plan_release

RULES = Rules()
# `manage.py attack_figures --cohorts 400` takes them all
IN_THE_SUITE = 5


def dice_of(number):
    return random.Random(number)  # noqa: S311 -- made-up people


def published(cycles, told=None):
    plan = plan_release(cycles, told or {}, RULES)
    return {**(told or {}), **{key: figure and figure.range for key, figure in plan.figures.items()}}, plan


def program(number):
    """One to three years, each published when it was over."""
    dice, cycles, told = dice_of(number), [], {}
    for year in range(dice.randint(1, 3)):
        cycles.append(cohort(dice, f"year-{year + 1}"))
        told, _plan = published(cycles, told)
    return cycles, told


@pytest.mark.parametrize("number", range(IN_THE_SUITE))
def test_no_hidden_figure_of_a_program_can_be_worked_out(number):
    cycles, told = program(number)
    assert attack(cycles, told, RULES) == []
    heads = [range_ for key, range_ in told.items() if not key.by]
    assert sum(range_ is not None for range_ in heads) >= len(heads) / 2


@pytest.mark.parametrize("number", [1, 2])
def test_the_attack_finds_a_figure_that_was_published_by_mistake(number):
    cycles, told = program(number)
    first = cycles[0]
    key = mark_key(first.cycle, Mark.FLIGHT)
    exact = sum(first.marks[Mark.FLIGHT].values())
    parts = {mark_key(first.cycle, Mark.FLIGHT, By.CITY, city): 0 for _college, city in first.travelers}
    for (_college, city), value in first.marks[Mark.FLIGHT].items():
        parts[mark_key(first.cycle, Mark.FLIGHT, By.CITY, city)] += value
    (hidden, number_there), *others = parts.items()
    careless = told | {key: Range(exact, exact)} | {each: Range(value, value) for each, value in others}
    careless[hidden] = None
    findings = {each.key: each.range for each in attack(cycles, careless, RULES)}
    assert findings[hidden] == Range(number_there, number_there)


# --- Releases one after another ---------------------------------------------------------------------


def with_one_more(counts, stage, college):
    """The same cycle with one more person, found later."""
    furthest = Counter(counts.furthest) + Counter({stage: 1})
    groups = {by: {group: Counter(each) for group, each in groups.items()} for by, groups in counts.groups.items()}
    groups["college"][college][stage] += 1
    for by in groups.keys() - {"college"}:
        groups[by][next(iter(groups[by]))][stage] += 1
    return replace(counts, furthest=furthest, groups=groups)


def test_a_correction_of_one_person_shows_nowhere():
    counts = cohort(dice_of(5), "year-1")
    told, _plan = published([counts])
    college = next(iter(counts.groups["college"]))
    later, plan = published([with_one_more(counts, Stage.SUBMITTED, college)], told)
    assert later == told and plan.figures == {}


def test_a_figure_that_would_be_different_today_is_named():
    counts = cohort(dice_of(6), "year-1")
    told, _plan = published([counts])
    key = stage_key("year-1", Stage.SUBMITTED)
    assert told[key].is_exact
    wrong = {each: range_ for each, range_ in told.items() if each.name != "traveled"}
    plan = plan_release([with_one_more(counts, Stage.SUBMITTED, next(iter(counts.groups["college"])))], wrong, RULES)
    assert plan.changed[key] == told[key].low + 1 and key not in plan.figures


# --- Shares, zeros, small groups --------------------------------------------------------------------


def summer(cycle="year-1", *, flights=11, submitted=74, size=44, colleges=4, **fields):
    """44 travelers from four colleges to two cities."""
    travelers, marks = Counter(), {Mark.FLIGHT: Counter()}
    for person in range(size):
        place = f"college-{person % colleges}", f"city-{person % 2}"
        travelers[place] += 1
        marks[Mark.FLIGHT][place] += person < flights
    furthest = {Stage.SUBMITTED: submitted - size, Stage.TRAVELED: size}
    return CycleCounts(cycle, furthest, {}, travelers, marks, **fields)


@pytest.mark.parametrize(
    ("flights", "told"), [(0, (0, 10)), (10, (0, 10)), (11, (11, 11)), (33, (33, 33)), (34, (34, 44)), (44, (34, 44))]
)
def test_shares_at_the_ends_say_no_more_than_their_range(flights, told):
    found, _plan = published([summer(flights=flights)])
    assert found[mark_key("year-1", Mark.FLIGHT)] == Range(*told)


def test_passports_in_time_may_be_said_and_a_few_late_ones_are_a_range():
    assert published([summer()])[0][late_key("year-1")] == Range(0, 0)
    counts = summer()
    furthest = {**counts.furthest, Stage.CONFIRMED: 20}
    found, _plan = published([replace(counts, furthest=furthest, too_late=2)])
    assert found[late_key("year-1")] is None or found[late_key("year-1")].values >= RULES.open


def test_the_length_of_the_scores_file_is_known_and_those_it_leaves_out_stay_hidden():
    found, plan = published([summer(submitted=74, in_file=70)])
    assert found[stage_key("year-1", Stage.SUBMITTED)] == Range(70, 80)
    assert plan.figures[Key("year-1", "in_scores_file")].why is Why.KNOWN


def test_how_many_were_in_lotteries_is_known_and_the_few_who_were_not_stay_hidden():
    lotteries = {"A7KQ": 40, "B2MX": 30}
    counts = summer(submitted=74, lotteries=lotteries, drawn_were_read=False)
    found, plan = published([counts])
    assert {code: plan.figures[lottery_key("year-1", code)].range.low for code in lotteries} == lotteries
    assert found[stage_key("year-1", Stage.SUBMITTED)] == Range(70, 80)
    careless = found | {stage_key("year-1", Stage.SUBMITTED): Range(74, 74)}
    assert Key("year-1", "not in a lottery") in {each.key for each in attack([counts], careless, RULES)}


def test_years_too_small_alone_are_told_together_and_never_cut_again():
    years = [summer(f"year-{year}", flights=20, size=24, colleges=4) for year in (1, 2, 3)]
    told, _plan = published(years)
    blocks = {key for key in told if "+" in key.subject and key.by == By.COLLEGE and key.name == Mark.FLIGHT}
    assert {key.subject for key in blocks} == {"year-1+year-2+year-3"}
    assert any(told[key] is not None for key in blocks)
    later, plan = published([*years, summer("year-4", flights=20, size=24, colleges=4)], told)
    colleges = [key for key in plan.figures if key.by == By.COLLEGE and "+" in key.subject]
    assert not [key for key in colleges if "year-4" in key.subject]  # it waits for the years to come
    assert attack([*years, summer("year-4", flights=20, size=24, colleges=4)], later, RULES) == []


def test_a_cycle_with_nobody_says_so_and_one_student_says_nothing():
    told, _plan = published([CycleCounts("year-1", {})])
    assert told[stage_key("year-1", Stage.TRAVELED)] == Range(0, 0)
    one, _plan = published([summer(size=1, submitted=1, flights=1, colleges=1)])
    assert one[mark_key("year-1", Mark.FLIGHT)] is None and one[stage_key("year-1", Stage.SUBMITTED)] == Range(1, 11)


def test_the_command_attacks_made_up_programs(capsys):
    call_command("attack_figures", cohorts=1, first=4)
    assert "No hidden figure can be worked out." in capsys.readouterr().out

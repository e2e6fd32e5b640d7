"""The model of everything that is published of a cycle: the same numbers as its people have, and all that must not be
worked out beside them."""

import random
from collections import Counter

import pytest

from exchange.figures.counts import Range, numbers
from tests.travel.outcomes_rows import part_of
from travel.outcomes.cohorts import cohort
from travel.outcomes.population import (
    COUNTED,
    OF_ENROLLED,
    OPTIONS,
    STEP,
    SURVEY_ITEM,
    WEEKS,
    Block,
    By,
    CycleCounts,
    EarlierCounts,
    Item,
    Key,
    Mark,
    Said,
    Stage,
    Told,
    answered_key,
    compared_key,
    compared_number_key,
    comparison_population,
    earlier_population,
    file_key,
    item_name,
    known_key,
    late_key,
    lottery_key,
    mark_key,
    parts_of,
    pooled_population,
    population_of,
    said_key,
    stage_key,
    told_key,
    travelers_key,
    wait_key,
)

COHORTS = [cohort(random.Random(number), f"year-{number}") for number in range(4)]  # noqa: S311 -- made-up people


def checked(made):
    """Each count's number, after a look at whether the people fit everything that the model says of them."""
    population, people = made
    for one, other in population.equal:
        assert sum(people[name] for name in one) == sum(people[name] for name in other), (one, other)
    assert people.keys() == population.classes.keys()
    assert all(people[name] in range_ for name, range_ in population.classes.items())
    found = numbers(population, people)
    for key, range_ in population.known.items():
        assert range_ == Range(found[key], found[key])
    for count in population.counts:
        assert all(found[above] >= found[count.key] for above in population.above[count.key]), count.key
    return found


def published(made):
    return {count.key for count in made[0].counts if count.is_published}


def by_place(counts, by):
    found = Counter()
    for (college, city), number in counts.items():
        found[college if by is By.COLLEGE else city] += number
    return found


@pytest.mark.parametrize("counts", COHORTS)
def test_stages_and_groups_are_counted_as_far_as_people_came(counts):
    found = checked(population_of(counts))
    for stage in Stage:
        expected = sum(number for each, number in counts.furthest.items() if each >= stage)
        assert found[stage_key(counts.cycle, stage)] == expected
    for by, groups in counts.groups.items():
        for group, furthest in groups.items():
            for stage in (Stage.STARTED, Stage.SUBMITTED, Stage.SELECTED, Stage.CONFIRMED):
                expected = sum(number for each, number in furthest.items() if each >= stage)
                assert found[stage_key(counts.cycle, stage, by, group)] == expected
                stopped = Key(counts.cycle, f"stopped at {stage.name.lower()}", by, group)
                assert stopped in found and stopped not in published(population_of(counts))
    for stage in list(Stage)[:-1]:
        assert found[Key(counts.cycle, f"stopped at {stage.name.lower()}")] == counts.furthest.get(stage, 0)
    late, other = late_key(counts.cycle), Key(counts.cycle, "stayed for another reason")
    assert found[late] == counts.too_late and other not in published(population_of(counts))
    stayed = counts.furthest.get(Stage.CONFIRMED, 0) + counts.furthest.get(Stage.PASSPORT, 0)
    assert found[late] + found[other] == stayed


@pytest.mark.parametrize("counts", COHORTS)
def test_each_mark_is_counted_by_city_and_college_beside_those_without_it(counts):
    made = population_of(counts)
    found, shown = checked(made), published(made)
    for mark in Mark:
        having = {place: counts.marks[mark].get(place, 0) for place in counts.travelers}
        key = mark_key(counts.cycle, mark)
        assert found[key] == sum(having.values()) and key in shown
        assert found[key._replace(name=f"not {mark}")] == sum(counts.travelers.values()) - found[key]
        for by in (By.CITY, By.COLLEGE):
            sizes = by_place(counts.travelers, by)
            assert {each.group for each in found if (each.name, each.by) == (mark.value, by.value)} == set(sizes)
            for group, number in by_place(having, by).items():
                part = mark_key(counts.cycle, mark, by, group)
                assert found[part] == number and (part in shown) == (mark in COUNTED)
                others = part._replace(name=f"not {mark}")
                assert found[others] == sizes[group] - number and others not in shown
    for city, size in by_place(counts.travelers, By.CITY).items():
        assert made[0].known[travelers_key(counts.cycle, city)] == Range(size, size)


def test_those_left_out_of_a_scores_file_and_of_lotteries_are_counted_and_not_told():
    fields = {"in_file": 18, "lotteries": {"B": 5, "A": 4}, "drawn_were_read": False}
    furthest = {Stage.STARTED: 7, Stage.SUBMITTED: 6, Stage.READ: 10, Stage.TRAVELED: 4}
    made = population_of(CycleCounts("c", furthest, **fields))
    found = checked(made)
    assert found[Key("c", "not in scores file")] == 2 and found[Key("c", "not in a lottery")] == 11
    assert {Key("c", "not in scores file"), Key("c", "not in a lottery")}.isdisjoint(published(made))
    assert made[0].known[file_key("c")] == Range(18, 18)
    assert [made[0].known[lottery_key("c", code)].low for code in "AB"] == [4, 5]
    read = checked(population_of(CycleCounts("c", furthest, **fields | {"drawn_were_read": True})))
    assert read[Key("c", "not in a lottery")] == 5


@pytest.mark.parametrize("counts", COHORTS)
def test_the_survey_the_waits_and_the_time_after_are_counted_with_those_of_whom_nothing_is_known(counts):
    traveled = counts.furthest[Stage.TRAVELED]
    made = part_of(counts, "survey")
    found = checked(made)
    assert found[answered_key(counts.cycle)] == counts.survey.answered
    assert found[Key(counts.cycle, "didn't answer the survey")] == traveled - counts.survey.answered
    for item, said in counts.survey.items.items():
        assert {each: found[said_key(counts.cycle, each, item)] for each in Said} == {
            each: said.get(each, 0) for each in Said
        }
        skipped = Key(counts.cycle, "skipped", SURVEY_ITEM, item)
        assert found[skipped] == counts.survey.answered - sum(said.values()) and skipped not in published(made)

    found = checked(part_of(counts, "within"))
    for step, took in counts.waits.items():
        for weeks in WEEKS:
            assert found[wait_key(counts.cycle, step, weeks)] == sum(n for each, n in took.items() if each <= weeks)
        longer = found[Key(counts.cycle, "took up to None weeks", STEP, step)]
        assert longer == traveled - sum(took.values())

    for year in counts.follow_up:
        made = dict(parts_of(counts))[known_key(counts.cycle, year.source, year.year)]()
        found = checked(made)
        assert found[known_key(counts.cycle, year.source, year.year)] == year.known
        enrolled = year.items.get(Item.ENROLLED, {}).get(Told.YES, 0)
        for item, told in year.items.items():
            name = item_name(item, year.year)
            for each in OPTIONS[item]:
                assert found[told_key(counts.cycle, year.source, each, name)] == told.get(each, 0)
            unknown = [key for key in found if key.name == f"{year.source} unknown" and key.group == name]
            whole = enrolled if item in OF_ENROLLED else year.known
            assert [found[key] for key in unknown] == [whole - sum(told.values())]
            assert published(made).isdisjoint(unknown)


def test_years_told_together_have_the_travelers_of_each():
    college = sorted({college for counts in COHORTS[:2] for college, _city in counts.travelers})[0]
    block = Block(By.COLLEGE, college, ("year-0", "year-1"))
    made = pooled_population(COHORTS[:2], Mark.FLIGHT, [block])
    found = checked(made)
    having = [by_place(counts.marks[Mark.FLIGHT], By.COLLEGE)[college] for counts in COHORTS[:2]]
    sizes = [by_place(counts.travelers, By.COLLEGE)[college] for counts in COHORTS[:2]]
    key = mark_key("year-0+year-1", Mark.FLIGHT, By.COLLEGE, college)
    assert found[key] == sum(having) and found[key._replace(name=f"not {Mark.FLIGHT}")] == sum(sizes) - sum(having)
    assert not [each for each in found if each.name == Mark.ABROAD.value]


def test_who_is_compared_is_counted_with_the_others_of_whom_nothing_is_told():
    compared = [counts for counts in COHORTS if counts.compared]
    years = tuple(counts.cycle for counts in compared)
    made = comparison_population(COHORTS, [years])
    found, subject = checked(made), "+".join(years)
    samples = [counts.compared for counts in compared]
    number, travelers, others = (
        sum(getattr(sample, name) for sample in samples) for name in ("number", "travelers", "others")
    )
    assert found[compared_number_key(subject)] == number
    for is_traveler, yes in ((True, travelers), (False, others)):
        key = compared_key(subject, travelers=is_traveler)
        hidden = key._replace(name=f"{key.name}: no")
        assert (found[key], found[hidden]) == (yes, number - yes) and hidden not in published(made)
    for counts in compared:
        left = found[Key(counts.cycle, "not compared")]
        assert left == counts.compared_year.known - counts.compared.number


def test_of_a_year_before_the_portal_what_was_published_elsewhere_is_known():
    reached = {Stage.SUBMITTED: 90, Stage.SELECTED: 30, Stage.TRAVELED: 24}
    told = frozenset({stage_key("e", Stage.SUBMITTED), mark_key("e", Mark.FLIGHT)})
    made = earlier_population(
        EarlierCounts("e", reached, {Mark.FLIGHT: 9, Mark.ABROAD: 14}, {"giza": 10, "hue": 14}, told)
    )
    found = checked(made)
    assert {stage: found[stage_key("e", stage)] for stage in reached} == reached
    assert (found[mark_key("e", Mark.ABROAD)], found[Key("e", f"not {Mark.ABROAD}")]) == (14, 10)
    assert found[Key("e", "stopped at submitted")] == 60 and found[Key("e", "stopped at selected")] == 6
    known = {key: range_.low for key, range_ in made[0].known.items()}
    assert known == {
        stage_key("e", Stage.TRAVELED): 24,
        stage_key("e", Stage.SUBMITTED): 90,
        mark_key("e", Mark.FLIGHT): 9,
        travelers_key("e", "giza"): 10,
        travelers_key("e", "hue"): 14,
    }

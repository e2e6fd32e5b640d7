"""Travelers beside applicants who stayed: who is compared, what is published of it, and what the page says."""

import random
import re
from itertools import product

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from applications.models import Lottery
from exchange.figures.counts import Range, Rules
from exchange.models import Fact
from tests.exchange.figures.test_planning import narrowed_down
from tests.factories import CollegeFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory
from tests.travel.outcomes_rows import agreed, cycle_home, follow_up_facts, publish, threshold, traveler, trip_home
from travel.outcomes import actions as releasing
from travel.outcomes import open_data, population, release_page
from travel.outcomes.cohorts import cohort
from travel.outcomes.comparing import Kind, Sample
from travel.outcomes.counting import counts_of
from travel.outcomes.following import actions, matching
from travel.outcomes.following.files import Content, Row
from travel.outcomes.population import (
    COLLEGES_SAY,
    COMPARED,
    COMPARED_WITH,
    ComparedBlock,
    CycleCounts,
    FollowUpCounts,
    Item,
    Stage,
    Told,
    compared_key,
    compared_number_key,
    comparison_population,
)
from travel.outcomes.release_plan import attack, plan_release

SMALL = Rules(threshold=3, band=2, open=2)
LEAST = 30


def words(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


# --- What is published, without a database ----------------------------------------------------------


def year(code, number, *, known=40, travelers=25, others=18):
    """One summer: of `known` travelers the college told; `number` of them are compared with as many others."""
    told = {
        Item.ENROLLED: {Told.YES: known - 6, Told.NO: 6},
        Item.TRANSFER: {Told.YES: known // 2, Told.NO: known - known // 2},
    }
    sample = Sample(
        number, dict.fromkeys(COMPARED, min(number, travelers)), dict.fromkeys(COMPARED, min(number, others))
    )
    return CycleCounts(
        code,
        {Stage.TRAVELED: 44},
        follow_up=[FollowUpCounts(COLLEGES_SAY, 1, known, told)],
        compared={Kind.BELOW: sample},
    )


def release(cycles, before=None, least=LEAST):
    figures = plan_release(cycles, before or {}, Rules(), least=least).figures
    return {key: figure and figure.range for key, figure in figures.items()}


def numbers(told):
    return {key.subject for key in told if key.name == "compared_number"}


def test_years_are_put_together_until_there_are_enough_and_never_counted_twice():
    first = release([year("a", 18)])
    assert numbers(first) == set()
    both = [year("a", 18), year("b", 14)]
    second = release(both, first)
    assert numbers(second) == {"a+b"}
    assert second[compared_number_key("a+b", Kind.BELOW)] == Range(32, 32)
    third = release([*both, year("c", 31)], first | second)
    assert numbers(third) == {"c"}
    assert attack([*both, year("c", 31)], first | second | third, Rules()) == []


def test_without_a_minimum_nothing_is_compared():
    assert not numbers(release([year("a", 40)], least=None))


def test_whoever_tries_the_rules_on_every_group_of_travelers_learns_no_more_than_the_ranges(monkeypatch):
    """With one thing that is compared: two are two of this, and too many groups of people to try."""
    monkeypatch.setattr(population, "COMPARED", (Item.ENROLLED,))
    size, block = 3, [ComparedBlock(Kind.BELOW, ("c",))]

    def world(known, yes, no, number, compared_yes, others_yes):
        items = {Item.ENROLLED: {Told.YES: yes, Told.NO: no}}
        sample = Sample(number, {Item.ENROLLED: compared_yes}, {Item.ENROLLED: others_yes})
        follow_up = [FollowUpCounts(COLLEGES_SAY, 1, known, items)]
        counts = CycleCounts("c", {Stage.TRAVELED: size}, follow_up=follow_up, compared={Kind.BELOW: sample})
        return comparison_population([counts], block)

    worlds = [
        world(known, yes, no, compared_yes + compared_no, compared_yes, others_yes)[1]
        for known in range(size + 1)
        for yes in range(known + 1)
        for no in range(known - yes + 1)
        for compared_yes, compared_no in product(range(yes + 1), range(no + 1))
        for others_yes in range(compared_yes + compared_no + 1)
    ]
    assert list(narrowed_down(lambda: world(0, 0, 0, 0, 0, 0)[0], worlds, SMALL)) == []


def test_the_attack_finds_those_who_were_not_compared():
    cycles = [year("a", 38, known=40)]
    careless = release(cycles)
    assert attack(cycles, careless, Rules()) == []
    careless[compared_number_key("a", Kind.BELOW)] = Range(38, 38)
    careless |= {key: Range(40, 40) for key in list(careless) if key.name == "followup_known"}
    assert any("not compared" in each.key.name for each in attack(cycles, careless, Rules()))


@pytest.mark.parametrize("number", [3, 17, 41])
def test_made_up_programs_give_nothing_away(number):
    dice, told, cycles = random.Random(number), {}, []  # noqa: S311 -- made-up people
    for place in range(2):
        cycles.append(cohort(dice, f"year-{place}"))
        told |= release(cycles, told, least=15)
    assert numbers(told)
    assert attack(cycles, told, Rules()) == []


# --- Who is compared --------------------------------------------------------------------------------


@pytest.fixture
def college(db):
    follow_up_facts()
    return CollegeFactory(short_name="East", name="East College")


@pytest.fixture
def trip(college):
    return trip_home(cycle_home(2024), PartnerCityFactory(name_en="Hanoi"))


def stayed(trip, college, score):
    form = trip.cycle.form_versions.get()
    return ApplicationFactory(
        cycle=trip.cycle, form=form, college=college, not_selected=True, reads_locked=2, score_mean=score
    )


def drawn(cycle, applications):
    """A lottery that was drawn among these."""
    by, now = UserFactory(coordinator=True), timezone.now()
    codes = " ".join(sorted(each.code for each in applications))
    Lottery.objects.create(
        cycle=cycle,
        score_from=3,
        score_to=3,
        seats=1,
        entries=codes,
        entries_hash="0" * 64,
        reason="They have the same score.",
        announced_by=by,
        committed_at=now,
        committed_by=by,
        drawn_at=now,
        drawn_by=by,
        result="1-2-3-4",
        order=codes,
    )


def take(cycle, college, rows):
    by = UserFactory(advisor=college)
    for each in rows:
        agreed(each)
    actions.make_key(cycle, college, by=by)
    code = {each.application: each.code for each in matching.listed(cycle, college)}
    content = Content({line: Row(code[each], **said) for line, (each, said) in enumerate(rows.items(), 2)})
    return actions.take(cycle, college, 1, content, by=by)


YES = {"reenrolled": True, "transferred": True}
NO = {"reenrolled": False, "transferred": False}


def test_travelers_are_beside_the_best_scored_who_stayed_as_many_as_agreed(trip, college):
    Fact.objects.filter(key="comparison.below_line").update(value=3)
    went = [traveler(trip, college).application for _number in range(4)]
    others = [stayed(trip, college, 4 - place / 10) for place in range(5)]
    silent, *told = others  # the best of them hasn't agreed, and nobody takes their place
    take(trip.cycle, college, dict.fromkeys(went[:3], YES) | dict.fromkeys(told, NO) | {told[0]: YES})
    found = counts_of(trip.cycle).compared
    assert set(found) == {Kind.BELOW}
    assert found[Kind.BELOW].number == 2  # of the three best who stayed, two agreed
    assert found[Kind.BELOW].travelers == {Item.ENROLLED: 2, Item.TRANSFER: 2}
    assert found[Kind.BELOW].others == {Item.ENROLLED: 1, Item.TRANSFER: 1}


def test_only_those_of_whom_everything_is_known_are_compared(trip, college):
    went, other = traveler(trip, college).application, stayed(trip, college, 4)
    take(trip.cycle, college, {went: YES, other: {"reenrolled": True}})
    assert counts_of(trip.cycle).compared == {}


def test_those_who_were_drawn_by_lot_are_compared_with_one_another(trip, college):
    won, lost = traveler(trip, college).application, stayed(trip, college, 3)
    other, below = traveler(trip, college).application, stayed(trip, college, 2.9)
    drawn(trip.cycle, [won, lost])
    take(trip.cycle, college, {won: YES, lost: NO, other: NO, below: YES})
    found = counts_of(trip.cycle).compared
    assert {kind: (each.number, each.travelers[Item.TRANSFER]) for kind, each in found.items()} == {
        Kind.LOTTERY: (1, 1),
        Kind.BELOW: (1, 0),
    }


# --- In words ---------------------------------------------------------------------------------------


@pytest.fixture
def compared(trip, college):
    """Five travelers of whom four went on to transfer, beside five who stayed of whom one did."""
    went = [traveler(trip, college).application for _number in range(5)]
    others = [stayed(trip, college, 4) for _number in range(5)]
    take(trip.cycle, college, {
        **dict.fromkeys(went, YES), went[0]: NO, **dict.fromkeys(others, NO), others[0]: YES
    })  # fmt: skip
    threshold(1)
    return trip.cycle


def test_the_page_compares_with_an_interval_and_never_says_because_of(sign_in, compared):
    Fact.objects.filter(key="comparison.least").update(value=5)
    publish()
    page = words(sign_in(UserFactory(director=True)).get(reverse("travel:outcomes")))
    assert "Travelers compared with applicants just below the line" in page and "Summer 2024" in page
    assert (
        "Transferred to a four-year college in the first year: 80% of 5 travelers, compared with 20% of 5 applicants"
        " just below the line."
    ) in page
    assert "Difference: +60 points; 95% interval: " in page and "doesn’t say what caused a difference" in page
    assert "because of" not in page
    rows = [each for each in open_data.records() if each["measure"].startswith("compared")]
    assert len(rows) == 5 and all(each["measure"] in open_data.MEASURES for each in rows)


def test_fewer_than_the_minimum_are_one_sentence_that_names_it(sign_in, compared):
    publish()
    page = words(sign_in(UserFactory(director=True)).get(reverse("travel:outcomes")))
    assert "No comparison yet: it takes at least 30 travelers and as many others from the same years" in page
    assert "80% of 5" not in page


def test_a_lower_minimum_later_doesnt_bring_back_what_a_higher_one_forbade(sign_in, compared):
    """The minimum holds when it's shown, too."""
    Fact.objects.filter(key="comparison.least").update(value=5)
    publish()
    Fact.objects.filter(key="comparison.least").update(value=30)
    page = words(sign_in(UserFactory(director=True)).get(reverse("travel:outcomes")))
    assert "80% of 5" not in page and "No comparison yet" in page


def test_enough_people_of_whom_a_few_would_be_given_away_are_another_sentence(sign_in, compared):
    Fact.objects.filter(key="comparison.least").update(value=5)
    Fact.objects.filter(key__startswith="disclosure.").delete()
    threshold(11)
    publish()
    page = words(sign_in(UserFactory(director=True)).get(reverse("travel:outcomes")))
    assert "There are enough people for a comparison, but showing it would say too much" in page
    assert "80% of 5" not in page and "No comparison yet" not in page


def test_nothing_is_said_of_a_comparison_before_anything_is_known_of_the_time_after(sign_in, trip, college):
    traveler(trip, college)
    threshold(1)
    publish()
    page = words(sign_in(UserFactory(director=True)).get(reverse("travel:outcomes")))
    assert "compared with" not in page and "No comparison" not in page


def test_what_would_be_published_names_each_figure_in_both_languages(compared):
    Fact.objects.filter(key="comparison.least").update(value=5)
    plan = releasing._work_out().plan
    assert any(key.by == COMPARED_WITH for key in plan.figures)
    seen = {}
    for language in ("en", "es"):
        with translation.override(language):
            lines = [line for each in release_page.preview(plan) for line in (*each.lines, *each.groups)]
            seen[language] = [line for line in lines if line.group]
            assert not [line for line in lines if line.figure.startswith("compared")]
            assert not [line for line in lines if line.group.startswith(tuple(Kind))]
    assert seen["en"] != seen["es"]
    key = compared_key("summer-2024", Kind.BELOW, Item.TRANSFER, travelers=False)
    assert plan.figures[key].range == Range(1, 1)

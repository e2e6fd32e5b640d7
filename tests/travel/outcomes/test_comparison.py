"""Travelers beside applicants who stayed: who is compared, what is published of it, and what the page says."""

import datetime as dt
import random
import re
from itertools import product

import pytest
from django.urls import reverse
from django.utils import translation

from exchange.figures.counts import Key, Range, Rules
from exchange.models import Fact
from tests.exchange.figures.test_planning import narrowed_down
from tests.factories import CollegeFactory, FactFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory
from tests.travel.outcomes_rows import agreed, cycle_home, follow_up_facts, publish, threshold, traveler, trip_home
from travel.outcomes import actions as releasing
from travel.outcomes import open_data, release_page
from travel.outcomes.cohorts import cohort
from travel.outcomes.comparing import Sample
from travel.outcomes.counting import counts_of
from travel.outcomes.following import actions, matching
from travel.outcomes.following.comparison import comparison
from travel.outcomes.following.files import Content, Row
from travel.outcomes.measures import MEASURES
from travel.outcomes.population import (
    COLLEGES_SAY,
    CycleCounts,
    FollowUpCounts,
    Item,
    Stage,
    Told,
    compared_key,
    compared_number_key,
    comparison_population,
)
from travel.outcomes.published import LEAST as LEAST_FACT
from travel.outcomes.published import PERCENT, Report
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
        Item.TRANSFER: {Told.YES: known - 6, Told.NO: 6},
    }
    return CycleCounts(
        code,
        {Stage.TRAVELED: 44},
        follow_up=[FollowUpCounts(COLLEGES_SAY, 1, known, told)],
        compared=Sample(number, min(number, travelers), min(number, others)),
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
    assert second[compared_number_key("a+b")] == Range(32, 32)
    third = release([*both, year("c", 31)], first | second)
    assert numbers(third) == {"c"}
    assert attack([*both, year("c", 31)], first | second | third, Rules()) == []


def test_without_a_minimum_nothing_is_compared():
    assert not numbers(release([year("a", 40)], least=None))


def test_whoever_tries_the_rules_on_every_group_of_travelers_learns_no_more_than_the_ranges():
    size = 3

    def world(known, yes, no, number, compared_yes, others_yes):
        items = {Item.TRANSFER: {Told.YES: yes, Told.NO: no}}
        sample = Sample(number, compared_yes, others_yes)
        follow_up = [FollowUpCounts(COLLEGES_SAY, 1, known, items)]
        counts = CycleCounts("c", {Stage.TRAVELED: size}, follow_up=follow_up, compared=sample)
        return comparison_population([counts], [("c",)])

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
    careless[compared_number_key("a")] = Range(38, 38)
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
    assert found == Sample(2, 2, 1)  # of the three best who stayed, two agreed


def test_only_those_of_whom_it_is_known_are_compared(trip, college):
    went, other = traveler(trip, college).application, stayed(trip, college, 4)
    take(trip.cycle, college, {went: YES, other: {"reenrolled": True}})
    assert counts_of(trip.cycle).compared is None


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
    assert "Travelers compared with applicants who stayed" in page and "Summer 2024" in page
    assert (
        "Transferred to a four-year college in the first year: 80% of 5 travelers, compared with 20% of 5 applicants"
        " just below the line."
    ) in page
    assert "Difference: +60 points; 95% interval: " in page and "doesn’t say what caused a difference" in page
    assert "because of" not in page
    rows = [each for each in open_data.records() if each["measure"].startswith("compared")]
    assert len(rows) == 3 and all(each["measure"] in MEASURES for each in rows)


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
    assert plan.figures[compared_key("summer-2024", travelers=False)].range == Range(1, 1)
    seen = {}
    for language in ("en", "es"):
        with translation.override(language):
            seen[language] = [line.figure for each in release_page.preview(plan) for line in each.lines]
            assert not [figure for figure in seen[language] if figure.startswith("compared")]
    assert len(seen["en"]) == len(seen["es"])
    assert "Compared travelers: transferred in the first year" in set(seen["en"]) - set(seen["es"])


def ranges_of(number, travelers, others):
    return {"compared_number": number, "compared_travelers_yes": travelers, "compared_others_yes": others}


def reported(*years):
    """A report in which these years were published for good."""
    told = {Key(subject, name): range_ for subject, ranges in years for name, range_ in ranges.items()}
    day = dt.date(2026, 1, 1)
    least, percent = (
        FactFactory.build(key=key, value=value, as_of=day) for key, value in ((LEAST_FACT, 30), (PERCENT, 95))
    )
    return Report(threshold=1, as_of=None, cycles=[], chosen=None, told=told, least=least, percent=percent)


def test_all_published_years_are_one_measure():
    """Each alone would be too few, or another number; ranges add up to ranges."""
    first = ("a+b", ranges_of(Range(20, 20), Range(10, 10), Range(5, 5)))
    second = ("c", ranges_of(Range(20, 20), Range(8, 10), Range(5, 5)))
    assert comparison(reported(first), is_asked=True).interval == ""
    found = comparison(reported(first, second), is_asked=False)  # a cycle was chosen of which nothing is known
    assert "45% to 50% of 40 travelers, compared with 25% of 40" in found.text
    assert found.cycles == "a, b, c"


def test_a_year_of_which_something_isnt_shown_is_left_out():
    shown = ("a", ranges_of(Range(40, 40), Range(20, 20), Range(10, 10)))
    hidden = ("b", ranges_of(Range(40, 40), None, Range(40, 40)))
    assert comparison(reported(shown, hidden), is_asked=True) == comparison(reported(shown), is_asked=True)
    assert "showing it would say too much" in comparison(reported(hidden), is_asked=True).text

"""How long each step took: in bands of weeks, through the release table, with every group of travelers tried."""

import datetime as dt
from itertools import pairwise

import pytest
from django.urls import reverse

from exchange.figures.counts import Range, Rules
from tests.exchange.figures.test_planning import narrowed_down
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import OfferFactory
from tests.travel.outcomes_rows import part_of, publish, summer, threshold
from travel.models import PassportCase, Placement
from travel.outcomes import findings, open_data
from travel.outcomes.counting import counts_of
from travel.outcomes.measures import MEASURES
from travel.outcomes.population import WEEKS, CycleCounts, Stage, Step, wait_key
from travel.outcomes.release_plan import attack, plan_release
from travel.states import PassportStage

SMALL = Rules(threshold=4, band=3, open=3)


def counted(traveled, *took):
    """took: how many within the first, second, ... band."""
    waits = {Step.DECISION: dict(zip(sorted(WEEKS), took, strict=False))}
    return CycleCounts("c", {Stage.TRAVELED: traveled}, waits=waits)


def told(counts, rules=None):
    return {key: f and f.range for key, f in plan_release([counts], {}, rules or Rules()).figures.items()}


def test_whoever_tries_the_rules_on_every_group_of_travelers_learns_no_more_than_the_ranges():
    size = 6
    worlds = [
        part_of(counted(size, a, b - a, c - b, d - c), "within")[1]
        for a in range(size + 1)
        for b in range(a, size + 1)
        for c in range(b, size + 1)
        for d in range(c, size + 1)
    ]
    assert list(narrowed_down(lambda: part_of(counted(size), "within")[0], worlds, SMALL)) == []


def test_large_counts_are_exact_small_ones_a_range_and_the_attack_finds_nothing():
    counts = counted(44, 0, 20, 20, 2)
    found = told(counts)
    assert found[wait_key("c", Step.DECISION, 4)] == Range(20, 20)
    assert found[wait_key("c", Step.DECISION, 2)].values >= Rules().open
    assert attack([counts], found, Rules()) == []


def test_the_attack_finds_a_small_count_that_was_published_by_mistake():
    counts = counted(44, 12, 3, 20, 9)
    careless = {wait_key("c", Step.DECISION, weeks): Range(n, n) for weeks, n in ((2, 12), (4, 15), (8, 35), (16, 44))}
    assert {each.key.name for each in attack([counts], careless, Rules())} >= {"took up to 4 weeks"}


def test_what_was_told_stays_and_an_earlier_cycle_gets_its_waits_once():
    counts = counted(44, 0, 20, 20, 2)
    first = told(CycleCounts("c", counts.furthest))
    assert wait_key("c", Step.DECISION, 4) not in first
    second = plan_release([counts], first, Rules()).figures
    assert set(second) == {wait_key("c", Step.DECISION, weeks) for weeks in WEEKS}
    both = first | {key: figure and figure.range for key, figure in second.items()}
    assert plan_release([counted(44, 3, 20, 20, 1)], both, Rules()).figures == {}


# --- Counted and shown ------------------------------------------------------------------------------


def waited(placement, decision, answer, passport):
    """Days of each step, one after the other."""
    application = placement.application
    moments = [application.submitted_at]
    for days in (decision, answer, passport):
        moments.append(moments[-1] + dt.timedelta(days=days))
    answered = {"reply": "confirmed", "answered_at": moments[2], "answer_by": moments[1] + dt.timedelta(days=9)}
    OfferFactory(decision__application=application, made_at=moments[1], **answered)
    seen = {"stage": PassportStage.CHECKED, "checked_at": moments[3], "checked_by": UserFactory(advisor=True)}
    PassportCase.objects.filter(application=application).update(**seen)


@pytest.fixture
def cycle(db):
    threshold(2)
    cycle = summer([CollegeFactory(short_name=name) for name in ("East", "City", "Pierce")])
    for number, placement in enumerate(Placement.objects.filter(trip__cycle=cycle).order_by("pk")):
        waited(placement, 20, 5, 70 if number % 2 else 10)
    return cycle


@pytest.mark.django_db
def test_each_traveler_is_in_one_band_of_each_step(cycle):
    counts = counts_of(cycle)
    assert counts.waits[Step.DECISION] == {4: 18}
    assert counts.waits[Step.ANSWER] == {2: 18}
    assert counts.waits[Step.PASSPORT] == {2: 9, 16: 9}
    one = Placement.objects.first()
    one.application.offers.all().delete()  # nobody knows any longer when it was decided
    assert counts_of(cycle).waits[Step.DECISION] == {4: 17}


@pytest.mark.django_db
def test_the_directors_page_says_how_long_each_step_takes_and_for_how_many(cycle, sign_in):
    publish()
    page = sign_in(UserFactory(director=True)).get(reverse("travel:outcomes"))
    card = page.context["page"].waits
    assert card.id == "waits" and [row[0] for row in card.table["rows"]] == [
        "From application to decision",
        "From decision to the student’s answer",
        "From the answer to a passport we’ve seen",
    ]
    assert card.table["rows"][0][1:] == ["0 to 1", "17 to 18", "17 to 18", "17 to 18"]
    assert card.title in page.text
    assert all(row["measure"] in MEASURES for row in open_data.records())


def test_the_title_names_the_longest_step_only_where_the_ranges_carry_it():
    half, most = Range(10, 10), Range(20, 20)
    waits = {
        Step.DECISION: {2: Range(0, 9), 4: most, 8: most, 16: most},
        Step.PASSPORT: {2: Range(0, 9), 4: Range(0, 9), 8: Range(0, 9), 16: half},
    }
    assert "passport" in findings.of_waits(20, waits)
    waits[Step.PASSPORT][8] = Range(0, 10)  # it may be half of them within 8 weeks, and within 4 nearly so
    assert "passport" in findings.of_waits(20, waits)
    waits[Step.PASSPORT][4] = Range(0, 10)
    assert "passport" not in findings.of_waits(20, waits)
    assert all(shorter < longer for shorter, longer in pairwise(sorted(WEEKS)))

"""What travelers answered in the survey: counted once nobody can answer any longer, published by the same table."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.figures.counts import Range, Rules, numbers
from exchange.figures.planning import plan
from tests.exchange.figures.test_planning import narrowed_down
from tests.factories import CollegeFactory, FactFactory, PartnerCityFactory, UserFactory
from tests.factories_travel import SURVEY
from tests.travel.outcomes_rows import cycle_home, part_of, publish, threshold, traveler, trip_home
from travel.models import SurveyAnswer, SurveyItem, SurveyResponse
from travel.office.retention import purge
from travel.office.retention.erasing import erase
from travel.outcomes import open_data, survey
from travel.outcomes.counting import counts_of
from travel.outcomes.measures import MEASURES
from travel.outcomes.population import (
    CycleCounts,
    Said,
    Stage,
    SurveyCounts,
    answered_key,
    said_key,
    stage_key,
)
from travel.outcomes.release_plan import attack, plan_release
from travel.reflection import survey as days

SMALL = Rules(threshold=4, band=3, open=3)
ITEM = "new_places.1"


def counted(traveled, answered, more, same, less, item=ITEM):
    said = {Said.MORE: more, Said.SAME: same, Said.LESS: less}
    return CycleCounts("c", {Stage.TRAVELED: traveled}, survey=SurveyCounts(answered, {item: said}))


def told(counts, rules=None):
    return {key: f and f.range for key, f in plan_release([counts], {}, rules or Rules()).figures.items()}


def test_whoever_tries_the_rules_on_every_group_of_travelers_learns_no_more_than_the_ranges():
    size = 7
    worlds = [
        part_of(counted(size, answered, more, same, less), "survey_answered")[1]
        for answered in range(size + 1)
        for more in range(answered + 1)
        for same in range(answered - more + 1)
        for less in range(answered - more - same + 1)
    ]
    assert list(narrowed_down(lambda: part_of(counted(size, 0, 0, 0, 0), "survey_answered")[0], worlds, SMALL)) == []


def test_large_counts_are_exact_and_small_ones_a_range_beside_the_response_rate():
    found = told(counted(44, 38, 26, 9, 3))
    assert found[answered_key("c")] == Range(34, 44)
    assert found[said_key("c", Said.MORE, ITEM)] == Range(26, 26)
    assert found[said_key("c", Said.LESS, ITEM)].values >= Rules().open
    assert attack([counted(44, 38, 26, 9, 3)], found, Rules()) == []


def test_the_attack_finds_a_small_count_that_was_published_by_mistake():
    counts = counted(44, 38, 26, 9, 3)
    careless = {answered_key("c"): Range(38, 38)}
    careless |= {said_key("c", said, ITEM): Range(n, n) for said, n in counts.survey.items[ITEM].items()}
    careless[said_key("c", Said.LESS, ITEM)] = None
    assert {each.key.name for each in attack([counts], careless, Rules())} >= {"didn't answer the survey"}


def test_a_survey_that_ends_after_the_first_release_comes_with_a_later_one_and_then_stays():
    counts = counted(44, 30, 20, 8, 2)
    open_still = CycleCounts("c", counts.furthest)
    first = told(open_still)
    assert answered_key("c") not in first
    second = plan_release([counts], first, Rules()).figures
    assert set(second) == {answered_key("c"), *(said_key("c", said, ITEM) for said in Said)}
    both = first | {key: f and f.range for key, f in second.items()}
    assert plan_release([counted(44, 31, 21, 8, 2)], both, Rules()).figures == {}


def test_nobody_answered_says_no_more_than_few():
    assert told(counted(44, 0, 0, 0, 0))[answered_key("c")] == Range(0, 10)
    population, people = part_of(counted(3, 0, 0, 0, 0), "survey_answered")
    assert plan(population, numbers(population, people), Rules())[answered_key("c")] is None


# --- Counted and shown ------------------------------------------------------------------------------


@pytest.fixture
def asked(db):
    for key, value in zip(days.FACTS, (7, 21, 60), strict=True):
        FactFactory(key=key, value=value, unit="days")

    def write(cycle, trip, ratings):
        items = [SurveyItem.objects.get_or_create(cycle=cycle, **row)[0] for row in SURVEY[:2]]
        college = CollegeFactory()
        for pairs in ratings:
            placement = traveler(trip, college)
            if pairs:
                response = SurveyResponse.objects.create(placement=placement)
                for item, (before, now) in zip(items, pairs, strict=False):
                    SurveyAnswer.objects.create(response=response, item=item, before=before, now=now)
        return items

    return write


RATINGS = [[(2, 4), (3, 3)], [(1, 2), (4, 2)], [(3, 3)], [(2, None)], []]


def test_people_are_counted_by_how_their_two_ratings_compare(asked):
    cycle = cycle_home(2025)
    asked(cycle, trip_home(cycle, PartnerCityFactory()), RATINGS)
    found = counts_of(cycle).survey
    assert found.answered == 3  # one gave half an answer, one none
    assert found.items[ITEM] == {Said.MORE: 2, Said.SAME: 1}
    assert found.items["conversation.1"] == {Said.SAME: 1, Said.LESS: 1}


def test_nothing_is_counted_while_somebody_can_still_answer(asked):
    cycle = cycle_home(2025)
    trip = trip_home(cycle, PartnerCityFactory())
    asked(cycle, trip, RATINGS)
    trip.returns_on = timezone.localdate() - dt.timedelta(days=60)
    trip.returned_at = timezone.localtime() - dt.timedelta(days=60)  # by the clock on the wall
    trip.save()
    assert counts_of(cycle).survey is None


def test_erasing_an_application_keeps_what_is_counted_and_drops_who_typed_what(asked):
    cycle = cycle_home(2025)
    asked(cycle, trip_home(cycle, PartnerCityFactory()), RATINGS)
    SurveyResponse.objects.update(states={"new_places_now": {"versions": [], "seen": {}}})
    before = purge._figures(cycle.pk)
    erase([each.pk for each in cycle.applications.all()])
    assert purge._figures(cycle.pk) == before and before[-1].answered == 3
    assert set(map(str, SurveyResponse.objects.values_list("states", flat=True))) == {"{}"}


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_page_shows_counts_of_each_item_beside_the_response_rate(asked, client):
    threshold(1)
    client.force_login(UserFactory(director=True))
    cycle = cycle_home(2025)
    asked(cycle, trip_home(cycle, PartnerCityFactory()), RATINGS)
    publish()
    page = text_of(client.get(reverse("travel:outcomes")))
    assert "Before the trip and now: Summer 2025" in page and "Answered: 3 of 5 travelers" in page
    assert f"{SURVEY[0]['text_en']} 2 1 0" in page
    assert "It doesn’t show what caused it." in page


def test_a_sentence_with_one_hidden_number_is_shown_with_the_others():
    told = {
        answered_key("c"): Range(40, 40),
        stage_key("c", Stage.TRAVELED): Range(44, 44),
        said_key("c", Said.MORE, "a"): Range(22, 22),
        said_key("c", Said.SAME, "a"): Range(0, 10),
        said_key("c", Said.LESS, "a"): None,
        **{said_key("c", said, "b"): None for said in survey.COLUMNS},
    }

    result = survey._result("c", "Summer 2025", told, {"b": "I ask.", "a": "I know the city."})

    assert [(item.text, item.cells) for item in result.items] == [
        ("I know the city.", ("22", "10 or fewer", "not shown"))
    ]
    assert (result.rate, result.code, result.cycle) == ("Answered: 40 of 44 travelers", "c", "Summer 2025")


def test_open_data_say_which_sentence_was_rated(asked):
    threshold(1)
    cycle = cycle_home(2025)
    asked(cycle, trip_home(cycle, PartnerCityFactory()), RATINGS)
    publish()
    (row,) = [each for each in open_data.records() if (each["measure"], each["group"]) == (Said.MORE.value, ITEM)]
    assert (row["low"], row["high"], row["group_by"]) == (2, 2, "survey_item")
    assert row["definition"].endswith(f"before the trip. “{SURVEY[0]['text_en']}”")
    assert all(each["measure"] in MEASURES for each in open_data.records())


def test_too_few_answers_are_one_sentence_and_no_survey_is_no_section(asked, client):
    threshold(11)
    client.force_login(UserFactory(director=True))
    cycle = cycle_home(2025)
    asked(cycle, trip_home(cycle, PartnerCityFactory()), RATINGS)
    other = cycle_home(2024)
    traveler(trip_home(other, PartnerCityFactory()), CollegeFactory())
    publish()
    page = text_of(client.get(reverse("travel:outcomes"), {"cycle": cycle.code}))
    assert (
        "5 travelers. Too few to show how many answered." in page and "Too few answered to show what they said." in page
    )
    assert "Before the trip and now" not in text_of(client.get(reverse("travel:outcomes"), {"cycle": other.code}))

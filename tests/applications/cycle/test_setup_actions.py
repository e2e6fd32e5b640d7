"""Setting up a cycle: copied with its dates shifted, published once nothing is missing."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from applications.base.form_changes import current_form, draft_form
from applications.cycle import cycle_dates, readiness
from applications.cycle.actions import criteria, form_versions, setup
from applications.models import Cycle, FormVersion, Question
from exchange.base.errors import RuleViolation
from exchange.models import College, Event
from tests.factories import CollegeFactory, FactFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, ReviewFactory, review_facts
from tests.factories_travel import TripFactory, standard_rows, with_entry_rules
from travel.models import Trip

pytestmark = pytest.mark.django_db
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


def at(text):
    return timezone.make_aware(dt.datetime.fromisoformat(text))


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def source():
    standard_rows()
    CollegeFactory()
    return CycleFactory(
        ready=True,
        code="spring-2026",
        name_en="Spring 2026",
        name_es="Primavera 2026",
        opens_at=at("2025-12-01T09:00"),
        closes_at=at("2026-02-13T23:59"),
        decisions_on=dt.date(2026, 4, 10),
    )


def refused(act) -> str:
    with pytest.raises(RuleViolation) as violation:
        act()
    return violation.value.code


# --- Copying ----------------------------------------------------------------------------------------


def test_copy_takes_everything_and_moves_the_dates(source, office):
    cycle = setup.copy_cycle(source, by=office)
    years = cycle_dates.years_ahead(source.opens_at)
    assert (cycle.copied_from, cycle.published_at) == (source, None)
    assert cycle.code == f"spring-{2026 + years}"
    assert (cycle.name_en, cycle.name_es) == (f"Spring {2026 + years}", f"Primavera {2026 + years}")
    assert list(cycle.cities.all()) == list(source.cities.all())
    assert [c.key for c in cycle.criteria.all()] == [c.key for c in source.criteria.all()]
    assert [len(c.levels.all()) for c in cycle.criteria.all()] == [5, 5, 5]
    form = draft_form(cycle)
    assert (form.number, form.published_at) == (1, None)
    old, new = (
        list(Question.objects.filter(section__form=f).values_list("key", "label_es"))
        for f in (current_form(source), form)
    )
    assert old == new
    assert cycle.applications.count() == 0


def test_copied_dates_keep_weekday_and_time_of_day(source, office):
    cycle = setup.copy_cycle(source, by=office)
    for name in ("opens_at", "closes_at"):
        old, new = (timezone.localtime(getattr(each, name)) for each in (source, cycle))
        assert (new.weekday(), new.time()) == (old.weekday(), old.time())
        assert abs((new.replace(year=old.year).date() - old.date()).days) <= 6
    assert cycle.decisions_on.weekday() == source.decisions_on.weekday()
    assert cycle.opens_at > timezone.now()


@pytest.mark.parametrize("years", range(1, 9))
@pytest.mark.parametrize("day", [dt.date(2027, 2, 12), dt.date(2028, 2, 29), dt.date(2026, 12, 31)])
def test_a_moved_day_is_the_same_weekday_near_the_same_day_of_the_year(day, years):
    moved = cycle_dates.moved(day, years)
    same = dt.date(day.year + years, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)
    assert moved.weekday() == day.weekday()
    assert abs((moved - same).days) <= 5


def test_copied_rule_with_a_date_is_moved_and_has_to_be_looked_at(source, office):
    cycle = setup.copy_cycle(source, by=office)
    old, new = (each.rules.get(key="age") for each in (source, cycle))
    assert new.value["on"] > old.value["on"]
    assert new.value["years"] == old.value["years"]
    assert any(need.arguments.get("key") == "age" for need in readiness.needs_of(cycle))
    values = {name: getattr(new, name) for name in criteria.RULE_FIELDS}
    criteria.save_rule(cycle, values, key="age", by=office)
    assert not any(need.arguments.get("key") == "age" for need in readiness.needs_of(cycle))


def test_copy_twice_gives_the_copy_there_is(source, office):
    first = setup.copy_cycle(source, by=office)
    assert setup.copy_cycle(source, by=office) == first
    Cycle.objects.filter(pk=first.pk).update(published_at=timezone.now())
    second = setup.copy_cycle(source, by=office)
    assert (second.code, first.code) == (f"{first.code}-2", first.code)


def test_copy_can_be_undone_until_somebody_applies(source, office):
    cycle = setup.copy_cycle(source, by=office)
    setup.start_test(cycle, by=office)
    setup.delete_cycle(cycle, by=office)
    assert not Cycle.objects.filter(pk=cycle.pk).exists()
    assert FormVersion.objects.filter(cycle=source).count() == 1
    assert refused(lambda: setup.delete_cycle(source, by=office)) == "published"
    second = setup.copy_cycle(source, by=office)
    ApplicationFactory(cycle=second, form=draft_form(second))
    assert refused(lambda: setup.delete_cycle(second, by=office)) == "in_use"


def test_undo_keeps_a_cycle_with_plans(source, office):
    cycle = setup.copy_cycle(source, by=office)
    TripFactory(cycle=cycle)
    assert refused(lambda: setup.delete_cycle(cycle, by=office)) == "in_use"
    assert cycle.form_versions.count() == 1 and Trip.objects.filter(cycle=cycle).exists()


# --- Dates ------------------------------------------------------------------------------------------


def dates(**changes):
    soon = timezone.localtime() + dt.timedelta(days=100 - timezone.localtime().weekday())  # a Wednesday
    given = {
        "opens_at": soon,
        "closes_at": soon + dt.timedelta(days=56),
        "decisions_on": (soon + dt.timedelta(days=84)).date(),
        "answer_days": 7,
    }
    return cycle_dates.Dates(**{**given, **changes})


def codes(found, **more):
    return {remark.code for remark in cycle_dates.remarks(found, more.get("others", []), is_published=False)}


def test_plain_dates_need_no_remark():
    monday = timezone.localtime() + dt.timedelta(days=98 - timezone.localtime().weekday())
    found = dates(
        opens_at=monday, closes_at=monday + dt.timedelta(days=56), decisions_on=(monday + dt.timedelta(days=84)).date()
    )
    assert codes(found) == set()


@pytest.mark.parametrize(
    ("changes", "code", "stops"),
    [
        ({"closes_at": timezone.now() + dt.timedelta(days=50)}, "closes_before_it_opens", True),
        ({"decisions_on": timezone.localdate() + dt.timedelta(days=110)}, "decisions_before_closing", True),
        ({"opens_at": timezone.now() - dt.timedelta(days=1)}, "opens_in_the_past", False),
        (
            {"opens_at": timezone.now() - dt.timedelta(days=9), "closes_at": timezone.now() - dt.timedelta(days=1)},
            "closes_in_the_past",
            True,
        ),
        ({"decisions_on": timezone.localdate() - dt.timedelta(days=1)}, "decisions_in_the_past", True),
    ],
)
def test_odd_dates_are_said_in_words(changes, code, stops):
    found = {each.code: each for each in cycle_dates.remarks(dates(**changes), [], is_published=False)}
    assert code in found
    assert (found[code].stops, bool(found[code].text)) == (stops, True)


def test_overlap_with_another_cycle_is_said(source):
    given = dates()
    assert "overlaps" in codes(given, others=[("Fall", given.opens_at, given.closes_at)])
    assert "overlaps" not in codes(given, others=[("Fall", given.closes_at, given.closes_at + dt.timedelta(days=9))])


def test_save_dates_refuses_the_impossible_and_what_somebody_else_changed(source, office):
    cycle = setup.copy_cycle(source, by=office)
    bad = dates(closes_at=timezone.now() + dt.timedelta(days=50))
    assert refused(lambda: setup.save_dates(cycle, bad, by=office)) == "closes_before_it_opens"
    seen = setup.dates_fingerprint(cycle)
    setup.save_dates(cycle, dates(answer_days=9), seen=seen, by=office)
    assert refused(lambda: setup.save_dates(cycle, dates(), seen=seen, by=office)) == "changed_meanwhile"
    cycle.refresh_from_db()
    assert cycle.answer_days == 9


# --- What is missing, and publishing ----------------------------------------------------------------


def make_ready(cycle, office):
    form_versions.publish_version(cycle, by=office)
    told = dates().decisions_on
    due = {"endorsements_due_on": told - dt.timedelta(days=21), "readings_due_on": told - dt.timedelta(days=7)}
    setup.save_dates(cycle, dates(**due), by=office)
    rule = cycle.rules.get(key="age")
    criteria.save_rule(cycle, {name: getattr(rule, name) for name in criteria.RULE_FIELDS}, key="age", by=office)
    for college in College.objects.all():
        UserFactory(advisor=college)
    with_entry_rules(cycle)


def test_publish_only_when_nothing_is_missing(source, office):
    cycle = setup.copy_cycle(source, by=office)
    assert refused(lambda: setup.publish_cycle(cycle, by=office)) == "not_ready"
    make_ready(cycle, office)
    assert [need.text for need in readiness.needs_of(cycle) if need.stops] == []
    published = setup.publish_cycle(cycle, by=office)
    assert setup.publish_cycle(cycle, by=office).published_at == published.published_at
    assert Event.objects.filter(action="setup.publish_cycle").count() == 1


@pytest.mark.parametrize(
    ("spoil", "topic"),
    [
        (lambda cycle: Cycle.objects.filter(pk=cycle.pk).update(summary_es=""), "texts"),
        (lambda cycle: cycle.cities.clear(), "cities"),
        (
            lambda cycle: Cycle.objects.filter(pk=cycle.pk).update(
                closes_at=timezone.now(), opens_at=at("2026-01-01T09:00")
            ),
            "dates",
        ),
        (lambda cycle: cycle.form_versions.update(published_at=None), "form"),
        (lambda cycle: Question.objects.filter(section__form__cycle=cycle, key="story_why").delete(), "form"),
        (lambda cycle: cycle.rules.all().delete(), "rules"),
        (lambda cycle: cycle.rules.filter(key="units").update(value="many"), "rules"),
        (lambda cycle: cycle.criteria.all().delete(), "rubric"),
        (lambda cycle: cycle.criteria.first().levels.update(text_es=""), "rubric"),
        (
            lambda cycle: Question.objects.filter(section__form__cycle=cycle, key="story_why").update(
                audience="office"
            ),
            "rubric",
        ),
        (lambda cycle: FactFactory(key="program.test", review_on=dt.date(2020, 1, 1)), "facts"),
        (lambda cycle: CollegeFactory(), "people"),
    ],
)
def test_each_thing_that_is_missing_is_named(source, office, spoil, topic):
    cycle = setup.copy_cycle(source, by=office)
    make_ready(cycle, office)
    spoil(cycle)
    cycle.refresh_from_db()
    assert topic in {need.topic for need in readiness.needs_of(cycle) if need.stops}


def test_texts_that_still_say_last_year_are_worth_a_look(source, office):
    Cycle.objects.filter(pk=source.pk).update(summary_en="Ten days in June 2026.")
    cycle = setup.copy_cycle(source, by=office)
    needs = [need for need in readiness.needs_of(cycle) if "2026" in need.text and need.topic == "texts"]
    assert [need.stops for need in needs] == [False]


def test_copy_whose_questions_and_conditions_name_an_old_year_is_worth_a_look(source, office):
    question = Question.objects.get(section__form__cycle=source, key="major")
    Question.objects.filter(pk=question.pk).update(help_es="Solo junio de 2026. Naciste, por ejemplo, en 2005.")
    source.rules.filter(key="units").update(ask_en="How many units do you take in spring 2026?")
    cycle = setup.copy_cycle(source, by=office)
    needs = [need for need in readiness.needs_of(cycle) if "still says 2026" in need.text]
    assert [(need.topic, need.arguments["key"], need.stops) for need in needs] == [
        ("form", "major", False),
        ("rules", "units", False),
    ]
    assert "2005" not in needs[0].text


def test_readiness_asks_the_database_as_often_for_a_long_form(source, office):
    cycle = setup.copy_cycle(source, by=office)
    counts = []
    for turn in range(2):
        with CaptureQueriesContext(connection) as queries:
            readiness.needs_of(cycle)
        counts.append(len(queries))
        section = draft_form(cycle).sections.get(key="about")
        Question.objects.bulk_create(
            Question(section=section, key=f"more-{turn}-{n}", order=50 + n, kind="date", label_en="A", label_es="B")
            for n in range(9)
        )
    assert counts[0] == counts[1] < 32


def test_city_that_students_chose_stays_in_a_published_cycle(source, office):
    city = source.cities.first()
    ApplicationFactory(cycle=source, cities=[city])
    values = {name: getattr(source, name) for name in setup.BASICS}
    rest = [each for each in source.cities.all() if each != city]
    assert refused(lambda: setup.save_basics(source, values, cities=rest, by=office)) == "city_chosen"
    more = [*source.cities.all(), PartnerCityFactory()]
    setup.save_basics(source, values, cities=more, by=office)
    assert source.cities.count() == len(more)


def test_two_coordinators_at_the_basics_notice_each_other(source, office):
    seen = setup.basics_fingerprint(source)
    values = {name: getattr(source, name) for name in setup.BASICS}
    cities = list(source.cities.all())
    setup.save_basics(source, {**values, "seats": 30}, cities=cities, seen=seen, by=office)
    again = {**values, "seats": 40}
    assert refused(lambda: setup.save_basics(source, again, cities=cities, seen=seen, by=office)) == "changed_meanwhile"


def test_readers_talk_from_before_the_first_lock(source, office):
    """What is locked was written for the committee only."""
    review_facts()
    values, cities = {name: getattr(source, name) for name in setup.BASICS}, list(source.cities.all())
    ReviewFactory(assignment__application__cycle=source)
    ReviewFactory(assignment__application__cycle=source, assignment__is_interview=True, locked=True)
    setup.save_basics(source, values | {"readers_talk": True}, cities=cities, by=office)
    assert Cycle.objects.get(pk=source.pk).readers_talk

    ReviewFactory(assignment__application__cycle=source, locked=True)
    setup.save_basics(source, values | {"readers_talk": True, "seats": 30}, cities=cities, by=office)
    setup.save_basics(source, values, cities=cities, by=office)
    again = values | {"readers_talk": True}
    assert refused(lambda: setup.save_basics(source, again, cities=cities, by=office)) == "comments_locked"
    assert not Cycle.objects.get(pk=source.pk).readers_talk


# --- What readers score -----------------------------------------------------------------------------


def test_rubric_stays_once_scoring_began(office):
    review_facts()
    review = ReviewFactory(points=3)
    cycle = review.assignment.application.cycle
    criterion = cycle.criteria.first()
    values = {name: getattr(criterion, name) for name in criteria.CRITERION_FIELDS}
    for act in (
        lambda: criteria.save_criterion(cycle, values, levels=[("a", "b")], key=criterion.key, by=office),
        lambda: criteria.move_criterion(cycle, criterion.key, up=False, by=office),
        lambda: criteria.remove_criterion(cycle, criterion.key, by=office),
    ):
        assert refused(act) == "scoring_began"


def test_rules_are_added_moved_and_removed(source, office):
    rule = source.rules.get(key="units")
    values = {name: getattr(rule, name) for name in criteria.RULE_FIELDS}
    added = criteria.save_rule(source, {**values, "text_en": "More than that"}, by=office)
    assert added.key == "more_than_that"
    criteria.move_rule(source, added.key, up=True, by=office)
    assert [each.key for each in source.rules.all()][-2] == added.key
    for _ in range(2):
        criteria.remove_rule(source, added.key, by=office)
    assert refused(lambda: criteria.save_rule(source, {**values, "value": "x"}, key="units", by=office)) == "unsound"

"""The coordinator's set-up pages: each one opens, says what is missing, and keeps what was typed."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.base.form_changes import current_form, draft_form
from applications.cycle.actions import setup
from applications.models import Application, Cycle, EligibilityRule, Question
from exchange.models import Event
from tests.factories import CollegeFactory, FactFactory, UserFactory
from tests.factories_applications import CycleFactory, application_facts, review_facts
from tests.setup_rows import address, fields_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers(db):
    review_facts()


@pytest.fixture
def office(db):
    return UserFactory(coordinator=True)


@pytest.fixture
def desk(sign_in, office):
    return sign_in(office)


@pytest.fixture
def source():
    CollegeFactory()
    return CycleFactory(ready=True, closed=True, code="spring-2027", name_en="Spring 2027", name_es="Primavera 2027")


@pytest.fixture
def cycle(source, office):
    """A cycle that is being set up: a copy of last year's."""
    return setup.copy_cycle(source, by=office)


PAGES = [
    ("detail", {}),
    ("copy", {}),
    ("basics", {}),
    ("dates", {}),
    ("form", {}),
    ("section-add", {}),
    ("section", {"section": "about"}),
    ("section", {"section": "referee"}),
    ("section", {"section": "cities"}),
    ("question-add", {"section": "about"}),
    *(("question", {"key": key}) for key in ("full_name", "date_of_birth", "parents_education", "story_why", "cities")),
    ("question", {"key": "class_schedule"}),
    ("question", {"key": "college"}),
    ("version-publish", {}),
    ("drafts", {}),
    ("rules", {}),
    ("rule-add", {}),
    ("rule", {"key": "age"}),
    ("rule", {"key": "units"}),
    ("rubric", {}),
    ("criterion-add", {}),
    ("criterion", {"key": "purpose"}),
]


@pytest.mark.parametrize(("page", "more"), PAGES, ids=[f"{page} {' '.join(more.values())}" for page, more in PAGES])
def test_page_opens(desk, cycle, page, more):
    response = desk.get(address(page, cycle, **more))
    assert response.status_code == 200
    assert cycle.name in response.text or page == "copy"
    assert response.text.count("<h1") == 1


SAVED = [
    ("basics", {}),
    ("section", {"section": "about"}),
    *(("question", {"key": key}) for key in ("full_name", "parents_education", "first_abroad", "story_why", "cities")),
    ("question", {"key": "languages"}),
    ("question", {"key": "class_schedule"}),
    *(("rule", {"key": key}) for key in ("college", "age", "units")),
    ("criterion", {"key": "purpose"}),
]


@pytest.mark.parametrize(("page", "more"), SAVED, ids=[f"{page} {' '.join(more.values())}" for page, more in SAVED])
def test_saving_a_page_as_it_is_changes_nothing(desk, cycle, page, more):
    """Each form shows every field of its row and posts every field back."""
    here = address(page, cycle, **more)
    before = snapshot(cycle)
    response = desk.post(here, fields_of(desk.get(here)), follow=True)
    assert "Saved." in response.text, response.context["form"].errors
    assert snapshot(cycle) == before


def snapshot(cycle):
    asked = Question.objects.filter(section__form__cycle=cycle).order_by("pk").values()
    return [
        list(asked),
        list(cycle.rules.values()),
        list(cycle.criteria.values("key", "title_en", "levels__text_es").order_by("pk", "levels__points")),
        Cycle.objects.filter(pk=cycle.pk).values().first(),
        sorted(cycle.cities.values_list("code", flat=True)),
    ]


@pytest.mark.parametrize("who", [{}, {"advisor": True}, {"director": True}])
def test_nobody_else_sets_up(sign_in, cycle, who):
    client = sign_in(UserFactory(**who))
    for page, more in PAGES:
        here = address(page, cycle, **more)
        assert client.get(here).status_code == 403
        assert client.post(here).status_code in (403, 405)
    assert client.get(reverse("applications:cycle-setup-list")).status_code == 403


def test_list_shows_each_cycle_with_its_stage(desk, cycle):
    CycleFactory(name_en="Fall 2030")
    page = desk.get(reverse("applications:cycle-setup-list")).text
    assert all(text in page for text in (cycle.name, "being set up", "Fall 2030", "open now", "closed"))


def test_copy_shows_the_dates_then_makes_it_and_delete_takes_it_back(desk, source):
    shown = desk.get(address("copy", source))
    assert "same weekday next year" in shown.text
    response = desk.post(address("copy", source), follow=True)
    copy = Cycle.objects.get(copied_from=source)
    assert response.redirect_chain[-1][0] == address("detail", copy)
    assert "Check each one and save the page" in response.text
    desk.post(address("delete", copy))
    assert not Cycle.objects.filter(copied_from=source).exists()


# --- Dates ------------------------------------------------------------------------------------------


def test_impossible_dates_are_an_error_beside_the_field(desk, cycle):
    data = fields_of(desk.get(address("dates", cycle)))
    response = desk.post(address("dates", cycle), {**data, "closes_on": data["opens_on"], "closes_time": "00:00"})
    assert "The closing date is before the opening date." in response.text
    assert response.context["form"].errors.keys() == {"closes_on"}


def test_odd_dates_are_kept_only_once_the_coordinator_says_so(desk, cycle):
    data = fields_of(desk.get(address("dates", cycle)))
    closes = dt.date.fromisoformat(data["closes_on"])
    saturday = closes + dt.timedelta(days=(5 - closes.weekday()) % 7)
    data["closes_on"] = saturday.isoformat()
    response = desk.post(address("dates", cycle), data)
    assert "weekend" in response.text
    assert not Event.objects.filter(action="setup.save_dates").exists()
    assert "Saved." in desk.post(address("dates", cycle), {**data, "is_sure": "on"}, follow=True).text
    cycle.refresh_from_db()
    assert timezone.localtime(cycle.closes_at).date() == saturday


def test_dates_name_their_time_zone(desk, cycle):
    assert "All days and times are Los Angeles time" in desk.get(address("dates", cycle)).text


# --- Who can apply, what is scored ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "given", "value"),
    [
        ("at_least", {"number": "2.5"}, 2.5),
        ("at_most", {"number": "30"}, 30),
        ("is_true", {}, True),
        ("equals", {"word": "Nursing"}, "Nursing"),
        ("age_on_at_least", {"years": "21", "on": "2028-06-01"}, {"years": 21, "on": "2028-06-01"}),
    ],
)
def test_rule_of_each_kind_is_written_in_words(desk, cycle, operator, given, value):
    data = {
        "question_key": "units",
        "operator": operator,
        "on_miss": "ask_an_advisor",
        "text_en": "A new one",
        "text_es": "Una nueva",
        **given,
    }
    desk.post(address("rule-add", cycle), data)
    assert EligibilityRule.objects.get(cycle=cycle, key="a_new_one").value == value


def test_rule_with_a_list_takes_the_words_that_students_see(desk, cycle):
    college = CollegeFactory(name="Mission College")
    here = address("rule", cycle, key="college")
    data = fields_of(desk.get(here))
    desk.post(here, {**data, "choices": f"{data['choices']}\nmission college"})
    assert EligibilityRule.objects.get(cycle=cycle, key="college").value[-1] == college.code
    response = desk.post(here, {**fields_of(desk.get(here)), "choices": "Hogwarts"})
    assert "“Hogwarts” isn’t one of the answers" in response.text


@pytest.mark.parametrize("operator", ["at_least", "equals", "is_one_of", "age_on_at_least"])
def test_rule_without_its_value_is_refused(desk, cycle, operator):
    here = address("rule", cycle, key="units")
    bare = {**fields_of(desk.get(here)), "operator": operator, "number": ""}
    response = desk.post(here, bare)
    assert response.context["form"].errors


def test_criterion_needs_points_without_gaps(desk, cycle):
    here = address("criterion", cycle, key="purpose")
    data = fields_of(desk.get(here))
    response = desk.post(here, {**data, "level_2_en": "", "level_2_es": ""})
    assert "Don’t leave a gap" in response.text


# --- Trying it out ----------------------------------------------------------------------------------


def test_apply_as_a_test_to_the_end(desk, cycle, office):
    response = desk.post(address("test", cycle), follow=True)
    test = Application.objects.get(student=office, is_test=True)
    assert response.redirect_chain[-1][0] == reverse("applications:application-overview", kwargs={"code": test.code})
    assert "This is a test." in response.text
    assert "Continue your test" in desk.get(address("detail", cycle)).text
    response = desk.post(address("test-end", cycle), follow=True)
    assert "Nothing was sent" in response.text
    assert not Application.objects.exists()


def test_the_first_cycle_begins_with_the_standard_form(desk):
    application_facts()
    opens = timezone.localdate() + dt.timedelta(days=30)
    data = {
        "name_en": "Fall 2031",
        "name_es": "Otoño 2031",
        "opens_on": opens.isoformat(),
        "opens_time": "09:00",
        "closes_on": (opens + dt.timedelta(days=40)).isoformat(),
        "closes_time": "23:59",
        "decisions_on": (opens + dt.timedelta(days=70)).isoformat(),
        "answer_days": "7",
        "reads_each": "3",
        "departs_on": (opens + dt.timedelta(days=200)).isoformat(),
    }
    here = reverse("applications:cycle-setup-new")
    assert (
        "closing date is before the opening date"
        in desk.post(here, {**data, "closes_on": data["opens_on"], "closes_time": "01:00"}).text
    )
    for _tap in range(2):
        page = desk.post(here, data, follow=True).text
        assert "Write the name and each text in both languages." in page
    cycle = Cycle.objects.get(code="fall-2031")
    assert (cycle.published_at, draft_form(cycle).number, current_form(cycle)) == (None, 1, None)
    assert cycle.rules.exists()
    assert cycle.criteria.count() == 3


def test_a_fact_past_its_review_date_leads_to_its_page(desk, cycle):
    old = FactFactory(key="program.old_rule", review_on=dt.date(2020, 1, 1))
    assert reverse("travel:reference-row", args=["fact", old.key]) in desk.get(address("detail", cycle)).text


def test_a_college_without_an_advisor_leads_to_inviting_one(desk, cycle):
    CollegeFactory()
    assert reverse("people-invite") in desk.get(address("detail", cycle)).text

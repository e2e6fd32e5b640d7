"""Duties of the office: lists of feasible cities that nobody has marked, students without one, and facts to review."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from exchange.models import DatedReference, Event
from exchange.reference import references
from tests.factories import CollegeFactory, FactFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, application_facts, review_facts
from tests.factories_travel import (
    EntryRuleFactory,
    GuidanceFactory,
    HelpNumberFactory,
    PlacementFactory,
    in_days,
    travel_facts,
)
from travel.models import FeasibleCities, HelpNumber
from travel.office.home import advisor_work as work
from travel.passport.case import actions as passport

pytestmark = pytest.mark.django_db
LISTS = reverse("travel:passport-open-lists")


@pytest.fixture(autouse=True)
def numbers():
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def college():
    return CollegeFactory()


@pytest.fixture
def advisor(college):
    return UserFactory(advisor=college)


def student(college, name, city=None, trait="waitlisted"):
    application = ApplicationFactory(college=college, student__full_name=name, **{trait: True})
    application.city_preferences.all().delete()
    application.city_preferences.create(city=city or PartnerCityFactory(), rank=1)
    passport.open_case(application, by=None)
    return application


def duty(advisor, key):
    cache.clear()  # factories record no event, so the cached figures need clearing
    return next(each for each in work.work_of(advisor) if each.key == key)


def listed(client, query=""):
    return sorted(str(each.student) for each in client.get(LISTS + query).context["page_obj"])


def test_the_count_leads_to_exactly_those(sign_in, college, advisor):
    student(college, "Ana"), student(college, "Bea", trait="confirmed")
    student(CollegeFactory(), "Elsewhere")
    marked = student(college, "Marked")
    FeasibleCities.objects.create(application=marked, is_everywhere=True)
    PlacementFactory(application=student(college, "Has a seat", trait="confirmed"))
    found = duty(advisor, "open_lists")
    assert (found.count, found.title, found.href) == (2, "2 students are waiting for you to mark their cities", LISTS)
    assert listed(sign_in(advisor)) == ["Ana", "Bea"]


def test_all_cities_for_several_at_once(sign_in, college, advisor):
    people = [student(college, name) for name in ("Ana", "Bea", "Cora")]
    here = sign_in(advisor)
    assert "Check at least one student." in here.post(LISTS, {}).text
    ticked = {"take": [each.code for each in people[:2]]}
    assert [here.post(LISTS, ticked).status_code for _tap in range(2)] == [302, 302]
    assert FeasibleCities.objects.filter(is_everywhere=True, marked_by=advisor).count() == 2
    assert Event.objects.filter(action="passport.mark_cities").count() == 2
    assert listed(here) == ["Cora"]


def test_a_list_that_a_colleague_marked_meanwhile_stays(sign_in, college, advisor):
    application, city = student(college, "Ana"), PartnerCityFactory()
    passport.mark_cities(application, [city], by=UserFactory(advisor=college))
    sign_in(advisor).post(LISTS, {"take": [application.code]})
    assert [*FeasibleCities.objects.get().cities.all()] == [city]


def test_nobody_marks_students_of_another_college(sign_in, advisor):
    stranger = student(CollegeFactory(), "Elsewhere")
    assert sign_in(advisor).post(LISTS, {"take": [stranger.code]}).status_code == 200
    assert not FeasibleCities.objects.exists()


def test_who_can_go_nowhere_is_a_task_for_the_advisor_and_a_count_for_the_office(sign_in, college, advisor):
    wished, other = PartnerCityFactory(), PartnerCityFactory()
    lost = student(college, "Lost Cause-Not", wished, trait="confirmed")
    fine = student(college, "Fine", wished)
    passport.mark_cities(lost, [other], by=advisor)
    passport.mark_cities(fine, [wished, other], by=advisor)
    assert duty(advisor, "no_city").count == 1
    assert listed(sign_in(advisor), "?show=nowhere") == ["Lost Cause-Not"]
    page = sign_in(UserFactory(coordinator=True)).get(reverse("travel:pipeline"), {"cycle": lost.cycle.code}).text
    assert "No city works yet for 1 student." in page and "Lost Cause-Not" not in page


def test_the_empty_list_says_what_will_appear(sign_in, advisor):
    here = sign_in(advisor)
    assert "Every list is marked" in here.get(LISTS).text
    assert "Every student has a city that works" in here.get(LISTS + "?show=nowhere").text


def test_a_longer_list_costs_no_more_queries(sign_in, college, advisor, django_assert_max_num_queries):
    here, costs = sign_in(advisor), []
    for number in (3, 27):
        for each in range(number):
            student(college, f"P {number} {each}")
        with django_assert_max_num_queries(10) as found:
            here.get(LISTS)
        costs.append(len(found))
    assert costs[0] == costs[1]


# --- Facts past their review date -------------------------------------------------------------------


def test_every_kind_of_dated_row_is_found_by_itself_and_history_is_not():
    FactFactory(key="old.one", review_on=in_days(-1))
    FactFactory(review_on=in_days(0))
    history = FactFactory(review_on=in_days(-90))
    history.superseded_by = FactFactory(key="newer")
    history.save()
    EntryRuleFactory(city__name_en="Hanoi", review_on=in_days(-3))
    there = {"city": PartnerCityFactory(name_en="Athens"), "kind": "ambulance", "phone": "166"}
    HelpNumber.objects.create(
        **there, is_confirmed=False, as_of=in_days(-1), review_on=in_days(9), source_name="The city"
    )
    assert [row.what for row in references.to_check()[1]] == ["Athens: Ambulance"]
    GuidanceFactory(review_on=in_days(-2))
    found = references.overdue()
    assert [row.what for row in found] == [
        "Hanoi: e-visa (electronic visa)",
        "Your birth certificate",
        "Routine service",
    ]
    assert [row.href.startswith("/reference/") for row in found] == [True, True, True]
    kinds = {rows.model for rows in references.rows_to_check()}
    assert kinds >= set(DatedReference.__subclasses__())


def test_the_pipeline_counts_them_and_leads_to_the_list(sign_in):
    here = sign_in(UserFactory(coordinator=True))
    application = ApplicationFactory(submitted=True)
    pipeline = reverse("travel:pipeline") + f"?cycle={application.cycle.code}"
    assert "to check" not in here.get(pipeline).text
    FactFactory(review_on=in_days(-1), label_en="The fee of a passport")
    cache.clear()
    due = reverse("travel:reference-list") + "?state=look"
    page = here.get(pipeline).text
    assert f'href="{due}"' in page and "1 fact to look at" in page
    assert "1 to look at" in here.get(reverse("applications:cycle-setup-list")).text  # one number
    assert "The fee of a passport" in here.get(due).text


def test_the_list_has_late_rows_that_have_a_page_of_their_own(sign_in):
    here = sign_in(UserFactory(coordinator=True))
    due = reverse("travel:reference-list")
    number = HelpNumberFactory()
    assert f"{number.city}: Ambulance" not in here.get(due).text
    number.review_on = in_days(-1)
    number.save()
    page = here.get(due).text
    assert "Nothing is past its review date." not in page and f"{number.city}: Ambulance" in page

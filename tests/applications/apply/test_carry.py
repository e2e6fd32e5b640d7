"""Carry over: last year's answers are copied where they fit, each marked until looked at; letters and files are not."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import application as application_actions
from applications.apply.actions import carry, draft
from applications.base import answers
from applications.models import Application, Question, Recommendation
from exchange.base.errors import RuleViolation
from exchange.models import College, Event, Language
from tests.applications.saving import page_fields
from tests.factories import CollegeFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ANSWERS, ApplicationFactory, CycleFactory, UploadFactory
from tests.factories_help import HelpSessionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def last_year():
    cycle = CycleFactory(
        ready=True,
        opens_at=timezone.now() - dt.timedelta(days=400),
        closes_at=timezone.now() - dt.timedelta(days=350),
    )
    application = ApplicationFactory(
        cycle=cycle,
        not_selected=True,
        answered=True,
        answered__student_number="88001234",
        student__full_name="",
        student__preferred_name="",
    )
    Recommendation.objects.filter(application=application).update(
        letter="She is kind.", received_at=timezone.now(), requested_at=timezone.now()
    )
    return application


@pytest.fixture
def cycle(last_year):
    cycle = CycleFactory(ready=True)
    cycle.cities.add(last_year.cycle.cities.first())
    return cycle


@pytest.fixture
def again(last_year, cycle):
    return carry.start(cycle, by=last_year.student)


def items(application):
    return answers.by_key(answers.parts_of(application))


def test_every_answer_that_fits_comes_along_and_is_marked(last_year, again):
    found = items(again)
    for key, value in ANSWERS.items():
        assert found[key].value == value
        assert found[key].is_carried
    assert found["college"].value == last_year.college.code
    assert again.college == last_year.college
    assert again.student_number == last_year.student_number == found["student_number"].value == "88001234"
    assert again.carried_from == last_year
    assert again.status == "draft"
    assert Event.objects.get(action="application.carry").changes["from"] == last_year.code


def test_only_cities_that_are_still_offered_come_along(last_year, again):
    first = last_year.cycle.cities.first()
    assert [city.code for city in items(again)["cities"].value] == [first.code]


def test_the_referee_is_asked_anew_and_the_letter_stays(last_year, again):
    old, new = (Recommendation.objects.get(application=each) for each in (last_year, again))
    assert (new.referee_name, new.referee_email) == (old.referee_name, old.referee_email)
    assert (new.letter, new.received_at, new.requested_at) == ("", None, None)
    assert new.token != old.token
    assert items(again)["referee_email"].is_carried


def test_a_referee_who_said_no_is_not_proposed_again(last_year, cycle):
    Recommendation.objects.filter(application=last_year).update(
        letter="", received_at=None, refused="declined", refused_at=timezone.now()
    )
    assert not items(carry.start(cycle, by=last_year.student))["referee_email"].is_answered


def test_files_stay_behind(last_year, cycle):
    UploadFactory(application=last_year)
    assert not carry.start(cycle, by=last_year.student).uploads.exists()


def test_what_does_not_fit_stays_behind(last_year, cycle):
    form = cycle.form_versions.get()
    questions = Question.objects.filter(section__form=form)
    questions.filter(key="parents_education").update(options=[{"key": "other", "en": "Other", "es": "Otra"}])
    questions.filter(key="units").update(kind="short_text")
    questions.filter(key="major").update(kind="long_text")
    questions.filter(key="story_new").delete()
    gone = CollegeFactory()
    last_year.answers.filter(question__key="college").update(value=gone.code)
    College.objects.filter(pk=gone.pk).delete()
    found = items(carry.start(cycle, by=last_year.student))
    assert not any(found[key].is_answered for key in ("parents_education", "units", "college"))
    assert found["major"].value == ANSWERS["major"]
    assert "story_new" not in found


def test_names_are_those_of_the_account(last_year, cycle):
    last_year.student.full_name = "Marisol Ortega Lima"
    last_year.student.save()
    assert items(carry.start(cycle, by=last_year.student))["full_name"].value == "Marisol Ortega Lima"


def test_a_second_tap_changes_nothing(last_year, cycle, again):
    draft.save_answers(again, {"major": "History"}, by=last_year.student)
    assert carry.start(cycle, by=last_year.student) == again
    found = items(again)["major"]
    assert (found.value, found.is_carried) == ("History", False)
    assert Application.objects.filter(cycle=cycle).count() == 1


def test_what_is_written_already_is_kept(last_year, cycle):
    begun = draft.start(cycle, by=last_year.student)
    draft.save_answers(begun, {"major": "History"}, by=last_year.student)
    found = items(carry.start(cycle, by=last_year.student))
    assert (found["major"].value, found["major"].is_carried) == ("History", False)
    assert found["units"].is_carried


def test_without_an_earlier_application_there_is_nothing(cycle):
    student = UserFactory()
    with pytest.raises(RuleViolation) as raised:
        carry.start(cycle, by=student)
    assert raised.value.code == "nothing_to_carry"
    assert not student.applications.exists()


def test_it_is_not_sent_before_each_part_was_looked_at(last_year, again):
    student = last_year.student
    draft.save_answers(again, {"cities": [again.cycle.cities.first().code]}, by=student)
    with pytest.raises(RuleViolation) as raised:
        application_actions.submit(again, by=student)
    assert raised.value.code == "not_looked_at"
    keys = [item.key for part in answers.parts_of(again) for item in part.carried]
    carry.looked_at(again, keys, by=student)
    carry.looked_at(again, keys, by=student)
    assert Event.objects.filter(action="application.look_at_carried").count() == 1
    assert application_actions.submit(again, by=student).status == "submitted"


def section(application, key):
    return reverse("applications:application-section", args=[application.code, key])


def fields_of(page):
    """What a browser without script posts from an untouched page."""
    form = page.context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, [], "")}
    return {**data, "base": page.context["base_json"]}


def test_the_page_marks_them_and_going_on_is_looking(sign_in, last_year, again):
    client = sign_in(last_year.student)
    page = client.get(section(again, "college"))
    assert page.text.count("from an earlier application") == 5
    client.post(section(again, "college"), fields_of(page))
    assert "from an earlier application" not in client.get(section(again, "college")).text
    assert items(again)["units"].value == ANSWERS["units"]


def test_a_helper_who_goes_on_says_nothing_of_last_years_answers(sign_in, again):
    helper = HelpSessionFactory(granted=True, application=again).helper
    client, address = sign_in(helper), reverse("applications:application-section", args=[again.code, "college"])
    assert "data-carried" not in client.get(address).text
    client.post(address, page_fields(client, again, "college") | {"major": "Forestry"})
    found = items(again)
    assert (found["major"].value, found["major"].is_carried) == ("Forestry", False)  # the audit log says so
    assert found["units"].is_carried


def test_an_answer_of_last_year_can_be_emptied(sign_in, last_year, again):
    client = sign_in(last_year.student)
    page = client.get(section(again, "why"))
    client.post(section(again, "why"), {**fields_of(page), "story_why": ""})
    assert not items(again)["story_why"].is_answered


def test_check_lists_what_was_not_looked_at_with_one_tap_per_part(sign_in, last_year, again):
    client = sign_in(last_year.student)
    check = reverse("applications:application-check", args=[again.code])
    assert client.get(check).text.count("Still true") == 8
    overview = client.get(reverse("applications:application-overview", args=[again.code])).text
    assert "From an earlier application." in overview
    for part in answers.parts_of(again):
        address = reverse("applications:application-still-true", args=[again.code, part.key])
        assert client.post(address).status_code == 302
    page = client.get(check).text
    assert "Still true" not in page
    assert "Submit application" in page


def test_the_cycle_and_the_journey_offer_it_in_one_tap(sign_in, last_year, cycle):
    client = sign_in(last_year.student)
    address = reverse("applications:application-carry", args=[cycle.code])
    assert address in client.get(reverse("travel:journey")).text
    page = client.get(cycle.get_absolute_url()).text
    assert page.index("What you pay for") < page.index(address)
    response = client.post(address, follow=True)
    assert "Your answers from last time are here." in response.text
    assert address not in client.get(reverse("travel:journey")).text


@pytest.mark.parametrize("trait", ["withdrawn", "submitted", "confirmed"])
def test_the_journey_offers_it_only_when_the_last_one_is_over(sign_in, cycle, trait):
    student = UserFactory()
    earlier = CycleFactory(ready=True, opens_at=timezone.now() - dt.timedelta(days=400), closed=False)
    ApplicationFactory(cycle=earlier, student=student, answered=True, **{trait: True})
    page = sign_in(student).get(reverse("travel:journey")).text
    assert (reverse("applications:application-carry", args=[cycle.code]) in page) is (trait == "withdrawn")


def test_it_speaks_spanish_answers_as_they_were(last_year, cycle):
    last_year.answers.filter(question__key="answer_language").update(value=Language.SPANISH)
    assert carry.start(cycle, by=last_year.student).answer_language == "es"


def test_a_city_nobody_offers_any_more_is_left_out(last_year, cycle):
    gone = PartnerCityFactory(is_offered=False)
    cycle.cities.add(gone)
    last_year.city_preferences.all().delete()
    last_year.city_preferences.create(city=gone, rank=1)
    assert not items(carry.start(cycle, by=last_year.student))["cities"].is_answered


def test_who_began_empty_can_still_take_them_along(sign_in, last_year, cycle):
    begun = draft.start(cycle, by=last_year.student)
    client = sign_in(last_year.student)
    overview = reverse("applications:application-overview", args=[begun.code])
    address = reverse("applications:application-carry", args=[cycle.code])
    assert address in client.get(overview).text
    client.post(address)
    page = client.get(overview).text
    assert address not in page
    assert "From an earlier application." in page

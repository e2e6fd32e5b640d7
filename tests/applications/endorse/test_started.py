"""An advisor sees who of their students has begun and how far they are, never what they wrote, and invites others."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from applications.models import Answer, InterestSource, Question
from exchange.models import Event, NoticeSection
from exchange.templatetags.ui import short_day
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts

pytestmark = pytest.mark.django_db
PAGE = reverse("applications:started-list")


@pytest.fixture
def college():
    application_facts()
    return CollegeFactory(name="Harbor College", short_name="Harbor")


@pytest.fixture
def notice():
    words = {"title_en": "While writing", "title_es": "Al escribir", "body_en": "Seen.", "body_es": "Se ve."}
    dated = {"as_of": timezone.localdate(), "review_on": timezone.localdate(), "source_name": "us"}
    return NoticeSection.objects.create(page="privacy", key="drafts", order=1, **words, **dated)


def begun(name, college, cycle=None, parts=1, **more):
    """A draft with an answer in each of so many parts."""
    draft = ApplicationFactory(
        cycle=cycle or CycleFactory(ready=True), college=college, student=UserFactory(full_name=name), **more
    )
    for section in draft.form.sections.exclude(key="referee").order_by("order")[:parts]:
        question = Question.objects.filter(section=section).first()
        Answer.objects.create(application=draft, question=question, value="A secret plan")
    return draft


def test_who_has_begun_stands_there_the_closest_first_and_nothing_that_they_wrote(sign_in, college, notice):
    cycle = CycleFactory(ready=True)
    begun("Ana Ruiz", college, cycle)
    begun("Ben Soto", college, cycle, parts=30)
    begun("Cy Diaz", CollegeFactory(), cycle)

    page = sign_in(UserFactory(advisor=college)).get(PAGE)

    assert [str(row.application.student) for row in page.context["rows"]] == ["Ben Soto", "Ana Ruiz"]
    first, second = page.context["rows"]
    assert (first.is_close, second.is_close) == (True, False)
    assert f"{first.parts - 1} of {first.parts}" in page.text and f"1 of {second.parts}" in page.text
    assert page.text.count("almost done") == 1 and f">{short_day(first.application.closes_at)}<" in page.text
    assert "2 students have started" in page.text and "1 has started all parts, or all but one." in page.text
    assert "A secret plan" not in page.text and "Cy Diaz" not in page.text


@pytest.mark.parametrize("why", ["sent", "withdrawn", "closed", "test", "own"])
def test_who_is_not_on_it(sign_in, college, notice, why):
    advisor = UserFactory(advisor=college)
    past = timezone.now() - dt.timedelta(days=1)
    if why == "sent":
        ApplicationFactory(college=college, submitted=True)
    elif why == "withdrawn":
        ApplicationFactory(college=college, withdrawn=True)
    elif why == "closed":
        begun("Ana Ruiz", college, CycleFactory(ready=True, closes_at=past))
    elif why == "test":
        begun("Ana Ruiz", college, is_test=True)
    else:
        ApplicationFactory(college=college, cycle=CycleFactory(ready=True), student=advisor)

    assert sign_in(advisor).get(PAGE).context["rows"] == []


def test_whose_application_was_opened_again_is_on_it(sign_in, college, notice):
    past = timezone.now() - dt.timedelta(days=1)
    soon = timezone.now() + dt.timedelta(days=1)
    begun("Ana Ruiz", college, CycleFactory(ready=True, closes_at=past), reopened_until=soon)

    assert "Ana Ruiz" in sign_in(UserFactory(advisor=college)).get(PAGE).text


def test_without_the_sentence_in_the_privacy_notice_no_one_is_listed(sign_in, college):
    begun("Ana Ruiz", college)

    page = sign_in(UserFactory(advisor=college)).get(PAGE).text

    assert "Ana Ruiz" not in page and "so no one is listed" in page


def test_thirty_cost_no_more_queries_than_three(sign_in, college, notice):
    client, cycle = sign_in(UserFactory(advisor=college)), CycleFactory(ready=True)
    counts = []
    for number in (3, 27):
        for each in range(number):
            begun(f"Student {each}", college, cycle)
        client.get(PAGE)
        with CaptureQueriesContext(connection) as captured:
            client.get(PAGE)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 12


def test_an_advisor_makes_one_code_for_their_college_prints_it_and_cannot_end_it(sign_in, client, college):
    advisor = sign_in(UserFactory(advisor=college))
    InterestSource.objects.create(name="Club fair", college=college, created_by=UserFactory())  # the office's
    assert "Make a link for Harbor" in advisor.get(PAGE).text
    made = [advisor.post(reverse("applications:college-code", args=[college.code])) for _twice in range(2)]

    source = InterestSource.objects.get(name="Harbor")
    assert {each.url for each in made} == {source.get_absolute_url()}
    assert Event.objects.filter(action="interest_source.make").count() == 1
    shown = advisor.get(source.get_absolute_url()).text
    assert source.link in shown and "Stop counting this code" not in shown and PAGE in shown
    assert source.link in advisor.get(PAGE).text
    assert advisor.get(reverse("applications:interest-poster", args=[source.code])).status_code == 200
    assert advisor.post(reverse("applications:interest-source-end", args=[source.code])).status_code == 403
    other = sign_in(UserFactory(advisor=CollegeFactory()))
    assert other.get(source.get_absolute_url()).status_code == 404
    assert other.post(reverse("applications:college-code", args=[college.code])).status_code == 404
    # it leads to the application while that is open
    cycle = CycleFactory(ready=True)
    assert client.get(reverse("applications:interest-from", args=[source.code])).url == cycle.get_absolute_url()

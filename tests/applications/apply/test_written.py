"""What the pages say of what is written: progress is empty where nothing is, and a short answer gets a nudge that never
blocks."""

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import application as actions
from applications.base import answers
from applications.base.sections import sections_of
from applications.base.written import sections_begun
from applications.models import Answer, Application, Recommendation, Upload
from applications.states import Status
from tests.applications.saving import at
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, UploadFactory
from tests.setup_rows import asked, change, fields_of

pytestmark = pytest.mark.django_db
SHORT = "I want to see how other people live and work there."
NUDGE = "That’s short. Readers get to know you better with 100 words or more."


@pytest.fixture
def empty():
    """Begun, with an empty row for the referee, as every draft has."""
    cycle = CycleFactory(ready=True)
    application = ApplicationFactory(cycle=cycle, form=cycle.form_versions.get())
    Recommendation.objects.create(application=application)
    return application


# --- Progress ---------------------------------------------------------------------------------------


def steps(client, application, section):
    return client.get(at("section", application, section=section)).context["steps"]


def test_nothing_is_filled_on_any_page_while_nothing_is_written(empty, sign_in):
    client = sign_in(empty.student)
    sections = sections_of(empty)
    for place, section in enumerate(sections):
        expected = ["now" if each == place else "" for each in range(len(sections))]
        assert list(steps(client, empty, section.key)) == expected
        page = client.get(at("section", empty, section=section.key)).text
        assert "ex-progress__segment--done" not in page
        assert page.count("ex-progress__segment--now") == 1
    overview = client.get(at("overview", empty)).text
    assert "0 of 8 parts done" in overview and overview.count("not started") == 8


def test_each_part_fills_with_the_first_thing_written_in_it(empty, sign_in):
    def begun() -> set[str]:
        return sections_begun(empty, sections_of(empty))

    assert begun() == set()
    empty.city_preferences.create(city=empty.cycle.cities.first(), rank=1)
    assert begun() == {"cities"}
    Recommendation.objects.update(relation="My boss")
    assert begun() == {"cities", "referee"}
    UploadFactory(application=empty, question=asked(empty.cycle, "class_schedule"), state=Upload.State.KEPT)
    assert begun() == {"cities", "referee", "college"}
    Answer.objects.create(application=empty, question=asked(empty.cycle, "story_new"), value=SHORT)
    assert begun() == {"cities", "referee", "college", "new"}
    places = [section.key for section in sections_of(empty)]
    shown = dict(zip(places, steps(sign_in(empty.student), empty, "new"), strict=True))
    assert {key for key, step in shown.items() if "done" in step} == begun()
    assert shown["new"] == "done now"


def test_the_home_page_claims_nothing_of_an_empty_draft(empty, sign_in):
    client = sign_in(empty.student)
    page = client.get(reverse("home"), follow=True).text
    assert "Start your application" in page and "You haven’t written anything yet." in page
    Answer.objects.create(application=empty, question=asked(empty.cycle, "major"), value="Nursing")
    page = client.get(reverse("home"), follow=True).text
    assert "Finish your application" in page and "Everything you’ve written so far is saved." in page


# --- A short answer ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "suggested", "is_short"),
    [(0, 100, False), (1, 100, True), (99, 100, True), (100, 100, False), (12, None, False)],
)
def test_an_answer_is_short_below_what_its_question_suggests(count, suggested, is_short):
    application = ApplicationFactory(answered=True, answered__story_why="word " * count)
    application.form.sections.get(key="why").questions.update(words_suggested=suggested)
    assert answers.by_key(answers.parts_of(application))["story_why"].is_short is is_short


def test_a_short_story_is_told_beside_the_field_and_before_sending_and_can_be_sent(sign_in):
    long = "word " * 120
    application = ApplicationFactory(
        answered=True, answered__story_why=SHORT, answered__story_new=long, answered__story_back=long
    )
    client = sign_in(application.student)
    field = client.get(at("section", application, section="why")).text
    said = field[field.index("data-short") :]
    assert NUDGE in said and "hidden" not in said[: said.index(">")]
    other = client.get(at("section", application, section="new")).text
    said = other[other.index("data-short") :]
    assert "hidden" in said[: said.index(">")]  # the script may show it; a reader's page doesn't
    review = client.get(at("check", application)).text
    assert "One answer is short." in review and "(11 words)" in review
    assert f"{at('section', application, section='why')}?from=check#id_story_why" in review
    client.post(at("submit", application))
    assert Application.objects.get(pk=application.pk).status == Status.SUBMITTED


def test_without_a_short_story_nothing_is_said(sign_in):
    long = "word " * 120
    application = ApplicationFactory(
        answered=True, answered__story_why=long, answered__story_new=long, answered__story_back=long
    )
    assert "short." not in sign_in(application.student).get(at("check", application)).text


def test_of_a_returned_application_only_what_can_be_changed_is_called_short(sign_in):
    application = ApplicationFactory(answered=True, submitted=True, submitted_at=timezone.now(), cycle__ready=True)
    actions.return_for_fix(application, note="Your units", sections=["college"], by=UserFactory(coordinator=True))
    assert "short." not in sign_in(application.student).get(at("check", application)).text


def test_the_office_sets_how_many_words_are_suggested(sign_in):
    office = UserFactory(coordinator=True)
    cycle = CycleFactory(ready=True, published_at=None)
    cycle.form_versions.update(published_at=None)
    client, page = sign_in(office), reverse("applications:cycle-setup-question", args=[cycle.code, "story_why"])
    fields = fields_of(client.get(page))
    refused = client.post(page, fields | {"words_suggested": "251"})
    assert "Enter 250 or less" in refused.text
    assert client.post(page, fields | {"words_suggested": "80"}).status_code == 302
    assert asked(cycle, "story_why").words_suggested == 80
    change(cycle, office, "story_why", words_suggested=None)
    assert asked(cycle, "story_why").words_suggested is None

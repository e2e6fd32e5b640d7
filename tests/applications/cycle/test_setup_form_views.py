"""The coordinator's pages for editing the form: reused questions, previews while typing, errors in words."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from applications.base.form_changes import current_form, draft_form
from applications.cycle.actions import form_versions, setup
from applications.models import Question
from exchange.models import Event
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.setup_rows import address, fields_of

pytestmark = pytest.mark.django_db


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


def test_question_is_saved_with_options_from_rows(desk, cycle):
    here = address("question", cycle, key="languages")
    data = fields_of(desk.get(here))
    data |= {
        "option-0-place": "3",
        "option-12-en": "Quechua",
        "option-12-es": "Quechua",
        "option-1-en": "",
        "option-1-es": "",
    }
    desk.post(here, data)
    options = Question.objects.get(section__form__cycle=cycle, key="languages").options
    keys = [option["key"] for option in options]
    assert "es" not in keys
    assert keys[-1] == "quechua"
    assert keys.index("en") == 1


def test_conditions_name_the_answers_in_the_language_of_the_page(desk, cycle):
    page = desk.get(address("question", cycle, key="story_why"), headers={"Accept-Language": "es"}).text
    assert "“¿En qué idioma vas a escribir tus tres historias?” es “Inglés”" in page
    assert "es “English”" not in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"label_es": ""}, "Fill this in"),
        ({"help_en": "Only here", "help_es": ""}, "Enter this in Spanish too."),
        ({"option-0-es": ""}, "Enter this in Spanish too."),
        ({"option-1-en": "English"}, "appears twice"),
        ({f"option-{n}-{name}": "" for n in range(12) for name in ("en", "es")}, "two answers to choose from"),
        ({"option-0-key": "es"}, "Reload the page"),
        ({"option-0-key": "not a key!"}, "Reload the page"),
        ({"option-TOTAL_FORMS": "999"}, "Reload the page"),
        ({"label_en": "x" * 201}, "at most 200"),
        ({"label_en": "a\x00b"}, "hidden character"),
        ({"option-0-en": "a\x00b"}, "hidden character"),
        ({"kind": "ranked_cities"}, "Select a valid choice"),
        ({"audience": "everyone"}, "Select a valid choice"),
        ({"condition": "nosuch=true"}, "Select a valid choice"),
        ({"section": "referee"}, "Select a valid choice"),
        ({"words_max": "999999", "kind": "long_text"}, "less than or equal"),
    ],
)
def test_question_says_in_words_what_is_wrong(desk, cycle, changes, words):
    here = address("question", cycle, key="languages")
    response = desk.post(here, {**fields_of(desk.get(here)), **changes})
    form, rows = response.context["form"], response.context["option_rows"]
    said = " ".join([str(form.errors), str(rows.errors), str(rows.non_form_errors())])
    assert response.status_code == 200
    if words != "Reload the page" or "Load" in said:
        assert words in said
    else:
        assert not (form.is_valid() and rows.is_valid())
    assert not Event.objects.filter(action="setup.save_question").exists()


def test_new_question_can_wait_for_an_answer(desk, cycle):
    here = address("question-add", cycle, section="experience")
    data = fields_of(desk.get(here)) | {
        "label_en": "Where did you fly?",
        "label_es": "¿A dónde volaste?",
        "condition": "first_flight=false",
    }
    desk.post(here, data)
    question = Question.objects.get(section__form__cycle=cycle, key="where_did_you_fly")
    assert (question.show_if_key, question.show_if_value) == ("first_flight", False)
    assert "only if" in desk.get(address("form", cycle)).text


def test_a_page_has_its_own_title_for_staff_in_both_languages(desk, cycle):
    here = address("section", cycle, section="experience")
    data = fields_of(desk.get(here)) | {"staff_title_en": "Experience"}
    assert "Enter this in Spanish too." in desk.post(here, data).text
    desk.post(here, data | {"staff_title_es": "Experiencia"})
    found = draft_form(cycle).sections.get(key="experience")
    assert (found.staff_title_en, found.staff_title_es) == ("Experience", "Experiencia")
    assert found.title_en == "Work, family and travel"


def test_published_form_leads_back_with_what_to_do(desk, source):
    response = desk.get(address("question", source, key="major"), follow=True)
    assert "Start a new version first" in response.text
    response = desk.post(address("version-start", source), follow=True)
    assert "This is a draft version." in response.text
    assert desk.get(address("question", source, key="major")).status_code == 200


def test_preview_shows_what_is_typed_in_both_languages_and_saves_nothing(desk, cycle):
    here = address("question", cycle, key="major")
    data = fields_of(desk.get(here)) | {"label_en": "What do you learn?", "label_es": "¿Qué aprendes?"}
    alone = desk.post(here, data, headers={"HX-Request": "true"})
    assert "<html" not in alone.text
    assert "What do you learn?" in alone.text
    assert "¿Qué aprendes?" in alone.text
    page = desk.post(here, {**data, "preview": "yes"})
    assert "<html" in page.text
    assert page.text.count("¿Qué aprendes?") >= 2
    assert not Event.objects.filter(action="setup.save_question").exists()


@pytest.mark.parametrize("kind", Question.Kind.values)
def test_preview_draws_every_kind_also_half_typed(desk, cycle, kind):
    here = address("question-add", cycle, section="about")
    data = {
        "kind": kind,
        "option-TOTAL_FORMS": "2",
        "option-INITIAL_FORMS": "0",
        "option-0-en": "One",
        "words_max": "x",
    }
    response = desk.post(here, data, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert response.text.count("ex-phone__screen") == 2


@pytest.mark.parametrize(
    "junk", [{}, {"kind": "nonsense"}, {"option-TOTAL_FORMS": "x"}, {"label_en": "<script>x</script>\x00"}]
)
def test_preview_survives_nonsense_and_shows_it_as_text(desk, cycle, junk):
    response = desk.post(address("question", cycle, key="major"), junk, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "<script>x" not in response.text


def test_ids_of_the_page_with_previews_are_all_different(desk, cycle):
    for more in ({"key": "date_of_birth"}, {"key": "cities"}, {"key": "class_schedule"}, {"key": "languages"}):
        ids = re.findall(r'\sid="([^"]+)"', desk.get(address("question", cycle, **more)).text)
        assert sorted(ids) == sorted(set(ids))


def test_more_rows_keep_what_was_typed(desk, cycle):
    here = address("question", cycle, key="languages")
    data = fields_of(desk.get(here)) | {"more": "yes", "option-12-en": "Quechua"}
    response = desk.post(here, data)
    assert len(response.context["option_rows"].forms) == 17
    assert "Quechua" in response.text


def test_moving_and_removing_by_buttons(desk, cycle):
    def order():
        return list(
            Question.objects.filter(section__form__cycle=cycle, section__key="about")
            .order_by("order")
            .values_list("key", flat=True)
        )

    before = order()
    desk.post(address("question-move", cycle, key=before[1]), {"to": "up"})
    assert order()[:2] == [before[1], before[0]]
    desk.post(address("question-remove", cycle, key="phone"))
    assert "phone" not in order()
    response = desk.post(address("question-remove", cycle, key="full_name"), follow=True)
    assert "can’t be removed" in response.text
    desk.post(address("section-move", cycle, section="about"), {"to": "down"})
    assert draft_form(cycle).sections.first().key == "college"


def test_publishing_shows_what_is_different_and_then_whose_drafts(desk, source, office):
    CycleFactory._meta.model.objects.filter(pk=source.pk).update(closes_at=timezone.now() + dt.timedelta(days=9))
    student = UserFactory(full_name="Marisol Reyes Ortega")
    draft = ApplicationFactory(cycle=source, student=student, form=current_form(source), answered=True)
    form_versions.start_version(source, by=office)
    desk.post(address("question-remove", source, key="major"))
    here = address("question-add", source, section="about")
    desk.post(here, fields_of(desk.get(here)) | {"label_en": "Shirt size", "label_es": "Talla", "key": "shirt"})
    page = desk.get(address("version-publish", source)).text
    assert all(text in page for text in ("no longer asked", "new, required", "1 draft stays"))
    page = desk.post(address("version-publish", source), follow=True).text
    assert all(
        text in page for text in ("Marisol Reyes Ortega", "1 student has already answered it", "gets one message")
    )
    desk.post(address("drafts", source))
    draft.refresh_from_db()
    assert draft.form.number == 2
    assert "No longer asked" in desk.get(draft.get_absolute_url()).text


def test_form_page_asks_the_database_as_often_for_a_long_form(desk, cycle):
    counts = []
    for turn in range(2):
        with CaptureQueriesContext(connection) as queries:
            desk.get(address("form", cycle))
        counts.append(len(queries))
        section = draft_form(cycle).sections.get(key="about")
        Question.objects.bulk_create(
            Question(section=section, key=f"more-{turn}-{n}", order=50 + n, kind="date", label_en="A", label_es="B")
            for n in range(9)
        )
    assert counts[0] == counts[1] < 25

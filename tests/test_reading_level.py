"""Texts for students are at grade 6 to 8, in English and in Spanish. How it is measured: tests/reading_level.py."""

import re
import tomllib
from collections.abc import Iterator
from statistics import mean

import pytest
from django.conf import settings

from applications.base.form_defaults import DEFAULT_FORM, REFEREE
from applications.cycle.rule_defaults import DEFAULT_RULES
from tests.reading_level import WORDS, Text, ease, grade, in_spanish, of_module, of_rows, of_template

ROOT = settings.BASE_DIR
TEMPLATES = ROOT / "templates"
TARGET, CEILING = 6, 8  # grades, English
EASY, FLOOR = 70, 60  # the same two in Fernández Huerta's ease
PARAGRAPH = 20  # words: a text of this length is also measured by itself

# Pages and messages for staff, for developers, and components that other lists cover.
NOT_FOR_STUDENTS = (
    "allauth/",
    "applications/apply/_recommendation_office",
    "applications/apply/help_begin",
    "applications/apply/reopen",
    "applications/apply/return",
    "applications/cycle/_setup_",
    "applications/cycle/setup_",
    "applications/endorse/",
    "applications/reading/_keys",
    "applications/reading/_reading_",
    "applications/reading/_scores",
    "applications/reading/_settle",
    "applications/reading/assignment_",
    "applications/reading/conflict",
    "applications/reading/keep_",
    "applications/reading/masking_",
    "applications/reading/norming_sample",
    "applications/reading/norming_setup",
    "applications/reading/reader_",
    "applications/reading/reading_",
    "applications/reading/review_",
    "applications/release/_outlook",
    "applications/release/_waiting_",
    "applications/release/selection_",
    "applications/selection/decision_",
    "applications/selection/scores_",
    "applications/selection/selection_",
    "documents/travel/outcomes/outcomes",
    "exchange/messages/",
    "exchange/people/college_",
    "exchange/people/demo",
    "exchange/people/outbox",
    "exchange/web/styleguide",
    "travel/base/",
    "travel/office/pipeline",
    "travel/office/waiting",
    "travel/office/work",
    "travel/outcomes/",
    "travel/partners/_contacts",
    "travel/partners/_host_",
    "travel/partners/_standing",
    "travel/partners/host_",
    "travel/partners/partner_",
    "travel/partners/reference_",
    "travel/partners/sponsor_",
    "travel/passport/_calls",
    "travel/passport/_do_",
    "travel/passport/_passport_day_taken",
    "travel/passport/_passport_record",
    "travel/passport/_sums",
    "travel/passport/facility_form",
    "travel/passport/facility_staff",
    "travel/passport/facility_wait",
    "travel/passport/number_",
    "travel/passport/open_",
    "travel/passport/passport_board",
    "travel/passport/passport_day_attendance",
    "travel/passport/passport_day_call_",
    "travel/passport/passport_day_form",
    "travel/passport/passport_day_staff_",
    "travel/passport/passport_day_times",
    "travel/passport/placement_name",
    "travel/passport/trip_",
    "travel/passport/voucher_",
    "travel/placement/_sum",
    "travel/placement/budget",
    "travel/placement/placement_staff",
    "travel/placement/programme",
    "travel/placement/run_",
    "travel/placement/trip_",
    "travel/prepare/checklist_list",
    "travel/prepare/checklist_staff",
)
# Modules with texts for students: rule violations, the next step, problems to fix.
MODULES = (
    "applications/apply/access.py",
    "applications/apply/actions/application.py",
    "applications/apply/actions/carry.py",
    "applications/apply/actions/draft.py",
    "applications/apply/actions/fields.py",
    "applications/apply/actions/help.py",
    "applications/interview/actions/interview.py",
    "applications/release/actions/offer.py",
    "applications/apply/actions/recommendation.py",
    "applications/apply/actions/thread.py",
    "applications/apply/actions/upload.py",
    "applications/apply/actions/upload_quota.py",
    "applications/base/answers.py",
    "applications/apply/forms/application.py",
    "applications/apply/forms/changes.py",
    "applications/base/forms.py",
    "applications/cycle/forms/eligibility.py",
    "applications/apply/forms/help.py",
    "applications/apply/forms/recommendation.py",
    "applications/apply/forms/uploads.py",
    "applications/apply/help_record.py",
    "applications/apply/middleware.py",
    "applications/models/recommendation.py",
    "applications/models/upload.py",
    "applications/apply/results.py",
    "applications/base/sections.py",
    "applications/base/typed_dates.py",
    "applications/apply/views/application.py",
    "applications/apply/views/carry.py",
    "applications/apply/views/draft.py",
    "applications/cycle/views/eligibility.py",
    "applications/apply/views/help.py",
    "applications/interview/views/interview.py",
    "applications/apply/views/recommendation.py",
    "applications/apply/views/thread.py",
    "exchange/people/sign_in/adapters.py",
    "exchange/people/sign_in/forms.py",
    "exchange/web/middleware.py",
    "exchange/base/names.py",
    "exchange/people/account/views.py",
    "exchange/web/shortcuts.py",
    "travel/prepare/checklist/actions.py",
    "travel/passport/numbers/actions.py",
    "travel/prepare/needs/actions.py",
    "travel/passport/case/actions.py",
    "travel/passport/days/actions.py",
    "travel/reflection/actions/consents.py",
    "travel/reflection/actions/photos.py",
    "travel/reflection/actions/projects.py",
    "travel/reflection/actions/writing.py",
    "travel/passport/ticket_names/actions.py",
    "travel/placement/actions/upgrade.py",
    "travel/office/own_data/export_page.py",
    "travel/prepare/checklist/forms.py",
    "travel/prepare/needs/forms.py",
    "travel/passport/case/forms.py",
    "travel/passport/case/question_forms.py",
    "travel/reflection/forms.py",
    "travel/reflection/project_forms.py",
    "travel/passport/case/guidance.py",
    "travel/office/home/interview_step.py",
    "travel/office/home/journey.py",
    "travel/passport/ticket_names/words.py",
    "travel/passport/case/next_step.py",
    "travel/passport/way/pictures.py",
    "travel/prepare/checklist/views.py",
    "travel/partners/views/city.py",
    "travel/passport/numbers/views.py",
    "travel/prepare/needs/views.py",
    "travel/passport/case/views.py",
    "travel/passport/days/views.py",
    "travel/passport/case/question_views.py",
    "travel/placement/views/seat.py",
    "travel/passport/ticket_names/views.py",
)
DATA = {
    **{f"form: {section['key']}": section for section in DEFAULT_FORM},
    "form: conditions": DEFAULT_RULES,
    "form: the referee’s part": REFEREE,
}
FILES = (
    "travel/reference/us/guidance_cases.toml",
    "travel/reference/us/guidance_papers.toml",
    "travel/reference/us/guidance_routes.toml",
    "travel/reference/states/california/guidance_papers.toml",
    "travel/reference/cities/los-angeles/cities.toml",
    "travel/reference/cities/los-angeles/guidance.toml",
    "travel/reference/cities/long-beach/cities.toml",
    "travel/reference/us/entry_rules.toml",
    "travel/reference/us/checklist.toml",
    "travel/reference/us/reflection.toml",
    "travel/demo/cycles.toml",
)


def marked() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each template and module with its English strings."""
    for path in sorted(TEMPLATES.rglob("*")):
        name = str(path.relative_to(TEMPLATES))
        if path.suffix in (".html", ".txt") and not name.startswith(NOT_FOR_STUDENTS):
            if not re.search(r'extends "emails/to_(staff|guest|referee)', path.read_text()):
                yield name, of_template(name)
    for name in MODULES:
        yield name, of_module(name)


def texts() -> Iterator[Text]:
    for name, strings in marked():
        yield Text(name, "en", strings)
        yield Text(name, "es", in_spanish(strings))
    rows = DATA | {name: tomllib.loads((ROOT / name).read_text()) for name in FILES}
    for name, data in rows.items():
        for language in ("en", "es"):
            yield Text(name, language, tuple(of_rows(data, language)))


@pytest.fixture(scope="module")
def everything() -> list[Text]:
    return list(texts())


def too_hard(texts: list[Text]) -> dict[str, float]:
    hard = {}
    for text in texts:
        level = grade(text) if text.language == "en" else ease(text)
        if (level > CEILING) if text.language == "en" else (level < FLOOR):
            hard[f"{text.name} ({text.language}): {text.prose[:150]}"] = round(level, 1)
    return hard


def test_no_page_message_or_theme_is_above_the_ceiling(everything):
    blocks = [text for text in everything if text.words >= WORDS]
    assert len([text for text in blocks if text.language == "en"]) > 60  # the search found the texts
    assert too_hard(blocks) == {}


def test_no_paragraph_is_above_the_ceiling(everything):
    alone = [Text(text.name, text.language, (string,)) for text in everything for string in text.strings]
    assert too_hard([text for text in alone if text.words >= PARAGRAPH]) == {}


def test_on_the_whole_it_is_at_the_target(everything):
    blocks = [text for text in everything if text.words >= WORDS]
    assert mean(grade(text) for text in blocks if text.language == "en") <= TARGET
    assert mean(ease(text) for text in blocks if text.language == "es") >= EASY


@pytest.mark.parametrize(
    ("language", "string"),
    [
        (
            "en",
            "Applicants are required to furnish documentation substantiating continuous enrollment at a participating "
            "institution, notwithstanding any accommodation previously authorized by the administration.",
        ),
        (
            "es",
            "Las personas solicitantes deberán proporcionar documentación de su inscripción ininterrumpida "
            "en una institución participante, independientemente de cualquier autorización administrativa anterior.",
        ),
    ],
)
def test_the_measure_knows_a_hard_text(language, string):
    assert too_hard([Text("an office", language, (string,))])


def test_labels_are_not_measured_and_placeholders_are_words():
    assert Text("a page", "en", ("Save", "Your answers", "See all parts")).words == 0
    assert Text("a page", "en", ("We write to %(name)s before %(day)s.",)).prose == "We write to Ana before Ana."

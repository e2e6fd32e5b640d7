"""URL patterns of setting up a cycle."""

from django.urls import path

from applications.cycle.views import (
    cycle,
    eligibility,
    interest,
    interest_office,
    setup,
    setup_criteria,
    setup_form,
    setup_versions,
)

CYCLE = "setup/<slug:code>/"
SECTION = f"{CYCLE}form/pages/<slug:section>/"
QUESTION = f"{CYCLE}form/questions/<slug:key>/"

urlpatterns = [
    path("cycles/", cycle.cycle_list, name="cycle-list"),
    path("cycles/<slug:code>/", cycle.cycle_detail, name="cycle-detail"),
    path("cycles/<slug:code>/can-i-apply/", eligibility.cycle_eligibility, name="cycle-eligibility"),
    path("interest/", interest.interest, name="interest"),
    path("interest/sent/", interest.interest_sent, name="interest-sent"),
    path("interest/listed/", interest.interest_listed, name="interest-listed"),
    path("interest/link/<str:token>/", interest.interest_link, name="interest-link"),
    path("interest/<slug:code>/", interest.interest, name="interest-from"),
    path("interest-list/", interest_office.interest_list, name="interest-list"),
    path("interest-list/file/", interest_office.interest_file, name="interest-file"),
    path("interest-list/codes/", interest_office.interest_codes, name="interest-codes"),
    path("interest-list/people/<slug:code>/", interest_office.interest_person, name="interest-person"),
    path("interest-list/people/<slug:code>/beside/", interest_office.interest_peek, name="interest-peek"),
    path("interest-list/people/<slug:code>/remove/", interest_office.interest_remove, name="interest-remove"),
    path("interest-list/<slug:code>/", interest_office.interest_source, name="interest-source"),
    path("interest-list/<slug:code>/poster/", interest_office.interest_poster, name="interest-poster"),
    path("interest-list/<slug:code>/code.<slug:kind>", interest_office.interest_code, name="interest-code"),
    path("interest-list/<slug:code>/end/", interest_office.interest_source_end, name="interest-source-end"),
    path("setup/", setup.setup_list, name="cycle-setup-list"),
    path("setup/new/", setup.setup_new, name="cycle-setup-new"),
    path(CYCLE, setup.setup_detail, name="cycle-setup-detail"),
    path(f"{CYCLE}copy/", setup.setup_copy, name="cycle-setup-copy"),
    path(f"{CYCLE}delete/", setup.setup_delete, name="cycle-setup-delete"),
    path(f"{CYCLE}publish/", setup.setup_publish, name="cycle-setup-publish"),
    path(f"{CYCLE}basics/", setup.setup_basics, name="cycle-setup-basics"),
    path(f"{CYCLE}dates/", setup.setup_dates, name="cycle-setup-dates"),
    path(f"{CYCLE}test/", setup.setup_test, name="cycle-setup-test"),
    path(f"{CYCLE}test/end/", setup.setup_test_end, name="cycle-setup-test-end"),
    # the form
    path(f"{CYCLE}form/", setup_form.setup_form, name="cycle-setup-form"),
    path(f"{CYCLE}form/new-version/", setup_versions.version_start, name="cycle-setup-version-start"),
    path(f"{CYCLE}form/discard/", setup_versions.version_discard, name="cycle-setup-version-discard"),
    path(f"{CYCLE}form/publish/", setup_versions.version_publish, name="cycle-setup-version-publish"),
    path(f"{CYCLE}form/drafts/", setup_versions.draft_move, name="cycle-setup-drafts"),
    path(f"{CYCLE}form/new-page/", setup_form.section_add, name="cycle-setup-section-add"),
    path(SECTION, setup_form.section_edit, name="cycle-setup-section"),
    path(f"{SECTION}move/", setup_form.section_move, name="cycle-setup-section-move"),
    path(f"{SECTION}remove/", setup_form.section_remove, name="cycle-setup-section-remove"),
    path(f"{SECTION}new-question/", setup_form.question_add, name="cycle-setup-question-add"),
    path(QUESTION, setup_form.question_edit, name="cycle-setup-question"),
    path(f"{QUESTION}move/", setup_form.question_move, name="cycle-setup-question-move"),
    path(f"{QUESTION}remove/", setup_form.question_remove, name="cycle-setup-question-remove"),
    # who can apply, and what readers score
    path(f"{CYCLE}rules/", setup_criteria.rule_list, name="cycle-setup-rules"),
    path(f"{CYCLE}rules/new/", setup_criteria.rule_add, name="cycle-setup-rule-add"),
    path(f"{CYCLE}rules/<slug:key>/edit/", setup_criteria.rule_edit, name="cycle-setup-rule"),
    path(f"{CYCLE}rules/<slug:key>/move/", setup_criteria.rule_move, name="cycle-setup-rule-move"),
    path(f"{CYCLE}rules/<slug:key>/remove/", setup_criteria.rule_remove, name="cycle-setup-rule-remove"),
    path(f"{CYCLE}rubric/", setup_criteria.rubric, name="cycle-setup-rubric"),
    path(f"{CYCLE}rubric/new/", setup_criteria.criterion_add, name="cycle-setup-criterion-add"),
    path(f"{CYCLE}rubric/<slug:key>/edit/", setup_criteria.criterion_edit, name="cycle-setup-criterion"),
    path(f"{CYCLE}rubric/<slug:key>/move/", setup_criteria.criterion_move, name="cycle-setup-criterion-move"),
    path(f"{CYCLE}rubric/<slug:key>/remove/", setup_criteria.criterion_remove, name="cycle-setup-criterion-remove"),
]

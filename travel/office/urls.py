"""URL patterns of the first pages."""

from django.urls import path

from travel.office.views import (
    data_request,
    export,
    facts,
    form_texts,
    home,
    office_task,
    pipeline,
    preparation,
    retention,
    survey_items,
    your_data,
)

PREPARATION = "setup/<slug:code>/preparation/"

urlpatterns = [
    path("my-data/", export.export, name="export"),
    path("my-data/opened/", your_data.opened, name="opened"),
    path("my-data/shared/", your_data.sharing, name="sharing"),
    path("shared/<slug:code>/", your_data.sharing_office, name="sharing-office"),
    path("facts/<str:key>/", facts.fact_check, name="fact-check"),
    path("retention/", retention.retention_list, name="retention"),
    path("retention/holds/<slug:code>/lift/", retention.hold_lift, name="hold-lift"),
    path("my-data/requests/", data_request.request_own, name="data-requests"),
    path("my-data/requests/<slug:code>/cancel/", data_request.request_drop, name="data-request-drop"),
    path("requests/", data_request.request_list, name="data-request-list"),
    path("requests/<slug:code>/", data_request.request_answer, name="data-request-answer"),
    path("tasks/", office_task.task_list, name="office-task-list"),
    path("tasks/<slug:code>/", office_task.task_detail, name="office-task"),
    path("tasks/<slug:code>/assign/", office_task.task_assign, name="office-task-assign"),
    path("tasks/<slug:code>/undo/", office_task.task_undo, name="office-task-undo"),
    path("journey/", home.journey, name="journey"),
    path("work/", home.work, name="work"),
    path("pipeline/", pipeline.pipeline, name="pipeline"),
    path("placements/waiting/", pipeline.placement_waiting, name="placement-waiting"),
    # a cycle's setup
    path(PREPARATION, preparation.cycle_preparation, name="cycle-preparation"),
    path(f"{PREPARATION}fill/", preparation.cycle_preparation_fill, name="cycle-preparation-fill"),
    path(f"{PREPARATION}steps/new/", preparation.checklist_step_add, name="checklist-step-add"),
    path(f"{PREPARATION}steps/preview/", preparation.checklist_preview, name="checklist-preview"),
    path(f"{PREPARATION}steps/<slug:key>/move/", preparation.checklist_step_move, name="checklist-step-move"),
    path(f"{PREPARATION}steps/<slug:key>/edit/", preparation.checklist_step_edit, name="checklist-step-edit"),
    path(f"{PREPARATION}steps/<slug:key>/remove/", preparation.checklist_step_remove, name="checklist-step-remove"),
    path(f"{PREPARATION}forms/new/", form_texts.form_text_add, name="form-text-add"),
    path(f"{PREPARATION}forms/<slug:text>/", form_texts.form_text_edit, name="form-text-edit"),
    path(f"{PREPARATION}forms/<slug:text>/publish/", form_texts.form_text_publish, name="form-text-publish"),
    path(f"{PREPARATION}forms/<slug:text>/version/", form_texts.form_text_version, name="form-text-version"),
    path(f"{PREPARATION}forms/<slug:text>/discard/", form_texts.form_text_discard, name="form-text-discard"),
    path(f"{PREPARATION}prompts/new/", preparation.reflection_prompt_add, name="reflection-prompt-add"),
    path(f"{PREPARATION}prompts/preview/", preparation.reflection_prompt_preview, name="reflection-prompt-preview"),
    path(f"{PREPARATION}prompts/<slug:key>/edit/", preparation.reflection_prompt_edit, name="reflection-prompt-edit"),
    path(
        f"{PREPARATION}prompts/<slug:key>/remove/",
        preparation.reflection_prompt_remove,
        name="reflection-prompt-remove",
    ),
    path(f"{PREPARATION}survey/new/", survey_items.survey_item_add, name="survey-item-add"),
    path(f"{PREPARATION}survey/<slug:key>/edit/", survey_items.survey_item_edit, name="survey-item-edit"),
    path(f"{PREPARATION}survey/<slug:key>/remove/", survey_items.survey_item_remove, name="survey-item-remove"),
]

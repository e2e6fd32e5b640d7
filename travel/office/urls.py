"""URL patterns of the first pages."""

from django.urls import path

from travel.office.activity import peek_views as peek
from travel.office.activity import views as activity
from travel.office.announcements import views as announcement
from travel.office.calendar import views as calendar
from travel.office.city import views as home_city
from travel.office.colleges import views as college
from travel.office.committee import views as committee_rules
from travel.office.group_messages import views as group_message
from travel.office.home import pipeline_views as pipeline
from travel.office.home import views as home
from travel.office.own_data import export_views as export
from travel.office.own_data import request_views as data_request
from travel.office.own_data import views as your_data
from travel.office.preparation import form_text_views as form_texts
from travel.office.preparation import survey_views as survey_items
from travel.office.preparation import views as preparation
from travel.office.reference import views as reference
from travel.office.retention import views as retention
from travel.office.search import views as find
from travel.office.tasks import views as office_task

PREPARATION = "setup/<slug:code>/preparation/"

urlpatterns = [
    path("my-data/", export.export, name="export"),
    path("my-data/opened/", your_data.opened, name="opened"),
    path("my-data/shared/", your_data.sharing, name="sharing"),
    path("shared/<slug:code>/", your_data.sharing_office, name="sharing-office"),
    path("committee-rules/", committee_rules.committee_rules, name="committee-rules"),
    path("reference/", reference.reference_list, name="reference-list"),
    path("reference/<slug:kind>/add/", reference.reference_add, name="reference-add"),
    path("reference/<slug:kind>/<str:key>/", reference.reference_row, name="reference-row"),
    path("reference/<slug:kind>/<str:key>/change/", reference.reference_change, name="reference-change"),
    path("reference/<slug:kind>/<str:key>/act/", reference.reference_act, name="reference-act"),
    path("retention/", retention.retention_list, name="retention"),
    path("retention/holds/<slug:code>/lift/", retention.hold_lift, name="hold-lift"),
    path("my-data/requests/", data_request.request_own, name="data-requests"),
    path("my-data/requests/<slug:code>/cancel/", data_request.request_drop, name="data-request-drop"),
    path("requests/", data_request.request_list, name="data-request-list"),
    path("requests/<slug:code>/", data_request.request_answer, name="data-request-answer"),
    path("tasks/", office_task.task_list, name="office-task-list"),
    path("tasks/file/", office_task.task_file, name="office-task-file"),
    path("tasks/<slug:code>/", office_task.task_detail, name="office-task"),
    path("tasks/<slug:code>/beside/", office_task.task_peek, name="office-task-peek"),
    path("tasks/<slug:code>/assign/", office_task.task_assign, name="office-task-assign"),
    path("tasks/<slug:code>/undo/", office_task.task_undo, name="office-task-undo"),
    path("activity/<slug:code>/", activity.student_activity, name="activity"),
    path("activity/cycle/<slug:code>/", activity.cycle_activity, name="cycle-activity"),
    path("office-calendar/", calendar.office_calendar, name="office-calendar"),
    path("office-calendar/make/", calendar.office_calendar_make, name="office-calendar-make"),
    path("office-calendar/end/", calendar.office_calendar_end, name="office-calendar-end"),
    path("office-calendar/<str:token>.ics", calendar.office_calendar_feed, name="office-calendar-feed"),
    path("announcements/", announcement.announcement_list, name="announcement-list"),
    path("announcements/<slug:code>/edit/", announcement.announcement_edit, name="announcement-edit"),
    path("announcements/<slug:code>/end/", announcement.announcement_end, name="announcement-end"),
    path("group-messages/", group_message.group_message_list, name="group-message-list"),
    path("group-messages/new/", group_message.group_message_new, name="group-message-new"),
    path("group-messages/file/", group_message.group_message_file, name="group-message-file"),
    path("group-messages/<slug:code>/", group_message.group_message_detail, name="group-message-detail"),
    path("group-messages/<slug:code>/edit/", group_message.group_message_edit, name="group-message-edit"),
    path("group-messages/<slug:code>/confirm/", group_message.group_message_confirm, name="group-message-confirm"),
    path("group-messages/<slug:code>/call-off/", group_message.group_message_call_off, name="group-message-call-off"),
    path("your-city/", home_city.home_city, name="home-city"),
    path("your-city/colleges/", college.college_list, name="college-list"),
    path("your-city/colleges/new/", college.college_add, name="college-add"),
    path("your-city/colleges/<slug:code>/", college.college_edit, name="college-edit"),
    path("your-city/colleges/<slug:code>/remove/", college.college_remove, name="college-remove"),
    path("journey/", home.journey, name="journey"),
    path("abroad/own/<slug:code>/", home.own_card, name="own-card"),
    path("find/", find.find, name="find"),
    path("peek/<slug:code>/", peek.peek, name="peek"),
    path("work/", home.work, name="work"),
    path("pipeline/", pipeline.pipeline, name="pipeline"),
    path("pipeline/colleges/", pipeline.cycle_colleges, name="cycle-colleges"),
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

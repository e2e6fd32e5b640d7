"""URL patterns of interviews."""

from django.urls import path

from applications.interview.views import interview, interview_office

urlpatterns = [
    # the office's
    path("selection/interviews/slots/<slug:code>/", interview_office.interview_slot, name="interview-slot"),
    path(
        "selection/interviews/slots/<slug:code>/call-off/",
        interview_office.interview_slot_call_off,
        name="interview-slot-call-off",
    ),
    path("selection/interviews/<slug:code>/", interview_office.interview_overview, name="selection-interviews"),
    path("selection/interviews/<slug:code>/plan/", interview_office.interview_plan, name="selection-interviews-plan"),
    path(
        "selection/interviews/<slug:code>/invite/",
        interview_office.interview_invite,
        name="selection-interviews-invite",
    ),
    path("interviews/<slug:code>/call-off/", interview_office.interview_call_off, name="interview-call-off"),
    # the interviewers' and the student's
    path("interviews/", interview.interview_list, name="interview-list"),
    path("interviews/<slug:code>/", interview.interview_detail, name="interview-detail"),
    path("interviews/<slug:code>/book/<slug:slot>/", interview.interview_book, name="interview-book"),
    path("interviews/<slug:code>/calendar/", interview.interview_calendar, name="interview-calendar"),
    path("interviews/<slug:code>/score/", interview.interview_score, name="interview-score"),
    path("interviews/<slug:code>/outcome/", interview.interview_settle, name="interview-settle"),
]

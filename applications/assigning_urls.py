"""Addresses of who reads what: the office's draft, the readers, and “I know this student”."""

from django.urls import path

from applications.reading.views import assigning, conflict, readers

ASSIGNING = [
    path("reviews/assign/<slug:code>/", assigning.assignment_draw, name="assignment-draw"),
    path("reviews/assign/<slug:code>/draft/", assigning.assignment_draft_look, name="assignment-draft"),
    path("reviews/assign/<slug:code>/again/", assigning.assignment_draw_again, name="assignment-draw-again"),
    path("reviews/assign/<slug:code>/release/", assigning.assignment_release, name="assignment-release"),
    path("reviews/assign/<slug:code>/discard/", assigning.assignment_discard, name="assignment-discard"),
    path("reviews/draft/<slug:code>/", assigning.assignment_change, name="assignment-change"),
    path("reviews/<slug:code>/conflict/", conflict.review_conflict, name="review-conflict"),
    path("reviews/<slug:code>/conflict/undo/", conflict.review_conflict_undo, name="review-conflict-undo"),
    path("applications/<slug:code>/away/", conflict.application_keep_away, name="application-keep-away"),
    # words with vowels: no person's code is one
    path("readers/mine/", readers.reader_own, name="reader-own"),
    path("readers/add/", readers.reader_add, name="reader-add"),
    path("readers/<slug:code>/", readers.reader_profile_edit, name="reader-profile"),
    path("readers/<slug:code>/move/<slug:cycle>/", readers.reader_move, name="reader-move"),
]

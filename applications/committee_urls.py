"""Addresses of the committee's room beside its list: reserves, drafts, two side by side, notes."""

from django.urls import path

from applications.selection.views import committee, compare, notes

COMMITTEE = [
    path("selection/reserves/<slug:code>/", committee.selection_reserves, name="selection-reserves"),
    path("selection/reserves/<slug:code>/standard/", committee.selection_levers, name="selection-levers"),
    path("selection/reserves/<slug:code>/<slug:kind>/", committee.selection_lever, name="selection-lever"),
    path("selection/draft/<slug:code>/", committee.selection_draft, name="selection-draft"),
    path("selection/draft/<slug:code>/undo/", committee.selection_draft_undo, name="selection-draft-undo"),
    path("selection/compare/<slug:code>/", compare.selection_compare, name="selection-compare"),
    path("selection/<slug:code>/notes/", notes.decision_note, name="decision-note"),
]

"""Addresses of the reader's desk, and of what slipped through on it."""

from django.urls import path

from applications.reading.views import masking, review

READING = [
    path("reviews/masking/", masking.masking_list, name="masking-list"),
    path("reviews/masking/<slug:code>/", masking.masking_record, name="masking-record"),
    path("reviews/masking/<slug:code>/show/", masking.masking_uncover, name="masking-uncover"),
    path("reviews/reports/<slug:code>/settle/", masking.masking_settle, name="masking-settle"),
    path("reviews/<slug:code>/save/", review.review_save, name="review-save"),
]

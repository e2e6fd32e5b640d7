"""URL patterns of reading and scoring."""

from django.urls import path

from applications.reading.views import assigning, conflict, masking, norming, norming_setup, readers, review

CYCLE = "setup/<slug:code>/"

urlpatterns = [
    # the sample files that readers score first
    path(f"{CYCLE}samples/", norming_setup.norming_setup, name="cycle-setup-norming"),
    path(f"{CYCLE}samples/new/", norming_setup.sample_add, name="cycle-setup-norming-add"),
    path(f"{CYCLE}samples/past/", norming_setup.sample_past, name="cycle-setup-norming-past"),
    path(f"{CYCLE}samples/copy/", norming_setup.norming_copy, name="cycle-setup-norming-copy"),
    path(f"{CYCLE}samples/publish/", norming_setup.norming_publish, name="cycle-setup-norming-publish"),
    path(f"{CYCLE}samples/remind/", norming_setup.norming_remind, name="cycle-setup-norming-remind"),
    path(f"{CYCLE}samples/<slug:sample>/", norming_setup.sample_edit, name="cycle-setup-sample"),
    path(f"{CYCLE}samples/<slug:sample>/move/", norming_setup.sample_move, name="cycle-setup-sample-move"),
    path(f"{CYCLE}samples/<slug:sample>/remove/", norming_setup.sample_remove, name="cycle-setup-sample-remove"),
    path("reviews/masking/", masking.masking_list, name="masking-list"),
    path("reviews/masking/words/", masking.masking_clues, name="masking-clues"),  # codes have no vowels
    path("reviews/masking/words/<slug:code>/remove/", masking.masking_clue_remove, name="masking-clue-remove"),
    path("reviews/masking/<slug:code>/", masking.masking_record, name="masking-record"),
    path("reviews/masking/<slug:code>/show/", masking.masking_uncover, name="masking-uncover"),
    path("reviews/reports/<slug:code>/settle/", masking.masking_settle, name="masking-settle"),
    path("reviews/<slug:code>/unlock/", review.review_unlock, name="review-unlock"),
    path("reviews/reports/<slug:code>/undo/", review.review_uncover, name="review-uncover"),
    path("reviews/<slug:code>/say/", review.review_say, name="review-say"),
    path("reviews/<slug:code>/save/", review.review_save, name="review-save"),
    path("reviews/assign/<slug:code>/", assigning.assignment_draw, name="assignment-draw"),
    path("reviews/assign/<slug:code>/draft/", assigning.assignment_draft_look, name="assignment-draft"),
    path("reviews/assign/<slug:code>/again/", assigning.assignment_draw_again, name="assignment-draw-again"),
    path("reviews/assign/<slug:code>/release/", assigning.assignment_release, name="assignment-release"),
    path("reviews/assign/<slug:code>/add/", assigning.assignment_add, name="assignment-add"),
    path("reviews/assign/<slug:code>/discard/", assigning.assignment_discard, name="assignment-discard"),
    path("reviews/draft/<slug:code>/", assigning.assignment_change, name="assignment-change"),
    path("reviews/<slug:code>/conflict/", conflict.review_conflict, name="review-conflict"),
    path("reviews/<slug:code>/conflict/undo/", conflict.review_conflict_undo, name="review-conflict-undo"),
    path("applications/<slug:code>/away/", conflict.application_keep_away, name="application-keep-away"),
    # before the addresses with a code; codes have no vowels, so none is "mine" or "add"
    path("readers/mine/", readers.reader_own, name="reader-own"),
    path("readers/add/", readers.reader_add, name="reader-add"),
    path("readers/<slug:code>/", readers.reader_profile_edit, name="reader-profile"),
    path("readers/file/<slug:code>/", assigning.reader_file, name="reader-file"),
    path("readers/<slug:code>/beside/<slug:cycle>/", assigning.reader_peek, name="reader-peek"),
    path("readers/<slug:code>/move/<slug:cycle>/", readers.reader_move, name="reader-move"),
    path("reviews/", review.review_list, name="review-list"),
    path("reviews/<slug:code>/", review.review_record, name="review-record"),
    path("samples/", norming.norming_list, name="norming-list"),
    path("samples/<slug:code>/", norming.norming_file, name="norming-file"),
    path("samples/<slug:code>/say/", norming.norming_say, name="norming-say"),
    path("samples/<slug:code>/agree/", norming.norming_agree, name="norming-agree"),
]

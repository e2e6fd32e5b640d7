"""URL patterns of the committee."""

from django.urls import path

from applications.selection.views import committee, compare, lottery, notes, scores, selection

urlpatterns = [
    path("selection/reserves/<slug:code>/", committee.selection_reserves, name="selection-reserves"),
    path("selection/reserves/<slug:code>/standard/", committee.selection_levers, name="selection-levers"),
    path("selection/reserves/<slug:code>/<slug:kind>/", committee.selection_lever, name="selection-lever"),
    path("selection/draft/<slug:code>/", committee.selection_draft, name="selection-draft"),
    path("selection/draft/<slug:code>/undo/", committee.selection_draft_undo, name="selection-draft-undo"),
    path("selection/compare/<slug:code>/", compare.selection_compare, name="selection-compare"),
    path("selection/<slug:code>/notes/", notes.decision_note, name="decision-note"),
    path("selection/", selection.selection_list, name="selection-list"),
    path("selection/file/<slug:code>/", selection.selection_file, name="selection-file"),
    path("selection/scores/<slug:code>/", scores.scores_detail, name="scores-detail"),
    path("cycles/<slug:code>/scores/", scores.scores_public, name="scores-public"),
    path("cycles/<slug:code>/scores/file/", scores.scores_public_file, name="scores-public-file"),
    path("selection/scores/<slug:code>/publish/", scores.scores_publish, name="scores-publish"),
    path("selection/scores/<slug:code>/take-back/", scores.scores_take_back, name="scores-take-back"),
    path("selection/scores/<slug:code>/file/", scores.scores_file, name="scores-file"),
    path("selection/scores/<slug:code>/script/", scores.scores_script, name="scores-script"),
    path("selection/decide-several/<slug:code>/", selection.decision_bulk, name="decision-bulk"),
    path("selection/<slug:code>/decide/", selection.decision_record, name="decision-record"),
    path("selection/lottery/<slug:code>/", lottery.selection_lottery, name="selection-lottery"),
    path("selection/lotteries/<slug:code>/", lottery.selection_lottery_detail, name="selection-lottery-detail"),
    path("lotteries/<slug:code>/", lottery.lottery_public, name="lottery-public"),
    path("lotteries/<slug:code>/file/", lottery.lottery_file, name="lottery-file"),
]

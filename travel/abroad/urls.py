"""URL patterns of the traveler's card, its link, what the office writes for it, and of check-ins."""

from django.urls import path

from travel.abroad.views import card, check_in, check_in_answer, group, lines, link, pocket, reachability, roster, setup

urlpatterns = [
    path("abroad/sw.js", card.card_worker, name="card-worker"),
    path("abroad/own/<slug:code>/guide/", pocket.own_guide, name="own-guide"),
    path("abroad/own/<slug:code>/packing/", pocket.own_packing, name="own-packing"),
    path("abroad/<str:token>/guide/", pocket.abroad_guide, name="abroad-guide"),
    path("abroad/<str:token>/packing/", pocket.abroad_packing, name="abroad-packing"),
    path("abroad/<str:token>/", card.abroad_card, name="abroad-card"),
    path("abroad/<str:token>/help/", card.abroad_help, name="abroad-help"),
    path("abroad/<str:token>/line/", card.abroad_line, name="abroad-line"),
    path("check-ins/", check_in.check_in_list, name="check-in-list"),
    path("check-ins/new/", check_in.check_in_start, name="check-in-start"),
    path("check-ins/answer/<str:token>/", check_in_answer.check_in_answer, name="check-in-answer"),
    path("check-ins/<slug:code>/", check_in.check_in, name="check-in"),
    path("check-ins/<slug:code>/close/", check_in.check_in_close, name="check-in-close"),
    path("check-ins/people/<slug:code>/", check_in.check_in_note, name="check-in-note"),
    path("roster/<str:key>/", roster.roster, name="roster"),
    path("roster/<str:key>/departure/", group.group_departure, name="group-departure"),
    path("roster/<str:key>/delay/", group.group_delay, name="group-delay"),
    path("roster/<str:key>/return/", group.group_return, name="group-return"),
    path("placements/<slug:code>/reach/", reachability.reachability, name="reachability"),
    path("placements/<slug:code>/lines/", lines.trip_lines, name="trip-lines"),
    path("lines/<slug:code>/", lines.trip_line, name="trip-line"),
    path("lines/<slug:code>/remove/", lines.trip_line_remove, name="trip-line-remove"),
    path("placements/<slug:code>/link/", link.abroad_link, name="abroad-link"),
    path("placements/<slug:code>/link/make/", link.abroad_link_make, name="abroad-link-make"),
    path("placements/<slug:code>/link/end/", link.abroad_link_end, name="abroad-link-end"),
    path("trips/<slug:code>/card/", setup.trip_card, name="trip-card"),
    path("trips/<slug:code>/card/numbers/new/", setup.help_number_add, name="help-number-add"),
    path("trips/<slug:code>/card/<slug:kind>/new/", setup.local_card_add, name="local-card-add"),
    path("card/numbers/<slug:code>/", setup.help_number_edit, name="help-number-edit"),
    path("card/numbers/<slug:code>/remove/", setup.help_number_remove, name="help-number-remove"),
    path("card/words/<slug:code>/", setup.local_card_edit, name="local-card-edit"),
    path("card/words/<slug:code>/remove/", setup.local_card_remove, name="local-card-remove"),
]

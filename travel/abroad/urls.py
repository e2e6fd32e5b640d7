"""URL patterns of the link that shows a trip."""

from django.urls import path

from travel.abroad.views import card, check_in, check_in_answer, link, reachability

urlpatterns = [
    path("check-ins/", check_in.check_in_list, name="check-in-list"),
    path("check-ins/new/", check_in.check_in_start, name="check-in-start"),
    path("check-ins/answer/<str:token>/", check_in_answer.check_in_answer, name="check-in-answer"),
    path("check-ins/<slug:code>/", check_in.check_in, name="check-in"),
    path("check-ins/<slug:code>/close/", check_in.check_in_close, name="check-in-close"),
    path("check-ins/people/<slug:code>/", check_in.check_in_note, name="check-in-note"),
    path("placements/<slug:code>/reach/", reachability.reachability, name="reachability"),
    path("abroad/<str:token>/", card.abroad_card, name="abroad-card"),
    path("placements/<slug:code>/link/", link.abroad_link, name="abroad-link"),
    path("placements/<slug:code>/link/make/", link.abroad_link_make, name="abroad-link-make"),
    path("placements/<slug:code>/link/end/", link.abroad_link_end, name="abroad-link-end"),
]

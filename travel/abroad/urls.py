"""URL patterns of the link that shows a trip."""

from django.urls import path

from travel.abroad.views import card, link

urlpatterns = [
    path("abroad/<str:token>/", card.abroad_card, name="abroad-card"),
    path("placements/<slug:code>/link/", link.abroad_link, name="abroad-link"),
    path("placements/<slug:code>/link/make/", link.abroad_link_make, name="abroad-link-make"),
    path("placements/<slug:code>/link/end/", link.abroad_link_end, name="abroad-link-end"),
]

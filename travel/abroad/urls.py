"""URL patterns of the link that shows a trip."""

from django.urls import path

from travel.abroad import views

urlpatterns = [
    path("abroad/<str:token>/", views.abroad_card, name="abroad-card"),
    path("placements/<slug:code>/link/", views.abroad_link, name="abroad-link"),
    path("placements/<slug:code>/link/make/", views.abroad_link_make, name="abroad-link-make"),
    path("placements/<slug:code>/link/end/", views.abroad_link_end, name="abroad-link-end"),
]

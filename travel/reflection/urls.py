"""URL patterns of reflections."""

from django.urls import path

from travel.reflection import views

urlpatterns = [
    path("reflections/", views.reflection_list, name="reflection-list"),
    path("reflections/<slug:code>/<slug:prompt>/", views.reflection_write, name="reflection-write"),
]

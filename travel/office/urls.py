"""URL patterns of the first pages."""

from django.urls import path

from travel.office.views import export, home, pipeline

urlpatterns = [
    path("my-data/", export.export, name="export"),
    path("journey/", home.journey, name="journey"),
    path("work/", home.work, name="work"),
    path("pipeline/", pipeline.pipeline, name="pipeline"),
    path("placements/waiting/", pipeline.placement_waiting, name="placement-waiting"),
]

"""URL patterns of exporting."""

from django.urls import path

from applications.export import views

urlpatterns = [
    path("applications/export/", views.application_export, name="application-export"),  # no code has vowels
]

"""Getting to the counter: the photo, the places, the passport days, and what the program pays. Part of `travel.urls`."""

from django.urls import path

from travel.views import passport_photo

urlpatterns = [
    path("passport-photo/", passport_photo.passport_photo, name="passport-photo"),
]

"""Addresses of the sample files that readers score first, and of the interviews."""

from django.urls import path

from applications.views import norming

NORMING = [
    path("samples/", norming.norming_list, name="norming-list"),
    path("samples/<slug:code>/", norming.norming_file, name="norming-file"),
    path("samples/<slug:code>/say/", norming.norming_say, name="norming-say"),
    path("samples/<slug:code>/agree/", norming.norming_agree, name="norming-agree"),
]

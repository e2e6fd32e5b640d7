"""The leader's page of a trip."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from travel.abroad.leading import Leading, for_leaders


@for_leaders
def roster(request: HttpRequest, leading: Leading) -> HttpResponse:
    return render(request, "travel/abroad/roster.html", {"leading": leading, "trip": leading.trip})

"""A check-in for a leader with a link: the board of their trip, and the buttons of a row."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from exchange.web.shortcuts import rule_message
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as actions
from travel.abroad.leading import Leading, for_leaders
from travel.abroad.views.check_in import NOTES, board_of
from travel.models import CheckIn, CheckInPerson


@for_leaders
def roster_check_in(request: HttpRequest, leading: Leading, code: str) -> HttpResponse:
    """Somebody who signed in has the board of their own."""
    mine = CheckInPerson.objects.on([leading.trip.pk]).filter(check_in__code=code)
    found = get_object_or_404(
        CheckIn.objects.filter(people__in=mine).select_related("started_by", "reopened_by").distinct(), code=code
    )
    if leading.user:
        return redirect(found)
    context = board_of(found, mine, key=leading.key, leader=leading.leader)
    context |= {
        "back": (reverse("travel:roster", args=[leading.key]), leading.trip.city.name),
        "href": request.path,
    }
    return render(request, "travel/abroad/check_in.html", context)


@for_leaders
def roster_check_in_note(request: HttpRequest, leading: Leading, code: str) -> HttpResponse:
    """POST: seen, called, or the last note taken back."""
    people = CheckInPerson.objects.on([leading.trip.pk]).select_related("check_in")
    person = get_object_or_404(people, code=code)
    said = request.POST.get("said", "")
    with rule_message(request):
        if said in NOTES:
            shown = request.POST.get("words", "")
            actions.note(person, Said(said), by=leading.user, leader=leading.leader, shown=shown)
        elif said == "undo":
            actions.undo(person, shown=request.POST.get("note", ""), by=leading.user, leader=leading.leader)
    return redirect("travel:roster-check-in", key=leading.key, code=person.check_in.code)

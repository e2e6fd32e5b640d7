"""The page of a traveler or leader asked in a check-in, behind their own link: two buttons, and what we noted."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from exchange.base.office import office
from exchange.guests.pages import behind
from travel.abroad.account import waits_for_a_reader
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as actions
from travel.models import CheckInPerson

ANSWERS = {"safe": Said.SAFE, "help": Said.HELP}


@behind(CheckInPerson)
def check_in_answer(request: HttpRequest, person: CheckInPerson) -> HttpResponse:
    """Opening it changes nothing; a button writes the answer down, and a second tap changes nothing more.

    After the end only "I need help" is left, as long as the link works.
    """
    said = request.POST.get("said", "") if request.method == "POST" else ""
    if said in ANSWERS and (said == "help" or not person.check_in.closed_at):
        actions.note(person, ANSWERS[said], by_link=True)
        return redirect(request.path)
    context = {
        "person": person,
        "check_in": person.check_in,
        "leaders": person.other_leaders(),
        "office": office(),
        "zone": person.trip.city.zone,
        "is_being_read": waits_for_a_reader(person),
    }
    template = "check_in_answer" if person.placement else "check_in_answer_leader"
    return render(request, f"travel/abroad/{template}.html", context)

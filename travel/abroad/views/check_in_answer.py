"""The page of a traveler or leader asked in a check-in, behind their own link: two buttons, and what we noted."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation

from exchange.base.links import for_guests
from exchange.base.office import office
from travel.abroad.account import waits_for_a_reader
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as actions
from travel.models import CheckInPerson
from travel.models.check_in import token_of

ANSWERS = {"safe": Said.SAFE, "help": Said.HELP}


@for_guests()
def check_in_answer(request: HttpRequest, token: str) -> HttpResponse:
    """Opening it changes nothing; a button writes the answer down, and a second tap changes nothing more.

    After the end only "I need help" is left, as long as the link works.
    """
    found = token_of(token)
    person = CheckInPerson.objects.with_people().filter(token=found).first() if found else None
    if person is None or person.link_until <= timezone.now():
        return render(request, "travel/abroad/check_in_gone.html", {"office": office()}, status=404)
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(person.language)
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

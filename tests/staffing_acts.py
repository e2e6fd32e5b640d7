"""Staff's POSTs about passports and tickets, for test_repeated_posts.py: (who, address, data)."""

from django.urls import reverse

from tests.factories import UserFactory
from tests.factories_travel import PassportCaseFactory, PlacementFactory, in_days
from travel.base.names import FullName
from travel.models import PassportCase, Placement
from travel.passport.case import actions as passport
from travel.passport.numbers import actions as document_number
from travel.passport.ticket_names import actions as ticket_name


def url(name, **arguments):
    return reverse(name, kwargs=arguments)


def waiting_passport(**fields):
    placement = PlacementFactory()
    PassportCaseFactory(placement=placement, **fields)
    return placement


def note_a_call():
    placement = waiting_passport()
    address = url("travel:passport-call", code=placement.application.code)
    return UserFactory(coordinator=True), address, {"agreed": "books"}


def write_the_names_of_a_trip():
    placement = waiting_passport()
    names = {f"surnames_{placement.code}": "REYES", f"given_{placement.code}": "MARISOL"}
    return UserFactory(coordinator=True), url("travel:trip-names", code=placement.trip.code), names


def match_a_name():
    person, address, names = write_the_names_of_a_trip()
    case = PassportCase.objects.get()
    passport.check(passport.move_stage(case, "in_hand", by=person), expires_on=in_days(3000), by=person)
    ticket_name.write(case.placement, FullName("REYES", "MARISOL"), by=person)
    shown = {"shown_surnames": "REYES", "shown_given": "MARISOL"}
    typed = {"surnames": "Reyes", "given": "Marisol", **shown}
    return person, url("travel:placement-name", code=case.placement.code), typed


def ask_for_numbers():
    placement = waiting_passport()
    data = {"purpose": "airline", "reason_en": "For the list.", "reason_es": "Para la lista."}
    return UserFactory(coordinator=True), url("travel:trip-numbers", code=placement.trip.code), data


def give_a_number():
    person, _address, data = ask_for_numbers()
    placement = Placement.objects.get()
    document_number.ask(placement.trip, **data, by=person)
    address = url("travel:placement-numbers", code=placement.code)
    return placement.application.student, address, {"purpose": "airline", "airline-number": "X48213097"}


STAFF_ACTS = [note_a_call, write_the_names_of_a_trip, match_a_name, ask_for_numbers, give_a_number]

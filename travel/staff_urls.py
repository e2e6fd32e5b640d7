"""Addresses of the staff's work around passports and tickets; before those with a code in the same place."""

from django.urls import path

from travel.passport.views import document_number, passport_board, ticket_name

STAFF = [
    path("passports/", passport_board.passport_board, name="passport-board"),
    path("passports/lists/", passport_board.passport_open_lists, name="passport-open-lists"),
    path("passports/<slug:code>/call/", passport_board.passport_call, name="passport-call"),
    path("passports/<slug:code>/call/undo/", passport_board.passport_call_undo, name="passport-call-undo"),
    path("trips/<slug:code>/names/", ticket_name.trip_names, name="trip-names"),
    path("trips/<slug:code>/numbers/", document_number.trip_numbers, name="trip-numbers"),
    path("trips/<slug:code>/numbers/<slug:purpose>/end/", document_number.trip_numbers_end, name="trip-numbers-end"),
    path("placements/<slug:code>/name/", ticket_name.placement_name, name="placement-name"),
    path("placements/<slug:code>/name/undo/", ticket_name.placement_name_undo, name="placement-name-undo"),
    path("placements/<slug:code>/numbers/", document_number.placement_numbers, name="placement-numbers"),
    path(
        "placements/<slug:code>/numbers/<slug:purpose>/look/",
        document_number.placement_number_look,
        name="placement-number-look",
    ),
]

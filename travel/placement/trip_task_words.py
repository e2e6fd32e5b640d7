"""The words of the tasks that a decision about a trip opens."""

from django.utils.translation import gettext_lazy as _

from exchange.base import office_tasks

WORDS = {
    "travel.trip_canceled_tickets": (
        _("Cancel the tickets to %(city)s (%(count)s)"),
        _("Ask the airline or agency what it gives back, and write it in the note."),
    ),
    "travel.trip_canceled_visas": (
        _("Stop the visas and entry permissions for %(city)s (%(count)s)"),
        _("Tell the consulate which applications end. Ask what happens to fees and to passports it still has."),
    ),
    "travel.trip_canceled_insurance": (
        _("End the group insurance for %(city)s (%(count)s people)"),
        _("Ask whether the policy covers what can’t be refunded."),
    ),
    "travel.trip_canceled_host": (
        _("Call the host in %(city)s about the canceled trip"),
        _("They have our message. Thank them, and agree on what happens to rooms and plans."),
    ),
    "travel.trip_canceled_hotel": (
        _("Cancel the hotel and ground transportation in %(city)s"),
        _("Check until when it’s free of charge."),
    ),
    "travel.trip_canceled_costs": (
        _("Settle the costs of the trip to %(city)s"),
        _("Record what was paid, what comes back, and what sponsors need to know."),
    ),
    "travel.trip_canceled_seats": (
        _("Find other spots for the students of %(city)s (%(count)s)"),
        _("A new placement run shows who could go where. Tell those for whom there’s nothing."),
    ),
    "travel.trip_canceled_vouchers": (
        _("Check the fee vouchers given out for %(city)s (%(count)s)"),
        _("A passport is worth having anyway. Decide who keeps theirs."),
    ),
    "travel.trip_changed_tickets": (
        _("Change the tickets to %(city)s (%(count)s)"),
        _("Ask the airline or agency about the new dates or city, and what it costs."),
    ),
    "travel.trip_changed_visas": (
        _("Check the visas and entry permissions of the %(city)s group (%(count)s)"),
        _("New dates or another city can need a new application. Some visas have a first and a last day."),
    ),
    "travel.trip_changed_insurance": (
        _("Change the dates of the insurance for the %(city)s group (%(count)s people)"),
        _("Every day of the trip has to be covered."),
    ),
    "travel.trip_changed_host": (
        _("Agree on the change with the host in %(city)s"),
        _("They have our message. Beds aren’t confirmed for the new dates until they say so."),
    ),
    "travel.trip_changed_hotel": (
        _("Change the hotel and ground transportation of the %(city)s group"),
        _("Check until when a change is free of charge."),
    ),
    "travel.trip_changed_costs": (
        _("Update the budget of the trip to %(city)s"),
        _("Record what the change costs and who pays."),
    ),
    "travel.trip_changed_person": (
        _("Talk with %(person)s: the new dates or city may not work for them"),
        _("Their passport or the cities they can go to may not fit. Decide together whether they still go."),
    ),
    "travel.left_behind": (
        _("Call %(person)s now: they didn’t leave for %(city)s with the group"),
        _("Reason given at the gate: %(reason)s. Find out where they are and whether they can still travel."),
    ),
    "travel.not_back": (
        _("Find out about %(person)s: they didn’t come home from %(city)s with the group"),
        _("Reason given: %(reason)s. Once they’re home, correct the record on their page."),
    ),
    "travel.delayed": (
        _("The group in %(city)s comes home later: take care of what doesn’t move by itself"),
        _("Reason given: %(reason)s. Check tickets, hotel, insurance and visas, and tell the families."),
    ),
    "travel.go_decision": (
        _("Decide whether the trip to %(city)s goes ahead (advisory level %(level)s)"),
        _("Read the advisory, talk with the host, and record your decision with its reason."),
    ),
}


def register() -> None:
    for kind, (title, text) in WORDS.items():
        office_tasks.register(kind, title, text)

"""Which keys of this app move when two accounts of one student are merged (`people.merging.keys_to_people`)."""

from django.utils.translation import gettext_lazy

from exchange.people.merging import keys_to_people
from exchange.people.merging.keys_to_people import Moving


def register_keys() -> None:
    """What hangs on a placement goes along with its application."""
    keys_to_people.register("travel", moving=MOVING, of_staff=OF_STAFF)


MOVING = {
    "AlumniConsent.person": Moving(
        gettext_lazy("Agreements to hear from us after the trip"),
        gettext_lazy(
            "The person agreed to hear from us after a trip in both accounts. Ask which one counts; they end the other"
            " on their page."
        ),
    ),
    "AbroadLink.stopped_by": Moving(),
    "Attendance.by": Moving(),
    "CheckInPerson.said_by": Moving(),
    "ChecklistItem.done_by": Moving(),
    "EntryPermission.said_by": Moving(),
    "FamilyLink.stopped_by": Moving(),
    "PassportBooking.ready_by": Moving(),
    "PassportBooking.settled_by": Moving(),
    "SigningLink.stopped_by": Moving(),
    "StepFile.uploaded_by": Moving(),
    "StoryText.proposed_by": Moving(),
    "TicketName.written_by": Moving(),
    "TicketName.matched_by": Moving(),
    "TripCredit.said_by": Moving(),
}
OF_STAFF = (
    *("PlacementRun.run_by", "PlacementRun.released_by", "Trip.closed_by", "Placement.placed_by", "AlumniAsk.asked_by"),
    *("OrientationSession.planned_by", "BreakGlass.by", "BreakGlass.reviewed_by", "BreakGlass.stopped_by"),
    *("CalendarFeed.user", "Contact.user"),
    *("Certificate.revoked_by", "AgreementFile.uploaded_by", "CheckIn.started_by", "CheckIn.closed_by"),
    *("CheckIn.reopened_by", "CheckInPerson.caller", "CheckInStep.by", "ChecklistItem.verified_by"),
    *("CityPicture.uploaded_by", "Clearance.seen_by", "EarlierImport.imported_by", "FollowUpImport.imported_by"),
    *("FollowUpImport.undone_by", "HostLink.stopped_by", "IncidentHandler.user", "IncidentHandler.named_by"),
    *("IncidentHandler.ended_by", "Incident.reported_by", "Incident.closed_by", "IncidentEntry.by"),
    *("IncidentExport.by", "VoucherEntry.by", "MoneyPromise.promised_by", "MoneyPromise.canceled_by"),
    *(
        "GuardianCall.called_by",
        "Receipt.decided_by",
        "Payment.made_by",
        "Payment.paid_by",
        "PracticalNeeds.talked_by",
        "OtherCity.loaded_by",
    ),
    *("PassportCase.checked_by", "TravelAnswers.advisor", "TravelAnswers.talk_with", "FeasibleCities.marked_by"),
    *("RoomPlan.published_by", "LeaderLink.made_by", "LeaderLink.stopped_by", "RollCallTap.by"),
    *("FormText.published_by", "PassportCall.called_by", "StepFile.returned_by", "Story.added_by", "StoryUse.by"),
    *("NumberNeed.asked_by", "NumberNeed.ended_by", "TicketingExport.by", "TripChange.drafted_by"),
    *("TripChange.applied_by", "GoDecision.decided_by"),
)

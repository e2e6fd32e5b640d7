"""Who sees which row is defined once per table, in `visible_to`; a view that starts elsewhere has its reason here."""

import ast
import re
from collections.abc import Iterator

import pytest
from django.apps import apps

from tests.services import ROOT
from tests.test_architecture import APPS, code

# Models without a `visible_to` of their own: reference rows that anyone may read, or parts of a row that has one.
NO_SCOPE = {
    "exchange.User": "a person is met through an application, a placement or a role",
    "exchange.Role": "read through its person",
    "exchange.College": "reference",
    "exchange.Fact": "reference",
    "exchange.ReleasedFigure": "part of its release",
    "exchange.PartnerCity": "reference",
    "exchange.ConsentText": "reference",
    "exchange.Backup": "of the installation, without anybody's data",
    "exchange.LogClosing": "proves that the audit log is whole, without anybody's data; for the command line",
    "exchange.Mailbox": "which addresses bounced, read beside a message",
    "exchange.Alarm": "what failed of the portal, for its owners",
    "exchange.Heartbeat": "when processes were last alive, for the owners",
    "exchange.KeptTask": "work that waits for the broker, never shown",
    "exchange.HomeCity": "whose portal it is, on every page",
    "travel.CityPictureWidth": "part of its picture; anyone sees those of the one that a city shows",
    "exchange.NoticeSection": "reference",
    "exchange.RetentionRule": "reference",
    "exchange.SingleSignOn": "of a college: set up in the admin, used before anybody is signed in",
    "exchange.AccountMerge": "of two accounts of one person: the office, and the person they are about",
    "exchange.AccountReset": "of one account: the office, and the person it is about",
    "exchange.SignInAttempt": "counted, never shown",
    "exchange.SignInAlert": "for those who look after accounts: `roles.looks_after_accounts`",
    "exchange.Event": "read by its target, once that is visible and `can_open_history` agrees",
    "applications.EligibilityRule": "part of its cycle",
    "applications.FormVersion": "part of its cycle",
    "applications.Section": "part of its cycle",
    "applications.Question": "part of its cycle",
    "applications.RubricCriterion": "part of its cycle; students may know it beforehand",
    "applications.RubricLevel": "part of its cycle",
    "applications.Answer": "part of its application, question by question: `can_view_answer`",
    "applications.CityPreference": "part of its application",
    "applications.SentCopy": "part of its application, for its student",
    "applications.Endorsement": "part of its application",
    "applications.WithheldEndorsement": "never shown",
    "applications.Review": "part of its assignment",
    "applications.Rating": "part of its assignment",
    "applications.RubricVersion": "part of its cycle",
    "applications.ReaderProfile": "the person's own; a coordinator's all, on the page that assigns",
    "applications.ConflictOfInterest": "part of its application, for the office",
    "applications.MaskedWord": "part of its application, for the office",
    "applications.CollegeClue": "reference, for the office",
    "applications.NormingReading": "part of its file: the own, and all of them once the own is locked",
    "applications.NormingRemark": "part of its file, once the own reading is locked",
    "applications.ReaderRemark": "part of its application, for its readers once their own scores are final",
    "applications.InterviewSlot": "part of its cycle: the office's, and the free ones for whoever is invited",
    "applications.Lever": "part of its cycle, for the committee",
    "applications.Reserve": "part of its cycle, for the committee",
    "applications.DraftField": "part of its application, for whoever writes in it",
    "applications.IncomingUpload": "part of its application, for whoever writes in it",
    "applications.Note": "part of its thread",
    "applications.BulkRow": "part of its act, for whoever does it",
    "applications.GroupRecipient": "part of its message",
    "applications.Reminder": "never shown",
    "exchange.SavedView": "the person's own views of a list",
    "exchange.TextConsent": "the person's own, by number",
    "travel.HostInstitution": "part of its city, for the office",
    "travel.CityStanding": "reference",
    "travel.NowSummary": "for whoever may open the outcomes: nothing in it is about one person",
    "travel.OtherCity": "what another city published",
    "travel.OtherCityFigure": "what another city published",
    "travel.CheckInStep": "part of its person",
    "travel.FollowUpKey": "never shown",
    "travel.RollCallTap": "part of its roll call",
    "travel.TripDay": "part of its trip: the office's words for all, the host's for the office and the host",
    "travel.AgeAnswer": "part of its placement",
    "travel.FamilyLink": "part of its placement, for its student, or the token decides",
    "travel.FormText": "part of its cycle",
    "travel.CalendarFeed": "the person's own, or the token decides",
    "travel.AbroadLink": "part of its placement, or the token decides",
    "travel.EntryRule": "reference",
    "travel.MoneyRule": "part of its cycle",
    "travel.RoomSeat": "part of its room, or of its placement",
    "travel.PaymentLine": "part of its payment, or of its promise",
    "travel.Guidance": "reference",
    "travel.HealthRule": "reference",
    "travel.AcceptanceFacility": "reference, for everybody who is signed in but a director",
    "travel.PassportSlot": "part of its day",
    "travel.ChecklistStep": "part of its cycle",
    "travel.ReflectionPrompt": "part of its cycle",
    "travel.ReflectionInvitation": "never shown",
    "travel.ReflectionField": "part of its reflection, for its student",
    "travel.ReflectionConsent": "part of its reflection",
    "travel.StoryText": "part of its story",
    "travel.BadgeKey": "public halves for anyone, private ones never shown",
    "travel.StoryUse": "for the office, on the page of stories",
    "travel.StandardStep": "reference",
    "travel.ShippedRow": "what updates of reference rows wrote, never shown",
    "travel.StandardPrompt": "reference",
    "travel.StandardSurveyItem": "reference",
    "travel.SurveyItem": "part of its cycle",
    "travel.SurveyAnswer": "part of its response, for its traveler",
    "travel.StandardPackingItem": "reference",
    "travel.PackingWeather": "part of its trip, for the office",
}
# Where a lookup in a view may start: at a person's scope, or at the published cycles.
SCOPES = {"visible_to", "answered_for_by", "opened_by"}
CYCLE_SCOPES = {"public", "running", "open"}
# Lookups in views that start elsewhere, with the reason.
EXCEPTIONS = {
    ("exchange/keeping/views.py", "Message.for_a_person"): "for superusers: counted and sent again, not shown",
    ("exchange/keeping/views.py", "Message.waiting"): "for superusers: counted",
    ("exchange/keeping/views.py", "Backup.filter"): "for superusers: whether one is being taken",
    ("travel/office/colleges/views.py", "College"): "after `can_manage_partners`",
    ("travel/office/colleges/views.py", "College.select_related"): "after `can_manage_partners`",
    ("travel/office/city/views.py", "HomeCity.filter"): "whose portal it is, on every page",
    ("travel/outcomes/views/data.py", "OtherCity"): "what another city published, for the office and the director",
    ("travel/outcomes/views/follow_up.py", "College.all"): "after `can_report_travelers`: an advisor's own colleges",
    ("travel/outcomes/views/follow_up_own.py", "ConsentText.filter"): "the words that a student signs, for anyone",
    ("travel/outcomes/views/releases.py", "Job"): "after `can_publish_figures`: what would be published, of nobody",
    ("applications/cycle/views/interest.py", "Cycle.upcoming"): "the public page: published cycles",
    ("applications/apply/views/draft.py", "Application.filter"): "by a signed link that carries the draft's key",
    ("travel/abroad/views/check_in.py", "CheckInStep.filter"): "of people who are visible",
    (
        "travel/office/preparation/views.py",
        "ReflectionPrompt.of_trip",
    ): "of a trip of the cycle that the office sets up",
    ("travel/reflection/views/certificates.py", "BadgeKey.all"): "public keys, for anyone",
    ("travel/reflection/views/certificates.py", "BadgeKey"): "a public key, for anyone",
    ("travel/reflection/views/certificates.py", "Certificate.filter"): "addresses of revoked ones, without names",
    ("travel/reflection/views/certificates.py", "Certificate.select_related"): "by a code that nobody can guess",
    ("travel/reflection/views/stories.py", "Story.published"): "which of the visible ones are shown now",
    ("travel/reflection/views/answers.py", "ReflectionPrompt.of_trip"): "of the trip of a visible placement",
    (
        "travel/abroad/views/check_in.py",
        "Contact.filter",
    ): "leaders and hosts of visible trips; whether somebody leads one",
    ("travel/abroad/views/check_in.py", "Placement.active"): "of `trips_to_check`: the office's all, a leader's own",
    ("travel/abroad/views/leader_check_in.py", "CheckInPerson.on"): "of the trip that `for_leaders` found",
    ("travel/abroad/views/leader_check_in.py", "CheckIn.filter"): "with people of the trip that `for_leaders` found",
    ("travel/abroad/views/roll_call.py", "RollCall.filter"): "of the trip that `for_leaders` found",
    ("travel/abroad/views/roster.py", "CheckInPerson.on"): "of the trip that `for_leaders` found",
    ("travel/abroad/views/roster.py", "CheckIn.open"): "with people of the trip that `for_leaders` found",
    ("travel/abroad/views/roster.py", "Contact.select_related"): "by a signed address of a copy; shows nothing",
    ("travel/abroad/views/roster.py", "User.filter"): "by a signed address of a copy; shows nothing",
    ("applications/apply/views/application_office.py", "Event.filter"): "after `can_open_history`",
    ("applications/cycle/views/eligibility.py", "College.select_related"): "reference, with whom the college named",
    (
        "applications/endorse/views/endorsement.py",
        "Endorsement.filter",
    ): "of applications the advisor answers for",
    (
        "applications/interview/views/interview_office.py",
        "InterviewSlot.filter",
    ): "of cycles that the coordinator sees",
    (
        "applications/endorse/views/enrollment.py",
        "College.filter",
    ): "those whose endorsements the person records",
    ("applications/endorse/views/enrollment.py", "College.all"): "reference, for the office alone",
    ("applications/endorse/views/started.py", "College.filter"): "an advisor's own colleges",
    ("applications/apply/views/upload.py", "IncomingUpload.filter"): "of the application that the writer may write in",
    ("applications/reading/views/assigning.py", "User.filter"): "who can take over a file, for the office",
    ("applications/release/views/release.py", "Decision.unreleased"): "whether the person's own is among them",
    (
        "applications/reading/views/review.py",
        "Assignment.still_scored_by",
    ): "whether the person has a reading of their own to lock first",
    ("applications/reading/views/review.py", "MaskingReport.filter"): "the person's own",
    ("applications/reading/views/masking.py", "CollegeClue.current"): "reference, after `can_cover_words`",
    (
        "applications/release/views/letter.py",
        "Assignment.still_scored_by",
    ): "whether the person has a reading of their own to lock first",
    (
        "applications/selection/views/selection.py",
        "Review.filter",
    ): "of a visible application, for the committee",
    (
        "applications/cycle/views/setup_versions.py",
        "Answer.filter",
    ): "counts of drafts of the coordinator's cycle",
    (
        "applications/cycle/views/setup_versions.py",
        "Event.filter",
    ): "how many drafts a move began with",
    ("applications/cycle/views/setup_versions.py", "FormVersion.filter"): "of the coordinator's cycle",
    ("travel/passport/case/views.py", "EntryRule.filter"): "reference",
    ("travel/passport/case/views.py", "TravelAnswers.filter"): "that a talk is asked for, not the answers",
    ("travel/passport/calls/views.py", "College.all"): "reference, to filter by",
    ("travel/prepare/needs/views.py", "HealthRule.filter"): "reference",
    ("travel/prepare/needs/views.py", "Placement.active"): "of a trip whose cards the person may open",
    ("travel/passport/facilities/views.py", "AcceptanceFacility.open"): "reference",
    ("travel/passport/facilities/views.py", "AcceptanceFacility"): "reference",
    ("travel/office/home/views.py", "PartnerCity.filter"): "the public page",
    ("travel/office/retention/views.py", "Event.filter"): "of retention rules, for the office",
    ("travel/office/home/views.py", "Cycle.upcoming"): "the public page: published cycles",
    ("travel/office/preparation/views.py", "model.filter"): "part of a cycle that the coordinator sees",
    ("travel/partners/views/city.py", "PartnerCity"): "the public page",
    ("travel/partners/views/city.py", "PartnerCity.filter"): "the public page",
    ("travel/partners/views/city.py", "EntryRule.filter"): "reference",
    ("travel/partners/views/city.py", "Trip.filter"): "the public page: dates of the open cycles",
    ("travel/partners/views/partner.py", "PartnerCity"): "reference, after `can_manage_partners`",
    ("travel/partners/views/partner.py", "HostInstitution.select_related"): "after `can_manage_partners`",
    ("travel/outcomes/views/open_doors.py", "College.all"): "after `can_report_travelers`; an advisor's are filtered",
    ("travel/placement/views/trip.py", "HostInstitution.filter"): "after `can_manage_partners`",
    ("travel/placement/views/trip_change.py", "HostInstitution.filter"): "after `can_change_trip`",
    ("travel/placement/views/trip_change.py", "HostInstitution.select_related"): "after `can_change_trip`",
    ("exchange/people/account/views.py", "Authenticator.filter"): "the person's own",
    (
        "exchange/people/colleges/views.py",
        "SingleSignOn.select_related",
    ): "before sign-in: what a college is set to",
    ("exchange/people/roles/role_change_views.py", "User"): "after `grantable_by`: whose role ends",
    ("exchange/people/roles/role_change_views.py", "College"): "reference",
    ("exchange/people/roles/role_change_views.py", "College.order_by"): "reference",
    ("exchange/people/roles/invitation_views.py", "College.order_by"): "reference",
    ("exchange/people/roles/views.py", "College.order_by"): "reference",
    ("exchange/people/roles/views.py", "User"): "after `looks_after_accounts`",
    ("exchange/people/office/history_views.py", "SignInAlert"): "for the office",
    ("exchange/people/office/reset_views.py", "User"): "after `looks_after_accounts`, or for the office",
    ("exchange/people/office/reset_views.py", "Authenticator.filter"): "of the account that the office looks after",
    ("exchange/people/office/reset_views.py", "UserSession.filter"): "of the account that the office looks after",
    ("exchange/people/office/reset_views.py", "AccountReset.select_related"): "for the office, or the person's own",
    ("exchange/people/office/reset_views.py", "AccountMerge.in_force"): "after `looks_after_accounts`: of that account",
    ("exchange/people/office/merge_views.py", "User"): "for the office",
    ("exchange/people/office/merge_views.py", "User.filter"): "for the office: accounts of students",
    ("exchange/people/office/merge_views.py", "AccountMerge.select_related"): "for the office, or the person's own",
    ("travel/prepare/signing/views.py", "FormText.current"): "part of a visible trip's cycle",
    ("travel/prepare/checklist/views.py", "FormText.current"): "part of a visible trip's cycle",
    ("travel/prepare/signing/views.py", "SigningLink.filter"): "of a placement that is the person's own",
    ("travel/abroad/views/incidents.py", "Trip.reported_on_by"): "the office's all, a leader's own while they lead it",
    ("travel/abroad/views/incidents.py", "Placement.active"): "of a trip on which the person may report",
    ("travel/abroad/views/incidents.py", "User.filter"): "who handles incidents, for those who do",
    ("travel/abroad/views/link.py", "AbroadLink.filter"): "of a visible placement",
    ("travel/abroad/views/link.py", "AbroadLink"): "of a visible placement",
    ("travel/office/calendar/views.py", "CalendarFeed.select_related"): "the person's own, or the token decides",
    ("travel/prepare/calendar/views.py", "CalendarFeed.select_related"): "the person's own, or the token decides",
    ("travel/prepare/calendar/views.py", "ChecklistItem.filter"): "of a placement that is the person's own",
    ("exchange/people/account/views.py", "UserSession.filter"): "the person's own",
    (
        "exchange/people/open_pages/contact_views.py",
        "College.filter",
    ): "reference, with its public advisor",
    ("exchange/people/open_pages/notice_views.py", "NoticeSection.filter"): "the public page",
    ("exchange/messages/views/texts.py", "User.filter"): "whose number the office writes a yes or a stop for",
    ("exchange/people/sign_in/demo_views.py", "User.filter"): "the demo's people, in demo mode only",
    ("exchange/people/sign_in/demo_views.py", "User"): "the demo's people, in demo mode only",
    ("exchange/people/sign_in/demo_views.py", "EmailAddress.update_or_create"): "the demo's people, in demo mode only",
    ("exchange/people/sign_in/demo_views.py", "Message.select_related"): "the demo's outbox is open, in demo mode only",
}


def has_scope(model) -> bool:
    return hasattr(model._default_manager, "visible_to")


@pytest.mark.parametrize("app", APPS)
def test_every_table_says_who_sees_its_rows(app):
    models = {model._meta.label: model for model in apps.get_app_config(app).get_models()}

    assert {label for label, model in models.items() if not has_scope(model)} == {
        label for label in NO_SCOPE if label.startswith(f"{app}.")
    }


def lookups(name: str) -> Iterator[str]:
    """Where each lookup of a file starts: "Cycle.public" for `Cycle.objects.public()`, "User" for a bare model."""
    for node in ast.walk(ast.parse((ROOT / name).read_text())):
        match node:
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id=model), attr="objects" | "_default_manager")):
                yield f"{model}.{node.attr}"
            case ast.Call(func=ast.Name(id="get_object_or_404" | "get_list_or_404"), args=[ast.Name(id=model), *_]):
                if model[:1].isupper():
                    yield model


def unscoped() -> set[tuple[str, str]]:
    found = set()
    for name in (name for app in APPS for name in code(app) if re.search(r"(/|_)views(/|\.py)", name)):
        for lookup in lookups(name):
            model, _dot, start = lookup.partition(".")
            if start not in SCOPES and not (model == "Cycle" and start in CYCLE_SCOPES):
                found.add((name, lookup))
    return found


def test_every_lookup_in_a_view_starts_from_what_the_person_may_see():
    assert unscoped() == EXCEPTIONS.keys()

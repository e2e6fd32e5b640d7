"""Every field of every table is classified as either personal or plain.

Personal fields say who a person is, or something about them, or what they wrote; a copy of the database for anyone else
goes without. A new field is in neither list and fails here until somebody classifies it.
"""

import pytest
from django.apps import apps

from exchange.base.personal import Personal
from exchange.checks import personal_data_have_a_rule

OURS = [model for label in ("exchange", "applications", "travel") for model in apps.get_app_config(label).get_models()]
# In addition to each model's own PERSONAL_FIELDS; without ids and rows that only join two tables.
PLAIN = {
    "exchange.User": "password last_login is_superuser code phone_verified_at is_active is_staff joined_at",
    "exchange.College": "code name short_name mis_code place district orientation_on named_advisor",
    "exchange.Role": "user kind college",
    "exchange.SingleSignOn": (
        "college protocol is_on domains server_url hosts client_id client_secret entity_id certificate uid_attribute "
        "email_attribute"
    ),
    "exchange.Backup": "name started_at finished_at size files missing error restored_at",
    "exchange.LogClosing": "number kind day after_id last_id count digest reason hash key signature",
    "exchange.Fact": (
        "as_of source_name source_url is_confirmed review_on checked_by key label_en label_es value unit superseded_by"
    ),
    "exchange.HomeCity": (
        "city_en city_es program_en program_es short_name office_name_en office_name_es office_email office_phone "
        "office_hours_en office_hours_es address airport time_zone latitude longitude picture_data logo_data"
    ),
    "exchange.Wording": (
        "series number place context source is_shipped en en_several es es_several shipped_en "
        "shipped_en_several shipped_es shipped_es_several is_spanish_older at by"
    ),
    "exchange.FigureRelease": "number kind as_of published_at published_by threshold band open_values note",
    "exchange.ReleasedFigure": "release subject name by group low high why",
    "travel.OtherCity": "code city source schema_version as_of digest is_public loaded_at loaded_by",
    "travel.OtherCityFigure": "city cycle measure group_by group low high as_of definition",
    "exchange.ConsentText": (
        "as_of source_name source_url is_confirmed review_on checked_by key version is_current title_en title_es "
        "records_en records_es purpose_en purpose_es recipients_en recipients_es ending_en ending_es"
    ),
    "exchange.NoticeSection": (
        "as_of source_name source_url is_confirmed review_on checked_by page key order title_en title_es "
        "body_en body_es"
    ),
    "exchange.RetentionRule": (
        "as_of source_name source_url is_confirmed review_on checked_by key order fact_key what_en what_es "
        "starts_en starts_es reason_en reason_es"
    ),
    "exchange.PartnerCity": (
        "code name_en name_es country_code country_en country_es airport_code time_zone latitude longitude "
        "languages_en languages_es story_en story_es day_en day_es links is_sister_city is_offered picture_data"
    ),
    "exchange.DataRequest": "code asked_by kind asked_at due_on result answered_by answered_at dropped_at",
    "exchange.OfficeTask": (
        "code key kind person about path source owner due_on opened_at opened_by done_at done_by dropped_at"
    ),
    "exchange.AccessRecord": "by role college what about on at",
    "exchange.Event": "at by action target_model target_id",
    "exchange.AccountMerge": (
        "code asked_at asked_by alone_after expires_at confirmed_at confirmed_by cancelled_at cancelled_by "
        "undone_at undone_by moved"
    ),
    "exchange.AccountReset": (
        "code kind asked_at asked_by alone_after expires_at confirmed_at confirmed_by cancelled_at cancelled_by"
    ),
    "exchange.Invitation": (
        "code token kind college language invited_at invited_by sent_at expires_at accepted_at ended_at ended_by"
    ),
    "exchange.PastRole": "code user kind college became ended_at ended_by handed undone_at undone_by",
    "exchange.SignInAttempt": "at kind is_known_device digits seed",
    "exchange.SignInAlert": "code kind hour count handled_at handled_by",
    "exchange.Alarm": "part began_at told_at ended_at",
    "exchange.Heartbeat": "name at",
    "exchange.KeptTask": "name kwargs created_at published_at attempts",
    "exchange.Message": (
        "code channel language template is_secret queued_at claimed_at sent_at failed_at attempts send_after "
        "still_due dropped_at next_try_at reason batch provider_id delivered_at is_urgent"
    ),
    "exchange.IncomingText": "code message_id went_to sent_at received_at handled_at handled_by",
    "exchange.Mailbox": "bounced_at complained_at",
    "applications.Cycle": (
        "code name_en name_es summary_en summary_es covered_en covered_es student_pays_en "
        "student_pays_es opens_at closes_at endorsements_due_on readings_due_on decisions_on answer_days "
        "reads_each seats departure_airport "
        "published_at closed_out_at copied_from rubric_version rubric_mark norming_published_at has_interviews "
        "readers_talk "
        "scores_by"
    ),
    "applications.EligibilityRule": (
        "cycle key order question_key operator value on_miss text_en text_es ask_en ask_es change_en change_es "
        "unsure_en unsure_es"
    ),
    "applications.FormVersion": "cycle number published_at",
    "applications.Section": "form key order title_en title_es intro_en intro_es staff_title_en staff_title_es",
    "applications.Question": (
        "section key order kind audience label_en label_es help_en help_es is_required words_max "
        "words_suggested options files_max show_if_key show_if_value"
    ),
    "applications.Application": (
        "code cycle form created_at saved_at submitted_at fixed_at withdrawn_at erased_at reads_locked "
        "draft_key merged_into carried_from is_test return_sections reopened_until more_time_asked_at"
    ),
    "applications.Answer": "application question saved_at",
    "applications.CityPreference": "application",
    "applications.SentCopy": "application language",
    "applications.Upload": (
        "code application question content_type size uploaded_at delete_after is_surplus state refused_because "
        "checked_at scanned_at"
    ),
    "applications.Recommendation": (
        "application requested_at received_at expires_at opened_at reminded_at reminders draft_saved_at "
        "refused refused_at"
    ),
    "applications.Endorsement": "application endorsed_by endorsed_at",
    "applications.LegalHold": "code cycle placed_by placed_at lifted_by lifted_at",
    "applications.Disclosure": "application kind by on",
    "applications.RecordsConsent": "application college text language signed_at withdrawn_at replaced_at",
    "applications.WithheldEndorsement": "application endorsed_by endorsed_at withheld_at",
    "applications.RubricCriterion": "cycle key kind order question_key title_en title_es ask_en ask_es",
    "applications.RubricLevel": "criterion points text_en text_es sample_en sample_es",
    "applications.Assignment": "code application reader assigned_at assigned_by released_at is_interview",
    "applications.Review": "assignment rubric_version started_at saved_at locked_at undo_until",
    "applications.Rating": "review criterion",
    "applications.ScoresFile": (
        "cycle text sha256 applications readers seats files_min percent kept kept_min found published_at published_by "
        "taken_back_at taken_back_by"
    ),
    "applications.Decision": "application decided_by decided_at released_by released_at appeal_days corrects",
    "applications.Lottery": (
        "code cycle kind score_from score_to zone seats entries_hash announced_at announced_by "
        "committed_at committed_by public_draw public_draw_on result former_results drawn_at drawn_by published_at "
        "published_by called_off_at called_off_by"
    ),
    "applications.Offer": "code application decision made_at answer_by answered_at ended_at ended_by",
    "applications.RubricVersion": "cycle number criteria reason changed_by changed_at",
    "applications.ReaderProfile": "user saved_at saved_by",
    "applications.ConflictOfInterest": "application reader declared_by declared_at",
    "applications.MaskedWord": "application masked_by masked_at",
    "applications.MaskingReport": "code application question_key reported_by reported_at settled_by settled_at",
    "applications.CollegeClue": "code college kind text is_also_word as_of added_by removed_at removed_by",
    "applications.NormingFile": "code cycle order language answers agreed_points agreed_note",
    "applications.NormingReading": "file reader saved_at locked_at",
    "applications.NormingRemark": "file by said_at",
    "applications.ReaderRemark": "application by said_at",
    "applications.InterviewSlot": "code cycle starts_at minutes place link called_off_at",
    "applications.Interview": ("code application invited_at invited_by book_by booked_at sequence called_off_at"),
    "applications.CommitteeNote": "application by written_at",
    "applications.Lever": "cycle kind question_key values definition_en definition_es",
    "applications.Reserve": "cycle lever college value seats reason set_by set_at",
    "applications.Release": ("code cycle fingerprint made_at made_by answer_by started_at started_by job finished_at"),
    "applications.ScheduledRelease": (
        "code kind cycle about due_at set_at set_by canceled_at canceled_by started_at refused_at"
    ),
    "applications.GroupMessage": (
        "code author missing created_at send_at confirmed_at started_at finished_at called_off_at called_off_by"
    ),
    "applications.Interest": (
        "code token language source heard asked_at sent_at confirmed_at told_at cycle expires_at"
    ),
    "applications.InterestSource": "code name college created_at created_by ended_at",
    "applications.Announcement": "code audience text_en text_es until created_at author ended_at ended_by",
    "applications.StaffNote": "code application author written_at task edited_at edited_by",
    "applications.StaffNoteVersion": "note by written_at",
    "applications.Appeal": "code application decision asked_at due_on task withdrawn_at result answered_at answered_by",
    "applications.Statement": (
        "code application what appeal heard heard_on heard_by recorded_at recorded_by undone_at undone_by "
        "objected_at thread"
    ),
    "applications.BulkAct": "code by kind place begun_at confirmed_at done_at undo_at undone_at",
    "applications.BulkRow": "act application refusal refusal_es outcome why why_es",
    "exchange.SavedView": "code owner place saved_at",
    "applications.GroupRecipient": "group application language outcome thread",
    "applications.OfferCall": "offer due_at outcome done_by done_at",
    "travel.HostInstitution": "code city name address",
    "travel.Trip": (
        "code cycle city host leaves_on arrives_on returns_on seats minimum_group program_en program_es "
        "departed_at returned_at delayed_to "
        "requirements_en requirements_es flight_in flight_out beds beds_confirmed_at closed_at closed_by closed_reason"
    ),
    "travel.CityStanding": (
        "as_of source_name source_url is_confirmed review_on checked_by city kind value superseded_by"
    ),
    "travel.Contact": "code host consulate sponsor trip candidate_for duty duty_es language",
    "travel.Agreement": (
        "code city host title signed_on ends_on we_give_en we_give_es they_give_en they_give_es is_over reminded_at"
    ),
    "travel.CityPicture": (
        "code kind city content_type size digest uploaded_at state refused_because checked_at scanned_at alt_en alt_es "
        "shown_at ended_at"
    ),
    "travel.CityPictureWidth": "picture width height file",
    "travel.AgreementFile": (
        "code agreement content_type size digest uploaded_at uploaded_by state refused_because checked_at scanned_at"
    ),
    "travel.Sponsor": "code name website note",
    "travel.Contribution": "code sponsor kind amount what trip cycle received_on",
    "travel.HelpNumber": (
        "as_of source_name source_url is_confirmed review_on checked_by code city kind phone name_en name_es address "
        "note_en note_es"
    ),
    "travel.LocalCard": "code trip city kind need language text meaning_en meaning_es phone checked_on",
    "travel.BudgetLine": "code trip title planned actual sponsor",
    "travel.CheckIn": "code kind started_at started_by closed_at closed_by reopened_at reopened_by",
    "travel.CheckInPerson": "code check_in leads state_at said_by caller link_until",
    "travel.CheckInStep": "person kind at by roll_call by_link message undoes",
    "travel.Reachability": "placement said_at",
    "travel.GuideTip": (
        "as_of source_name source_url is_confirmed review_on checked_by code key trip step order title_en title_es "
        "text_en text_es"
    ),
    "travel.StandardPackingItem": "key group weather order text_en text_es",
    "travel.PackingItem": "key group weather order text_en text_es code cycle",
    "travel.PackingWeather": "trip kinds",
    "travel.PackingMark": "placement item marked_at",
    "travel.OrientationSession": (
        "code cycle starts_at zone minutes place address note_en note_es version planned_by reminded_at called_off_at"
    ),
    "travel.Attendance": "session placement came_at via by",
    "travel.TripDay": "trip number proposed_in proposed_at text_en text_es taken_at",
    "travel.TripChange": (
        "code trip kind before after reason_en reason_es drafted_at drafted_by applied_at applied_by effects "
        "discarded_at"
    ),
    "travel.GoDecision": "code trip standing opened_at result wait_until reason decided_at decided_by replaced_at",
    "travel.ItinerarySegment": (
        "code trip kind starts_at start_zone ends_at end_zone carrier number from_code from_name to_code to_name "
        "address address_local phone note_en note_es for_everyone version removed_at"
    ),
    "travel.CalendarFeed": "user made_at expires_at stopped_at",
    "travel.AbroadLink": "placement made_at expires_at stopped_at stopped_by",
    "travel.FormText": (
        "code cycle key version order signer is_optional needs_guardian title_en title_es body_en body_es "
        "confirmed_by is_current published_at published_by"
    ),
    "travel.SignedForm": (
        "code text placement contact signed_as language signed_at text_hash withdrawn_at replaced_at file_hash filed_at"
    ),
    "travel.GuardianCall": "placement called_by called_at language",
    "travel.AgeAnswer": "placement asked_for answered_at",
    "travel.FamilyLink": "code placement language made_at ends_on expires_at stopped_at stopped_by",
    "travel.SigningLink": (
        "code placement contact language made_at sent_at reminded_at expires_at stopped_at stopped_by"
    ),
    "travel.LeaderLink": (
        "code trip contact made_at made_by expires_at stopped_at stopped_by code_sent_at codes_sent wrong_codes"
    ),
    "travel.RollCall": "trip on number here missing conflicts last_at",
    "travel.RollCallTap": "roll_call key received_at by over",
    "travel.HostLink": "code trip contact sent_at expires_at stopped_at stopped_by written_at",
    "travel.PlacementInputs": "run",
    "travel.PlacementRun": ("code cycle seed inputs_hash settings run_at run_by released_at released_by finished_at"),
    "travel.PracticalNeeds": "placement told_at talked_at talked_by",
    "travel.InsurancePolicy": "code trip insurer name number phone covers_en covers_es valid_from valid_until",
    "travel.HealthRule": (
        "as_of source_name source_url is_confirmed review_on checked_by key city kind strength order title_en "
        "title_es text_en text_es"
    ),
    "travel.Clearance": "code kind seen_by seen_at",
    "travel.EmergencyContact": "placement number told_at",
    "travel.Unplaced": "application run told_at",
    "travel.Placement": "code application trip run placed_at placed_by travelled_at returned_at",
    "travel.TicketingDetails": "placement told_at sent_at",
    "travel.TicketingExport": "code trip kind count missing is_first at by",
    "travel.EntryPermission": "placement sequence said_at said_by",
    "travel.VisaDay": "code trip starts_at minutes place address note_en note_es called_off_at sequence",
    "travel.VisaDayPerson": "day placement asked_at answered_at reminded_at",
    "travel.EntryRule": (
        "as_of source_name source_url is_confirmed review_on checked_by city document requirement fee "
        "currency lead_days validity_months validity_basis blank_pages note_en note_es"
    ),
    "travel.Guidance": (
        "as_of source_name source_url is_confirmed review_on checked_by topic key order routes title_en "
        "title_es text_en text_es"
    ),
    "exchange.TextConsent": "agreed_at agreed_how stopped_at stopped_how",
    "exchange.Job": (
        "code kind key by about language state done total attempts created_at claimed_at finished_at filename "
        "content_type size delete_after"
    ),
    "applications.DraftField": "application key seen is_carried",
    "applications.IncomingUpload": "code application question size received pieces started_at upload",
    "applications.HelpSession": ("code application asked_at code_expires_at granted_at ends_at ended_at ended_by"),
    "applications.Thread": "code application college addressee opened_at waiting_since",
    "applications.Note": "thread written_at by_text",
    "applications.Reminder": "application kind occasion sent_at",
    "travel.ChecklistStep": (
        "cycle key order timing days_before needs_verification title_en title_es why_en why_es how_en how_es "
        "after days_after waits_for owner evidence evidence_key advisor_sees audience retired_at"
    ),
    "travel.StandardStep": (
        "key order timing days_before needs_verification title_en title_es why_en why_es how_en how_es "
        "after days_after waits_for owner evidence evidence_key advisor_sees audience"
    ),
    "travel.ShippedRow": "kind key city values",
    "travel.StandardPrompt": (
        "key order moment days answer_days text_en text_es help_en help_es what_en what_es so_what_en so_what_es "
        "now_what_en now_what_es"
    ),
    "travel.StandardSurveyItem": "key version order text_en text_es source_name",
    "travel.SurveyItem": "cycle key version order text_en text_es source_name",
    "travel.SurveyResponse": "placement invited_at reminded_at changed_at",
    "travel.SurveyAnswer": "response item answered_at",
    "travel.ChecklistItem": (
        "placement step do_by last_safe_on done_at done_by done_via verified_at verified_by reminded_at asked_again_at "
        "closed_at"
    ),
    "travel.AcceptanceFacility": (
        "code name address phone link needs_appointment takes_photos hours_en hours_es payment_en payment_es "
        "wait_days wait_as_of retired_at"
    ),
    "travel.PassportDay": "code on place address agents has_photos note_en note_es called_off_at",
    "travel.PassportSlot": "day code starts_at minutes capacity",
    "travel.PassportBooking": (
        "code day application waiting_since booked_at cancelled_at sequence ready_at ready_by reminded_of "
        "settled_at settled_by"
    ),
    "travel.FeeVoucher": "code number amount fee method fund state trip",
    "travel.VoucherEntry": "voucher kind amount at by",
    "travel.MoneyRule": (
        "code cycle key order kind title_en title_es cents fund source_name as_of fee timing days how_en how_es "
        "is_for_everyone published_at retired_at"
    ),
    "travel.MoneyPromise": (
        "code placement rule cents promised_at promised_by canceled_cents canceled_why canceled_at canceled_by"
    ),
    "travel.Receipt": (
        "code promise cents spent_on content_type size digest uploaded_at state refused_because checked_at scanned_at "
        "decision approved_cents decided_at decided_by"
    ),
    "travel.StepFile": (
        "code item content_type size digest uploaded_at uploaded_by state refused_because checked_at scanned_at "
        "returned_at returned_by"
    ),
    "travel.TripCredit": "trip college kind activity said_by said_at",
    "travel.FollowUpConsent": "application college text language signed_at withdrawn_at",
    "travel.FollowUpKey": "cycle college made_at",
    "travel.FollowUpImport": (
        "code cycle college year digest rows unknown refused imported_at imported_by undone_at undone_by"
    ),
    "travel.FollowUpRecord": "imported application",
    "travel.SelfReport": "application said_at",
    "travel.NowSummary": "number content made_at",
    "travel.Payment": "code made_at made_by exported_at paid_on reference paid_by",
    "travel.PaymentLine": "payment promise cents",
    "travel.RoomPlan": "trip options wishes_max mixes_colleges published_at published_by",
    "travel.RoomWish": "placement told_at",
    "travel.Room": "code trip kind number beds is_quiet is_accessible",
    "travel.RoomSeat": "placement kind",
    "travel.PassportCase": (
        "application trip service order_certificate_by documents_by apply_by in_hand_by last_safe_on urgency "
        "stage_changed_at checked_at checked_by"
    ),
    "travel.TravelAnswers": "application answered_at talk_asked_at talked_at",
    "travel.FeasibleCities": "application marked_at marked_by",
    "travel.PassportCall": "application called_on called_at called_by",
    "travel.TicketName": "placement written_at written_by matched_at matched_by",
    "travel.NumberNeed": "trip purpose reason_en reason_es asked_at asked_by ended_at ended_by",
    "travel.DocumentNumber": "placement purpose expires_on given_at",
    "travel.Incident": "code key trip severity happened_at zone reported_at reported_by closed_at closed_by",
    "travel.IncidentEntry": "incident kind at written_at by severity for_leaders corrects task",
    "travel.IncidentExport": "code incident language at by",
    "travel.IncidentHandler": "code named_at named_by ended_at ended_by",
    "travel.BreakGlass": (
        "code placement by opened_at until review reviewed_at reviewed_by alone_after stopped_at stopped_by"
    ),
    "travel.TripLine": "code placement on version written_at",
    "travel.ReflectionPrompt": (
        "cycle key order moment days answer_days text_en text_es help_en help_es what_en what_es so_what_en so_what_es "
        "now_what_en now_what_es"
    ),
    "travel.Reflection": "placement prompt language is_draft privacy written_at",
    "travel.ReflectionField": "reflection key seen",
    "travel.ReflectionConsent": "reflection kind text language given_at withdrawn_at",
    "travel.Photo": (
        "code reflection project content_type size digest uploaded_at state refused_because checked_at scanned_at"
    ),
    "travel.BadgeKey": "kid public private created_at is_current",
    "travel.Certificate": "code placement key language issued_at revoked_at revoked_by",
    "travel.AlumniConsent": (
        "code placement orientation mentoring text language given_at expires_at ended_at ended_how"
    ),
    "travel.AlumniAsk": "code consent session trip asked_at asked_by answer answered_at taken_back_at",
    "travel.EarlierImport": "code kind imported_at imported_by",
    "travel.EarlierCount": "file year measure city number was_published source source_url as_of",
    "travel.EarlierTraveler": "file year college city first_abroad first_flight added_at",
    "travel.Story": "code reflection state order added_at added_by",
    "travel.StoryText": "story language proposed_at proposed_by approved_at refused_at",
    "travel.StoryUse": "story where language used_at by",
    "travel.FollowOnProject": ("code placement starts_on ends_on people_reached state created_at changed_at"),
    "travel.ReflectionInvitation": "placement prompt invited_at",
}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_field_is_personal_or_plain(model):
    fields = {field.name for field in model._meta.concrete_fields} - {"id"}
    plain = set(PLAIN[model._meta.label].split())

    assert fields - plain == set(model.PERSONAL_FIELDS)
    assert plain <= fields


def test_no_table_is_listed_that_is_gone():
    assert PLAIN.keys() == {model._meta.label for model in OURS}


def test_what_a_person_wrote_is_personal():
    # free text by or about a person; the texts of forms, rules and cities are ours
    assert {"return_note"} < apps.get_model("applications.Application").PERSONAL_FIELDS
    for label in ("applications.Review", "applications.Decision", "applications.Endorsement", "travel.Reflection"):
        model = apps.get_model(label)
        texts = {field.name for field in model._meta.concrete_fields if field.get_internal_type() == "TextField"}
        assert texts <= model.PERSONAL_FIELDS


# --- What happens to it -------------------------------------------------------------------------------


def test_all_personal_data_have_a_rule():
    assert personal_data_have_a_rule(None) == []


def told(monkeypatch, label, rule):
    """What the check says of a table with this declaration."""
    model = apps.get_model(label)
    if rule is None:
        monkeypatch.delattr(model, "PERSONAL")
    else:
        monkeypatch.setattr(model, "PERSONAL", rule)
    return [(error.msg.partition(" ")[0], error.hint) for error in personal_data_have_a_rule(None)]


def test_a_table_without_a_rule_is_refused_with_its_name_and_what_to_add(monkeypatch):
    ((label, hint),) = told(monkeypatch, "travel.TripLine", None)
    assert label == "travel.TripLine" and hint.startswith("add PERSONAL")


def test_a_table_that_only_points_at_a_person_is_refused_too(monkeypatch):
    assert not apps.get_model("travel.AlumniAsk").PERSONAL_FIELDS
    ((label, _hint),) = told(monkeypatch, "travel.AlumniAsk", None)
    assert label == "travel.AlumniAsk"


def test_a_column_of_which_nothing_is_said_is_refused(monkeypatch):
    ((label, hint),) = told(monkeypatch, "travel.TripLine", Personal("placement on written_at"))
    assert label == "travel.TripLine" and hint.endswith("the reason: device, said")


def test_rows_to_which_no_way_leads_are_refused(monkeypatch):
    said = Personal("address bounced_at complained_at", {"said": "what a mail server said to ours"})
    ((label, hint),) = told(monkeypatch, "exchange.Mailbox", said)
    assert label == "exchange.Mailbox" and "add `of`" in hint

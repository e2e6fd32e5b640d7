"""What "Download everything we hold about you" takes from each table, and what stays out, each with a reason.

A table that refers to a person, or to something of theirs, is in TABLES or in LEFT_OUT; a test checks them all.
Staff appear by their role, never by name: the student learns what was done, not whose evening it
was. One exception: a helper, whom the student let in by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from applications.apply.results import HEADINGS, feedback_for
from applications.models import (
    Answer,
    Appeal,
    Application,
    CityPreference,
    Decision,
    Disclosure,
    DraftField,
    Endorsement,
    HelpSession,
    IncomingUpload,
    Interest,
    Interview,
    Note,
    Offer,
    OfferCall,
    ReaderProfile,
    Recommendation,
    RecordsConsent,
    Reminder,
    SentCopy,
    StaffNote,
    StaffNoteVersion,
    Statement,
    Thread,
    Upload,
    WithheldEndorsement,
)
from exchange.models import AccessRecord, DataRequest, Event, Mailbox, Message, PastRole, Role, TextConsent, User
from travel.models import (
    AgeAnswer,
    AlumniAsk,
    AlumniConsent,
    Attendance,
    BreakGlass,
    Certificate,
    CheckInPerson,
    CheckInStep,
    ChecklistItem,
    DocumentNumber,
    EmergencyContact,
    EntryPermission,
    FamilyLink,
    FeasibleCities,
    FeeVoucher,
    FollowOnProject,
    FollowUpConsent,
    FollowUpRecord,
    GuardianCall,
    MoneyPromise,
    PackingMark,
    PassportBooking,
    PassportCall,
    PassportCase,
    PaymentLine,
    Photo,
    Placement,
    PracticalNeeds,
    Reachability,
    Receipt,
    Reflection,
    ReflectionConsent,
    ReflectionField,
    ReflectionInvitation,
    RollCallTap,
    RoomSeat,
    RoomWish,
    SelfReport,
    SignedForm,
    SigningLink,
    StepFile,
    Story,
    StoryText,
    SurveyAnswer,
    SurveyResponse,
    TicketingDetails,
    TicketName,
    TravelAnswers,
    TripLine,
    Unplaced,
    VisaDayPerson,
    VoucherEntry,
)

Field = str | tuple[str, Callable[[Any], Any]]

# actions of readers and the committee before the release, and a referee's unsent text
NOT_TOLD = ("selection.decide", "selection.undo", "recommendation.save_draft")
READERS = "review."
OF_THE_COMMITTEE = "committee."
TOLD_OF_READERS = "review.endorse"  # an endorsement isn't a reading
SECRET = "holds a key to the account or to a page"  # noqa: S105 -- a reason
COMMITTEE = "the committee’s own; what is told is in the decision"


@dataclass(frozen=True, slots=True)
class ExportTable:
    """`rows`: this person's. `fields`: names, or a name and how to read it. `left_out`: the other personal ones."""

    rows: Callable[[User], QuerySet[Any]]
    fields: tuple[Field, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        return {each if isinstance(each, str) else each[0] for each in self.fields}


def path_of(row: Upload | Receipt | StepFile | Photo) -> str:
    """The file's path in the ZIP, under a name of ours; the list has the person's own. "": it isn't kept."""
    match row:
        case _ if row.state != Upload.State.KEPT or not row.file:
            return ""
        case Upload():
            return f"files/{row.application.code}-{row.pk}{row.extension}"
        case Receipt():
            return f"files/receipt-{row.promise.code}-{row.pk}{row.extension}"
        case StepFile():
            return f"files/checklist-{row.item.placement.code}-{row.pk}{row.extension}"
        case Photo():
            return f"files/photo-{row.pk}{row.extension}"
    raise TypeError(row)


def _of_application(model: type[Model], *more: str) -> Callable[[User], QuerySet[Any]]:
    """Includes rows of a draft from before signing in that was merged into the person's application."""
    return lambda user: (
        model._default_manager.filter(Q(application__student=user) | Q(application__merged_into__student=user))
        .select_related("application", *more)
        .order_by("application_id", "pk")
    )


def _of_placement(model: type[Model], *more: str) -> Callable[[User], QuerySet[Any]]:
    return lambda user: (
        model._default_manager.filter(placement__application__student=user)
        .select_related("placement", *more)
        .order_by("placement_id", "pk")
    )


def _of_reflection(model: type[Model], *more: str) -> Callable[[User], QuerySet[Any]]:
    return lambda user: (
        model._default_manager.filter(reflection__placement__application__student=user)
        .select_related("reflection", *more)
        .order_by("reflection_id", "pk")
    )


def _photos(user: User) -> QuerySet[Photo]:
    of_answer = Q(reflection__placement__application__student=user)
    mine = Photo.objects.filter(of_answer | Q(project__placement__application__student=user))
    return mine.select_related("reflection", "project").order_by("pk")


def _of_promise(model: type[Model], *more: str) -> Callable[[User], QuerySet[Any]]:
    return lambda user: (
        model._default_manager.filter(promise__placement__application__student=user)
        .select_related("promise", *more)
        .order_by("promise_id", "pk")
    )


def _own(model: type[Model], name: str = "user", *more: str) -> Callable[[User], QuerySet[Any]]:
    def rows(user: User) -> QuerySet[Any]:
        found = model._default_manager.filter(**{name: user}).order_by("pk")
        return found.select_related(*more) if more else found

    return rows


def _is_told(application: Application) -> bool:
    return application.status in HEADINGS


def _written(draft: DraftField) -> list[dict[str, Any]]:
    return [{"value": version.get("value"), "typed_at": version.get("typed_at")} for version in draft.versions]


def _rated(response: SurveyResponse) -> dict[str, list[dict[str, Any]]]:
    return {
        key: [{"value": each.get("value"), "typed_at": each.get("typed_at")} for each in row["versions"]]
        for key, row in response.states.items()
    }


def targets_of(user: User) -> Q:
    """Events about this person: about their account, and about each of their rows."""
    own: dict[type[Model], Any] = {
        User: [user.pk],
        Application: user.applications.values("pk"),
        Upload: Upload.objects.filter(application__student=user).values("pk"),
        Recommendation: Recommendation.objects.filter(application__student=user).values("pk"),
        HelpSession: HelpSession.objects.filter(application__student=user).values("pk"),
        Offer: Offer.objects.filter(application__student=user).values("pk"),
        Thread: user.threads.values("pk"),
        TextConsent: user.text_consents.values("pk"),
        Placement: Placement.objects.filter(application__student=user).values("pk"),
        PassportCase: PassportCase.objects.filter(application__student=user).values("pk"),
        ChecklistItem: ChecklistItem.objects.filter(placement__application__student=user).values("pk"),
        Reflection: Reflection.objects.filter(placement__application__student=user).values("pk"),
        SurveyResponse: SurveyResponse.objects.filter(placement__application__student=user).values("pk"),
        Photo: _photos(user).order_by().values("pk"),
        FollowOnProject: FollowOnProject.objects.filter(placement__application__student=user).values("pk"),
        SelfReport: SelfReport.objects.filter(application__student=user).values("pk"),
        TripLine: TripLine.objects.filter(placement__application__student=user).values("pk"),
        SignedForm: SignedForm.objects.filter(placement__application__student=user).values("pk"),
        FamilyLink: FamilyLink.objects.filter(placement__application__student=user).values("pk"),
        MoneyPromise: MoneyPromise.objects.filter(placement__application__student=user).values("pk"),
        Receipt: Receipt.objects.filter(promise__placement__application__student=user).values("pk"),
        SigningLink: SigningLink.objects.filter(placement__application__student=user).values("pk"),
        GuardianCall: GuardianCall.objects.filter(placement__application__student=user).values("pk"),
    }
    found = Q(pk__in=[])
    for model, ids in own.items():
        found |= Q(target_model=model._meta.label_lower, target_id__in=ids)
    return found


def _events(user: User) -> QuerySet[Any]:
    told = Event.objects.filter(targets_of(user)).exclude(action__in=NOT_TOLD)
    told = told.exclude(Q(action__startswith=READERS) & ~Q(action=TOLD_OF_READERS))
    told = told.exclude(action__startswith=OF_THE_COMMITTEE)
    return told.select_related("by").prefetch_related("by__roles").order_by("at", "pk")


TABLES: dict[str, ExportTable] = {
    "exchange.User": ExportTable(
        lambda user: User.objects.filter(pk=user.pk),
        ("code", "email", "phone", "phone_verified_at", "full_name", "preferred_name", "language", "joined_at"),
    ),
    "account.EmailAddress": ExportTable(_own(EmailAddress), ("email", "verified", "primary")),
    "usersessions.UserSession": ExportTable(_own(UserSession), ("ip", "user_agent", "created_at", "last_seen_at")),
    "mfa.Authenticator": ExportTable(_own(Authenticator), ("type", "created_at", "last_used_at"), {"data": SECRET}),
    "exchange.Role": ExportTable(_own(Role, "user", "college"), ("kind", "college")),
    "exchange.PastRole": ExportTable(_own(PastRole, "user", "college"), ("kind", "college", "ended_at")),
    "exchange.Mailbox": ExportTable(
        lambda user: Mailbox.objects.filter(address=(user.email or "").lower()).exclude(address=""),
        ("address", "bounced_at", "complained_at"),
        {"said": "what a mail server said to ours"},
    ),
    "applications.Interest": ExportTable(
        lambda user: Interest.objects.filter(
            Q(email=(user.email or "").lower()) & ~Q(email="") | Q(phone=user.phone or "") & ~Q(phone="")
        ),
        ("email", "phone", "language", "heard", "asked_at", "confirmed_at", "told_at"),
    ),
    "exchange.TextConsent": ExportTable(
        _own(TextConsent), ("phone", "agreed_at", "agreed_how", "stopped_at", "stopped_how"), {"user": "it is you"}
    ),
    "exchange.Message": ExportTable(
        lambda user: Message.objects.filter(recipient=user, is_secret=False).order_by("queued_at", "pk"),
        (
            "channel",
            "address",
            "reply_to",
            "language",
            "subject",
            "body",
            "queued_at",
            "sent_at",
            "dropped_at",
            "failed_at",
            "reason",
        ),
        {"recipient": "it is you", "html": "the same words as the body", "error": "what a mail server said to ours"},
    ),
    "exchange.Event": ExportTable(
        _events,
        ("at", "action", "by", "target_model"),
        {"reason": "only of what you did yourself", "changes": "only of your own answers"},
    ),
    "applications.Application": ExportTable(
        _own(Application, "student", "cycle", "college", "carried_from"),
        (
            *("code", "cycle", "college", "status", "answer_language", "created_at", "saved_at", "submitted_at"),
            *("fixed_at", "fix_reason"),
            *("withdrawn_at", "return_note", "return_sections", "reopened_until", "more_time_asked_at"),
            *("more_time_reason", "more_time_answer", "carried_from", "is_test"),
            ("form_version", lambda row: row.form.number),
            ("feedback", lambda row: list(feedback_for(row)) if _is_told(row) else []),
        ),
        {
            "student": "it is you",
            "student_number": "a copy of your answer, for the search",
            "return_marks": "fingerprints of your answers",
            "draft_network": "a keyed mark of the network, for limits only; nothing can be read from it",
            "score_mean": COMMITTEE,
            "score_median": COMMITTEE,
            "score_spread": COMMITTEE,
            "interview_mean": COMMITTEE,
        },
    ),
    "applications.Answer": ExportTable(
        _of_application(Answer, "question__section__form"),
        (
            "application",
            ("question", lambda row: row.question.key),
            ("asked", lambda row: row.question.label),
            ("form_version", lambda row: row.question.section.form.number),
            ("is_still_asked", lambda row: row.question.section.form_id == row.application.form_id),
            *("value", "saved_at"),
        ),
    ),
    "applications.DraftField": ExportTable(
        _of_application(DraftField), ("application", "key", ("versions", _written), "is_carried")
    ),
    "applications.SentCopy": ExportTable(_of_application(SentCopy), ("application", "language", "parts")),
    "applications.CityPreference": ExportTable(
        _of_application(CityPreference, "city"), ("application", "rank", "city")
    ),
    "applications.Upload": ExportTable(
        _of_application(Upload, "question"),
        (
            *("application", "question", "original_name", "content_type", "size", "uploaded_at", "state"),
            *("refused_because", "checked_at", "scanned_at", "delete_after"),
            ("file", path_of),
        ),
    ),
    "applications.IncomingUpload": ExportTable(
        _of_application(IncomingUpload, "question"),
        ("application", "question", "original_name", "size", "received", "started_at"),
    ),
    "applications.Recommendation": ExportTable(
        _of_application(Recommendation),
        (
            *("application", "referee_name", "referee_email", "former", "referee_phone", "relation"),
            *("requested_at", "expires_at", "reminded_at", "reminders", "received_at"),
            *("refused", "refused_at", "answer_note"),
        ),
        {"letter": "the referee wrote it for the readers", "draft": "the referee has not sent it", "token": SECRET},
    ),
    "applications.Endorsement": ExportTable(
        _of_application(Endorsement),
        (
            *("application", "is_enrolled", "units", "in_good_standing", "endorsed_at"),
            ("result", lambda row: row.result if _is_told(row.application) else _("shared with the decision")),
        ),
        {"note": "your college wrote it for the office"},
    ),
    "exchange.DataRequest": ExportTable(
        _own(DataRequest, "asked_by"),
        ("kind", "text", "asked_at", "due_on", "result", "answer", "answered_by", "answered_at", "dropped_at"),
    ),
    "exchange.AccessRecord": ExportTable(
        _own(AccessRecord, "student"),
        ("on", ("role", lambda row: row.get_role_display()), ("what", lambda row: row.get_what_display()), "about"),
        {"student": "you", "by": "staff appear by their role", "college": "given on the page of your account"},
    ),
    "applications.RecordsConsent": ExportTable(
        _of_application(RecordsConsent, "college", "text"),
        (
            *("application", "college", "language", "typed_name", "signed_at", "withdrawn_at", "replaced_at"),
            ("version", lambda row: row.text.version),
            ("records", lambda row: row.text.records),
            ("purpose", lambda row: row.text.purpose),
            ("recipients", lambda row: row.text.recipients),
        ),
        {"text": "in the columns beside it"},
    ),
    "applications.Disclosure": ExportTable(_of_application(Disclosure), ("application", "kind", "on", "by")),
    "applications.WithheldEndorsement": ExportTable(
        _of_application(WithheldEndorsement),
        (
            *("application", "endorsed_at", "withheld_at"),
            ("is_enrolled", lambda row: row.said["is_enrolled"]),
            ("units", lambda row: row.said["units"]),
            ("in_good_standing", lambda row: row.said["in_good_standing"]),
        ),
        {"said": "the result and note stay with your college; the rest is in the columns beside it"},
    ),
    "applications.Decision": ExportTable(
        lambda user: _of_application(Decision)(user).filter(released_at__isnull=False),
        ("application", "result", "waitlist_position", "released_at"),
        {"reason": COMMITTEE},
    ),
    "applications.Offer": ExportTable(
        _of_application(Offer), ("application", "code", "made_at", "answer_by", "reply", "answered_at", "ended_at")
    ),
    "applications.OfferCall": ExportTable(
        lambda user: OfferCall.objects.filter(offer__application__student=user).select_related("offer").order_by("pk"),
        ("offer", "due_at", "outcome", "note", "done_at"),
    ),
    "applications.Interview": ExportTable(
        _of_application(Interview, "slot"),
        (
            *("application", "code", "invited_at", "book_by", "booked_at", "outcome", "called_off_at"),
            ("slot", lambda row: row.slot and row.slot.starts_at),
        ),
    ),
    "applications.ReaderProfile": ExportTable(
        _own(ReaderProfile), ("is_reading", "reads_spanish", "reads_most", "saved_at"), {"user": "it is you"}
    ),
    "applications.HelpSession": ExportTable(
        _of_application(HelpSession, "helper"),
        (
            *("application", "asked_at", "granted_at", "ends_at", "ended_at"),
            ("helper", lambda row: str(row.helper or "")),
        ),
        {"code_hash": SECRET},
    ),
    "applications.Reminder": ExportTable(_of_application(Reminder), ("application", "kind", "occasion", "sent_at")),
    "applications.Thread": ExportTable(
        _own(Thread, "student", "college", "application"),
        ("code", "addressee", "college", "application", "opened_at", "waiting_since"),
        {"student": "it is you"},
    ),
    "applications.Appeal": ExportTable(
        _of_application(Appeal),
        ("application", "reason", "asked_at", "due_on", "withdrawn_at", "result", "answer", "answered_at"),
    ),
    "applications.Statement": ExportTable(
        _of_application(Statement),
        ("application", "what", "heard", "heard_on", "reason", "recorded_at", "undone_at", "objected_at"),
        {"kept": "what an undo needs; what it changed is in your other tables"},
    ),
    # what colleagues wrote about a student is about the student: it's in the copy, without the colleague's name
    "applications.StaffNote": ExportTable(
        _of_application(StaffNote), ("application", "body", "written_at", "edited_at")
    ),
    "applications.StaffNoteVersion": ExportTable(
        lambda user: (
            StaffNoteVersion.objects.filter(
                Q(note__application__student=user) | Q(note__application__merged_into__student=user)
            )
            .select_related("note__application")
            .order_by("note__application_id", "pk")
        ),
        (("application", lambda row: row.note.application), "body", "written_at"),
    ),
    "applications.Note": ExportTable(
        lambda user: (
            Note.objects.filter(thread__student=user).select_related("thread", "author").order_by("written_at", "pk")
        ),
        ("thread", "author", "body", "written_at"),
    ),
    "travel.Placement": ExportTable(
        _own(Placement, "application__student", "application", "trip__city", "trip__host"),
        (
            *(
                "application",
                "code",
                "rank",
                "explanation",
                "placed_at",
                "travelled_at",
                "returned_at",
                "upgrade_until",
            ),
            ("city", lambda row: row.trip.city.name),
            ("host", lambda row: row.trip.host.name),
            ("leaves_on", lambda row: row.trip.leaves_on),
            ("returns_on", lambda row: row.trip.returns_on),
        ),
    ),
    "travel.PracticalNeeds": ExportTable(
        _of_placement(PracticalNeeds), ("placement", "needs", "wants_to_talk", "told_at", "talked_at", "talked_by")
    ),
    "travel.Reachability": ExportTable(_of_placement(Reachability), ("placement", "way", "phone", "said_at")),
    "travel.PackingMark": ExportTable(
        _of_placement(PackingMark, "item"),
        ("placement", ("line", lambda row: row.item.text_en), "is_packed", "marked_at"),
    ),
    "travel.Attendance": ExportTable(
        _of_placement(Attendance, "session"),
        (
            *("placement", "came_at", "via", "by"),
            ("session", lambda row: row.session.starts_at),
            ("place", lambda row: row.session.place),
        ),
    ),
    "travel.RoomWish": ExportTable(_of_placement(RoomWish), ("placement", "said", "told_at")),
    "travel.RoomSeat": ExportTable(
        _of_placement(RoomSeat, "room"), ("placement", "kind", ("room", lambda row: row.room.name))
    ),
    "travel.CheckInPerson": ExportTable(
        _of_placement(CheckInPerson, "check_in"),
        (
            *("placement", "number", "state", "state_at", "said_by", "said_by_name"),
            ("asked_at", lambda row: row.check_in.started_at),
            ("kind", lambda row: row.check_in.kind),
            ("why", lambda row: row.check_in.why),
        ),
        left_out={
            "token": "opens the link of the check-in to whoever has it",
            "leader": "of leaders only",
            "leader_name": "of leaders only",
        },
    ),
    "travel.CheckInStep": ExportTable(
        lambda user: (
            CheckInStep.objects.filter(person__placement__application__student=user)
            .select_related("person__placement")
            .order_by("at", "pk")
        ),
        (("placement", lambda row: row.person.placement), "kind", "at", "by", "by_name", "by_link", "words"),
    ),
    "travel.RollCallTap": ExportTable(_of_placement(RollCallTap), ("placement", "is_here", "at", "by", "by_name")),
    "travel.EmergencyContact": ExportTable(_of_placement(EmergencyContact), ("placement", "number", "said", "told_at")),
    "travel.Unplaced": ExportTable(_of_application(Unplaced), ("application", "explanation", "told_at")),
    "travel.ChecklistItem": ExportTable(
        _of_placement(ChecklistItem, "step"),
        (
            *("placement", "step", "do_by", "last_safe_on", "done_at", "done_by", "done_via", "text"),
            *("verified_at", "verified_by", "reminded_at", "asked_again_at", "closed_at"),
        ),
    ),
    "travel.PassportCase": ExportTable(
        _of_application(PassportCase, "trip", "facility"),
        (
            *("application", "trip", "route", "stage", "is_first_passport", "needs_certificate", "service", "facility"),
            *("order_certificate_by", "documents_by", "apply_by", "in_hand_by", "last_safe_on", "urgency"),
            *("appointment_on", "expires_on", "form_until", "reported_at", "signed_at", "blank_pages"),
            *("stage_changed_at", "checked_at", "checked_by"),
        ),
    ),
    "travel.TravelAnswers": ExportTable(
        _of_application(TravelAnswers, "advisor", "talk_with"),
        (
            *("application", "answers", "answered_at", "advisor"),
            *("talk_asked_at", "talk_with", "talk_how", "talked_at"),
        ),
    ),
    "travel.FeasibleCities": ExportTable(
        _of_application(FeasibleCities),
        (
            *("application", "is_everywhere", "marked_at", "marked_by"),
            ("cities", lambda row: [city.name for city in row.cities.all()]),
        ),
    ),
    "travel.PassportBooking": ExportTable(
        _of_application(PassportBooking, "day", "slot"),
        (
            *("application", "code", "waiting_since", "booked_at", "cancelled_at", "brings", "ready_at", "ready_by"),
            *("result", "missing", "settled_at", "settled_by"),
            ("day", lambda row: row.day.on),
            ("place", lambda row: row.day.place),
            ("slot", lambda row: row.slot and row.slot.starts_at),
        ),
    ),
    "travel.FeeVoucher": ExportTable(
        _of_application(FeeVoucher), ("application", "number", "amount", "fee", "method", "fund", "state")
    ),
    "travel.VoucherEntry": ExportTable(
        _of_application(VoucherEntry, "voucher"), ("application", "voucher", "kind", "amount", "note", "at", "by")
    ),
    "travel.MoneyPromise": ExportTable(
        _of_placement(MoneyPromise, "rule"),
        (
            *("placement", "code", "cents", "promised_at", "canceled_cents", "canceled_why", "canceled_reason"),
            *("canceled_at", ("what", lambda row: row.rule.title)),
        ),
    ),
    "travel.Receipt": ExportTable(
        _of_promise(Receipt),
        (
            *("promise", "cents", "spent_on", "original_name", "content_type", "size", "uploaded_at", "state"),
            *("refused_because", "checked_at", "scanned_at", "decision", "approved_cents", "reason", "decided_at"),
            ("file", path_of),
        ),
    ),
    "travel.StepFile": ExportTable(
        lambda user: (
            StepFile.objects.filter(item__placement__application__student=user)
            .select_related("item__placement", "item__step")
            .order_by("item__placement_id", "pk")
        ),
        (
            ("placement", lambda row: row.item.placement),
            ("step", lambda row: row.item.step),
            *("original_name", "content_type", "size", "uploaded_at", "uploaded_by", "state", "refused_because"),
            *("checked_at", "scanned_at", "returned_at", "returned_because", ("file", path_of)),
        ),
    ),
    "travel.PaymentLine": ExportTable(
        _of_promise(PaymentLine, "payment"),
        (
            *("promise", "payment", "cents", ("paid_on", lambda row: row.payment.paid_on)),
            ("reference", lambda row: row.payment.reference),
        ),
    ),
    "travel.PassportCall": ExportTable(
        _of_application(PassportCall), ("application", "called_on", "called_at", "called_by", "agreed")
    ),
    "travel.EntryPermission": ExportTable(
        _of_placement(EntryPermission),
        (
            *("placement", "state", "state_on", "valid_until", "appointment_at", "appointment_place"),
            *("said_at", "said_by"),
        ),
    ),
    "travel.VisaDayPerson": ExportTable(
        _of_placement(VisaDayPerson, "day"),
        (
            *("placement", "answer", "asked_at", "answered_at"),
            ("starts_at", lambda row: row.day.starts_at),
            ("place", lambda row: row.day.place),
            ("address", lambda row: row.day.address),
        ),
    ),
    "travel.TicketingDetails": ExportTable(
        _of_placement(TicketingDetails), ("placement", "said", "told_at", "sent_at")
    ),
    "travel.TicketName": ExportTable(
        _of_placement(TicketName),
        (*("placement", "surnames", "given", "written_at", "written_by"), *("how", "matched_at", "matched_by")),
    ),
    "travel.DocumentNumber": ExportTable(
        lambda user: _of_placement(DocumentNumber)(user).defer("number"),
        ("placement", "purpose", "expires_on", "given_at"),
        {"number": "sealed: it leaves this portal in no file. You can write it anew or delete it on your page"},
    ),
    "travel.AgeAnswer": ExportTable(_of_placement(AgeAnswer), ("placement", "is_of_age", "asked_for", "answered_at")),
    "travel.SignedForm": ExportTable(
        _of_placement(SignedForm, "text"),
        (
            *("placement", "signed_as", "answer", "language", "typed_name", "is_other_name", "signed_at", "text_hash"),
            *("withdrawn_at", "replaced_at", "file_hash"),
            ("form", lambda row: row.text.title),
            ("version", lambda row: row.text.version),
            ("text", lambda row: row.text.body),
        ),
        {"file": "the PDF is on your page of forms; its words are here"},
    ),
    "travel.GuardianCall": ExportTable(
        _of_placement(GuardianCall), ("placement", "called_at", "spoke_with", "number", "language", "said")
    ),
    "travel.FamilyLink": ExportTable(
        _of_placement(FamilyLink),
        ("placement", "label", "language", "email", "phone", "parts", "made_at", "ends_on", "expires_at", "stopped_at"),
        {"token": "it would open the link"},
    ),
    "travel.SigningLink": ExportTable(
        _of_placement(SigningLink),
        (
            *("placement", "name", "email", "phone", "reach", "language", "made_at", "sent_at", "expires_at"),
            "stopped_at",
        ),
        {"token": "it would open the link"},
    ),
    "travel.Reflection": ExportTable(
        _of_placement(Reflection, "prompt"),
        (
            *("placement", "prompt", "text", "so_what", "now_what", "language", "is_draft", "quote", "privacy"),
            "written_at",
        ),
    ),
    "travel.ReflectionField": ExportTable(
        _of_reflection(ReflectionField), ("reflection", "key", ("versions", _written))
    ),
    "travel.ReflectionConsent": ExportTable(
        _of_reflection(ReflectionConsent, "text"),
        (
            *("reflection", "kind", "language", "given_at", "withdrawn_at"),
            ("version", lambda row: row.text.version if row.text else None),
            ("text", lambda row: row.text.title if row.text else ""),
        ),
    ),
    "travel.Certificate": ExportTable(
        _of_placement(Certificate, "key"),
        ("placement", "code", "key", "name", "language", "token", "issued_at", "revoked_at", "reason"),
    ),
    "travel.AlumniConsent": ExportTable(
        lambda user: AlumniConsent.objects.filter(person=user).select_related("placement", "text").order_by("pk"),
        (
            *("placement", "orientation", "mentoring", ("text", lambda row: row.text.title), "language"),
            *("given_at", "expires_at", "ended_at", "ended_how"),
        ),
        {"person": "you", "token": "it would open the link"},
    ),
    "travel.AlumniAsk": ExportTable(
        lambda user: AlumniAsk.objects.filter(consent__person=user).select_related("session", "trip").order_by("pk"),
        (
            ("session", lambda row: row.session and row.session.starts_at),
            ("trip", lambda row: row.trip and row.trip.code),
            *("asked_at", "answer", "answered_at", "taken_back_at"),
        ),
    ),
    "travel.Story": ExportTable(_of_reflection(Story), ("reflection", "state", "added_at")),
    "travel.StoryText": ExportTable(
        lambda user: (
            StoryText.objects.filter(story__reflection__placement__application__student=user)
            .select_related("story")
            .order_by("pk")
        ),
        ("story", "language", "quote", "text", "proposed_at", "approved_at", "refused_at"),
    ),
    "travel.Photo": ExportTable(
        _photos,
        (
            *(
                "reflection",
                "project",
                "alt",
                "original_name",
                "content_type",
                "size",
                "uploaded_at",
                "state",
                "refused_because",
            ),
            *("checked_at", "scanned_at", ("path", path_of)),
        ),
        {"file": "its path in this ZIP is in the column beside it"},
    ),
    "travel.FollowOnProject": ExportTable(
        _of_placement(FollowOnProject),
        (
            *("placement", "title", "what", "starts_on", "ends_on", "people_reached", "state", "created_at"),
            "changed_at",
        ),
    ),
    "travel.BreakGlass": ExportTable(
        _of_placement(BreakGlass, "by", "reviewed_by", "stopped_by"),
        (
            *("placement", "opened_at", "until", "by", "review", "reviewed_at", "reviewed_by"),
            *("alone_after", "stopped_at", "stopped_by"),
            ("reason", lambda row: row.reason),
        ),
        {
            "said": "the reason is in the column beside it",
            "review_said": "the office’s word about its own people",
            "stop_reason": "the office’s word about its own people",
        },
    ),
    "travel.TripLine": ExportTable(
        _of_placement(TripLine),
        ("placement", "on", "said", "written_at"),
        {"device": "a random name that your phone gave itself"},
    ),
    "travel.SurveyResponse": ExportTable(
        _of_placement(SurveyResponse), ("placement", "invited_at", "reminded_at", "changed_at", ("states", _rated))
    ),
    "travel.SurveyAnswer": ExportTable(
        lambda user: (
            SurveyAnswer.objects.filter(response__placement__application__student=user)
            .select_related("item")
            .order_by("pk")
        ),
        ("response", ("item", lambda row: row.item.text), "before", "now", "answered_at"),
    ),
    "travel.FollowUpConsent": ExportTable(
        _of_application(FollowUpConsent, "college", "text"),
        (
            *("application", "college", "language", "typed_name", "signed_at", "withdrawn_at"),
            ("version", lambda row: row.text.version),
            ("records", lambda row: row.text.records),
            ("purpose", lambda row: row.text.purpose),
            ("recipients", lambda row: row.text.recipients),
        ),
        {"text": "in the columns beside it"},
    ),
    "travel.FollowUpRecord": ExportTable(
        _of_application(FollowUpRecord, "imported__college"),
        (
            "application",
            ("college", lambda row: row.imported.college),
            ("years_after", lambda row: row.imported.year),
            ("received_at", lambda row: row.imported.imported_at),
            *("reenrolled", "units", "gpa", "award", "transferred"),
        ),
    ),
    "travel.SelfReport": ExportTable(
        _of_application(SelfReport), ("application", "enrolled", "award", "transferred", "said_at")
    ),
    "travel.ReflectionInvitation": ExportTable(
        _of_placement(ReflectionInvitation, "prompt"), ("placement", "prompt", "invited_at")
    ),
}

READER = "a reader’s work: scores and notes are the readers’ and the committee’s; what they wrote to you is `feedback`"
LEFT_OUT: dict[str, str] = {
    "exchange.FigureRelease": "counts of many people; names who of the office published them",
    "exchange.ReleasedFigure": "counts of many people",
    "travel.EarlierImport": "a file of the office; names who of the office imported it",
    "travel.EarlierCount": "counts of many people",
    "travel.EarlierTraveler": "people from before this portal, who have no account here",
    "travel.StoryUse": "which reports printed a story; names who of the office made them",
    "applications.Assignment": READER,
    "applications.Review": READER,
    "applications.Rating": READER,
    "applications.ConflictOfInterest": READER,
    "applications.MaskedWord": READER,
    "applications.CollegeClue": "words that give a college away; names who of the office added one",
    "applications.MaskingReport": READER,
    "applications.NormingReading": "a reader’s practice on a sample file, talked about among readers",
    "applications.ReaderRemark": READER,
    "applications.NormingRemark": "a reader’s practice on a sample file, talked about among readers",
    "applications.CommitteeNote": COMMITTEE,
    "applications.Reserve": "about groups of the cycle; names who of the committee set it",
    "applications.RubricVersion": "the rubric’s words; names who of the office changed it",
    "applications.Release": "holds everyone of the cycle; what you were told is in Decision",
    "applications.ScheduledRelease": "when the office set a release for; what you were told is in Decision",
    "applications.ScoresFile": "points of the whole cycle under random numbers: nobody can say which are yours",
    "applications.Lottery": "holds everyone of the tie; once it is published, its page shows your place to anybody",
    "applications.InterestSource": "a QR code for an event; names who of the office made it",
    "applications.Announcement": "words for many; names who of the office wrote and ended them",
    "applications.BulkAct": "a list of students that staff did one thing to; what was done is in your other tables",
    "applications.BulkRow": "that you were on such a list; what was done to you is in your other tables",
    "exchange.SavedView": "filters of a list of staff",
    "applications.GroupMessage": "a text for many, and who wrote it; what you got is in Note",
    "applications.GroupRecipient": "that you were on the list of a message to many; what you got is in Note",
    "travel.CityPicture": "a picture of a city, for everyone; names who of the office sent it",
    "travel.AgreementFile": "a paper of a partner; names who of the office sent it",
    "travel.Contact": "whom the office works with; a trip’s leader is named on the page of the trip",
    "travel.Clearance": "what the office saw of a leader or a host, who aren’t students of the program",
    "travel.FormText": "the words that everyone signs; names who of the office published them",
    "travel.LeaderLink": "a link for a leader; names who of the office made it",
    "travel.HostLink": "a link for a host; names who of the office made it",
    "travel.Trip": "who of the office closed it; your own trip is in Placement",
    "travel.TripChange": "a decision about a whole trip; names who took it. What you were told is in Message",
    "travel.GoDecision": "a decision about a whole trip; names who of the office took it",
    "travel.RoomPlan": "about a trip; names who of the office published it. Your room is in RoomSeat",
    "travel.OtherCity": "figures of another city, without persons; names who of the office loaded them",
    "travel.FollowUpImport": "a file about many students; names who sent it. What it says of you is in FollowUpRecord",
    "travel.TripCredit": "what a college says of a trip; names who of its people said so",
    "travel.Payment": "a list for many students; names who of the office made it. Your lines are in PaymentLine",
    "travel.OrientationSession": "about a group; names who of the office planned it. Whether you came is in Attendance",
    "travel.TicketingExport": "a list of a whole trip; names who of the office made it. Yours is in Disclosure",
    "travel.NumberNeed": "about a trip; names who of the office asked for the numbers. Yours is in DocumentNumber",
    "travel.PlacementRun": "holds everyone of the cycle; your own line is in Placement.explanation",
    "applications.LegalHold": "what the office has to keep, and why; it isn’t told to the person",
    "exchange.OfficeTask": "what the office has to do; names who does it. What was decided about you is in Event",
    "exchange.Job": "work that was asked for: a list that staff exported is about others, this download is itself",
    "travel.Incident": "about several people, and what they told us; ask, and a person answers for your part",
    "travel.IncidentEntry": "about several people, and what they told us; ask, and a person answers for your part",
    "travel.IncidentExport": "names who of the office made a file about an incident",
    "travel.IncidentHandler": "names who of the office reads incidents",
    "travel.CheckIn": "a question to a whole group; names who of the office or the leaders asked it",
    "travel.ItinerarySegment": "flights and lodging of a whole trip; yours are on the page of your trip, hour by hour",
    "travel.CalendarFeed": "an address of yours, on the page of your calendar; a copy of it would open your dates",
    "travel.AbroadLink": "a link of yours, on the page of your trip; a copy of it would open your trip",
    "exchange.Wording": "what messages say to everyone; names who of the office wrote it",
    "exchange.AccountMerge": "names who of the office asked and confirmed; what was done to your account is in Event",
    "exchange.AccountReset": "names who of the office asked and confirmed; what was done to your account is in Event",
    "exchange.Invitation": "names who of the office invited you; the role that you were given is in Role and Event",
    "exchange.SignInAttempt": "keyed hashes for a few days; your sign-ins and wrong codes are in Event",
    "exchange.SignInAlert": "a pattern of attempts that the office looked into; your sign-ins are in Event",
    "exchange.IncomingText": "a text whose number isn’t one that you confirmed; a text of yours is in Note",
    "exchange.College": "names an advisor who signs reminders: about the college, not about you",
    "account.EmailConfirmation": SECRET,
    "socialaccount.SocialAccount": "your college’s name for you, so that it can sign you in; nothing else is in it",
    "socialaccount.SocialToken": SECRET,
    "admin.LogEntry": "corrections of reference rows by the office; the record of what concerns you is in Event",
}


def rows_of(user: User, *labels: str) -> list[Any]:
    """The person's rows of these tables, also of accounts that were merged into theirs."""
    others = user.account_keys[1:]
    accounts = [user, *(User.objects.filter(pk__in=others).order_by("pk") if others else ())]
    return [row for label in labels for account in accounts for row in TABLES[label].rows(account)]


def who(person: User | None, *, me: User) -> str:
    """A person by role. Staff are named on the pages where you meet them, not in this file."""
    if person is None:
        return _("the portal")
    if person.pk in me.account_keys:
        return _("you")
    kinds = {role.kind for role in person.roles.all()}
    if Role.Kind.COORDINATOR in kinds:
        return _("the exchange team")
    if Role.Kind.ADVISOR in kinds:
        return _("an advisor")
    return _("a staff member")

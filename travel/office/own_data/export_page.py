"""The readable page of the download: everything we hold about a person, from account to event log."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from allauth.usersessions.models import UserSession
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from applications.apply import unplaced_answers
from applications.apply.results import result_of
from applications.base import answers, costs
from applications.models import Application, Recommendation, Upload
from exchange.models import User
from exchange.templatetags.ui import clock, day_year, language_here
from travel.models import (
    ChecklistItem,
    PassportBooking,
    PassportCase,
    Photo,
    Placement,
    Receipt,
    SelfReport,
    StepFile,
    SurveyAnswer,
)
from travel.office.own_data.export_tables import TABLES, rows_of, who
from travel.passport.case import where_to_apply as passport_days
from travel.passport.case.question_forms import PassportQuestions
from travel.passport.plan import planning
from travel.prepare.money import promise as money


@dataclass(frozen=True, slots=True)
class ExportLine:
    label: str
    value: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    title: str
    lines: list[ExportLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    blocks: list[Block]


# names of audited actions; one that isn't here is only in data.json
ACTS = {
    "person.sign_up": gettext_lazy("account created"),
    "person.set_phone": gettext_lazy("phone changed"),
    "account.export": gettext_lazy("your data downloaded"),
    "application.start": gettext_lazy("application started"),
    "application.carry": gettext_lazy("application started with earlier answers"),
    "application.attach": gettext_lazy("draft added to your account"),
    "application.save_answers": gettext_lazy("answers saved"),
    "application.save_upload": gettext_lazy("file added"),
    "application.remove_upload": gettext_lazy("file removed"),
    "application.open_upload": gettext_lazy("file viewed"),
    "application.submit": gettext_lazy("application submitted"),
    "application.return_for_fix": gettext_lazy("application returned for a fix"),
    "application.go_on": gettext_lazy("application back in review without the fix"),
    "application.reopen": gettext_lazy("extra time given"),
    "application.withdraw": gettext_lazy("application withdrawn"),
    "application.withdraw_for": gettext_lazy("application withdrawn by the exchange team"),
    "application.write_recommendation": gettext_lazy("letter received"),
    "application.remind": gettext_lazy("reminder scheduled"),
    "recommendation.ask": gettext_lazy("recommendation letter requested"),
    "help.offer": gettext_lazy("help code shown"),
    "help.begin": gettext_lazy("help started"),
    "help.end": gettext_lazy("help ended"),
    "thread.ask": gettext_lazy("question asked"),
    "thread.answer": gettext_lazy("question answered"),
    "records_consent.sign": gettext_lazy("you agreed that your college may tell us about your enrollment"),
    "records_consent.withdraw": gettext_lazy("you took that back"),
    "review.endorse": gettext_lazy("your college responded"),
    "data_request.ask": gettext_lazy("you asked for a correction or a deletion"),
    "data_request.drop": gettext_lazy("you canceled what you asked for"),
    "data_request.answer": gettext_lazy("we answered your request"),
    "selection.release": gettext_lazy("result released"),
    "selection.confirm": gettext_lazy("spot confirmed"),
    "selection.decline": gettext_lazy("spot declined"),
    "placement.place": gettext_lazy("placed in a city"),
    "placement.move": gettext_lazy("moved to a city higher on your list"),
    "placement.move_by_hand": gettext_lazy("moved to another trip by the exchange team"),
    "placement.move_back": gettext_lazy("moved back to the trip before"),
    "placement.release": gettext_lazy("city announced"),
    "checklist.mark_done": gettext_lazy("checklist step marked as done"),
    "checklist.fulfil": gettext_lazy("checklist step done on its own page"),
    "checklist.unfulfil": gettext_lazy("checklist step open again"),
    "checklist.send_file": gettext_lazy("file sent for a checklist step"),
    "checklist.remove_file": gettext_lazy("file of a checklist step removed"),
    "checklist.return_file": gettext_lazy("file of a checklist step returned"),
    "checklist.open_file": gettext_lazy("file of a checklist step viewed"),
    "checklist.verify_item": gettext_lazy("checklist step checked by staff"),
    "passport.mark_cities": gettext_lazy("cities you can go to marked"),
    "passport.choose_advisor": gettext_lazy("you chose who can read your passport answers"),
    "passport.read_answers": gettext_lazy("passport answers read by the advisor you chose"),
    "checklist.check_passport": gettext_lazy("passport checked by staff"),
    "facility.choose": gettext_lazy("acceptance facility chosen"),
    "passport_day.book": gettext_lazy("passport day booked"),
    "passport_day.cancel": gettext_lazy("passport day canceled"),
    "passport_day.move_up": gettext_lazy("moved up from a passport day waitlist"),
    "passport_day.confirm_ready": gettext_lazy("passport day documents checked"),
    "passport_day.settle": gettext_lazy("passport day result recorded"),
    "survey.answer": gettext_lazy("survey answered"),
    "follow_up.sign": gettext_lazy("agreed that your college tells how your studies went"),
    "follow_up.withdraw": gettext_lazy("withdrew that your college tells how your studies went"),
    "self_report.say": gettext_lazy("said how your studies went"),
    "self_report.remove": gettext_lazy("removed how your studies went"),
    "reflection.write": gettext_lazy("reflection saved"),
    "reflection.agree": gettext_lazy("agreed to being quoted or shown"),
    "reflection.take_back": gettext_lazy("took an agreement back"),
    "photo.add": gettext_lazy("photo added"),
    "photo.remove": gettext_lazy("photo deleted"),
    "followonproject.add": gettext_lazy("project started"),
    "followonproject.change": gettext_lazy("project changed"),
    "text_consent.agree": gettext_lazy("agreed to text messages"),
    "text_consent.stop": gettext_lazy("text messages stopped"),
}


def when(moment: Any) -> str:
    return f"{day_year(moment)}, {clock(moment)}" if moment else ""


def _lines(*rows: tuple[str, Any]) -> list[ExportLine]:
    """Lines for the values that aren't empty."""
    return [ExportLine(label, str(value)) for label, value in rows if value not in (None, "", [])]


def _yes_no(value: bool | None) -> str:
    return "" if value is None else (_("yes") if value else _("no"))


def sections_of(user: User, *, files: dict[str, str], letters: dict[str, str]) -> list[Section]:
    mine = Application.objects.filter(student__in=user.account_keys, is_test=False)
    applications = mine.select_related("cycle", "college", "form", "student")
    placements = Placement.objects.filter(application__student=user).with_people()
    found = [Section(pgettext("to a student", "You"), list(_about(user)))]
    for application in applications.order_by("-created_at"):
        title = _("Application: %(cycle)s") % {"cycle": application.cycle.name}
        found.append(Section(title, list(_application(application, files, letters))))
    for placement in placements:
        title = _("Trip: %(city)s") % {"city": placement.trip.city.name}
        found.append(Section(title, list(_trip(placement, files, letters))))
    found.append(Section(_("Questions you asked"), list(_threads(user))))
    found.append(Section(_("Messages we sent you"), list(_messages(user))))
    found.append(Section(_("What happened, and who did it"), [_record(user)]))
    return [section for section in found if section.blocks]


def _about(user: User) -> Iterable[Block]:
    yield Block(
        _("Your account"),
        _lines(
            (_("Full name"), user.full_name),
            (_("What we call you"), user.preferred_name),
            (_("Email"), user.email),
            (_("Phone"), user.phone.as_international if user.phone else ""),
            (_("Language"), language_here(user.language)),
            (_("Account created"), when(user.joined_at)),
            (_("Your roles"), ", ".join(str(role) for role in user.roles.all())),
        ),
    )
    consents = user.text_consents.all()
    if consents:
        yield Block(
            _("Text messages"),
            [
                line
                for row in consents
                for line in _lines(
                    (_("Number"), row.phone.as_international),
                    (_("You agreed"), when(row.agreed_at)),
                    (_("You stopped them"), when(row.stopped_at)),
                )
            ],
        )
    sessions = UserSession.objects.filter(user=user).order_by("-created_at")
    if sessions:
        yield Block(
            _("Where you’re signed in"),
            [ExportLine(when(row.created_at), f"{row.user_agent} ({row.ip})") for row in sessions],
        )


# --- One application --------------------------------------------------------------------------------


def _application(application: Application, files: dict[str, str], letters: dict[str, str]) -> Iterable[Block]:
    yield Block(_("Status"), _standing(application, letters))
    for part in answers.parts_of(application):
        lines = [ExportLine(str(item.question.label), item.text) for item in part.items if item.is_answered]
        if lines:
            yield Block(part.section.title, lines)
    if days := [ExportLine(day_year(booking.day.on), _visit(booking)) for booking in _bookings(application)]:
        yield Block(_("Passport days"), days)
    if paid := passport_days.paid_by_program(application):
        lines = [ExportLine(each.get_fee_display(), f"{costs.dollars(each.amount)}, {each.number}") for each in paid]
        yield Block(_("What the program covers for your passport"), lines)
    yield from _unplaced_answers(application)
    rivals = [
        ExportLine(str(item.question.label), answers.version_text(item.question, version.value, application))
        for part in answers.parts_of(application)
        for item in part.items
        for version in item.rivals
    ]
    if rivals:
        yield Block(_("Also written on another device"), rivals)
    own = Q(application=application) | Q(application__merged_into=application)
    if uploads := [_file(upload, files) for upload in Upload.objects.filter(own).select_related("question")]:
        yield Block(_("Your files"), uploads)
    if (recommendation := Recommendation.objects.filter(application=application).first()) and _asks(recommendation):
        yield Block(_("Your recommender"), _referee(recommendation))
    yield from _decided(application)
    yield from _way_to_a_passport(application)
    helped = [
        ExportLine(when(each.granted_at), str(each.helper))
        for each in application.help_sessions.filter(granted_at__isnull=False).select_related("helper")
    ]
    if helped:
        yield Block(_("Who helped you fill it out"), helped)
    reminders = [ExportLine(when(each.sent_at), each.get_kind_display()) for each in application.reminders.all()]
    if reminders:
        yield Block(_("Reminders"), reminders)


def _unplaced_answers(application: Application) -> Iterable[Block]:
    for title, items in (
        (_("Answers to questions we no longer ask"), unplaced_answers.retired(application)),
        (_("Written before you signed in, and not part of your application"), unplaced_answers.beside(application)),
    ):
        if items:
            yield Block(title, [ExportLine(str(item.question.label), item.text) for item in items])


def _standing(application: Application, letters: dict[str, str]) -> list[ExportLine]:
    lines = _lines(
        (_("Number"), application.code),
        (_("Home college"), application.college),
        (_("Status"), application.get_status_display()),
        (_("Started"), when(application.created_at)),
        (_("Last saved"), when(application.saved_at)),
        (_("Received"), when(application.submitted_at)),
        (_("Fix received"), when(application.fixed_at)),
        (_("Withdrawn"), when(application.withdrawn_at)),
        (_("What we asked you to fix"), application.return_note),
        (_("Why you left it as it was"), application.fix_reason),
        (_("Why you asked for more time"), application.more_time_reason),
        (_("The office’s answer"), application.more_time_answer),
        (_("Open to you until"), when(application.reopened_until)),
    )
    if application.code in letters:
        lines.append(ExportLine(_("Copy of what you sent"), _("PDF"), letters[application.code]))
    return lines


def _file(upload: Upload, files: dict[str, str]) -> ExportLine:
    return ExportLine(str(upload.question.label), _sent(upload), files.get(upload.code, ""))


def _sent(row: Upload | StepFile | Photo) -> str:
    text = f"{row.original_name} · {row.get_state_display()} · {when(row.uploaded_at)}"
    return f"{text} · {row.get_refused_because_display()}" if row.refused_because else text


def _asks(recommendation: Recommendation) -> bool:
    return bool(recommendation.referee_name or recommendation.referee_email)


def _referee(recommendation: Recommendation) -> list[ExportLine]:
    return _lines(
        (_("Name"), recommendation.referee_name),
        (_("Email"), recommendation.referee_email),
        (_("Phone"), recommendation.referee_phone),
        (_("How they know you"), recommendation.relation),
        (_("Requested"), when(recommendation.requested_at)),
        (_("Letter received"), when(recommendation.received_at)),
        (_("Said no"), recommendation.get_refused_display() if recommendation.refused else ""),
        (_("Their message to you"), recommendation.answer_note),
    )


def _decided(application: Application) -> Iterable[Block]:
    """What the college and the committee decided, only once the result was released."""
    result = result_of(application)
    if result is None:
        return
    endorsement = getattr(application, "endorsement", None)
    if endorsement:
        yield Block(
            _("Your college’s endorsement"),
            _lines(
                (_("Result"), endorsement.get_result_display()),
                (_("Enrolled"), _yes_no(endorsement.is_enrolled)),
                (_("Units"), endorsement.units),
                (_("Day"), when(endorsement.endorsed_at)),
            ),
        )
    offer = result.offer
    yield Block(
        _("Result"),
        [
            *_lines(
                (_("Result"), result.heading),
                (_("Released"), when(result.released_at)),
                (_("Waitlist position"), result.waitlist_position),
                (_("Answer by"), when(offer.answer_by) if offer else ""),
                (_("Your answer"), offer.get_reply_display() if offer and offer.reply else ""),
            ),
            *(ExportLine(_("A reader’s note to you"), text) for text in result.feedback),
        ],
    )


def _bookings(application: Application) -> Iterable[PassportBooking]:
    return application.passport_bookings.select_related("day", "slot").order_by("day__on", "pk")


def _visit(booking: PassportBooking) -> str:
    said = [booking.day.place, passport_days.standing_of(booking).label]
    said += [str(PassportBooking.Paper(kind).label) for kind in booking.missing]
    return " · ".join(said)


# --- The trip ---------------------------------------------------------------------------------------


def _trip(placement: Placement, files: dict[str, str], letters: dict[str, str]) -> Iterable[Block]:
    trip = placement.trip
    lines = _lines(
        (_("City"), f"{trip.city.name}, {trip.city.country}"),
        (_("Host"), trip.host.name),
        (_("Departure"), day_year(trip.leaves_on)),
        (_("Return"), day_year(trip.returns_on)),
        (_("Its place in your ranking"), placement.rank),
        (_("Left"), when(placement.travelled_at)),
        (_("Came back"), when(placement.returned_at)),
    )
    if placement.code in letters:
        lines.append(ExportLine(_("Your placement letter"), _("PDF"), letters[placement.code]))
    yield Block(_("Your spot"), lines)
    items = placement.checklist_items.kept().select_related("step")
    if items:
        yield Block(_("Checklist"), [ExportLine(item.step.title, _duty(item)) for item in items])
    sent = StepFile.objects.filter(item__placement=placement).select_related("item__step")
    if sent:
        lines = [ExportLine(each.item.step.title, _sent(each), files.get(each.code, "")) for each in sent]
        yield Block(_("Photos and PDFs for your checklist"), lines)
    receipts = Receipt.objects.filter(promise__placement=placement).select_related("promise__rule")
    if receipts:
        yield Block(_("Your receipts"), [_receipt(each, files) for each in receipts])
    yield from _after_the_trip(placement, files)


def _after_the_trip(placement: Placement, files: dict[str, str]) -> Iterable[Block]:
    """Reflections, photos, and the project at home."""
    reflections = placement.reflections.select_related("prompt")
    if reflections:
        yield Block(
            _("What you wrote about the trip"),
            [
                ExportLine(
                    f"{each.prompt.text} ({each.get_privacy_display()})", "\n\n".join(part[1] for part in each.parts)
                )
                for each in reflections
            ],
        )
    rated = SurveyAnswer.objects.filter(response__placement=placement).select_related("item")
    if rated:
        words = _("Before the trip: %(before)s. Now: %(now)s.")
        yield Block(
            _("Your survey after the trip"),
            [
                ExportLine(each.item.text, words % {"before": each.before or "–", "now": each.now or "–"})
                for each in rated.order_by("item__order")
            ],
        )
    if afterward := list(_afterward(placement.application)):
        yield Block(_("Your studies afterward"), afterward)
    of_answer, of_project = Q(reflection__placement=placement), Q(project__placement=placement)
    if photos := Photo.objects.kept().filter(of_answer | of_project):
        yield Block(_("Your photos"), [ExportLine(each.alt, _sent(each), files.get(each.code, "")) for each in photos])
    if project := getattr(placement, "project", None):
        said = project.get_state_display()
        yield Block(_("Your project at home"), [ExportLine(f"{project.title} ({said})", project.what)])


def _afterward(application: Application) -> Iterable[ExportLine]:
    """What the college sent, and what the student said; what neither says is left out."""
    for record in application.follow_up_records.select_related("imported__college"):
        about = {"college": record.imported.college, "year": record.imported.year}
        said = {
            _("Enrolled in the next term"): record.reenrolled,
            _("Units"): record.units,
            _("GPA"): record.get_gpa_display(),
            _("Certificate or degree"): record.award,
            _("Transferred to a four-year college"): record.transferred,
        }
        yield ExportLine(_("%(college)s, %(year)s years after the trip") % about, _listed(said))
    if report := SelfReport.objects.filter(application=application).first():
        own = {
            _("Enrolled in college now"): report.enrolled,
            _("Certificate or degree"): report.award,
            _("Transferred to a four-year college"): report.transferred,
        }
        yield ExportLine(_("You said, on %(day)s") % {"day": day_year(report.said_at)}, _listed(own))


def _listed(said: dict[str, Any]) -> str:
    words = {True: _("Yes"), False: _("No")}
    known = {what: value for what, value in said.items() if value not in (None, "")}
    return "\n".join(f"{what}: {words[value] if isinstance(value, bool) else value}" for what, value in known.items())


def _receipt(receipt: Receipt, files: dict[str, str]) -> ExportLine:
    amount, day = costs.dollars(money.decimal(receipt.cents)), day_year(receipt.spent_on)
    text = f"{amount} · {day} · {receipt.get_decision_display()}"
    return ExportLine(receipt.promise.rule.title, text, files.get(receipt.code, ""))


def _duty(item: ChecklistItem) -> str:
    if item.done_at:
        done = _("done on %(day)s") % {"day": day_year(item.done_at)}
        return f"{done}: {item.text}" if item.text else done
    return _("due %(day)s") % {"day": day_year(item.do_by)}


def _way_to_a_passport(application: Application) -> Iterable[Block]:
    """Includes the sealed answers, because they are the person's own."""
    if case := getattr(application, "passport_case", None):
        yield Block(_("Passport stage and dates"), _passport(case))
    if said := getattr(application, "travel_answers", None):
        known = planning.judged_by(application, case.trip if case else None)
        form = PassportQuestions.of(said.answers, **known)
        lines = [ExportLine(line.label, line.answer) for line in form.lines()]
        lines.append(
            ExportLine(
                _("Who else can read this"), who(said.advisor, me=application.person) if said.advisor else _("no one")
            )
        )
        yield Block(_("What you answered about your passport"), lines)
    if feasible := getattr(application, "feasible_cities", None):
        names = ", ".join(city.name for city in feasible.cities.all())
        yield Block(
            _("Cities you can go to"),
            [ExportLine("", _("All cities") if feasible.is_everywhere else names or _("None."))],
        )


def _passport(case: PassportCase) -> list[ExportLine]:
    return _lines(
        (_("Your route"), case.get_route_display()),
        (_("Stage"), case.get_stage_display()),
        (_("First passport"), _yes_no(case.is_first_passport)),
        (_("You need to order a birth certificate"), _yes_no(case.needs_certificate)),
        (_("Where you apply"), case.facility),
        (_("Appointment"), day_year(case.appointment_on)),
        (_("Documents ready by"), day_year(case.documents_by)),
        (_("Apply by"), day_year(case.apply_by)),
        (_("In hand by"), day_year(case.in_hand_by)),
        (_("Valid until"), day_year(case.expires_on)),
        (_("Last day for your form"), day_year(case.form_until)),
        (_("You reported the lost one"), when(case.reported_at)),
        (_("You signed it"), when(case.signed_at)),
        (_("Empty visa pages"), case.blank_pages),
        (_("Checked by staff"), when(case.checked_at)),
    )


# --- Messages and events ----------------------------------------------------------------------------


def _threads(user: User) -> Iterable[Block]:
    for thread in user.threads.prefetch_related("notes"):
        other = thread.get_addressee_display()
        yield Block(
            when(thread.opened_at),
            [
                ExportLine(f"{_('You') if note.author_id == user.pk else other}, {when(note.written_at)}", note.body)
                for note in thread.notes.all()
            ],
        )


def _messages(user: User) -> Iterable[Block]:
    for message in TABLES["exchange.Message"].rows(user):
        title = f"{when(message.sent_at or message.queued_at)} · {message.get_channel_display()}"
        if not message.sent_at:
            title = f"{title} · {_('not sent')}"
        yield Block(title, [ExportLine(message.subject or message.address, message.body)])


def _record(user: User) -> Block:
    mine = sorted(rows_of(user, "exchange.Event"), key=lambda event: (event.at, event.pk))
    events = [event for event in mine if event.action in ACTS]
    lines = [ExportLine(when(event.at), f"{ACTS[event.action]} · {who(event.by, me=user)}") for event in events]
    return Block(_("Oldest first"), lines)

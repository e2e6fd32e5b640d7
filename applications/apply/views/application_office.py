"""Views of applications for the office and the home college, and of a submitted application for its student."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from applications import permissions
from applications.apply import bulk_acts, results, unplaced_answers
from applications.apply.actions import application as actions
from applications.apply.actions import staff_note
from applications.apply.forms.application_office import (
    COLUMNS,
    ApplicationFilterForm,
    GoOnForm,
    RefuseTimeForm,
    ReopenForm,
    ReturnForm,
    on_the_list,
)
from applications.base import answers, hidden_scores
from applications.base.bulk_acts import acts_on
from applications.base.consents import ASKED_IN, consent_of, signature_of
from applications.base.opening import HAS, What, opened, with_downstream
from applications.base.paging import Halves, Kept, KeysFirst, keys_of
from applications.base.standings import standing_of
from applications.models import Application, Cycle, Recommendation, StaffNote, Statement, Thread, Upload
from applications.models.application import ApplicationQuerySet
from applications.states import Status
from exchange.background.cached_figures import cached_for
from exchange.base import audit, roles
from exchange.models import Event
from exchange.web.shortcuts import me, page_of, require, rule_message
from exchange.web.worklist import SEARCH, SORT, worklist

THREADS_SHOWN = 4
HISTORY = {
    "retention.erase": gettext_lazy("removed, because its time was over or the student asked"),
    "application.start": gettext_lazy("started"),
    "application.start_anonymous": gettext_lazy("started before signing in"),
    "application.discard": gettext_lazy("draft deleted"),
    "application.move_version": gettext_lazy("moved to a newer form"),
    "application.remind": gettext_lazy("reminder scheduled"),
    "application.carry": gettext_lazy("started with earlier answers"),
    "application.submit": gettext_lazy("submitted"),
    "application.return_for_fix": gettext_lazy("returned for a fix"),
    "application.go_on": gettext_lazy("back in the running without the fix"),
    "application.withdraw": gettext_lazy("withdrawn"),
    "application.withdraw_for": gettext_lazy("withdrawn by the office for the student"),
    "application.undo_withdraw_for": gettext_lazy("withdrawal undone by the office"),
    "application.attach": gettext_lazy("merged with a draft started before signing in"),
    "application.ask_for_more_time": gettext_lazy("asked for more time"),
    "application.reopen": gettext_lazy("given more time"),
    "application.refuse_more_time": gettext_lazy("request for more time declined"),
    "application.save_upload": gettext_lazy("file added"),
    "application.keep_upload": gettext_lazy("file checked and accepted"),
    "application.refuse_upload": gettext_lazy("file not accepted"),
    "application.remove_old_uploads": gettext_lazy("files deleted on schedule"),
    "application.remove_upload": gettext_lazy("file removed"),
    "application.open_upload": gettext_lazy("file opened"),
    "application.write_recommendation": gettext_lazy("recommendation letter received"),
    "recommendation.ask": gettext_lazy("recommendation letter requested"),
    "recommendation.replace": gettext_lazy("another recommender named"),
    "recommendation.correct": gettext_lazy("recommender’s details corrected"),
    "recommendation.refuse": gettext_lazy("recommender can’t write the letter"),
    "recommendation.send_again": gettext_lazy("link to the recommender requested again"),
    "recommendation.revoke": gettext_lazy("recommender’s link turned off"),
    "recommendation.remind": gettext_lazy("recommender reminded"),
    "help.offer": gettext_lazy("code shown for a helper"),
    "help.begin": gettext_lazy("helper joined"),
    "help.end": gettext_lazy("help ended"),
    "review.unassign": gettext_lazy("taken from a reader"),
    "review.change_reader": gettext_lazy("another reader drawn"),
    "review.declare_conflict": gettext_lazy("a reader knows the student, so someone else is reading it"),
    "review.undo_conflict": gettext_lazy("given back to the reader, who had tapped by mistake"),
    "review.keep_away": gettext_lazy("a reader kept from reading it"),
    "review.lift_conflict": gettext_lazy("a reader can be drawn again"),
    "review.report_slip": gettext_lazy("a reader reported words that give away who wrote this"),
    "review.settle_slip": gettext_lazy("report of words reviewed"),
    "review.cover_words": gettext_lazy("words covered for readers"),
    "review.uncover_words": gettext_lazy("words uncovered for readers"),
    "records_consent.sign": gettext_lazy("consent for college records signed"),
    "records_consent.withdraw": gettext_lazy("consent for college records withdrawn"),
    "follow_up.sign": gettext_lazy("consent for the studies afterward signed"),
    "follow_up.withdraw": gettext_lazy("consent for the studies afterward withdrawn"),
    "review.endorse": gettext_lazy("home college answered"),
    "interview.invite": gettext_lazy("invited to an interview"),
    "interview.book": gettext_lazy("interview time booked"),
    "interview.settle": gettext_lazy("interview outcome recorded"),
    "interview.call_off": gettext_lazy("interview canceled"),
    "committee.add_note": gettext_lazy("committee note added"),
    "committee.take_back_note": gettext_lazy("committee note removed"),
    "selection.decide": gettext_lazy("committee decided"),
    "selection.undo": gettext_lazy("decision undone"),
    "selection.release": gettext_lazy("result released"),
    "selection.confirm": gettext_lazy("spot confirmed"),
    "selection.decline": gettext_lazy("spot declined"),
    "selection.take_back": gettext_lazy("answer to the offer undone"),
    "staff_note.write": gettext_lazy("note added for the office"),
    "staff_note.edit": gettext_lazy("note for the office edited"),
    "staff_note.take_back": gettext_lazy("note for the office removed"),
    "statement.record": gettext_lazy("recorded what the student told us"),
    "statement.undo": gettext_lazy("undid what was recorded"),
    "statement.object": gettext_lazy("the student says that what we recorded is wrong"),
    "appeal.ask_for": gettext_lazy("recorded that the student asks us to look at the decision again"),
    "appeal.ask": gettext_lazy("asked us to look at the decision again"),
    "appeal.withdraw": gettext_lazy("no longer asks us to look at the decision again"),
    "appeal.answer": gettext_lazy("appeal answered"),
    "appeal.undo": gettext_lazy("answer to the appeal undone"),
    "selection.lapse": gettext_lazy("offer expired"),
    "selection.extend": gettext_lazy("more time to answer"),
    "selection.correct": gettext_lazy("result corrected"),
    "selection.promote": gettext_lazy("spot offered from the waitlist"),
    "selection.ask_for_call": gettext_lazy("call due"),
    "selection.call": gettext_lazy("called"),
    "facility.choose": gettext_lazy("acceptance facility chosen"),
    "passport.open": gettext_lazy("passport dates planned"),
    "passport.call": gettext_lazy("called about the passport"),
    "passport.undo_call": gettext_lazy("record of the call removed"),
    "passport.no_way": gettext_lazy("no passport in time for this city"),
    "passport.judge_again": gettext_lazy("existing passport checked again"),
    "passport_day.wait": gettext_lazy("waitlisted for a passport day"),
    "passport_day.bring": gettext_lazy("passport day documents checked off"),
    "passport_day.remind": gettext_lazy("reminded of a passport day"),
    "passport_day.book": gettext_lazy("passport day booked"),
    "passport_day.cancel": gettext_lazy("passport day canceled"),
    "passport_day.move_up": gettext_lazy("moved up from a passport day waitlist"),
    "passport_day.confirm_ready": gettext_lazy("passport day documents checked"),
    "passport_day.settle": gettext_lazy("passport day result recorded"),
}

# actions whose reason is the portal's text, not a person's
OWN_REASONS = ("review.unassign",)
TOO_MANY = ("application.save_answers", "application.look_at_carried", "recommendation.save_draft")


@require_safe
def application_list(request: HttpRequest) -> HttpResponse:
    """Without anything asked it opens on the cycle at hand; "All" is one of the filter's choices."""
    require(permissions.can_list_applications(request.user))
    if not request.GET and (cycle := Cycle.objects.public().at_hand()):
        return redirect(f"{request.path}?{urlencode({'cycle': cycle.code})}")
    form, rows = on_the_list(request.GET, me(request))
    page = page_of(_in_parts(request, form, rows), request)
    context = {
        "list": worklist(
            request,
            title=_("Applications"),
            columns=COLUMNS,
            form=form,
            page=page,
            acts=acts_on(bulk_acts.APPLICATIONS.key, request),
            has_peek=True,
        ),
        "page_obj": page,
        "covered": hidden_scores.to_read(me(request), page),
        "can_export": permissions.can_export(request.user),
    }
    return render(request, "applications/apply/list.html", context)


def _in_parts(
    request: HttpRequest, form: ApplicationFilterForm, rows: ApplicationQuerySet
) -> KeysFirst | Halves | Kept:
    """`rows` for pages."""
    sort, is_search = form.cleaned_data.get(SORT), bool(form.cleaned_data.get(SEARCH))
    if COLUMNS.is_computed(sort):
        keys = cached_for(request, "applications-sorted", lambda: keys_of(rows))
        return Kept(rows, keys, dress=_with_people)
    if is_search:  # which counts what it finds
        return KeysFirst(rows, dress=_with_people, is_search=True)
    along_index = rows.order_by(*COLUMNS.order(sort))
    if form.is_by_time and not form.cleaned_data.get("status"):
        both = {"count": Count("pk"), "first_count": Count("submitted_at")}
        counts = cached_for(request, "applications-received", lambda: rows.order_by().aggregate(**both))
        received, drafts = (along_index.filter(submitted_at__isnull=is_draft) for is_draft in (False, True))
        return Halves(received, drafts, dress=_with_people, **counts)
    count = cached_for(request, "applications", rows.order_by().count)
    return KeysFirst(along_index, dress=_with_people, count=count)


def _with_people(rows: Any) -> QuerySet[Application]:
    people: QuerySet[Application] = rows.with_people().select_related("endorsement")
    return people


@require_safe
def application_detail(request: HttpRequest, code: str) -> HttpResponse:
    application = _visible(request, code, shows_all=not roles.is_student(request.user))
    if permissions.is_own(request.user, application):
        return _sent(request, application)
    kept, endorsement = answers.kept_of(application), getattr(application, "endorsement", None)
    parts = [
        part.only(lambda question: permissions.can_view_answer(request.user, application, question))
        for part in answers.to_read(application, kept)
    ]
    is_about_college = endorsement or application.status == Status.SUBMITTED
    context = {
        "application": application,
        "phone": str(kept.value_of(answers.PHONE_KEY) or ""),
        "parts": [{"part": part, **_split(part, for_staff=True)} for part in parts if part.items],
        "retired": [
            item
            for item in unplaced_answers.retired(application, kept)
            if permissions.can_view_answer(request.user, application, item.question)
        ],
        "uploads": [upload for upload in kept.uploads if permissions.can_view_upload(request.user, upload)],
        "endorsement": endorsement,
        "consent": signature_of(application) if is_about_college else None,
        "recommendation": _letter(request, application),
        "can_manage_referee": permissions.can_manage_referee(request.user, application),
        "threads": _threads(request, application),
        "notes": _notes(request, application),
        "can_keep_notes": permissions.can_keep_notes(request.user, application),
        "me": me(request),
        "history": _history(request.user, application),
        "can_open_history": permissions.can_open_history(request.user),
        "can_reopen": permissions.can_reopen(request.user, application),
        "can_keep_away": permissions.can_keep_away(request.user, application),
        "can_go_on": permissions.can_go_on(request.user, application),
        "can_return": permissions.can_return(request.user, application),
        "withdrawal": _withdrawal(request, application),
        "can_undo_withdrawal": permissions.can_decide(request.user) and actions.can_undo(application),
    }
    return render(request, "applications/apply/detail.html", context)


def _withdrawal(request: HttpRequest, application: Application) -> Statement | None:
    """What the office recorded, if the application is withdrawn because of it."""
    if application.status != Status.WITHDRAWN:
        return None
    recorded = Statement.objects.visible_to(request.user).in_force().select_related("recorded_by")
    return recorded.filter(application=application, what=Statement.What.WITHDRAW).order_by("-recorded_at").first()


def _letter(request: HttpRequest, application: Application) -> Recommendation | None:
    return (
        getattr(application, "recommendation", None) if permissions.can_view_letter(request.user, application) else None
    )


def _threads(request: HttpRequest, application: Application) -> QuerySet[Thread] | tuple[()]:
    """The newest conversations with the student, about whichever application, that this person may read."""
    if not getattr(application, "has_threads", True):
        return ()
    threads = Thread.objects.visible_to(request.user).filter(student=application.student)
    return threads.with_first_note()[:THREADS_SHOWN]


def _notes(request: HttpRequest, application: Application) -> list[tuple[StaffNote, str]]:
    """Each with its fingerprint."""
    if not getattr(application, "has_notes", True):
        return []
    notes = StaffNote.objects.visible_to(request.user).filter(application=application)
    rows = notes.select_related("author", "edited_by", "task__owner").prefetch_related("versions__by")
    return [(note, staff_note.fingerprint(note)) for note in rows]


def _sent(request: HttpRequest, application: Application) -> HttpResponse:
    if application.is_open_for_editing:
        return redirect("applications:application-overview", code=application.code)
    kept = answers.kept_of(application)
    context = {
        "application": application,
        "consent": consent_of(application),
        "is_asked": application.status in ASKED_IN,
        "parts": [{"part": part, **_split(part)} for part in answers.to_read(application, kept)],
        "retired": unplaced_answers.retired(application, kept),
        "beside": unplaced_answers.beside(application),
        "statements": application.statements.in_force(),
        "refused": application.uploads.filter(state=Upload.State.REFUSED).select_related("question")
        if application.status == Status.SUBMITTED
        else [],
        "can_withdraw": permissions.can_withdraw(request.user, application, standing_of(application)),
        "result": results.result_of(application),
        "recommendation": getattr(application, "recommendation", None),
        # on the page and in no message: a phone is borrowed, a screen is seen
        "withdrawn_for": audit.last("application.withdraw_for", application)
        if application.status == Status.WITHDRAWN
        else None,
    }
    return render(request, "applications/apply/sent.html", context)


def _split(part: answers.Part, *, for_staff: bool = False) -> dict[str, list[Any]]:
    """Short answers as rows of a list, and essays."""
    name = "label_for_staff" if for_staff else "label"
    return {
        "rows": [
            {"label": getattr(item.question, name), "value": item.text, "key": item.key}
            for item in part.items
            if not item.is_essay
        ],
        "essays": [item for item in part.items if item.is_essay],
    }


def _history(user: roles.Person, application: Application) -> list[dict[str, object]]:
    if not permissions.can_open_history(user):
        return []
    events = Event.objects.filter(target_model="applications.application", target_id=application.pk)
    # without the many events of saved pages
    events = events.exclude(action__in=(*TOO_MANY, *audit.PRIVATE)).select_related("by")[:50]
    return [
        {
            "event": event,
            "label": HISTORY.get(event.action, event.action),
            "reason": "" if event.action in OWN_REASONS else event.reason,
        }
        for event in events
    ]


@require_http_methods(["GET", "POST"])
def application_return(request: HttpRequest, code: str) -> HttpResponse:
    application = _visible(request, code)
    require(roles.is_coordinator(request.user) and not permissions.is_own(request.user, application))
    form = ReturnForm(application, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("Returned. The student will get a message with your note.")):
            actions.return_for_fix(application, by=me(request), **form.cleaned_data)
        return redirect(application)
    return render(request, "applications/apply/return.html", {"application": application, "form": form})


@require_http_methods(["GET", "POST"])
def application_go_on(request: HttpRequest, code: str) -> HttpResponse:
    """Continue with the application as it was submitted, without the fix."""
    application = _visible(request, code)
    require(roles.is_coordinator(request.user) and not permissions.is_own(request.user, application))
    form = GoOnForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("Back in the running. The student will get a message.")):
            actions.go_on(application, by=me(request), **form.cleaned_data)
        return redirect(application)
    if not permissions.can_go_on(request.user, application):
        return redirect(application)
    return render(request, "applications/apply/go_on.html", {"application": application, "form": form})


@require_http_methods(["GET", "POST"])
def application_reopen(request: HttpRequest, code: str) -> HttpResponse:
    """Give more time to a draft that was not submitted by the deadline."""
    application = _visible(request, code)
    require(roles.is_coordinator(request.user) and not permissions.is_own(request.user, application))
    if not permissions.can_reopen(request.user, application):
        return redirect(application)
    form = ReopenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("Open again. The student will get a message.")):
            actions.reopen(application, by=me(request), **form.cleaned_data)
            return redirect(application)
    return render(request, "applications/apply/reopen.html", {"application": application, "form": form})


@require_http_methods(["GET", "POST"])
def application_refuse_time(request: HttpRequest, code: str) -> HttpResponse:
    """Refuse a student's request for more time, with an answer that they read."""
    application = _visible(request, code)
    require(roles.is_coordinator(request.user) and not permissions.is_own(request.user, application))
    if not (permissions.can_reopen(request.user, application) and application.more_time_asked_at):
        return redirect(application)
    form = RefuseTimeForm(application, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("Recorded. The student will get a message, and can read your answer here.")):
            actions.refuse_more_time(application, by=me(request), **form.cleaned_data)
        return redirect(application)
    return render(request, "applications/apply/refuse_time.html", {"application": application, "form": form})


def _visible(request: HttpRequest, code: str, *, shows_all: bool = False) -> Application:
    """`shows_all`: with what the page of staff shows besides, in the same query."""
    rows = Application.objects.visible_to(request.user).with_people()
    rows = rows.select_related("form", "recommendation", "endorsement__endorsed_by")
    if shows_all:
        rows = with_downstream(rows.annotate(**HAS))
    return opened(request, get_object_or_404(rows, code=code), What.APPLICATION)

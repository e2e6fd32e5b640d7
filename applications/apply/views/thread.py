"""Views of questions: asked by students, answered by advisors or the office."""

import re
from collections.abc import Iterable
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.apply.actions import incoming
from applications.apply.actions import thread as actions
from applications.apply.actions.incoming import Attached
from applications.apply.forms.help import (
    THREADS,
    AnswerForm,
    BeginForm,
    NewThreadForm,
    ThreadFilterForm,
    ThreadNoteForm,
    first_line,
)
from applications.base.forms import write_in
from applications.base.opening import What, opened
from applications.base.searching import found_by
from applications.models import Application, Note, Thread
from applications.models.help import ThreadQuerySet
from exchange.base.access import Opening
from exchange.models import User
from exchange.people.searching import people_called
from exchange.web.access import opens
from exchange.web.edited import refusal_in
from exchange.web.list_files import asked_file
from exchange.web.shortcuts import me, page_of, require, rule_message
from exchange.web.worklist import FILE_ROWS, worklist

Addressee = Thread.Addressee
SHOWN = re.compile(r"[0-9]{1,6}")  # how many notes a page had shown


@require_safe
def thread_list(request: HttpRequest) -> HttpResponse:
    """A student's own questions; for staff, those that wait for an answer, the oldest first."""
    require(permissions.can_list_threads(request.user))
    if not permissions.can_help(request.user):
        own = Thread.objects.visible_to(request.user).with_first_note()
        return render(request, "applications/apply/thread_own.html", {"page_obj": page_of(own, request)})
    form = ThreadFilterForm(request.GET)
    page = page_of(_listed(form, me(request)), request)
    about = [thread.application_id for thread in page]
    context = {
        "list": worklist(request, title=_("Questions"), columns=THREADS, form=form, page=page, has_peek=True),
        "page_obj": page,
        "peeks": dict(
            Application.objects.visible_to(request.user)
            .filter(pk__in=about)
            .exclude(student=me(request))
            .values_list("pk", "code")
        ),
        "owed": Thread.objects.visible_to(request.user).addressed_to(request.user).waiting().count(),
        "shows_all": form.shows_all and not form.chosen("q"),
        "only_waiting": urlencode({**request.GET.dict(), "show": "waiting"}) if form.searches_all else "",
    }
    return render(request, "applications/apply/thread_list.html", context)


def _listed(form: ThreadFilterForm, user: User) -> ThreadQuerySet:
    """What the list of staff has with these filters, in its order."""
    rows = Thread.objects.visible_to(user).exclude(student=user)
    match form.chosen("to"):
        case "me":
            rows = rows.addressed_to(user)
        case Addressee.ADVISOR | Addressee.OFFICE as to:
            rows = rows.filter(addressee=to)
    if typed := form.chosen("q"):
        about = Application.objects.visible_to(user).filter(found_by(typed, user)).order_by()
        of_theirs = Q(application__in=about.values("pk")) | Q(student__in=about.values("student"))
        rows = rows.filter(of_theirs | Q(student__in=people_called(typed).values("pk")))
    if not form.shows_all:
        rows = rows.waiting().order_by("waiting_since", "pk")
    rows = THREADS.sorted(rows, form.chosen("sort"))
    return rows.with_first_note().select_related("student", "college")


@require_POST
def thread_file(request: HttpRequest) -> HttpResponseBase:
    """What the list has, as a file. `query`: its address; `format`: csv or xlsx."""
    require(permissions.can_help(request.user))
    asked = asked_file(request, reverse("applications:thread-list"))
    if isinstance(asked, HttpResponse):
        return asked
    found = list(_listed(ThreadFilterForm(asked.query), me(request))[:FILE_ROWS])
    actions.record_download(found, query=asked.recorded, by=me(request))
    return THREADS.file(found, asked.form, name=_("questions"))


@require_http_methods(["GET", "POST"])
def thread_new(request: HttpRequest) -> HttpResponse:
    require(permissions.can_ask(request.user))
    application = _about_which(request)
    college = application.college if application else None
    begun = first_line(request.GET.get("cycle", ""), request.GET.get("about", ""))
    form = NewThreadForm(request.POST or None, knows_college=bool(college), initial={"body": begun})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        with refusal_in(form):
            thread = actions.ask(
                said["body"],
                addressee=said["addressee"],
                college=college or said.get("college"),
                application=application,
                by=me(request),
            )
            if said["addressee"] != thread.addressee:
                messages.success(
                    request,
                    _("We sent it to the exchange team, because your college doesn’t have an advisor here yet."),
                )
            else:
                messages.success(request, _("Sent. We’ll write to you when there’s an answer."))
            return redirect(thread)
    return render(request, "applications/apply/thread_new.html", {"form": form, "college": college})


def _about_which(request: HttpRequest) -> Application | None:
    """The application in the cycle that the query string names, else the newest."""
    mine = Application.objects.visible_to(request.user).filter(student=me(request)).select_related("college")
    named = mine.filter(cycle__code=request.GET.get("cycle", "")).first()
    return named or mine.order_by("-created_at", "-pk").first()


@require_http_methods(["GET", "POST"])
def thread_begin(request: HttpRequest, code: str) -> HttpResponse:
    """Staff write to a student first."""
    application = get_object_or_404(Application.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_contact(request.user, application))
    opened(request, application, What.QUESTIONS)
    form = BeginForm(request.POST or None)
    write_in(form.fields["body"], application.person.language)
    if request.method == "POST" and form.is_valid():
        thread = actions.begin(application, form.cleaned_data["body"], by=me(request))
        messages.success(request, _("Sent. The student will get a message with a link to it."))
        return redirect(thread)
    context = {"application": application, "student": application.student, "form": form}
    return render(request, "applications/apply/thread_begin.html", context)


@require_http_methods(["GET", "POST"])
def thread_detail(request: HttpRequest, code: str) -> HttpResponse:
    thread = _visible(request, code)
    is_asker = permissions.is_asker(request.user, thread)
    form_class = ThreadNoteForm if is_asker else AnswerForm
    form = form_class(request.POST or None)
    if not is_asker:
        write_in(form.fields["body"], thread.student.language)
    if request.method == "POST":
        require(is_asker or permissions.can_answer(request.user, thread))
        if form.is_valid():
            seen = request.POST.get("seen", "")
            with refusal_in(form):
                actions.write(
                    thread, form.cleaned_data["body"], by=me(request), seen=int(seen) if SHOWN.fullmatch(seen) else None
                )
                return _written(request, thread, is_asker=is_asker)
    notes = list(thread.notes.select_related("author"))
    attached = {} if is_asker else incoming.attached_to(thread)
    begun_by_staff = notes[0].author_id != thread.student_id
    context = {
        "thread": thread,
        "title": _title(begun_by_staff=begun_by_staff, is_asker=is_asker),
        "begun_by_staff": begun_by_staff,
        "notes": [_note(each, thread, me(request), attached.get(each.pk)) for each in notes],
        "attached": _texts(attached.values(), thread) if permissions.can_pass_on(request.user, thread) else [],
        "form": form,
        "is_asker": is_asker,
        "can_pass_on": permissions.can_pass_on(request.user, thread) and thread.college is not None,
        "other": Addressee.OFFICE if thread.addressee == Addressee.ADVISOR else Addressee.ADVISOR,
    }
    return render(request, "applications/apply/thread_detail.html", context)


def _written(request: HttpRequest, thread: Thread, *, is_asker: bool) -> HttpResponse:
    messages.success(request, _("Sent.") if is_asker else _("Sent. The student will get a message with a link to it."))
    thread.refresh_from_db(fields=["waiting_since"])
    if thread.is_waiting and not is_asker:
        messages.warning(request, _("The student has written more since then. That needs an answer, too."))
    return redirect(thread)


def _title(*, begun_by_staff: bool, is_asker: bool) -> str:
    if begun_by_staff:
        return _("A message to you") if is_asker else _("Your message to a student")
    return _("Your question") if is_asker else _("A student’s question")


def _texts(attached: Iterable[Attached], thread: Thread) -> list[dict[str, object]]:
    """Texts from unknown numbers in this thread, for the office: whether each can be taken back, and whose number."""
    phone = thread.student.phone.as_e164 if thread.student.phone else ""
    found = [(each, each.text) for each in attached if each.text]
    rows = [{"text": text, "can_undo": each.can_undo, "is_new": text.number != phone} for each, text in found]
    return [row for row in rows if row["can_undo"] or row["is_new"]]


def _note(note: Note, thread: Thread, reader: User, attached: Attached | None) -> dict[str, object]:
    is_mine = note.author_id == reader.pk
    return {
        "body": note.body,
        "at": note.written_at,
        "by_text": note.by_text,
        "attached": attached,
        "is_mine": is_mine,
        "who": _you(thread, reader) if is_mine else str(note.author),
    }


def _you(thread: Thread, reader: User) -> str:
    return pgettext("to a student", "You") if reader.pk == thread.student_id else pgettext("to staff", "You")


@require_POST
def thread_pass(request: HttpRequest, code: str) -> HttpResponse:
    thread = _visible(request, code)
    require(permissions.can_pass_on(request.user, thread))
    to = request.POST.get("to", "")
    if to in Addressee:
        passed = {
            Addressee.ADVISOR: _("Passed to the advisor."),
            Addressee.OFFICE: _("The office will answer this one."),
        }
        with rule_message(request, passed[Addressee(to)]):
            actions.pass_on(thread, to=to, by=me(request))
    return redirect(thread)


def _visible(request: HttpRequest, code: str) -> Thread:
    rows = Thread.objects.visible_to(request.user).select_related(
        "student", "college", "application__cycle", "application__student"
    )
    thread = get_object_or_404(rows, code=code)
    about = thread.application.code if thread.application else ""
    opens(request, Opening(thread.student_id, about, thread.college_id, What.QUESTIONS))
    return thread

"""Own students are endorsed, candidates of other colleges are read and scored, and the office assigns readers."""

from django.contrib import messages
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import answers, conditions, permissions, reading
from applications.actions import review
from applications.forms.review import EndorsementFilterForm, EndorsementForm, ReviewFilterForm, ReviewForm
from applications.masking import Mark, paragraphs
from applications.models import Application, Assignment, Cycle, Endorsement
from applications.paging import Halves
from applications.states import Status
from exchange import roles
from exchange.models import User
from exchange.web import page_of, query_without_page, require, rule_message

ENDORSEMENT_TONES = {
    Endorsement.Result.ENDORSED: "good",
    Endorsement.Result.NOT_ENDORSED: "stop",
    Endorsement.Result.ASK_THE_OFFICE: "wait",
}
MARK_LABELS = {
    Mark.NAME: gettext_lazy("name"),
    Mark.COLLEGE: gettext_lazy("college"),
    Mark.EMAIL: gettext_lazy("email"),
    Mark.PHONE: gettext_lazy("phone"),
    Mark.LINK: gettext_lazy("link"),
    Mark.DATE: gettext_lazy("date"),
}
OWED = Q(status=Status.SUBMITTED, endorsement__isnull=True)

# --- Endorsements -----------------------------------------------------------------------------------


@require_safe
def endorsement_list(request) -> HttpResponse:
    require(permissions.can_open_endorsements(request.user))
    form = EndorsementFilterForm(request.GET or None, cycles=Cycle.objects.public())
    chosen = form.cleaned_data if form.is_valid() else {}
    answered_for = Application.objects.answered_for_by(request.user)
    if chosen.get("cycle"):
        answered_for = answered_for.filter(cycle=chosen["cycle"])
    done = ~OWED if not chosen.get("owed") else Q(endorsement__isnull=False)
    counts = answered_for.aggregate(
        owed=Count("pk", filter=OWED), done=Count("pk", filter=Q(endorsement__isnull=False)), all=Count("pk")
    )
    owed_rows, done_rows = (answered_for.filter(each).order_by("submitted_at", "pk") for each in (OWED, done))
    listed = {
        "": Halves(owed_rows, done_rows, dress=_with_endorsement, count=counts["all"]),
        "yes": Halves(owed_rows, done_rows.none(), dress=_with_endorsement, count=counts["owed"]),
        "no": Halves(done_rows, owed_rows.none(), dress=_with_endorsement, count=counts["done"]),
    }
    rows = listed[chosen.get("owed", "")]
    context = {
        "page_obj": page_of(rows, request),
        "counts": counts,
        "form": form,
        "query": query_without_page(request),
        "tones": ENDORSEMENT_TONES,
        "shows_college": roles.is_coordinator(request.user) or len(roles.advisor_college_ids(request.user)) > 1,
    }
    return render(request, "applications/review/endorsement_list.html", context)


def _with_endorsement(applications: QuerySet[Application]) -> QuerySet[Application]:
    return applications.select_related("student", "college", "cycle", "endorsement")


@require_http_methods(["GET", "POST"])
def endorsement_record(request, code: str) -> HttpResponse:
    visible = Application.objects.answered_for_by(request.user)
    application = get_object_or_404(visible.with_people().select_related("form", "endorsement"), code=code)
    may_endorse = permissions.can_endorse(request.user, application)
    form = EndorsementForm.for_application(application, request.POST or None)
    if request.method == "POST":
        require(may_endorse)
        if form.is_valid():
            with rule_message(request, success=_("Saved. The office sees it now.")):
                review.endorse(application, by=request.user, **form.cleaned_data)
            return redirect("applications:endorsement-list")
    parts = [
        part.only(lambda question: permissions.can_view_answer(request.user, application, question))
        for part in answers.parts_of(application)
    ]
    values = {key: item.value for key, item in answers.by_key(parts).items()}
    endorsement = getattr(application, "endorsement", None)
    context = {
        "application": application,
        "endorsement": endorsement,
        "endorsement_tone": endorsement and ENDORSEMENT_TONES[endorsement.result],
        "form": form if may_endorse and application.status == Status.SUBMITTED else None,
        "conditions": conditions.judge(application.cycle, values),
        "facts": [
            {"label": item.question.label, "value": item.text}
            for part in parts
            if part.key != answers.REFEREE_SECTION
            for item in part.items
            if item.text and not item.is_essay
        ],
    }
    return render(request, "applications/review/endorsement_record.html", context)


# --- Reading ----------------------------------------------------------------------------------------


@require_POST
def assignment_draw(request, code: str) -> HttpResponse:
    require(permissions.can_assign_readers(request.user))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    with rule_message(request):
        added = len(review.assign_readers(cycle, by=request.user).added)
        messages.success(request, _assigned(added))
    return redirect("applications:review-list")


def _assigned(added: int) -> str:
    if not added:
        return _("Every submitted application has its readers already.")
    return ngettext(
        "%(count)s reading was assigned, and the reader was told.",
        "%(count)s readings were assigned, and each reader was told.",
        added,
    ) % {"count": added}


@require_safe
def review_list(request) -> HttpResponse:
    """A reader's stack; for the office, how the reading goes."""
    if permissions.can_assign_readers(request.user):
        return _reading_progress(request)
    stack = reading.stack_of(request.user)
    require(roles.is_advisor(request.user) or stack.exists())
    form = ReviewFilterForm(request.GET or None)
    show = form.cleaned_data["show"] if form.is_valid() else ""
    progress = reading.progress_of(request.user)
    unread, locked = stack.unread(), stack.filter(review__locked_at__isnull=False)
    stacks = {
        "": Halves(unread, locked, dress=_with_candidate, count=progress.total),
        "unread": Halves(unread, stack.none(), dress=_with_candidate, count=progress.left),
        "locked": Halves(locked, stack.none(), dress=_with_candidate, count=progress.done),
    }
    page = page_of(stacks[show], request)
    starts_the_stack = page.number == 1 and show != "locked" and progress.left
    context = {
        "page_obj": page,
        "progress": progress,
        "next": page[0] if starts_the_stack else reading.next_unread(request.user),
        "form": form,
        "query": query_without_page(request),
    }
    return render(request, "applications/review/review_list.html", context)


def _with_candidate(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    return assignments.select_related("application", "review")


def _reading_progress(request) -> HttpResponse:
    cycle = Cycle.objects.running().first()
    locked, unlocked = (Q(review__locked_at__isnull=each) for each in (False, True))
    by_reader = (
        Assignment.objects.visible_to(request.user)
        .filter(application__cycle=cycle)
        .order_by()
        .values("reader")
        .annotate(
            locked=Count("pk", filter=locked),
            owed=Count("pk", filter=unlocked & Q(application__status=Status.SUBMITTED)),
            last_locked_at=Max("review__locked_at"),
        )
        .order_by("-owed", "reader")
    )
    page = page_of(list(by_reader), request)
    people = User.objects.prefetch_related("roles__college").in_bulk([row["reader"] for row in page])
    context = {
        "cycle": cycle,
        "page_obj": page,
        "readers": [row | {"person": people[row["reader"]], "total": row["locked"] + row["owed"]} for row in page],
        "lacking": review.lacking_readers(cycle).count() if cycle else 0,
    }
    return render(request, "applications/review/reading_progress.html", context)


@require_http_methods(["GET", "POST"])
def review_record(request, code: str) -> HttpResponse:
    """The reader's desk. Locking serves the next candidate; an incomplete reading is kept as a draft."""
    visible = Assignment.objects.visible_to(request.user).select_related(
        "application__cycle", "application__student", "application__form", "review"
    )
    assignment = get_object_or_404(visible, code=code)
    may_score = permissions.can_score(request.user, assignment)
    locking = request.POST.get("act") == "lock"
    form = ReviewForm(request.POST or None, assignment=assignment, locking=locking)
    if request.method == "POST":
        require(may_score)
        if response := _keep_reading(request, assignment, form, locking):
            return response
    application = assignment.application
    shown = _masked_answers(application)
    context = {
        "assignment": assignment,
        "application": application,
        "answers": shown,
        "tabs": [{"label": answer["tab"], "href": f"#{answer['id']}"} for answer in shown],
        "form": form,
        "can_write": may_score and not assignment.is_locked and application.status == Status.SUBMITTED,
        "shows_scores": may_score or assignment.is_locked,
        "progress": reading.progress_of(request.user) if may_score else None,
    }
    return render(request, "applications/review/review_record.html", context)


def _keep_reading(request, assignment: Assignment, form: ReviewForm, locking: bool) -> HttpResponse | None:
    """Save or lock; None where the page has to be shown again with what was typed."""
    if not form.is_valid():
        if form.only_lacks_points:
            with rule_message(request):
                assignment.review = review.save_review(assignment, by=request.user, **form.reading())
        return None
    act = review.lock_review if locking else review.save_review
    with rule_message(request):
        act(assignment, by=request.user, **form.reading())
        if locking:
            messages.success(
                request, _("Locked: candidate %(label)s.") % {"label": assignment.application.candidate_label}
            )
            coming = reading.next_unread(request.user)
            return redirect(coming or "applications:review-list")
    return redirect(assignment)


def _masked_answers(application: Application) -> list[dict]:
    """Each answer that readers may read, with what could tell who wrote it covered."""
    hidden = reading.hidden_in(application)
    return [
        {
            "id": f"answer-{item.key}",
            "tab": part.section.title,
            "question": item.question.label,
            "paragraphs": [
                [(piece.text, MARK_LABELS[piece.mark] if piece.mark else "") for piece in paragraph]
                for paragraph in paragraphs(item.text, hidden)
            ],
            "meta": _written(item, application) if item.is_essay else "",
        }
        for part, item in reading.readable_items(application)
    ]


def _written(item: answers.Item, application: Application) -> str:
    values = {
        "count": item.word_count,
        "limit": item.question.words_max,
        "language": application.get_answer_language_display(),
    }
    if item.question.words_max:
        return _("%(count)s of %(limit)s words · written in %(language)s") % values
    return _("%(count)s words · written in %(language)s") % values

"""Candidates of other colleges are read and scored."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from applications import answers, permissions, reading
from applications.actions import review
from applications.forms.review import ReviewFilterForm, ReviewForm
from applications.masking import Mark, paragraphs
from applications.models import Application, Assignment
from applications.paging import Halves
from applications.states import Status
from applications.views import assigning
from exchange import roles
from exchange.web import page_of, query_without_page, require, rule_message

MARK_LABELS = {
    Mark.NAME: gettext_lazy("name"),
    Mark.COLLEGE: gettext_lazy("college"),
    Mark.EMAIL: gettext_lazy("email"),
    Mark.PHONE: gettext_lazy("phone"),
    Mark.LINK: gettext_lazy("link"),
    Mark.DATE: gettext_lazy("date"),
}
# --- Reading ----------------------------------------------------------------------------------------


@require_safe
def review_list(request) -> HttpResponse:
    """A reader's stack; for the office, how the reading goes."""
    if permissions.can_assign_readers(request.user):
        return assigning.reading_progress(request)
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

"""Pages on which readers read and score candidates of other colleges."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.base import due_days
from applications.base.opening import What, opened
from applications.base.paging import Halves
from applications.models import Application, Assignment, MaskingReport, NormingFile
from applications.reading import norming, reader_stack, readers, reading_page, talk
from applications.reading.actions import masking, review
from applications.reading.actions import talk as talk_actions
from applications.reading.forms.masking import SlipForm
from applications.reading.forms.norming import RemarkForm
from applications.reading.forms.review import ReviewFilterForm, ReviewForm, Sent, Unreadable, read_fields
from applications.reading.just_locked import just_locked, remember
from applications.reading.views import assigning
from applications.states import Status
from exchange.base import access, roles
from exchange.base.errors import RuleViolation
from exchange.models import User
from exchange.templatetags.ui import clock, full_day, the_time
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message, too_much_text

LATER = "reviews_put_off"  # session key: the codes of readings that were put off, the longest waiting first
LATER_MOST = 200
SHOWN = ("application__student", "application__form")  # needed to show the page, not to save a reading


@require_safe
def review_list(request: HttpRequest) -> HttpResponse:
    """A reader's stack; for the office, the progress of the reading."""
    if permissions.can_assign_readers(me(request)):
        return assigning.reading_progress(request)
    stack = reader_stack.stack_of(me(request))
    is_reader = roles.is_advisor(me(request)) or readers.people_who_read().filter(pk=me(request).pk).exists()
    require(is_reader or stack.exists())
    form = ReviewFilterForm(request.GET or None)
    show = form.cleaned_data["show"] if form.is_valid() else ""
    progress = reader_stack.progress_of(me(request))
    unread, locked = reader_stack.to_read(me(request)), stack.filter(review__locked_at__isnull=False)
    stacks = {
        "": Halves(unread, locked, dress=_with_candidate, count=progress.total, first_count=progress.left),
        "unread": Halves(unread, stack.none(), dress=_with_candidate, count=progress.left),
        "locked": Halves(locked, stack.none(), dress=_with_candidate, count=progress.done),
    }
    page, later = page_of(stacks[show], request), _put_off(request)
    sample_sets = norming.left_for(me(request))
    coming = None  # the next reading, offered on the first page only
    if page.number == 1 and progress.left:
        coming = page[0] if show != "locked" and not later else reader_stack.next_unread(me(request), later)
    context = {
        "page_obj": page,
        "progress": progress,
        "sample_sets": sample_sets,
        "next": None if _waits_for_samples(coming, sample_sets) else coming,
        "form": form,
        "query": query_without_page(request),
        "is_reader": is_reader,
        "just_locked": just_locked(request),
        "today": timezone.localdate(),
    }
    return render(request, "applications/reading/review_list.html", context)


def _waits_for_samples(coming: Assignment | None, sample_sets: list[norming.Left]) -> bool:
    if coming is None or coming.is_started:
        return False
    return any(each.cycle.pk == coming.application.cycle_id for each in sample_sets)


def _with_candidate(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    return assignments.select_related("application__cycle", "review")


@require_http_methods(["GET", "POST"])
def review_record(request: HttpRequest, code: str) -> HttpResponse:
    """The reading page. Locking redirects to the next candidate; an incomplete reading can be saved."""
    assignment = _assignment_of(request, code, *(() if request.method == "POST" else SHOWN))
    may_score = permissions.can_score(me(request), assignment)
    act = request.POST.get("act", "save")
    is_opening = request.method == "GET" and may_score and not assignment.is_started
    samples = _samples(request, assignment) if is_opening else None
    if is_opening and (owed := norming.owed_before(assignment, samples)) and owed.next:
        return _to_samples(request, owed.next)
    # a POST without any field is a form without answers, not a page that was opened
    form = ReviewForm(request.POST if request.method == "POST" else None, assignment=assignment, locking=act == "lock")
    if request.method == "POST":
        require(may_score)
        if response := _keep_reading(request, assignment, form, act):
            return response
        assignment = _assignment_of(request, code, *SHOWN)  # as stored, without the refused changes
    return _page(request, assignment, form, samples=samples)


def _page(
    request: HttpRequest,
    assignment: Assignment,
    form: ReviewForm,
    *,
    samples: list[norming.Left] | None = None,
    remark: RemarkForm | None = None,
) -> HttpResponse:
    may_score, application = permissions.can_score(me(request), assignment), assignment.application
    shown = reading_page.masked_answers(application)
    can_write = may_score and not assignment.is_locked and application.status == Status.SUBMITTED
    context = {
        "assignment": assignment,
        "application": application,
        "answers": shown,
        "tabs": [{"label": answer["tab"], "href": f"#{answer['id']}"} for answer in shown],
        "form": form,
        "covered": _covered(request, assignment) if can_write else None,
        "slip": SlipForm(request.POST or None, questions=_questions(shown)) if can_write else None,
        "can_write": can_write,
        "due": due_days.reading(application.cycle.readings_due_on) if can_write else "",
        "rubric_changes": reading_page.rubric_changes(assignment, form.criteria) if can_write else None,
        "saved": _saved(assignment.review.saved_at) if assignment.is_started else "",
        "shows_scores": may_score or (assignment.is_locked and not _has_to_score(me(request), application)),
        "progress": reader_stack.progress_of(me(request)) if may_score else None,
        "sample_sets": (_samples(request, assignment) if samples is None else samples) if can_write else [],
        "just_locked": just_locked(request),
        "talk": talk.talk_of(me(request), assignment),
        "remark_form": remark or RemarkForm(),
    }
    return render(request, "applications/reading/review_record.html", context)


def _to_samples(request: HttpRequest, sample: NormingFile) -> HttpResponse:
    text = _("Start with the samples. Every reader scores these before the first real application.")
    messages.info(request, text)
    return redirect(sample)


def _covered(request: HttpRequest, assignment: Assignment) -> QuerySet[MaskingReport] | None:
    """The words that the person has covered here; no query where that is known to be none."""
    reports = assignment.application.masking_reports.open().filter(reported_by=me(request))
    return reports if getattr(assignment, "has_covered", True) else None


def _samples(request: HttpRequest, assignment: Assignment) -> list[norming.Left]:
    """What the person has left to score of samples; no query where that is known to be nothing."""
    return norming.left_for(me(request)) if getattr(assignment, "has_samples", True) else []


def _has_to_score(user: User, application: Application) -> bool:
    """Whether the person still has a reading of this application to lock, such as office staff who interview the
    student. Until then they see nobody's scores."""
    return Assignment.objects.still_scored_by(user).filter(application=application).exists()


def _questions(shown: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(answer["key"], answer["question"]) for answer in shown]


def _assignment_of(request: HttpRequest, code: str, *also: str) -> Assignment:
    visible = Assignment.objects.visible_to(me(request)).select_related("application__cycle", "review", *also)
    if also:  # the page itself: what few have is read only if it's there
        visible = visible.annotate(has_covered=reading_page.HAS_COVERED, has_samples=norming.MAY_BE_LEFT)
    file = {"student": "application__student", "about": "application__code"}
    is_recorded = access.recorded_today(by=me(request), what=What.READING, **file)
    assignment = get_object_or_404(visible.annotate(is_recorded=is_recorded), code=code)
    if not getattr(assignment, "is_recorded", False):
        opened(request, assignment.application, What.READING)
    return assignment


def _keep_reading(request: HttpRequest, assignment: Assignment, form: ReviewForm, act: str) -> HttpResponse | None:
    """Save or lock the reading and redirect; None if the page must be shown again with what was typed."""
    if not form.is_valid():
        if form.only_lacks_points:
            with rule_message(request):
                review.save_review(assignment, by=me(request), **form.reading())
        return None
    keep = review.lock_review if act == "lock" else review.save_review
    try:
        if act == "lock" or not form.is_blank:
            keep(assignment, by=me(request), **form.reading())
    except review.LostEdit as lost:
        form.show_stored(lost.stored)
        messages.error(request, lost.message)
        return None
    except RuleViolation as violation:
        messages.error(request, violation.message)
        if violation.code == "samples_first":  # published since the page was opened; keep what was typed on the page
            return None
        if violation.code in review.NOT_LOCKED_YET:
            with rule_message(request):
                review.save_review(assignment, by=me(request), **form.reading())
        return redirect(assignment)
    if act == "lock":
        remember(request, assignment)
        if just_locked(request) is None:  # otherwise the next page says so, with the undo
            label = assignment.candidate_label
            messages.success(request, _("You locked your scores for candidate %(label)s.") % {"label": label})
        return redirect(reader_stack.next_unread(me(request), _put_off(request)) or "applications:review-list")
    if act == "later":
        return _put_off_and_go_on(request, assignment)
    return _report_slip(request, assignment, asked=act == "report")


def _report_slip(request: HttpRequest, assignment: Assignment, *, asked: bool) -> HttpResponse | None:
    """Report words that tell who the student is, if any were typed; None if they cannot be covered and the page must
    be shown again."""
    if not asked and not request.POST.get("slip-words", "").strip():
        return redirect(assignment)
    slip = SlipForm(request.POST, questions=_questions(reading_page.masked_answers(assignment.application)))
    if not slip.is_valid():
        messages.error(request, str(next(iter(slip.errors.values()))[0]))
        return None
    try:
        masking.report_slip(assignment, by=me(request), **slip.cleaned_data)
    except RuleViolation as violation:
        messages.error(request, violation.message)
        return None
    messages.success(request, _("Covered for everyone who reads this. Thank you: the office will check it."))
    return redirect(assignment)


@require_POST
def review_uncover(request: HttpRequest, code: str) -> HttpResponse:
    """A reader's undo of words that they covered, while the office has not looked at them."""
    own = MaskingReport.objects.filter(reported_by=me(request)).select_related("application")
    report = get_object_or_404(own, code=code)
    visible = Assignment.objects.visible_to(me(request)).filter(application=report.application_id, reader=me(request))
    assignment = get_object_or_404(visible)
    if masking.take_back_slip(report, by=me(request)):
        messages.success(request, _("“%(words)s” shows again.") % {"words": report.words})
    else:
        messages.info(request, _("The office has already checked these words, so they stay as they are."))
    return redirect(assignment)


@require_POST
def review_say(request: HttpRequest, code: str) -> HttpResponse:
    """A reader writes to the other readers of the application. What is refused is shown again, with why."""
    assignment = _assignment_of(request, code)
    require(permissions.can_score(me(request), assignment))
    form = RemarkForm(request.POST)
    if form.is_valid():
        try:
            talk_actions.say(assignment, text=form.cleaned_data["text"], by=me(request))
            return redirect(f"{assignment.get_absolute_url()}#talk")
        except RuleViolation as violation:
            form.add_error("text", violation.message)
    assignment = _assignment_of(request, code, *SHOWN)
    return _page(request, assignment, ReviewForm(assignment=assignment), remark=form)


@require_POST
def review_unlock(request: HttpRequest, code: str) -> HttpResponse:
    """Undoes a lock within the minute after it, and opens the reading again."""
    assignment = _assignment_of(request, code)
    require(permissions.can_score(me(request), assignment))
    with rule_message(request, success=_("Unlocked. Your scores are as you left them.")):
        review.unlock_review(assignment, by=me(request))
    return redirect(assignment.application.interview if assignment.is_interview else assignment)


def _put_off_and_go_on(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    """Put the reading at the end of the reader's stack, and redirect to the next one."""
    later = [*(each for each in _put_off(request) if each != assignment.code), assignment.code]
    request.session[LATER] = later[-LATER_MOST:]
    coming = reader_stack.next_unread(me(request), later)
    if coming == assignment:
        messages.info(request, _("This is your last candidate."))
    return redirect(coming or "applications:review-list")


def _put_off(request: HttpRequest) -> list[str]:
    codes: list[str] = request.session.get(LATER, [])
    return codes


@login_not_required
@sensitive_post_parameters()
@require_POST
def review_save(request: HttpRequest, code: str) -> HttpResponse:
    """Saves single fields sent as JSON; the response has the result and the stored value of each. See `forms.review`.

    Open to strangers, so that a session that has ended gets JSON, not a redirect.
    """
    user = request.user
    if not user.is_authenticated:
        told = _("Sign in to continue. What you wrote is saved on this device.")
        return _no("sign_in", told, 401, href=reverse("account_login"))
    visible = Assignment.objects.visible_to(user).select_related("application")
    assignment = get_object_or_404(visible, code=code)
    require(permissions.can_score(user, assignment))
    try:
        sent, opened_at = read_fields(request.body)
    except RequestDataTooBig:
        return _no("too_large", too_much_text(), 413)
    except Unreadable:
        return _no(
            "unreadable", _("We couldn’t read this. Reload the page. What you wrote is saved on this device."), 400
        )
    if not sent:  # the page asks only whether we can be reached
        return JsonResponse({"saved": "", "results": []})
    changes = [each.change for each in sent if not each.problem]
    try:
        kept = review.save_fields(assignment, changes, by=user, started_at=opened_at)
    except RuleViolation as violation:
        return _no(violation.code, violation.message, 409)
    became = {each.field: each for each in kept}
    results = [_result(each, became.get(each.change.field)) for each in sent]
    return JsonResponse({"saved": _saved(timezone.now()), "results": results})


def _no(code: str, message: str, status: int, **more: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": message, **more}, status=status)


def _result(sent: Sent, kept: review.Kept | None) -> dict[str, object]:
    answer: dict[str, object] = {"key": sent.change.field, "number": sent.number}
    if kept is None:
        return answer | {"ok": False, "code": "too_long", "message": sent.problem}
    if kept.violation is None:
        return answer | {"ok": True}
    said = {"code": kept.violation.code, "message": kept.violation.message, "stored": kept.stored}
    return answer | {"ok": False, **said}


def _saved(when: datetime) -> str:
    """The sentence that the page shows after saving: "Saved online, 10:42 am"."""
    when = timezone.localtime(when)
    if when.date() == timezone.localdate():
        return _("Saved online at %(the_time)s") % {"the_time": the_time(clock(when))}
    return _("Saved online %(day)s at %(the_time)s") % {"day": full_day(when), "the_time": the_time(clock(when))}

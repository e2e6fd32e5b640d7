"""Pages on which a student books and changes an interview, and an interviewer prepares and scores it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.base import rubrics
from applications.base.opening import What, opened
from applications.interview import interviews, open_times
from applications.interview.actions import interview as actions
from applications.models import Assignment, Interview
from applications.reading import reader_stack
from applications.reading.actions import review
from applications.reading.forms.review import ReviewForm
from applications.reading.just_locked import just_locked, remember
from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.base.office import office
from exchange.files import appointments
from exchange.templatetags.ui import zone_city
from exchange.web.shortcuts import me, require, rule_message


def _interview_of(request: HttpRequest, code: str) -> Interview:
    visible = Interview.objects.visible_to(me(request)).filter(application__cycle__has_interviews=True)
    rows = visible.select_related("application__cycle", "application__student", "application__college", "slot")
    return get_object_or_404(rows, code=code)


# --- The student ------------------------------------------------------------------------------------


@require_safe
def interview_detail(request: HttpRequest, code: str) -> HttpResponse:
    """The student's page: times to choose from, or the booked one. Interviewers are redirected to their own page."""
    interview = _interview_of(request, code)
    if not permissions.is_own(me(request), interview.application):
        return redirect("applications:interview-score", code=interview.code)
    can_book, can_change = interviews.can_book(interview), interviews.can_change(interview)
    may_choose = can_book or can_change
    context = {
        "interview": interview,
        "slot": interview.slot,
        "cycle": interview.application.cycle,
        "can_book": can_book,
        "can_change": can_change,
        "days": interviews.by_day(open_times.free_slots(interview)) if may_choose else [],
        "office": office(),
        "hours": int(interviews.change_time().total_seconds() // 3600),
        "zone": zone_city(),
    }
    return render(request, "applications/interview/detail.html", context)


@require_http_methods(["GET", "POST"])
def interview_book(request: HttpRequest, code: str, slot: str) -> HttpResponse:
    """GET asks for confirmation, POST books. If the time was taken meanwhile, redirects to the remaining ones."""
    interview = _interview_of(request, code)
    require(permissions.is_own(me(request), interview.application))
    wanted = get_object_or_404(interview.application.cycle.interview_slots, code=slot)
    if request.method == "POST":
        with rule_message(request, _("Your interview is booked.")):
            actions.book(interview, wanted, by=me(request))
        return redirect(interview)
    if interview.slot_id == wanted.pk:
        return redirect(interview)
    if not open_times.free_slots(interview).filter(pk=wanted.pk).exists():
        messages.error(request, _("This time is no longer available. Choose another one."))
        return redirect(interview)
    context = {"interview": interview, "slot": wanted, "cycle": interview.application.cycle, "zone": zone_city()}
    return render(request, "applications/interview/book.html", context)


@require_safe
def interview_calendar(request: HttpRequest, code: str) -> HttpResponse:
    """The calendar file; once the interview is called off, one that cancels the entry."""
    interview = _interview_of(request, code)
    if not interview.sequence:
        raise Http404
    return appointments.answer(interviews.calendar_of(interview), f"interview-{interview.code}")


# --- Interviewers -----------------------------------------------------------------------------------


@require_safe
def interview_list(request: HttpRequest) -> HttpResponse:
    """The interviewer's slots from today on, and earlier interviews that they must still score."""
    require(roles.is_staff_role(me(request)) or me(request).interview_slots.exists())
    today = timezone.localdate()
    slots = interviews.held_by(me(request), since=today)
    owed = Assignment.objects.visible_to(me(request)).filter(pk__in=interviews.unscored(), reader=me(request))
    context = {
        "days": interviews.by_day(slots),
        "owed": owed.select_related("application__student", "application__interview__slot"),
        "just_locked": just_locked(request),
        "today": today,
        "zone": zone_city(),
    }
    return render(request, "applications/interview/list.html", context)


@require_http_methods(["GET", "POST"])
def interview_score(request: HttpRequest, code: str) -> HttpResponse:
    """The student, their answers and the rubric. The name is shown, because the two meet in person."""
    interview = _interview_of(request, code)
    application = interview.application
    require(not permissions.is_own(me(request), application))
    opened(request, application, What.INTERVIEW)
    own = Assignment.objects.visible_to(me(request)).filter(application=application, reader=me(request))
    assignment = own.filter(is_interview=True).select_related("application__cycle", "review").first()
    locking, form = request.POST.get("act") == "lock", None
    if assignment is not None and permissions.can_score(me(request), assignment):
        form = ReviewForm(request.POST or None, assignment=assignment, locking=locking)
    if request.method == "POST":
        if assignment is None or form is None:
            raise PermissionDenied
        if response := _keep(request, interview, assignment, form, locking):
            return response
    slot = interview.slot
    context = {
        "interview": interview,
        "application": application,
        "slot": slot,
        "standing": interviews.standing_of(interview),
        "answers": [
            {"question": item.question.label, "paragraphs": [[(item.text, "")]]}
            for _part, item in reader_stack.readable_items(application)
        ],
        "assignment": assignment,
        "form": form,
        "can_write": form and assignment and not assignment.is_locked and interview.is_open_to_score,
        "reads_by_rubric": not rubrics.criteria_of(application.cycle, rubrics.Kind.INTERVIEW),
        "just_locked": just_locked(request),
        "can_settle": slot is not None and slot.has_begun and not interview.called_off_at,
        "seen": actions.mark_of(interview),
        "zone": zone_city(),
    }
    return render(request, "applications/interview/score.html", context)


def _keep(
    request: HttpRequest, interview: Interview, assignment: Assignment, form: ReviewForm, locking: bool
) -> HttpResponse | None:
    """Save or lock the reading; None if the page must be shown again with what was typed.

    Locking also records that the interview was held.
    """
    if not form.is_valid():
        if form.only_lacks_points:
            with rule_message(request):
                assignment.review = review.save_review(assignment, by=me(request), **form.reading())
        return None
    act = review.lock_review if locking else review.save_review
    try:
        act(assignment, by=me(request), **form.reading())
        if locking and not interview.outcome:
            actions.settle(interview, Interview.Outcome.HELD, by=me(request))
    except RuleViolation as violation:
        messages.error(request, violation.message)
        if violation.code in review.NOT_LOCKED_YET:
            with rule_message(request):
                review.save_review(assignment, by=me(request), **form.reading())
        return redirect(reverse_score(interview))
    if locking:
        remember(request, assignment)
    if not locking or just_locked(request) is None:  # otherwise the next page says so, with the undo
        messages.success(request, _("Scores locked.") if locking else _("Saved."))
    return redirect("applications:interview-list" if locking else reverse_score(interview))


def reverse_score(interview: Interview) -> str:
    return reverse("applications:interview-score", kwargs={"code": interview.code})


@require_POST
def interview_settle(request: HttpRequest, code: str) -> HttpResponse:
    """An interviewer or the office records whether the interview was held or the student did not come."""
    interview = _interview_of(request, code)
    require(not permissions.is_own(me(request), interview.application))
    outcome = request.POST.get("outcome")
    if outcome in Interview.Outcome.values:
        with rule_message(request, _("Saved.")):
            actions.settle(interview, outcome, by=me(request), seen=request.POST.get("seen", ""))
    return redirect(reverse_score(interview))

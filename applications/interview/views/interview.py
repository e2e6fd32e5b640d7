"""A student books an interview and changes it; an interviewer sees who comes, and scores."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.interview import interviews
from applications.interview.actions import interview as actions
from applications.models import Assignment, Interview
from applications.reading import reader_stack
from applications.reading.actions import review
from applications.reading.forms.review import ReviewForm
from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.files import appointments
from exchange.templatetags.ui import zone_city
from exchange.web.shortcuts import require, rule_message


def _interview_of(request, code: str) -> Interview:
    visible = Interview.objects.visible_to(request.user).filter(application__cycle__has_interviews=True)
    rows = visible.select_related("application__cycle", "application__student", "application__college", "slot")
    return get_object_or_404(rows, code=code)


# --- The student ------------------------------------------------------------------------------------


@require_safe
def interview_detail(request, code: str) -> HttpResponse:
    """The student's: times to choose from, or the one that is booked. Interviewers go to their own page."""
    interview = _interview_of(request, code)
    if not permissions.is_own(request.user, interview.application):
        return redirect("applications:interview-score", code=interview.code)
    can_book, can_change = interviews.can_book(interview), interviews.can_change(interview)
    may_choose = can_book or can_change
    context = {
        "interview": interview,
        "slot": interview.slot,
        "cycle": interview.application.cycle,
        "can_book": can_book,
        "can_change": can_change,
        "days": interviews.by_day(interviews.free_slots(interview.application)) if may_choose else [],
        "hours": int(interviews.change_time().total_seconds() // 3600),
        "zone": zone_city(),
    }
    return render(request, "applications/interview/detail.html", context)


@require_http_methods(["GET", "POST"])
def interview_book(request, code: str, slot: str) -> HttpResponse:
    """GET asks, POST books. A time that somebody else took meanwhile leads back to the others."""
    interview = _interview_of(request, code)
    require(permissions.is_own(request.user, interview.application))
    wanted = get_object_or_404(interview.application.cycle.interview_slots, code=slot)
    if request.method == "POST":
        with rule_message(request, _("Your interview is booked.")):
            actions.book(interview, wanted, by=request.user)
        return redirect(interview)
    if interview.slot_id == wanted.pk:
        return redirect(interview)
    if not interviews.free_slots(interview.application).filter(pk=wanted.pk).exists():
        messages.error(request, _("This time is taken or gone. Choose another one."))
        return redirect(interview)
    context = {"interview": interview, "slot": wanted, "cycle": interview.application.cycle, "zone": zone_city()}
    return render(request, "applications/interview/book.html", context)


@require_safe
def interview_calendar(request, code: str) -> HttpResponse:
    """The file for a calendar; once called off, the one that strikes it out there."""
    interview = _interview_of(request, code)
    if not interview.sequence:
        raise Http404
    return appointments.answer(interviews.calendar_of(interview), f"interview-{interview.code}")


# --- Interviewers -----------------------------------------------------------------------------------


@require_safe
def interview_list(request) -> HttpResponse:
    """Whom the person meets today and later, and what is still to score of before."""
    require(roles.is_staff_role(request.user) or request.user.interview_slots.exists())
    today = timezone.localdate()
    slots = interviews.held_by(request.user, since=today)
    owed = Assignment.objects.visible_to(request.user).filter(pk__in=interviews.unscored(), reader=request.user)
    context = {
        "days": interviews.by_day(slots),
        "owed": owed.select_related("application__student", "application__interview__slot"),
        "today": today,
        "zone": zone_city(),
    }
    return render(request, "applications/interview/list.html", context)


@require_http_methods(["GET", "POST"])
def interview_score(request, code: str) -> HttpResponse:
    """Who comes, what they wrote, and the rubric: with the name, since the two meet."""
    interview = _interview_of(request, code)
    application = interview.application
    require(not permissions.is_own(request.user, application))
    own = Assignment.objects.visible_to(request.user).filter(application=application, reader=request.user)
    assignment = own.filter(is_interview=True).select_related("application__cycle", "review").first()
    may_score = assignment is not None and permissions.can_score(request.user, assignment)
    locking = request.POST.get("act") == "lock"
    form = ReviewForm(request.POST or None, assignment=assignment, locking=locking) if may_score else None
    if request.method == "POST":
        require(form is not None)
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
        "can_write": form is not None and not assignment.is_locked and interview.is_open_to_score,
        "can_settle": slot is not None and slot.has_begun and not interview.called_off_at,
        "zone": zone_city(),
    }
    return render(request, "applications/interview/score.html", context)


def _keep(request, interview: Interview, assignment: Assignment, form: ReviewForm, locking: bool):
    """Save or lock; None where the page has to be shown again with what was typed. Who scores has met."""
    if not form.is_valid():
        if form.only_lacks_points:
            with rule_message(request):
                assignment.review = review.save_review(assignment, by=request.user, **form.reading())
        return None
    act = review.lock_review if locking else review.save_review
    try:
        act(assignment, by=request.user, **form.reading())
        if locking and not interview.outcome:
            actions.settle(interview, Interview.Outcome.HELD, by=request.user)
    except RuleViolation as violation:
        messages.error(request, violation.message)
        if violation.code in review.NOT_LOCKED_YET:
            with rule_message(request):
                review.save_review(assignment, by=request.user, **form.reading())
        return redirect(reverse_score(interview))
    messages.success(request, _("Locked.") if locking else _("Saved."))
    return redirect("applications:interview-list" if locking else reverse_score(interview))


def reverse_score(interview: Interview) -> str:
    return reverse("applications:interview-score", kwargs={"code": interview.code})


@require_POST
def interview_settle(request, code: str) -> HttpResponse:
    """Held, or the student did not come: an interviewer or the office says so."""
    interview = _interview_of(request, code)
    require(not permissions.is_own(request.user, interview.application))
    outcome = request.POST.get("outcome")
    if outcome in Interview.Outcome.values:
        with rule_message(request, _("Saved.")):
            actions.settle(interview, outcome, by=request.user)
    return redirect(reverse_score(interview))

"""Who may do what on the way from the form to the answer. Judges the objects it is handed, reads no table.

A student can become an advisor or join the office: nobody endorses, reads, returns or decides the own application.
Each viewing rule here is the twin of a `visible_to`; a test compares the two for every role and row.
"""

from applications.states import IN_THE_CYCLE, Status
from exchange import roles

# --- Application ------------------------------------------------------------------------------------


def can_start(user, cycle=None) -> bool:
    """Students apply; whoever works here cannot."""
    return roles.is_student(user)


def can_list_applications(user) -> bool:
    return roles.is_coordinator(user) or roles.is_advisor(user)


def can_view_application(user, application) -> bool:
    if roles.is_coordinator(user) or is_own(user, application):
        return True
    return application.submitted_at is not None and application.college_id in roles.advisor_college_ids(user)


def is_own(user, application) -> bool:
    return user.is_authenticated and application.student_id == user.pk


def can_edit_application(user, application) -> bool:
    """The student's own, whatever its state: the action says kindly when it cannot be changed any more."""
    return is_own(user, application)


def can_withdraw(user, application) -> bool:
    return is_own(user, application) and application.status != Status.WITHDRAWN


def can_return(user, application) -> bool:
    is_with_us = application.status in (Status.SUBMITTED, Status.RETURNED)
    return roles.is_coordinator(user) and is_with_us and not is_own(user, application)


def can_view_answer(user, application, question) -> bool:
    """Of an application that the person may see: all of it, or for an advisor all but the office's part."""
    if not can_view_application(user, application):
        return False
    if roles.is_coordinator(user) or is_own(user, application):
        return True
    return question.audience != "office"


def can_view_upload(user, upload) -> bool:
    return can_view_answer(user, upload.application, upload.question)


def can_view_letter(user, application) -> bool:
    """The referee writes to us, not to the student."""
    if is_own(user, application):
        return False
    return roles.is_coordinator(user) or application.college_id in roles.advisor_college_ids(user)


def can_view_history(user) -> bool:
    return roles.is_coordinator(user)


# --- Review: the word of the home college -----------------------------------------------------------


def can_open_endorsements(user) -> bool:
    return roles.is_advisor(user) or roles.is_coordinator(user)


def can_view_endorsement(user, application) -> bool:
    """Twin of ApplicationQuerySet.answered_for_by."""
    if application.status not in IN_THE_CYCLE or is_own(user, application):
        return False
    return roles.is_coordinator(user) or application.college_id in roles.advisor_college_ids(user)


def can_endorse(user, application) -> bool:
    """Only the home college gives its word; the office reads it."""
    return not is_own(user, application) and application.college_id in roles.advisor_college_ids(user)


# --- Review: scored readings ------------------------------------------------------------------------


def can_assign_readers(user) -> bool:
    return roles.is_coordinator(user)


def can_view_assignment(user, assignment) -> bool:
    """Twin of AssignmentQuerySet.visible_to."""
    if is_own(user, assignment.application):
        return False
    return roles.is_coordinator(user) or can_score(user, assignment)


def can_score(user, assignment) -> bool:
    """The reader asked to, unless the student turns out to be of a college they advise for."""
    application = assignment.application
    too_close = is_own(user, application) or application.college_id in roles.advisor_college_ids(user)
    return user.is_authenticated and assignment.reader_id == user.pk and not too_close


# --- Selection --------------------------------------------------------------------------------------


def can_decide(user) -> bool:
    """See the ranked list, decide, release: the committee's work is the office's."""
    return roles.is_coordinator(user)


def can_view_decision(user, decision) -> bool:
    """Twin of DecisionQuerySet.visible_to. The student learns the result from what a release makes of it."""
    return roles.is_coordinator(user)


def can_view_offer(user, offer) -> bool:
    """Twin of OfferQuerySet.visible_to."""
    return (
        roles.is_coordinator(user)
        or can_answer_offer(user, offer)
        or offer.application.college_id in roles.advisor_college_ids(user)
    )


def can_answer_offer(user, offer) -> bool:
    return user.is_authenticated and offer.application.student_id == user.pk

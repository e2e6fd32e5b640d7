"""Who may do what on the way from the form to the answer. Judges the objects it is handed, reads no table.

A student can become an advisor or join the office: nobody endorses, reads, returns or decides the own application.
Each viewing rule here is the twin of a `visible_to`; a test compares the two for every role and row.
"""

from applications.states import IN_THE_CYCLE, Status
from exchange.base import roles

# --- Setting up a cycle -----------------------------------------------------------------------------


def can_set_up(user) -> bool:
    """Copy, change, publish a cycle and its form, and try the form out."""
    return roles.is_coordinator(user)


# --- Application ------------------------------------------------------------------------------------


def can_start(user, cycle=None) -> bool:
    """Students apply; whoever works here cannot."""
    return roles.is_student(user)


def can_list_applications(user) -> bool:
    return roles.is_coordinator(user) or roles.is_advisor(user)


def can_export(user) -> bool:
    """Carry the whole list out of the portal, names and answers with it."""
    return roles.is_coordinator(user)


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
    return roles.is_coordinator(user) and _is_with_us(application) and not is_own(user, application)


def can_go_on(user, application) -> bool:
    """Without the fix that was asked for."""
    is_back = application.status == Status.RETURNED
    return roles.is_coordinator(user) and is_back and not is_own(user, application)


def _is_with_us(application) -> bool:
    return application.status in (Status.SUBMITTED, Status.RETURNED)


def can_reopen(user, application) -> bool:
    """Give more time for a draft whose deadline is over."""
    is_late = application.status == Status.DRAFT and not application.accepts_changes
    return roles.is_coordinator(user) and not is_own(user, application) and is_late


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


def can_manage_referee(user, application) -> bool:
    """Send the link again, or stop it: whoever reads the letter."""
    return can_view_letter(user, application)


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


def can_endorse_several(user) -> bool:
    """Open the pages for it; which students are there, is for `can_endorse`."""
    return bool(roles.advisor_college_ids(user))


# --- Review: scored readings ------------------------------------------------------------------------


def can_assign_readers(user) -> bool:
    return roles.is_coordinator(user)


def can_declare_conflict(user, assignment) -> bool:
    """ "I know this student": the reader's own word. Whoever meets a student in an interview knows who it is."""
    return can_score(user, assignment) and not assignment.is_interview


def can_keep_away(user, application) -> bool:
    """Say who must not read it, as long as it is read."""
    return roles.is_coordinator(user) and _is_with_us(application) and not is_own(user, application)


def can_view_assignment(user, assignment) -> bool:
    """Twin of AssignmentQuerySet.visible_to."""
    if is_own(user, assignment.application):
        return False
    return roles.is_coordinator(user) or can_score(user, assignment)


def can_score(user, assignment) -> bool:
    """The reader asked to, once that is given out, unless the student turns out to be of a college they advise for."""
    application = assignment.application
    too_close = is_own(user, application) or application.college_id in roles.advisor_college_ids(user)
    was_asked = assignment.reader_id == user.pk and assignment.released_at is not None
    return user.is_authenticated and was_asked and not too_close and roles.can_read(user)


def can_cover_words(user) -> bool:
    """Cover what tells who wrote an application, and lift the cover; of any but the own."""
    return roles.is_coordinator(user)


# --- Selection --------------------------------------------------------------------------------------


def can_decide(user) -> bool:
    """See the ranked list, decide, release: the committee's work is the office's."""
    return roles.is_coordinator(user)


def can_view_lottery(user, lottery) -> bool:
    """Twin of LotteryQuerySet.visible_to: once the secret is fixed, anybody can note down the hashes."""
    return roles.is_coordinator(user) or lottery.committed_at is not None


def can_view_entries(user, lottery) -> bool:
    """Whose codes are in it, and in which order: anybody's business only after each of them was told."""
    return roles.is_coordinator(user) or lottery.published_at is not None


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


def can_list_calls(user) -> bool:
    """Students who have said nothing to an offer; which ones, says OfferCallQuerySet.visible_to."""
    return roles.is_advisor(user) or roles.is_coordinator(user)


def can_view_call(user, call) -> bool:
    """Twin of OfferCallQuerySet.visible_to: the college's advisors, and the office."""
    return roles.is_coordinator(user) or call.offer.application.college_id in roles.advisor_college_ids(user)


def can_view_result_letter(user, application) -> bool:
    """The student's, and the office that writes it. Whether there is a result yet is asked apart."""
    return is_own(user, application) or roles.is_coordinator(user)


def can_view_scores_file(user, scores_file) -> bool:
    """Twin of ScoresFileQuerySet.visible_to: anybody's while it is published."""
    return roles.is_coordinator(user) or scores_file.is_open


# --- Help by a person -------------------------------------------------------------------------------


def can_help(user) -> bool:
    """Advisors of any college, and the office; whose application it is, is shown by the code alone."""
    return roles.is_advisor(user) or roles.is_coordinator(user)


def can_let_help(user, application) -> bool:
    return is_own(user, application)


def can_stop_help(user, application, session) -> bool:
    """Either of the two, at any time."""
    return is_own(user, application) or (user.is_authenticated and session.helper_id == user.pk)


def can_ask(user) -> bool:
    return roles.is_student(user)


def can_list_threads(user) -> bool:
    return user.is_authenticated and (roles.is_student(user) or can_help(user))


def can_view_thread(user, thread) -> bool:
    """Twin of ThreadQuerySet.visible_to."""
    return roles.is_coordinator(user) or is_asker(user, thread) or _is_advisor_for(user, thread)


def is_asker(user, thread) -> bool:
    return user.is_authenticated and thread.student_id == user.pk


def can_answer(user, thread) -> bool:
    """The office any, an advisor those for the own college; nobody the own question."""
    return can_view_thread(user, thread) and not is_asker(user, thread)


def can_pass_on(user, thread) -> bool:
    return roles.is_coordinator(user) and not is_asker(user, thread)


def _is_advisor_for(user, thread) -> bool:
    return thread.addressee == "advisor" and thread.college_id in roles.advisor_college_ids(user)

"""Who may do what, from the application form to the result. Judges the objects it is handed, reads no table.

`can_view_<row>(user, row)` says whether a row is in sight at all; elsewhere is 404. Each has a queryset twin, a
`visible_to`, and `tests/test_policy_twins.py` compares the two for every person and state. Rows that views only look up
by queryset have no such function. `can_open_<page>` judges a page or a part of a row that is in sight: no is 403.

A student can become an advisor or join the office, so nobody may endorse, read, return or decide their own application.
"""

from datetime import datetime
from typing import Protocol

from applications.standing import Act, Standing, may, standing
from applications.states import Status
from exchange.base import roles
from exchange.base.roles import Person

# --- What the rules look at: fields of the models, which are above this module ------------------------


class OwnedRow(Protocol):
    """A row of one student: an application, an offer's application, a thread."""

    @property
    def student_id(self) -> int | None: ...


class Application(OwnedRow, Protocol):
    """What the rules read of an `applications.models.Application`."""

    @property
    def college_id(self) -> int | None: ...
    @property
    def status(self) -> str: ...
    @property
    def submitted_at(self) -> datetime | None: ...
    @property
    def is_test(self) -> bool: ...
    @property
    def is_before_deadline(self) -> bool: ...
    @property
    def merged_into(self) -> "Application | None": ...


class Question(Protocol):
    @property
    def audience(self) -> str: ...


class Upload(Protocol):
    @property
    def application(self) -> Application: ...
    @property
    def question(self) -> Question: ...


class Assignment(Protocol):
    @property
    def application(self) -> Application: ...
    @property
    def reader_id(self) -> int: ...
    @property
    def released_at(self) -> datetime | None: ...
    @property
    def is_interview(self) -> bool: ...


class Lottery(Protocol):
    @property
    def published_at(self) -> datetime | None: ...


class Offer(Protocol):
    @property
    def application(self) -> Application: ...


class Thread(OwnedRow, Protocol):
    @property
    def addressee(self) -> str: ...
    @property
    def college_id(self) -> int | None: ...


# --- Setting up a cycle -----------------------------------------------------------------------------


def can_set_up(user: Person) -> bool:
    """Copy, change and publish a cycle and its form, and try the form out."""
    return roles.is_coordinator(user)


# --- Application ------------------------------------------------------------------------------------


def can_start(user: Person) -> bool:
    """Students apply; people with a role here cannot."""
    return roles.is_student(user)


def can_list_applications(user: Person) -> bool:
    return roles.is_coordinator(user) or roles.is_advisor(user)


def can_export(user: Person) -> bool:
    """Download the whole list, with names and answers."""
    return roles.is_coordinator(user)


def can_view_application(user: Person, application: Application) -> bool:
    """Twin of ApplicationQuerySet.visible_to.

    A coordinator sees every student's, but no visitor's draft and no test of the form; these are opened by other ways.
    """
    if roles.is_coordinator(user):
        return application.student_id is not None and not application.is_test
    of_own_college = application.college_id in roles.advisor_college_ids(user)
    return is_own(user, application) or (of_own_college and application.submitted_at is not None)


def is_own(user: Person, row: OwnedRow) -> bool:
    return user.is_authenticated and row.student_id == user.pk


def can_edit_application(user: Person, application: Application) -> bool:
    """The student's own, in any state: the action explains when it can no longer be changed."""
    return is_own(user, application)


def can_withdraw(user: Person, application: Application, where: Standing) -> bool:
    return is_own(user, application) and may(where, Act.WITHDRAW)


def can_withdraw_for(user: Person, application: Application, where: Standing) -> bool:
    """Withdraw it for the student, with a reason that they are told."""
    return _is_offices(user, application) and may(where, Act.WITHDRAW_FOR)


def can_return(user: Person, application: Application) -> bool:
    """Ask the student for a fix."""
    return _is_offices(user, application) and may(_where(application), Act.RETURN)


def can_go_on(user: Person, application: Application) -> bool:
    """Continue the review of a returned application without the fix that was asked for."""
    return _is_offices(user, application) and may(_where(application), Act.GO_ON)


def _is_offices(user: Person, application: Application) -> bool:
    return roles.is_coordinator(user) and not is_own(user, application)


def _where(application: Application) -> Standing:
    """For acts on drafts and applications under review, which no offer and no trip changes."""
    return standing(application.status, before_deadline=application.is_before_deadline)


def _is_under_review(application: Application) -> bool:
    return application.status in (Status.SUBMITTED, Status.RETURNED)


def can_reopen(user: Person, application: Application) -> bool:
    """Give more time for a draft whose deadline has passed."""
    return _is_offices(user, application) and may(_where(application), Act.GIVE_TIME)


def can_view_answer(user: Person, application: Application, question: Question) -> bool:
    """The student and the office see every answer; an advisor of the home college all but those for the office."""
    if is_own(user, application):
        return True
    for_this_person = roles.is_coordinator(user) or question.audience != "office"
    return for_this_person and can_view_application(user, application)


def can_view_upload(user: Person, upload: Upload) -> bool:
    """Twin of UploadQuerySet.visible_to: as the answer, and a student's own in a draft merged into theirs."""
    merged_into = upload.application.merged_into
    if merged_into is not None and is_own(user, merged_into):
        return True
    return can_view_answer(user, upload.application, upload.question)


def can_view_letter(user: Person, application: Application) -> bool:
    """Twin of RecommendationQuerySet.visible_to. The referee writes to the office and the college, not the student."""
    return can_view_application(user, application) and not is_own(user, application)


def can_manage_referee(user: Person, application: Application) -> bool:
    """Send the link again or stop it: everyone who may read the letter."""
    return can_view_letter(user, application)


def can_contact(user: Person, application: Application) -> bool:
    """See the student's phone and email, and write to them: the office and the home college's advisors.

    Never readers as such, who must not know who the student is.
    """
    return can_view_application(user, application) and not is_own(user, application)


def can_keep_notes(user: Person, application: Application) -> bool:
    """Read and write the office's notes on a student. Twin of StaffNoteQuerySet.visible_to."""
    return _is_offices(user, application)


def can_answer_appeal(user: Person, application: Application) -> bool:
    """Read and answer what a student asked about a decision: the office, never about oneself. Readers and advisors
    don't see it. Twin of AppealQuerySet.visible_to, together with `is_own`."""
    return _is_offices(user, application)


def can_write_to_groups(user: Person) -> bool:
    """Write to everyone a filter finds: the office, and advisors to students of their own colleges."""
    return can_list_applications(user)


def can_open_history(user: Person) -> bool:
    return roles.is_coordinator(user)


# --- Endorsement by the home college ----------------------------------------------------------------


def can_open_endorsements(user: Person) -> bool:
    return roles.is_advisor(user) or roles.is_coordinator(user)


def can_endorse(user: Person, application: Application) -> bool:
    """Only the home college endorses; the office reads the endorsement."""
    return not is_own(user, application) and application.college_id in roles.advisor_college_ids(user)


def can_endorse_several(user: Person) -> bool:
    """Open the pages for endorsing several students; `can_endorse` says which."""
    return bool(roles.advisor_college_ids(user))


def can_send_college_list(user: Person) -> bool:
    """A college's list of enrolled students: its advisors, and the office for a list that a college sent by email."""
    return can_endorse_several(user) or roles.is_coordinator(user)


# --- Review: scored readings ------------------------------------------------------------------------


def can_assign_readers(user: Person) -> bool:
    return roles.is_coordinator(user)


def can_declare_conflict(user: Person, assignment: Assignment) -> bool:
    """Say "I know this student". Not after an interview: an interviewer always learns who the student is."""
    return can_score(user, assignment) and not assignment.is_interview


def can_keep_away(user: Person, application: Application) -> bool:
    """Say who must not read an application, while it is under review."""
    return roles.is_coordinator(user) and _is_under_review(application) and not is_own(user, application)


def can_score(user: Person, assignment: Assignment) -> bool:
    """The assigned reader, once assignments are given out, unless they advise for the student's college.

    Twin of AssignmentQuerySet.to_read_by.
    """
    application = assignment.application
    too_close = is_own(user, application) or application.college_id in roles.advisor_college_ids(user)
    was_asked = assignment.reader_id == user.pk and assignment.released_at is not None
    return user.is_authenticated and was_asked and not too_close and roles.can_read(user)


def can_cover_words(user: Person) -> bool:
    """Mask words that tell who wrote an application, and unmask them."""
    return roles.is_coordinator(user)


# --- Selection --------------------------------------------------------------------------------------


def can_decide(user: Person) -> bool:
    """See the ranked list, decide and release: the office does the committee's work."""
    return roles.is_coordinator(user)


def can_open_entries(user: Person, lottery: Lottery) -> bool:
    """See the codes in a lottery and their order: public only after every candidate has been told."""
    return roles.is_coordinator(user) or lottery.published_at is not None


def can_answer_offer(user: Person, offer: Offer) -> bool:
    return is_own(user, offer.application)


def can_list_calls(user: Person) -> bool:
    """See students who have not answered an offer; OfferCallQuerySet.visible_to says which."""
    return roles.is_advisor(user) or roles.is_coordinator(user)


def can_open_result_letter(user: Person, application: Application) -> bool:
    """The student, and the office that writes it. The view checks whether there is a result yet."""
    return is_own(user, application) or roles.is_coordinator(user)


# --- Help by a person -------------------------------------------------------------------------------


def can_help(user: Person) -> bool:
    """Advisors of any college, and the office; the student's code shows whose application it is."""
    return roles.is_advisor(user) or roles.is_coordinator(user)


def can_let_help(user: Person, application: Application) -> bool:
    return is_own(user, application)


def can_ask(user: Person) -> bool:
    return roles.is_student(user)


def can_list_threads(user: Person) -> bool:
    return user.is_authenticated and (roles.is_student(user) or can_help(user))


def can_view_thread(user: Person, thread: Thread) -> bool:
    """Twin of ThreadQuerySet.visible_to."""
    return roles.is_coordinator(user) or is_asker(user, thread) or _is_advisor_for(user, thread)


def is_asker(user: Person, thread: Thread) -> bool:
    return is_own(user, thread)


def can_answer(user: Person, thread: Thread) -> bool:
    """The office answers any question, an advisor those to their college; nobody their own."""
    return can_view_thread(user, thread) and not is_asker(user, thread)


def can_pass_on(user: Person, thread: Thread) -> bool:
    return roles.is_coordinator(user) and not is_asker(user, thread)


def _is_advisor_for(user: Person, thread: Thread) -> bool:
    return thread.addressee == "advisor" and thread.college_id in roles.advisor_college_ids(user)

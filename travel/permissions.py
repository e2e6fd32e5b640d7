"""Who may do what, from the seat to the return. Judges the objects it is handed, reads no table.

As in `applications.permissions`: `can_view_<row>(user, row)` is the twin of a `visible_to`, compared with it by
`tests/test_policy_twins.py`; `can_open_<page>` judges a page or a part of a row that is in sight.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from applications import permissions as applications
from applications.permissions import is_own
from exchange.base import roles
from exchange.base.roles import Person
from travel.states import HELPED

# --- What the rules look at: fields of the models, which are above this module ------------------------


class OfApplication(Protocol):
    """A row of one application: a placement, a booking, a student without a seat."""

    @property
    def application(self) -> applications.Application: ...


class Leader(Protocol):
    @property
    def user_id(self) -> int | None: ...


class Step(Protocol):
    @property
    def owner(self) -> str: ...
    @property
    def is_students(self) -> bool: ...


class Facility(Protocol):
    @property
    def colleges(self) -> Any: ...  # the manager of a many-to-many field


# --- placement --------------------------------------------------------------------------------------


def can_list_trips(user: Person) -> bool:
    """See seats and dates. Not a director: small groups are exact there, and hidden on the outcomes page."""
    return roles.is_coordinator(user) or roles.is_advisor(user)


def can_view_by_application(user: Person, application: applications.Application) -> bool:
    """Twin of roles.visible_by_application."""
    if roles.is_coordinator(user) or is_own(user, application):
        return True
    return application.college_id in roles.advisor_college_ids(user)


def can_open_roster(user: Person) -> bool:
    """See names on a trip's page, those of Placement.visible_to; a director sees none."""
    return roles.is_coordinator(user) or roles.is_advisor(user)


def can_place(user: Person) -> bool:
    """Run the matching, read its result, release it."""
    return roles.is_coordinator(user)


def can_open_no_seat(user: Person, unplaced: OfApplication) -> bool:
    """Read why there is no seat, in words for the student: only the student. Staff read it on the run's page."""
    return is_own(user, unplaced.application)


def can_move_trip(user: Person) -> bool:
    """Record that a group has left or is home."""
    return roles.is_coordinator(user)


def can_view_placement(user: Person, placement: OfApplication) -> bool:
    """Twin of PlacementQuerySet.visible_to."""
    return can_view_by_application(user, placement.application)


def can_correct_record(user: Person, placement: OfApplication) -> bool:
    """Correct whether a student went on the trip: the office; nobody their own."""
    return roles.is_coordinator(user) and not is_own(user, placement.application)


def can_say_needs(user: Person, placement: OfApplication) -> bool:
    """Say and read what one eats and needs on the trip: the student alone."""
    return can_work_on_checklist(user, placement)


def can_say_entry(user: Person, placement: OfApplication) -> bool:
    """Say what one needs to enter, and where it stands, on one's own page: the student alone."""
    return can_work_on_checklist(user, placement)


def can_manage_entry(user: Person) -> bool:
    """See who has which permission, note it for a student, plan visa days: the office. It can hint at a document."""
    return roles.is_coordinator(user)


def can_give_ticketing(user: Person, placement: OfApplication) -> bool:
    """Give and read one's own details for the plane ticket: the student alone."""
    return can_work_on_checklist(user, placement)


def can_manage_ticketing(user: Person) -> bool:
    """See who gave their details, open them for a reason, download the list: the office."""
    return roles.is_coordinator(user)


def can_open_cards(user: Person, leaders: Iterable[Leader]) -> bool:
    """Open needs and emergency contacts of a trip, for a purpose: the office and the trip's own leaders.

    Twin of TripQuerySet.opened_by.
    """
    return roles.is_coordinator(user) or (
        user.is_authenticated and any(leader.user_id == user.pk for leader in leaders)
    )


def can_note_talk(user: Person) -> bool:
    """See who wants to talk about their needs, and record the talk: the office, which prepares the trip."""
    return roles.is_coordinator(user)


def can_change_trip(user: Person) -> bool:
    """Cancel, postpone, reroute or cut short a trip, and decide whether it goes: the office alone."""
    return roles.is_coordinator(user)


# --- partners ---------------------------------------------------------------------------------------


def can_manage_partners(user: Person) -> bool:
    """Change cities, hosts, agreements, sponsors, trips, budgets and the host's link: the office alone."""
    return roles.is_coordinator(user)


# --- checklist --------------------------------------------------------------------------------------


def can_list_checklists(user: Person) -> bool:
    return roles.is_coordinator(user) or roles.is_advisor(user)


def can_work_on_checklist(user: Person, placement: OfApplication) -> bool:
    """Mark duties done, answer the passport questions, move the stage: the student alone."""
    return is_own(user, placement.application)


def has_passport_page(application: applications.Application) -> bool:
    """Whether the passport page has something to show: a case, or a student who may begin one."""
    return application.status in HELPED or getattr(application, "passport_case", None) is not None


def can_prepare(user: Person, application: applications.Application) -> bool:
    """Answer the passport questions and move the stage: the student alone."""
    return is_own(user, application)


def can_check_passport(user: Person, application: applications.Application) -> bool:
    """Confirm having held the passport: the office or the home college; nobody their own."""
    return can_view_by_application(user, application) and not can_prepare(user, application)


def can_mark_cities(user: Person, application: applications.Application) -> bool:
    """Say where a student can go: an advisor of the home college, never the office, and nobody for themselves."""
    return application.college_id in roles.advisor_college_ids(user) and not can_prepare(user, application)


def can_verify(user: Person, placement: OfApplication) -> bool:
    """Confirm having seen what a duty asks for: the office or the home college; nobody for themselves."""
    return can_view_placement(user, placement) and not can_work_on_checklist(user, placement)


def can_do_step(user: Person, placement: OfApplication, step: Step) -> bool:
    """Mark a step done: the student their own and the family's, the office its own, and both staff the advisor's."""
    if step.is_students:
        return can_work_on_checklist(user, placement)
    if step.owner == "office":
        return roles.is_coordinator(user) and not is_own(user, placement.application)
    return can_verify(user, placement)


class TextStep(Protocol):
    @property
    def advisor_sees(self) -> bool: ...
    @property
    def owner(self) -> str: ...


def can_read_text(user: Person, placement: OfApplication, step: TextStep) -> bool:
    """Read what was written or sent for a step: the office; the college's advisor if the step says so or is theirs.

    Twin of StepFileQuerySet.visible_to for staff.
    """
    for_advisors = step.advisor_sees or step.owner == "advisor"
    return roles.is_coordinator(user) or (for_advisors and can_view_placement(user, placement))


# --- forms ------------------------------------------------------------------------------------------


def can_sign_forms(user: Person, placement: OfApplication) -> bool:
    """Read and sign the forms before departure, and name a guardian: the student alone."""
    return is_own(user, placement.application)


def can_share_with_family(user: Person, placement: OfApplication) -> bool:
    """Make, change and end links that show the trip to family: the student alone; the office doesn't see them."""
    return is_own(user, placement.application)


def can_open_signatures(user: Person) -> bool:
    """See who of a trip has signed what, and open it: the office."""
    return roles.is_coordinator(user)


def can_call_guardian(user: Person) -> bool:
    """Read the forms to a guardian whom no message reaches, and record what they said: the office."""
    return roles.is_coordinator(user)


# --- money ------------------------------------------------------------------------------------------


def can_open_own_money(user: Person, placement: OfApplication) -> bool:
    """See what was promised and paid, and send receipts: the student alone."""
    return is_own(user, placement.application)


def can_keep_money(user: Person) -> bool:
    """Promise money, decide on receipts, make payment lists: the office alone; nobody's own, which actions refuse."""
    return roles.is_coordinator(user)


# --- orientation ------------------------------------------------------------------------------------


def can_plan_sessions(user: Person) -> bool:
    """Plan, change and call off an orientation session: the office."""
    return roles.is_coordinator(user)


def can_open_sessions(user: Person) -> bool:
    """See sessions and who came, and show the code at the door: the office and advisors, each the students they see."""
    return roles.is_coordinator(user) or roles.is_advisor(user)


def can_mark_attendance(user: Person, placement: OfApplication) -> bool:
    """Say that somebody came, or take it back: the office or the home college; nobody for themselves."""
    return can_verify(user, placement)


def can_attend(user: Person, placement: OfApplication) -> bool:
    """Be marked present with the code at the door: the student alone."""
    return can_work_on_checklist(user, placement)


# --- rooms ------------------------------------------------------------------------------------------


def can_plan_rooms(user: Person) -> bool:
    """Enter rooms, propose and move who shares, publish it: the office."""
    return roles.is_coordinator(user)


# --- tickets ----------------------------------------------------------------------------------------


def can_book(user: Person) -> bool:
    """Write the names for the plane tickets, and ask for document numbers for a trip: the office."""
    return roles.is_coordinator(user)


def can_match_name(user: Person, placement: OfApplication) -> bool:
    """Compare the plane ticket with the passport in hand: those who may confirm having held it."""
    return can_check_passport(user, placement.application)


def can_give_number(user: Person, placement: OfApplication) -> bool:
    """Enter the number of one's own document: the student alone."""
    return can_work_on_checklist(user, placement)


def can_look_at_numbers(user: Person) -> bool:
    """Read a number, with a purpose that is recorded: a coordinator. `visible_to` says whether it is still there."""
    return roles.is_coordinator(user)


# --- abroad -----------------------------------------------------------------------------------------


def can_check_in(user: Person) -> bool:
    """Start a check-in for any trip and see everyone's answers: the office. Leaders: `reaching.trips_to_check`."""
    return roles.is_coordinator(user)


def can_name_handlers(user: Person) -> bool:
    """Say who handles incidents: the office, the mayor's office and technical staff.

    An office may have only one coordinator, and nobody names themselves.
    """
    return roles.looks_after_accounts(user) or roles.is_director(user)


# --- reflection -------------------------------------------------------------------------------------


def can_list_reflections(user: Person) -> bool:
    """Students see their own; a director sees only published sentences, on the outcomes page."""
    return roles.is_coordinator(user) or roles.is_advisor(user) or roles.is_student(user)


def can_list_projects(user: Person) -> bool:
    """Follow-on projects, of the students whom the person may see: the office, and advisors."""
    return roles.is_coordinator(user) or roles.is_advisor(user)


def can_choose_stories(user: Person) -> bool:
    """Choose what is shown, and propose its words: the office."""
    return roles.is_coordinator(user)


def can_ask_alumni(user: Person) -> bool:
    """See who agreed to hear from the office, and ask them: the office."""
    return roles.is_coordinator(user)


def can_revoke(user: Person) -> bool:
    """See any student's certificate and revoke it: the office."""
    return roles.is_coordinator(user)


def can_reflect(user: Person, placement: OfApplication) -> bool:
    return is_own(user, placement.application)


# --- outcomes ---------------------------------------------------------------------------------------


def can_open_outcomes(user: Person) -> bool:
    """Figures without names; small groups are hidden even from those who may see the students themselves."""
    return roles.is_director(user) or roles.is_coordinator(user)


def can_report_travelers(user: Person) -> bool:
    """Names and dates of those who came back, for a college's own report: its advisors, and the office."""
    return roles.is_coordinator(user) or roles.is_advisor(user)


def can_publish_figures(user: Person) -> bool:
    """Decide that counts leave the house; small ones stay."""
    return roles.is_coordinator(user)


# --- acceptance facilities, passport days, vouchers -------------------------------------------------


def can_see_counters(user: Person) -> bool:
    """See facilities and passport days: students, who go there, and the staff who help them; no director."""
    return roles.is_student(user) or roles.is_advisor(user) or roles.is_coordinator(user)


def can_keep_counters(user: Person) -> bool:
    """Add a facility, change what it offers, take it off the list."""
    return roles.is_coordinator(user)


def can_tell_wait(user: Person, facility: Facility) -> bool:
    """Enter how long the wait for an appointment is: the office, and advisors of the colleges nearby."""
    near = {college.pk for college in facility.colleges.all()}
    return roles.is_coordinator(user) or bool(near & roles.advisor_college_ids(user))


def can_plan_days(user: Person) -> bool:
    """Plan passport days, open time slots, cancel a day."""
    return roles.is_coordinator(user)


def can_view_booking(user: Person, booking: OfApplication) -> bool:
    """Twin of PassportBookingQuerySet.visible_to."""
    return can_view_by_application(user, booking.application)


def can_help_booking(user: Person, booking: OfApplication) -> bool:
    """Record that the papers are complete, and the outcome: the office or the home college; nobody their own."""
    return can_view_booking(user, booking) and not can_prepare(user, booking.application)


def can_keep_vouchers(user: Person) -> bool:
    """Issue vouchers, give them out, read the ledger: it is money, so the office alone."""
    return roles.is_coordinator(user)

"""Who may do what from the seat to the return. Each rule of viewing is the twin of a `visible_to`."""

from exchange.base import roles
from exchange.models import User
from travel.states import HELPED

# --- placement --------------------------------------------------------------------------------------


def can_list_trips(user: User) -> bool:
    """Seats and dates for those who fill them. Small groups are exact there, so a director has the outcomes."""
    return roles.is_coordinator(user) or roles.is_advisor(user)


def can_view_by_application(user: User, application) -> bool:
    """Twin of roles.visible_by_application."""
    if roles.is_coordinator(user):
        return True
    own = user.is_authenticated and application.student_id == user.pk
    return own or application.college_id in roles.advisor_college_ids(user)


def can_view_trip(user: User, trip) -> bool:
    """Twin of Trip.objects.visible_to."""
    if roles.is_coordinator(user) or roles.is_advisor(user):
        return True
    return user.is_authenticated and any(
        placement.application.student_id == user.pk for placement in trip.placements.all()
    )


def can_view_roster(user: User) -> bool:
    """Whose names a trip page may show is then up to Placement.visible_to; a director sees none."""
    return roles.is_coordinator(user) or roles.is_advisor(user)


def can_place(user: User) -> bool:
    """Run the matching, read its result, release it."""
    return roles.is_coordinator(user)


def can_view_run(user: User, run) -> bool:
    """Twin of PlacementRun.objects.visible_to."""
    return can_place(user)


def can_view_no_seat(user: User, unplaced) -> bool:
    """Why there is no seat, in the student's own words: theirs alone. Staff read it on the run."""
    return user.is_authenticated and unplaced.application.student_id == user.pk


def can_move_trip(user: User) -> bool:
    """Say that a group has left or is home."""
    return roles.is_coordinator(user)


def can_view_placement(user: User, placement) -> bool:
    """Twin of Placement.objects.visible_to."""
    return can_view_by_application(user, placement.application)


def can_say_needs(user: User, placement) -> bool:
    """What one eats and needs on the trip: the student alone says and reads it."""
    return can_work_on_checklist(user, placement)


def can_view_needs(user: User, needs) -> bool:
    """Twin of PracticalNeeds.objects.visible_to."""
    return can_say_needs(user, needs.placement)


def can_note_talk(user: User) -> bool:
    """See who wants to talk about what they need, and note the talk: the office, which prepares the trip."""
    return roles.is_coordinator(user)


# --- partners ---------------------------------------------------------------------------------------


def can_manage_partners(user: User) -> bool:
    """Cities, hosts, agreements, sponsors, trips, budgets and the host's link: the office's alone."""
    return roles.is_coordinator(user)


# --- checklist --------------------------------------------------------------------------------------


def can_list_checklists(user: User) -> bool:
    return roles.is_coordinator(user) or roles.is_advisor(user)


def can_view_item(user: User, item) -> bool:
    """Twin of ChecklistItem.objects.visible_to."""
    return can_view_placement(user, item.placement)


def can_work_on_checklist(user: User, placement) -> bool:
    """Mark duties done, answer the passport questions, move the stage: the student alone."""
    return user.is_authenticated and placement.application.student_id == user.pk


def has_passport_page(application) -> bool:
    """Whether there is a way to a passport to look at: begun, or for somebody who may begin it."""
    return application.status in HELPED or getattr(application, "passport_case", None) is not None


def can_prepare(user: User, application) -> bool:
    """Answer the passport questions and move the stage: the student alone."""
    return user.is_authenticated and application.student_id == user.pk


def can_view_case(user: User, case) -> bool:
    """Twin of PassportCase.objects.visible_to, and of FeasibleCities: stage, dates, cities; never a reason."""
    return can_view_by_application(user, case.application)


def can_check_passport(user: User, application) -> bool:
    """Say that one has held it: the office, or the home college; nobody their own."""
    return can_view_by_application(user, application) and not can_prepare(user, application)


def can_mark_cities(user: User, application) -> bool:
    """Say where a student can go: an advisor of the home college, never the office, nobody for themselves."""
    return application.college_id in roles.advisor_college_ids(user) and not can_prepare(user, application)


def can_read_answers(user: User, answers) -> bool:
    """Twin of TravelAnswers.objects.visible_to."""
    if can_prepare(user, answers.application):
        return True
    chosen = answers.advisor_id is not None and answers.advisor_id == user.pk
    return chosen and answers.application.college_id in roles.advisor_college_ids(user)


def can_verify(user: User, placement) -> bool:
    """Say that one has seen it: the office, or the home college; nobody for themselves."""
    return can_view_placement(user, placement) and not can_work_on_checklist(user, placement)


# --- tickets ----------------------------------------------------------------------------------------


def can_book(user: User) -> bool:
    """Write the names as they will be booked, and say that a trip needs document numbers: the office."""
    return roles.is_coordinator(user)


def can_view_ticket_name(user: User, ticket) -> bool:
    """Twin of TicketName.objects.visible_to."""
    return can_view_placement(user, ticket.placement)


def can_view_call(user: User, call) -> bool:
    """Twin of PassportCall.objects.visible_to: a student is not told what staff noted."""
    return roles.is_coordinator(user) or call.application.college_id in roles.advisor_college_ids(user)


def can_match_name(user: User, placement) -> bool:
    """Compare the ticket with the passport in hand: who may say that they have seen it."""
    return can_check_passport(user, placement.application)


def can_give_number(user: User, placement) -> bool:
    """Write the number of the own document: the student alone."""
    return can_work_on_checklist(user, placement)


def can_look_at_numbers(user: User) -> bool:
    """Read a number, with a purpose that is kept: a coordinator. Whether it is still there is up to `visible_to`."""
    return roles.is_coordinator(user)


# --- reflection -------------------------------------------------------------------------------------


def can_view_reflection(user: User, reflection) -> bool:
    """Twin of Reflection.objects.visible_to."""
    application = reflection.placement.application
    if user.is_authenticated and application.student_id == user.pk:
        return True
    if reflection.privacy == "private":
        return False
    if roles.is_coordinator(user) or application.college_id in roles.advisor_college_ids(user):
        return True
    return reflection.privacy == "public" and roles.is_director(user)


def can_list_reflections(user: User) -> bool:
    """Students see their own; a director meets published sentences on the outcomes page only."""
    return roles.is_coordinator(user) or roles.is_advisor(user) or roles.is_student(user)


def can_reflect(user: User, placement) -> bool:
    return user.is_authenticated and placement.application.student_id == user.pk


# --- outcomes ---------------------------------------------------------------------------------------


def can_view_outcomes(user: User) -> bool:
    """Figures without names; small groups are hidden even from those who may see the persons."""
    return roles.is_director(user) or roles.is_coordinator(user)


# --- passport counters, passport days, vouchers -----------------------------------------------------


def can_see_counters(user: User) -> bool:
    """The counters and the passport days: students, who go there, and the staff who help them; no director."""
    return roles.is_student(user) or roles.is_advisor(user) or roles.is_coordinator(user)


def can_keep_counters(user: User) -> bool:
    """Add a counter, change what it offers, take it off the list."""
    return roles.is_coordinator(user)


def can_tell_wait(user: User, facility) -> bool:
    """Say how long one waits there: the office, and advisors of the colleges near it."""
    near = {college.pk for college in facility.colleges.all()}
    return roles.is_coordinator(user) or bool(near & roles.advisor_college_ids(user))


def can_plan_days(user: User) -> bool:
    """Plan passport days, open times, call off."""
    return roles.is_coordinator(user)


def can_view_booking(user: User, booking) -> bool:
    """Twin of PassportBooking.objects.visible_to."""
    return can_view_by_application(user, booking.application)


def can_help_booking(user: User, booking) -> bool:
    """Say that the papers are together, and what came of it: the office or the home college, nobody for themselves."""
    return can_view_booking(user, booking) and not can_prepare(user, booking.application)


def can_keep_vouchers(user: User) -> bool:
    """Issue vouchers, give them out, read the ledger: it is money, so the office alone."""
    return roles.is_coordinator(user)


def can_view_voucher(user: User, voucher) -> bool:
    """Twin of FeeVoucher.objects.visible_to."""
    if voucher.application is None:
        return roles.is_coordinator(user)
    return can_view_by_application(user, voucher.application)

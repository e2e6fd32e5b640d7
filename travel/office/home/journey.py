"""A student's whole journey as one page: the ticket with its stamps, one next step, and what is coming up.

Reads only; never looks at a decision that isn't released.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Prefetch, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.apply.results import feedback_for, told
from applications.base import waitlist, written
from applications.base.sections import sections_of
from applications.base.standings import standing_of
from applications.base.withdrawals import becomes
from applications.models import Application, Cycle, Offer, Statement
from applications.standing import Act, Standing, TripStage, may
from applications.states import Status
from exchange.models import User
from exchange.people.colleges import named_advisor as colleges
from exchange.templatetags.ui import deadline, full_day
from travel.base.stamps import Stamp, stamps
from travel.base.ticket import Ticket, placement_ticket, program_ticket, reached_before_placement, reached_by
from travel.base.trip_stage import Tense, placed_standing
from travel.models import ChecklistItem, PassportBooking, Placement, Reflection, ReflectionPrompt
from travel.office.home.coming_up import ComingUp, coming_up
from travel.office.home.interview_step import interview_step
from travel.passport.case import duties
from travel.passport.case.next_step import NextStep, has_something_to_do, next_step, no_seat_step
from travel.passport.case.outlook import step_of
from travel.passport.case.visits import booking_of, visit_of
from travel.prepare.checklist import evidence
from travel.reflection import survey
from travel.states import HELPED

BEFORE_OFFERS = frozenset({Status.DRAFT, Status.SUBMITTED, Status.RETURNED})


@dataclass(frozen=True, slots=True)
class Journey:
    ticket: Ticket
    step: NextStep | None
    also: NextStep | None = None  # until there is a seat: where they stand, or the passport's step beside the other
    coming_up: list[ComingUp] = field(default_factory=list)
    placement: Placement | None = None
    application: Application | None = None
    step_back: str = ""  # address of what a confirmed student can read about withdrawing, while that is possible
    advisor: User | None = None
    recorded: Statement | None = None  # how it ended, as staff recorded it for the student, who can object
    next_time: Cycle | None = None  # an open cycle that can begin with this application's answers


def journey_of(student: User) -> Journey:
    """Everything the page shows, in a constant number of queries."""
    today = timezone.localdate()
    application = _application(student)
    if application is None:
        return _before_applying(student)
    application.student = student
    placement = _placement(application)
    if application.status == Status.WAITLISTED and waitlist.is_over(application.cycle):
        return _after_the_waitlist(student, application)
    if placement is None:
        step, also = _application_step(application), _passport_early(application, today)
        if also and _waits_for_nobody(application, today):
            step, also = also, step
        return Journey(
            ticket=program_ticket(student, application.cycle, application, _stamps(application)),
            step=step,
            also=also,
            application=application,
            step_back=_step_back(application, standing_of(application, trip=TripStage.NONE)),
            recorded=_recorded(application),
            advisor=colleges.advisor_of(application.college),
            next_time=_next_time(application),
        )
    case, booking = getattr(placement, "passport_case", None), booking_of(application)
    items = duties.shown_to(case, placement.checklist_items.all())
    prompts = _open_prompts(placement, today)
    step = _placed_step(placement, items, prompts, today, booking)
    upcoming = coming_up(placement, items, step, today, visit_of(case, booking) if case else None)
    return Journey(
        ticket=placement_ticket(placement, case, has_reflected=_has_reflected(placement)),
        step=evidence.lead(step, items, placement),
        coming_up=[] if placed_standing(placement) == Standing.STAYED else upcoming,
        placement=placement,
        application=application,
        step_back=_step_back(application, placed_standing(placement)),
        advisor=colleges.advisor_of(application.college),
        next_time=_next_time(application, placement),
    )


def _after_the_waitlist(student: User, application: Application) -> Journey:
    """The trips have left, so nothing goes on."""
    return Journey(
        ticket=program_ticket(student, application.cycle, application, stamps(Standing.NOT_SELECTED, 0)),
        step=_closed_waitlist_step(application),
        application=application,
        advisor=colleges.advisor_of(application.college),
        next_time=_next_after(application),
    )


OVER = (Status.WITHDRAWN, Status.DECLINED, Status.NOT_SELECTED)


def _application(student: User) -> Application | None:
    """The newest, unless the student gave that one up and another still goes on."""
    mine = sorted(
        student.applications.select_related(
            *(
                "cycle",
                "form",
                "college__named_advisor",
                "recommendation",
                "interview__slot",
                "passport_case__facility",
                "unplaced",
            )
        )
        .defer("recommendation__letter", "recommendation__draft")  # the letter isn't for the student, and long
        .with_consent(),
        key=lambda application: application.cycle.opens_at,
        reverse=True,
    )
    newest = next(iter(mine), None)
    if newest and newest.status in (Status.WITHDRAWN, Status.DECLINED):
        newest = next((each for each in mine if _goes_on(each)), newest)
    if newest and newest.status not in BEFORE_OFFERS:
        prefetch_related_objects([newest], "offers")
    return newest


def _goes_on(application: Application) -> bool:
    """Neither over, nor left as a draft at the deadline, nor a waitlist or a trip that is past. Two queries for a
    confirmed one and for one on a waitlist."""
    if application.is_open_for_editing:
        return bool(application.accepts_changes)
    if application.status == Status.WAITLISTED:
        return not waitlist.is_over(application.cycle)
    if application.status != Status.CONFIRMED:
        return application.status not in OVER
    placement = _placement(application)
    return placement is None or placement.tense != Tense.AFTER


def _stamps(application: Application) -> list[Stamp]:
    """Of a student without a seat; a withdrawn one keeps what was reached, at a cost of two queries."""
    where = standing_of(application, trip=TripStage.NONE)
    if where != Standing.WITHDRAWN:
        return stamps(where, reached_before_placement(application))
    placement: Placement | None = getattr(application, "placement", None)
    if placement is not None:
        return stamps(where, reached_by(placement, getattr(application, "passport_case", None)))
    decision = told(application)
    was_selected = decision is not None and decision.result == Status.SELECTED
    return stamps(where, reached_before_placement(application, was_selected=was_selected))


def _step_back(application: Application, where: Standing) -> str:
    can = application.status == Status.CONFIRMED and may(where, Act.WITHDRAW)
    return f"{_offer_page(application)}#step-back" if can else ""


def _recorded(application: Application) -> Statement | None:
    """One query, of an application that has ended."""
    if application.status not in (Status.WITHDRAWN, Status.DECLINED):
        return None
    ended = (Statement.What.WITHDRAW, Statement.What.DECLINE)
    return application.statements.in_force().filter(what__in=ended).order_by("-recorded_at", "-pk").first()


def _next_time(application: Application, placement: Placement | None = None) -> Cycle | None:
    """The newest open cycle, if the student's is over: not selected, withdrawn, never sent, or returned."""
    is_over = application.status in (Status.NOT_SELECTED, Status.WITHDRAWN, Status.DECLINED) or (
        application.is_open_for_editing and not application.accepts_changes
    )
    if placement is not None:
        is_over = placement.tense == Tense.AFTER or placed_standing(placement) == Standing.STAYED
    return _next_after(application) if is_over else None


def _next_after(application: Application) -> Cycle | None:
    begun = application.person.applications.values("cycle")
    return Cycle.objects.open().filter(opens_at__gt=application.cycle.opens_at).exclude(pk__in=begun).first()


def _placement(application: Application) -> Placement | None:
    if application.status != Status.CONFIRMED:
        return None
    placement: Placement | None = (
        Placement.objects.active()
        .filter(application=application)
        .select_related("trip__city", "trip__host")
        .prefetch_related(
            Prefetch("checklist_items", ChecklistItem.objects.select_related("step")),
            Prefetch("reflections", Reflection.objects.select_related("prompt")),
        )
        .first()
    )
    if placement:
        placement.application = application  # with what its own query has read
    return placement


# --- the one next step -------------------------------------------------------------------------------


def _before_applying(student: User) -> Journey:
    cycle = Cycle.objects.open().first() or Cycle.objects.upcoming().first()
    if cycle is None:
        step = NextStep(
            title=_("Wait for the next cycle"),
            why=_("No cycle is open right now. Your college and this page will announce the next one."),
            action_label=_("See the cycles"),
            action_href=reverse("applications:cycle-list"),
        )
    elif not cycle.has_opened:
        step = NextStep(
            title=_("Get ready to apply"),
            why=_(
                "%(cycle)s opens %(deadline)s. Until then you can see what it covers, what it costs and who can apply."
            )
            % {"cycle": cycle.name, "deadline": deadline(cycle.opens_at)},
            action_label=_("See what it covers"),
            action_href=cycle.get_absolute_url(),
        )
    else:
        step = NextStep(
            title=_("Start your application"),
            why=_("You can do it a few minutes at a time. Every answer is saved."),
            do_by=timezone.localdate(cycle.closes_at),
            action_label=_("See how it works and apply"),
            action_href=cycle.get_absolute_url(),
        )
    row = stamps(Standing.DRAFT, 0) if cycle and cycle.has_opened else []
    return Journey(ticket=program_ticket(student, cycle, row=row), step=step)


def _application_step(application: Application) -> NextStep | None:
    builders = {
        Status.DRAFT: _draft_step,
        Status.RETURNED: _returned_step,
        Status.SUBMITTED: _submitted_step,
        Status.SELECTED: _selected_step,
        Status.WAITLISTED: _waitlisted_step,
        Status.NOT_SELECTED: _not_selected_step,
        Status.CONFIRMED: _confirmed_step,
        Status.DECLINED: _ended_step,
        Status.WITHDRAWN: _ended_step,
    }
    return builders[Status(application.status)](application)


def _to(name: str, application: Application) -> str:
    return reverse(f"applications:{name}", kwargs={"code": application.code})


def _draft_step(application: Application) -> NextStep:
    if not application.is_before_deadline:
        return NextStep(
            title=_("This cycle has closed"),
            why=_("Your application wasn’t submitted. What you wrote is saved, and you can still read it."),
            action_label=_("Read what you wrote"),
            action_href=_to("application-overview", application),
            label=_("Where you stand"),
        )
    is_begun = bool(written.sections_begun(application, sections_of(application)))
    kept = _("Applications close %(deadline)s. Everything you’ve written so far is saved.")
    empty = _("Applications close %(deadline)s. You haven’t written anything yet. You can stop and come back anytime.")
    return NextStep(
        title=_("Finish your application") if is_begun else _("Start your application"),
        why=(kept if is_begun else empty) % {"deadline": deadline(application.closes_at)},
        do_by=timezone.localdate(application.closes_at),
        action_label=_("Continue") if is_begun else _("Start"),
        action_href=_to("application-overview", application),
    )


def _returned_step(application: Application) -> NextStep:
    parts = application.parts_to_fix
    title = _("Fix your application and submit again")
    href = _to("application-overview", application)
    if len(parts) == 1:
        title = _("Fix “%(part)s” and submit again") % {"part": parts[0].title}
        href = reverse("applications:application-section", args=[application.code, parts[0].key])
    return NextStep(title=title, why=application.return_note, action_label=_("Fix it now"), action_href=href)


def _submitted_step(application: Application) -> NextStep:
    recommendation = getattr(application, "recommendation", None)
    if recommendation and recommendation.needs_someone_else:
        return NextStep(
            title=_("Ask someone else for your letter"),
            why=_("%(name)s won’t be writing it. We have everything else, and it stays as it is.")
            % {"name": recommendation.referee_name},
            action_label=_("Ask someone else"),
            action_href=_to("recommendation-replace", application),
            way_out_label=_("See what you sent"),
            way_out_href=_to("application-detail", application),
        )
    if step := interview_step(application):
        return step
    if not application.may_tell:  # type: ignore[attr-defined] # annotated in `_application`
        return NextStep(
            title=_("Sign so your college can confirm your enrollment"),
            why=_("We have your application. Your college needs your permission before it can tell us about you."),
            action_label=_("Read and sign"),
            action_href=_to("records-consent", application),
            way_out_label=_("See what you submitted"),
            way_out_href=_to("application-detail", application),
        )
    if application.cycle.decisions_on >= timezone.localdate():
        why = _("Your college and readers from other colleges are reviewing it. You’ll hear from us by %(day)s.") % {
            "day": full_day(application.cycle.decisions_on)
        }
    else:
        why = _("Decisions are taking longer than planned. We’ll send you a message as soon as yours is ready.")
    return NextStep(
        title=_("We have your application"),
        why=why,
        action_label=_("See what you submitted"),
        action_href=_to("application-detail", application),
        label=_("In review"),
    )


def open_offer(application: Application) -> Offer | None:
    return next((each for each in application.offers.all() if each.answered_at is None and each.ended_at is None), None)


def _offer_page(application: Application) -> str:
    answered = next((each for each in application.offers.all() if each.answered_at), None)
    return answered.get_absolute_url() if answered else _to("application-detail", application)


def _selected_step(application: Application) -> NextStep:
    offer = open_offer(application)
    if offer is None or offer.is_lapsed:
        return NextStep(
            title=_("Write to the exchange team"),
            why=_(
                "The time to answer has passed. Write to us today if you still want your spot,"
                " and we’ll tell you what’s possible."
            ),
            action_label=_("See your offer"),
            action_href=offer.get_absolute_url() if offer else _to("application-detail", application),
        )
    return NextStep(
        title=_("Confirm your spot"),
        why=_("You’re selected! Your spot is held until %(deadline)s. After that it can go to the next student.")
        % {"deadline": deadline(offer.answer_by)},
        do_by=timezone.localdate(offer.answer_by),
        action_label=_("See your offer"),
        action_href=offer.get_absolute_url(),
    )


def _closed_waitlist_step(application: Application) -> NextStep:
    return NextStep(
        title=_("The waitlist for %(cycle)s is closed") % {"cycle": application.cycle.name},
        why=_("Its trips have left, and no spot opened up for you. You’re welcome to apply again."),
        action_label=_("See the cycles"),
        action_href=reverse("applications:cycle-list"),
        label=_("Where you stand"),
    )


def _waitlisted_step(application: Application) -> NextStep:
    return NextStep(
        title=_("You’re on the waitlist"),
        why=_("If a spot opens up and you’re next, we’ll message you right away. You don’t need to do anything."),
        action_label=_("Read more"),
        action_href=_to("application-detail", application),
        label=_("Where you stand"),
    )


def _not_selected_step(application: Application) -> NextStep:
    has_notes = bool(feedback_for(application))
    why = _("There were more strong applications than spots. Your readers left notes that can help you next time.")
    return NextStep(
        title=_("You weren’t selected this time"),
        why=why if has_notes else _("There were more strong applications than spots. See what you can do now."),
        action_label=_("Read the notes") if has_notes else _("Read more"),
        action_href=_to("application-detail", application),
        label=_("Where you stand"),
    )


def _confirmed_step(application: Application) -> NextStep:
    canceled: Placement | None = getattr(application, "placement", None)  # `_placement` found none on another trip
    if canceled:
        return NextStep(
            title=_("Your trip to %(city)s was canceled") % {"city": canceled.trip.city.name},
            why=_("You’re still in the program, and what you finished still counts. See why, and what happens next."),
            action_label=_("See why, and what’s next"),
            action_href=canceled.get_absolute_url(),
            label=_("Where you stand"),
        )
    if getattr(application, "unplaced", None):
        return no_seat_step(application)
    return NextStep(
        title=_("Your spot is confirmed"),
        why=_("Next, we match everyone with a city. We’ll message you as soon as we know yours."),
        action_label=_("What you confirmed, and how to withdraw"),
        action_href=_offer_page(application),
        label=_("Where you stand"),
    )


def _passport_early(application: Application, today: date) -> NextStep | None:
    """A first passport can take longer than the time from placement to departure, so help begins before the seat."""
    if application.status not in HELPED:
        return None
    return step_of(application, getattr(application, "passport_case", None), today, booking_of(application))[1]


def _waits_for_nobody(application: Application, today: date) -> bool:
    """Whether the passport is all there is to do: the spot is confirmed, and who gets which city is still open."""
    is_open = not hasattr(application, "placement") and not hasattr(application, "unplaced")
    case = getattr(application, "passport_case", None)
    return application.status == Status.CONFIRMED and is_open and has_something_to_do(case, today)


def _ended_step(application: Application) -> NextStep:
    is_withdrawn = application.status == Status.WITHDRAWN
    was_answered = any(each.answered_at for each in application.offers.all())
    title = _("You declined your spot") if was_answered else _("Your offer has ended")
    again = _("You’re welcome to apply again in another cycle.")
    return NextStep(
        title=_withdrawn(application) if is_withdrawn else title,
        why=f"{becomes(application) or _('You don’t need to do anything.')} {again}",
        action_label=_("See the cycles"),
        action_href=reverse("applications:cycle-list"),
        label=_("Where you stand"),
    )


def _withdrawn(application: Application) -> str:
    """From what they withdrew: also the trip, if they had one."""
    placement: Placement | None = getattr(application, "placement", None)
    if placement is None:
        return _("Your application for %(cycle)s was withdrawn") % {"cycle": application.cycle.name}
    words = {"cycle": application.cycle.name, "city": placement.trip.city.name}
    return _("Your application for %(cycle)s was withdrawn, and with it your spot on the trip to %(city)s") % words


def _has_reflected(placement: Placement) -> bool:
    after = ReflectionPrompt.Moment.AFTER
    return any(each.prompt.moment == after and not each.is_draft for each in placement.reflections.all())


def _open_prompts(placement: Placement, today: date) -> Sequence[ReflectionPrompt]:
    """Prompts that are open and have no answer yet, in order."""
    answered = {reflection.prompt_id for reflection in placement.reflections.all() if not reflection.is_draft}
    return [
        prompt for prompt in placement.prompts if prompt.pk not in answered and prompt.opens_on(placement.trip) <= today
    ]


def _placed_step(
    placement: Placement,
    items: list[ChecklistItem],
    prompts: Sequence[ReflectionPrompt],
    today: date,
    booking: PassportBooking | None,
) -> NextStep:
    trip = placement.trip
    if placed_standing(placement) == Standing.STAYED:
        return _stayed_step(placement)
    if placement.tense == Tense.AFTER:
        return _after_step(placement, prompts, today)
    if placement.tense == Tense.DURING:
        return NextStep(
            title=_("Have a good trip"),
            why=_("Your trip to %(city)s runs until %(day)s. Your host: %(host)s.")
            % {"city": trip.city.name, "day": full_day(trip.home_on), "host": trip.host.name},
            action_label=_("Open your trip"),
            action_href=placement.get_absolute_url(),
            label=_("On the trip"),
        )
    case = getattr(placement, "passport_case", None)
    step = next_step(placement, case, items, today, booking)
    if step is not None and not (prompts and (step.do_by is None or step.do_by > today)):
        return step
    if prompts:
        return _reflect_step(placement, prompts)
    return NextStep(
        title=_("You’re ready"),
        why=ngettext(
            "Everything is done. You leave in %(days)s day.",
            "Everything is done. You leave in %(days)s days.",
            trip.days_left,
        )
        % {"days": trip.days_left},
        action_label=_("Open your trip"),
        action_href=placement.get_absolute_url(),
        label=_("Where you stand"),
    )


def _reflect_step(placement: Placement, prompts: Sequence[ReflectionPrompt]) -> NextStep:
    return NextStep(
        title=_("Write a few lines"),
        why=prompts[0].text,
        action_label=_("Write now"),
        action_href=reverse("travel:reflection-write", kwargs={"code": placement.code, "prompt": prompts[0].key}),
    )


def _stayed_step(placement: Placement) -> NextStep:
    return NextStep(
        title=_("You didn’t take this trip"),
        why=_("That’s what your record for %(city)s says. If it’s wrong, ask us to correct it.")
        % {"city": placement.trip.city.name},
        action_label=_("Ask us"),
        action_href=reverse("applications:thread-list"),
        label=_("Where you stand"),
    )


def _after_step(placement: Placement, prompts: Sequence[ReflectionPrompt], today: date) -> NextStep:
    if survey.is_waiting(placement):
        return NextStep(
            title=_("Before the trip and now"),
            why=_("A few sentences to rate, in about a minute. No one reads your answers one by one."),
            action_label=_("Start the survey"),
            action_href=reverse("travel:survey", kwargs={"code": placement.code}),
        )
    after = [prompt for prompt in prompts if prompt.moment == ReflectionPrompt.Moment.AFTER]
    if after:
        return _reflect_step(placement, after)
    upcoming = [
        prompt.opens_on(placement.trip) for prompt in placement.prompts if prompt.opens_on(placement.trip) > today
    ]
    why = _("Thank you for taking part, and for sharing what you learned.")
    if upcoming:
        why = _("On %(day)s we’ll ask you for a few lines about the trip.") % {"day": full_day(min(upcoming))}
    label, href = _("Open your trip"), placement.get_absolute_url()
    if placement.returned_at and not placement.application.follow_up_consents.exists():
        why = f"{why} {_('If you like, let your college tell us how your studies go from here.')}"
        label, href = _("Read what it’s about"), _to_follow_up(placement)
    return NextStep(
        title=_("Welcome home") if placement.returned_at else _("Your trip is over"),
        why=why,
        action_label=label,
        action_href=href,
        label=_("Where you stand"),
    )


def _to_follow_up(placement: Placement) -> str:
    return reverse("travel:follow-up-own", kwargs={"code": placement.application.code})

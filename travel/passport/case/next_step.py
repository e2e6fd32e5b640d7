"""The one next step of a student: what, why, by when or at what time, the last safe day, one action, and a way out.

It knows what is booked: a visit replaces "book" and "apply", with its day and place, and once it is over it asks how it
went. No date that has passed is shown as something to do.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from applications.models import Application
from exchange.templatetags.ui import full_day
from travel.models import ChecklistItem, PassportBooking, PassportCase, Placement, Trip
from travel.passport.case import duties, talks
from travel.passport.case.visits import Visit, visit_of
from travel.passport.plan import timeline
from travel.passport.plan.planning import (
    BY_MAIL_ROUTES,
    IN_PERSON_ROUTES,
    OF_THE_PASSPORT,
    ends_with_its_form,
    form_has_ended,
    is_closed,
    next_on,
    way_of,
)
from travel.passport.way import proofs
from travel.states import BEFORE_APPLYING, SEEN, WAITING, PassportStage, Urgency

Route = PassportCase.Route
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NextStep:
    """What components/next_step.html shows. Empty text and None leave a part out.

    `on`, `when`, `where`: of something that takes place at its own time, in place of the two dates.
    """

    title: str
    why: str
    keeps: str = ""  # what its date keeps open, in a sentence
    do_by: date | None = None
    last_safe_on: date | None = None
    on: date | None = None
    when: str = ""
    where: str = ""
    action_label: str = ""
    action_href: str = ""
    form_action: str = ""
    way_out_label: str = ""
    way_out_href: str = ""
    label: str = ""
    is_passport: bool = False
    is_late: bool = False  # it's shown as something to do today
    may_cost_the_trip: bool = False  # after its last safe day


def next_step(
    placement: Placement,
    case: PassportCase | None,
    items: Iterable[ChecklistItem],
    today: date,
    booking: PassportBooking | None = None,
) -> NextStep | None:
    """The most urgent step (`urgency`), None when everything is done. Pass each item with its step; makes no query.

    A step that waits for another one comes after all that can be done.
    """
    items = list(items)
    others = first_others(items, case, today)
    passport = passport_step(placement.application, case, today, booking) if case else None
    other = _item(placement, others[0], today, duties.may_cost_the_trip(others[0], items)) if others else None
    if case and case.stage in WAITING:  # the student waits for the government, so show another item
        return other if other and _is_in_time(case, today) else passport
    if passport and case and case.stage == PassportStage.LETTER:
        return passport
    if passport and (not others or _comes_first(passport, others[0], today)):
        return passport
    return other


def first_others(items: Iterable[ChecklistItem], case: PassportCase | None, today: date) -> list[ChecklistItem]:
    """The student's open items, the most urgent first; those of the passport only without a case, which has its own
    steps. Pass all items that are shown, with their steps."""
    items = list(items)
    open_items = [item for item in items if item.is_open and item.step.is_students]
    waiting = duties.waits(items)
    return sorted(
        (item for item in open_items if case is None or item.step.timing not in OF_THE_PASSPORT),
        key=lambda item: (
            item.step.key in waiting,
            *urgency(item.do_by, item.last_safe_on, today),
            item.step.order,
        ),
    )


def urgency(do_by: date, last_safe_on: date, today: date) -> tuple[int, date, date]:
    """Sorts steps: what should be done this week, or is late, by its last safe day; then the others by their first."""
    is_now = do_by < today + WEEK
    return (0, last_safe_on, do_by) if is_now else (1, do_by, last_safe_on)


def _comes_first(passport: NextStep, item: ChecklistItem, today: date) -> bool:
    day = passport.do_by or passport.on
    if day is None:  # a talk, a question: nothing else helps before it
        return True
    last = passport.last_safe_on or day
    return urgency(day, last, today) <= urgency(item.do_by, max(item.last_safe_on, today), today)


def has_something_to_do(case: PassportCase | None, today: date) -> bool:
    """Whether a passport step asks the student for anything now, or a passport on its way is late."""
    return case is None or case.stage not in WAITING or not _is_in_time(case, today)


def _is_in_time(case: PassportCase, today: date) -> bool:
    """Whether a passport that is on its way needs nobody yet."""
    return case.urgency not in (Urgency.URGENT_COUNTER, Urgency.NOT_FEASIBLE) and (
        case.in_hand_by is None or case.in_hand_by >= today
    )


def shown_do_by(do_by: date | None, last_safe_on: date | None, today: date) -> date | None:
    """The day to show as something to do; see `timeline.shown_do_by`."""
    return timeline.shown_do_by(do_by, last_safe_on, today, is_closed())


def shown_last(last_safe_on: date | None, today: date) -> date | None:
    """The last safe day while it is ahead."""
    return last_safe_on if last_safe_on and last_safe_on >= today else None


def _item(placement: Placement, item: ChecklistItem, today: date, may_cost_the_trip: bool) -> NextStep:
    address = {"code": placement.code, "key": item.step.key}
    why = item.step.why
    if item.last_safe_on < today:
        why = f"{why} {_('It’s past the last safe day. Do it today, or tell your advisor why you can’t.')}"
    return NextStep(
        title=item.step.title,
        why=why,
        do_by=shown_do_by(item.do_by, item.last_safe_on, today),
        last_safe_on=shown_last(item.last_safe_on, today),
        is_late=item.do_by < today,
        may_cost_the_trip=may_cost_the_trip,
        action_label=_("See how"),
        action_href=reverse("travel:checklist-item", kwargs=address),
        way_out_label=_("I have a question first"),
        way_out_href=reverse("applications:thread-list"),
    )


def passport_step(
    application: Application,
    case: PassportCase | None,
    today: date,
    booking: PassportBooking | None = None,
    keeps: str = "",
) -> NextStep | None:
    """The next step on the way to a passport, None once it was seen. Without a case, it's to answer the questions.

    `booking`: the student's slot on a passport day. `keeps`: which cities the step's date keeps open.
    """
    step = _passport_step(application, case, today, booking)
    if step and keeps:
        step = replace(step, keeps=keeps)
    return replace(step, is_passport=True, may_cost_the_trip=True) if step else None


def _passport_step(
    application: Application, case: PassportCase | None, today: date, booking: PassportBooking | None
) -> NextStep | None:
    address = {"code": application.code}
    detail = reverse("travel:passport-detail", kwargs=address)
    if case is None:
        return _questions(address, None, None)
    if case.stage in SEEN:
        return None
    visit = visit_of(case, booking)
    do_by, last = shown_do_by(next_on(case), case.last_safe_on, today), shown_last(case.last_safe_on, today)
    if case.stage == PassportStage.LETTER:
        return _answer_letter(case, today, last, detail)
    if case.route == Route.TALK and case.stage in BEFORE_APPLYING:
        return _private_talk(application, case, detail, today)
    if case.urgency == Urgency.NOT_FEASIBLE:
        return _talk(case, detail, visit, today)
    if case.route == Route.UNKNOWN and case.stage in BEFORE_APPLYING and not visit:
        return _another_one(address, do_by, last) if case.expires_on else _questions(address, do_by, last)
    if form_has_ended(case, today):
        return _questions(address, None, None)
    if case.stage in WAITING and case.urgency != Urgency.URGENT_COUNTER:
        return _wait(case, today, detail)
    if visit and (visit.on < today or not case.needs_certificate):
        return _go(visit, case, today, detail)
    if case.stage == PassportStage.IN_HAND and not case.signed_at:
        return _sign(address, do_by, last)
    if case.urgency == Urgency.URGENT_COUNTER and not case.needs_certificate and case.stage != PassportStage.IN_HAND:
        return _call_the_agency(do_by, last, detail)
    return _by_stage(application, case, visit, do_by, last)


def _call_the_agency(do_by: date | None, last: date | None, detail: str) -> NextStep:
    return NextStep(
        title=_("Call the passport agency for an urgent appointment"),
        why=_("Mail is too slow now. The agency sees people who travel soon. Tell your advisor, too."),
        do_by=do_by,
        last_safe_on=last,
        action_label=_("See how"),
        action_href=detail,
    )


def _by_stage(
    application: Application, case: PassportCase, visit: Visit | None, do_by: date | None, last: date | None
) -> NextStep:
    """The usual step at this stage of this route."""
    address = {"code": application.code}
    detail = reverse("travel:passport-detail", kwargs=address)
    title, why, label = _words(case)
    if visit:
        why = f"{why} {_kept(visit)}"
    if ends_with_its_form(case, is_closed()):
        why = f"{why} {_until(case)}"
    way_out = _way_out(application, case, address)
    if (
        case.stage in (PassportStage.GATHERING, PassportStage.READY)
        and case.route in IN_PERSON_ROUTES
        and not case.needs_certificate
    ):
        detail = reverse("travel:facility-list")
    return NextStep(
        title=title, why=why, do_by=do_by, last_safe_on=last, action_label=label, action_href=detail, **way_out
    )


def _until(case: PassportCase) -> str:
    """What sets the last safe day where it isn't the trip."""
    form = "DS-5504" if case.route == Route.DS5504 else "DS-82"
    return _(
        "You can only use form %(form)s through %(day)s. After that, you need another form, and you may have to apply"
        " in person."
    ) % {"form": form, "day": full_day(case.form_until)}


def _sign(address: dict[str, str], do_by: date | None, last: date | None) -> NextStep:
    return NextStep(
        title=_("Sign your passport"),
        why=_(
            "A passport isn’t valid until you sign it. Use blue or black ink, on the line across from the page with"
            " your photo. Then show it to your advisor."
        ),
        do_by=do_by,
        last_safe_on=last,
        action_label=_("I’ve signed it"),
        form_action=reverse("travel:passport-signed", kwargs=address),
    )


def _go(visit: Visit, case: PassportCase, today: date, detail: str) -> NextStep:
    """Go there, or once the day is over, say how it went."""
    if visit.on < today:
        title = _("How did your appointment go?")
        if visit.is_passport_day:
            title = _("How did your passport day go?")
        return NextStep(
            title=title,
            why=_("Tell us whether you applied, so your dates stay right. If you couldn’t go, book another time."),
            action_label=_("Tell us how it went"),
            action_href=detail + "#stage",
        )
    title, why = _("Go to your passport appointment"), _("Bring your documents, your photo and both payments.")
    if visit.is_passport_day:
        title, why = _("Go to your passport day"), _("Bring %(things)s.") % {"things": "; ".join(visit.bring)}
    why = f"{why} {_('Don’t sign the form until the agent tells you to.')}"
    if case.last_safe_on and visit.on > case.last_safe_on:
        late = _("This is after your last safe day, %(day)s. Try to get an earlier time, and tell your advisor today.")
        why = f"{late % {'day': full_day(case.last_safe_on)}} {why}"
    return NextStep(
        title=title,
        why=why,
        on=visit.on,
        when=visit.when,
        where=visit.where,
        action_label=_("See what to bring"),
        action_href=visit.href,
    )


def _kept(visit: Visit) -> str:
    return _("You’re booked for %(when)s, and you’ll need it there.") % {"when": visit.when}


def _wait(case: PassportCase, today: date, detail: str) -> NextStep:
    """Nothing to do by a date; past the day it should be here, a person looks."""
    why = _("Check your mail. Tell us when your passport comes, or if you get a letter.")
    if case.in_hand_by and case.in_hand_by >= today:
        later = _("If it isn’t here by %(day)s, tell your advisor.") % {"day": full_day(case.in_hand_by)}
    else:
        later = _("It should be here by now, so tell your advisor today.")
    return NextStep(
        title=_("Wait for your passport"),
        why=f"{why} {later}",
        action_label=_("Tell us what came"),
        action_href=detail,
    )


def _answer_letter(case: PassportCase, today: date, last: date | None, detail: str) -> NextStep:
    title, why, label = _words_of_stage()[PassportStage.LETTER]
    return NextStep(title=title, why=why, do_by=today, last_safe_on=last, action_label=label, action_href=detail)


def _questions(address: dict[str, str], do_by: date | None, last: date | None) -> NextStep:
    return NextStep(
        title=_("Find out how to get your passport"),
        why=_(
            "Answer a few questions, and you’ll see what to bring, what it costs and when to go. No one else sees"
            " your answers unless you choose an advisor."
        ),
        do_by=do_by,
        last_safe_on=last,
        action_label=_("Answer the questions"),
        action_href=reverse("travel:passport-route", kwargs=address),
    )


def _another_one(address: dict[str, str], do_by: date | None, last: date | None) -> NextStep:
    return NextStep(
        title=_("Find out how to get a new passport"),
        why=_("The one you have doesn’t work for this trip. Answer a few questions. Most people can mail a form."),
        do_by=do_by,
        last_safe_on=last,
        action_label=_("Answer the questions"),
        action_href=reverse("travel:passport-route", kwargs=address),
    )


def _private_talk(application: Application, case: PassportCase, detail: str, today: date) -> NextStep:
    """No dates of a US passport: they may need none. One query, whether the talk took place."""
    if talks.has_talked(application):
        return NextStep(
            title=_("Do what you and your advisor agreed on"),
            why=_("Then tell us here once you have the passport or document you’ll travel on."),
            do_by=case.in_hand_by and max(case.in_hand_by, today),
            action_label=_("Tell us you have it"),
            action_href=detail,
        )
    return NextStep(
        title=_("Talk with your advisor"),
        why=_("Your advisor will help you find out what you can travel on. Your conversation stays private."),
        action_label=_("See who to talk to"),
        action_href=f"{detail}#talk",
    )


def _talk(case: PassportCase, detail: str, visit: Visit | None, today: date) -> NextStep:
    why = _("A passport won’t come in time the usual way. We’ve told your advisor, who’ll help you find a way.")
    if not case.placement:
        why = _(
            "A passport won’t come in time for any city you ranked. We’ve told your advisor, who’ll help you find"
            " a way."
        )
    if visit and visit.on >= today:
        keep = _("You’re booked for %(when)s. Keep that appointment unless your advisor says otherwise.")
        why = f"{why} {keep % {'when': visit.when}}"
    return NextStep(
        title=_("Talk with your advisor"),
        why=why,
        action_label=_("See who to talk to"),
        action_href=detail + "#ask",
    )


def _words(case: PassportCase) -> tuple[str, str, str]:
    """(title, why, label of the button) by stage and route."""
    to_report = case.route == Route.LOST and not case.reported_at
    if case.stage in BEFORE_APPLYING and case.needs_certificate and to_report:
        return (
            _("Report your lost passport and order your birth certificate"),
            _(
                "Report the passport today with form DS-64, so no one else can use it. Order a certified copy of your"
                " birth certificate today, too. It can take weeks to arrive."
            ),
            _("See how to order it"),
        )
    if case.stage in BEFORE_APPLYING and case.needs_certificate:
        return (
            _("Order your birth certificate"),
            _("You need a certified copy with a seal. It can take weeks to arrive, so order it first."),
            _("See how to order it"),
        )
    if case.stage in BEFORE_APPLYING and way_of(case) == Route.ONLINE:
        return (
            _("Renew your passport on the official site"),
            _("Try online first. If the site won’t let you, mail the form. You get the same passport either way."),
            _("See how"),
        )
    if case.stage in (PassportStage.NOT_STARTED, PassportStage.GATHERING) and to_report:
        return (
            _("Report your lost passport, then book an appointment"),
            _("Report it today with form DS-64. Then apply for a new one in person, with form DS-11."),
            _("See what to bring") if case.stage == PassportStage.NOT_STARTED else _("Find a place near you"),
        )
    if case.stage in BEFORE_APPLYING and case.route in BY_MAIL_ROUTES:
        return (
            _("Mail your passport form"),
            _("You can apply by mail. Send the form, a photo and your old passport together."),
            _("See what to send"),
        )
    return _words_of_stage()[PassportStage(case.stage)]


def _words_of_stage() -> dict[PassportStage, tuple[str, str, str]]:
    """The texts in the current language; for routes in person, and for every route once the student has applied."""
    in_person = _("You apply in person, with your documents and your ID. Most places need an appointment.")
    book, near = _("Book your passport appointment"), _("Find a place near you")
    return {
        PassportStage.NOT_STARTED: (
            _("Get your passport documents together"),
            _("You apply in person. Get your documents and a photo, then book an appointment."),
            _("See what to bring"),
        ),
        PassportStage.GATHERING: (book, in_person, near),
        PassportStage.READY: (
            book,
            _("Your documents are ready. Book now, because most places need an appointment."),
            near,
        ),
        PassportStage.BOOKED: (
            _("Apply for your passport in person"),
            _("Bring your documents, your photo and both payments. Tell us the day of your appointment."),
            _("See what to bring"),
        ),
        PassportStage.LETTER: (
            _("Answer the passport letter"),
            _("Your application is on hold until you answer. Most letters ask for a new photo or one more document."),
            _("See what to do"),
        ),
        PassportStage.IN_HAND: (
            _("Show your passport to your advisor"),
            _("Your advisor checks the name and the date, and doesn’t make a copy."),
            _("See who to show it to"),
        ),
    }


def _way_out(application: Application, case: PassportCase, address: dict[str, str]) -> dict[str, Any]:
    """In the words of the proof this student has to bring, which is among the sealed answers."""
    if case.stage not in BEFORE_APPLYING or case.route not in IN_PERSON_ROUTES:
        return {}
    href = reverse("travel:passport-certificate", kwargs=address)
    if case.needs_certificate:
        return {"way_out_label": _("I have it, or it’s on its way"), "way_out_href": href}
    proof = proofs.of(application)
    if proof == proofs.OLD_PASSPORT:
        href = reverse("travel:passport-route", kwargs=address)
    return {"way_out_label": str(proof.missing), "way_out_href": href}


def no_seat_step(application: Application) -> NextStep:
    """For a confirmed student who got no seat in the placement. One query."""
    if not Trip.objects.ahead().filter(cycle=application.cycle_id).exists():
        return NextStep(
            title=_("We didn’t have a spot in a city for you this time"),
            why=_("All of this cycle’s trips have left. See why, and what you can do now."),
            action_label=_("See why, and what’s next"),
            action_href=reverse("travel:placement-none", kwargs={"code": application.code}),
            label=_("Where you stand"),
        )
    return NextStep(
        title=_("We don’t have a spot in a city for you yet"),
        why=_("You’re still in the program. See why, and what happens when a spot opens."),
        action_label=_("See why, and what’s next"),
        action_href=reverse("travel:placement-none", kwargs={"code": application.code}),
        label=_("Where you stand"),
    )

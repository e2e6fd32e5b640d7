"""The one next step of a placed student: what, why, by when, the last safe day, one action, and a way out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from applications.models import Application
from travel.models import ChecklistItem, ChecklistStep, PassportCase, Placement
from travel.passport import proofs, talks
from travel.passport.planning import BY_MAIL_ROUTES, IN_PERSON_ROUTES, next_on, way_of
from travel.states import BEFORE_APPLYING, SEEN, WAITING, PassportStage, Urgency

Route = PassportCase.Route
# items that the passport card itself covers; they follow its stage
OF_THE_PASSPORT = frozenset({ChecklistStep.Timing.DOCUMENTS, ChecklistStep.Timing.APPLY, ChecklistStep.Timing.IN_HAND})


@dataclass(frozen=True, slots=True)
class NextStep:
    """What components/next_step.html shows. Empty text and None leave a part out."""

    title: str
    why: str
    do_by: date | None = None
    last_safe_on: date | None = None
    action_label: str = ""
    action_href: str = ""
    form_action: str = ""
    way_out_label: str = ""
    way_out_href: str = ""
    label: str = ""
    is_passport: bool = False


def next_step(
    placement: Placement, case: PassportCase | None, items: Iterable[ChecklistItem], today: date
) -> NextStep | None:
    """The most urgent step, None when everything is done. Pass each item with its step; makes no query."""
    open_items = [item for item in items if item.done_at is None]
    others = sorted(
        (item for item in open_items if case is None or item.step.timing not in OF_THE_PASSPORT),
        key=lambda item: (item.do_by, item.step.order),
    )
    passport = passport_step(placement.application, case, today) if case else None
    if case and case.stage in WAITING:  # the student waits for the government, so show another item
        return _item(placement, others[0], today) if others else passport
    if passport and case and case.stage == PassportStage.LETTER:
        return passport
    if passport and (not others or passport.do_by is None or passport.do_by <= others[0].do_by):
        return passport
    return _item(placement, others[0], today) if others else None


def shown_do_by(do_by: date | None, last_safe_on: date | None, today: date) -> date | None:
    """A date that has passed becomes today, while today is still safe."""
    if do_by is None or last_safe_on is None:
        return do_by
    return max(do_by, min(today, last_safe_on))


def _item(placement: Placement, item: ChecklistItem, today: date) -> NextStep:
    address = {"code": placement.code, "key": item.step.key}
    return NextStep(
        title=item.step.title,
        why=item.step.why,
        do_by=shown_do_by(item.do_by, item.last_safe_on, today),
        last_safe_on=item.last_safe_on,
        action_label=_("See how"),
        action_href=reverse("travel:checklist-item", kwargs=address),
    )


def passport_step(application: Application, case: PassportCase | None, today: date) -> NextStep | None:
    """The next step on the way to a passport, None once it was seen. Without a case, it's to answer the questions."""
    step = _passport_step(application, case, today)
    return replace(step, is_passport=True) if step else None


def _passport_step(application: Application, case: PassportCase | None, today: date) -> NextStep | None:
    address = {"code": application.code}
    detail = reverse("travel:passport-detail", kwargs=address)
    if case is None:
        return _questions(address, None, None)
    if case.stage in SEEN:
        return None
    do_by, last = shown_do_by(next_on(case), case.last_safe_on, today), case.last_safe_on
    if case.route == Route.TALK and case.stage in BEFORE_APPLYING:
        return _private_talk(application, case, detail)
    if case.urgency == Urgency.NOT_FEASIBLE:
        return _talk(case, do_by, last, detail)
    if case.route == Route.UNKNOWN and case.stage in BEFORE_APPLYING:
        return _another_one(address, do_by, last) if case.expires_on else _questions(address, do_by, last)
    if case.urgency == Urgency.URGENT_COUNTER:
        return NextStep(
            title=_("Call the passport agency for an urgent visit"),
            why=_(
                "There is no time left for the mail. The agency sees people who travel soon. Tell your advisor, too."
            ),
            do_by=do_by,
            last_safe_on=last,
            action_label=_("See how"),
            action_href=detail,
        )
    title, why, label = _words(case)
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


def _questions(address: dict[str, str], do_by: date | None, last: date | None) -> NextStep:
    return NextStep(
        title=_("Find your way to a passport"),
        why=_(
            "Answer a few plain questions. Then you see what to bring, what it costs and when to go."
            " Nobody else sees your answers."
        ),
        do_by=do_by,
        last_safe_on=last,
        action_label=_("Answer the questions"),
        action_href=reverse("travel:passport-route", kwargs=address),
    )


def _another_one(address: dict[str, str], do_by: date | None, last: date | None) -> NextStep:
    return NextStep(
        title=_("Find your way to a new passport"),
        why=_("The one that you have does not fit this trip. Answer a few questions: most people can mail a form."),
        do_by=do_by,
        last_safe_on=last,
        action_label=_("Answer the questions"),
        action_href=reverse("travel:passport-route", kwargs=address),
    )


def _private_talk(application: Application, case: PassportCase, detail: str) -> NextStep:
    """No dates of a US passport: they may need none. One query, whether the talk took place."""
    if talks.has_talked(application):
        return NextStep(
            title=_("Do what you and your advisor agreed on"),
            why=_("Then tell us here once you have the passport or document you’ll travel on."),
            do_by=case.in_hand_by,
            action_label=_("Tell us you have it"),
            action_href=detail,
        )
    return NextStep(
        title=_("Talk with your advisor"),
        why=_("Your advisor will help you find out what you can travel on. Your conversation stays private."),
        action_label=_("See who to talk to"),
        action_href=f"{detail}#talk",
    )


def _talk(case: PassportCase, do_by: date | None, last: date | None, detail: str) -> NextStep:
    why = _("An advisor helps you find what you can travel on. What you talk about stays between you.")
    if case.urgency == Urgency.NOT_FEASIBLE:
        why = _("The dates no longer fit. Your advisor and the exchange team decide with you what can still be done.")
    return NextStep(
        title=_("Talk with your advisor"),
        why=why,
        do_by=do_by,
        last_safe_on=last,
        action_label=_("See who to talk to"),
        action_href=detail,
    )


def _words(case: PassportCase) -> tuple[str, str, str]:
    """(title, why, label of the button) by stage and route."""
    if case.stage in BEFORE_APPLYING and case.needs_certificate:
        return (
            _("Order your birth certificate"),
            _("You need the certified one, with a seal. It can take weeks to come, so order it first."),
            _("See how to order it"),
        )
    if case.stage in BEFORE_APPLYING and way_of(case) == Route.ONLINE:
        return (
            _("Renew your passport on the official site"),
            _("Try it online first. If the site says no, mail the form: both lead to the same passport."),
            _("See how"),
        )
    if case.stage in (PassportStage.NOT_STARTED, PassportStage.GATHERING) and case.route == Route.LOST:
        return (
            _("Report your lost passport, then book an appointment"),
            _("Report it today with form DS-64. Then apply for a new one in person, with form DS-11."),
            _("See what to bring") if case.stage == PassportStage.NOT_STARTED else _("Find a place near you"),
        )
    if case.stage in BEFORE_APPLYING and case.route in BY_MAIL_ROUTES:
        return (
            _("Mail your passport form"),
            _("You can do it by mail. Put your form, your photo and your old passport together."),
            _("See what to send"),
        )
    return _words_of_stage()[PassportStage(case.stage)]


def _words_of_stage() -> dict[PassportStage, tuple[str, str, str]]:
    """The texts in the current language; for routes in person, and for every route once the student has applied."""
    wait = (
        _("Wait for your passport"),
        _("Look at your mail. Tell us here when it comes, or when a letter comes."),
        _("Tell us what came"),
    )
    in_person = _("You apply in person, with your papers and your ID. Most places need an appointment.")
    book, near = _("Book your passport appointment"), _("Find a place near you")
    return {
        PassportStage.NOT_STARTED: (
            _("Bring your passport papers together"),
            _("You apply in person. Get your papers and a photo, then book a visit: most places need one."),
            _("See what to bring"),
        ),
        PassportStage.GATHERING: (book, in_person, near),
        PassportStage.READY: (
            book,
            _("Your papers are ready. Book now: most places need an appointment."),
            near,
        ),
        PassportStage.BOOKED: (
            _("Apply at the counter"),
            _("Bring your papers, your photo and both payments."),
            _("See what to bring"),
        ),
        PassportStage.APPLIED: wait,
        PassportStage.ISSUED: wait,
        PassportStage.LETTER: (
            _("Answer the passport letter"),
            _("Your passport rests until you answer. Most letters ask for a new photo or one more paper."),
            _("See what to do"),
        ),
        PassportStage.IN_HAND: (
            _("Show your passport to your advisor"),
            _("Sign it first. Your advisor looks at the name and the date. We take no copy."),
            _("See who to show it to"),
        ),
    }


def _way_out(application: Application, case: PassportCase, address: dict[str, str]) -> dict[str, Any]:
    """In the words of the proof this student has to bring, which is among the sealed answers."""
    if case.stage not in BEFORE_APPLYING or case.route not in IN_PERSON_ROUTES:
        return {}
    href = reverse("travel:passport-certificate", kwargs=address)
    if case.needs_certificate:
        return {"way_out_label": _("I have it, or it is on its way"), "way_out_href": href}
    proof = proofs.of(application)
    if proof == proofs.OLD_PASSPORT:
        href = reverse("travel:passport-route", kwargs=address)
    return {"way_out_label": str(proof.missing), "way_out_href": href}


def no_seat_step(application: Application) -> NextStep:
    """For a confirmed student who got no seat in the placement."""
    return NextStep(
        title=_("We have no seat in a city for you yet"),
        why=_("You are still in the program. See why, and what happens when a seat comes free."),
        action_label=_("See why, and what is next"),
        action_href=reverse("travel:placement-none", kwargs={"code": application.code}),
        label=_("Where you stand"),
    )

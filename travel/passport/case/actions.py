"""Actions that change a passport case, its sealed answers and the feasible cities. They store no number and no scan."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from typing import Any, cast

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application
from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.models import PartnerCity, User
from exchange.templatetags.ui import day_year
from travel.models import FeasibleCities, PassportCase, TravelAnswers
from travel.passport.case import talk
from travel.passport.case import way as passport_way
from travel.passport.case.replan import locked, open_case, recompute, refuse_ended
from travel.passport.case.stage import follow_stage, move
from travel.passport.plan import planning
from travel.passport.plan.planning import PlanRules
from travel.passport.way import proofs
from travel.passport.way.route import Answers, Paper, answers_from_json, answers_to_json, questions, route
from travel.passport.way.validity import Validity
from travel.states import BEFORE_APPLYING, HAS_PASSPORT, SEEN, PassportStage

Route = PassportCase.Route


@transaction.atomic
def answer_route(application: Application, answers: Answers, *, by: User) -> PassportCase:
    """Store the answers (sealed, see `TravelAnswers`), find the route they lead to, and replan the dates.

    Where the route leads to a US passport, every city becomes feasible by the rule; otherwise the list stays open until
    an advisor marks it. A list that a person marked stays as it is.
    RuleViolation("already_applied") once the form is with the government, ("already_checked") once it was seen.
    """
    case = locked(open_case(application, by=by))
    if case.stage not in BEFORE_APPLYING | HAS_PASSPORT:
        raise RuleViolation(
            "already_applied", _("You’ve already applied for your passport. If something changed, ask your advisor.")
        )
    if case.stage in SEEN:
        raise RuleViolation("already_checked", _("Your advisor has already seen your passport. Nothing was changed."))
    known = planning.judged_by(application, case.trip, case)
    result = route(answers, **known)
    passport_way.follow(case, answers, result, by=by)
    _seal(application, answers, asked=questions(answers, **known), needs_talk=case.route == Route.TALK)
    recompute(case, by=by)
    audit.record("checklist.answer_route", application, by=by)  # without the route, which only the student may see
    case.refresh_from_db()
    return case


def _rules(case: PassportCase) -> PlanRules:
    return PlanRules.load([case.trip] if case.trip else [])


def _seal(application: Application, answers: Answers, *, asked: Collection[str], needs_talk: bool) -> None:
    """Only what was asked is kept: a question that comes up later is then known to be open."""
    kept = cast(Any, {name: value for name, value in answers_to_json(answers).items() if name in {*asked, "born_on"}})
    found = TravelAnswers.objects.filter(application=application).first()
    has_changed = found is None or found.answers != kept
    # changed answers: no advisor may read them until the student chooses one again
    forget = {"advisor": None} if has_changed else {}
    row, _is_new = TravelAnswers.objects.update_or_create(
        application=application, defaults={"answers": kept, "answered_at": timezone.now(), **forget}
    )
    talk.follow_route(row, needs_talk=needs_talk, has_changed=has_changed)


@transaction.atomic
def mark_cities(
    application: Application, cities: Collection[PartnerCity], *, is_everywhere: bool = False, by: User
) -> FeasibleCities:
    """Record where this student can go, as an advisor marked it, without a reason; then replan the dates.

    Marking the same list twice changes nothing. RuleViolation("withdrawn") for a student who no longer goes.
    """
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    refuse_ended(application)
    chosen = [] if is_everywhere else sorted(cities, key=lambda city: city.pk)
    found = FeasibleCities.objects.filter(application=application).first()
    if found and found.marked_by_id and _is_same(found, chosen, is_everywhere=is_everywhere):
        return found
    found, _is_new = FeasibleCities.objects.update_or_create(
        application=application,
        defaults={"is_everywhere": is_everywhere, "marked_by": by, "marked_at": timezone.now()},
    )
    found.cities.set(chosen)
    audit.record("passport.mark_cities", application, by=by, changes={"cities": [city.code for city in chosen]})
    talk.close_with_cities(application, by=by)
    case = PassportCase.objects.filter(application=application).first()
    if case:
        recompute(case, by=by, tell=True)
    return found


@transaction.atomic
def mark_everywhere(applications: Iterable[Application], *, by: User) -> int:
    """Mark all cities as feasible for several students, in one transaction. Returns how many lists were open.

    A list that was marked meanwhile stays as it is.
    """
    marked = 0
    for application in sorted(applications, key=lambda each: each.pk):
        if not FeasibleCities.objects.filter(application=application).exists():
            mark_cities(application, (), is_everywhere=True, by=by)
            marked += 1
    return marked


def _is_same(found: FeasibleCities, cities: list[PartnerCity], *, is_everywhere: bool) -> bool:
    return found.is_everywhere == is_everywhere and {city.pk for city in found.cities.all()} == {
        city.pk for city in cities
    }


@transaction.atomic
def choose_advisor(application: Application, advisor: User | None, *, by: User) -> TravelAnswers:
    """Set the advisor who may read the student's answers and talk about them; None for nobody.

    RuleViolation: ("no_answers") before there are any, ("not_an_advisor") for anyone but the home college's advisors.
    """
    answers = TravelAnswers.objects.select_for_update(of=("self",)).filter(application=application).first()
    if answers is None:
        raise RuleViolation("no_answers", _("Answer the questions first. Then choose who can read them."))
    if advisor is not None and application.college_id not in roles.advisor_college_ids(advisor):
        raise RuleViolation("not_an_advisor", _("Choose an advisor at your own college."))
    if answers.advisor_id != (advisor.pk if advisor else None):
        answers.advisor = advisor
        answers.save(update_fields=["advisor"])
        audit.record("passport.choose_advisor", application, by=by)
    return answers


@transaction.atomic
def read_answers(answers: TravelAnswers, *, by: User) -> TravelAnswers:
    """Return the answers. Reading another person's leaves an event that the student can see."""
    if answers.application.student_id != by.pk:
        audit.record("passport.read_answers", answers.application, by=by)
    return answers


@transaction.atomic
def move_stage(case: PassportCase, stage: str, *, by: User | None, appointment_on: date | None = None) -> PassportCase:
    """Move a passport to another stage and replan the dates. Moving to the stage it has changes nothing.

    RuleViolation: ("move_not_allowed"), ("appointment_needed") without the day of a booked visit, or
    ("seen_by_staff_only") for the stage that only `check` may set.
    """
    case = locked(case)
    if stage in SEEN:
        raise RuleViolation("seen_by_staff_only", _("Only an advisor who has seen the passport can record that."))
    if case.stage == stage and case.appointment_on == appointment_on:
        return case
    if stage == PassportStage.BOOKED and appointment_on is None:
        raise RuleViolation("appointment_needed", _("Enter the day of your appointment."))
    before = case.stage
    if case.stage != stage:
        move(case, stage)
    case.appointment_on = appointment_on if stage == PassportStage.BOOKED else None
    if stage == PassportStage.IN_HAND and before not in SEEN:
        case.signed_at = timezone.now()  # so it says where the student moves it: "I have it, and I signed it"
    if stage not in BEFORE_APPLYING and case.needs_certificate:
        case.needs_certificate = False  # the certificate was handed in with the form
    case.save()
    audit.record("checklist.move_stage", case.application, by=by, changes={"stage": [before, str(stage)]})
    follow_stage(case, by=by, was=before)
    recompute(case, by=by)
    case.refresh_from_db()
    return case


def can_tell(case: PassportCase, what: str) -> bool:
    """Whether the student can say now that the passport in hand is signed, or that the lost one was reported."""
    if what == "signed":
        return case.stage == PassportStage.IN_HAND and case.signed_at is None
    return case.route == Route.LOST and case.stage in BEFORE_APPLYING and case.reported_at is None


@transaction.atomic
def tell(case: PassportCase, what: str, *, by: User) -> PassportCase:
    """Record what the student has done, so that it isn't asked again. Safe to repeat.

    `what`: "signed" or "reported". RuleViolation("not_now") where there is no such passport.
    """
    case = locked(case)
    if getattr(case, f"{what}_at"):
        return case
    if not can_tell(case, what):
        raise RuleViolation("not_now", _("Your passport has moved on since you opened this page. Nothing was changed."))
    setattr(case, f"{what}_at", timezone.now())
    case.save(update_fields=[f"{what}_at"])
    audit.record(f"passport.{what}", case.application, by=by)
    follow_stage(case, by=by)
    return case


@transaction.atomic
def check(
    case: PassportCase, *, expires_on: date, blank_pages: int | None = None, is_enough: bool = True, by: User
) -> PassportCase:
    """Record that an advisor or coordinator has seen the signed passport: its expiration date and its blank pages.

    With `is_enough=False` the passport doesn't fit this trip, and the student starts on the way to another one.
    Repeating it is harmless.
    RuleViolation: ("move_not_allowed") unless it is in hand, ("pages_needed") where the trip needs blank pages that
    nobody counted, ("expires_too_soon") or ("too_few_pages") for this trip.
    """
    case = locked(case)
    rules = _rules(case)
    asked = planning.validity(case.trip, rules.entry_rule(case.trip))
    if case.stage in SEEN and (case.expires_on, case.blank_pages) == (expires_on, blank_pages):
        return case
    falls_short = _falls_short(asked, expires_on, blank_pages, has_seat=case.placement is not None)
    if falls_short and (is_enough or falls_short.code == "pages_needed" or not case.placement):
        raise falls_short
    if falls_short and case.stage in HAS_PASSPORT:
        case.expires_on, case.blank_pages = expires_on, blank_pages
        case.save(update_fields=["expires_on", "blank_pages"])
        recompute(case, by=by)  # recompute() also judges whether it fits the trip
        case.refresh_from_db()
        return case
    if case.stage != PassportStage.CHECKED:
        move(case, PassportStage.CHECKED)  # the name was matched with an earlier passport
    case.expires_on, case.blank_pages = expires_on, blank_pages
    case.checked_at, case.checked_by = timezone.now(), by
    case.signed_at = case.signed_at or case.checked_at
    case.save()
    audit.record("checklist.check_passport", case.application, by=by)
    follow_stage(case, by=by)
    recompute(case, by=by)
    case.refresh_from_db()
    return case


def _falls_short(asked: Validity, expires_on: date, blank_pages: int | None, *, has_seat: bool) -> RuleViolation | None:
    then = _("If it’s right, ask the student to answer the passport questions again.")
    if has_seat:
        then = _("If it’s right, check the box below. Then we’ll tell the student what to do.")
    if not asked.covers(expires_on):
        text = _("For this trip, the passport has to be valid until %(day)s. Check the date again.")
        return RuleViolation("expires_too_soon", f"{text % {'day': day_year(asked.needed_until)}} {then}")
    if asked.blank_pages and blank_pages is None:
        text = _("This trip requires empty pages: %(count)s. Count the ones that say “Visas” at the top.")
        return RuleViolation("pages_needed", text % {"count": asked.blank_pages})
    if blank_pages is not None and blank_pages < asked.blank_pages:
        text = _("For this trip, the passport needs empty pages: %(count)s. Count them again.")
        return RuleViolation("too_few_pages", f"{text % {'count': asked.blank_pages}} {then}")
    return None


@transaction.atomic
def set_certificate(case: PassportCase, *, is_needed: bool, by: User) -> PassportCase:
    """Record whether the student must order a birth certificate, and replan the dates.

    A proof that can't be ordered like one, such as a naturalization certificate, leads to a talk instead.
    RuleViolation("already_applied") once the form is with the government, which then has the certificate.
    """
    case = locked(case)
    if bool(case.needs_certificate) == is_needed:
        return case
    if case.stage not in BEFORE_APPLYING:
        raise RuleViolation("already_applied", _("You’ve already applied, so you don’t need the certificate now."))
    if is_needed and not proofs.of(case.application).is_ordered:
        return _lacks_proof(case, by=by)
    case.needs_certificate = is_needed
    case.save(update_fields=["needs_certificate"])
    _seal_papers(case.application, Paper.NONE if is_needed else Paper.CERTIFIED)
    audit.record("checklist.set_certificate", case.application, by=by)
    recompute(case, by=by)
    case.refresh_from_db()
    return case


def _seal_papers(application: Application, paper: Paper) -> None:
    """The answers say the same, so that answering again doesn't ask for what was ordered."""
    row = TravelAnswers.objects.filter(application=application).first()
    if row and "papers" in row.answers:
        row.answers = row.answers | {"papers": [paper.value]}
        row.save(update_fields=["answers"])


def _lacks_proof(case: PassportCase, *, by: User) -> PassportCase:
    """Answer once more without the document that the student turned out not to have."""
    answers = answers_from_json(TravelAnswers.objects.get(application=case.application_id).answers)
    return answer_route(case.application, replace(answers, papers=(Paper.NONE,)), by=by)

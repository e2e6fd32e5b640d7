"""What travel registers with the apps it builds on, package by package. Called once models are ready."""

from django.utils.translation import gettext_lazy as _

from applications.base import costs, opening, standings, waitlist
from applications.cycle import parts
from applications.models import Statement
from applications.release import promotions, trips_ahead
from applications.release.actions import scheduling, statements
from exchange.background import jobs, queues, waiting
from exchange.base import due, office_tasks
from exchange.messages import inbound, reminders, text_limits
from exchange.people.second import second
from exchange.people.sign_in.demo_people import register_family_link
from exchange.reference import references
from travel import events, permissions
from travel import jobs as work
from travel.abroad import reaching, task_words
from travel.abroad.actions import break_glass, check_in_reply, reachability
from travel.base import charts, checked_files, trip_stage
from travel.base.fee_promises import promised_to_all
from travel.office import account_merge
from travel.office.activity import peek
from travel.office.own_data import actions as export
from travel.office.reference.kinds import KINDS
from travel.outcomes import actions as figures
from travel.outcomes import annual, documents, noticing
from travel.outcomes.following import asking
from travel.partners import leading
from travel.partners.actions import agreement
from travel.passport.case import replan
from travel.passport.days import reminder as passport_day_reminder
from travel.placement import bulk_acts as placing_acts
from travel.placement import change_said, loose_ends, promotion, trip_task_words, verifying
from travel.placement.actions import letters, placement_release, placement_run, trip, upgrade
from travel.placement.ahead import ahead_of, have_left
from travel.placement.views.placement_preview import preview_href
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist import bulk_acts, evidence, steps
from travel.prepare.entry import actions as entry
from travel.prepare.entry import visa_day
from travel.prepare.entry import words as entry_words
from travel.prepare.family import actions as family
from travel.prepare.itinerary import steps as itinerary_steps
from travel.prepare.money import actions as money
from travel.prepare.money import follow as money_follow
from travel.prepare.money import steps as money_steps
from travel.prepare.money import verifying as money_verifying
from travel.prepare.needs import actions as needs
from travel.prepare.needs import contacts
from travel.prepare.orientation import actions as sessions
from travel.prepare.orientation import sessions as orientation
from travel.prepare.packing import actions as packing
from travel.prepare.signing import form_texts, guardian
from travel.prepare.signing import required as signing
from travel.prepare.ticketing import actions as ticketing
from travel.prepare.ticketing import words as ticketing_words
from travel.reflection.actions import alumni, prompts, survey, survey_items


def register_all() -> None:
    events.fill()
    reminders.declare(
        checklist.REMINDER,
        passport_day_reminder.REMINDER,
        sessions.REMINDER,
        visa_day.REMINDER,
        guardian.REMINDER,
        survey.REMINDER,
        agreement.REMINDER,
    )
    _passport()
    _placement()
    _prepare()
    _abroad()
    _outcomes()
    leading.register_all()
    account_merge.register_keys()
    opening.register(*peek.RELATED)
    bulk_acts.register_all()
    for kind in KINDS.values():
        references.register_page(kind.model, kind.href)
    parts.register(parts.Part(prompts.needs_of, prompts.create_prompts, prompts.copy_prompts))
    parts.register(parts.Part(survey_items.needs_of, survey_items.create_items, survey_items.copy_items))
    due.register(alumni.DUE_NAME, alumni.is_still_due)
    jobs.register(export.JOB, work.my_data, label=_("All your data"), allowed=export.is_allowed, is_personal=True)


def _passport() -> None:
    label = _("New dates for everyone after a change")
    jobs.register(replan.JOB, work.plan_again, label=label, allowed=work.may_plan_again)


def _placement() -> None:
    parts.register(parts.Part(trip.needs_of))
    promotions.register(promotion.outlooks)
    trips_ahead.register(ahead_of)
    waitlist.register(have_left)
    costs.register(promised_to_all)
    standings.register(trip_stage.tell)
    statements.register(Statement.What.HIGHER, upgrade.SAID)
    statements.register(Statement.What.TRIP, change_said.SAID)
    placing_acts.register_all()
    loose_ends.register_words()
    trip_task_words.register()
    office_tasks.register(
        placement_release.STOPPED_TASK,
        _("The release of a placement stopped half-way: %(cycle)s"),
        _("Some students were told and some weren’t. Open the run and continue. No one is told twice."),
    )
    label, may = _("Placement run"), permissions.can_place
    scheduling.register(placement_release.KIND, placement_release.start_scheduled, allowed=may, page=preview_href)
    jobs.register(placement_run.RUN_JOB, work.placement_run, label=label, allowed=may, is_heavy=True, is_shared=True)
    label, failed = _("Release of a placement"), work.placement_release_failed
    jobs.register(placement_release.RELEASE_JOB, work.placement_release, label=label, allowed=may, failed=failed)
    jobs.register(letters.JOB, work.placement_letters, label=_("Placement letters"), allowed=may)
    verifying.register_all()


def _abroad() -> None:
    second.register(break_glass.ACT)
    task_words.register_all()
    inbound.register(check_in_reply.take, before_keywords=True)
    text_limits.register_countries(reaching.countries_away)
    evidence.register(reachability.PAGE, "travel:reachability", is_there=reachability.is_said)


def _outcomes() -> None:
    due.register(asking.DUE_NAME, asking.is_still_due)
    noticing.register_words()
    jobs.register(figures.JOB, figures.make, label=_("Figures to publish"), allowed=jobs.nobody, is_heavy=True)
    jobs.register(charts.KIND, charts.make, label=_("Charts"), allowed=jobs.nobody, is_heavy=True)
    jobs.register(documents.KIND, documents.make, label=_("Report"), allowed=jobs.nobody, is_heavy=True)
    label, may = _("Annual report"), permissions.can_open_outcomes
    jobs.register(annual.JOB, annual.make, label=label, allowed=may, is_heavy=True, is_shared=True)


def _prepare() -> None:
    waiting.register(queues.UPLOADS, checked_files.oldest_waiting)
    parts.register(parts.Part(steps.needs_of, create=steps.create_steps, copy=steps.copy_steps))
    parts.register(parts.Part(form_texts.needs_of, create=form_texts.create_texts, copy=form_texts.copy_texts))
    parts.register(parts.Part(packing.needs_of, create=packing.create_items, copy=packing.copy_items))
    evidence.register(contacts.PAGE, "travel:placement-needs", is_there=contacts.is_complete)
    evidence.register(needs.PAGE, "travel:placement-needs", is_there=needs.is_complete)
    evidence.register(family.PAGE, "travel:family-links", is_there=family.has_shared)
    evidence.register(entry.PAGE, "travel:placement-entry", is_there=entry.is_settled)
    evidence.register(itinerary_steps.CHECK, "travel:itinerary", label=_("Look at your itinerary"))
    evidence.register(
        itinerary_steps.TICKET,
        "travel:itinerary",
        is_there=itinerary_steps.has_flight,
        label=_("Look at your itinerary"),
        office="travel:itinerary-office",
        office_label=_("Publish the flight"),
    )
    entry_words.register()
    evidence.register(ticketing.PAGE, "travel:placement-ticketing", is_there=ticketing.is_there)
    ticketing_words.register()
    evidence.register(
        orientation.KEY, "travel:orientation", evidence=orientation.EVIDENCE, is_there=orientation.has_been
    )
    signing.register_all()
    office_tasks.register(
        guardian.CALL_TASK,
        _("Call %(person)s’s parent or guardian about the forms for %(city)s"),
        _("They have no email or phone of their own that we can write to. Read them the forms and record the answers."),
    )
    _money()
    register_family_link(family.href_of)


def _money() -> None:
    evidence.register(
        money_steps.STIPEND,
        "travel:money",
        is_there=money_steps.is_paid,
        label=_("See your money"),
        office="travel:trip-money",
        office_label=_("Pay it by list"),
    )
    parts.register(parts.Part(money.needs_of, create=money.create_rules, copy=money.copy_rules))
    money_follow.register_words()
    money_verifying.register_all()

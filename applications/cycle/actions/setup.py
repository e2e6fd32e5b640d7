"""Actions that set up a cycle: create or copy it, edit its texts and dates, publish it, delete it, test its form."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock, rubrics
from applications.base.form_changes import current_form, draft_form
from applications.cycle import cycle_dates, parts, readiness
from applications.cycle.actions import cycle as standard
from applications.cycle.actions import levers
from applications.cycle.actions.criteria import CRITERION_FIELDS, LEVEL_FIELDS
from applications.cycle.actions.form_edit import key_from
from applications.cycle.actions.form_versions import copy_form, forget_tests, lock
from applications.models import (
    Application,
    Cycle,
    EligibilityRule,
    Interview,
    Recommendation,
    Review,
    RubricCriterion,
    RubricLevel,
)
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import PartnerCity, User

TEXTS = ("summary_en", "summary_es", "covered_en", "covered_es", "student_pays_en", "student_pays_es")
BASICS = ("name_en", "name_es", *TEXTS, "seats", "reads_each", "readers_talk", "has_interviews", "departure_airport")
DATES = ("opens_at", "closes_at", "endorsements_due_on", "readings_due_on", "decisions_on", "answer_days")
CODE_MAX = 20


# --- Create -----------------------------------------------------------------------------------------


@transaction.atomic
def create_cycle(values: Mapping[str, Any], dates: cycle_dates.Dates, *, departs_on: date, by: User) -> Cycle:
    """Create a cycle without a copy: with the default form, rules, rubric, checklist and prompts, and without texts.

    `values`: name_en, name_es, reads_each. A second call with the same name and dates returns the same cycle.
    Raises RuleViolation: the code of a remark that stops, such as closes_before_it_opens.
    """
    for remark in cycle_dates.remarks(dates, [], is_published=False):
        if remark.stops:
            raise RuleViolation(remark.code, remark.text)
    code = key_from(values["name_en"], set())[:CODE_MAX].replace("_", "-").strip("-")
    given = {**values, **{name: getattr(dates, name) for name in DATES}}
    if same := Cycle.objects.filter(published_at__isnull=True, code=code, **given).first():
        return same  # a double tap
    cycle = Cycle.objects.create(code=_free_code(code), **given)
    form = standard.create_form(cycle, by=by)
    cycle.form_versions.filter(pk=form.pk).update(published_at=None)
    standard.create_rules(cycle, departs_on=departs_on, by=by)
    standard.create_rubric(cycle, by=by)
    levers.create_levers(cycle, by=by)
    parts.create(cycle, by=by)
    audit.record("setup.create_cycle", cycle, by=by)
    return cycle


# --- Copy, delete -----------------------------------------------------------------------------------


@transaction.atomic
def copy_cycle(source: Cycle, *, by: User) -> Cycle:
    """Create next year's cycle with what this one has but trips and applications, and all dates moved by years.

    The copy and its form are unpublished. A second call returns the same copy, until it is published.
    Raises RuleViolation: no_form.
    """
    source = lock(source)
    existing = source.copies.filter(published_at__isnull=True).first()
    if existing:
        return existing
    form = current_form(source) or draft_form(source)
    if form is None:
        raise RuleViolation("no_form", _("This cycle doesn’t have a form to copy."))
    years = cycle_dates.years_ahead(source.opens_at)
    cycle = _copied_row(source, years)
    cycle.cities.set(source.cities.all())
    copy_form(form, cycle, number=1)
    _copy_rules(source, cycle, years)
    _copy_rubric(source, cycle)
    levers.copy_levers(source, cycle)
    parts.copy(source, cycle, by=by)
    audit.record("setup.copy_cycle", cycle, by=by, changes={"from": source.code, "years": years})
    return cycle


def _copied_row(source: Cycle, years: int) -> Cycle:
    return Cycle.objects.create(
        **{
            name: getattr(source, name)
            for name in (
                *TEXTS,
                "seats",
                "reads_each",
                "readers_talk",
                "has_interviews",
                "departure_airport",
                "answer_days",
            )
        },
        code=_free_code(cycle_dates.moved_words(source.code, years)),
        name_en=cycle_dates.moved_words(source.name_en, years),
        name_es=cycle_dates.moved_words(source.name_es, years),
        opens_at=cycle_dates.moved_at(source.opens_at, years),
        closes_at=cycle_dates.moved_at(source.closes_at, years),
        endorsements_due_on=source.endorsements_due_on and cycle_dates.moved(source.endorsements_due_on, years),
        readings_due_on=source.readings_due_on and cycle_dates.moved(source.readings_due_on, years),
        decisions_on=cycle_dates.moved(source.decisions_on, years),
        copied_from=source,
    )


def _free_code(wanted: str) -> str:
    """The wanted code, with a number appended if it is taken."""
    names = (wanted, *(f"{wanted[: CODE_MAX - 4]}-{number}" for number in range(2, 1000)))
    taken = set(Cycle.objects.filter(code__startswith=wanted[: CODE_MAX - 4]).values_list("code", flat=True))
    return next(name for name in names if name not in taken)


def _copy_rules(source: Cycle, cycle: Cycle, years: int) -> None:
    kept = (
        *("key", "order", "question_key", "operator", "on_miss"),
        *("ask_en", "ask_es", "change_en", "change_es", "unsure_en", "unsure_es"),
    )
    EligibilityRule.objects.bulk_create(
        EligibilityRule(
            cycle=cycle,
            value=cycle_dates.moved_value(rule.value, years),
            text_en=cycle_dates.moved_words(rule.text_en, years),
            text_es=cycle_dates.moved_words(rule.text_es, years),
            **{name: getattr(rule, name) for name in kept},
        )
        for rule in source.rules.all()
    )


def _copy_rubric(source: Cycle, cycle: Cycle) -> None:
    for criterion in source.all_criteria.prefetch_related("levels"):
        names = ("key", "kind", "order", *CRITERION_FIELDS)
        copied = RubricCriterion.objects.create(cycle=cycle, **{name: getattr(criterion, name) for name in names})
        RubricLevel.objects.bulk_create(
            RubricLevel(criterion=copied, **{name: getattr(level, name) for name in ("points", *LEVEL_FIELDS)})
            for level in criterion.levels.all()
        )
    rubrics.touch(cycle)


@transaction.atomic
def delete_cycle(cycle: Cycle, *, by: User) -> None:
    """Delete an unpublished cycle with its form, rules and rubric. Raises RuleViolation: published, in_use."""
    cycle = lock(cycle)
    if cycle.published_at:
        raise RuleViolation("published", _("This cycle is published, so it can’t be deleted."))
    if cycle.applications.filter(is_test=False).exists():
        raise RuleViolation("in_use", _("Someone has already applied, so this cycle can’t be deleted."))
    forget_tests(cycle.applications.all())
    # before the deletion, because the event refers to the row
    audit.record("setup.delete_cycle", cycle, by=by, changes={"code": cycle.code, "name": cycle.name_en})
    try:
        with transaction.atomic():
            for form in cycle.form_versions.all():
                form.delete()
            cycle.delete()
    except ProtectedError:
        raise RuleViolation(
            "in_use", _("This cycle already has trips or other plans, so it can’t be deleted.")
        ) from None


# --- Edit, publish ----------------------------------------------------------------------------------


def basics_fingerprint(cycle: Cycle) -> str:
    return edit_lock.fingerprint(cycle, BASICS, sorted(cycle.cities.values_list("pk", flat=True)))


def dates_fingerprint(cycle: Cycle) -> str:
    return edit_lock.fingerprint(cycle, DATES)


@transaction.atomic
def save_basics(
    cycle: Cycle, values: Mapping[str, Any], *, cities: list[PartnerCity], seen: str = "", by: User
) -> Cycle:
    """Save names, texts, numbers and cities.

    RuleViolation: changed_meanwhile, city_chosen, interviews_booked, comments_locked.
    """
    cycle = lock(cycle)
    edit_lock.check(seen, basics_fingerprint(cycle))
    gone = cycle.cities.exclude(pk__in=[city.pk for city in cities])
    chosen = Application.objects.filter(cycle=cycle, is_test=False, city_preferences__city__in=gone)
    if cycle.published_at and chosen.exists():
        raise RuleViolation("city_chosen", _("Students have ranked a city you removed. Keep it in this cycle."))
    booked = Interview.objects.filter(application__cycle=cycle, slot__starts_at__gt=timezone.now())
    if cycle.has_interviews and not values["has_interviews"] and booked.exists():
        raise RuleViolation(
            "interviews_booked", _("Students have booked interviews. Cancel those before you turn interviews off.")
        )
    if values["readers_talk"] and not cycle.readers_talk:
        _check_comments(cycle)
    changed = [name for name in BASICS if getattr(cycle, name) != values[name]]
    for name in changed:
        setattr(cycle, name, values[name])
    cycle.save(update_fields=changed)
    cycle.cities.set(cities)
    audit.record("setup.save_basics", cycle, by=by, changes={"fields": changed})
    return cycle


def _check_comments(cycle: Cycle) -> None:
    """What is locked was written for the committee only, as its label said, so other readers may not see it."""
    readings = Review.objects.filter(assignment__application__cycle=cycle, assignment__is_interview=False)
    if readings.filter(locked_at__isnull=False).exists():
        raise RuleViolation(
            "comments_locked",
            _(
                "Readers have already locked comments that only the committee may see, so they can’t talk in this"
                " cycle."
            ),
        )


@transaction.atomic
def save_dates(cycle: Cycle, dates: cycle_dates.Dates, *, seen: str = "", by: User) -> Cycle:
    """Save the dates, which also records that a person has checked them.

    Raises RuleViolation: changed_meanwhile, or the code of a remark that stops, such as closes_before_it_opens.
    """
    cycle = lock(cycle)
    edit_lock.check(seen, dates_fingerprint(cycle))
    for remark in cycle_dates.remarks(dates, [], is_published=bool(cycle.published_at)):
        if remark.stops:
            raise RuleViolation(remark.code, remark.text)
    before = {name: str(getattr(cycle, name)) for name in DATES}
    for name in DATES:
        setattr(cycle, name, getattr(dates, name))
    cycle.save(update_fields=DATES)
    after = {name: str(getattr(cycle, name)) for name in DATES}
    changes = {name: [before[name], after[name]] for name in DATES if before[name] != after[name]}
    audit.record("setup.save_dates", cycle, by=by, changes=changes)
    return cycle


@transaction.atomic
def publish_cycle(cycle: Cycle, *, by: User) -> Cycle:
    """Publish it: anyone can see it, and students can apply from its opening date. A second call changes nothing.

    Raises RuleViolation: not_ready (says what is missing).
    """
    cycle = lock(cycle)
    if cycle.published_at:
        return cycle
    missing = [need for need in readiness.needs_of(cycle) if need.stops]
    if missing:
        raise RuleViolation("not_ready", _("First: %(what)s") % {"what": missing[0].text})
    cycle.published_at = timezone.now()
    cycle.save(update_fields=["published_at"])
    audit.record("setup.publish_cycle", cycle, by=by)
    return cycle


# --- Test the form ----------------------------------------------------------------------------------


@transaction.atomic
def start_test(cycle: Cycle, *, by: User) -> Application:
    """Create the coordinator's test application, with the unpublished form version or else the published one.

    It stays a draft, sends no message, and is not counted. One per person and cycle: it replaces an earlier test.
    It also works in a closed cycle. Raises RuleViolation: no_form, not_a_test.
    """
    cycle = lock(cycle)
    form = draft_form(cycle) or current_form(cycle)
    if form is None:
        raise RuleViolation("no_form", _("This cycle doesn’t have a form yet."))
    own = list(Application.objects.filter(cycle=cycle, student=by))
    if any(not application.is_test for application in own):
        raise RuleViolation("not_a_test", _("You have a real application in this cycle, so you can’t test it."))
    forget_tests(own)
    test = Application.objects.create(
        cycle=cycle,
        student=by,
        form=form,
        answer_language=by.language,
        is_test=True,
        reopened_until=timezone.now() + timedelta(days=1),
    )
    Recommendation.objects.create(application=test)
    audit.record("setup.start_test", cycle, by=by, changes={"form": form.number})
    return test


@transaction.atomic
def end_test(cycle: Cycle, *, by: User) -> bool:
    """Delete the coordinator's test with everything in it. Returns False if there is none."""
    cycle = lock(cycle)
    tests = list(Application.objects.select_for_update(of=("self",)).filter(cycle=cycle, student=by, is_test=True))
    if not tests:
        return False
    forget_tests(tests)
    audit.record("setup.end_test", cycle, by=by)
    return True

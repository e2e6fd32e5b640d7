"""Setting up a cycle from last year's: copied, mended, published once nothing is missing, and tried out."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock, rubrics
from applications.base.form_changes import current_form, draft_form
from applications.cycle import cycle_dates, readiness
from applications.cycle.actions import cycle as standard
from applications.cycle.actions import levers
from applications.cycle.actions.criteria import LEVEL_FIELDS
from applications.cycle.actions.form_edit import key_from
from applications.cycle.actions.form_versions import copy_form, forget_tests, lock
from applications.models import (
    Application,
    Cycle,
    EligibilityRule,
    Interview,
    Recommendation,
    RubricCriterion,
    RubricLevel,
)
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import PartnerCity, User

TEXTS = ("summary_en", "summary_es", "covered_en", "covered_es", "student_pays_en", "student_pays_es")
BASICS = ("name_en", "name_es", *TEXTS, "seats", "reads_each", "has_interviews", "departure_airport")
DATES = ("opens_at", "closes_at", "decisions_on", "answer_days")
CODE_MAX = 20


# --- The first one ----------------------------------------------------------------------------------


@transaction.atomic
def create_cycle(values: Mapping[str, Any], dates: cycle_dates.Dates, *, departs_on: date, by: User) -> Cycle:
    """A cycle where there is none to copy: the standard form, conditions and rubric, its texts still to be written.

    `values`: name_en, name_es, reads_each. A second call with the same name and dates gives the same one.
    RuleViolation: the code of a remark that stops, such as closes_before_it_opens.
    """
    for remark in cycle_dates.remarks(dates, [], is_published=False):
        if remark.stops:
            raise RuleViolation(remark.code, remark.text)
    code = key_from(values["name_en"], set())[:CODE_MAX].replace("_", "-").strip("-")
    given = {**values, **{name: getattr(dates, name) for name in DATES}}
    if same := Cycle.objects.filter(published_at__isnull=True, code=code, **given).first():
        return same  # the same tap, sent twice
    cycle = Cycle.objects.create(code=_free_code(code), **given)
    form = standard.create_form(cycle, by=by)
    cycle.form_versions.filter(pk=form.pk).update(published_at=None)
    standard.create_rules(cycle, departs_on=departs_on, by=by)
    standard.create_rubric(cycle, by=by)
    levers.create_levers(cycle, by=by)
    audit.record("setup.create_cycle", cycle, by=by)
    return cycle


# --- Copying ----------------------------------------------------------------------------------------


@transaction.atomic
def copy_cycle(source: Cycle, *, by: User) -> Cycle:
    """Next year's cycle: texts, cities, rules, rubric and form of this one, with every date moved by whole years.

    Unpublished, and so is its form. A second call gives the copy there is, until that one is published.
    RuleViolation: no_form.
    """
    source = lock(source)
    existing = source.copies.filter(published_at__isnull=True).first()
    if existing:
        return existing
    form = current_form(source) or draft_form(source)
    if form is None:
        raise RuleViolation("no_form", _("This cycle has no form to copy."))
    years = cycle_dates.years_ahead(source.opens_at)
    cycle = _copied_row(source, years)
    cycle.cities.set(source.cities.all())
    copy_form(form, cycle, number=1)
    _copy_rules(source, cycle, years)
    _copy_rubric(source, cycle)
    levers.copy_levers(source, cycle)
    audit.record("setup.copy_cycle", cycle, by=by, changes={"from": source.code, "years": years})
    return cycle


def _copied_row(source: Cycle, years: int) -> Cycle:
    return Cycle.objects.create(
        **{
            name: getattr(source, name)
            for name in (*TEXTS, "seats", "reads_each", "has_interviews", "departure_airport", "answer_days")
        },
        code=_free_code(cycle_dates.moved_words(source.code, years)),
        name_en=cycle_dates.moved_words(source.name_en, years),
        name_es=cycle_dates.moved_words(source.name_es, years),
        opens_at=cycle_dates.moved_at(source.opens_at, years),
        closes_at=cycle_dates.moved_at(source.closes_at, years),
        decisions_on=cycle_dates.moved(source.decisions_on, years),
        copied_from=source,
    )


def _free_code(wanted: str) -> str:
    """The code with the new year, or with a number behind it where that is taken."""
    names = (wanted, *(f"{wanted[: CODE_MAX - 4]}-{number}" for number in range(2, 1000)))
    taken = set(Cycle.objects.filter(code__startswith=wanted[: CODE_MAX - 4]).values_list("code", flat=True))
    return next(name for name in names if name not in taken)


def _copy_rules(source: Cycle, cycle: Cycle, years: int) -> None:
    kept = ("key", "order", "question_key", "operator", "on_miss", "ask_en", "ask_es", "change_en", "change_es")
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
    for criterion in source.criteria.prefetch_related("levels"):
        names = ("key", "order", "question_key", "title_en", "title_es")
        copied = RubricCriterion.objects.create(cycle=cycle, **{name: getattr(criterion, name) for name in names})
        RubricLevel.objects.bulk_create(
            RubricLevel(criterion=copied, **{name: getattr(level, name) for name in ("points", *LEVEL_FIELDS)})
            for level in criterion.levels.all()
        )
    rubrics.touch(cycle)


@transaction.atomic
def delete_cycle(cycle: Cycle, *, by: User) -> None:
    """Undo a copy: the cycle, its form, rules and rubric are gone. RuleViolation: published, in_use."""
    cycle = lock(cycle)
    if cycle.published_at:
        raise RuleViolation("published", _("This cycle is published, so it stays."))
    if cycle.applications.filter(is_test=False).exists():
        raise RuleViolation("in_use", _("Somebody has applied already, so this cycle stays."))
    forget_tests(cycle.applications.all())
    # before the row goes: the record names what it was about
    audit.record("setup.delete_cycle", cycle, by=by, changes={"code": cycle.code, "name": cycle.name_en})
    try:
        with transaction.atomic():
            for form in cycle.form_versions.all():
                form.delete()
            cycle.delete()
    except ProtectedError:
        raise RuleViolation("in_use", _("Trips or other plans belong to this cycle already, so it stays.")) from None


# --- Mending ----------------------------------------------------------------------------------------


def basics_fingerprint(cycle: Cycle) -> str:
    return edit_lock.fingerprint(cycle, BASICS, sorted(cycle.cities.values_list("pk", flat=True)))


def dates_fingerprint(cycle: Cycle) -> str:
    return edit_lock.fingerprint(cycle, DATES)


@transaction.atomic
def save_basics(
    cycle: Cycle, values: Mapping[str, Any], *, cities: list[PartnerCity], seen: str = "", by: User
) -> Cycle:
    """Names, texts, numbers and cities. RuleViolation: changed_meanwhile, city_chosen, interviews_booked."""
    cycle = lock(cycle)
    edit_lock.check(seen, basics_fingerprint(cycle))
    gone = cycle.cities.exclude(pk__in=[city.pk for city in cities])
    chosen = Application.objects.filter(cycle=cycle, is_test=False, city_preferences__city__in=gone)
    if cycle.published_at and chosen.exists():
        raise RuleViolation(
            "city_chosen", _("Students have put a city on their list that you took off. Leave it in this cycle.")
        )
    booked = Interview.objects.filter(application__cycle=cycle, slot__starts_at__gt=timezone.now())
    if cycle.has_interviews and not values["has_interviews"] and booked.exists():
        raise RuleViolation(
            "interviews_booked", _("Students have booked interviews. Call those off before you switch interviews off.")
        )
    changed = [name for name in BASICS if getattr(cycle, name) != values[name]]
    for name in changed:
        setattr(cycle, name, values[name])
    cycle.save(update_fields=changed)
    cycle.cities.set(cities)
    audit.record("setup.save_basics", cycle, by=by, changes={"fields": changed})
    return cycle


@transaction.atomic
def save_dates(cycle: Cycle, dates: cycle_dates.Dates, *, seen: str = "", by: User) -> Cycle:
    """Saving also says that a person has looked at them. RuleViolation: changed_meanwhile, or the code of a remark
    that stops, such as closes_before_it_opens."""
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
    """From now on anyone can see it, and students can apply from its opening date. A second call changes nothing.

    RuleViolation: not_ready (says what is missing).
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


# --- Trying it out ----------------------------------------------------------------------------------


@transaction.atomic
def start_test(cycle: Cycle, *, by: User) -> Application:
    """A test application by the coordinator, asked by the version that is being worked on or else the published one.

    It never leaves "draft", no message is written, and nothing counts it. One per person and cycle: a test that was
    begun before is replaced. Works on a closed cycle, too. RuleViolation: no_form, not_a_test.
    """
    cycle = lock(cycle)
    form = draft_form(cycle) or current_form(cycle)
    if form is None:
        raise RuleViolation("no_form", _("This cycle has no form yet."))
    own = list(Application.objects.filter(cycle=cycle, student=by))
    if any(not application.is_test for application in own):
        raise RuleViolation("not_a_test", _("You have a real application for this cycle, so you cannot test it."))
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
    """Delete the coordinator's test with everything in it. False where there is none."""
    cycle = lock(cycle)
    tests = list(Application.objects.select_for_update(of=("self",)).filter(cycle=cycle, student=by, is_test=True))
    if not tests:
        return False
    forget_tests(tests)
    audit.record("setup.end_test", cycle, by=by)
    return True

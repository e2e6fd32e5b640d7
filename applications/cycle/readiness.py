"""What a cycle still needs before students can apply, each need with the page where it is fixed. Read-only."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.base import eligibility
from applications.base.form_changes import current_form, draft_form, questions_of
from applications.cycle import cycle_dates, form_checks, parts
from applications.cycle.parts import Need
from applications.models import Cycle, Question
from exchange.models import College, Event, Fact, Role

TEXTS = ("name", "summary", "covered", "student_pays")
FACTS = "program."  # key prefix of the facts that the application's pages and rules state
LONG_AGO = 10  # years


def needs_of(cycle: Cycle) -> list[Need]:
    """All needs, in the order of the work. A constant number of queries."""
    form = current_form(cycle)
    questions = questions_of(form) if form else []
    return [
        *_texts(cycle),
        *_dates(cycle),
        *_form(cycle, questions),
        *_rules(cycle, questions),
        *_rubric(cycle, questions),
        *parts.needs_of(cycle),
        *_facts(),
        *_people(),
    ]


def _texts(cycle: Cycle) -> Iterator[Need]:
    page = "cycle-setup-basics"
    for name in TEXTS:
        if not (getattr(cycle, f"{name}_en") and getattr(cycle, f"{name}_es")):
            yield Need("texts", _("Write the name and each text in both languages."), page)
            break
    if old := _old_years(cycle, cycle, TEXTS):
        text = _("The texts still say %(years)s. Check whether that’s right.") % {"years": ", ".join(old)}
        yield Need("texts", text, page, stops=False)
    if not cycle.cities.filter(is_offered=True).exists():
        yield Need("cities", _("Choose the cities students can go to."), page)
    if cycle.seats is None:
        yield Need("seats", _("The number of spots isn’t decided yet."), page, stops=False)


def _old_years(cycle: Cycle, row: Any, names: Iterable[str], more: str = "") -> list[str]:
    """Years in a copied cycle's texts that precede the year in its name, but not by LONG_AGO, as in a birth date."""
    if not cycle.copied_from_id:
        return []
    texts = [more, *(getattr(row, f"{name}_{language}") for name in names for language in ("en", "es"))]
    named = [int(year) for year in cycle_dates.YEAR.findall(cycle.name_en)]
    own = max(named, default=cycle.decisions_on.year)
    return sorted({year for year in cycle_dates.YEAR.findall(" ".join(texts)) if own - LONG_AGO < int(year) < own})


def _dates(cycle: Cycle) -> Iterator[Need]:
    page = "cycle-setup-dates"
    others = Cycle.objects.filter(closed_out_at__isnull=True).exclude(pk=cycle.pk)
    dates = cycle_dates.dates_of(cycle)
    spans = [(other.name, other.opens_at, other.closes_at) for other in others]
    for remark in cycle_dates.remarks(dates, spans, is_published=bool(cycle.published_at)):
        yield Need("dates", remark.text, page, stops=remark.stops)
    if not (cycle.endorsements_due_on and cycle.readings_due_on):
        text = _("Set the due dates for endorsements and for readers’ scores.")
        yield Need("dates", text, page, stops=not cycle.published_at)
    if cycle.copied_from_id and not _was_done(cycle, "setup.save_dates"):
        text = _("The dates were moved from %(cycle)s. Check each one and save the page.")
        yield Need("dates", text % {"cycle": cycle.copied_from.name if cycle.copied_from else ""}, page)


def _was_done(cycle: Cycle, *actions: str) -> bool:
    return Event.objects.filter(target_model="applications.cycle", target_id=cycle.pk, action__in=actions).exists()


def _form(cycle: Cycle, questions: list[Question]) -> Iterator[Need]:
    draft = draft_form(cycle)
    if not questions:
        yield Need("form", _("Publish the form."), "cycle-setup-form")
    if draft is not None:
        asked = questions_of(draft)
        for problem in form_checks.problems_of(cycle, asked, draft.sections.all()):
            arguments = {"key": problem.key} if problem.key else {}
            page = "cycle-setup-question" if problem.key else "cycle-setup-form"
            yield Need("form", problem.text, page, arguments, stops=not questions)
        if questions:
            text = _("A newer version of the form isn’t published yet.")
            yield Need("form", text, "cycle-setup-form", stops=False)
        questions = asked
    elif questions:
        form = current_form(cycle)
        sections = form.sections.all() if form else []
        for problem in form_checks.problems_of(cycle, questions, sections):
            yield Need("form", problem.text, "cycle-setup-form")
    for question in questions:
        options = " ".join(f"{option.get('en')} {option.get('es')}" for option in question.options)
        if old := _old_years(cycle, question, ("label", "help"), options):
            yield _old_need("form", question.label, old, "cycle-setup-question", question.key)


def _old_need(topic: str, what: str, years: list[str], page: str, key: str) -> Need:
    text = _("“%(what)s” still says %(years)s. Check whether that’s right.")
    return Need(topic, text % {"what": what, "years": ", ".join(years)}, page, {"key": key}, stops=False)


def _rules(cycle: Cycle, questions: list[Question]) -> Iterator[Need]:
    rules = list(cycle.rules.all())
    if not rules:
        yield Need("rules", _("Say who can apply."), "cycle-setup-rules")
    keys = {question.key for question in questions}
    checked = _checked_rules(cycle) if cycle.copied_from_id else set()
    for rule in rules:
        arguments = {"key": rule.key}
        if not (rule.text_en and rule.text_es) or bool(rule.ask_en) != bool(rule.ask_es):
            text = _("“%(rule)s” isn’t in both languages.") % {"rule": rule.text or rule.key}
            yield Need("rules", text, "cycle-setup-rule", arguments)
        if keys and rule.question_key not in keys:
            text = _("“%(rule)s” checks an answer the form doesn’t ask for.") % {"rule": rule.text}
            yield Need("rules", text, "cycle-setup-rule", arguments, stops=not rule.ask_en)
        if not is_sound(rule):
            text = _("“%(rule)s” can’t be worked out. Fix its value.") % {"rule": rule.text}
            yield Need("rules", text, "cycle-setup-rule", arguments)
        if cycle.copied_from_id and isinstance(rule.value, dict) and rule.key not in checked:
            text = _("“%(rule)s” has a date that was moved from the last cycle. Check it and save it.")
            yield Need("rules", text % {"rule": rule.text}, "cycle-setup-rule", arguments)
        if old := _old_years(cycle, rule, ("text", "ask", "change", "unsure")):
            yield _old_need("rules", rule.text, old, "cycle-setup-rule", rule.key)


def _checked_rules(cycle: Cycle) -> set[str]:
    events = Event.objects.filter(
        target_model="applications.cycle", target_id=cycle.pk, action="setup.save_rule"
    ).values_list("changes", flat=True)
    return {changes.get("key", "") for changes in events}


def is_sound(rule: Any) -> bool:
    try:
        eligibility.Rule(
            key=rule.key,
            question=rule.question_key,
            operator=rule.operator,
            value=rule.value,
            on_miss=rule.on_miss,
        )
    except eligibility.InvalidRule:
        return False
    return True


def _rubric(cycle: Cycle, questions: list[Question]) -> Iterator[Need]:
    criteria = list(cycle.criteria.prefetch_related("levels"))
    if not criteria:
        yield Need("rubric", _("Say what readers score."), "cycle-setup-rubric")
    if cycle.has_interviews and not cycle.interview_criteria.exists():
        text = _("Say what interviewers ask and score. Until then, they score by the readers’ criteria.")
        yield Need("rubric", text, "cycle-setup-rubric", stops=False)
    asked = {question.key: question for question in questions}
    for criterion in criteria:
        arguments = {"key": criterion.key}
        levels = list(criterion.levels.all())
        if len(levels) < 2 or any(not (level.text_en and level.text_es) for level in levels):
            text = _("Describe the points of “%(criterion)s” in both languages.") % {"criterion": criterion.title}
            yield Need("rubric", text, "cycle-setup-criterion", arguments)
        question = asked.get(criterion.question_key)
        if asked and criterion.question_key and question is None:
            text = _("“%(criterion)s” scores an answer the form doesn’t ask for.")
            yield Need("rubric", text % {"criterion": criterion.title}, "cycle-setup-criterion", arguments)
        elif question and question.audience != Question.Audience.READERS:
            text = _("“%(criterion)s” scores an answer readers don’t see.")
            yield Need("rubric", text % {"criterion": criterion.title}, "cycle-setup-criterion", arguments)


def _facts() -> Iterator[Need]:
    today = timezone.localdate()
    old = Fact.objects.current().filter(review_on__lt=today, key__startswith=FACTS)
    for fact in old:
        text = _("Check “%(fact)s” again. Its review date has passed.") % {"fact": fact.label}
        yield Need("facts", text, "travel:reference-row", {"kind": "fact", "key": fact.key})


def _people() -> Iterator[Need]:
    advised = Role.objects.filter(kind=Role.Kind.ADVISOR, user__is_active=True).values("college")
    without = [college.short_name for college in College.objects.exclude(pk__in=advised).order_by("short_name")]
    if without:
        text = ngettext(
            "%(colleges)s doesn’t have an advisor, so no one can endorse its students.",
            "These colleges don’t have an advisor, so no one can endorse their students: %(colleges)s.",
            len(without),
        ) % {"colleges": ", ".join(without)}
        yield Need("people", text, "people-invite")

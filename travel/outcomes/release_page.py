"""A release as tables: one per cycle, each figure with how it's shown and why, before and after publishing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Cycle, Lever
from exchange.figures.counts import Key, Range, Why
from exchange.models import College, Language, PartnerCity
from travel.models import SurveyItem
from travel.models.earlier import PREFIX
from travel.outcomes.counting import LANGUAGE, NO, UNKNOWN
from travel.outcomes.following.words import YEAR_TEXTS, item_text, told_text
from travel.outcomes.population import (
    COLLEGES_SAY,
    FOLLOW_UP_ITEM,
    STEP,
    SURVEY_ITEM,
    TRAVELERS_SAY,
    WEEKS,
    YEAR,
    YES,
    By,
    Mark,
    Said,
    Stage,
    Step,
    Told,
    wait_key,
)
from travel.outcomes.release_plan import Finding, Plan
from travel.outcomes.words import count_text, mark_name, stage_name, step_name, within_text

STAGES = {stage.name.lower(): stage for stage in Stage}
MARKS = {mark.value: mark for mark in Mark}
WAITS = {wait_key("", Step.DECISION, weeks).name: weeks for weeks in WEEKS}


@dataclass(frozen=True, slots=True)
class Line:
    figure: str
    group: str
    shown: str
    why: str
    counted: str = ""


@dataclass
class Section:
    """One cycle, or several years told together. `groups`: the lines about groups, which are many."""

    title: str
    lines: list[Line] = field(default_factory=list)
    groups: list[Line] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        return sum(line.shown == count_text(None) for line in (*self.lines, *self.groups))

    @property
    def number(self) -> int:
        return len(self.lines) + len(self.groups)


class Namer:
    """Names of figures and groups, in the active language. Four queries."""

    def __init__(self) -> None:
        self.cycles = {cycle.code: cycle.name for cycle in Cycle.objects.all()}
        self.groups = {
            By.COLLEGE.value: dict(College.objects.values_list("code", "short_name")),
            By.CITY.value: {city.code: city.name for city in PartnerCity.objects.all()},
            SURVEY_ITEM: {item.name: item.text for item in SurveyItem.objects.all()},
            YEAR: {str(year): str(text) for year, text in YEAR_TEXTS.items()},
            STEP: {step.value: step_name(step) for step in Step},
            LANGUAGE: {Language.ENGLISH.value: _("English"), Language.SPANISH.value: _("Spanish")},
        }

    def subject(self, subject: str) -> str:
        if subject.startswith(PREFIX):
            return _("%(year)s, from before the portal") % {"year": subject.removeprefix(PREFIX)}
        return ", ".join(self.cycles.get(code, code) for code in subject.split("+"))

    def figure(self, name: str) -> str:
        if name in STAGES:
            return stage_name(STAGES[name])
        if name in MARKS:
            return mark_name(MARKS[name])
        if name in WAITS:
            return within_text(WAITS[name])
        return {
            "travelers": stage_name(Stage.TRAVELED),
            "too_late": _("First passports that came too late"),
            "in_scores_file": _("Applications in the scores file"),
            "in_lottery": _("Applications in a lottery"),
            "survey_answered": _("Answered the survey"),
            Said.MORE.value: _("Rated it higher now"),
            Said.SAME.value: _("Rated it the same"),
            Said.LESS.value: _("Rated it lower now"),
            **_follow_up_names(),
        }.get(name, name)

    def group(self, key: Key) -> str:
        if not key.by:
            return ""
        if key.by == FOLLOW_UP_ITEM:
            return item_text(key.group)
        if key.by in self.groups:
            return self.groups[key.by].get(key.group, _("Not known"))
        if key.name == "in_lottery":
            return key.group
        ways = {
            Lever.Kind.FIRST_GENERATION.value: _("First generation in college"),
            Lever.Kind.NEED.value: _("Financial need"),
            Lever.Kind.FIRST_TRIP.value: _("First time abroad"),
            Lever.Kind.DISTRICT.value: _("Council district"),
        }
        way = ways.get(key.by, key.by)
        answers = {YES: _("yes"), NO: _("no, or not sure"), UNKNOWN: _("not answered")}
        return _("%(way)s: %(answer)s") % {"way": way, "answer": answers.get(key.group, key.group)}


def _follow_up_names() -> dict[str, str]:
    names = {
        f"{COLLEGES_SAY}_known": _("Studies after the trip known from the college"),
        f"{TRAVELERS_SAY}_known": _("Said how their studies went after the trip"),
        "compared_number": _("Travelers compared with as many others"),
        "compared_travelers_yes": _("Compared travelers: transferred in the first year"),
        "compared_others_yes": _("The others: transferred in the first year"),
    }
    for told in Told:
        words = {"answer": told_text(told)}
        names[f"{COLLEGES_SAY}_{told}"] = _("College: %(answer)s") % words
        names[f"{TRAVELERS_SAY}_{told}"] = _("Student: %(answer)s") % words
    return names


def why_text(why: str, *, is_hidden: bool) -> str:
    if is_hidden:
        return _("Too few people for any range.")
    return {
        Why.KNOWN: _("Everyone knows this number."),
        Why.SMALL: _("Few people are counted here, or few aren’t."),
        Why.PROTECTS: _("The exact number would give away another figure."),
    }.get(Why(why), "")


def preview(plan: Plan) -> list[Section]:
    rows = ((key, f.range if f else None, f.why if f else "", plan.values.get(key)) for key, f in plan.figures.items())
    return _sections(rows)


def published(told: Mapping[Key, tuple[Range | None, str]]) -> list[Section]:
    return _sections((key, range_, why, None) for key, (range_, why) in told.items())


def _sections(rows: Iterable[tuple[Key, Range | None, str, int | None]]) -> list[Section]:
    name, found = Namer(), dict[str, Section]()
    for key, range_, why, counted in rows:
        section = found.setdefault(key.subject, Section(name.subject(key.subject)))
        line = Line(
            figure=name.figure(key.name),
            group=name.group(key),
            shown=count_text(range_),
            why=why_text(why, is_hidden=range_ is None),
            counted="" if counted is None else str(counted),
        )
        (section.groups if key.by else section.lines).append(line)
    return list(found.values())


def changed_text(plan: Plan) -> str:
    number = len(plan.changed)
    if not number:
        return ""
    return ngettext(
        "%(count)s figure that was published before would be different today, because records were corrected. It"
        " stays as published: the difference would be about the few people whose records changed.",
        "%(count)s figures that were published before would be different today, because records were corrected. They"
        " stay as published: the difference would be about the few people whose records changed.",
        number,
    ) % {"count": number}


def findings_text(findings: list[Finding]) -> str:
    name = Namer()
    return "; ".join(
        f"{name.subject(each.key.subject)}, {name.figure(each.key.name)} {name.group(each.key)}".strip()
        for each in findings
    )

"""A release as tables: one per cycle, each figure with how it's shown and why, before and after publishing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Cycle
from exchange.figures.counts import Key, Range, Why
from exchange.models import College, PartnerCity
from travel.models import SurveyItem
from travel.models.earlier import PREFIX
from travel.outcomes.measures import ANSWERED, MEASURES, WAYS, group_name, title_of
from travel.outcomes.population import SURVEY_ITEM, By
from travel.outcomes.release_plan import Finding, Plan
from travel.outcomes.words import count_text


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
        }

    def subject(self, subject: str) -> str:
        if subject.startswith(PREFIX):
            return _("%(year)s, from before the portal") % {"year": subject.removeprefix(PREFIX)}
        return ", ".join(self.cycles.get(code, code) for code in subject.split("+"))

    def figure(self, name: str) -> str:
        return title_of(name) if name in MEASURES else name

    def group(self, key: Key) -> str:
        if not key.by:
            return ""
        name = group_name(key.by, key.group, self.groups)
        if key.group not in ANSWERED or key.by not in WAYS:
            return name
        return _("%(way)s: %(answer)s") % {"way": WAYS[key.by], "answer": name}


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

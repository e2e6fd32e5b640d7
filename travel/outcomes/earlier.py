"""Years from before the portal: reads the office's CSV files, says what can't be true, and counts. Nothing is shown.

A year is published under a code of its own (`travel.models.earlier.code_of`), through the release table as a cycle is.
"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from exchange.base.errors import RuleViolation
from exchange.figures import counts as figures
from exchange.figures.counts import Key, Range
from exchange.models import College, PartnerCity
from travel.models import EarlierCount, EarlierTraveler
from travel.models.earlier import PREFIX, code_of
from travel.outcomes import measures
from travel.outcomes.measures import TRAVELED, Place, at, marks_at, title_of
from travel.outcomes.population import (
    EarlierCounts,
    Stage,
    earlier_population,
    mark_key,
    stage_key,
    travelers_key,
)
from travel.outcomes.published import cycle_shares
from travel.outcomes.words import count_text, share_words

FILE_MAX, ROWS_MAX, FIRST_YEAR = 200_000, 2000, 1950
TRAVELERS = "travelers"
MEASURES = tuple(each.name for each in at(Place.EARLIER))
STAGES = {name: stage for name, stage in measures.STAGES.items() if name in MEASURES}
MARKS = {mark.value: mark for mark in marks_at(Place.EARLIER)}
COUNT_COLUMNS = ("year", "measure", "city", "number", "published", "source", "source_url", "as_of")
PEOPLE_COLUMNS = ("year", "name", "college", "city", "first_abroad", "first_flight")
OF_PEOPLE = ("first_abroad", "first_flight")  # marks that a list of people has
YES, NO = ("yes", "sí", "si"), ("no",)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a line of the file; 1: its head. `stops`: nothing can be imported until it's right."""

    line: int
    text: str
    stops: bool = True


@dataclass
class Read[Row]:
    """A file as it was read: rows to save, and what is wrong or left out."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, line: int, text: str) -> None:
        self.problems.append(Problem(line, text))

    def note(self, line: int, text: str) -> None:
        self.problems.append(Problem(line, text, stops=False))

    @property
    def can_be_saved(self) -> bool:
        return bool(self.rows) and not any(each.stops for each in self.problems)


class Places:
    """Cities and colleges by what a file may call them: code or name, in either language. Two queries."""

    @cached_property
    def cities(self) -> dict[str, PartnerCity]:
        found: dict[str, PartnerCity] = {}
        for city in PartnerCity.objects.all():
            found |= {name.casefold(): city for name in (city.code, city.name_en, city.name_es)}
        return found

    @cached_property
    def colleges(self) -> dict[str, College]:
        found: dict[str, College] = {}
        for college in College.objects.all():
            found |= {name.casefold(): college for name in (college.code, college.name, college.short_name)}
        return found


def text_of(content: bytes) -> str:
    """RuleViolation: too_large, not_text."""
    if len(content) > FILE_MAX:
        raise RuleViolation("too_large", _("This file is too large. Divide it by year."))
    try:
        return content.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError:
        raise RuleViolation(
            "not_text", _("This isn’t a CSV file in UTF-8. Save it as “CSV UTF-8” and choose it again.")
        ) from None


def _lines(
    text: str, columns: Sequence[str], needed: Iterable[str], read: Read[Any]
) -> Iterable[tuple[int, dict[str, str]]]:
    """Each line that isn't empty, with its number; what the head lacks is a problem of line 1."""
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        head = [str(name).strip().casefold() for name in reader.fieldnames or ()]
        reader.fieldnames = head
        if missing := [name for name in needed if name not in head]:
            read.wrong(1, _("These columns are missing: %(names)s.") % {"names": ", ".join(missing)})
            return
        if unknown := [name for name in head if name and name not in columns]:
            read.note(1, _("These columns aren’t kept: %(names)s.") % {"names": ", ".join(unknown)})
        for row in reader:
            said = {name: " ".join((row.get(name) or "").split()) for name in columns}
            if any(said.values()):
                yield reader.line_num, said
    except csv.Error:
        read.wrong(1, _("This isn’t a valid CSV file."))


def _year(said: Mapping[str, str], line: int, read: Read[Any]) -> int | None:
    year, this = said["year"], timezone.localdate().year
    if year.isascii() and year.isdecimal() and FIRST_YEAR <= int(year[:5]) <= this:
        return int(year)
    read.wrong(
        line,
        _("“%(text)s” isn’t a year from %(first)s to %(last)s.")
        % {"text": year[:20], "first": FIRST_YEAR, "last": this},
    )
    return None


# --- Counts -----------------------------------------------------------------------------------------


def read_counts(text: str, places: Places | None = None) -> Read[EarlierCount]:
    """Unsaved rows. What contradicts them or earlier files is in the problems."""
    read, places = Read[EarlierCount](), places or Places()
    seen: set[tuple[int, str, str]] = set()
    for line, said in _lines(text, COUNT_COLUMNS, ("year", "measure", "number", "source", "as_of"), read):
        row = _count(line, said, places, read)
        if row is None:
            continue
        key = (row.year, row.measure, row.city.code if row.city else "")
        if key in seen:
            read.wrong(line, _("This count is in the file twice."))
        seen.add(key)
        read.rows.append(row)
        if len(read.rows) > ROWS_MAX:
            read.wrong(line, _("This file is too large. Divide it by year."))
            break
    _check(read)
    return read


def _count(line: int, said: Mapping[str, str], places: Places, read: Read[Any]) -> EarlierCount | None:
    before = len(read.problems)
    year, number = _year(said, line, read), said["number"]
    if said["measure"] not in MEASURES:
        read.wrong(
            line,
            _("“%(text)s” isn’t one of: %(names)s.") % {"text": said["measure"][:40], "names": ", ".join(MEASURES)},
        )
    city = places.cities.get(said["city"].casefold()) if said["city"] else None
    if said["city"] and city is None:
        read.wrong(line, _("No partner city is called “%(text)s.”") % {"text": said["city"][:60]})
    elif (said["measure"] == TRAVELERS) != (city is not None):
        read.wrong(line, _("A city goes with the measure “travelers,” and only with it."))
    if not (number.isascii() and number.isdecimal() and len(number) < 6):
        read.wrong(line, _("“%(text)s” isn’t a whole number.") % {"text": number[:20]})
    published = said["published"].casefold()
    if published not in (*YES, *NO, ""):
        read.wrong(line, _("“published” must be yes or no."))
    as_of = _day(said["as_of"])
    if as_of is None or as_of > timezone.localdate():
        read.wrong(line, _("“as_of” must be a day that’s not in the future, such as 2024-09-30."))
    if not said["source"]:
        read.wrong(line, _("Say where the number comes from."))
    if said["source_url"] and urlsplit(said["source_url"]).scheme not in ("http", "https"):
        read.wrong(line, _("The address of the source must start with https://."))
    if len(read.problems) > before or year is None or as_of is None:
        return None
    return EarlierCount(
        year=year,
        measure=said["measure"],
        city=city,
        number=int(number),
        was_published=published in YES,
        source=said["source"][:200],
        source_url=said["source_url"][:200],
        as_of=as_of,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _check(read: Read[EarlierCount]) -> None:
    """With what is there already: counts that are there, and years that don't add up."""
    years = {row.year for row in read.rows}
    there = list(EarlierCount.objects.filter(year__in=years).select_related("city"))
    keys = {(row.year, row.measure, row.city_id) for row in there}
    for row in read.rows:
        if (row.year, row.measure, row.city_id) in keys:
            read.wrong(0, _("%(count)s is there from another file. Undo that one first.") % {"count": _named(row)})
    people = _people_of(years)
    for year in sorted(years):
        rows = [row for row in (*there, *read.rows) if row.year == year]
        for text in contradictions(year, rows, people.get(year, ())):
            read.wrong(0, text)


def _named(row: EarlierCount) -> str:
    return " ".join(str(part) for part in (row.year, row.measure, row.city and row.city.name) if part)


def contradictions(year: int, counts: Iterable[EarlierCount], people: Sequence[EarlierTraveler]) -> list[str]:
    """What of a year can't all be true, in words."""
    numbers, cities = _numbers(counts)
    found, told = [], {"year": year}
    if people:
        if numbers.get(TRAVELED, len(people)) != len(people):
            found.append(_("%(year)s: the count of travelers isn’t the number of people on the list.") % told)
        numbers[TRAVELED] = len(people)
        for name in OF_PEOPLE:
            said = _marked(people, name)
            if said is not None and numbers.get(name, said) != said:
                found.append(_("%(year)s: %(name)s isn’t what the list of people says.") % {**told, "name": name})
    if TRAVELED not in numbers:
        return [_("%(year)s: how many traveled is missing. Every other number needs it.") % told]
    reached = [name for name in STAGES if name in numbers]
    for before, after in pairwise(reached):
        if numbers[after] > numbers[before]:
            words = {**told, "before": before, "after": after}
            found.append(_("%(year)s: more people %(after)s than %(before)s.") % words)
    for name in MARKS:
        if numbers.get(name, 0) > numbers[TRAVELED]:
            found.append(_("%(year)s: %(name)s counts more people than traveled.") % {**told, "name": name})
    if cities and sum(cities.values()) != numbers[TRAVELED]:
        found.append(_("%(year)s: the travelers by city don’t add up to those who traveled.") % told)
    return found


def _numbers(counts: Iterable[EarlierCount]) -> tuple[dict[str, int], dict[str, int]]:
    numbers, cities = {}, {}
    for row in counts:
        if row.city is None:
            numbers[row.measure] = row.number
        else:
            cities[row.city.code] = row.number
    return numbers, cities


# --- People -----------------------------------------------------------------------------------------


def read_people(text: str, places: Places | None = None) -> Read[EarlierTraveler]:
    """Unsaved rows. A person twice in a year is a problem; an unknown college is left empty, with a note."""
    read, places = Read[EarlierTraveler](), places or Places()
    seen: dict[tuple[int, str], int] = {}
    there = defaultdict(set)
    for year, name in EarlierTraveler.objects.exclude(name="").values_list("year", "name"):
        there[year].add(name.casefold())
    for line, said in _lines(text, PEOPLE_COLUMNS, ("year", "name", "city"), read):
        row = _person(line, said, places, read)
        if row is None:
            continue
        key = (row.year, row.name.casefold())
        if key in seen:
            words = {"name": row.name, "line": seen[key]}
            read.wrong(line, _("%(name)s is already on line %(line)s for this year.") % words)
        elif key[1] in there[row.year]:
            read.wrong(line, _("%(name)s is there already for this year.") % {"name": row.name})
        seen.setdefault(key, line)
        read.rows.append(row)
        if len(read.rows) > ROWS_MAX:
            read.wrong(line, _("This file is too large. Divide it by year."))
            break
    _check_people(read)
    return read


def _person(line: int, said: Mapping[str, str], places: Places, read: Read[Any]) -> EarlierTraveler | None:
    before = len([each for each in read.problems if each.stops])
    year, city = _year(said, line, read), places.cities.get(said["city"].casefold())
    if not said["name"] or len(said["name"]) > 150:
        read.wrong(line, _("Enter the person’s name."))
    if city is None:
        read.wrong(line, _("No partner city is called “%(text)s.”") % {"text": said["city"][:60]})
    college = places.colleges.get(said["college"].casefold()) if said["college"] else None
    if said["college"] and college is None:
        read.note(line, _("No college is called “%(text)s.” It’s left empty.") % {"text": said["college"][:60]})
    marks = {}
    for name in OF_PEOPLE:
        word = said[name].casefold()
        if word not in (*YES, *NO, ""):
            read.wrong(line, _("“%(name)s” must be yes, no or empty.") % {"name": name})
        marks[name] = True if word in YES else False if word in NO else None
    if year is None or city is None or len([each for each in read.problems if each.stops]) > before:
        return None
    return EarlierTraveler(year=year, name=said["name"], college=college, city=city, **marks)


def _check_people(read: Read[EarlierTraveler]) -> None:
    years = {row.year for row in read.rows}
    counts = defaultdict(list)
    for row in EarlierCount.objects.filter(year__in=years).select_related("city"):
        counts[row.year].append(row)
    people = _people_of(years)
    for year in sorted(years):
        everyone = [*people.get(year, ()), *(row for row in read.rows if row.year == year)]
        for text in contradictions(year, counts[year], everyone):
            read.wrong(0, text)


def _people_of(years: Iterable[int] | None = None) -> dict[int, list[EarlierTraveler]]:
    found: dict[int, list[EarlierTraveler]] = {}
    rows = EarlierTraveler.objects.select_related("city")
    for row in rows if years is None else rows.filter(year__in=years):
        found.setdefault(row.year, []).append(row)
    return found


def _marked(people: Iterable[EarlierTraveler], name: str) -> int | None:
    """Those who are said to have a mark; None if the list says it of nobody. Others aren't counted."""
    said = [value for person in people if (value := getattr(person, name)) is not None]
    return sum(said) if said else None


# --- Counting ---------------------------------------------------------------------------------------


def all_counts() -> list[EarlierCounts]:
    """Each year that can be counted, oldest first, for `release_plan`. Two queries."""
    counts: dict[int, list[EarlierCount]] = {}
    for row in EarlierCount.objects.select_related("city"):
        counts.setdefault(row.year, []).append(row)
    people = _people_of()
    found = []
    for year in sorted({*counts, *people}):
        rows, persons = counts.get(year, []), people.get(year, [])
        if not contradictions(year, rows, persons):
            found.append(_counted(year, rows, persons))
    return found


def _counted(year: int, rows: Sequence[EarlierCount], people: Sequence[EarlierTraveler]) -> EarlierCounts:
    """Of people where there are any; counts are for what no list has."""
    code, (numbers, cities) = code_of(year), _numbers(rows)
    if people:
        numbers[TRAVELED] = len(people)
        cities = dict(Counter(row.city.code for row in people))
        for name in OF_PEOPLE:
            if (said := _marked(people, name)) is not None:
                numbers[name] = said
    public = [row for row in rows if row.was_published]
    published = {mark_key(code, MARKS[row.measure]) for row in public if row.measure in MARKS}
    published |= {stage_key(code, STAGES[row.measure]) for row in public if row.measure in STAGES}
    published |= {travelers_key(code, row.city.code) for row in public if row.city}
    return EarlierCounts(
        code,
        {stage: numbers[name] for name, stage in STAGES.items() if name in numbers},
        {mark: numbers[name] for name, mark in MARKS.items() if name in numbers},
        cities,
        frozenset(published),
    )


def is_of_a_cycle(subject: str) -> bool:
    """Neither a year from before the portal nor several years told together."""
    return not subject.startswith(PREFIX) and "+" not in subject


def is_as_counted(values: Mapping[Key, int]) -> bool:
    """Whether what a plan counted of earlier years is what is there now: an import may have been undone since."""
    counted = {key: number for key, number in values.items() if key.subject.startswith(PREFIX)}
    if not counted:
        return True
    now: dict[Key, int] = {}
    for year in all_counts():
        now |= figures.numbers(*earlier_population(year))
    return all(now.get(key) == number for key, number in counted.items())


# --- As published -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EarlierYear:
    """One year as it was published. `figures`: (name, what is shown, of how many)."""

    code: str
    year: int
    travelers: int
    figures: tuple[tuple[str, str, str], ...]
    sources: tuple[tuple[str, str, date], ...] = ()  # name, address, as of


def years_of(told: Mapping[Key, Range | None]) -> list[str]:
    """The codes of published earlier years, oldest first. No query."""
    return sorted({key.subject for key in told if key.subject.startswith(PREFIX)})


def published_years(told: Mapping[Key, Range | None]) -> list[EarlierYear]:
    """Newest first, with their sources. One query if there are any."""
    codes = years_of(told)
    if not codes:
        return []
    years = {code: int(code.removeprefix(PREFIX)) for code in codes}
    sources: dict[int, dict[tuple[str, str, date], None]] = {}
    for row in EarlierCount.objects.filter(year__in=years.values()):
        sources.setdefault(row.year, {})[row.source, row.source_url, row.as_of] = None
    return [_published(code, year, told, tuple(sources.get(year, ()))) for code, year in reversed(years.items())]


def _published(
    code: str, year: int, told: Mapping[Key, Range | None], sources: tuple[tuple[str, str, date], ...]
) -> EarlierYear:
    shown = []
    for mark, share in cycle_shares(code, told).items():
        if share.count is not None and mark_key(code, mark) in told:
            words = share_words(share.count, share.of)
            of = _("%(count)s of %(of)s") % {"count": count_text(share.count), "of": share.of}
            shown.append((title_of(mark), words.in_full, of))
    traveled = told[stage_key(code, Stage.TRAVELED)]
    return EarlierYear(code, year, traveled.low if traveled else 0, tuple(shown), sources)

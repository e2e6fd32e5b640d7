"""Every figure that is ever told, declared once: whom it counts, from which rows, what it's called, how, and where.

Pages, documents, open data and its loader, briefings and `recount_now` read it from here. A name never changes once
something was published under it. The order of declarations is the one in which figures matter to a stranger.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Flag, StrEnum, auto

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from applications.models import Lever
from exchange.models import Language
from travel.outcomes.population import (
    COLLEGES_SAY,
    COUNTED,
    FOLLOW_UP_ITEM,
    IN_GROUPS,
    STEP,
    SURVEY_ITEM,
    TRAVELERS_SAY,
    YEAR,
    YES,
    By,
    Item,
    Mark,
    Said,
    Stage,
    Step,
    Told,
)

type Text = Promise | str
LANGUAGE, LOTTERY, DISTRICT = "language", "lottery", Lever.Kind.DISTRICT.value
NO, UNKNOWN = "no", "unknown"
TRAVELED = Stage.TRAVELED.name.lower()


class How(StrEnum):
    """How a figure may be told."""

    KNOWN = "known"
    PLANNED = "planned"
    STEPS = "steps"
    RANGES = "ranges"
    MONEY = "money"

    @property
    def text(self) -> Text:
        return {
            How.KNOWN: _("Everyone knows this number, so it’s shown as it is."),
            How.PLANNED: _("Shown as it is, as a range, or not at all, so that no one can be singled out."),
            How.STEPS: _("Counted by week, and only once enough people are new."),
            How.RANGES: _(
                "Shown as it is only where several people are counted and several aren’t; otherwise a range."
            ),
            How.MONEY: _("In whole dollars."),
        }[self]


class Place(Flag):
    """Where a figure appears. Whatever is published is in open data."""

    DIRECTOR = auto()  # page, sheet and annual report
    PUBLIC = auto()  # page and card for anybody, briefings
    CITIES = auto()  # beside other cities
    EARLIER = auto()  # may be imported of years from before the portal


@dataclass(frozen=True, slots=True)
class Measure:
    """`definition`: whom it counts; `rows`: the function that counts them. `within`: the measure that it's a part of.

    `sentence`: what follows its share, such as "64%". `by`: ways of grouping; "" is everybody.
    """

    name: str
    title: Text
    definition: Text
    rows: str
    within: str = ""
    how: How = How.PLANNED
    sentence: Text = ""
    by: tuple[str, ...] = ("",)
    places: Place = Place.DIRECTOR

    def is_at(self, place: Place) -> bool:
        return bool(self.places & place)


GROUPS = (By.COLLEGE.value, LANGUAGE, *Lever.Kind.values)
EVERYWHERE = Place.DIRECTOR | Place.PUBLIC | Place.CITIES


STAGE_TEXTS: Mapping[Stage, tuple[Text, Text]] = {
    Stage.STARTED: (pgettext_lazy("students who got this far", "Started"), _("People who started an application.")),
    Stage.SUBMITTED: (
        pgettext_lazy("students who got this far", "Submitted"),
        _("People who submitted their application."),
    ),
    Stage.ENDORSED: (
        pgettext_lazy("students who got this far", "Endorsed"),
        _("Applicants whose college said yes."),
    ),
    Stage.READ: (
        pgettext_lazy("students who got this far", "Read"),
        _("Applicants scored by as many readers as the cycle asks for."),
    ),
    Stage.SELECTED: (
        pgettext_lazy("students who got this far", "Selected"),
        _("Applicants chosen by the committee."),
    ),
    Stage.CONFIRMED: (
        pgettext_lazy("students who got this far", "Confirmed"),
        _("Students who said yes to their spot."),
    ),
    Stage.PASSPORT: (
        pgettext_lazy("students who got this far", "Passport in hand"),
        _("Students with a valid passport in hand."),
    ),
    Stage.TRAVELED: (
        pgettext_lazy("students who got this far", "Traveled"),
        _("Students who left with their group."),
    ),
}


def _stages() -> Iterable[Measure]:
    earlier = {Stage.STARTED, Stage.SUBMITTED, Stage.SELECTED, Stage.CONFIRMED, Stage.TRAVELED}
    before = ""
    for stage, (title, definition) in STAGE_TEXTS.items():
        yield Measure(
            stage.name.lower(),
            title,
            definition,
            "counting.furthest",
            before,
            How.KNOWN if stage is Stage.TRAVELED else How.PLANNED,
            by=("", *GROUPS) if stage in IN_GROUPS else ("",),
            places=Place.DIRECTOR | (Place.EARLIER if stage in earlier else Place(0)),
        )
        before = stage.name.lower()


def _marks() -> Iterable[Measure]:
    said = {
        Mark.ABROAD: (
            _("Never abroad"),
            _("had never left the country"),
            _("Travelers who said in their application that they had never left the country."),
        ),
        Mark.FLIGHT: (
            _("First flight"),
            _("flew for the first time"),
            _("Travelers who said in their application that they had never been on an airplane."),
        ),
        Mark.GENERATION: (
            _("First generation"),
            _("have no parent with a four-year degree"),
            _(
                "Travelers who said that no parent has a four-year degree, out of all travelers. Those who didn’t know"
                " or didn’t say count as not first generation, so the true share may be higher."
            ),
        ),
        Mark.PASSPORT: (
            _("First passport"),
            _("got their first passport"),
            _(
                "Travelers who got their first passport for this trip. A passport counts as late if the student had to"
                " stay home because it hadn’t come by the day the group left."
            ),
        ),
        Mark.CHOICE: (
            _("First choice"),
            _("went to the city they ranked first"),
            _("Travelers whose spot was in the city they ranked first."),
        ),
    }
    for mark, (title, sentence, definition) in said.items():
        places = EVERYWHERE if mark is Mark.CHOICE else EVERYWHERE | Place.EARLIER
        by = ("", *By) if mark in COUNTED else ("",)
        yield Measure(mark, title, definition, "counting.marked", TRAVELED, sentence=sentence, by=by, places=places)


def _others() -> Iterable[Measure]:
    yield Measure(
        "travelers",
        pgettext_lazy("students who got this far", "Traveled"),
        _("Travelers to a partner city."),
        "counting.by_place",
        TRAVELED,
        How.KNOWN,
        by=(By.CITY,),
        places=EVERYWHERE | Place.EARLIER,
    )
    yield Measure(
        "too_late",
        _("First passports that came too late"),
        _("Students who stayed home because their first passport hadn’t come in time."),
        "counting.too_late",
        "confirmed",
    )
    yield Measure(
        "in_scores_file",
        _("Applications in the scores file"),
        _("Applications in the published scores file."),
        "counting.counts_of",
        "submitted",
        How.KNOWN,
    )
    yield Measure(
        "in_lottery",
        _("Applications in a lottery"),
        _("Applications in a lottery, by its code."),
        "counting.counts_of",
        "submitted",
        How.KNOWN,
        by=(LOTTERY,),
    )


def _survey() -> Iterable[Measure]:
    yield Measure(
        "survey_answered",
        _("Answered the survey"),
        _("Travelers who rated a sentence of the survey after the trip, before and now."),
        "counting.survey_of",
        TRAVELED,
    )
    said = {
        Said.MORE: (_("Rated it higher now"), _("Travelers who rated a sentence higher now than before the trip.")),
        Said.SAME: (_("Rated it the same"), _("Travelers who rated a sentence the same now as before the trip.")),
        Said.LESS: (_("Rated it lower now"), _("Travelers who rated a sentence lower now than before the trip.")),
    }
    for each, (title, definition) in said.items():
        yield Measure(each, title, definition, "counting.survey_of", "survey_answered", by=(SURVEY_ITEM,))


def _waits() -> Iterable[Measure]:
    weeks = {
        16: _("Travelers who waited at most 16 weeks for a step."),
        8: _("Travelers who waited at most 8 weeks for a step."),
        4: _("Travelers who waited at most 4 weeks for a step."),
        2: _("Travelers who waited at most 2 weeks for a step."),
    }
    before = TRAVELED
    for number, definition in weeks.items():
        name, text = f"within_{number}_weeks", lazy(within_text, str)(number)
        yield Measure(name, text, definition, "counting.waits_of", before, by=(STEP,))
        before = name


def within_text(weeks: int) -> str:
    return ngettext("within %(count)s week", "within %(count)s weeks", weeks) % {"count": weeks}


# --- The time after the trip ------------------------------------------------------------------------

ANSWERS: Mapping[Told, Text] = {
    Told.YES: _("Yes"),
    Told.NO: _("No"),
    Told.FULL: _("Full time"),
    Told.PART: _("Part time"),
    Told.GPA_A: _("3.5 or more"),
    Told.GPA_B: _("3.0 to 3.49"),
    Told.GPA_C: _("2.0 to 2.99"),
    Told.GPA_D: _("under 2.0"),
}
YEAR_TEXTS = {1: _("first year"), 2: _("second year"), 3: _("third year")}


COLLEGES_TEXTS: Mapping[Told, Text] = {
    Told.YES: _("Of those, how many of whom the college says yes."),
    Told.NO: _("Of those, how many of whom the college says no."),
    Told.FULL: _("Travelers who enrolled full time, as their college says."),
    Told.PART: _("Travelers who enrolled part time, as their college says."),
    Told.GPA_A: _("Travelers who enrolled and had a GPA of 3.5 or more, as their college says."),
    Told.GPA_B: _("Travelers who enrolled and had a GPA of 3.0 to 3.49, as their college says."),
    Told.GPA_C: _("Travelers who enrolled and had a GPA of 2.0 to 2.99, as their college says."),
    Told.GPA_D: _("Travelers who enrolled and had a GPA under 2.0, as their college says."),
}


def _follow_up() -> Iterable[Measure]:
    yield Measure(
        f"{COLLEGES_SAY}_known",
        _("Studies after the trip known from the college"),
        _(
            "Travelers who agreed to it and whose college’s research office said how their studies went in a year after"
            " the trip."
        ),
        "following.counting.after",
        TRAVELED,
        by=(YEAR,),
    )
    yield from _answers(COLLEGES_SAY, lambda answer: str(_("College: %(answer)s")) % {"answer": answer}, COLLEGES_TEXTS)
    yield Measure(
        f"{TRAVELERS_SAY}_known",
        _("Said how their studies went after the trip"),
        _("Travelers who say themselves how their studies went after the trip."),
        "following.counting.after",
        TRAVELED,
        by=(YEAR,),
    )
    travelers = {
        Told.YES: _("Of those, how many say yes themselves. Never added to what colleges say."),
        Told.NO: _("Of those, how many say no themselves. Never added to what colleges say."),
    }
    yield from _answers(TRAVELERS_SAY, lambda answer: str(_("Student: %(answer)s")) % {"answer": answer}, travelers)


def _compared() -> Iterable[Measure]:
    yield Measure(
        "compared_number",
        _("Travelers compared with as many others"),
        _(
            "Travelers who are compared with as many applicants who stayed: from each year as many of one as of the"
            " other, all of whom agreed."
        ),
        "following.comparing_people.compared_of",
        TRAVELED,
    )
    yield Measure(
        "compared_travelers_yes",
        _("Compared travelers: transferred in the first year"),
        _("Of those travelers, how many transferred to a four-year college in the first year, as their college says."),
        "following.comparing_people.compared_of",
        "compared_number",
    )
    yield Measure(
        "compared_others_yes",
        _("The others: transferred in the first year"),
        _("Of as many applicants who stayed, how many transferred in the first year, as their college says."),
        "following.comparing_people.compared_of",
        "compared_number",
    )


def _answers(source: str, title: Callable[[str], str], said: Mapping[Told, Text]) -> Iterable[Measure]:
    for told, definition in said.items():
        text = lazy(lambda told: title(str(ANSWERS[told])), str)(told)
        rows, whole = "following.counting.after", f"{source}_known"
        yield Measure(f"{source}_{told}", text, definition, rows, whole, by=(FOLLOW_UP_ITEM,))


# --- What is so today -------------------------------------------------------------------------------


def _today() -> Iterable[Measure]:
    yield Measure(
        "applied",
        _("Applications by week"),
        _(
            "Applications sent by the end of each week since the cycle opened, also those withdrawn later. Weeks with"
            " only a few are combined with the next. Who applied, by college or language, is shown once everyone is"
            " home: week by week it could single someone out."
        ),
        "now.count_applying",
        how=How.STEPS,
    )
    yield Measure(
        "waiting",
        _("What applications are waiting for"),
        _("Applications by who has to act next."),
        "now.count_waiting",
    )
    yield Measure(
        "in_danger",
        _("Passports in danger"),
        _("Travelers without a passport whose last safe day is near or over, by group."),
        "now.count_dangers",
        how=How.RANGES,
    )
    yield Measure(
        "money",
        _("Money planned and spent"),
        _("The budget of each trip and what we promised and paid its travelers, by who pays."),
        "now.money",
        how=How.MONEY,
    )


MEASURES: Mapping[str, Measure] = {
    each.name: each for part in (_stages, _marks, _others, _survey, _waits, _follow_up, _compared) for each in part()
}
TODAY: Mapping[str, Measure] = {each.name: each for each in _today()}
STAGES: Mapping[str, Stage] = {stage.name.lower(): stage for stage in Stage}


def at(place: Place) -> list[Measure]:
    return [each for each in MEASURES.values() if each.is_at(place)]


def marks_at(place: Place) -> list[Mark]:
    return [Mark(each.name) for each in at(place) if each.sentence]


def title_of(what: Mark | Stage | Said | str) -> str:
    """Its name, for the head of a table."""
    return str(MEASURES[what.name.lower() if isinstance(what, Stage) else str(what)].title)


# --- Ways of grouping -------------------------------------------------------------------------------

STEPS: Mapping[Step, Text] = {
    Step.DECISION: _("From application to decision"),
    Step.ANSWER: _("From decision to the student’s answer"),
    Step.PASSPORT: _("From the answer to a passport we’ve seen"),
}
WAYS: Mapping[str, Text] = {
    By.COLLEGE: _("By college"),
    By.CITY: _("By city"),
    LANGUAGE: _("By language of the answers"),
    Lever.Kind.FIRST_GENERATION: _("First generation in college"),
    Lever.Kind.NEED: _("Financial need"),
    Lever.Kind.FIRST_TRIP: _("First time abroad"),
    DISTRICT: _("By council district"),
}
ANSWERED: Mapping[str, Text] = {
    YES: pgettext_lazy("of a group", "Yes"),
    NO: pgettext_lazy("of a group", "No, or not sure"),
    UNKNOWN: _("Not answered"),
}


def group_name(by: str, group: str, names: Mapping[str, Mapping[str, str]]) -> str:
    """names: of colleges, cities and sentences of the survey, by way of grouping and code."""
    if by == FOLLOW_UP_ITEM:
        return item_text(group)
    if by == DISTRICT and group != UNKNOWN:
        return _("District %(number)s") % {"number": group}
    known: Mapping[str, Mapping[str, Text]] = {
        **names,
        LANGUAGE: {Language.ENGLISH.value: _("English"), Language.SPANISH.value: _("Spanish")},
        STEP: {step.value: text for step, text in STEPS.items()},
        YEAR: {str(year): text for year, text in YEAR_TEXTS.items()},
        DISTRICT: {UNKNOWN: _("Another answer, or none")},
        LOTTERY: {group: group},
    }
    missing = _("No college listed") if by == By.COLLEGE else _("Not known")
    return str(known.get(by, ANSWERED).get(group, missing))


def item_text(name: str) -> str:
    """Of an item's name with its year, such as "transfer.2"; the name itself if there is no such item."""
    item, _dot, year = name.partition(".")
    when = {"year": YEAR_TEXTS[int(year)]} if year.isdecimal() and int(year) in YEAR_TEXTS else {"year": year}
    texts: Mapping[str, Text] = {
        Item.ENROLLED.value: _("Enrolled in the fall or spring term after the trip"),
        Item.UNITS.value: _("Units in that term, of those enrolled"),
        Item.GPA.value: _("GPA of that term, of those enrolled"),
        Item.AWARD.value: _("Earned a certificate or degree in the %(year)s") % when,
        Item.TRANSFER.value: _("Transferred to a four-year college in the %(year)s") % when,
    }
    return str(texts.get(item, name))

"""Finished cycles for tests of outcomes: `summer(...)` makes one, with travelers by college and city."""

import datetime as dt

from applications.models import Answer, FormVersion, Question, Section
from exchange.models import ConsentText, Fact
from tests.factories import FactFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, EndorsementFactory
from tests.factories_travel import PassportCaseFactory, PlacementFactory, TripFactory
from tests.travel.stories import consent_texts, quoted, told
from travel.models import FollowUpConsent, ReflectionPrompt
from travel.outcomes import actions
from travel.outcomes.population import parts_of
from travel.states import PassportStage

ASKED = ("first_abroad", "first_flight", "parents_education")


def threshold(number):
    """Rules of release for few people: with 1, every count may be told."""
    rules = {"threshold": number, "band": number, "open_values": max(1, number - 1)}
    for key, value in rules.items():
        FactFactory(key=f"disclosure.{key}", value=value, unit=Fact.Unit.COUNT)
    for key, value in {"interval_percent": 95, "line_percent": 80}.items():
        if not Fact.objects.filter(key=f"fairness.{key}").exists():
            FactFactory(key=f"fairness.{key}", value=value, unit=Fact.Unit.PERCENT)
    comparison_facts()


def comparison_facts(least=30, below_line=40):
    numbers = {"least": (least, Fact.Unit.COUNT), "below_line": (below_line, Fact.Unit.COUNT)}
    for key, (value, unit) in (numbers | {"percent": (95, Fact.Unit.PERCENT)}).items():
        if not Fact.objects.filter(key=f"comparison.{key}").exists():
            FactFactory(key=f"comparison.{key}", value=value, unit=unit)


def publish():
    """Publish the figures of every cycle that is home, as the office would."""
    return actions.publish_now(by=UserFactory(coordinator=True))


def cycle_home(year=2026, **fields):
    opened = dt.datetime(year, 1, 12, 17, tzinfo=dt.UTC)
    cycle = CycleFactory(
        code=f"summer-{year}",
        name_en=f"Summer {year}",
        name_es=f"Verano {year}",
        opens_at=opened,
        closes_at=opened + dt.timedelta(days=40),
        **fields,
    )
    form = FormVersion.objects.create(cycle=cycle, number=1, published_at=opened)
    section = Section.objects.create(form=form, key="about", order=1, title_en="About", title_es="Sobre ti")
    for order, key in enumerate(ASKED):
        kind = Question.Kind.ONE_OF if key == "parents_education" else Question.Kind.YES_NO
        Question.objects.create(section=section, key=key, order=order, kind=kind, label_en=key, label_es=key)
    return cycle


def trip_home(cycle, city, month=6):
    year = cycle.opens_at.year
    left = dt.datetime(year, month, 12, 17, tzinfo=dt.UTC)
    back = left + dt.timedelta(days=10)
    dates = {"leaves_on": left.date(), "returns_on": back.date(), "departed_at": left, "returned_at": back}
    return TripFactory(cycle=cycle, city=city, **dates)


def traveler(trip, college, *, abroad=False, flight=False, passport=False, parents=None, rank=1, **student):
    """A student who traveled and is back. `passport`: it was their first one."""
    cycle = trip.cycle
    application = ApplicationFactory(
        cycle=cycle,
        form=cycle.form_versions.get(),
        college=college,
        confirmed=True,
        **{f"student__{name}": value for name, value in student.items()},
    )
    EndorsementFactory(application=application, endorsed_by=kept(college, lambda: UserFactory(advisor=college)))
    answer(application, first_abroad=abroad, first_flight=flight, parents_education=parents)
    placement = PlacementFactory(
        trip=trip,
        application=application,
        rank=rank,
        travelled_at=trip.departed_at,
        returned_at=trip.returned_at,
        placed_by=kept(trip, lambda: UserFactory(coordinator=True)),
    )
    PassportCaseFactory(placement=placement, stage=PassportStage.IN_HAND, is_first_passport=passport)
    return placement


def kept(row, make):
    """The person who did this for a whole college or trip: one for all of its travelers."""
    if not hasattr(row, "person_of_test"):
        row.person_of_test = make()
    return row.person_of_test


def answer(application, **values):
    questions = {each.key: each for each in Question.objects.filter(section__form=application.form)}
    Answer.objects.bulk_create(
        Answer(application=application, question=questions[key], value=value)
        for key, value in values.items()
        if value is not None
    )


def wrote(placement, quote, privacy="public", **fields):
    cycle = placement.trip.cycle
    prompt, _ = ReflectionPrompt.objects.get_or_create(
        cycle=cycle, key="after", defaults={"order": 1, "moment": "after", "days": 14, "text_en": "?", "text_es": "¿?"}
    )
    language = placement.application.answer_language
    kinds = ("quote",) if quote else ()
    reflection = quoted(
        placement, quote, prompt=prompt, text="Long.", privacy=privacy, kinds=kinds, language=language, **fields
    )
    if quote:
        told(reflection, language=language)


def summer(colleges, year=2026, numbers=(4, 3, 2), month=6, cities=("Hanoi", "Paris")):
    """This many travelers with a first passport from each college, and as many who already had one; two cities."""
    cycle = cycle_home(year)
    trips = [trip_home(cycle, PartnerCityFactory(name_en=name, name_es=f"{name} es"), month) for name in cities]
    for place, (college, number) in enumerate(zip(colleges, numbers, strict=False)):
        for each in range(number):
            traveler(trips[(place + each) % len(trips)], college, abroad=True, flight=bool(each % 2), passport=True)
            traveler(trips[each % len(trips)], college)
    return cycle


def follow_up_facts():
    rules = {"followup.closes_days": 60, "followup.full_time_units": 12, "enrollment.preview_minutes": 60}
    for key, value in rules.items():
        FactFactory(key=key, value=value, unit=Fact.Unit.COUNT)
    FactFactory(key="followup.ask_days", value=45, unit=Fact.Unit.DAYS)
    comparison_facts()
    consent_texts()


def agreed(application, **more):
    """The student's signature for the college that the application names."""
    text = ConsentText.objects.get(key=FollowUpConsent.TEXT, is_current=True)
    about = {"application": application, "college": application.college, "text": text, "language": "en"}
    return FollowUpConsent.objects.create(**about, typed_name="Ana Osei", **more)


def part_of(counts, name):
    """A population that is decided by itself, by how the name of its first count begins; and its people."""
    return next(make for key, make in parts_of(counts) if key.name.startswith(name))()

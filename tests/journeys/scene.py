"""What exists before a journey starts: reference rows, a cycle that takes applications, its trips, its staff."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from applications.cycle.actions import cycle as cycle_actions
from applications.models import Cycle, ReaderProfile
from exchange.models import College, PartnerCity, User
from tests.applications import upload_samples
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.factories_travel import PROMPTS, HostInstitutionFactory, PlacementFactory, TripFactory, checklist_steps
from travel.models import ReflectionPrompt, Trip

CITIES = ("hanoi", "durango", "paris")
REFEREE = "lena.whitcomb@example.edu"
SCHEDULE = {"name": "classes.pdf", "mimeType": "application/pdf", "buffer": upload_samples.pdf()}
COMPANIONS = 14  # on each trip: with fewer, the cycle's outcomes would stay hidden


@dataclass
class Scene:
    language: str
    cycle: Cycle
    trips: list[Trip]  # to Hanoi and Durango
    advisor: User  # of the student's home college, City College
    readers: list[User]
    coordinator: User
    director: User | None
    college: str = "lacc"
    ranks: tuple[str, ...] = CITIES


def open_cycle(reads_each: int = 1) -> Cycle:
    """The reference rows, and a cycle with its form, eligibility rules, rubric and three cities."""
    call_command("load_reference", verbosity=0)
    cycle = CycleFactory(reads_each=reads_each)
    cycle.cities.set(PartnerCity.objects.filter(code__in=CITIES))
    cycle_actions.create_form(cycle, by=None)
    cycle_actions.create_rules(cycle, departs_on=timezone.localdate() + dt.timedelta(days=200), by=None)
    cycle_actions.create_rubric(cycle, by=None)
    return cycle


def set_scene(language: str) -> Scene:
    """Everything that the walk needs; staff read pages in this language."""
    cycle = open_cycle(reads_each=2)
    cycle.seats = 40
    cycle.save(update_fields=["seats"])
    steps = {step.key: step for step in checklist_steps(cycle)}
    steps["emergency"].needs_verification = True
    steps["emergency"].save(update_fields=["needs_verification"])
    for prompt in PROMPTS:
        ReflectionPrompt.objects.create(cycle=cycle, **prompt)
    trips = [_trip(cycle, code) for code in CITIES[:2]]
    home, *others = College.objects.filter(code__in=("elac", "lacc", "pierce", "valley")).order_by("pk")
    for trip in trips:
        _companions(trip, [home, *others])
    readers = [
        UserFactory(advisor=college, full_name=name, language=language)
        for college, name in zip(others, ("Omar Haddad", "Mei Tanaka"), strict=False)
    ]
    for reader in readers:
        ReaderProfile.objects.create(user=reader, reads_spanish=True)
    return Scene(
        language=language,
        cycle=cycle,
        trips=trips,
        advisor=UserFactory(advisor=home, full_name="Ruth Delgado", language=language),
        readers=readers,
        coordinator=UserFactory(coordinator=True, full_name="Lucía Fuentes", language=language),
        director=UserFactory(director=True, full_name="Grace Whitfield", language=language),
    )


def _trip(cycle: Cycle, code: str) -> Trip:
    city = PartnerCity.objects.get(code=code)
    return TripFactory(cycle=cycle, city=city, host=HostInstitutionFactory(city=city))


def _companions(trip: Trip, colleges: list[College]) -> None:
    """Students who are placed already; the first two still need a passport."""
    for number in range(COMPANIONS):
        student = ApplicationFactory(
            cycle=trip.cycle,
            college=colleges[number % len(colleges)],
            confirmed=True,
            answered=True,
            answered__first_flight=number % 3 == 0,
        )
        PlacementFactory(trip=trip, application=student, checklist=number < 2)


def what_marisol_writes(
    language: str, but_not: str = "", college: str = "lacc", ranks: tuple[str, ...] = CITIES
) -> dict[str, dict[str, Any]]:
    """The fields of each section of the form, in order; one of them can be left out."""
    essay = "Cuando nos mudamos comí dos meses en la biblioteca." if language == "es" else "We moved, and I got lost."
    parts = {
        "about": {
            "full_name": "Marisol Reyes Ortega",
            "date_of_birth_month": "3",
            "date_of_birth_day": "9",
            "date_of_birth_year": "2005",
            "phone": "213 555 0134",
            "answer_language": language,
        },
        "college": {
            "college": college,
            "student_number": "88123456",
            "units": "12",
            "good_standing": "yes",
            "major": "Nursing",
            "class_schedule": SCHEDULE,
        },
        "experience": {
            "free_for_trip": "yes",
            "work_hours": "16",
            "parents_education": "no_college",
            "first_abroad": "yes",
            "first_flight": "yes",
            "fee_waiver": "yes",
            "languages": ["en", "es"],
        },
        "why": {"story_why": essay},
        "new": {"story_new": essay},
        "back": {"story_back": essay},
        "cities": {f"cities_{rank}": city for rank, city in enumerate(ranks, start=1)},
        "referee": {"referee_name": "Dr. Lena Whitcomb", "referee_email": REFEREE, "relation": "Biology professor"},
    }
    return {key: {name: value for name, value in part.items() if name != but_not} for key, part in parts.items()}

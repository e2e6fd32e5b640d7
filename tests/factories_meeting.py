"""Sample files that readers score first, and interviews at each stage."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from applications.models import NormingFile, NormingReading
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory, review_facts

ANSWERS = [
    {"question": "Why this trip?", "text": "I want to see how a city on a river plans for floods."},
    {"question": "Tell us about something new.", "text": "I learned to weld.\n\nIt took a winter."},
]


def norming_cycle(count=3, *, published=True, **more):
    """A cycle with its rubric and so many samples, published to readers."""
    review_facts()
    at = timezone.now() if published else None
    cycle = CycleFactory(ready=True, norming_published_at=at, **more)
    for order in range(1, count + 1):
        NormingFileFactory(cycle=cycle, order=order)
    return cycle


class NormingFileFactory(DjangoModelFactory):
    class Meta:
        model = NormingFile

    cycle = factory.SubFactory(CycleFactory, ready=True)
    order = 1
    answers = factory.LazyFunction(lambda: [dict(each) for each in ANSWERS])


class NormingReadingFactory(DjangoModelFactory):
    """Scored with four points each; `locked=True` locks it."""

    class Meta:
        model = NormingReading

    class Params:
        locked = factory.Trait(locked_at=factory.LazyFunction(timezone.now))

    file = factory.SubFactory(NormingFileFactory)
    reader = factory.LazyFunction(lambda: UserFactory(advisor=True))
    points = factory.LazyAttribute(lambda o: {each.key: 4 for each in o.file.cycle.criteria.all()})
    comment = "A concrete reason."

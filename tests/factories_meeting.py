"""Sample files for norming, and interviews at each stage."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from applications.interview.actions import interview as interview_actions
from applications.models import Interview, InterviewSlot, NormingFile, NormingReading
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, review_facts

ANSWERS = [
    {"question": "Why this trip?", "text": "I want to see how a city on a river plans for floods."},
    {"question": "Tell us about something new.", "text": "I learned to weld.\n\nIt took a winter."},
]


def norming_cycle(count=3, *, published=True, **more):
    """A cycle with its rubric and this many sample files, published to readers."""
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
    """A sample file scored with four points for each criterion; `locked=True` locks it."""

    class Meta:
        model = NormingReading

    class Params:
        locked = factory.Trait(locked_at=factory.LazyFunction(timezone.now))

    file = factory.SubFactory(NormingFileFactory)
    reader = factory.LazyFunction(lambda: UserFactory(advisor=True))
    points = factory.LazyAttribute(lambda o: {each.key: 4 for each in o.file.cycle.criteria.all()})
    comment = "A concrete reason."


# --- Interviews -------------------------------------------------------------------------------------


def interview_cycle(**more):
    """A cycle with its rubric and with interviews."""
    review_facts()
    return CycleFactory(ready=True, has_interviews=True, **more)


class InterviewSlotFactory(DjangoModelFactory):
    """A slot in three days, with an interviewer of the office. `interviewers=[...]`: with these."""

    class Meta:
        model = InterviewSlot
        skip_postgeneration_save = True

    cycle = factory.LazyFunction(interview_cycle)
    starts_at = factory.Sequence(
        lambda n: (timezone.now() + dt.timedelta(days=3, hours=n % 24)).replace(minute=0, second=0, microsecond=0)
    )
    minutes = 20
    place = "City Hall, room 1060"

    @factory.post_generation
    def interviewers(self, create, extracted, **kwargs):
        if create:
            self.interviewers.set(extracted or [UserFactory(coordinator=True)])


class InterviewFactory(DjangoModelFactory):
    """An open invitation for a submitted application; `booked(slot)` books it."""

    class Meta:
        model = Interview

    application = factory.LazyFunction(
        lambda: ApplicationFactory(submitted=True, answered=True, cycle=interview_cycle())
    )
    invited_by = factory.LazyFunction(lambda: UserFactory(coordinator=True))
    invited_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=2))
    book_by = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=7))


def booked(slot=None, **more):
    """An interview that its student has booked."""
    interview = InterviewFactory(**more)
    slot = slot or InterviewSlotFactory(cycle=interview.application.cycle)
    return interview_actions.book(interview, slot, by=interview.application.student)

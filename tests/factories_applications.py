"""Rows for tests of the steps from the form to the answer. Traits are steps: `ApplicationFactory(confirmed=True)`."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from applications.models import Application, CityPreference, Cycle, FormVersion
from applications.states import Status
from tests.factories import CollegeFactory, UserFactory


class CycleFactory(DjangoModelFactory):
    """A published cycle that takes applications now; `closed=True`: no longer."""

    class Meta:
        model = Cycle

    class Params:
        closed = factory.Trait(
            opens_at=factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=90)),
            closes_at=factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=30)),
        )

    code = factory.Sequence(lambda n: f"spring-{2027 + n}")
    name_en = factory.Sequence(lambda n: f"Spring {2027 + n}")
    name_es = factory.Sequence(lambda n: f"Primavera {2027 + n}")
    summary_en = "Ten days in a partner city."
    summary_es = "Diez días en una ciudad hermana."
    covered_en = "Flights\nLodging"
    covered_es = "Vuelos\nAlojamiento"
    student_pays_en = "Spending money"
    student_pays_es = "Dinero de bolsillo"
    opens_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=30))
    closes_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=30))
    decisions_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=60))
    answer_days = 7
    reads_each = 3
    published_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=31))


class FormVersionFactory(DjangoModelFactory):
    class Meta:
        model = FormVersion
        django_get_or_create = ("cycle", "number")

    cycle = factory.SubFactory(CycleFactory)
    number = 1
    published_at = factory.LazyAttribute(lambda form: form.cycle.opens_at)


class ApplicationFactory(DjangoModelFactory):
    """A draft; traits move it on: submitted, selected, confirmed. `cities=[...]` ranks them in that order."""

    class Meta:
        model = Application
        skip_postgeneration_save = True

    class Params:
        submitted = factory.Trait(status=Status.SUBMITTED, submitted_at=factory.LazyFunction(timezone.now))
        selected = factory.Trait(submitted=True, status=Status.SELECTED)
        confirmed = factory.Trait(submitted=True, status=Status.CONFIRMED)

    cycle = factory.SubFactory(CycleFactory)
    student = factory.SubFactory(UserFactory)
    form = factory.SubFactory(FormVersionFactory, cycle=factory.SelfAttribute("..cycle"))
    college = factory.SubFactory(CollegeFactory)

    @factory.post_generation
    def cities(self, create, extracted, **kwargs):
        for rank, city in enumerate(extracted or [], start=1):
            CityPreference.objects.create(application=self, city=city, rank=rank)

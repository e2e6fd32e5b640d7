"""Rows for tests of the foundation. Every value is fixed or counted, never random: a failure can be repeated."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from exchange.models import College, Fact, PartnerCity, Role, User


class CollegeFactory(DjangoModelFactory):
    class Meta:
        model = College

    code = factory.Sequence(lambda n: f"college{n}")
    name = factory.Sequence(lambda n: f"Los Angeles College {n}")
    short_name = factory.Sequence(lambda n: f"College {n}")
    mis_code = factory.Sequence(lambda n: f"{100 + n % 900}")
    place = "Los Angeles"


class UserFactory(DjangoModelFactory):
    """A student; `coordinator=True`, `director=True` or `advisor_of=college` gives a role."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.edu")
    full_name = factory.Sequence(lambda n: f"Marisol Reyes {n}")
    preferred_name = "Marisol"

    @factory.post_generation
    def coordinator(self, create, extracted, **kwargs):
        if extracted:
            Role.objects.create(user=self, kind=Role.Kind.COORDINATOR)

    @factory.post_generation
    def director(self, create, extracted, **kwargs):
        if extracted:
            Role.objects.create(user=self, kind=Role.Kind.DIRECTOR)

    @factory.post_generation
    def advisor_of(self, create, extracted, **kwargs):
        if extracted:
            Role.objects.create(user=self, kind=Role.Kind.ADVISOR, college=extracted)


class PartnerCityFactory(DjangoModelFactory):
    class Meta:
        model = PartnerCity

    code = factory.Sequence(lambda n: f"city-{n}")
    name_en = factory.Sequence(lambda n: f"Hanoi {n}")
    name_es = factory.Sequence(lambda n: f"Hanói {n}")
    country_code = "VN"
    country_en = "Vietnam"
    country_es = "Vietnam"
    airport_code = "HAN"
    latitude = "21.02850"
    longitude = "105.85420"
    languages_en = "Vietnamese"
    languages_es = "vietnamita"
    story_en = "A city of lakes."
    story_es = "Una ciudad de lagos."


class DatedReferenceFactory(DjangoModelFactory):
    class Meta:
        abstract = True

    as_of = dt.date(2026, 11, 1)
    source_name = "travel.state.gov"
    source_url = "https://travel.state.gov/"
    review_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=365))


class FactFactory(DatedReferenceFactory):
    class Meta:
        model = Fact

    key = factory.Sequence(lambda n: f"fact.{n}")
    label_en = factory.SelfAttribute("key")
    label_es = factory.SelfAttribute("key")
    value = 1
    unit = Fact.Unit.COUNT

"""Rows for tests, by trait: `UserFactory(coordinator=True)`, `UserFactory(advisor=college)`.

Values are fixed or counted, never random: a failing test fails again.
"""

import datetime as dt

import factory
from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.utils import timezone
from factory.django import DjangoModelFactory

from exchange.models import College, Fact, Job, PartnerCity, Role, TextConsent, User


class CollegeFactory(DjangoModelFactory):
    class Meta:
        model = College

    code = factory.Sequence(lambda n: f"college-{n}")
    name = factory.Sequence(lambda n: f"Los Angeles College {n}")
    short_name = factory.Sequence(lambda n: f"College {n}")
    # starts with a letter: no real college has such a code
    mis_code = factory.Sequence(lambda n: f"{chr(65 + n // 100 % 26)}{n % 100:02}")
    place = "Los Angeles"


class RoleFactory(DjangoModelFactory):
    """`RoleFactory(user=..., advisor=college)`, `RoleFactory(user=..., kind="director")`."""

    class Meta:
        model = Role

    class Params:
        advisor = None

    kind = factory.LazyAttribute(lambda o: Role.Kind.ADVISOR if o.advisor else Role.Kind.COORDINATOR)
    college = factory.SelfAttribute("advisor")


class UserFactory(DjangoModelFactory):
    """A student with a confirmed email, unless a trait says otherwise.

    advisor=<college> (or True for a college of its own), coordinator=True, director=True: the roles.
    by_phone=True: no email, a confirmed phone. confirmed=False: the address is not confirmed yet.
    texts=True: the phone agreed to texts.
    """

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        by_phone = factory.Trait(
            email=None,
            phone=factory.Sequence(lambda n: f"+1213555{n % 10000:04}"),
            phone_verified_at=dt.datetime(2026, 9, 1, 16, 0, tzinfo=dt.UTC),
        )

    email = factory.Sequence(lambda n: f"person-{n}@example.edu")
    full_name = factory.Sequence(lambda n: f"Ana {('Aguilar', 'Bui', 'Osei', 'Paik')[n % 4]}-{n}")
    preferred_name = "Ana"

    @factory.post_generation
    def confirmed(self, create, extracted, **kwargs):
        if create and self.email and extracted is not False:
            EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)

    @factory.post_generation
    def texts(self, create, extracted, **kwargs):
        if create and extracted:
            agreed_at = dt.datetime(2026, 9, 1, 16, 5, tzinfo=dt.UTC)
            TextConsent.objects.create(phone=self.phone, user=self, agreed_at=agreed_at, agreed_how="page")

    @factory.post_generation
    def advisor(self, create, extracted, **kwargs):
        if create and extracted:
            college = CollegeFactory() if extracted is True else extracted
            RoleFactory(user=self, kind=Role.Kind.ADVISOR, college=college)

    @factory.post_generation
    def coordinator(self, create, extracted, **kwargs):
        if create and extracted:
            RoleFactory(user=self, kind=Role.Kind.COORDINATOR)

    @factory.post_generation
    def director(self, create, extracted, **kwargs):
        if create and extracted:
            RoleFactory(user=self, kind=Role.Kind.DIRECTOR)


class DatedReferenceFactory(DjangoModelFactory):
    class Meta:
        abstract = True

    as_of = dt.date(2026, 10, 1)
    source_name = "Department of State"
    source_url = "https://travel.state.gov/"
    review_on = dt.date(2099, 1, 1)


class FactFactory(DatedReferenceFactory):
    class Meta:
        model = Fact

    key = factory.Sequence(lambda n: f"test.fact.{n}")
    label_en = "Routine service"
    label_es = "Servicio normal"
    value = 42
    unit = Fact.Unit.DAYS


class PartnerCityFactory(DjangoModelFactory):
    class Meta:
        model = PartnerCity

    code = factory.Sequence(lambda n: f"city-{n}")
    name_en = factory.Sequence(lambda n: f"City {n}")
    name_es = factory.LazyAttribute(lambda o: o.name_en.replace("City", "Ciudad"))
    country_code = "VN"
    country_en = "Vietnam"
    country_es = "Vietnam"
    airport_code = "HAN"
    time_zone = "Asia/Ho_Chi_Minh"
    latitude = "21.02850"
    longitude = "105.85420"
    languages_en = "Vietnamese"
    languages_es = "vietnamita"
    story_en = "Lakes, scooters and soup for breakfast."
    story_es = "Lagos, motos y sopa en el desayuno."


def finished_job(by, content: bytes = b"Code\r\n", **fields) -> Job:
    """A job that ended well, with its file."""
    now = timezone.now()
    job = Job(kind="applications.export", key="k", by=by, state=Job.State.DONE, finished_at=now, claimed_at=now)
    job.filename, job.content_type, job.size = "applications.csv", "text/csv", len(content)
    job.delete_after = timezone.localdate() + dt.timedelta(days=7)
    job.file.save("x", ContentFile(content), save=False)
    for name, value in fields.items():
        setattr(job, name, value)
    job.save()
    return job

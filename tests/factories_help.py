"""Rows for tests of help sessions and of threads with questions and answers."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from applications.models import HelpSession, Note, Thread
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory


class HelpSessionFactory(DjangoModelFactory):
    """A code that is not used yet. `granted=True`: an advisor helps now; `ended=True`: did until a moment ago."""

    class Meta:
        model = HelpSession

    class Params:
        granted = factory.Trait(
            helper=factory.LazyFunction(lambda: UserFactory(advisor=True)),
            granted_at=factory.LazyFunction(lambda: timezone.now() - dt.timedelta(minutes=5)),
            ends_at=factory.LazyFunction(lambda: timezone.now() + dt.timedelta(hours=3)),
        )
        ended = factory.Trait(
            granted=True,
            ended_at=factory.LazyFunction(timezone.now),
            ended_by=factory.SelfAttribute("application.student"),
        )

    application = factory.SubFactory(ApplicationFactory)
    code_hash = factory.Sequence(lambda n: f"{n:064x}")
    asked_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(minutes=6))
    code_expires_at = factory.LazyAttribute(lambda o: o.asked_at + dt.timedelta(minutes=10))


class ThreadFactory(DjangoModelFactory):
    """A question to the advisors of a college that has one, waiting since it was asked. `office=True`: to the office.

    `answered=True`: somebody answered it. `body="..."`: what was asked.
    """

    class Meta:
        model = Thread
        skip_postgeneration_save = True

    class Params:
        office = factory.Trait(addressee=Thread.Addressee.OFFICE)

    student = factory.SubFactory(UserFactory)
    college = factory.SubFactory(CollegeFactory)
    addressee = Thread.Addressee.ADVISOR
    opened_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(hours=5))
    waiting_since = factory.SelfAttribute("opened_at")

    @factory.post_generation
    def body(self, create, extracted, **kwargs):
        if create:
            text = extracted or "Do my night classes count?"
            Note.objects.create(thread=self, author=self.student, body=text, written_at=self.opened_at)

    @factory.post_generation
    def answered(self, create, extracted, **kwargs):
        if create and extracted:
            author = UserFactory(advisor=self.college)
            Note.objects.create(thread=self, author=author, body="Yes, they do.")
            self.waiting_since = None
            self.save(update_fields=["waiting_since"])

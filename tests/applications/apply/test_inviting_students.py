"""A student's address is invited to work here: said and confirmed before anything is sent."""

import re

import pytest
from django.urls import reverse

from exchange.models import Invitation, Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.factories_facts import session_facts

pytestmark = pytest.mark.django_db

ADDRESS = "mia@example.com"


@pytest.fixture
def office(sign_in):
    session_facts()
    CollegeFactory(code="harbor")
    return sign_in(UserFactory(coordinator=True))


@pytest.fixture
def mia():
    return UserFactory(full_name="Mia Lopez", email=ADDRESS)


def invite(office, kind, **more):
    given = {"email": "Mia@Example.com", "kind": kind, "college": "harbor" if kind == "advisor" else ""}
    return office.post(reverse("people-invite"), {**given, "language": "en", "how": "email", **more})


def test_a_student_is_invited_as_advisor_only_once_it_is_said_to_be_meant(office, mia):
    ApplicationFactory(student=mia, submitted=True, cycle=CycleFactory(name_en="Summer abroad"))

    page = invite(office, "advisor")
    assert "Mia Lopez is a student with an application for Summer abroad." in page.text
    assert f'href="{reverse("person-detail", args=[mia.code])}"' in page.text
    assert not Invitation.objects.exists()
    assert not Message.objects.filter(template="exchange/invitation").exists()

    meant = re.search(r'name="meant"\s+value="(\w+)"', page.text)[1]
    invite(office, "advisor", meant=meant)
    assert Invitation.objects.get().email == ADDRESS


@pytest.mark.parametrize(
    ("traits", "is_asked"),
    [({"submitted": True}, True), ({"withdrawn": True}, False), ({"is_test": True}, False)],
)
def test_a_reader_is_asked_about_only_while_they_compete(office, mia, traits, is_asked):
    ApplicationFactory(student=mia, **traits)

    page = invite(office, "reader")

    assert ("students they compete with" in page.text) == is_asked
    assert Invitation.objects.exists() != is_asked


def test_an_account_without_an_application_is_nobodys_question(office, mia):
    invite(office, "advisor")

    assert Invitation.objects.get().email == ADDRESS

"""The coordinator's pages: every one opens, says what is missing, and keeps what was typed."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.actions import form_versions, setup
from applications.models import Application, Cycle, Question
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(db):
    return UserFactory(coordinator=True)


@pytest.fixture
def desk(sign_in, office):
    return sign_in(office)


@pytest.fixture
def cycle(office):
    """A cycle that is being set up: a copy of last year's."""
    source = CycleFactory(ready=True, closed=True, code="spring-2027", name_en="Spring 2027", name_es="Primavera 2027")
    return setup.copy_cycle(source, by=office)


def address(page, cycle, **more):
    return reverse(f"applications:cycle-setup-{page}", kwargs={"code": cycle.code, **more})


PAGES = [
    ("detail", {}),
    ("copy", {}),
    ("basics", {}),
    ("dates", {}),
    ("form", {}),
    ("section-add", {}),
    ("section", {"section": "about"}),
    ("section", {"section": "referee"}),
    ("section", {"section": "cities"}),
    ("question-add", {"section": "about"}),
    *(("question", {"key": key}) for key in ("full_name", "date_of_birth", "parents_education", "story_why", "cities")),
    ("question", {"key": "class_schedule"}),
    ("question", {"key": "college"}),
    ("version-publish", {}),
    ("drafts", {}),
    ("rules", {}),
    ("rule-add", {}),
    ("rule", {"key": "age"}),
    ("rule", {"key": "units"}),
    ("rubric", {}),
    ("criterion-add", {}),
    ("criterion", {"key": "purpose"}),
]


@pytest.mark.parametrize(("page", "more"), PAGES, ids=[f"{page} {' '.join(more.values())}" for page, more in PAGES])
def test_page_opens(desk, cycle, page, more):
    response = desk.get(address(page, cycle, **more))
    assert response.status_code == 200
    assert cycle.name in response.text or page == "copy"
    assert response.text.count("<h1") == 1

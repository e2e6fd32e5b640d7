"""What stands in the header of each role, and the pages below each entry."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import get_resolver, reverse

from exchange.base import sections
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory, application_facts
from travel.office.search.finding import pages_called

pytestmark = pytest.mark.django_db
EVERY = (sections.OFFICE, sections.ADVISOR, sections.DIRECTOR, sections.READER, (sections.SUPERUSER,))


@pytest.mark.parametrize(("trait", "most"), [("coordinator", 6), ("advisor", 5), ("director", 5)])
def test_no_role_has_more_entries_than_its_eye_can_hold(trait, most):
    assert 0 < len(sections.sections_of(UserFactory(**{trait: True}))) <= most


def test_a_student_and_a_visitor_have_none():
    assert not sections.sections_of(UserFactory())
    assert not sections.sections_of(AnonymousUser())


@pytest.mark.parametrize("of_role", EVERY)
def test_every_page_is_there_and_stands_once(of_role):
    pages = [page for section in of_role for page in section.pages]
    for page in pages:
        assert reverse(page.name, args=["abc"] if page.of_cycle else [])
    assert len({page.name for page in pages}) == len(pages)


@pytest.mark.parametrize("of_role", EVERY)
def test_every_beginning_is_that_of_an_address(of_role):
    """So that none stays behind when an address gets another name."""
    names = set()
    for resolver in (get_resolver(), *(each[1] for each in get_resolver().namespace_dict.values())):
        names |= {name for name in resolver.reverse_dict if isinstance(name, str)}
    for begin in {begin for section in of_role for begin in section.begins}:
        assert any(name.startswith(begin) for name in names), begin


def test_a_page_below_is_in_the_section_that_its_address_begins_like():
    here = sections.here(sections.OFFICE, "applications:appeal-answer", "appeal-answer")
    assert here and here.name == "applications:selection-list"
    assert here.row("applications:appeal-list")
    assert not here.row("applications:appeal-answer")
    assert sections.here(sections.OFFICE, "privacy", "privacy") is None


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("appeals", "applications:appeal-list"),
        ("group mess", "travel:group-message-list"),
        ("announ", "travel:announcement-list"),
        ("Time zone", "travel:home-city"),
        ("receipts", "travel:money-office"),
        ("drill", "travel:check-in-list"),
    ],
)
def test_the_office_finds_a_page_by_its_name_or_by_what_it_is_for(typed, name):
    assert reverse(name) in [page.href for page in pages_called(typed, UserFactory(coordinator=True))]


def test_a_page_of_the_cycle_at_hand_is_found_and_opened(sign_in):
    application_facts()
    office = sign_in(UserFactory(coordinator=True))
    assert not pages_called("lottery", UserFactory(coordinator=True))  # there's no cycle yet
    cycle = CycleFactory()
    assert office.get(reverse("travel:find"), {"q": "lottery"}).url == reverse(
        "applications:selection-lottery", args=[cycle.code]
    )


def test_nobody_finds_pages_of_another_role():
    assert not pages_called("appeals", UserFactory(advisor=True))
    assert not pages_called("money", UserFactory())
    assert not pages_called("a", UserFactory(coordinator=True))  # one letter says nothing

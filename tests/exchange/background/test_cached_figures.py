"""Slow figures are cached, and nobody misses the effect of their own act."""

import datetime as dt
import itertools

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone

from exchange.background import cached_figures
from exchange.base import audit
from exchange.models import Event
from tests.append_only import forget_events
from tests.factories import CollegeFactory, UserFactory

pytestmark = pytest.mark.django_db


class Slow:
    """Counts how often it was counted."""

    times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.times


@pytest.fixture(autouse=True)
def everything_is_slow(monkeypatch):
    monkeypatch.setattr(cached_figures, "SLOW_SECONDS", -1)


@pytest.fixture
def slow():
    return Slow()


def act(person=None):
    with transaction.atomic():
        return audit.record("test.act", CollegeFactory(), by=person)


def later(monkeypatch, seconds):
    now = timezone.now() + dt.timedelta(seconds=seconds)
    monkeypatch.setattr(cached_figures.timezone, "now", lambda: now)


def test_what_is_quick_is_counted_each_time(slow, monkeypatch):
    monkeypatch.setattr(cached_figures, "SLOW_SECONDS", 1000)
    found = [cached_figures.cached("a", slow) for _ in range(2)]
    assert [(each.value, each.is_slow) for each in found] == [(1, False), (2, False)]


def test_what_is_slow_is_counted_once_while_nothing_happens(slow):
    act()
    person = UserFactory()
    found = [cached_figures.cached("a", slow, by=each) for each in (person, UserFactory(), AnonymousUser(), None)]
    assert {each.value for each in found} == {1}
    assert len({each.counted_at for each in found}) == 1
    assert all(each.is_slow for each in found)
    assert cached_figures.cached("b", slow, by=person).value == 2


def test_one_sees_the_own_act_at_once_even_where_counting_takes_long(slow, monkeypatch):
    monkeypatch.setattr(cached_figures, "PAUSE", 1_000_000_000)
    person, other = UserFactory(), UserFactory()
    for each in (person, other):
        cached_figures.cached("a", slow, by=each)
    act(person)
    assert cached_figures.cached("a", slow, by=other).value == 1  # another's act: seen a moment later
    assert cached_figures.cached("a", slow, by=None).value == 1
    assert cached_figures.cached("a", slow, by=person).value == 2
    assert cached_figures.cached("a", slow, by=person).value == 2
    assert cached_figures.cached("a", slow, by=other).value == 2


def test_the_act_of_another_counts_after_a_pause(slow, monkeypatch):
    monkeypatch.setattr(cached_figures.time, "monotonic", itertools.count().__next__)  # counting takes a second
    person = UserFactory()
    assert cached_figures.cached("a", slow, by=person).value == 1
    act(UserFactory())
    assert cached_figures.cached("a", slow, by=person).value == 1
    later(monkeypatch, 9)
    assert cached_figures.cached("a", slow, by=person).value == 1
    later(monkeypatch, 11)
    assert cached_figures.cached("a", slow, by=person).value == 2


def test_nothing_is_kept_longer_than_was_said(slow, monkeypatch):
    cached_figures.cached("a", slow, seconds=30)
    later(monkeypatch, 29)
    assert cached_figures.cached("a", slow, seconds=30).value == 1
    later(monkeypatch, 31)
    assert cached_figures.cached("a", slow, seconds=30).value == 2


def test_an_act_that_appears_late_with_a_low_number_is_not_missed(slow, monkeypatch):
    """Its transaction took a lower number than others, and committed after the count."""
    monkeypatch.setattr(cached_figures, "PAUSE", 1_000_000_000)
    monkeypatch.setattr(cached_figures, "LATECOMERS", 5)
    person = UserFactory()
    events = [act() for _ in range(8)]
    late = Event(action="test.late", target_model="x", target_id=1, by=person)
    forget_events(pk=events[5].pk)
    assert cached_figures.cached("a", slow, by=person).value == 1
    late.pk = events[5].pk
    Event.objects.bulk_create([late])
    assert cached_figures.cached("a", slow, by=person).value == 2


def test_a_failed_count_is_not_kept(slow):
    def fails():
        raise ValueError

    with pytest.raises(ValueError):
        cached_figures.cached("a", fails)
    assert cached_figures.cached("a", slow).value == 1


def test_it_costs_one_query_to_look(slow, django_assert_num_queries):
    person = UserFactory()
    for _ in range(60):
        act(UserFactory())
    with django_assert_num_queries(1):
        cached_figures.cached("a", slow, by=person)
    with django_assert_num_queries(1):
        assert cached_figures.cached("a", slow, by=person).value == 1


def test_the_record_of_an_empty_portal_is_no_obstacle(slow):
    assert not Event.objects.exists()
    person = UserFactory()
    cached_figures.cached("a", slow, by=person)
    act(person)
    assert cached_figures.cached("a", slow, by=person).value == 2


def test_what_is_quick_but_many_queries_is_kept_until_anybody_acts(slow, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(cached_figures, "SLOW_SECONDS", 1000)
    found = [cached_figures.cached("a", slow, always_cache=True) for _ in range(2)]
    assert [(each.value, each.is_slow) for each in found] == [(1, False), (1, False)]
    act(UserFactory())
    person = UserFactory()
    assert cached_figures.cached("a", slow, by=person, always_cache=True).value == 2  # another's act, without a pause
    with django_assert_num_queries(1):
        assert cached_figures.cached("a", slow, by=person, always_cache=True).value == 2
    act(person)
    assert cached_figures.cached("a", slow, by=person, always_cache=True).value == 3


def test_an_act_that_does_not_matter_ends_nothing(slow, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(cached_figures, "SLOW_SECONDS", 1000)
    person, matters = UserFactory(), cached_figures.all_but("test.act")
    assert cached_figures.cached("a", slow, by=person, always_cache=True, matters=matters).value == 1
    act(person)
    act(UserFactory())
    with django_assert_num_queries(1):
        assert cached_figures.cached("a", slow, by=person, always_cache=True, matters=matters).value == 1
    with transaction.atomic():
        audit.record("test.other", CollegeFactory(), by=None)
    assert cached_figures.cached("a", slow, by=person, always_cache=True, matters=matters).value == 2


def test_several_figures_of_a_page_read_the_record_once(slow, django_assert_num_queries):
    person = UserFactory()
    cached_figures.cached("a", slow, by=person)
    act(person)
    recent = cached_figures.RecentEvents()
    with django_assert_num_queries(1):
        found = [cached_figures.cached(key, slow, by=person, recent=recent).value for key in "ab"]
    assert found == [2, 3]
    recent = cached_figures.RecentEvents()
    assert [cached_figures.cached(key, slow, by=person, recent=recent).value for key in "ab"] == [2, 3]


def test_the_own_act_among_very_many_of_others_is_seen(slow, monkeypatch):
    monkeypatch.setattr(cached_figures, "PAUSE", 1_000_000_000)
    monkeypatch.setattr(cached_figures, "LATECOMERS", 4)
    person, other = UserFactory(), UserFactory()
    cached_figures.cached("a", slow, by=person)
    act(person)
    for _ in range(10):
        act(other)
    assert cached_figures.cached("a", slow, by=None).value == 1
    assert cached_figures.cached("a", slow, by=person).value == 2

"""Pages of long lists: the same rows in the same order, and no more read than one page has."""

import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications.base.paging import Halves, Kept, KeysFirst, keys_of
from applications.models import Application
from tests.factories_applications import ApplicationFactory, CycleFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_pages_follow_each_other_in_the_order_asked_for():
    cycle = CycleFactory(ready=True)
    names = ["Bui", "Aguilar", "Paik", "Osei", "Aguilar"]
    made = [ApplicationFactory(cycle=cycle, submitted=True, student__full_name=name) for name in names]
    in_order = [each.pk for each in sorted(made, key=lambda each: (each.student.full_name, -each.pk))]

    found = Application.objects.filter(cycle=cycle).order_by("student__full_name", "-pk")
    pages = Paginator(KeysFirst(found, dress=lambda rows: rows.select_related("student")), 2)

    assert pages.count == 5
    assert [row.pk for page in pages for row in page] == in_order
    assert [row.pk for row in pages.get_page(99)] == in_order[4:]


def test_a_page_is_one_query_with_what_it_is_dressed_in():
    for _each in range(3):
        ApplicationFactory(submitted=True)
    found = Application.objects.order_by("-pk")
    pages = Paginator(KeysFirst(found, dress=lambda rows: rows.select_related("student", "college")), 2)
    pages.count = 3

    with CaptureQueriesContext(connection) as captured:
        assert all(row.student.full_name and row.college for row in pages.page(1))

    assert len(captured) == 1
    assert "LIMIT 2" in captured[0]["sql"]


def test_a_search_reads_its_keys_once_and_counts_them():
    made = [ApplicationFactory(submitted=True) for _each in range(3)]
    found = Application.objects.order_by("-pk")
    pages = Paginator(KeysFirst(found, dress=lambda rows: rows.select_related("student"), is_search=True), 2)

    with CaptureQueriesContext(connection) as captured:
        assert [row.pk for row in pages.page(2)] == [made[0].pk]
        assert pages.count == 3

    assert len(captured) == 2


def test_a_search_that_finds_too_many_is_paged_like_a_list(monkeypatch):
    monkeypatch.setattr("applications.base.paging.AT_ONCE", 2)
    made = [ApplicationFactory(submitted=True) for _each in range(4)]
    found = Application.objects.order_by("pk")
    pages = Paginator(KeysFirst(found, dress=lambda rows: rows, is_search=True), 2)

    assert [[row.pk for row in page] for page in pages] == [[each.pk for each in part] for part in (made[:2], made[2:])]
    assert pages.count == 4


def test_a_page_of_halves_is_one_query_for_each_half_that_it_has_rows_of():
    made = [ApplicationFactory(submitted=True) for _each in range(3)] + [ApplicationFactory() for _each in range(3)]
    sent, drafts = (
        Application.objects.filter(submitted_at__isnull=is_draft).order_by("pk") for is_draft in (False, True)
    )
    pages = Paginator(
        Halves(sent, drafts, dress=lambda rows: rows.select_related("student"), count=6, first_count=3), 2
    )

    needed = []
    for number in (1, 2, 3):
        with CaptureQueriesContext(connection) as captured:
            assert [row.student for row in pages.page(number)] == [row.student for row in made[number * 2 - 2 :][:2]]
        needed.append(len(captured))

    assert needed == [1, 2, 1]


def test_rows_of_kept_keys_keep_their_order_and_are_looked_for_again():
    made = [ApplicationFactory(submitted=True) for _each in range(5)]
    found = Application.objects.order_by("-pk")
    keys = keys_of(found)
    withdrawn, seen = made[3], Application.objects.filter(status="submitted")
    Application.objects.filter(pk=withdrawn.pk).update(status="withdrawn", withdrawn_at=withdrawn.created_at)
    pages = Paginator(Kept(seen, keys, dress=lambda rows: rows.select_related("student")), 2)

    with CaptureQueriesContext(connection) as captured:
        assert [row.student for row in pages.page(1)] == [made[4].student]

    assert len(captured) == 1
    assert [[row.pk for row in pages.page(number)] for number in (2, 3)] == [[made[2].pk, made[1].pk], [made[0].pk]]

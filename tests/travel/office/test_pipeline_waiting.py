"""Confirmed students without a city: listed for the office, page by page."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory

pytestmark = pytest.mark.django_db


def test_waiting_list_takes_the_same_queries_for_3_and_30_rows(sign_in):
    office, cycle = sign_in(UserFactory(coordinator=True)), CycleFactory()
    cities = [PartnerCityFactory(), PartnerCityFactory()]
    address = reverse("travel:placement-waiting")

    def queries(rows):
        ApplicationFactory.create_batch(rows, cycle=cycle, confirmed=True, cities=cities)
        cache.clear()  # factories record no event, so the cached figures need clearing
        with CaptureQueriesContext(connection) as captured:
            page = office.get(address, {"cycle": cycle.code})
        return len(captured), page.content.decode()

    few, _page = queries(3)
    many, page = queries(27)
    assert many == few
    assert page.count("/applications/") >= 30

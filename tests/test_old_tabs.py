"""No button on an old page undoes what a colleague has done since, unseen, and none does what is over (`old_tabs`).

Every button of every page that two people of the office, or two advisors of one college, both open: here in the world
of the table of addresses, in `test_old_tabs_of_the_demo.py` in the demo. A new one is found by itself.
"""

from collections import Counter
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from exchange.models import User
from tests import test_urls
from tests.factories import UserFactory
from tests.old_tabs import ON_PURPOSE, acts_of_old_tabs
from tests.year.play import NOT_TRIED, forget_what_is_kept

pytestmark = [pytest.mark.django_db, pytest.mark.closed_days, pytest.mark.full]
everything, in_private, sessions, client_of, world, only_workers_do_heavy_work = (
    getattr(test_urls, name)
    for name in ("everything", "in_private", "sessions", "client_of", "world", "only_workers_do_heavy_work")
)
TRIES = 1  # of each button


def signed_in(person: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


def tries(most: int):
    tried = Counter()

    def is_tried(page, press) -> bool:
        key = (page.view, *press.kind)
        tried[key] += 1
        return tried[key] <= most and not NOT_TRIED.match(press.address)

    return is_tried, tried


@pytest.mark.parametrize("role", ["coordinator", "advisor"])
def test_no_button_of_the_world_undoes_a_colleagues_act(world, in_private, client_of, role):
    more = {"coordinator": True} if role == "coordinator" else {"advisor": world["sent"].college}
    second, found = signed_in(UserFactory(**more)), []
    (is_tried, tried), at = tries(TRIES), test_urls.ROLES.index(role)
    for name, method, expected in test_urls.TABLE:
        if method != "GET" or expected[at] != 200 or expected[0] == 200:
            continue
        with transaction.atomic():
            path = reverse(name, kwargs=test_urls.arguments(name, world))
            query = urlencode(test_urls.QUERY.get(name, lambda _world: {})(world))
            address = f"{path}?{query}" if query else path
            found += acts_of_old_tabs(client_of(role), second, address, is_tried)
            transaction.set_rollback(True)
        forget_what_is_kept()
    assert found == []
    assert len(tried) > (150 if role == "coordinator" else 20)


def test_what_is_on_purpose_is_an_address():
    assert ON_PURPOSE.keys() <= set(test_urls.url_names())

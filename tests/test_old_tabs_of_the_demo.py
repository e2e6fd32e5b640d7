"""`test_old_tabs.py` in the demo: every page that links lead to.

In a module of its own: the world of the addresses stays in the database as long as its module, and both have one cycle.
"""

from collections import Counter

import pytest
from django.test import Client
from django.utils import timezone

from exchange.models import User
from tests.factories import UserFactory
from tests.old_tabs import acts_of_old_tabs
from tests.test_old_tabs import TRIES, signed_in, tries
from tests.year.pages import Page, view_of
from tests.year.play import NOT_TRIED, forget_what_is_kept
from travel.demo import seed
from travel.office.reference import loading as reference

pytestmark = [pytest.mark.django_db, pytest.mark.closed_days, pytest.mark.full]
PAGES = 4  # of each view


@pytest.fixture
def demo(db):
    reference.load()
    return seed.seed(timezone.localdate())


@pytest.mark.parametrize(("who", "least"), [("ines.calderon@example.gov", 200), ("adaeze.okafor@example.edu", 15)])
def test_no_button_of_the_demo_undoes_a_colleagues_act(demo, who, least):
    person = User.objects.get(email=who)
    college = person.roles.filter(kind="advisor").first()
    second = signed_in(UserFactory(advisor=college.college) if college else UserFactory(coordinator=True))
    first, (is_tried, tried), found = signed_in(person), tries(TRIES), []
    for address in pages_of(first):
        found += acts_of_old_tabs(first, second, address, is_tried)
        forget_what_is_kept()
    assert found == []
    assert len(tried) > least


def pages_of(client: Client):
    """The pages that links lead to from the first one; some of each view."""
    waiting, known, views = ["/"], {"/"}, Counter()
    while waiting:
        address = waiting.pop(0)
        if not (view := view_of(address)) or NOT_TRIED.match(address) or views[view] >= PAGES:
            continue
        views[view] += 1
        answer = client.get(address, follow=True)
        address = answer.redirect_chain[-1][0] if answer.redirect_chain else address
        if answer.streaming:
            list(answer.streaming_content)
        elif answer.status_code == 200 and address.startswith("/"):
            page = Page.of(address, answer)
            new = [each for each in page.links() if each not in known]
            known.update(new)
            waiting += new
            yield address

"""The row of pages above each page of a cycle's selection."""

import re

import pytest
from django.urls import reverse

from tests.factories import UserFactory
from tests.factories_applications import CycleFactory, review_facts
from tests.factories_facts import disclosure_facts

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("has_interviews", [True, False])
def test_each_page_of_a_selection_leads_to_each_other_and_says_which_it_is(sign_in, has_interviews):
    review_facts()
    disclosure_facts()
    cycle = CycleFactory(ready=True, has_interviews=has_interviews)
    CycleFactory(ready=True)  # running, too
    office, address = (
        sign_in(UserFactory(coordinator=True)),
        f"{reverse('applications:selection-list')}?cycle={cycle.code}",
    )
    addresses = _row(office.get(address).text)[0]
    assert len(addresses) == 6 + has_interviews and len(set(addresses)) == len(addresses)
    for here in addresses:
        answer = office.get(here)
        assert answer.status_code == 200 and cycle.name in answer.text
        assert _row(answer.text) == (addresses, [here])


def _row(page):
    row = re.search(r'<nav class="ex-tabs" aria-label="Selection">.*?</nav>', page, re.DOTALL)[0]
    links = re.findall(r'<a[^>]+href="([^"]+)"([^>]*)>', row)
    return [href for href, _more in links], [href for href, more in links if "aria-current" in more]

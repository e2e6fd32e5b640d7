"""Files of the lists that staff work with: none with people's data without a fresh proof, and no search in the log."""

import pytest
from django.urls import reverse

from exchange.base import audit
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts, review_facts
from tests.factories_travel import travel_facts
from tests.signing import minutes_old
from tests.test_urls import TABLE

pytestmark = pytest.mark.django_db
OF_A_CYCLE = ("applications:selection-file", "applications:reader-file")
OF_A_LIST = (
    *("applications:thread-file", "applications:endorsement-file", "travel:checklist-file", "people-file"),
    *("travel:group-message-file", "travel:office-task-file", "message-failed-file", "travel:trip-file"),
    "applications:interest-file",
)
NOT_LOGGED = ("travel:trip-file", "people-file")  # it names nobody; logged with its list, without filters
# other files, or none of people: their own tests say who gets them
NO_LISTS = ("travel:itinerary-template", "travel:open-doors-file", "travel:payment-file")


@pytest.fixture(autouse=True)
def numbers():
    application_facts()
    review_facts()
    travel_facts()


def test_every_file_of_a_list_is_asked_below():
    """A new one is posted like them: `asked_file` says whether the session may have it."""
    posted = {name for name, method, _answers in TABLE if method == "POST" and name.endswith("-file")}
    assert posted - set(NO_LISTS) == {*OF_A_CYCLE, *OF_A_LIST}


@pytest.mark.parametrize("name", [*OF_A_CYCLE, *OF_A_LIST])
def test_a_file_with_peoples_data_needs_a_fresh_proof_and_the_log_keeps_no_search(name, sign_in):
    cycle = CycleFactory(ready=True)
    ApplicationFactory(cycle=cycle, submitted=True, student__full_name="Marisol Prado")
    client = sign_in(UserFactory(coordinator=True))
    address = reverse(name, args=[cycle.code] if name in OF_A_CYCLE else [])
    asked = {"format": "csv", "query": f"cycle={cycle.code}&q=Marisol+Prado"}

    assert client.post(address, asked).status_code == 200
    logged = [changes["query"] for changes in Event.objects.values_list("changes", flat=True) if "query" in changes]
    assert logged == ([] if name in NOT_LOGGED else [f"cycle={cycle.code}&q=*"])

    minutes_old(client, 120)
    answer = client.post(address, asked)
    if name == "travel:trip-file":  # it names nobody
        assert answer.status_code == 200
    else:
        assert (answer.status_code, "reauthenticate" in answer.url) == (302, True)


def test_the_filters_stay_in_the_log():
    assert audit.filters_of("state=late&q=Ana%20Ruiz&sort=-due") == "state=late&q=*&sort=-due"
    assert audit.filters_of("q=") == "q="

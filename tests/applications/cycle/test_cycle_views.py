"""Public pages: anyone can read what the exchange is; only a student can begin."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory

pytestmark = pytest.mark.django_db
LIST = reverse("applications:cycle-list")
START = "Start your application"


def test_list_shows_running_cycles_with_where_they_stand(client):
    taking, soon, over = CycleFactory(), CycleFactory(upcoming=True), CycleFactory(closed=True)
    hidden = [CycleFactory(published_at=None), CycleFactory(closed_out_at=timezone.now())]
    page = client.get(LIST).text
    assert all(cycle.name in page for cycle in (taking, soon, over))
    assert not any(cycle.name in page for cycle in hidden)
    assert [page.count(label) for label in ("open now", "not open yet", ">closed<")] == [1, 1, 1]


def test_list_without_a_cycle_says_what_will_come(client):
    assert "The next one will appear here" in client.get(LIST).text


def test_detail_tells_everything_that_a_student_asks(client):
    cycle = CycleFactory(ready=True)
    page = client.get(cycle.get_absolute_url()).text
    for text in (
        cycle.summary,
        "Flights",
        "Spending money",
        reverse("travel:city-detail", args=[cycle.cities.first().code]),
        "You’ll be 18 or older on departure day.",
        "You can do it a little at a time.",
        "Los Angeles time",
        "No computer turns anyone away",
    ):
        assert text in page
    assert page.index("Spending money") < page.index(START) < page.index(">Cities<")  # costs come first


def test_detail_leaves_out_a_city_that_is_not_offered(client):
    cycle = CycleFactory(ready=True)
    gone = PartnerCityFactory(name_en="Atlantis", is_offered=False)
    cycle.cities.add(gone)
    assert "Atlantis" not in client.get(cycle.get_absolute_url()).text


@pytest.mark.parametrize(("trait", "label"), [(None, "open now"), ("closed", "closed"), ("upcoming", "not open yet")])
def test_detail_offers_the_start_only_while_open(sign_in, trait, label):
    cycle = CycleFactory(ready=True, **({trait: True} if trait else {}))
    page = sign_in(UserFactory()).get(cycle.get_absolute_url()).text
    assert f">{label}<" in page
    assert (START in page) is (trait is None)


def test_a_closed_cycle_names_the_day_of_the_results_only_while_it_is_ahead(client):
    cycle = CycleFactory(ready=True, closed=True)
    promise = "Everyone will hear from us by"
    cycle.decisions_on = timezone.localdate()
    cycle.save()
    assert promise in client.get(cycle.get_absolute_url()).text
    cycle.decisions_on -= timedelta(days=1)
    cycle.save()
    page = client.get(cycle.get_absolute_url()).text
    assert promise not in page and "Closed " in page


def test_detail_lets_a_visitor_start_at_once_or_sign_in_and_come_back(client):
    cycle = CycleFactory(ready=True)
    page = client.get(cycle.get_absolute_url()).text
    assert reverse("applications:application-start", args=[cycle.code]) in page
    assert f"{reverse('account_login')}?next={cycle.get_absolute_url()}" in page


def test_detail_offers_staff_no_start(sign_in):
    page = sign_in(UserFactory(advisor=True)).get(CycleFactory(ready=True).get_absolute_url()).text
    assert START not in page
    assert "so you can’t apply." in page


def test_detail_leads_an_applicant_to_the_own_application(sign_in):
    application = ApplicationFactory(cycle=CycleFactory(ready=True))
    page = sign_in(application.student).get(application.cycle.get_absolute_url()).text
    assert reverse("applications:application-overview", args=[application.code]) in page
    assert START not in page


@pytest.mark.parametrize("code", ["atlantis-2027", "unpublished"])
def test_detail_of_an_unknown_or_unpublished_cycle_is_404(client, code):
    CycleFactory(code="unpublished", published_at=None)
    assert client.get(reverse("applications:cycle-detail", args=[code])).status_code == 404


def test_list_takes_the_same_queries_for_3_and_for_30(client):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        return len(captured)

    CycleFactory.create_batch(3)
    few = queries()
    CycleFactory.create_batch(27)
    assert queries() == few

"""The office confirms a fact with its source and the day, or records another value."""

import pytest
from django.urls import reverse

from exchange.models import Event, Fact
from tests.factories import FactFactory, UserFactory
from tests.factories_travel import in_days

pytestmark = pytest.mark.django_db

LIST = reverse("travel:reference-due")


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True))


@pytest.fixture
def fact():
    return FactFactory(key="shop.days", label_en="Days the shop keeps", value=14, is_confirmed=False)


def page(fact):
    return reverse("travel:fact-check", args=[fact.key])


def posted(client, fact, **changed):
    shown = client.get(page(fact)).context["form"].initial
    said = {name: shown[name] for name in ("value", "source_name", "source_url", "seen")}
    said |= {"as_of": in_days(0), "review_on": in_days(90)}
    return client.post(page(fact), said | changed)


def test_an_unconfirmed_fact_is_listed_and_confirmed_with_source_and_day(office, fact):
    assert page(fact) in office.get(LIST).text

    posted(office, fact, source_name="The shop\u2019s own page")

    fact.refresh_from_db()
    assert fact.is_confirmed and fact.superseded_by is None
    assert (fact.source_name, fact.as_of, fact.review_on) == ("The shop\u2019s own page", in_days(0), in_days(90))
    assert fact.checked_by and Event.objects.filter(action="fact.change", target_id=fact.pk, by__isnull=False).exists()
    assert page(fact) not in office.get(LIST).text


def test_another_value_replaces_it_and_the_old_one_stays_as_history(office, fact):
    posted(office, fact, value="30")

    now = Fact.objects.current().get(key=fact.key)
    fact.refresh_from_db()
    assert now.value == 30 and now.is_confirmed and fact.superseded_by == now and fact.value == 14
    assert not fact.is_confirmed


def test_an_overdue_fact_is_listed_once_whether_confirmed_or_not(office, fact):
    Fact.objects.filter(pk=fact.pk).update(review_on=in_days(-1))

    assert office.get(LIST).text.count(page(fact)) == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"as_of": in_days(1)}, "as_of"), ({"review_on": in_days(0)}, "review_on"), ({"source_name": ""}, "source_name")],
)
def test_a_check_without_a_source_or_on_a_day_ahead_is_refused(office, fact, changed, field):
    response = posted(office, fact, **changed)

    fact.refresh_from_db()
    assert field in response.context["form"].errors and not fact.is_confirmed


def test_two_who_check_the_same_fact_notice_each_other(office, fact):
    old = office.get(page(fact)).context["form"].initial["seen"]
    posted(office, fact, value="30")

    response = posted(office, fact, value="60", seen=old)

    assert response.status_code == 200 and Fact.objects.current().get(key=fact.key).value == 30

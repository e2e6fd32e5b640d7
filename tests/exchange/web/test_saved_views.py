"""Views of a list that somebody of staff keeps under a name."""

import pytest
from django.urls import reverse

from exchange.models import SavedView
from exchange.web import actions
from exchange.web.notices import BEFORE
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts, review_facts

pytestmark = pytest.mark.django_db
LIST, SAVE = reverse("applications:application-list"), reverse("saved-view-save")


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


def save(client, name="Evenings", query="?status=submitted&q=&page=3"):
    return client.post(SAVE, {"name": name, "next": f"{LIST}{query}"}, follow=True)


def test_a_view_is_a_tab_with_its_filters_for_its_owner_alone(office, sign_in):
    ApplicationFactory(cycle=CycleFactory(ready=True), submitted=True)
    client = sign_in(office)
    assert "Save view" not in client.get(LIST).text, "without filters there is nothing to save"
    assert "Save view" in client.get(f"{LIST}?status=submitted").text
    page = save(client)
    view = SavedView.objects.get()
    assert (view.query, view.place) == ("status=submitted", "applications:application-list")
    assert page.request["QUERY_STRING"] == "status=submitted"
    assert 'href="?status=submitted" aria-current="true">Evenings' in page.text
    assert "Evenings" in client.get(LIST, follow=True).text
    assert "Evenings" not in client.get(reverse("people")).text
    assert "Evenings" not in sign_in(UserFactory(coordinator=True)).get(LIST, follow=True).text


def test_the_same_name_replaces_and_removing_twice_is_no_error(office, sign_in):
    client = sign_in(office)
    save(client)
    save(client, name=" Evenings ", query="?status=returned")
    view = SavedView.objects.get()
    assert view.query == "status=returned"
    for said in ("View removed. Nothing on the list changed.", str(BEFORE)):
        page = client.post(reverse("saved-view-remove", args=[view.code]), {"next": LIST}, follow=True)
        assert said in page.text
    assert not SavedView.objects.exists()


def test_nobody_removes_the_view_of_another(office, sign_in):
    save(sign_in(office))
    view = SavedView.objects.get()
    sign_in(UserFactory(coordinator=True)).post(reverse("saved-view-remove", args=[view.code]), {"next": LIST})
    assert SavedView.objects.exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "  "}, "Give the view a name"),
        ({"name": "x" * 41}, "Give the view a name"),
        ({"query": "?q="}, "Choose filters or an order first"),
        ({"query": f"?q={'x' * 600}"}, "too many filters"),
    ],
)
def test_what_cannot_be_a_view_is_said(office, sign_in, given, said):
    assert said in save(sign_in(office), **given).text
    assert not SavedView.objects.exists()


def test_more_than_a_dozen_are_refused_but_one_may_be_replaced(office, sign_in):
    client = sign_in(office)
    for number in range(actions.MOST):
        save(client, name=f"View {number}")
    assert "You have 12 views" in save(client, name="One more").text
    save(client, name="View 3", query="?status=returned")
    assert SavedView.objects.get(name="View 3").query == "status=returned"
    assert SavedView.objects.count() == actions.MOST


@pytest.mark.parametrize("address", ["https://example.org/", "//example.org/x", "/nothing-here/", ""])
def test_no_address_but_the_portals_own_is_followed(office, sign_in, address):
    client = sign_in(office)
    assert client.post(SAVE, {"name": "x", "next": address}).status_code == 404


def test_students_keep_no_views(sign_in):
    assert sign_in(UserFactory()).post(SAVE, {"name": "x", "next": f"{LIST}?q=a"}).status_code == 403

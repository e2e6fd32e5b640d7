"""What ships with the portal, under Set up: each row has its page, goes back to the default, and updates follow.

The files are loaded once for the module, which takes a while.
"""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction
from django.urls import reverse

from exchange.models import ConsentText, Fact, PartnerCity
from exchange.reference import facts
from tests.factories import UserFactory
from tests.factories_travel import in_days
from tests.travel.office.reference_pages import LIST, act, change, now, page
from travel.models import EntryRule
from travel.office.reference import bounds as reference_bounds
from travel.office.reference import loading as reference
from travel.office.reference.kinds import FACT, GROUPS, KINDS, OTHER, group_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def everything(django_db_setup, django_db_blocker):
    """Loaded once: each test runs in a transaction and rolls back only its own changes."""
    with django_db_blocker.unblock(), transaction.atomic():
        reference.load()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def loaded(everything, db):
    pass


@pytest.fixture
def office(loaded, sign_in):
    return sign_in(UserFactory(coordinator=True))


def test_every_row_of_the_files_has_a_group_a_page_a_form_and_a_possible_value(loaded, office):
    for kind in KINDS.values():
        shipped = kind.shipped()
        assert shipped
        for row in kind.rows():
            assert kind.find(kind.address(row)) == row and group_of(kind, row) in GROUPS.values()
            assert kind.address(row) in shipped or row.key.startswith("reference.")
            if kind is FACT:
                assert group_of(kind, row) is not OTHER, row.key
                assert reference_bounds.problem(row, row.value) == "", row.key
        for row in (kind.rows().first(), kind.rows().last()):
            assert office.get(page(row)).status_code == 200
            assert change(office, row, review_on=in_days(60)).status_code == 302, row


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("message.quiet_from", 24, "from 0 to 23"),
        ("text.country.us", 2, "from 0 to 1"),
        ("session.staff_hours", 0, "from 1 to"),
        ("reminder.untouched_days", 0, "from 1 to"),
        ("reminder.closing_days_second", 8, "This can’t be more than"),
        ("review.readers_max", 1, "This can’t be less than"),
        ("fairness.line_percent", 101, "from 0 to 100"),
        ("watch.disk_percent", 4, "This can’t be less than"),
        ("watch.queue_seconds", 0, "from 1 to"),
    ],
)
def test_a_number_that_the_portal_cannot_work_with_is_refused(loaded, key, value, said):
    assert said in reference_bounds.problem(Fact.objects.current().get(key=key), Decimal(value))


def test_back_to_the_default_and_updates_apply_again(loaded, office, tmp_path):
    fee = Fact.objects.current().get(key="passport.fee.expedite")
    change(office, fee, value="75")
    assert reference.load()["kept"] == 1
    response = office.get(page(fee))
    assert [(line["ours"], line["files"]) for line in response.context["theirs"]] == [("$75", "$60")]
    assert now(fee).pk in [row.row.pk for row in office.get(LIST, {"state": "ours"}).context["page_obj"]]

    act(office, fee, "back")

    assert now(fee).value == 60 and office.get(page(fee)).context["theirs"] == []
    assert not reference.load()["kept"]


def test_an_update_that_says_otherwise_is_flagged_until_someone_looks(loaded, office):
    fee = Fact.objects.current().get(key="passport.fee.expedite")
    change(office, fee, value="75")
    Fact.objects.filter(pk=now(fee).pk).update(as_of=dt.date(2020, 1, 1))  # the files are dated later

    assert ">an update says otherwise<" in office.get(LIST).text
    act(office, fee, "right")
    assert ">an update says otherwise<" not in office.get(LIST).text and now(fee).value == 75


def test_what_the_office_removed_can_be_put_back(loaded, office):
    rule = EntryRule.objects.get(city__code="hanoi")
    act(office, rule, "remove")
    assert not EntryRule.objects.filter(city__code="hanoi").exists() and reference.load()["removed"] == 1
    assert "Hanoi" in office.get(LIST, {"group": "entry"}).context["absent"][0]["name"]

    for _again in range(2):
        office.post(page(rule, "act"), {"act": "restore"})

    assert EntryRule.objects.get(city__code="hanoi").lead_days == rule.lead_days
    assert not reference.load()["kept"]


def test_a_fact_is_added_only_to_the_open_lists_and_removed_only_if_it_is_the_offices(loaded, office):
    new = reverse("travel:reference-add", args=["fact"])
    given = {"about": "text.country", "country": "pr", "value": 1, "unit": "count", "source_name": "We"}
    given |= {"label_en": "Puerto Rico", "label_es": "Puerto Rico", "as_of": in_days(0), "review_on": in_days(90)}
    assert "Enter the two letters" in office.post(new, given | {"country": ""}).text
    assert "from 0 to 1" in office.post(new, given | {"value": 5}).text
    assert office.post(new, given).status_code == 302
    assert "already has a current value" in office.post(new, given).text
    hanoi = PartnerCity.objects.get(code="hanoi")
    more = {"about": f"entry.{hanoi.code}", "label_en": "Photos to bring", "value": 2}
    assert office.post(new, given | more).status_code == 302
    assert facts.numbers("text.country.pr", "entry.hanoi.photos_to_bring") == {
        "text.country.pr": 1,
        "entry.hanoi.photos_to_bring": 2,
    }
    act(office, Fact.objects.get(key="text.country.pr"), "remove")
    assert not Fact.objects.filter(key="text.country.pr").exists()
    assert act(office, Fact.objects.get(key="text.country.us"), "remove").status_code == 404


def test_what_students_signed_is_never_changed(loaded, office):
    text = ConsentText.objects.current()[0]
    change(office, text, title_en="Other words", source_name="The city attorney")
    text.refresh_from_db()
    assert (text.title_en != "Other words", text.source_name) == (True, "The city attorney")

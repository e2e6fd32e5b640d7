"""Fee vouchers: each pays once, and the ledger records every move and is never edited."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from exchange.base.errors import RuleViolation
from tests.factories import UserFactory
from tests.factories_counters import counter_facts, issued, traveler
from travel.models import FeeVoucher, LedgerIsKept, VoucherEntry
from travel.passport.case import where_to_apply as passport_days
from travel.passport.vouchers import actions
from travel.passport.vouchers import ledger as vouchers
from travel.states import VoucherState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def facts():
    counter_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


def refused(code, act, *args, **kwargs):
    with pytest.raises(RuleViolation) as violation:
        act(*args, **kwargs)
    assert violation.value.code == code


def kinds(voucher) -> list[str]:
    return [entry.kind for entry in voucher.entries.all()]


def test_a_voucher_goes_its_way_and_each_step_is_a_line(office):
    voucher, application = issued(by=office), traveler()
    actions.give(voucher, application, by=office)
    actions.give(voucher, application, by=office)
    assert passport_days.paid_by_program(application) == [voucher]
    actions.take_back(voucher, by=office)
    actions.take_back(voucher, by=office)
    assert passport_days.paid_by_program(application) == []
    actions.give(voucher, application, by=office)
    actions.use(voucher, note="at the counter", by=office)
    assert kinds(voucher) == ["issued", "given", "returned", "given", "used"]
    returned = voucher.entries.get(kind="returned")
    assert (returned.application, returned.by) == (application, office)
    voucher.refresh_from_db()
    assert voucher.trip == application.passport_case.trip


def test_no_voucher_pays_twice(office):
    voucher = issued(by=office)
    refused("not_given", actions.use, voucher, by=office)
    actions.give(voucher, traveler(), by=office)
    actions.use(voucher, by=office)
    refused("used_already", actions.use, voucher, by=office)
    for act in (actions.take_back, actions.lose):
        refused("used_already", act, voucher, by=office)
    refused("used_already", actions.give, voucher, traveler(), by=office)
    assert kinds(voucher) == ["issued", "given", "used"]


def test_a_lost_voucher_pays_nothing_until_it_is_found(office):
    voucher, application = issued(by=office), traveler()
    actions.give(voucher, application, by=office)
    actions.lose(voucher, by=office)
    actions.lose(voucher, by=office)
    refused("not_given", actions.use, voucher, by=office)
    refused("not_here", actions.give, voucher, application, by=office)
    other = issued("MO-1002", by=office)
    actions.give(other, application, by=office)
    actions.take_back(voucher, by=office)
    assert kinds(voucher) == ["issued", "given", "lost", "returned"]


def test_one_voucher_for_one_fee_of_one_student(office):
    first, second, other = issued("A1"), issued("A2"), issued("A3", fee="execution", amount="35.00")
    application = traveler()
    actions.give(first, application, by=office)
    refused("has_one", actions.give, second, application, by=office)
    second.refresh_from_db()
    assert second.state == VoucherState.OFFICE
    actions.give(other, application, by=office)
    refused("not_here", actions.give, first, traveler(), by=office)


def test_a_number_is_there_once(office):
    issued("B1", by=office)
    said = {"amount": Decimal(130), "fee": "application", "method": "direct", "fund": "Fund"}
    refused("number_taken", actions.issue, numbers=["B0", "B1"], by=office, **said)
    refused("number_taken", actions.issue, numbers=["C1", "C1"], by=office, **said)
    assert FeeVoucher.objects.count() == VoucherEntry.objects.count() == 1


def test_nobody_gives_themselves_a_voucher():
    voucher, application = issued(), traveler()
    refused("own", actions.give, voucher, application, by=application.student)


def test_the_ledger_is_never_changed():
    entry = issued().entries.get()
    entry.note = "another"
    for act in (
        entry.save,
        entry.delete,
        VoucherEntry.objects.all().delete,
        lambda: VoucherEntry.objects.update(note="x"),
    ):
        with pytest.raises(LedgerIsKept):
            act()


def test_the_database_keeps_a_voucher_whole():
    voucher = issued()
    for change in ({"state": "used"}, {"amount": 0}, {"state": "given"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            FeeVoucher.objects.filter(pk=voucher.pk).update(**change)


def test_sums_are_by_fund_and_trip(office):
    application = traveler()
    given_one, used_one = issued("D1"), issued("D2", fee="execution", amount="35.00")
    issued("D3", fund="Airline")
    actions.give(given_one, application, by=office)
    actions.give(used_one, application, by=office)
    actions.use(used_one, by=office)
    rows = {(row.fund, row.trip): row for row in vouchers.totals(FeeVoucher.objects.all())}
    mine = rows["Mayor’s Fund", application.passport_case.trip]
    assert (mine.given, mine.used, mine.office, mine.issued) == (130, 35, 0, 165)
    assert rows["Airline", None].office == 130
    assert vouchers.together(list(rows.values())).issued == 295


class Sums(TestCase):
    """After any sequence of actions, the sums of the vouchers are those of the ledger's lines."""

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(["give", "use", "take_back", "lose"]), st.integers(0, 2)), max_size=12))
    def test_the_sums_agree_with_the_ledger(self, acts):
        counter_facts()
        office, application = UserFactory(coordinator=True), traveler()
        rows = [
            issued(f"N{place}", amount=str(10 + place), fee=fee, by=office)
            for place, fee in enumerate(("application", "execution", "photo"))
        ]
        for name, place in acts:
            more = (application,) if name == "give" else ()
            try:
                getattr(actions, name)(rows[place], *more, by=office)
            except RuleViolation:
                continue
        after = {"issued": "office", "given": "given", "used": "used", "returned": "office", "lost": "lost"}
        said = dict.fromkeys(("office", "given", "used", "lost"), Decimal(0))
        for voucher in FeeVoucher.objects.all():
            last = voucher.entries.last()
            said[after[last.kind]] += last.amount
            assert voucher.entries.filter(kind="used").count() <= 1
        total = vouchers.together(vouchers.totals(FeeVoucher.objects.all()))
        assert {name: getattr(total, name) for name in said} == said
        assert total.issued == sum(10 + place for place in range(3))

"""Who pays for a passport: the table adds up, promises what is known, and says the same on every page."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from applications.base import costs
from applications.base.costs import Promised
from applications.base.money import Cost, Shares, shares_of, table_of
from applications.models import Cycle
from exchange.models import Fact
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, OfferFactory
from tests.factories_money import MoneyPromiseFactory, MoneyRuleFactory
from tests.factories_travel import PlacementFactory, TripFactory
from travel.base.fee_promises import promised_to, promised_to_all
from travel.prepare.money.actions import create_rules

AMOUNTS = st.decimals(0, 500, places=2)
COSTS = st.builds(
    Cost,
    key=st.just("fee"),
    amount=AMOUNTS,
    is_reliable=st.booleans(),
    city=st.none() | AMOUNTS,
    back=st.none() | AMOUNTS,
)


@given(st.lists(COSTS, max_size=8))
def test_every_line_and_the_total_add_up_and_nothing_unknown_is_promised(rows):
    table = table_of(rows)
    for cost, shares in table.lines:
        assert shares.total == cost.amount
        assert min(shares.city, shares.back, shares.own, shares.unknown) >= 0
        if cost.city is None and cost.back is None:
            assert shares == Shares(unknown=cost.amount)
        else:
            assert shares.unknown == 0 and shares.city <= (cost.city or 0) and shares.back <= (cost.back or 0)
    assert table.total == sum((cost.amount for cost in rows), Decimal(0))
    for name in ("city", "back", "own", "unknown"):
        assert getattr(table.shares, name) == sum(getattr(shares, name) for _cost, shares in table.lines)
    assert table.is_reliable == all(cost.is_reliable for cost in rows)


@pytest.mark.parametrize(
    ("city", "back", "expected"),
    [
        (None, None, Shares(unknown=Decimal(130))),
        (130, None, Shares(city=Decimal(130))),
        (165, None, Shares(city=Decimal(130))),  # more than it costs is no more than it costs
        (100, 20, Shares(city=Decimal(100), back=Decimal(20), own=Decimal(10))),
        (None, 130, Shares(back=Decimal(130))),
        (0, None, Shares(own=Decimal(130))),
    ],
)
def test_one_cost_is_divided(city, back, expected):
    def money(value):
        return None if value is None else Decimal(value)

    assert shares_of(Cost("fee", Decimal(130), city=money(city), back=money(back))) == expected


def test_negative_money_is_refused():
    with pytest.raises(ValueError, match="negative"):
        shares_of(Cost("fee", Decimal(-1)))


# --- from rows ---------------------------------------------------------------------------------


def fee(key, value, **more):
    return FactFactory(
        key=f"passport.fee.{key}", label_en=f"fee.{key}", label_es=key, value=value, unit=Fact.Unit.DOLLARS, **more
    )


@pytest.fixture
def fees(db):
    """The expedited book of 247.05 dollars, and what may come on top."""
    for name, value in (("application", 130), ("execution", 35), ("expedite", 60), ("fast_return", "22.05")):
        fee(name, value)


NAMES = ("application", "execution", "expedite", "fast_return")
CITY = {"application": Promised(city=Decimal(130)), "execution": Promised(city=Decimal(35))}


def table_with(promised=CITY, **more):
    return costs.costs(NAMES, promised, total_label="Total", **more)


def test_the_whole_of_247_dollars_is_accounted_for(fees):
    table = table_with()
    assert table.total == "$247.05"
    assert table.sums == (("The city pays", "$165"), ("Ask us about this part", "$82.05"))
    assert [line.amount for line in table.lines] == ["$130", "$35", "$60", "$22.05"]
    assert table.lines[1].payee == "paid separately at the counter"
    assert table.lines[2].who == "Before you pay, ask us if the city will cover this."
    assert len(table.promises) == 2


def test_paid_first_and_given_back_says_how_and_by_when(fees):
    table = table_with(CITY | {"expedite": Promised(back=Decimal(50))})
    assert (
        "You pay $50 up front and get it back. Keep the receipt. "
        "Ask us how to get the money back, and by when. You pay $10." in [line.who for line in table.lines]
    )
    table = table_with(CITY | {"expedite": Promised(back=Decimal(50), days=30)})
    assert "Send us the receipt, and you’ll have the money within 30 days." in table.lines[2].who
    assert dict(table.sums) == {
        "The city pays": "$165",
        "You pay up front and get back": "$50",
        "You pay": "$10",
        "Ask us about this part": "$22.05",
    }


def test_what_is_not_promised_is_to_be_asked_and_an_old_amount_is_about(fees):
    Fact.objects.filter(key="passport.fee.expedite").update(is_confirmed=False)
    table = table_with({"application": CITY["application"]})
    assert table.lines[1].who == "Before you pay, ask us if the city will cover this."
    assert (table.lines[2].amount, table.total) == ("about $60", "about $247.05")
    assert len(table.promises) == 1
    assert any(not source.is_reliable for source in table.sources)  # the page says to check the official page


def test_a_voucher_in_hand_counts_more_than_a_promise(fees):
    table = table_with(vouchers={"expedite": Decimal(60)})
    assert dict(table.sums)["The city pays"] == "$225"
    assert table_with(vouchers={"application": Decimal(100)}).lines[0].who.endswith("You pay $30.")


def test_without_facts_there_is_no_table(db):
    assert costs.usual(CycleFactory()) is None


def test_the_front_page_the_public_page_and_the_offer_show_one_table(client, sign_in, fees):
    """And none of what another cycle, a draft or a rule for some students promises."""
    offer = OfferFactory(application=ApplicationFactory(selected=True))
    cycle = offer.application.cycle
    promise(cycle, "application", 13000), promise(cycle, "execution", 3500)
    promise(CycleFactory(), "photo", 1700), promise(cycle, "expedite", 6000, draft=True)
    promise(cycle, "birth_certificate", 3200, kind="refund", is_for_everyone=False)
    public = client.get(cycle.get_absolute_url())
    own = sign_in(offer.application.student).get(reverse("applications:offer-detail", args=[offer.code]))
    assert public.context["costs"] == own.context["costs"] == costs.usual(cycle)
    assert costs.usual(cycle).promises == ("fee.application, up to $130", "fee.execution, up to $35")
    for page in (public.text, own.text):
        assert "Total for a first passport, routine service" in page and "$165" in page
        assert "fee.application, up to $130" in page and "up to $60" not in page
    Cycle.objects.filter(pk=cycle.pk).update(closes_at=timezone.now() + dt.timedelta(days=9))
    assert "<li>fee.execution, up to $35</li>" in client.get(reverse("home")).text
    visa = costs.usual(cycle).maybe[-1]  # a row like every other: nobody promises it, and it isn't in the total
    assert (visa.amount, visa.who) == ("depends on the city", "Before you pay, ask us if the city will cover this.")
    assert visa.label in public.text and visa.label in own.text


def test_a_new_cycle_promises_nothing_until_the_office_does(fees):
    cycle = CycleFactory()
    create_rules(cycle, UserFactory(coordinator=True))
    assert cycle.money_rules.filter(kind="voucher", cents__gt=0).count() == 2  # what this city's own file says
    assert costs.usual(cycle).promises == ()
    with override_settings(REFERENCE_CITY=""):
        another = CycleFactory()
        create_rules(another, UserFactory(coordinator=True))
    assert not another.money_rules.filter(cents__isnull=False).exists()


def test_a_traveler_gets_what_is_for_everyone_on_the_trip_and_what_was_promised_to_them(db):
    seat = PlacementFactory()
    cycle, trip = seat.trip.cycle, seat.trip
    promise(cycle, "application", 13000), promise(cycle, "execution", 3500).trips.set([TripFactory(cycle=cycle)])
    promise(cycle, "photo", 1700, kind="refund", timing="after_receipt", days=20).trips.set([trip])
    certificate = promise(cycle, "birth_certificate", 3200, kind="refund", is_for_everyone=False, timing="after_return")
    assert promised_to(seat) == {
        "application": Promised(city=Decimal(130)),
        "photo": Promised(back=Decimal(17), days=20),
    }
    MoneyPromiseFactory(placement=seat, rule=certificate)
    MoneyPromiseFactory(rule=certificate, placement=PlacementFactory(trip=trip))  # each row once, whoever else has it
    assert promised_to(seat)["birth_certificate"] == Promised(back=Decimal(32))
    assert set(promised_to_all(cycle)) == {"application"}


def promise(cycle, fee, cents, **more):
    return MoneyRuleFactory(**{"cycle": cycle, "kind": "voucher", "fee": fee, "cents": cents} | more)

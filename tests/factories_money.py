"""Rows of money for travelers: a rule, a promise, a receipt, a payment list."""

import datetime as dt
import secrets

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from tests.factories import UserFactory
from tests.factories_applications import CycleFactory
from tests.factories_travel import PlacementFactory, in_days
from travel.models import MoneyPromise, MoneyRule, Payment, Receipt


class MoneyRuleFactory(DjangoModelFactory):
    """A published stipend of $250 for everyone; `draft=True` isn't published."""

    class Meta:
        model = MoneyRule

    class Params:
        draft = factory.Trait(published_at=None)

    cycle = factory.SubFactory(CycleFactory)
    key = factory.Sequence(lambda n: f"rule-{n}")
    kind = "stipend"
    title_en = "Money for meals"
    title_es = "Dinero para tus comidas"
    cents = 25000
    fund = "Sister Cities Fund"
    source_name = "Agreement with the fund"
    as_of = factory.LazyFunction(lambda: in_days(-30))
    timing = "before_departure"
    days = 9
    published_at = factory.LazyFunction(timezone.now)


class MoneyPromiseFactory(DjangoModelFactory):
    class Meta:
        model = MoneyPromise

    placement = factory.SubFactory(PlacementFactory)
    rule = factory.SubFactory(MoneyRuleFactory, cycle=factory.SelfAttribute("..placement.trip.cycle"))
    cents = factory.SelfAttribute("rule.cents")


class ReceiptFactory(DjangoModelFactory):
    """A receipt whose file is still checked."""

    class Meta:
        model = Receipt

    class Params:
        kept = factory.Trait(state="kept", checked_at=factory.LazyFunction(timezone.now))

    code = factory.LazyFunction(lambda: secrets.token_hex(16))
    promise = factory.SubFactory(MoneyPromiseFactory, rule__kind="refund", rule__cents=1700)
    cents = 1499
    spent_on = factory.LazyFunction(lambda: timezone.localdate() - dt.timedelta(days=2))
    original_name = "receipt.png"
    content_type = "image/png"
    size = 10
    digest = factory.LazyFunction(lambda: secrets.token_hex(32))


class PaymentFactory(DjangoModelFactory):
    class Meta:
        model = Payment

    made_by = factory.SubFactory(UserFactory, coordinator=True)

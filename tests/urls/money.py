"""Addresses of money: the student's own page and receipts; promises, receipts and payment lists for the office."""

from django.core.files.base import ContentFile
from django.utils import timezone

from tests.factories_applications import application_facts
from tests.factories_money import (
    MoneyPromiseFactory,
    MoneyRuleFactory,
    PaymentFactory,
    ReceiptFactory,
)
from tests.urls import COORDINATOR, COORDINATOR_ACT, L

MINE = (L, 200, 404, 404, 404, 403, 404)
PAGES = ("money-office", "trip-money", "money-promise", "receipt-detail", "payment-detail")
ACTS = (
    *("receipt-undo", "payment-make", "payment-undo", "payment-discard", "payment-line-remove"),
    *("trip-money-cancel", "money-cancel", "money-restore"),
)
SETUP = ("money-rule-add", "money-rule-edit", "money-rule-publish", "money-rule-remove")

MONEY_TABLE = [
    ("travel:money", "GET", (L, 200, 404, 403, 404, 403, 404)),
    ("travel:receipt-send", "GET", MINE),
    ("travel:receipt-withdraw", "POST", (L, 302, 404, 404, 404, 403, 404)),
    ("travel:receipt-file", "GET", (L, 200, 404, 404, 404, 200, 404)),
    *((f"travel:{name}", "GET", COORDINATOR) for name in PAGES),
    *((f"travel:{name}", "POST", COORDINATOR_ACT) for name in ACTS),
    ("travel:money-give", "POST", (L, 403, 403, 403, 403, 404, 403)),  # no student was chosen
    ("travel:payment-file", "POST", (L, 403, 403, 403, 403, 200, 403)),
    ("travel:money-rule-add", "GET", COORDINATOR),
    ("travel:money-rule-edit", "GET", COORDINATOR),
    ("travel:money-rule-publish", "POST", COORDINATOR_ACT),
    ("travel:money-rule-remove", "POST", COORDINATOR_ACT),
]
MONEY_NAMES = {name.removeprefix("travel:") for name, _method, _expected in MONEY_TABLE}


def money_arguments(short, placement):
    application_facts()
    trip = placement.trip
    if short in SETUP:
        rule = MoneyRuleFactory(cycle=trip.cycle)
        return {"code": trip.cycle.code} | ({} if short == "money-rule-add" else {"rule": rule.code})
    if short in ("money-office", "payment-make"):
        return {}
    if short == "money":
        return {"code": placement.code}
    if short in ("trip-money", "trip-money-cancel"):
        return {"code": trip.code}
    promise = MoneyPromiseFactory(placement=placement, rule__cycle=trip.cycle, rule__kind="refund")
    if short == "money-give":
        return {"code": trip.code}
    if short.startswith("payment-"):
        payment = PaymentFactory()
        line = payment.lines.create(promise=promise, cents=1)
        return {"code": payment.code} | ({"promise": line.promise.code} if short == "payment-line-remove" else {})
    if short.startswith("receipt-") and short != "receipt-send":
        receipt = ReceiptFactory(promise=promise, state="kept", checked_at=timezone.now())
        receipt.file.save("file", ContentFile(b"\x89PNG"), save=True)
        return {"code": receipt.code}
    return {"code": promise.code}

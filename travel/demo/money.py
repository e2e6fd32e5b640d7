"""The demo's money: meals and a passport photo are promised, one photo's receipt waits, and one list isn't paid yet.

Those who are abroad, or leave soon, have been paid.
"""

import io
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw

from applications.apply.actions import upload
from applications.models import Cycle
from exchange.models import User
from travel.base import actions as rows
from travel.demo.book import Book
from travel.demo.past import past
from travel.models import MoneyPromise, Placement
from travel.prepare.money import actions as money
from travel.prepare.money import payments, receipts

# what the demo's city pays, in cents; a real city enters its own amounts
AMOUNTS = {"meals": 30000, "passport-photo": 1700}
SOURCE = {"fund": "Travel fund (demo)", "source_name": "Invented for the demo"}
SPENT = 1499
REFERENCE = "DEMO-1"
ON_A_LIST = 3


def write(book: Book, cycle: Cycle, travelers: Collection[Placement], *, when: datetime, by: User) -> None:
    seats = sorted(travelers, key=lambda seat: seat.code)
    _promise(book, cycle, when=when, by=by)
    with past(when, book.draw):
        if meals := _meals(cycle, seats[:ON_A_LIST]):
            payments.make(meals, by=by)
        photo = MoneyPromise.objects.filter(rule__cycle=cycle, rule__key="passport-photo", placement__in=seats)
        if first := photo.order_by("placement__code").first():
            _receipt(first, when)


def write_paid(
    book: Book, cycle: Cycle, travelers: Collection[Placement], *, when: datetime, paid_at: datetime, by: User
) -> None:
    """Meals for everyone, on one list that the finance office has paid."""
    _promise(book, cycle, when=when, by=by)
    with past(paid_at, book.draw):
        payment = payments.make(_meals(cycle, travelers), by=by)
        payments.mark_paid(payment, paid_on=paid_at.date(), reference=REFERENCE, by=by)


def _promise(book: Book, cycle: Cycle, *, when: datetime, by: User) -> None:
    with past(when, book.draw):
        for rule in cycle.money_rules.filter(key__in=AMOUNTS):
            values: dict[str, Any] = {"cents": AMOUNTS[rule.key], **SOURCE, "as_of": when.date()}
            money.publish_rule(money.change_rule(rule, values, seen=rows.fingerprint(rule, values), by=by), by=by)


def _meals(cycle: Cycle, seats: Collection[Placement]) -> list[str]:
    """The codes of their promises."""
    theirs = MoneyPromise.objects.filter(rule__cycle=cycle, rule__key="meals", placement__in=seats)
    return list(theirs.values_list("code", flat=True))


def _receipt(promise: MoneyPromise, when: datetime) -> None:
    student = promise.placement.application.person
    spent_on = when.date() - timedelta(days=5)
    sent = receipts.send(promise, upload.look("receipt.png", _picture()), cents=SPENT, spent_on=spent_on, by=student)
    receipts.check_file(sent.pk)


def _picture() -> bytes:
    """A slip of paper that nobody could take for a real one."""
    image = Image.new("RGB", (360, 420), "white")
    draw = ImageDraw.Draw(image)
    for line, words in enumerate(("DEMO PHOTO SHOP", "", "Passport photo   13.50", "Tax   1.49", "", "TOTAL   14.99")):
        draw.text((40, 60 + 40 * line), words, fill="black")
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()

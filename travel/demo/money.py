"""The demo's money: meals and a passport photo are promised, one photo's receipt waits, and one list isn't paid yet."""

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
from travel.prepare.actions import money, payments, receipts

# what the demo's city pays, in cents; a real city enters its own amounts
AMOUNTS = {"meals": 30000, "passport-photo": 1700}
SOURCE = {"fund": "Travel fund (demo)", "source_name": "Invented for the demo"}
SPENT = 1499
ON_A_LIST = 3


def write(book: Book, cycle: Cycle, travelers: Collection[Placement], *, when: datetime, by: User) -> None:
    with past(when, book.draw):
        for rule in cycle.money_rules.filter(key__in=AMOUNTS):
            values: dict[str, Any] = {"cents": AMOUNTS[rule.key], **SOURCE, "as_of": when.date()}
            money.publish_rule(money.change_rule(rule, values, seen=rows.fingerprint(rule, values), by=by), by=by)
        seats = sorted(travelers, key=lambda seat: seat.code)
        meals = MoneyPromise.objects.filter(rule__cycle=cycle, rule__key="meals", placement__in=seats[:ON_A_LIST])
        if meals:
            payments.make([promise.code for promise in meals], by=by)
        photo = MoneyPromise.objects.filter(rule__cycle=cycle, rule__key="passport-photo", placement__in=seats)
        if first := photo.order_by("placement__code").first():
            _receipt(first, when)


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

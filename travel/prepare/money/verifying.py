"""Checks that promised money adds up: nobody is paid more than was promised, and nothing on a list was canceled."""

from collections.abc import Iterator

from django.db.models import F

from exchange.keeping.verification import Finding, register
from travel.models import MoneyPromise


def register_all() -> None:
    register("money", money)


def money() -> Iterator[Finding]:
    taken = F("canceled_cents") + F("listed") + F("paid")
    wrong = MoneyPromise.objects.with_sums().filter(cents__lt=taken).order_by("pk")
    yield from Finding.of(
        "promises of money of which more is paid, on a list or canceled than was promised",
        wrong.values_list("code", flat=True),
        "Open each under Money. Take its line off the list, or ask the finance office what it paid.",
    )

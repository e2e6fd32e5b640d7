"""The rows of tests/test_urls.py for the fairness page of a cycle."""

from tests.factories_applications import CycleFactory
from tests.urls import L

OFFICE = (L, 403, 403, 403, 403, 200, 200)

NOTHING_YET = (L, 403, 403, 403, 403, 302, 302)  # the cycle is still open: the page says so

FAIRNESS_TABLE = [
    ("travel:outcomes-fairness", "GET", OFFICE),
    ("travel:outcomes-fairness-pdf", "GET", NOTHING_YET),
    ("travel:outcomes-fairness-csv", "GET", NOTHING_YET),
]


def fairness_arguments(short):
    return {"code": CycleFactory().code}

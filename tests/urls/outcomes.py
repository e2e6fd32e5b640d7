"""The rows of tests/test_urls.py for the page of a cycle's groups and for published figures."""

from django.utils import timezone

from exchange.models import FigureRelease, Job
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory
from tests.urls import PUBLIC, L

OFFICE = (L, 403, 403, 403, 403, 200, 200)

NOTHING_YET = (L, 403, 403, 403, 403, 302, 302)  # the cycle is still open: the page says so

IMPACT_TABLE = [
    ("travel:impact", "GET", PUBLIC),
    ("travel:impact-card", "GET", PUBLIC),
]

FAIRNESS_TABLE = [
    ("travel:outcomes-fairness", "GET", OFFICE),
    ("travel:outcomes-fairness-pdf", "GET", NOTHING_YET),
    ("travel:outcomes-fairness-csv", "GET", NOTHING_YET),
]

RELEASES_TABLE = [
    ("travel:outcomes-releases", "GET", OFFICE),
    ("travel:outcomes-release", "GET", OFFICE),
    ("travel:outcomes-release-next", "GET", (L, 403, 403, 403, 403, 200, 403)),
    ("travel:outcomes-release-publish", "POST", (L, 403, 403, 403, 403, 404, 403)),  # this job isn't done
]
RELEASES_NAMES = frozenset({"outcomes-release", "outcomes-release-publish"})


def release_arguments(short):
    if short == "outcomes-release-publish":
        return {"code": Job.objects.create(kind="travel.figures_plan", key="a").code}
    rules = {"threshold": 11, "band": 8, "open_values": 5}
    made = {"kind": FigureRelease.Kind.OUTCOMES, "as_of": timezone.now(), "published_by": UserFactory(), **rules}
    release, _new = FigureRelease.objects.get_or_create(number=7, defaults=made)
    return {"number": release.number}


def fairness_arguments(short):
    return {"code": CycleFactory().code}

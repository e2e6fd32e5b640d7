"""The rows of tests/test_urls.py for the page of a cycle's groups and for published figures."""

from django.utils import timezone

from exchange.models import FigureRelease, Job
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import CycleFactory
from tests.urls import COORDINATOR_ACT, PUBLIC, L
from travel.models import EarlierImport, FollowUpImport, OtherCity

OFFICE = (L, 403, 403, 403, 403, 200, 200)

NOTHING_YET = (L, 403, 403, 403, 403, 302, 302)  # the cycle is still open: the page says so

IMPACT_NAMES = frozenset({"outcomes-city-show"})
OWN_NAMES = frozenset({"follow-up-own", "follow-up-withdraw", "follow-up-say"})
NO_CYCLE = (L, 403, 403, 404, 404, 404, 403)  # no cycle's groups are home
FOLLOW_UP_TABLE = [
    ("travel:follow-up", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("travel:follow-up-list", "GET", NO_CYCLE),
    ("travel:follow-up-read", "POST", NO_CYCLE),
    ("travel:follow-up-import", "POST", NO_CYCLE),
    ("travel:follow-up-undo", "POST", (L, 403, 403, 404, 404, 302, 403)),
    ("travel:follow-up-own", "GET", (L, 200, 404, 404, 404, 404, 404)),
    ("travel:follow-up-withdraw", "POST", (L, 302, 404, 404, 404, 404, 404)),
    ("travel:follow-up-say", "POST", (L, 404, 404, 404, 404, 404, 404)),  # not back from a trip
]
IMPACT_TABLE = [
    ("travel:open-data-csv", "GET", PUBLIC),
    ("travel:open-data-json", "GET", PUBLIC),
    ("travel:open-data-schema", "GET", PUBLIC),
    ("travel:ask-number", "GET", PUBLIC),
    ("travel:outcomes-cities", "GET", OFFICE),
    ("travel:outcomes-reports", "GET", OFFICE),
    ("travel:outcomes-briefing", "GET", (L, 403, 403, 403, 403, 302, 302)),  # as below
    ("travel:outcomes-annual", "POST", (L, 403, 403, 403, 403, 302, 302)),  # nothing is published: says so
    ("travel:outcomes-city-show", "POST", COORDINATOR_ACT),
    ("travel:open-doors", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("travel:open-doors-credit", "POST", (L, 403, 403, 302, 302, 302, 403)),
    ("travel:open-doors-file", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("travel:impact", "GET", PUBLIC),
    ("travel:impact-card", "GET", PUBLIC),
]

FAIRNESS_TABLE = [
    ("travel:outcomes-fairness", "GET", OFFICE),
    ("travel:outcomes-fairness-pdf", "GET", NOTHING_YET),
    ("travel:outcomes-fairness-csv", "GET", NOTHING_YET),
]

RELEASES_TABLE = [
    ("travel:outcomes-earlier", "GET", (L, 403, 403, 403, 403, 200, 403)),
    ("travel:outcomes-earlier-undo", "POST", (L, 403, 403, 403, 403, 302, 403)),
    ("travel:outcomes-releases", "GET", OFFICE),
    ("travel:outcomes-release", "GET", OFFICE),
    ("travel:outcomes-release-next", "GET", (L, 403, 403, 403, 403, 200, 403)),
    ("travel:outcomes-release-publish", "POST", (L, 403, 403, 403, 403, 404, 403)),  # this job isn't done
]
RELEASES_NAMES = frozenset({"outcomes-release", "outcomes-release-publish", "outcomes-earlier-undo"})


def release_arguments(short):
    if short == "outcomes-earlier-undo":
        return {"code": EarlierImport.objects.create(kind="counts", imported_by=UserFactory()).code}
    if short == "outcomes-release-publish":
        return {"code": Job.objects.create(kind="travel.figures_plan", key="a").code}
    rules = {"threshold": 11, "band": 8, "open_values": 5}
    made = {"kind": FigureRelease.Kind.OUTCOMES, "as_of": timezone.now(), "published_by": UserFactory(), **rules}
    release, _new = FigureRelease.objects.get_or_create(number=7, defaults=made)
    return {"number": release.number}


def impact_arguments(short):
    about = {"source": "a", "schema_version": "1.0", "as_of": timezone.localdate(), "digest": "0"}
    return {"code": OtherCity.objects.get_or_create(city="Elsewhere", defaults=about)[0].code}


def follow_up_arguments(short):
    about = {"cycle": CycleFactory(), "college": CollegeFactory(), "year": 1, "digest": "0", "rows": 1}
    return {"code": FollowUpImport.objects.create(**about, imported_by=UserFactory()).code}


def fairness_arguments(short):
    return {"code": CycleFactory().code}

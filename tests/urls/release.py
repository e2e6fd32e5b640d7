"""The rows of tests/test_urls.py for releases, corrections, offers and calls."""

from django.utils import timezone

from applications.models import OfferCall, ScheduledRelease
from applications.release.actions import releasing
from tests.factories_applications import DecisionFactory
from tests.urls import COORDINATOR, COORDINATOR_ACT, L

TELLING_TABLE = [
    ("applications:selection-preview", "GET", COORDINATOR),
    ("applications:selection-release", "POST", (L, 403, 403, 403, 403, 302, 403)),
    ("applications:selection-schedule", "POST", (L, 403, 403, 403, 403, 302, 403)),
    ("applications:selection-release-detail", "GET", COORDINATOR),
    ("applications:selection-offers", "GET", COORDINATOR),
    ("applications:selection-fill", "GET", (L, 403, 403, 403, 403, 302, 403)),
    ("applications:selection-filled", "GET", COORDINATOR),
    ("applications:scheduled-cancel", "POST", COORDINATOR_ACT),
    ("applications:decision-correct", "GET", COORDINATOR),
    ("applications:decision-promote", "POST", (L, 403, 403, 403, 403, 302, 403)),
    ("applications:decision-letter", "GET", COORDINATOR),
    ("applications:application-letter", "GET", (L, 200, 404, 403, 404, 200, 404)),
    ("applications:application-withdraw-undo", "POST", COORDINATOR_ACT),
    ("applications:application-withdraw-for", "GET", (L, 403, 403, 403, 403, 200, 403)),
    ("applications:offer-detail", "GET", (L, 200, 404, 200, 404, 200, 404)),
    ("applications:offer-confirm", "GET", (L, 200, 404, 403, 404, 403, 404)),
    ("applications:offer-decline", "GET", (L, 200, 404, 403, 404, 403, 404)),
    ("applications:offer-lapse", "POST", (L, 403, 403, 403, 403, 302, 403)),
    ("applications:offer-extend", "GET", COORDINATOR),
    ("applications:call-list", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("applications:call-record", "GET", (L, 404, 404, 200, 404, 200, 404)),
]

OF_THE_OFFERS_APPLICATION = {
    "decision-correct",
    "decision-promote",
    "decision-letter",
    "application-letter",
    "application-withdraw-for",
    "application-withdraw-undo",
}


def telling_arguments(short, world):
    """The arguments of the world's offer, and of a dry run of a cycle of its own."""
    offer = world["offer"]
    if short == "selection-release-detail":
        cycle = DecisionFactory().application.cycle
        return {"code": releasing.keep_dry_run(cycle, by=world["people"]["coordinator"]).code}
    if short in ("selection-filled", "scheduled-cancel"):
        cycle, by = DecisionFactory().application.cycle, world["people"]["coordinator"]
        details = {"fingerprint": "", "codes": [], "answer_by": ""}
        scheduled = ScheduledRelease.objects.create(
            kind="spots", cycle=cycle, due_at=timezone.now(), set_by=by, details=details
        )
        return {"code": scheduled.code}
    if short.startswith("selection-"):
        return {"code": offer.application.cycle.code}
    if short in OF_THE_OFFERS_APPLICATION:
        return {"code": offer.application.code}
    if short == "call-record":
        OfferCall.objects.get_or_create(offer=offer, defaults={"due_at": offer.made_at})
    return {"code": offer.code} if short != "call-list" else {}

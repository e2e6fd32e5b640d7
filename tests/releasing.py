"""A whole release in one call, released results, and the messages sent about them."""

from applications.models import Release
from applications.release.actions import releasing
from applications.states import Status
from exchange.models import Message
from tests.factories_applications import CycleFactory, DecisionFactory


def release_now(cycle, by) -> Release:
    kept = releasing.keep_dry_run(cycle, by=by)
    releasing.start(kept, by=by)
    return releasing.carry_out(kept.code)


def told(result, cycle=None, **fields):
    return DecisionFactory(released=True, result=result, application__cycle=cycle or CycleFactory(seats=2), **fields)


def waiting(cycle, place, **fields):
    decision = told(Status.WAITLISTED, cycle, waitlist_position=place, **fields)
    return decision.application


def words(response):
    return " ".join(response.text.split())


def message_templates(application):
    sent = Message.objects.filter(recipient=application.student, dropped_at__isnull=True).order_by("pk")
    return [each.template.split("/")[1] for each in sent]

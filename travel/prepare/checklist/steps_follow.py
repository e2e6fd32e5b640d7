"""What becomes of a student's steps and passport dates when they're moved or drop out, and when that is undone."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import ngettext

from applications.base.withdrawals import Follower
from applications.models import Application
from exchange.models import User
from travel.models import ChecklistItem, Placement
from travel.models.checklist import ChecklistItemQuerySet
from travel.passport.case import replan
from travel.placement.slots import Move, WhenMoved


def _moved(move: Move) -> dict[str, Any]:
    replan.follow_trip(move.placement, by=move.by)
    return {}


def _moved_back(placement: Placement, _kept: Mapping[str, Any], by: User) -> None:
    replan.follow_trip(placement, by=by)


def _open(application: Application) -> ChecklistItemQuerySet:
    return ChecklistItem.objects.open().filter(placement__application=application)


def _lines(application: Application) -> list[str]:
    count = _open(application).count()
    text = ngettext("Their %(count)s open step is closed.", "Their %(count)s open steps are closed.", count)
    return [text % {"count": count}] if count else []


def _withdrawn(application: Application, _by: User) -> None:
    _open(application).update(closed_at=timezone.now())


def _withdrawal_undone(application: Application, by: User) -> None:
    placement = Placement.objects.with_people().filter(application=application, trip__closed_at=None).first()
    if placement:
        replan.open_for(placement, by=by)


MOVED = WhenMoved(_moved, _moved_back)
WITHDRAWN = Follower(_withdrawn, _withdrawal_undone, _lines)

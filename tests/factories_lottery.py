"""Cycles with a tie, and lotteries at each stage."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from applications.base import lottery as rule
from applications.models import Lottery
from applications.selection.actions import lottery as actions
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, review_facts
from tests.factories_facts import disclosure_facts
from tests.readings import read_cycle

REASON = "Six candidates have the same score."
PUBLIC_DRAW, RESULT = "California Lottery, SuperLotto Plus", "07 14 25 36 41, Mega 3"


def scored(cycle, mean, **more):
    return ApplicationFactory(
        submitted=True, cycle=cycle, reads_locked=3, score_mean=mean, score_median=mean, score_spread=1, **more
    )


def tie(size=6, *, mean="11.333", cycle=None, **more):
    """A cycle in which this many applications have the same score."""
    disclosure_facts()
    cycle = cycle or CycleFactory(seats=4)
    for _ in range(size):
        scored(cycle, Decimal(mean), **more)
    return cycle


def read_apart(*, seats=6):
    """A cycle whose scores are adjusted, with some too close to call."""
    review_facts()
    disclosure_facts()
    cycle = CycleFactory(ready=True, reads_each=3, seats=seats)
    read_cycle(cycle, [UserFactory(advisor=True) for _reader in range(4)])
    return cycle


def lottery_of(cycle=None, stage=Lottery.Stage.ANNOUNCED, *, by=None, seats=2, result=RESULT, close=False) -> Lottery:
    """A lottery of two seats among a tie of six (`close`: among those too close to call), at this stage."""
    disclosure_facts()
    by = by or UserFactory(coordinator=True)
    zone = {} if close else {"low": Decimal("11.333"), "high": Decimal("11.333")}
    cycle = cycle or (read_apart() if close else tie())
    lottery = actions.announce(cycle, by=by, seats=seats, reason=REASON, **zone)
    if stage == Lottery.Stage.CALLED_OFF:
        return actions.call_off(lottery, reason="The zone was wrong.", by=by)
    if stage != Lottery.Stage.ANNOUNCED:
        lottery = actions.commit(lottery, public_draw=PUBLIC_DRAW, on=tomorrow(), by=by)
    if stage in (Lottery.Stage.DRAWN, Lottery.Stage.PUBLISHED):
        lottery = actions.draw(on_its_day(lottery), result=result, by=by)
    if stage == Lottery.Stage.PUBLISHED:
        actions.entries_of(lottery).update(status="not_selected")
        lottery = actions.publish(lottery, by=by)
    return lottery


def tomorrow():
    return timezone.localdate() + timedelta(days=1)


def on_its_day(lottery: Lottery) -> Lottery:
    """The same lottery as if its fingerprint had been published yesterday, so that the day of the draw is today."""
    lottery.public_draw_on = timezone.localdate()
    Lottery.objects.filter(pk=lottery.pk).update(
        public_draw_on=lottery.public_draw_on, entries_hash=rule.sha256(lottery.draw.text)
    )
    lottery.refresh_from_db()
    return lottery

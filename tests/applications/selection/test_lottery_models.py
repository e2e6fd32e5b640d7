import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from applications import permissions
from applications.models import Lottery
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory
from tests.factories_lottery import lottery_of

pytestmark = pytest.mark.django_db


def lottery(**more):
    given = {"score_from": 10, "score_to": 11, "seats": 2, "reason": "A tie.", "entries": "K7\nM4\n"}
    more = {"cycle": CycleFactory(), "announced_by": UserFactory(), "entries_hash": "a" * 64} | given | more
    return Lottery.objects.create(**more)


def committed(**more):
    given = {"committed_at": timezone.now(), "committed_by": UserFactory(), "public_draw": "A state lottery’s"}
    return lottery(**given | {"public_draw_on": timezone.localdate()} | more)


def drawn(**more):
    return committed(
        **{"drawn_at": timezone.now(), "drawn_by": UserFactory(), "result": "1-2-3-4", "order": "K7\n"} | more
    )


def called_off(make=committed, **more):
    ended = {"called_off_at": timezone.now(), "called_off_by": UserFactory(), "called_off_reason": "Wrong zone."}
    return make(**ended | more)


def two_open():
    cycle = CycleFactory()
    lottery(cycle=cycle)
    lottery(cycle=cycle)


BAD_ROWS = [
    ("lottery_one_open_per_cycle", two_open),
    ("lottery_zone_from_low_to_high", lambda: lottery(score_from=12)),
    ("lottery_zone_is_of_its_kind", lambda: lottery(score_to=None)),
    ("lottery_zone_is_of_its_kind", lambda: lottery(kind="close", zone="close seats 2")),
    ("lottery_zone_is_of_its_kind", lambda: lottery(kind="close", score_from=None, score_to=None)),
    ("lottery_has_a_seat", lambda: lottery(seats=0)),
    ("lottery_has_entries", lambda: lottery(entries="")),
    ("lottery_has_entries", lambda: lottery(entries_hash="")),
    ("lottery_has_a_reason", lambda: lottery(reason="")),
    ("lottery_commitment_is_whole", lambda: committed(committed_by=None)),
    ("lottery_public_draw_is_whole", lambda: committed(public_draw="")),
    ("lottery_public_draw_is_whole", lambda: committed(public_draw_on=None)),
    ("lottery_public_draw_is_whole", lambda: lottery(public_draw="A lottery", public_draw_on=timezone.localdate())),
    ("lottery_draw_is_whole", lambda: drawn(result="")),
    ("lottery_draw_is_whole", lambda: drawn(order="")),
    ("lottery_draw_is_whole", lambda: drawn(drawn_by=None)),
    ("lottery_draw_is_whole", lambda: committed(result="1-2-3-4")),
    ("lottery_draw_is_whole", lambda: committed(former_results="1-2-3-4\n")),
    ("lottery_published_after_the_draw", lambda: committed(published_at=timezone.now(), published_by=UserFactory())),
    ("lottery_published_after_the_draw", lambda: drawn(published_at=timezone.now())),
    ("lottery_called_off_before_the_draw_with_a_reason", lambda: called_off(called_off_reason="")),
    ("lottery_called_off_before_the_draw_with_a_reason", lambda: called_off(called_off_by=None)),
    ("lottery_called_off_before_the_draw_with_a_reason", lambda: called_off(make=drawn)),
]


@pytest.mark.parametrize(("name", "row"), BAD_ROWS, ids=[f"{name}-{n}" for n, (name, _row) in enumerate(BAD_ROWS)])
def test_constraint_refuses(name, row):
    refused(name, row)


def test_every_constraint_has_its_bad_row():
    assert {each.name for each in Lottery._meta.constraints} == {name for name, _row in BAD_ROWS}


def test_a_drawn_or_called_off_one_leaves_room_for_the_next():
    cycle = CycleFactory()
    drawn(cycle=cycle), called_off(cycle=cycle), lottery(cycle=cycle)
    assert Lottery.objects.open().filter(cycle=cycle).count() == 1


@pytest.mark.parametrize("stage", Lottery.Stage)
def test_entries_are_the_office_s_until_published(stage):
    row = lottery_of(stage=stage)
    for user in (AnonymousUser(), UserFactory(), UserFactory(advisor=True), UserFactory(director=True)):
        assert permissions.can_open_entries(user, row) == (stage == Lottery.Stage.PUBLISHED)
    assert permissions.can_open_entries(UserFactory(coordinator=True), row)

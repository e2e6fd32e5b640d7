"""The rows of the lottery in the table of tests/test_urls.py, which is long enough."""

from applications.models import Lottery
from tests.factories_lottery import lottery_of

L = "sign in"
COORDINATOR = (L, 403, 403, 403, 403, 200, 403)

LOTTERY_TABLE = [
    ("applications:selection-lottery", "GET", COORDINATOR),
    ("applications:selection-lottery-detail", "GET", COORDINATOR),
    ("applications:lottery-public", "GET", (200,) * 7),  # the secret is fixed; before that, nobody finds it
    ("applications:lottery-file", "GET", (403, 403, 403, 403, 403, 200, 403)),  # not published: the office's
    ("applications:lottery-script", "GET", (200,) * 7),
]


def lottery_arguments(short):
    """The lottery of a cycle of its own, its secret fixed."""
    lottery = lottery_of(stage=Lottery.Stage.COMMITTED)
    return {"code": lottery.cycle.code if short == "selection-lottery" else lottery.code}

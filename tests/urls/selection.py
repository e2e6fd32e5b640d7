"""The rows of tests/test_urls.py for the committee and its lotteries."""

from applications.models import Lottery
from tests.factories_lottery import lottery_of
from tests.readings import published
from tests.urls import COORDINATOR, COORDINATOR_ACT

COMMITTEE_TABLE = [
    ("applications:selection-reserves", "GET", COORDINATOR),
    ("applications:selection-levers", "POST", COORDINATOR_ACT),
    ("applications:selection-lever", "GET", COORDINATOR),
    ("applications:selection-draft", "GET", COORDINATOR_ACT),  # a cycle without seats: redirects back
    ("applications:selection-draft-undo", "POST", COORDINATOR_ACT),
    ("applications:selection-file", "POST", COORDINATOR_ACT),  # no format: redirects to the list
    ("applications:selection-compare", "GET", COORDINATOR_ACT),  # nobody chosen: redirects to the list
    ("applications:decision-note", "POST", COORDINATOR_ACT),
    *((f"applications:scores-{page}", "GET", COORDINATOR) for page in ("detail", "file")),
    *((f"applications:scores-{page}", "POST", COORDINATOR_ACT) for page in ("publish", "take-back")),
    # the method is public; the file is public, too, once it is published
    *((f"applications:scores-{page}", "GET", (200,) * 7) for page in ("public", "script", "public-file")),
]

COMMITTEE_DATA = {
    "applications:decision-note": {"text": "Calm and clear."},
    "applications:scores-take-back": {"reason": "Published too early."},
}


def scores_arguments(short, cycle):
    if short == "scores-public-file":
        published(cycle)
    return {"code": cycle.code}


LOTTERY_TABLE = [
    ("applications:selection-lottery", "GET", COORDINATOR),
    ("applications:selection-lottery-detail", "GET", COORDINATOR),
    ("applications:lottery-public", "GET", (200,) * 7),  # its fingerprint is public
    ("applications:lottery-file", "GET", (403, 403, 403, 403, 403, 200, 403)),  # not published: for the office only
]


def lottery_arguments(short):
    """The lottery of a cycle of its own, with its fingerprint public."""
    lottery = lottery_of(stage=Lottery.Stage.COMMITTED)
    return {"code": lottery.cycle.code if short == "selection-lottery" else lottery.code}

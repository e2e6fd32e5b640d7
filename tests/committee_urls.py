"""The rows of the committee's room in the table of tests/test_urls.py, which is long enough."""

from tests.readings import published

L = "sign in"
COORDINATOR = (L, 403, 403, 403, 403, 200, 403)
ACT = (L, 403, 403, 403, 403, 302, 403)

COMMITTEE_TABLE = [
    ("applications:selection-reserves", "GET", COORDINATOR),
    ("applications:selection-levers", "POST", ACT),
    ("applications:selection-lever", "GET", COORDINATOR),
    ("applications:selection-draft", "GET", ACT),  # a cycle without seats: back to the room
    ("applications:selection-draft-undo", "POST", ACT),
    ("applications:selection-compare", "GET", ACT),  # nobody chosen: back to the list
    ("applications:decision-note", "POST", ACT),
    *((f"applications:scores-{page}", "GET", COORDINATOR) for page in ("detail", "file")),
    *((f"applications:scores-{page}", "POST", ACT) for page in ("publish", "take-back")),
    # the method is no secret; the file is everybody's, once it is published
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

"""The rows of tests/test_urls.py for reading: assignments, readers, masking."""

from applications.models import MaskingReport
from tests.urls import COORDINATOR, COORDINATOR_ACT, L

ASSIGNING_TABLE = [
    ("applications:assignment-draw", "POST", COORDINATOR_ACT),
    ("applications:assignment-draft", "GET", COORDINATOR),
    *(
        (f"applications:assignment-{act}", "POST", COORDINATOR_ACT)
        for act in ("add", "draw-again", "release", "discard")
    ),
    ("applications:assignment-change", "GET", COORDINATOR),
    ("applications:reader-own", "GET", (L, 403, 403, 200, 200, 403, 403)),
    ("applications:reader-add", "GET", COORDINATOR),
    ("applications:reader-profile", "GET", COORDINATOR),
    ("applications:reader-move", "GET", COORDINATOR),
    ("applications:review-conflict", "GET", (L, 404, 404, 404, 200, 403, 404)),
    ("applications:application-keep-away", "GET", (L, 403, 404, 403, 404, 200, 404)),
    ("applications:review-conflict-undo", "POST", (L, 404, 404, 404, 404, 404, 404)),  # nothing was declared
]


def assigning_arguments(short, world):
    """The arguments of the world's assignment, given out; None for a page of another step."""
    cycle, reader = world["sent"].cycle.code, world["people"]["reader"].code
    return {
        **dict.fromkeys(
            [f"assignment-{act}" for act in ("add", "draw", "draft", "draw-again", "release", "discard")], cycle
        ),
        **dict.fromkeys(("assignment-change", "review-conflict", "review-conflict-undo"), world["assignment"].code),
        "reader-profile": reader,
        "reader-move": {"code": reader, "cycle": cycle},
    }.get(short)


READING_TABLE = [
    ("applications:review-save", "POST", (401, 404, 404, 404, 400, 403, 404)),  # not a request of ours
    ("applications:masking-list", "GET", ("sign in", 403, 403, 403, 403, 200, 403)),
    ("applications:masking-record", "GET", ("sign in", 403, 404, 403, 404, 200, 404)),
    ("applications:masking-uncover", "POST", ("sign in", 403, 404, 403, 404, 302, 404)),
    ("applications:masking-settle", "POST", ("sign in", 403, 403, 403, 403, 302, 403)),
]


def reading_arguments(short: str, world) -> dict[str, str]:
    if short == "masking-list":
        return {}
    if short == "review-save":
        return {"code": world["assignment"].code}
    if short == "masking-settle":
        report = MaskingReport.objects.create(
            application=world["sent"], words="library", reported_by=world["people"]["reader"]
        )
        return {"code": report.code}
    return {"code": world["sent"].code}

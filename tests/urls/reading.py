"""The rows of tests/test_urls.py for reading: assignments, readers, masking."""

from applications.models import CollegeClue, MaskingReport
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
    ("applications:reader-peek", "GET", COORDINATOR),
    ("applications:reader-move", "GET", COORDINATOR),
    ("applications:reader-file", "POST", COORDINATOR_ACT),  # no format: redirects to the list
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
        "reader-file": cycle,
        **dict.fromkeys(("reader-move", "reader-peek"), {"code": reader, "cycle": cycle}),
    }.get(short)


READING_TABLE = [
    ("applications:review-uncover", "POST", (L, 404, 404, 404, 302, 404, 404)),
    ("applications:review-say", "POST", (L, 404, 404, 404, 200, 403, 404)),  # shows the form again: nothing was written
    ("applications:review-unlock", "POST", (L, 404, 404, 404, 302, 403, 404)),
    ("applications:review-save", "POST", (401, 404, 404, 404, 400, 403, 404)),  # not a request of ours
    ("applications:masking-list", "GET", ("sign in", 403, 403, 403, 403, 200, 403)),
    ("applications:masking-clues", "GET", ("sign in", 403, 403, 403, 403, 200, 403)),
    ("applications:masking-clue-remove", "POST", ("sign in", 403, 403, 403, 403, 302, 403)),
    ("applications:masking-record", "GET", ("sign in", 403, 404, 403, 404, 200, 404)),
    ("applications:masking-uncover", "POST", ("sign in", 403, 404, 403, 404, 302, 404)),
    ("applications:masking-settle", "POST", ("sign in", 403, 403, 403, 403, 302, 403)),
]


def reading_arguments(short: str, world) -> dict[str, str]:
    if short in ("masking-list", "masking-clues"):
        return {}
    if short == "masking-clue-remove":
        return {"code": CollegeClue.objects.get_or_create(kind=CollegeClue.Kind.PLACE, text="Riverbend")[0].code}
    if short in ("review-save", "review-say", "review-unlock"):
        return {"code": world["assignment"].code}
    if short in ("masking-settle", "review-uncover"):
        report = MaskingReport.objects.create(
            application=world["sent"], words="library", reported_by=world["people"]["reader"]
        )
        return {"code": report.code}
    return {"code": world["sent"].code}

"""The rows of tests/test_urls.py for sample files and interviews."""

from tests.factories_meeting import InterviewSlotFactory, booked, interview_cycle, norming_cycle
from tests.urls import COORDINATOR, COORDINATOR_ACT, L

READERS = (L, 404, 404, 200, 200, 200, 404)

READERS_ACT = (L, 404, 404, 302, 302, 302, 404)

SET_UP_PAGES = ("norming", "norming-add", "norming-past", "sample")

SET_UP_ACTS = ("norming-copy", "norming-publish", "norming-remind", "sample-move", "sample-remove")

MEETING_TABLE = [
    *((f"applications:cycle-setup-{page}", "GET", COORDINATOR) for page in SET_UP_PAGES),
    *((f"applications:cycle-setup-{act}", "POST", COORDINATOR_ACT) for act in SET_UP_ACTS),
    ("applications:norming-list", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("applications:norming-file", "GET", READERS),
    ("applications:norming-say", "POST", READERS),  # shows the form again: nothing was written
    ("applications:norming-agree", "POST", (L, 403, 403, 403, 403, 302, 403)),
    *((f"applications:selection-interviews{page}", "GET", COORDINATOR) for page in ("", "-plan", "-invite")),
    ("applications:interview-slot", "GET", COORDINATOR),
    ("applications:interview-slot-call-off", "POST", COORDINATOR_ACT),
    ("applications:interview-call-off", "POST", COORDINATOR_ACT),
    ("applications:interview-list", "GET", (L, 403, 403, 200, 200, 200, 200)),
    # another student's interview; test_interview_views.py tests the student's own and the interviewer's
    ("applications:interview-detail", "GET", (L, 404, 404, 404, 404, 302, 404)),
    ("applications:interview-book", "GET", (L, 404, 404, 404, 404, 403, 404)),
    ("applications:interview-calendar", "GET", (L, 404, 404, 404, 404, 200, 404)),
    ("applications:interview-score", "GET", (L, 404, 404, 404, 404, 200, 404)),
    ("applications:interview-settle", "POST", (L, 404, 404, 404, 404, 302, 404)),
]

MEETING_NAMES = {name.partition(":")[2] for name, _method, _expected in MEETING_TABLE}


def meeting_arguments(short):
    """The arguments of a cycle of its own, with four sample files that readers can see."""
    if short in ("norming-list", "interview-list"):
        return {}
    if "interview" in short:
        return interview_arguments(short)
    cycle = norming_cycle(4)
    sample = cycle.norming_files.first().code
    if short.startswith("norming-"):
        return {"code": sample}
    return {"code": cycle.code, **({"sample": sample} if "sample" in short else {})}


def interview_arguments(short):
    """The arguments of an interview that another student has booked."""
    if short.startswith("selection-"):
        return {"code": interview_cycle().code}
    interview = booked()
    if short.startswith("interview-slot"):
        return {"code": interview.slot.code}
    if short == "interview-book":
        return {"code": interview.code, "slot": InterviewSlotFactory(cycle=interview.application.cycle).code}
    return {"code": interview.code}

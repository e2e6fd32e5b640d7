"""The rows of the sample files and of the interviews in the table of tests/test_urls.py."""

from tests.factories_meeting import norming_cycle
from tests.setup_urls import ACT, LOOK

L = "sign in"
READERS = (L, 404, 404, 200, 200, 200, 404)
READERS_ACT = (L, 404, 404, 302, 302, 302, 404)
SET_UP_PAGES = ("norming", "norming-add", "norming-past", "sample")
SET_UP_ACTS = ("norming-copy", "norming-publish", "norming-remind", "sample-move", "sample-remove")

MEETING_TABLE = [
    *((f"applications:cycle-setup-{page}", "GET", LOOK) for page in SET_UP_PAGES),
    *((f"applications:cycle-setup-{act}", "POST", ACT) for act in SET_UP_ACTS),
    ("applications:norming-list", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("applications:norming-file", "GET", READERS),
    ("applications:norming-say", "POST", READERS_ACT),
    ("applications:norming-agree", "POST", (L, 403, 403, 403, 403, 302, 403)),
]
MEETING_NAMES = {name.partition(":")[2] for name, _method, _expected in MEETING_TABLE}


def meeting_arguments(short):
    """Those of a cycle of its own, with four samples that readers see."""
    if short == "norming-list":
        return {}
    cycle = norming_cycle(4)
    sample = cycle.norming_files.first().code
    if short.startswith("norming-"):
        return {"code": sample}
    return {"code": cycle.code, **({"sample": sample} if "sample" in short else {})}

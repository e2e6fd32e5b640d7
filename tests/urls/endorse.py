"""The rows of tests/test_urls.py for endorsing several students at once."""

from tests.urls import ADVISORS, L

ADVISORS_AND_OFFICE = (L, 403, 403, 200, 200, 200, 403)

ENDORSING_TABLE = [
    ("applications:started-list", "GET", ADVISORS),
    ("applications:college-code", "POST", (L, 404, 404, 302, 404, 404, 404)),
    ("applications:endorsement-several", "GET", ADVISORS),
    ("applications:enrollment-upload", "GET", ADVISORS_AND_OFFICE),
    ("applications:enrollment-confirm", "GET", (L, 403, 403, 302, 302, 302, 403)),  # redirects to the file
    ("applications:enrollment-template", "GET", ADVISORS_AND_OFFICE),
]

ENDORSING_NAMES = {name.removeprefix("applications:") for name, _method, _answers in ENDORSING_TABLE}


def endorsing_arguments(short, sent):
    if short == "started-list":
        return {}
    return {"code": sent.college.code if short == "college-code" else sent.cycle.code}

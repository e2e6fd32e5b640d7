"""The rows of tests/test_urls.py for endorsing several students at once."""

from tests.urls import ADVISORS, L

ENDORSING_TABLE = [
    ("applications:endorsement-several", "GET", ADVISORS),
    ("applications:enrollment-upload", "GET", ADVISORS),
    ("applications:enrollment-confirm", "GET", (L, 403, 403, 302, 302, 403, 403)),  # redirects to the file
    ("applications:enrollment-template", "GET", ADVISORS),
]

ENDORSING_NAMES = {name.removeprefix("applications:") for name, _method, _answers in ENDORSING_TABLE}

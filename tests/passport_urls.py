"""The rows of the way to a passport in the table of tests/test_urls.py, which is long enough."""

L = "sign in"
OWNER = (L, 200, 404, 403, 404, 403, 404)
SIGNED_IN = (L,) + (200,) * 6

PASSPORT_TABLE = [
    ("travel:passport-detail", "GET", (L, 200, 404, 302, 404, 302, 404)),  # staff read it beside the checklist
    ("travel:passport-advisor", "POST", (L, 404, 404, 403, 404, 403, 404)),  # nothing was answered yet
    ("travel:passport-answers", "POST", (L, 404, 404, 404, 404, 404, 404)),  # of the two alone
    ("travel:passport-cities", "POST", (L, 403, 404, 302, 404, 403, 404)),
    ("travel:passport-route", "GET", OWNER),
    ("travel:passport-stops", "GET", SIGNED_IN),
    ("travel:passport-certificate", "GET", OWNER),
    ("travel:passport-stage", "POST", (L, 302, 404, 200, 404, 200, 404)),  # staff are asked for the date
]

"""The rows of the table of addresses (test_urls.py) for saving on the desk, and for what slipped through."""

from applications.models import MaskingReport

READING_TABLE = [
    ("applications:review-save", "POST", (401, 404, 404, 404, 400, 403, 404)),  # was no request of ours
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

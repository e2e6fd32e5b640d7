"""The rows of tests/test_urls.py for setting up a cycle."""

from applications.cycle.actions import setup
from exchange.base.codes import new_code
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import CycleFactory
from tests.urls import COORDINATOR, COORDINATOR_ACT

PAGES = (
    *(
        "list",
        "new",
        "detail",
        "copy",
        "basics",
        "dates",
        "form",
        "version-publish",
        "drafts",
        "section-add",
        "section",
    ),
    *("question-add", "question", "rules", "rule-add", "rule", "rubric", "criterion-add", "criterion"),
)

ACTS = (
    *("delete", "publish", "test", "test-end", "version-start", "version-discard", "section-move", "section-remove"),
    *("question-move", "question-remove", "rule-move", "rule-remove", "criterion-move", "criterion-remove"),
)

SETUP_TABLE = [
    *((f"applications:cycle-setup-{page}", "GET", COORDINATOR) for page in PAGES),
    *((f"applications:cycle-setup-{act}", "POST", COORDINATOR_ACT) for act in ACTS),
]

PARTS = {
    "section": {"section": "about"},
    "question": {"key": "phone"},
    "rule": {"key": "units"},
    "criterion": {"key": "purpose"},
}


def setup_arguments(short: str) -> dict[str, str]:
    """The arguments of a copied cycle, which is still being set up."""
    page = short.removeprefix("cycle-setup-")
    if page in ("list", "new"):
        return {}
    CollegeFactory()
    source = CycleFactory(ready=True, code=f"source-{new_code().lower()}")
    cycle = setup.copy_cycle(source, by=UserFactory(coordinator=True))
    part = page.partition("-")[0]
    if page == "question-add":
        return {"code": cycle.code, "section": "about"}
    return {"code": cycle.code, **({} if page.endswith("-add") else PARTS.get(part, {}))}

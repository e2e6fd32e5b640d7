"""The rows of tests/test_urls.py for a cycle's checklist and reflection prompts: for the office only."""

from tests.factories_applications import CycleFactory
from tests.factories_travel import ChecklistStepFactory
from tests.urls import COORDINATOR, COORDINATOR_ACT
from travel.models import ReflectionPrompt

PAGES = (
    *("cycle-preparation", "checklist-preview", "checklist-step-add", "reflection-prompt-add"),
    "reflection-prompt-preview",
)
ROWS = ("checklist-step-edit", "reflection-prompt-edit")
ACTS = ("cycle-preparation-fill",)
REMOVALS = ("checklist-step-move", "checklist-step-remove", "reflection-prompt-remove")

PREPARING_TABLE = [
    *((f"travel:{page}", "GET", COORDINATOR) for page in (*PAGES, *ROWS)),
    *((f"travel:{act}", "POST", COORDINATOR_ACT) for act in (*ACTS, *REMOVALS)),
]

PREPARING_NAMES = {name.removeprefix("travel:") for name, _method, _expected in PREPARING_TABLE}


def preparing_arguments(short):
    cycle = CycleFactory()
    if short in (*PAGES, *ACTS):
        return {"code": cycle.code}
    if "step" in short:
        return {"code": cycle.code, "key": ChecklistStepFactory(cycle=cycle).key}
    prompt = ReflectionPrompt.objects.create(
        cycle=cycle, key="after", order=1, moment="after", days=14, text_en="What now?", text_es="¿Y ahora?"
    )
    return {"code": cycle.code, "key": prompt.key}

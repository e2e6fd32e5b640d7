"""The rows of tests/test_urls.py for a cycle's checklist and reflection prompts: for the office only."""

from tests.factories_applications import CycleFactory
from tests.factories_travel import ChecklistStepFactory
from tests.urls import COORDINATOR, COORDINATOR_ACT
from travel.models import ReflectionPrompt, SurveyItem

PAGES = (
    *("cycle-preparation", "checklist-preview", "checklist-step-add", "reflection-prompt-add", "survey-item-add"),
    "reflection-prompt-preview",
)
ROWS = ("checklist-step-edit", "reflection-prompt-edit", "survey-item-edit")
ACTS = ("cycle-preparation-fill",)
REMOVALS = ("checklist-step-move", "checklist-step-remove", "reflection-prompt-remove", "survey-item-remove")

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
    if "survey" in short:
        words = {"order": 1, "text_en": "I can.", "text_es": "Puedo.", "source_name": "us"}
        return {"code": cycle.code, "key": SurveyItem.objects.create(cycle=cycle, key="can", **words).key}
    prompt = ReflectionPrompt.objects.create(
        cycle=cycle, key="after", order=1, moment="after", days=14, text_en="What now?", text_es="¿Y ahora?"
    )
    return {"code": cycle.code, "key": prompt.key}

"""Which words of a cycle's steps and prompts are missing: unpublished forms, texts in one language. Reads only."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from applications.models import Cycle
from travel.models import ChecklistStep, FormText

# a text that may be left out is left out in both languages
STEP_TEXTS, PROMPT_TEXTS = ("how",), ("help", "what", "so_what", "now_what")


def steps_without_words(cycle: Cycle) -> QuerySet[ChecklistStep]:
    """Steps that students can't do before the office publishes the form that they sign. One query."""
    steps = cycle.checklist_steps.filter(retired_at__isnull=True, evidence=ChecklistStep.Evidence.SIGNATURE)
    published = FormText.objects.current().filter(cycle=cycle.pk, signer=FormText.Signer.STUDENT)
    return steps.filter(~Exists(published.filter(key=OuterRef("evidence_key")))).order_by("order")


def has_words(step: ChecklistStep) -> bool:
    """Whether what this step asks to sign is published; True for any other step."""
    is_signed = step.evidence == ChecklistStep.Evidence.SIGNATURE
    texts = FormText.objects.current().filter(cycle=step.cycle_id, key=step.evidence_key)
    return not is_signed or texts.exists()


def without_text(cycle: Cycle) -> Iterator[str]:
    """What the steps and prompts are called that lack a text in a language, or say nothing of what to write. Two
    queries."""
    for step in cycle.checklist_steps.in_use():
        needed = ("title", "why", "how") if step.evidence == ChecklistStep.Evidence.TEXT else ("title", "why")
        if not _is_whole(step, needed, STEP_TEXTS):
            yield step.title.strip() or step.key
    for prompt in cycle.reflection_prompts.all():
        if not _is_whole(prompt, ("text",), PROMPT_TEXTS):
            yield prompt.text.strip() or prompt.key


def _is_whole(row: Any, needed: tuple[str, ...], other: tuple[str, ...]) -> bool:
    def has(name: str, language: str) -> bool:
        return bool(getattr(row, f"{name}_{language}").strip())

    is_there = all(has(name, language) for name in needed for language in ("en", "es"))
    return is_there and all(has(name, "en") == has(name, "es") for name in other)

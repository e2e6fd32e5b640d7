"""Which steps of a checklist ask for a signature under words that aren't published. Reads only."""

from django.db.models import Exists, OuterRef, QuerySet

from applications.models import Cycle
from travel.models import ChecklistStep, FormText


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

"""Actions on the words that people sign: drafts that the office edits, and published versions that never change."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.cycle.parts import Need
from applications.models import Cycle
from exchange.base import audit
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User
from travel.base import actions as rows
from travel.models import FormText, Placement, SignedForm
from travel.models.checklist import StepFields
from travel.prepare.checklist import actions as checklist

STANDARD = settings.BASE_DIR / "travel/reference/us/form_texts.toml"
PAGE = "travel:cycle-preparation"
WORDS = ("order", "signer", "is_optional", "needs_guardian", "title_en", "title_es", "body_en", "body_es")


@transaction.atomic
def create_texts(cycle: Cycle, by: User) -> list[FormText]:
    """Give the cycle drafts of the standard forms, unless it has forms already. Nobody signs a draft."""
    standard = tomllib.loads(STANDARD.read_text())["form"]
    return _fill(cycle, [dict(row) for row in standard], "form_texts.create", by=by)


@transaction.atomic
def copy_texts(source: Cycle, cycle: Cycle, by: User) -> list[FormText]:
    """Copy last year's words as drafts: the office reads them again before anyone signs. Else the standard ones."""
    theirs = [
        {name: getattr(text, name) for name in ("key", *WORDS)} for text in source.form_texts.filter(is_current=True)
    ]
    return _fill(cycle, theirs, "form_texts.copy", by=by) if theirs else create_texts(cycle, by)


def _fill(cycle: Cycle, given: list[dict[str, Any]], action: str, *, by: User) -> list[FormText]:
    cycle = rows.lock(cycle)
    if there := list(cycle.form_texts.all()):
        return there
    made = [FormText(cycle=cycle, **_stripped(values)) for values in given]
    FormText.objects.bulk_create(made)
    audit.record(action, cycle, by=by, changes={"forms": [text.key for text in made]})
    return made


def _stripped(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}


@transaction.atomic
def add_text(cycle: Cycle, values: Mapping[str, Any], *, by: User) -> FormText:
    """A new form, as a draft. RuleViolation: not_possible."""
    return rows.add(FormText, {**values, "cycle": cycle}, under=cycle, by=by)


@transaction.atomic
def change_text(text: FormText, values: Mapping[str, Any], *, seen: str, by: User) -> FormText:
    """Change a draft. RuleViolation: published, changed_meanwhile, not_possible."""
    _draft(text)
    return rows.change(text, values, seen=seen, by=by)


@transaction.atomic
def start_version(text: FormText, *, by: User) -> FormText:
    """A draft of the next version, which begins with the current words. The same one if there is a draft already."""
    rows.lock(text.cycle)
    versions = FormText.objects.filter(cycle=text.cycle_id, key=text.key)
    if draft := versions.filter(published_at=None).first():
        return draft
    last = versions.order_by("-version")[0]
    draft = FormText.objects.create(
        cycle=text.cycle,
        key=text.key,
        version=last.version + 1,
        **{name: getattr(last, name) for name in WORDS},
    )
    audit.record("form_text.start_version", draft, by=by, changes={"version": draft.version})
    return draft


@transaction.atomic
def discard(text: FormText, *, by: User) -> None:
    """Delete a draft. RuleViolation: published."""
    rows.lock(text.cycle)
    if FormText.objects.filter(pk=text.pk).exists():
        _draft(text)
        rows.remove(text, by=by)


@transaction.atomic
def publish(text: FormText, *, by: User) -> int:
    """From now on these words are signed; who signed older ones is asked again. Returns how many. Safe to repeat.

    RuleViolation: no_words.
    """
    rows.lock(text.cycle)
    text = FormText.objects.select_for_update(of=("self",)).select_related("cycle").get(pk=text.pk)
    if text.published_at:
        return 0
    if not all(getattr(text, name).strip() for name in ("title_en", "title_es", "body_en", "body_es")):
        raise RuleViolation("no_words", _("Write the title and the text in both languages first."))
    again = asked_again(text)
    FormText.objects.filter(cycle=text.cycle_id, key=text.key, is_current=True).update(is_current=False)
    text.is_current, text.published_at, text.published_by = True, timezone.now(), by
    text.save(update_fields=["is_current", "published_at", "published_by"])
    audit.record("form_text.publish", text, by=by, changes={"version": text.version, "asked_again": len(again)})
    for placement in again:
        checklist.unfulfil(placement, evidence=StepFields.Evidence.SIGNATURE, key=text.key, by=by)
    _tell(text, again)
    return len(again)


def asked_again(text: FormText) -> list[Placement]:
    """Whose signature under an earlier version stops counting once this one is published. Two queries."""
    before = SignedForm.objects.filter(
        text__cycle=text.cycle_id, text__key=text.key, text__is_current=True, placement__isnull=False
    )
    there = Placement.objects.active().filter(trip__departed_at=None, trip__closed_at=None)
    return list(there.filter(pk__in=before.values("placement")).with_people())


def _tell(text: FormText, placements: list[Placement]) -> None:
    drafted = []
    for placement in placements:
        to = placement.application.person
        drafted.append((to, outbox.drafts("travel/form_changed", to, {"placement": placement, "text": text})))
    if drafted:
        outbox.queue_many(drafted, batch=key_of(text))


def _draft(text: FormText) -> FormText:
    there = FormText.objects.select_for_update(of=("self",)).get(pk=text.pk)
    if there.published_at:
        raise RuleViolation(
            "published", _("People sign these words, so they can’t change. Start a new version instead.")
        )
    return there


def needs_of(cycle: Cycle) -> Iterator[Need]:
    """What the cycle's forms lack."""
    states = set(cycle.form_texts.order_by().values_list("is_current", flat=True))
    if not states:
        yield Need("forms", _("Add the forms that students sign before departure."), PAGE, stops=False)
    elif True not in states:
        yield Need("forms", _("Publish the forms that students sign before departure."), PAGE, stops=False)

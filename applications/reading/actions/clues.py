"""The words that tell where somebody studies: loaded from the reference folder, added and removed by the office."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import CollegeClue
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import College, User

Kind = CollegeClue.Kind
EVERYWHERE = "district"  # the file's table of clues that several colleges share
LISTS = {
    "names": Kind.NICKNAME,
    "short": Kind.SHORT,
    "places": Kind.PLACE,
    "streets": Kind.STREET,
    "schools": Kind.SCHOOL,
    "lines": Kind.LINE,
    "except": Kind.EXCEPT,
}
WORDS = "_words"  # ending of a list's name: its entries are everyday words, too
LETTERS_MIN = 3


@transaction.atomic
def load(content: Mapping[str, Any]) -> int:
    """Add the file's clues that were never here; those that the office removed stay removed. Returns how many."""
    as_of: date = content["as_of"]
    colleges = {college.code: college for college in College.objects.all()}
    there: set[tuple[str | None, str, str]] = set(CollegeClue.objects.values_list("college__code", "kind", "text"))
    new = []
    for code, lists in content.items():
        key = None if code == EVERYWHERE else code
        if not isinstance(lists, Mapping) or (key and key not in colleges):  # the office deleted the college
            continue
        for name, texts in lists.items():
            kind, is_word = LISTS[name.removesuffix(WORDS)], name.endswith(WORDS)
            for text in _once(texts):
                if (key, kind, text) not in there:
                    there.add((key, kind, text))
                    college = colleges[key] if key else None
                    new.append(CollegeClue(college=college, kind=kind, text=text, is_also_word=is_word, as_of=as_of))
    CollegeClue.objects.bulk_create(new)
    return len(new)


def _once(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(texts))


@transaction.atomic
def add(*, college: College | None, kind: str, text: str, is_also_word: bool, by: User) -> CollegeClue:
    """Mask this from now on, in every application. The same again, or one that was removed, is used again.

    RuleViolation: too_short.
    """
    text = " ".join(text.split())
    if sum(char.isalnum() for char in text) < LETTERS_MIN:
        raise RuleViolation("too_short", _("Enter at least three letters. Shorter words would cover too much."))
    clue, is_new = CollegeClue.objects.select_for_update(of=("self",)).get_or_create(
        college=college, kind=kind, text=text, defaults={"is_also_word": is_also_word, "added_by": by}
    )
    if is_new or clue.removed_at or clue.is_also_word != is_also_word:
        clue.is_also_word, clue.removed_at, clue.removed_by = is_also_word, None, None
        clue.save(update_fields=["is_also_word", "removed_at", "removed_by"])
        audit.record("masking.add_clue", clue, by=by, changes={"text": text, "kind": kind})
    return clue


@transaction.atomic
def remove(clue: CollegeClue, *, by: User) -> None:
    """Stop masking it. The row stays, so that the reference folder does not bring it back. Twice changes nothing."""
    locked = CollegeClue.objects.select_for_update(of=("self",)).get(pk=clue.pk)
    if locked.removed_at:
        return
    locked.removed_at, locked.removed_by = timezone.now(), by
    locked.save(update_fields=["removed_at", "removed_by"])
    audit.record("masking.remove_clue", locked, by=by, changes={"text": locked.text})

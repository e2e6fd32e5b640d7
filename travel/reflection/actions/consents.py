"""What a student agrees to for one answer: to be quoted, their picture, their name. Each is a dated record."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import ConsentText, User
from travel.models import Photo, Reflection, ReflectionConsent, StoryText

Kind = ReflectionConsent.Kind
# the words of each kind are a row of their own, with a version
TEXTS = {Kind.QUOTE: "story_quote", Kind.PICTURE: "story_picture", Kind.NAME: "story_name"}


def words() -> dict[str, ConsentText]:
    """The current words by kind. One query."""
    rows = {row.key: row for row in ConsentText.objects.filter(key__in=TEXTS.values(), is_current=True)}
    return {str(kind): rows[key] for kind, key in TEXTS.items() if key in rows}


@transaction.atomic
def agree(reflection: Reflection, kinds: Collection[str], *, quote: str = "", by: User) -> None:
    """Exactly these kinds are agreed to from now on: new ones begin, others end. A second call changes nothing.

    RuleViolation: not_public, no_words, no_quote, no_picture, needs_quote.
    """
    reflection = locked(reflection)
    quote = " ".join(quote.split())
    _check(reflection, kinds, quote)
    if Kind.QUOTE in kinds and quote != reflection.quote:
        reflection.quote = quote
        reflection.save(update_fields=["quote"])
        audit.record("reflection.quote", reflection, by=by)
    there = {each.kind: each for each in reflection.consents.in_force()}
    current = words()
    for kind in (str(each) for each in Kind):
        if kind in kinds and kind not in there:
            _give(reflection, kind, current.get(kind), by=by)
        elif kind not in kinds and kind in there:
            withdraw(reflection, kind, by=by)


def _check(reflection: Reflection, kinds: Collection[str], quote: str) -> None:
    if not kinds:
        return
    if reflection.privacy != Reflection.Privacy.PUBLIC:
        raise RuleViolation(
            "not_public", _("Only an answer that anyone may read can be quoted. Change who can read it first.")
        )
    if Kind.QUOTE not in kinds:
        text = _("Your picture and your name only go with your words. Say yes to being quoted first.")
        raise RuleViolation("needs_quote", text)
    if not quote:
        raise RuleViolation("no_quote", _("Write the sentence that we may quote."))
    if Kind.PICTURE in kinds and not Photo.objects.filter(reflection=reflection).exclude(file="").exists():
        raise RuleViolation("no_picture", _("Add a photo first."))


def _give(reflection: Reflection, kind: str, text: ConsentText | None, *, by: User) -> None:
    if text is None:
        raise RuleViolation("no_words", _("There’s nothing to agree to yet. We’ll ask you later."))
    language = (get_language() or "en")[:2]
    ReflectionConsent.objects.create(reflection=reflection, kind=kind, text=text, language=language)
    changes = {"kind": kind, "version": text.version, "language": language}
    audit.record("reflection.agree", reflection, by=by, changes=changes)


@transaction.atomic
def withdraw(reflection: Reflection, kind: str, *, by: User | None) -> bool:
    """End one consent at once; without the words, picture and name end as well. False if there was none."""
    reflection = locked(reflection)
    rows = reflection.consents.in_force()
    if kind != Kind.QUOTE:
        rows = rows.filter(kind=kind)
    kinds = sorted(rows.values_list("kind", flat=True))
    if not kinds:
        return False
    rows.update(withdrawn_at=timezone.now())
    if Kind.QUOTE in kinds:  # agreeing again begins anew: the words are approved again before they're shown
        StoryText.objects.filter(story__reflection=reflection).update(approved_at=None)
    audit.record("reflection.take_back", reflection, by=by, changes={"kinds": kinds})
    return True


def withdraw_all(reflection: Reflection, *, by: User | None) -> bool:
    return withdraw(reflection, Kind.QUOTE, by=by)


def locked(reflection: Reflection) -> Reflection:
    return Reflection.objects.select_for_update(of=("self",)).get(pk=reflection.pk)
